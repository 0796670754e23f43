#include "controller/domain/substitute.h"
#include <stdlib.h>
#include <string.h>

/* A record while values are put in: the strings of rr are the row's or the substitution's. */
typedef struct {
    const zonedata_rr_t *row;
    const char *rdata;
    uint32_t ttl;
    bool has_ttl, gone, touched;
    size_t place;
} value_t;

void substitutes_free(substitute_t *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(all[i].label);
        free(all[i].rdata);
        free(all[i].new_rdata);
    }
    free(all);
}

static int compare_sets(const value_t *a, const value_t *b)
{
    int order = strcmp(a->row->label, b->row->label);
    return order != 0 ? order : (a->row->type > b->row->type) - (a->row->type < b->row->type);
}

/* Set by set, within a set as in the zone. */
static int compare(const void *x, const void *y)
{
    const value_t *a = x, *b = y;
    int order = compare_sets(a, b);
    return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

static bool means(const substitute_t *s, const value_t *v)
{
    return !v->gone && v->row->type == s->type && (s->label == NULL || strcmp(s->label, v->row->label) == 0) &&
           (s->rdata == NULL || strcmp(s->rdata, v->rdata) == 0);
}

static bool has_value(const value_t *set, size_t count, const char *rdata)
{
    for (size_t i = 0; i < count; i++) {
        if (!set[i].gone && strcmp(set[i].rdata, rdata) == 0)
            return true;
    }
    return false;
}

static void substitute_in_set(value_t *set, size_t count, const substitute_t *s)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        if (!means(s, &set[i]))
            continue;
        found = set[i].touched = true;
        if (s->remove)
            set[i].gone = true;
        else if (s->new_rdata != NULL && strcmp(set[i].rdata, s->new_rdata) != 0) {
            set[i].gone = has_value(set, count, s->new_rdata);
            set[i].rdata = s->new_rdata;
        }
    }
    for (size_t i = 0; found && s->has_ttl && i < count; i++) { /* records of a set have one TTL (RFC 2181 section 5.2) */
        set[i].has_ttl = true;
        set[i].ttl = s->ttl;
    }
}

static const zonedata_rr_t *clash(const zonedata_t *ops, const zonedata_rr_t *row)
{
    for (size_t g = 0; g < ops->count; g++) {
        for (size_t r = 0; r < ops->groups[g].count; r++) {
            const zonedata_rr_t *op = &ops->groups[g].rrs[r];
            if (strcmp(op->label, row->label) == 0 && (op->type == row->type || op->type == RR_ANY))
                return op;
        }
    }
    return NULL;
}

static void add_operation(zonedata_t *ops, zonedata_group_t *group, const value_t *v, const char *op)
{
    zonedata_rr_t *rr = zonedata_add_rr(ops, group);
    rr->update_op = auto_strdup(op);
    rr->label = auto_strdup(v->row->label);
    rr->type = v->row->type;
    if (v->gone) {
        rr->rdata = auto_strdup("");
        return;
    }
    rr->rdata = auto_strdup(v->rdata);
    rr->has_ttl = v->has_ttl;
    rr->ttl = v->ttl;
    rr->comment = auto_strdup(v->row->comment);
    rr->reference = auto_strdup(v->row->reference);
    rr->disable = v->row->disable;
    rr->lock_ptr = v->row->lock_ptr;
    rr->track_reverse = v->row->track_reverse;
}

static void write_set(const value_t *set, size_t count, zonedata_t *ops, zonedata_group_t *group)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        left += !set[i].gone;
    for (size_t i = 0; i < count; i++) {
        if (!set[i].gone)
            add_operation(ops, group, &set[i], "REPLACE");
    }
    if (left == 0)
        add_operation(ops, group, &set[0], "DELETE");
}

void substitute_apply(const inc_row_t *rows, size_t count, const substitute_t *all, size_t all_count, zonedata_t *ops, problem_list_t *problems)
{
    AUTO_FREE value_t *values = auto_calloc(count + 1, sizeof(*values));
    for (size_t i = 0; i < count; i++)
        values[i] = (value_t){.row = &rows[i].rr, .rdata = rows[i].rr.rdata, .ttl = rows[i].rr.ttl, .has_ttl = rows[i].rr.has_ttl, .place = i};
    qsort(values, count, sizeof(*values), compare);
    zonedata_t *new_ops = zonedata_new(ops->name); /* so that sets of ours are no clash */
    zonedata_group_t *group = zonedata_add_group(new_ops, NULL, NULL);
    for (size_t first = 0, end; first < count; first = end) {
        bool touched = false;
        for (end = first + 1; end < count && compare_sets(&values[first], &values[end]) == 0;)
            end++;
        for (size_t i = 0; i < all_count; i++)
            substitute_in_set(values + first, end - first, &all[i]);
        for (size_t i = first; i < end; i++)
            touched = touched || values[i].touched;
        if (touched && clash(ops, values[first].row) != NULL) {
            char type[RR_TYPE_TEXT];
            rr_type_text(values[first].row->type, type);
            problem_add(problems, ERR_CHANGE_SET_CLASH, false, "two operations change the %s records of owner \"%s\"", type, values[first].row->label);
        } else if (touched) {
            write_set(values + first, end - first, new_ops, group);
        }
    }
    zonedata_group_t *to = zonedata_add_group(ops, NULL, NULL);
    for (size_t i = 0; i < group->count; i++) {
        zonedata_rr_t *rr = zonedata_add_rr(ops, to);
        *rr = group->rrs[i]; /* moved */
    }
    group->count = 0;
    zonedata_destroy(&new_ops);
}
