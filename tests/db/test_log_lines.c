/* The log of all hosts: which zone a line is about, filters and pages against a plain query, clean-up in batches. */
#include "controller/store/log_store.h"
#include "controller/usecase/vacuum.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void run_sql(db_t *db, const char *sql) { ZONES_OK(db_script(db, sql, &ok_err)); }

START_TEST(zone_of_a_line)
{
    static const struct { const char *message, *zone; } cases[] = {
        {"zone example.com/IN: transferred serial 2026112301", "example.com."},
        {"transfer of 'Example.COM/IN' from 192.0.2.1#53: Transfer completed: 1 messages, 9 records", "example.com."},
        {"client @0x7f1 192.0.2.1#4242 (example.com): transfer of 'example.com/IN': IXFR started", "example.com."},
        {"client @0x7f1 192.0.2.1#4242 (example.com): zone transfer 'example.com/AXFR/IN' denied", "example.com."},
        {"client @0x7f1 192.0.2.1#4242 (0/25.2.0.192.in-addr.arpa): transfer of '0/25.2.0.192.in-addr.arpa/IN': AXFR started", "0/25.2.0.192.in-addr.arpa."},
        {"client @0x7f1 192.0.2.1#4242: received notify for zone 'example.com'", "example.com."},
        {"client @0x7f1 192.0.2.1#4242 (www.example.com): query 'www.example.com/A/IN' denied", "www.example.com."},
        {"zone ./IN: loaded serial 1", "."},
        {"command is not done: refused zone=example.com. server=slave2 reason=3", "example.com."},
        {"command for zone \"example.com.\" could not be built: no", "example.com."},
        {"all zones loaded", NULL},
        {"zone transfer quota reached", NULL},
        {"time zone = UTC", NULL},
        {"shutting down", NULL},
        {"", NULL},
    };
    db_t *db = harness_db();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_FREE char *sql = auto_strdup("");
        const char *from = cases[i].message;
        for (const char *quote; (quote = strchr(from, '\'')) != NULL; from = quote + 1) {
            char *more = auto_printf("%s%.*s''", sql, (int)(quote - from), from);
            free(sql);
            sql = more;
        }
        AUTO_FREE char *insert = auto_printf("insert into dms.log_line (at, host, sender, facility, severity, program, message) values"
                                             " (timestamptz '2026-11-23 08:00:00Z' + interval '%zu s', 'h', '192.0.2.9', 23, 6, 'named', '%s%s')", i, sql, from);
        run_sql(db, insert);
    }
    const log_filter_t filter = {.severity = 7, .limit = 100};
    log_row_t *rows = NULL;
    log_place_t last = {0};
    size_t count = 0;
    ZONES_OK(log_store_list(db, &filter, &rows, &count, &last, &ok_err));
    ck_assert_uint_eq(count, ARRAY_SIZE(cases));
    for (size_t i = 0; i < count; i++) {
        const char *zone = rows[count - 1 - i].zone, *wanted = cases[i].zone;
        ck_assert_str_eq(rows[count - 1 - i].message, cases[i].message);
        ck_assert_msg(zone == NULL || wanted == NULL ? zone == wanted : strcmp(zone, wanted) == 0, "\"%s\": %s, not %s", cases[i].message,
                      zone != NULL ? zone : "none", wanted != NULL ? wanted : "none");
    }
    log_store_rows_free(rows, count);
}
END_TEST

/* Lines of four hosts, two programs, some zones, every severity; many at the same moment. */
static const char s_fill[] =
    "insert into dms.server (name, sg_id, role, address) select 's' || n, 1, 'slave', ('192.0.2.' || n)::inet from generate_series(1, 3) n;"
    "insert into dms.log_line (at, host, sender, facility, severity, program, message) select timestamptz '2026-11-23 08:00:00Z'"
    " - (n % 977) * interval '1 second', 'h' || n % 4, '192.0.2.' || n % 5, 23, n % 8, case when n % 3 = 0 then 'dms-agent' else 'named' end,"
    " case when n % 7 = 0 then 'zone z' || n % 11 || '.example/IN: Line ' || n else 'line ' || n end from generate_series(1, 4000) n";

static char *all_pages(db_t *db, log_filter_t filter, size_t *ret_pages)
{
    char *ids = auto_strdup("");
    log_place_t last = {0};
    *ret_pages = 0;
    do {
        log_row_t *rows = NULL;
        size_t count = 0;
        filter.behind = last;
        ZONES_OK(log_store_list(db, &filter, &rows, &count, &last, &ok_err));
        ck_assert_uint_le(count, (size_t)filter.limit);
        for (size_t i = 0; i < count; i++) {
            char *more = auto_printf("%s%s%" PRId64, ids, *ids != '\0' ? "," : "", rows[i].id);
            free(ids);
            ids = more;
        }
        log_store_rows_free(rows, count);
        ++*ret_pages;
    } while (last.id != 0);
    return ids;
}

static void same_as(db_t *db, const char *ids, const char *where, const char *order)
{
    AUTO_FREE char *sql = auto_printf("select (coalesce((select string_agg(l.id::text, ',' order by %s) from dms.log_line l where %s), '') = '%s')::integer",
                                      order, where, ids);
    AUTO_FREE char *why = auto_printf("select count(*) from dms.log_line l where %s", where);
    ck_assert_msg(zones_number(db, sql) == 1, "%s (%d): not %.200s", where, (int)zones_number(db, why), ids);
}

START_TEST(filters_and_pages)
{
    static const struct { log_filter_t filter; const char *where; } cases[] = {
        {{.severity = 7}, "true"},
        {{.severity = 6, .limit = 10}, "severity <= 6"},
        {{.severity = 4}, "severity <= 4"},
        {{.severity = 1, .host = "h1"}, "severity <= 1 and host = 'h1'"},
        {{.severity = 7, .host = "h2", .limit = 100}, "host = 'h2'"},
        {{.severity = 7, .host = "s2", .limit = 100}, "sender = '192.0.2.2'"},
        {{.severity = 7, .host = "nobody"}, "false"},
        {{.severity = 7, .program = "dms-agent"}, "program = 'dms-agent'"},
        {{.severity = 7, .zone = "z3.example."}, "zone = 'z3.example.'"},
        {{.severity = 3, .zone = "z3.example.", .host = "s1", .program = "named"}, "zone = 'z3.example.' and severity <= 3 and sender = '192.0.2.1' and program = 'named'"},
        {{.severity = 7, .text = "%LINE 39%"}, "message ilike '%line 39%'"},
        {{.severity = 7, .since = {1795420800000000 - 50000000}, .until = {1795420800000000 - 20000000}},
         "at >= '2026-11-23 07:59:10Z' and at < '2026-11-23 07:59:40Z'"},
        {{.severity = 7, .host = "s2", .since = {1795420800000000 - 50000000}}, "sender = '192.0.2.2' and at >= '2026-11-23 07:59:10Z'"},
    };
    db_t *db = zones_db();
    run_sql(db, s_fill);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        log_filter_t filter = cases[i].filter;
        size_t pages = 0;
        filter.limit = filter.limit != 0 ? filter.limit : 10000;
        AUTO_FREE char *ids = all_pages(db, filter, &pages);
        same_as(db, ids, cases[i].where, "l.at desc, l.id desc");
        ck_assert(filter.limit == 10000 ? pages == 1 : pages > 8);
    }
    run_sql(db, "update dms.log_line set host = 's2' where id <= 40"); /* its own name is that of a server, too: no line twice */
    size_t pages = 0;
    AUTO_FREE char *both = all_pages(db, (log_filter_t){.severity = 7, .host = "s2", .limit = 70}, &pages);
    same_as(db, both, "(host = 's2' or sender = '192.0.2.2')", "l.at desc, l.id desc");
    AUTO_FREE char *arrived = all_pages(db, (log_filter_t){.severity = 5, .arrival = true, .limit = 10000}, &pages);
    same_as(db, arrived, "severity <= 5", "l.id");
}
END_TEST

START_TEST(servers_by_address)
{
    db_t *db = zones_db();
    run_sql(db, s_fill);
    run_sql(db, "insert into dms.server (name, sg_id, role, address, port) values ('twin', 1, 'slave', '192.0.2.3', 5353)");
    const log_filter_t filter = {.severity = 7, .limit = 100};
    log_row_t *rows = NULL;
    log_place_t last = {0};
    size_t count = 0;
    ZONES_OK(log_store_list(db, &filter, &rows, &count, &last, &ok_err));
    for (size_t i = 0; i < count; i++) {
        char digit = rows[i].sender[strlen(rows[i].sender) - 1];
        const char *wanted = digit == '1' ? "s1" : digit == '2' ? "s2" : NULL; /* 0 and 4 are no servers, 3 are two */
        ck_assert(wanted == NULL ? rows[i].server == NULL : strcmp(rows[i].server, wanted) == 0);
    }
    log_store_rows_free(rows, count);
}
END_TEST

/* A page looks at a bounded number of lines, however few match, and says where to go on. */
START_TEST(few_in_many)
{
    db_t *db = zones_db();
    run_sql(db, "insert into dms.log_line (at, host, sender, facility, severity, program, message) select timestamptz '2026-11-23 08:00:00Z'"
                " - n * interval '1 second', 'h', '192.0.2.1', 23, 6, 'named', case when n in (1, 45000) then 'needle' else 'hay' end"
                " from generate_series(1, 50000) n");
    log_filter_t filter = {.severity = 7, .text = "needle", .limit = 100};
    size_t pages = 0;
    AUTO_FREE char *ids = all_pages(db, filter, &pages);
    same_as(db, ids, "message = 'needle'", "l.at desc, l.id desc");
    ck_assert_uint_eq(pages, 3);
    filter.arrival = true;
    AUTO_FREE char *arrived = all_pages(db, filter, &pages);
    same_as(db, arrived, "message = 'needle'", "l.id");
    ck_assert_uint_eq(pages, 3);
}
END_TEST

START_TEST(old_lines_go)
{
    db_t *db = zones_db();
    run_sql(db, "insert into dms.log_line (received_at, at, host, sender, facility, severity, program, message) select timestamptz '2026-11-23 08:00:00Z'"
                " - n * interval '1 day', now(), 'h', '192.0.2.1', 23, 6, 'named', 'x' from generate_series(1, 250) n, generate_series(1, 100)");
    vacuum_counts_t counts = {0};
    AUTO_CLEANUP(change_result_done) change_result_t result = {0}, all = {0};
    ZONES_OK(vacuum_run(db, &ZONES_ADMIN, VACUUM_LOG, 200, -1, ZONES_NOW, &counts, &result, &ok_err));
    ck_assert_int_eq(counts.log, 5000);
    ZONES_OK(vacuum_run(db, &ZONES_ADMIN, VACUUM_ALL, -1, -1, ZONES_NOW, &counts, &all, &ok_err)); /* syslog_max_age: 120 */
    ck_assert_int_eq(counts.log, 8000);
    AUTO_CLEANUP(change_result_done) change_result_t rest = {0};
    ZONES_OK(vacuum_run(db, &ZONES_ADMIN, VACUUM_LOG, 0, -1, ZONES_NOW, &counts, &rest, &ok_err)); /* more than one batch */
    ck_assert_int_eq(counts.log, 12000);
    ck_assert_int_eq(zones_number(db, "select count(*) from dms.log_line"), 0);
}
END_TEST

int main(void)
{
    harness_start();
    Suite *suite = suite_create("log_lines");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, zone_of_a_line);
    tcase_add_test(tcase, filters_and_pages);
    tcase_add_test(tcase, servers_by_address);
    tcase_add_test(tcase, few_in_many);
    tcase_add_test(tcase, old_lines_go);
    suite_add_tcase(suite, tcase);
    int failed = check_suite(suite);
    harness_stop();
    return failed;
}
