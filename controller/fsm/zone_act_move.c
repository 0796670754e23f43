/* Server groups: the plain changes, and the zone machine's side of supervised moves.  One event SgMove waits per open move; it steps the move's machine. */
#include "controller/fsm/move_priv.h"
#include "controller/store/event_store.h"
#include <stdlib.h>
#include <string.h>

#define AUTO_MOVE AUTO_CLEANUP(move_row_done) move_row_t

err_t zone_move_none(zone_ctx_t *ctx, err_info_t *reterr)
{
    AUTO_MOVE move = {0};
    err_t e = move_store_open(ctx->batch->db, ctx->zone->id, &move, reterr);
    if (e != ERR_OK || move.id == 0)
        return e;
    err_set(reterr, ERR_ZONE_MOVING, "zone \"%s\" is being moved from server group \"%s\" to \"%s\"", ctx->zone->name, move.from_sg, move.to_sg);
    err_hint(reterr, "wait for its end (show_zone_move), or cancel_zone_move");
    err_key(reterr, "name", ctx->zone->name);
    return ERR_ZONE_MOVING;
}

static err_t refuse(const zone_ctx_t *ctx, err_t code, const char *why, const char *hint, err_info_t *reterr)
{
    err_set(reterr, code, "zone \"%s\" %s", ctx->zone->name, why);
    err_key(reterr, "name", ctx->zone->name);
    if (reterr != NULL)
        err_key(reterr, "event_message", err_message(reterr));
    err_hint(reterr, "%s", hint);
    return code;
}

/* ---- plain changes */

static void regroup(zone_ctx_t *ctx, int state)
{
    const zone_params_t params = {.change_id = ctx->step->params.change_id, .force_soa_serial_update = true, .reload = true};
    if (state == ZONE_PUBLISHED || state == ZONE_UPDATE || state == ZONE_UNCONFIG)
        zone_batch_queue(ctx->batch, ctx->zone, ZE_Update, &params);
}

err_t zone_act_sg_swap(void *arg, int *state, err_info_t *reterr)
{
    zone_ctx_t *ctx = arg;
    zone_row_t *zone = ctx->zone;
    err_t e = zone_move_none(ctx, reterr);
    if (e == ERR_OK && zone->alt_sg_id == 0)
        e = refuse(ctx, ERR_ZONE_NO_ALT_SG_FOR_SWAP, "has no alternative server group",
                   "set_zone_alt_sg gives it one; move_zone_sg makes the whole move", reterr);
    if (e != ERR_OK)
        return e;
    int64_t id = zone->sg_id;
    zone->sg_id = zone->alt_sg_id;
    zone->alt_sg_id = id;
    regroup(ctx, *state);
    return ERR_OK;
}

err_t zone_act_set_alt_sg(void *arg, int *state, err_info_t *reterr)
{
    zone_ctx_t *ctx = arg;
    int64_t sg_id = ctx->step->params.sg_id;
    err_t e = zone_move_none(ctx, reterr);
    if (e == ERR_OK && sg_id == ctx->zone->sg_id)
        e = refuse(ctx, ERR_ZONE_SM_FAILURE, "has this server group as its primary one", "name another group", reterr);
    if (e != ERR_OK || sg_id == ctx->zone->alt_sg_id)
        return e;
    ctx->zone->alt_sg_id = sg_id;
    regroup(ctx, *state);
    return ERR_OK;
}

/* ---- moves */

/* When the state was reached, and when the next step is due. */
static void entered(zone_ctx_t *ctx, move_row_t *move, int state)
{
    if ((int)move->state != state)
        move->since = ctx->batch->now;
    move->state = (move_state_t)state;
    if (move->state != MOVE_WAIT && move->state != MOVE_BACK_WAIT)
        move->until = (wall_t){0};
    if (move->state == MOVE_DONE || move->state == MOVE_CANCELED)
        move->ended = ctx->batch->now;
}

static void replace_message(move_row_t *move, const char *text)
{
    free(move->message);
    move->message = text != NULL ? auto_strdup(text) : NULL;
}

/* Steps the move's machine and saves its row; *ret_open: another step is to be queued. */
static err_t fire(zone_ctx_t *ctx, move_row_t *move, move_event_t event, bool *ret_open, err_info_t *reterr)
{
    move_ctx_t step = {.zone = ctx, .move = move};
    int state = (int)move->state;
    const fsm_row_t *row = NULL;
    err_t e = fsm_step(&move_fsm, (int)event, &step, &state, &row, reterr);
    if (e != ERR_OK)
        return e;
    entered(ctx, move, state);
    static const char disabled[] = "the zone is disabled: the move goes on when it is enabled";
    replace_message(move, step.rests ? disabled : NULL);
    free(ctx->note);
    ctx->note = auto_strdup(step.rests ? disabled : step.again ? "the TTLs are not over yet" : row->sentence);
    *ret_open = move->ended.us == 0 && !step.rests;
    return move_store_save(ctx->batch->db, move, reterr);
}

static void queue_step(zone_ctx_t *ctx, const move_row_t *move)
{
    const zone_params_t params = {.change_id = move->change_id};
    zone_batch_queue_at(ctx->batch, ctx->zone, ZE_SgMove, &params, move->until.us != 0 ? move->until : ctx->batch->now);
}

err_t zone_act_sg_move_start(void *arg, int *state UNUSED, err_info_t *reterr)
{
    zone_ctx_t *ctx = arg;
    zone_row_t *zone = ctx->zone;
    const zone_params_t *params = &ctx->step->params;
    err_t e = zone_move_none(ctx, reterr);
    if (e != ERR_OK)
        return e;
    if (zone->sg_id == params->sg_id || (zone->alt_sg_id != 0 && zone->alt_sg_id != params->sg_id)) {
        bool there = zone->sg_id == params->sg_id;
        return there ? refuse(ctx, ERR_ZONE_SM_FAILURE, "has this server group as its primary one", "name another group", reterr)
                     : refuse(ctx, ERR_ZONE_SM_FAILURE, "has another alternative server group",
                              "remove that one first, with set_zone_alt_sg without a group", reterr);
    }
    AUTO_FREE char *by = auto_strdup(params->locked_by != NULL ? params->locked_by : "");
    move_row_t move = {.zone_id = zone->id, .from_sg_id = zone->sg_id, .to_sg_id = params->sg_id, .state = MOVE_START,
                       .alt_before = zone->alt_sg_id != 0, .ttl_wait = params->ttl_wait, .started = ctx->batch->now,
                       .since = ctx->batch->now, .change_id = params->change_id, .started_by = by};
    zone->alt_sg_id = params->sg_id; /* at once: the group cannot be deleted meanwhile */
    e = move_store_insert(ctx->batch->db, &move, reterr);
    if (e == ERR_OK)
        queue_step(ctx, &move);
    return e;
}

err_t zone_act_sg_move(void *arg, int *state UNUSED, err_info_t *reterr)
{
    zone_ctx_t *ctx = arg;
    AUTO_MOVE move = {0};
    AUTO_ERR why = ERR_INFO_INIT;
    bool open = false;
    err_t e = move_store_open(ctx->batch->db, ctx->zone->id, &move, reterr);
    if (e != ERR_OK)
        return e;
    if (move.id == 0) {
        ctx->note = auto_strdup("no effect: the move is over");
        return ERR_OK;
    }
    e = fire(ctx, &move, MV_Step, &open, &why);
    if (e == ERR_OK && open)
        queue_step(ctx, &move);
    if (e == ERR_OK)
        return ERR_OK;
    err_set(reterr, e, "move to \"%s\" waits: %s", move.to_sg, err_message(&why));
    if (move.message != NULL && strcmp(move.message, err_message(&why)) == 0)
        return e;
    replace_message(&move, err_message(&why));
    err_t saved = move_store_save(ctx->batch->db, &move, reterr);
    return saved == ERR_OK ? e : saved;
}

/* The step that waits is due now; where none does (the zone was disabled, an operator gave it up) there is one again. */
static err_t wake(zone_ctx_t *ctx, const move_row_t *move, err_info_t *reterr)
{
    bool found = false;
    err_t e = event_store_hasten_type(ctx->batch->db, ctx->zone->id, "ZoneSMSgMove", ctx->batch->now, &found, reterr);
    if (e == ERR_OK && !found)
        queue_step(ctx, move);
    return e;
}

err_t zone_act_sg_move_cancel(void *arg, int *state UNUSED, err_info_t *reterr)
{
    zone_ctx_t *ctx = arg;
    AUTO_MOVE move = {0};
    bool open = false;
    err_t e = move_store_newest(ctx->batch->db, ctx->zone, &move, reterr);
    if (e == ERR_OK)
        e = fire(ctx, &move, MV_Cancel, &open, reterr);
    return e == ERR_OK ? wake(ctx, &move, reterr) : e;
}

err_t zone_move_enabled(zone_ctx_t *ctx, err_info_t *reterr)
{
    AUTO_MOVE move = {0};
    err_t e = move_store_open(ctx->batch->db, ctx->zone->id, &move, reterr);
    return e == ERR_OK && move.id != 0 ? wake(ctx, &move, reterr) : e;
}

err_t zone_move_gone(zone_ctx_t *ctx, err_info_t *reterr)
{
    AUTO_MOVE move = {0};
    bool open = false;
    err_t e = move_store_open(ctx->batch->db, ctx->zone->id, &move, reterr);
    if (e == ERR_OK && move.id != 0)
        e = fire(ctx, &move, MV_Gone, &open, reterr);
    /* The step that waits would go on beside those of the zone's next move. */
    return e == ERR_OK && move.id != 0 ? event_store_cancel_type(ctx->batch->db, ctx->zone->id, "ZoneSMSgMove", ctx->batch->now, reterr) : e;
}
