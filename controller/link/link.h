/* The controller's side of the sessions with agents: ROUTER socket, CURVE, ZAP, hello, heartbeats, credit.
 * Knows no database: who may connect (key -> server) comes from outside, what arrives goes out through callbacks.
 * Thread: the engine's (everything runs in its zloop). */
#ifndef DMS_LINK_H
#define DMS_LINK_H
#include "proto/wire.h"
#include "shared/clock.h"
#include <czmq.h>

typedef struct {            /* an agent that may connect */
    int64_t server_id;
    const char *server_name;
    wire_role_t role;
    const char *key;        /* CURVE public key, Z85, 40 characters */
} link_peer_t;

typedef struct {
    void *arg;
    /* A session is up (hello accepted, welcome sent).  hello is borrowed. */
    void (*on_up)(void *arg, int64_t server_id, const wire_hello_t *hello);
    /* A session ended: heartbeat lost, peer replaced by a newer connection, removed or misbehaved.  why is for people. */
    void (*on_down)(void *arg, int64_t server_id, const char *why);
    /* Reports of one envelope; borrowed. */
    void (*on_reports)(void *arg, int64_t server_id, const wire_report_t *reports, size_t count);
    /* The agent's view of its own name server changed (from heartbeats). */
    void (*on_health)(void *arg, int64_t server_id, bool name_server_up, const char *text);
    /* Somebody with an unknown key knocked (rate limited); key in Z85, address may be NULL. */
    void (*on_stranger)(void *arg, const char *key, const char *address);
} link_events_t;

typedef struct link link_t;
/* endpoint: "tcp://127.0.0.1:5301" ("tcp://127.0.0.1:*" chooses a port).  cert: own key pair (borrowed while the link lives).
 * heartbeat_ms: 1000.  Errors: ERR_IO when it cannot bind. */
err_t link_new(zloop_t *loop, const char *endpoint, zcert_t *cert, uint64_t epoch, uint32_t heartbeat_ms, const link_events_t *events,
               link_t **ret_link, err_info_t *reterr);
void link_destroy(link_t **self); /* sends nothing; agents notice */
const char *link_endpoint(const link_t *self); /* as bound, with the real port */
/* Replace the set of agents that may connect; sessions of removed or changed keys end. */
void link_set_peers(link_t *self, const link_peer_t *peers, size_t count);
bool link_is_up(const link_t *self, int64_t server_id);
/* How many more commands the agent accepts now (its credit less the unanswered ones); 0 when down. */
size_t link_credit(const link_t *self, int64_t server_id);
/* Queue commands for the agent and send what its socket takes; small commands go before parts of bulk loads.  Takes the contents of each
 * command (leaves it zeroed).  Each counts against credit until its report arrives or the session ends.  False: down (contents freed). */
bool link_send(link_t *self, int64_t server_id, wire_command_t *commands, size_t count);
#endif
