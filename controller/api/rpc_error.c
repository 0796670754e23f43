#include "controller/api/rpc_error.h"
#include <string.h>

json_t *rpc_error_text(const char *text)
{
    if (text == NULL)
        return json_null();
    json_t *json = json_string(text);
    if (json != NULL)
        return json;
    size_t len = strlen(text);
    AUTO_FREE char *safe = auto_malloc(len * 4 + 1);
    char *out = safe;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c < 0x7f)
            *out++ = (char)c;
        else
            out += snprintf(out, 5, "\\%03u", (unsigned)c);
    }
    *out = '\0';
    return json_string(safe);
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, key, rpc_error_text(text));
}

static void set_known(json_t *object, const char *key, int64_t number, bool known)
{
    if (known)
        json_object_set_new(object, key, json_integer(number));
}

static json_t *key_json(const err_key_t *key)
{
    return key->text != NULL ? rpc_error_text(key->text) : json_integer(key->number);
}

json_t *rpc_error_problems(const problem_list_t *problems)
{
    json_t *array = json_array();
    for (size_t i = 0; problems != NULL && i < problems->count; i++) {
        const problem_t *p = &problems->items[i];
        json_t *item = json_object();
        json_object_set_new(item, "code", json_integer(err_row(p->code)->rpc_code));
        set_text(item, "error", err_name(p->code));
        if (p->rule != RULE_NONE) {
            set_text(item, "rule", rule_row(p->rule)->name);
            set_text(item, "rfc", rule_row(p->rule)->rfc[0] != '\0' ? rule_row(p->rule)->rfc : NULL);
        }
        set_text(item, "severity", p->warning ? "warning" : "error");
        set_text(item, "message", p->message);
        set_text(item, "hint", problem_hint(p));
        set_known(item, "rr_groups_index", p->group, p->group >= 0);
        set_known(item, "rrs_index", p->record, p->record >= 0);
        set_known(item, "lineno", p->line, p->line > 0);
        set_known(item, "col", p->col, p->col > 0);
        set_text(item, "marked_input_line", p->marked_line);
        set_text(item, "rr_data", p->rr_data);
        for (size_t k = 0; k < ARRAY_SIZE(p->keys) && p->keys[k].key != NULL; k++) {
            if (json_object_get(item, p->keys[k].key) == NULL)
                json_object_set_new(item, p->keys[k].key, key_json(&p->keys[k]));
        }
        json_array_append_new(array, item);
    }
    return array;
}

/* What a state machine refused: front ends of the predecessor look into its event's message and results for the reason. */
static void add_results(json_t *data, const err_row_t *row, const char *path, const char *message)
{
    if (strstr(path, "SmFailure") == NULL && strcmp(row->class_name, "ZoneBeingCreated") != 0)
        return;
    if (json_object_get(data, "event_message") == NULL)
        set_text(data, "event_message", message);
    json_object_set_new(data, "event_results", json_pack("{s:o s:s}", "message", rpc_error_text(message), "sm_exception_type", row->class_name));
}

json_t *rpc_error_pack(err_t code, const err_info_t *info, caller_role_t role)
{
    const err_row_t *row = err_row(code);
    bool hide = row->class == ERR_CLASS_BUG && role != ROLE_ADMIN;
    const char *message = info == NULL || hide || info->message == NULL ? row->text : info->message;
    json_t *data = json_object();
    if (info != NULL && !hide) {
        for (size_t i = 0; i < info->key_count; i++) {
            const err_key_t *key = &info->keys[i];
            json_object_set_new(data, key->key, key_json(key));
        }
        set_text(data, "hint", info->hint != NULL || rule_of_code(code) == RULE_NONE ? info->hint : rule_row(rule_of_code(code))->hint);
        const problem_list_t *problems = info->problems;
        if (problems != NULL) {
            json_object_set_new(data, "problems", rpc_error_problems(problems));
            json_object_set_new(data, "error_count", json_integer((json_int_t)problems->errors));
            json_object_set_new(data, "warning_count", json_integer((json_int_t)problems->warnings));
        }
    }
    bool protocol = row->rpc_code <= -32600;
    AUTO_FREE char *exception = auto_printf("%s: %s", row->class_name, message);
    AUTO_FREE char *path = err_class_path(code);
    AUTO_FREE char *type = auto_printf("BaseJsonRpcError.%s%s", protocol ? "" : "DMSError.", path);
    add_results(data, row, path, message);
    set_text(data, "exception_message", exception);
    set_text(data, "exception_type", type);
    set_text(data, "error_name", row->name);
    if (json_object_get(data, "error") == NULL)
        set_text(data, "error", row->name);
    json_t *error = json_object();
    json_object_set_new(error, "code", json_integer(row->rpc_code));
    json_object_set_new(error, "message", rpc_error_text(message));
    json_object_set_new(error, "data", data);
    return error;
}

void rpc_error_input(json_t *error, const json_t *params)
{
    json_t *data = json_object_get(error, "data");
    const json_t *group = json_object_get(data, "rr_groups_index"), *record = json_object_get(data, "rrs_index");
    const json_t *submission = json_object_get(params, "zi_data") != NULL ? json_object_get(params, "zi_data") : json_object_get(params, "update_data");
    if (!json_is_integer(group) || !json_is_integer(record) || submission == NULL)
        return;
    const json_t *groups = json_object_get(submission, "rr_groups");
    const json_t *rrs = json_object_get(json_array_get(groups, (size_t)json_integer_value(group)), "rrs");
    json_t *given = json_array_get(rrs, (size_t)json_integer_value(record));
    if (given != NULL)
        json_object_set(data, "rr_data", given);
}
