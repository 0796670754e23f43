/* JSON-RPC 2.0: one request text in, one answer text out.  Knows no HTTP.
 * A request with wait_change has open waits after rpc_run: whoever carries it (waiter.c) settles them, then the answer is complete.
 * Thread: a job is used by one thread at a time.  See: https://www.jsonrpc.org/specification */
#ifndef DMS_RPC_H
#define DMS_RPC_H
#include "controller/api/method.h"

enum { RPC_DEPTH_MAX = 64 };

typedef struct {
    const method_t *methods;
    size_t method_count;
    method_limits_t limits;
    const clock_source_t *clock;
    /* A usable connection for this thread, or NULL with reterr (DB_DOWN).  Called at most once per request, when first needed. */
    db_t *(*db)(void *arg, err_info_t *reterr);
    void *db_arg;
    /* Leaves a row in the change log for a refused change (zone_edit_log_refusal); NULL: none. */
    err_t (*log_refusal)(db_t *db, const caller_t *who, const char *method, const char *object, const char *object_name, const err_info_t *why, wall_t now);
    /* Keeps the contents of a refused save (kept_text_keep); NULL: none are kept. */
    err_t (*keep_text)(db_t *db, const caller_t *who, const char *method, const char *name, const char *contents, const err_info_t *why, wall_t now,
                       int64_t *ret_id);
} rpc_opts_t;

typedef struct {
    size_t index;          /* place in the batch */
    json_t *id;
    int64_t change_id, change_set_id; /* one of them is 0 */
    int64_t timeout_ms;
    json_t *last;          /* what was known when the wait began: the result with timed_out true */
    bool settled;
    bool moved;            /* the waiter's: something has happened since it looked */
    mono_t looked_at;
} rpc_wait_t;

typedef struct rpc_job rpc_job_t;
/* who is copied. */
rpc_job_t *rpc_job_new(const rpc_opts_t *opts /* borrowed */, const caller_t *who);
void rpc_job_destroy(rpc_job_t **self);
void rpc_job_run(rpc_job_t *self, const char *body, size_t len);
const caller_t *rpc_job_caller(const rpc_job_t *self);
rpc_wait_t *rpc_job_waits(rpc_job_t *self, size_t *ret_count);
size_t rpc_job_open_waits(const rpc_job_t *self);
/* Answer a wait.  code ERR_OK: result (reference taken). */
void rpc_job_settle(rpc_job_t *self, rpc_wait_t *wait, err_t code, json_t *result, const err_info_t *info);
/* JSON text, or NULL when there is nothing to answer (notifications only).  Caller frees.  Open waits answer what is known. */
char *rpc_job_answer(rpc_job_t *self, size_t *ret_len);
/* "create_zone(3 ms) show_zone:-28": for the access log. Borrowed. */
const char *rpc_job_summary(const rpc_job_t *self);

/* Deeper nesting than RPC_DEPTH_MAX?  A scan without recursion, before the parser (which recurses). */
bool rpc_too_deep(const char *text, size_t len);
#endif
