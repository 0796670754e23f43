/* The life of zones, groups and servers: what acts at the wrong moment leave behind. */
#include "controller/fsm/zone_fsm.h"
#include "controller/store/config_store.h"
#include "controller/store/server_store.h"
#include "controller/store/zone_store.h"
#include "controller/usecase/server_change.h"
#include "controller/usecase/server_setup.h"
#include "controller/usecase/vacuum.h"
#include "controller/usecase/zone_life.h"
#include "controller/usecase/zone_move.h"
#include "controller/usecase/zone_set.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

#define NAME "cycle.example."
#define APEX "$TTL 3600\n@ IN SOA ns1.dns-one.example. hostmaster.dns-one.example. 1 10800 3600 1209600 3600\n@ IN NS ns1.dns-one.example.\n\n"

static db_t *s_db;
static change_result_t s_result; /* of what a test does not look at */

static void setup(void) { s_db = zones_db(); }

static void run_sql(const char *sql) { ZONES_OK(db_script(s_db, sql, &ok_err)); }

#define OK(call)                                                                                                      \
    do {                                                                                                              \
        ZONES_OK(call);                                                                                               \
        change_result_done(&s_result);                                                                                \
    } while (0)

/* As if the hidden master had told that it serves what was sent. */
static int64_t published(const char *text)
{
    change_result_t created = zones_create(s_db, NAME, text);
    int64_t id = created.zone_id;
    zones_run_events(s_db);
    run_sql("update dms.zone set state = 'PUBLISHED'; delete from dms.event where done is null");
    change_result_done(&created);
    return id;
}

static zone_row_t zone_now(int64_t id)
{
    zone_row_t zone = {0};
    ZONES_OK(zone_store_by_id(s_db, NULL, id, false, &zone, &ok_err));
    return zone;
}

static int64_t waiting(const char *type)
{
    AUTO_FREE char *sql = auto_printf("select count(*) from dms.event where done is null and type = '%s'", type);
    return zones_number(s_db, sql);
}

/* ---- zones */

START_TEST(disabled_under_its_editor)
{
    int64_t id = published(APEX "a A 192.0.2.1\n");
    change_result_t lock = {0}, saved = {0};
    run_sql("update dms.zone set edit_lock = true");
    ZONES_OK(zone_edit_begin(s_db, &ZONES_ADMIN, "anna", NAME, ZONES_NOW, &lock, &ok_err));
    OK(zone_life_disable(s_db, &ZONES_ADMIN, NAME, ZONES_NOW, &s_result, &ok_err));
    AUTO(zonedata) data = zones_parse(NAME, APEX "a A 192.0.2.2\n");
    ZONES_OK(zone_edit_save(s_db, &ZONES_ADMIN, "anna", NAME, data, false, lock.edit_lock_token, NULL, NULL, ZONES_NOW, &saved, &ok_err));
    zone_row_t zone = zone_now(id);
    ck_assert(zone.state == ZONE_DISABLED && !zone.locked && zone.zi_candidate_id == saved.zi_id && zone.zi_id == saved.zi_id);
    ck_assert_int_eq(waiting("ZoneSMEditTimeout"), 0);
    zone_row_done(&zone);
    change_result_done(&lock);
    change_result_done(&saved);
}
END_TEST

/* Whoever takes the flag away to get round a lock is told of the lock before the work, not after it. */
START_TEST(lock_outlives_its_flag)
{
    published(APEX "a A 192.0.2.1\n");
    change_result_t lock = {0};
    zone_options_t off = ZONE_OPTIONS_INIT;
    off.edit_lock = 0;
    run_sql("update dms.zone set edit_lock = true");
    ZONES_OK(zone_edit_begin(s_db, &ZONES_ADMIN, "anna", NAME, ZONES_NOW, &lock, &ok_err));
    OK(zone_set_flags(s_db, &ZONES_ADMIN, NAME, &off, NULL, ZONES_NOW, &s_result, &ok_err));
    AUTO_ERR info = ERR_INFO_INIT;
    ck_assert_int_eq(zone_edit_begin(s_db, &ZONES_ADMIN, "bert", NAME, ZONES_NOW, &s_result, &info), ERR_EDIT_LOCK_FAILURE);
    OK(zone_edit_cancel(s_db, &ZONES_ADMIN, NAME, lock.edit_lock_token, ZONES_NOW, &s_result, &ok_err));
    OK(zone_edit_begin(s_db, &ZONES_ADMIN, "bert", NAME, ZONES_NOW, &s_result, &ok_err));
    change_result_done(&lock);
}
END_TEST

/* With edit_lock_timeout 0 locks do not end by time: a tickle must not end one either. */
START_TEST(tickle_without_time_limit)
{
    int64_t id = published(APEX "a A 192.0.2.1\n");
    change_result_t lock = {0};
    run_sql("update dms.zone set edit_lock = true");
    ZONES_OK(zone_edit_begin(s_db, &ZONES_ADMIN, "anna", NAME, ZONES_NOW, &lock, &ok_err));
    ZONES_OK(config_store_set(s_db, "edit_lock_timeout", 0, "0", &ok_err));
    ZONES_OK(zone_edit_tickle(s_db, &ZONES_ADMIN, NAME, lock.edit_lock_token, ZONES_NOW, &ok_err));
    zones_run_events(s_db);
    zone_row_t zone = zone_now(id);
    ck_assert(zone.locked && zone.edit_lock_token == lock.edit_lock_token);
    ck_assert_int_eq(waiting("ZoneSMEditTimeout"), 0);
    zone_row_done(&zone);
    change_result_done(&lock);
}
END_TEST

/* What was saved and not published yet when the zone was deleted, or disabled, is shown meanwhile and comes back. */
START_TEST(last_version_comes_back)
{
    int64_t id = published(APEX "a A 192.0.2.1\n");
    change_result_t saved = zones_save(s_db, NAME, APEX "a A 192.0.2.2\n");
    zone_row_t before = zone_now(id);
    ck_assert(before.zi_id != saved.zi_id);
    if (_i == 0)
        OK(zone_life_delete(s_db, &ZONES_ADMIN, NAME, ZONES_NOW, &s_result, &ok_err));
    else
        OK(zone_life_disable(s_db, &ZONES_ADMIN, NAME, ZONES_NOW, &s_result, &ok_err));
    zone_row_t gone = zone_now(id);
    ck_assert(gone.zi_id == saved.zi_id);
    if (_i == 0)
        OK(zone_life_undelete(s_db, &ZONES_ADMIN, id, ZONES_NOW, &s_result, &ok_err));
    else
        OK(zone_life_enable(s_db, &ZONES_ADMIN, NAME, ZONES_NOW, &s_result, &ok_err));
    zone_row_t back = zone_now(id);
    ck_assert(back.state == ZONE_CREATE && back.zi_candidate_id == saved.zi_id);
    zone_row_done(&before);
    zone_row_done(&gone);
    zone_row_done(&back);
    change_result_done(&saved);
}
END_TEST

/* What was begun, or accepted, and would never end without them. */
START_TEST(events_that_are_needed)
{
    static const char *const types[] = {"ZoneSMEditTimeout", "MasterSMHoldTimeout", "ZoneSMConfig", "ZoneSMSgMove", "ZoneSMIncUpdate", "ZoneSMAutoPtr"};
    AUTO_FREE char *sql = auto_printf("insert into dms.event (kind, machine_id, type, created, due) values ('%s', 1, '%s', now(), now())",
                                      strncmp(types[_i], "Zone", 4) == 0 ? "zone" : "master", types[_i]);
    run_sql(sql);
    AUTO_ERR info = ERR_INFO_INIT;
    ck_assert_int_eq(server_change_fail_event(s_db, &ZONES_ADMIN, 1, ZONES_NOW, &s_result, &info), ERR_CANT_FAIL_EVENT_BY_ID);
    ck_assert_ptr_nonnull(strstr(err_message(&info), "event 1 "));
    ck_assert_int_eq(waiting(types[_i]), 1);
    run_sql("update dms.event set state = 'SUCCESS', done = now()");
    AUTO_ERR done = ERR_INFO_INIT;
    ck_assert_int_eq(server_change_fail_event(s_db, &ZONES_ADMIN, 1, ZONES_NOW, &s_result, &done), ERR_CANT_FAIL_EVENT_BY_ID);
    ck_assert_str_eq(err_message(&done), "event 1 is processed already");
}
END_TEST

/* ---- servers and groups */

static void add_server(const char *server_name, const char *role_name)
{
    AUTO_FREE char *name = auto_strdup(server_name), *role = auto_strdup(role_name), *sg = auto_strdup("sg-one");
    AUTO_FREE char *address = auto_printf("192.0.2.%zu", 10 + strlen(server_name));
    const server_row_t row = {.name = name, .role = role, .sg_name = sg, .address = address};
    OK(server_setup_create_server(s_db, &ZONES_ADMIN, &row, ZONES_NOW, &s_result, &ok_err));
    OK(server_setup_enable(s_db, &ZONES_ADMIN, name, ZONES_NOW, &s_result, &ok_err));
}

/* A move, or a serial that is being wrapped, that waits for a server does not wait for the end of its pause when that server is given up. */
START_TEST(nothing_waits_for_a_disabled_server)
{
    add_server("dead", "slave");
    run_sql("insert into dms.event (kind, machine_id, type, state, created, due) values ('zone', 1, 'ZoneSMSgMove', 'RETRY', '2026-11-23 07:00Z',"
            " '2026-11-23 08:10Z')");
    OK(server_setup_disable(s_db, &ZONES_ADMIN, "dead", ZONES_NOW, &s_result, &ok_err));
    ck_assert_int_eq(zones_number(s_db, "select count(*) from dms.event where kind = 'zone' and due > '2026-11-23 08:00Z'"), 0);
}
END_TEST

/* A move that waits for TTLs ends with its zone; its next step is not there beside those of the zone's next move. */
START_TEST(move_of_a_deleted_zone)
{
    change_result_t r = {0};
    move_row_t move = {0};
    char two[] = "sg-two", server[] = "there", address[] = "192.0.2.9";
    const group_row_t group = {.name = two};
    const server_row_t row = {.name = server, .sg_name = two, .address = address};
    OK(server_setup_create_sg(s_db, &ZONES_ADMIN, &group, ZONES_NOW, &s_result, &ok_err));
    OK(server_setup_create_server(s_db, &ZONES_ADMIN, &row, ZONES_NOW, &s_result, &ok_err));
    OK(server_setup_enable(s_db, &ZONES_ADMIN, server, ZONES_NOW, &s_result, &ok_err));
    int64_t id = published(APEX "a A 192.0.2.1\n");
    for (int i = 0; i < 2; i++) {
        ZONES_OK(zone_move_start(s_db, &ZONES_ADMIN, NAME, two, 300, ZONES_NOW, &r, &move, &ok_err));
        move_row_done(&move);
        change_result_done(&r);
        ck_assert_int_eq(waiting("ZoneSMSgMove"), 1);
        run_sql("update dms.event set due = due + interval '5 minutes' where done is null and type = 'ZoneSMSgMove'");
        OK(zone_life_delete(s_db, &ZONES_ADMIN, NAME, ZONES_NOW, &s_result, &ok_err));
        ck_assert_int_eq(waiting("ZoneSMSgMove"), 0);
        OK(zone_life_undelete(s_db, &ZONES_ADMIN, id, ZONES_NOW, &s_result, &ok_err));
    }
}
END_TEST

static err_t delete_group(const char *name, err_info_t *reterr)
{
    return server_setup_delete_sg(s_db, &ZONES_ADMIN, name, ZONES_NOW, &s_result, reterr);
}

static int64_t create_in(const char *zone, const char *group)
{
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.sg_name = group;
    change_result_t created = {0};
    AUTO(zonedata) data = zones_parse(zone, "$TTL 1h\na A 192.0.2.1\n");
    ZONES_OK(zone_edit_create(s_db, &ZONES_ADMIN, "anna", zone, data, false, &options, NULL, ZONES_NOW, &created, &ok_err));
    int64_t id = created.zone_id;
    change_result_done(&created);
    return id;
}

/* Only zones that live hold a group; deleted ones go to the default group, and come back there. */
START_TEST(group_with_deleted_zones)
{
    char two[] = "sg-two", ns[] = "ns1.dns-two.example.", *names[] = {ns};
    const group_row_t group = {.name = two, .apex_ns = names, .apex_ns_count = 1};
    OK(server_setup_create_sg(s_db, &ZONES_ADMIN, &group, ZONES_NOW, &s_result, &ok_err));
    int64_t id = create_in(NAME, "sg-two"), other = create_in("other.example.", NULL);
    run_sql("update dms.zone set alt_sg_id = (select id from dms.server_group where name = 'sg-two') where name = 'other.example.';"
            "update dms.zone set alt_sg_id = (select id from dms.server_group where name = 'sg-one') where name = '" NAME "'");
    AUTO_ERR live = ERR_INFO_INIT;
    ck_assert_int_eq(delete_group("sg-two", &live), ERR_SG_STILL_HAS_ZONES);
    ck_assert_str_eq(err_message(&live), "server group still has zones");
    OK(zone_life_delete(s_db, &ZONES_ADMIN, NAME, ZONES_NOW, &s_result, &ok_err));
    AUTO_ERR alternative = ERR_INFO_INIT;
    ck_assert_int_eq(delete_group("sg-two", &alternative), ERR_SG_STILL_HAS_ZONES);
    OK(zone_life_delete(s_db, &ZONES_ADMIN, "other.example.", ZONES_NOW, &s_result, &ok_err));
    ZONES_OK(config_store_set(s_db, "default_sg", 0, "sg-two", &ok_err));
    AUTO_ERR nowhere = ERR_INFO_INIT;
    ck_assert_int_eq(delete_group("sg-two", &nowhere), ERR_SG_STILL_HAS_ZONES);
    ck_assert_str_eq(err_message(&nowhere), "server group still has deleted zones");
    ZONES_OK(config_store_set(s_db, "default_sg", 0, "sg-one", &ok_err));
    OK(delete_group("sg-two", &ok_err));
    OK(zone_life_undelete(s_db, &ZONES_ADMIN, id, ZONES_NOW, &s_result, &ok_err));
    const int64_t ids[] = {id, other};
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        zone_row_t zone = zone_now(ids[i]);
        ck_assert_str_eq(zone.sg_name, "sg-one");
        ck_assert_int_eq(zone.alt_sg_id, 0);
        zone_row_done(&zone);
    }
}
END_TEST

/* The default group goes with the setting that names it. */
START_TEST(default_group_deleted)
{
    OK(delete_group("sg-one", &ok_err));
    ck_assert_int_eq(zones_number(s_db, "select count(*) from dms.config where key = 'default_sg' and value = ''"), 1);
}
END_TEST

START_TEST(same_apex_publishes_nothing)
{
    char one[] = "NS1.dns-one.example", two[] = "ns2.dns-one.example.", *same[] = {one, two}, *turned[] = {two, one};
    int64_t id = create_in(NAME, NULL);
    run_sql("update dms.zone set state = 'PUBLISHED'; delete from dms.event");
    OK(server_setup_set_apex_ns(s_db, &ZONES_ADMIN, "sg-one", same, 2, ZONES_NOW, &s_result, &ok_err));
    ck_assert_int_eq(waiting("ZoneSMUpdate"), 0);
    OK(server_setup_set_apex_ns(s_db, &ZONES_ADMIN, "sg-one", turned, 2, ZONES_NOW, &s_result, &ok_err));
    ck_assert_int_eq(waiting("ZoneSMUpdate"), 1);
    ck_assert_int_gt(id, 0);
}
END_TEST

/* ---- settings, clean-up */

/* A published version has the SOA's TTL by the setting, and saving the same again makes no other version. */
START_TEST(soa_ttl_by_setting)
{
    add_server("master", "master");
    ZONES_OK(config_store_set(s_db, "soa_ttl", 0, "5m", &ok_err));
    create_in(NAME, NULL);
    zones_run_events(s_db);
    zone_view_t view = zones_show(s_db, NAME, 0);
    ck_assert(view.zone.state == ZONE_UNCONFIG);
    ck_assert_str_eq(view.zi.soa_ttl, "5m");
    zone_view_done(&view);
    change_result_t saved = zones_save(s_db, NAME, "$TTL 1h\na A 192.0.2.1\n");
    ck_assert(saved.unchanged);
    change_result_done(&saved);
}
END_TEST

/* However much is old, one statement removes so much at most as it can in its time. */
START_TEST(clean_up_by_the_piece)
{
    enum { EVENTS = 25000 };
    create_in(NAME, NULL);
    run_sql("create function dms.piece() returns trigger language plpgsql as $$ begin if (select count(*) from gone) > 10000 then"
            " raise 'too many at once'; end if; return null; end $$;"
            "create trigger piece after delete on dms.event referencing old table as gone for each statement execute function dms.piece();"
            "create trigger piece after delete on dms.request referencing old table as gone for each statement execute function dms.piece();"
            "insert into dms.event (kind, machine_id, type, state, created, due, done) select 'zone', 1, 'ZoneSMUpdate', 'SUCCESS', t, t, t"
            " from (select timestamptz '2020-01-01' + n * interval '1 second' as t from generate_series(1, 25000) n) old;"
            "insert into dms.request (front_end, login, key, method, digest, result, at) select 'socket', 'a', n, 'm', 'd', 'null', '2020-01-01'"
            " from generate_series(1, 20001) n");
    run_sql("insert into dms.server_group (name) values ('sg-two'); insert into dms.zone_move (zone_id, from_sg_id, to_sg_id, state, alt_before, since,"
            " change_id, started_by, started, ended) select z.id, a.id, b.id, 'DONE', false, '2020-01-01', 1, 'anna', '2020-01-01', '2020-01-02'"
            " from dms.zone z, dms.server_group a, dms.server_group b, generate_series(1, 3) where a.name = 'sg-one' and b.name = 'sg-two'");
    vacuum_counts_t counts = {0};
    OK(vacuum_run(s_db, &ZONES_ADMIN, VACUUM_EVENTS | VACUUM_REQUESTS, -1, -1, ZONES_NOW, &counts, &s_result, &ok_err));
    ck_assert_int_eq(counts.events, EVENTS);
    ck_assert_int_eq(counts.requests, 20001);
    ck_assert_int_eq(zones_number(s_db, "select count(*) from dms.event where done < '2021-01-01'"), 0);
    ck_assert_int_eq(zones_number(s_db, "select count(*) from dms.zone_move"), 0);
    ck_assert_int_eq(waiting("ZoneSMConfig"), 1);
}
END_TEST

int main(void)
{
    harness_start();
    Suite *suite = suite_create("cycle");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, disabled_under_its_editor);
    tcase_add_test(tcase, lock_outlives_its_flag);
    tcase_add_test(tcase, tickle_without_time_limit);
    tcase_add_loop_test(tcase, last_version_comes_back, 0, 2);
    tcase_add_loop_test(tcase, events_that_are_needed, 0, 6);
    tcase_add_test(tcase, nothing_waits_for_a_disabled_server);
    tcase_add_test(tcase, move_of_a_deleted_zone);
    tcase_add_test(tcase, group_with_deleted_zones);
    tcase_add_test(tcase, default_group_deleted);
    tcase_add_test(tcase, same_apex_publishes_nothing);
    tcase_add_test(tcase, soa_ttl_by_setting);
    tcase_add_test(tcase, clean_up_by_the_piece);
    suite_add_tcase(suite, tcase);
    int failed = check_suite(suite);
    harness_stop();
    return failed;
}
