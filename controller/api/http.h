/* The HTTP side of the API over libmicrohttpd: unix socket with peer credentials, HTTP on loopback, HTTPS.
 * Each request is read whole (within limits), goes through rpc.h, and is answered as JSON.  Knows nothing of methods. */
#ifndef DMS_HTTP_H
#define DMS_HTTP_H
#include "controller/api/method.h"

typedef struct {
    const char *conninfo;
    const char *socket, *socket_group;          /* NULL or "": none */
    const char *http_listen, *https_listen;     /* ADDRESS:PORT */
    const char *tls_certificate, *tls_key;      /* PEM files */
    const char *tls_client_ca;                  /* PEM file of the CA of client certificates; NULL or "": none are asked for */
    const char *admin_groups, *helpdesk_groups;
    size_t max_request;                         /* bytes of a body */
    unsigned threads;                           /* per listener; also the number of database connections */
    unsigned max_connections, timeout_s, max_waits;
    int64_t statement_ms;                       /* time limit of a database statement */
    method_limits_t limits;
} http_opts_t;

typedef struct http http_t;
/* opts is borrowed while the server lives.  Errors: CONFIG, IO. */
err_t http_start(const http_opts_t *opts, http_t **ret_http, err_info_t *reterr);
/* Ports as bound; 0: not listening. */
void http_ports(const http_t *self, int *ret_http, int *ret_https);
/* Waiting requests are answered with what is known, running ones end, sockets close. */
void http_destroy(http_t **self);
#endif
