/* Requests that may be sent again: a changing method called with the common parameter `idempotency_key`.
 * Key, change and result are committed together, so that none of them can be lost without the others. */
#ifndef DMS_IDEMPOTENCY_H
#define DMS_IDEMPOTENCY_H
#include "controller/api/method.h"

/* Calls the method unless this caller's request with this key succeeded before: then its result is given again.  Without a key, or without a
 * database: just calls it.
 * A refused request keeps no key.  Two at the same time: the second waits for the first.
 * Errors: the method's, IDEMPOTENCY_KEY_REUSED (other method or parameters), IDEMPOTENCY_KEY_IN_PROGRESS. */
err_t idempotency_call(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
