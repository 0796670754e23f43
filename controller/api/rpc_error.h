/* Errors of the error table -> JSON-RPC error objects as front ends know them (behaviour.md 3.1, 3.5). */
#ifndef DMS_RPC_ERROR_H
#define DMS_RPC_ERROR_H
#include "controller/store/rows.h"
#include "shared/problem.h"
#include <jansson.h>

/* {code, message, data:{exception_message, exception_type, error_name, error, hint?, keys..., problems?}}.  `error` is the name as error_name,
 * unless the class has a key of that name (behaviour.md 3.5).  Internal errors keep their detail for the
 * log: callers other than administrators see the general text only. */
json_t *rpc_error_pack(err_t code, const err_info_t *info, caller_role_t role);
/* Put the record that the error is about into error.data.rr_data, as the caller wrote it, where params have it: zi_data, update_data. */
void rpc_error_input(json_t *error, const json_t *params);
/* Warnings and errors of a submission: [{code, error, severity, message, hint, rr_groups_index, rrs_index, ...}] */
json_t *rpc_error_problems(const problem_list_t *problems);
/* A string of any bytes as JSON: what is not UTF-8 is shown as \DDD. */
json_t *rpc_error_text(const char *text);
#endif
