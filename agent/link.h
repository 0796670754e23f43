/* The agent's side of its session with a controller: DEALER socket, CURVE, hello, heartbeats, reconnect with back-off, resend of unsent reports.
 * Thread: the agent's only one (zloop). */
#ifndef DMS_AGENT_LINK_H
#define DMS_AGENT_LINK_H
#include "proto/wire.h"
#include <czmq.h>

typedef struct {
    void *arg;
    void (*on_welcome)(void *arg, const wire_welcome_t *welcome, uint64_t epoch);
    void (*on_lost)(void *arg, const char *why); /* the name server goes on serving; the agent goes on trying */
    /* One command; the callee may take its contents (and leave it zeroed).  The epoch is already checked: not below the highest seen. */
    void (*on_command)(void *arg, uint64_t epoch, wire_command_t *command);
    /* Fill the hello (contents owned by it) each time a session starts. */
    void (*fill_hello)(void *arg, wire_hello_t *ret_hello);
    /* For heartbeats: is the name server answering; text (borrowed) says why not, or since when it runs. */
    bool (*name_server_up)(void *arg, const char **ret_text);
} agent_link_events_t;

typedef struct agent_link agent_link_t;
/* endpoint "tcp://10.0.0.1:5301"; controller_key: its public key, Z85; cert: the agent's own; epoch_seen: highest epoch from the state file. */
err_t agent_link_new(zloop_t *loop, const char *endpoint, const char *controller_key, zcert_t *cert, uint64_t epoch_seen,
                     const agent_link_events_t *events, agent_link_t **ret_link, err_info_t *reterr);
void agent_link_destroy(agent_link_t **self);
bool agent_link_is_up(const agent_link_t *self);
uint64_t agent_link_epoch(const agent_link_t *self);
/* Queue a report (takes its contents); reports of one loop turn leave in one envelope.  Dropped when there is no session: the controller repeats its open commands after the next hello. */
void agent_link_report(agent_link_t *self, wire_report_t *report);
#endif
