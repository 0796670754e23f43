/* Change sets: applied in batches of zones.  A zone's change and its row in the set are committed together, so a batch that is cut off anywhere is done
 * or is still to do. */
#include "controller/store/change_store.h"
#include "controller/usecase/change_set_priv.h"
#include "controller/usecase/zone_update.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define AUTO_CHANGE AUTO_CLEANUP(change_result_done) change_result_t

typedef struct {
    size_t most;
    wall_t now;
    int64_t before, set_id;      /* whose turn it was; set_id: out, whose it is */
    bool did, waits;             /* out */
    int64_t culprit;             /* out: row of the zone whose change was begun and then refused, or failed by a fault of ours */
} step_t;

/* Who applied it, as he was then. */
static caller_t caller_of(const change_set_row_t *set)
{
    return (caller_t){.role = strcmp(set->role, "admin") == 0 ? ROLE_ADMIN : ROLE_HELPDESK,
                      .role_name = set->role,
                      .sectag_id = set->sectag_id,
                      .login = set->login,
                      .front_end = set->front_end,
                      .address = set->address,
                      .method = "apply_change_set"};
}

static err_t load_ops(db_t *db, const change_set_zone_t *zone, zonedata_t **ret_ops, err_info_t *reterr)
{
    change_set_rr_t *rrs = NULL;
    size_t count = 0;
    err_t e = change_set_store_rrs(db, &zone->id, 1, false, &rrs, &count, reterr);
    if (e != ERR_OK)
        return e;
    zonedata_t *ops = zonedata_new(zone->name);
    zonedata_add_group(ops, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        zonedata_group_t *group = &ops->groups[ops->count - 1];
        const char *comment = rrs[i].group_comment;
        bool same = comment == NULL || group->comment == NULL ? comment == group->comment : strcmp(comment, group->comment) == 0;
        if (!same)
            group = zonedata_add_group(ops, comment, NULL);
        *zonedata_add_rr(ops, group) = rrs[i].rr; /* moved */
        rrs[i].rr = (zonedata_rr_t){0};
    }
    change_set_rrs_free(rrs, count);
    *ret_ops = ops;
    return ERR_OK;
}

static err_t check_version(const zone_row_t *row, const zi_row_t *candidate, const change_set_zone_t *zone, err_info_t *reterr)
{
    const edit_condition_t condition = {.if_zi_id = zone->zi_id};
    err_t e = zone_condition_check(&condition, row, candidate, reterr);
    if (e != ERR_OK)
        err_hint(reterr, "make a new change set for the zones that are left, or plan_change_set again before any of it is applied");
    return e;
}

/* Nothing is written before the last call. */
static err_t apply_zone(db_t *db, step_t *step, const change_set_row_t *set, zone_row_t *row, change_set_zone_t *zone, err_info_t *reterr)
{
    const caller_t who = caller_of(set);
    AUTO_ZI candidate = {0};
    AUTO(zonedata) ops = NULL;
    AUTO_CHANGE result = {0};
    zone_inc_result_t made = {0};
    err_t e = change_set_check_zone(db, &who, row, &candidate, reterr);
    if (e == ERR_OK)
        e = check_version(row, &candidate, zone, reterr);
    if (e == ERR_OK)
        e = load_ops(db, zone, &ops, reterr);
    if (e != ERR_OK)
        return e;
    zone_inc_t in = change_set_inc(&who, zone, ops, set->change_by, step->now);
    int before = 0;
    if (zone->reverts != 0)
        e = change_set_store_versions(db, zone->reverts, &before, &in.unmade_seq, reterr);
    if (e == ERR_OK)
        e = zone_inc_run(db, row, &candidate, &in, &made, NULL, reterr);
    if (e != ERR_OK)
        return e;
    e = zone_update_write(db, &who, who.method, row, &in, &made, &result, reterr);
    if (e != ERR_OK) {
        step->culprit = zone->id;
        return e;
    }
    zone->state = SET_ZONE_DONE;
    zone->change_id = result.change_id;
    zone->new_zi_id = result.zi_id;
    zone->done_at = step->now;
    return ERR_OK;
}

static zone_row_t *find_row(zone_row_t *rows, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].id == id)
            return &rows[i];
    }
    return NULL;
}

/* The zones that the set's maker may still see, by the order of their ids (locks); the others are gone for it. */
static err_t apply_zones(db_t *db, step_t *step, const change_set_row_t *set, change_set_zone_t *zones, size_t count, err_info_t *reterr)
{
    AUTO_FREE int64_t *ids = auto_calloc(count + 1, sizeof(*ids));
    zone_row_t *rows = NULL;
    size_t row_count = 0, moved = 0;
    for (size_t i = 0; i < count; i++)
        ids[i] = zones[i].zone_id;
    err_t e = zone_store_lock_many(db, ids, count, &rows, &row_count, reterr);
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        AUTO_ERR why = ERR_INFO_INIT;
        zone_row_t *row = find_row(rows, row_count, zones[i].zone_id);
        if (row == NULL && zones[i].zone_id != 0) {
            step->waits = true; /* another transaction holds it */
            continue;
        }
        e = row != NULL ? apply_zone(db, step, set, row, &zones[i], &why)
                        : err_set(&why, ERR_ZONE_NOT_FOUND, "zone \"%s\" not found", zones[i].name);
        if (e != ERR_OK && (step->culprit != 0 || !change_set_is_refusal(e))) {
            step->culprit = err_row(e)->class == ERR_CLASS_RETRY ? 0 : zones[i].id;
            err_set(reterr, e, "%s", err_message(&why));
            break;
        }
        if (e != ERR_OK)
            change_set_note(&zones[i], SET_ZONE_FAILED, &why);
        e = ERR_OK;
        moved++;
    }
    zone_store_rows_free(rows, row_count);
    step->did = step->did || moved > 0;
    return e == ERR_OK && moved > 0 ? change_set_store_save_zones(db, zones, count, reterr) : e;
}

static err_t hide(db_t *db, const change_set_row_t *set, change_set_zone_t *zones, size_t count, err_info_t *reterr)
{
    const caller_t who = caller_of(set);
    for (size_t i = 0; set->sectag_id != 0 && i < count; i++) {
        AUTO_ZONE row = {0};
        AUTO_ERR why = ERR_INFO_INIT;
        err_t e = zone_store_by_name(db, &who, zones[i].name, false, &row, &why);
        if (e == ERR_ZONE_NOT_FOUND)
            zones[i].zone_id = 0;
        else if (e != ERR_OK)
            return err_set(reterr, e, "%s", err_message(&why));
    }
    return ERR_OK;
}

static err_t finish(db_t *db, step_t *step, change_set_row_t *set, err_info_t *reterr)
{
    set->state = SET_DONE;
    set->finished_at = step->now;
    step->did = true;
    err_t e = change_set_store_save(db, set, reterr);
    return e == ERR_OK ? db_notify(db, DB_CHANNEL_CHANGE, "", reterr) : e;
}

static err_t step_fn(db_t *db, void *arg, err_info_t *reterr)
{
    step_t *step = arg;
    AUTO_SET set = {0};
    change_set_zone_t *zones = NULL;
    size_t count = 0;
    step->did = step->waits = false;
    step->culprit = 0;
    err_t e = change_set_store_applying(db, step->before, &set, reterr);
    step->set_id = set.id;
    if (e != ERR_OK || set.id == 0)
        return e;
    e = change_set_store_zones(db, set.id, 0, SET_ZONE_PLANNED, NULL, (int64_t)step->most, &zones, &count, reterr);
    if (e == ERR_OK)
        e = hide(db, &set, zones, count, reterr);
    if (e == ERR_OK && count > 0)
        e = apply_zones(db, step, &set, zones, count, reterr);
    if (e == ERR_OK && count < step->most && !step->waits)
        e = finish(db, step, &set, reterr);
    change_set_zones_free(zones, count);
    return e;
}

/* ---- a zone that its machine refused after all, or that breaks us: the batch was rolled back, this one is out of the next */

typedef struct {
    step_t *step;
    const err_info_t *why;
} culprit_t;

static err_t culprit_fn(db_t *db, void *arg, err_info_t *reterr)
{
    const culprit_t *c = arg;
    change_set_zone_t *zones = NULL;
    size_t count = 0;
    AUTO_SET set = {0};
    err_t e = change_set_store_applying(db, c->step->set_id - 1, &set, reterr);
    if (e == ERR_OK && set.id == c->step->set_id)
        e = change_set_store_zones(db, set.id, 0, SET_ZONE_PLANNED, NULL, (int64_t)c->step->most, &zones, &count, reterr);
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        if (zones[i].id != c->step->culprit)
            continue;
        change_set_note(&zones[i], SET_ZONE_FAILED, c->why);
        e = change_set_store_save_zones(db, &zones[i], 1, reterr);
    }
    change_set_zones_free(zones, count);
    return e;
}

err_t change_set_step(db_t *db, size_t most, wall_t now, int64_t *turn, bool *ret_did, bool *ret_waits, err_info_t *reterr)
{
    step_t step = {.most = most, .now = now, .before = *turn};
    AUTO_ERR why = ERR_INFO_INIT;
    err_t e = db_tx(db, step_fn, &step, &why);
    *turn = step.set_id;
    if (e != ERR_OK && step.culprit != 0) {
        culprit_t culprit = {&step, &why};
        e = db_tx(db, culprit_fn, &culprit, reterr);
        step.did = true;
    } else if (e != ERR_OK) {
        err_set(reterr, e, "%s", err_message(&why));
    }
    if (e != ERR_OK)
        return e;
    *ret_did = *ret_did || step.did;
    *ret_waits = *ret_waits || step.waits;
    return ERR_OK;
}
