/* Goals -> driver.  Each function ends, at once or later, in command_finish of its task. */
#ifndef DMS_AGENT_APPLY_H
#define DMS_AGENT_APPLY_H
#include "agent/command.h"

void apply_server_config(task_t *task);
void apply_zone_update(task_t *task);
void apply_zone_load(task_t *task);
void apply_zone_serve(task_t *task);
void apply_zone_remove(task_t *task);
void apply_zone_check(task_t *task);
#endif
