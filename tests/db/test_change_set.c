/* Change sets and idempotency keys against a database whose connection breaks at any commit: everything is done exactly once. */
#include "controller/api/change_set_json.h"
#include "controller/api/idempotency.h"
#include "controller/store/change_set_store.h"
#include "controller/usecase/change_set.h"
#include "controller/usecase/zone_life.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ZONES = 30, BATCH = 7 };
#define HEAD                                                                                                           \
    "$TTL 3600\n@ IN SOA ns1.dns-one.example. hostmaster.dns-one.example. 2024010100 10800 3600 1209600 3600\n"        \
    "@ IN NS ns1.dns-one.example.\n@ IN NS ns2.dns-one.example.\n\n"
#define HOSTS "www IN A 192.0.2.1\nmail IN A 192.0.2.3\n@ IN MX 10 mail\n"
#define TEXT HEAD HOSTS
#define VALUE "[{\"zones\": {}, \"ops\": [{\"op\": \"SUBSTITUTE\", \"type\": \"A\", \"rdata\": \"192.0.2.1\", \"new_rdata\": \"192.0.2.9\"}]}]"

static void make(db_t *db, int count)
{
    for (int i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof(name), "z%02d.example.", i);
        change_result_t made = zones_create(db, name, TEXT);
        change_result_done(&made);
    }
}

/* The set's number; planned to the end. */
static int64_t planned(db_t *db, const caller_t *who, const char *operations)
{
    json_auto_t *json = json_loads(operations, 0, NULL);
    AUTO(change_set_json) definition = NULL;
    change_result_t result = {0};
    int64_t id = 0;
    ZONES_OK(change_set_json_parse(json, 1000, &definition, &ok_err));
    ZONES_OK(change_set_create(db, who, "anna", "test", operations, ZONES_NOW, &id, &result, &ok_err));
    ZONES_OK(change_set_plan(db, who, id, change_set_json_source(definition), false, 10000, ZONES_NOW, &ok_err));
    return id;
}

static change_set_view_t shown(db_t *db, int64_t id)
{
    const change_set_page_t page = {.state = SET_ZONE_STATE_COUNT, .limit = 1000, .difference = true};
    change_set_view_t view = {0};
    ZONES_OK(change_set_show(db, &ZONES_ADMIN, id, &page, &view, &ok_err));
    return view;
}

static void apply(db_t *db, int64_t id, bool skip)
{
    change_result_t result = {0};
    ZONES_OK(change_set_apply(db, &ZONES_ADMIN, id, skip, ZONES_NOW, &result, &ok_err));
}

static int64_t s_turn;

static void run(db_t *db)
{
    for (bool did = true, waits = false; did;) {
        did = false;
        ZONES_OK(change_set_step(db, BATCH, ZONES_NOW, &s_turn, &did, &waits, &ok_err));
    }
}

START_TEST(plan_changes_nothing)
{
    db_t *db = zones_db();
    make(db, 3);
    int64_t versions = zones_number(db, "select count(*) from zi"), records = zones_number(db, "select count(*) from rr");
    int64_t id = planned(db, &ZONES_ADMIN, VALUE);
    ck_assert_int_eq(zones_number(db, "select count(*) from zi"), versions);
    ck_assert_int_eq(zones_number(db, "select count(*) from rr"), records);
    AUTO_CLEANUP(change_set_view_done) change_set_view_t view = shown(db, id);
    ck_assert_int_eq(view.set.state, SET_PLANNED);
    ck_assert_uint_eq(view.zone_count, 3);
    ck_assert_uint_eq(view.rr_count, 6);
    ck_assert_int_eq(view.counts.added, 3);
    ck_assert_int_eq(view.counts.removed, 3);
}
END_TEST

/* Round trips per zone, so that an estate is a matter of minutes. */
START_TEST(cost_per_zone)
{
    db_t *db = zones_db();
    make(db, ZONES);
    uint64_t before = db_round_trips(db);
    int64_t id = planned(db, &ZONES_ADMIN, VALUE);
    uint64_t planned_trips = db_round_trips(db) - before;
    apply(db, id, false);
    before = db_round_trips(db);
    run(db);
    uint64_t applied_trips = db_round_trips(db) - before;
    ck_assert_msg(planned_trips < 10 * ZONES && applied_trips < 16 * ZONES, "%" PRIu64 " to plan, %" PRIu64 " to apply %d zones", planned_trips, applied_trips, ZONES);
}
END_TEST

/* ---- connections that break */

typedef struct { int countdown; bool before; } cut_t;
static bool cut(void *arg, bool before_commit)
{
    cut_t *c = arg;
    return before_commit == c->before && c->countdown-- == 0;
}

/* Loop: which commit is cut, and on which side of it. */
START_TEST(cut_at_every_commit)
{
    db_t *db = zones_db();
    make(db, ZONES);
    int64_t id = planned(db, &ZONES_ADMIN, VALUE);
    apply(db, id, false);
    cut_t c = {_i / 2, _i % 2 == 0};
    db_set_cut(db, cut, &c);
    int cuts = 0;
    for (bool did = true, waits = false; did || waits;) {
        AUTO_ERR err = ERR_INFO_INIT;
        did = waits = false;
        if (change_set_step(db, BATCH, ZONES_NOW, &s_turn, &did, &waits, &err) == ERR_OK)
            continue;
        ck_assert_msg(err.code == ERR_DB_DOWN, "%s", err_message(&err));
        cuts++;
        did = true;
        ZONES_OK(db_reopen(db, &ok_err));
    }
    db_set_cut(db, NULL, NULL);
    ck_assert_int_eq(cuts, 1);
    ck_assert_int_eq(zones_number(db, "select count(*) from change_set_zone where state = 'DONE'"), ZONES);
    ck_assert_int_eq(zones_number(db, "select count(*) from change_set where state = 'DONE'"), 1);
    ck_assert_int_eq(zones_number(db, "select count(*) from zone where zi_count = 2"), ZONES);
    ck_assert_int_eq(zones_number(db, "select count(*) from change where method = 'apply_change_set' and object = 'zone'"), ZONES);
    ck_assert_int_eq(zones_number(db, "select count(*) from rr where until is null and rdata = '192.0.2.9'"), ZONES);
    ck_assert_int_eq(zones_number(db, "select count(*) from publication p join change_set_zone c on c.change_id = p.change_id and c.zone_id = p.zone_id"
                                      " and c.new_zi_id = p.zi_id"), ZONES);
}
END_TEST

/* A zone whose machine refuses, one that changed, one that is gone: the others are done; what failed can be done later. */
START_TEST(each_zone_for_itself)
{
    db_t *db = zones_db();
    make(db, 10);
    int64_t id = planned(db, &ZONES_ADMIN, VALUE);
    ZONES_OK(db_script(db, "update zone set state = 'INIT' where name = 'z03.example.'", &ok_err));
    change_result_t saved = zones_save(db, "z04.example.", TEXT "new IN A 192.0.2.4\n");
    change_result_done(&saved);
    ZONES_OK(zone_life_delete(db, &ZONES_ADMIN, "z05.example.", ZONES_NOW, &saved, &ok_err));
    ZONES_OK(db_script(db, "insert into update_group (zone_id, update_type, change_by, change_id, may_lock_ptr, may_reference, ctime)"
                           " select id, 't', 'x', 1, true, true, now() from zone where name = 'z06.example.'", &ok_err));
    AUTO_FREE char *fault = auto_printf("alter table zi add constraint fault check (zone_id <> %" PRId64 ") not valid",
                                        zones_number(db, "select id from zone where name = 'z07.example.'"));
    ZONES_OK(db_script(db, fault, &ok_err)); /* ours: the database refuses what nobody foresaw */
    apply(db, id, false);
    run(db);
    AUTO_CLEANUP(change_set_view_done) change_set_view_t view = shown(db, id);
    ck_assert_int_eq(view.set.state, SET_DONE);
    ck_assert_int_eq(view.counts.zones[SET_ZONE_DONE], 5);
    ck_assert_int_eq(view.counts.zones[SET_ZONE_FAILED], 5);
    ck_assert_int_eq(view.zones[7].error_code, err_row(ERR_INTERNAL)->rpc_code);
    ck_assert_int_eq(view.zones[6].error_code, err_row(ERR_UPDATE_TYPE_ALREADY_QUEUED)->rpc_code);
    ck_assert_int_eq(view.zones[4].error_code, err_row(ERR_PRECONDITION_FAILED)->rpc_code);
    ck_assert_int_eq(view.zones[5].error_code, err_row(ERR_ZONE_NOT_FOUND)->rpc_code);
    ck_assert_int_eq(zones_number(db, "select zi_count from zone where name = 'z03.example.'"), 1);
    ZONES_OK(db_script(db, "update zone set state = 'CREATE' where name = 'z03.example.'", &ok_err));
    ZONES_OK(db_script(db, "alter table zi drop constraint fault", &ok_err));
    apply(db, id, false);
    run(db);
    ck_assert_int_eq(zones_number(db, "select count(*) from change_set_zone where state = 'DONE'"), 7);
    ck_assert_int_eq(zones_number(db, "select max(zi_count) from zone where name not in ('z04.example.')"), 2);
}
END_TEST

/* Somebody has a zone's row, and others want one: a plan waits for nobody, and nobody for it.  A zone that is gone for good is told. */
START_TEST(planning_locks_no_zone)
{
    db_t *db = zones_db();
    make(db, 3);
    AUTO(db) other = NULL;
    ZONES_OK(db_open(harness_conninfo(), "other", &other, &ok_err));
    ZONES_OK(db_script(other, "begin; select from zone where name = 'z01.example.' for update", &ok_err));
    ZONES_OK(db_script(db, "set lock_timeout = '100ms'", &ok_err));
    int64_t id = planned(db, &ZONES_ADMIN, VALUE);
    ZONES_OK(db_script(other, "rollback", &ok_err));
    ZONES_OK(db_script(db, "delete from publication; delete from zone where name = 'z01.example.'", &ok_err));
    apply(db, id, false);
    run(db);
    AUTO_CLEANUP(change_set_view_done) change_set_view_t view = shown(db, id);
    ck_assert_int_eq(view.set.state, SET_DONE);
    ck_assert_int_eq(view.counts.zones[SET_ZONE_DONE], 2);
    ck_assert_int_eq(view.zones[1].error_code, err_row(ERR_ZONE_NOT_FOUND)->rpc_code);
}
END_TEST

/* A small set does not wait for the end of a large one; both have a zone: the first there has it, the other leaves it alone. */
START_TEST(sets_take_turns)
{
    db_t *db = zones_db();
    make(db, ZONES);
    int64_t large = planned(db, &ZONES_ADMIN, VALUE);
    int64_t small = planned(db, &ZONES_ADMIN, "[{\"zones\": {\"names\": [\"z00.example\", \"z29.example\"]}, \"ops\": [{\"op\": \"SUBSTITUTE\","
                                              " \"type\": \"A\", \"rdata\": \"192.0.2.3\", \"new_rdata\": \"192.0.2.30\"}]}]");
    apply(db, large, false);
    apply(db, small, false);
    bool did = false, waits = false;
    int64_t turn = 0;
    for (int i = 0; i < 2; i++)
        ZONES_OK(change_set_step(db, BATCH, ZONES_NOW, &turn, &did, &waits, &ok_err));
    AUTO_CLEANUP(change_set_view_done) change_set_view_t view = shown(db, small);
    ck_assert_int_eq(view.set.state, SET_DONE);
    ck_assert_int_eq(view.zones[0].error_code, err_row(ERR_PRECONDITION_FAILED)->rpc_code);
    ck_assert_int_eq(view.zones[1].state, SET_ZONE_DONE);
    run(db);
    AUTO_CLEANUP(change_set_view_done) change_set_view_t rest = shown(db, large);
    ck_assert_int_eq(rest.counts.zones[SET_ZONE_DONE], ZONES - 1);
    ck_assert_int_eq(rest.zones[29].error_code, err_row(ERR_PRECONDITION_FAILED)->rpc_code);
    ck_assert_int_eq(zones_number(db, "select count(*) from zone where zi_count = 2"), ZONES);
    /* applied once more: what is done is not done again */
    apply(db, large, false);
    run(db);
    ck_assert_int_eq(zones_number(db, "select count(*) from zone where zi_count > 2"), 0);
}
END_TEST

/* Only what the tag shows, also where the tag changes between plan and apply. */
START_TEST(tagged_front_end)
{
    db_t *db = zones_db();
    make(db, 4);
    ZONES_OK(db_script(db, "insert into zone_sectag (zone_id, sectag_id) select z.id, t.id from zone z, sectag t where t.label = 'HOSTED'"
                           " and z.name <> 'z00.example.'", &ok_err));
    caller_t hosted = ZONES_ADMIN;
    hosted.sectag_id = zones_number(db, "select id from sectag where label = 'HOSTED'");
    hosted.sectag = "HOSTED";
    int64_t id = planned(db, &hosted, VALUE), hidden = planned(db, &ZONES_ADMIN, VALUE);
    AUTO_CLEANUP(change_set_view_done) change_set_view_t view = shown(db, id);
    ck_assert_uint_eq(view.zone_count, 3);
    AUTO_ERR err = ERR_INFO_INIT;
    change_set_view_t none = {0};
    ck_assert_int_eq(change_set_show(db, &hosted, hidden, NULL, &none, &err), ERR_NO_CHANGE_SET_FOUND);
    ZONES_OK(db_script(db, "delete from zone_sectag where zone_id = (select id from zone where name = 'z01.example.')", &ok_err));
    change_result_t result = {0};
    ZONES_OK(change_set_apply(db, &hosted, id, false, ZONES_NOW, &result, &ok_err));
    run(db);
    ck_assert_int_eq(zones_number(db, "select count(*) from zone where zi_count = 2 and name in ('z02.example.', 'z03.example.')"), 2);
    ck_assert_int_eq(zones_number(db, "select count(*) from zone where zi_count = 2"), 2);
    change_set_view_t after = {0};
    ZONES_OK(change_set_show(db, &hosted, id, NULL, &after, &ok_err));
    ck_assert_int_eq(after.counts.zones[SET_ZONE_FAILED], 0); /* what became hidden is not there for it either */
    change_set_view_done(&after);
    /* taken back by the front end after another zone was taken from it: that one is no refusal that it could see, and stays as it is */
    ZONES_OK(db_script(db, "delete from zone_sectag where zone_id = (select id from zone where name = 'z02.example.')", &ok_err));
    int64_t back = 0;
    ZONES_OK(change_set_revert(db, &hosted, "anna", id, NULL, ZONES_NOW, &back, &result, &ok_err));
    ZONES_OK(change_set_plan(db, &hosted, back, NULL, false, 100, ZONES_NOW, &ok_err));
    ZONES_OK(change_set_apply(db, &hosted, back, false, ZONES_NOW, &result, &ok_err));
    run(db);
    ck_assert_int_eq(zones_number(db, "select zi_count from zone where name = 'z02.example.'"), 2);
    ck_assert_int_eq(zones_number(db, "select zi_count from zone where name = 'z03.example.'"), 3);
}
END_TEST

START_TEST(help_desk_leaves_own_apex)
{
    db_t *db = zones_db();
    make(db, 1); /* with its own apex */
    int64_t id = planned(db, &ZONES_HELPDESK, VALUE);
    AUTO_CLEANUP(change_set_view_done) change_set_view_t view = shown(db, id);
    ck_assert_int_eq(view.zones[0].state, SET_ZONE_REFUSED);
    ck_assert_int_eq(view.zones[0].error_code, err_row(ERR_ZONE_ADMIN_PRIVILEGE_NEEDED)->rpc_code);
    AUTO_ERR err = ERR_INFO_INIT;
    change_result_t result = {0};
    ck_assert_int_eq(change_set_apply(db, &ZONES_HELPDESK, id, false, ZONES_NOW, &result, &err), ERR_CHANGE_SET_REFUSALS);
}
END_TEST

START_TEST(revert_gives_back)
{
    db_t *db = zones_db();
    make(db, 3);
    zone_view_t before = zones_show(db, "z01.example.", 0);
    AUTO_FREE char *was = zones_text(before.data);
    zone_view_done(&before);
    int64_t id = planned(db, &ZONES_ADMIN,
                         "[{\"zones\": {}, \"ops\": [{\"op\": \"SUBSTITUTE\", \"type\": \"A\", \"rdata\": \"192.0.2.1\", \"new_rdata\": \"192.0.2.9\","
                         " \"ttl\": 60}, {\"op\": \"ADD\", \"label\": \"new\", \"type\": \"A\", \"rdata\": [\"192.0.2.5\"]},"
                         " {\"op\": \"DELETE\", \"label\": \"@\", \"type\": \"MX\"}]}]");
    apply(db, id, false);
    run(db);
    change_result_t result = {0};
    int64_t back = 0;
    ZONES_OK(change_set_revert(db, &ZONES_ADMIN, "anna", id, NULL, ZONES_NOW, &back, &result, &ok_err));
    ZONES_OK(change_set_plan(db, &ZONES_ADMIN, back, NULL, false, 100, ZONES_NOW, &ok_err));
    apply(db, back, false);
    run(db);
    ck_assert_int_eq(zones_number(db, "select count(*) from zone where zi_count = 3"), 3);
    zone_row_t zone = {0};
    ZONES_OK(zone_store_by_name(db, &ZONES_ADMIN, "z01.example.", false, &zone, &ok_err));
    zone_view_t after = zones_show(db, "z01.example.", zone.zi_candidate_id);
    AUTO_FREE char *is = zones_text(after.data);
    zone_view_done(&after);
    zone_row_done(&zone);
    ck_assert_str_eq(is, was);
}
END_TEST

/* ---- property: apply and revert leave every zone as it was */

#define RICH                                                                                                           \
    HOSTS ";| web servers\n;# the old one\nold IN A 192.0.2.1\n;!LOCKPTR\nold IN A 192.0.2.2\n;| others\n;!REF:CUST-1\n" \
          "ftp 600 IN A 192.0.2.1\n;#off\n;!DISABLE\n"                                                                \
          "txt IN TXT \"one\"\ntxt IN TXT \"two\"\n;| empty it\nsolo IN A 192.0.2.7\n"

/* Everything of the newest versions but numbers of rows and versions; where it stands, or not. */
static char *contents(db_t *db, bool places)
{
    static const db_stmt_t all = {
        "test_contents",
        "select coalesce(string_agg(t, e'\\n' order by t), '') from (select concat_ws('|', 'rr', zone_id, case when $1 then concat_ws(' ', group_no, pos) end, label, type,"
        " coalesce(ttl::text, '-'), rdata, coalesce(comment, '-'), disable, lock_ptr, track_reverse, coalesce(ref_id::text, '-'),"
        " coalesce(ptr_zone_id::text, '-')) t from rr where until is null union all select concat_ws('|', 'group', zone_id, group_no, pos,"
        " coalesce(comment, '-'), coalesce(tag, '-')) from rr_group where until is null and $1) x",
        "boolean", "text"};
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_bool(&args, places);
    AUTO(db_rows) rows = NULL;
    ZONES_OK(db_exec(db, &all, &args, &rows, &ok_err));
    return db_dup(rows, 0, 0);
}

static void done(db_t *db, int64_t id)
{
    apply(db, id, true);
    run(db);
}

static int64_t reverted(db_t *db, int64_t id)
{
    change_result_t result = {0};
    int64_t back = 0;
    ZONES_OK(change_set_revert(db, &ZONES_ADMIN, "anna", id, NULL, ZONES_NOW, &back, &result, &ok_err));
    ZONES_OK(change_set_plan(db, &ZONES_ADMIN, back, NULL, false, 100, ZONES_NOW, &ok_err));
    done(db, back);
    AUTO_CLEANUP(change_set_view_done) change_set_view_t view = shown(db, back);
    ck_assert_int_eq(view.counts.zones[SET_ZONE_DONE], 3);
    return back;
}

/* Loop: which operations. */
START_TEST(revert_is_exact)
{
    static const char *const OPS[] = {
        "{\"op\": \"SUBSTITUTE\", \"type\": \"A\", \"rdata\": \"192.0.2.1\", \"new_rdata\": \"192.0.2.9\"}",
        "{\"op\": \"SUBSTITUTE\", \"type\": \"A\", \"rdata\": \"192.0.2.2\", \"new_rdata\": \"192.0.2.1\", \"ttl\": 60}",
        "{\"op\": \"REMOVE\", \"type\": \"A\", \"rdata\": \"192.0.2.7\"}",
        "{\"op\": \"SUBSTITUTE\", \"type\": \"TXT\", \"ttl\": 90}",
        "{\"op\": \"EXTEND\", \"label\": \"txt\", \"type\": \"TXT\", \"rdata\": [\"\\\"three\\\"\"], \"comment\": \"mine\"}",
        "{\"op\": \"PRUNE\", \"label\": \"txt\", \"type\": \"TXT\", \"rdata\": [\"\\\"one\\\"\"]}",
        "{\"op\": \"REPLACE\", \"label\": \"old\", \"type\": \"A\", \"rdata\": [\"192.0.2.2\", \"192.0.2.50\"], \"comment\": \"new words\"}",
        "{\"op\": \"DELETE\", \"label\": \"old\", \"type\": \"ANY\"}",
        "{\"op\": \"REPLACE\", \"label\": \"ftp\", \"type\": \"A\", \"ttl\": 5, \"rdata\": [\"192.0.2.1\"], \"comment\": \"changed\"}",
        "{\"op\": \"ADD\", \"label\": \"new\", \"type\": \"A\", \"rdata\": [\"192.0.2.5\"], \"comment\": \"a comment\"}",
        "{\"op\": \"DELETE\", \"label\": \"@\", \"type\": \"MX\"}"};
    enum { VALUES = 4 };
    db_t *db = zones_db();
    unsigned state = (unsigned)_i * 7919 + 1;
    for (int i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof(name), "r%02d.example.", i);
        change_result_t created = zones_create(db, name, i == 0 ? HEAD ";| no group without a comment\n" RICH : HEAD RICH);
        change_result_done(&created);
    }
    for (int round = 0; round < 4; round++) {
        AUTO_FREE char *ops = auto_strdup("");
        const size_t chosen = (size_t)(_i * 3 + round) % ARRAY_SIZE(OPS);
        for (size_t k = 0; k < ARRAY_SIZE(OPS); k++) {
            state = state * 1103515245 + 12345;
            if ((k < VALUES) != (chosen < VALUES) || (k != chosen && (state >> 16) % 2 != 0)) /* the two kinds would clash */
                continue;
            char *more = auto_printf("%s%s%s", ops, ops[0] != '\0' ? ", " : "", OPS[k]);
            free(ops);
            ops = more;
        }
        AUTO_FREE char *operations = auto_printf("[{\"zones\": {\"names\": [\"*.example\"]}, \"ops\": [%s]}]", ops);
        AUTO_FREE char *was = contents(db, true);
        int64_t id = planned(db, &ZONES_ADMIN, operations);
        done(db, id);
        AUTO_FREE char *made = contents(db, false);
        int64_t back = reverted(db, id);
        AUTO_FREE char *is = contents(db, true);
        ck_assert_msg(strcmp(is, was) == 0, "not taken back: %s", operations);
        if (round % 2 == 0) { /* and once more: what was taken back is there again */
            int64_t again = reverted(db, back);
            AUTO_FREE char *remade = contents(db, false);
            ck_assert_msg(strcmp(remade, made) == 0, "not made again: %s", operations);
            reverted(db, again);
        }
    }
}
END_TEST

/* A comment that somebody has written since is not overwritten: the plan says so, zone by zone. */
START_TEST(revert_leaves_what_changed_since)
{
    db_t *db = zones_db();
    make(db, 3);
    int64_t id = planned(db, &ZONES_ADMIN, VALUE);
    done(db, id);
    change_result_t result = zones_save(db, "z01.example.",
                                        HEAD ";# written since\nwww IN A 192.0.2.9\n"
                                        "mail IN A 192.0.2.3\n@ IN MX 10 mail\n");
    change_result_done(&result);
    int64_t back = 0;
    ZONES_OK(change_set_revert(db, &ZONES_ADMIN, "anna", id, NULL, ZONES_NOW, &back, &result, &ok_err));
    ZONES_OK(change_set_plan(db, &ZONES_ADMIN, back, NULL, false, 100, ZONES_NOW, &ok_err));
    AUTO_CLEANUP(change_set_view_done) change_set_view_t view = shown(db, back);
    ck_assert_int_eq(view.counts.zones[SET_ZONE_PLANNED], 2);
    ck_assert_int_eq(view.zones[1].state, SET_ZONE_REFUSED);
    ck_assert_int_eq(view.zones[1].error_code, err_row(ERR_PRECONDITION_FAILED)->rpc_code);
}
END_TEST

/* ---- idempotency keys */

static int s_calls;
static err_t disable(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    change_result_t result = {0};
    s_calls++;
    err_t e = zone_life_disable(call->db, call->who, "z00.example.", call->now, &result, reterr);
    if (e == ERR_OK)
        *ret_result = json_integer(result.change_id);
    return e;
}

/* Loop: before the commit, and after it. */
START_TEST(key_and_change_are_one)
{
    db_t *db = zones_db();
    make(db, 1);
    const method_t method = {.name = "disable_zone", .kind = METHOD_GIVES_NULL, .fn = disable};
    json_auto_t *params = json_pack("{s:s}", "idempotency_key", "k");
    method_call_t call = {.db = db, .who = &ZONES_ADMIN, .method = &method, .params = params, .now = ZONES_NOW};
    cut_t c = {0, _i == 0};
    db_set_cut(db, cut, &c);
    AUTO_ERR err = ERR_INFO_INIT;
    json_auto_t *first = NULL, *second = NULL, *third = NULL;
    s_calls = 0;
    ck_assert_int_eq(idempotency_call(&call, &first, &err), ERR_DB_DOWN);
    db_set_cut(db, NULL, NULL);
    ZONES_OK(db_reopen(db, &ok_err));
    ZONES_OK(idempotency_call(&call, &second, &ok_err));
    ZONES_OK(idempotency_call(&call, &third, &ok_err));
    ck_assert_int_eq(s_calls, _i == 0 ? 2 : 1);
    ck_assert(json_equal(second, third));
    ck_assert_int_eq(zones_number(db, "select count(*) from change where method = 'disable_zone'"), 1);
    ck_assert_int_eq(zones_number(db, "select id from change where method = 'disable_zone'"), json_integer_value(second));
    json_object_set_new(params, "other", json_true());
    err_info_done(&err);
    ck_assert_int_eq(idempotency_call(&call, &first, &err), ERR_IDEMPOTENCY_KEY_REUSED);
}
END_TEST

static err_t give_secret(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    (void)call;
    (void)reterr;
    *ret_result = json_pack("{s:{s:s, s:i}, s:i}", "result", "token", "only-once", "token_id", 7, "change_id", 1);
    return ERR_OK;
}

START_TEST(secrets_are_not_kept)
{
    db_t *db = zones_db();
    const method_t method = {.name = "create_token", .kind = METHOD_GIVES_OTHER, .fn = give_secret};
    json_auto_t *params = json_pack("{s:s, s:s}", "idempotency_key", "k", "password", "secret");
    method_call_t call = {.db = db, .who = &ZONES_ADMIN, .method = &method, .params = params, .now = ZONES_NOW};
    json_auto_t *first = NULL, *second = NULL;
    ZONES_OK(idempotency_call(&call, &first, &ok_err));
    json_object_set_new(params, "password", json_string("another"));
    ZONES_OK(idempotency_call(&call, &second, &ok_err));
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(first, "result"), "token")), "only-once");
    ck_assert_ptr_null(json_object_get(json_object_get(second, "result"), "token"));
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(second, "result"), "token_id")), 7);
    ck_assert_int_eq(zones_number(db, "select count(*) from request where request::text ~ 'only-once|secret'"), 0);
}
END_TEST

/* Somebody else is at it: the second waits, and is told when that takes too long. */
START_TEST(key_in_progress)
{
    db_t *db = zones_db();
    make(db, 1);
    AUTO(db) other = NULL;
    ZONES_OK(db_open(harness_conninfo(), "other", &other, &ok_err));
    const char take[] = "begin; insert into request (front_end, login, key, method, digest, at) values ('%s', '%s', 'k', 'm', 'd', now())";
    AUTO_FREE char *sql = auto_printf(take, ZONES_ADMIN.front_end != NULL ? ZONES_ADMIN.front_end : "", ZONES_ADMIN.login);
    ZONES_OK(db_script(other, sql, &ok_err));
    ZONES_OK(db_script(db, "set lock_timeout = '50ms'", &ok_err));
    const method_t method = {.name = "disable_zone", .kind = METHOD_GIVES_NULL, .fn = disable};
    json_auto_t *params = json_pack("{s:s}", "idempotency_key", "k");
    method_call_t call = {.db = db, .who = &ZONES_ADMIN, .method = &method, .params = params, .now = ZONES_NOW};
    AUTO_ERR err = ERR_INFO_INIT;
    json_auto_t *result = NULL;
    s_calls = 0;
    ck_assert_int_eq(idempotency_call(&call, &result, &err), ERR_IDEMPOTENCY_KEY_IN_PROGRESS);
    ck_assert_int_eq(s_calls, 0);
    ZONES_OK(db_script(other, "rollback", &ok_err));
    ZONES_OK(idempotency_call(&call, &result, &ok_err));
    ck_assert_int_eq(s_calls, 1);
}
END_TEST

int main(void)
{
    harness_start();
    Suite *s = suite_create("change_set");
    TCase *t = tcase_create("change_set");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, plan_changes_nothing);
    tcase_add_test(t, cost_per_zone);
    tcase_add_loop_test(t, cut_at_every_commit, 0, 2 * ((ZONES + BATCH - 1) / BATCH));
    tcase_add_test(t, each_zone_for_itself);
    tcase_add_test(t, planning_locks_no_zone);
    tcase_add_test(t, sets_take_turns);
    tcase_add_test(t, tagged_front_end);
    tcase_add_test(t, help_desk_leaves_own_apex);
    tcase_add_test(t, revert_gives_back);
    tcase_add_loop_test(t, revert_is_exact, 0, 4);
    tcase_add_test(t, revert_leaves_what_changed_since);
    tcase_add_loop_test(t, key_and_change_are_one, 0, 2);
    tcase_add_test(t, secrets_are_not_kept);
    tcase_add_test(t, key_in_progress);
    suite_add_tcase(s, t);
    int failed = check_suite(s);
    harness_stop();
    return failed;
}
