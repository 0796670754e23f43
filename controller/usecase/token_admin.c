#include "controller/usecase/token_admin.h"
#include "controller/store/account_store.h"
#include "controller/usecase/server_setup_priv.h"
#include <sodium.h>
#include <string.h>

enum { SECRET_BYTES = TOKEN_ADMIN_SECRET / 2, ID_BYTES = TOKEN_ADMIN_ID / 2, COMMENT_MAX = 200 };

/* Random 256 bits need no slow hash: there is nothing to guess. */
bool token_admin_digest(const char *secret, char ret_hash[TOKEN_ADMIN_SECRET + 1])
{
    unsigned char bytes[SECRET_BYTES], hash[SECRET_BYTES];
    size_t len = 0;
    if (strlen(secret) != TOKEN_ADMIN_SECRET || sodium_hex2bin(bytes, sizeof bytes, secret, TOKEN_ADMIN_SECRET, NULL, &len, NULL) != 0 ||
        len != sizeof bytes)
        return false;
    crypto_generichash(hash, sizeof hash, bytes, sizeof bytes, NULL, 0);
    sodium_bin2hex(ret_hash, TOKEN_ADMIN_SECRET + 1, hash, sizeof hash);
    sodium_memzero(bytes, sizeof bytes);
    return true;
}

/* ---- whose tokens */

static err_t forbidden(const char *why, err_info_t *reterr)
{
    err_set(reterr, ERR_FORBIDDEN, "%s", why);
    err_hint(reterr, "administrators do this at the socket, for every account");
    return ERR_FORBIDDEN;
}

static bool is_own(const caller_t *who, const char *uri, const char *login)
{
    return (uri == NULL || strcmp(uri, who->front_end) == 0) && (login == NULL || strcmp(login, who->login) == 0);
}

/* *ret_own: account of the caller; 0: at the socket, any. */
static err_t check_caller(const caller_t *who, const char *uri, const char *login, int64_t *ret_own, err_info_t *reterr)
{
    if (who->scope == NULL && who->role != ROLE_ADMIN)
        return forbidden("at the socket only administrators have tokens to do with", reterr);
    if (who->scope != NULL && !is_own(who, uri, login))
        return forbidden("an account has only its own tokens", reterr);
    *ret_own = who->scope != NULL ? who->scope->account_id : 0;
    return ERR_OK;
}

/* ---- create */

typedef struct {
    const token_request_t *request;
    int64_t account_id;          /* 0: to be found */
    token_new_t token;
    scope_list_t zones, names, types, networks;
} create_t;

static err_t create_fn(db_t *db, setup_t *setup, err_info_t *reterr)
{
    const create_t *c = setup->in;
    int64_t account_id = c->account_id, front_end_id = 0;
    err_t e = account_id != 0 ? ERR_OK : account_store_find(db, c->request->uri, c->request->login, &account_id, &front_end_id, reterr);
    return e == ERR_OK ? token_store_insert(db, account_id, &c->token, setup->now, reterr) : e;
}

static err_t lifetime(const token_request_t *request, int64_t *ret_seconds, err_info_t *reterr)
{
    uint32_t seconds = 0;
    *ret_seconds = request->default_s < request->max_s ? request->default_s : request->max_s;
    if (request->lifetime == NULL)
        return ERR_OK;
    if (!rr_ttl_from_text(request->lifetime, &seconds) || seconds == 0)
        return server_setup_bad("lifetime", request->lifetime, "a time such as 12h, 30d or 52w", reterr);
    if (seconds > request->max_s) {
        err_set(reterr, ERR_INVALID_ARGUMENT, "lifetime \"%s\" is longer than allowed", request->lifetime);
        err_hint(reterr, "the longest is %lld days: token_lifetime_max in section [auth]", (long long)(request->max_s / 86400));
        return ERR_INVALID_ARGUMENT;
    }
    *ret_seconds = seconds;
    return ERR_OK;
}

static err_t check_words(const token_request_t *r, create_t *c, err_info_t *reterr)
{
    const struct {
        const token_words_t *words;
        scope_word_fn_t fn;
        scope_list_t *list;
    } all[] = {{&r->zones, scope_zone_pattern, &c->zones},
               {&r->names, scope_name_pattern, &c->names},
               {&r->types, scope_type, &c->types},
               {&r->networks, scope_network, &c->networks}};
    err_t e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < ARRAY_SIZE(all); i++)
        e = scope_words(all[i].words->items, all[i].words->count, all[i].fn, all[i].list, reterr);
    if (e == ERR_OK && r->comment != NULL && strlen(r->comment) > COMMENT_MAX)
        e = server_setup_bad("comment", r->comment, "at most 200 bytes", reterr);
    return e;
}

static void make(token_issued_t *ret_token, char ret_hash[TOKEN_ADMIN_SECRET + 1])
{
    unsigned char id[ID_BYTES], secret[SECRET_BYTES];
    char text[TOKEN_ADMIN_SECRET + 1];
    randombytes_buf(id, sizeof id);
    randombytes_buf(secret, sizeof secret);
    sodium_bin2hex(ret_token->id, sizeof ret_token->id, id, sizeof id);
    sodium_bin2hex(text, sizeof text, secret, sizeof secret);
    snprintf(ret_token->text, sizeof ret_token->text, "dms_%s_%s", ret_token->id, text);
    token_admin_digest(text, ret_hash);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(text, sizeof text);
}

#define WORDS(list) (const char *const *)(list).items, (list).count

static err_t issue(db_t *db, const caller_t *who, create_t *c, wall_t now, token_issued_t *ret_token, change_result_t *ret_result,
                   err_info_t *reterr)
{
    const token_request_t *r = c->request;
    int64_t seconds = 0;
    char hash[TOKEN_ADMIN_SECRET + 1];
    err_t e = lifetime(r, &seconds, reterr);
    if (e == ERR_OK)
        e = check_words(r, c, reterr);
    if (e != ERR_OK)
        return e;
    token_issued_t token = {.expires = {now.us + seconds * 1000000}};
    make(&token, hash);
    c->token = (token_new_t){token.id, hash, r->comment, who->login, r->read_only, r->methods.items, r->methods.count, WORDS(c->zones),
                             WORDS(c->names), WORDS(c->types), WORDS(c->networks), token.expires};
    setup_t setup = {.who = who, .method = "create_token", .object = "token", .name = token.id, .fn = create_fn, .now = now, .in = c};
    e = server_setup_run(db, &setup, ret_result, reterr);
    if (e == ERR_OK)
        *ret_token = token;
    sodium_memzero(&token, sizeof token);
    return e;
}

err_t token_admin_create(db_t *db, const caller_t *who, const token_request_t *request, wall_t now, token_issued_t *ret_token,
                         change_result_t *ret_result, err_info_t *reterr)
{
    create_t c = {.request = request};
    err_t e = check_caller(who, request->uri, request->login, &c.account_id, reterr);
    if (e == ERR_OK && c.account_id == 0 && (request->uri == NULL || request->login == NULL))
        e = err_set(reterr, ERR_INVALID_ARGUMENT, "a token is an account's: give uri and login");
    if (e == ERR_OK && sodium_init() < 0)
        e = err_set(reterr, ERR_INTERNAL, "libsodium cannot start");
    if (e == ERR_OK)
        e = issue(db, who, &c, now, ret_token, ret_result, reterr);
    scope_list_t *const lists[] = {&c.zones, &c.names, &c.types, &c.networks};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        scope_list_done(lists[i]);
    return e;
}

/* ---- list and revoke */

err_t token_admin_list(db_t *db, const caller_t *who, const char *uri, const char *login, bool all, wall_t now, token_row_t **ret_rows,
                       size_t *ret_count, err_info_t *reterr)
{
    int64_t own = 0;
    err_t e = check_caller(who, uri, login, &own, reterr);
    return e == ERR_OK ? token_store_list(db, own, uri, login, all, now, ret_rows, ret_count, reterr) : e;
}

static err_t revoke_fn(db_t *db, setup_t *setup, err_info_t *reterr)
{
    return token_store_revoke(db, *(const int64_t *)setup->in, setup->name, setup->now, reterr);
}

err_t token_admin_revoke(db_t *db, const caller_t *who, const char *id, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    int64_t own = 0;
    err_t e = check_caller(who, NULL, NULL, &own, reterr);
    setup_t setup = {.who = who, .method = "revoke_token", .object = "token", .name = id, .fn = revoke_fn, .now = now, .in = &own};
    return e == ERR_OK ? server_setup_run(db, &setup, ret_result, reterr) : e;
}
