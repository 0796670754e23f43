/* The log of all hosts. */
#ifndef DMS_M_LOG_H
#define DMS_M_LOG_H
#include "controller/api/method.h"

err_t m_log_list(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
