#include "agent/apply.h"
#include "shared/log.h"
#include "shared/serial.h"
#include <stdlib.h>
#include <string.h>

static void on_done(void *arg, const driver_result_t *result)
{
    command_finish(arg, result);
}

/* --- configuration --- */

static void on_configured(void *arg, const driver_result_t *result)
{
    task_t *task = arg;
    AUTO_ERR info = ERR_INFO_INIT;
    watch_hurry(task->agent->watch); /* a server that was disabled is configured first, then told of its zones */
    if ((result->result == WIRE_DONE || result->result == WIRE_ALREADY) &&
        state_set_generation(task->agent->state, task->command.revision, &info) != ERR_OK) {
        command_finish(task, &(driver_result_t){.result = WIRE_RETRY_LATER, .reason = WIRE_IO,
                                                .evidence = err_message(&info)});
        return;
    }
    command_finish(task, result);
}

void apply_server_config(task_t *task)
{
    task->agent->driver->apply_config(task->agent->server, &task->command.server_config, on_configured, task);
}

/* --- zones of the master --- */

void apply_zone_update(task_t *task)
{
    task->agent->driver->zone_update(task->agent->server, &task->command.zone_update, on_done, task);
}

void apply_zone_load(task_t *task)
{
    const wire_zone_load_t *c = &task->command.zone_load;
    driver_load_t load = {.zone = c->zone, .serial = c->serial, .stale = c->stale_serial, .path = task->path, .groups = c->groups,
                          .group_count = c->group_count};
    task->agent->driver->zone_load(task->agent->server, &load, on_done, task);
    auto_free_(&task->path); /* the driver has the file now */
    task->path = NULL;
}

/* --- zones of slaves --- */

static void on_watched(void *arg, const watch_result_t *w)
{
    static const char *const words[] = {
        [WATCH_REPLACED] = "a newer goal has replaced this one",
        [WATCH_CANCELLED] = "the zone is being removed",
    };
    driver_result_t r = {.result = WIRE_RETRY_LATER, .reason = WIRE_NOT_YET, .has_serial = w->has_serial,
                         .serial = w->serial};
    if (w->end == WATCH_REACHED) {
        r.result = WIRE_DONE;
        r.reason = WIRE_REASON_NONE;
    } else {
        r.evidence = w->end == WATCH_DEADLINE ? w->words : words[w->end];
    }
    command_finish(arg, &r);
}

/* From here the zone's next commands may run: a newer goal replaces this one. */
static void start_watch(task_t *task, bool new_zone)
{
    const wire_zone_serve_t *c = &task->command.zone_serve;
    watch_goal_t goal = {c->zone, c->serial, task->command.id, task->deadline, new_zone, c->stale_serial};
    watch_add(task->agent->watch, &goal, on_watched, task);
    command_release(task);
}

static void on_configured_secondary(void *arg, const driver_result_t *result)
{
    task_t *task = arg;
    if (result->result == WIRE_DONE || result->result == WIRE_ALREADY || result->reason == WIRE_NAME_SERVER_DOWN)
        start_watch(task, true); /* a name server that comes back before the deadline is in time */
    else
        command_finish(task, result);
}

static void on_first_soa(void *arg, const driver_soa_t *soa)
{
    task_t *task = arg;
    uint32_t wanted = task->command.zone_serve.serial, stale = task->command.zone_serve.stale_serial;
    if (soa->served && (stale == 0 || soa->serial != stale) && (soa->serial == wanted || serial_gt(soa->serial, wanted))) {
        watch_cancel(task->agent->watch, task->command.zone_serve.zone);
        command_finish(task, &(driver_result_t){.result = WIRE_DONE, .has_serial = true, .serial = soa->serial});
    } else if (soa->served || !soa->answered) {
        start_watch(task, false);
    } else {
        task->agent->driver->zone_serve(task->agent->server, task->command.zone_serve.zone, on_configured_secondary,
                                        task);
    }
}

void apply_zone_serve(task_t *task)
{
    task->agent->driver->soa(task->agent->server, task->command.zone_serve.zone, on_first_soa, task);
}

/* --- any role --- */

void apply_zone_remove(task_t *task)
{
    watch_cancel(task->agent->watch, task->command.zone_remove.zone);
    task->agent->driver->zone_remove(task->agent->server, task->command.zone_remove.zone, on_done, task);
}

typedef struct {
    task_t *task;
    size_t open;     /* answers to come */
    bool unanswered;
    wire_zone_serial_t *zones;
    size_t count, cap;
} check_t;

typedef struct {
    check_t *check;
    const wire_zone_serial_t *wanted; /* in the task's command */
} check_item_t;

static void check_end(check_t *check)
{
    if (check->unanswered) {
        const char *words = NULL;
        if (check->task->agent->driver->is_up(check->task->agent->server, &words))
            words = "some questions were not answered in time";
        for (size_t i = 0; i < check->count; i++)
            free(check->zones[i].zone);
        free(check->zones);
        command_finish(check->task, &(driver_result_t){.result = WIRE_RETRY_LATER, .reason = WIRE_NAME_SERVER_DOWN,
                                                       .evidence = words});
    } else {
        command_finish_check(check->task, &(driver_result_t){.result = WIRE_DONE}, check->zones, check->count);
    }
    free(check);
}

static void on_check_soa(void *arg, const driver_soa_t *soa)
{
    check_item_t item = *(check_item_t *)arg;
    check_t *check = item.check;
    free(arg);
    check->unanswered |= !soa->answered;
    if (soa->answered && (!soa->served || soa->serial != item.wanted->serial)) {
        check->zones = auto_grow(check->zones, &check->cap, check->count + 1, sizeof *check->zones);
        check->zones[check->count++] =
            (wire_zone_serial_t){.zone = auto_strdup(item.wanted->zone), .serial = soa->served ? soa->serial : 0,
                                 .missing = !soa->served};
    }
    if (--check->open == 0)
        check_end(check);
}

void apply_zone_check(task_t *task)
{
    const wire_zone_check_t *c = &task->command.zone_check;
    if (c->count == 0) {
        command_finish(task, &(driver_result_t){.result = WIRE_DONE});
        return;
    }
    check_t *check = auto_calloc(1, sizeof *check);
    *check = (check_t){.task = task, .open = c->count};
    for (size_t i = 0; i < c->count; i++) {
        check_item_t *item = auto_malloc(sizeof *item);
        *item = (check_item_t){check, &c->zones[i]};
        task->agent->driver->soa(task->agent->server, c->zones[i].zone, on_check_soa, item);
    }
}
