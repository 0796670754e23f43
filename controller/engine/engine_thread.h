/* The thread that runs an engine with a real link: database notifications, agents' ROUTER socket and timers in one zloop. */
#ifndef DMS_ENGINE_THREAD_H
#define DMS_ENGINE_THREAD_H
#include "controller/engine/engine.h"
#include <czmq.h>

typedef struct {
    const char *conninfo;
    const char *endpoint;    /* "tcp://10.0.0.1:5301"; port "*": any free one */
    zcert_t *cert;           /* the controller's key pair; borrowed while the thread runs */
    uint32_t heartbeat_ms;   /* 1000 */
    size_t max_records;      /* of a zone that grows; 0: no limit */
    engine_opts_t engine;
} engine_thread_opts_t;

typedef struct engine_thread engine_thread_t;
/* Returns when the thread works: database open, socket bound.  opts is borrowed until then.
 * Errors: what db_open, engine_start or link_new say; then there is no thread. */
err_t engine_thread_start(const engine_thread_opts_t *opts, engine_thread_t **ret_thread, err_info_t *reterr);
/* As bound, with the real port. */
const char *engine_thread_endpoint(const engine_thread_t *self);
/* Stop it, within the time of one statement at most; what is open goes on at the next start. */
void engine_thread_destroy(engine_thread_t **self);
#endif
