/* Security tags and references. */
#ifndef DMS_M_ACCESS_H
#define DMS_M_ACCESS_H
#include "controller/api/method.h"

err_t m_access_show_sectags(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_access_create_sectag(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_access_delete_sectag(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_access_show_zone_sectags(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_access_add_zone_sectag(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_access_delete_zone_sectag(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_access_replace_zone_sectags(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_access_create_reference(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_access_delete_reference(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_access_rename_reference(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_access_list_reference(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_access_set_zone_reference(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
