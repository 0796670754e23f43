/* Connections that send a request too slowly: libmicrohttpd ends those that are silent, this ends those that drip. */
#ifndef DMS_HTTP_GUARD_H
#define DMS_HTTP_GUARD_H
#include <microhttpd.h>
#include <stdbool.h>

typedef struct http_guard http_guard_t;
/* From its start, or from the end of the request before, a connection has this long to bring a whole request. */
http_guard_t *http_guard_new(unsigned limit_s);
/* After all daemons were stopped. */
void http_guard_destroy(http_guard_t **self);
/* For MHD_OPTION_NOTIFY_CONNECTION; cls is the guard. */
void http_guard_notify(void *cls, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode code);
/* whole: the request is there, time does not count until it is answered; else a new one may begin. */
void http_guard_request(http_guard_t *self, struct MHD_Connection *connection, bool whole);
#endif
