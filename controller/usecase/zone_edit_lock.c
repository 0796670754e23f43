/* Edit locks, conditions, and the log of what was refused. */
#include "controller/domain/zone_rights.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/store/change_store.h"
#include "controller/store/zi_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    const caller_t *who;
    const char *login_id, *name;
    int64_t token;
    wall_t now;
    zone_event_t event;
    const char *method;
    change_result_t result;
} lock_t;

static err_t begin_fn(db_t *db, void *arg, err_info_t *reterr)
{
    lock_t *lock = arg;
    lock->result = (change_result_t){0};
    AUTO_ZONE zone = {0};
    err_t e = zone_store_by_name(db, lock->who, lock->name, true, &zone, reterr);
    if (e != ERR_OK)
        return e;
    lock->result.zone_id = zone.id;
    lock->result.zi_id = zone.zi_candidate_id;
    if (!zone.use_apex_ns && lock->who->role != ROLE_ADMIN) {
        err_set(reterr, ERR_ZONE_ADMIN_PRIVILEGE_NEEDED,
                "zone \"%s\" brings its own apex: only administrators may edit it", zone.name);
        err_key(reterr, "name", zone.name);
        return ERR_ZONE_ADMIN_PRIVILEGE_NEEDED;
    }
    if (!zone.edit_lock && !zone.locked) /* a lock that is held holds, also when the flag has gone meanwhile */
        return ERR_OK;
    AUTO_FREE char *by = zone_edit_change_by(lock->who, lock->login_id);
    e = change_store_insert(db, lock->who, "edit_zone", "zone", zone.name, zone.id, NULL, lock->now,
                            &lock->result.change_id, reterr);
    zone_params_t params = {.locked_by = by, .change_id = lock->result.change_id};
    return e != ERR_OK ? e
                       : zone_fsm_fire(db, &zone, ZE_Edit, &params, lock->now, &lock->result.edit_lock_token, reterr);
}

err_t zone_edit_begin(db_t *db, const caller_t *who, const char *login_id, const char *name, wall_t now,
                      change_result_t *ret_result, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    err_t e = zone_rights_login_id(login_id, reterr);
    if (e == ERR_OK)
        e = zone_edit_name(name, canonical, reterr);
    if (e != ERR_OK)
        return e;
    lock_t lock = {.who = who, .login_id = login_id, .name = canonical, .now = now};
    e = db_tx(db, begin_fn, &lock, reterr);
    if (e == ERR_OK)
        *ret_result = lock.result;
    return e;
}

static err_t hold_fn(db_t *db, void *arg, err_info_t *reterr)
{
    lock_t *lock = arg;
    lock->result = (change_result_t){0};
    AUTO_ZONE zone = {0};
    err_t e = zone_store_by_name(db, lock->who, lock->name, true, &zone, reterr);
    if (e != ERR_OK)
        return e;
    lock->result.zone_id = zone.id;
    if (lock->method != NULL)
        e = change_store_insert(db, lock->who, lock->method, "zone", zone.name, zone.id, NULL, lock->now,
                                &lock->result.change_id, reterr);
    zone_params_t params = {.edit_lock_token = lock->token, .change_id = lock->result.change_id};
    return e != ERR_OK ? e : zone_fsm_fire(db, &zone, lock->event, &params, lock->now, NULL, reterr);
}

err_t zone_edit_tickle(db_t *db, const caller_t *who, const char *name, int64_t token, wall_t now, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    err_t e = zone_edit_name(name, canonical, reterr);
    lock_t lock = {.who = who, .name = canonical, .token = token, .now = now, .event = ZE_EditLockTickle};
    return e != ERR_OK ? e : db_tx(db, hold_fn, &lock, reterr);
}

err_t zone_edit_cancel(db_t *db, const caller_t *who, const char *name, int64_t token, wall_t now,
                       change_result_t *ret_result, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    err_t e = zone_edit_name(name, canonical, reterr);
    lock_t lock = {
        .who = who, .name = canonical, .token = token, .now = now, .event = ZE_EditExit, .method = "cancel_edit_zone"};
    if (e == ERR_OK)
        e = db_tx(db, hold_fn, &lock, reterr);
    if (e == ERR_OK)
        *ret_result = lock.result;
    return e;
}

/* ---- conditions */

typedef struct {
    const caller_t *who;
    const char *name;
    const edit_condition_t *condition;
    db_tx_fn_t do_fn;
    void *arg;
} conditional_t;

static err_t conditional_fn(db_t *db, void *arg, err_info_t *reterr)
{
    const conditional_t *c = arg;
    AUTO_ZONE zone = {0};
    AUTO_ZI newest = {0};
    err_t e = zone_store_by_name(db, c->who, c->name, true, &zone, reterr);
    if (e == ERR_OK && zone.zi_candidate_id != 0)
        e = zi_store_get(db, zone.id, zone.zi_candidate_id, &newest, reterr);
    if (e == ERR_OK)
        e = zone_condition_check(c->condition, &zone, &newest, reterr);
    return e == ERR_OK ? c->do_fn(db, c->arg, reterr) : e;
}

err_t zone_edit_on_condition(db_t *db, const caller_t *who, const char *name, const edit_condition_t *condition, db_tx_fn_t do_fn, void *arg,
                             err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    err_t e = zone_edit_name(name, canonical, reterr);
    conditional_t c = {who, canonical, condition, do_fn, arg};
    return e == ERR_OK ? db_tx(db, conditional_fn, &c, reterr) : e;
}

/* ---- refused changes */

typedef struct {
    const caller_t *who;
    const char *method, *object, *name;
    const err_info_t *why;
    wall_t now;
} refusal_t;

static err_t refusal_fn(db_t *db, void *arg, err_info_t *reterr)
{
    const refusal_t *r = arg;
    AUTO_CLEANUP(zone_row_done) zone_row_t zone = {0};
    if (r->object != NULL && strcmp(r->object, "zone") == 0)
        zone_store_by_name(db, r->who, r->name, false, &zone, NULL); /* else it is one that the caller does not see, or none */
    return change_store_insert(db, r->who, r->method, r->object, r->name, zone.id, r->why, r->now, NULL, reterr);
}

err_t zone_edit_log_refusal(db_t *db, const caller_t *who, const char *method, const char *object, const char *object_name,
                            const err_info_t *why, wall_t now)
{
    refusal_t refusal = {who, method, object, object_name, why, now};
    return db_tx(db, refusal_fn, &refusal, NULL);
}
