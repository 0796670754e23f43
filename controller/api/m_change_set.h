/* Change sets. */
#ifndef DMS_M_CHANGE_SET_H
#define DMS_M_CHANGE_SET_H
#include "controller/api/method.h"

err_t m_change_set_create(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_change_set_plan(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_change_set_apply(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_change_set_cancel(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_change_set_revert(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_change_set_show(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_change_set_list(method_call_t *call, json_t **ret_result, err_info_t *reterr);
/* As m_change_wait, for call->wait.change_set_id. */
err_t m_change_set_wait(method_call_t *call, json_t **ret_result, err_info_t *reterr);
/* For the waiter: the wait_change_set result as of now; NULL while it goes on, unless late. */
err_t m_change_set_poll(db_t *db, const caller_t *who, int64_t id, bool late, json_t **ret_result, bool *ret_complete, err_info_t *reterr);
#endif
