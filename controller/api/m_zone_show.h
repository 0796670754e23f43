/* Methods that read zones. */
#ifndef DMS_M_ZONE_SHOW_H
#define DMS_M_ZONE_SHOW_H
#include "controller/api/method.h"

err_t m_zone_show_list(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_show_list_zi(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_show_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_show_zone_byid(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_show_zone_text_byid(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_show_zone_text(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_show_zi(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_zone_show_zonesm(method_call_t *call, json_t **ret_result, err_info_t *reterr);

/* For edit_zone and others.  name NULL: by zone_id.  Parameter zi_id (number or notation) -> id; 0: the published one. */
err_t m_zone_show_zi_id(const method_call_t *call, const char *name, int64_t zone_id, int64_t *ret_zi_id, err_info_t *reterr);
/* The same for a parameter of another name. */
err_t m_zone_show_zi_ref(const method_call_t *call, const char *parameter, const char *name, int64_t zone_id, int64_t *ret_zi_id,
                         err_info_t *reterr);
/* Name or pattern as a person types it -> as stored. Caller frees. */
char *m_zone_show_pattern(const char *given);
/* The show_zone structure. */
err_t m_zone_show_structure(const method_call_t *call, const char *name, int64_t zone_id, int64_t zi_id, json_t **ret_result, err_info_t *reterr);
#endif
