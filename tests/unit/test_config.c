#include "shared/config.h"
#include "tests/unit/check_run.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char *name, *path, *empty;
    int64_t port, wait_ms, size;
    bool on;
} values_t;

static const config_row_t ROWS[] = {
    {"agent", "name", CONFIG_TEXT, "nameless", 0, 0, NULL, "How the agent is called", offsetof(values_t, name)},
    {"agent", "port", CONFIG_INT, "5678", 1, 65535, NULL, "Port of the controller", offsetof(values_t, port)},
    {"files", "path", CONFIG_PATH, "/var/lib/dms", 0, 0, NULL, ".Begins with a dot and has a \\ in it",
     offsetof(values_t, path)},
    {"agent", "wait", CONFIG_DURATION_MS, "5s", 100, 3600000, NULL, "How long to wait", offsetof(values_t, wait_ms)},
    {"files", "size", CONFIG_BYTES, "64K", 0, 0, NULL, "Largest message", offsetof(values_t, size)},
    {"files", "on", CONFIG_BOOL, "yes", 0, 0, NULL, "Is it on?", offsetof(values_t, on)},
    {"files", "empty", CONFIG_TEXT, NULL, 0, 0, NULL, "No default", offsetof(values_t, empty)},
};
static const config_table_t TABLE = {"dms-test", "a test", ROWS, ARRAY_SIZE(ROWS)};

static err_t load(const char *text, values_t *values, err_info_t *info)
{
    char path[] = "/tmp/dms-test-config-XXXXXX";
    AUTO_FD fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    memset(values, 0, sizeof *values);
    err_t err = config_load(&TABLE, path, values, info);
    unlink(path);
    return err;
}

START_TEST(defaults_and_values)
{
    values_t v = {0};
    ck_assert_int_eq(config_load(&TABLE, NULL, &v, NULL), ERR_OK);
    ck_assert_str_eq(v.name, "nameless");
    ck_assert_int_eq(v.wait_ms, 5000);
    ck_assert_int_eq(v.size, 65536);
    ck_assert(v.on);
    ck_assert_ptr_null(v.empty);
    config_done(&TABLE, &v);
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err =
        load("# comment\n[agent]\n name = a b ; c\nport:1\nwait=1h\n[files]\npath=/x\non = off\nsize=1G\nempty = e\n",
             &v, &info);
    ck_assert_msg(err == ERR_OK, "%s", err_message(&info));
    ck_assert_str_eq(v.name, "a b");
    ck_assert_str_eq(v.empty, "e");
    ck_assert_int_eq(v.port, 1);
    ck_assert_int_eq(v.wait_ms, 3600000);
    ck_assert_int_eq(v.size, 1 << 30);
    ck_assert(!v.on);
    config_done(&TABLE, &v);
    config_done(&TABLE, &v);
}
END_TEST

/* All faults are named, each with its line. */
START_TEST(faults)
{
    static const char *const expected[] = {
        ":2: [agent] port: \"0\" is not a whole number, 1 to 65535",
        ":3: [agent] wait: \"5\" is not a duration (500ms, 5s, 10m, 2h, 1d), 100ms to 1h",
        ":4: [agent] nonsense: no such key",
        ":5: [agent] port stands twice",
        ":6: neither [section] nor key = value",
        ":7: section without ]",
        ":9: [nowhere] x: no such section",
        ":11: [files] path: \"relative\" is not an absolute path",
        ":12: [files] on: \"maybe\" is not yes or no",
        ":13: [files] size: \"99999999999G\" is not a size",
        ":14: line is longer than",
    };
    static const char head[] =
        "[agent]\nport = 0\nwait = 5\nnonsense = 1\nport = 2\njust words\n[open\n[nowhere]\nx = 1\n[files]\n"
        "path = relative\non = maybe\nsize = 99999999999G\nempty = ";
    char *text = auto_calloc(1, 10000);
    strcpy(text, head);
    memset(text + strlen(head), 'x', 5000);
    values_t v;
    AUTO_ERR info = ERR_INFO_INIT;
    ck_assert_int_eq(load(text, &v, &info), ERR_CONFIG);
    free(text);
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
        ck_assert_msg(strstr(info.message, expected[i]) != NULL, "%s\nmissing: %s", info.message, expected[i]);
    size_t lines = 1;
    for (const char *p = info.message; *p != '\0'; p++)
        lines += *p == '\n';
    ck_assert_msg(lines == ARRAY_SIZE(expected), "%s", info.message);
    config_done(&TABLE, &v);
    ck_assert_int_eq(config_load(&TABLE, "/nonexistent/file", &v, &info), ERR_CONFIG);
    config_done(&TABLE, &v);
}
END_TEST

/* Print, parse the print, print again: the same.  The sample, and the sample with its comments taken off, parse to the
 * defaults. */
START_TEST(prints_parse_again)
{
    values_t v;
    ck_assert_int_eq(load("[agent]\nname = x=y:z\nwait = 90s\n[files]\nsize = 1025\non = no\n", &v, NULL), ERR_OK);
    char *texts[3] = {NULL};
    for (int i = 0; i < 2; i++) {
        size_t len;
        FILE *out = open_memstream(&texts[i], &len);
        config_print(&TABLE, &v, out);
        fclose(out);
        config_done(&TABLE, &v);
        AUTO_ERR info = ERR_INFO_INIT;
        ck_assert_msg(load(texts[i], &v, &info) == ERR_OK, "%s", err_message(&info));
    }
    config_done(&TABLE, &v);
    ck_assert_str_eq(texts[0], texts[1]);
    ck_assert_msg(strstr(texts[0], "wait = 90s\n") != NULL && strstr(texts[0], "size = 1025\n") != NULL, "%s",
                  texts[0]);
    size_t len;
    FILE *out = open_memstream(&texts[2], &len);
    config_sample(&TABLE, out);
    fclose(out);
    ck_assert_int_eq(load(texts[2], &v, NULL), ERR_OK);
    config_done(&TABLE, &v);
    for (char *p = texts[2]; (p = strstr(p, "\n;")) != NULL; p++) {
        if (p[2] != ' ')
            p[1] = ' ';
    }
    AUTO_ERR info = ERR_INFO_INIT;
    ck_assert_msg(load(texts[2], &v, &info) == ERR_OK, "%s", err_message(&info));
    ck_assert_int_eq(v.wait_ms, 5000);
    config_done(&TABLE, &v);
    for (int i = 0; i < 3; i++)
        free(texts[i]);
}
END_TEST

START_TEST(man_page)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    config_man(&TABLE, out);
    fclose(out);
    ck_assert_ptr_nonnull(strstr(text, ".SS agent\n.TP\n.B name\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n\\&.Begins with a dot and has a \\e in it.\n"));
    free(text);
}
END_TEST

CHECK_MAIN("config", defaults_and_values, faults, prints_parse_again, man_page)
