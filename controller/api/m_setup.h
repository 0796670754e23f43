/* Changes of groups and servers that exist, and what an operator asks of the machines. */
#ifndef DMS_M_SETUP_H
#define DMS_M_SETUP_H
#include "controller/api/method.h"

err_t m_setup_rename_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_sg_config(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_sg_address(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_sg_alt_address(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_replica_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_rename_server(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_server_type(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_server_address(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_server_ssh_address(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_move_server(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_reconfig_master(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_reconfig_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_reconfig_replica_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_reconfig_all(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_reset_master(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_refresh_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_refresh_all(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_master(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_show_event(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_setup_fail_event(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
