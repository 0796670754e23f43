/* JSON-RPC 2.0 over libcurl: unix socket with peer credentials, or HTTP(S) with a password, an API token or a client
 * certificate.
 * The only includer of curl. */
#ifndef DMS_ZONE_TOOL_RPC_CLIENT_H
#define DMS_ZONE_TOOL_RPC_CLIENT_H
#include "shared/err.h"
#include <jansson.h>

typedef struct rpc_client rpc_client_t;
typedef struct {
    const char *socket;      /* path of the controller's socket; used unless url is given */
    const char *url;         /* https://host/admin_dms; a URL without path gets /admin_dms; no user and password in it */
    const char *credentials; /* file with user:password or an API token, mode 0600; NULL: ~/.netrc is asked */
    const char *cert;        /* PEM file with a client certificate and its key; NULL: none */
    const char *cacert;      /* PEM file; NULL: the system's */
} rpc_client_options_t;

enum { RPC_CLIENT_TIMEOUT_MS = 120000 };

/* No connection is made yet.  Errors: ERR_INVALID_ARGUMENT (URL), ERR_IO (credentials cannot be read), ERR_FORBIDDEN (readable by others). */
err_t rpc_client_open(const rpc_client_options_t *options, rpc_client_t **ret_client, err_info_t *reterr);
void rpc_client_destroy(rpc_client_t **self);

/* One call. params: an object whose reference is taken, as by jansson's *_new functions.  Returns the controller's own error code (by its
 * name) with message, hint and `problems` in rpc_client_error; ERR_CONTROLLER_UNREACHABLE, ERR_TIMEOUT, ERR_PROTOCOL for the way there;
 * ERR_REFUSED "interrupted" after Ctrl-C. */
err_t rpc_client_call(rpc_client_t *self, const char *method, json_t *params, int64_t timeout_ms, json_t **ret_result,
                      err_info_t *reterr);
/* Error object of the last call as the controller sent it (borrowed until the next call), or NULL. */
const json_t *rpc_client_error(const rpc_client_t *self);
/* An error object that stands in an answer: fills reterr, returns its code. */
err_t rpc_client_read_error(const json_t *error, err_info_t *reterr);
#endif
