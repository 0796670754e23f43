/* API tokens and client certificates of accounts. */
#ifndef DMS_TOKEN_STORE_H
#define DMS_TOKEN_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"

typedef struct {
    const char *public_id, *hash, *comment, *created_by;
    bool read_only;
    const char *const *methods; size_t method_count;   /* of each list, 0: no limit */
    const char *const *zones; size_t zone_count;       /* canonical */
    const char *const *names; size_t name_count;
    const char *const *types; size_t type_count;
    const char *const *networks; size_t network_count;
    wall_t expires;
} token_new_t;

typedef struct {
    char *public_id, *uri, *login, *comment, *created_by, *last_address;
    bool read_only;
    scope_list_t methods, zones, names, types, networks;
    wall_t ctime, expires, revoked_at, last_used_at;
} token_row_t;

err_t token_store_insert(db_t *db, int64_t account_id, const token_new_t *in, wall_t now, err_info_t *reterr);
/* account_id 0: of all accounts, or of uri and login where they are given (NULL: any).  all: also revoked and expired ones.  Newest first;
 * *ret_rows: free with token_store_rows_free. */
err_t token_store_list(db_t *db, int64_t account_id, const char *uri, const char *login, bool all, wall_t now, token_row_t **ret_rows,
                       size_t *ret_count, err_info_t *reterr);
void token_store_rows_free(token_row_t *rows, size_t count);
/* account_id 0: whoever's.  Doing it again changes nothing.  Errors: NO_TOKEN_FOUND. */
err_t token_store_revoke(db_t *db, int64_t account_id, const char *public_id, wall_t now, err_info_t *reterr);

typedef struct {
    int64_t id;
    char *uri, *login, *fingerprint, *subject; /* one of the last two */
    wall_t ctime;
} certificate_row_t;
/* Errors: CERTIFICATE_EXISTS (one certificate is one account of a front end). */
err_t token_store_bind(db_t *db, int64_t account_id, int64_t front_end_id, const char *fingerprint, const char *subject, wall_t now,
                       int64_t *ret_id, err_info_t *reterr);
err_t token_store_certificates(db_t *db, const char *uri, certificate_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
void token_store_certificates_free(certificate_row_t *rows, size_t count);
/* Errors: NO_CERTIFICATE_FOUND. */
err_t token_store_unbind(db_t *db, int64_t id, err_info_t *reterr);
#endif
