/* The engine: due events -> machines -> goals -> commands to agents -> reports -> machines -> receipts.
 * Everything it must not forget is in the database; it may die between any two statements.
 * The transport is a table of functions so that the simulation can lose, double, delay and reorder.
 * Thread: one; all calls from the same thread. */
#ifndef DMS_ENGINE_H
#define DMS_ENGINE_H
#include "controller/store/db.h"
#include "proto/wire.h"
#include "shared/clock.h"

typedef struct {
    void *arg;
    bool (*is_up)(void *arg, int64_t server_id);
    size_t (*credit)(void *arg, int64_t server_id);
    /* Takes the commands' contents. False: not sent (down). */
    bool (*send)(void *arg, int64_t server_id, wire_command_t *commands, size_t count);
    /* The set of enrolled agents may have changed: read it again (engine_peers) and tell the link. */
    void (*peers_changed)(void *arg);
} engine_transport_t;

typedef struct {
    int64_t batch;             /* machines per transaction, 200 */
    int64_t resend_ms;         /* unanswered command is repeated after this, 10 s; grows with attempts */
    int64_t retry_min_ms, retry_max_ms; /* back-off of failed goals and events: 500 ms .. 10 min, jitter 25 % */
    uint32_t command_deadline_ms; /* told to agents, 8 s */
    uint64_t seed;             /* of the jitter; 0: from the system */
} engine_opts_t;
#define ENGINE_OPTS_INIT ((engine_opts_t){200, 10000, 500, 600000, 8000, 0})

typedef struct engine engine_t;
engine_t *engine_new(db_t *db /* borrowed */, const clock_source_t *clock, const engine_opts_t *opts, const engine_transport_t *transport);
void engine_destroy(engine_t **self);
uint64_t engine_epoch(engine_t *self, err_info_t *reterr); /* from the master row; 0 on error */

/* Work until nothing is due (or `rounds` batches are done; 0: no bound).  Returns in *ret_next_ms how long to wait for the next due thing (-1: nothing is
 * scheduled).  Errors: DB_DOWN (nothing is lost: call again after db_reopen). */
err_t engine_run(engine_t *self, int rounds, int64_t *ret_next_ms, err_info_t *reterr);
/* From the transport.  Each is one transaction. */
err_t engine_on_up(engine_t *self, int64_t server_id, const wire_hello_t *hello, err_info_t *reterr);
err_t engine_on_down(engine_t *self, int64_t server_id, const char *why, err_info_t *reterr);
err_t engine_on_health(engine_t *self, int64_t server_id, bool name_server_up, const char *text, err_info_t *reterr);
err_t engine_on_reports(engine_t *self, int64_t server_id, const wire_report_t *reports, size_t count, err_info_t *reterr);
/* After a (re)start: no agent is connected; in-flight commands are due again. */
err_t engine_start(engine_t *self, err_info_t *reterr);
#endif
