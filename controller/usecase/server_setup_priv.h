/* Shared by server_setup*.c and access_setup.c only. */
#ifndef DMS_SERVER_SETUP_PRIV_H
#define DMS_SERVER_SETUP_PRIV_H
#include "controller/usecase/server_setup.h"

/* One change of the set-up: fn runs in the transaction, after its change log row was written. */
typedef struct setup setup_t;
typedef err_t (*setup_fn_t)(db_t *db, setup_t *setup, err_info_t *reterr);
struct setup {
    const caller_t *who;
    const char *method, *object, *name; /* for the change log */
    setup_fn_t fn;
    wall_t now;
    const void *in;          /* of fn */
    const char *text;        /* of fn */
    size_t count;            /* of fn */
    int64_t change_id;
};
err_t server_setup_run(db_t *db, setup_t *setup, change_result_t *ret_result, err_info_t *reterr);
/* INVALID_ARGUMENT with the rule as a hint. */
err_t server_setup_bad(const char *what, const char *value, const char *rule, err_info_t *reterr);
/* Letters, digits and the characters in more, the first a letter or digit, at most max; lower: no capital letters. */
bool server_setup_is_word(const char *text, size_t max, const char *more, bool lower);
err_t server_setup_check_address(const char *what, const char *text, bool optional, err_info_t *reterr);
/* SERVER_NOT_DISABLED with its key. */
err_t server_setup_not_disabled(const server_row_t *server, err_info_t *reterr);
/* The replica group; id 0: there is none. */
err_t server_setup_find_replica(db_t *db, group_row_t *ret_group, err_info_t *reterr);
/* REPLICA_SG_EXISTS with its keys. */
err_t server_setup_replica_exists(const char *wanted, const group_row_t *there, err_info_t *reterr);
#endif
