#include "controller/api/m_search.h"
#include "controller/api/m_history.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/api/zone_json.h"
#include "controller/store/audit_store.h"
#include "controller/usecase/record_search.h"
#include "shared/dname.h"
#include <stdlib.h>
#include <string.h>

/* ---- search */

static json_t *pack_found(const search_row_t *row)
{
    json_t *json = zone_json_rr(&row->rr, row->zi_id);
    pack_text(json, "name", row->zone);
    pack_id(json, "zone_id", row->zone_id);
    pack_text(json, "zone_reference", row->zone_reference);
    pack_bool(json, "zone_disabled", row->zone_disabled);
    return json;
}

err_t m_search_records(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_FREE uint16_t *types = NULL;
    search_filter_t filter = {.name = params_text(call, "name"),
                              .rdata = params_text(call, "rdata"),
                              .address_from = params_text(call, "address"),
                              .reference = params_text(call, "reference"),
                              .sg_name = params_text(call, "sg_name"),
                              .include_disabled = params_bool(call, "include_disabled", false)};
    err_t err = m_history_types(call, &types, &filter.type_count, reterr);
    filter.types = types;
    if (err == ERR_OK)
        err = params_moment(call, "at", &filter.at, reterr);
    AUTO_CLEANUP(record_found_done) record_found_t found = {0};
    if (err == ERR_OK)
        err = record_search(call->db, call->who, &filter, params_text(call, "after"), params_int(call, "limit", 100), &found, reterr);
    if (err != ERR_OK)
        return err;
    json_t *records = json_array();
    for (size_t i = 0; i < found.count; i++)
        json_array_append_new(records, pack_found(&found.rows[i]));
    *ret_result = json_object();
    json_object_set_new(*ret_result, "records", records);
    pack_text(*ret_result, "next", found.next);
    return ERR_OK;
}

/* ---- list_changes */

static json_t *pack_change_row(const change_row_t *row)
{
    json_t *json = json_object();
    pack_id(json, "change_id", row->id);
    pack_time(json, "at", row->at);
    pack_text(json, "login", row->login);
    pack_text(json, "role", row->role);
    pack_text(json, "front_end", row->front_end);
    pack_text(json, "address", row->address);
    pack_text(json, "request_id", row->request_id);
    pack_text(json, "method", row->method);
    pack_text(json, "object", row->object);
    pack_text(json, "object_name", row->object_name);
    pack_id(json, "zone_id", row->zone_id);
    pack_bool(json, "ok", row->ok);
    pack_id(json, "error_code", row->error_code);
    pack_text(json, "message", row->message);
    return json;
}

err_t m_search_changes(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    char name[DNAME_TEXT], cidr[64];
    const char *given = params_text(call, "name");
    bool is_name = given != NULL && dname_from_network(given, name, cidr, NULL) == ERR_OK;
    const char *object = params_text(call, "object_name");
    audit_filter_t filter = {.login = params_text(call, "login"),
                             .role = params_text(call, "role"),
                             .front_end = params_text(call, "front_end"),
                             .method = params_text(call, "method"),
                             .object_name = is_name ? name : given != NULL ? given : object,
                             .ok = params_flag(call, "ok"),
                             .after = params_int(call, "after", 0),
                             .limit = params_int(call, "limit", 100)};
    err_t err = params_moment(call, "since", &filter.since, reterr);
    if (err == ERR_OK)
        err = params_moment(call, "until", &filter.until, reterr);
    change_row_t *rows = NULL;
    size_t count = 0;
    int64_t next = 0;
    if (err == ERR_OK)
        err = audit_store_list(call->db, call->who, &filter, &rows, &count, &next, reterr);
    if (err != ERR_OK)
        return err;
    json_t *changes = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(changes, pack_change_row(&rows[i]));
    audit_store_rows_free(rows, count);
    *ret_result = json_object();
    json_object_set_new(*ret_result, "changes", changes);
    pack_id(*ret_result, "next", next);
    return ERR_OK;
}
