/* Methods that change zones: unpack, call the use case, pack. */
#ifndef DMS_M_ZONE_H
#define DMS_M_ZONE_H
#include "controller/api/method.h"
#include "controller/usecase/zone_edit.h"

err_t m_zone_create(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_load(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_load_zi(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_edit(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_tickle(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_cancel(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_update(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_update_text(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_delete(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_undelete(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_disable(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_enable(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_refresh(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_reset(method_call_t *call, json_t **ret_result, err_info_t *reterr);
/* What the parameters say of a zone's flags, reference and group; those that a method does not have are left open. */
zone_options_t m_zone_options(const method_call_t *call);
#endif
