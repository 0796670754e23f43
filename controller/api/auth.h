/* Who is asking: peer credentials of the unix socket, or Basic authentication of a front end's account.
 * Thread: any. */
#ifndef DMS_AUTH_H
#define DMS_AUTH_H
#include "controller/store/db.h"
#include "controller/store/rows.h"
#include <sys/types.h>

typedef struct {
    caller_t caller;     /* points into the strings */
    char *role_name, *sectag, *login, *front_end, *address;
} auth_caller_t;
void auth_caller_done(auth_caller_t *self);

typedef struct auth auth_t;
/* Groups: names separated by blanks or commas, may be NULL.  Errors: CONFIG (no such group). */
err_t auth_new(const char *admin_groups, const char *helpdesk_groups, const clock_source_t *clock, auth_t **ret_auth, err_info_t *reterr);
void auth_destroy(auth_t **self);

/* groups: the peer's primary and supplementary groups.  uid 0, the own uid and members of the admin groups are admin, those of the help desk
 * groups help desk.  Errors: FORBIDDEN. */
err_t auth_peer(const auth_t *self, uid_t uid, const gid_t *groups, size_t group_count, auth_caller_t *ret_caller, err_info_t *reterr);
/* authorization: the header's value or NULL.  Takes as long for an unknown login as for a wrong password.
 * Errors: AUTH_REQUIRED (no or wrong credentials), FORBIDDEN (no front end at this URI), DB_DOWN. */
err_t auth_basic(auth_t *self, db_t *db, const char *uri, const char *authorization, const char *address, auth_caller_t *ret_caller, err_info_t *reterr);
#endif
