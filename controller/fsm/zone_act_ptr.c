/* Automatic PTR records that wait in a reverse zone: decided and written as one version. */
#include "controller/fsm/zone_inc.h"
#include "controller/fsm/zone_priv.h"
#include "controller/store/change_store.h"
#include "controller/store/inc_store.h"
#include "controller/store/ptr_store.h"
#include <stdlib.h>
#include <string.h>

#define AUTO_ZI AUTO_CLEANUP(zi_row_done) zi_row_t
/* In one transaction of all its zones: the engine has others to serve.  A zone's turn costs as much as some records. */
enum { WORK_MAX = 500, TURN_WORK = 25 };

typedef struct {
    zone_ctx_t *ctx;
    auto_ptr_op_t *ops;
    size_t count, limit;
    size_t room;                 /* records that the zone may have more */
    auto_ptr_outcome_t outcome;
    zone_inc_result_t result;    /* zi_id 0: nothing was written */
} turn_t;

static int64_t event_of(const zone_ctx_t *ctx) { return ctx->step->queued != NULL ? ctx->step->queued->id : 0; }

static void again(zone_ctx_t *ctx)
{
    const zone_params_t params = {0};
    zone_batch_queue(ctx->batch, ctx->zone, ZE_AutoPtr, &params);
}

/* room: there may be some. */
static err_t wake(zone_ctx_t *ctx, bool room, err_info_t *reterr)
{
    ptr_waiting_t waiting = {0};
    err_t e = ptr_store_waiting(ctx->batch->db, ctx->zone->id, event_of(ctx), &waiting, reterr);
    if (e == ERR_OK && (waiting.due || (waiting.held && (room || !waiting.retrying))))
        again(ctx);
    return e;
}

err_t zone_ptr_wake(zone_ctx_t *ctx, err_info_t *reterr)
{
    return wake(ctx, true, reterr);
}

static err_t run(turn_t *t, const zi_row_t *candidate, const zonedata_t *ops, err_info_t *reterr)
{
    const zone_inc_t in = {.ops = ops,
                           .change_by = t->ops[t->count - 1].change_by,
                           .may_lock_ptr = true,
                           .may_reference = true,
                           .now = t->ctx->batch->now};
    return zone_inc_run(t->ctx->batch->db, t->ctx->zone, candidate, &in, &t->result, NULL, reterr);
}

/* The candidate's, which is what grows. */
static err_t find_room(turn_t *t, err_info_t *reterr)
{
    AUTO_ZI candidate = {0};
    db_t *db = t->ctx->batch->db;
    size_t most = db_max_records(db);
    t->room = SIZE_MAX / 2;
    if (most == 0)
        return ERR_OK;
    err_t e = zone_inc_candidate(db, t->ctx->zone, &candidate, reterr);
    if (e == ERR_OK)
        t->room = most > (size_t)candidate.records ? most - (size_t)candidate.records : 0;
    return e;
}

/* Somebody chose an older version: it becomes the newest first, so that the live rows are its records. */
static err_t candidate_of(turn_t *t, zi_row_t *ret_zi, err_info_t *reterr)
{
    zone_row_t *zone = t->ctx->zone;
    err_t e = zone_inc_candidate(t->ctx->batch->db, zone, ret_zi, reterr);
    if (e != ERR_OK || ret_zi->seq == zone->zi_count)
        return e;
    AUTO(zonedata) none = zonedata_new(zone->name);
    e = run(t, ret_zi, none, reterr);
    if (e != ERR_OK)
        return e;
    zone->zi_candidate_id = t->result.zi_id;
    zi_row_done(ret_zi);
    return zone_inc_candidate(t->ctx->batch->db, zone, ret_zi, reterr);
}

/* Without the records that the zone's rules refuse; *ret_left NULL: no single record is to blame. */
static void leave_out(turn_t *t, const zonedata_t *ops, const problem_list_t *problems, zonedata_t **ret_left)
{
    const zonedata_group_t *from = &ops->groups[ops->count - 1];
    AUTO_FREE bool *bad = auto_calloc(from->count + 1, sizeof(*bad));
    AUTO(zonedata) left = zonedata_new(ops->name);
    zonedata_group_t *to = zonedata_add_group(left, NULL, NULL);
    size_t found = 0;
    for (size_t i = 0; problems != NULL && i < problems->count; i++) {
        const problem_t *p = &problems->items[i];
        if (p->warning || p->record < 0 || (size_t)p->record >= from->count || p->group != (int)ops->count - 1 || bad[p->record])
            continue;
        bad[p->record] = true;
        found++;
        auto_ptr_skip(&t->outcome, from->rrs[p->record].label, ops->name, p->message);
    }
    for (size_t r = 0; r < from->count; r++) {
        if (bad[r])
            continue;
        const zonedata_rr_t *rr = &from->rrs[r];
        zonedata_rr_t *copy = zonedata_add_rr(left, to);
        *copy = *rr;
        copy->label = auto_strdup(rr->label);
        copy->rdata = auto_strdup(rr->rdata);
        copy->reference = auto_strdup(rr->reference);
        copy->update_op = auto_strdup(rr->update_op);
    }
    *ret_left = NULL;
    if (found > 0) {
        *ret_left = left;
        left = NULL;
    }
}

static err_t write(turn_t *t, const zi_row_t *candidate, zonedata_t **ops, err_info_t *reterr)
{
    for (;;) {
        AUTO_ERR why = ERR_INFO_INIT;
        if ((*ops)->records == 0)
            return ERR_OK;
        err_t e = run(t, candidate, *ops, &why);
        if (e == ERR_OK)
            return e;
        zonedata_t *left = NULL;
        if (why.problems != NULL)
            leave_out(t, *ops, why.problems, &left);
        if (left == NULL)
            return err_set(reterr, e, "PTR records of zone \"%s\": %s", t->ctx->zone->name, err_message(&why));
        zonedata_destroy(ops);
        *ops = left;
    }
}

static err_t decide(turn_t *t, err_info_t *reterr)
{
    db_t *db = t->ctx->batch->db;
    zone_row_t *zone = t->ctx->zone;
    auto_ptr_settings_t settings = {0};
    AUTO_ZI candidate = {0};
    AUTO(zonedata) ops = NULL;
    inc_row_t *rows = NULL;
    size_t row_count = 0;
    auto_ptr_facts_t facts = {0};
    inc_names_t labels = {0};
    for (size_t i = 0; i < t->count; i++)
        inc_names_add(&labels, t->ops[i].label);
    err_t e = ptr_store_settings(db, &settings, reterr);
    if (e == ERR_OK)
        e = candidate_of(t, &candidate, reterr);
    if (e == ERR_OK)
        e = inc_store_rows(db, zone->id, &labels, &rows, &row_count, reterr);
    if (e == ERR_OK) {
        auto_ptr_facts_wanted(t->ops, t->count, rows, row_count, zone->name, &facts);
        e = ptr_store_facts(db, &facts, reterr);
    }
    if (e == ERR_OK) {
        auto_ptr_decide(t->ops, t->count, t->room, rows, row_count, zone->name, zone->reference, &facts, &settings, &ops, &t->outcome);
        e = write(t, &candidate, &ops, reterr);
    }
    inc_names_done(&labels);
    inc_rows_free(rows, row_count);
    auto_ptr_facts_done(&facts);
    return e;
}

/* The change log and a receipt of its own: the forward zone's receipt is about other servers. */
static err_t publish(turn_t *t, int state, err_info_t *reterr)
{
    zone_ctx_t *ctx = t->ctx;
    zone_row_t *zone = ctx->zone;
    const caller_t who = {
        .role = ROLE_ADMIN, .role_name = "engine", .sectag = "Admin", .login = t->ops[t->count - 1].change_by, .front_end = "auto_ptr"};
    int64_t change_id = 0;
    err_t e = change_store_insert(ctx->batch->db, &who, "auto_ptr", "zone", zone->name, zone->id, NULL, ctx->batch->now, &change_id, reterr);
    if (e != ERR_OK)
        return e;
    zone->zi_candidate_id = t->result.zi_id;
    if (state == ZONE_CREATE || state == ZONE_DISABLED) /* as with other saves while nothing is served */
        zone->zi_id = t->result.zi_id;
    if (state == ZONE_DISABLED)
        return ERR_OK;
    const zone_params_t params = {.change_id = change_id};
    if (state == ZONE_UNCONFIG || state == ZONE_PUBLISHED || state == ZONE_UPDATE)
        zone_batch_queue(ctx->batch, zone, ZE_Update, &params);
    return change_store_open(ctx->batch->db, change_id, zone->id, t->result.zi_id, t->result.zi_seq, false, ctx->batch->now, reterr);
}

static void tell(turn_t *t)
{
    const auto_ptr_outcome_t *o = &t->outcome;
    AUTO_FREE char *held = o->held > 0 ? auto_printf("; %zu wait for room: the zone has as many records as [http] max_records allows", o->held) : NULL;
    t->ctx->note = auto_printf("PTR records: %zu made, %zu changed, %zu removed, %zu skipped%s%s%s%s", o->made, o->changed, o->removed, o->skipped,
                               o->skips != NULL ? ": " : "", o->skips != NULL ? o->skips : "", o->skipped > 10 ? "; ..." : "", held != NULL ? held : "");
}

static err_t take_turn(turn_t *t, int state, err_info_t *reterr)
{
    zone_ctx_t *ctx = t->ctx;
    zone_row_t *zone = ctx->zone;
    int64_t before = zone->zi_candidate_id;
    err_t e = decide(t, reterr);
    if (e != ERR_OK && (e == ERR_INTERNAL || err_row(e)->class != ERR_CLASS_USER))
        return e;
    err_t finished = ptr_store_finish(ctx->batch->db, t->ops, t->count, e == ERR_OK ? reterr : NULL);
    if (finished == ERR_OK && t->result.zi_id != 0 && t->result.zi_id != before)
        finished = publish(t, state, reterr);
    if (finished == ERR_OK && e == ERR_OK)
        tell(t);
    return finished != ERR_OK ? finished : e;
}

static err_t drop(zone_ctx_t *ctx, err_info_t *reterr)
{
    ctx->note = auto_strdup("dropped: the zone takes no incremental updates any more");
    return ptr_store_drop(ctx->batch->db, ctx->zone->id, reterr);
}

/* Nothing can be done now: something else has come first, or the zone is full.  The latter is tried again, for all to see. */
static err_t rest(turn_t *t, err_info_t *reterr)
{
    zone_ctx_t *ctx = t->ctx;
    ptr_waiting_t waiting = {0};
    err_t e = ptr_store_waiting(ctx->batch->db, ctx->zone->id, event_of(ctx), &waiting, reterr);
    if (e != ERR_OK)
        return e;
    if (waiting.held && !waiting.retrying) {
        size_t most = db_max_records(ctx->batch->db);
        return err_set(reterr, ERR_PTR_NO_ROOM, "PTR records of zone \"%s\" wait for room: it has as many records as [http] max_records allows, %zu", ctx->zone->name, most);
    }
    ctx->note = auto_strdup(waiting.held ? "PTR records go on waiting for room: another event tries them again" : "no effect: the PTR records were looked at before");
    return ERR_OK;
}

/* Some of what waits, else some of what there is to fill the zone from. */
static err_t work(turn_t *t, int state, err_info_t *reterr)
{
    zone_ctx_t *ctx = t->ctx;
    size_t looked_at = 0;
    err_t e = find_room(t, reterr);
    if (e == ERR_OK)
        e = ptr_store_take(ctx->batch->db, ctx->zone->id, t->limit, t->room > 0, &t->ops, &t->count, reterr);
    if (e == ERR_OK && t->count > 0)
        e = take_turn(t, state, reterr);
    else if (e == ERR_OK)
        e = zone_ptr_fill(ctx, t->limit, &looked_at, reterr);
    ctx->batch->ptr_work += t->count + looked_at;
    if (e == ERR_OK && t->count == 0 && looked_at == 0)
        return rest(t, reterr);
    if (e == ERR_OK && t->count == 0)
        ctx->note = auto_printf("what is there is looked at for PTR records: %zu", looked_at);
    bool room = t->room + t->outcome.removed > t->outcome.made;
    err_t woken = wake(ctx, room, e == ERR_OK ? reterr : NULL); /* what was refused keeps nobody else waiting */
    return e != ERR_OK ? e : woken;
}

err_t zone_act_auto_ptr(void *arg, int *state, err_info_t *reterr)
{
    zone_ctx_t *ctx = arg;
    if (ctx->zone->locked) {
        ctx->note = auto_strdup("PTR records go on waiting: the zone is locked");
        return ERR_OK;
    }
    if (!ctx->zone->inc_updates)
        return drop(ctx, reterr);
    if (ctx->batch->ptr_work + TURN_WORK >= WORK_MAX) {
        ctx->note = auto_strdup("put off: PTR records of other zones come first");
        again(ctx);
        return ERR_OK;
    }
    ctx->batch->ptr_work += TURN_WORK;
    turn_t t = {.ctx = ctx, .limit = WORK_MAX - ctx->batch->ptr_work};
    err_t e = work(&t, *state, reterr);
    auto_ptr_ops_free(t.ops, t.count);
    free(t.outcome.skips);
    return e;
}
