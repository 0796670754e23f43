/* Changes of groups and servers that exist, and what an operator asks of the machines. */
#include "zone_tool/command.h"
#include "zone_tool/listing.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"
#include <string.h>

/* First word as `first`, second one as `second` unless it says none. */
static json_t *two(const args_t *args, const char *first, const char *second)
{
    json_t *params = json_pack("{s:s}", first, args->words[0]);
    params_address(params, second, args_word(args, 1));
    return params;
}

int cmd_setup_rename_sg(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "rename_sg", json_pack("{s:s s:s}", "sg_name", args->words[0], "new_name", args->words[1]));
}
int cmd_setup_sg_config(tool_t *tool, const args_t *args) { return wait_call(tool, args, "set_sg_config", two(args, "sg_name", "config_dir")); }
int cmd_setup_sg_address(tool_t *tool, const args_t *args) { return wait_call(tool, args, "set_sg_master_address", two(args, "sg_name", "address")); }
int cmd_setup_sg_alt_address(tool_t *tool, const args_t *args) { return wait_call(tool, args, "set_sg_master_alt_address", two(args, "sg_name", "address")); }

int cmd_setup_replica_sg(tool_t *tool, const args_t *args)
{
    static const char *const none[] = {"none", "no", "off", "false"}; /* a group may be called default */
    json_t *params = json_object();
    bool clears = false;
    for (size_t i = 0; i < ARRAY_SIZE(none); i++)
        clears = clears || strcmp(args->words[0], none[i]) == 0;
    params_text(params, "sg_name", clears ? NULL : args->words[0]);
    return wait_call(tool, args, "set_sg_replica_sg", params);
}

int cmd_setup_rename_server(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "rename_server", json_pack("{s:s s:s}", "server_name", args->words[0], "new_name", args->words[1]));
}
int cmd_setup_server_type(tool_t *tool, const args_t *args) { return wait_call(tool, args, "set_server_type", two(args, "server_name", "server_type")); }
int cmd_setup_server_address(tool_t *tool, const args_t *args) { return wait_call(tool, args, "set_server_address", two(args, "server_name", "address")); }
int cmd_setup_server_ssh(tool_t *tool, const args_t *args) { return wait_call(tool, args, "set_server_ssh_address", two(args, "server_name", "ssh_address")); }
int cmd_setup_move_server(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "move_server_sg", json_pack("{s:s s:s}", "server_name", args->words[0], "sg_name", args->words[1]));
}

int cmd_setup_reconfig_master(tool_t *tool, const args_t *args) { return wait_call(tool, args, "reconfig_master", json_object()); }
int cmd_setup_reconfig_all(tool_t *tool, const args_t *args) { return wait_call(tool, args, "reconfig_all", json_object()); }
int cmd_setup_reconfig_replica(tool_t *tool, const args_t *args) { return wait_call(tool, args, "reconfig_replica_sg", json_object()); }
int cmd_setup_reconfig_sg(tool_t *tool, const args_t *args) { return wait_call(tool, args, "reconfig_sg", two(args, "sg_name", "")); }
int cmd_setup_reset_master(tool_t *tool, const args_t *args) { return wait_call(tool, args, "reset_master", json_object()); }
int cmd_setup_refresh_sg(tool_t *tool, const args_t *args) { return wait_call(tool, args, "refresh_sg", two(args, "sg_name", "")); }
int cmd_setup_refresh_all(tool_t *tool, const args_t *args) { return wait_call(tool, args, "refresh_all", json_object()); }

static json_t *event_params(const args_t *args) { return json_pack("{s:I}", "event_id", (json_int_t)command_number(args->words[0])); }
int cmd_setup_fail_event(tool_t *tool, const args_t *args) { return wait_call(tool, args, "fail_event", event_params(args)); }

int cmd_setup_show_event(tool_t *tool, const args_t *args)
{
    json_auto_t *event = NULL;
    int code = tool_query(tool, "show_event", event_params(args), &event);
    if (event != NULL)
        output_attributes(tool->out, event, 16, "event_id", "results");
    return code;
}

static void deleted_line(tool_t *tool, const args_t *args, const json_t *zone)
{
    AUTO_FREE char *name = output_member(zone, "name", "");
    AUTO_FREE char *id = output_member(zone, "zone_id", "");
    AUTO_FREE char *deleted = output_member(zone, "deleted_start", "--");
    AUTO_FREE char *reference = output_member(zone, "reference", "");
    bool verbose = args_has(args, 'v');
    fprintf(output_file(tool->out), "%-32s %-12s %s%s%s\n", name, id, verbose ? deleted : "", verbose ? " " : "", reference);
}

int cmd_setup_ls_deleted(tool_t *tool, const args_t *args)
{
    static const listing_t listing = {"list_zone", {{"after", "name"}, {"after_id", "zone_id"}}, deleted_line};
    json_t *params = json_pack("{s:b}", "toggle_deleted", 1);
    if (args->count > 0)
        json_object_set_new(params, "names", params_words(args, 0));
    params_text(params, "reference", args_value(args, 'r'));
    params_text(params, "sg_name", args_value(args, 'g'));
    return listing_show(tool, args, &listing, params, 0);
}
