/* Versions that go, copies, and the rows that nobody sees any more. */
#include "controller/store/zi_store.h"
#include "controller/store/zone_store.h"
#include "controller/usecase/vacuum.h"
#include "controller/usecase/zone_copy.h"
#include "controller/usecase/zone_life.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

#define APEX "$TTL 3600\n@ IN SOA ns1.dns-one.example. hostmaster.dns-one.example. 1 10800 3600 1209600 3600\n@ IN NS ns1.dns-one.example.\n\n"
enum { VERSIONS = 24, RECORDS = 12 };

static uint64_t s_random;
static unsigned pick(unsigned below)
{
    s_random ^= s_random << 13;
    s_random ^= s_random >> 7;
    s_random ^= s_random << 17;
    return (unsigned)(s_random >> 33) % below;
}

/* Some of the records in groups that come, go and change their comments. */
static char *some_text(void)
{
    char *text = auto_strdup(APEX);
    for (unsigned g = 0; g < 3; g++) {
        bool named = false;
        for (unsigned r = g * RECORDS / 3; r < (g + 1) * RECORDS / 3; r++) {
            if (pick(3) == 0)
                continue;
            char *next = auto_printf("%s%s%sr%u %s A 192.0.2.%u\n", text, named ? "" : pick(2) != 0 ? "\n;| Web\n" : "\n;| Mail\n",
                                     pick(4) == 0 ? ";# note\n" : "", r, pick(4) == 0 ? "300" : "", r);
            named = true;
            free(text);
            text = next;
        }
    }
    return text;
}

static char *shown(db_t *db, int64_t zi_id)
{
    zone_view_t view = zones_show(db, "life.example.", zi_id);
    char *text = zones_text(view.data);
    zone_view_done(&view);
    return text;
}

typedef struct {
    db_t *db;
    int64_t zone_id;
    struct { int64_t id; char *text; } zis[VERSIONS * 2]; /* id 0: gone */
    size_t count;
} history_t;

static void remember(history_t *h, int64_t zi_id)
{
    h->zis[h->count].id = zi_id;
    h->zis[h->count++].text = shown(h->db, zi_id);
}

static void add_version(history_t *h)
{
    AUTO_FREE char *text = some_text();
    change_result_t result = h->count == 0 ? zones_create(h->db, "life.example.", text) : zones_save(h->db, "life.example.", text);
    h->zone_id = result.zone_id;
    if (!result.unchanged)
        remember(h, result.zi_id);
    change_result_done(&result);
}

static void check_all(history_t *h)
{
    for (size_t i = 0; i < h->count; i++) {
        if (h->zis[i].id == 0)
            continue;
        AUTO_FREE char *got = shown(h->db, h->zis[i].id);
        ck_assert_msg(strcmp(got, h->zis[i].text) == 0, "version %zu\n--- wanted\n%s\n--- got\n%s", i, h->zis[i].text, got);
    }
    static const char *const nothing[] = {
        "select count(*) from dms.rr r where not exists (select from dms.zi i where i.zone_id = r.zone_id and i.seq >= r.since"
        " and (r.until is null or i.seq < r.until))",
        "select count(*) from dms.rr_group r where not exists (select from dms.zi i where i.zone_id = r.zone_id and i.seq >= r.since"
        " and (r.until is null or i.seq < r.until))",
        "select count(*) from dms.rr r where not exists (select from dms.rr_group g where g.zone_id = r.zone_id and g.group_no = r.group_no"
        " and g.since <= r.since and (g.until is null or g.until > r.since))",
        "select count(*) from dms.rr r join dms.zone z on z.id = r.zone_id where r.since > z.zi_count or r.until > z.zi_count",
        "select count(*) from dms.zone z where z.zi_count <> (select max(seq) from dms.zi where zone_id = z.id)",
    };
    for (size_t i = 0; i < ARRAY_SIZE(nothing); i++)
        ck_assert_msg(zones_number(h->db, nothing[i]) == 0, "%s", nothing[i]);
}

static void forget_some(history_t *h)
{
    int64_t seqs[VERSIONS * 2];
    size_t count = 0;
    zone_view_t view = zones_show(h->db, "life.example.", 0);
    for (size_t i = 0; i < view.all_zi_count; i++) {
        const zi_row_t *zi = &view.all_zis[i];
        if (pick(3) != 0 || zi->id == view.zone.zi_id || zi->id == view.zone.zi_candidate_id)
            continue;
        seqs[count++] = zi->seq;
        for (size_t k = 0; k < h->count; k++)
            h->zis[k].id = h->zis[k].id == zi->id ? 0 : h->zis[k].id;
    }
    zone_view_done(&view);
    ZONES_OK(zi_store_forget(h->db, h->zone_id, seqs, count, &ok_err));
}

/* A copy of an old version is the newest one, yet not the candidate: it may go, and then the one before is the newest again. */
static void copy_one(history_t *h)
{
    size_t i = pick((unsigned)h->count);
    if (h->zis[i].id == 0)
        return;
    change_result_t result = {0};
    ZONES_OK(zone_copy_zi(h->db, &ZONES_ADMIN, "anna", "life.example.", h->zis[i].id, "life.example.", NULL, ZONES_NOW, &result, &ok_err));
    AUTO_FREE char *got = shown(h->db, result.zi_id);
    ck_assert_str_eq(got, h->zis[i].text);
    ck_assert(!result.publishes);
    if (pick(2) == 0) {
        change_result_t gone = {0};
        ZONES_OK(zone_copy_delete_zi(h->db, &ZONES_ADMIN, "life.example.", result.zi_id, ZONES_NOW, &gone, &ok_err));
    } else {
        remember(h, result.zi_id);
    }
    change_result_done(&result);
}

START_TEST(neighbours_read_as_before)
{
    s_random = UINT64_C(88172645463325252) + (uint64_t)_i;
    history_t h = {.db = zones_db()};
    while (h.count < VERSIONS) {
        add_version(&h);
        if (pick(3) == 0)
            copy_one(&h);
        if (pick(4) == 0) {
            forget_some(&h);
            check_all(&h);
        }
    }
    forget_some(&h);
    check_all(&h);
    for (size_t i = 0; i < h.count; i++)
        free(h.zis[i].text);
}
END_TEST

START_TEST(versions_in_use_stay)
{
    db_t *db = zones_db();
    change_result_t first = zones_create(db, "life.example.", APEX "a A 192.0.2.1\n");
    change_result_t result = {0};
    AUTO_ERR info = ERR_INFO_INIT;
    ck_assert_int_eq(zone_copy_delete_zi(db, &ZONES_ADMIN, "life.example.", first.zi_id, ZONES_NOW, &result, &info), ERR_ZI_IN_USE);
    AUTO_ERR none = ERR_INFO_INIT;
    ck_assert_int_eq(zone_copy_delete_zi(db, &ZONES_ADMIN, "life.example.", 999, ZONES_NOW, &result, &none), ERR_ZI_NOT_FOUND);
    change_result_done(&first);
}
END_TEST

/* A copied version is the newest one, but conditions speak of what is to be published. */
START_TEST(condition_after_a_copy)
{
    db_t *db = zones_db();
    change_result_t first = zones_create(db, "life.example.", APEX "a A 192.0.2.1\n"), copy = {0}, saved = {0};
    zone_view_t view = zones_show(db, "life.example.", first.zi_id);
    const edit_condition_t condition = {.if_zi_id = first.zi_id, .if_serial = view.zi.soa_serial};
    zone_view_done(&view);
    ZONES_OK(zone_copy_zi(db, &ZONES_ADMIN, "anna", "life.example.", 0, "life.example.", NULL, ZONES_NOW, &copy, &ok_err));
    AUTO(zonedata) data = zones_parse("life.example.", APEX "a A 192.0.2.2\n");
    ZONES_OK(zone_edit_save(db, &ZONES_ADMIN, "anna", "life.example.", data, false, 0, &condition, NULL, ZONES_NOW, &saved, &ok_err));
    AUTO_ERR info = ERR_INFO_INIT;
    ck_assert_int_eq(zone_edit_save(db, &ZONES_ADMIN, "anna", "life.example.", data, false, 0, &condition, NULL, ZONES_NOW, &saved, &info),
                     ERR_PRECONDITION_FAILED);
    change_result_done(&first);
    change_result_done(&copy);
    change_result_done(&saved);
}
END_TEST

/* ---- vacuum */

static void run_sql(db_t *db, const char *sql)
{
    ZONES_OK(db_script(db, sql, &ok_err));
}

static vacuum_counts_t vacuum(db_t *db, unsigned what, int64_t age, int64_t keep)
{
    vacuum_counts_t counts = {0};
    change_result_t result = {0};
    ZONES_OK(vacuum_run(db, &ZONES_ADMIN, what, age, keep, ZONES_NOW, &counts, &result, &ok_err));
    ck_assert_int_gt(result.change_id, 0);
    return counts;
}

static void refresh_history(history_t *h)
{
    for (size_t i = 0; i < h->count; i++) {
        AUTO_FREE char *sql = auto_printf("select count(*) from dms.zi where id = %lld", (long long)h->zis[i].id);
        h->zis[i].id = zones_number(h->db, sql) == 1 ? h->zis[i].id : 0;
    }
}

START_TEST(vacuum_of_versions)
{
    s_random = UINT64_C(4711);
    history_t h = {.db = zones_db()};
    while (h.count < 12)
        add_version(&h);
    run_sql(h.db, "update dms.zi set mtime = mtime - (13 - seq) * interval '10 days'");
    ck_assert_int_eq(vacuum(h.db, VACUUM_ZIS, -1, -1).zis, 0); /* 12 are not more than zi_max_num */
    /* older than 50 days: versions 1 to 7; the newest 3 and the one in use stay in any case */
    run_sql(h.db, "update dms.zone set zi_id = (select id from dms.zi where seq = 2)");
    ck_assert_int_eq(vacuum(h.db, VACUUM_ZIS, 50, 3).zis, 6);
    refresh_history(&h);
    ck_assert(h.zis[0].id == 0 && h.zis[1].id != 0 && h.zis[2].id == 0 && h.zis[7].id != 0);
    check_all(&h);
    ck_assert_int_eq(vacuum(h.db, VACUUM_ZIS, 0, 3).zis, 2); /* 8 and 9 */
    ck_assert_int_eq(vacuum(h.db, VACUUM_ZIS, 0, 0).zis, 2); /* 10 and 11; 2 is published, 12 the candidate */
    refresh_history(&h);
    check_all(&h);
    ck_assert_int_eq(zones_number(h.db, "select count(*) from dms.zi"), 2);
    ck_assert_int_eq(vacuum(h.db, VACUUM_PARE, 1, -1).pared, 0); /* it lives */
    for (size_t i = 0; i < h.count; i++)
        free(h.zis[i].text);
}
END_TEST

START_TEST(vacuum_of_zones_and_events)
{
    db_t *db = zones_db();
    change_result_t a = zones_create(db, "a.example.", APEX "x A 192.0.2.1\n"), b = zones_create(db, "b.example.", APEX "x A 192.0.2.1\n");
    change_result_t more = zones_save(db, "a.example.", APEX "x A 192.0.2.2\n"), result = {0};
    run_sql(db, "update dms.zone set zi_id = zi_candidate_id");
    ZONES_OK(zone_life_delete(db, &ZONES_ADMIN, "a.example.", ZONES_NOW, &result, &ok_err));
    ck_assert_int_eq(vacuum(db, VACUUM_ZONES, -1, -1).zones, 0); /* zone_del_age is 0: never */
    ck_assert_int_eq(vacuum(db, VACUUM_PARE, -1, -1).pared, 0);
    run_sql(db, "update dms.zone set deleted_start = deleted_start - interval '91 days' where state = 'DELETED'");
    ck_assert_int_eq(vacuum(db, VACUUM_PARE, -1, -1).pared, 1);
    ck_assert_int_eq(zones_number(db, "select count(*) from dms.zi i join dms.zone z on z.id = i.zone_id where z.state = 'DELETED'"), 1);
    ck_assert_int_eq(vacuum(db, VACUUM_ZONES, 92, -1).zones, 0);
    ck_assert_int_eq(vacuum(db, VACUUM_ZONES, 90, -1).zones, 1);
    const char *pattern = "b.example.";
    const zone_filter_t filter = {.patterns = &pattern, .pattern_count = 1, .include_disabled = true};
    nuked_t *nuked = NULL;
    size_t count = 0;
    ZONES_OK(zone_life_nuke(db, &ZONES_ADMIN, &filter, ZONES_NOW, &nuked, &count, &ok_err));
    ck_assert_uint_eq(count, 1);
    zone_life_nuked_free(nuked, count);
    vacuum_counts_t all = vacuum(db, VACUUM_ALL, -1, -1);
    ck_assert(all.zones == 1 && all.events == 0 && all.zis == 0 && all.pared == 0);
    ck_assert_int_eq(zones_number(db, "select count(*) from dms.zone"), 0);
    ck_assert_int_eq(zones_number(db, "select count(*) from dms.rr"), 0);
    ck_assert_int_eq(zones_number(db, "select count(*) from dms.event where done is null and kind = 'zone'"), 0);
    ck_assert_int_gt(zones_number(db, "select count(*) from dms.event where done is not null"), 3);
    run_sql(db, "update dms.event set done = done - interval '121 days' where done is not null");
    ck_assert_int_gt(vacuum(db, VACUUM_EVENTS, -1, -1).events, 3);
    ck_assert_int_eq(zones_number(db, "select count(*) from dms.event where done < now() - interval '120 days'"), 0);
    change_result_done(&a);
    change_result_done(&b);
    change_result_done(&more);
}
END_TEST

int main(void)
{
    harness_start();
    Suite *suite = suite_create("zone_life");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 100);
    tcase_add_loop_test(tcase, neighbours_read_as_before, 0, 4);
    tcase_add_test(tcase, versions_in_use_stay);
    tcase_add_test(tcase, condition_after_a_copy);
    tcase_add_test(tcase, vacuum_of_versions);
    tcase_add_test(tcase, vacuum_of_zones_and_events);
    suite_add_tcase(suite, tcase);
    int failed = check_suite(suite);
    harness_stop();
    return failed;
}
