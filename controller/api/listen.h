/* Listening sockets: unix and TCP. */
#ifndef DMS_LISTEN_H
#define DMS_LISTEN_H
#include "shared/err.h"

/* Unix socket, mode 0660, of this group (NULL: the process's).  A file left behind is removed; one that somebody listens on is refused.
 * Errors: CONFIG, IO. */
err_t listen_unix(const char *path, const char *group, int *ret_fd, err_info_t *reterr);
/* "127.0.0.1:8053", "[::1]:8053"; port 0 or *: any free one.  *ret_port: as bound. Errors: CONFIG (not an address; loopback_only and it is not), IO. */
err_t listen_tcp(const char *endpoint, bool loopback_only, int *ret_fd, int *ret_port, err_info_t *reterr);
/* The part of listen_tcp that needs no socket: would the address be accepted? Errors: CONFIG. */
err_t listen_check(const char *endpoint, bool loopback_only, err_info_t *reterr);
#endif
