#include "controller/api/auth_priv.h"
#include "controller/store/account_store.h"
#include "shared/utf8.h"
#include <grp.h>
#include <stdlib.h>
#include <string.h>

void auth_caller_done(auth_caller_t *self)
{
    char **strings[] = {&self->role_name, &self->sectag, &self->login, &self->front_end, &self->address};
    for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
        free(*strings[i]);
    scope_done(&self->scope);
    *self = (auth_caller_t){0};
}

void auth_caller_finish(auth_caller_t *self)
{
    self->caller.role_name = self->role_name;
    self->caller.sectag = self->sectag;
    self->caller.login = self->login;
    self->caller.front_end = self->front_end;
    self->caller.address = self->address;
}

static err_t read_groups(const char *names, gid_t *ret_gids, size_t *ret_count, err_info_t *reterr)
{
    AUTO_FREE char *copy = auto_strdup(names != NULL ? names : "");
    char *rest = copy;
    for (char *name; (name = strsep(&rest, " ,\t")) != NULL;) {
        if (name[0] == '\0')
            continue;
        const struct group *group = getgrnam(name); /* at start: one thread */
        if (group == NULL)
            return err_set(reterr, ERR_CONFIG, "there is no group \"%s\"", name);
        if (*ret_count == AUTH_GROUPS_MAX)
            return err_set(reterr, ERR_CONFIG, "more than %d groups", AUTH_GROUPS_MAX);
        ret_gids[(*ret_count)++] = group->gr_gid;
    }
    return ERR_OK;
}

err_t auth_new(const char *admin_groups, const char *helpdesk_groups, const clock_source_t *clock, auth_t **ret_auth,
               err_info_t *reterr)
{
    if (sodium_init() < 0)
        return err_set(reterr, ERR_INTERNAL, "libsodium cannot start");
    auth_t *self = auto_calloc(1, sizeof *self);
    self->clock = clock;
    self->throttle = auth_throttle_new(clock);
    pthread_mutex_init(&self->cache_lock, NULL);
    pthread_mutex_init(&self->verify_lock, NULL);
    randombytes_buf(self->key, sizeof self->key);
    char random[32];
    randombytes_buf(random, sizeof random);
    err_t err = read_groups(admin_groups, self->admin, &self->admin_count, reterr);
    if (err == ERR_OK)
        err = read_groups(helpdesk_groups, self->helpdesk, &self->helpdesk_count, reterr);
    if (err == ERR_OK &&
        crypto_pwhash_str(self->dummy, random, sizeof random, ACCOUNT_STORE_OPSLIMIT, ACCOUNT_STORE_MEMLIMIT) != 0)
        err = err_set(reterr, ERR_INTERNAL, "argon2 has not enough memory");
    if (err != ERR_OK) {
        auth_destroy(&self);
        return err;
    }
    *ret_auth = self;
    return ERR_OK;
}

void auth_destroy(auth_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    auth_throttle_destroy(&(*self)->throttle);
    pthread_mutex_destroy(&(*self)->cache_lock);
    pthread_mutex_destroy(&(*self)->verify_lock);
    sodium_memzero(*self, sizeof **self);
    free(*self);
    *self = NULL;
}

/* ---- HTTP */

err_t auth_throttled(unsigned wait_s, unsigned *ret_wait_s, err_info_t *reterr)
{
    *ret_wait_s = wait_s;
    err_set(reterr, ERR_LOGIN_THROTTLED, "too many failed logins: try again in %u s", wait_s);
    err_key_int(reterr, "retry_after_s", wait_s);
    return ERR_LOGIN_THROTTLED;
}

static err_t nothing_given(const auth_header_t *header, err_info_t *reterr)
{
    if (header->kind == AUTH_HEADER_BAD)
        err_set(reterr, ERR_AUTH_REQUIRED, "the Authorization header is neither Basic nor a token");
    else
        err_set(reterr, ERR_AUTH_REQUIRED, "log in with Basic authentication, an API token or a client certificate");
    err_hint(reterr, "Authorization: Basic BASE64(login:password), or Authorization: Bearer dms_ID_SECRET");
    return ERR_AUTH_REQUIRED;
}

static err_t check_front_end(const auth_request_t *request, const login_row_t *row, err_info_t *reterr)
{
    if (!row->front_end.enabled)
        return err_set(reterr, ERR_FRONT_END_DISABLED, "front end \"%.100s\" is disabled", request->uri);
    if (!row->address_ok)
        return err_set(reterr, ERR_NETWORK_NOT_ALLOWED, "front end \"%.100s\" may not be used from %s", request->uri, request->address);
    return ERR_OK;
}

static void admit(const auth_request_t *request, login_row_t *row, auth_caller_t *ret_caller)
{
    const front_end_row_t *f = &row->front_end;
    *ret_caller = (auth_caller_t){.caller = {.role = f->role, .sectag_id = row->scoped ? -row->token_id : f->sectag_id},
                                  .role_name = auto_strdup(f->role_name),
                                  .sectag = auto_strdup(f->sectag),
                                  .login = auto_strdup(row->login),
                                  .front_end = auto_strdup(request->uri),
                                  .address = auto_strdup(request->address),
                                  .scope = row->scope};
    row->scope = (scope_t){0};
    ret_caller->caller.scope = &ret_caller->scope;
    auth_caller_finish(ret_caller);
}

err_t auth_http(auth_t *self, db_t *db, const auth_request_t *request, auth_caller_t *ret_caller, unsigned *ret_wait_s, err_info_t *reterr)
{
    AUTO_LOGIN row = {0};
    auth_header_t header;
    err_t e;
    if (!utf8_ok(request->uri)) /* which no database takes as text, and no front end has */
        return account_store_no_front_end(request->uri, reterr);
    auth_header_parse(request->authorization, &header);
    if (header.kind == AUTH_HEADER_BASIC)
        e = auth_basic(self, db, request, &header, &row, ret_wait_s, reterr);
    else if (header.kind == AUTH_HEADER_TOKEN)
        e = auth_token(self, db, request, &header, &row, ret_wait_s, reterr);
    else if (header.kind == AUTH_HEADER_NONE && request->peer != NULL && request->peer->given)
        e = auth_cert(db, request, &row, reterr);
    else
        e = nothing_given(&header, reterr);
    auth_header_done(&header);
    if (e == ERR_OK)
        e = check_front_end(request, &row, reterr);
    if (e == ERR_OK)
        admit(request, &row, ret_caller);
    return e;
}
