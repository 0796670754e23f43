/* Differences: applied to what is stored they give what was submitted, at the cost of the change. */
#include "controller/domain/apex.h"
#include "controller/domain/dns_diff.h"
#include "controller/domain/name_index.h"
#include "controller/domain/zone_diff.h"
#include "tests/unit/check_run.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "a b | c" -> the empty apex group, a group with records a and b, one with c.  "x:" at the start of a group is its
 * comment. */
static zonedata_t *build(const char *text)
{
    zonedata_t *data = zonedata_new("zone.example.");
    AUTO_FREE char *copy = auto_strdup(text);
    zonedata_group_t *group = zonedata_add_group(data, NULL, NULL);
    for (char *save = NULL, *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        if (strcmp(word, "|") == 0) {
            group = zonedata_add_group(data, NULL, NULL);
        } else if (word[strlen(word) - 1] == ':') {
            group->comment = auto_strdup(word);
        } else {
            zonedata_rr_t *rr = zonedata_add_rr(data, group);
            char *comment = strchr(word, '=');
            rr->comment = auto_strdup(comment);
            rr->label = auto_strndup(word, comment == NULL ? strlen(word) : (size_t)(comment - word));
            rr->type = RR_A;
            rr->rdata = auto_strdup("192.0.2.1");
        }
    }
    return data;
}

static char *text_of(const zonedata_t *data)
{
    char *all = auto_strdup("");
    for (size_t g = 1; g < data->count; g++) {
        for (size_t r = 0; r <= data->groups[g].count; r++) {
            const char *comment = data->groups[g].comment;
            char *next =
                r == 0
                    ? auto_printf("%s%s%s%s", all, g > 1 ? "| " : "", comment == NULL ? "" : comment,
                                  comment == NULL ? "" : " ")
                    : auto_printf("%s%s%s ", all, data->groups[g].rrs[r - 1].label,
                                  data->groups[g].rrs[r - 1].comment == NULL ? "" : data->groups[g].rrs[r - 1].comment);
            free(all);
            all = next;
        }
    }
    return all;
}

/* The tables in memory. */
typedef struct {
    int64_t id;
    int group_no;
    double pos;
    char *label, *comment;
} row_t;
typedef struct {
    row_t rows[2000], groups[200];
    size_t row_count, group_count;
    int64_t next_id;
} store_t;

static int by_pos(const void *a, const void *b)
{
    const row_t *x = a, *y = b;
    return (x->pos > y->pos) - (x->pos < y->pos);
}

static void drop(row_t *rows, size_t *count, int64_t id)
{
    for (size_t i = 0; i < *count; i++) {
        if (rows[i].id != id)
            continue;
        free(rows[i].label);
        free(rows[i].comment);
        rows[i] = rows[--*count];
        return;
    }
    ck_abort_msg("row %lld to close is not there", (long long)id);
}

static void apply(store_t *s, const zi_delta_t *delta)
{
    for (size_t i = 0; i < delta->close_rr_count; i++)
        drop(s->rows, &s->row_count, delta->close_rrs[i]);
    for (size_t i = 0; i < delta->close_group_count; i++)
        drop(s->groups, &s->group_count, delta->close_groups[i]);
    for (size_t i = 0; i < delta->new_group_count; i++) {
        const struct zi_new_group *g = &delta->new_groups[i];
        s->groups[s->group_count++] = (row_t){g->group_no, g->group_no, g->pos, NULL, auto_strdup(g->comment)};
    }
    for (size_t i = 0; i < delta->new_rr_count; i++) {
        const struct zi_new_rr *r = &delta->new_rrs[i];
        s->rows[s->row_count++] =
            (row_t){++s->next_id, r->group_no, r->pos, auto_strdup(r->rr->label), auto_strdup(r->rr->comment)};
    }
}

static zonedata_t *load(store_t *s, zone_positions_t *positions)
{
    qsort(s->rows, s->row_count, sizeof(row_t), by_pos);
    qsort(s->groups, s->group_count, sizeof(row_t), by_pos);
    zonedata_t *data = zonedata_new("zone.example.");
    *positions = (zone_positions_t){auto_calloc(s->group_count + 1, sizeof(double)),
                                    auto_calloc(s->row_count + 1, sizeof(double)), 1};
    size_t ordinal = 0;
    for (size_t g = 0; g < s->group_count; g++) {
        ck_assert(g == 0 || s->groups[g - 1].pos < s->groups[g].pos);
        double last = -HUGE_VAL;
        zonedata_group_t *group = g == 0 ? &data->groups[0] : zonedata_add_group(data, s->groups[g].comment, NULL);
        group->id = s->groups[g].group_no;
        positions->group_pos[g] = s->groups[g].pos;
        positions->next_group_no =
            s->groups[g].group_no >= positions->next_group_no ? s->groups[g].group_no + 1 : positions->next_group_no;
        for (size_t r = 0; r < s->row_count; r++) {
            if (s->rows[r].group_no != s->groups[g].group_no)
                continue;
            ck_assert(s->rows[r].pos > last); /* two rows at one place have no order */
            last = s->rows[r].pos;
            zonedata_rr_t *rr = zonedata_add_rr(data, group);
            rr->id = s->rows[r].id;
            rr->label = auto_strdup(s->rows[r].label);
            rr->comment = auto_strdup(s->rows[r].comment);
            rr->type = RR_A;
            rr->rdata = auto_strdup("192.0.2.1");
            positions->rr_pos[ordinal++] = s->rows[r].pos;
        }
    }
    return data;
}

/* Save and read back; returns closed * 100 + opened record rows, + 10000 per group row closed or opened. */
static int save(store_t *s, const char *text)
{
    zone_positions_t positions = {0};
    AUTO(zonedata) old = s->group_count == 0 ? NULL : load(s, &positions);
    AUTO(zonedata) data = build(text);
    zi_delta_t delta = {0};
    zone_diff(old, old == NULL ? NULL : &positions, data, &delta);
    int cost = (int)(delta.close_rr_count * 100 + delta.new_rr_count +
                     10000 * (delta.close_group_count + delta.new_group_count));
    ck_assert_int_eq(zi_delta_is_empty(&delta), cost == 0);
    apply(s, &delta);
    zi_delta_done(&delta);
    zone_positions_done(&positions);
    AUTO(zonedata) read = load(s, &positions);
    zone_positions_done(&positions);
    AUTO_FREE char *got = text_of(read);
    AUTO_FREE char *wanted = text_of(data);
    ck_assert_str_eq(got, wanted);
    return cost;
}

static void store_done(store_t *s)
{
    while (s->row_count > 0)
        drop(s->rows, &s->row_count, s->rows[0].id);
    while (s->group_count > 0)
        drop(s->groups, &s->group_count, s->groups[0].id);
    free(s);
}

START_TEST(costs)
{
    static const struct {
        const char *text;
        int cost;
    } steps[] = {
        {"a b c d | e f", 30006},
        {"a b c d | e f", 0},
        {"a b x c d | e f", 1},
        {"y a b x c d z | e f", 2},
        {"a b x c d | e f", 200},
        {"x a b c d | e f", 101},           /* one moves */
        {"d x a b c | e f", 101},           /* the last to the front */
        {"e f | d x a b c", 20000},         /* groups change places: one of them moves */
        {"w: e f | d x a b c", 20000},      /* a comment of a group */
        {"w: e f=1 | d x a b c", 101},      /* a comment of a record */
        {"w: e f=1 | w: d x a b c", 20000}, /* two groups with one comment */
        {"w: d x a b c | w: e f=1", 20000},
        {"w: d x a b c e | w: f=1", 101},   /* a record changes its group */
        {"w: d x | w: a b c e | w: f=1", 10202}, /* a group is parted: its smaller half is rewritten */
        {"w: f=1", 10000 * 2 + 600},
        {"w: q | w: f=1", 10001},           /* a new group before the other: by content, not by order */
        {"n: | w: f=1", 10000 * 2 + 100},
        {"", 10000 * 3 + 100},
    };
    store_t *s = auto_calloc(1, sizeof(*s));
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        int cost = save(s, steps[i].text);
        ck_assert_msg(cost == steps[i].cost, "step %zu (%s): cost %d, wanted %d", i, steps[i].text, cost,
                      steps[i].cost);
    }
    store_done(s);
}
END_TEST

/* Always between the same two: when the gap is used up, the group is numbered anew once. */
START_TEST(small_gaps)
{
    store_t *s = auto_calloc(1, sizeof(*s));
    char *text = auto_strdup("first last");
    int rewrites = 0;
    save(s, text);
    for (int i = 0; i < 150; i++) {
        char *next = auto_printf("first n%d%s", i, text + 5);
        free(text);
        text = next;
        rewrites += save(s, text) != 1;
    }
    ck_assert_int_ge(rewrites, 1);
    ck_assert_int_le(rewrites, 5);
    free(text);
    store_done(s);
}
END_TEST

static uint32_t s_random = 2463534242u;
static unsigned pick(unsigned below)
{
    s_random ^= s_random << 13;
    s_random ^= s_random >> 17;
    s_random ^= s_random << 5;
    return s_random % below;
}

START_TEST(random_orders)
{
    store_t *s = auto_calloc(1, sizeof(*s));
    for (int round = 0; round < 300; round++) {
        int order[30];
        unsigned count = pick(30);
        for (int i = 0; i < 30; i++)
            order[i] = i;
        for (unsigned i = 29; i > 0; i--) {
            unsigned k = round % 3 == 0 ? pick(i + 1) : i - pick(2);
            int saved = order[i];
            order[i] = order[k];
            order[k] = saved;
        }
        char *text = auto_strdup("");
        for (unsigned i = 0; i < count; i++) {
            char *next = auto_printf("%sr%d%s %s", text, order[i], pick(8) == 0 ? "=c" : "",
                                     pick(6) == 0 ? pick(2) == 0 ? "| " : "| w: " : "");
            free(text);
            text = next;
        }
        save(s, text);
        free(text);
    }
    store_done(s);
}
END_TEST

START_TEST(dns_lines)
{
    static char a[] = "a", b[] = "b", at[] = "@", one[] = "192.0.2.1", mx[] = "10 m", ns1[] = "ns1.dns-one.example.",
                ns2[] = "ns2.dns-one.example.";
    const zi_change_t changes[] = {
        {false, a, 0, false, RR_A, one},
        {true, a, 3600, true, RR_A, one}, /* the zone's TTL spelled out: nothing in DNS */
        {false, b, 60, true, RR_A, one},
        {true, b, 0, false, RR_A, one}, /* another TTL */
        {true, at, 0, false, RR_MX, mx},
    };
    char *const old_ns[] = {ns1}, *const new_ns[] = {ns1, ns2};
    dns_diff_in_t in = {"zone.example.", 3600, 3600, changes, ARRAY_SIZE(changes), old_ns, 1, new_ns, 2};
    dns_diff_t diff = {0};
    AUTO_ERR err = ERR_INFO_INIT;
    ck_assert_int_eq(dns_diff(&in, &diff, &err), ERR_OK);
    ck_assert(!diff.needs_load);
    ck_assert_uint_eq(diff.remove_count, 1);
    ck_assert_str_eq(diff.remove[0], "b.zone.example. 60 A 192.0.2.1");
    ck_assert_uint_eq(diff.add_count, 3);
    ck_assert_str_eq(diff.add[0], "b.zone.example. 3600 A 192.0.2.1");
    ck_assert_str_eq(diff.add[1], "zone.example. 3600 MX 10 m.zone.example.");
    ck_assert_str_eq(diff.add[2], "zone.example. 3600 NS ns2.dns-one.example.");
    ck_assert_uint_eq(diff.bytes, 31 + 33 + 41 + 43);
    dns_diff_done(&diff);
    in.new_zone_ttl = 7200;
    ck_assert_int_eq(dns_diff(&in, &diff, &err), ERR_OK);
    ck_assert(diff.needs_load);
    dns_diff_done(&diff);
    const zi_change_t broken[] = {{true, a, 0, false, RR_A, mx}};
    in.changes = broken;
    in.change_count = 1;
    ck_assert_int_eq(dns_diff(&in, &diff, &err), ERR_INTERNAL);
}
END_TEST

/* The group's NS names stand for the zone's own: those were not sent while it has any, so they are not to be removed either. */
START_TEST(dns_lines_of_the_apex)
{
    static char at[] = "@", own[] = "ns.own.example.", ns1[] = "ns1.dns-one.example.";
    const zi_change_t changes[] = {{false, at, 0, false, RR_NS, own}};
    char *const group[] = {ns1};
    dns_diff_in_t in = {"zone.example.", 3600, 3600, changes, ARRAY_SIZE(changes), group, 1, group, 1};
    dns_diff_t diff = {0};
    AUTO_ERR err = ERR_INFO_INIT;
    ck_assert_int_eq(dns_diff(&in, &diff, &err), ERR_OK);
    ck_assert(!diff.needs_load);
    ck_assert_uint_eq(diff.remove_count + diff.add_count, 0);
    dns_diff_done(&diff);
    in.old_apex_count = 0; /* its own until now: which of them are there is not in the changes */
    ck_assert_int_eq(dns_diff(&in, &diff, &err), ERR_OK);
    ck_assert(diff.needs_load);
    dns_diff_done(&diff);
}
END_TEST

START_TEST(apex)
{
    AUTO_FREE char *soa = apex_soa_text("ns1.example.net.", "h.example.net.", 7, "2h", "900", "7d", "1h");
    ck_assert_str_eq(soa, "ns1.example.net. h.example.net. 7 7200 900 604800 3600");
    ck_assert_uint_eq(apex_soa_ttl(NULL, "1h"), 3600);
    ck_assert_uint_eq(apex_soa_ttl("60", "1h"), 60);
    AUTO(zonedata) data = build("a b");
    static char inside[] = "ns.zone.example.", outside[] = "ns.example.net.";
    char *const names[] = {inside, outside};
    apex_add_ns(data, names, 2);
    ck_assert_str_eq(data->groups[0].rrs[0].rdata, "ns");
    ck_assert_str_eq(data->groups[0].rrs[1].rdata, "ns.example.net.");
    data->soa.soa_ttl = auto_strdup("60");
    data->soa.minimum = auto_strdup("5m");
    defaults_t defaults = {0};
    defaults_set(&defaults, "soa_mname", "m.example.net.");
    apex_take_over(data, &defaults, 0); /* the group has no names: those that are there stay */
    ck_assert_uint_eq(data->records, 4);
    apex_take_over(data, &defaults, 2);
    ck_assert_uint_eq(data->records, 2);
    ck_assert_str_eq(data->soa.mname, "m.example.net.");
    ck_assert_str_eq(data->soa.minimum, "5m");
    ck_assert_ptr_null(data->soa.soa_ttl);
    ck_assert_str_eq(data->groups[0].comment, "Apex resource records for zone.example.");
    defaults_done(&defaults);
}
END_TEST

START_TEST(normalized_ttls)
{
    static const struct {
        const char *zone_ttl;
        int ttls[5]; /* -1: none */
        const char *want_zone;
        int want[5];
    } cases[] = {
        {"1h", {-1, -1, 60, 3600, 60}, "1h", {-1, -1, 60, -1, 60}},
        {"1h", {60, 60, 60, -1, 300}, "60", {-1, -1, -1, 3600, 300}},
        {"1h", {60, 60, -1, -1, 300}, "1h", {60, 60, -1, -1, 300}}, /* equal numbers: the zone's stays */
        {"1h", {-1, 3600, 7200, 7200, 300}, "1h", {-1, -1, 7200, 7200, 300}},
        {NULL, {60, 60, 60, 60, 60}, NULL, {60, 60, 60, 60, 60}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(zonedata) data = build("a b c d e");
        data->zone_ttl = auto_strdup(cases[i].zone_ttl);
        for (size_t r = 0; r < 5; r++) {
            data->groups[1].rrs[r].has_ttl = cases[i].ttls[r] >= 0;
            data->groups[1].rrs[r].ttl = cases[i].ttls[r] >= 0 ? (uint32_t)cases[i].ttls[r] : 0;
        }
        defaults_normalize_ttls(data);
        ck_assert(data->zone_ttl == cases[i].want_zone || strcmp(data->zone_ttl, cases[i].want_zone) == 0);
        for (size_t r = 0; r < 5; r++) {
            const zonedata_rr_t *rr = &data->groups[1].rrs[r];
            ck_assert_int_eq(rr->has_ttl ? (int)rr->ttl : -1, cases[i].want[r]);
        }
    }
}
END_TEST

START_TEST(parents_of_names)
{
    ck_assert_str_eq(name_index_parent("a.b.c"), "b.c");
    ck_assert_str_eq(name_index_parent("a\\.b.c"), "c");
    ck_assert_str_eq(name_index_parent("a\\\\.b"), "b");
    ck_assert_str_eq(name_index_parent("a"), "@");
    ck_assert_ptr_null(name_index_parent("@"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("zone_diff");
    TCase *t = tcase_create("zone_diff");
    suite_add_tcase(s, t);
    tcase_add_test(t, costs);
    tcase_add_test(t, small_gaps);
    tcase_add_test(t, random_orders);
    tcase_add_test(t, dns_lines);
    tcase_add_test(t, dns_lines_of_the_apex);
    tcase_add_test(t, apex);
    tcase_add_test(t, normalized_ttls);
    tcase_add_test(t, parents_of_names);
    return check_suite(s);
}
