/* Incremental updates: every operation, every refusal, waiting for an edit lock; and the property that random updates give
 * what the same changes as full edits give. */
#include "controller/domain/inc_update.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/store/event_store.h"
#include "controller/store/zone_store.h"
#include "controller/usecase/zone_life.h"
#include "controller/usecase/zone_update.h"
#include "shared/zonetext.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SOA "@ IN SOA ns1.dns-one.example. hostmaster.dns-one.example. 2024010100 10800 3600 1209600 3600\n"
#define APEX "$TTL 3600\n" SOA "@ IN NS ns1.dns-one.example.\n@ IN NS ns2.dns-one.example.\n\n"
#define ZONE "up.example."

static void create(db_t *db, const char *name, const char *text)
{
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = 0;
    options.inc_updates = 1;
    options.edit_lock = 1;
    AUTO(zonedata) data = zones_parse(name, text);
    change_result_t result = {0};
    ZONES_OK(zone_edit_create(db, &ZONES_ADMIN, "anna", name, data, false, &options, NULL, ZONES_NOW, &result, &ok_err));
    change_result_done(&result);
}

/* Text in update mode; REPLACE, EXTEND, PRUNE are JSON's: written as RROP:ADD with the operation put in afterwards. */
static err_t update_as(db_t *db, const caller_t *who, const char *name, const char *type, const char *text, const char *op,
                       change_result_t *ret_result, err_info_t *reterr)
{
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) data = NULL;
    zonetext_parse(text, strlen(text), name, &(zonetext_opts_t){.update_mode = true}, problems, &data);
    for (size_t i = 0; i < problems->count; i++)
        fprintf(stderr, "line %u: %s\n", problems->items[i].line, problems->items[i].message);
    ck_assert_uint_eq(problems->errors, 0);
    for (size_t g = 0; op != NULL && g < data->count; g++) {
        for (size_t r = 0; r < data->groups[g].count; r++) {
            free(data->groups[g].rrs[r].update_op);
            data->groups[g].rrs[r].update_op = auto_strdup(op[0] == '\0' ? NULL : op);
        }
    }
    err_info_t none = ERR_INFO_INIT;
    const zone_update_t update = {
        .name = name, .login_id = "anna", .update_type = type, .ops = data, .contents_error = &none};
    return zone_update_rrs(db, who, &update, ZONES_NOW, ret_result, reterr);
}

static err_t update(db_t *db, const char *text, err_info_t *reterr)
{
    change_result_t result = {0};
    err_t e = update_as(db, &ZONES_ADMIN, ZONE, "t", text, NULL, &result, reterr);
    change_result_done(&result);
    return e;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All records without the apex NS, sorted: "label ttl type rdata ;comment flags". Caller frees. */
static char *contents(db_t *db, const char *name, int64_t zi_id)
{
    zone_view_t view = zones_show(db, name, zi_id);
    char *lines[4000], *text = auto_strdup("");
    size_t count = 0;
    for (size_t g = 0; g < view.data->count; g++) {
        for (size_t r = 0; r < view.data->groups[g].count; r++) {
            const zonedata_rr_t *rr = &view.data->groups[g].rrs[r];
            char type[RR_TYPE_TEXT], ttl[16] = "";
            rr_type_text(rr->type, type);
            if (rr->has_ttl)
                snprintf(ttl, sizeof(ttl), "%u ", rr->ttl);
            if (rr->type == RR_NS && strcmp(rr->label, "@") == 0)
                continue;
            lines[count++] = auto_printf("%s %s%s %s%s%s%s%s\n", rr->label, ttl, type, rr->rdata, rr->comment != NULL ? " ;" : "",
                                         rr->comment != NULL ? rr->comment : "", rr->disable ? " off" : "", rr->lock_ptr ? " lock" : "");
        }
    }
    if (count > 0)
        qsort(lines, count, sizeof(*lines), by_text);
    for (size_t i = 0; i < count; i++) {
        char *more = auto_printf("%s%s", text, lines[i]);
        free(text);
        free(lines[i]);
        text = more;
    }
    zone_view_done(&view);
    return text;
}

static void has(db_t *db, const char *wanted)
{
    zone_view_t view = zones_show(db, ZONE, 0);
    int64_t newest = view.zone.zi_candidate_id;
    zone_view_done(&view);
    AUTO_FREE char *got = contents(db, ZONE, newest);
    ck_assert_str_eq(got, wanted);
}

/* ---- operations */

typedef struct { const char *before, *op, *text, *after; int64_t closed, opened; } case_t;
static const case_t s_cases[] = {
    {"a A 192.0.2.1\n", NULL, ";!RROP:ADD\na A 192.0.2.2\n", "a A 192.0.2.1\na A 192.0.2.2\n", 0, 1},
    {"a A 192.0.2.1\n", NULL, ";!RROP:ADD\nb 60 TXT \"x y\"\n", "a A 192.0.2.1\nb 60 TXT \"x y\"\n", 0, 1},
    {"a A 192.0.2.1\na A 192.0.2.2\na TXT x\n", NULL, ";!RROP:DELETE\na A 192.0.2.1\n", "a A 192.0.2.2\na TXT \"x\"\n", 1, 0},
    {"a A 192.0.2.1\na A 192.0.2.2\na TXT x\n", NULL, ";!RROP:DELETE\na A \"\"\n", "a TXT \"x\"\n", 2, 0},
    {"a A 192.0.2.1\na TXT x\nb TXT y\n", NULL, ";!RROP:DELETE\na ANY \"\"\n", "b TXT \"y\"\n", 2, 0},
    {"a A 192.0.2.1\n", NULL, ";!RROP:DELETE\na A 192.0.2.9\n;!RROP:DELETE\nq ANY \"\"\n", "a A 192.0.2.1\n", 0, 0},
    {"a A 192.0.2.1\na A 192.0.2.2\na TXT x\n", NULL, ";!RROP:UPDATE_RRTYPE\na A 192.0.2.3\n", "a A 192.0.2.3\na TXT \"x\"\n", 2, 1},
    /* several for one RRset replace it with all of them; the one that stays keeps its row */
    {"a A 192.0.2.1\na A 192.0.2.2\n", NULL, ";!RROP:UPDATE_RRTYPE\na A 192.0.2.2\n;!RROP:UPDATE_RRTYPE\na A 192.0.2.3\n",
     "a A 192.0.2.2\na A 192.0.2.3\n", 1, 1},
    {";# note\na A 192.0.2.1\n", NULL, ";!RROP:UPDATE_RRTYPE\na 60 A 192.0.2.1\n", "a 60 A 192.0.2.1 ;note\n", 1, 1},
    {"c CNAME x.example.\n", NULL, ";!RROP:UPDATE_RRTYPE\nc CNAME y.example.\n", "c CNAME y.example.\n", 1, 1},
    {"a A 192.0.2.1\n", NULL, ";!RROP:DELETE\na A 192.0.2.1\n;!RROP:ADD\na CNAME b\n", "a CNAME b\n", 1, 1},
    {"a A 192.0.2.1\na A 192.0.2.2\n", "REPLACE", "a A 192.0.2.2\na A 192.0.2.4\n", "a A 192.0.2.2\na A 192.0.2.4\n", 1, 1},
    {"a 60 A 192.0.2.1\n", "EXTEND", "a A 192.0.2.1\na A 192.0.2.2\n", "a 60 A 192.0.2.1\na 60 A 192.0.2.2\n", 0, 1},
    {"a 60 A 192.0.2.1\n", "EXTEND", "a 90 A 192.0.2.2\n", "a 90 A 192.0.2.1\na 90 A 192.0.2.2\n", 1, 2},
    {"a A 192.0.2.1\na A 192.0.2.2\n", "PRUNE", "a A 192.0.2.2\na A 192.0.2.7\n", "a A 192.0.2.1\n", 1, 0},
};

START_TEST(operations)
{
    const case_t *c = &s_cases[_i];
    db_t *db = zones_db();
    AUTO_FREE char *text = auto_printf(APEX "%s", c->before);
    create(db, ZONE, text);
    int64_t rows = zones_number(db, "select count(*) from rr");
    change_result_t result = {0};
    ZONES_OK(update_as(db, &ZONES_ADMIN, ZONE, "t", c->text, c->op, &result, &ok_err));
    ck_assert_int_eq(result.unchanged, c->closed + c->opened == 0);
    ck_assert_int_eq(result.publishes, !result.unchanged);
    ck_assert_int_eq(zones_number(db, "select count(*) from rr where until = 2"), c->closed);
    ck_assert_int_eq(zones_number(db, "select count(*) from rr"), rows + c->opened);
    has(db, c->after);
    if (!result.unchanged) { /* the version before reads as it was */
        AUTO_FREE char *before = contents(db, ZONE, zones_number(db, "select min(id) from zi"));
        create(db, "same.example.", text);
        AUTO_FREE char *same = contents(db, "same.example.", 0);
        ck_assert_str_eq(before, same);
    }
    change_result_done(&result);
}
END_TEST

/* ---- what the rules refuse: looked up by index, not found in a loaded zone */

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
typedef struct { const char *before, *text; err_t code; } bad_t;
static const bad_t s_bad[] = {
    {"a A 192.0.2.1\n", ";!RROP:ADD\na A 192.0.2.1\n", ERR_DUPLICATE_RECORD_IN_ZONE},
    {"a A 192.0.2.1\n", ";!RROP:ADD\nb A 192.0.2.1\n;!RROP:ADD\nb A 192.0.2.1\n", ERR_DUPLICATE_RECORD_IN_ZONE},
    {"a CNAME b\n", ";!RROP:ADD\na A 192.0.2.1\n", ERR_ZONE_CNAME_EXISTS},
    {"a A 192.0.2.1\n", ";!RROP:ADD\na CNAME b\n", ERR_ZONE_CNAME_LABEL_EXISTS},
    {"a CNAME b\n", ";!RROP:ADD\na CNAME c\n", ERR_ZONE_CNAME_EXISTS},
    {"", ";!RROP:ADD\n@ CNAME b\n", ERR_ZONE_CNAME_LABEL_EXISTS},
    {"a 60 A 192.0.2.1\n", ";!RROP:ADD\na A 192.0.2.2\n", ERR_RRSET_TTL_MISMATCH},
    {"d DNAME x.example.\n", ";!RROP:ADD\na.b.d A 192.0.2.2\n", ERR_BELOW_DNAME},
    {"a.b.d A 192.0.2.2\n", ";!RROP:ADD\nd DNAME x.example.\n", ERR_BELOW_DNAME},
    {"", ";!RROP:ADD\n@ MX 10 mail\n", ERR_ZONE_CHECK_INTEGRITY_NO_GLUE},
    {"@ MX 10 mail\nmail A 192.0.2.1\n", ";!RROP:DELETE\nmail A 192.0.2.1\n", ERR_ZONE_CHECK_INTEGRITY_NO_GLUE},
    {"_x._tcp SRV 1 1 1 mail\nmail AAAA 2001:db8::1\n", ";!RROP:DELETE\nmail ANY \"\"\n", ERR_ZONE_CHECK_INTEGRITY_NO_GLUE},
    {"@ NS mail\nmail A 192.0.2.1\n", ";!RROP:DELETE\nmail A \"\"\n;!RROP:ADD\nmail CNAME b\n", ERR_ZONE_CHECK_INTEGRITY_NO_GLUE},
    {"s NS n.example.\ns DS 1 8 2 " DIGEST "\n", ";!RROP:DELETE\ns NS \"\"\n", ERR_DS_NOT_AT_DELEGATION},
    {"", ";!RROP:ADD\ns DS 1 8 2 " DIGEST "\n", ERR_DS_NOT_AT_DELEGATION},
    {"@ MX 10 m.example.\n", ";!RROP:ADD\n@ MX 0 .\n", ERR_NULL_TARGET_NOT_ALONE},
    {"sub NS ns.sub\nns.sub A 192.0.2.1\n", ";!RROP:DELETE\nns.sub A \"\"\n", ERR_ZONE_CHECK_INTEGRITY_NO_GLUE},
    /* the delegation goes: what pointed below it has no address any more */
    {"sub NS x.example.\n@ MX 10 m.sub\n", ";!RROP:DELETE\nsub NS \"\"\n", ERR_ZONE_CHECK_INTEGRITY_NO_GLUE},
    /* a name between takes the wildcard's answer away */
    {"* A 192.0.2.1\n@ MX 10 m.k\n", ";!RROP:ADD\nk TXT x\n", ERR_ZONE_CHECK_INTEGRITY_NO_GLUE},
    {"* A 192.0.2.1\n@ MX 10 m\n", ";!RROP:DELETE\n* A \"\"\n", ERR_ZONE_CHECK_INTEGRITY_NO_GLUE},
    {"*.w A 192.0.2.1\n@ MX 10 m.w\n", ";!RROP:DELETE\n*.w A \"\"\n", ERR_ZONE_CHECK_INTEGRITY_NO_GLUE},
    {"", ";!RROP:DELETE\n@ NS \"\"\n", ERR_ZONE_HAS_NO_NS_RECORD},
};

START_TEST(refused_by_the_rules)
{
    const bad_t *c = &s_bad[_i];
    db_t *db = zones_db();
    AUTO_FREE char *text = auto_printf(APEX "%s", c->before);
    create(db, ZONE, text);
    int64_t rows = zones_number(db, "select count(*) from rr");
    AUTO_ERR err = ERR_INFO_INIT;
    err_t e = update(db, c->text, &err);
    ck_assert_msg(e == c->code, "case %d: %s %s, not %s", _i, err_name(e), err_message(&err), err_name(c->code));
    /* nothing of it, nor of what came with it, is there */
    AUTO_FREE char *more = auto_printf(";!RROP:ADD\nfine A 192.0.2.77\n%s", c->text);
    ck_assert_int_eq(update(db, more, NULL), c->code);
    ck_assert_int_eq(zones_number(db, "select count(*) from rr"), rows);
    ck_assert_int_eq(zones_number(db, "select count(*) from rr where until is not null"), 0);
    ck_assert_int_eq(zones_number(db, "select count(*) from zi"), 1);
}
END_TEST

static int64_t lock(db_t *db);

/* What is doubtful is done and told at its operation, or refused if that is asked for; also of an update that waits. */
START_TEST(warnings_and_strict)
{
    db_t *db = zones_db();
    create(db, ZONE, APEX "m TXT x\n");
    AUTO_ERR none = ERR_INFO_INIT;
    AUTO(problem_list) found = problem_list_new();
    problem_add_rule(found, RULE_SPF_LOOKUPS, "of the reader");
    static const char text[] = ";!RROP:ADD\nok A 192.0.2.1\n;!RROP:ADD\n@ MX 10 m\n";
    AUTO(zonedata) ops = NULL;
    zonetext_parse(text, strlen(text), ZONE, &(zonetext_opts_t){.update_mode = true}, found, &ops);
    zone_update_t u = {.name = ZONE, .login_id = "anna", .update_type = "t", .ops = ops, .found = found, .strict = true, .contents_error = &none};
    for (int locked = 0; locked < 2; locked++) {
        AUTO_ERR err = ERR_INFO_INIT;
        change_result_t result = {0};
        ck_assert_int_eq(zone_update_rrs(db, &ZONES_ADMIN, &u, ZONES_NOW, &result, &err), ERR_SPF_DOUBTFUL);
        const problem_list_t *told = err.problems;
        ck_assert(told->errors == 2 && told->warnings == 0);
        ck_assert(told->items[1].rule == RULE_TARGET_ADDRESSES && told->items[1].group == 1 && told->items[1].record == 1);
        ck_assert_uint_eq(told->items[1].line, 4);
        if (locked == 0)
            lock(db);
    }
    u.strict = false;
    change_result_t result = {0};
    ZONES_OK(zone_update_rrs(db, &ZONES_ADMIN, &u, ZONES_NOW, &result, &ok_err));
    ck_assert(result.deferred && result.warnings->warnings == 2 && result.warnings->items[1].rule == RULE_TARGET_ADDRESSES);
    change_result_done(&result);
}
END_TEST

/* Faults of the text, of the operations and of the result in one answer. */
START_TEST(all_problems_of_an_update)
{
    db_t *db = zones_db();
    create(db, ZONE, APEX "a A 192.0.2.1\nc CNAME x.example.\n");
    AUTO_ERR none = ERR_INFO_INIT;
    AUTO_ERR err = ERR_INFO_INIT;
    AUTO(problem_list) found = problem_list_new();
    static const char text[] = ";!RROP:ADD\nb A 192.0.2.300\nd A 192.0.2.1\n;!RROP:ADD\na A 192.0.2.1\n;!RROP:ADD\nc TXT x\n;!RROP:ADD\n@ MX 10 b\n";
    AUTO(zonedata) ops = NULL;
    zonetext_parse(text, strlen(text), ZONE, &(zonetext_opts_t){.update_mode = true}, found, &ops);
    const zone_update_t u = {.name = ZONE, .login_id = "anna", .update_type = "t", .ops = ops, .found = found, .contents_error = &none};
    change_result_t result = {0};
    ck_assert_int_eq(zone_update_rrs(db, &ZONES_ADMIN, &u, ZONES_NOW, &result, &err), ERR_RDATA_PARSE);
    static const err_t codes[] = {ERR_RDATA_PARSE, ERR_INVALID_UPDATE_OPERATION, ERR_DUPLICATE_RECORD_IN_ZONE, ERR_ZONE_CNAME_EXISTS};
    static const unsigned lines[] = {2, 3, 5, 7};
    const problem_list_t *told = err.problems;
    ck_assert_uint_eq(told->count, ARRAY_SIZE(codes));
    for (size_t i = 0; i < told->count; i++)
        ck_assert_msg(told->items[i].code == codes[i] && told->items[i].line == lines[i], "%zu: %u %s", i, told->items[i].line, told->items[i].message);
    ck_assert_int_eq(zones_number(db, "select count(*) from zi"), 1);
}
END_TEST

START_TEST(refusals_in_order)
{
    db_t *db = zones_db();
    static const char *const text = ";!RROP:ADD\na A 192.0.2.1\n";
    AUTO_ERR err = ERR_INFO_INIT;
    change_result_t result = {0};
    ck_assert_int_eq(update_as(db, &ZONES_ADMIN, ZONE, NULL, text, NULL, &result, &err), ERR_UPDATE_TYPE_REQUIRED);
    ck_assert_int_eq(update_as(db, &ZONES_ADMIN, ZONE, "t", text, "", &result, &err), ERR_ZONE_NOT_FOUND);
    create(db, ZONE, APEX);
    ZONES_OK(db_script(db, "update dms.zone set inc_updates = false", &ok_err));
    ZONES_OK(zone_life_disable(db, &ZONES_ADMIN, ZONE, ZONES_NOW, &result, &ok_err));
    ck_assert_int_eq(update_as(db, &ZONES_HELPDESK, ZONE, "t", text, "", &result, &err), ERR_INCREMENTAL_UPDATES_DISABLED);
    ZONES_OK(db_script(db, "update dms.zone set inc_updates = true", &ok_err));
    ck_assert_int_eq(update_as(db, &ZONES_HELPDESK, ZONE, "t", text, "", &result, &err), ERR_ZONE_DISABLED);
    ZONES_OK(zone_life_enable(db, &ZONES_ADMIN, ZONE, ZONES_NOW, &result, &ok_err));
    ck_assert_int_eq(update_as(db, &ZONES_HELPDESK, ZONE, "t", text, "", &result, &err), ERR_ZONE_ADMIN_PRIVILEGE_NEEDED);
    ck_assert_int_eq(update_as(db, &ZONES_ADMIN, ZONE, "t", text, "", &result, &err), ERR_INVALID_UPDATE_OPERATION);
    ck_assert_int_eq(update_as(db, &ZONES_ADMIN, ZONE, "t", text, "RENAME", &result, &err), ERR_INVALID_UPDATE_OPERATION);
    /* the contents were not understood: told last */
    err_info_t wrong = ERR_INFO_INIT;
    err_set(&wrong, ERR_RDATA_PARSE, "nonsense");
    const edit_condition_t condition = {.if_zi_id = 4711};
    zone_update_t bad = {.name = ZONE, .login_id = "anna", .update_type = "t", .contents_error = &wrong, .condition = &condition};
    ck_assert_int_eq(zone_update_rrs(db, &ZONES_ADMIN, &bad, ZONES_NOW, &result, &err), ERR_PRECONDITION_FAILED);
    bad.condition = NULL;
    ck_assert_int_eq(zone_update_rrs(db, &ZONES_ADMIN, &bad, ZONES_NOW, &result, &err), ERR_RDATA_PARSE);
    /* flags of a privilege */
    ZONES_OK(db_script(db, "update dms.zone set use_apex_ns = true", &ok_err));
    ck_assert_int_eq(update_as(db, &ZONES_HELPDESK, ZONE, "t", ";!RROP:ADD LOCKPTR\n1 PTR x.example.\n", NULL, &result, &err),
                     ERR_ADMIN_PRIVILEGE_NEEDED);
    ck_assert_int_eq(update_as(db, &ZONES_ADMIN, ZONE, "t", ";!RROP:DELETE\n@ NS \"\"\n", NULL, &result, &err),
                     ERR_INVALID_UPDATE_OPERATION);
}
END_TEST

/* ---- groups and positions */

START_TEST(new_records_find_their_group)
{
    db_t *db = zones_db();
    create(db, ZONE, APEX ";| Web\nw1 A 192.0.2.1\nw2 A 192.0.2.2\n\nplain A 192.0.2.3\n");
    ZONES_OK(update(db, ";| Web\n;!RROP:ADD\nw3 A 192.0.2.4\n\n;| Mail\n;!RROP:ADD\nm A 192.0.2.5\n\n;!RROP:UPDATE_RRTYPE\nw1 A 192.0.2.6\n"
                        ";!RROP:ADD\nnew A 192.0.2.7\n;!RROP:ADD\nw2 TXT x\n", &ok_err));
    zone_view_t view = zones_show(db, ZONE, zones_number(db, "select zi_candidate_id from zone"));
    AUTO_FREE char *text = zones_text(view.data);
    const char *groups = strstr(text, ";| Web");
    ck_assert_ptr_nonnull(groups);
    AUTO(zonedata) parsed = zones_parse(ZONE, text);
    ck_assert_uint_eq(parsed->count, 4);
    static const char *const labels[4][5] = {{NULL}, {"w1", "w2", "w2", "w3"}, {"plain", "new"}, {"m"}};
    for (size_t g = 1; g < 4; g++) {
        for (size_t r = 0; r < parsed->groups[g].count; r++) {
            bool found = false;
            for (size_t k = 0; k < 5 && labels[g][k] != NULL; k++)
                found = found || strcmp(labels[g][k], parsed->groups[g].rrs[r].label) == 0;
            ck_assert_msg(found, "%s in group %zu:\n%s", parsed->groups[g].rrs[r].label, g, text);
        }
    }
    ck_assert_str_eq(parsed->groups[1].rrs[0].label, "w1"); /* in the place of what it replaced */
    zone_view_done(&view);
}
END_TEST

/* ---- locks */

static err_t step_fn(db_t *db, void *arg, err_info_t *reterr)
{
    int *did = arg;
    zone_row_t *zones = NULL;
    event_row_t *events = NULL;
    size_t zone_count = 0, event_count = 0;
    int64_t id = 0;
    size_t due = 0;
    err_t e = event_store_due_machines(db, MACHINE_ZONE, ZONES_NOW, 1, &id, &due, reterr);
    *did = (int)due;
    if (e == ERR_OK && due > 0)
        e = zone_store_lock_many(db, &id, 1, &zones, &zone_count, reterr);
    if (e == ERR_OK && due > 0)
        e = event_store_oldest_due(db, MACHINE_ZONE, &id, 1, ZONES_NOW, &events, &event_count, reterr);
    if (e == ERR_OK && event_count > 0) {
        zone_step_t step = {.zone = &zones[0], .queued = &events[0],
                            .event = (zone_event_t)fsm_event_find(&zone_fsm, events[0].type + strlen("ZoneSM"))};
        e = zone_fsm_run(db, &step, 1, ZONES_NOW, reterr);
        zone_step_done(&step);
    }
    event_store_rows_free(events, event_count);
    zone_store_rows_free(zones, zone_count);
    return e;
}

/* Like the engine, until only what waits for a server is left. */
static void run_events(db_t *db)
{
    int did = 1;
    for (int i = 0; did > 0 && i < 50; i++)
        ZONES_OK(db_tx(db, step_fn, &did, &ok_err));
}

static int64_t lock(db_t *db)
{
    change_result_t result = {0};
    ZONES_OK(zone_edit_begin(db, &ZONES_ADMIN, "anna", ZONE, ZONES_NOW, &result, &ok_err));
    ck_assert_int_ne(result.edit_lock_token, 0);
    return result.edit_lock_token;
}

START_TEST(a_lock_defers)
{
    db_t *db = zones_db();
    create(db, ZONE, APEX "a A 192.0.2.1\n");
    int64_t token = lock(db);
    AUTO_ERR err = ERR_INFO_INIT;
    change_result_t first = {0}, second = {0}, other = {0};
    ZONES_OK(update_as(db, &ZONES_ADMIN, ZONE, "one", ";| Grp\n;# note\n;!RROP:ADD\nb 60 A 192.0.2.2\n", NULL, &first, &ok_err));
    ck_assert(first.deferred && first.publishes && first.zi_id == 0);
    has(db, "a A 192.0.2.1\n");
    ck_assert_int_eq(update_as(db, &ZONES_ADMIN, ZONE, "one", ";!RROP:ADD\nc A 192.0.2.2\n", NULL, &other, &err),
                     ERR_UPDATE_TYPE_ALREADY_QUEUED);
    /* judged at once as well */
    ck_assert_int_eq(update_as(db, &ZONES_ADMIN, ZONE, "x", ";!RROP:ADD\na A 192.0.2.1\n", NULL, &other, &err),
                     ERR_DUPLICATE_RECORD_IN_ZONE);
    ZONES_OK(update_as(db, &ZONES_ADMIN, ZONE, "two", ";!RROP:ADD\na A 192.0.2.3\n", NULL, &second, &ok_err));
    run_events(db);
    has(db, "a A 192.0.2.1\n");
    /* the editor's save makes the second one impossible, and is not lost to the first */
    AUTO(zonedata) data = zones_parse(ZONE, APEX "a CNAME e\ne A 192.0.2.8\n");
    ZONES_OK(zone_edit_save(db, &ZONES_ADMIN, "anna", ZONE, data, false, token, NULL, NULL, ZONES_NOW, &other, &ok_err));
    run_events(db);
    has(db, "a CNAME e\nb 60 A 192.0.2.2 ;note\ne A 192.0.2.8\n");
    ck_assert_int_eq(zones_number(db, "select count(*) from update_group"), 0);
    ck_assert_int_eq(zones_number(db, "select count(*) from update_rr"), 0);
    ck_assert_int_eq(zones_number(db, "select count(*) from zi where change_by = 'anna/Admin'"), 3);
    ck_assert_int_eq(zones_number(db, "select count(*) from event where type = 'ZoneSMIncUpdate' and state = 'FAILURE' and"
                                      " results->>'message' like '%\"two\"%CNAME%' and results->>'sm_exception_type' <> ''"), 1);
    ck_assert_int_eq(zones_number(db, "select count(*) from event where type = 'ZoneSMIncUpdate' and state = 'SUCCESS'"), 1);
    /* receipts: the first goes on with its version, the second says why not */
    ck_assert_int_eq(zones_number(db, "select count(*) from publication where deferred and failure like '%CNAME%'"), 1);
    ck_assert_int_eq(zones_number(db, "select zi_seq from publication where not deferred order by change_id desc limit 1"), 2);
    ck_assert_int_eq(zones_number(db, "select zi_seq from publication p where not deferred and exists (select from change c"
                                      " where c.id = p.change_id and c.method = 'update_rrs')"), 3);
}
END_TEST

START_TEST(cancel_and_timeout_release)
{
    db_t *db = zones_db();
    create(db, ZONE, APEX "a A 192.0.2.1\n");
    change_result_t result = {0};
    int64_t token = lock(db);
    ZONES_OK(update_as(db, &ZONES_ADMIN, ZONE, "t", ";!RROP:ADD\nb A 192.0.2.2\n", NULL, &result, &ok_err));
    ZONES_OK(zone_edit_cancel(db, &ZONES_ADMIN, ZONE, token, ZONES_NOW, &result, &ok_err));
    /* what comes before the machine got to it waits behind it */
    ZONES_OK(update_as(db, &ZONES_ADMIN, ZONE, "u", ";!RROP:UPDATE_RRTYPE\nb A 192.0.2.3\n", NULL, &result, &ok_err));
    ck_assert(result.deferred);
    run_events(db);
    has(db, "a A 192.0.2.1\nb A 192.0.2.3\n");
    lock(db);
    ZONES_OK(update_as(db, &ZONES_ADMIN, ZONE, "t", ";!RROP:DELETE\nb A 192.0.2.3\n", NULL, &result, &ok_err));
    ZONES_OK(db_script(db, "update dms.event set due = '2026-11-23 07:00:00Z' where type = 'ZoneSMEditTimeout' and done is null", &ok_err));
    run_events(db);
    has(db, "a A 192.0.2.1\n");
    /* a disabled zone takes what it had promised when its editor is done, a deleted one says that it will not */
    token = lock(db);
    ZONES_OK(update_as(db, &ZONES_ADMIN, ZONE, "t", ";!RROP:ADD\nz A 192.0.2.3\n", NULL, &result, &ok_err));
    ZONES_OK(zone_life_disable(db, &ZONES_ADMIN, ZONE, ZONES_NOW, &result, &ok_err));
    run_events(db);
    has(db, "a A 192.0.2.1\n");
    ZONES_OK(zone_edit_cancel(db, &ZONES_ADMIN, ZONE, token, ZONES_NOW, &result, &ok_err));
    run_events(db);
    has(db, "a A 192.0.2.1\nz A 192.0.2.3\n");
    ck_assert_int_eq(zones_number(db, "select count(*) from update_group"), 0);
    ck_assert_int_eq(zones_number(db, "select count(*) from event where type = 'ZoneSMIncUpdate' and state <> 'SUCCESS'"), 0);
}
END_TEST

static int64_t deferred(db_t *db, const char *type, const char *text, bool strict, const edit_condition_t *condition)
{
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) ops = NULL;
    zonetext_parse(text, strlen(text), ZONE, &(zonetext_opts_t){.update_mode = true}, problems, &ops);
    err_info_t none = ERR_INFO_INIT;
    const zone_update_t update = {.name = ZONE, .login_id = "anna", .update_type = type, .ops = ops, .strict = strict, .contents_error = &none,
                                  .condition = condition, .text = "{\"update_text\":\"what was sent\"}"};
    change_result_t result = {0};
    ZONES_OK(zone_update_rrs(db, &ZONES_ADMIN, &update, ZONES_NOW, &result, &ok_err));
    ck_assert(result.deferred);
    int64_t change_id = result.change_id;
    change_result_done(&result);
    return change_id;
}

static void refused_as(db_t *db, int64_t change_id, const char *like, int code)
{
    AUTO_FREE char *receipt = auto_printf("select count(*) from publication where change_id = %" PRId64 " and failure like '%%%s%%'", change_id, like);
    AUTO_FREE char *kept = auto_printf("select error_code from kept_text where change_id = %" PRId64 " and contents like '%%what was sent%%'", change_id);
    ck_assert_msg(zones_number(db, receipt) == 1, "%s", like);
    ck_assert_int_eq(zones_number(db, kept), code);
}

/* What an update was held to holds when it is made, by what the zone is then; whoever sent it is told and can have it back. */
START_TEST(judged_again_when_made)
{
    db_t *db = zones_db();
    create(db, ZONE, APEX "a A 192.0.2.1\nmail A 192.0.2.2\n");
    const edit_condition_t as_it_is = {.if_zi_id = zones_number(db, "select id from zi")};
    int64_t token = lock(db);
    int64_t with_condition = deferred(db, "condition", ";!RROP:ADD\nb A 192.0.2.2\n", false, &as_it_is);
    int64_t strict = deferred(db, "strict", ";!RROP:ADD\nc MX 10 mail\n", true, NULL);
    int64_t loose = deferred(db, "loose", ";!RROP:ADD\nd MX 10 mail\n", false, NULL);
    change_result_t other = {0};
    AUTO(zonedata) data = zones_parse(ZONE, APEX "a A 192.0.2.1\nmail TXT x\n"); /* mail has no address any more: a warning */
    ZONES_OK(zone_edit_save(db, &ZONES_ADMIN, "anna", ZONE, data, false, token, NULL, NULL, ZONES_NOW, &other, &ok_err));
    change_result_done(&other);
    run_events(db);
    has(db, "a A 192.0.2.1\nd MX 10 mail\nmail TXT \"x\"\n");
    refused_as(db, with_condition, "has changed in the meantime", err_row(ERR_PRECONDITION_FAILED)->rpc_code);
    refused_as(db, strict, "mail", err_row(ERR_TARGET_HAS_NO_ADDRESS)->rpc_code);
    ck_assert_int_ne(loose, 0);
    ck_assert_int_eq(zones_number(db, "select count(*) from kept_text"), 2); /* what was made needs none */
    ck_assert_int_eq(zones_number(db, "select count(*) from update_group"), 0);
    /* cancelled: the condition holds; and an administrator takes incremental updates away meanwhile */
    const edit_condition_t now = {.if_zi_id = zones_number(db, "select zi_candidate_id from zone")};
    token = lock(db);
    deferred(db, "condition", ";!RROP:ADD\nb A 192.0.2.2\n", false, &now);
    ZONES_OK(zone_edit_cancel(db, &ZONES_ADMIN, ZONE, token, ZONES_NOW, &other, &ok_err));
    run_events(db);
    has(db, "a A 192.0.2.1\nb A 192.0.2.2\nd MX 10 mail\nmail TXT \"x\"\n");
    token = lock(db);
    int64_t off = deferred(db, "off", ";!RROP:ADD\ne A 192.0.2.2\n", false, NULL);
    ZONES_OK(db_script(db, "update zone set inc_updates = false", &ok_err));
    ZONES_OK(zone_edit_cancel(db, &ZONES_ADMIN, ZONE, token, ZONES_NOW, &other, &ok_err));
    run_events(db);
    refused_as(db, off, "no incremental updates", err_row(ERR_INCREMENTAL_UPDATES_DISABLED)->rpc_code);
}
END_TEST

START_TEST(after_a_roll_back)
{
    db_t *db = zones_db();
    create(db, ZONE, APEX "a A 192.0.2.1\nb A 192.0.2.2\n");
    int64_t first = zones_number(db, "select id from zi");
    change_result_t result = {0};
    ZONES_OK(update(db, ";!RROP:DELETE\na ANY \"\"\n;!RROP:ADD\nc A 192.0.2.3\n;!RROP:UPDATE_RRTYPE\nb 60 A 192.0.2.2\n", &ok_err));
    ZONES_OK(zone_life_refresh(db, &ZONES_ADMIN, ZONE, first, ZONES_NOW, &result, &ok_err));
    ZONES_OK(update(db, ";!RROP:ADD\nd A 192.0.2.4\n", &ok_err));
    has(db, "a A 192.0.2.1\nb A 192.0.2.2\nd A 192.0.2.4\n");
    AUTO_FREE char *before = contents(db, ZONE, zones_number(db, "select id from zi where seq = 2"));
    ck_assert_str_eq(before, "b 60 A 192.0.2.2\nc A 192.0.2.3\n");
}
END_TEST

START_TEST(nothing_new_after_a_roll_back)
{
    db_t *db = zones_db();
    create(db, ZONE, APEX "a A 192.0.2.1\n");
    int64_t first = zones_number(db, "select id from zi");
    change_result_t result = {0};
    ZONES_OK(update(db, ";!RROP:UPDATE_RRTYPE\na A 192.0.2.2\n", &ok_err));
    ZONES_OK(zone_life_refresh(db, &ZONES_ADMIN, ZONE, first, ZONES_NOW, &result, &ok_err));
    ZONES_OK(update(db, ";!RROP:UPDATE_RRTYPE\na A 192.0.2.1\n", &ok_err)); /* what is there already */
    has(db, "a A 192.0.2.1\n");
    ck_assert_int_eq(zones_number(db, "select zi_count - (select max(seq) from zi) from zone"), 0);
    ZONES_OK(update(db, ";!RROP:UPDATE_RRTYPE\na A 192.0.2.3\n", &ok_err));
    has(db, "a A 192.0.2.3\n");
}
END_TEST

/* ---- property: what updates make is what the same changes make as full edits, and refused is what those would refuse */

static uint64_t s_random = 88172645463325252u;
static unsigned pick(unsigned below)
{
    s_random ^= s_random << 13;
    s_random ^= s_random >> 7;
    s_random ^= s_random << 17;
    return (unsigned)(s_random >> 33) % below;
}

enum { MODEL_MAX = 200 };
typedef struct { int label, type, rdata, ttl; bool gone, replaced; } record_t;
typedef struct { record_t r[MODEL_MAX]; size_t count; } model_t;
static const char *const LABELS[] = {"a", "b", "c.a", "*", "*.b", "d.c.a", "x.b", "@"};
static const char *const TYPES[] = {"A", "TXT", "MX", "NS", "CNAME", "DNAME", "DS"};
enum { LABEL_COUNT = ARRAY_SIZE(LABELS), TYPE_COUNT = ARRAY_SIZE(TYPES) };

static void rdata_text(const record_t *r, char *text, size_t size)
{
    const char *target = LABELS[r->rdata < 0 ? 0 : r->rdata % LABEL_COUNT];
    if (target[0] == '*')
        target = "out.example.";
    switch (r->type) {
    case 0: snprintf(text, size, "192.0.2.%d", r->rdata); break;
    case 1: snprintf(text, size, "\"t%d\"", r->rdata); break;
    case 2: snprintf(text, size, r->rdata == 7 ? "0 ." : "10 %s", target); break;
    case 6: snprintf(text, size, "%d 8 2 " DIGEST, r->rdata); break;
    default: snprintf(text, size, "%s", target); break;
    }
}

static char *line(const record_t *r, const char *op)
{
    char rdata[80];
    rdata_text(r, rdata, sizeof(rdata));
    return auto_printf("%s%s%s%s %s%s %s\n", op[0] != '\0' ? ";!RROP:" : "", op, op[0] != '\0' ? "\n" : "", LABELS[r->label],
                       r->ttl > 0 ? "60 " : "", r->type < 0 ? "ANY" : TYPES[r->type], r->rdata < 0 ? "\"\"" : rdata);
}

static void join(char **text, char *more)
{
    char *all = auto_printf("%s%s", *text, more);
    free(*text);
    free(more);
    *text = all;
}

static bool in_set(const record_t *a, const record_t *b) { return a->label == b->label && a->type == b->type; }

static bool same_rdata(const record_t *a, const record_t *b)
{
    char x[80], y[80];
    rdata_text(a, x, sizeof(x));
    rdata_text(b, y, sizeof(y));
    return strcmp(x, y) == 0;
}

/* One random operation on the model and as text. */
static void random_op(model_t *m, record_t *replaced, size_t *replaced_count, char **text)
{
    record_t r = {.label = (int)pick(LABEL_COUNT), .type = (int)pick(TYPE_COUNT), .rdata = (int)pick(8), .ttl = pick(6) == 0};
    if (m->count > 0 && pick(3) > 0) { /* mostly about what is there */
        const record_t *known = &m->r[pick((unsigned)m->count)];
        r.label = known->label;
        if (pick(2) == 0)
            r.type = known->type;
        if (pick(2) == 0)
            r.rdata = known->rdata;
    }
    if ((r.type == 3 && strcmp(LABELS[r.label], "@") == 0) || ((r.type == 3 || r.type == 5) && LABELS[r.label][0] == '*'))
        r.type = 0; /* the apex NS stay; a wildcard has none, and no DNAME */
    unsigned op = pick(4);
    if (op == 3)
        op = 1;
    if (op == 1) {
        r.ttl = 0;
        if (pick(4) == 0)
            r.rdata = -1;
        if (r.rdata < 0 && pick(3) == 0 && strcmp(LABELS[r.label], "@") != 0)
            r.type = -1;
    }
    join(text, line(&r, op == 0 ? "ADD" : op == 1 ? "DELETE" : "UPDATE_RRTYPE"));
    bool begins = op == 2;
    for (size_t i = 0; op == 2 && i < *replaced_count; i++)
        begins = begins && !in_set(&replaced[i], &r);
    if (begins)
        replaced[(*replaced_count)++] = r;
    size_t kept = 0;
    for (size_t i = 0; i < m->count; i++) {
        const record_t *k = &m->r[i];
        bool goes = (begins && in_set(k, &r)) ||
                    (op == 1 && k->label == r.label && (r.type < 0 || k->type == r.type) && (r.rdata < 0 || same_rdata(k, &r)));
        if (!goes)
            m->r[kept++] = *k;
    }
    m->count = kept;
    if (op != 1)
        m->r[m->count++] = r;
}

static err_t full_edit(db_t *db, const model_t *m)
{
    char *text = auto_strdup(APEX);
    for (size_t i = 0; i < m->count; i++)
        join(&text, line(&m->r[i], ""));
    AUTO(zonedata) data = zones_parse("full.example.", text);
    change_result_t result = {0};
    err_t e = zone_edit_save(db, &ZONES_ADMIN, "anna", "full.example.", data, false, 0, NULL, NULL, ZONES_NOW, &result, NULL);
    change_result_done(&result);
    free(text);
    return e;
}

START_TEST(random_updates_are_full_edits)
{
    db_t *db = zones_db();
    create(db, ZONE, APEX);
    create(db, "full.example.", APEX);
    s_random += (uint64_t)_i * 7919;
    model_t model = {0};
    int taken = 0, refused = 0;
    for (int round = 0; round < 250; round++) {
        model_t next = model;
        record_t replaced[8];
        size_t replaced_count = 0;
        char *text = auto_strdup("");
        for (unsigned i = 0; i <= pick(4); i++)
            random_op(&next, replaced, &replaced_count, &text);
        AUTO_ERR err = ERR_INFO_INIT;
        err_t wanted = full_edit(db, &next);
        err_t got = update(db, text, &err);
        if ((wanted == ERR_OK) != (got == ERR_OK)) {
            AUTO_FREE char *before = contents(db, ZONE, 0);
            ck_abort_msg("round %d: full edit %s, update %s %s\n%s--- before (published)\n%s", round, err_name(wanted), err_name(got),
                         err_message(&err), text, before);
        }
        free(text);
        *(got == ERR_OK ? &taken : &refused) += 1;
        if (got != ERR_OK)
            continue;
        model = next;
        int64_t a = zones_number(db, "select zi_candidate_id from zone where name = 'up.example.'");
        int64_t b = zones_number(db, "select zi_candidate_id from zone where name = 'full.example.'");
        AUTO_FREE char *is = contents(db, ZONE, a);
        AUTO_FREE char *should = contents(db, "full.example.", b);
        ck_assert_str_eq(is, should);
        if (model.count > 40)
            break;
    }
    ck_assert_int_gt(taken, 20);
    ck_assert_int_gt(refused, 20);
}
END_TEST

/* ---- cost */

/* Rows of records that were read so far. */
static int64_t rows_read(db_t *db)
{
    ZONES_OK(db_script(db, "select pg_stat_force_next_flush()", &ok_err));
    return zones_number(db, "select idx_tup_fetch + seq_tup_read from pg_stat_user_tables where relname = 'rr'");
}

/* No kind of update reads the zone. */
START_TEST(large_zones_are_not_read)
{
    enum { RECORDS = 20000 };
    static const char *const updates[] = {";!RROP:ADD\nnew A 192.0.2.1\n", ";!RROP:UPDATE_RRTYPE\nnew A 192.0.2.2\n", ";!RROP:ADD\nmail MX 10 new\n",
                                          ";!RROP:DELETE\nmail MX \"\"\n", ";!RROP:DELETE\nnew ANY \"\"\n", ";!RROP:ADD\nsub NS ns.other.example.\n",
                                          ";!RROP:ADD\n@ A 192.0.2.1\n", ";!RROP:ADD\n*.wild A 192.0.2.1\n", ";!RROP:ADD\nbelow DNAME other.example.\n"};
    db_t *db = zones_db();
    create(db, ZONE, APEX);
    AUTO_FREE char *sql = auto_printf("insert into dms.rr (zone_id, group_no, since, pos, label, type, rdata) select id, 1, 1, n, 'h' || n || case when n %% 3 = 0"
                                      " then '.deep' else '' end, 1, '10.0.' || n / 250 || '.' || n %% 250 from dms.zone, generate_series(1, %d) n", RECORDS);
    ZONES_OK(db_script(db, sql, &ok_err));
    ZONES_OK(db_script(db, "analyze", &ok_err));
    for (size_t i = 0; i < ARRAY_SIZE(updates); i++) {
        int64_t before = rows_read(db);
        ZONES_OK(update(db, updates[i], &ok_err));
        int64_t read = rows_read(db) - before;
        ck_assert_msg(read < 300, "%s reads %lld rows", updates[i], (long long)read);
    }
    AUTO_ERR why = ERR_INFO_INIT; /* and one that is below is found */
    ck_assert_int_eq(update(db, ";!RROP:ADD\ndeep DNAME other.example.\n", &why), ERR_BELOW_DNAME);
}
END_TEST

int main(void)
{
    harness_start();
    Suite *s = suite_create("zone_update");
    TCase *t = tcase_create("zone_update");
    tcase_set_timeout(t, 100);
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, operations, 0, (int)ARRAY_SIZE(s_cases));
    tcase_add_loop_test(t, refused_by_the_rules, 0, (int)ARRAY_SIZE(s_bad));
    tcase_add_test(t, warnings_and_strict);
    tcase_add_test(t, all_problems_of_an_update);
    tcase_add_test(t, refusals_in_order);
    tcase_add_test(t, new_records_find_their_group);
    tcase_add_test(t, a_lock_defers);
    tcase_add_test(t, cancel_and_timeout_release);
    tcase_add_test(t, judged_again_when_made);
    tcase_add_test(t, after_a_roll_back);
    tcase_add_test(t, nothing_new_after_a_roll_back);
    tcase_add_loop_test(t, random_updates_are_full_edits, 0, 4);
    TCase *size = tcase_create("size");
    tcase_set_timeout(size, 100);
    suite_add_tcase(s, size);
    tcase_add_test(size, large_zones_are_not_read);
    int failed = check_suite(s);
    harness_stop();
    return failed;
}
