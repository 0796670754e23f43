/* Server groups. */
#include "zone_tool/command.h"
#include "zone_tool/editor.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"
#include <stdlib.h>
#include <string.h>

int cmd_sg_ls(tool_t *tool, const args_t *args)
{
    json_auto_t *groups = NULL;
    int code = tool_query(tool, "list_sg", json_object(), &groups);
    if (groups == NULL)
        return code;
    size_t i;
    json_t *group;
    json_array_foreach(groups, i, group) {
        AUTO_FREE char *name = output_member(group, "sg_name", "");
        AUTO_FREE char *id = output_member(group, "sg_id", "");
        AUTO_FREE char *dir = output_member(group, "config_dir", "None");
        AUTO_FREE char *zones = output_member(group, "zone_count", "");
        fprintf(output_file(tool->out), "        %-32s %-4s %s%s%s\n", name, id, dir, args_has(args, 'v') ? "  zones " : "",
                args_has(args, 'v') ? zones : "");
    }
    return EXIT_OK;
}

static int show(tool_t *tool, const args_t *args, const char *sg_name)
{
    json_auto_t *group = NULL;
    int code = tool_query(tool, "show_sg", json_pack("{s:s}", "sg_name", sg_name), &group);
    if (group == NULL)
        return code;
    FILE *to = output_file(tool->out);
    bool replica = json_is_true(json_object_get(group, "replica_sg"));
    if (!args_has(args, 'v'))
        json_object_del(group, "sg_id");
    output_attributes(tool->out, group, 20, "sg_name", NULL);
    fprintf(to, "\n        %s:\n", replica ? "Replica SG named status" : "DNS server status");
    size_t i;
    json_t *server;
    json_array_foreach(json_object_get(group, "servers"), i, server) {
        AUTO_FREE char *name = output_member(server, "server_name", "");
        AUTO_FREE char *address = output_member(server, "address", "");
        AUTO_FREE char *state = output_member(server, "state", "");
        bool master = json_is_true(json_object_get(server, "is_master"));
        if (master && !args_has(args, 'v') && (strcmp(state, "OK") == 0 || strcmp(state, "CONFIG") == 0))
            continue;
        fprintf(to, "        %-28s %-40s \n                %s%s\n", name, address, state,
                master ? " (check result on DMS NAMED master server)" : "");
    }
    return EXIT_OK;
}

int cmd_sg_show(tool_t *tool, const args_t *args) { return show(tool, args, args->words[0]); }

int cmd_sg_show_replica(tool_t *tool, const args_t *args)
{
    json_auto_t *groups = NULL;
    int code = tool_call(tool, "list_sg", json_object(), &groups);
    if (code != EXIT_OK)
        return code;
    size_t i;
    json_t *group;
    json_array_foreach(groups, i, group) {
        if (json_is_true(json_object_get(group, "replica_sg")))
            return show(tool, args, json_string_value(json_object_get(group, "sg_name")));
    }
    output_message("there is no replica server group");
    return EXIT_NOTFOUND;
}

int cmd_sg_create(tool_t *tool, const args_t *args)
{
    json_t *params = json_pack("{s:s s:b}", "sg_name", args->words[0], "replica_sg", args_has(args, 'p'));
    params_address(params, "config_dir", args_word(args, 1));
    params_address(params, "master_address", args_word(args, 2));
    params_address(params, "master_alt_address", args_word(args, 3));
    int code = wait_call(tool, args, "create_sg", params);
    /* The predecessor's scripts make sure of a group in this way. */
    return code != EXIT_OK && rpc_client_read_error(rpc_client_error(tool->rpc), NULL) == ERR_SG_EXISTS ? EXIT_OK : code;
}

int cmd_sg_delete(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "delete_sg", json_pack("{s:s}", "sg_name", args->words[0]));
}

/* Group named by word or -g; else the configured default_sg. Caller frees. */
static int group_name(tool_t *tool, const args_t *args, char **ret_name)
{
    const char *given = args_value(args, 'g') != NULL ? args_value(args, 'g') : args_word(args, 0);
    json_auto_t *config = NULL;
    size_t i;
    json_t *item;
    if (given != NULL) {
        *ret_name = auto_strdup(given);
        return EXIT_OK;
    }
    int code = tool_call(tool, "show_config", json_object(), &config);
    if (code != EXIT_OK)
        return code;
    json_array_foreach(config, i, item) {
        const char *key = json_string_value(json_object_get(item, "key"));
        const char *value = json_string_value(json_object_get(item, "value"));
        if (key != NULL && value != NULL && strcmp(key, "default_sg") == 0) {
            *ret_name = auto_strdup(value);
            return EXIT_OK;
        }
    }
    output_message("there is no default server group; name one");
    return EXIT_USAGE;
}

static int apex_ns(tool_t *tool, const char *name, json_t **ret_names)
{
    json_auto_t *group = NULL;
    int code = tool_call(tool, "show_sg", json_pack("{s:s}", "sg_name", name), &group);
    if (code == EXIT_OK)
        *ret_names = json_incref(json_object_get(group, "apex_ns"));
    return code;
}

int cmd_sg_show_apex_ns(tool_t *tool, const args_t *args)
{
    AUTO_FREE char *name = NULL;
    json_auto_t *names = NULL;
    int code = group_name(tool, args, &name);
    if (code == EXIT_OK)
        code = apex_ns(tool, name, &names);
    if (code != EXIT_OK)
        return code;
    if (output_is_json(tool->out)) {
        output_print_json(tool->out, names);
        return EXIT_OK;
    }
    size_t i;
    json_t *ns;
    json_array_foreach(names, i, ns)
        fprintf(output_file(tool->out), "        %s\n", json_string_value(ns));
    return EXIT_OK;
}

int cmd_sg_set_apex_ns(tool_t *tool, const args_t *args)
{
    json_t *params = json_pack("{s:s s:o}", "sg_name", args->words[0], "apex_ns", params_words(args, 1));
    return wait_call(tool, args, "set_sg_apex_ns", params);
}

static json_t *lines_of(const char *text)
{
    json_t *names = json_array();
    for (const char *p = text; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n') {
        const char *start = p + strspn(p, " \t\r");
        size_t length = strcspn(start, " \t\r\n");
        if (length > 0)
            json_array_append_new(names, json_stringn(start, length));
    }
    return names;
}

int cmd_sg_edit_apex_ns(tool_t *tool, const args_t *args)
{
    AUTO_ERR info = ERR_INFO_INIT;
    AUTO(editor) editor = NULL;
    AUTO_FREE char *name = NULL, *edited = NULL;
    json_auto_t *names = NULL;
    int code = group_name(tool, args, &name);
    if (code == EXIT_OK)
        code = apex_ns(tool, name, &names);
    if (code != EXIT_OK)
        return code;
    char *text = auto_strdup("");
    size_t i;
    json_t *ns;
    json_array_foreach(names, i, ns) {
        AUTO_FREE char *before = text;
        text = auto_printf("%s%s\n", before, json_string_value(ns));
    }
    const char *restricted = tool->restricted ? tool->restricted_editor : NULL;
    err_t err = editor_open("apex_ns", text, restricted, &editor, &info);
    free(text);
    if (err == ERR_OK)
        err = editor_run(editor, 0, 0, NULL, NULL, &info);
    if (err == ERR_OK && !editor_changed(editor)) {
        puts("unchanged after editing - exiting");
        return EXIT_OK;
    }
    if (err == ERR_OK)
        err = editor_text(editor, &edited, &info);
    if (err != ERR_OK) {
        tool_fail(tool, &info);
        return EXIT_SOFTWARE;
    }
    json_t *params = json_pack("{s:s s:o}", "sg_name", name, "apex_ns", lines_of(edited));
    code = wait_call(tool, args, "set_sg_apex_ns", params);
    if (code != EXIT_OK && code != EXIT_TEMPFAIL) {
        editor_keep(editor);
        fprintf(stderr, "      your text is kept in %s\n", editor_path(editor));
    }
    return code;
}
