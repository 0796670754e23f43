/* Reports of one envelope -> live state, machines, receipts: one transaction, a handful of statements.
 * A report belongs to a row only by the id of the command that the row waits for, so late and doubled ones change nothing. */
#include "controller/engine/report.h"
#include "controller/engine/engine_priv.h"
#include "controller/engine/receipts.h"
#include "controller/fsm/master_fsm.h"
#include "controller/fsm/server_fsm.h"
#include "controller/store/publish_store.h"
#include "controller/store/zone_store.h"
#include "shared/log.h"
#include "shared/serial.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const report_reason_t s_reasons[] = {
    {WIRE_REASON_NONE, false, false, false, "no reason given; tried again with growing distance"},
    {WIRE_UNKNOWN_COMMAND, false, false, false, "the agent is too old for this command; update it, meanwhile it is tried again"},
    {WIRE_WRONG_ROLE, false, false, false, "the agent plays another role; check the server's role, meanwhile it is tried again"},
    {WIRE_OLD_EPOCH, false, false, false, "the agent has seen a newer controller; this one must not command it any more"},
    {WIRE_OLD_REVISION, false, false, true, "the agent has applied something newer, of a database that is no more; the goal is sent with a newer revision"},
    {WIRE_BAD_MESSAGE, false, false, false, "the agent did not understand the command; tried again, and worth a bug report"},
    {WIRE_VERSION_MISMATCH, false, false, false, "agent and controller have no common version"},
    {WIRE_UNKNOWN_PEER, false, false, false, "the agent is not enrolled"},
    {WIRE_NO_CREDIT, false, false, false, "the agent has too much to do; sent again later"},
    {WIRE_NAME_SERVER_DOWN, false, false, false, "the name server does not answer its agent; sent again when it does"},
    {WIRE_NOT_AT_SERIAL, true, true, false, "the name server holds another version than expected; the whole zone is sent"},
    {WIRE_ZONE_MISSING, true, false, false, "the name server does not have the zone; the whole zone is sent"},
    {WIRE_DNS_REFUSED, true, false, false, "the name server refused the change; the whole zone is sent with growing distance"},
    {WIRE_SERIAL_BEHIND, true, true, false, "the name server is ahead of this serial; the zone gets one ahead of it, or is loaded over what is of another time"},
    {WIRE_INCOMPLETE, false, false, false, "a part of the zone was lost on the way; sent again"},
    {WIRE_NOT_YET, false, false, false, "the name server does not serve it yet; it is watched on"},
    {WIRE_CONFIG_REFUSED, false, false, false, "the name server's checker refused the configuration; the old one stays in force"},
    {WIRE_ROLLED_BACK, false, false, false, "the name server was not healthy with the new configuration; the old one is back in force"},
    {WIRE_CONTROL_REFUSED, false, false, false, "the name server's control channel refused; tried again with growing distance"},
    {WIRE_IO, false, false, false, "a file could not be read or written on the server; tried again with growing distance"},
    {WIRE_SERIAL_AHEAD, true, false, false, "the name server has a serial that the zone does not have yet or had before a wrap; it takes the whole zone anew"},
    {WIRE_BAD_ZONE, true, false, false, "the name server does not load this version; the next version, or the same one later, may do"},
};

const report_reason_t *report_reason(wire_reason_t reason)
{
    for (size_t i = 0; i < ARRAY_SIZE(s_reasons); i++) {
        if (s_reasons[i].reason == reason)
            return &s_reasons[i];
    }
    return &s_reasons[0];
}

typedef struct {
    engine_t *engine;
    int64_t server_id;
    const wire_report_t *reports;
    size_t count;
    wall_t now;
    server_row_t server;      /* as of this transaction */
    goal_row_t *rows; size_t row_count;
    zone_row_t *zones; size_t zone_count;
    receipts_t receipts;
    int64_t *renew; size_t renew_count, renew_cap; /* zones whose goals need a newer revision */
    int64_t seen;             /* the highest revision that the agent holds */
    zone_step_t *steps; size_t step_count, step_cap;
    bool config_reported;
} report_tx_t;

static void report_tx_done(report_tx_t *tx)
{
    server_row_done(&tx->server);
    goal_store_rows_free(tx->rows, tx->row_count);
    zone_store_rows_free(tx->zones, tx->zone_count);
    receipts_done(&tx->receipts);
    for (size_t i = 0; i < tx->step_count; i++)
        zone_step_done(&tx->steps[i]);
    free(tx->steps);
    free(tx->renew);
    tx->renew = NULL;
    tx->renew_count = tx->renew_cap = 0;
    tx->seen = 0;
    tx->rows = NULL;
    tx->zones = NULL;
    tx->steps = NULL;
    tx->row_count = tx->zone_count = tx->step_count = tx->step_cap = 0;
    tx->config_reported = false;
}

static bool done(const wire_report_t *report)
{
    return report->result == WIRE_DONE || report->result == WIRE_ALREADY;
}

static void set_evidence(goal_row_t *row, wire_reason_t reason, const char *text)
{
    row->reason = (int)reason;
    free(row->evidence);
    row->evidence = auto_strdup(text);
}

static void add_step(report_tx_t *tx, int64_t zone_id, zone_event_t event, zone_params_t params)
{
    for (size_t i = 0; i < tx->zone_count; i++) {
        if (tx->zones[i].id == zone_id) {
            tx->steps = auto_grow(tx->steps, &tx->step_cap, tx->step_count + 1, sizeof(*tx->steps));
            tx->steps[tx->step_count++] = (zone_step_t){.zone = &tx->zones[i], .event = event, .params = params};
            return;
        }
    }
}

static bool is_master(const report_tx_t *tx)
{
    return strcmp(tx->server.role, "master") == 0;
}

/* ---- one row */

static void reached(report_tx_t *tx, goal_row_t *row)
{
    row->live_at = tx->now;
    row->behind_since = row->next_send = (wall_t){0};
    row->attempts = 0;
    set_evidence(row, WIRE_REASON_NONE, NULL);
}

static void forget(goal_row_t *row)
{
    row->live_zi_id = 0;
    free(row->live_soa);
    row->live_soa = NULL;
}

static void renew(report_tx_t *tx, const goal_row_t *row, const wire_report_t *report)
{
    tx->renew = auto_grow(tx->renew, &tx->renew_cap, tx->renew_count + 1, sizeof(*tx->renew));
    tx->renew[tx->renew_count++] = row->zone_id;
    if (engine_is_ahead(report->revision, row->revision) && (int64_t)report->revision > tx->seen)
        tx->seen = (int64_t)report->revision;
}

static void not_reached(report_tx_t *tx, goal_row_t *row, const wire_report_t *report)
{
    const report_reason_t *handling = report_reason(report->reason);
    set_evidence(row, report->reason != WIRE_REASON_NONE ? report->reason : WIRE_NOT_YET, report->evidence);
    /* The first repair goes at once; what keeps failing goes with growing distance.  Where a difference failed, the whole zone is a first one. */
    bool at_once = (handling->forget && row->live_zi_id != 0) || ((handling->forget || handling->renew) && row->attempts <= 2);
    if (handling->renew)
        renew(tx, row, report);
    row->next_send = at_once ? tx->now : wall_add_ms(tx->now, engine_backoff_ms(tx->engine, row->attempts));
    if (handling->forget)
        forget(row);
    if (report->has_serial)
        row->live_serial = report->serial;
    else if (report->reason == WIRE_ZONE_MISSING)
        row->live_serial = 0;
    if (!is_master(tx) && !row->absent && report->has_serial)
        receipts_live(&tx->receipts, row->zone_id, report->serial); /* not the newest, but what somebody waits for perhaps */
    log_notice("%s%s%s zone=%s server=%s reason=%s next_ms=%" PRId64, handling->sentence, report->evidence != NULL ? ": " : "",
               report->evidence != NULL ? report->evidence : "", row->zone_name, tx->server.name, wire_reason_text(report->reason),
               (row->next_send.us - tx->now.us) / 1000);
    if (!is_master(tx) || row->absent || report->result == WIRE_RETRY_LATER)
        return;
    bool ahead = handling->serial_counts && report->has_serial && !serial_gt(row->goal_serial, report->serial);
    add_step(tx, row->zone_id, ZE_MasterFailed, (zone_params_t){.serial = ahead ? report->serial : 0, .message = handling->sentence});
}

static void move_live(goal_row_t *row)
{
    row->live_zi_id = row->goal_zi_id;
    row->live_serial = row->goal_serial;
    free(row->live_soa);
    row->live_soa = auto_strdup(row->goal_soa);
    for (size_t i = 0; i < row->live_apex_count; i++)
        free(row->live_apex_ns[i]);
    free(row->live_apex_ns);
    row->live_apex_ns = row->goal_apex_count > 0 ? auto_calloc(row->goal_apex_count, sizeof(char *)) : NULL;
    row->live_apex_count = row->goal_apex_count;
    for (size_t i = 0; i < row->goal_apex_count; i++)
        row->live_apex_ns[i] = auto_strdup(row->goal_apex_ns[i]);
}

static void on_master(report_tx_t *tx, goal_row_t *row, const wire_report_t *report)
{
    if (report->has_serial && report->serial != row->goal_serial) {
        wire_report_t other = *report; /* done, but it serves something else: the same as not at serial */
        other.result = WIRE_FAILED;
        other.reason = WIRE_NOT_AT_SERIAL;
        not_reached(tx, row, &other);
        return;
    }
    move_live(row);
    reached(tx, row);
    add_step(tx, row->zone_id, ZE_MasterDone, (zone_params_t){.serial = row->goal_serial, .published_zi_id = row->goal_zi_id});
}

/* Nothing that the zone was ever given since it has the serial that it has. */
static bool of_another_time(const goal_row_t *row, uint32_t serial)
{
    return serial != row->zone_serial && !serial_gt(row->zone_serial, serial);
}

static void on_slave(report_tx_t *tx, goal_row_t *row, const wire_report_t *report)
{
    uint32_t serial = report->has_serial ? report->serial : row->goal_serial;
    if (of_another_time(row, serial)) {
        wire_report_t other = *report;
        AUTO_FREE char *words = auto_printf("serves %u, the zone has %u", serial, row->zone_serial);
        other.result = WIRE_RETRY_LATER;
        other.reason = WIRE_SERIAL_AHEAD;
        other.evidence = words;
        not_reached(tx, row, &other);
        return;
    }
    if (serial != row->goal_serial && !serial_gt(serial, row->goal_serial)) {
        wire_report_t other = *report;
        other.result = WIRE_RETRY_LATER;
        other.reason = WIRE_NOT_YET;
        not_reached(tx, row, &other);
        return;
    }
    row->live_serial = serial;
    reached(tx, row);
    receipts_live(&tx->receipts, row->zone_id, serial);
}

static void on_row(report_tx_t *tx, goal_row_t *row, const wire_report_t *report)
{
    row->command_id = 0; /* answered: the same report once more finds nothing */
    if (!done(report)) {
        not_reached(tx, row, report);
    } else if (row->absent) {
        reached(tx, row);
        row->live_serial = 0;
        receipts_gone(&tx->receipts, row->zone_id);
    } else if (is_master(tx)) {
        on_master(tx, row, report);
    } else {
        on_slave(tx, row, report);
    }
}

/* ---- configuration */

static err_t on_config(report_tx_t *tx, db_t *db, const wire_report_t *report, err_info_t *reterr)
{
    tx->config_reported = true;
    server_row_t row = {0};
    err_t err = server_store_by_id(db, tx->server_id, true, &row, reterr);
    if (err != ERR_OK)
        return err;
    AUTO_FREE char *message = auto_printf("%s%s%s", report_reason(report->reason)->sentence, report->evidence != NULL ? ": " : "",
                                          report->evidence != NULL ? report->evidence : "");
    bool ahead = report->reason == WIRE_OLD_REVISION && engine_is_ahead(report->revision, row.config_goal);
    server_params_t params = {.generation = report->revision != 0 ? (int64_t)report->revision : row.config_goal, .message = message,
                              .refused = report->reason == WIRE_CONFIG_REFUSED || report->reason == WIRE_ROLLED_BACK,
                              .retry_ms = engine_backoff_ms(tx->engine, row.config_attempts)};
    if (done(report)) {
        params.message = NULL;
        err = server_fsm_fire(db, &row, SE_ConfigDone, &params, tx->now, reterr);
    } else {
        log_warning("configuration %" PRId64 " was not applied: %s server=%s", params.generation, message, row.name);
        err = server_fsm_fire(db, &row, SE_ConfigFailed, &params, tx->now, reterr);
        master_params_t reset = {.generation = params.generation};
        if (err == ERR_OK && ahead)
            err = master_fsm_queue(db, ME_Reset, &reset, tx->now, reterr);
    }
    server_row_done(&row);
    return err;
}

/* ---- background check: what differs from what the database believes */

static void on_difference(report_tx_t *tx, goal_row_t *row, const wire_zone_serial_t *seen)
{
    if (!seen->missing && seen->serial == row->live_serial)
        return; /* changed between question and answer */
    bool strange = !seen->missing && of_another_time(row, seen->serial), ahead = !seen->missing && !serial_gt(row->goal_serial, seen->serial);
    log_notice("zone differs from what was reported: serves %u, expected %u%s zone=%s server=%s", seen->missing ? 0 : seen->serial,
               row->live_serial, seen->missing ? " (missing)" : "", row->zone_name, tx->server.name);
    row->live_serial = seen->missing ? 0 : seen->serial;
    row->live_at = tx->now;
    if (ahead && !strange && !is_master(tx))
        return; /* it has something newer from its master */
    forget(row);
    row->behind_since = row->next_send = tx->now;
    row->attempts = 0;
    set_evidence(row, seen->missing ? WIRE_ZONE_MISSING : strange ? WIRE_SERIAL_AHEAD : WIRE_NOT_AT_SERIAL, "found by the background check");
    if (is_master(tx))
        add_step(tx, row->zone_id, ZE_MasterFailed,
                 (zone_params_t){.serial = ahead ? seen->serial : 0, .message = "the background check found another version than was reported"});
}

static bool is_check(report_tx_t *tx, const wire_report_t *report)
{
    engine_peer_t *peer = engine_peer(tx->engine, tx->server_id);
    for (int i = 0; peer != NULL && i < ENGINE_CHECKS; i++) {
        if (peer->checks[i].id != 0 && peer->checks[i].id == (int64_t)report->command_id)
            return true;
    }
    return false;
}

/* One that the agent could not answer is asked again when its time is over. */
static void check_answered(engine_t *self, int64_t server_id, const wire_report_t *reports, size_t count)
{
    engine_peer_t *peer = engine_peer(self, server_id);
    for (int i = 0; peer != NULL && i < ENGINE_CHECKS; i++) {
        for (size_t r = 0; r < count; r++) {
            if (peer->checks[i].id == (int64_t)reports[r].command_id && done(&reports[r]))
                peer->checks[i].id = 0;
        }
    }
}

/* Zones' rows are locked before the rows of zone_server, here as everywhere. */
static err_t lock_by_name(report_tx_t *tx, db_t *db, const wire_report_t *report, goal_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_FREE const char **names = auto_calloc(report->zone_count, sizeof(*names));
    for (size_t i = 0; i < report->zone_count; i++)
        names[i] = report->zones[i].zone;
    err_t err = is_master(tx) ? publish_store_lock_names(db, names, report->zone_count, reterr) : ERR_OK;
    return err == ERR_OK ? goal_store_by_name(db, tx->server_id, names, report->zone_count, ret_rows, ret_count, reterr) : err;
}

static err_t load_zones(report_tx_t *tx, db_t *db, const goal_row_t *rows, size_t count, err_info_t *reterr)
{
    AUTO_FREE int64_t *ids = auto_calloc(count + 1, sizeof(*ids));
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_master(tx) || rows[i].absent)
            ids[n++] = rows[i].zone_id;
    }
    zone_store_rows_free(tx->zones, tx->zone_count);
    tx->zones = NULL;
    tx->zone_count = 0;
    return n > 0 ? zone_store_lock_many(db, ids, n, &tx->zones, &tx->zone_count, reterr) : ERR_OK;
}

static err_t run_steps(report_tx_t *tx, db_t *db, err_info_t *reterr)
{
    err_t err = zone_fsm_run(db, tx->steps, tx->step_count, tx->now, reterr);
    for (size_t i = 0; i < tx->step_count; i++) {
        if (err == ERR_OK)
            log_info("%s zone=%s event=ZoneSM%s state=%s serial=%u", tx->steps[i].message, tx->steps[i].zone->name,
                     zone_fsm.events[tx->steps[i].event], rows_zone_states[tx->steps[i].zone->state], tx->steps[i].params.serial);
        zone_step_done(&tx->steps[i]);
    }
    tx->step_count = 0;
    return err;
}

static err_t on_check(report_tx_t *tx, db_t *db, const wire_report_t *report, err_info_t *reterr)
{
    if (report->zone_count == 0)
        return ERR_OK;
    goal_row_t *rows = NULL;
    size_t count = 0;
    err_t err = lock_by_name(tx, db, report, &rows, &count, reterr);
    if (err == ERR_OK)
        err = load_zones(tx, db, rows, count, reterr);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        for (size_t z = 0; z < report->zone_count; z++) {
            if (strcmp(rows[i].zone_name, report->zones[z].zone) == 0)
                on_difference(tx, &rows[i], &report->zones[z]);
        }
    }
    if (err == ERR_OK)
        err = goal_store_save_many(db, rows, count, reterr);
    goal_store_rows_free(rows, count);
    return err == ERR_OK ? run_steps(tx, db, reterr) : err;
}

/* ---- the transaction */

static err_t load_rows(report_tx_t *tx, db_t *db, err_info_t *reterr)
{
    AUTO_FREE int64_t *ids = auto_calloc(tx->count, sizeof(*ids));
    for (size_t i = 0; i < tx->count; i++)
        ids[i] = (int64_t)tx->reports[i].command_id;
    err_t err = server_store_by_id(db, tx->server_id, false, &tx->server, reterr);
    if (err == ERR_OK)
        err = publish_store_lock_reported(db, tx->server_id, ids, tx->count, is_master(tx), reterr);
    if (err == ERR_OK)
        err = goal_store_by_command(db, tx->server_id, ids, tx->count, &tx->rows, &tx->row_count, reterr);
    return err == ERR_OK ? load_zones(tx, db, tx->rows, tx->row_count, reterr) : err;
}

/* A database that was restored gives ids a second time: zone and revision must fit too. */
static bool belongs(const goal_row_t *row, const wire_report_t *report)
{
    return row->command_id != 0 && (uint64_t)row->command_id == report->command_id &&
           (report->zone == NULL || report->zone[0] == '\0' || strcmp(report->zone, row->zone_name) == 0) &&
           (report->revision == 0 || report->revision == (uint64_t)row->revision || report->reason == WIRE_OLD_REVISION);
}

static goal_row_t *find_row(const report_tx_t *tx, const wire_report_t *report)
{
    for (size_t i = 0; i < tx->row_count; i++) {
        if (belongs(&tx->rows[i], report))
            return &tx->rows[i];
    }
    return NULL;
}

static err_t report_run(db_t *db, void *arg, err_info_t *reterr)
{
    report_tx_t *tx = arg;
    report_tx_done(tx);
    err_t err = load_rows(tx, db, reterr);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < tx->count; i++) {
        goal_row_t *row = find_row(tx, &tx->reports[i]);
        if (row != NULL)
            on_row(tx, row, &tx->reports[i]);
    }
    err = goal_store_save_many(db, tx->rows, tx->row_count, reterr);
    if (err == ERR_OK)
        err = goal_store_renew(db, tx->server_id, tx->renew, tx->renew_count, tx->seen, reterr);
    if (err == ERR_OK)
        err = run_steps(tx, db, reterr);
    if (err == ERR_OK)
        err = receipts_write(&tx->receipts, db, tx->server_id, is_master(tx), tx->zones, tx->zone_count, tx->now, reterr);
    for (size_t i = 0; err == ERR_OK && i < tx->count; i++) {
        const wire_report_t *report = &tx->reports[i];
        if (tx->server.config_command != 0 && (uint64_t)tx->server.config_command == report->command_id && !tx->config_reported)
            err = on_config(tx, db, report, reterr);
        else if (is_check(tx, report))
            err = on_check(tx, db, report, reterr);
    }
    if (err == ERR_OK && tx->config_reported)
        err = master_fsm_fire(db, ME_ConfigDone, NULL, true, tx->now, reterr);
    return err;
}

err_t engine_on_reports(engine_t *self, int64_t server_id, const wire_report_t *reports, size_t count, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    report_tx_t tx = {.engine = self, .server_id = server_id, .reports = reports, .count = count, .now = engine_now(self)};
    err_t err = db_tx(self->db, report_run, &tx, reterr);
    report_tx_done(&tx);
    engine_peer_t *peer = engine_peer(self, server_id);
    if (err == ERR_OK)
        check_answered(self, server_id, reports, count);
    else if (peer != NULL)
        peer->open_again = true;
    for (size_t i = 0; err != ERR_OK && peer != NULL && i < count; i++)
        outbox_check_again(peer, (int64_t)reports[i].command_id);
    return err;
}
