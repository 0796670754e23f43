/* Batches of the zone machine: load what the actions read, step every zone in memory, write everything back with a few statements. */
#include "controller/fsm/fsm_params.h"
#include "controller/fsm/zone_priv.h"
#include "controller/fsm/zone_ptr.h"
#include "controller/store/change_store.h"
#include "controller/store/event_store.h"
#include "controller/store/publish_store.h"
#include "controller/store/zi_store.h"
#include "controller/store/zone_store.h"
#include <stdlib.h>
#include <string.h>

enum { RETRY_MIN_MS = 500, RETRY_MAX_MS = 600000 };

void id_list_add(id_list_t *list, int64_t id)
{
    list->items = auto_grow(list->items, &list->cap, list->count + 1, sizeof(*list->items));
    list->items[list->count++] = id;
}

void serial_list_add(serial_list_t *list, int64_t zone_id, uint32_t serial)
{
    list->zone_ids = auto_grow(list->zone_ids, &list->id_cap, list->count + 1, sizeof(*list->zone_ids));
    list->serials = auto_grow(list->serials, &list->serial_cap, list->count + 1, sizeof(*list->serials));
    list->zone_ids[list->count] = zone_id;
    list->serials[list->count++] = serial;
}

static void serial_list_done(serial_list_t *list)
{
    free(list->zone_ids);
    free(list->serials);
}

static void zone_batch_done(zone_batch_t *batch)
{
    zi_store_rows_free(batch->zis, batch->zi_count);
    free(batch->zi_dirty);
    server_store_groups_free(batch->groups, batch->group_count);
    for (size_t i = 0; batch->defaults != NULL && i < batch->group_count; i++)
        defaults_done(&batch->defaults[i]);
    free(batch->defaults);
    goal_store_rows_free(batch->goals, batch->goal_count);
    free(batch->serial_zones);
    free(batch->name_serials);
    publish_store_pasts_free(batch->pasts, batch->past_count);
    event_store_rows_free(batch->events, batch->event_count);
    for (size_t i = 0; i < batch->new_goal_count; i++)
        goal_row_done(&batch->new_goals[i]);
    free(batch->new_goals);
    free(batch->forgotten);
    free(batch->absent.items);
    free(batch->serving.items);
    free(batch->ptime.items);
    free(batch->settle.items);
    free(batch->retired.items);
    free(batch->destroyed.items);
    free(batch->doubted.items);
    serial_list_done(&batch->stamped);
    serial_list_done(&batch->slaves);
    serial_list_done(&batch->mastered);
    serial_list_done(&batch->left);
    serial_list_done(&batch->entered);
}

zi_row_t *zone_batch_zi(const zone_batch_t *batch, int64_t id)
{
    for (size_t i = 0; id != 0 && i < batch->zi_count; i++) {
        if (batch->zis[i].id == id)
            return &batch->zis[i];
    }
    return NULL;
}

goal_row_t *zone_batch_goal(const zone_batch_t *batch, int64_t zone_id)
{
    for (size_t i = 0; i < batch->goal_count; i++) {
        if (batch->goals[i].zone_id == zone_id)
            return &batch->goals[i];
    }
    return NULL;
}

const group_row_t *zone_batch_group(const zone_batch_t *batch, int64_t sg_id, const defaults_t **ret_defaults)
{
    for (size_t i = 0; i < batch->group_count; i++) {
        if (batch->groups[i].id == sg_id) {
            *ret_defaults = &batch->defaults[i];
            return &batch->groups[i];
        }
    }
    return NULL;
}

static char *event_type(zone_event_t event)
{
    return auto_printf("ZoneSM%s", zone_fsm.events[event]);
}

static event_row_t *add_event(zone_batch_t *batch)
{
    batch->events = auto_grow(batch->events, &batch->event_cap, batch->event_count + 1, sizeof(*batch->events));
    event_row_t *e = &batch->events[batch->event_count++];
    *e = (event_row_t){.kind = MACHINE_ZONE};
    return e;
}

static char *params_text(const zone_params_t *params)
{
    fsm_params_t json = FSM_PARAMS_INIT;
    if (params->zi_id != 0)
        fsm_params_int(&json, "zi_id", params->zi_id);
    if (params->edit_lock_token != 0)
        fsm_params_int(&json, "edit_lock_token", params->edit_lock_token);
    fsm_params_text(&json, "locked_by", params->locked_by);
    if (params->candidate_soa_serial != 0)
        fsm_params_int(&json, "candidate_soa_serial", params->candidate_soa_serial);
    if (params->wrap_soa_serial)
        fsm_params_bool(&json, "wrap_soa_serial", true);
    if (params->force_soa_serial_update)
        fsm_params_bool(&json, "force_soa_serial_update", true);
    if (params->reload)
        fsm_params_bool(&json, "reload", true);
    if (params->sg_id != 0)
        fsm_params_int(&json, "sg_id", params->sg_id);
    if (params->serial != 0)
        fsm_params_int(&json, "soa_serial", params->serial);
    if (params->published_zi_id != 0)
        fsm_params_int(&json, "publish_zi_id", params->published_zi_id);
    return fsm_params_take(&json);
}

static void params_read(const char *json, zone_params_t *ret_params)
{
    ret_params->candidate_soa_serial = (uint32_t)fsm_params_get_int(json, "candidate_soa_serial");
    ret_params->wrap_soa_serial = fsm_params_get_bool(json, "wrap_soa_serial");
    ret_params->force_soa_serial_update = fsm_params_get_bool(json, "force_soa_serial_update");
    ret_params->reload = fsm_params_get_bool(json, "reload");
    ret_params->serial = (uint32_t)fsm_params_get_int(json, "soa_serial");
}

void zone_batch_queue_at(zone_batch_t *batch, const zone_row_t *zone, zone_event_t event, const zone_params_t *params, wall_t due)
{
    event_row_t *e = add_event(batch);
    e->machine_id = zone->id;
    e->type = event_type(event);
    e->parameters = params_text(params);
    e->created = batch->now;
    e->due = due;
    e->change_id = params->change_id;
}

void zone_batch_queue(zone_batch_t *batch, const zone_row_t *zone, zone_event_t event, const zone_params_t *params)
{
    zone_batch_queue_at(batch, zone, event, params, batch->now);
}

/* ---- load */

static bool may_publish(zone_event_t event)
{
    return event == ZE_Config || event == ZE_Update || event == ZE_EditUpdate || event == ZE_MasterFailed ||
           event == ZE_SerialBack || event == ZE_SgMove;
}

static err_t load_zones(zone_batch_t *batch, const zone_step_t *steps, const size_t *publishing, size_t count, err_info_t *reterr)
{
    AUTO_FREE int64_t *zi_ids = auto_calloc(count, sizeof(*zi_ids));
    AUTO_FREE int64_t *zone_ids = auto_calloc(count, sizeof(*zone_ids));
    batch->serial_zones = auto_calloc(count, sizeof(*batch->serial_zones));
    batch->name_serials = auto_calloc(count, sizeof(*batch->name_serials));
    for (size_t i = 0; i < count; i++) {
        const zone_row_t *zone = steps[publishing[i]].zone;
        zone_ids[i] = zone->id;
        zi_ids[i] = zone->zi_candidate_id;
        if (zone->soa_serial == 0) /* it goes on from the last zone of its name */
            batch->serial_zones[batch->serial_count++] = zone->id;
    }
    err_t err = zi_store_get_many(batch->db, zi_ids, count, &batch->zis, reterr);
    if (err != ERR_OK)
        return err;
    batch->zi_count = count;
    batch->zi_dirty = auto_calloc(count, sizeof(*batch->zi_dirty));
    err = publish_store_pasts(batch->db, zone_ids, count, &batch->pasts, &batch->past_count, reterr);
    if (err != ERR_OK)
        return err;
    if (batch->serial_count > 0) {
        err = publish_store_name_serials(batch->db, batch->serial_zones, batch->serial_count, batch->name_serials, reterr);
        if (err != ERR_OK)
            return err;
    }
    return batch->master_id == 0 ? ERR_OK
                                 : goal_store_of_server(batch->db, batch->master_id, zone_ids, count, &batch->goals, &batch->goal_count, reterr);
}

static err_t load_servers(zone_batch_t *batch, err_info_t *reterr)
{
    err_t err = server_store_groups_bare(batch->db, &batch->groups, &batch->group_count, reterr);
    if (err != ERR_OK)
        return err;
    batch->defaults = auto_calloc(batch->group_count + 1, sizeof(*batch->defaults));
    server_row_t *servers = NULL;
    size_t count = 0;
    err = server_store_servers(batch->db, 0, &servers, &count, reterr);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(servers[i].role, "master") == 0 && servers[i].state != SERVER_DISABLED)
            batch->master_id = servers[i].id;
    }
    server_store_servers_free(servers, count);
    return err;
}

/* Settings of the groups that these zones take their apex from. */
static err_t load_defaults(zone_batch_t *batch, const zone_step_t *steps, const size_t *publishing, size_t count, err_info_t *reterr)
{
    for (size_t i = 0; i < count; i++) {
        const zone_row_t *zone = steps[publishing[i]].zone;
        for (size_t g = 0; zone->use_apex_ns && g < batch->group_count; g++) {
            if (batch->groups[g].id != zone->sg_id || batch->defaults[g].soa_mname != NULL)
                continue;
            err_t err = config_store_defaults(batch->db, zone->sg_id, &batch->defaults[g], reterr);
            if (err != ERR_OK)
                return err;
        }
    }
    return ERR_OK;
}

static err_t load(zone_batch_t *batch, const zone_step_t *steps, size_t count, err_info_t *reterr)
{
    AUTO_FREE size_t *publishing = auto_calloc(count, sizeof(*publishing));
    size_t publishing_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (may_publish(steps[i].event))
            publishing[publishing_count++] = i;
    }
    if (publishing_count == 0)
        return ERR_OK;
    err_t err = load_servers(batch, reterr);
    if (err == ERR_OK)
        err = load_zones(batch, steps, publishing, publishing_count, reterr);
    return err == ERR_OK ? load_defaults(batch, steps, publishing, publishing_count, reterr) : err;
}

/* ---- step */

/* The database's own errors end the batch; the machine's errors are the event's result. */
static bool is_database_error(err_t err)
{
    return err == ERR_DB_DOWN || err == ERR_DB_READ_ONLY || err == ERR_CONFLICT || err == ERR_TIMEOUT || err == ERR_INTERNAL;
}

static void finish_queued(zone_batch_t *batch, zone_step_t *step, const char *before, const err_info_t *failure)
{
    event_row_t *e = step->queued;
    if (e == NULL)
        return;
    e->attempts++;
    free(e->results);
    e->results = fsm_params_result(step->message, before, rows_zone_states[step->zone->state], failure, 0);
    if (failure == NULL) {
        e->state = EVENT_SUCCESS;
        e->done = batch->now;
    } else if (err_row(step->result)->class == ERR_CLASS_RETRY || step->result == ERR_NO_MASTER_SERVER) {
        e->state = EVENT_RETRY;
        e->due = wall_add_ms(batch->now, fsm_params_backoff_ms(e->attempts, RETRY_MIN_MS, RETRY_MAX_MS, (uint64_t)(e->id + e->attempts)));
    } else {
        e->state = EVENT_FAILURE;
        e->done = batch->now;
    }
}

static err_t step_one(zone_batch_t *batch, zone_step_t *step, int64_t *ret_token, err_info_t *reterr)
{
    zone_ctx_t ctx = {.batch = batch, .step = step, .zone = step->zone};
    const char *before = rows_zone_states[step->zone->state];
    int state = (int)step->zone->state;
    const fsm_row_t *row = NULL;
    AUTO_ERR info = ERR_INFO_INIT;
    step->result = fsm_step(&zone_fsm, (int)step->event, &ctx, &state, &row, &info);
    free(step->message);
    step->message = NULL;
    if (step->result == ERR_OK) {
        step->zone->state = (zone_state_t)state;
        step->message = ctx.note != NULL ? ctx.note : auto_strdup(row->sentence);
        if (ret_token != NULL)
            *ret_token = ctx.token;
    } else {
        free(ctx.note);
        step->message = auto_strdup(err_message(&info));
    }
    finish_queued(batch, step, before, step->result == ERR_OK ? NULL : &info);
    if (step->queued == NULL && step->result == ERR_OK) {
        event_row_t *e = add_event(batch);
        e->machine_id = step->zone->id;
        e->type = event_type(step->event);
        e->parameters = params_text(&step->params);
        e->state = EVENT_SUCCESS;
        e->results = fsm_params_result(step->message, before, rows_zone_states[step->zone->state], NULL, ctx.token);
        e->created = e->due = e->done = batch->now;
        e->change_id = step->params.change_id;
    }
    if (step->result != ERR_OK && (reterr != NULL)) {
        err_info_done(reterr);
        *reterr = info;
        info = ERR_INFO_INIT;
    }
    return step->result;
}

/* ---- write */

/* Another zone of the name was created between our look and our write: the same answer as a moment later. */
static err_t name_taken(err_t err, const zone_row_t *zone, err_info_t *reterr)
{
    bool taken = false;
    for (size_t i = 0; reterr != NULL && i < reterr->key_count; i++)
        taken = taken || (strcmp(reterr->keys[i].key, "constraint") == 0 && strcmp(reterr->keys[i].text, "zone_live_name") == 0);
    if (!taken)
        return err;
    err_info_done(reterr);
    err = err_set(reterr, ERR_ACTIVE_ZONE_EXISTS, "zone \"%s\" exists a second time, live", zone->name);
    err_key(reterr, "name", zone->name);
    err_key(reterr, "event_message", err_message(reterr));
    return err;
}

static err_t save_zones(zone_batch_t *batch, zone_step_t *steps, size_t count, err_info_t *reterr)
{
    AUTO_FREE zone_row_t *rows = auto_calloc(count, sizeof(*rows)); /* borrowed contents */
    for (size_t i = 0; i < count; i++)
        rows[i] = *steps[i].zone;
    err_t err = zone_store_save_many(batch->db, rows, count, batch->now, reterr);
    if (err == ERR_INTERNAL && count == 1)
        err = name_taken(err, steps[0].zone, reterr);
    if (err == ERR_OK)
        err = publish_store_retire(batch->db, batch->retired.items, batch->retired.count, reterr);
    for (size_t i = 0; err == ERR_OK && i < batch->left.count; i++)
        err = publish_store_jump(batch->db, batch->left.zone_ids[i], batch->left.serials[i], batch->entered.serials[i], batch->now, reterr);
    for (size_t i = 0; err == ERR_OK && i < batch->destroyed.count; i++)
        err = zone_store_destroy(batch->db, batch->destroyed.items[i], reterr);
    if (err == ERR_OK && batch->destroyed.count > 0)
        err = publish_store_end_orphans(batch->db, batch->destroyed.items, batch->destroyed.count, batch->now, reterr);
    return err;
}

static err_t save_zis(zone_batch_t *batch, err_info_t *reterr)
{
    AUTO_FREE zi_row_t *rows = auto_calloc(batch->zi_count + 1, sizeof(*rows)); /* borrowed contents */
    size_t count = 0;
    for (size_t i = 0; i < batch->zi_count; i++) {
        if (batch->zi_dirty[i])
            rows[count++] = batch->zis[i];
    }
    return count > 0 ? zi_store_save_many(batch->db, rows, count, batch->now, reterr) : ERR_OK;
}

static err_t give_way(zone_batch_t *batch, const int64_t *zone_ids, size_t count, err_info_t *reterr)
{
    AUTO_FREE int64_t *ids = NULL;
    size_t gone = 0;
    err_t err = count > 0 ? publish_store_give_way(batch->db, zone_ids, count, 0, &ids, &gone, reterr) : ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < gone; i++)
        id_list_add(&batch->settle, ids[i]);
    return err;
}

static err_t save_goals(zone_batch_t *batch, err_info_t *reterr)
{
    err_t err = goal_store_set_absent(batch->db, batch->absent.items, batch->absent.count, batch->now, reterr);
    if (err == ERR_OK)
        err = goal_store_save_many(batch->db, batch->forgotten, batch->forgotten_count, reterr);
    if (err == ERR_OK)
        err = goal_store_doubt(batch->db, batch->doubted.items, batch->doubted.count, reterr);
    if (err == ERR_OK)
        err = goal_store_set_master(batch->db, batch->master_id, batch->new_goals, batch->new_goal_count, batch->now, reterr);
    if (err == ERR_OK)
        err = goal_store_set_slaves(batch->db, batch->slaves.zone_ids, batch->slaves.serials, batch->slaves.count, batch->now, reterr);
    if (err == ERR_OK && batch->new_goal_count > 0)
        err = give_way(batch, batch->stamped.zone_ids, batch->stamped.count, reterr);
    if (err == ERR_OK)
        err = give_way(batch, batch->slaves.zone_ids, batch->slaves.count, reterr);
    return err;
}

static err_t save_receipts(zone_batch_t *batch, err_info_t *reterr)
{
    err_t err = change_store_supersede(batch->db, batch->absent.items, batch->absent.count, true, reterr);
    if (err == ERR_OK)
        err = change_store_supersede(batch->db, batch->serving.items, batch->serving.count, false, reterr);
    if (err == ERR_OK)
        err = change_store_on_publish(batch->db, batch->stamped.zone_ids, batch->stamped.serials, batch->stamped.count, reterr);
    if (err == ERR_OK && batch->ptime.count > 0)
        err = zi_store_set_ptime(batch->db, batch->ptime.items, batch->ptime.count, batch->now, reterr);
    if (err == ERR_OK)
        err = change_store_on_master(batch->db, batch->mastered.zone_ids, batch->mastered.serials, batch->mastered.count, batch->now, reterr);
    if (err == ERR_OK)
        err = change_store_settle(batch->db, batch->settle.items, batch->settle.count, batch->now, reterr);
    return err;
}

static err_t save_events(zone_batch_t *batch, const zone_step_t *steps, size_t count, err_info_t *reterr)
{
    AUTO_FREE event_row_t *rows = auto_calloc(count, sizeof(*rows)); /* borrowed contents */
    size_t queued = 0;
    for (size_t i = 0; i < count; i++) {
        if (steps[i].queued != NULL)
            rows[queued++] = *steps[i].queued;
    }
    err_t err = event_store_save_many(batch->db, rows, queued, reterr);
    return err == ERR_OK ? event_store_insert_many(batch->db, batch->events, batch->event_count, batch->now, reterr) : err;
}

static err_t save(zone_batch_t *batch, zone_step_t *steps, size_t count, err_info_t *reterr)
{
    err_t err = save_zones(batch, steps, count, reterr);
    if (err == ERR_OK)
        err = save_zis(batch, reterr);
    if (err == ERR_OK)
        err = save_goals(batch, reterr);
    if (err == ERR_OK)
        err = save_receipts(batch, reterr);
    return err == ERR_OK ? save_events(batch, steps, count, reterr) : err;
}

err_t zone_fsm_run(db_t *db, zone_step_t *steps, size_t count, wall_t now, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    zone_batch_t batch = {.db = db, .now = now};
    for (size_t i = 0; i < count; i++) {
        if (steps[i].queued != NULL) {
            params_read(steps[i].queued->parameters, &steps[i].params);
            steps[i].params.change_id = steps[i].queued->change_id;
        }
    }
    err_t err = load(&batch, steps, count, reterr);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        err_t result = step_one(&batch, &steps[i], NULL, reterr);
        if (is_database_error(result))
            err = result;
    }
    if (err == ERR_OK)
        err = save(&batch, steps, count, reterr);
    zone_batch_done(&batch);
    return err;
}

err_t zone_fsm_fire(db_t *db, zone_row_t *row, zone_event_t event, const zone_params_t *params, wall_t now, int64_t *ret_token, err_info_t *reterr)
{
    zone_batch_t batch = {.db = db, .now = now};
    zone_step_t step = {.zone = row, .event = event};
    if (params != NULL)
        step.params = *params;
    int64_t before = zone_ptr_version(row);
    err_t err = load(&batch, &step, 1, reterr);
    if (err == ERR_OK)
        err = step_one(&batch, &step, ret_token, reterr);
    if (err == ERR_OK)
        err = save(&batch, &step, 1, reterr);
    if (err == ERR_OK && step.params.ptr != NULL && zone_ptr_version(row) != before)
        err = zone_ptr_follow(db, row, before, zone_ptr_version(row), step.params.ptr, step.params.change_id, now, reterr);
    zone_step_done(&step);
    zone_batch_done(&batch);
    return err;
}

err_t zone_fsm_begin_many(db_t *db, const zone_birth_t *births, size_t count, wall_t now, err_info_t *reterr)
{
    zone_batch_t batch = {.db = db, .now = now};
    err_t err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        zone_step_t step = {.zone = births[i].zone, .event = ZE_DoConfig,
                            .params = {.zi_id = births[i].zi_id, .change_id = births[i].change_id}};
        err = step_one(&batch, &step, NULL, reterr);
        zone_step_done(&step);
    }
    if (err == ERR_OK)
        err = event_store_copy_many(db, batch.events, batch.event_count, now, reterr);
    zone_batch_done(&batch);
    return err;
}

void zone_step_done(zone_step_t *step)
{
    free(step->message);
    step->message = NULL;
}
