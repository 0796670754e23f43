/* Automatic PTR records. */
#ifndef DMS_M_PTR_H
#define DMS_M_PTR_H
#include "controller/api/method.h"

err_t m_ptr_show(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_ptr_refresh(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
