/* Change sets: what they would do to each zone. */
#include "controller/domain/name_index.h"
#include "controller/usecase/change_set_priv.h"
#include <stdlib.h>
#include <string.h>

enum { BATCH = 50 };

typedef struct {
    const caller_t *who;
    int64_t id;
    const change_set_source_t *source;
    bool again;
    size_t most, planned;        /* planned: out */
    wall_t now;
    bool done;                   /* out: nothing more to plan */
} plan_t;

/* Records of the zones of a batch, to be written together. */
typedef struct {
    int64_t set_zone_id;
    change_set_zone_t *zone;
    change_set_rr_t *rrs;
    size_t count, cap;
} rr_list_t;

static void copy_rr(zonedata_rr_t *to, const zonedata_rr_t *from, const char *op)
{
    *to = *from;
    to->id = 0;
    to->update_op = auto_strdup(op);
    to->label = auto_strdup(from->label);
    to->rdata = auto_strdup(strcmp(op, "DELETE") == 0 && from->update_op == NULL ? "" : from->rdata);
    to->comment = auto_strdup(from->comment);
    to->reference = auto_strdup(from->reference);
}

static void add_rr(rr_list_t *list, bool shown, const char *op, const char *group_comment, const zonedata_rr_t *rr)
{
    list->rrs = auto_grow(list->rrs, &list->cap, list->count + 1, sizeof(*list->rrs));
    change_set_rr_t *r = &list->rrs[list->count++];
    *r = (change_set_rr_t){.set_zone_id = list->set_zone_id, .shown = shown, .group_comment = auto_strdup(group_comment)};
    copy_rr(&r->rr, rr, op);
    r->op = r->rr.update_op;
}

static void on_difference(void *arg, const inc_difference_t *difference, size_t count)
{
    rr_list_t *list = arg;
    for (size_t i = 0; i < count; i++) {
        const inc_difference_t *d = &difference[i];
        if (d->was == NULL) {
            add_rr(list, true, "ADDED", NULL, d->rr);
            list->zone->added++;
        } else if (d->rr == NULL) {
            add_rr(list, true, "REMOVED", NULL, d->was);
            list->zone->removed++;
        } else {
            add_rr(list, true, "WAS", NULL, d->was);
            add_rr(list, true, "CHANGED", NULL, d->rr);
            list->zone->changed++;
        }
    }
}

/* ---- operations of one zone */

static err_t expand(db_t *db, const plan_t *plan, const change_set_zone_t *zone, problem_list_t **problems, change_set_ops_t *ops, err_info_t *reterr)
{
    const change_set_source_t *source = plan->source;
    if (source == NULL)
        return err_set(reterr, ERR_ZI_NOT_FOUND, "the change set that this one takes back is not kept any more");
    err_t e = source->expand(source->arg, zone->name, zone->operations, zone->operation_count, *problems, ops, reterr);
    if (e == ERR_OK && ops->substitute_count > 0) {
        inc_row_t *rows = NULL;
        size_t count = 0;
        e = change_set_store_meant(db, zone->zone_id, ops->substitutes, ops->substitute_count, &rows, &count, reterr);
        if (e == ERR_OK)
            substitute_apply(rows, count, ops->substitutes, ops->substitute_count, ops->ops, *problems);
        inc_rows_free(rows, count);
    }
    return e == ERR_OK ? problem_result(problems, zone->name, reterr) : e;
}

typedef struct { change_set_rr_t *rrs; size_t count; } version_t;
static void version_done(version_t *version) { change_set_rrs_free(version->rrs, version->count); }
#define AUTO_VERSION AUTO_CLEANUP(version_done) version_t

static bool same_text(const char *a, const char *b) { return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0; }

/* But for where they stand. */
static bool same_records(const version_t *a, const version_t *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) {
        const zonedata_rr_t *x = &a->rrs[i].rr, *y = &b->rrs[i].rr;
        same = strcmp(x->label, y->label) == 0 && x->type == y->type && strcmp(x->rdata, y->rdata) == 0 && x->has_ttl == y->has_ttl &&
               (!x->has_ttl || x->ttl == y->ttl) && x->disable == y->disable && x->lock_ptr == y->lock_ptr &&
               x->track_reverse == y->track_reverse && same_text(x->comment, y->comment) && same_text(x->reference, y->reference);
    }
    return same;
}

/* Names of RRsets. */
static char *set_name(const zonedata_rr_t *rr) { return auto_printf("%s %u", rr->label, rr->type); }

static bool has_set(const inc_names_t *sets, const zonedata_rr_t *rr)
{
    AUTO_FREE char *name = set_name(rr);
    return sets->count > 0 && name_index_find(sets->index, name) != 0;
}

static void add_set(inc_names_t *sets, const zonedata_rr_t *rr)
{
    AUTO_FREE char *name = set_name(rr);
    inc_names_add(sets, name);
}

/* Operations of one comment stand together. */
static void add_op(zonedata_t *ops, const char *op, const change_set_rr_t *from)
{
    zonedata_group_t *group = &ops->groups[ops->count - 1];
    if (!same_text(group->comment, from->group_comment))
        group = zonedata_add_group(ops, from->group_comment, NULL);
    copy_rr(zonedata_add_rr(ops, group), &from->rr, op);
}

/* Each RRset that was changed gets the records that it had, provided that it has those that it got. */
static err_t invert(db_t *db, const zone_row_t *row, const change_set_zone_t *zone, change_set_ops_t *ops, err_info_t *reterr)
{
    AUTO_VERSION was = {0}, made = {0}, is = {0};
    int before = 0, after = 0;
    err_t e = change_set_store_versions(db, zone->reverts, &before, &after, reterr);
    if (e == ERR_OK)
        e = change_set_store_touched(db, row->id, zone->reverts, before, &was.rrs, &was.count, reterr);
    if (e == ERR_OK)
        e = change_set_store_touched(db, row->id, zone->reverts, after, &made.rrs, &made.count, reterr);
    if (e == ERR_OK)
        e = change_set_store_touched(db, row->id, zone->reverts, row->zi_count, &is.rrs, &is.count, reterr);
    if (e != ERR_OK)
        return e;
    if (!same_records(&made, &is)) {
        err_set(reterr, ERR_PRECONDITION_FAILED, "zone \"%s\": records that the set changed have been changed again since", zone->name);
        err_key(reterr, "name", zone->name);
        return ERR_PRECONDITION_FAILED;
    }
    AUTO_CLEANUP(inc_names_done) inc_names_t sets = {0};
    ops->ops = zonedata_new(zone->name);
    zonedata_add_group(ops->ops, NULL, NULL);
    for (size_t i = 0; i < was.count; i++) {
        add_op(ops->ops, INC_UPDATE_RESTORE, &was.rrs[i]);
        add_set(&sets, &was.rrs[i].rr);
    }
    for (size_t i = 0; i < made.count; i++) {
        if (!has_set(&sets, &made.rrs[i].rr))
            add_op(ops->ops, "DELETE", &made.rrs[i]);
    }
    return ERR_OK;
}

/* ---- one zone */

static err_t judge(db_t *db, const plan_t *plan, change_set_zone_t *zone, rr_list_t *list, err_info_t *reterr)
{
    AUTO_ZONE row = {0};
    AUTO_ZI candidate = {0};
    AUTO_CLEANUP(change_set_ops_done) change_set_ops_t ops = {0};
    AUTO(problem_list) problems = problem_list_new();
    err_t e = zone_store_by_name(db, plan->who, zone->name, false, &row, reterr);
    if (e == ERR_OK && row.id != zone->zone_id)
        return err_set(reterr, ERR_ZONE_NOT_FOUND, "zone \"%s\" was deleted and made anew since it was chosen", zone->name);
    if (e == ERR_OK)
        e = change_set_check_zone(db, plan->who, &row, &candidate, reterr);
    if (e != ERR_OK)
        return e;
    zone->zi_id = candidate.id;
    e = zone->reverts != 0 ? invert(db, &row, zone, &ops, reterr) : expand(db, plan, zone, &problems, &ops, reterr);
    zone->state = SET_ZONE_UNCHANGED;
    if (e != ERR_OK || ops.ops->records == 0)
        return e;
    zone_inc_t in = change_set_inc(plan->who, zone, ops.ops, "", plan->now);
    zone_inc_result_t result = {0};
    in.only_judge = true;
    in.on_difference = on_difference;
    in.arg = list;
    e = zone_inc_run(db, &row, &candidate, &in, &result, NULL, reterr);
    if (e != ERR_OK || result.unchanged)
        return e;
    zone->state = SET_ZONE_PLANNED;
    for (size_t g = 0; g < ops.ops->count; g++) {
        for (size_t r = 0; r < ops.ops->groups[g].count; r++)
            add_rr(list, false, ops.ops->groups[g].rrs[r].update_op, ops.ops->groups[g].comment, &ops.ops->groups[g].rrs[r]);
    }
    return ERR_OK;
}

static err_t plan_zones(db_t *db, const plan_t *plan, change_set_zone_t *zones, size_t count, err_info_t *reterr)
{
    rr_list_t list = {0};
    err_t e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        AUTO_ERR why = ERR_INFO_INIT;
        list.set_zone_id = zones[i].id;
        list.zone = &zones[i];
        e = judge(db, plan, &zones[i], &list, &why);
        if (e == ERR_OK)
            continue;
        if (!change_set_is_refusal(e)) {
            err_set(reterr, e, "%s", err_message(&why));
            break;
        }
        change_set_note(&zones[i], SET_ZONE_REFUSED, &why);
        e = ERR_OK;
    }
    if (e == ERR_OK)
        e = change_set_store_save_zones(db, zones, count, reterr);
    if (e == ERR_OK)
        e = change_set_store_add_rrs(db, list.rrs, list.count, reterr);
    change_set_rrs_free(list.rrs, list.count);
    return e;
}

/* ---- the set */

static err_t choose_zones(db_t *db, const plan_t *plan, const change_set_row_t *set, err_info_t *reterr)
{
    err_t e = change_set_store_clear(db, set->id, reterr);
    if (e == ERR_OK && set->revert_of != 0)
        return change_set_store_select_done(db, set->id, set->revert_of, reterr);
    for (size_t i = 0; e == ERR_OK && plan->source != NULL && i < plan->source->count; i++)
        e = change_set_store_select(db, set, (int)i, &plan->source->selects[i], reterr);
    return e;
}

static err_t begin_fn(db_t *db, void *arg, err_info_t *reterr)
{
    plan_t *plan = arg;
    AUTO_SET set = {0};
    err_t e = change_set_store_get(db, plan->who, plan->id, true, &set, reterr);
    if (e != ERR_OK || (set.state != SET_NEW && !plan->again))
        return e;
    if (set.applied_at.us != 0)
        return change_set_wrong_state(&set, "was applied", "what it did stays on record: make a new set", reterr);
    e = choose_zones(db, plan, &set, reterr);
    set.state = SET_PLANNING;
    set.planned_at = set.finished_at = (wall_t){0};
    return e == ERR_OK ? change_set_store_save(db, &set, reterr) : e;
}

/* Whatever somebody else plans at the same time waits for the set's row, and finds these done. */
static err_t batch_fn(db_t *db, void *arg, err_info_t *reterr)
{
    plan_t *plan = arg;
    AUTO_SET set = {0};
    change_set_zone_t *zones = NULL;
    size_t count = 0;
    err_t e = change_set_store_get(db, plan->who, plan->id, true, &set, reterr);
    plan->done = e != ERR_OK || set.state != SET_PLANNING;
    if (plan->done)
        return e;
    const caller_t *who = plan->who;
    caller_t narrow = *who; /* an administrator plans a front end's set: for its zones only */
    narrow.sectag_id = set.sectag_id;
    plan->who = &narrow;
    e = change_set_store_zones(db, set.id, 0, SET_ZONE_NEW, NULL, BATCH, &zones, &count, reterr);
    if (e == ERR_OK && count > 0)
        e = plan_zones(db, plan, zones, count, reterr);
    plan->who = who;
    change_set_zones_free(zones, count);
    plan->planned += count;
    if (e != ERR_OK || count > 0)
        return e;
    plan->done = true;
    set.state = SET_PLANNED;
    set.planned_at = plan->now;
    return change_set_store_save(db, &set, reterr);
}

err_t change_set_plan(db_t *db, const caller_t *who, int64_t id, const change_set_source_t *source, bool again, size_t most, wall_t now,
                      err_info_t *reterr)
{
    plan_t plan = {.who = who, .id = id, .source = source, .again = again, .now = now};
    err_t e = db_tx(db, begin_fn, &plan, reterr);
    while (e == ERR_OK && !plan.done && plan.planned < most)
        e = db_tx(db, batch_fn, &plan, reterr);
    return e;
}
