/* ZAP (ZeroMQ RFC 27) for CURVE, in the engine's loop: the set of keys lives in memory and changes at run time. */
#ifndef DMS_LINK_ZAP_H
#define DMS_LINK_ZAP_H
#include "shared/err.h"
#include <czmq.h>

#define LINK_ZAP_DOMAIN "dms"
typedef struct link_zap link_zap_t;
typedef struct {
    void *arg;
    bool (*allowed)(void *arg, const char *key);                         /* key in Z85 */
    void (*refused)(void *arg, const char *key, const char *address);   /* after the refusal; rate limited */
} link_zap_events_t;

/* One per process (ZAP's endpoint is fixed), and before a socket with LINK_ZAP_DOMAIN is bound.  The messages of an accepted peer carry
 * its key as metadata "User-Id".  Errors: ERR_IO when there is one already. */
err_t link_zap_new(zloop_t *loop, const link_zap_events_t *events, link_zap_t **ret_zap, err_info_t *reterr);
void link_zap_destroy(link_zap_t **self);
#endif
