/* Incremental updates: rows to close and to insert. */
#include "controller/domain/inc_update_priv.h"
#include <stdlib.h>
#include <string.h>

/* Positions of records and groups that are put at the end without looking where the end is: ahead of all that full edits
 * give (1024 apart), growing with the version. */
#define POSITION_BASE 1099511627776.0
#define POSITION_OF_VERSION 1048576.0
/* ---- rows */

/* A place in the set that it replaces, beside its owner's other records, or at the end of its group. */
static void place(inc_update_t *self, inc_item_t *item, const int *no, double end)
{
    const zonedata_rr_t *rr = &item->rr;
    item->pos = end;
    if (rr->stood.group_no != 0) {
        item->group_no = rr->stood.group_no;
        item->pos = rr->stood.pos;
        return;
    }
    if (rr->type == RR_NS && strcmp(rr->label, "@") == 0) {
        item->group_no = no[0];
        return;
    }
    const char *comment = item->group == INC_NONE ? NULL : self->ops->groups[item->group].comment;
    for (size_t i = 0; comment != NULL && i < self->comments.count; i++) {
        if (strcmp(self->comments.items[i], comment) == 0) {
            item->group_no = no[2 + i];
            return;
        }
    }
    item->group_no = no[1];
    inc_item_t *first_free = NULL;
    for (inc_item_t *i = inc_item_first(self, rr->label); i != NULL; i = inc_item_next(self, i)) {
        if (i->rr.id == 0 || i->group_no == no[0])
            continue;
        item->group_no = i->group_no;
        if (i->free_place && i->rr.type == rr->type && (first_free == NULL || i->pos < first_free->pos))
            first_free = i;
    }
    if (first_free != NULL) {
        first_free->free_place = false;
        item->group_no = first_free->group_no;
        item->pos = first_free->pos;
    }
}

/* Has the owner records outside the apex group?  Then its new ones stand with them. */
static bool has_company(const inc_update_t *self, const inc_item_t *item, const int *no)
{
    for (const inc_item_t *i = inc_item_first(self, item->rr.label); i != NULL; i = inc_item_next(self, i)) {
        if (i->rr.id != 0 && i->group_no != no[0])
            return true;
    }
    return false;
}

static int new_group(zi_delta_t *delta, int *next_no, double pos, const char *comment, const char *tag)
{
    size_t cap = delta->new_group_count; /* few */
    delta->new_groups = auto_grow(delta->new_groups, &cap, delta->new_group_count + 1, sizeof(*delta->new_groups));
    delta->new_groups[delta->new_group_count] = (struct zi_new_group){*next_no, pos, comment, tag};
    delta->new_group_count++;
    return (*next_no)++;
}

/* Which of the groups new records need, made where they are missing. */
static void make_groups(const inc_update_t *self, int *no, int next_no, double end, zi_delta_t *delta)
{
    bool apex = false, plain = false;
    for (size_t i = 0; i < self->count; i++) {
        const inc_item_t *item = &self->items[i];
        if (item->gone || item->rr.id != 0 || item->rr.stood.group_no != 0)
            continue;
        bool is_apex = item->rr.type == RR_NS && strcmp(item->rr.label, "@") == 0;
        apex = apex || is_apex;
        plain = plain || (!is_apex && !has_company(self, item, no));
    }
    if (apex && no[0] == 0)
        no[0] = new_group(delta, &next_no, -1, NULL, "APEX_RRS");
    if (plain && no[1] == 0)
        no[1] = new_group(delta, &next_no, end, NULL, NULL);
    for (size_t i = 0; i < self->comments.count; i++) {
        bool used = false;
        for (size_t k = 0; !used && k < self->count; k++) {
            const inc_item_t *item = &self->items[k];
            const char *comment =
                item->group == INC_NONE ? NULL : self->ops->groups[item->group].comment;
            used = !item->gone && item->rr.id == 0 && item->rr.stood.group_no == 0 && comment != NULL && strcmp(comment, self->comments.items[i]) == 0;
        }
        if (used && no[2 + i] == 0)
            no[2 + i] = new_group(delta, &next_no, end + 1 + (double)i, self->comments.items[i], NULL);
    }
}

/* By owner and type; what goes before what comes. */
static int compare_difference(const void *x, const void *y)
{
    const inc_difference_t *a = x, *b = y;
    const zonedata_rr_t *p = a->was != NULL ? a->was : a->rr, *q = b->was != NULL ? b->was : b->rr;
    int order = strcmp(p->label, q->label);
    if (order == 0)
        order = (p->type > q->type) - (p->type < q->type);
    if (order == 0)
        order = (a->was == NULL) - (b->was == NULL);
    if (order == 0)
        order = (a->rr != NULL) - (b->rr != NULL);
    return order != 0 ? order : strcmp(p->rdata, q->rdata);
}

inc_difference_t *inc_update_difference(const inc_update_t *self, size_t *ret_count)
{
    inc_difference_t *all = auto_calloc(self->count + 1, sizeof(*all));
    const zonedata_group_t *rows = &self->old->groups[self->old->count - 1]; /* the first items, in their order */
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        const inc_item_t *item = &self->items[i];
        const zonedata_rr_t *was = i < rows->count ? &rows->rrs[i] : NULL;
        if (was != NULL ? item->gone || item->rewritten : !item->gone)
            all[count++] = (inc_difference_t){was, item->gone ? NULL : &item->rr};
    }
    qsort(all, count, sizeof(*all), compare_difference);
    *ret_count = count;
    return all;
}

void inc_update_delta(inc_update_t *self, int *no, int next_no, int seq, zi_delta_t *ret_delta)
{
    double end = POSITION_BASE + POSITION_OF_VERSION * seq;
    size_t close_cap = 0, new_cap = 0;
    *ret_delta = (zi_delta_t){0};
    make_groups(self, no, next_no, end, ret_delta);
    for (size_t i = 0; i < self->count; i++) {
        inc_item_t *item = &self->items[i];
        bool fresh = !item->gone && item->rr.id == 0;
        if (item->rr.id != 0 && (item->gone || item->rewritten)) {
            ret_delta->close_rrs = auto_grow(ret_delta->close_rrs, &close_cap, ret_delta->close_rr_count + 1,
                                             sizeof(*ret_delta->close_rrs));
            ret_delta->close_rrs[ret_delta->close_rr_count++] = item->rr.id;
        }
        if (fresh)
            place(self, item, no, end++);
        if (!fresh && (item->gone || !item->rewritten))
            continue;
        ret_delta->new_rrs =
            auto_grow(ret_delta->new_rrs, &new_cap, ret_delta->new_rr_count + 1, sizeof(*ret_delta->new_rrs));
        ret_delta->new_rrs[ret_delta->new_rr_count++] = (struct zi_new_rr){item->group_no, item->pos, &item->rr, item->rr.ptr_zone_id};
    }
}
