#include "controller/api/m_history.h"
#include "controller/api/m_zone_show.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/api/rpc_error.h"
#include "controller/api/zone_json.h"
#include "controller/usecase/record_find.h"
#include "controller/usecase/zone_difference.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- differences */

static json_t *pack_side(const compare_side_t *side, int64_t zi_id)
{
    json_t *json = zone_json_rr(side->rr, zi_id);
    pack_text(json, "group", side->group);
    return json;
}

static json_t *changed_names(unsigned changed)
{
    static const struct { unsigned bit; const char *name; } NAMES[] = {
        {COMPARE_TTL, "ttl"}, {COMPARE_COMMENT, "comment"}, {COMPARE_FLAGS, "flags"}, {COMPARE_REFERENCE, "reference"}, {COMPARE_GROUP, "group"}};
    json_t *array = json_array();
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++) {
        if ((changed & NAMES[i].bit) != 0)
            json_array_append_new(array, json_string(NAMES[i].name));
    }
    return array;
}

static json_t *pack_values(const compare_value_t *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_object();
        pack_text(value, "name", values[i].name);
        pack_text(value, "before", values[i].before);
        pack_text(value, "after", values[i].after);
        json_array_append_new(array, value);
    }
    return array;
}

static json_t *pack_records(const zone_difference_t *d, json_t *removed, json_t *added, json_t *changed)
{
    for (size_t i = 0; i < d->item_count; i++) {
        const compare_item_t *item = &d->items[i];
        if (item->changed != 0) {
            json_t *json = json_object();
            json_object_set_new(json, "what", changed_names(item->changed));
            json_object_set_new(json, "before", pack_side(&item->before, d->zis[0].id));
            json_object_set_new(json, "after", pack_side(&item->after, d->zis[1].id));
            json_array_append_new(changed, json);
        } else if (item->before.rr != NULL) {
            json_array_append_new(removed, pack_side(&item->before, d->zis[0].id));
        } else {
            json_array_append_new(added, pack_side(&item->after, d->zis[1].id));
        }
    }
    return json_pack("{s:o s:o s:o}", "removed", removed, "added", added, "changed", changed);
}

static err_t difference(method_call_t *call, const char *other_name, json_t **ret_result, err_info_t *reterr)
{
    const char *name = params_text(call, "name");
    int64_t zi_ids[2] = {0};
    err_t err = m_zone_show_zi_ref(call, "zi_id", name, 0, &zi_ids[0], reterr);
    if (err == ERR_OK)
        err = m_zone_show_zi_ref(call, "other_zi_id", other_name != NULL ? other_name : name, 0, &zi_ids[1], reterr);
    AUTO_CLEANUP(zone_difference_done) zone_difference_t d = {0};
    if (err == ERR_OK)
        err = zone_difference(call->db, call->who, name, zi_ids[0], other_name, zi_ids[1], &d, reterr);
    if (err != ERR_OK)
        return err;
    json_t *json = pack_records(&d, json_array(), json_array(), json_array());
    pack_text(json, "name", d.zones[0].name);
    pack_text(json, "other_name", d.zones[1].name);
    json_object_set_new(json, "zi", pack_zi_brief(&d.zis[0]));
    json_object_set_new(json, "other_zi", pack_zi_brief(&d.zis[1]));
    json_object_set_new(json, "values", pack_values(d.values, d.value_count));
    json_object_set_new(json, "groups", pack_values(d.groups, d.group_count));
    if (params_bool(call, "text", false)) {
        AUTO_FREE char *text = zone_difference_text(&d);
        json_object_set_new(json, "text", rpc_error_text(text));
    }
    *ret_result = json;
    return ERR_OK;
}

err_t m_history_diff_zi(method_call_t *call, json_t **ret_result, err_info_t *reterr) { return difference(call, NULL, ret_result, reterr); }

err_t m_history_diff_zones(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return difference(call, params_text(call, "other_name"), ret_result, reterr);
}

/* ---- types */

static err_t add_type(const char *text, uint16_t **types, size_t *count, size_t *cap, bool *any, err_info_t *reterr)
{
    uint16_t type;
    if (strcasecmp(text, "ANY") == 0) {
        *any = true;
        return ERR_OK;
    }
    if (!rr_type_from_text(text, &type)) {
        err_set(reterr, ERR_UNHANDLED_TYPE, "record type \"%.40s\" is not known", text);
        err_hint(reterr, "types without a name are written TYPE65280 (RFC 3597)");
        err_key(reterr, "type", text);
        return ERR_UNHANDLED_TYPE;
    }
    *types = auto_grow(*types, cap, *count + 1, sizeof(**types));
    (*types)[(*count)++] = type;
    return ERR_OK;
}

err_t m_history_types(const method_call_t *call, uint16_t **ret_types, size_t *ret_count, err_info_t *reterr)
{
    const json_t *given = json_object_get(call->params, "type");
    uint16_t *types = NULL;
    size_t count = 0, cap = 0, items = json_is_array(given) ? json_array_size(given) : given != NULL ? 1 : 0;
    bool any = false;
    err_t err = ERR_OK;
    for (size_t i = 0; i < items; i++) {
        AUTO_FREE char *text = auto_strdup(json_string_value(json_is_array(given) ? json_array_get(given, i) : given));
        char *state = NULL;
        for (char *word = strtok_r(text, " ,\t", &state); err == ERR_OK && word != NULL; word = strtok_r(NULL, " ,\t", &state))
            err = add_type(word, &types, &count, &cap, &any, reterr);
    }
    if (err != ERR_OK || any) {
        free(types);
        types = NULL;
        count = 0;
    }
    *ret_types = types;
    *ret_count = count;
    return err;
}

/* ---- history of a name */

static json_t *pack_version(int64_t zi_id, uint32_t serial, wall_t at, const char *by)
{
    if (zi_id == 0)
        return json_null();
    json_t *json = json_object();
    pack_id(json, "zi_id", zi_id);
    pack_id(json, "soa_serial", serial);
    pack_time(json, "ctime", at);
    pack_text(json, "change_by", by);
    return json;
}

err_t m_history_name(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CLEANUP(zone_row_done) zone_row_t zone = {0};
    AUTO_FREE uint16_t *types = NULL;
    size_t type_count = 0, count = 0;
    record_row_t *rows = NULL;
    int64_t limit = params_int(call, "limit", 100);
    err_t err = m_history_types(call, &types, &type_count, reterr);
    if (err == ERR_OK && type_count > 1)
        return params_wrong(reterr, "type", "one type", "several");
    if (err == ERR_OK)
        err = record_find_history(call->db, call->who, params_text(call, "name"), params_text(call, "label"), type_count > 0 ? types[0] : 0,
                                  params_int(call, "after", 0), limit, &zone, &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    json_t *records = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *json = zone_json_rr(&rows[i].rr, rows[i].zi_id);
        pack_text(json, "group", rows[i].group_comment);
        json_object_set_new(json, "since", pack_version(rows[i].zi_id, rows[i].serial, rows[i].since, rows[i].change_by));
        json_object_set_new(json, "until", pack_version(rows[i].until_zi_id, rows[i].until_serial, rows[i].until, rows[i].until_by));
        json_array_append_new(records, json);
    }
    *ret_result = json_object();
    pack_text(*ret_result, "name", zone.name);
    json_object_set_new(*ret_result, "records", records);
    pack_id(*ret_result, "next", (int64_t)count == limit ? rows[count - 1].rr.id : 0);
    record_store_rows_free(rows, count);
    return ERR_OK;
}

/* ---- rr_query_db */

static json_t *pack_rrs(const record_row_t *rows, size_t count)
{
    json_t *rrs = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *json = zone_json_rr(&rows[i].rr, rows[i].zi_id);
        if (rows[i].group_tag != NULL)
            pack_text(json, "tag", rows[i].group_tag);
        pack_id(json, "comment_group_id", rows[i].group_no);
        pack_id(json, "comment_rr_id", rows[i].rr.comment != NULL ? rows[i].rr.id : 0);
        json_array_append_new(rrs, json);
    }
    return rrs;
}

static err_t query_zi(method_call_t *call, const record_place_t *place, record_wish_t *wish, err_info_t *reterr)
{
    const json_t *given = json_object_get(call->params, "zi_id");
    const char *text = json_string_value(given);
    wish->all_zis = (json_is_integer(given) && json_integer_value(given) == 0) ||
                    (text != NULL && (strcmp(text, "0") == 0 || strcmp(text, "*") == 0));
    return wish->all_zis || !place->found ? ERR_OK : m_zone_show_zi_ref(call, "zi_id", place->zone.name, 0, &wish->zi_id, reterr);
}

err_t m_history_rr_query(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CLEANUP(record_place_done) record_place_t place = {0};
    AUTO_FREE uint16_t *types = NULL;
    record_wish_t wish = {.rdata = params_text(call, "rdata"), .show_all = params_bool(call, "show_all", false)};
    record_row_t *rows = NULL;
    size_t count = 0;
    int64_t zi_id = 0;
    err_t err = m_history_types(call, &types, &wish.type_count, reterr);
    wish.types = types;
    if (err == ERR_OK)
        err = record_find_place(call->db, call->who, params_text(call, "label"), params_text(call, "name"), &place, reterr);
    if (err == ERR_OK)
        err = query_zi(call, &place, &wish, reterr);
    if (err == ERR_OK)
        err = record_find(call->db, &place, &wish, &rows, &count, &zi_id, reterr);
    if (err != ERR_OK)
        return err;
    json_t *json = count > 0 ? json_object() : json_null();
    if (count > 0) {
        pack_text(json, "query", place.query);
        pack_text(json, "label", place.label);
        pack_text(json, "name", place.zone.name);
        pack_int(json, "zi_id", zi_id);
        pack_bool(json, "zone_disabled", place.zone.state == ZONE_DISABLED);
        json_object_set_new(json, "rrs", pack_rrs(rows, count));
    }
    record_store_rows_free(rows, count);
    *ret_result = json;
    return ERR_OK;
}
