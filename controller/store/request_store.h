/* Requests with an idempotency key: what they gave. */
#ifndef DMS_REQUEST_STORE_H
#define DMS_REQUEST_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"

/* A request that was made before; id 0: none. */
typedef struct { int64_t id; char *method, *digest, *result; } request_row_t;
void request_row_done(request_row_t *row);

/* In the transaction of the request: takes the caller's key (*ret_id), or gives the request that has it.  Waits while another transaction
 * holds the key.  Errors: IDEMPOTENCY_KEY_IN_PROGRESS when that takes too long. */
err_t request_store_begin(db_t *db, const caller_t *who, const char *key, const char *method, const char *digest, wall_t now, int64_t *ret_id,
                          request_row_t *ret_found, err_info_t *reterr);
/* What it gave (JSON text). */
err_t request_store_finish(db_t *db, int64_t id, const char *result, err_info_t *reterr);
#endif
