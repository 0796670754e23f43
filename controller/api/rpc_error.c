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

/* Who checks a zone does not know where its limit comes from. */
static const char *limit_hint(err_t code)
{
    return code == ERR_ZONE_TOO_BIG ? "the limit is [http] max_records of the controller" : NULL;
}

json_t *rpc_error_problems(const problem_list_t *problems)
{
    json_t *array = json_array();
    for (size_t i = 0; problems != NULL && i < problems->count; i++) {
        const problem_t *p = &problems->items[i];
        json_t *item = json_object();
        json_object_set_new(item, "code", json_integer(err_row(p->code)->rpc_code));
        set_text(item, "error", err_name(p->code));
        set_text(item, "severity", p->warning ? "warning" : "error");
        set_text(item, "message", p->message);
        set_text(item, "hint", p->hint != NULL ? p->hint : limit_hint(p->code));
        set_known(item, "rr_groups_index", p->group, p->group >= 0);
        set_known(item, "rrs_index", p->record, p->record >= 0);
        set_known(item, "lineno", p->line, p->line > 0);
        set_known(item, "col", p->col, p->col > 0);
        set_text(item, "marked_input_line", p->marked_line);
        set_text(item, "rr_data", p->rr_data);
        json_array_append_new(array, item);
    }
    return array;
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
            json_object_set_new(data, key->key,
                                key->text != NULL ? rpc_error_text(key->text) : json_integer(key->number));
        }
        set_text(data, "hint", info->hint != NULL ? info->hint : limit_hint(code));
        const problem_list_t *problems = info->problems;
        if (problems != NULL) {
            json_object_set_new(data, "problems", rpc_error_problems(problems));
            json_object_set_new(data, "error_count", json_integer((json_int_t)problems->errors));
            json_object_set_new(data, "warning_count", json_integer((json_int_t)problems->warnings));
        }
    }
    bool protocol = row->rpc_code <= -32600;
    AUTO_FREE char *exception = auto_printf("%s: %s", row->class_name, message);
    AUTO_FREE char *type = auto_printf("BaseJsonRpcError.%s%s", protocol ? "" : "DMSError.", row->class_name);
    set_text(data, "exception_message", exception);
    set_text(data, "exception_type", type);
    set_text(data, "error", row->name);
    json_t *error = json_object();
    json_object_set_new(error, "code", json_integer(row->rpc_code));
    json_object_set_new(error, "message", rpc_error_text(message));
    json_object_set_new(error, "data", data);
    return error;
}
