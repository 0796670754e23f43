/* Incremental updates without a database: what is asked for, and nothing else; what is closed and inserted, and where. */
#include "controller/domain/inc_update.h"
#include "shared/zonetext.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

#define ZONE "up.example."

static zonedata_t *parse(const char *text, bool update)
{
    AUTO(problem_list) problems = problem_list_new();
    zonedata_t *data = NULL;
    zonetext_parse(text, strlen(text), ZONE, &(zonetext_opts_t){.update_mode = update}, problems, &data);
    ck_assert_uint_eq(problems->errors, 0);
    return data;
}

/* The records of a text as rows 1, 2 ... of group 7 at positions 1024, 2048 ... */
static inc_row_t *rows_of(const char *text, size_t *ret_count)
{
    zonedata_t *data = parse(text, false);
    inc_row_t *rows = auto_calloc(data->records + 1, sizeof(*rows));
    *ret_count = 0;
    for (size_t g = 0; g < data->count; g++) {
        for (size_t r = 0; r < data->groups[g].count; r++) {
            inc_row_t *row = &rows[(*ret_count)++];
            *row = (inc_row_t){data->groups[g].rrs[r], 7, 1024.0 * (double)*ret_count};
            row->rr.id = (int64_t)*ret_count;
            data->groups[g].rrs[r] = (zonedata_rr_t){0}; /* moved */
        }
    }
    zonedata_destroy(&data);
    return rows;
}

static char *joined(const inc_names_t *names)
{
    char *text = auto_strdup("");
    for (size_t i = 0; i < names->count; i++) {
        char *more = auto_printf("%s%s%s", text, i > 0 ? " " : "", names->items[i]);
        free(text);
        text = more;
    }
    return text;
}

typedef struct {
    const char *rows, *ops;
    const char *labels, *moved, *dnames, *context;
} want_t;
static const want_t s_wants[] = {
    /* a change of an address concerns nobody else */
    {"a A 192.0.2.1\n", ";!RROP:UPDATE_RRTYPE\na A 192.0.2.2\n", "a", "", "", "@"},
    {"a A 192.0.2.1\na A 192.0.2.2\n", ";!RROP:DELETE\na A 192.0.2.2\n", "a", "", "", "@"},
    {"a A 192.0.2.1\n", ";!RROP:ADD\na TXT x\n", "a", "", "", "@"},
    /* a name comes, goes, loses its addresses */
    {"", ";!RROP:ADD\nx.y TXT x\n", "x.y", "x.y", "", "y @"},
    {"a A 192.0.2.1\n", ";!RROP:DELETE\na ANY \"\"\n", "a", "a", "", "@"},
    {"a A 192.0.2.1\na TXT x\n", ";!RROP:DELETE\na A \"\"\n", "a", "a", "", "@"},
    {"a A 192.0.2.1\n", ";!RROP:UPDATE_RRTYPE\n;!DISABLE RROP:UPDATE_RRTYPE\na A 192.0.2.1\n", "a", "a", "", "@"},
    {"a NS x.example.\na A 192.0.2.1\n", ";!RROP:DELETE\na NS \"\"\n", "a", "a", "", "@"},
    {"a TXT x\n", ";!RROP:ADD\na DNAME x.example.\n", "a", "", "a", "@"},
    {"*.b TXT x\n", ";!RROP:ADD\n*.b A 192.0.2.1\n", "*.b", "*.b", "", "b @"},
    /* targets: the name, the names above, and the wildcards that could answer */
    {"a TXT x\n", ";!RROP:ADD\na MX 10 m.k\n", "a", "", "", "@ m.k *.m.k k *.k *"},
    {"a TXT x\n", ";!RROP:ADD\na MX 10 m.other.example.\n", "a", "", "", "@"},
};

START_TEST(asks_for_what_it_needs)
{
    const want_t *w = &s_wants[_i];
    AUTO(zonedata) ops = parse(w->ops, true);
    AUTO(inc_update) update = inc_update_new(ops, true);
    size_t count;
    inc_row_t *rows = rows_of(w->rows, &count);
    AUTO_FREE char *labels = joined(inc_update_labels(update));
    ck_assert_str_eq(labels, w->labels);
    inc_update_apply(update, rows, count);
    AUTO_FREE char *moved = joined(inc_update_moved(update));
    AUTO_FREE char *dnames = joined(inc_update_dnames(update));
    AUTO_FREE char *context = joined(inc_update_context(update, NULL, 0));
    ck_assert_str_eq(moved, w->moved);
    ck_assert_str_eq(dnames, w->dnames);
    ck_assert_str_eq(context, w->context);
}
END_TEST

START_TEST(replaced_records_give_their_places)
{
    AUTO(zonedata) ops = parse(";!RROP:UPDATE_RRTYPE\na A 192.0.2.3\n;!RROP:UPDATE_RRTYPE\na A 192.0.2.2\n;!RROP:ADD\nb A 192.0.2.9\n"
                               ";!RROP:ADD\na TXT x\n", true);
    AUTO(inc_update) update = inc_update_new(ops, true);
    size_t count;
    inc_row_t *rows = rows_of("a A 192.0.2.1\na A 192.0.2.2\n", &count);
    inc_update_apply(update, rows, count);
    int no[2] = {1, 0};
    zi_delta_t delta = {0};
    inc_update_delta(update, no, 9, 4, &delta);
    ck_assert_uint_eq(delta.close_rr_count, 1);
    ck_assert_int_eq(delta.close_rrs[0], 1);
    ck_assert_uint_eq(delta.new_rr_count, 3);
    ck_assert_str_eq(delta.new_rrs[0].rr->rdata, "192.0.2.3");
    ck_assert(delta.new_rrs[0].group_no == 7 && delta.new_rrs[0].pos > 1023 && delta.new_rrs[0].pos < 1025);
    ck_assert_str_eq(delta.new_rrs[1].rr->label, "b"); /* a group without comment is made */
    ck_assert(delta.new_rrs[1].group_no == 9 && delta.new_rrs[1].pos > 1e12);
    ck_assert(delta.new_rrs[2].group_no == 7 && delta.new_rrs[2].pos > delta.new_rrs[1].pos);
    ck_assert(delta.new_group_count == 1 && delta.new_groups[0].group_no == 9);
    zi_delta_done(&delta);
}
END_TEST

START_TEST(problems_stand_at_their_operation)
{
    AUTO(zonedata) ops = parse(";| One\n;!RROP:ADD\nb A 192.0.2.1\n\n;| Two\n;!RROP:ADD\nc A 192.0.2.1\n;!RROP:ADD\na A 192.0.2.1\n", true);
    AUTO(inc_update) update = inc_update_new(ops, true);
    size_t count;
    inc_row_t *rows = rows_of("a CNAME x.example.\n", &count);
    inc_update_apply(update, rows, count);
    char at[] = "@", *labels[] = {at};
    uint16_t types[] = {RR_NS};
    const zone_check_slice_t context = {labels, types, 1};
    AUTO(problem_list) problems = problem_list_new();
    inc_update_judge(update, "3600", &context, (zone_check_opts_t){.own_apex = true, .may_lock_ptr = true, .may_reference = true}, problems);
    ck_assert_uint_eq(problems->errors, 1);
    ck_assert_int_eq(problems->items[0].code, ERR_ZONE_CNAME_EXISTS);
    ck_assert_int_eq(problems->items[0].group, 2);
    ck_assert_int_eq(problems->items[0].record, 1);
}
END_TEST

START_TEST(operations_must_make_sense)
{
    AUTO(zonedata) ops = parse(";!RROP:ADD\na A 192.0.2.1\nb A 192.0.2.1\n;!RROP:DELETE\n@ NS \"\"\n", true);
    for (int own = 0; own < 2; own++) {
        AUTO(inc_update) update = inc_update_new(ops, own == 1);
        AUTO(problem_list) problems = problem_list_new();
        inc_update_check(update, problems);
        ck_assert_uint_eq(problems->errors, own == 1 ? 1 : 2);
        ck_assert_int_eq(problems->items[0].code, ERR_INVALID_UPDATE_OPERATION);
        ck_assert_int_eq(problems->items[0].record, 1);
    }
    ck_assert(inc_update_known("ADD") && inc_update_known("PRUNE") && !inc_update_known("add") && !inc_update_known("") && !inc_update_known(INC_UPDATE_RESTORE));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("inc_update");
    TCase *t = tcase_create("inc_update");
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, asks_for_what_it_needs, 0, (int)ARRAY_SIZE(s_wants));
    tcase_add_test(t, replaced_records_give_their_places);
    tcase_add_test(t, problems_stand_at_their_operation);
    tcase_add_test(t, operations_must_make_sense);
    return check_suite(s);
}
