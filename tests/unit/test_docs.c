/* doc/errors.md, doc/zone_rules.md and the manual pages of the configuration files are made from the tables and must say what the tables
 * say. DMS_UPDATE=1 writes them anew. */
#include "shared/config.h"
#include "shared/rule.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>

/* The rows without their members: both programs have a settings_t, and a manual page needs no values. */
#define ROW(section, key, type, def, min, max, unit, member, sentence)                                                 \
    {section, key, type, def, min, max, unit, sentence, 0},
static const config_row_t AGENT_ROWS[] = {
#include "agent/config.def"
};
static const config_row_t CONTROLLER_ROWS[] = {
#include "controller/config.def"
};
#undef ROW

typedef struct {
    const char *program, *title, *summary, *check;
    const config_row_t *rows;
    size_t count;
} page_t;

static const page_t PAGES[] = {
    {"dms-agent", "DMS\\-AGENT.CONF", "configuration of the DMS agent",
     "The agent reads it once, at its start.\n"
     ".B dms\\-agent \\-\\-check\\-config\nreads it and says what is wrong;\n"
     ".B dms\\-agent \\-\\-print\\-config\nshows the values in effect;\n"
     ".B dms\\-agent \\-\\-sample\\-config\nprints all keys with their defaults.\n",
     AGENT_ROWS, ARRAY_SIZE(AGENT_ROWS)},
    {"dms-controller", "DMS\\-CONTROLLER.CONF", "configuration of the DMS controller",
     "The controller reads it once, at its start.\n"
     ".B dms\\-controller \\-\\-check\\-config\nreads it and says what is wrong;\n"
     ".B dms\\-controller \\-\\-print\\-config\nshows the values in effect;\n"
     ".B dms\\-controller \\-\\-sample\\-config\nprints all keys with their defaults.\n",
     CONTROLLER_ROWS, ARRAY_SIZE(CONTROLLER_ROWS)},
};

/* ---- compare with the file, or write it */

static char *file_text(const char *path)
{
    AUTO_FILE in = fopen(path, "re");
    if (in == NULL)
        return auto_strdup("");
    char *text = NULL;
    size_t cap = 0;
    if (getdelim(&text, &cap, '\0', in) < 0 && text != NULL)
        text[0] = '\0';
    return text;
}

/* Line of the first difference; 0: equal. */
static int first_difference(const char *a, const char *b)
{
    int line = 1;
    for (; *a == *b; a++, b++) {
        if (*a == '\0')
            return 0;
        line += *a == '\n';
    }
    return line;
}

static void compare(const char *name, const char *text)
{
    AUTO_FREE char *path = auto_printf("%s/doc/%s", DMS_SOURCE_DIR, name);
    if (getenv("DMS_UPDATE") != NULL) {
        AUTO_FILE out = fopen(path, "we");
        ck_assert_msg(out != NULL && fputs(text, out) >= 0, "%s cannot be written", path);
        return;
    }
    AUTO_FREE char *there = file_text(path);
    int line = first_difference(there, text);
    ck_assert_msg(line == 0, "%s:%d differs from the table: run with DMS_UPDATE=1", path, line);
}

/* ---- manual pages */

static char *page_text(const page_t *page)
{
    config_table_t table = {page->program, page->summary, page->rows, page->count};
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    ck_assert(out != NULL);
    fprintf(out, ".\\\" Made from the configuration table by tests/unit/test_docs.c: do not edit.\n"
                 ".TH %s 5 \"\" \"DMS\" \"DMS manual\"\n", page->title);
    fprintf(out, ".SH NAME\n%s.conf \\- %s\n", page->program, page->summary);
    fprintf(out,
            ".SH DESCRIPTION\n%sUnknown sections and keys are errors; all errors are listed, each with its line.\n",
            page->check);
    config_man(&table, out);
    fprintf(out, ".SH FILES\n.TP\n.I /etc/dms/%s.conf\nRead where \\-\\-config names no other.\n", page->program);
    fprintf(out, ".SH SEE ALSO\n.BR %s (8)\n", page->program);
    fclose(out);
    return text;
}

START_TEST(manual_pages)
{
    for (size_t i = 0; i < ARRAY_SIZE(PAGES); i++) {
        AUTO_FREE char *text = page_text(&PAGES[i]);
        AUTO_FREE char *name = auto_printf("%s.conf.5", PAGES[i].program);
        compare(name, text);
    }
}
END_TEST

/* ---- errors */

static const char *class_text(err_class_t class)
{
    switch (class) {
    case ERR_CLASS_USER: return "user";
    case ERR_CLASS_RETRY: return "retry";
    case ERR_CLASS_BUG: return "bug";
    case ERR_CLASS_OK: break;
    }
    return "";
}

static const char ERRORS_HEAD[] =
    "# Errors\n\n"
    "Made from `shared/error.def` by `tests/unit/test_docs.c`; do not edit.\n\n"
    "- *Code*: `error.code` in JSON-RPC. -35 and -38 each stand for two errors, as existing front ends know them; "
    "`error.data.error`, the\n"
    "  name, tells them apart.\n"
    "- *Front end's class*: last part of `error.data.exception_type`.\n"
    "- *Kind*: user = change the request; retry = the same request may succeed later; bug = a fault of DMS, its setup "
    "or a peer: see the log.\n"
    "- *HTTP*: status that stands for the error. JSON-RPC answers that reach a method have status 200 whatever the "
    "result; the\n"
    "  status is used where a request is refused before that.\n"
    "- *Exit*: exit code of `zone_tool` (sysexits.h).\n"
    "- *Text*: default message; most answers have a longer one that names the object.\n\n"
    "| Code | Name | Front end's class | Kind | HTTP | Exit | Text |\n|---:|---|---|---|---:|---:|---|\n";

START_TEST(errors)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    ck_assert(out != NULL);
    fputs(ERRORS_HEAD, out);
    for (int i = 1; i < ERR_COUNT; i++) {
        const err_row_t *row = err_row((err_t)i);
        fprintf(out, "| %d | %s | %s | %s | %d | %d | %s |\n", row->rpc_code, row->name, row->class_name,
                class_text(row->class), row->http_status, row->exit_code, row->text);
    }
    fclose(out);
    compare("errors.md", text);
    free(text);
}
END_TEST

/* ---- rules of zone data */

static const char RULES_HEAD[] =
    "# Rules of zone data\n\n"
    "Made from `shared/rule.def` by `tests/unit/test_docs.c`; do not edit.\n\n"
    "All that is wrong with a submission is reported in one answer, up to 100 problems (`data.problems`; errors before warnings where there are more), "
    "each with the\nrule, its RFC and how to mend it. An *error* refuses; a *warning* comes with the receipt, and refuses with `strict`, with the "
    "same code.\n\n"
    "- *Rule*: `rule` of a problem. *Code*: its `code`, in [errors.md](errors.md). Several rules may share a code.\n"
    "- Disabled records break no rule and satisfy none. What could not be read is not said to be missing.\n\n"
    "| Rule | Severity | Code | What holds | RFC | How to mend it |\n|---|---|---:|---|---|---|\n";

START_TEST(zone_rules)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    ck_assert(out != NULL);
    fputs(RULES_HEAD, out);
    for (int i = 1; i < RULE_COUNT; i++) {
        const rule_row_t *row = rule_row((rule_t)i);
        fprintf(out, "| %s | %s | %d | %s | %s | %s |\n", row->name, row->warning ? "warning" : "error", err_row(row->code)->rpc_code,
                row->words, row->rfc, row->hint);
    }
    fclose(out);
    compare("zone_rules.md", text);
    free(text);
}
END_TEST

CHECK_MAIN("docs", manual_pages, errors, zone_rules)
