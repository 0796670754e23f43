/* What the headers of a request say about its body. */
#ifndef DMS_HTTP_BODY_H
#define DMS_HTTP_BODY_H
#include "shared/err.h"
#include <microhttpd.h>

/* 0, and how long the body will be; or the HTTP status that refuses it.  SIZE_MAX: there is no telling where the body ends. */
unsigned http_body_judge(struct MHD_Connection *connection, size_t max, size_t *ret_len, err_info_t *reterr);
#endif
