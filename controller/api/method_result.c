#include "controller/api/method_result.h"
#include <string.h>

static const struct {
    const char *method, *json, *as;
} RESULTS[] = {
#define RESULT(method, ...) {#method, #__VA_ARGS__, NULL},
#define RESULT_AS(method, other) {#method, NULL, #other},
#include "controller/api/results.def"
#undef RESULT
#undef RESULT_AS
};
static const char RECEIPT[] = "{\"result\": true, \"change_id\": 42, \"publishes\": true, \"warnings\": [], \"zone_id\": 17, \"zi_id\": 1008}";

static const char *row_of(const char *method)
{
    for (size_t i = 0; i < ARRAY_SIZE(RESULTS); i++) {
        if (strcmp(RESULTS[i].method, method) == 0)
            return RESULTS[i].as != NULL ? row_of(RESULTS[i].as) : RESULTS[i].json;
    }
    return NULL;
}

static json_t *load(const char *json) { return json != NULL ? json_loads(json, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL) : NULL; }

json_t *method_result_example(const method_t *method)
{
    json_auto_t *params = json_loads(method->example, 0, NULL);
    bool receipt = method->kind == METHOD_GIVES_RECEIPT || json_is_true(json_object_get(params, "receipt"));
    switch (method->kind) {
    case METHOD_GIVES_TRUE:
    case METHOD_GIVES_NULL:
    case METHOD_GIVES_RECEIPT:
        if (receipt)
            return load(RECEIPT);
        return method->kind == METHOD_GIVES_NULL ? json_null() : json_true();
    case METHOD_READS:
    case METHOD_GIVES_OTHER: break;
    }
    return load(row_of(method->name));
}

static json_t *schema_of(json_t *example);

/* One schema for all items; one for each where they are of different types ([zone, token] of edit_zone). */
static json_t *items_of(const json_t *array)
{
    size_t i;
    json_t *item;
    bool alike = true;
    json_array_foreach(array, i, item) alike = alike && json_typeof(item) == json_typeof(json_array_get(array, 0));
    if (alike)
        return schema_of(json_array_get(array, 0));
    json_t *items = json_array();
    json_array_foreach(array, i, item) json_array_append_new(items, schema_of(item));
    return items;
}

/* Members that the example does not have are not forbidden, and each value may be null. */
static json_t *schema_of(json_t *example)
{
    static const char *const TYPES[] = {
        [JSON_OBJECT] = "object", [JSON_ARRAY] = "array",  [JSON_STRING] = "string", [JSON_INTEGER] = "integer",
        [JSON_REAL] = "number",   [JSON_TRUE] = "boolean", [JSON_FALSE] = "boolean"};
    if (json_is_null(example))
        return json_object();
    json_t *schema = json_pack("{s:[s,s]}", "type", TYPES[json_typeof(example)], "null");
    if (json_array_size(example) > 0)
        json_object_set_new(schema, "items", items_of(example));
    if (!json_is_object(example))
        return schema;
    const char *key;
    json_t *value, *properties = json_object();
    json_object_foreach(example, key, value) json_object_set_new(properties, key, schema_of(value));
    json_object_set_new(schema, "properties", properties);
    return schema;
}

json_t *method_result_schema(const method_t *method)
{
    json_auto_t *receipt = load(RECEIPT), *given = method_result_example(method);
    json_t *plain = NULL;
    switch (method->kind) {
    case METHOD_GIVES_RECEIPT: return schema_of(receipt);
    case METHOD_READS: return given != NULL ? schema_of(given) : json_object();
    case METHOD_GIVES_OTHER: plain = given != NULL ? schema_of(given) : json_object(); break;
    case METHOD_GIVES_TRUE: plain = json_pack("{s:s}", "type", "boolean"); break;
    case METHOD_GIVES_NULL: plain = json_pack("{s:s}", "type", "null"); break;
    }
    return json_pack("{s:[o,o]}", "anyOf", plain, schema_of(receipt)); /* what the caller asked for */
}
