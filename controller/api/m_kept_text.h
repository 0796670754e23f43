/* Contents of refused saves: kept, listed, shown. */
#ifndef DMS_M_KEPT_TEXT_H
#define DMS_M_KEPT_TEXT_H
#include "controller/api/method.h"

/* The parameters that bring contents as JSON text, to be kept; NULL: there are none.  Caller frees. */
char *m_kept_text_contents(const json_t *params);
/* Would the contents of a save be lost with this refusal: somebody else was faster? */
bool m_kept_text_wanted(const json_t *params, err_t code);

err_t m_kept_text_list(method_call_t *call, json_t **ret_result, err_info_t *reterr);
err_t m_kept_text_show(method_call_t *call, json_t **ret_result, err_info_t *reterr);
#endif
