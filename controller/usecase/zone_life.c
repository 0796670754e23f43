#include "controller/usecase/zone_life.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/store/change_store.h"
#include "controller/usecase/zone_edit_priv.h"

typedef struct {
    const caller_t *who;
    const char *method, *name;   /* name NULL: by id */
    int64_t zone_id, zi_id;
    zone_event_t event;
    wall_t now;
    change_result_t result;
} life_t;

static err_t life_fn(db_t *db, void *arg, err_info_t *reterr)
{
    life_t *life = arg;
    change_result_t *r = &life->result;
    *r = (change_result_t){0};
    AUTO_ZONE zone = {0};
    AUTO_ZI zi = {0};
    err_t e = life->name != NULL ? zone_store_by_name(db, life->who, life->name, true, &zone, reterr)
                                 : zone_store_by_id(db, life->who, life->zone_id, true, &zone, reterr);
    if (e == ERR_OK && life->zi_id != 0) {
        e = zi_store_get(db, zone.id, life->zi_id, &zi, reterr);
        if (e != ERR_OK)
            err_key(reterr, "name", zone.name);
    }
    if (e == ERR_OK)
        e = change_store_insert(db, life->who, life->method, "zone", zone.name, zone.id, NULL, life->now, &r->change_id,
                                reterr);
    bool was_active = zone_edit_is_active(&zone);
    zone_params_t params = {.zi_id = life->zi_id, .change_id = r->change_id};
    if (e == ERR_OK)
        e = zone_fsm_fire(db, &zone, life->event, &params, life->now, NULL, reterr);
    if (e != ERR_OK)
        return e;
    bool active = zone_edit_is_active(&zone);
    r->zone_id = zone.id;
    r->zi_id = zone.zi_candidate_id;
    r->publishes = active || was_active;
    if (active && zi.id != zone.zi_candidate_id) {
        zi_row_done(&zi);
        e = zi_store_get(db, zone.id, zone.zi_candidate_id, &zi, reterr);
    }
    if (e != ERR_OK || !r->publishes)
        return e;
    return change_store_open(db, r->change_id, zone.id, active ? zi.id : 0, active ? zi.seq : 0, !active, life->now,
                             reterr);
}

static err_t run(db_t *db, const caller_t *who, const char *method, const char *name, int64_t zone_id, int64_t zi_id,
                 zone_event_t event, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    err_t e = name == NULL ? ERR_OK : zone_edit_name(name, canonical, reterr);
    life_t life = {.who = who,
                   .method = method,
                   .name = name == NULL ? NULL : canonical,
                   .zone_id = zone_id,
                   .zi_id = zi_id,
                   .event = event,
                   .now = now};
    if (e == ERR_OK)
        e = db_tx(db, life_fn, &life, reterr);
    if (e == ERR_OK)
        *ret_result = life.result;
    return e;
}

err_t zone_life_delete(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result,
                       err_info_t *reterr)
{
    return run(db, who, "delete_zone", name, 0, 0, ZE_Delete, now, ret_result, reterr);
}

err_t zone_life_undelete(db_t *db, const caller_t *who, int64_t zone_id, wall_t now, change_result_t *ret_result,
                         err_info_t *reterr)
{
    return run(db, who, "undelete_zone", NULL, zone_id, 0, ZE_Undelete, now, ret_result, reterr);
}

err_t zone_life_disable(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result,
                        err_info_t *reterr)
{
    return run(db, who, "disable_zone", name, 0, 0, ZE_Disable, now, ret_result, reterr);
}

err_t zone_life_enable(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result,
                       err_info_t *reterr)
{
    return run(db, who, "enable_zone", name, 0, 0, ZE_Enable, now, ret_result, reterr);
}

err_t zone_life_refresh(db_t *db, const caller_t *who, const char *name, int64_t zi_id, wall_t now,
                        change_result_t *ret_result, err_info_t *reterr)
{
    return run(db, who, "refresh_zone", name, 0, zi_id, ZE_DoRefresh, now, ret_result, reterr);
}

err_t zone_life_reset(db_t *db, const caller_t *who, const char *name, int64_t zi_id, wall_t now,
                      change_result_t *ret_result, err_info_t *reterr)
{
    return run(db, who, "reset_zone", name, 0, zi_id, ZE_DoReset, now, ret_result, reterr);
}
