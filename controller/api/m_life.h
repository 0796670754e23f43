/* Copies, settings, serials, server groups and the end of zones. */
#ifndef DMS_M_LIFE_H
#define DMS_M_LIFE_H
#include "controller/api/method.h"

err_t m_life_show_zi_byid(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_copy_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_copy_zi(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_delete_zi(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_set_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_sign_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_load_keys(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_refresh_ttl(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_destroy(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_nuke(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_set_serial(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_wrap_serial(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_set_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_set_alt_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_life_swap_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
