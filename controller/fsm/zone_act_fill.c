/* A reverse zone that is new, came back or took over a network: what is there is looked at, piece by piece. */
#include "controller/fsm/zone_priv.h"
#include "controller/store/ptr_fill_store.h"
#include "controller/store/ptr_store.h"
#include <stdlib.h>

#define AUTO_FILL AUTO_CLEANUP(ptr_fill_done) ptr_fill_t

static void replace(char **text, const char *with)
{
    free(*text);
    *text = auto_strdup(with);
}

/* What was missed while the zone was away: are the hosts of its PTR records still what they were? */
static err_t review(zone_ctx_t *ctx, ptr_fill_t *fill, size_t limit, auto_ptr_op_t *ops, size_t *ret_looked_at, size_t *ret_count, err_info_t *reterr)
{
    ptr_own_t *own = NULL;
    size_t count = 0;
    err_t e = ptr_fill_store_own(ctx->batch->db, fill, limit, &own, &count, reterr);
    for (size_t i = 0; i < count; i++)
        *ret_count += auto_ptr_review(own[i].label, own[i].rdata, own[i].forward_zone_id, ctx->zone->name, &ops[*ret_count]);
    replace(&fill->own_after, count == limit ? own[count - 1].label : NULL);
    *ret_looked_at = count;
    ptr_own_free(own, count);
    return e;
}

static err_t gather(zone_ctx_t *ctx, ptr_fill_t *fill, size_t limit, auto_ptr_op_t *ops, size_t *ret_looked_at, size_t *ret_count, err_info_t *reterr)
{
    auto_ptr_settings_t settings = {0};
    auto_ptr_found_t *found = NULL;
    size_t count = 0;
    err_t e = ptr_store_settings(ctx->batch->db, &settings, reterr);
    if (e == ERR_OK)
        e = ptr_fill_store_addresses(ctx->batch->db, fill, limit, &found, &count, reterr);
    for (size_t i = 0; i < count; i++)
        *ret_count += auto_ptr_fill(&found[i], ctx->zone->name, &settings, &ops[*ret_count]);
    if (count > 0) {
        replace(&fill->address_after, found[count - 1].address);
        fill->rr_after = found[count - 1].rr_id;
    }
    *ret_looked_at = count;
    auto_ptr_found_free(found, count);
    return e;
}

err_t zone_ptr_fill(zone_ctx_t *ctx, size_t limit, size_t *ret_looked_at, err_info_t *reterr)
{
    AUTO_FILL fill = {0};
    err_t e = ptr_fill_store_oldest(ctx->batch->db, ctx->zone->id, &fill, reterr);
    *ret_looked_at = 0;
    if (e != ERR_OK || fill.zone_id == 0)
        return e;
    auto_ptr_op_t *ops = auto_calloc(limit + 1, sizeof(*ops));
    size_t looked_at = 0, count = 0;
    bool done = false;
    if (fill.own_after != NULL)
        e = review(ctx, &fill, limit, ops, &looked_at, &count, reterr);
    if (e == ERR_OK && fill.own_after == NULL && looked_at < limit) {
        size_t addresses = 0, left = limit - looked_at;
        e = gather(ctx, &fill, left, ops, &addresses, &count, reterr);
        done = addresses < left;
        looked_at += addresses;
    }
    if (e == ERR_OK)
        e = ptr_fill_store_move(ctx->batch->db, &fill, done, ops, count, ctx->batch->now, reterr);
    auto_ptr_ops_free(ops, count);
    *ret_looked_at = looked_at > 0 ? looked_at : 1; /* a turn */
    return e;
}
