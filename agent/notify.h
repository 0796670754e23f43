/* Takes NOTIFY (RFC 1996) from the own name server: the zone has new contents. */
#ifndef DMS_AGENT_NOTIFY_H
#define DMS_AGENT_NOTIFY_H
#include "shared/dname.h"
#include <czmq.h>
#include <sys/socket.h>

typedef void (*notify_zone_t)(void *arg, const char *zone);
typedef struct notify notify_t;
/* Errors: ERR_IO when the address cannot be used. */
err_t notify_new(zloop_t *loop, const struct sockaddr_storage *address, socklen_t address_len, notify_zone_t on_zone,
                 void *arg, notify_t **ret_notify, err_info_t *reterr);
void notify_destroy(notify_t **self);
/* Foreign bytes: the zone of a NOTIFY; wire becomes its answer (header and question, NOERROR), whose length is returned; 0: not a NOTIFY. */
size_t notify_parse(uint8_t *wire, size_t size, char ret_zone[DNAME_TEXT]);
#endif
