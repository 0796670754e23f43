/* Questions to the whole estate and to the change log. */
#ifndef DMS_M_SEARCH_H
#define DMS_M_SEARCH_H
#include "controller/api/method.h"

err_t m_search_records(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_search_changes(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
