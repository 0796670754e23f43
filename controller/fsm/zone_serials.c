/* The serial of the next publication (behaviour.md 7.8): ahead of what the name was served with last, and never one that it has used before. */
#include "controller/fsm/zone_priv.h"
#include "shared/serial.h"

static const serial_past_t *past_of(const zone_ctx_t *ctx)
{
    static const serial_past_t none = {0};
    for (size_t i = 0; i < ctx->batch->past_count; i++) {
        if (ctx->batch->pasts[i].zone_id == ctx->zone->id)
            return &ctx->batch->pasts[i];
    }
    return &none;
}

bool zone_is_turning(const zone_ctx_t *ctx)
{
    return past_of(ctx)->turning;
}

bool zone_serial_is_strange(const zone_ctx_t *ctx, uint32_t serial)
{
    const serial_past_t *past = past_of(ctx);
    for (size_t i = 0; i < past->run_count; i++) {
        if (serial_in_run(&past->runs[i], serial))
            return true;
    }
    return (uint32_t)(serial - ctx->zone->soa_serial) > SERIAL_STEP_SMALL;
}

/* A new zone goes on from the last one of its name. */
static uint32_t served_last(const zone_ctx_t *ctx)
{
    for (size_t i = 0; ctx->zone->soa_serial == 0 && i < ctx->batch->serial_count; i++) {
        if (ctx->batch->serial_zones[i] == ctx->zone->id)
            return ctx->batch->name_serials[i];
    }
    return ctx->zone->soa_serial;
}

/* While a serial is wrapped nothing else may be published: a server that has not seen the first step could take another serial for an old one. */
err_t zone_turning_waits(const zone_ctx_t *ctx, const char *server, err_info_t *reterr)
{
    err_set(reterr, ERR_NOT_AT_SERIAL, "zone \"%s\" waits: its serial is being wrapped, and not every server has %u%s%s", ctx->zone->name,
            ctx->zone->soa_serial, server != NULL ? ": see " : "", server != NULL ? server : "");
    err_key(reterr, "name", ctx->zone->name);
    return ERR_NOT_AT_SERIAL;
}

static err_t lowest_served(const zone_ctx_t *ctx, uint32_t base, uint32_t *ret_serial, err_info_t *reterr)
{
    AUTO_FREE char *server = NULL;
    *ret_serial = 0;
    return goal_store_lowest(ctx->batch->db, ctx->zone->id, base, ret_serial, &server, reterr);
}

/* Ahead of base, and not used: the first one from serial on, or, where that is out of reach (a zone deleted in the middle of a wrap), from base on. */
static uint32_t fresh(const zone_ctx_t *ctx, uint32_t base, uint32_t serial)
{
    const serial_past_t *past = past_of(ctx);
    uint32_t unused = serial_unused(past->runs, past->run_count, serial);
    if (base == 0 || serial_gt(unused, base))
        return unused;
    unused = serial_unused(past->runs, past->run_count, serial_next(true, base, base + 1, ctx->batch->now));
    return serial_gt(unused, base) ? unused : serial;
}

/* The largest step that is ahead of what every server has; a smaller one where that was used before. */
static err_t wrap_serial(const zone_ctx_t *ctx, uint32_t base, uint32_t *ret_serial, err_info_t *reterr)
{
    const serial_past_t *past = past_of(ctx);
    uint32_t lowest = 0;
    err_t err = lowest_served(ctx, base, &lowest, reterr);
    if (err != ERR_OK)
        return err;
    uint32_t serial = (lowest != 0 ? lowest : base) + INT32_MAX;
    for (size_t turn = 0; turn <= past->run_count; turn++) {
        for (size_t i = 0; i < past->run_count; i++)
            serial = serial_in_run(&past->runs[i], serial) ? past->runs[i].first - 1 : serial;
        serial = serial != 0 ? serial : UINT32_MAX;
    }
    *ret_serial = serial_gt(serial, base) ? serial : fresh(ctx, base, serial_next(true, base, base + 1, ctx->batch->now));
    return ERR_OK;
}

/* A server that missed what was sent since must not take this serial for an older one than it has, nor the million that may follow.  Steps within a few
 * years' dates cannot do that. */
static err_t servers_follow(const zone_ctx_t *ctx, uint32_t base, uint32_t serial, bool *ret_yes, err_info_t *reterr)
{
    uint32_t lowest = 0;
    *ret_yes = true;
    if (serial - base <= SERIAL_STEP_SMALL)
        return ERR_OK;
    err_t err = lowest_served(ctx, base, &lowest, reterr);
    if (err == ERR_OK && lowest != 0)
        *ret_yes = serial - lowest <= SERIAL_STEP_MAX;
    return err;
}

err_t zone_choose_serial(const zone_ctx_t *ctx, const zi_row_t *zi, uint32_t *ret_base, uint32_t *ret_serial, err_info_t *reterr)
{
    const zone_params_t *params = &ctx->step->params;
    uint32_t base = served_last(ctx);
    *ret_base = base;
    if (params->wrap_soa_serial && base != 0)
        return wrap_serial(ctx, base, ret_serial, reterr);
    /* A version brings the serial that was submitted with it, or that it was published with: of no use any more once the name has jumped. */
    uint32_t candidate = params->candidate_soa_serial;
    if (candidate == 0 && zi->ctime.us > past_of(ctx)->since.us)
        candidate = zi->soa_serial;
    *ret_serial = fresh(ctx, base, serial_next(base != 0, base, candidate, ctx->batch->now));
    if (base == 0 || ctx->step->event == ZE_SerialBack) /* the steps of a wrap are judged by themselves */
        return ERR_OK;
    bool follow = true;
    err_t err = servers_follow(ctx, base, *ret_serial, &follow, reterr);
    if (!follow)
        *ret_serial = fresh(ctx, base, serial_next(true, base, base + 1, ctx->batch->now));
    return err;
}

/* On to the date, in as many steps as that takes; each one when every server has reported the one before. */
err_t zone_act_serial_back(void *arg, int *state, err_info_t *reterr)
{
    zone_ctx_t *ctx = arg;
    zone_params_t *params = &ctx->step->params;
    uint32_t lowest = 0, at = ctx->zone->soa_serial;
    AUTO_FREE char *server = NULL;
    err_t err = goal_store_lowest(ctx->batch->db, ctx->zone->id, at, &lowest, &server, reterr);
    if (err != ERR_OK)
        return err;
    if (lowest != 0 && lowest != params->serial && !serial_gt(lowest, params->serial))
        return zone_turning_waits(ctx, server, reterr);
    uint32_t date = serial_unused(past_of(ctx)->runs, past_of(ctx)->run_count, wall_yyyymmdd(ctx->batch->now) * 100);
    if (at - date <= SERIAL_GAP) {
        ctx->note = auto_strdup("no effect: the serial is that of the date");
        return ERR_OK;
    }
    params->candidate_soa_serial = serial_toward(at, date);
    err = zone_publish(ctx, true, *state == ZONE_RESET, reterr);
    if (err != ERR_OK || params->candidate_soa_serial == date)
        return err;
    const zone_params_t again = {.serial = ctx->zone->soa_serial, .change_id = params->change_id};
    zone_batch_queue(ctx->batch, ctx->zone, ZE_SerialBack, &again);
    ctx->note = auto_strdup("every server has the wrapped serial: the serial goes a part of the way, and to the date when every server has that");
    return ERR_OK;
}
