/* Due events -> machines.  Machines are locked first, then each one's oldest due event is read (FACTS 4: the other way round events overtake). */
#include "controller/engine/engine_priv.h"
#include "controller/fsm/fsm_params.h"
#include "controller/fsm/master_fsm.h"
#include "controller/fsm/server_fsm.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/store/event_store.h"
#include "controller/store/publish_store.h"
#include "controller/store/zone_store.h"
#include "shared/log.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    engine_t *engine;
    wall_t now;
    size_t done; /* out */
} event_tx_t;

static void fail(event_row_t *event, const char *why, wall_t now)
{
    event->state = EVENT_FAILURE;
    event->done = now;
    event->attempts++;
    free(event->results);
    event->results = fsm_params_result(why, NULL, NULL, NULL, 0);
}

/* ---- zones */

static int zone_event(const char *type)
{
    static const char prefix[] = "ZoneSM";
    return strncmp(type, prefix, strlen(prefix)) == 0 ? fsm_event_find(&zone_fsm, type + strlen(prefix)) : -1;
}

static zone_row_t *find_zone(zone_row_t *zones, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (zones[i].id == id)
            return &zones[i];
    }
    return NULL;
}

static void log_step(const zone_step_t *step)
{
    log_level_t level = step->result == ERR_OK ? LOG_LEVEL_INFO : step->queued->state == EVENT_RETRY ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING;
    log_write(level, "%s zone=%s event=%s state=%s", step->message, step->zone->name, step->queued->type, rows_zone_states[step->zone->state]);
}

static err_t step_zones(event_tx_t *tx, db_t *db, zone_row_t *zones, size_t zone_count, event_row_t *events, size_t event_count, err_info_t *reterr)
{
    AUTO_FREE zone_step_t *steps = auto_calloc(event_count, sizeof(*steps));
    size_t count = 0;
    for (size_t i = 0; i < event_count; i++) {
        zone_row_t *zone = find_zone(zones, zone_count, events[i].machine_id);
        int event = zone_event(events[i].type);
        if (zone == NULL)
            continue;
        if (event < 0) {
            fail(&events[i], "the zone machine does not know this event", tx->now);
            err_t err = event_store_save_many(db, &events[i], 1, reterr);
            if (err != ERR_OK)
                return err;
            tx->done++;
            continue;
        }
        steps[count++] = (zone_step_t){.zone = zone, .queued = &events[i], .event = (zone_event_t)event};
    }
    err_t err = zone_fsm_run(db, steps, count, tx->now, reterr);
    for (size_t i = 0; i < count; i++) {
        if (err == ERR_OK)
            log_step(&steps[i]);
        zone_step_done(&steps[i]);
    }
    tx->done += count;
    return err;
}

static err_t run_zones(db_t *db, void *arg, err_info_t *reterr)
{
    event_tx_t *tx = arg;
    tx->done = 0;
    size_t limit = (size_t)tx->engine->opts.batch;
    AUTO_FREE int64_t *ids = auto_calloc(limit, sizeof(*ids));
    size_t count = 0;
    err_t err = event_store_due_machines(db, MACHINE_ZONE, tx->now, limit, ids, &count, reterr);
    if (err != ERR_OK || count == 0)
        return err;
    zone_row_t *zones = NULL;
    size_t zone_count = 0;
    err = zone_store_lock_many(db, ids, count, &zones, &zone_count, reterr);
    if (err == ERR_OK && zone_count < count)
        err = publish_store_end_orphans(db, ids, count, tx->now, reterr);
    event_row_t *events = NULL;
    size_t event_count = 0;
    if (err == ERR_OK && zone_count > 0) {
        for (size_t i = 0; i < zone_count; i++)
            ids[i] = zones[i].id;
        err = event_store_oldest_due(db, MACHINE_ZONE, ids, zone_count, tx->now, &events, &event_count, reterr);
    }
    if (err == ERR_OK && event_count > 0)
        err = step_zones(tx, db, zones, zone_count, events, event_count, reterr);
    event_store_rows_free(events, event_count);
    zone_store_rows_free(zones, zone_count);
    return err;
}

/* ---- servers and the master: few, one at a time */

static err_t run_server_event(event_tx_t *tx, db_t *db, event_row_t *event, err_info_t *reterr)
{
    static const char prefix[] = "ServerSM";
    int e = strncmp(event->type, prefix, strlen(prefix)) == 0 ? fsm_event_find(&server_fsm, event->type + strlen(prefix)) : -1;
    if (e < 0) {
        fail(event, "the server machine does not know this event", tx->now);
        return ERR_OK;
    }
    server_params_t params = {.generation = fsm_params_get_int(event->parameters, "generation"), .change_id = event->change_id};
    err_t err = server_fsm_fire_id(db, event->machine_id, (server_event_t)e, &params, tx->now, reterr);
    if (err == ERR_NO_SERVER_FOUND || err == ERR_SERVER_SM_FAILURE) {
        fail(event, err_text(err), tx->now);
        return ERR_OK;
    }
    event->state = EVENT_SUCCESS;
    event->done = tx->now;
    event->attempts++;
    return err;
}

static err_t run_one(event_tx_t *tx, db_t *db, machine_kind_t kind, err_info_t *reterr)
{
    int64_t id = 0;
    size_t count = 0;
    err_t err = event_store_due_machines(db, kind, tx->now, 1, &id, &count, reterr);
    if (err != ERR_OK || count == 0)
        return err;
    if (kind == MACHINE_MASTER) {
        master_row_t master;
        err = server_store_master(db, true, &master, reterr);
    } else {
        server_row_t server = {0};
        err = server_store_by_id(db, id, true, &server, reterr);
        server_row_done(&server);
        if (err == ERR_NO_SERVER_FOUND)
            err = ERR_OK;
    }
    event_row_t *events = NULL;
    if (err == ERR_OK)
        err = event_store_oldest_due(db, kind, &id, 1, tx->now, &events, &count, reterr);
    if (err != ERR_OK)
        return err;
    if (count > 0)
        err = kind == MACHINE_MASTER ? master_fsm_run(db, events, tx->now, reterr) : run_server_event(tx, db, events, reterr);
    if (err == ERR_OK && count > 0)
        err = event_store_save_many(db, events, 1, reterr);
    if (err == ERR_OK && count > 0)
        log_info("%s event=%s", events->results != NULL ? events->results : "done", events->type);
    tx->done += count;
    event_store_rows_free(events, count);
    return err;
}

static err_t run_master(db_t *db, void *arg, err_info_t *reterr)
{
    ((event_tx_t *)arg)->done = 0;
    return run_one(arg, db, MACHINE_MASTER, reterr);
}

static err_t run_server(db_t *db, void *arg, err_info_t *reterr)
{
    ((event_tx_t *)arg)->done = 0;
    return run_one(arg, db, MACHINE_SERVER, reterr);
}

err_t event_run(engine_t *self, const bool due[MACHINE_KIND_COUNT], bool *ret_did, err_info_t *reterr)
{
    static const db_tx_fn_t runs[MACHINE_KIND_COUNT] = {
        [MACHINE_ZONE] = run_zones, [MACHINE_SERVER] = run_server, [MACHINE_MASTER] = run_master};
    for (int kind = MACHINE_KIND_COUNT - 1; kind >= 0; kind--) {
        if (!due[kind])
            continue;
        event_tx_t tx = {.engine = self, .now = engine_now(self)};
        err_t err = db_tx(self->db, runs[kind], &tx, reterr);
        if (err != ERR_OK)
            return err;
        *ret_did = *ret_did || tx.done > 0;
    }
    return ERR_OK;
}
