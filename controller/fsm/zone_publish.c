/* Planning one publication: SOA, apex NS, the goal of the hidden master.  In memory; zone_run.c writes it. */
#include "controller/domain/apex.h"
#include "controller/fsm/zone_priv.h"
#include "shared/serial.h"
#include <stdlib.h>
#include <string.h>

static void replace(char **field, const char *value)
{
    if (value == NULL || value[0] == '\0' || (*field != NULL && strcmp(*field, value) == 0))
        return;
    free(*field);
    *field = auto_strdup(value);
}

static char **dup_texts(char *const *texts, size_t count)
{
    char **copy = count > 0 ? auto_calloc(count, sizeof(*copy)) : NULL;
    for (size_t i = 0; i < count; i++)
        copy[i] = auto_strdup(texts[i]);
    return copy;
}

/* The group's settings and NS names, as of now.  A group without names leaves those of the ZI. */
static void take_apex(zi_row_t *zi, const group_row_t *group, const defaults_t *defaults)
{
    replace(&zi->soa_mname, defaults->soa_mname);
    replace(&zi->soa_rname, defaults->soa_rname);
    replace(&zi->soa_refresh, defaults->soa_refresh);
    replace(&zi->soa_retry, defaults->soa_retry);
    replace(&zi->soa_expire, defaults->soa_expire);
    free(zi->soa_ttl);
    zi->soa_ttl = auto_strdup(defaults->soa_ttl); /* NULL: the zone's */
    if (group->apex_ns_count == 0)
        return;
    for (size_t i = 0; i < zi->apex_ns_count; i++)
        free(zi->apex_ns[i]);
    free(zi->apex_ns);
    zi->apex_ns = dup_texts(group->apex_ns, group->apex_ns_count);
    zi->apex_ns_count = group->apex_ns_count;
    zi->has_apex_ns = true;
}

static zi_row_t *candidate(zone_ctx_t *ctx, err_info_t *reterr)
{
    zi_row_t *zi = zone_batch_zi(ctx->batch, ctx->zone->zi_candidate_id);
    if (zi == NULL) {
        err_set(reterr, ERR_ZONE_HAS_NO_ZI, "zone \"%s\" has no version to publish", ctx->zone->name);
        err_key(reterr, "name", ctx->zone->name);
    }
    return zi;
}

err_t zone_publish(zone_ctx_t *ctx, bool force, bool reload, err_info_t *reterr)
{
    zone_batch_t *batch = ctx->batch;
    zone_row_t *zone = ctx->zone;
    zi_row_t *zi = candidate(ctx, reterr);
    if (zi == NULL)
        return ERR_ZONE_HAS_NO_ZI;
    if (batch->master_id == 0)
        return err_set(reterr, ERR_NO_MASTER_SERVER, "zone \"%s\" waits: there is no enabled master server", zone->name);
    if (ctx->step->event != ZE_SerialBack && zone_is_turning(ctx)) {
        if (!ctx->step->params.wrap_soa_serial)
            return zone_turning_waits(ctx, NULL, reterr);
        serial_list_add(&batch->stamped, zone->id, zone->soa_serial);
        ctx->note = auto_strdup("no effect: the serial is being wrapped already");
        return ERR_OK;
    }
    goal_row_t *goal = zone_batch_goal(batch, zone->id);
    if (goal != NULL && !goal->absent && !force) {
        bool open = goal->behind_since.us != 0;
        if (open && goal->goal_zi_id == zi->id) {
            serial_list_add(&batch->stamped, zone->id, goal->goal_serial); /* it is on its way already */
            return ERR_OK;
        }
        if (!open && goal->live_zi_id == zi->id && zone->zi_id == zi->id) {
            serial_list_add(&batch->stamped, zone->id, goal->live_serial);
            serial_list_add(&batch->mastered, zone->id, goal->live_serial);
            ctx->note = auto_strdup("no effect: the hidden master serves this version");
            return ERR_OK;
        }
        /* One publication under way per zone.  One that was never sent, or that failed, is no reason to wait. */
        if (open && goal->sent_at.us != 0 && goal->reason == 0) {
            ctx->note = auto_strdup("the version is sent when the one under way is done");
            return ERR_OK;
        }
    }
    uint32_t base = 0, serial = 0;
    err_t err = zone_choose_serial(ctx, zi, &base, &serial, reterr);
    if (err != ERR_OK)
        return err;
    if (base != 0 && serial_is_jump(base, serial, batch->now)) {
        serial_list_add(&batch->left, zone->id, base);
        serial_list_add(&batch->entered, zone->id, serial);
    }
    const defaults_t *defaults = NULL;
    const group_row_t *group = zone_batch_group(batch, zone->sg_id, &defaults);
    if (zone->use_apex_ns && group != NULL)
        take_apex(zi, group, defaults);
    zi->soa_serial = zone->soa_serial = serial;
    batch->zi_dirty[zi - batch->zis] = true;

    batch->new_goals = auto_grow(batch->new_goals, &batch->new_goal_cap, batch->new_goal_count + 1, sizeof(*batch->new_goals));
    batch->new_goals[batch->new_goal_count++] = (goal_row_t){
        .zone_id = zone->id, .goal_zi_id = zi->id, .goal_serial = zi->soa_serial,
        .goal_soa = apex_soa_text(zi->soa_mname, zi->soa_rname, zi->soa_serial, zi->soa_refresh, zi->soa_retry, zi->soa_expire, zi->soa_minimum),
        .goal_apex_ns = dup_texts(zi->apex_ns, zi->has_apex_ns ? zi->apex_ns_count : 0),
        .goal_apex_count = zi->has_apex_ns ? zi->apex_ns_count : 0};
    serial_list_add(&batch->stamped, zone->id, zi->soa_serial);
    if (ctx->step->params.wrap_soa_serial) {
        const zone_params_t back = {.serial = serial, .change_id = ctx->step->params.change_id};
        zone_batch_queue(batch, zone, ZE_SerialBack, &back);
    }
    if (reload && goal != NULL && goal->live_zi_id != 0) {
        batch->forgotten = auto_grow(batch->forgotten, &batch->forgotten_cap, batch->forgotten_count + 1, sizeof(*batch->forgotten));
        batch->forgotten[batch->forgotten_count] = *goal;
        batch->forgotten[batch->forgotten_count++].live_zi_id = 0;
    }
    return ERR_OK;
}
