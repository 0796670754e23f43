/* Incremental updates: what has to be known besides the rows, and the rules. */
#include "controller/domain/inc_update_priv.h"
#include <stdlib.h>
#include <string.h>

/* ---- what has to be known of other names */

static void want(inc_update_t *self, const char *label)
{
    if (!inc_names_has(&self->labels, label)) /* those are all there, as they will be */
        inc_names_add(&self->context, label);
}

static void want_above(inc_update_t *self, const char *label, bool wildcards)
{
    for (const char *at = label; at != NULL; at = name_index_parent(at)) {
        want(self, at);
        if (!wildcards)
            continue;
        char star[DNAME_TEXT + 3];
        snprintf(star, sizeof(star), strcmp(at, "@") == 0 ? "*" : "*.%s", at);
        want(self, star);
    }
}

static void want_target(inc_update_t *self, const char *target)
{
    char label[DNAME_TEXT];
    if (dname_in(target, self->ops->name) && dname_relative(target, self->ops->name, label, NULL) == ERR_OK)
        want_above(self, label, true);
}

static void want_record(inc_update_t *self, const zonedata_rr_t *rr)
{
    char target[DNAME_TEXT];
    if (!rr->disable && !rr->broken && (rr->type == RR_NS || rr->type == RR_MX || rr->type == RR_SRV) &&
        rr_rdata_target(rr->type, rr->rdata, self->ops->name, target))
        want_target(self, target);
}

const inc_names_t *inc_update_context(inc_update_t *self, char *const *apex_ns, size_t apex_ns_count)
{
    for (size_t i = 0; i < self->labels.count; i++)
        want_above(self, self->labels.items[i], false);
    for (size_t i = 0; i < self->count; i++) {
        if (!self->items[i].gone)
            want_record(self, &self->items[i].rr);
    }
    for (size_t i = 0; i < self->pointer_count; i++) {
        want_above(self, self->pointers[i].rr.label, false);
        want_record(self, &self->pointers[i].rr);
    }
    for (size_t i = 0; i < apex_ns_count; i++)
        want_target(self, apex_ns[i]);
    return &self->context;
}

/* ---- judgement */

static size_t add_group(zonedata_t *slice)
{
    zonedata_add_group(slice, NULL, NULL);
    return slice->count - 1;
}

/* Problems are told at the place of the operation; of records that were there the message names the owner. */
static void tell(const inc_update_t *self, const size_t *item_of, problem_list_t *found, problem_list_t *problems)
{
    for (size_t i = 0; i < found->count; i++) {
        problem_t *p = &found->items[i];
        const inc_item_t *item = p->group == 1 && p->record >= 0 ? &self->items[item_of[p->record]] : NULL;
        bool known = item != NULL && item->group != INC_NONE && item->record != INC_NONE;
        p->group = known ? (int)item->group : -1;
        p->record = !known ? -1 : item->rr.place > 0 ? (int)item->rr.place - 1 : (int)item->record;
    }
    problem_list_extend(problems, found);
}

void inc_update_judge(inc_update_t *self, const char *zone_ttl, const zone_check_slice_t *context, zone_check_opts_t opts,
                      problem_list_t *problems)
{
    AUTO(zonedata) slice = zonedata_new(self->ops->name);
    AUTO(problem_list) found = problem_list_new();
    AUTO_FREE size_t *item_of = auto_calloc(self->count + 1, sizeof(*item_of));
    slice->zone_ttl = auto_strdup(zone_ttl);
    slice->has_soa = true;
    slice->incomplete = self->ops->incomplete;
    size_t g = add_group(slice);
    for (size_t i = 0; i < self->count; i++) {
        if (self->items[i].gone)
            continue;
        item_of[slice->groups[g].count] = i;
        zonedata_rr_t *rr = zonedata_add_rr(slice, &slice->groups[g]);
        inc_item_copy(rr, &self->items[i].rr);
        rr->place = 0; /* problems are to name the item */
    }
    g = add_group(slice);
    for (size_t i = 0; i < self->pointer_count; i++)
        inc_item_copy(zonedata_add_rr(slice, &slice->groups[g]), &self->pointers[i].rr);
    opts.old = self->old;
    opts.slice = context;
    zone_check(slice, &opts, found);
    tell(self, item_of, found, problems);
}
