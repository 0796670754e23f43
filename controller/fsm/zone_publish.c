/* Planning one publication: serial, SOA, apex NS, the goal of the hidden master.  In memory; zone_run.c writes it. */
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

static uint32_t name_serial(const zone_batch_t *batch, int64_t zone_id)
{
    for (size_t i = 0; i < batch->serial_count; i++) {
        if (batch->serial_zones[i] == zone_id)
            return batch->name_serials[i];
    }
    return 0;
}

static bool is_turning(const zone_ctx_t *ctx)
{
    for (size_t i = 0; i < ctx->batch->turning_count; i++) {
        if (ctx->batch->turning[i] == ctx->zone->id)
            return true;
    }
    return false;
}

/* While a serial is wrapped nothing else may be published: a server that has not seen the first step could take another serial for an old one. */
static err_t must_wait(const zone_ctx_t *ctx, const char *server, err_info_t *reterr)
{
    err_set(reterr, ERR_NOT_AT_SERIAL, "zone \"%s\" waits: its serial is being wrapped, and not every server has %u%s%s", ctx->zone->name,
            ctx->zone->soa_serial, server != NULL ? ": see " : "", server != NULL ? server : "");
    err_key(reterr, "name", ctx->zone->name);
    return ERR_NOT_AT_SERIAL;
}

/* A server that missed what was sent since must not take this serial for an older one than it has, nor the million that may follow.  Steps within a few
 * years' dates cannot do that. */
static err_t servers_follow(const zone_ctx_t *ctx, uint32_t base, uint32_t serial, bool *ret_yes, err_info_t *reterr)
{
    uint32_t lowest = 0;
    AUTO_FREE char *server = NULL;
    *ret_yes = true;
    if (serial - base <= SERIAL_STEP_SMALL)
        return ERR_OK;
    err_t err = goal_store_lowest(ctx->batch->db, ctx->zone->id, base, &lowest, &server, reterr);
    if (err == ERR_OK && lowest != 0)
        *ret_yes = serial - lowest <= SERIAL_STEP_MAX;
    return err;
}

/* Ahead of everything that was ever used for the name: behaviour.md 7.8. */
static err_t choose_serial(const zone_ctx_t *ctx, const zi_row_t *zi, uint32_t *ret_serial, err_info_t *reterr)
{
    const zone_params_t *params = &ctx->step->params;
    uint32_t base = ctx->zone->soa_serial;
    uint32_t by_name = name_serial(ctx->batch, ctx->zone->id);
    if (base == 0 || (by_name != 0 && serial_gt(by_name, base)))
        base = by_name;
    uint32_t candidate = params->candidate_soa_serial != 0 ? params->candidate_soa_serial : zi->soa_serial;
    if (params->wrap_soa_serial && base != 0) {
        uint32_t lowest = 0; /* the largest step that is ahead of all of them */
        AUTO_FREE char *server = NULL;
        err_t err = goal_store_lowest(ctx->batch->db, ctx->zone->id, base, &lowest, &server, reterr);
        if (err != ERR_OK)
            return err;
        candidate = (lowest != 0 ? lowest : base) + INT32_MAX;
        if (candidate == 0)
            candidate--;
    }
    *ret_serial = serial_next(base != 0, base, candidate, ctx->batch->now);
    bool follow = true;
    if (base == 0 || params->wrap_soa_serial || ctx->step->event == ZE_SerialBack) /* the steps of a wrap are judged by themselves */
        return ERR_OK;
    err_t err = servers_follow(ctx, base, *ret_serial, &follow, reterr);
    if (!follow)
        *ret_serial = base + 1 != 0 ? base + 1 : 1;
    return err;
}

/* Back to the date once every server has reported the wrapped serial. */
err_t zone_act_serial_back(void *arg, int *state, err_info_t *reterr)
{
    zone_ctx_t *ctx = arg;
    zone_params_t *params = &ctx->step->params;
    uint32_t lowest = 0, today = wall_yyyymmdd(ctx->batch->now) * 100;
    AUTO_FREE char *server = NULL;
    err_t err = goal_store_lowest(ctx->batch->db, ctx->zone->id, ctx->zone->soa_serial, &lowest, &server, reterr);
    if (err != ERR_OK)
        return err;
    if (lowest != 0 && lowest != params->serial && !serial_gt(lowest, params->serial))
        return must_wait(ctx, server, reterr);
    if (!serial_gt(today, ctx->zone->soa_serial)) {
        ctx->note = auto_strdup("the date is not ahead of the wrapped serial: an update goes back to it when it is");
        return ERR_OK;
    }
    params->candidate_soa_serial = today;
    return zone_publish(ctx, true, *state == ZONE_RESET, reterr);
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
    if (ctx->step->event != ZE_SerialBack && is_turning(ctx)) {
        if (!ctx->step->params.wrap_soa_serial)
            return must_wait(ctx, NULL, reterr);
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
    uint32_t serial = 0;
    err_t err = choose_serial(ctx, zi, &serial, reterr);
    if (err != ERR_OK)
        return err;
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
