/* Strict parameter checking from the method table, and access to checked parameters. */
#ifndef DMS_PARAMS_H
#define DMS_PARAMS_H
#include "controller/api/method.h"

/* given: object, array (positional, in table order) or NULL.  *ret_params: new object with defaults filled in, null members left out;
 * *ret_receipt: the common parameter `receipt` of changing methods.
 * Errors: INVALID_PARAMS with keys parameter, expected, given. */
err_t params_check(const method_t *method, caller_role_t role, json_t *given, json_t **ret_params, bool *ret_receipt, err_info_t *reterr);
/* What every changing method takes besides its own: the i-th; NULL: no more. */
const method_param_t *params_common(size_t i);
const char *params_type_name(method_type_t type);

/* Access.  Absent: NULL, def, -1. */
const char *params_text(const method_call_t *call, const char *name);
int64_t params_int(const method_call_t *call, const char *name, int64_t def);
bool params_bool(const method_call_t *call, const char *name, bool def);
int params_flag(const method_call_t *call, const char *name); /* -1 not given, 0, 1 */
/* Array of borrowed strings; caller frees the array only.  NULL and count 0 when absent. */
const char **params_names(const method_call_t *call, const char *name, size_t *ret_count);
/* A moment in zi-id notation (@2d, 14:30, 2026-11-24,12:00); us 0 when absent.  Errors: ZI_ID_* with key parameter. */
err_t params_moment(const method_call_t *call, const char *name, wall_t *ret_moment, err_info_t *reterr);
bool params_given(const method_call_t *call, const char *name);
/* Mistake that only the handler can see. */
err_t params_wrong(err_info_t *reterr, const char *name, const char *expected, const char *given);
#endif
