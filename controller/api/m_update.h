/* Incremental updates: unpack, call the use case, pack. */
#ifndef DMS_M_UPDATE_H
#define DMS_M_UPDATE_H
#include "controller/api/method.h"

err_t m_update_rrs(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
