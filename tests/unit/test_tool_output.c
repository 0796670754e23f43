#include "tests/unit/check_run.h"
#include "zone_tool/output.h"
#include "zone_tool/wait.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

START_TEST(values)
{
    static const struct { const char *json, *text; } cases[] = {
        {"null", "None"},
        {"true", "True"},
        {"false", "False"},
        {"4294967295", "4294967295"},
        {"\"plain\"", "plain"},
        {"\"2012-08-23 10:51:14.123456+00:00\"", "Thu Aug 23 10:51:14 2012"},
        {"\"2024-05-06 12:00:00+02:00\"", "Mon May  6 10:00:00 2024"},
        {"\"2024-05-06\"", "2024-05-06"},
        {"[\"a.\", \"b.\"]", "a. b."},
        {"[]", ""},
    };
    setenv("TZ", "UTC", 1);
    tzset();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_auto_t *value = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        AUTO_FREE char *text = output_value(value);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(times)
{
    wall_t a = {0}, b = {0};
    ck_assert(output_parse_time("2026-11-23 08:00:00.5+00:00", &a));
    ck_assert(output_parse_time("2026-11-23 08:00:00.021500+00:00", &b));
    ck_assert_int_eq(a.us - b.us, 478500);
    ck_assert(output_parse_time("1970-01-01 00:00:01", &a));
    ck_assert_int_eq(a.us, 1000000);
    ck_assert(!output_parse_time("2026-11-23T08:00:00Z", &a));
    ck_assert(!output_parse_time("2026-11-23 08:00:00 or so", &a));
    ck_assert(!output_parse_time(NULL, &a));
}
END_TEST

START_TEST(wrapping)
{
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    output_wrap(to, "one two three four five\nsix averyveryverylongword", "***   ", "      ", 20);
    fclose(to);
    ck_assert_str_eq(text, "***   one two three\n      four five\n      six\n      averyveryverylongword\n");
    free(text);
}
END_TEST

/* Bars are as long as their share of the slowest server; who is not there says why. */
START_TEST(picture)
{
    json_auto_t *receipt = json_loads(
        "{\"change_id\": 42, \"at\": \"2026-11-23 08:00:00+00:00\", \"login\": \"ann\", \"role\": \"admin\", "
        "\"front_end\": \"/admin_dms\","
        " \"method\": \"load_zone\", \"object_name\": \"a.test.\", \"publishes\": true, \"ok\": true, \"zi_id\": 7, "
        "\"soa_serial\": 1,"
        " \"goal\": \"serve\", \"committed_at\": \"2026-11-23 08:00:00+00:00\", \"complete\": false, \"servers\": ["
        "{\"server\": \"m1\", \"role\": \"master\", \"live\": true, \"live_at\": \"2026-11-23 08:00:00.010+00:00\"},"
        "{\"server\": \"s1\", \"role\": \"slave\", \"live\": true, \"live_at\": \"2026-11-23 08:00:00.020+00:00\"},"
        "{\"server\": \"s2\", \"role\": \"slave\", \"live\": false, \"state\": \"OK\", \"connected\": false, "
        "\"reason\": null,"
        " \"evidence\": null, \"behind_since\": \"2026-11-23 08:00:00+00:00\"},"
        "{\"server\": \"s3\", \"role\": \"slave\", \"live\": false, \"state\": \"DISABLED\"}]}",
        0, NULL);
    ck_assert_ptr_nonnull(receipt);
    setenv("TZ", "UTC", 1);
    tzset();
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    wait_picture(receipt, to);
    fclose(to);
    ck_assert_str_eq(
        text, "change 42  load_zone a.test.\n"
              "        by ann (admin /admin_dms), Mon Nov 23 08:00:00 2026\n"
              "        zi_id 7, serial 1\n\n"
              "        committed                             0 ms |\n"
              "        master    m1                         10 ms |====================>\n"
              "        live      s1                         20 ms |========================================>\n"
              "        waiting   s2                               | its agent is not connected, behind since Mon Nov 23"
              " 08:00:00 2026\n"
              "        disabled  s3                  \n\n"
              "        not complete yet\n");
    free(text);
}
END_TEST

CHECK_MAIN("tool_output", values, times, wrapping, picture)
