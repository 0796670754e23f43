/* Supervised moves of zones between server groups. */
#ifndef DMS_M_MOVE_H
#define DMS_M_MOVE_H
#include "controller/api/method.h"

err_t m_move_start(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_move_cancel(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_move_show(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_move_list(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
