/* Changes and their receipts. */
#ifndef DMS_M_CHANGE_H
#define DMS_M_CHANGE_H
#include "controller/api/method.h"

err_t m_change_show(method_call_t *call, json_t **ret_result, err_info_t *reterr);
/* Complete already: the result.  Else also sets call->wait: the result is what is known now, with timed_out true. */
err_t m_change_wait(method_call_t *call, json_t **ret_result, err_info_t *reterr);
/* For the waiter: the wait_change result as of now. */
err_t m_change_poll(db_t *db, const caller_t *who, int64_t change_id, json_t **ret_result, bool *ret_complete, err_info_t *reterr);
#endif
