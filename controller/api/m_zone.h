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
/* Contents that are submitted in `in` as zi_text or zi_data (neither: *ret_data NULL) for the zone that is called `given`.  Problems of the records
 * stay in *problems: the use case tells them with those that it finds, all at once.  Too many records end the call (ZONE_TOO_BIG), to save the work. */
err_t m_zone_contents(const method_call_t *call, const char *given, const json_t *in, problem_list_t **problems, zonedata_t **ret_data,
                      err_info_t *reterr);
/* Problems that the use case found have lines; the text is here.  problems may be NULL. */
void m_zone_mark(const json_t *in, problem_list_t *problems);
/* What the parameters say of a zone's flags, reference and group; those that a method does not have are left open. */
zone_options_t m_zone_options(const method_call_t *call);
#endif
