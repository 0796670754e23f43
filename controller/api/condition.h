/* if_zi_id, if_serial: methods that are no use cases of contents take them too, in one transaction with what they do. */
#ifndef DMS_CONDITION_H
#define DMS_CONDITION_H
#include "controller/api/method.h"

/* The conditions that were given; all 0: none. */
edit_condition_t condition_of(const method_call_t *call);
/* fn, if the conditions hold for the zone `name`.  Errors: fn's, ZONE_NOT_FOUND, PRECONDITION_FAILED. */
err_t condition_call(method_call_t *call, method_fn_t fn, json_t **ret_result, err_info_t *reterr);
#endif
