/* Front ends and their accounts. */
#ifndef DMS_M_FRONT_END_H
#define DMS_M_FRONT_END_H
#include "controller/api/method.h"

err_t m_front_end_create(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_front_end_list(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_front_end_delete(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_front_end_list_accounts(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_front_end_delete_account(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_front_end_set(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_front_end_limit_account(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
