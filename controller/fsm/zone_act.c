/* What the rows of the zone machine do: change the locked row in memory and collect effects.  An action checks everything before it
 * changes anything, so a refusal leaves the row as it was. */
#include "controller/fsm/fsm_params.h"
#include "controller/fsm/zone_priv.h"
#include "controller/store/event_store.h"
#include "controller/store/publish_store.h"
#include "shared/rr.h"
#include "shared/serial.h"
#include <inttypes.h>
#include <stdlib.h>

#define ACTION(a) err_t zone_act_##a(void *arg UNUSED, int *state UNUSED, err_info_t *reterr UNUSED)
#define CTX                                                                                                           \
    zone_ctx_t *ctx = arg;                                                                                            \
    zone_row_t *zone UNUSED = ctx->zone;                                                                              \
    const zone_params_t *params UNUSED = &ctx->step->params

/* ---- refusals */

static err_t refuse(const zone_ctx_t *ctx, err_t code, const char *why, const char *hint, err_info_t *reterr)
{
    err_set(reterr, code, "zone \"%s\" %s", ctx->zone->name, why);
    err_key(reterr, "name", ctx->zone->name);
    if (reterr != NULL)
        err_key(reterr, "event_message", err_message(reterr));
    err_hint(reterr, "%s", hint);
    return code;
}

#define REFUSAL(a, code, why, hint)                                                                                   \
    ACTION(a)                                                                                                         \
    {                                                                                                                 \
        return refuse(arg, ERR_##code, why, hint, reterr);                                                            \
    }
REFUSAL(no_being_created, ZONE_BEING_CREATED, "is being created", "try again in a moment")
REFUSAL(no_configured, ZONE_SM_FAILURE, "has been set up already", "save a version, or reset_zone")
REFUSAL(no_disabled, ZONE_SM_FAILURE, "is disabled", "enable_zone publishes it")
REFUSAL(no_deleted, ZONE_SM_FAILURE, "is deleted", "undelete_zone first")
REFUSAL(no_enabled, ZONE_SM_FAILURE, "is enabled already", "refresh_zone publishes it anew")
REFUSAL(no_already, ZONE_SM_FAILURE, "is disabled already", "enable_zone puts it back into service")
REFUSAL(no_not_deleted, ZONE_NOT_DELETED, "is not deleted", "only deleted zones are undeleted or destroyed")
REFUSAL(no_edit, EDIT_LOCK_FAILURE, "cannot be edited in its state", "a deleted zone is undeleted first")
REFUSAL(no_save, UPDATE_ZONE_FAILURE, "cannot be edited in its state", "a deleted zone is undeleted first")
REFUSAL(no_exit, CANCEL_EDIT_LOCK_FAILURE, "is not locked", "there is nothing to give back")
REFUSAL(no_tickle, TICKLE_EDIT_LOCK_FAILURE, "is not locked", "edit_zone takes the lock")

static err_t refuse_locked(const zone_ctx_t *ctx, err_t code, err_info_t *reterr)
{
    const zone_row_t *zone = ctx->zone;
    char since[WALL_TEXT];
    wall_text(zone->locked_at, since);
    err_set(reterr, code, "zone \"%s\" is locked with token %" PRId64 " by %s since %s", zone->name, zone->edit_lock_token,
            zone->locked_by != NULL ? zone->locked_by : "somebody", since);
    err_key(reterr, "name", zone->name);
    if (reterr != NULL)
        err_key(reterr, "event_message", err_message(reterr));
    err_hint(reterr, "wait for the end of that edit, or end it with its token: cancel_edit_zone (in zone_tool: clear_edit_lock ZONE TOKEN)");
    return code;
}

/* The caller's token must be that of the lock. */
static err_t check_token(const zone_ctx_t *ctx, err_t code, err_info_t *reterr)
{
    if (!ctx->zone->locked)
        return refuse(ctx, code, ctx->step->params.edit_lock_token != 0 ? "was locked and the lock timed out" : "is not locked",
                      "or the lock was given back, or taken away by somebody else: begin a new edit", reterr);
    return ctx->step->params.edit_lock_token == ctx->zone->edit_lock_token ? ERR_OK : refuse_locked(ctx, code, reterr);
}

static err_t unlock(zone_ctx_t *ctx, err_info_t *reterr)
{
    zone_row_t *zone = ctx->zone;
    if (!zone->locked)
        return ERR_OK;
    bool found = false;
    err_t err = ctx->step->queued != NULL && ctx->step->queued->id == zone->edit_lock_token
                    ? ERR_OK
                    : event_store_cancel(ctx->batch->db, zone->edit_lock_token, ctx->batch->now, &found, reterr);
    if (err != ERR_OK)
        return err;
    zone->locked = false;
    zone->edit_lock_token = 0;
    free(zone->locked_by);
    zone->locked_by = NULL;
    zone->locked_at = (wall_t){0};
    err = zone_inc_wake(ctx, reterr);
    return err == ERR_OK ? zone_ptr_wake(ctx, reterr) : err;
}

static void queue(zone_ctx_t *ctx, zone_event_t event, bool force, bool reload)
{
    const zone_params_t *in = &ctx->step->params;
    zone_params_t params = {.change_id = in->change_id, .candidate_soa_serial = in->candidate_soa_serial,
                            .wrap_soa_serial = in->wrap_soa_serial, .force_soa_serial_update = force, .reload = reload};
    zone_batch_queue(ctx->batch, ctx->zone, event, &params);
}

ACTION(none)
{
    return ERR_OK;
}

/* ---- creation, reset */

ACTION(do_config)
{
    CTX;
    if (params->zi_id == 0 && zone->zi_candidate_id == 0)
        return refuse(ctx, ERR_ZONE_HAS_NO_ZI, "has no version yet", "save one first", reterr);
    if (params->zi_id != 0)
        zone->zi_candidate_id = params->zi_id;
    if (zone->zi_id == 0)
        zone->zi_id = zone->zi_candidate_id;
    queue(ctx, ZE_Config, true, true);
    *state = ZONE_CREATE;
    return ERR_OK;
}

/* Another version than the candidate would take the ground from under the holder of the lock. */
static err_t choose(zone_ctx_t *ctx, err_info_t *reterr)
{
    int64_t zi_id = ctx->step->params.zi_id;
    if (zi_id == 0 || zi_id == ctx->zone->zi_candidate_id)
        return ERR_OK;
    if (ctx->zone->locked)
        return refuse_locked(ctx, ERR_UPDATE_ZONE_FAILURE, reterr);
    ctx->zone->zi_candidate_id = zi_id;
    return ERR_OK;
}

ACTION(do_reset)
{
    CTX;
    err_t err = choose(ctx, reterr);
    if (err != ERR_OK)
        return err;
    queue(ctx, ZE_Config, true, true);
    *state = ZONE_RESET;
    return ERR_OK;
}

ACTION(do_reconfig)
{
    CTX;
    queue(ctx, ZE_Config, true, true);
    *state = ZONE_RESET;
    return ERR_OK;
}

ACTION(do_reconfig_quiet)
{
    CTX;
    queue(ctx, ZE_Update, true, true);
    return ERR_OK;
}

ACTION(do_refresh_quiet)
{
    return choose(arg, reterr);
}

ACTION(do_refresh)
{
    CTX;
    err_t err = choose(ctx, reterr);
    if (err == ERR_OK)
        queue(ctx, ZE_Update, true, params->reload);
    return err;
}

/* ---- publication */

ACTION(config)
{
    CTX;
    err_t err = zone_publish(ctx, true, true, reterr);
    if (err == ERR_OK)
        *state = ZONE_UNCONFIG;
    return err;
}

static err_t publish_update(zone_ctx_t *ctx, int *state, err_info_t *reterr)
{
    const zone_params_t *params = &ctx->step->params;
    bool force = params->force_soa_serial_update || params->wrap_soa_serial || params->candidate_soa_serial != 0;
    err_t err = zone_publish(ctx, force, params->reload, reterr);
    if (err == ERR_OK && *state == ZONE_UPDATE)
        *state = ZONE_PUBLISHED;
    return err;
}

ACTION(update)
{
    return publish_update(arg, state, reterr);
}

ACTION(edit_update)
{
    return publish_update(arg, state, reterr);
}

ACTION(master_done)
{
    CTX;
    zone->zi_id = params->published_zi_id;
    if (zone->zi_candidate_id == 0)
        zone->zi_candidate_id = zone->zi_id;
    id_list_add(&ctx->batch->ptime, zone->zi_id);
    serial_list_add(&ctx->batch->slaves, zone->id, params->serial);
    serial_list_add(&ctx->batch->mastered, zone->id, params->serial);
    if (*state == ZONE_UNCONFIG)
        *state = ZONE_PUBLISHED;
    /* One publication is under way per zone: what was saved meanwhile goes as the next one, all at once. */
    if (zone->zi_candidate_id != zone->zi_id && (*state == ZONE_PUBLISHED || *state == ZONE_UPDATE))
        queue(ctx, ZE_Update, false, false);
    return ERR_OK;
}

ACTION(master_failed)
{
    CTX;
    if (params->message != NULL)
        ctx->note = auto_strdup(params->message);
    if (params->serial == 0 || serial_gt(zone->soa_serial, params->serial))
        return ERR_OK;
    if (zone_serial_is_strange(ctx, params->serial)) {
        free(ctx->note);
        ctx->note = auto_printf("the hidden master serves %u, which is not of this time: the whole zone is loaded over it", params->serial);
        id_list_add(&ctx->batch->doubted, zone->id); /* they may have it from the master */
        return ERR_OK;
    }
    /* The master is at, or ahead of, everything that was ever sent (somebody else changed it, or an old database came back). */
    zone->soa_serial = params->serial;
    return zone_publish(ctx, true, true, reterr);
}

ACTION(removed)
{
    CTX;
    id_list_add(&ctx->batch->settle, zone->id);
    return ERR_OK;
}

/* ---- out of service and back */

/* What was chosen but not published yet is what comes back, so it is what is shown meanwhile. */
static void take_off(zone_ctx_t *ctx)
{
    if (ctx->zone->zi_candidate_id != 0)
        ctx->zone->zi_id = ctx->zone->zi_candidate_id;
    id_list_add(&ctx->batch->absent, ctx->zone->id);
    /* Servers that have it report; where none has it this event closes the receipts. */
    queue(ctx, ZE_Removed, false, false);
}

/* Its editor goes on: what is saved is published when the zone is enabled. */
ACTION(disable)
{
    take_off(arg);
    *state = ZONE_DISABLED;
    return ERR_OK;
}

ACTION(delete)
{
    CTX;
    if (zone->locked)
        return refuse_locked(ctx, ERR_ZONE_BEING_CREATED, reterr);
    err_t err = zone_move_gone(ctx, reterr);
    if (err != ERR_OK)
        return err;
    take_off(ctx);
    zone->deleted_start = ctx->batch->now;
    id_list_add(&ctx->batch->retired, zone->id);
    *state = ZONE_DELETED;
    return ERR_OK;
}

ACTION(nuke)
{
    CTX;
    err_t err = unlock(ctx, reterr);
    if (err == ERR_OK)
        err = zone_move_gone(ctx, reterr);
    if (err != ERR_OK)
        return err;
    take_off(ctx);
    zone->deleted_start = (wall_t){0};
    if (*state != ZONE_DELETED) /* another zone may have had the name since */
        id_list_add(&ctx->batch->retired, zone->id);
    *state = ZONE_DELETED;
    return ERR_OK;
}

/* A disabled zone's name is its own as long as its row is not deleted, but the rule is the database's, not ours to rely on. */
static err_t check_name_free(zone_ctx_t *ctx, err_info_t *reterr)
{
    bool found = false;
    err_t err = publish_store_other_live(ctx->batch->db, ctx->zone->id, &found, reterr);
    if (err == ERR_OK && found)
        return refuse(ctx, ERR_ACTIVE_ZONE_EXISTS, "exists a second time, live", "the name is in use again: delete that zone first", reterr);
    return err;
}

static err_t bring_back(zone_ctx_t *ctx, int *state, err_info_t *reterr)
{
    zone_row_t *zone = ctx->zone;
    if (zone->zi_candidate_id == 0)
        zone->zi_candidate_id = zone->zi_id;
    if (zone->zi_candidate_id == 0)
        return refuse(ctx, ERR_ZONE_HAS_NO_ZI, "has no version to publish", "save one first", reterr);
    id_list_add(&ctx->batch->serving, zone->id);
    queue(ctx, ZE_Config, true, true);
    *state = ZONE_CREATE;
    return ERR_OK;
}

ACTION(enable)
{
    CTX;
    err_t err = check_name_free(ctx, reterr);
    if (err == ERR_OK)
        err = bring_back(ctx, state, reterr);
    return err == ERR_OK ? zone_move_enabled(ctx, reterr) : err;
}

ACTION(undelete)
{
    CTX;
    err_t err = check_name_free(ctx, reterr);
    if (err != ERR_OK)
        return err;
    uint32_t serial = 0; /* other zones may have had the name since */
    err = publish_store_name_serials(ctx->batch->db, &zone->id, 1, &serial, reterr);
    if (err == ERR_OK)
        err = bring_back(ctx, state, reterr);
    if (err != ERR_OK)
        return err;
    if (serial != 0)
        zone->soa_serial = serial;
    zone->deleted_start = (wall_t){0};
    return zone_ptr_wake(ctx, reterr);
}

ACTION(destroy)
{
    CTX;
    int64_t left = 0;
    err_t err = goal_store_count(ctx->batch->db, &zone->id, 1, &left, reterr);
    if (err != ERR_OK)
        return err;
    if (left > 0)
        return refuse(ctx, ERR_ZONE_FILES_STILL_EXIST, "is still on a server (perhaps one that is disabled or not connected)",
                      "show_dms_status tells which is not OK; a server that is gone for good: disable_server, delete_server", reterr);
    id_list_add(&ctx->batch->destroyed, zone->id);
    return ERR_OK;
}

/* ---- edit lock */

static err_t lock_timeout(const zone_ctx_t *ctx, uint32_t *ret_seconds, err_info_t *reterr)
{
    defaults_t defaults = {0};
    err_t err = config_store_defaults(ctx->batch->db, ctx->zone->sg_id, &defaults, reterr);
    if (err == ERR_OK && (defaults.edit_lock_timeout == NULL || !rr_ttl_from_text(defaults.edit_lock_timeout, ret_seconds)))
        *ret_seconds = 1800;
    defaults_done(&defaults);
    return err;
}

/* The token is the id of the event that will take the lock away. */
ACTION(edit)
{
    CTX;
    if (zone->locked)
        return refuse_locked(ctx, ERR_EDIT_LOCK_FAILURE, reterr);
    uint32_t timeout_s = 0;
    err_t err = lock_timeout(ctx, &timeout_s, reterr);
    if (err != ERR_OK)
        return err;
    if (timeout_s == 0) {
        err = server_store_command_id(ctx->batch->db, &zone->edit_lock_token, reterr);
    } else {
        char type[] = "ZoneSMEditTimeout";
        event_row_t guard = {.kind = MACHINE_ZONE, .machine_id = zone->id, .type = type, .change_id = params->change_id,
                             .due = wall_add_ms(ctx->batch->now, (int64_t)timeout_s * 1000)};
        err = event_store_insert_many(ctx->batch->db, &guard, 1, ctx->batch->now, reterr);
        zone->edit_lock_token = guard.id;
    }
    if (err != ERR_OK)
        return err;
    zone->locked = true;
    free(zone->locked_by);
    zone->locked_by = auto_strdup(params->locked_by != NULL ? params->locked_by : "");
    zone->locked_at = ctx->batch->now;
    ctx->token = zone->edit_lock_token;
    return ERR_OK;
}

static void take_version(zone_ctx_t *ctx, int state)
{
    zone_row_t *zone = ctx->zone;
    zone->zi_candidate_id = ctx->step->params.zi_id;
    /* Nothing is served, so what is shown as published is what will be published first. */
    if (state == ZONE_CREATE || state == ZONE_DISABLED)
        zone->zi_id = zone->zi_candidate_id;
}

ACTION(saved_keep)
{
    CTX;
    err_t err = check_token(ctx, ERR_UPDATE_ZONE_FAILURE, reterr);
    if (err == ERR_OK)
        err = unlock(ctx, reterr);
    if (err == ERR_OK)
        take_version(ctx, *state);
    return err;
}

ACTION(saved)
{
    CTX;
    err_t err = zone_act_saved_keep(arg, state, reterr);
    if (err != ERR_OK)
        return err;
    queue(ctx, ZE_EditUpdate, false, false);
    if (*state == ZONE_PUBLISHED)
        *state = ZONE_UPDATE;
    return ERR_OK;
}

ACTION(saved_no_lock_keep)
{
    CTX;
    if (zone->locked)
        return refuse_locked(ctx, ERR_UPDATE_ZONE_FAILURE, reterr);
    if (params->edit_lock_token != 0)
        return refuse(ctx, ERR_UPDATE_ZONE_FAILURE, "was locked and the lock timed out", "nothing was saved: begin a new edit and save it there", reterr);
    take_version(ctx, *state);
    return ERR_OK;
}

ACTION(saved_no_lock)
{
    CTX;
    err_t err = zone_act_saved_no_lock_keep(arg, state, reterr);
    if (err == ERR_OK)
        queue(ctx, ZE_Update, false, false);
    return err;
}

ACTION(edit_exit)
{
    CTX;
    err_t err = check_token(ctx, ERR_CANCEL_EDIT_LOCK_FAILURE, reterr);
    return err == ERR_OK ? unlock(ctx, reterr) : err;
}

ACTION(tickle)
{
    CTX;
    err_t err = check_token(ctx, ERR_TICKLE_EDIT_LOCK_FAILURE, reterr);
    if (err != ERR_OK)
        return err;
    uint32_t timeout_s = 0;
    err = lock_timeout(ctx, &timeout_s, reterr);
    if (err != ERR_OK)
        return err;
    bool found = false;
    if (timeout_s == 0) /* locks do not end by time any more */
        return event_store_cancel(ctx->batch->db, zone->edit_lock_token, ctx->batch->now, &found, reterr);
    return event_store_move(ctx->batch->db, zone->edit_lock_token, wall_add_ms(ctx->batch->now, (int64_t)timeout_s * 1000), &found, reterr);
}

/* A guard of an earlier lock has nothing to take away. */
ACTION(timeout)
{
    CTX;
    int64_t token = ctx->step->queued != NULL ? ctx->step->queued->id : params->edit_lock_token;
    if (zone->locked && zone->edit_lock_token == token)
        return unlock(ctx, reterr);
    ctx->note = auto_strdup("no effect: the lock was given back before");
    return ERR_OK;
}
