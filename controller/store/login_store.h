/* Who logs in: front end and account of a request in one query, by login, API token or client certificate. */
#ifndef DMS_LOGIN_STORE_H
#define DMS_LOGIN_STORE_H
#include "controller/store/account_store.h"

typedef struct {
    front_end_row_t front_end;
    bool address_ok;             /* within the networks of front end and account */
    int64_t account_id;          /* 0: there is none */
    char *login, *password_hash;
    bool account_enabled;
    int64_t token_id;            /* 0: none of this id; the rest is the token's */
    bool token_here;             /* its account is one of this front end */
    bool token_address_ok;
    char *token_hash;            /* hexadecimal */
    wall_t expires, revoked_at, last_used_at;
    bool scoped;
    scope_t scope;               /* with the front end's methods, also without a token */
} login_row_t;
void login_row_done(login_row_t *row);

/* address: NULL or "" is in no network.  Errors of all: FORBIDDEN when there is no front end at this URI. */
err_t login_store_by_login(db_t *db, const char *uri, const char *login, const char *address, login_row_t *ret_row, err_info_t *reterr);
err_t login_store_by_token(db_t *db, const char *uri, const char *public_id, const char *address, login_row_t *ret_row, err_info_t *reterr);
/* The account that the fingerprint is bound to, else the one of the subject. */
err_t login_store_by_certificate(db_t *db, const char *uri, const char *fingerprint, const char *subject, const char *address,
                                 login_row_t *ret_row, err_info_t *reterr);
/* Remember when and from where a token was used, unless that was written less than a minute ago. */
err_t login_store_used(db_t *db, int64_t token_id, const char *address, wall_t now, err_info_t *reterr);
#endif
