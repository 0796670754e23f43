#include "agent/command.h"
#include "agent/apply.h"
#include "agent/report.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REMEMBER_MAX = 4096 };
#define ROLE(r) (1u << WIRE_ROLE_##r)
enum { ANY_ROLE = ROLE(MASTER) | ROLE(REPLICA) | ROLE(SLAVE) };

/* One row per goal. */
static const struct {
    unsigned roles;
    bool queued; /* one at a time per zone (configuration: one at a time) */
    void (*apply)(task_t *task);
} ROWS[WIRE_GOAL_COUNT] = {
    [WIRE_SERVER_CONFIG] = {ANY_ROLE | ROLE(UNKNOWN), true, apply_server_config},
    [WIRE_ZONE_UPDATE] = {ROLE(MASTER), true, apply_zone_update},
    [WIRE_ZONE_LOAD] = {ROLE(MASTER), true, apply_zone_load},
    [WIRE_ZONE_SERVE] = {ROLE(SLAVE) | ROLE(REPLICA), true, apply_zone_serve},
    [WIRE_ZONE_REMOVE] = {ANY_ROLE, true, apply_zone_remove},
    [WIRE_ZONE_CHECK] = {ANY_ROLE, false, apply_zone_check},
};

typedef struct command_zone zone_t;
struct command_zone {
    char *name;             /* "" configuration */
    uint64_t epoch, revision; /* newest applied or in work */
    task_t *running;        /* NULL: none */
    task_t *first, *last;   /* waiting */
    zone_t *older, *newer;  /* among the idle ones */
};

struct command {
    agent_t *agent;
    zhashx_t *zones;        /* name -> zone_t */
    zone_t *oldest, *newest;/* idle, in order of last use */
    size_t idle;
    task_t *tasks;          /* all, also those that watch */
};

static void start_next(zone_t *zone);

/* --- zones --- */

static void idle_remove(command_t *self, zone_t *z)
{
    *(z->older != NULL ? &z->older->newer : &self->oldest) = z->newer;
    *(z->newer != NULL ? &z->newer->older : &self->newest) = z->older;
    z->older = z->newer = NULL;
    self->idle--;
}

static void zone_free(zone_t *z)
{
    free(z->name);
    free(z);
}

static void idle_add(command_t *self, zone_t *z)
{
    z->older = self->newest;
    *(self->newest != NULL ? &self->newest->newer : &self->oldest) = z;
    self->newest = z;
    self->idle++;
    if (self->idle <= REMEMBER_MAX)
        return;
    zone_t *old = self->oldest;
    assert(old != z); /* z is the newest of many */
    idle_remove(self, old);
    zhashx_delete(self->zones, old->name);
    zone_free(old);
}

static zone_t *zone_get(command_t *self, const char *name)
{
    zone_t *z = zhashx_lookup(self->zones, name);
    if (z == NULL) {
        z = auto_calloc(1, sizeof *z);
        z->name = auto_strdup(name);
        zhashx_insert(self->zones, z->name, z);
        idle_add(self, z);
    }
    return z;
}

const char *command_zone_name(const wire_command_t *command)
{
    switch (command->goal) {
    case WIRE_ZONE_UPDATE: return command->zone_update.zone;
    case WIRE_ZONE_LOAD: return command->zone_load.zone;
    case WIRE_ZONE_SERVE: return command->zone_serve.zone;
    case WIRE_ZONE_REMOVE: return command->zone_remove.zone;
    default: return "";
    }
}

/* --- tasks --- */

static task_t *task_new(command_t *self, uint64_t epoch, wire_command_t *command)
{
    task_t *task = auto_calloc(1, sizeof *task);
    *task = (task_t){.agent = self->agent, .command = *command, .epoch = epoch, .all_next = self->tasks,
                     .all_back = &self->tasks};
    *command = (wire_command_t){0};
    task->deadline = mono_add_ms(clock_mono(NULL), task->command.deadline_ms);
    if (task->all_next != NULL)
        task->all_next->all_back = &task->all_next;
    self->tasks = task;
    return task;
}

static void task_free(task_t *task)
{
    *task->all_back = task->all_next;
    if (task->all_next != NULL)
        task->all_next->all_back = task->all_back;
    wire_command_done(&task->command);
    if (task->path != NULL)
        unlink(task->path); /* not used up */
    free(task->path);
    free(task);
}

command_t *command_new(agent_t *agent)
{
    command_t *self = auto_calloc(1, sizeof *self);
    self->agent = agent;
    self->zones = zhashx_new();
    zhashx_set_key_duplicator(self->zones, NULL); /* the zone's own name is the key */
    zhashx_set_key_destructor(self->zones, NULL);
    return self;
}

void command_destroy(command_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    for (task_t *task = (*self)->tasks, *next; task != NULL; task = next) {
        next = task->all_next;
        task_free(task);
    }
    for (zone_t *z = zhashx_first((*self)->zones); z != NULL; z = zhashx_next((*self)->zones))
        zone_free(z);
    zhashx_destroy(&(*self)->zones);
    free(*self);
    *self = NULL;
}

static void answer(command_t *self, const wire_command_t *command, const driver_result_t *result)
{
    report_send(self->agent->link, command, result, NULL, 0);
}

void command_release(task_t *task)
{
    zone_t *zone = task->zone;
    if (zone == NULL)
        return;
    task->zone = NULL;
    zone->running = NULL;
    if (zone->first == NULL)
        idle_add(task->agent->command, zone);
    else
        start_next(zone);
}

void command_finish_check(task_t *task, const driver_result_t *result, wire_zone_serial_t *zones, size_t count)
{
    report_send(task->agent->link, &task->command, result, zones, count);
    command_release(task);
    task_free(task);
}

void command_finish(task_t *task, const driver_result_t *result)
{
    command_finish_check(task, result, NULL, 0);
}

static void start_next(zone_t *zone)
{
    task_t *task = zone->first;
    zone->first = task->next;
    if (zone->first == NULL)
        zone->last = NULL;
    task->next = NULL;
    zone->running = task;
    ROWS[task->command.goal].apply(task);
}

static void enqueue(command_t *self, zone_t *zone, task_t *task)
{
    task->zone = zone;
    if (zone->running == NULL && zone->first == NULL)
        idle_remove(self, zone);
    if (zone->first != NULL)
        zone->last->next = task;
    else
        zone->first = task;
    zone->last = task;
    if (zone->running == NULL)
        start_next(zone);
}

/* The controller repeats what was not reported in time; what is in work is reported once. */
static bool in_work(command_t *self, const zone_t *zone, const wire_command_t *command)
{
    if (zone->running != NULL && zone->running->command.id == command->id)
        return true;
    for (const task_t *t = zone->first; t != NULL; t = t->next) {
        if (t->command.id == command->id)
            return true;
    }
    return command->goal == WIRE_ZONE_SERVE &&
           watch_extend(self->agent->watch, zone->name, command->id,
                        mono_add_ms(clock_mono(NULL), command->deadline_ms));
}

/* Told with what is known: a controller whose database was restored from an older copy can then get ahead of it. */
static void answer_old(command_t *self, const wire_command_t *command, uint64_t newest)
{
    wire_command_t known = *command; /* contents borrowed */
    known.revision = newest;
    AUTO_FREE char *words = auto_printf("revision %" PRIu64 " was applied before", newest);
    answer(self, &known, &(driver_result_t){.result = WIRE_REFUSED, .reason = WIRE_OLD_REVISION, .evidence = words});
}

static bool refused(command_t *self, uint64_t epoch, const wire_command_t *command)
{
    driver_result_t r = {.result = WIRE_REFUSED};
    if (command->goal <= 0 || command->goal >= WIRE_GOAL_COUNT || ROWS[command->goal].apply == NULL)
        r.reason = WIRE_UNKNOWN_COMMAND;
    else if ((ROWS[command->goal].roles & 1u << self->agent->role) == 0)
        r.reason = WIRE_WRONG_ROLE;
    else if (epoch < state_epoch(self->agent->state))
        r.reason = WIRE_OLD_EPOCH;
    else if (command->goal == WIRE_SERVER_CONFIG && command->revision < state_generation(self->agent->state))
        r.reason = WIRE_OLD_REVISION;
    AUTO_ERR info = ERR_INFO_INIT;
    /* A new epoch is on disk before anything of it is applied. */
    if (r.reason == WIRE_REASON_NONE && state_set_epoch(self->agent->state, epoch, &info) != ERR_OK)
        r = (driver_result_t){.result = WIRE_RETRY_LATER, .reason = WIRE_IO, .evidence = err_message(&info)};
    if (r.reason == WIRE_REASON_NONE)
        return false;
    if (r.reason == WIRE_OLD_REVISION)
        answer_old(self, command, state_generation(self->agent->state));
    else
        answer(self, command, &r);
    return true;
}

/* Parts of a ZoneLoad go to disk as they come.  True: the command is complete. */
static bool collect(command_t *self, wire_command_t *command, char **ret_path)
{
    AUTO_ERR info = ERR_INFO_INIT;
    spool_result_t s = spool_part(self->agent->spool, command->id, &command->zone_load, ret_path, &info);
    auto_free_(&command->zone_load.text);
    command->zone_load.text = NULL;
    if (s == SPOOL_INCOMPLETE)
        answer(self, command, &(driver_result_t){.result = WIRE_RETRY_LATER, .reason = WIRE_INCOMPLETE});
    else if (s == SPOOL_IO)
        answer(self, command, &(driver_result_t){.result = WIRE_RETRY_LATER, .reason = WIRE_IO,
                                                 .evidence = err_message(&info)});
    return s == SPOOL_COMPLETE;
}

void command_take(command_t *self, uint64_t epoch, wire_command_t *command)
{
    if (refused(self, epoch, command))
        return;
    if (!ROWS[command->goal].queued) {
        task_t *task = task_new(self, epoch, command);
        ROWS[task->command.goal].apply(task);
        return;
    }
    zone_t *zone = zone_get(self, command_zone_name(command));
    if (in_work(self, zone, command))
        return;
    if (epoch < zone->epoch || (epoch == zone->epoch && command->revision < zone->revision)) {
        answer_old(self, command, zone->revision);
        return;
    }
    char *path = NULL;
    if (command->goal == WIRE_ZONE_LOAD && !collect(self, command, &path))
        return;
    zone->epoch = epoch;
    zone->revision = command->revision;
    task_t *task = task_new(self, epoch, command);
    task->path = path;
    enqueue(self, zone, task);
}
