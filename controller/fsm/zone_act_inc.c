/* Incremental updates that waited for the end of an edit lock. */
#include "controller/fsm/zone_condition.h"
#include "controller/fsm/zone_inc.h"
#include "controller/fsm/zone_priv.h"
#include "controller/fsm/zone_ptr.h"
#include "controller/store/inc_store.h"
#include "controller/store/kept_store.h"
#include <stdlib.h>

#define AUTO_GROUP AUTO_CLEANUP(update_group_done) update_group_t
#define AUTO_ZI AUTO_CLEANUP(zi_row_done) zi_row_t

/* One event per update, so that each has an outcome of its own in the history. */
err_t zone_inc_wake(zone_ctx_t *ctx, err_info_t *reterr)
{
    AUTO_FREE int64_t *changes = NULL;
    size_t count = 0;
    err_t e = inc_store_waiting(ctx->batch->db, ctx->zone->id, NULL, &changes, &count, reterr);
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        const zone_params_t params = {.change_id = changes[i]};
        zone_batch_queue(ctx->batch, ctx->zone, ZE_IncUpdate, &params);
    }
    return e;
}

static err_t refused(const zone_row_t *zone, err_t code, const char *why, err_info_t *reterr)
{
    err_set(reterr, code, "zone \"%s\" %s", zone->name, why);
    err_key(reterr, "name", zone->name);
    return code;
}

/* What it was held to when it was submitted, by what the zone is now: the editor or an administrator may have changed that meanwhile. */
static err_t check_again(const zone_row_t *zone, const zi_row_t *candidate, const update_group_t *group, err_info_t *reterr)
{
    const edit_condition_t condition = {group->if_zi_id, group->if_serial};
    if (!zone->inc_updates)
        return refused(zone, ERR_INCREMENTAL_UPDATES_DISABLED, "takes no incremental updates any more", reterr);
    if (!zone->use_apex_ns && !group->may_lock_ptr) /* LOCKPTR is for administrators, too */
        return refused(zone, ERR_ZONE_ADMIN_PRIVILEGE_NEEDED, "brings its own apex now: only administrators may edit it", reterr);
    return zone_condition_check(&condition, zone, candidate, reterr);
}

static err_t run(zone_ctx_t *ctx, const update_group_t *group, zone_inc_result_t *ret_result, err_info_t *reterr)
{
    AUTO_ZI candidate = {0};
    err_t e = zone_inc_candidate(ctx->batch->db, ctx->zone, &candidate, reterr);
    if (e == ERR_OK)
        e = check_again(ctx->zone, &candidate, group, reterr);
    if (e != ERR_OK)
        return e;
    const zone_inc_t in = {.ops = group->ops,
                           .change_by = group->change_by,
                           .may_lock_ptr = group->may_lock_ptr,
                           .may_reference = group->may_reference,
                           .strict = group->strict,
                           .now = ctx->batch->now};
    return zone_inc_run(ctx->batch->db, ctx->zone, &candidate, &in, ret_result, NULL, reterr);
}

/* Told as the event's failure and on the change's receipt; it is not tried again. */
static err_t refuse(const zone_ctx_t *ctx, const update_group_t *group, err_t code, err_info_t *reterr)
{
    err_t e = kept_store_settle(ctx->batch->db, group->change_id, reterr, ctx->batch->now, NULL);
    if (e == ERR_OK)
        e = inc_store_finish(ctx->batch->db, group, false, 0, 0, err_message(reterr), NULL);
    return e == ERR_OK ? code : e;
}

static bool is_refusal(err_t e) { return e != ERR_INTERNAL && err_row(e)->class == ERR_CLASS_USER; }

err_t zone_act_inc_update(void *arg, int *state, err_info_t *reterr)
{
    zone_ctx_t *ctx = arg;
    zone_row_t *zone = ctx->zone;
    if (zone->locked) {
        ctx->note = auto_strdup("the incremental update goes on waiting: the zone is locked again");
        return ERR_OK;
    }
    AUTO_GROUP group = {0};
    err_t e = inc_store_oldest(ctx->batch->db, zone, &group, reterr);
    if (e != ERR_OK)
        return e;
    if (group.id == 0) {
        ctx->note = auto_strdup("no effect: the incremental update was made before");
        return ERR_OK;
    }
    zone_inc_result_t result = {0};
    int64_t before = zone_ptr_version(zone);
    AUTO_ERR why = ERR_INFO_INIT;
    e = run(ctx, &group, &result, &why);
    if (e != ERR_OK) {
        e = is_refusal(e) ? refuse(ctx, &group, e, &why) : e;
        err_set(reterr, e, "incremental update \"%s\" of %s: %s", group.update_type, group.change_by, err_message(&why));
        return e;
    }
    bool publishes = !result.unchanged && *state != ZONE_DISABLED;
    if (result.unchanged) {
        ctx->note = auto_strdup("the incremental update changed nothing");
    } else {
        zone->zi_candidate_id = result.zi_id;
        if (*state == ZONE_CREATE || *state == ZONE_DISABLED) /* as with other saves while nothing is served */
            zone->zi_id = result.zi_id;
        const zone_params_t params = {.change_id = group.change_id};
        if (*state == ZONE_UNCONFIG || *state == ZONE_PUBLISHED || *state == ZONE_UPDATE)
            zone_batch_queue(ctx->batch, zone, ZE_Update, &params);
    }
    if (before != 0) {
        const zone_ptr_t ptr = {.change_by = group.change_by, .sectag_id = group.sectag_id, .submission = group.ops};
        e = zone_ptr_follow(ctx->batch->db, zone, before, zone->zi_candidate_id, &ptr, group.change_id, ctx->batch->now, reterr);
        if (e != ERR_OK)
            return e;
    }
    e = kept_store_settle(ctx->batch->db, group.change_id, NULL, ctx->batch->now, reterr);
    return e != ERR_OK ? e : inc_store_finish(ctx->batch->db, &group, publishes, result.zi_id, result.zi_seq, NULL, reterr);
}

err_t zone_act_inc_deleted(void *arg, int *state UNUSED, err_info_t *reterr)
{
    zone_ctx_t *ctx = arg;
    AUTO_GROUP group = {0};
    err_t e = inc_store_oldest(ctx->batch->db, ctx->zone, &group, reterr);
    if (e != ERR_OK || group.id == 0)
        return e;
    AUTO_ERR why = ERR_INFO_INIT;
    e = err_set(&why, ERR_ZONE_SM_FAILURE, "zone \"%s\" is deleted", ctx->zone->name);
    e = refuse(ctx, &group, e, &why);
    return err_set(reterr, e, "incremental update \"%s\" of %s: %s", group.update_type, group.change_by, err_message(&why));
}
