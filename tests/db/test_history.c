/* Versions over time: for random edits the difference of any two versions applied to the one gives the other; what was ever at a name;
 * record queries; what the clean-up of deleted zones keeps. */
#include "controller/usecase/record_find.h"
#include "controller/usecase/vacuum.h"
#include "controller/usecase/zone_copy.h"
#include "controller/usecase/zone_difference.h"
#include "controller/usecase/zone_life.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

#define APEX                                                                                                           \
    "$TTL 3600\n@ IN SOA ns1.dns-one.example. hostmaster.dns-one.example. 2024010100 10800 3600 1209600 3600\n"        \
    "@ IN NS ns1.dns-one.example.\n\n"
#define AUTO_DIFFERENCE AUTO_CLEANUP(zone_difference_done) zone_difference_t
#define AUTO_VIEW AUTO_CLEANUP(zone_view_done) zone_view_t

/* ---- a version as a sorted list of lines, one a record */

typedef struct {
    char *lines[400];
    size_t count;
} set_t;

static char *line_of(const zonedata_rr_t *rr)
{
    return auto_printf("%s %u %s ttl=%lld c=%s d=%d l=%d t=%d r=%s", rr->label, rr->type, rr->rdata, rr->has_ttl ? (long long)rr->ttl : -1,
                       rr->comment != NULL ? rr->comment : "", rr->disable, rr->lock_ptr, rr->track_reverse,
                       rr->reference != NULL ? rr->reference : "");
}

static void put(set_t *set, const zonedata_rr_t *rr)
{
    ck_assert_uint_lt(set->count, ARRAY_SIZE(set->lines));
    set->lines[set->count++] = line_of(rr);
}

static void take(set_t *set, const zonedata_rr_t *rr)
{
    AUTO_FREE char *line = line_of(rr);
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->lines[i], line) == 0) {
            free(set->lines[i]);
            set->lines[i] = set->lines[--set->count];
            return;
        }
    }
    ck_abort_msg("the difference takes a record away that is not there: %s", line);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static set_t version(db_t *db, const char *name, int64_t zi_id)
{
    AUTO_VIEW view = zones_show(db, name, zi_id);
    set_t set = {0};
    for (size_t g = 0; g < view.data->count; g++) {
        for (size_t i = 0; i < view.data->groups[g].count; i++)
            put(&set, &view.data->groups[g].rrs[i]);
    }
    return set;
}

static void apply(set_t *set, const zone_difference_t *d)
{
    for (size_t i = 0; i < d->item_count; i++) {
        if (d->items[i].before.rr != NULL)
            take(set, d->items[i].before.rr);
    }
    for (size_t i = 0; i < d->item_count; i++) {
        if (d->items[i].after.rr != NULL)
            put(set, d->items[i].after.rr);
    }
}

static void same(set_t *a, set_t *b)
{
    qsort(a->lines, a->count, sizeof(char *), by_text);
    qsort(b->lines, b->count, sizeof(char *), by_text);
    ck_assert_uint_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        ck_assert_str_eq(a->lines[i], b->lines[i]);
        free(a->lines[i]);
        free(b->lines[i]);
    }
}

/* ---- random contents */

static unsigned s_random;
static unsigned dice(unsigned sides)
{
    s_random = s_random * 1103515245 + 12345;
    return (s_random >> 16) % sides;
}

static char *random_text(void)
{
    char *text = auto_strdup(APEX);
    for (unsigned i = 0; i < 12; i++) {
        static const char *const FLAGS[] = {"", "", "", ";!DISABLE\n", ";!TRACKREV\n", ";!REF:cust-7\n"};
        static const char *const TTLS[] = {"", "", "300", "7200"};
        static const char *const COMMENTS[] = {"", "", ";# a comment\n", ";# another one\n"};
        if (dice(3) == 0)
            continue;
        AUTO_FREE char *group = dice(4) == 0 ? auto_printf("\n;| group %u\n", dice(3)) : auto_strdup("");
        char *more = auto_printf("%s%s%s%sh%u %s IN A 192.0.2.%u\n", text, group, COMMENTS[dice(4)], FLAGS[dice(6)], i, TTLS[dice(4)], dice(3) + 1);
        free(text);
        text = more;
    }
    return text;
}

START_TEST(difference_applied_gives_the_other_version)
{
    enum { EDITS = 14 };
    db_t *db = zones_db();
    const char *seed = getenv("DMS_SIM_SEED");
    s_random = seed != NULL ? (unsigned)atoi(seed) : (unsigned)_i * 7919 + 1;
    AUTO_FREE char *first = random_text();
    int64_t ids[EDITS], zone_id;
    size_t count = 0;
    change_result_t created = zones_create(db, "prop.example.", first);
    ids[count++] = created.zi_id;
    zone_id = created.zone_id;
    change_result_done(&created);
    while (count < EDITS) {
        AUTO_FREE char *text = random_text();
        change_result_t saved = zones_save(db, "prop.example.", text);
        if (saved.zi_id != ids[count - 1])
            ids[count++] = saved.zi_id;
        change_result_done(&saved);
    }
    for (size_t gone = 0; gone < 3; gone++) { /* versions that are forgotten leave the others as they were */
        size_t victim = 1 + dice((unsigned)count - 2);
        change_result_t result = {0};
        ZONES_OK(zone_copy_delete_zi(db, &ZONES_ADMIN, "prop.example.", ids[victim], ZONES_NOW, &result, &ok_err));
        change_result_done(&result);
        memmove(&ids[victim], &ids[victim + 1], (count - victim - 1) * sizeof(ids[0]));
        count--;
    }
    ck_assert_int_ne(zone_id, 0);
    size_t differ = 0;
    for (size_t a = 0; a < count; a++) {
        for (size_t b = 0; b < count; b++) {
            AUTO_DIFFERENCE d = {0};
            ZONES_OK(zone_difference(db, &ZONES_ADMIN, "prop.example.", ids[a], NULL, ids[b], &d, &ok_err));
            differ += d.item_count > 0;
            ck_assert(a != b || (d.item_count == 0 && d.value_count == 0 && d.group_count == 0));
            set_t before = version(db, "prop.example.", ids[a]), after = version(db, "prop.example.", ids[b]);
            apply(&before, &d);
            same(&before, &after);
        }
    }
    ck_assert_uint_gt(differ, count);
}
END_TEST

static char *text_of(db_t *db, const char *name, int64_t zi, const char *other, int64_t other_zi)
{
    AUTO_DIFFERENCE d = {0};
    ZONES_OK(zone_difference(db, &ZONES_ADMIN, name, zi, other, other_zi, &d, &ok_err));
    return zone_difference_text(&d);
}

static void has(const char *text, const char *part) { ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in:\n%s", part, text); }

START_TEST(difference_as_text)
{
    db_t *db = zones_db();
    change_result_t a = zones_create(db, "text.example.", APEX ";| hosts\nwww A 192.0.2.1\nold A 192.0.2.2\n\n;| mail\nmx A 192.0.2.5\n");
    change_result_t b = zones_save(db, "text.example.",
                                   APEX ";| web hosts\nwww 300 A 192.0.2.1\nnew AAAA 2001:db8::1\n\n;| mail\n;# moved\nmx A 192.0.2.5\n");
    AUTO_FREE char *forth = text_of(db, "text.example.", a.zi_id, NULL, b.zi_id);
    AUTO_FREE char *back = text_of(db, "text.example.", b.zi_id, NULL, a.zi_id);
    AUTO_FREE char *none = text_of(db, "text.example.", b.zi_id, NULL, b.zi_id);
    ck_assert_str_eq(none, "");
    has(forth, "--- text.example. zi ");
    has(forth, "@@ web hosts @@\n-;| hosts\n+;| web hosts\n");
    has(forth, "+new                     IN      AAAA            2001:db8::1\n");
    has(forth, "-old                     IN      A               192.0.2.2\n");
    has(forth, "-www                     IN      A               192.0.2.1\n+www             300     IN      A               192.0.2.1\n");
    has(forth, "@@ mail @@\n-mx                      IN      A               192.0.2.5\n+;# moved\n+mx                      IN      A ");
    has(forth, "@@ SOA and zone @@\n-soa_serial ");
    has(back, "-new                     IN      AAAA            2001:db8::1\n");
    has(back, "@@ hosts @@\n-;| web hosts\n+;| hosts\n");
    change_result_t other = zones_create(db, "other.example.", APEX ";| hosts\nwww A 192.0.2.1\nold A 192.0.2.9\n\n;| mail\nmx A 192.0.2.5\n");
    AUTO_FREE char *between = text_of(db, "text.example.", a.zi_id, "other.example.", other.zi_id);
    has(between, "@@ hosts @@\n-old                     IN      A               192.0.2.2\n+old                     IN      A               192.0.2.9\n");
    ck_assert_ptr_null(strstr(between, "www"));
    change_result_done(&a);
    change_result_done(&b);
    change_result_done(&other);
}
END_TEST

START_TEST(difference_costs_what_changed)
{
    db_t *db = zones_db();
    char *text = auto_strdup(APEX);
    size_t cap = 0, len = strlen(text);
    for (int i = 0; i < 3000; i++) {
        text = auto_grow(text, &cap, len + 80, 1);
        len += (size_t)sprintf(text + len, "host-%d A 192.0.2.%d\n", i, i % 250);
    }
    change_result_t a = zones_create(db, "big.example.", text);
    text = auto_grow(text, &cap, len + 80, 1);
    strcpy(text + len, "one-more A 192.0.2.1\n");
    change_result_t b = zones_save(db, "big.example.", text);
    free(text);
    AUTO_DIFFERENCE d = {0};
    ZONES_OK(zone_difference(db, &ZONES_ADMIN, "big.example.", a.zi_id, NULL, b.zi_id, &d, &ok_err));
    ck_assert_uint_eq(d.row_count, 1);
    ck_assert_uint_eq(d.item_count, 1);
    ck_assert_ptr_null(d.data[0]);
    ck_assert_str_eq(d.items[0].after.rr->label, "one-more");
    change_result_done(&a);
    change_result_done(&b);
}
END_TEST

START_TEST(history_of_a_name)
{
    db_t *db = zones_db();
    change_result_t v[4];
    v[0] = zones_create(db, "past.example.", APEX "www A 192.0.2.1\n");
    v[1] = zones_save(db, "past.example.", APEX "www A 192.0.2.1\nwww AAAA 2001:db8::1\n");
    v[2] = zones_save(db, "past.example.", APEX "www A 192.0.2.2\nwww AAAA 2001:db8::1\n");
    v[3] = zones_save(db, "past.example.", APEX "other A 192.0.2.3\n");
    static const struct { const char *rdata; int from, to; } expected[] = {{"192.0.2.2", 2, 3}, {"2001:db8::1", 1, 3}, {"192.0.2.1", 0, 2}};
    int64_t before = 0;
    for (size_t i = 0; i < 4; i++) { /* in pages of one */
        AUTO_CLEANUP(zone_row_done) zone_row_t zone = {0};
        record_row_t *rows = NULL;
        size_t count = 0;
        ZONES_OK(record_find_history(db, &ZONES_ADMIN, "past.example", "www", 0, before, 1, &zone, &rows, &count, &ok_err));
        ck_assert_uint_eq(count, i < 3 ? 1 : 0);
        if (count > 0) {
            ck_assert_str_eq(rows[0].rr.rdata, expected[i].rdata);
            ck_assert_int_eq(rows[0].zi_id, v[expected[i].from].zi_id);
            ck_assert_int_eq(rows[0].until_zi_id, v[expected[i].to].zi_id);
            ck_assert_str_eq(rows[0].change_by, "anna/Admin");
            before = rows[0].rr.id;
        }
        record_store_rows_free(rows, count);
    }
    AUTO_ERR err = ERR_INFO_INIT;
    AUTO_CLEANUP(zone_row_done) zone_row_t zone = {0};
    record_row_t *rows = NULL;
    size_t count = 0;
    ck_assert_int_eq(record_find_history(db, &ZONES_ADMIN, "past.example", "www.example.net.", 0, 0, 1, &zone, &rows, &count, &err),
                     ERR_LABEL_NOT_IN_DOMAIN);
    for (size_t i = 0; i < 4; i++)
        change_result_done(&v[i]);
}
END_TEST

/* "label type rdata" of all that a query finds, blank and bar between; "" for nothing. */
static char *query(db_t *db, const char *label, const char *name, uint16_t type, const char *rdata, bool all_zis, bool show_all)
{
    AUTO_CLEANUP(record_place_done) record_place_t place = {0};
    record_wish_t wish = {.types = &type, .type_count = type != 0 ? 1 : 0, .rdata = rdata, .all_zis = all_zis, .show_all = show_all};
    record_row_t *rows = NULL;
    size_t count = 0;
    int64_t zi_id = 0;
    ZONES_OK(record_find_place(db, &ZONES_ADMIN, label, name, &place, &ok_err));
    ZONES_OK(record_find(db, &place, &wish, &rows, &count, &zi_id, &ok_err));
    char *text = auto_strdup("");
    for (size_t i = 0; i < count; i++) {
        char *more = auto_printf("%s%s%s %u %s", text, i > 0 ? " | " : "", rows[i].rr.label, rows[i].rr.type, rows[i].rr.rdata);
        free(text);
        text = more;
    }
    record_store_rows_free(rows, count);
    return text;
}

START_TEST(record_queries)
{
    db_t *db = zones_db();
    change_result_t parent = zones_create(db, "q.example.", APEX "www A 192.0.2.1\nweb A 192.0.2.9\nsub NS ns1.dns-one.example.\n");
    change_result_t child =
        zones_create(db, "sub.q.example.", APEX "www AAAA 2001:DB8:0:0::1\nwww TXT \"v=spf1 -all\"\n;!DISABLE\noff A 192.0.2.7\n");
    change_result_t later = zones_save(db, "q.example.", APEX "www A 192.0.2.2\nweb A 192.0.2.9\nsub NS ns1.dns-one.example.\n");
    zones_number(db, "with u as (update dms.zone set zi_id = zi_candidate_id, state = 'PUBLISHED' returning 1) select count(*) from u");
    static const struct {
        const char *label, *name;
        uint16_t type;
        const char *rdata;
        bool all_zis, show_all;
        const char *expected;
    } cases[] = {
        {"www.q.example", NULL, 0, NULL, false, false, "www 1 192.0.2.2"},
        {"WWW.Sub.Q.example.", NULL, RR_AAAA, NULL, false, false, "www 28 2001:db8::1"},
        {"www.sub.q.example", NULL, 0, "2001:0db8::0001", false, false, "www 28 2001:db8::1"},
        {"www.sub.q.example", NULL, 0, "v=spf1 -all", false, false, "www 16 \"v=spf1 -all\""},
        {"www.sub.q.example", NULL, RR_TXT, "\"v=spf1 -all\"", false, false, "www 16 \"v=spf1 -all\""},
        {"www.sub.q.example", NULL, RR_A, NULL, false, false, ""},
        {"w?b.q.example", NULL, 0, NULL, false, false, "web 1 192.0.2.9"},
        {"w*", "q.example", 0, NULL, false, false, "web 1 192.0.2.9 | www 1 192.0.2.2"},
        {"www", "q.example.", 0, NULL, true, false, "www 1 192.0.2.1 | www 1 192.0.2.2"},
        {"off", "sub.q.example", 0, NULL, false, false, ""},
        {"off", "sub.q.example", 0, NULL, false, true, "off 1 192.0.2.7"},
        {"www.sub", "q.example", 0, NULL, false, false, ""},
        {"@", "q.example", RR_NS, NULL, false, false, "@ 2 ns1.dns-one.example."},
        {"q.example", NULL, RR_NS, "ns1.dns-one.example.", false, false, "@ 2 ns1.dns-one.example."},
        {"www.absent.test", NULL, 0, NULL, false, false, ""},
        {"www", "absent.test", 0, NULL, false, false, ""},
        {"www.q.example.", "sub.q.example.", 0, NULL, false, false, ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_FREE char *found = query(db, cases[i].label, cases[i].name, cases[i].type, cases[i].rdata, cases[i].all_zis, cases[i].show_all);
        ck_assert_msg(strcmp(found, cases[i].expected) == 0, "%zu: %s: %s, not %s", i, cases[i].label, found, cases[i].expected);
    }
    zones_number(db, "with u as (update dms.zone set state = 'DISABLED' where name = 'q.example.' returning 1) select count(*) from u");
    AUTO_FREE char *disabled = query(db, "www.q.example", NULL, 0, NULL, false, false);
    AUTO_FREE char *shown = query(db, "www.q.example", NULL, 0, NULL, false, true);
    ck_assert_str_eq(disabled, "");
    ck_assert_str_eq(shown, "www 1 192.0.2.2");
    AUTO_ERR err = ERR_INFO_INIT;
    AUTO_CLEANUP(record_place_done) record_place_t place = {0};
    ck_assert_int_eq(record_find_place(db, &ZONES_ADMIN, ".example.org", NULL, &place, &err), ERR_RR_QUERY_DOMAIN);
    ck_assert_int_eq(record_find_place(db, &ZONES_ADMIN, "www", ".example.org", &place, &err), ERR_RR_QUERY_DOMAIN);
    change_result_done(&parent);
    change_result_done(&child);
    change_result_done(&later);
}
END_TEST

START_TEST(paring_keeps_published_and_candidate)
{
    db_t *db = zones_db();
    int64_t ids[5];
    change_result_t result = zones_create(db, "pare.example.", APEX "v A 192.0.2.0\n");
    ids[0] = result.zi_id;
    change_result_done(&result);
    for (int i = 1; i < 5; i++) {
        AUTO_FREE char *text = auto_printf(APEX "v A 192.0.2.%d\n", i);
        result = zones_save(db, "pare.example.", text);
        ids[i] = result.zi_id;
        change_result_done(&result);
    }
    AUTO_FREE char *set = auto_printf("with u as (update dms.zone set zi_id = %lld, zi_candidate_id = %lld, state = 'DELETED', deleted_start ="
                                      " '2026-01-01' where name = 'pare.example.' returning 1) select count(*) from u",
                                      (long long)ids[1], (long long)ids[3]);
    ck_assert_int_eq(zones_number(db, set), 1);
    vacuum_counts_t counts = {0};
    ZONES_OK(vacuum_run(db, &ZONES_ADMIN, VACUUM_PARE, 30, -1, ZONES_NOW, &counts, &result, &ok_err));
    ck_assert_int_eq(counts.pared, 3);
    AUTO_FREE char *left = auto_printf("select count(*) from dms.zi where id in (%lld, %lld)", (long long)ids[1], (long long)ids[3]);
    ck_assert_int_eq(zones_number(db, left), 2);
    ck_assert_int_eq(zones_number(db, "select count(*) from dms.zi"), 2);
    ck_assert_int_eq(zones_number(db, "select count(*) from dms.rr where label = 'v'"), 2);
}
END_TEST

int main(void)
{
    harness_start();
    Suite *suite = suite_create("history");
    TCase *tc = tcase_create("all");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, difference_applied_gives_the_other_version, 0, 4);
    tcase_add_test(tc, difference_as_text);
    tcase_add_test(tc, difference_costs_what_changed);
    tcase_add_test(tc, history_of_a_name);
    tcase_add_test(tc, record_queries);
    tcase_add_test(tc, paring_keeps_published_and_candidate);
    suite_add_tcase(suite, tc);
    int failed = check_suite(suite);
    harness_stop();
    return failed;
}
