#include "controller/engine/engine_priv.h"
#include "controller/fsm/fsm_params.h"
#include "controller/fsm/master_fsm.h"
#include "controller/fsm/server_fsm.h"
#include "controller/store/event_store.h"
#include "controller/usecase/change_set.h"
#include "shared/log.h"
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { CHANGE_SETS_RETRY_MS = 5000 };
enum { LOCKED_RETRY_MS = 20 }; /* due work that another transaction holds: it commits within milliseconds */

engine_t *engine_new(db_t *db, const clock_source_t *clock, const engine_opts_t *opts, const engine_transport_t *transport)
{
    engine_t *self = auto_calloc(1, sizeof(*self));
    *self = (engine_t){.db = db, .clock = clock, .opts = opts != NULL ? *opts : ENGINE_OPTS_INIT, .transport = *transport};
    self->random = self->opts.seed;
    if (self->random == 0 && getrandom(&self->random, sizeof(self->random), 0) != (ssize_t)sizeof(self->random))
        self->random = (uint64_t)engine_now(self).us;
    return self;
}

static void peer_done(engine_peer_t *peer)
{
    free(peer->text);
    free(peer->software);
}

void engine_destroy(engine_t **self)
{
    if (*self == NULL)
        return;
    for (size_t i = 0; i < (*self)->peer_count; i++)
        peer_done(&(*self)->peers[i]);
    free((*self)->peers);
    free(*self);
    *self = NULL;
}

wall_t engine_now(const engine_t *self)
{
    return clock_wall(self->clock);
}

/* splitmix64 */
uint64_t engine_random(engine_t *self)
{
    uint64_t z = self->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

int64_t engine_backoff_ms(engine_t *self, int attempts)
{
    return fsm_params_backoff_ms(attempts, self->opts.retry_min_ms, self->opts.retry_max_ms, engine_random(self));
}

bool engine_is_ahead(uint64_t theirs, int64_t ours)
{
    static const uint64_t lost_max = UINT64_C(1) << 32; /* more than is given out between two dumps; keeps numbers from being used up */
    return theirs > (uint64_t)ours && theirs - (uint64_t)ours <= lost_max;
}

uint64_t engine_epoch(engine_t *self, err_info_t *reterr)
{
    master_row_t master;
    return server_store_master(self->db, false, &master, reterr) == ERR_OK ? (uint64_t)master.epoch : 0;
}

/* ---- what the transport says.  It is kept here until the database knows it, so that an outage of the database loses no session. */

engine_peer_t *engine_peer(engine_t *self, int64_t server_id)
{
    for (size_t i = 0; i < self->peer_count; i++) {
        if (self->peers[i].server_id == server_id)
            return &self->peers[i];
    }
    return NULL;
}

static engine_peer_t *peer_ensure(engine_t *self, int64_t server_id)
{
    engine_peer_t *peer = engine_peer(self, server_id);
    if (peer != NULL)
        return peer;
    self->peers = auto_grow(self->peers, &self->peer_cap, self->peer_count + 1, sizeof(*self->peers));
    peer = &self->peers[self->peer_count++];
    *peer = (engine_peer_t){.server_id = server_id};
    return peer;
}

typedef struct {
    engine_t *engine;
    engine_peer_t *peer;
    wall_t now;
} peer_tx_t;

static void peer_text(engine_peer_t *peer, const char *text)
{
    free(peer->text);
    peer->text = auto_strdup(text);
}

static err_t note_up(peer_tx_t *tx, db_t *db, err_info_t *reterr)
{
    engine_peer_t *peer = tx->peer;
    server_params_t params = {.generation = peer->generation <= INT64_MAX ? (int64_t)peer->generation : 0, .software = peer->software, .name_server_up = peer->name_server_up};
    err_t err = server_fsm_fire_id(db, peer->server_id, SE_Connected, &params, tx->now, reterr);
    if (err == ERR_OK)
        err = goal_store_resend(db, peer->server_id, tx->now, reterr);
    master_row_t master;
    if (err == ERR_OK)
        err = server_store_master(db, false, &master, reterr);
    if (err == ERR_OK && engine_is_ahead(peer->generation, master.generation)) {
        /* An older database came back: its next generation must be ahead of what the agents hold. */
        master_params_t ahead = {.generation = (int64_t)peer->generation};
        err = master_fsm_queue(db, ME_Reset, &ahead, tx->now, reterr);
    }
    return err;
}

static err_t note(db_t *db, void *arg, err_info_t *reterr)
{
    peer_tx_t *tx = arg;
    engine_peer_t *peer = tx->peer;
    err_t err = ERR_OK;
    if (!peer->noted && peer->up) {
        err = note_up(tx, db, reterr);
    } else if (!peer->noted) {
        server_params_t params = {.message = peer->text};
        err = server_fsm_fire_id(db, peer->server_id, SE_Lost, &params, tx->now, reterr);
    } else if (peer->health_news) {
        server_params_t params = {.message = peer->text};
        err = server_fsm_fire_id(db, peer->server_id, peer->name_server_up ? SE_HealthUp : SE_HealthDown, &params, tx->now, reterr);
        if (err == ERR_OK && peer->name_server_up)
            err = goal_store_resend(db, peer->server_id, tx->now, reterr);
    }
    /* A server that went, or came back as it was, may have been the last one that the hold waited for. */
    return err == ERR_OK ? master_fsm_fire(db, ME_ConfigDone, NULL, false, tx->now, reterr) : err;
}

/* The command ids stay: an answer that is still on its way counts. */
static err_t open_again(db_t *db, void *arg, err_info_t *reterr)
{
    const peer_tx_t *tx = arg;
    server_row_t row = {0};
    err_t err = server_store_by_id(db, tx->peer->server_id, true, &row, reterr);
    if (err == ERR_OK && row.config_applied < row.config_goal && row.config_next_send.us > tx->now.us) {
        row.config_next_send = tx->now;
        err = server_store_save(db, &row, tx->now, reterr);
    }
    server_row_done(&row);
    return err == ERR_OK ? goal_store_resend(db, tx->peer->server_id, tx->now, reterr) : err;
}

static err_t note_peer(engine_t *self, engine_peer_t *peer, err_info_t *reterr)
{
    if (peer->noted && !peer->health_news && peer->up && peer->open_again) {
        peer_tx_t again = {self, peer, engine_now(self)};
        err_t err = db_tx(self->db, open_again, &again, reterr);
        if (err != ERR_OK && err != ERR_NO_SERVER_FOUND)
            return err;
        peer->open_again = false;
        return ERR_OK;
    }
    if (peer->noted && !peer->health_news)
        return ERR_OK;
    peer_tx_t tx = {self, peer, engine_now(self)};
    err_t err = db_tx(self->db, note, &tx, reterr);
    if (err == ERR_NO_SERVER_FOUND)
        err = ERR_OK; /* deleted meanwhile: the link will drop it */
    if (err != ERR_OK)
        return err;
    if (!peer->noted)
        log_notice("agent %s server_id=%lld%s%s", peer->up ? "connected" : "is gone", (long long)peer->server_id, peer->text != NULL ? " why=" : "",
                   peer->text != NULL ? peer->text : "");
    peer->noted = true;
    peer->health_news = peer->open_again = false; /* noting a session or health opens everything anyway */
    return ERR_OK;
}

err_t engine_on_up(engine_t *self, int64_t server_id, const wire_hello_t *hello, err_info_t *reterr)
{
    engine_peer_t *peer = peer_ensure(self, server_id);
    peer->up = true;
    peer->noted = peer->health_news = false;
    peer->name_server_up = hello->name_server_up;
    peer->generation = hello->config_generation;
    free(peer->software);
    peer->software = auto_printf("%s%s%s%s%s", hello->software != NULL ? hello->software : "", hello->driver != NULL ? ", " : "",
                                 hello->driver != NULL ? hello->driver : "", hello->driver_version != NULL ? " " : "",
                                 hello->driver_version != NULL ? hello->driver_version : "");
    peer_text(peer, NULL);
    outbox_check_all(peer);
    memset(peer->checks, 0, sizeof(peer->checks));
    return note_peer(self, peer, reterr);
}

err_t engine_on_down(engine_t *self, int64_t server_id, const char *why, err_info_t *reterr)
{
    engine_peer_t *peer = peer_ensure(self, server_id);
    peer->up = peer->noted = peer->health_news = false;
    peer_text(peer, why);
    return note_peer(self, peer, reterr);
}

err_t engine_on_health(engine_t *self, int64_t server_id, bool name_server_up, const char *text, err_info_t *reterr)
{
    engine_peer_t *peer = peer_ensure(self, server_id);
    peer->health_news = true;
    peer->name_server_up = name_server_up;
    if (name_server_up)
        outbox_check_all(peer); /* it may have come back without some of its zones */
    peer_text(peer, text);
    return note_peer(self, peer, reterr);
}

/* ---- start, run */

static err_t forget_sessions(db_t *db, void *arg, err_info_t *reterr)
{
    const engine_t *self = arg;
    server_row_t *servers = NULL;
    size_t count = 0;
    err_t err = server_store_servers(db, 0, &servers, &count, reterr);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        server_params_t params = {.message = "the controller was started"};
        if (servers[i].connected_at.us != 0)
            err = server_fsm_fire_id(db, servers[i].id, SE_Lost, &params, engine_now(self), reterr);
    }
    server_store_servers_free(servers, count);
    return err == ERR_OK ? master_fsm_fire(db, ME_ConfigDone, NULL, false, engine_now(self), reterr) : err;
}

err_t engine_start(engine_t *self, err_info_t *reterr)
{
    return db_tx(self->db, forget_sessions, self, reterr);
}

static void sooner(wall_t *next, wall_t due)
{
    if (due.us != 0 && (next->us == 0 || due.us < next->us))
        *next = due;
}

/* What is due for the connected servers: runs their outboxes; *next becomes the earliest of what is left. */
static err_t run_outboxes(engine_t *self, const server_row_t *servers, size_t count, bool *ret_did, wall_t *next, err_info_t *reterr)
{
    AUTO_FREE int64_t *ids = auto_calloc(count + 1, sizeof(*ids));
    AUTO_FREE wall_t *due = auto_calloc(count + 1, sizeof(*due));
    for (size_t i = 0; i < count; i++)
        ids[i] = servers[i].id;
    err_t err = goal_store_next_due(self->db, ids, count, due, reterr);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        engine_peer_t *peer = engine_peer(self, servers[i].id);
        if (peer == NULL || !peer->up || !outbox_wants(self, peer, &servers[i]))
            continue; /* a report or a session will wake us */
        wall_t now = engine_now(self);
        sooner(next, outbox_checks_lost(peer, now));
        bool goal_due = due[i].us != 0 && due[i].us <= now.us;
        if (goal_due || outbox_config_due(&servers[i], now) || outbox_check_due(peer, now)) {
            err = outbox_run(self, peer, &servers[i], ret_did, reterr);
            peer->open_again = peer->open_again || err != ERR_OK;
        }
        if (servers[i].config_applied < servers[i].config_goal)
            sooner(next, servers[i].config_next_send);
        if (servers[i].config_applied > 0)
            sooner(next, due[i]);
    }
    return err;
}

/* Change sets go forward in small batches, so that what else is due waits for milliseconds only. */
static err_t run_change_sets(engine_t *self, bool *ret_did, wall_t *next, err_info_t *reterr)
{
    enum { BATCH = 25 };
    bool any = false, waits = false;
    err_t err = change_set_store_any_applying(self->db, &any, reterr);
    if (err != ERR_OK || !any)
        return err;
    if (engine_now(self).us < self->change_sets_at.us) {
        sooner(next, self->change_sets_at);
        return ERR_OK;
    }
    AUTO_ERR why = ERR_INFO_INIT;
    err = change_set_step(self->db, BATCH, engine_now(self), &self->change_set_turn, ret_did, &waits, &why);
    if (err == ERR_DB_DOWN)
        return err_set(reterr, err, "%s", err_message(&why));
    if (err != ERR_OK) { /* the rest of the engine goes on */
        log_error("a change set does not go forward: %s", err_message(&why));
        self->change_sets_at = wall_add_ms(engine_now(self), CHANGE_SETS_RETRY_MS);
        sooner(next, self->change_sets_at);
    }
    if (waits)
        sooner(next, wall_add_ms(engine_now(self), LOCKED_RETRY_MS));
    return ERR_OK;
}

/* Costs four look-ups when nothing is due. */
static err_t run_round(engine_t *self, bool *ret_did, wall_t *ret_next, err_info_t *reterr)
{
    err_t err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < self->peer_count; i++)
        err = note_peer(self, &self->peers[i], reterr);
    bool kinds[MACHINE_KIND_COUNT] = {false};
    wall_t next = {0};
    if (err == ERR_OK)
        err = event_store_next_due(self->db, engine_now(self), &next, kinds, reterr);
    if (err == ERR_OK)
        err = event_run(self, kinds, ret_did, reterr);
    if (err == ERR_OK)
        err = run_change_sets(self, ret_did, &next, reterr);
    server_row_t *servers = NULL;
    size_t count = 0;
    if (err == ERR_OK)
        err = server_store_servers(self->db, 0, &servers, &count, reterr);
    if (err == ERR_OK)
        err = run_outboxes(self, servers, count, ret_did, &next, reterr);
    server_store_servers_free(servers, count);
    *ret_next = next;
    return err;
}

err_t engine_run(engine_t *self, int rounds, int64_t *ret_next_ms, err_info_t *reterr)
{
    wall_t next = {0};
    bool did = true;
    err_t err = ERR_OK;
    for (int round = 0; err == ERR_OK && did && (rounds == 0 || round < rounds); round++) {
        did = false;
        err = run_round(self, &did, &next, reterr);
    }
    if (err != ERR_OK)
        return err;
    if (did)
        *ret_next_ms = 0;
    else if (next.us == 0)
        *ret_next_ms = -1;
    else {
        int64_t ms = (next.us - engine_now(self).us + 999) / 1000;
        *ret_next_ms = ms < LOCKED_RETRY_MS ? LOCKED_RETRY_MS : ms;
    }
    return ERR_OK;
}
