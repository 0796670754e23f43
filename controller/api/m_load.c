#include "controller/api/m_load.h"
#include "controller/api/m_zone.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/api/rpc_error.h"
#include "controller/usecase/zone_load.h"
#include <stdlib.h>
#include <string.h>

static err_t wrong(size_t i, const char *key, const char *expected, err_info_t *reterr)
{
    AUTO_FREE char *name = auto_printf("zones[%zu].%s", i, key);
    return params_wrong(reterr, name, expected, "something else");
}

/* The structure of an item; what is wrong with its contents is the item's own. */
static err_t check_item(const json_t *zone, size_t i, err_info_t *reterr)
{
    static const char *const texts[] = {"name", "zi_text", "reference", "sg_name"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)zone, key, value) {
        bool known = strcmp(key, "zi_data") == 0;
        if (known && !json_is_object(value))
            return wrong(i, key, "object", reterr);
        for (size_t k = 0; !known && k < ARRAY_SIZE(texts); k++) {
            known = strcmp(key, texts[k]) == 0;
            if (known && !json_is_string(value) && !json_is_null(value))
                return wrong(i, key, "string", reterr);
        }
        if (!known)
            return wrong(i, key, "one of name, zi_text, zi_data, reference, sg_name", reterr);
    }
    if (!json_is_string(json_object_get(zone, "name")))
        return wrong(i, "name", "string", reterr);
    if (json_is_string(json_object_get(zone, "zi_text")) == json_is_object(json_object_get(zone, "zi_data")))
        return wrong(i, "zi_text", "either zi_text or zi_data", reterr);
    return ERR_OK;
}

static json_t *outcome(const method_call_t *call, const zone_load_item_t *item)
{
    json_t *json = json_object();
    pack_text(json, "name", item->canonical[0] != '\0' ? item->canonical : item->name);
    if (item->code != ERR_OK) {
        json_object_set_new(json, "error", rpc_error_pack(item->code, &item->why, call->who->role));
        return json;
    }
    pack_id(json, "zone_id", item->zone_id);
    pack_id(json, "zi_id", item->zi_id);
    pack_id(json, "change_id", item->change_id);
    if (item->warnings != NULL)
        json_object_set_new(json, "warnings", rpc_error_problems(item->warnings));
    return json;
}

static json_t *report(const method_call_t *call, const zone_load_item_t *items, size_t count)
{
    json_t *zones = json_array();
    size_t loaded = 0;
    for (size_t i = 0; i < count; i++) {
        loaded += items[i].code == ERR_OK;
        json_array_append_new(zones, outcome(call, &items[i]));
    }
    return json_pack("{s:I, s:I, s:o}", "loaded", (json_int_t)loaded, "refused", (json_int_t)(count - loaded), "zones", zones);
}

err_t m_load_zones(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    const json_t *zones = json_object_get(call->params, "zones");
    const char *login = params_text(call, "login_id");
    size_t count = json_array_size(zones);
    err_t err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        err = check_item(json_array_get(zones, i), i, reterr);
    if (err != ERR_OK)
        return err;
    zone_load_item_t *items = auto_calloc(count + 1, sizeof(*items));
    problem_list_t **problems = auto_calloc(count + 1, sizeof(problem_list_t *));
    for (size_t i = 0; i < count; i++) {
        const json_t *zone = json_array_get(zones, i);
        items[i].name = json_string_value(json_object_get(zone, "name"));
        items[i].reference = json_string_value(json_object_get(zone, "reference"));
        items[i].sg_name = json_string_value(json_object_get(zone, "sg_name"));
        problems[i] = problem_list_new();
        items[i].code = m_zone_contents(call, items[i].name, zone, &problems[i], &items[i].data, &items[i].why);
        items[i].found = problems[i];
    }
    zone_options_t options = m_zone_options(call);
    const edit_limits_t limits = {.max_records = call->limits->max_records, .strict = params_bool(call, "strict", false)};
    err = zone_load_many(call->db, call->who, login != NULL ? login : call->who->login, items, count, &options, &limits, call->now, reterr);
    for (size_t i = 0; i < count; i++) {
        m_zone_mark(json_array_get(zones, i), items[i].why.problems);
        m_zone_mark(json_array_get(zones, i), items[i].warnings);
    }
    if (err == ERR_OK)
        *ret_result = report(call, items, count);
    for (size_t i = 0; i < count; i++)
        problem_list_destroy(&problems[i]);
    free(problems);
    zone_load_items_free(items, count);
    return err;
}
