/* Names and patterns of zones as people type them. */
#ifndef DMS_PATTERNS_H
#define DMS_PATTERNS_H
#include "controller/api/method.h"

/* An address or a network ("192.0.2.1", "10/8", "2001:db8::/32") as PostgreSQL reads it; NULL: it is neither.  Caller frees. */
char *patterns_inet(const char *text);
/* As stored (m_zone_show_pattern), with addresses and networks replaced by the names of the reverse zones that contain them or lie inside
 * them.  One that has no zones stays and finds nothing.  *ret_patterns: owned, rows_texts_free. */
err_t patterns_of(const method_call_t *call, const char *const *names, size_t count, char ***ret_patterns, size_t *ret_count, err_info_t *reterr);
#endif
