/* Commands from the controller: who may send what, in which order, and which function does it.
 *
 * Commands for one zone run one after the other, those of different zones at the same time.  The newest revision of
 * the last zones in work is remembered; the name server's serials are the guard behind that. */
#ifndef DMS_AGENT_COMMAND_H
#define DMS_AGENT_COMMAND_H
#include "agent/agent.h"

typedef struct task task_t;
struct task {
    agent_t *agent;
    wire_command_t command;    /* owned */
    uint64_t epoch;
    mono_t deadline;
    char *path;                /* owned; of a ZoneLoad: the complete text */
    struct command_zone *zone; /* NULL: not in a queue */
    task_t *next;
    task_t *all_next, **all_back;
};

command_t *command_new(agent_t *agent);
void command_destroy(command_t **self);
/* Takes the command's contents. */
void command_take(command_t *self, uint64_t epoch, wire_command_t *command);
/* The task no longer keeps its zone's next commands waiting (it watches). */
void command_release(task_t *task);
/* Report and free. */
void command_finish(task_t *task, const driver_result_t *result);
/* The same with differences of a ZoneCheck; takes zones. */
void command_finish_check(task_t *task, const driver_result_t *result, wire_zone_serial_t *zones, size_t count);
const char *command_zone_name(const wire_command_t *command); /* "" for commands without one zone */
#endif
