/* Access: API tokens, client certificates, limits of front ends and accounts. */
#include "zone_tool/command.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"
#include <string.h>

/* ---- settings: key=value words */

typedef enum { SETTING_TEXT, SETTING_LIST, SETTING_FLAG } setting_type_t;
typedef struct {
    const char *key, *param;
    setting_type_t type;
} setting_t;

static const setting_t s_token[] = {{"zones", "zones", SETTING_LIST},       {"names", "names", SETTING_LIST},
                                    {"types", "types", SETTING_LIST},       {"methods", "methods", SETTING_LIST},
                                    {"networks", "networks", SETTING_LIST}, {"lifetime", "lifetime", SETTING_TEXT},
                                    {"comment", "comment", SETTING_TEXT},   {"read_only", "read_only", SETTING_FLAG}};
static const setting_t s_front_end[] = {{"role", "role", SETTING_TEXT},
                                        {"sectag", "sectag_label", SETTING_TEXT},
                                        {"methods", "methods", SETTING_LIST},
                                        {"networks", "networks", SETTING_LIST},
                                        {"enabled", "enabled", SETTING_FLAG}};
static const setting_t s_account[] = {{"enabled", "enabled", SETTING_FLAG}, {"networks", "networks", SETTING_LIST}};

static json_t *list_of(const char *text)
{
    json_t *list = json_array();
    for (const char *p = text; *p != '\0';) {
        size_t len = strcspn(p, ",");
        if (len > 0)
            json_array_append_new(list, json_stringn(p, len));
        p += len + (p[len] == ',');
    }
    return list;
}

/* NULL: the value is not one of this type. */
static json_t *value_of(setting_type_t type, const char *text)
{
    if (type == SETTING_LIST)
        return list_of(text);
    if (type == SETTING_TEXT)
        return json_string(text);
    bool yes = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
    return yes || strcmp(text, "no") == 0 || strcmp(text, "false") == 0 ? json_boolean(yes) : NULL;
}

static void say_settings(const setting_t *table, size_t count)
{
    fputs("      settings are", stderr);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, " %s=%s", table[i].key, table[i].type == SETTING_LIST ? "A,B" : table[i].type == SETTING_FLAG ? "yes|no" : "TEXT");
    fputc('\n', stderr);
}

static int settings(const args_t *args, size_t from, const setting_t *table, size_t count, json_t *params)
{
    for (size_t i = from; i < args->count; i++) {
        const char *word = args->words[i], *equals = strchr(word, '=');
        size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word), k = 0;
        while (k < count && (strlen(table[k].key) != len || strncmp(table[k].key, word, len) != 0))
            k++;
        json_t *value = k < count && equals != NULL ? value_of(table[k].type, equals + 1) : NULL;
        if (value == NULL) {
            output_message("setting \"%.80s\" is not understood", word);
            say_settings(table, count);
            return EXIT_USAGE;
        }
        json_object_set_new(params, table[k].param, value);
    }
    return EXIT_OK;
}

static int change(tool_t *tool, const args_t *args, const char *method, size_t from, const setting_t *table, size_t count, json_t *params)
{
    int code = settings(args, from, table, count, params);
    if (code == EXIT_OK)
        return wait_call(tool, args, method, params);
    json_decref(params);
    return code;
}

int cmd_token_set_front_end(tool_t *tool, const args_t *args)
{
    return change(tool, args, "set_front_end", 1, s_front_end, ARRAY_SIZE(s_front_end), json_pack("{s:s}", "uri", args->words[0]));
}

int cmd_token_limit_account(tool_t *tool, const args_t *args)
{
    return change(tool, args, "limit_account", 2, s_account, ARRAY_SIZE(s_account),
                  json_pack("{s:s s:s}", "uri", args->words[0], "login", args->words[1]));
}

/* ---- tokens */

int cmd_token_create(tool_t *tool, const args_t *args)
{
    json_auto_t *made = NULL;
    json_t *params = json_pack("{s:s s:s}", "uri", args->words[0], "login", args->words[1]);
    int code = settings(args, 2, s_token, ARRAY_SIZE(s_token), params);
    if (code != EXIT_OK) {
        json_decref(params);
        return code;
    }
    code = tool_query(tool, "create_token", params, &made);
    if (made != NULL) {
        AUTO_FREE char *expires = output_member(made, "expires", "");
        fprintf(output_file(tool->out), "%s\n", json_string_value(json_object_get(made, "token")));
        fprintf(stderr, "***   it is shown this once, and valid until %s\n", expires);
    }
    return code;
}

static void print_list(FILE *out, const json_t *token, const char *key)
{
    const json_t *list = json_object_get(token, key);
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item) fprintf(out, "%s%s", i == 0 ? "" : ",", json_string_value(item));
}

static void print_token(FILE *out, const json_t *token)
{
    static const char *const lists[] = {"zones", "names", "types", "methods", "networks"};
    AUTO_FREE char *uri = output_member(token, "uri", "");
    AUTO_FREE char *login = output_member(token, "login", "");
    AUTO_FREE char *expires = output_member(token, "expires", "");
    AUTO_FREE char *used = output_member(token, "last_used_at", "never");
    AUTO_FREE char *comment = output_member(token, "comment", "");
    fprintf(out, "        %s  %s %s  expires %s, used %s%s%s%s\n", json_string_value(json_object_get(token, "token_id")), uri, login, expires, used,
            json_is_null(json_object_get(token, "revoked_at")) ? "" : ", revoked", comment[0] != '\0' ? ": " : "", comment);
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        if (json_array_size(json_object_get(token, lists[i])) == 0)
            continue;
        fprintf(out, "            %s=", lists[i]);
        print_list(out, token, lists[i]);
        fputc('\n', out);
    }
    if (json_is_true(json_object_get(token, "read_only")))
        fputs("            read_only=yes\n", out);
}

int cmd_token_ls(tool_t *tool, const args_t *args)
{
    json_auto_t *rows = NULL;
    json_t *params = json_pack("{s:b}", "all", (int)args_has(args, 'v'));
    params_text(params, "uri", args_word(args, 0));
    params_text(params, "login", args_word(args, 1));
    int code = tool_query(tool, "list_tokens", params, &rows);
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row) print_token(output_file(tool->out), row);
    return code;
}

int cmd_token_revoke(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "revoke_token", json_pack("{s:s}", "token_id", args->words[0]));
}

/* ---- certificates */

int cmd_token_bind_certificate(tool_t *tool, const args_t *args)
{
    json_auto_t *made = NULL;
    const char *what = args->words[2];
    int code = tool_query(tool, "bind_certificate",
                          json_pack("{s:s s:s s:s}", "uri", args->words[0], "login", args->words[1],
                                    strchr(what, '=') != NULL ? "subject" : "fingerprint", what),
                          &made);
    if (made != NULL)
        fprintf(output_file(tool->out), "%lld\n", (long long)json_integer_value(json_object_get(made, "certificate_id")));
    return code;
}

int cmd_token_ls_certificate(tool_t *tool, const args_t *args)
{
    json_auto_t *rows = NULL;
    json_t *params = json_object();
    params_text(params, "uri", args_word(args, 0));
    int code = tool_query(tool, "list_certificates", params, &rows);
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row) {
        AUTO_FREE char *uri = output_member(row, "uri", "");
        AUTO_FREE char *login = output_member(row, "login", "");
        const char *subject = json_string_value(json_object_get(row, "subject"));
        fprintf(output_file(tool->out), "        %6lld  %-24s %-24s %s\n", (long long)json_integer_value(json_object_get(row, "certificate_id")), uri,
                login, subject != NULL ? subject : json_string_value(json_object_get(row, "fingerprint")));
    }
    return code;
}

int cmd_token_unbind_certificate(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "unbind_certificate", json_pack("{s:I}", "certificate_id", (json_int_t)command_number(args->words[0])));
}
