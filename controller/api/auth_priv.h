/* Shared by auth*.c only. */
#ifndef DMS_AUTH_PRIV_H
#define DMS_AUTH_PRIV_H
#include "controller/api/auth.h"
#include "controller/api/auth_header.h"
#include "controller/api/auth_throttle.h"
#include "controller/store/login_store.h"
#include <pthread.h>
#include <sodium.h>

#define AUTO_LOGIN AUTO_CLEANUP(login_row_done) login_row_t
enum { AUTH_CACHE_SLOTS = 256, AUTH_DIGEST = 32, AUTH_GROUPS_MAX = 32 };

/* A verified password: what was sent and what was stored, both as keyed digests. */
typedef struct {
    uint8_t sent[AUTH_DIGEST], stored[AUTH_DIGEST];
    mono_t until;
} auth_slot_t;

struct auth {
    gid_t admin[AUTH_GROUPS_MAX], helpdesk[AUTH_GROUPS_MAX];
    size_t admin_count, helpdesk_count;
    const clock_source_t *clock;
    auth_throttle_t *throttle;
    uint8_t key[crypto_generichash_KEYBYTES];
    char dummy[crypto_pwhash_STRBYTES]; /* verified for unknown logins */
    auth_slot_t slots[AUTH_CACHE_SLOTS];
    pthread_mutex_t cache_lock;
    pthread_mutex_t verify_lock; /* one argon2 at a time: its memory is counted once */
};

/* Each: is it the account's?  Fills *row; judges nothing else.  Errors: AUTH_REQUIRED, LOGIN_THROTTLED, those of login_store.h. */
err_t auth_basic(auth_t *self, db_t *db, const auth_request_t *request, const auth_header_t *header, login_row_t *row, unsigned *ret_wait_s,
                 err_info_t *reterr);
err_t auth_token(auth_t *self, db_t *db, const auth_request_t *request, const auth_header_t *header, login_row_t *row, unsigned *ret_wait_s,
                 err_info_t *reterr);
err_t auth_cert(db_t *db, const auth_request_t *request, login_row_t *row, err_info_t *reterr);

err_t auth_throttled(unsigned wait_s, unsigned *ret_wait_s, err_info_t *reterr);
void auth_caller_finish(auth_caller_t *self); /* caller points into the rest */
#endif
