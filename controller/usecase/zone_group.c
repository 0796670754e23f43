#include "controller/usecase/zone_group.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/store/change_store.h"
#include "controller/store/move_store.h"
#include "controller/store/server_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include <stdlib.h>

#define AUTO_GROUP AUTO_CLEANUP(group_row_done) group_row_t

typedef struct {
    const caller_t *who;
    char name[DNAME_TEXT]; /* canonical */
    const char *sg_name, *method;
    wall_t now;
    change_result_t result;
} regroup_t;

static err_t begin(db_t *db, regroup_t *r, zone_row_t *zone, err_info_t *reterr)
{
    r->result = (change_result_t){0};
    err_t e = zone_store_by_name(db, r->who, r->name, true, zone, reterr);
    r->result.zone_id = zone->id;
    return e;
}

static err_t log_change(db_t *db, regroup_t *r, const zone_row_t *zone, err_info_t *reterr)
{
    return change_store_insert(db, r->who, r->method, "zone", zone->name, zone->id, NULL, r->now, &r->result.change_id, reterr);
}

static err_t find_group(db_t *db, const char *name, group_row_t *ret_group, err_info_t *reterr)
{
    defaults_t defaults = {0};
    err_t e = name == NULL ? config_store_defaults(db, 0, &defaults, reterr) : ERR_OK;
    const char *wanted = name != NULL ? name : defaults.default_sg != NULL ? defaults.default_sg : "";
    if (e == ERR_OK)
        e = server_store_group(db, wanted, ret_group, reterr);
    defaults_done(&defaults);
    return e;
}

/* A disabled zone's move waits for it. */
static err_t check_move(db_t *db, const zone_row_t *zone, err_info_t *reterr)
{
    AUTO_CLEANUP(move_row_done) move_row_t move = {0};
    err_t e = move_store_open(db, zone->id, &move, reterr);
    if (e != ERR_OK || move.id == 0)
        return e;
    err_set(reterr, ERR_ZONE_MOVING, "zone \"%s\" is being moved from server group \"%s\" to \"%s\"", zone->name, move.from_sg, move.to_sg);
    err_hint(reterr, "cancel_zone_move takes it back to the old group");
    err_key(reterr, "name", zone->name);
    return ERR_ZONE_MOVING;
}

static err_t set_fn(db_t *db, void *arg, err_info_t *reterr)
{
    regroup_t *r = arg;
    AUTO_ZONE zone = {0};
    AUTO_GROUP group = {0};
    err_t e = begin(db, r, &zone, reterr);
    if (e != ERR_OK)
        return e;
    if (zone.state != ZONE_DISABLED) {
        err_set(reterr, ERR_ZONE_NOT_DISABLED, "zone \"%s\" is not disabled", zone.name);
        err_hint(reterr, "a live zone moves with move_zone_sg");
        err_key(reterr, "name", zone.name);
        return ERR_ZONE_NOT_DISABLED;
    }
    e = check_move(db, &zone, reterr);
    if (e == ERR_OK)
        e = find_group(db, r->sg_name, &group, reterr);
    if (e != ERR_OK)
        return e;
    r->result.unchanged = zone.sg_id == group.id;
    zone.sg_id = group.id;
    if (zone.alt_sg_id == group.id)
        zone.alt_sg_id = 0;
    e = zone_store_save_many(db, &zone, 1, r->now, reterr);
    return e == ERR_OK ? log_change(db, r, &zone, reterr) : e;
}

/* The machine sends the zone whole; its receipt is complete when the servers of both groups have it. */
static err_t fire(db_t *db, regroup_t *r, zone_row_t *zone, zone_event_t event, int64_t sg_id, err_info_t *reterr)
{
    AUTO_ZI zi = {0};
    err_t e = log_change(db, r, zone, reterr);
    zone_params_t params = {.sg_id = sg_id, .change_id = r->result.change_id};
    if (e == ERR_OK)
        e = zone_fsm_fire(db, zone, event, &params, r->now, NULL, reterr);
    if (e != ERR_OK || !zone_edit_is_active(zone))
        return e;
    r->result.publishes = true;
    r->result.zi_id = zone->zi_candidate_id;
    e = zi_store_get(db, zone->id, zone->zi_candidate_id, &zi, reterr);
    return e == ERR_OK ? change_store_open(db, r->result.change_id, zone->id, zi.id, zi.seq, false, r->now, reterr) : e;
}

static err_t set_alt_fn(db_t *db, void *arg, err_info_t *reterr)
{
    regroup_t *r = arg;
    AUTO_ZONE zone = {0};
    AUTO_GROUP group = {0};
    err_t e = begin(db, r, &zone, reterr);
    if (e == ERR_OK && r->sg_name != NULL)
        e = server_store_group(db, r->sg_name, &group, reterr);
    if (e != ERR_OK)
        return e;
    r->result.unchanged = zone.alt_sg_id == group.id;
    return r->result.unchanged ? log_change(db, r, &zone, reterr) : fire(db, r, &zone, ZE_DoSetAltSg, group.id, reterr);
}

static err_t swap_fn(db_t *db, void *arg, err_info_t *reterr)
{
    regroup_t *r = arg;
    AUTO_ZONE zone = {0};
    err_t e = begin(db, r, &zone, reterr);
    return e == ERR_OK ? fire(db, r, &zone, ZE_DoSgSwap, 0, reterr) : e;
}

static err_t run(db_t *db, regroup_t *r, const char *name, db_tx_fn_t fn, change_result_t *ret_result, err_info_t *reterr)
{
    err_t e = zone_edit_name(name, r->name, reterr);
    if (e == ERR_OK)
        e = db_tx(db, fn, r, reterr);
    if (e == ERR_OK)
        *ret_result = r->result;
    return e;
}

err_t zone_group_set(db_t *db, const caller_t *who, const char *name, const char *sg_name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    regroup_t r = {.who = who, .sg_name = sg_name, .method = "set_zone_sg", .now = now};
    return run(db, &r, name, set_fn, ret_result, reterr);
}

err_t zone_group_set_alt(db_t *db, const caller_t *who, const char *name, const char *sg_name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    regroup_t r = {.who = who, .sg_name = sg_name, .method = "set_zone_alt_sg", .now = now};
    return run(db, &r, name, set_alt_fn, ret_result, reterr);
}

err_t zone_group_swap(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    regroup_t r = {.who = who, .method = "swap_zone_sg", .now = now};
    return run(db, &r, name, swap_fn, ret_result, reterr);
}
