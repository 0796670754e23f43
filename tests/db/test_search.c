/* Search over the estate: whatever the index that a search goes along and however small its pages, it finds what reading everything finds. */
#include "controller/store/audit_store.h"
#include "controller/usecase/record_search.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

/* More zones and records than one statement looks at first; every third record is closed, every fifth zone published an older version. */
static const char *const s_fill =
    "set search_path = dms; set session_replication_role = replica;"
    "insert into sectag (label) values ('SEEN');"
    "insert into reference (name) select 'Ref-' || n from generate_series(1, 3) n;"
    "insert into server_group (name) values ('sg-two');"
    "insert into zone (name, state, zi_id, zi_candidate_id, sg_id, ref_id, zi_count) select case when n % 2 = 0 then 'sub.' else '' end ||"
    " 'z' || n || case when n % 7 = 0 then '.org.' else '.example.' end, case when n % 11 = 0 then 'DISABLED' when n % 13 = 0 then 'DELETED'"
    " else 'PUBLISHED' end, 2 * n - case when n % 5 = 0 then 1 else 0 end, 2 * n, case when n % 4 = 0 then 2 else 1 end,"
    " case when n % 3 > 0 then n % 3 end, 2 from generate_series(1, 460) n;"
    "insert into zi (zone_id, seq, soa_serial, soa_mname, soa_rname, soa_refresh, soa_retry, soa_expire, soa_minimum, zone_ttl, change_by,"
    " ctime, mtime) select n, k, 2026112300 + k, 'ns1.example.net.', 'h.example.net.', '2h', '900', '7d', '1h', '1h', 'x',"
    " '2026-11-01'::timestamptz + k * interval '1 day', now() from generate_series(1, 460) n, generate_series(1, 2) k order by n, k;"
    "insert into rr_group (zone_id, group_no, since, pos) select n, 1, 1, 1 from generate_series(1, 460) n;"
    "insert into rr (zone_id, group_no, since, until, pos, label, type, rdata, disable) select n, 1, 1 + (k = 2)::int, case when k = 3 then 2 end,"
    " k, case k when 1 then '@' when 2 then 'www' when 3 then 'old' when 4 then 'mail' else 'www.deep' end,"
    " case k when 4 then 15 when 5 then 28 when 1 then 2 else 1 end, case k when 1 then 'NS' || n % 9 || '.Example.net.' when 4 then"
    " case when n % 2 = 0 then '10 mx' else '10 mx.z' || n - 1 || '.example.' end when 5 then '2001:db8::' || to_hex(n) else '10.0.' || n % 4 ||"
    " '.' || n % 200 end, n % 17 = 0 and k = 2 from generate_series(1, 460) n, generate_series(1, 5) k;"
    "insert into zone_sectag select n, 1 from generate_series(1, 460, 6) n;"
    "insert into change (at, login, role, front_end, method, object_name, zone_id, ok, error_code) select '2026-11-01'::timestamptz + n *"
    " interval '1 minute', 'login-' || n % 5, 'admin', '/x', 'm' || n % 3, 'z' || n % 50 || '.example.', n % 460 + 1, n % 10 > 0,"
    " case when n % 10 = 0 then -28 end from generate_series(1, 900) n;"
    "insert into zone (name, state, zi_id, sg_id, zi_count) values ('z1.example.net.', 'PUBLISHED', 921, 1, 1); insert into zi (zone_id, seq,"
    " soa_serial, soa_mname, soa_rname, soa_refresh, soa_retry, soa_expire, soa_minimum, zone_ttl, change_by, ctime, mtime) values (461, 1, 1,"
    " 'a.', 'b.', '1', '1', '1', '1', '1', 'x', now(), now()); insert into rr (zone_id, group_no, since, pos, label, type, rdata) select 461, 1,"
    " 1, n, 'n' || n, 1, '172.16.0.1' from generate_series(1, 3000) n;"
    "set session_replication_role = origin; analyze;";

/* What is published, read as a whole. */
#define ALL                                                                                                            \
    "select count(*), coalesce(sum(r.id), 0)::bigint from dms.rr r join dms.zone z on z.id = r.zone_id and z.state <> 'DELETED' join dms.zi i" \
    " on i.id = z.zi_id where r.since <= i.seq and (r.until is null or r.until > i.seq) and "
#define ON "not r.disable and z.state <> 'DISABLED' and "
#define OWNER "case r.label when '@' then z.name else r.label || '.' || z.name end"

static PGconn *s_conn;
static int64_t s_wanted[2];

static void read_all(const char *where)
{
    AUTO_FREE char *sql = auto_printf(ALL "%s", where);
    PGresult *result = PQexec(s_conn, sql);
    ck_assert_msg(PQresultStatus(result) == PGRES_TUPLES_OK, "%s", PQresultErrorMessage(result));
    s_wanted[0] = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    s_wanted[1] = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
    PQclear(result);
}

static size_t search_all(db_t *db, const caller_t *who, const search_filter_t *filter, int64_t limit, int64_t *ret_sum)
{
    size_t count = 0;
    AUTO_FREE char *after = NULL;
    *ret_sum = 0;
    for (int page = 0;; page++) {
        AUTO_CLEANUP(record_found_done) record_found_t found = {0};
        ck_assert_int_lt(page, 4000);
        ZONES_OK(record_search(db, who, filter, after, limit, &found, &ok_err));
        ck_assert_int_le((int64_t)found.count, limit);
        for (size_t i = 0; i < found.count; i++)
            *ret_sum += found.rows[i].rr.id;
        count += found.count;
        free(after);
        after = auto_strdup(found.next);
        if (after == NULL)
            return count;
    }
}

static db_t *filled(void)
{
    db_t *db = zones_db();
    s_conn = PQconnectdb(harness_conninfo());
    PGresult *result = PQexec(s_conn, s_fill);
    ck_assert_msg(PQresultStatus(result) == PGRES_COMMAND_OK, "%s", PQresultErrorMessage(result));
    PQclear(result);
    return db;
}

START_TEST(every_way_finds_what_is_there)
{
    static const uint16_t A[] = {1}, MX_AAAA[] = {15, 28};
    static const struct {
        search_filter_t filter;
        const char *where;
        size_t least;
    } cases[] = {
        {{.address_from = "10.0.1.0/24"}, ON "r.type = 1 and r.rdata::inet <<= '10.0.1.0/24'", 90},
        {{.address_from = "10.0.0.0/8", .include_disabled = true}, "r.type = 1 and r.rdata::inet <<= '10.0.0.0/8'", 400},
        {{.address_from = "2001:db8::7"}, ON "r.rdata = '2001:db8::7'", 1},
        {{.address_from = "10.0.1.0/24", .reference = "rEF-2"}, ON "r.rdata like '10.0.1.%' and z.ref_id = 2", 20},
        {{.rdata = "ns3.example.net."}, ON "r.rdata = 'NS3.Example.net.'", 40},
        {{.rdata = "NS*", .types = MX_AAAA, .type_count = 2}, "false", 0},
        {{.rdata = "10.0.*9"}, ON "r.rdata like '10.0.%9'", 30},
        {{.rdata = "*.1", .types = A, .type_count = 1}, ON "r.type = 1 and r.rdata like '%.1'", 3},
        {{.rdata = "*::1*"}, ON "r.rdata like '%::1%'", 20},
        {{.rdata = "10 mx.sub.z8.example."}, ON "z.name = 'sub.z8.example.' and r.type = 15", 1},
        {{.rdata = "*mx.sub.z1?.example."}, ON "z.name like 'sub.z1_.example.' and r.type = 15", 2},
        {{.types = MX_AAAA, .type_count = 2}, ON "r.type in (15, 28)", 600},
        {{.types = MX_AAAA, .type_count = 2, .sg_name = "sg-two"}, ON "r.type in (15, 28) and z.sg_id = 2", 100},
        {{.reference = "ref-1"}, ON "z.ref_id = 1", 300},
        {{.sg_name = "sg-two"}, ON "z.sg_id = 2", 300},
        {{.name = "www.z3.example"}, ON OWNER " = 'www.z3.example.'", 1},
        {{.name = "www.deep.z3.example."}, ON OWNER " = 'www.deep.z3.example.'", 1},
        {{.name = "z3.example"}, ON OWNER " = 'z3.example.'", 1},
        {{.name = "www.*"}, ON OWNER " like 'www.%'", 400},
        {{.name = "ww*"}, ON OWNER " like 'ww%'", 400},
        {{.name = "www.z1*.example"}, ON OWNER " like 'www.z1%.example.'", 20},
        {{.name = "z1*"}, ON OWNER " like 'z1%'", 30},
        {{.name = "*.example"}, ON OWNER " like '%.example.'", 900},
        {{.name = "*.z8.example"}, ON OWNER " like '%.z8.example.'", 3},
        {{.name = "*9.org"}, ON OWNER " like '%9.org.'", 5},
        {{.name = "*deep*7*"}, ON OWNER " like '%deep%7%'", 50},
        {{.name = "n29??.z1.example.net"}, ON OWNER " like 'n29__.z1.example.net.'", 100},
        {{.name = "*.z1.example.net", .rdata = "172.16.0.1", .types = A, .type_count = 1}, ON "r.rdata = '172.16.0.1'", 3000},
        {{.name = "*.absent.example", .include_disabled = true}, "false", 0},
    };
    db_t *db = filled();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        static const int64_t LIMITS[] = {1000, 37};
        read_all(cases[i].where);
        ck_assert_msg((size_t)s_wanted[0] >= cases[i].least, "%zu: %s gives %d", i, cases[i].where, (int)s_wanted[0]);
        for (size_t k = 0; k < ARRAY_SIZE(LIMITS); k++) {
            int64_t sum;
            size_t count = search_all(db, &ZONES_ADMIN, &cases[i].filter, LIMITS[k], &sum);
            ck_assert_msg((int64_t)count == s_wanted[0] && sum == s_wanted[1], "%zu (%s), pages of %d: %zu, not %d", i, cases[i].where,
                          (int)LIMITS[k], count, (int)s_wanted[0]);
        }
    }
    PQfinish(s_conn);
}
END_TEST

START_TEST(tags_hide_and_moments_show)
{
    db_t *db = filled();
    const caller_t tagged = {.role = ROLE_ADMIN, .role_name = "admin", .sectag_id = 1, .sectag = "SEEN", .login = "t", .front_end = "/t"};
    const search_filter_t www = {.name = "www.*"};
    int64_t sum;
    read_all(ON OWNER " like 'www.%' and exists (select from dms.zone_sectag t where t.zone_id = z.id)");
    size_t count = search_all(db, &tagged, &www, 50, &sum);
    ck_assert_int_gt(s_wanted[0], 20);
    ck_assert(s_wanted[0] == (int64_t)count && s_wanted[1] == sum);
    /* version 1 was there from 2 November, version 2 from the 3rd: `old` was in the first only, `www` in the second only */
    search_filter_t then = {.name = "old.*", .at = {INT64_C(1793664000000000)}}; /* 2026-11-03 00:00 */
    zones_number(db, "with u as (update dms.zone set ctime = '2026-11-01' returning 1) select count(*) from u");
    then.at.us -= 1;
    size_t old = search_all(db, &ZONES_ADMIN, &then, 100, &sum);
    then.name = "www.z*";
    size_t www_then = search_all(db, &ZONES_ADMIN, &then, 100, &sum);
    then.at.us += 1;
    size_t www_later = search_all(db, &ZONES_ADMIN, &then, 100, &sum);
    ck_assert_uint_gt(old, 300);
    ck_assert_uint_eq(www_then, 0);
    ck_assert_uint_gt(www_later, 150);
    PQfinish(s_conn);
}
END_TEST

START_TEST(change_log_in_pages)
{
    static const struct {
        audit_filter_t filter;
        size_t count;
    } cases[] = {
        {{.ok = -1}, 900},
        {{.ok = 0}, 90},
        {{.ok = -1, .login = "login-2"}, 180},
        {{.ok = -1, .object_name = "z7.example."}, 18},
        {{.ok = 0, .object_name = "z10.example."}, 18},
        {{.ok = -1, .method = "m1", .login = "login-2"}, 60},
        {{.ok = -1, .since = {INT64_C(1793491200000000)}, .until = {INT64_C(1793491200000000) + 600 * INT64_C(1000000)}}, 9},
        {{.ok = -1, .until = {INT64_C(1793491200000000) + 600 * INT64_C(1000000)}}, 9},
    };
    db_t *db = filled();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        audit_filter_t filter = cases[i].filter;
        size_t total = 0;
        int64_t last = INT64_MAX;
        filter.limit = 7;
        do {
            change_row_t *rows = NULL;
            size_t count = 0;
            ZONES_OK(audit_store_list(db, &ZONES_ADMIN, &filter, &rows, &count, &filter.after, &ok_err));
            for (size_t k = 0; k < count; k++) {
                ck_assert_int_lt(rows[k].id, last);
                last = rows[k].id;
            }
            total += count;
            audit_store_rows_free(rows, count);
        } while (filter.after != 0);
        ck_assert_msg(total == cases[i].count, "%zu: %zu, not %zu", i, total, cases[i].count);
    }
    PQfinish(s_conn);
}
END_TEST

int main(void)
{
    harness_start();
    Suite *suite = suite_create("search");
    TCase *tc = tcase_create("all");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, every_way_finds_what_is_there);
    tcase_add_test(tc, tags_hide_and_moments_show);
    tcase_add_test(tc, change_log_in_pages);
    suite_add_tcase(suite, tc);
    int failed = check_suite(suite);
    harness_stop();
    return failed;
}
