#include "controller/api/m_kept_text.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/store/kept_store.h"
#include "shared/dname.h"

/* ---- keeping */

char *m_kept_text_contents(const json_t *params)
{
    static const char *const KEYS[] = {"zi_data", "zi_text", "update_data", "update_text", "update_type"};
    json_auto_t *contents = json_object();
    for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++) {
        json_t *value = json_object_get(params, KEYS[i]);
        if (value != NULL && !json_is_null(value))
            json_object_set(contents, KEYS[i], value);
    }
    return json_object_size(contents) > 0 ? json_dumps(contents, JSON_COMPACT) : NULL;
}

bool m_kept_text_wanted(const json_t *params, err_t code)
{
    bool edited = json_integer_value(json_object_get(params, "edit_lock_token")) != 0; /* the zone was there when it was begun */
    return code == ERR_UPDATE_ZONE_FAILURE || code == ERR_PRECONDITION_FAILED || (edited && (code == ERR_ZONE_NOT_FOUND || code == ERR_ZONE_SM_FAILURE));
}

/* ---- giving */

static json_t *pack_row(const kept_row_t *row)
{
    json_t *json = json_object();
    pack_id(json, "kept_text_id", row->id);
    pack_text(json, "name", row->name);
    pack_text(json, "method", row->method);
    pack_text(json, "login", row->login);
    pack_text(json, "front_end", row->front_end);
    pack_time(json, "at", row->at);
    pack_int(json, "bytes", row->bytes);
    pack_int(json, "error_code", row->error_code);
    pack_text(json, "message", row->message);
    pack_id(json, "change_id", row->change_id);
    return json;
}

err_t m_kept_text_list(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    kept_row_t *rows = NULL;
    size_t count = 0;
    const char *given = params_text(call, "name");
    char name[DNAME_TEXT], cidr[64];
    err_t e = given != NULL ? dname_from_network(given, name, cidr, reterr) : ERR_OK;
    if (e == ERR_OK)
        e = kept_store_list(call->db, call->who, given != NULL ? name : NULL, params_int(call, "before", 0), params_int(call, "limit", 0), &rows, &count,
                            reterr);
    if (e != ERR_OK)
        return e;
    *ret_result = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(*ret_result, pack_row(&rows[i]));
    kept_rows_free(rows, count);
    return ERR_OK;
}

err_t m_kept_text_show(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CLEANUP(kept_row_done) kept_row_t row = {0};
    err_t e = kept_store_get(call->db, call->who, params_int(call, "kept_text_id", 0), &row, reterr);
    if (e != ERR_OK)
        return e;
    json_auto_t *contents = json_loads(row.contents, 0, NULL);
    *ret_result = pack_row(&row);
    json_object_update(*ret_result, contents);
    return ERR_OK;
}
