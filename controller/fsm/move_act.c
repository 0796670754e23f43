/* What the steps of a move do to the zone: its groups, its publication.  A step whose time has not come says what it waits for (ZONE_MOVE_WAITS)
 * and changes nothing; reports of servers make it due again. */
#include "controller/fsm/move_priv.h"
#include "shared/rr.h"
#include <inttypes.h>
#include <stdlib.h>

#define ACTION(a) err_t move_act_##a(void *arg UNUSED, int *state UNUSED, err_info_t *reterr UNUSED)
#define CTX                                                                                                           \
    move_ctx_t *ctx = arg;                                                                                            \
    zone_row_t *zone UNUSED = ctx->zone->zone;                                                                        \
    move_row_t *move UNUSED = ctx->move;                                                                              \
    db_t *db UNUSED = ctx->zone->batch->db

ACTION(none)
{
    return ERR_OK;
}

/* ---- refusals, waiting */

static err_t refuse(const move_ctx_t *ctx, err_t code, const char *why, err_info_t *reterr)
{
    err_set(reterr, code, "move of zone \"%s\" to \"%s\" %s", ctx->zone->zone->name, ctx->move->to_sg, why);
    err_key(reterr, "name", ctx->zone->zone->name);
    return code;
}

ACTION(no_late)
{
    return refuse(arg, ERR_ZONE_MOVE_TOO_LATE, "cannot be cancelled: the old group is being removed; move it back when that is done", reterr);
}

ACTION(no_again)
{
    return refuse(arg, ERR_ZONE_MOVE_TOO_LATE, "has been cancelled already", reterr);
}

ACTION(no_over)
{
    return refuse(arg, ERR_ZONE_MOVE_TOO_LATE, "is over", reterr);
}

static err_t waits(const move_ctx_t *ctx, err_info_t *reterr, const char *for_what)
{
    err_set(reterr, ERR_ZONE_MOVE_WAITS, "%s", for_what);
    err_key(reterr, "name", ctx->zone->zone->name);
    return ERR_ZONE_MOVE_WAITS;
}

static err_t waits_for_server(const move_ctx_t *ctx, const char *what, int64_t count, const char *server, err_info_t *reterr)
{
    AUTO_FREE char *others = count > 1 ? auto_printf(" and %" PRId64 " more", count - 1) : auto_strdup("");
    AUTO_FREE char *text = auto_printf("%s: %s%s", what, server, others);
    return waits(ctx, reterr, text);
}

/* Every enabled server of the group (0: of all groups of the zone) has this step's publication. */
static err_t check_live(const move_ctx_t *ctx, int64_t sg_id, err_info_t *reterr)
{
    int64_t count = 0;
    AUTO_FREE char *server = NULL;
    err_t e = move_store_behind(ctx->zone->batch->db, ctx->zone->zone->id, sg_id, ctx->move->serial, &count, &server, reterr);
    return e != ERR_OK || count == 0 ? e : waits_for_server(ctx, "these servers do not serve it yet", count, server, reterr);
}

static err_t check_gone(const move_ctx_t *ctx, int64_t sg_id, err_info_t *reterr)
{
    int64_t count = 0;
    AUTO_FREE char *server = NULL;
    err_t e = move_store_left(ctx->zone->batch->db, ctx->zone->zone->id, sg_id, &count, &server, reterr);
    return e != ERR_OK || count == 0 ? e : waits_for_server(ctx, "these servers have not removed it yet", count, server, reterr);
}

static err_t check_servers(const move_ctx_t *ctx, err_info_t *reterr)
{
    int64_t count = 0;
    err_t e = move_store_servers(ctx->zone->batch->db, ctx->move->to_sg_id, &count, reterr);
    return e != ERR_OK || count > 0 ? e : waits(ctx, reterr, "the new group has no enabled server");
}

/* In other states the whole zone is about to be sent anyway. */
static err_t check_publishable(const move_ctx_t *ctx, err_info_t *reterr)
{
    zone_state_t state = ctx->zone->zone->state;
    if (state == ZONE_UNCONFIG || state == ZONE_PUBLISHED || state == ZONE_UPDATE)
        return ERR_OK;
    return waits(ctx, reterr, "the zone is about to be loaded on the hidden master");
}

/* Nobody serves the zone: no reports will come, and nothing need be hurried. */
static bool rests(move_ctx_t *ctx)
{
    ctx->rests = ctx->zone->zone->state == ZONE_DISABLED;
    return ctx->rests;
}

/* ---- steps */

/* With these groups; as they were if it cannot be published now. */
static err_t publish(move_ctx_t *ctx, int64_t sg_id, int64_t alt_sg_id, err_info_t *reterr)
{
    zone_row_t *zone = ctx->zone->zone;
    int64_t was = zone->sg_id, alt_was = zone->alt_sg_id;
    err_t e = check_publishable(ctx, reterr);
    if (e != ERR_OK)
        return e;
    zone->sg_id = sg_id;
    zone->alt_sg_id = alt_sg_id;
    e = zone_publish(ctx->zone, true, true, reterr);
    if (e == ERR_OK) {
        ctx->move->serial = zone->soa_serial;
        return ERR_OK;
    }
    zone->sg_id = was;
    zone->alt_sg_id = alt_was;
    return e;
}

static void longer(int64_t *seconds, const char *ttl)
{
    uint32_t number = 0;
    if (ttl != NULL && rr_ttl_from_text(ttl, &number) && (int64_t)number > *seconds)
        *seconds = number;
}

/* How long resolvers keep the apex NS of the zone as it is now, or that there are none. */
static err_t apex_ttl(const move_ctx_t *ctx, int64_t *ret_seconds, err_info_t *reterr)
{
    const zi_row_t *zi = zone_batch_zi(ctx->zone->batch, ctx->zone->zone->zi_candidate_id);
    int64_t seconds = 0;
    err_t e = zi == NULL || zi->has_apex_ns ? ERR_OK : move_store_ns_ttl(ctx->zone->batch->db, ctx->zone->zone->id, &seconds, reterr);
    if (zi != NULL) {
        longer(&seconds, zi->zone_ttl);
        longer(&seconds, zi->soa_ttl);
        longer(&seconds, zi->soa_minimum);
    }
    *ret_seconds = seconds;
    return e;
}

/* Old and new apex, and the parent's NS, whose TTL is not ours to know. */
static err_t wait_for_ttls(move_ctx_t *ctx, err_info_t *reterr)
{
    move_row_t *move = ctx->move;
    int64_t seconds = 0;
    err_t e = apex_ttl(ctx, &seconds, reterr);
    defaults_t defaults = {0};
    if (e == ERR_OK)
        e = config_store_defaults(ctx->zone->batch->db, move->to_sg_id, &defaults, reterr);
    if (e != ERR_OK)
        return e;
    longer(&seconds, defaults.move_parent_ttl);
    defaults_done(&defaults);
    if (move->ttl_old > seconds)
        seconds = move->ttl_old;
    if (move->ttl_wait >= 0)
        seconds = move->ttl_wait;
    move->until = wall_add_ms(ctx->zone->batch->now, seconds * 1000);
    return ERR_OK;
}

ACTION(add)
{
    CTX;
    if (rests(ctx))
        return ERR_OK;
    err_t e = check_servers(ctx, reterr);
    if (e == ERR_OK)
        e = apex_ttl(ctx, &move->ttl_old, reterr);
    if (e == ERR_OK)
        e = publish(ctx, move->from_sg_id, move->to_sg_id, reterr);
    if (e == ERR_OK)
        *state = MOVE_ADD;
    return e;
}

ACTION(swap)
{
    CTX;
    if (rests(ctx))
        return ERR_OK;
    err_t e = check_publishable(ctx, reterr);
    if (e == ERR_OK)
        e = check_servers(ctx, reterr);
    if (e == ERR_OK)
        e = check_live(ctx, move->to_sg_id, reterr);
    if (e == ERR_OK)
        e = publish(ctx, move->to_sg_id, move->from_sg_id, reterr);
    if (e == ERR_OK)
        *state = MOVE_SWAP;
    return e;
}

ACTION(wait)
{
    CTX;
    if (rests(ctx))
        return ERR_OK;
    err_t e = check_publishable(ctx, reterr);
    if (e == ERR_OK)
        e = check_servers(ctx, reterr);
    if (e == ERR_OK)
        e = check_live(ctx, 0, reterr);
    if (e == ERR_OK)
        e = wait_for_ttls(ctx, reterr);
    if (e == ERR_OK)
        *state = MOVE_WAIT;
    return e;
}

/* The clock was set back, or somebody hastened the event. */
static bool too_early(move_ctx_t *ctx)
{
    ctx->again = ctx->zone->batch->now.us < ctx->move->until.us;
    return ctx->again;
}

ACTION(remove)
{
    CTX;
    if (rests(ctx))
        return ERR_OK;
    if (too_early(ctx))
        return ERR_OK;
    err_t e = publish(ctx, move->to_sg_id, 0, reterr);
    if (e == ERR_OK)
        *state = MOVE_REMOVE;
    return e;
}

ACTION(finish)
{
    CTX;
    err_t e = check_gone(ctx, move->from_sg_id, reterr);
    if (e == ERR_OK)
        *state = MOVE_DONE;
    return e;
}

/* ---- the way back */

/* Begun by the next step: then the zone may be in a state in which it can be published. */
ACTION(cancel)
{
    CTX;
    *state = move->state == MOVE_START || move->state == MOVE_ADD ? MOVE_UNDO_ADD : MOVE_UNDO_SWAP;
    return ERR_OK;
}

static int64_t alt_before(const move_row_t *move)
{
    return move->alt_before ? move->to_sg_id : 0;
}

/* No server has the zone, or is to have it: it belongs to its old group at once. */
ACTION(put_back)
{
    CTX;
    zone->sg_id = move->from_sg_id;
    zone->alt_sg_id = alt_before(move);
    *state = MOVE_CANCELED;
    return ERR_OK;
}

ACTION(end)
{
    *state = MOVE_DONE;
    return ERR_OK;
}

static err_t remove_new(move_ctx_t *ctx, int *state, err_info_t *reterr)
{
    move_row_t *move = ctx->move;
    if (move->alt_before) { /* as it was: nothing goes */
        *state = MOVE_CANCELED;
        return ERR_OK;
    }
    err_t e = publish(ctx, move->from_sg_id, 0, reterr);
    if (e == ERR_OK)
        *state = MOVE_BACK_REMOVE;
    return e;
}

ACTION(undo_add)
{
    CTX;
    return zone->state == ZONE_DISABLED ? move_act_put_back(arg, state, reterr) : remove_new(ctx, state, reterr);
}

ACTION(undo_swap)
{
    CTX;
    if (zone->state == ZONE_DISABLED)
        return move_act_put_back(arg, state, reterr);
    err_t e = publish(ctx, move->from_sg_id, move->to_sg_id, reterr);
    if (e == ERR_OK)
        *state = MOVE_BACK;
    return e;
}

ACTION(back_wait)
{
    CTX;
    if (zone->state == ZONE_DISABLED)
        return move_act_put_back(arg, state, reterr);
    err_t e = check_publishable(ctx, reterr);
    if (e == ERR_OK)
        e = check_live(ctx, 0, reterr);
    if (e == ERR_OK)
        e = wait_for_ttls(ctx, reterr);
    if (e == ERR_OK)
        *state = MOVE_BACK_WAIT;
    return e;
}

ACTION(back_remove)
{
    CTX;
    if (zone->state == ZONE_DISABLED)
        return move_act_put_back(arg, state, reterr);
    return too_early(ctx) ? ERR_OK : remove_new(ctx, state, reterr);
}

ACTION(back_finish)
{
    CTX;
    err_t e = check_gone(ctx, move->to_sg_id, reterr);
    if (e == ERR_OK)
        *state = MOVE_CANCELED;
    return e;
}
