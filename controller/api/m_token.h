/* API tokens and client certificates of accounts. */
#ifndef DMS_M_TOKEN_H
#define DMS_M_TOKEN_H
#include "controller/api/method.h"

err_t m_token_create(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_token_list(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_token_revoke(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_token_bind_certificate(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_token_list_certificates(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_token_unbind_certificate(method_call_t *call, json_t **ret_result, err_info_t *reterr);

/* Are the names in this parameter methods?  Errors: INVALID_ARGUMENT. */
err_t m_token_check_methods(const method_call_t *call, const char *param, err_info_t *reterr);
#endif
