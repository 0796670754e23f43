/* Passwords: argon2id, a cache of verified ones, and waiting after failures. */
#include "controller/api/auth_priv.h"
#include <string.h>

enum { CACHE_MS = 60000 };

typedef struct {
    uint8_t sent[AUTH_DIGEST], stored[AUTH_DIGEST];
    const char *hash; /* what is verified; the dummy for an account that is not there */
    bool usable;
} attempt_t;

static void digest(const auth_t *self, const char *uri, const auth_header_t *h, uint8_t ret_digest[AUTH_DIGEST])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, self->key, sizeof self->key, AUTH_DIGEST);
    crypto_generichash_update(&state, (const unsigned char *)uri, strlen(uri) + 1);
    crypto_generichash_update(&state, (const unsigned char *)h->text, h->login_len + 1 + h->password_len);
    crypto_generichash_final(&state, ret_digest, AUTH_DIGEST);
}

/* stale: however long ago it was verified. */
static bool cached(auth_t *self, const attempt_t *a, bool stale)
{
    auth_slot_t *slot = &self->slots[a->sent[0]];
    pthread_mutex_lock(&self->cache_lock);
    bool hit = sodium_memcmp(slot->sent, a->sent, AUTH_DIGEST) == 0 && sodium_memcmp(slot->stored, a->stored, AUTH_DIGEST) == 0 &&
               (stale || clock_mono(self->clock).us < slot->until.us);
    pthread_mutex_unlock(&self->cache_lock);
    return hit;
}

static void remember(auth_t *self, const attempt_t *a)
{
    auth_slot_t *slot = &self->slots[a->sent[0]];
    pthread_mutex_lock(&self->cache_lock);
    memcpy(slot->sent, a->sent, AUTH_DIGEST);
    memcpy(slot->stored, a->stored, AUTH_DIGEST);
    slot->until = mono_add_ms(clock_mono(self->clock), CACHE_MS);
    pthread_mutex_unlock(&self->cache_lock);
}

static bool verify(auth_t *self, const attempt_t *a, const auth_header_t *h)
{
    pthread_mutex_lock(&self->verify_lock);
    bool right = crypto_pwhash_str_verify(a->hash, auth_header_password(h), h->password_len) == 0;
    pthread_mutex_unlock(&self->verify_lock);
    return right && a->usable;
}

/* Who has logged in before goes on doing so while somebody else behind the same address guesses: his digest is proof enough. */
err_t auth_basic(auth_t *self, db_t *db, const auth_request_t *request, const auth_header_t *header, login_row_t *row, unsigned *ret_wait_s,
                 err_info_t *reterr)
{
    const char *login = auth_header_login(header);
    err_t e = login_store_by_login(db, request->uri, login, request->address, row, reterr);
    if (e != ERR_OK)
        return e;
    attempt_t a = {.usable = row->account_id != 0 && row->account_enabled};
    a.hash = a.usable ? row->password_hash : self->dummy;
    digest(self, request->uri, header, a.sent);
    crypto_generichash(a.stored, AUTH_DIGEST, (const unsigned char *)a.hash, strlen(a.hash), self->key, sizeof self->key);
    if (a.usable && cached(self, &a, false))
        return ERR_OK;
    unsigned wait = auth_throttle_wait(self->throttle, request->uri, login, request->address);
    if (wait > 0)
        return a.usable && cached(self, &a, true) ? ERR_OK : auth_throttled(wait, ret_wait_s, reterr);
    if (!verify(self, &a, header)) {
        auth_throttle_failed(self->throttle, request->uri, login, request->address);
        return err_set(reterr, ERR_AUTH_REQUIRED, "login or password is wrong");
    }
    auth_throttle_passed(self->throttle, request->uri, login, request->address);
    remember(self, &a);
    return ERR_OK;
}
