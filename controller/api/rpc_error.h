/* Errors of the error table -> JSON-RPC error objects as front ends know them (behaviour.md 3.1, 3.5). */
#ifndef DMS_RPC_ERROR_H
#define DMS_RPC_ERROR_H
#include "controller/store/rows.h"
#include "shared/problem.h"
#include <jansson.h>

/* {code, message, data:{exception_message, exception_type, error, hint?, keys..., problems?}}.  Internal errors keep their detail for the
 * log: callers other than administrators see the general text only. */
json_t *rpc_error_pack(err_t code, const err_info_t *info, caller_role_t role);
/* Warnings and errors of a submission: [{code, error, severity, message, hint, rr_groups_index, rrs_index, ...}] */
json_t *rpc_error_problems(const problem_list_t *problems);
/* A string of any bytes as JSON: what is not UTF-8 is shown as \DDD. */
json_t *rpc_error_text(const char *text);
#endif
