/* Who is asking: peer credentials of the unix socket; over HTTP an account's password (Basic), API token or client certificate.
 * One kind of credential, one file: auth_peer.c, auth_basic.c, auth_token.c, auth_cert.c.
 * Thread: any. */
#ifndef DMS_AUTH_H
#define DMS_AUTH_H
#include "controller/api/tls_peer.h"
#include "controller/store/db.h"
#include "controller/store/rows.h"
#include <sys/types.h>

typedef struct {
    caller_t caller;     /* points into the strings and the scope: do not copy the struct */
    char *role_name, *sectag, *login, *front_end, *address;
    scope_t scope;
} auth_caller_t;
void auth_caller_done(auth_caller_t *self);

typedef struct auth auth_t;
/* Groups: names separated by blanks or commas, may be NULL.  Errors: CONFIG (no such group). */
err_t auth_new(const char *admin_groups, const char *helpdesk_groups, const clock_source_t *clock, auth_t **ret_auth, err_info_t *reterr);
void auth_destroy(auth_t **self);

/* groups: the peer's primary and supplementary groups.  uid 0, the own uid and members of the admin groups are admin, those of the help desk
 * groups help desk.  Errors: FORBIDDEN. */
err_t auth_peer(const auth_t *self, uid_t uid, const gid_t *groups, size_t group_count, auth_caller_t *ret_caller, err_info_t *reterr);

typedef struct {
    const char *uri, *authorization; /* the header's value or NULL: then the certificate, if there is one, decides */
    const char *address;
    const tls_peer_t *peer;          /* client certificate, or NULL */
} auth_request_t;
/* An unknown login takes as long as a wrong password and gets the same words.  *ret_wait_s: with LOGIN_THROTTLED, seconds to wait.
 * Errors: AUTH_REQUIRED (none or wrong), LOGIN_THROTTLED, FRONT_END_DISABLED, NETWORK_NOT_ALLOWED, FORBIDDEN (no front end at this URI),
 * DB_DOWN. */
err_t auth_http(auth_t *self, db_t *db, const auth_request_t *request, auth_caller_t *ret_caller, unsigned *ret_wait_s, err_info_t *reterr);
#endif
