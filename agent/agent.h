/* The parts of a running agent, wired by main.c. */
#ifndef DMS_AGENT_AGENT_H
#define DMS_AGENT_AGENT_H
#include "agent/driver.h"
#include "agent/link.h"
#include "agent/settings.h"
#include "agent/spool.h"
#include "agent/state.h"
#include "agent/watch.h"

typedef struct command command_t;
typedef struct {
    zloop_t *loop;
    settings_t settings;
    const driver_t *driver;
    void *server;        /* the driver's state */
    agent_link_t *link;
    state_t *state;
    watch_t *watch;
    spool_t *spool;
    command_t *command;
    wire_role_t role;    /* from the welcome */
    uint64_t boot_id;
    bool started;        /* the link is open */
} agent_t;
#endif
