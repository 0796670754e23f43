#include "controller/api/condition.h"
#include "controller/api/params.h"

typedef struct {
    method_call_t *call;
    method_fn_t fn;
    json_t *result;
} conditional_t;

edit_condition_t condition_of(const method_call_t *call)
{
    return (edit_condition_t){.if_zi_id = params_int(call, "if_zi_id", 0), .if_serial = (uint32_t)params_int(call, "if_serial", 0)};
}

static err_t do_fn(db_t *db, void *arg, err_info_t *reterr)
{
    (void)db; /* the call's own */
    conditional_t *c = arg;
    json_decref(c->result); /* an earlier try */
    c->result = NULL;
    return c->fn(c->call, &c->result, reterr);
}

err_t condition_call(method_call_t *call, method_fn_t fn, json_t **ret_result, err_info_t *reterr)
{
    const edit_condition_t condition = condition_of(call);
    if (condition.if_zi_id == 0 && condition.if_serial == 0)
        return fn(call, ret_result, reterr);
    conditional_t c = {.call = call, .fn = fn};
    err_t e = zone_edit_on_condition(call->db, call->who, params_text(call, "name"), &condition, do_fn, &c, reterr);
    if (e == ERR_OK)
        *ret_result = c.result;
    else
        json_decref(c.result);
    return e;
}
