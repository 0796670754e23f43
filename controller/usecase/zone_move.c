#include "controller/usecase/zone_move.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/store/change_store.h"
#include "controller/store/server_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include <stdlib.h>

#define AUTO_GROUP AUTO_CLEANUP(group_row_done) group_row_t

typedef struct {
    const caller_t *who;
    char name[DNAME_TEXT]; /* canonical */
    const char *method, *sg_name;
    int64_t ttl_wait;
    wall_t now;
    change_result_t result;
    move_row_t move;
} move_t;

static err_t fire(db_t *db, move_t *m, zone_row_t *zone, zone_event_t event, int64_t sg_id, err_info_t *reterr)
{
    AUTO_FREE char *by = zone_edit_change_by(m->who, m->who->login);
    move_row_done(&m->move); /* an earlier try */
    m->result = (change_result_t){.zone_id = zone->id};
    err_t e = change_store_insert(db, m->who, m->method, "zone", zone->name, zone->id, NULL, m->now, &m->result.change_id, reterr);
    const zone_params_t params = {.sg_id = sg_id, .ttl_wait = m->ttl_wait, .locked_by = by, .change_id = m->result.change_id};
    if (e == ERR_OK)
        e = zone_fsm_fire(db, zone, event, &params, m->now, NULL, reterr);
    return e == ERR_OK ? move_store_newest(db, zone, &m->move, reterr) : e;
}

static err_t start_fn(db_t *db, void *arg, err_info_t *reterr)
{
    move_t *m = arg;
    AUTO_ZONE zone = {0};
    AUTO_GROUP group = {0};
    int64_t servers = 0;
    err_t e = zone_store_by_name(db, m->who, m->name, true, &zone, reterr);
    if (e == ERR_OK)
        e = server_store_group(db, m->sg_name, &group, reterr);
    if (e == ERR_OK)
        e = move_store_servers(db, group.id, &servers, reterr);
    if (e == ERR_OK && servers == 0) {
        e = err_set(reterr, ERR_NO_ENABLED_SERVER, "server group \"%s\" has no enabled server", group.name);
        err_hint(reterr, "nobody would serve the zone: enable one of its servers first");
        err_key(reterr, "sg_name", group.name);
    }
    return e == ERR_OK ? fire(db, m, &zone, ZE_DoSgMove, group.id, reterr) : e;
}

static err_t cancel_fn(db_t *db, void *arg, err_info_t *reterr)
{
    move_t *m = arg;
    AUTO_ZONE zone = {0};
    err_t e = zone_store_by_name(db, m->who, m->name, true, &zone, reterr);
    return e == ERR_OK ? fire(db, m, &zone, ZE_DoSgMoveCancel, 0, reterr) : e;
}

static err_t run(db_t *db, move_t *m, const char *name, db_tx_fn_t fn, change_result_t *ret_result, move_row_t *ret_move, err_info_t *reterr)
{
    err_t e = zone_edit_name(name, m->name, reterr);
    if (e == ERR_OK)
        e = db_tx(db, fn, m, reterr);
    if (e != ERR_OK) {
        move_row_done(&m->move);
        return e;
    }
    *ret_result = m->result;
    *ret_move = m->move;
    return ERR_OK;
}

err_t zone_move_start(db_t *db, const caller_t *who, const char *name, const char *sg_name, int64_t ttl_wait, wall_t now, change_result_t *ret_result,
                      move_row_t *ret_move, err_info_t *reterr)
{
    move_t m = {.who = who, .method = "move_zone_sg", .sg_name = sg_name, .ttl_wait = ttl_wait, .now = now};
    return run(db, &m, name, start_fn, ret_result, ret_move, reterr);
}

err_t zone_move_cancel(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, move_row_t *ret_move, err_info_t *reterr)
{
    move_t m = {.who = who, .method = "cancel_zone_move", .now = now};
    return run(db, &m, name, cancel_fn, ret_result, ret_move, reterr);
}

err_t zone_move_show(db_t *db, const caller_t *who, const char *name, move_row_t *ret_move, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    AUTO_ZONE zone = {0};
    err_t e = zone_edit_name(name, canonical, reterr);
    if (e == ERR_OK)
        e = zone_store_by_name(db, who, canonical, false, &zone, reterr);
    return e == ERR_OK ? move_store_newest(db, &zone, ret_move, reterr) : e;
}
