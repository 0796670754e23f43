/* API tokens: looked up by the public part, proven by the digest of the secret part. */
#include "controller/api/auth_priv.h"
#include "controller/usecase/token_admin.h"
#include <string.h>

enum { USED_MS = 60000 };

static bool proven(const login_row_t *row, const char *secret)
{
    char hash[TOKEN_ADMIN_SECRET + 1] = "", none[TOKEN_ADMIN_SECRET + 1] = "";
    const char *stored = row->token_id != 0 ? row->token_hash : none;
    bool same = token_admin_digest(secret, hash) && sodium_memcmp(stored, hash, TOKEN_ADMIN_SECRET) == 0;
    return same && row->token_id != 0;
}

/* A token that is right is never made to wait: its secret cannot be guessed, and who shares an address with somebody that tries goes on. */
static err_t wrong(auth_t *self, const auth_request_t *request, const char *id, unsigned *ret_wait_s, err_info_t *reterr)
{
    unsigned wait = auth_throttle_wait(self->throttle, request->uri, id, request->address);
    if (wait > 0)
        return auth_throttled(wait, ret_wait_s, reterr);
    auth_throttle_failed(self->throttle, request->uri, id, request->address);
    return err_set(reterr, ERR_AUTH_REQUIRED, "token \"%s\" is not valid", id);
}

/* The holder of the secret may know what is the matter. */
static err_t check(const login_row_t *row, const char *id, wall_t now, err_info_t *reterr)
{
    char at[WALL_TEXT];
    if (!row->token_here)
        return err_set(reterr, ERR_AUTH_REQUIRED, "token \"%s\" belongs to another front end", id);
    if (row->revoked_at.us != 0) {
        wall_text(row->revoked_at, at);
        return err_set(reterr, ERR_AUTH_REQUIRED, "token \"%s\" was revoked at %s", id, at);
    }
    if (row->expires.us <= now.us) {
        wall_text(row->expires, at);
        err_set(reterr, ERR_AUTH_REQUIRED, "token \"%s\" expired at %s", id, at);
        err_hint(reterr, "create_token makes a new one");
        return ERR_AUTH_REQUIRED;
    }
    if (!row->account_enabled)
        return err_set(reterr, ERR_AUTH_REQUIRED, "the account of token \"%s\" is disabled", id);
    return ERR_OK;
}

err_t auth_token(auth_t *self, db_t *db, const auth_request_t *request, const auth_header_t *header, login_row_t *row, unsigned *ret_wait_s,
                 err_info_t *reterr)
{
    wall_t now = clock_wall(self->clock);
    err_t e = login_store_by_token(db, request->uri, header->id, request->address, row, reterr);
    if (e == ERR_OK && !proven(row, header->secret))
        e = wrong(self, request, header->id, ret_wait_s, reterr);
    if (e == ERR_OK)
        e = check(row, header->id, now, reterr);
    if (e == ERR_OK && !row->token_address_ok)
        e = err_set(reterr, ERR_NETWORK_NOT_ALLOWED, "token \"%s\" may not be used from %s", header->id, request->address);
    if (e == ERR_OK && now.us - row->last_used_at.us >= USED_MS * 1000LL)
        (void)login_store_used(db, row->token_id, request->address, now, NULL); /* a note, no reason to refuse */
    return e;
}
