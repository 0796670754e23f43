#include "controller/fsm/master_fsm.h"
#include "controller/fsm/fsm_params.h"
#include "controller/fsm/server_fsm.h"
#include "controller/store/event_store.h"
#include "controller/store/server_store.h"
#include <stdlib.h>
#include <string.h>

static const char *const s_events[ME_COUNT] = {
#define X(e) #e,
    MASTER_EVENTS(X)
#undef X
};

typedef struct {
    db_t *db;
    master_row_t *master;
    const master_params_t *params;
    wall_t now;
} master_ctx_t;

#define ACTION(a) static err_t act_##a(void *arg, int *state UNUSED, err_info_t *reterr UNUSED)

static bool in_scope(const server_row_t *server, int64_t scope)
{
    if (server->state == SERVER_DISABLED)
        return false;
    if (scope == MASTER_SCOPE_ALL || strcmp(server->role, "master") == 0)
        return true;
    return scope > 0 && (server->sg_id == scope || strcmp(server->role, "replica") == 0);
}

static err_t queue_timeout(const master_ctx_t *ctx, err_info_t *reterr)
{
    char type[] = "MasterSMHoldTimeout";
    event_row_t row = {.kind = MACHINE_MASTER, .machine_id = 1, .type = type, .due = ctx->master->hold_stop};
    return event_store_insert_many(ctx->db, &row, 1, ctx->now, reterr);
}

/* A new generation for the servers in scope.  HOLD only if somebody is there to report. */
static err_t start(master_ctx_t *ctx, int64_t scope, int *state, err_info_t *reterr)
{
    server_row_t *servers = NULL;
    size_t count = 0;
    err_t err = server_store_servers(ctx->db, 0, &servers, &count, reterr);
    if (err != ERR_OK)
        return err;
    ctx->master->generation++;
    bool wait = false;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        if (!in_scope(&servers[i], scope))
            continue;
        server_params_t params = {.generation = ctx->master->generation, .change_id = ctx->params->change_id};
        err = server_fsm_fire_id(ctx->db, servers[i].id, SE_ConfigChange, &params, ctx->now, reterr);
        wait = wait || servers[i].connected_at.us != 0;
    }
    server_store_servers_free(servers, count);
    if (err != ERR_OK)
        return err;
    ctx->master->hold_sg = MASTER_SCOPE_NONE;
    ctx->master->hold_start = wait ? ctx->now : (wall_t){0};
    ctx->master->hold_stop = wait ? wall_add_ms(ctx->now, MASTER_HOLD_MS) : (wall_t){0};
    *state = wait ? MASTER_HOLD : MASTER_READY;
    return wait ? queue_timeout(ctx, reterr) : ERR_OK;
}

ACTION(start_master)
{
    return start(arg, MASTER_SCOPE_MASTER, state, reterr);
}

ACTION(start_group)
{
    master_ctx_t *ctx = arg;
    return start(ctx, ctx->params->sg_id != 0 ? ctx->params->sg_id : MASTER_SCOPE_ALL, state, reterr);
}

ACTION(start_all)
{
    return start(arg, MASTER_SCOPE_ALL, state, reterr);
}

ACTION(merge_master)
{
    master_ctx_t *ctx = arg;
    if (ctx->master->hold_sg == MASTER_SCOPE_NONE)
        ctx->master->hold_sg = MASTER_SCOPE_MASTER;
    return ERR_OK;
}

ACTION(merge_all)
{
    ((master_ctx_t *)arg)->master->hold_sg = MASTER_SCOPE_ALL;
    return ERR_OK;
}

/* None or master only -> the group; the same group -> itself; another group -> all. */
ACTION(merge_group)
{
    master_ctx_t *ctx = arg;
    int64_t sg_id = ctx->params->sg_id != 0 ? ctx->params->sg_id : MASTER_SCOPE_ALL;
    int64_t *scope = &ctx->master->hold_sg;
    *scope = *scope == MASTER_SCOPE_NONE || *scope == MASTER_SCOPE_MASTER || *scope == sg_id ? sg_id : MASTER_SCOPE_ALL;
    return ERR_OK;
}

static err_t finish(master_ctx_t *ctx, int *state, err_info_t *reterr)
{
    int64_t scope = ctx->master->hold_sg;
    if (scope != MASTER_SCOPE_NONE)
        return start(ctx, scope, state, reterr);
    ctx->master->hold_start = ctx->master->hold_stop = (wall_t){0};
    *state = MASTER_READY;
    return ERR_OK;
}

/* Over when no connected server is still at it; who failed has reported too. */
ACTION(config_done)
{
    master_ctx_t *ctx = arg;
    server_row_t *servers = NULL;
    size_t count = 0;
    err_t err = server_store_servers(ctx->db, 0, &servers, &count, reterr);
    if (err != ERR_OK)
        return err;
    bool busy = false;
    for (size_t i = 0; i < count; i++)
        busy = busy || (servers[i].state == SERVER_CONFIG && servers[i].connected_at.us != 0 && servers[i].config_goal != 0);
    server_store_servers_free(servers, count);
    return busy ? ERR_OK : finish(ctx, state, reterr);
}

/* A time-out of an earlier hold is not this one's. */
ACTION(hold_timeout)
{
    master_ctx_t *ctx = arg;
    return ctx->now.us < ctx->master->hold_stop.us ? ERR_OK : finish(ctx, state, reterr);
}

ACTION(reset)
{
    master_ctx_t *ctx = arg;
    if (ctx->params->generation > ctx->master->generation)
        ctx->master->generation = ctx->params->generation;
    return start(ctx, MASTER_SCOPE_ALL, state, reterr);
}

ACTION(none)
{
    (void)arg;
    return ERR_OK;
}

#define GO(s) FSM_GO(MASTER_##s)
#define BOTH (GO(READY) | GO(HOLD))
#define ROW(s, e, act, next, text) {FSM_IN(MASTER_##s), ME_##e, act_##act, next, text}
static const fsm_row_t s_rows[] = {
    ROW(READY, MasterReconfig, start_master, BOTH, "a new configuration generation for the master servers"),
    ROW(HOLD, MasterReconfig, merge_master, GO(HOLD), "noted: the next generation goes to the master servers"),
    ROW(READY, PartialReconfig, start_group, BOTH, "a new configuration generation for one server group, the master and the replica servers"),
    ROW(HOLD, PartialReconfig, merge_group, GO(HOLD), "noted: the next generation goes to this server group too"),
    ROW(READY, AllReconfig, start_all, BOTH, "a new configuration generation for all servers"),
    ROW(HOLD, AllReconfig, merge_all, GO(HOLD), "noted: the next generation goes to all servers"),
    ROW(READY, ConfigDone, none, GO(READY), "no effect: a server that was late has reported"),
    ROW(HOLD, ConfigDone, config_done, BOTH, "a server has reported; when all connected ones have, the hold ends or the next generation begins"),
    ROW(READY, HoldTimeout, none, GO(READY), "no effect: the hold ended before"),
    ROW(HOLD, HoldTimeout, hold_timeout, BOTH, "a silent server holds the next generation back no longer"),
    ROW(READY, Reset, reset, BOTH, "everything is configured anew"),
    ROW(HOLD, Reset, reset, BOTH, "the hold is given up and everything is configured anew"),
};

const fsm_t master_fsm = {
    .name = "master",
    .states = rows_master_states,
    .state_count = MASTER_STATE_COUNT,
    .initial = MASTER_READY,
    .events = s_events,
    .event_count = ME_COUNT,
    .rows = s_rows,
    .row_count = ARRAY_SIZE(s_rows),
};

static char *params_text(const master_params_t *params)
{
    fsm_params_t json = FSM_PARAMS_INIT;
    if (params->sg_id != 0)
        fsm_params_int(&json, "sg_id", params->sg_id);
    if (params->generation != 0)
        fsm_params_int(&json, "generation", params->generation);
    return fsm_params_take(&json);
}

/* Fire; *ret_results: the result object for the history. */
static err_t fire(db_t *db, master_event_t event, const master_params_t *params, wall_t now, char **ret_results, err_info_t *reterr)
{
    master_row_t master = {0};
    err_t err = server_store_master(db, true, &master, reterr);
    if (err != ERR_OK)
        return err;
    master_ctx_t ctx = {.db = db, .master = &master, .params = params, .now = now};
    const char *before = rows_master_states[master.state];
    int state = (int)master.state;
    const fsm_row_t *row = NULL;
    err = fsm_step(&master_fsm, (int)event, &ctx, &state, &row, reterr);
    if (err != ERR_OK)
        return err;
    master.state = (master_state_t)state;
    *ret_results = fsm_params_result(row->sentence, before, rows_master_states[master.state], NULL, 0);
    return server_store_master_save(db, &master, reterr);
}

static err_t insert(db_t *db, master_event_t event, const master_params_t *params, event_state_t state, char *results, wall_t now, err_info_t *reterr)
{
    AUTO_FREE char *type = auto_printf("MasterSM%s", s_events[event]);
    AUTO_FREE char *parameters = params_text(params);
    event_row_t row = {.kind = MACHINE_MASTER, .machine_id = 1, .type = type, .state = state, .parameters = parameters, .results = results,
                       .due = now, .done = state == EVENT_SUCCESS ? now : (wall_t){0}, .change_id = params->change_id};
    return event_store_insert_many(db, &row, 1, now, reterr);
}

err_t master_fsm_fire(db_t *db, master_event_t event, const master_params_t *params, bool history, wall_t now, err_info_t *reterr)
{
    static const master_params_t none = {0};
    AUTO_FREE char *results = NULL;
    err_t err = fire(db, event, params != NULL ? params : &none, now, &results, reterr);
    return err == ERR_OK && history ? insert(db, event, params != NULL ? params : &none, EVENT_SUCCESS, results, now, reterr) : err;
}

err_t master_fsm_queue(db_t *db, master_event_t event, const master_params_t *params, wall_t now, err_info_t *reterr)
{
    return insert(db, event, params, EVENT_NEW, NULL, now, reterr);
}

err_t master_fsm_run(db_t *db, event_row_t *queued, wall_t now, err_info_t *reterr)
{
    static const char prefix[] = "MasterSM";
    int event = strncmp(queued->type, prefix, strlen(prefix)) == 0 ? fsm_event_find(&master_fsm, queued->type + strlen(prefix)) : -1;
    free(queued->results);
    queued->results = NULL;
    queued->attempts++;
    queued->done = now;
    if (event < 0) {
        queued->state = EVENT_FAILURE;
        queued->results = fsm_params_result("the master machine does not know this event", NULL, NULL, NULL, 0);
        return ERR_OK;
    }
    master_params_t params = {.sg_id = fsm_params_get_int(queued->parameters, "sg_id"),
                              .generation = fsm_params_get_int(queued->parameters, "generation"), .change_id = queued->change_id};
    queued->state = EVENT_SUCCESS;
    return fire(db, (master_event_t)event, &params, now, &queued->results, reterr);
}
