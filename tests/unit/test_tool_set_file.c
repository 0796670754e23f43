/* Files of change sets: text and JSON -> parameters; mistakes with their line. */
#include "tests/unit/check_run.h"
#include "zone_tool/set_file.h"
#include <stdlib.h>
#include <string.h>

START_TEST(text_form)
{
    static const char text[] = "title new web server\n# comment\n; another\n\nzones *.example.org other.example\ngroup one\n"
                               "substitute A 192.0.2.1 -> 192.0.2.9\nset_ttl www: A 2h 192.0.2.9\nreplace www 300 A 192.0.2.5\r\nadd mail AAAA 2001:db8::1\n"
                               "delete old ANY\n\nzones\nwhere MX 10 mail.example.org.\nreference 24866@EXAMPLE\nremove MX 10 mail.example.org.\n";
    static const char wanted[] =
        "{\"title\": \"new web server\", \"operations\": [{\"zones\": {\"names\": [\"*.example.org\", \"other.example\"], \"sg_name\": \"one\"}, \"ops\": ["
        "{\"op\": \"SUBSTITUTE\", \"type\": \"A\", \"rdata\": \"192.0.2.1\", \"new_rdata\": \"192.0.2.9\"},"
        "{\"op\": \"SUBSTITUTE\", \"label\": \"www\", \"type\": \"A\", \"ttl\": 7200, \"rdata\": \"192.0.2.9\"},"
        "{\"op\": \"REPLACE\", \"label\": \"www\", \"ttl\": 300, \"type\": \"A\", \"rdata\": [\"192.0.2.5\"]},"
        "{\"op\": \"ADD\", \"label\": \"mail\", \"type\": \"AAAA\", \"rdata\": [\"2001:db8::1\"]},"
        "{\"op\": \"DELETE\", \"label\": \"old\", \"type\": \"ANY\"}]},"
        "{\"zones\": {\"where\": {\"type\": \"MX\", \"rdata\": \"10 mail.example.org.\"}, \"reference\": \"24866@EXAMPLE\"},"
        " \"ops\": [{\"op\": \"REMOVE\", \"type\": \"MX\", \"rdata\": \"10 mail.example.org.\"}]}]}";
    json_auto_t *params = NULL;
    AUTO_ERR info = ERR_INFO_INIT;
    ck_assert_msg(set_file_parse(text, &params, &info) == ERR_OK, "%s", err_message(&info));
    json_auto_t *expected = json_loads(wanted, 0, NULL);
    AUTO_FREE char *given = json_dumps(params, JSON_SORT_KEYS);
    AUTO_FREE char *other = json_dumps(expected, JSON_SORT_KEYS);
    ck_assert_str_eq(given, other);
}
END_TEST

START_TEST(json_form)
{
    static const char *const texts[] = {"[{\"zones\": {}, \"ops\": []}]", " {\"operations\": [{\"zones\": {}, \"ops\": []}]}"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        json_auto_t *params = NULL;
        ck_assert_int_eq(set_file_parse(texts[i], &params, NULL), ERR_OK);
        ck_assert_uint_eq(json_array_size(json_object_get(params, "operations")), 1);
    }
}
END_TEST

START_TEST(mistakes)
{
    static const struct { const char *text, *words; } cases[] = {
        {"substitute A 1 -> 2\n", "line 1: \"zones\" must come first"}, {"zones\n\nfrobnicate\n", "line 3: \"frobnicate\" is not known"},
        {"zones\nsubstitute A 192.0.2.1\n", "line 2: expected VALUE -> VALUE"}, {"zones\nset_ttl A soon\n", "line 2: \"soon\" is not a TTL"},
        {"zones\nreplace www\n", "line 2: expected OWNER"}, {"zones\nwhere\n", "line 2: \"where\" has nothing behind it"},
        {"zones\nremove\n", "line 2: there is no record type"}, {"[1,\n", "line 2"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *params = NULL;
        AUTO_ERR info = ERR_INFO_INIT;
        ck_assert_int_eq(set_file_parse(cases[i].text, &params, &info), ERR_INVALID_ARGUMENT);
        ck_assert_msg(strstr(err_message(&info), cases[i].words) != NULL, "%s: %s", cases[i].text, err_message(&info));
    }
}
END_TEST

CHECK_MAIN("tool_set_file", text_form, json_form, mistakes)
