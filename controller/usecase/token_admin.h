/* API tokens: issued, listed, revoked.  A caller at the socket (caller_t.scope NULL) names the account; anybody else has his own only. */
#ifndef DMS_TOKEN_ADMIN_H
#define DMS_TOKEN_ADMIN_H
#include "controller/store/token_store.h"
#include "controller/usecase/zone_edit.h"

/* dms_<id>_<secret>: id of 16 and secret of 64 hexadecimal digits. */
enum { TOKEN_ADMIN_ID = 16, TOKEN_ADMIN_SECRET = 64, TOKEN_ADMIN_TEXT = 4 + TOKEN_ADMIN_ID + 1 + TOKEN_ADMIN_SECRET };

typedef struct { const char *const *items; size_t count; } token_words_t; /* as people type them */
typedef struct {
    const char *uri, *login;     /* NULL: the caller's own account */
    const char *comment;         /* NULL: none */
    const char *lifetime;        /* "30d"; NULL: default_s */
    int64_t default_s, max_s;
    bool read_only;
    token_words_t methods, zones, names, types, networks;
} token_request_t;

typedef struct {
    char text[TOKEN_ADMIN_TEXT + 1]; /* the only time that it is seen */
    char id[TOKEN_ADMIN_ID + 1];
    wall_t expires;
} token_issued_t;

/* Errors: INVALID_ARGUMENT (lifetime, patterns, networks, comment), FORBIDDEN, NO_ACCOUNT_FOUND. */
err_t token_admin_create(db_t *db, const caller_t *who, const token_request_t *request, wall_t now, token_issued_t *ret_token,
                         change_result_t *ret_result, err_info_t *reterr);
/* *ret_rows: free with token_store_rows_free.  uri and login NULL: of all at the socket, else the caller's own.  Errors: FORBIDDEN. */
err_t token_admin_list(db_t *db, const caller_t *who, const char *uri, const char *login, bool all, wall_t now, token_row_t **ret_rows,
                       size_t *ret_count, err_info_t *reterr);
/* Errors: NO_TOKEN_FOUND (also for other people's), FORBIDDEN. */
err_t token_admin_revoke(db_t *db, const caller_t *who, const char *id, wall_t now, change_result_t *ret_result, err_info_t *reterr);

/* Hexadecimal digest of a secret (64 hexadecimal digits).  False: it is none. */
bool token_admin_digest(const char *secret, char ret_hash[TOKEN_ADMIN_SECRET + 1]);
#endif
