/* Clean-up. */
#ifndef DMS_M_VACUUM_H
#define DMS_M_VACUUM_H
#include "controller/api/method.h"

err_t m_vacuum_events(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_vacuum_zones(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_vacuum_zis(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_vacuum_pare(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_vacuum_log(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_vacuum_all(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_vacuum_texts(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_vacuum_tokens(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_vacuum_requests(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_vacuum_change_sets(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
