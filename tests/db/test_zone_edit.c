/* Creating, saving, showing zones: what was saved is what is read, version by version. */
#include "controller/fsm/zone_fsm.h"
#include "controller/usecase/zone_life.h"
#include "shared/serial.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

#define SOA "@ IN SOA ns1.dns-one.example. hostmaster.dns-one.example. 2024010100 10800 3600 1209600 3600\n"
#define APEX "$TTL 3600\n" SOA "@ IN NS ns1.dns-one.example.\n@ IN NS ns2.dns-one.example.\n\n"

static char *shown_text(db_t *db, const char *name, int64_t zi_id)
{
    zone_view_t view = zones_show(db, name, zi_id);
    char *text = zones_text(view.data);
    zone_view_done(&view);
    return text;
}

static char *own_text(const char *name, const char *text)
{
    AUTO(zonedata) data = zones_parse(name, text);
    return zones_text(data);
}

/* ---- edits cost their change; order, groups and comments are kept */

typedef struct {
    const char *text;
    int64_t closed, opened; /* record rows that the edit from the text before may close and open */
    int64_t group_rows;     /* group rows after it, closed ones counted */
} edit_t;

START_TEST(edits_touch_what_changed)
{
    static const edit_t edits[] = {
        {APEX ";| Web\na A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3\n\n;| Web\nd A 192.0.2.4\n", 0, 6, 3},
        /* in the middle */
        {APEX ";| Web\na A 192.0.2.1\nnew A 192.0.2.9\nb A 192.0.2.2\nc A 192.0.2.3\n\n;| Web\nd A 192.0.2.4\n", 0, 1,
         3},
        /* a move */
        {APEX ";| Web\nb A 192.0.2.2\nc A 192.0.2.3\na A 192.0.2.1\nnew A 192.0.2.9\n\n;| Web\nd A 192.0.2.4\n", 2, 2,
         3},
        /* the groups change places: one group row */
        {APEX ";| Web\nd A 192.0.2.4\n\n;| Web\nb A 192.0.2.2\nc A 192.0.2.3\na A 192.0.2.1\nnew A 192.0.2.9\n", 0, 0,
         4},
        /* a comment of a group, one of a record, a TTL */
        {APEX
         ";| Mail\nd A 192.0.2.4\n\n;| Web\n;# main\nb A 192.0.2.2\nc 60 A 192.0.2.3\na A 192.0.2.1\nnew A 192.0.2.9\n",
         2, 2, 5},
        /* a group goes, its record too */
        {APEX ";| Web\n;# main\nb A 192.0.2.2\nc 60 A 192.0.2.3\na A 192.0.2.1\nnew A 192.0.2.9\n", 1, 0, 5},
        /* a record moves to a group of its own, which has no comment */
        {APEX ";| Web\n;# main\nb A 192.0.2.2\nc 60 A 192.0.2.3\na A 192.0.2.1\n\nnew A 192.0.2.9\n", 1, 1, 6},
        /* disabled */
        {APEX ";| Web\n;# main\n;!DISABLE\nb A 192.0.2.2\nc 60 A 192.0.2.3\na A 192.0.2.1\n\nnew A 192.0.2.9\n", 1, 1,
         6},
    };
    enum { COUNT = ARRAY_SIZE(edits) };
    db_t *db = zones_db();
    int64_t zis[COUNT], closed = 0, opened = 0;
    for (size_t i = 0; i < COUNT; i++) {
        change_result_t result = i == 0 ? zones_create(db, "edits.example.", edits[i].text)
                                        : zones_save(db, "edits.example.", edits[i].text);
        ck_assert(!result.unchanged);
        zis[i] = result.zi_id;
        change_result_done(&result);
        closed += edits[i].closed;
        opened += edits[i].opened;
        ck_assert_msg(zones_number(db, "select count(*) from rr where until is not null") == closed,
                      "closed rows after edit %zu", i);
        ck_assert_msg(zones_number(db, "select count(*) from rr") == opened, "rows after edit %zu", i);
        ck_assert_msg(zones_number(db, "select count(*) from rr_group") == edits[i].group_rows, "groups after edit %zu",
                      i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        AUTO_FREE char *wanted = own_text("edits.example.", edits[i].text);
        AUTO_FREE char *got = shown_text(db, "edits.example.", zis[i]);
        ck_assert_str_eq(got, wanted);
    }
}
END_TEST

/* ---- property: whatever is done, version n reads as it was saved */

static uint64_t s_random = 88172645463325252u;
static unsigned pick(unsigned below)
{
    s_random ^= s_random << 13;
    s_random ^= s_random >> 7;
    s_random ^= s_random << 17;
    return (unsigned)(s_random >> 33) % below;
}

typedef struct {
    int record[40]; /* 0: group break, else record number */
    size_t count;
} model_t;

static char *model_text(const model_t *model)
{
    static const char *const comments[] = {"", ";| Web\n", ";| Mail\n", ";| Web\n"};
    char *text = auto_strdup(APEX);
    for (size_t i = 0; i < model->count; i++) {
        int n = model->record[i];
        char *next = n <= 0 ? auto_printf("%s\n%s", text, comments[-n])
                            : auto_printf("%s%s%sr%d %s A 192.0.2.%d\n", text, n % 7 == 0 ? ";# note\n" : "",
                                          n % 5 == 0 ? ";!DISABLE\n" : "", n % 60, n >= 60 ? "300" : "", n % 60);
        free(text);
        text = next;
    }
    return text;
}

static void model_change(model_t *m)
{
    unsigned at = pick((unsigned)m->count + 1);
    switch (pick(5)) {
    case 0: /* a group break */
        if (m->count < 38) {
            memmove(m->record + at + 1, m->record + at, (m->count - at) * sizeof(int));
            m->record[at] = -(int)pick(4);
            m->count++;
        }
        break;
    case 1: /* remove */
        if (at < m->count) {
            memmove(m->record + at, m->record + at + 1, (m->count - at - 1) * sizeof(int));
            m->count--;
        }
        break;
    case 2: /* move */
        if (at < m->count) {
            unsigned to = pick((unsigned)m->count);
            int saved = m->record[at];
            m->record[at] = m->record[to];
            m->record[to] = saved;
        }
        break;
    default: { /* a record, or another TTL of it */
        int n = 1 + (int)pick(59);
        for (size_t i = 0; i < m->count; i++) {
            if (m->record[i] > 0 && m->record[i] % 60 == n) {
                m->record[i] = m->record[i] >= 60 ? n : n + 60;
                return;
            }
        }
        if (m->count < 38) {
            memmove(m->record + at + 1, m->record + at, (m->count - at) * sizeof(int));
            m->record[at] = n;
            m->count++;
        }
    }
    }
}

START_TEST(every_version_reads_as_it_was_saved)
{
    enum { VERSIONS = 60 };
    db_t *db = zones_db();
    model_t model = {{0}, 0};
    char *texts[VERSIONS];
    int64_t zis[VERSIONS];
    for (int i = 0; i < VERSIONS; i++) {
        for (unsigned k = 1 + pick(4); k > 0; k--)
            model_change(&model);
        texts[i] = model_text(&model);
        change_result_t result =
            i == 0 ? zones_create(db, "model.example.", texts[i]) : zones_save(db, "model.example.", texts[i]);
        zis[i] = result.zi_id;
        change_result_done(&result);
    }
    for (int i = 0; i < VERSIONS; i++) {
        AUTO_FREE char *wanted = own_text("model.example.", texts[i]);
        AUTO_FREE char *got = shown_text(db, "model.example.", zis[i]);
        ck_assert_msg(strcmp(got, wanted) == 0, "version %d\n--- wanted\n%s\n--- got\n%s", i, wanted, got);
        free(texts[i]);
    }
}
END_TEST

/* ---- apex, serials */

START_TEST(apex_comes_from_the_group)
{
    db_t *db = zones_db();
    zone_options_t options = ZONE_OPTIONS_INIT;
    change_result_t result = {0};
    ZONES_OK(zone_edit_create(db, &ZONES_ADMIN, "anna", "Plain.Example", NULL, false, &options, NULL, ZONES_NOW,
                              &result, &ok_err));
    zone_view_t view = zones_show(db, "plain.example", 0);
    ck_assert_str_eq(view.zone.name, "plain.example.");
    ck_assert_int_eq(view.zone.state, ZONE_CREATE);
    ck_assert_uint_eq(view.zi.soa_serial, ZONES_TODAY);
    ck_assert(view.zi.has_apex_ns && view.zi.apex_ns_count == 2 && view.data->records == 0);
    ck_assert_str_eq(view.zi.soa_mname, "ns1.example.net.");
    ck_assert_str_eq(view.zi.change_by, "anna/Admin");
    AUTO_FREE char *text = zone_show_text(&view, true);
    ck_assert_ptr_nonnull(strstr(text, "ns2.dns-one.example."));
    ck_assert_ptr_nonnull(strstr(text, "Apex resource records for plain.example."));
    zone_view_done(&view);
    /* the text that is shown can be saved, and changes nothing */
    change_result_t again = zones_save(db, "plain.example", text);
    ck_assert(again.unchanged);
    change_result_t more = zones_save(db, "plain.example", APEX "@ NS ns9.other.example.\nwww A 192.0.2.1\n");
    view = zones_show(db, "plain.example", more.zi_id);
    ck_assert_uint_eq(view.data->records, 1);
    ck_assert_uint_eq(view.zi.soa_serial, ZONES_TODAY + 1);
    ck_assert_uint_eq(view.all_zi_count, 2);
    zone_view_done(&view);
}
END_TEST

START_TEST(serials_never_go_back_for_a_name)
{
    db_t *db = zones_db();
    change_result_t result = zones_create(db, "again.example.",
                                          "$TTL 3600\n@ IN SOA ns1.dns-one.example. h.dns-one.example. 4000000000 1h "
                                          "1h 1w 1h\n@ NS ns1.dns-one.example.\n");
    zone_view_t view = zones_show(db, "again.example", 0);
    ck_assert_uint_eq(view.zi.soa_serial, 4000000000u);
    zone_view_done(&view);
    ZONES_OK(db_script(db, "update zone set soa_serial = 4000000007", &ok_err)); /* as publication does */
    change_result_t gone = {0};
    ZONES_OK(zone_life_delete(db, &ZONES_ADMIN, "again.example", ZONES_NOW, &gone, &ok_err));
    ck_assert(gone.publishes);
    AUTO_ERR none = ERR_INFO_INIT;
    zone_view_t nothing = {0};
    ck_assert_int_eq(zone_show(db, &ZONES_ADMIN, "again.example", 0, 0, &nothing, &none), ERR_ZONE_NOT_FOUND);
    change_result_t second = zones_create(db, "again.example.", APEX);
    view = zones_show(db, "again.example", 0);
    ck_assert_uint_eq(view.zi.soa_serial, 4000000008u);
    zone_view_done(&view);
    /* the old one cannot come back beside it */
    AUTO_ERR err = ERR_INFO_INIT;
    change_result_t back = {0};
    ck_assert_int_eq(zone_life_undelete(db, &ZONES_ADMIN, result.zone_id, ZONES_NOW, &back, &err),
                     ERR_ACTIVE_ZONE_EXISTS);
    /* the one that was served last counts, also when the rows are gone for good: older ones may be from before a wrap */
    ZONES_OK(db_script(db, "update zone set soa_serial = 4000000020 where state = 'DELETED'", &ok_err));
    ZONES_OK(db_script(db, "update zone set soa_serial = 4000000009 where state <> 'DELETED'", &ok_err));
    ZONES_OK(zone_life_delete(db, &ZONES_ADMIN, "again.example", ZONES_NOW, &gone, &ok_err));
    change_result_t third = zones_create(db, "again.example.", APEX);
    view = zones_show(db, "again.example", 0);
    ck_assert_uint_eq(view.zi.soa_serial, 4000000010u);
    zone_view_done(&view);
    /* one that is undeleted goes on from there too */
    ZONES_OK(zone_life_delete(db, &ZONES_ADMIN, "again.example", ZONES_NOW, &gone, &ok_err));
    ZONES_OK(zone_life_undelete(db, &ZONES_ADMIN, result.zone_id, ZONES_NOW, &back, &ok_err));
    ck_assert_int_eq(zones_number(db, "select soa_serial from zone where state <> 'DELETED'"), 4000000009);
    change_result_done(&back);
    ZONES_OK(zone_life_delete(db, &ZONES_ADMIN, "again.example", ZONES_NOW, &gone, &ok_err));
    ZONES_OK(zone_store_destroy(db, result.zone_id, &ok_err));
    ZONES_OK(zone_store_destroy(db, second.zone_id, &ok_err));
    ZONES_OK(zone_store_destroy(db, third.zone_id, &ok_err));
    change_result_t fourth = zones_create(db, "again.example.", APEX);
    view = zones_show(db, "again.example", 0);
    ck_assert_uint_eq(view.zi.soa_serial, 4000000010u);
    zone_view_done(&view);
    change_result_done(&fourth);
}
END_TEST

/* ---- locks, conditions, rights */

static err_t save_as(db_t *db, const caller_t *who, const char *name, const char *text, int64_t token,
                     const edit_condition_t *condition, change_result_t *ret_result, err_info_t *reterr)
{
    AUTO(zonedata) data = zones_parse("lock.example.", text);
    return zone_edit_save(db, who, "hans", name, data, false, token, condition, NULL, ZONES_NOW, ret_result, reterr);
}

START_TEST(locks)
{
    db_t *db = zones_db();
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.edit_lock = 1;
    change_result_t result = {0}, lock = {0};
    ZONES_OK(zone_edit_create(db, &ZONES_ADMIN, "anna", "lock.example", NULL, false, &options, NULL, ZONES_NOW, &result,
                              &ok_err));
    ZONES_OK(zone_edit_begin(db, &ZONES_ADMIN, "anna", "lock.example", ZONES_NOW, &lock, &ok_err));
    ck_assert_int_ne(lock.edit_lock_token, 0);
    int64_t token = lock.edit_lock_token;
    AUTO_ERR err = ERR_INFO_INIT;
    ck_assert_int_eq(zone_edit_begin(db, &ZONES_HELPDESK, "hans", "lock.example", ZONES_NOW, &lock, &err),
                     ERR_EDIT_LOCK_FAILURE);
    ck_assert_ptr_nonnull(strstr(err.message, "anna/Admin"));
    for (int64_t wrong = 0; wrong <= token + 1; wrong += token + 1) { /* none, somebody else's */
        ck_assert_int_eq(
            save_as(db, &ZONES_HELPDESK, "lock.example", APEX "www A 192.0.2.1\n", wrong, NULL, &result, &err),
            ERR_UPDATE_ZONE_FAILURE);
        ck_assert_ptr_nonnull(strstr(err.message, "anna/Admin"));
        ck_assert_ptr_nonnull(strstr(err.hint, "show_kept_text"));
        ck_assert_int_eq(zone_edit_tickle(db, &ZONES_ADMIN, "lock.example", wrong, ZONES_NOW, &err),
                         ERR_TICKLE_EDIT_LOCK_FAILURE);
        ck_assert_int_eq(zone_edit_cancel(db, &ZONES_ADMIN, "lock.example", wrong, ZONES_NOW, &lock, &err),
                         ERR_CANCEL_EDIT_LOCK_FAILURE);
    }
    ck_assert_int_eq(zone_life_delete(db, &ZONES_ADMIN, "lock.example", ZONES_NOW, &result, &err),
                     ERR_ZONE_BEING_CREATED);
    ZONES_OK(zone_edit_tickle(db, &ZONES_ADMIN, "lock.example", token, ZONES_NOW, &ok_err));
    ZONES_OK(save_as(db, &ZONES_ADMIN, "lock.example", APEX "www A 192.0.2.1\n", token, NULL, &result, &ok_err));
    ck_assert(result.publishes);
    zone_view_t view = zones_show(db, "lock.example", 0);
    ck_assert(!view.zone.locked);
    zone_view_done(&view);
    /* the token is used up */
    ck_assert_int_eq(save_as(db, &ZONES_ADMIN, "lock.example", APEX "www A 192.0.2.2\n", token, NULL, &result, &err),
                     ERR_UPDATE_ZONE_FAILURE);
    ck_assert_ptr_nonnull(strstr(err.message, "timed out"));
    /* saving nothing new ends the edit */
    ZONES_OK(zone_edit_begin(db, &ZONES_ADMIN, "anna", "lock.example", ZONES_NOW, &lock, &ok_err));
    ZONES_OK(save_as(db, &ZONES_ADMIN, "lock.example", APEX "www A 192.0.2.1\n", lock.edit_lock_token, NULL, &result,
                     &ok_err));
    ck_assert(result.unchanged && !result.publishes);
    ZONES_OK(zone_edit_begin(db, &ZONES_ADMIN, "anna", "lock.example", ZONES_NOW, &lock, &ok_err));
    ZONES_OK(zone_edit_cancel(db, &ZONES_ADMIN, "lock.example", lock.edit_lock_token, ZONES_NOW, &result, &ok_err));
    view = zones_show(db, "lock.example", 0);
    ck_assert(!view.zone.locked && view.all_zi_count == 2);
    zone_view_done(&view);
}
END_TEST

START_TEST(conditions)
{
    db_t *db = zones_db();
    change_result_t created = zones_create(db, "lock.example.", APEX), result = {0};
    AUTO_ERR err = ERR_INFO_INIT;
    edit_condition_t condition = {.if_zi_id = created.zi_id};
    ZONES_OK(save_as(db, &ZONES_ADMIN, "lock.example", APEX "www A 192.0.2.1\n", 0, &condition, &result, &ok_err));
    ck_assert_int_eq(save_as(db, &ZONES_ADMIN, "lock.example", APEX "www A 192.0.2.2\n", 0, &condition, &result, &err),
                     ERR_PRECONDITION_FAILED);
    ck_assert_ptr_nonnull(strstr(err.message, "hans/Admin"));
    condition = (edit_condition_t){.if_serial = 7};
    ck_assert_int_eq(save_as(db, &ZONES_ADMIN, "lock.example", APEX "www A 192.0.2.2\n", 0, &condition, &result, &err),
                     ERR_PRECONDITION_FAILED);
    ck_assert_int_eq(zones_number(db, "select count(*) from zi"), 2);
}
END_TEST

/* Round trips are what a save costs on a quiet machine (the first one prepares the statements). */
START_TEST(a_save_takes_few_round_trips)
{
    db_t *db = zones_db();
    zones_create(db, "lock.example.", APEX);
    zones_save(db, "lock.example.", APEX "www A 192.0.2.1\n");
    uint64_t before = db_round_trips(db);
    zones_save(db, "lock.example.", APEX "www A 192.0.2.2\n");
    ck_assert_uint_le(db_round_trips(db) - before, 14);
    before = db_round_trips(db);
    zones_save(db, "lock.example.", APEX "www A 192.0.2.2\n"); /* unchanged */
    ck_assert_uint_le(db_round_trips(db) - before, 8);
}
END_TEST

START_TEST(rights)
{
    db_t *db = zones_db();
    int64_t tag = zones_number(db, "select id from sectag where label = 'HOSTED'");
    const caller_t hosted = {.role = ROLE_HOSTED, .role_name = "hosted", .sectag_id = tag, .sectag = "HOSTED", .login = "h",
                             .front_end = "/hosted_dms"};
    change_result_t result = {0};
    zone_options_t options = ZONE_OPTIONS_INIT;
    AUTO_ERR err = ERR_INFO_INIT;
    change_result_t own = zones_create(db, "lock.example.", APEX);
    ck_assert_int_eq(save_as(db, &ZONES_HELPDESK, "lock.example", APEX, 0, NULL, &result, &err),
                     ERR_ZONE_ADMIN_PRIVILEGE_NEEDED);
    ck_assert_int_eq(save_as(db, &hosted, "lock.example", APEX, 0, NULL, &result, &err),
                     ERR_ZONE_NOT_FOUND); /* hidden */
    ck_assert_int_eq(
        zone_edit_create(db, &hosted, "h", "lock.example", NULL, false, &options, NULL, ZONES_NOW, &result, &err),
        ERR_ZONE_EXISTS);
    options.sg_name = "nowhere";
    ck_assert_int_eq(
        zone_edit_create(db, &ZONES_ADMIN, "a", "x.example", NULL, false, &options, NULL, ZONES_NOW, &result, &err),
        ERR_NO_SG_FOUND);
    options.sg_name = NULL;
    ck_assert_int_eq(
        zone_edit_create(db, &ZONES_ADMIN, "", "x.example", NULL, false, &options, NULL, ZONES_NOW, &result, &err),
        ERR_LOGIN_ID_INVALID);
    ck_assert_int_eq(
        zone_edit_create(db, &ZONES_ADMIN, "a b", "x.example", NULL, false, &options, NULL, ZONES_NOW, &result, &err),
        ERR_LOGIN_ID_FORMAT);
    ck_assert_int_eq(zone_edit_create(db, &ZONES_ADMIN, "a", "2.0.192.in-addr.arpa", NULL, false, &options, NULL,
                                      ZONES_NOW, &result, &err),
                     ERR_REVERSE_NAMES_NOT_ACCEPTED);
    /* the parent's reference decides below it */
    options.reference = "anna@ONE";
    ZONES_OK(zone_edit_create(db, &ZONES_ADMIN, "a", "parent.example", NULL, false, &options, NULL, ZONES_NOW, &result,
                              &ok_err));
    options.reference = "other@TWO";
    ck_assert_int_eq(
        zone_edit_create(db, &hosted, "h", "a.b.parent.example", NULL, false, &options, NULL, ZONES_NOW, &result, &err),
        ERR_ZONE_EXISTS);
    options.reference = "Anna@one";
    ZONES_OK(zone_edit_create(db, &hosted, "h", "a.b.parent.example", NULL, false, &options, NULL, ZONES_NOW, &result,
                              &ok_err));
    options.reference = NULL;
    ZONES_OK(zone_edit_create(db, &ZONES_ADMIN, "a", "c.parent.example", NULL, false, &options, NULL, ZONES_NOW,
                              &result, &ok_err));
    zone_view_t view = zones_show(db, "c.parent.example", 0);
    ck_assert_str_eq(view.zone.reference, "anna@ONE");
    zone_view_done(&view);
    ck_assert_int_eq(zones_number(db, "select count(*) from reference"), 1);
    options.reference = "zed@THREE"; /* the nearest parent counts */
    ZONES_OK(zone_edit_create(db, &ZONES_ADMIN, "a", "z.parent.example", NULL, false, &options, NULL, ZONES_NOW, &result,
                              &ok_err));
    options.reference = "anna@ONE";
    ck_assert_int_eq(zone_edit_create(db, &hosted, "h", "a.z.parent.example", NULL, false, &options, NULL, ZONES_NOW, &result,
                                      &err),
                     ERR_ZONE_EXISTS);
    options.reference = "-";
    ck_assert_int_eq(
        zone_edit_create(db, &ZONES_ADMIN, "a", "y.example", NULL, false, &options, NULL, ZONES_NOW, &result, &err),
        ERR_REFERENCE_FORMAT);
    /* flags of records */
    options.reference = NULL;
    ZONES_OK(zone_edit_create(db, &ZONES_ADMIN, "a", "flags.example", NULL, false, &options, NULL, ZONES_NOW, &result,
                              &ok_err));
    AUTO(zonedata) locked = zones_parse("flags.example.", APEX ";!LOCKPTR\np PTR www\n;!REF:x@Y\nr A 192.0.2.1\n");
    ck_assert_int_eq(zone_edit_save(db, &ZONES_HELPDESK, "h", "flags.example", locked, false, 0, NULL, NULL, ZONES_NOW,
                                    &result, &err),
                     ERR_ADMIN_PRIVILEGE_NEEDED);
    ZONES_OK(zone_edit_save(db, &ZONES_ADMIN, "h", "flags.example", locked, false, 0, NULL, NULL, ZONES_NOW, &result,
                            &ok_err));
    AUTO(zonedata)
    more = zones_parse("flags.example.", APEX ";!LOCKPTR\np PTR www\n;!REF:x@Y\nr A 192.0.2.1\ns A 192.0.2.2\n");
    ZONES_OK(zone_edit_save(db, &ZONES_HELPDESK, "h", "flags.example", more, false, 0, NULL, NULL, ZONES_NOW, &result,
                            &ok_err));
    change_result_done(&own);
}
END_TEST

START_TEST(life_cycle)
{
    db_t *db = zones_db();
    change_result_t created = zones_create(db, "life.example.", APEX "www A 192.0.2.1\n"), result = {0};
    AUTO_ERR err = ERR_INFO_INIT;
    ck_assert_int_eq(zone_life_enable(db, &ZONES_ADMIN, "life.example", ZONES_NOW, &result, &err), ERR_ZONE_SM_FAILURE);
    ZONES_OK(zone_life_disable(db, &ZONES_ADMIN, "life.example", ZONES_NOW, &result, &ok_err));
    ck_assert(result.publishes);
    change_result_t quiet = zones_save(db, "life.example.", APEX "www A 192.0.2.2\n"); /* kept, not published */
    ck_assert(!quiet.publishes && quiet.zi_id != created.zi_id);
    ZONES_OK(zone_life_enable(db, &ZONES_ADMIN, "life.example", ZONES_NOW, &result, &ok_err));
    ck_assert(result.publishes && result.zi_id == quiet.zi_id);
    ZONES_OK(zone_life_reset(db, &ZONES_ADMIN, "life.example", 0, ZONES_NOW, &result, &ok_err));
    ck_assert_int_eq(zone_life_refresh(db, &ZONES_ADMIN, "life.example", 999999, ZONES_NOW, &result, &err),
                     ERR_ZI_NOT_FOUND);
    ZONES_OK(zone_life_refresh(db, &ZONES_ADMIN, "life.example", created.zi_id, ZONES_NOW, &result, &ok_err));
    ck_assert_int_eq(result.zi_id, created.zi_id);
    /* saving what is newest although an older version was chosen publishes it without a new version */
    change_result_t saved = zones_save(db, "life.example.", APEX "www A 192.0.2.2\n");
    ck_assert(saved.unchanged && saved.publishes && saved.zi_id == quiet.zi_id);
    ZONES_OK(zone_life_delete(db, &ZONES_ADMIN, "life.example", ZONES_NOW, &result, &ok_err));
    ZONES_OK(zone_life_undelete(db, &ZONES_ADMIN, created.zone_id, ZONES_NOW, &result, &ok_err));
    zone_view_t view = zones_show(db, "life.example", 0);
    ck_assert_int_eq(view.zone.state, ZONE_CREATE);
    zone_view_done(&view);
    ck_assert_int_eq(zones_number(db, "select count(*) from change where ok"), 9);
}
END_TEST

START_TEST(reverse_zone_has_its_network)
{
    db_t *db = zones_db();
    zone_options_t options = ZONE_OPTIONS_INIT;
    change_result_t result = {0};
    ZONES_OK(zone_edit_create(db, &ZONES_ADMIN, "a", "192.0.2.0/24", NULL, false, &options, NULL, ZONES_NOW, &result,
                              &ok_err));
    zone_view_t view = zones_show(db, "192.0.2.0/24", 0);
    ck_assert_str_eq(view.zone.name, "2.0.192.in-addr.arpa.");
    ck_assert(view.zone.inc_updates);
    zone_view_done(&view);
    ck_assert_int_eq(zones_number(db, "select count(*) from reverse_network where network >>= inet '192.0.2.7'"), 1);
}
END_TEST

START_TEST(changes_between_versions)
{
    db_t *db = zones_db();
    change_result_t a =
        zones_create(db, "diff.example.", APEX "a A 192.0.2.1\nb A 192.0.2.2\n;!DISABLE\nc A 192.0.2.3\n");
    change_result_t b =
        zones_save(db, "diff.example.", APEX "a A 192.0.2.1\nc A 192.0.2.3\n60 A 192.0.2.4\n;# x\nd MX 10 a\n");
    change_result_t c = zones_save(
        db, "diff.example.", APEX ";# comment only\na A 192.0.2.1\nc A 192.0.2.3\n60 A 192.0.2.4\n;# x\nd MX 10 a\n");
    ck_assert(a.zi_id < b.zi_id && b.zi_id < c.zi_id);
    static const struct {
        int from, to;
        const char *remove, *add;
    } cases[] = {
        {1, 2, "b.diff.example. 3600 A 192.0.2.2;",
         "60.diff.example. 3600 A 192.0.2.4;c.diff.example. 3600 A 192.0.2.3;d.diff.example. 3600 MX 10 "
         "a.diff.example.;"},
        {2, 1,
         "60.diff.example. 3600 A 192.0.2.4;c.diff.example. 3600 A 192.0.2.3;d.diff.example. 3600 MX 10 "
         "a.diff.example.;",
         "b.diff.example. 3600 A 192.0.2.2;"},
        {2, 3, "", ""},
        {3, 3, "", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        zi_change_t *changes = NULL;
        size_t count = 0;
        ZONES_OK(zi_store_changes(db, a.zone_id, cases[i].from, cases[i].to, &changes, &count, &ok_err));
        dns_diff_t diff = {0};
        dns_diff_in_t in = {.zone = "diff.example.",
                            .old_zone_ttl = 3600,
                            .new_zone_ttl = 3600,
                            .changes = changes,
                            .change_count = count};
        ZONES_OK(dns_diff(&in, &diff, &ok_err));
        AUTO_FREE char *removed = auto_strdup("");
        AUTO_FREE char *added = auto_strdup("");
        for (size_t k = 0; k < diff.remove_count; k++) {
            char *next = auto_printf("%s%s;", removed, diff.remove[k]);
            free(removed);
            removed = next;
        }
        for (size_t k = 0; k < diff.add_count; k++) {
            char *next = auto_printf("%s%s;", added, diff.add[k]);
            free(added);
            added = next;
        }
        ck_assert_str_eq(removed, cases[i].remove);
        ck_assert_str_eq(added, cases[i].add);
        dns_diff_done(&diff);
        zi_changes_free(changes, count);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("zone_edit");
    TCase *t = tcase_create("zone_edit");
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    tcase_add_test(t, edits_touch_what_changed);
    tcase_add_test(t, every_version_reads_as_it_was_saved);
    tcase_add_test(t, apex_comes_from_the_group);
    tcase_add_test(t, serials_never_go_back_for_a_name);
    tcase_add_test(t, locks);
    tcase_add_test(t, conditions);
    tcase_add_test(t, a_save_takes_few_round_trips);
    tcase_add_test(t, rights);
    tcase_add_test(t, life_cycle);
    tcase_add_test(t, reverse_zone_has_its_network);
    tcase_add_test(t, changes_between_versions);
    return s;
}

int main(void)
{
    harness_start();
    int failed = check_suite(suite());
    harness_stop();
    return failed;
}
