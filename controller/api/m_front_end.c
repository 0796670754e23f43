#include "controller/api/m_front_end.h"
#include "controller/api/m_token.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/store/account_store.h"
#include "controller/usecase/access_setup.h"

#define AUTO_CHANGE AUTO_CLEANUP(change_result_done) change_result_t

static err_t done(const method_call_t *call, err_t err, const change_result_t *result, json_t **ret_result)
{
    if (err == ERR_OK)
        *ret_result = pack_change(call, result);
    return err;
}

static front_end_list_t words(const method_call_t *call, const char *name, const char ***ret_owned)
{
    front_end_list_t list = {.given = params_given(call, name)};
    *ret_owned = params_names(call, name, &list.count);
    list.items = *ret_owned;
    return list;
}

typedef err_t (*front_end_fn_t)(db_t *db, const caller_t *who, const char *uri, const front_end_change_t *in, wall_t now, change_result_t *ret_result,
                                err_info_t *reterr);

static err_t set(method_call_t *call, front_end_fn_t fn, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    AUTO_FREE const char **methods = NULL;
    AUTO_FREE const char **networks = NULL;
    const front_end_change_t in = {.role = params_text(call, "role"),
                                   .sectag = params_text(call, "sectag_label"),
                                   .methods = words(call, "methods", &methods),
                                   .networks = words(call, "networks", &networks),
                                   .enabled = params_flag(call, "enabled")};
    err_t err = m_token_check_methods(call, "methods", reterr);
    if (err == ERR_OK)
        err = fn(call->db, call->who, params_text(call, "uri"), &in, call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

err_t m_front_end_create(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return set(call, access_setup_create_front_end, ret_result, reterr);
}

err_t m_front_end_set(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return set(call, access_setup_set_front_end, ret_result, reterr);
}

err_t m_front_end_limit_account(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    AUTO_FREE const char **owned = NULL;
    front_end_list_t networks = words(call, "networks", &owned);
    err_t err = access_setup_limit_account(call->db, call->who, params_text(call, "uri"), params_text(call, "login"),
                                           params_flag(call, "enabled"), &networks, call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

err_t m_front_end_list(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    front_end_row_t *rows = NULL;
    size_t count = 0;
    err_t err = account_store_front_ends(call->db, &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    *ret_result = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_object();
        pack_text(item, "uri", rows[i].uri);
        pack_text(item, "role", rows[i].role_name);
        pack_text(item, "sectag_label", rows[i].sectag);
        pack_bool(item, "enabled", rows[i].enabled);
        json_object_set_new(item, "methods", pack_names(rows[i].methods, rows[i].method_count));
        json_object_set_new(item, "networks", pack_names(rows[i].networks, rows[i].network_count));
        json_array_append_new(*ret_result, item);
    }
    account_store_front_ends_free(rows, count);
    return ERR_OK;
}

err_t m_front_end_delete(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = access_setup_delete_front_end(call->db, call->who, params_text(call, "uri"), call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

err_t m_front_end_list_accounts(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    account_listed_t *rows = NULL;
    size_t count = 0;
    err_t err = account_store_list(call->db, params_text(call, "uri"), &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    *ret_result = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_object();
        pack_text(item, "uri", rows[i].uri);
        pack_text(item, "login", rows[i].login);
        pack_bool(item, "enabled", rows[i].enabled);
        json_object_set_new(item, "networks", pack_names(rows[i].networks, rows[i].network_count));
        pack_time(item, "ctime", rows[i].ctime);
        json_array_append_new(*ret_result, item);
    }
    account_store_listed_free(rows, count);
    return ERR_OK;
}

err_t m_front_end_delete_account(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = access_setup_delete_account(call->db, call->who, params_text(call, "uri"), params_text(call, "login"), call->now, &result,
                                            reterr);
    return done(call, err, &result, ret_result);
}
