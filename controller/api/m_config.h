/* Settings, accounts, status, names, events. */
#ifndef DMS_M_CONFIG_H
#define DMS_M_CONFIG_H
#include "controller/api/method.h"

err_t m_config_show(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_config_set(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_config_set_account(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_config_status(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_config_names(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_config_events(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
