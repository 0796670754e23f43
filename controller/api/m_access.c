#include "controller/api/m_access.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/api/rpc_error.h"
#include "controller/store/reference_store.h"
#include "controller/store/sectag_store.h"
#include "controller/usecase/access_setup.h"
#include "controller/usecase/zone_admin.h"
#include <stdlib.h>

#define AUTO_CHANGE AUTO_CLEANUP(change_result_done) change_result_t

static err_t done(const method_call_t *call, err_t err, const change_result_t *result, json_t **ret_result)
{
    if (err == ERR_OK)
        *ret_result = pack_change(call, result);
    return err;
}

typedef err_t (*setup_fn_t)(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);

static err_t setup(method_call_t *call, setup_fn_t fn, const char *param, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = fn(call->db, call->who, params_text(call, param), call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

/* ---- security tags */

/* zone_id holds the label: front ends of the predecessor read it there. */
static json_t *pack_defined(const char *label)
{
    json_t *item = json_object();
    pack_text(item, "zone_id", label);
    pack_text(item, "sectag_label", label);
    return item;
}

err_t m_access_show_sectags(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    char **labels = NULL;
    size_t count = 0;
    if (call->who->sectag_id != 0)
        return caller_may_not(call->who, "see other tags", reterr);
    err_t err = sectag_store_list(call->db, &labels, &count, reterr);
    if (err != ERR_OK)
        return err;
    *ret_result = json_array();
    json_array_append_new(*ret_result, pack_defined("Admin"));
    for (size_t i = 0; i < count; i++)
        json_array_append_new(*ret_result, pack_defined(labels[i]));
    rows_texts_free(labels, count);
    return ERR_OK;
}

err_t m_access_create_sectag(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return setup(call, access_setup_create_sectag, "sectag_label", ret_result, reterr);
}

err_t m_access_delete_sectag(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return setup(call, access_setup_delete_sectag, "sectag_label", ret_result, reterr);
}

err_t m_access_show_zone_sectags(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    char **labels = NULL;
    size_t count = 0;
    err_t err = zone_admin_sectags(call->db, call->who, params_text(call, "name"), &labels, &count, reterr);
    if (err != ERR_OK)
        return err;
    *ret_result = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(*ret_result, json_pack("{s:o}", "sectag_label", rpc_error_text(labels[i])));
    rows_texts_free(labels, count);
    return ERR_OK;
}

err_t m_access_add_zone_sectag(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = zone_admin_add_sectag(call->db, call->who, params_text(call, "name"), params_text(call, "sectag_label"), call->now, &result,
                                      reterr);
    return done(call, err, &result, ret_result);
}

err_t m_access_delete_zone_sectag(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = zone_admin_delete_sectag(call->db, call->who, params_text(call, "name"), params_text(call, "sectag_label"), call->now,
                                         &result, reterr);
    return done(call, err, &result, ret_result);
}

err_t m_access_replace_zone_sectags(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    size_t count;
    AUTO_FREE const char **labels = params_names(call, "sectag_labels", &count);
    err_t err = zone_admin_replace_sectags(call->db, call->who, params_text(call, "name"), labels, count, call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

/* ---- references */

err_t m_access_create_reference(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return setup(call, access_setup_create_reference, "reference", ret_result, reterr);
}

err_t m_access_delete_reference(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return setup(call, access_setup_delete_reference, "reference", ret_result, reterr);
}

err_t m_access_rename_reference(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = access_setup_rename_reference(call->db, call->who, params_text(call, "reference"), params_text(call, "dst_reference"),
                                              call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

err_t m_access_list_reference(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    size_t given, count = 0;
    AUTO_FREE const char **patterns = params_names(call, "references", &given);
    const char *after = params_text(call, "after");
    char **names = NULL;
    err_t err = reference_store_list(call->db, call->who, patterns, given, after, params_int(call, "limit", 0), &names, &count, reterr);
    if (err != ERR_OK)
        return err;
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_pack("{s:o}", "reference", rpc_error_text(names[i])));
    rows_texts_free(names, count);
    if (count == 0 && given > 0 && after == NULL) {
        json_decref(array);
        err_set(reterr, ERR_NO_REFERENCE_FOUND, "no reference found for %s%s", patterns[0], given > 1 ? " and others" : "");
        err_key(reterr, "reference", patterns[0]);
        return ERR_NO_REFERENCE_FOUND;
    }
    *ret_result = array;
    return ERR_OK;
}

err_t m_access_set_zone_reference(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = zone_admin_set_reference(call->db, call->who, params_text(call, "name"), params_text(call, "reference"), call->now, &result,
                                         reterr);
    return done(call, err, &result, ret_result);
}
