#include "controller/fsm/server_fsm.h"
#include "controller/fsm/fsm_params.h"
#include "controller/fsm/master_fsm.h"
#include "controller/store/change_store.h"
#include "controller/store/event_store.h"
#include "controller/store/goal_store.h"
#include "controller/store/publish_store.h"
#include "controller/store/server_store.h"
#include <stdlib.h>
#include <string.h>

static const char *const s_events[SE_COUNT] = {
#define X(e) #e,
    SERVER_EVENTS(X)
#undef X
};

typedef struct {
    db_t *db;
    server_row_t *server;
    const server_params_t *params;
    wall_t now;
    bool reconfigure;  /* out: the configuration of its peers changes */
    bool first_config; /* out: configured for the first time since it was enabled: its zones can follow */
    bool gone;         /* out: nobody waits for it any more */
} server_ctx_t;

#define ACTION(a) static err_t act_##a(void *arg, int *state UNUSED, err_info_t *reterr UNUSED)
#define CTX                                                                                                           \
    server_ctx_t *ctx = arg;                                                                                          \
    server_row_t *server UNUSED = ctx->server

static void say(server_row_t *server, const char *message)
{
    free(server->retry_msg);
    server->retry_msg = auto_strdup(message);
}

/* The state that follows from what is known. */
static int settled(server_row_t *server)
{
    if (server->connected_at.us == 0) {
        if (server->retry_msg == NULL)
            say(server, "agent is not connected");
        return SERVER_RETRY;
    }
    if (server->config_applied == 0 || server->config_applied < server->config_goal)
        return SERVER_CONFIG;
    if (!server->name_server_up) {
        if (server->retry_msg == NULL)
            say(server, "name server does not answer");
        return SERVER_RETRY;
    }
    say(server, NULL);
    return SERVER_OK;
}

static err_t refuse(server_ctx_t *ctx, const char *why, const char *hint, err_info_t *reterr)
{
    err_set(reterr, ERR_SERVER_SM_FAILURE, "server \"%s\" %s", ctx->server->name, why);
    err_key(reterr, "server_name", ctx->server->name);
    if (reterr != NULL)
        err_key(reterr, "event_message", err_message(reterr));
    err_hint(reterr, "%s", hint);
    return ERR_SERVER_SM_FAILURE;
}

ACTION(refuse_enabled)
{
    return refuse(arg, "is enabled already", "reset_server configures it anew", reterr);
}

ACTION(refuse_disabled)
{
    return refuse(arg, "is disabled", "enable_server puts it into service", reterr);
}

/* What is applied now may be of another age: configure from scratch. */
static void wipe_config(server_row_t *server)
{
    server->config_goal = 0; /* the next generation that the master machine hands out is ahead of all before */
    server->config_applied = 0;
    server->config_command = 0;
    server->config_attempts = 0;
    server->config_next_send = (wall_t){0};
    say(server, NULL);
}

ACTION(enable)
{
    CTX;
    wipe_config(server);
    ctx->reconfigure = true;
    *state = SERVER_CONFIG;
    return ERR_OK;
}

ACTION(disable)
{
    CTX;
    wipe_config(server);
    server->last_reply = (wall_t){0};
    ctx->reconfigure = ctx->gone = true;
    *state = SERVER_DISABLED;
    return ERR_OK;
}

ACTION(config_change)
{
    CTX;
    server->config_goal = ctx->params->generation;
    server->config_attempts = 0;
    server->config_command = 0;
    server->config_next_send = ctx->now;
    if (server->connected_at.us != 0)
        say(server, NULL);
    *state = settled(server);
    return ERR_OK;
}

ACTION(configure)
{
    CTX;
    *state = SERVER_CONFIG;
    return ERR_OK;
}

static void note_session(server_ctx_t *ctx)
{
    server_row_t *server = ctx->server;
    server->connected_at = server->last_reply = ctx->now;
    server->lost_at = (wall_t){0};
    server->name_server_up = ctx->params->name_server_up;
    if (ctx->params->software != NULL) {
        free(server->software);
        server->software = auto_strdup(ctx->params->software);
    }
    say(server, NULL);
}

/* A server that is to be configured stays so until its agent has confirmed; one whose agent forgot (reinstalled) is configured again. */
ACTION(connected)
{
    CTX;
    note_session(ctx);
    if (server->config_applied != 0 && ctx->params->generation < server->config_applied)
        server->config_applied = ctx->params->generation;
    if (server->config_applied < server->config_goal) {
        server->config_next_send = ctx->now;
        server->config_command = 0;
        server->config_attempts = 0;
    }
    *state = settled(server);
    return ERR_OK;
}

ACTION(connected_disabled)
{
    CTX;
    note_session(ctx);
    return ERR_OK;
}

static void note_loss(server_ctx_t *ctx)
{
    ctx->server->connected_at = (wall_t){0};
    ctx->server->lost_at = ctx->now;
    ctx->server->config_command = 0;
}

ACTION(lost)
{
    CTX;
    note_loss(ctx);
    AUTO_FREE char *message = auto_printf("agent is not connected: %s", ctx->params->message != NULL ? ctx->params->message : "session ended");
    say(server, message);
    *state = SERVER_RETRY;
    return ERR_OK;
}

ACTION(lost_quiet)
{
    note_loss(arg);
    return ERR_OK;
}

ACTION(config_done)
{
    CTX;
    server->last_reply = ctx->now;
    ctx->first_config = server->config_applied == 0;
    if (ctx->params->generation > server->config_applied)
        server->config_applied = ctx->params->generation;
    server->config_command = 0;
    if (server->config_applied >= server->config_goal) {
        server->config_next_send = (wall_t){0};
        server->config_attempts = 0;
        say(server, NULL);
    }
    *state = settled(server);
    return ERR_OK;
}

ACTION(config_failed)
{
    CTX;
    server->last_reply = ctx->now;
    server->config_command = 0;
    server->config_next_send = wall_add_ms(ctx->now, ctx->params->retry_ms);
    say(server, ctx->params->message);
    *state = ctx->params->refused ? SERVER_BROKEN : SERVER_RETRY;
    return ERR_OK;
}

ACTION(health_up)
{
    CTX;
    server->name_server_up = true;
    server->last_reply = ctx->now;
    if (*state == SERVER_RETRY) {
        say(server, NULL);
        *state = settled(server);
    }
    return ERR_OK;
}

ACTION(health_down)
{
    CTX;
    server->name_server_up = false;
    if (*state == SERVER_OK || *state == SERVER_RETRY) {
        AUTO_FREE char *message = auto_printf("name server does not answer: %s", ctx->params->message != NULL ? ctx->params->message : "no reason given");
        say(server, message);
        *state = SERVER_RETRY;
    }
    return ERR_OK;
}

ACTION(none)
{
    (void)arg;
    return ERR_OK;
}

#define GO(s) FSM_GO(SERVER_##s)
#define ROW(s, e, act, next, text) {FSM_IN(SERVER_##s), SE_##e, act_##act, next, text}
#define ANY_LIVE (GO(CONFIG) | GO(OK) | GO(RETRY))
#define MANAGED(e, act, next, text) ROW(CONFIG, e, act, next, text), ROW(OK, e, act, next, text), ROW(RETRY, e, act, next, text), ROW(BROKEN, e, act, next, text)
static const fsm_row_t s_rows[] = {
    ROW(DISABLED, Enable, enable, GO(CONFIG), "the server is managed from now on and gets its configuration"),
    MANAGED(Enable, refuse_enabled, ANY_LIVE | GO(BROKEN), "refused: the server is enabled already"),

    ROW(DISABLED, Disable, refuse_disabled, GO(DISABLED), "refused: the server is disabled already"),
    MANAGED(Disable, disable, GO(DISABLED), "the server is left alone from now on, and nobody waits for it"),

    ROW(DISABLED, Reset, refuse_disabled, GO(DISABLED), "refused: the server is disabled"),
    MANAGED(Reset, enable, GO(CONFIG), "the server gets its whole configuration again"),

    ROW(DISABLED, ConfigChange, none, GO(DISABLED), "no effect: the server is disabled"),
    MANAGED(ConfigChange, config_change, ANY_LIVE, "a new configuration generation is to be applied"),

    ROW(DISABLED, Configure, none, GO(DISABLED), "no effect: the server is disabled"),
    MANAGED(Configure, configure, GO(CONFIG), "the configuration is sent again"),

    ROW(DISABLED, Connected, connected_disabled, GO(DISABLED), "the server's agent has a session; it gets no work while the server is disabled"),
    MANAGED(Connected, connected, ANY_LIVE, "the server's agent has a session; what it missed follows"),

    ROW(DISABLED, Lost, lost_quiet, GO(DISABLED), "the session of the server's agent ended"),
    ROW(CONFIG, Lost, lost, GO(RETRY), "the session of the server's agent ended; its configuration waits for the next one"),
    ROW(OK, Lost, lost, GO(RETRY), "the session of the server's agent ended; what it misses follows at the next one"),
    ROW(RETRY, Lost, lost, GO(RETRY), "the session of the server's agent ended"),
    ROW(BROKEN, Lost, lost_quiet, GO(BROKEN), "the session of the server's agent ended; its configuration was refused before"),

    ROW(DISABLED, ConfigDone, none, GO(DISABLED), "no effect: the server was disabled meanwhile"),
    MANAGED(ConfigDone, config_done, ANY_LIVE, "the name server runs with the new configuration"),

    ROW(DISABLED, ConfigFailed, none, GO(DISABLED), "no effect: the server was disabled meanwhile"),
    MANAGED(ConfigFailed, config_failed, GO(RETRY) | GO(BROKEN), "the configuration could not be applied; the reason is kept and it is sent again later"),

    ROW(DISABLED, HealthUp, health_up, GO(DISABLED), "the name server answers"),
    ROW(CONFIG, HealthUp, health_up, GO(CONFIG), "the name server answers"),
    ROW(OK, HealthUp, health_up, GO(OK), "the name server answers"),
    ROW(RETRY, HealthUp, health_up, ANY_LIVE, "the name server answers again"),
    ROW(BROKEN, HealthUp, health_up, GO(BROKEN), "the name server answers, with the configuration before the refused one"),

    ROW(DISABLED, HealthDown, health_down, GO(DISABLED), "the name server does not answer"),
    ROW(CONFIG, HealthDown, health_down, GO(CONFIG), "the name server does not answer; its configuration is awaited"),
    ROW(OK, HealthDown, health_down, GO(RETRY), "the name server does not answer"),
    ROW(RETRY, HealthDown, health_down, GO(RETRY), "the name server does not answer"),
    ROW(BROKEN, HealthDown, health_down, GO(BROKEN), "the name server does not answer"),
};

const fsm_t server_fsm = {
    .name = "server",
    .states = rows_server_states,
    .state_count = SERVER_STATE_COUNT,
    .initial = SERVER_DISABLED,
    .events = s_events,
    .event_count = SE_COUNT,
    .rows = s_rows,
    .row_count = ARRAY_SIZE(s_rows),
};

static err_t history(const server_ctx_t *ctx, server_event_t event, const char *before, const char *sentence, err_info_t *reterr)
{
    fsm_params_t json = FSM_PARAMS_INIT;
    fsm_params_text(&json, "server_name", ctx->server->name);
    if (ctx->params->generation != 0)
        fsm_params_int(&json, "generation", ctx->params->generation);
    fsm_params_text(&json, "message", ctx->params->message);
    AUTO_FREE char *type = auto_printf("ServerSM%s", s_events[event]);
    AUTO_FREE char *parameters = fsm_params_take(&json);
    AUTO_FREE char *results = fsm_params_result(sentence, before, rows_server_states[ctx->server->state], NULL, 0);
    event_row_t row = {.kind = MACHINE_SERVER, .machine_id = ctx->server->id, .type = type, .state = EVENT_SUCCESS, .parameters = parameters,
                       .results = results, .created = ctx->now, .due = ctx->now, .done = ctx->now, .change_id = ctx->params->change_id};
    return event_store_insert_many(ctx->db, &row, 1, ctx->now, reterr);
}

/* Masters and replicas are in every server's configuration, slaves in those of the master, the replicas and their own group. */
static err_t after_users_wish(server_ctx_t *ctx, err_info_t *reterr)
{
    bool slave = strcmp(ctx->server->role, "slave") == 0;
    master_params_t params = {.sg_id = slave ? ctx->server->sg_id : 0, .change_id = ctx->params->change_id};
    err_t err = master_fsm_queue(ctx->db, slave ? ME_PartialReconfig : ME_AllReconfig, &params, ctx->now, reterr);
    if (err == ERR_OK && ctx->gone)
        err = change_store_settle_server(ctx->db, ctx->server->id, ctx->now, reterr);
    else if (err == ERR_OK && strcmp(ctx->server->role, "master") == 0)
        err = publish_store_refresh_missing(ctx->db, ctx->server->id, ctx->now, reterr);
    return err == ERR_OK ? event_store_hasten(ctx->db, MACHINE_ZONE, ctx->now, reterr) : err; /* what waited for it, or for its end, may go on */
}

static err_t sync_zones(server_ctx_t *ctx, err_info_t *reterr)
{
    AUTO_FREE int64_t *ids = NULL;
    size_t count = 0;
    err_t err = goal_store_sync_server(ctx->db, ctx->server->id, ctx->now, NULL, reterr);
    if (err == ERR_OK)
        err = publish_store_give_way(ctx->db, NULL, 0, ctx->server->id, &ids, &count, reterr);
    return err == ERR_OK ? change_store_settle(ctx->db, ids, count, ctx->now, reterr) : err;
}

err_t server_fsm_fire(db_t *db, server_row_t *row, server_event_t event, const server_params_t *params, wall_t now, err_info_t *reterr)
{
    static const server_params_t none = {0};
    server_ctx_t ctx = {.db = db, .server = row, .params = params != NULL ? params : &none, .now = now};
    const char *before = rows_server_states[row->state];
    int state = (int)row->state;
    const fsm_row_t *fsm_row = NULL;
    err_t err = fsm_step(&server_fsm, (int)event, &ctx, &state, &fsm_row, reterr);
    if (err != ERR_OK)
        return err;
    row->state = (server_state_t)state;
    err = server_store_save(db, row, now, reterr);
    if (err == ERR_OK)
        err = history(&ctx, event, before, fsm_row->sentence, reterr);
    if (err == ERR_OK && ctx.reconfigure)
        err = after_users_wish(&ctx, reterr);
    if (err == ERR_OK && ctx.first_config && strcmp(row->role, "master") != 0)
        err = sync_zones(&ctx, reterr);
    return err;
}

err_t server_fsm_fire_id(db_t *db, int64_t server_id, server_event_t event, const server_params_t *params, wall_t now, err_info_t *reterr)
{
    server_row_t row = {0};
    err_t err = server_store_by_id(db, server_id, true, &row, reterr);
    if (err == ERR_OK)
        err = server_fsm_fire(db, &row, event, params, now, reterr);
    server_row_done(&row);
    return err;
}
