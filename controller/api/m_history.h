/* Methods over versions: differences, what was ever at a name, records of one zone. */
#ifndef DMS_M_HISTORY_H
#define DMS_M_HISTORY_H
#include "controller/api/method.h"
#include "controller/store/record_store.h"

err_t m_history_diff_zi(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_history_diff_zones(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_history_name(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_history_rr_query(method_call_t *call, json_t **ret_result, err_info_t *reterr);
/* Parameter `type` (a string with blanks between, or an array) -> numbers, none for ANY. *ret_types: NULL or owned by the caller. */
err_t m_history_types(const method_call_t *call, uint16_t **ret_types, size_t *ret_count, err_info_t *reterr);
#endif
