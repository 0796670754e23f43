/* Front ends, accounts, client certificates. */
#include "controller/store/account_store.h"
#include "controller/store/token_store.h"
#include "controller/usecase/access_setup.h"
#include "controller/usecase/server_setup_priv.h"
#include <ctype.h>
#include <string.h>

/* ---- front ends */

static err_t check_uri(const char *uri, err_info_t *reterr)
{
    enum { URI_MAX = 60 };
    size_t len = uri[0] == '/' ? strspn(uri + 1, "abcdefghijklmnopqrstuvwxyz0123456789_-") : 0;
    if (len == 0 || len > URI_MAX || uri[1 + len] != '\0') {
        err_set(reterr, ERR_INVALID_ARGUMENT, "URI \"%.100s\" is not valid", uri);
        err_hint(reterr, "a slash and at most 60 lower case letters, digits, hyphens and underscores");
        err_key(reterr, "uri", uri);
        return ERR_INVALID_ARGUMENT;
    }
    return ERR_OK;
}

static err_t check_role(const char *role, err_info_t *reterr)
{
    static const char *const ROLES[] = {"admin", "helpdesk", "value_reseller", "hosted", "list_zone"};
    for (size_t i = 0; i < ARRAY_SIZE(ROLES); i++) {
        if (strcmp(ROLES[i], role) == 0)
            return ERR_OK;
    }
    err_set(reterr, ERR_INVALID_ARGUMENT, "there is no role \"%.100s\"", role);
    err_hint(reterr, "admin, helpdesk, value_reseller, hosted or list_zone");
    err_key(reterr, "role", role);
    return ERR_INVALID_ARGUMENT;
}

typedef err_t (*front_end_fn_t)(db_t *db, const char *uri, const front_end_change_t *in, err_info_t *reterr);
typedef struct {
    front_end_fn_t fn;
    const front_end_change_t *in;
} front_end_setup_t;

static err_t set_front_end_fn(db_t *db, setup_t *setup, err_info_t *reterr)
{
    const front_end_setup_t *in = setup->in;
    return in->fn(db, setup->name, in->in, reterr);
}

/* With networks as PostgreSQL has them. */
static err_t set_front_end(db_t *db, const setup_t *setup, front_end_fn_t fn, const front_end_change_t *in, change_result_t *ret_result, err_info_t *reterr)
{
    scope_list_t networks = {0};
    err_t e = in->role != NULL ? check_role(in->role, reterr) : ERR_OK;
    if (e == ERR_OK)
        e = scope_words(in->networks.items, in->networks.count, scope_network, &networks, reterr);
    if (e != ERR_OK)
        return e;
    front_end_change_t change = *in;
    change.networks.items = (const char *const *)networks.items;
    const front_end_setup_t front_end = {fn, &change};
    setup_t whole = *setup;
    whole.in = &front_end;
    whole.fn = set_front_end_fn;
    e = server_setup_run(db, &whole, ret_result, reterr);
    scope_list_done(&networks);
    return e;
}

err_t access_setup_create_front_end(db_t *db, const caller_t *who, const char *uri, const front_end_change_t *in, wall_t now,
                                    change_result_t *ret_result, err_info_t *reterr)
{
    const setup_t setup = {.who = who, .method = "create_front_end", .object = "front_end", .name = uri, .now = now};
    err_t e = check_uri(uri, reterr);
    return e == ERR_OK ? set_front_end(db, &setup, account_store_front_end_insert, in, ret_result, reterr) : e;
}

err_t access_setup_set_front_end(db_t *db, const caller_t *who, const char *uri, const front_end_change_t *in, wall_t now,
                                 change_result_t *ret_result, err_info_t *reterr)
{
    const setup_t setup = {.who = who, .method = "set_front_end", .object = "front_end", .name = uri, .now = now};
    return set_front_end(db, &setup, account_store_front_end_change, in, ret_result, reterr);
}

static err_t delete_front_end(db_t *db, setup_t *setup, err_info_t *reterr)
{
    return account_store_front_end_delete(db, setup->name, reterr);
}

err_t access_setup_delete_front_end(db_t *db, const caller_t *who, const char *uri, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    setup_t setup = {.who = who, .method = "delete_front_end", .object = "front_end", .name = uri, .fn = delete_front_end, .now = now};
    return server_setup_run(db, &setup, ret_result, reterr);
}

/* ---- accounts */

static err_t delete_account(db_t *db, setup_t *setup, err_info_t *reterr)
{
    return account_store_delete(db, setup->text, setup->name, reterr);
}

err_t access_setup_delete_account(db_t *db, const caller_t *who, const char *uri, const char *login, wall_t now, change_result_t *ret_result,
                                  err_info_t *reterr)
{
    setup_t setup = {.who = who, .method = "delete_account", .object = "account", .name = login, .fn = delete_account, .now = now, .text = uri};
    return server_setup_run(db, &setup, ret_result, reterr);
}

typedef struct {
    int enabled;
    front_end_list_t networks;
} limit_t;

static err_t limit_account(db_t *db, setup_t *setup, err_info_t *reterr)
{
    const limit_t *in = setup->in;
    int64_t id = 0, front_end_id = 0;
    err_t e = account_store_find(db, setup->text, setup->name, &id, &front_end_id, reterr);
    return e == ERR_OK ? account_store_limit(db, id, in->enabled, &in->networks, reterr) : e;
}

err_t access_setup_limit_account(db_t *db, const caller_t *who, const char *uri, const char *login, int enabled, const front_end_list_t *networks,
                                 wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    scope_list_t checked = {0};
    err_t e = scope_words(networks->items, networks->count, scope_network, &checked, reterr);
    if (e != ERR_OK)
        return e;
    const limit_t in = {enabled, {networks->given, (const char *const *)checked.items, checked.count}};
    setup_t setup = {.who = who, .method = "limit_account", .object = "account", .name = login, .fn = limit_account, .now = now, .text = uri, .in = &in};
    e = server_setup_run(db, &setup, ret_result, reterr);
    scope_list_done(&checked);
    return e;
}

/* ---- client certificates */

typedef struct {
    const char *login, *fingerprint, *subject;
    int64_t *id;
} bind_t;

static err_t bind_certificate(db_t *db, setup_t *setup, err_info_t *reterr)
{
    const bind_t *in = setup->in;
    int64_t account_id = 0, front_end_id = 0;
    err_t e = account_store_find(db, setup->text, in->login, &account_id, &front_end_id, reterr);
    return e == ERR_OK ? token_store_bind(db, account_id, front_end_id, in->fingerprint, in->subject, setup->now, in->id, reterr) : e;
}

enum { FINGERPRINT = 64 };

/* "AB:CD:..." as openssl prints it -> "abcd..." */
static bool plain_fingerprint(const char *given, char ret_text[FINGERPRINT + 1])
{
    size_t len = 0;
    for (const char *p = given; *p != '\0'; p++) {
        if (*p == ':' && len > 0 && len % 2 == 0)
            continue;
        if (len == FINGERPRINT || !isxdigit((unsigned char)*p))
            return false;
        ret_text[len++] = (char)tolower((unsigned char)*p);
    }
    ret_text[len] = '\0';
    return len == FINGERPRINT;
}

err_t access_setup_bind_certificate(db_t *db, const caller_t *who, const char *uri, const char *login, const char *fingerprint,
                                    const char *subject, wall_t now, int64_t *ret_id, change_result_t *ret_result, err_info_t *reterr)
{
    char plain[FINGERPRINT + 1];
    if ((fingerprint == NULL) == (subject == NULL) || (subject != NULL && subject[0] == '\0')) {
        err_set(reterr, ERR_INVALID_ARGUMENT, "a certificate is bound by fingerprint or by subject");
        err_hint(reterr, "give one of the two");
        return ERR_INVALID_ARGUMENT;
    }
    if (fingerprint != NULL && !plain_fingerprint(fingerprint, plain))
        return server_setup_bad("fingerprint", fingerprint, "SHA-256, 64 hexadecimal digits: openssl x509 -noout -fingerprint -sha256", reterr);
    const bind_t in = {login, fingerprint != NULL ? plain : NULL, subject, ret_id};
    setup_t setup = {.who = who, .method = "bind_certificate", .object = "certificate", .name = fingerprint != NULL ? plain : subject,
                     .fn = bind_certificate, .now = now, .text = uri, .in = &in};
    return server_setup_run(db, &setup, ret_result, reterr);
}

static err_t unbind_certificate(db_t *db, setup_t *setup, err_info_t *reterr)
{
    return token_store_unbind(db, *(const int64_t *)setup->in, reterr);
}

err_t access_setup_unbind_certificate(db_t *db, const caller_t *who, int64_t id, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    char name[24];
    snprintf(name, sizeof name, "%lld", (long long)id);
    setup_t setup = {.who = who, .method = "unbind_certificate", .object = "certificate", .name = name, .fn = unbind_certificate, .now = now, .in = &id};
    return server_setup_run(db, &setup, ret_result, reterr);
}
