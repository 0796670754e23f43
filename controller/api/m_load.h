/* load_zones: many zones in one request. */
#ifndef DMS_M_LOAD_H
#define DMS_M_LOAD_H
#include "controller/api/method.h"

err_t m_load_zones(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
