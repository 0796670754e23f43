#include "controller/api/m_token.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/usecase/access_setup.h"
#include "controller/usecase/token_admin.h"
#include <sodium.h>
#include <string.h>

#define AUTO_CHANGE AUTO_CLEANUP(change_result_done) change_result_t

err_t m_token_check_methods(const method_call_t *call, const char *param, err_info_t *reterr)
{
    const json_t *names = json_object_get(call->params, param);
    size_t i;
    const json_t *item;
    json_array_foreach(names, i, item)
    {
        const char *name = json_string_value(item);
        bool known = false;
        for (size_t k = 0; !known && k < call->method_count; k++)
            known = strcmp(call->methods[k].name, name) == 0;
        if (!known) {
            err_set(reterr, ERR_INVALID_ARGUMENT, "there is no method \"%.100s\"", name);
            err_hint(reterr, "rpc.discover lists them");
            err_key(reterr, "method", name);
            return ERR_INVALID_ARGUMENT;
        }
    }
    return ERR_OK;
}

/* ---- tokens */

static token_words_t words(const method_call_t *call, const char *name, const char ***ret_owned)
{
    token_words_t list = {0};
    *ret_owned = params_names(call, name, &list.count);
    list.items = *ret_owned;
    return list;
}

err_t m_token_create(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    AUTO_FREE const char **methods = NULL;
    AUTO_FREE const char **zones = NULL;
    AUTO_FREE const char **names = NULL;
    AUTO_FREE const char **types = NULL;
    AUTO_FREE const char **networks = NULL;
    const token_request_t request = {.uri = params_text(call, "uri"),
                                     .login = params_text(call, "login"),
                                     .comment = params_text(call, "comment"),
                                     .lifetime = params_text(call, "lifetime"),
                                     .default_s = call->limits->token_lifetime_s,
                                     .max_s = call->limits->token_lifetime_max_s,
                                     .read_only = params_bool(call, "read_only", false),
                                     .methods = words(call, "methods", &methods),
                                     .zones = words(call, "zones", &zones),
                                     .names = words(call, "names", &names),
                                     .types = words(call, "types", &types),
                                     .networks = words(call, "networks", &networks)};
    token_issued_t token;
    err_t err = m_token_check_methods(call, "methods", reterr);
    if (err == ERR_OK)
        err = token_admin_create(call->db, call->who, &request, call->now, &token, &result, reterr);
    if (err != ERR_OK)
        return err;
    json_t *answer = json_object();
    pack_text(answer, "token", token.text);
    pack_text(answer, "token_id", token.id);
    pack_time(answer, "expires", token.expires);
    pack_id(answer, "change_id", result.change_id);
    sodium_memzero(&token, sizeof token);
    *ret_result = answer;
    return ERR_OK;
}

static json_t *pack_token(const token_row_t *row)
{
    const struct { const char *key; const scope_list_t *list; } lists[] = {
        {"methods", &row->methods}, {"zones", &row->zones}, {"names", &row->names}, {"types", &row->types}, {"networks", &row->networks}};
    json_t *item = json_object();
    pack_text(item, "token_id", row->public_id);
    pack_text(item, "uri", row->uri);
    pack_text(item, "login", row->login);
    pack_text(item, "comment", row->comment);
    pack_text(item, "created_by", row->created_by);
    pack_bool(item, "read_only", row->read_only);
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        json_object_set_new(item, lists[i].key, pack_names(lists[i].list->items, lists[i].list->count));
    pack_time(item, "ctime", row->ctime);
    pack_time(item, "expires", row->expires);
    pack_time(item, "revoked_at", row->revoked_at);
    pack_time(item, "last_used_at", row->last_used_at);
    pack_text(item, "last_address", row->last_address);
    return item;
}

err_t m_token_list(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    token_row_t *rows = NULL;
    size_t count = 0;
    err_t err = token_admin_list(call->db, call->who, params_text(call, "uri"), params_text(call, "login"), params_bool(call, "all", false),
                                 call->now, &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    *ret_result = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(*ret_result, pack_token(&rows[i]));
    token_store_rows_free(rows, count);
    return ERR_OK;
}

static err_t done(const method_call_t *call, err_t err, const change_result_t *result, json_t **ret_result)
{
    if (err == ERR_OK)
        *ret_result = pack_change(call, result);
    return err;
}

err_t m_token_revoke(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = token_admin_revoke(call->db, call->who, params_text(call, "token_id"), call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

/* ---- certificates */

err_t m_token_bind_certificate(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    int64_t id = 0;
    err_t err = access_setup_bind_certificate(call->db, call->who, params_text(call, "uri"), params_text(call, "login"),
                                              params_text(call, "fingerprint"), params_text(call, "subject"), call->now, &id, &result, reterr);
    if (err != ERR_OK)
        return err;
    json_t *answer = json_object();
    pack_id(answer, "certificate_id", id);
    pack_id(answer, "change_id", result.change_id);
    *ret_result = answer;
    return ERR_OK;
}

err_t m_token_list_certificates(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    certificate_row_t *rows = NULL;
    size_t count = 0;
    err_t err = token_store_certificates(call->db, params_text(call, "uri"), &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    *ret_result = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_object();
        pack_id(item, "certificate_id", rows[i].id);
        pack_text(item, "uri", rows[i].uri);
        pack_text(item, "login", rows[i].login);
        pack_text(item, "fingerprint", rows[i].fingerprint);
        pack_text(item, "subject", rows[i].subject);
        pack_time(item, "ctime", rows[i].ctime);
        json_array_append_new(*ret_result, item);
    }
    token_store_certificates_free(rows, count);
    return ERR_OK;
}

err_t m_token_unbind_certificate(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = access_setup_unbind_certificate(call->db, call->who, params_int(call, "certificate_id", 0), call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}
