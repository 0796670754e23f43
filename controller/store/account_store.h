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
    bool enabled;
    char **methods; size_t method_count;   /* of those of its role; 0: all */
    char **networks; size_t network_count; /* where callers may come from; 0: anywhere */
} front_end_row_t;
void front_end_row_done(front_end_row_t *row);
/* Of columns in the order of the row, without networks (login_store.c). */
void account_store_decode_front_end(const db_rows_t *rows, size_t i, front_end_row_t *ret);
err_t account_store_no_front_end(const char *uri, err_info_t *reterr);

/* What is set: given with no items means no limit. */
typedef struct { bool given; const char *const *items; size_t count; } front_end_list_t;
typedef struct {
    const char *role, *sectag;             /* NULL: as it is (Admin, for a new one) */
    front_end_list_t methods, networks;    /* networks in PostgreSQL's form of cidr */
    int enabled;                           /* -1: as it is */
} front_end_change_t;

/* Errors: FORBIDDEN when there is no front end at this URI. */
err_t account_store_front_end(db_t *db, const char *uri, front_end_row_t *ret_row, err_info_t *reterr);
/* All front ends by URI; *ret_rows: free with account_store_front_ends_free. */
err_t account_store_front_ends(db_t *db, front_end_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
void account_store_front_ends_free(front_end_row_t *rows, size_t count);
/* Errors: FRONT_END_EXISTS, ZONE_SEC_TAG_CONFIG (the tag is not defined). */
err_t account_store_front_end_insert(db_t *db, const char *uri, const front_end_change_t *in, err_info_t *reterr);
/* Errors: NO_FRONT_END_FOUND, ZONE_SEC_TAG_CONFIG. */
err_t account_store_front_end_change(db_t *db, const char *uri, const front_end_change_t *in, err_info_t *reterr);
/* With its accounts.  Errors: NO_FRONT_END_FOUND. */
err_t account_store_front_end_delete(db_t *db, const char *uri, err_info_t *reterr);

/* Accounts of one front end (uri NULL: of all), by URI and login.  *ret_rows: free with account_store_listed_free. */
typedef struct { char *uri, *login; bool enabled; char **networks; size_t network_count; wall_t ctime; } account_listed_t;
err_t account_store_list(db_t *db, const char *uri, account_listed_t **ret_rows, size_t *ret_count, err_info_t *reterr);
void account_store_listed_free(account_listed_t *rows, size_t count);
/* Errors: NO_ACCOUNT_FOUND. */
err_t account_store_delete(db_t *db, const char *uri, const char *login, err_info_t *reterr);
/* Errors: NO_ACCOUNT_FOUND. */
err_t account_store_find(db_t *db, const char *uri, const char *login, int64_t *ret_id, int64_t *ret_front_end_id, err_info_t *reterr);
/* enabled -1: as it is. */
err_t account_store_limit(db_t *db, int64_t account_id, int enabled, const front_end_list_t *networks, err_info_t *reterr);
/* Insert, or replace the hash of an existing login (and enable it). */
err_t account_store_set(db_t *db, int64_t front_end_id, const char *login, const char *password_hash, wall_t now,
                        err_info_t *reterr);
#endif
