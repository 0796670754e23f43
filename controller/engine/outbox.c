/* Due rows of the outbox -> commands.  Rows are marked as taken in one transaction and sent after its commit, so that a crash
 * between the two costs a repetition, never a command. */
#include "controller/engine/engine_priv.h"
#include "controller/fsm/server_fsm.h"
#include "controller/store/zi_store.h"
#include "shared/log.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    engine_t *engine;
    engine_peer_t *peer;
    const server_row_t *server;
    size_t limit;
    wall_t now;
    command_list_t commands; /* out */
    int64_t check_next;      /* out */
    size_t taken;            /* out */
} outbox_tx_t;

/* ---- configuration */

static err_t take_config(db_t *db, void *arg, err_info_t *reterr)
{
    outbox_tx_t *tx = arg;
    command_list_done(&tx->commands);
    server_row_t row = {0};
    err_t err = server_store_by_id(db, tx->server->id, true, &row, reterr);
    if (err == ERR_OK && (row.state == SERVER_DISABLED || row.config_applied >= row.config_goal || row.config_next_send.us == 0 ||
                          row.config_next_send.us > tx->now.us)) {
        server_row_done(&row);
        return ERR_OK; /* somebody changed it meanwhile */
    }
    if (err == ERR_OK)
        err = server_store_command_id(db, &row.config_command, reterr);
    if (err == ERR_OK) {
        row.config_attempts++;
        int doublings = row.config_attempts > 6 ? 6 : row.config_attempts - 1;
        row.config_next_send = wall_add_ms(tx->now, tx->engine->opts.resend_ms << doublings);
        err = row.state == SERVER_CONFIG ? server_store_save(db, &row, tx->now, reterr)
                                         : server_fsm_fire(db, &row, SE_Configure, NULL, tx->now, reterr);
    }
    wire_server_config_t config = {0};
    if (err == ERR_OK)
        err = config_build(db, &row, &config, reterr);
    if (err == ERR_OK)
        command_list_add(&tx->commands, WIRE_SERVER_CONFIG, row.config_command, row.config_goal, tx->engine->opts.command_deadline_ms)->server_config = config;
    server_row_done(&row);
    return err;
}

/* ---- zones */

static err_t replica_group(db_t *db, char **ret_name, err_info_t *reterr)
{
    group_row_t *groups = NULL;
    size_t count = 0;
    err_t err = server_store_groups_bare(db, &groups, &count, reterr);
    for (size_t i = 0; i < count; i++) {
        if (groups[i].replica && *ret_name == NULL)
            *ret_name = auto_strdup(groups[i].name);
    }
    server_store_groups_free(groups, count);
    return err;
}

static bool is_database_error(err_t err)
{
    return err == ERR_DB_DOWN || err == ERR_DB_READ_ONLY || err == ERR_CONFLICT || err == ERR_TIMEOUT || err == ERR_INTERNAL;
}

/* A zone whose command cannot be built must not hold up the others: it waits, and says why. */
static err_t put_aside(outbox_tx_t *tx, db_t *db, goal_row_t *row, const err_info_t *why, err_info_t *reterr)
{
    log_error("command for zone \"%s\" could not be built: %s", row->zone_name, err_message(why));
    row->reason = WIRE_BAD_ZONE;
    free(row->evidence);
    row->evidence = auto_strdup(err_message(why));
    row->command_id = 0;
    row->next_send = wall_add_ms(tx->now, engine_backoff_ms(tx->engine, row->attempts));
    return goal_store_save_many(db, row, 1, reterr);
}

static err_t build_zones(outbox_tx_t *tx, db_t *db, goal_row_t *rows, size_t count, err_info_t *reterr)
{
    bool master = strcmp(tx->server->role, "master") == 0;
    zi_row_t *zis = NULL; /* goal and live of each row */
    AUTO_FREE char *replica = NULL;
    err_t err = ERR_OK;
    if (master) {
        AUTO_FREE int64_t *ids = auto_calloc(2 * count, sizeof(*ids));
        for (size_t i = 0; i < count; i++) {
            ids[2 * i] = rows[i].goal_zi_id;
            ids[2 * i + 1] = rows[i].live_zi_id;
        }
        err = zi_store_get_many(db, ids, 2 * count, &zis, reterr);
        if (err == ERR_OK)
            err = replica_group(db, &replica, reterr);
    }
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        AUTO_ERR info = ERR_INFO_INIT;
        err = zone_build(db, &rows[i], master ? &zis[2 * i] : NULL, master ? &zis[2 * i + 1] : NULL, master, replica,
                         tx->engine->opts.command_deadline_ms, &tx->commands, &info);
        if (err == ERR_OK)
            continue;
        if (!is_database_error(err) || (err == ERR_INTERNAL && info.sqlstate[0] == '\0')) {
            err = put_aside(tx, db, &rows[i], &info, reterr);
        } else if (reterr != NULL) {
            err_info_done(reterr);
            *reterr = info;
            info = ERR_INFO_INIT;
        }
    }
    if (zis != NULL)
        zi_store_rows_free(zis, 2 * count);
    return err;
}

static err_t take_zones(db_t *db, void *arg, err_info_t *reterr)
{
    outbox_tx_t *tx = arg;
    command_list_done(&tx->commands);
    goal_row_t *rows = NULL;
    size_t count = 0;
    err_t err = goal_store_take(db, tx->server->id, tx->limit, tx->now, tx->engine->opts.resend_ms, &rows, &count, reterr);
    if (err == ERR_OK && count > 0)
        err = build_zones(tx, db, rows, count, reterr);
    tx->taken = count;
    goal_store_rows_free(rows, count);
    return err;
}

/* ---- background check */

static err_t take_check(db_t *db, void *arg, err_info_t *reterr)
{
    outbox_tx_t *tx = arg;
    command_list_done(&tx->commands);
    engine_peer_t *peer = tx->peer;
    goal_row_t *rows = NULL;
    size_t count = 0;
    int64_t id = 0;
    err_t err = goal_store_page(db, peer->server_id, peer->check_after, ENGINE_CHECK_ZONES, &rows, &count, reterr);
    if (err == ERR_OK && count > 0)
        err = server_store_command_id(db, &id, reterr);
    if (err == ERR_OK && count > 0) {
        wire_zone_check_t check = {.zones = auto_calloc(count, sizeof(*check.zones)), .count = count};
        for (size_t i = 0; i < count; i++)
            check.zones[i] = (wire_zone_serial_t){.zone = auto_strdup(rows[i].zone_name), .serial = rows[i].live_serial};
        command_list_add(&tx->commands, WIRE_ZONE_CHECK, id, id, tx->engine->opts.command_deadline_ms)->zone_check = check;
    }
    tx->check_next = count == ENGINE_CHECK_ZONES ? rows[count - 1].zone_id : -1;
    goal_store_rows_free(rows, count);
    return err;
}

/* A free place for a check in flight. */
static int free_check(const engine_peer_t *peer)
{
    for (int i = 0; i < ENGINE_CHECKS; i++) {
        if (peer->checks[i].id == 0)
            return i;
    }
    return -1;
}

static void ask_again(engine_peer_t *peer, int slot)
{
    if (peer->check_after < 0 || peer->checks[slot].after < peer->check_after)
        peer->check_after = peer->checks[slot].after;
    peer->checks[slot].id = 0;
    peer->check_at = (wall_t){0};
}

void outbox_check_all(engine_peer_t *peer)
{
    peer->check_after = 0;
    peer->sweeping = false;
}

void outbox_check_again(engine_peer_t *peer, int64_t id)
{
    for (int i = 0; i < ENGINE_CHECKS; i++) {
        if (id != 0 && peer->checks[i].id == id)
            ask_again(peer, i);
    }
}

wall_t outbox_checks_lost(engine_peer_t *peer, wall_t now)
{
    wall_t next = {0};
    for (int i = 0; i < ENGINE_CHECKS; i++) {
        wall_t end = wall_add_ms(peer->checks[i].sent_at, ENGINE_CHECK_LOST_MS);
        if (peer->checks[i].id != 0 && end.us <= now.us)
            ask_again(peer, i);
        else if (peer->checks[i].id != 0 && (next.us == 0 || end.us < next.us))
            next = end;
    }
    return next;
}

/* ---- all */

static size_t credit_of(const engine_t *self, const engine_peer_t *peer)
{
    return peer->noted && self->transport.is_up(self->transport.arg, peer->server_id) ? self->transport.credit(self->transport.arg, peer->server_id) : 0;
}

/* The commands' contents are the transport's now, whether it sent them or not. */
static void send(outbox_tx_t *tx, bool *ret_did)
{
    if (tx->commands.count == 0)
        return;
    tx->engine->transport.send(tx->engine->transport.arg, tx->peer->server_id, tx->commands.items, tx->commands.count);
    command_list_done(&tx->commands);
    *ret_did = true;
}

bool outbox_wants(const engine_t *self, const engine_peer_t *peer, const server_row_t *server)
{
    return server->state != SERVER_DISABLED && credit_of(self, peer) > 0;
}

bool outbox_config_due(const server_row_t *server, wall_t now)
{
    return server->config_applied < server->config_goal && server->config_next_send.us != 0 && server->config_next_send.us <= now.us;
}

bool outbox_check_due(const engine_peer_t *peer, wall_t now)
{
    bool wanted = peer->sweeping ? peer->check_at.us <= now.us : peer->check_after >= 0;
    return wanted && free_check(peer) >= 0;
}

static err_t run_check(outbox_tx_t *tx, bool *ret_did, err_info_t *reterr)
{
    engine_peer_t *peer = tx->peer;
    if (tx->limit <= ENGINE_CHECKS || !outbox_check_due(peer, tx->now))
        return ERR_OK;
    int slot = free_check(peer);
    int64_t after = peer->check_after < 0 ? 0 : peer->check_after;
    peer->check_after = after;
    err_t err = db_tx(tx->engine->db, take_check, tx, reterr);
    if (err != ERR_OK)
        return err;
    peer->check_after = tx->check_next;
    peer->sweeping = peer->sweeping || peer->check_after < 0;
    peer->check_at = wall_add_ms(tx->now, peer->check_after < 0 ? ENGINE_SWEEP_MS : ENGINE_SWEEP_PACE_MS);
    if (tx->commands.count > 0) {
        peer->checks[slot].id = (int64_t)tx->commands.items[0].id;
        peer->checks[slot].after = after;
        peer->checks[slot].sent_at = tx->now;
        send(tx, ret_did);
    }
    return ERR_OK;
}

err_t outbox_run(engine_t *self, engine_peer_t *peer, const server_row_t *server, bool *ret_did, err_info_t *reterr)
{
    outbox_tx_t tx = {.engine = self, .peer = peer, .server = server, .now = engine_now(self), .limit = credit_of(self, peer)};
    if (tx.limit == 0 || server->state == SERVER_DISABLED)
        return ERR_OK;
    err_t err = ERR_OK;
    if (outbox_config_due(server, tx.now)) {
        err = db_tx(self->db, take_config, &tx, reterr);
        if (err == ERR_OK)
            send(&tx, ret_did);
        tx.limit = credit_of(self, peer);
    }
    /* Before the first configuration the name server does not know its masters or groups. */
    if (err == ERR_OK && server->config_applied > 0 && tx.limit > 0) {
        if (tx.limit > (size_t)self->opts.batch)
            tx.limit = (size_t)self->opts.batch;
        err = db_tx(self->db, take_zones, &tx, reterr);
        if (err == ERR_OK) {
            bool more = tx.taken > 0;
            send(&tx, ret_did);
            *ret_did = *ret_did || more;
            tx.limit = credit_of(self, peer);
            if (!more)
                err = run_check(&tx, ret_did, reterr);
        }
    }
    command_list_done(&tx.commands);
    return err;
}
