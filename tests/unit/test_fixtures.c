/* Every good zone file parses without a problem and survives writing; every bad one gives its code, line and words, as
 * far as text alone can tell (rules of the whole zone are controller/domain's). */
#include "shared/zonetext.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "tests/unit/check_run.h"
#include "tests/unit/zonedata_equal.h"

#define FIXTURES DMS_SOURCE_DIR "/tests/fixtures/"

static char *read_file(const char *path, size_t *ret_len)
{
    AUTO_FILE in = fopen(path, "re");
    ck_assert_msg(in != NULL, "%s", path);
    char *text = auto_malloc(1 << 22);
    *ret_len = fread(text, 1, (1 << 22) - 1, in);
    text[*ret_len] = '\0';
    return text;
}

/* "0%2F25.2.0.192.in-addr.arpa.zone" -> "0/25.2.0.192.in-addr.arpa." */
static void name_of_file(const char *file, char ret_name[DNAME_TEXT])
{
    char text[DNAME_TEXT] = "";
    size_t n = strlen(file) - strlen(".zone");
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        bool slash = strncmp(file + i, "%2F", 3) == 0;
        text[k++] = slash ? '/' : file[i];
        i += slash ? 2 : 0;
    }
    ck_assert_int_eq(dname_from_text(text, ret_name, NULL), ERR_OK);
}

static void show(const char *file, const problem_list_t *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        fprintf(stderr, "%s:%u:%u: %s: %s [%s]\n", file, problems->items[i].line, problems->items[i].col,
                err_name(problems->items[i].code), problems->items[i].message, problems->items[i].marked_line);
}

static int ends_with(const struct dirent *entry, const char *end)
{
    size_t n = strlen(entry->d_name);
    return n > strlen(end) && strcmp(entry->d_name + n - strlen(end), end) == 0;
}

static int is_zone(const struct dirent *entry)
{
    return ends_with(entry, ".zone");
}

static int is_expect(const struct dirent *entry)
{
    return ends_with(entry, ".expect");
}

START_TEST(good_zones)
{
    struct dirent **files;
    int n = scandir(FIXTURES "zones", &files, is_zone, alphasort);
    ck_assert_int_gt(n, 0);
    int faults = 0;
    for (int i = 0; i < n; i++) {
        char name[DNAME_TEXT];
        size_t len;
        name_of_file(files[i]->d_name, name);
        AUTO_FREE char *path = auto_printf(FIXTURES "zones/%s", files[i]->d_name);
        AUTO_FREE char *text = read_file(path, &len);
        AUTO(problem_list) problems = problem_list_new();
        AUTO(zonedata) data = NULL;
        AUTO(zonedata) again = NULL;
        zonetext_parse(text, len, name, NULL, problems, &data);
        show(files[i]->d_name, problems);
        faults += problems->errors > 0; /* some shapes that providers have are doubtful */
        AUTO_FREE char *written = zonetext_write(data, NULL);
        zonetext_parse(written, strlen(written), name, NULL, problems, &again);
        AUTO_FREE char *difference = zonedata_difference(data, again);
        if (difference != NULL)
            fprintf(stderr, "%s: written and read again: %s\n", files[i]->d_name, difference);
        faults += difference != NULL;
        free(files[i]);
    }
    free(files);
    ck_assert_int_eq(faults, 0);
}
END_TEST

static char *value_of(const char *expect, const char *key)
{
    for (const char *line = expect; line != NULL; line = strchr(line, '\n') != NULL ? strchr(line, '\n') + 1 : NULL) {
        size_t n = strlen(key);
        if (strncmp(line, key, n) == 0 && line[n] == ':')
            return auto_strndup(line + n + 2, strcspn(line + n + 2, "\n"));
    }
    return NULL;
}

/* Codes of rules over several records. */
static bool zone_rule(int code)
{
    static const int codes[] = {-18, -19, -20, -21, -22, -23, -48, -131, -132, -180, -183, -184, -185, -193};
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        if (code == codes[i])
            return true;
    }
    return false;
}

static int check_bad(const char *file)
{
    size_t len;
    AUTO_FREE char *path = auto_printf(FIXTURES "bad/%s", file);
    AUTO_FREE char *expect = read_file(path, &len);
    strcpy(strrchr(path, '.'), ".zone");
    AUTO_FREE char *text = read_file(path, &len);
    AUTO_FREE char *zone = value_of(expect, "zone");
    AUTO_FREE char *code = value_of(expect, "code");
    AUTO_FREE char *line = value_of(expect, "line");
    AUTO_FREE char *words = value_of(expect, "words");
    char name[DNAME_TEXT];
    ck_assert_int_eq(dname_from_text(zone, name, NULL), ERR_OK);
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) data = NULL;
    zonetext_parse(text, len, name, NULL, problems, &data);
    if (zone_rule(atoi(code)))
        return problems->errors == 0 ? 0 : (show(file, problems), fprintf(stderr, "  is a zone rule %s\n", code), 1);
    const problem_t *p = problems->count > 0 ? &problems->items[0] : NULL;
    AUTO_FREE char *severity = value_of(expect, "severity");
    bool ok = p != NULL && p->warning == (severity != NULL) && problems->errors + problems->warnings == 1 && err_row(p->code)->rpc_code == atoi(code);
    ok = ok && (line == NULL || p->line == (unsigned)atoi(line));
    AUTO_FREE char *rest = auto_strdup(words != NULL ? words : "");
    char *save = NULL;
    for (char *word = strtok_r(rest, " ", &save); ok && word != NULL; word = strtok_r(NULL, " ", &save))
        ok = strcasestr(p->message, word) != NULL;
    if (ok)
        return 0;
    show(file, problems);
    fprintf(stderr, "%s: expected code %s line %s words %s\n", file, code, line, words);
    return 1;
}

START_TEST(bad_zones)
{
    struct dirent **files;
    int n = scandir(FIXTURES "bad", &files, is_expect, alphasort);
    ck_assert_int_gt(n, 0);
    int faults = 0;
    for (int i = 0; i < n; i++) {
        faults += check_bad(files[i]->d_name);
        free(files[i]);
    }
    free(files);
    ck_assert_int_eq(faults, 0);
}
END_TEST

CHECK_MAIN("fixtures", good_zones, bad_zones)
