/* Cost follows the change, not the estate: with 200,000 zones no statement of the main path reads a big table from end to end,
 * neither planned for its parameters nor planned once for all. */
#include "controller/store/server_store.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

enum { ZONES = 200000 };

/* Foreign keys are not checked, nothing is waited for: rows as an estate of this size has them, most of it at rest. */
static const char *const s_fill =
    "set search_path = dms; set session_replication_role = replica; set synchronous_commit = off; set work_mem = '64MB';"
    "insert into server (name, sg_id, role, address, state, config_goal, config_applied) select 's' || n, 1,"
    " case n when 1 then 'master' else 'slave' end, ('192.0.2.' || n)::inet, 'OK', 1, 1 from generate_series(1, 3) n;"
    "insert into zone (name, state, zi_id, zi_candidate_id, soa_serial, sg_id, zi_count)"
    " select 'z' || n || '.example.', case when n % 50 = 0 then 'DELETED' else 'PUBLISHED' end, n, n, 2026112300, 1, 1"
    " from generate_series(1, :n) n;"
    "insert into zi (zone_id, seq, soa_serial, soa_mname, soa_rname, soa_refresh, soa_retry, soa_expire, soa_minimum, zone_ttl, change_by,"
    " ctime, mtime) select n, 1, 2026112300, 'ns1.example.net.', 'h.example.net.', '2h', '900', '7d', '1h', '1h', 'x', now(), now()"
    " from generate_series(1, :n) n;"
    "insert into rr_group (zone_id, group_no, since, pos) select n, 1, 1, 1 from generate_series(1, :n) n;"
    "insert into rr (zone_id, group_no, since, until, pos, label, type, rdata) select n, 1, 1, case when n % 10 = k then 2 end, k,"
    " 'h' || k, 1, '192.0.2.' || k from generate_series(1, :n) n, generate_series(1, 2) k;"
    "insert into zone_server (zone_id, server_id, revision, goal_zi_id, goal_serial, goal_at, live_zi_id, live_serial, behind_since,"
    " next_send, command_id) select n, k, n * 4 + k, n, 2026112300, now(), n, 2026112300, case when n % 400 = 0 then now() end,"
    " case when n % 400 = 0 then now() end, case when n % 400 = 0 then n * 4 + k end"
    " from generate_series(1, :n) n, generate_series(1, 3) k;"
    "insert into event (kind, machine_id, type, state, created, due, done) select 'zone', n, 'ZoneSMUpdate',"
    " case when n % 400 = 0 then 'NEW' else 'SUCCESS' end, now(), now(), case when n % 400 <> 0 then now() end"
    " from generate_series(1, :n) n;"
    "insert into change (at, login, role, front_end, method, zone_id, ok) select now(), 'x', 'admin', '/', 'update_zone', n, true"
    " from generate_series(1, :n) n;"
    "insert into publication (change_id, zone_id, zi_id, zi_seq, soa_serial, committed_at, master_at, live_at) select n, n, n, 1, 2026112300,"
    " now(), now(), case when n % 400 <> 0 then now() end from generate_series(1, :n) n;"
    "insert into publication_server (change_id, server_id, live_at) select n, k, now() from generate_series(1, :n) n, generate_series(2, 3) k;"
    "insert into reverse_network (zone_id, network) select n, ('10.' || n / 256 % 256 || '.' || n % 256 || '.0/24')::cidr from"
    " generate_series(1, 60000) n;"
    "insert into rr (zone_id, group_no, since, pos, label, type, rdata, ptr_zone_id) select n, 1, 1, 3, 'p', 12, 'h.z' || n || '.example.', n"
    " from generate_series(1, 60000) n;"
    "insert into ptr_update (zone_id, label, address, host, forward_zone_id, forced, restored, admin, change_by, change_id, ctime) select n % 500,"
    " n, '10.0.0.1', 'h.z1.example.', n, false, false, true, 'x', 1, now() from generate_series(1, 20000) n;"
    "insert into ptr_parked (forward_zone_id, zone_id, label, host) select n, n + 1, 'p', 'h.z' || n || '.example.' from"
    " generate_series(1, 20000) n;"
    "insert into account (front_end_id, login, password_hash) select 1, 'a' || n, '$argon2id$' from generate_series(1, 1000) n;"
    "insert into token (public_id, hash, account_id, scoped, created_by, ctime, expires) select lpad(to_hex(n), 16, '0'), repeat('0', 64), n, true,"
    " 'x', now(), now() from generate_series(1, 1000) n;"
    "insert into token_zone (token_id, pattern, name_like) select n, 'z' || n || '.example.', null from generate_series(1, 1000) n"
    " union all select n, '*.z' || n || '.example.', '%.z' || n || '.example.' from generate_series(1, 1000) n;"
    "insert into log_line (at, host, sender, facility, severity, program, message) select now() - n * interval '1 second', 'h' || n % 100,"
    " '192.0.2.' || n % 100, 23, case when n % 200 = 0 then 3 else 6 end, case when n % 10 = 0 then 'dms-agent' else 'named' end,"
    " case when n % 2 = 0 then 'zone z' || n || '.example/IN: transferred serial 1' else 'text' end from generate_series(1, :n) n;"
    "set session_replication_role = origin; analyze;";

/* What looks at many rows because many are asked for. */
static const struct { const char *name, *why; } s_bulk[] = {
    {"zone_list", "lists zones; the filters are optional"},
    {"zone_list_group", "lists the zones of a group, which may be all there are"},
    {"publish_zone_counts", "counts all zones, for status"},
    {"publish_event_counts", "counts of the last day, for status"},
    {"publish_refresh_missing", "a new master gets every zone"},
    {"publish_refresh_group", "a group's NS changed: all its zones"},
    {"goal_sync_server", "a new server gets every zone of its groups"},
    {"goal_sync_stray", "the same"},
    {"goal_resend", "a server came back: all that it missed"},
    {"server_delete_goals", "all rows of a server that goes"},
    {"receipt_of_server", "a server goes: all that waited for it"},
    {"publish_give_way", "of a server's first configuration: all its zones"},
    {"group_by_name", "counts a group's zones up to a bound"},
    {"group_list", "the same"},
    {"group_used", "looks for the first zone of a group"},
    {"group_served", "the same, for the rename of a group"},
    {"group_heir", "a group goes: all its deleted zones"},
    {"publish_refresh_all", "every zone, as was asked for"},
    {"change_set_select", "a change set may be for every zone"},
    {"change_set_select_types", "the same: zones with any record of a type"},
    {"vacuum_events", "clean-up: reads what is old"},
    {"vacuum_zi_zones", "clean-up: reads all versions"},
};

/* By type, where the statement has no row below. */
static const struct { const char *type, *value; } s_values[] = {
    {"bigint", "1"}, {"integer", "1"}, {"text", "'z1000.example.'"}, {"boolean", "true"}, {"timestamptz", "now()"}, {"double precision", "1"},
    {"inet", "'192.0.2.9'"}, {"cidr", "'192.0.2.0/24'"}, {"jsonb", "'{}'"},
    {"bigint[]", "'{1000,1001,1002}'"}, {"integer[]", "'{1,2,3}'"}, {"text[]", "'{z1000.example.,z1001.example.,z1002.example.}'"},
    {"boolean[]", "'{t,t,t}'"}, {"timestamptz[]", "'{now,now,now}'"}, {"double precision[]", "'{1,2,3}'"}};
static const struct { const char *name, *args; } s_args[] = {
    {"event_due_machines", "'zone', now(), 200"},
    {"event_oldest_due", "'zone', '{1000,1001}', now()"},
    {"event_insert", "'{zone}', '{1000}', '{ZoneSMUpdate}', '{NEW}', '{\"{}\"}', '{null}', '{0}', '{now}', '{null}', '{null}', now()"},
    {"event_save", "'{1000}', '{SUCCESS}', '{1}', '{now}', '{now}', '{\"{}\"}'"},
    {"event_hasten", "'zone', now()"},
    {"event_list", "null, 25"},
    {"event_list_pending", "null, 25"},
    {"event_list_failed", "null, 25, false"},
    {"event_list_machine", "null, 25, 'zone', 1000, false, false"},
    {"zone_list_names", "null, null, '{z1000.example.}', '{}', null, null, false, false, true, null, 100, 1"},
    {"zone_list_reference", "null, null, null, null, 'x', null, false, false, true, null, 100, 1"},
    {"zone_list_group", "'z5.example.', null, null, null, null, 'sg-one', false, false, true, null, 100, 1"},
    {"zone_list_begin", "null, 'z10%', null, null, null, null, false, false, true, null, 100, 1, 'z10'"},
    {"zone_list_end", "null, '%99.example.', null, null, null, null, false, false, true, null, 100, 1, '99.example.'"},
    {"zone_list_deleted", "'z5.example.', null, null, null, null, null, true, true, true, null, 100, 1"},
    {"search_value", "null, false, null, '{1}', '192.0.2.%', null, null, null, '192.0.2.0', '192.0.2.9', 100, 20000, '192.0.2.', '192.0.2.~', '192.0.2.', 0, 1"},
    {"search_label", "null, false, null, '{1}', '192.0.2.%', null, null, null, '192.0.2.0', '192.0.2.9', 100, 20000, 'h1', 'h1~', 'h1', 0"},
    {"search_address", "null, false, null, '{1}', '192.0.2.%', null, null, null, '192.0.2.0', '192.0.2.9', 100, 20000, '192.0.2.0', 0"},
    {"search_zone", "null, false, null, '{1}', '192.0.2.%', null, null, null, '192.0.2.0', '192.0.2.9', 100, 20000, '{1000,1001}', 0, 0, false"},
    {"search_name", "null, false, null, '{1}', '192.0.2.%', null, null, null, '192.0.2.0', '192.0.2.9', 100, 20000, '{z1000.example.,example.}', '{h1,h1.z1000}', 0, 0"},
    {"search_zones_reference", "'x', 0, 200"},
    {"search_zones_group", "'sg-one', 0, 200"},
    {"search_zones_below", "'z1000.example.', 0, 200"},
    {"search_zones_named", "'z1000.example. example.', 0, 200"},
    {"search_zones_prefix", "'z1000.', 0, 200"},
    {"log_time", "'s2', 'x', 'z1000.example.', '%x%', 6, now() - interval '1 day', now(), 100, 20000, 1000, now()"},
    {"log_host", "'s2', 'x', 'z1000.example.', '%x%', 6, now() - interval '1 day', now(), 100, 20000, 1000, now()"},
    {"log_program", "'s2', 'dms-agent', 'z1000.example.', '%x%', 6, null, null, 100, 20000, 0, null"},
    {"log_zone", "'s2', 'x', 'z1000.example.', '%x%', 6, null, null, 100, 20000, 0, null"},
    {"log_severe", "null, null, null, null, 4, null, null, 100, 20000, 0, null"},
    {"log_arrival", "null, null, null, null, 7, null, null, 100, 20000, 199000"},
    {"vacuum_log", "now() - interval '120 days', 10000"},
    {"audit_list", "null, null, null, null, null, null, null, null, null, null, 100, 20000"},
    {"audit_list_object", "null, null, null, null, null, 'z1000.example.', null, null, null, null, 100, 20000"},
    {"audit_list_login", "null, 'x', null, null, null, null, null, null, null, null, 100, 20000"},
    {"audit_list_time", "null, null, null, null, null, null, null, now(), null, null, 100, 20000"},
    {"record_query", "1000, 'h1', 1, '{1}', '{192.0.2.1}', false"},
    {"record_query_like", "1000, 'h%', 1, '{1}', '{192.0.2.1}', false"},
    {"reference_list", "'{x%}', null, 100, 'x'"},
    {"goal_by_command", "1, '{4001,4002}'"},
    {"goal_take", "1, now(), 200, 10000"},
    {"goal_page", "2, 1000, 500"},
    {"goal_save", "'{1000,1001}', '{1,1}', '{1,1}', '{1,1}', '{x,x}', '{x.,x.}', '{now,now}', '{now,now}', '{now,now}', '{0,0}', '{null,null}', '{0,0}',"
                  " '{5,6}'"},
    {"publish_lock_reported", "1, '{4001,4002}', true"},
    {"config_edit_context", "1, null, 'z1000.example.'"},
    {"receipt_get", "1000, 0"},
    {"change_set_zones", "1, null, 'PLANNED', null, 25"},
    {"change_set_select_values", "1, 0, null, null, null, null, null, '{1}', '{192.0.2.1}', null, '{null}'"},
    {"zone_by_name", "'z1000.example.', null"},
    {"zone_by_name_lock", "'z1000.example.', null"},
    {"zone_by_id", "1000, null"},
    {"zone_by_id_lock", "1000, null"},
    {"ptr_changes", "1000, 1000, 1001, true, '{a}', '{1}', '{192.0.2.1}'"},
    {"ptr_networks", "'{10.0.1.0/24}', 1"},
    {"ptr_show_zone", "'192.0.2.9'"},
    {"ptr_fill_addresses", "'10.0.1.0/24', null, 0, null, 500, 1"},
    {"ptr_fill_move", "1000, '10.0.1.0/24', '', '10.0.1.1', 1"},
    {"ptr_fill_end", "1000, '10.0.1.0/24'"},
    {"ptr_facts", "'{0,1}', '{z1000.example.,z1001.example.}', '{h1,h1}', '{1,1}', '{192.0.2.1,192.0.2.1}'"},
    {"account_front_end_insert", "'/x', 'admin', null, null, '{192.0.2.0/24}'"},
    {"account_front_end_change", "'/x', 'admin', null, null, '{192.0.2.0/24}', true"},
    {"account_limit", "1, true, '{192.0.2.0/24}'"},
    {"token_insert", "'x', 'x', 1, 'x', false, '{}', '{}', '{}', '{192.0.2.0/24}', true, 'x', now(), now()"},
};

static const char *why_bulk(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(s_bulk); i++) {
        if (strcmp(s_bulk[i].name, name) == 0)
            return s_bulk[i].why;
    }
    return NULL;
}

static char *arguments(const db_stmt_t *stmt)
{
    for (size_t i = 0; i < ARRAY_SIZE(s_args); i++) {
        if (strcmp(s_args[i].name, stmt->name) == 0)
            return auto_strdup(s_args[i].args);
    }
    AUTO_FREE char *types = auto_strdup(stmt->params);
    char *args = auto_strdup(""), *state = NULL;
    for (char *type = strtok_r(types, ",", &state); type != NULL; type = strtok_r(NULL, ",", &state)) {
        const char *value = "null";
        for (size_t i = 0; i < ARRAY_SIZE(s_values); i++) {
            if (strcmp(s_values[i].type, type) == 0)
                value = s_values[i].value;
        }
        char *more = auto_printf("%s%s%s", args, args[0] != '\0' ? ", " : "", value);
        free(args);
        args = more;
    }
    return args;
}

static PGresult *run(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    ck_assert_msg(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", sql, PQresultErrorMessage(result));
    return result;
}

static bool reads_all(const char *line)
{
    static const char *const big[] = {"zone", "zi", "rr", "rr_group", "zone_server", "event", "publication", "publication_server", "change",
                                      "reverse_network", "ptr_update", "ptr_parked", "log_line"};
    const char *scan = strstr(line, "Seq Scan on ");
    for (size_t i = 0; scan != NULL && i < ARRAY_SIZE(big); i++) {
        size_t len = strlen(big[i]);
        const char *table = scan + strlen("Seq Scan on ");
        if (strncmp(table, big[i], len) == 0 && (table[len] == ' ' || table[len] == '\0'))
            return true;
    }
    return false;
}

static int check(PGconn *conn, const db_stmt_t *stmt, const char *mode)
{
    AUTO_FREE char *set = auto_printf("set plan_cache_mode = %s", mode);
    PQclear(run(conn, set));
    AUTO_FREE char *args = arguments(stmt);
    AUTO_FREE char *sql = auto_printf("explain (costs off) execute %s%s%s%s", stmt->name, args[0] != '\0' ? "(" : "", args, args[0] != '\0' ? ")" : "");
    PGresult *plan = run(conn, sql);
    int bad = 0;
    for (int i = 0; i < PQntuples(plan); i++)
        bad += reads_all(PQgetvalue(plan, i, 0));
    for (int i = 0; bad > 0 && i < PQntuples(plan); i++)
        fprintf(stderr, "%s %s: %s\n", stmt->name, mode, PQgetvalue(plan, i, 0));
    PQclear(plan);
    return bad > 0;
}

static void fill(PGconn *conn)
{
    AUTO_FREE char *sql = auto_strdup("");
    const char *from = s_fill;
    for (const char *at; (at = strstr(from, ":n")) != NULL; from = at + 2) {
        char *more = auto_printf("%s%.*s%d", sql, (int)(at - from), from, ZONES);
        free(sql);
        sql = more;
    }
    AUTO_FREE char *all = auto_printf("%s%s", sql, from);
    PQclear(run(conn, all));
}

START_TEST(main_path_goes_by_index)
{
    db_t *db = zones_db();
    PGconn *conn = PQconnectdb(harness_conninfo());
    fill(conn);
    static const db_stmt_t *stmts[1024];
    size_t count = db_registered(stmts, ARRAY_SIZE(stmts)), looked_at = 0;
    int bad = 0;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(stmts[i]->name, "migrate_", 8) == 0 || why_bulk(stmts[i]->name) != NULL)
            continue;
        AUTO_FREE char *prepare = auto_printf("prepare %s%s%s%s as %s", stmts[i]->name, stmts[i]->params[0] != '\0' ? "(" : "", stmts[i]->params,
                                              stmts[i]->params[0] != '\0' ? ")" : "", stmts[i]->sql);
        PQclear(run(conn, prepare));
        bad += check(conn, stmts[i], "force_custom_plan");
        bad += check(conn, stmts[i], "force_generic_plan");
        looked_at++;
    }
    PQfinish(conn);
    group_row_t group = {0};
    ZONES_OK(server_store_group(db, "sg-one", &group, &ok_err));
    ck_assert_int_eq(group.zone_count, 100000); /* bounded */
    ck_assert_int_eq(group.server_count, 3);
    group_row_done(&group);
    ck_assert_uint_gt(looked_at, 80);
    ck_assert_int_eq(bad, 0);
}
END_TEST

/* Whoever filters zones by a caller's tag asks the view, which also knows the scopes of tokens; the table is for those that keep the tags. */
START_TEST(callers_are_asked_by_the_view)
{
    static const char *const keepers[] = {"sectag_", "ref_"};
    static const db_stmt_t *stmts[1024];
    size_t count = db_registered(stmts, ARRAY_SIZE(stmts));
    for (size_t i = 0; i < count; i++) {
        bool keeps = strstr(stmts[i]->sql, "zone_sectag") == NULL;
        for (size_t k = 0; !keeps && k < ARRAY_SIZE(keepers); k++)
            keeps = strncmp(stmts[i]->name, keepers[k], strlen(keepers[k])) == 0;
        ck_assert_msg(keeps, "%s reads zone_sectag: zone_seen, if it is for a caller", stmts[i]->name);
    }
}
END_TEST

int main(void)
{
    harness_start();
    Suite *suite = suite_create("plans");
    TCase *tc = tcase_create("all");
    tcase_set_timeout(tc, 110);
    tcase_add_test(tc, main_path_goes_by_index);
    tcase_add_test(tc, callers_are_asked_by_the_view);
    suite_add_tcase(suite, tc);
    int failed = check_suite(suite);
    harness_stop();
    return failed;
}
