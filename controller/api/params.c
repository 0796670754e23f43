#include "controller/api/params.h"
#include "controller/domain/zi_ref.h"
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX = 1024, /* bytes of a text, or of one in an array, where the table says nothing else */
    SHOWN_MAX = 100, /* bytes of a name that is not known, when it is told */
};

static const method_param_t COMMON[] = {
    {"receipt", METHOD_BOOL, false, "false", ~0u, 0, 0, "answer with the receipt object"},
    {"idempotency_key", METHOD_TEXT, false, NULL, ~0u, 0, 128,
     "the same request sent again with the same key gives the first one's result and does nothing"},
};

const method_param_t *params_common(size_t i) { return i < ARRAY_SIZE(COMMON) ? &COMMON[i] : NULL; }

const char *params_type_name(method_type_t type)
{
    static const char *const NAMES[] = {
        [METHOD_TEXT] = "string",
        [METHOD_INT] = "integer",
        [METHOD_BOOL] = "boolean",
        [METHOD_NAMES] = "array of strings",
        [METHOD_LABELS] = "array of labels",
        [METHOD_ZI_ID] = "integer or string",
        [METHOD_ZI_DATA] = "object",
        [METHOD_ZONE] = "string",
        [METHOD_WORDS] = "string or array of strings",
        [METHOD_OBJECTS] = "array of objects",
    };
    return NAMES[type];
}

static const char *json_type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "object";
    case JSON_ARRAY: return "array";
    case JSON_STRING: return "string";
    case JSON_INTEGER: return "integer";
    case JSON_REAL: return "number with a fraction";
    case JSON_TRUE:
    case JSON_FALSE: return "boolean";
    default: return "null";
    }
}

err_t params_wrong(err_info_t *reterr, const char *name, const char *expected, const char *given)
{
    err_set(reterr, ERR_INVALID_PARAMS, "parameter \"%s\": expected %s, given %s", name, expected, given);
    err_key(reterr, "parameter", name);
    err_key(reterr, "expected", expected);
    err_key(reterr, "given", given);
    return ERR_INVALID_PARAMS;
}

static err_t check_items(const method_param_t *p, const json_t *value, err_info_t *reterr)
{
    size_t most = p->max > 0 ? (size_t)p->max : 1000;
    if (json_array_size(value) > most) {
        AUTO_FREE char *expected = auto_printf("at most %zu elements", most);
        AUTO_FREE char *given = auto_printf("%zu", json_array_size(value));
        return params_wrong(reterr, p->name, expected, given);
    }
    size_t i;
    const json_t *item;
    json_array_foreach(value, i, item)
    {
        if (p->type == METHOD_OBJECTS && json_is_object(item))
            continue;
        const json_t *label = p->type == METHOD_LABELS && json_object_size(item) == 1 ? json_object_get(item, "sectag_label") : item;
        if (p->type == METHOD_OBJECTS || !json_is_string(label)) {
            AUTO_FREE char *given = auto_printf("array with %s at index %zu", json_type_name(item), i);
            return params_wrong(reterr, p->name, params_type_name(p->type), given);
        }
        if (json_string_length(label) > TEXT_MAX) {
            AUTO_FREE char *expected = auto_printf("elements of at most %d bytes", TEXT_MAX);
            AUTO_FREE char *given = auto_printf("%zu at index %zu", json_string_length(label), i);
            return params_wrong(reterr, p->name, expected, given);
        }
    }
    return ERR_OK;
}

static err_t check_value(const method_param_t *p, const json_t *value, err_info_t *reterr)
{
    bool ok = false;
    switch (p->type) {
    case METHOD_TEXT:
    case METHOD_ZONE: ok = json_is_string(value); break;
    case METHOD_INT: ok = json_is_integer(value); break;
    case METHOD_BOOL: ok = json_is_boolean(value); break;
    case METHOD_NAMES:
    case METHOD_LABELS:
    case METHOD_OBJECTS: ok = json_is_array(value); break;
    case METHOD_ZI_ID: ok = json_is_integer(value) || json_is_string(value); break;
    case METHOD_WORDS: ok = json_is_array(value) || json_is_string(value); break;
    case METHOD_ZI_DATA: ok = json_is_object(value); break;
    }
    if (!ok)
        return params_wrong(reterr, p->name, params_type_name(p->type), json_type_name(value));
    if (json_is_array(value))
        return check_items(p, value, reterr);
    if (json_is_string(value)) {
        size_t most = p->max > 0 ? (size_t)p->max : TEXT_MAX;
        if (p->max >= 0 && json_string_length(value) > most) {
            AUTO_FREE char *expected = auto_printf("at most %zu bytes", most);
            AUTO_FREE char *given = auto_printf("%zu", json_string_length(value));
            return params_wrong(reterr, p->name, expected, given);
        }
    }
    int64_t number = json_integer_value(value);
    if (p->type == METHOD_INT && (p->min != 0 || p->max != 0) && (number < p->min || number > p->max)) {
        AUTO_FREE char *expected =
            auto_printf("%" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT, (json_int_t)p->min, (json_int_t)p->max);
        AUTO_FREE char *given = auto_printf("%" JSON_INTEGER_FORMAT, (json_int_t)number);
        return params_wrong(reterr, p->name, expected, given);
    }
    return ERR_OK;
}

/* The i-th parameter that the role has; changing methods have the common ones behind them.  NULL: no more. */
static const method_param_t *param_at(const method_t *method, caller_role_t role, size_t i)
{
    for (size_t k = 0; k < METHOD_PARAMS_MAX && method->params[k].name != NULL; k++) {
        if ((method->params[k].roles & METHOD_ROLE(role)) != 0 && i-- == 0)
            return &method->params[k];
    }
    return method_changes(method) ? params_common(i) : NULL;
}

/* Methods of the predecessor that take any number of names by position: the one parameter is the list of them. */
static bool is_variadic(const method_t *method, const json_t *array)
{
    return method->params[0].name != NULL && method->params[0].type == METHOD_NAMES &&
           (method->params[1].name == NULL || strcmp(method->params[1].name, "after") == 0) &&
           json_is_string(json_array_get(array, 0));
}

static err_t from_array(const method_t *method, caller_role_t role, json_t *array, json_t *out,
                        err_info_t *reterr)
{
    size_t i;
    json_t *value;
    if (is_variadic(method, array)) {
        json_object_set(out, method->params[0].name, array);
        return ERR_OK;
    }
    json_array_foreach(array, i, value)
    {
        const method_param_t *p = param_at(method, role, i);
        if (p == NULL) {
            err_set(reterr, ERR_INVALID_PARAMS, "method \"%s\" takes %zu parameters, given %zu", method->name, i,
                    json_array_size(array));
            err_key_int(reterr, "expected", (int64_t)i);
            err_key_int(reterr, "given", (int64_t)json_array_size(array));
            return ERR_INVALID_PARAMS;
        }
        json_object_set(out, p->name, value);
    }
    return ERR_OK;
}

static err_t check_unknown(const method_t *method, caller_role_t role, json_t *given, err_info_t *reterr)
{
    const char *key;
    json_t *value;
    json_object_foreach(given, key, value)
    {
        bool known = false;
        const method_param_t *p;
        for (size_t i = 0; !known && (p = param_at(method, role, i)) != NULL; i++)
            known = strcmp(p->name, key) == 0;
        if (!known) {
            AUTO_FREE char *shown = auto_strndup(key, strnlen(key, SHOWN_MAX));
            err_set(reterr, ERR_INVALID_PARAMS, "method \"%s\" has no parameter \"%s\"", method->name, shown);
            err_key(reterr, "parameter", shown);
            return ERR_INVALID_PARAMS;
        }
    }
    return ERR_OK;
}

/* Numbers may come as text: front ends of the predecessor keep a zone's id or a lock's token in a form field.  A new reference. */
static json_t *number_of(const method_param_t *p, json_t *value)
{
    enum { DIGITS = 18 }; /* that always fit */
    const char *text = p->type == METHOD_INT ? json_string_value(value) : NULL;
    size_t len = text != NULL ? strlen(text) : 0;
    bool is_number = len > 0 && len <= DIGITS && strspn(text, "0123456789") == len;
    return is_number ? json_integer(strtoll(text, NULL, 10)) : json_incref(value);
}

static err_t fill(const method_t *method, caller_role_t role, json_t *given, json_t *out, err_info_t *reterr)
{
    const method_param_t *p;
    for (size_t i = 0; (p = param_at(method, role, i)) != NULL; i++) {
        json_auto_t *value = number_of(p, json_object_get(given, p->name));
        if (value != NULL && !json_is_null(value)) {
            err_t err = check_value(p, value, reterr);
            if (err != ERR_OK)
                return err;
            json_object_set(out, p->name, value);
        } else if (p->required || (value != NULL && p->type == METHOD_BOOL && p->max == 1)) {
            return params_wrong(reterr, p->name, params_type_name(p->type), value == NULL ? "nothing" : "null");
        } else if (p->def != NULL) {
            json_object_set_new(out, p->name, json_loads(p->def, JSON_DECODE_ANY, NULL));
        }
    }
    return ERR_OK;
}

err_t params_check(const method_t *method, caller_role_t role, json_t *given, json_t **ret_params, bool *ret_receipt,
                   err_info_t *reterr)
{
    json_auto_t *named = json_object();
    err_t err = ERR_OK;
    if (json_is_array(given))
        err = from_array(method, role, given, named, reterr);
    else if (given != NULL)
        json_object_update(named, given);
    if (err == ERR_OK)
        err = check_unknown(method, role, named, reterr);
    json_auto_t *out = json_object();
    if (err == ERR_OK)
        err = fill(method, role, named, out, reterr);
    if (err != ERR_OK)
        return err;
    *ret_receipt = json_is_true(json_object_get(out, "receipt"));
    *ret_params = json_incref(out);
    return ERR_OK;
}

const char *params_text(const method_call_t *call, const char *name)
{
    return json_string_value(json_object_get(call->params, name));
}

int64_t params_int(const method_call_t *call, const char *name, int64_t def)
{
    const json_t *value = json_object_get(call->params, name);
    return json_is_integer(value) ? (int64_t)json_integer_value(value) : def;
}

bool params_bool(const method_call_t *call, const char *name, bool def)
{
    const json_t *value = json_object_get(call->params, name);
    return value != NULL ? json_is_true(value) : def;
}

int params_flag(const method_call_t *call, const char *name)
{
    const json_t *value = json_object_get(call->params, name);
    return value == NULL ? -1 : json_is_true(value);
}

const char **params_names(const method_call_t *call, const char *name, size_t *ret_count)
{
    const json_t *array = json_object_get(call->params, name);
    *ret_count = json_array_size(array);
    if (*ret_count == 0)
        return NULL;
    const char **names = auto_calloc(*ret_count, sizeof *names);
    for (size_t i = 0; i < *ret_count; i++) {
        const json_t *item = json_array_get(array, i);
        names[i] = json_string_value(json_is_object(item) ? json_object_get(item, "sectag_label") : item);
    }
    return names;
}

bool params_given(const method_call_t *call, const char *name) { return json_object_get(call->params, name) != NULL; }

err_t params_moment(const method_call_t *call, const char *name, wall_t *ret_moment, err_info_t *reterr)
{
    const char *text = params_text(call, name);
    *ret_moment = (wall_t){0};
    err_t err = text != NULL ? zi_ref_moment(text, call->now, ret_moment, reterr) : ERR_OK;
    if (err != ERR_OK)
        err_key(reterr, "parameter", name);
    return err;
}
