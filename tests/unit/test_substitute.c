/* Substitutions: rows and what is to be put in -> operations on RRsets. */
#include "controller/domain/substitute.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

/* "www A 192.0.2.1" with a TTL of 600 where it ends with "!". */
static void read_record(const char *text, zonedata_rr_t *rr)
{
    char label[64], type[16], rdata[128];
    ck_assert_int_eq(sscanf(text, "%63s %15s %127[^\n]", label, type, rdata), 3);
    size_t len = strlen(rdata);
    rr->has_ttl = rdata[len - 1] == '!';
    rr->ttl = rr->has_ttl ? 600 : 0;
    if (rr->has_ttl)
        rdata[len - 1] = '\0';
    ck_assert(rr_type_from_text(type, &rr->type));
    rr->label = auto_strdup(label);
    rr->rdata = auto_strdup(rdata);
}

/* Operations as text, in order, with blanks between. Caller frees. */
static char *text_of(const zonedata_t *ops)
{
    char *text = auto_strdup("");
    for (size_t g = 0; g < ops->count; g++) {
        for (size_t r = 0; r < ops->groups[g].count; r++) {
            const zonedata_rr_t *rr = &ops->groups[g].rrs[r];
            char *more = auto_printf("%s%s%s %s%s %s", text, *text != '\0' ? ", " : "", rr->update_op, rr->label, rr->has_ttl ? "!" : "", rr->rdata);
            free(text);
            text = more;
        }
    }
    return text;
}

typedef struct { const char *label; uint16_t type; const char *rdata, *new_rdata; bool has_ttl; uint32_t ttl; bool remove; } given_t;
static const struct {
    const char *what, *rows[6];
    given_t all[3];
    const char *wanted;
    size_t clashes;
} s_cases[] = {
    {"one value, in its set", {"www A 192.0.2.1!", "www A 192.0.2.2!", "mail A 192.0.2.3"},
     {{.type = RR_A, .rdata = "192.0.2.1", .new_rdata = "192.0.2.9"}}, "REPLACE www! 192.0.2.9, REPLACE www! 192.0.2.2", 0},
    {"never twice", {"www A 192.0.2.1", "www A 192.0.2.2"}, {{.type = RR_A, .rdata = "192.0.2.1", .new_rdata = "192.0.2.2"}}, "REPLACE www 192.0.2.2", 0},
    {"one after the other", {"www A 192.0.2.1", "www A 192.0.2.2"},
     {{.type = RR_A, .rdata = "192.0.2.1", .new_rdata = "192.0.2.2"}, {.type = RR_A, .rdata = "192.0.2.2", .new_rdata = "192.0.2.3"}}, "REPLACE www 192.0.2.3", 0},
    {"of one owner", {"a A 192.0.2.1", "b A 192.0.2.1"}, {{.label = "b", .type = RR_A, .rdata = "192.0.2.1", .new_rdata = "192.0.2.2"}}, "REPLACE b 192.0.2.2", 0},
    {"a TTL is the set's", {"www A 192.0.2.1", "www A 192.0.2.2"}, {{.type = RR_A, .rdata = "192.0.2.1", .has_ttl = true, .ttl = 600}},
     "REPLACE www! 192.0.2.1, REPLACE www! 192.0.2.2", 0},
    {"some go", {"www A 192.0.2.1", "www A 192.0.2.2"}, {{.type = RR_A, .rdata = "192.0.2.1", .remove = true}}, "REPLACE www 192.0.2.2", 0},
    {"all go", {"www A 192.0.2.1", "www A 192.0.2.2"}, {{.type = RR_A, .remove = true}}, "DELETE www ", 0},
    {"other types stay", {"www A 192.0.2.1"}, {{.type = RR_TXT, .remove = true}}, "", 0},
    {"clash", {"clash A 192.0.2.1"}, {{.type = RR_A, .remove = true}}, "", 1},
};

/* Loop: the case. */
START_TEST(cases)
{
    inc_row_t *rows = auto_calloc(6, sizeof(*rows));
    size_t count = 0, all = 0;
    for (; count < 6 && s_cases[_i].rows[count] != NULL; count++)
        read_record(s_cases[_i].rows[count], &rows[count].rr);
    substitute_t *given = auto_calloc(3, sizeof(*given));
    for (; all < 3 && s_cases[_i].all[all].type != 0; all++) {
        const given_t *g = &s_cases[_i].all[all];
        given[all] = (substitute_t){auto_strdup(g->label), g->type, auto_strdup(g->rdata), auto_strdup(g->new_rdata), g->has_ttl, g->ttl, g->remove};
    }
    AUTO(zonedata) ops = zonedata_new("example.org.");
    AUTO(problem_list) problems = problem_list_new();
    if (s_cases[_i].clashes > 0)
        read_record("clash A 192.0.2.7", zonedata_add_rr(ops, zonedata_add_group(ops, NULL, NULL)));
    zonedata_t before = *ops;
    substitute_apply(rows, count, given, all, ops, problems);
    substitutes_free(given, all);
    AUTO_FREE char *text = s_cases[_i].clashes > 0 ? auto_strdup("") : text_of(ops);
    ck_assert_msg(strcmp(text, s_cases[_i].wanted) == 0, "%s: %s", s_cases[_i].what, text);
    ck_assert_uint_eq(problems->errors, s_cases[_i].clashes);
    ck_assert_uint_eq(before.count + 1, ops->count);
    inc_rows_free(rows, count);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("substitute");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, cases, 0, (int)ARRAY_SIZE(s_cases));
    suite_add_tcase(suite, tcase);
    return check_suite(suite);
}
