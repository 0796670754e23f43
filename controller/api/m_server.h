/* Server groups and servers. */
#ifndef DMS_M_SERVER_H
#define DMS_M_SERVER_H
#include "controller/api/method.h"

err_t m_server_list_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_server_show_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_server_create_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_server_delete_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_server_set_sg_apex_ns(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_server_list(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_server_show(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_server_show_byaddr(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_server_create(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_server_set_key(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_server_delete(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_server_enable(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_server_disable(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_server_reset(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
