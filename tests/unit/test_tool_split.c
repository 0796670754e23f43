#include "tests/unit/check_run.h"
#include "zone_tool/split.h"
#include <string.h>

static const struct { const char *line; const char *words[6]; } good[] = {
    {"", {NULL}},
    {"   \t ", {NULL}},
    {"ls -v", {"ls", "-v"}},
    {"  show_zone   example.net.\t^-1 ", {"show_zone", "example.net.", "^-1"}},
    {"load_zone 'my file' \"a b\"c", {"load_zone", "my file", "a bc"}},
    {"a \"say \\\"hi\\\" \\\\ \\n\"", {"a", "say \"hi\" \\ \\n"}},
    {"a 'no \\ escape'", {"a", "no \\ escape"}},
    {"a\\ b c\\#d", {"a b", "c#d"}},
    {"set_config key '' x", {"set_config", "key", "", "x"}},
    {"ls # comment 'open", {"ls"}},
    {"key rq:rM>}U?@#x", {"key", "rq:rM>}U?@#x"}},
};

START_TEST(words)
{
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        AUTO_WORDS got = {0};
        ck_assert_int_eq(split_words(good[i].line, &got, NULL), ERR_OK);
        size_t n = 0;
        for (; n < 6 && good[i].words[n] != NULL; n++) {
            ck_assert_msg(n < got.count, "%s: only %zu words", good[i].line, got.count);
            ck_assert_str_eq(got.items[n], good[i].words[n]);
        }
        ck_assert_msg(got.count == n, "%s: %zu words", good[i].line, got.count);
    }
}
END_TEST

START_TEST(unbalanced)
{
    static const struct { const char *line, *message; } bad[] = {
        {"ls 'abc", "quote ' at column 4 is not closed"},
        {"a \"b \\\" c", "quote \" at column 3 is not closed"},
        {"abc\\", "nothing follows the backslash at column 4"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        AUTO_ERR info = ERR_INFO_INIT;
        AUTO_WORDS got = {0};
        ck_assert_int_eq(split_words(bad[i].line, &got, &info), ERR_INVALID_ARGUMENT);
        ck_assert_str_eq(info.message, bad[i].message);
        ck_assert_uint_eq(got.count, 0);
    }
}
END_TEST

CHECK_MAIN("tool_split", words, unbalanced)
