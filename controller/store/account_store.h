/* Front ends and their accounts. */
#ifndef DMS_ACCOUNT_STORE_H
#define DMS_ACCOUNT_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"

/* argon2id cost of new password hashes (crypto_pwhash_str): 3 passes over 8 MiB.  The hash carries it; the memory is
 * the controller's while it verifies. */
enum { ACCOUNT_STORE_OPSLIMIT = 3, ACCOUNT_STORE_MEMLIMIT = 8 * 1024 * 1024 };

typedef struct {
    int64_t id;
    char *uri, *role_name;
    caller_role_t role;
    int64_t sectag_id;           /* 0: Admin */
    char *sectag;                /* "Admin" or the label */
} front_end_row_t;
void front_end_row_done(front_end_row_t *row);
typedef struct { int64_t id; char *login, *password_hash; bool enabled; } account_row_t;
void account_row_done(account_row_t *row);

/* Errors: FORBIDDEN when there is no front end at this URI. */
err_t account_store_front_end(db_t *db, const char *uri, front_end_row_t *ret_row, err_info_t *reterr);
/* Front end and account in one query; account id 0: no such login. Errors: as above. */
err_t account_store_login(db_t *db, const char *uri, const char *login, front_end_row_t *ret_front_end,
                          account_row_t *ret_account, err_info_t *reterr);
/* All front ends by URI; *ret_rows: free with account_store_front_ends_free. */
err_t account_store_front_ends(db_t *db, front_end_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
void account_store_front_ends_free(front_end_row_t *rows, size_t count);
/* sectag NULL: Admin.  Errors: FRONT_END_EXISTS, ZONE_SEC_TAG_CONFIG (the tag is not defined). */
err_t account_store_front_end_insert(db_t *db, const char *uri, const char *role_name, const char *sectag, err_info_t *reterr);
/* With its accounts.  Errors: NO_FRONT_END_FOUND. */
err_t account_store_front_end_delete(db_t *db, const char *uri, err_info_t *reterr);

/* Accounts of one front end (uri NULL: of all), by URI and login.  *ret_rows: free with account_store_listed_free. */
typedef struct { char *uri, *login; bool enabled; wall_t ctime; } account_listed_t;
err_t account_store_list(db_t *db, const char *uri, account_listed_t **ret_rows, size_t *ret_count, err_info_t *reterr);
void account_store_listed_free(account_listed_t *rows, size_t count);
/* Errors: NO_ACCOUNT_FOUND. */
err_t account_store_delete(db_t *db, const char *uri, const char *login, err_info_t *reterr);
/* Insert, or replace the hash of an existing login (and enable it). */
err_t account_store_set(db_t *db, int64_t front_end_id, const char *login, const char *password_hash, wall_t now,
                        err_info_t *reterr);
#endif
