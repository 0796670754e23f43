#include "controller/usecase/zone_update.h"
#include "controller/domain/zone_rights.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/fsm/zone_inc.h"
#include "controller/fsm/zone_ptr.h"
#include "controller/store/change_store.h"
#include "controller/store/event_store.h"
#include "controller/store/inc_store.h"
#include "controller/store/kept_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    const caller_t *who;
    const zone_update_t *update;
    const char *name; /* canonical */
    wall_t now;
    change_result_t result;
} update_t;

static err_t refuse(const zone_row_t *zone, err_t code, const char *why, err_info_t *reterr)
{
    err_set(reterr, code, "zone \"%s\" %s", zone->name, why);
    err_key(reterr, "name", zone->name);
    return code;
}

static err_t check_zone(const update_t *u, const zone_row_t *zone, err_info_t *reterr)
{
    if (!zone->inc_updates)
        return refuse(zone, ERR_INCREMENTAL_UPDATES_DISABLED, "takes no incremental updates", reterr);
    if (zone->state == ZONE_DISABLED)
        return refuse(zone, ERR_ZONE_DISABLED, "is disabled", reterr);
    if (!zone->use_apex_ns && u->who->role != ROLE_ADMIN)
        return refuse(zone, ERR_ZONE_ADMIN_PRIVILEGE_NEEDED, "brings its own apex: only administrators may edit it", reterr);
    return ERR_OK;
}

/* *ret_waiting: updates of any type that wait. */
static err_t check_queue(db_t *db, const update_t *u, const zone_row_t *zone, size_t *ret_waiting, err_info_t *reterr)
{
    AUTO_FREE int64_t *all = NULL;
    AUTO_FREE int64_t *same = NULL;
    size_t count = 0;
    err_t e = inc_store_waiting(db, zone->id, NULL, &all, ret_waiting, reterr);
    if (e == ERR_OK && *ret_waiting > 0)
        e = inc_store_waiting(db, zone->id, u->update->update_type, &same, &count, reterr);
    if (e != ERR_OK || count == 0)
        return e;
    err_set(reterr, ERR_UPDATE_TYPE_ALREADY_QUEUED, "update \"%s\" of zone \"%s\" is already queued", u->update->update_type,
            zone->name);
    err_hint(reterr, "it is made when the zone's edit lock ends");
    err_key(reterr, "name", zone->name);
    err_key(reterr, "update_type", u->update->update_type);
    err_key_int(reterr, "change_id", same[0]);
    return ERR_UPDATE_TYPE_ALREADY_QUEUED;
}

static err_t check_contents(const zone_update_t *update, err_info_t *reterr)
{
    if (update->ops != NULL)
        return ERR_OK;
    err_t code = update->contents_error->code;
    if (reterr != NULL) {
        err_info_done(reterr);
        *reterr = *update->contents_error;
        *update->contents_error = ERR_INFO_INIT;
    }
    return code;
}

static const char *method_of(const update_t *u) { return u->who->method != NULL ? u->who->method : "update_rrs"; }

/* The lock's end wakes it; where that was before (others still wait), this does. */
static err_t defer(db_t *db, update_t *u, const zone_row_t *zone, const zone_inc_t *in, err_info_t *reterr)
{
    err_t e = change_store_insert(db, u->who, method_of(u), "zone", zone->name, zone->id, NULL, u->now, &u->result.change_id, reterr);
    AUTO_CLEANUP(update_group_done) update_group_t group = {.zone_id = zone->id,
                                                            .change_id = u->result.change_id,
                                                            .may_lock_ptr = in->may_lock_ptr,
                                                            .may_reference = in->may_reference,
                                                            .sectag_id = u->who->sectag_id,
                                                            .strict = in->strict,
                                                            .if_zi_id = u->update->condition != NULL ? u->update->condition->if_zi_id : 0,
                                                            .if_serial = u->update->condition != NULL ? u->update->condition->if_serial : 0};
    if (e != ERR_OK)
        return e;
    group.update_type = auto_strdup(u->update->update_type);
    group.change_by = auto_strdup(in->change_by);
    e = inc_store_defer(db, &group, in->ops, zone, u->now, reterr);
    u->result.publishes = u->result.deferred = true;
    int64_t kept_id = 0;
    if (e == ERR_OK && u->update->text != NULL)
        e = kept_store_insert(db, u->who, method_of(u), zone->name, u->update->text, group.change_id, NULL, u->now, &kept_id, reterr);
    if (e != ERR_OK || zone->locked)
        return e;
    char type[] = "ZoneSMIncUpdate";
    event_row_t event = {.kind = MACHINE_ZONE, .machine_id = zone->id, .type = type, .due = u->now, .change_id = group.change_id};
    return event_store_insert_many(db, &event, 1, u->now, reterr);
}

err_t zone_update_write(db_t *db, const caller_t *who, const char *method, zone_row_t *zone, const zone_inc_t *in, const zone_inc_result_t *made,
                        change_result_t *result, err_info_t *reterr)
{
    const zone_ptr_t ptr = {.change_by = in->change_by, .sectag_id = who->sectag_id, .submission = in->ops, .warnings = &result->warnings};
    result->zone_id = zone->id;
    result->zi_id = made->zi_id;
    result->unchanged = made->unchanged;
    err_t e = change_store_insert(db, who, method, "zone", zone->name, zone->id, NULL, in->now, &result->change_id, reterr);
    if (e == ERR_OK && made->unchanged) /* FORCEREV and TRACKREV of what is there */
        return zone_ptr_follow(db, zone, zone->zi_candidate_id, zone->zi_candidate_id, &ptr, result->change_id, in->now, reterr);
    if (e != ERR_OK)
        return e;
    const zone_params_t params = {.zi_id = made->zi_id, .change_id = result->change_id, .ptr = &ptr};
    e = zone_fsm_fire(db, zone, ZE_EditSavedNoLock, &params, in->now, NULL, reterr);
    result->publishes = e == ERR_OK && zone_edit_is_active(zone);
    return result->publishes ? change_store_open(db, result->change_id, zone->id, made->zi_id, made->zi_seq, false, in->now, reterr) : e;
}

static err_t update_fn(db_t *db, void *arg, err_info_t *reterr)
{
    update_t *u = arg;
    change_result_done(&u->result); /* an earlier try */
    AUTO_ZONE zone = {0};
    AUTO_ZI candidate = {0};
    size_t waiting = 0;
    err_t e = zone_store_by_name(db, u->who, u->name, true, &zone, reterr);
    if (e == ERR_OK)
        e = check_zone(u, &zone, reterr);
    if (e == ERR_OK)
        e = zone_inc_candidate(db, &zone, &candidate, reterr);
    if (e == ERR_OK)
        e = check_queue(db, u, &zone, &waiting, reterr);
    if (e == ERR_OK)
        e = zone_condition_check(u->update->condition, &zone, &candidate, reterr);
    if (e == ERR_OK)
        e = check_contents(u->update, reterr);
    if (e == ERR_OK)
        e = scope_check_update(u->who->scope, zone.name, u->update->ops, reterr);
    if (e != ERR_OK)
        return e;
    bool defers = zone.locked || waiting > 0;
    AUTO_FREE char *change_by = zone_edit_change_by(u->who, u->update->login_id);
    const zone_inc_t in = {.ops = u->update->ops,
                           .change_by = change_by,
                           .may_lock_ptr = u->who->role == ROLE_ADMIN,
                           .may_reference = u->who->role == ROLE_ADMIN || u->who->role == ROLE_HELPDESK,
                           .only_judge = defers,
                           .strict = u->update->strict,
                           .found = u->update->found,
                           .now = u->now};
    zone_inc_result_t inc = {0};
    e = zone_inc_run(db, &zone, &candidate, &in, &inc, &u->result.warnings, reterr);
    if (e != ERR_OK)
        return e;
    u->result.zone_id = zone.id;
    return defers ? defer(db, u, &zone, &in, reterr)
                  : zone_update_write(db, u->who, method_of(u), &zone, &in, &inc, &u->result, reterr);
}

static err_t check_type(const zone_update_t *update, err_info_t *reterr)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    const char *type = update->update_type;
    if (type == NULL || type[0] == '\0') {
        err_set(reterr, ERR_UPDATE_TYPE_REQUIRED, "update of zone \"%s\" has no update type", update->name);
        err_hint(reterr, "give update_type, or $UPDATE_TYPE in the text");
        err_key(reterr, "name", update->name);
        return ERR_UPDATE_TYPE_REQUIRED;
    }
    if (strlen(type) <= 60 && type[strspn(type, allowed)] == '\0')
        return ERR_OK;
    err_set(reterr, ERR_INVALID_ARGUMENT, "update type \"%.80s\" is not up to 60 characters of A-Za-z0-9_.-", type);
    err_key(reterr, "update_type", type);
    return ERR_INVALID_ARGUMENT;
}

err_t zone_update_rrs(db_t *db, const caller_t *who, const zone_update_t *update, wall_t now, change_result_t *ret_result,
                      err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    err_t e = check_type(update, reterr);
    if (e == ERR_OK)
        e = zone_rights_login_id(update->login_id, reterr);
    if (e == ERR_OK)
        e = zone_edit_name(update->name, canonical, reterr);
    if (e != ERR_OK)
        return e;
    update_t u = {.who = who, .update = update, .name = canonical, .now = now};
    e = db_tx(db, update_fn, &u, reterr);
    if (e == ERR_OK)
        *ret_result = u.result;
    else
        change_result_done(&u.result);
    return e;
}
