/* Listing and showing zones, and changes of their state. */
#include "zone_tool/command.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"
#include <stdlib.h>
#include <string.h>

enum { PAGE = 5000 }; /* zones asked for at once: one answer stays small whatever the estate's size */

static void zone_line(FILE *to, const json_t *zone, bool verbose)
{
    AUTO_FREE char *name = output_member(zone, "name", "");
    if (!verbose) {
        fprintf(to, "%s\n", name);
        return;
    }
    AUTO_FREE char *serial = output_member(zone, "soa_serial", "");
    AUTO_FREE char *state = output_member(zone, "state", "");
    AUTO_FREE char *reference = output_member(zone, "reference", "");
    fprintf(to, "%-32s %-12s %-14s %s\n", name, serial, state, reference);
}

int cmd_zone_ls(tool_t *tool, const args_t *args)
{
    json_auto_t *all = json_array();
    AUTO_FREE char *after = NULL;
    for (;;) {
        json_auto_t *zones = NULL;
        json_t *params = json_pack("{s:i s:b}", "limit", PAGE, "include_disabled", !args_has(args, 't'));
        if (args->count > 0)
            json_object_set_new(params, "names", params_words(args, 0));
        params_text(params, "reference", args_value(args, 'r'));
        params_text(params, "sg_name", args_value(args, 'g'));
        params_text(params, "after", after);
        AUTO_ERR info = ERR_INFO_INIT;
        err_t err = rpc_client_call(tool->rpc, "list_zone", params, RPC_CLIENT_TIMEOUT_MS, &zones, &info);
        if (err == ERR_NO_ZONES_FOUND && after != NULL)
            break; /* the page before was the last one, and full */
        if (err != ERR_OK)
            return tool_fail_call(tool, &info);
        size_t i;
        json_t *zone;
        json_array_foreach(zones, i, zone) {
            if (output_is_json(tool->out))
                json_array_append(all, zone);
            else
                zone_line(output_file(tool->out), zone, args_has(args, 'v'));
        }
        if (!output_tty(tool->out)) /* a pager wants the whole; else a reader that has enough (head) need not wait for it */
            output_flush(tool->out);
        if (json_array_size(zones) < PAGE || ferror(stdout) != 0)
            break;
        free(after);
        after = auto_strdup(json_string_value(json_object_get(json_array_get(zones, json_array_size(zones) - 1), "name")));
    }
    if (output_is_json(tool->out))
        output_print_json(tool->out, all);
    return EXIT_OK;
}

static void zi_line(FILE *to, const json_t *zi, json_int_t published, bool verbose)
{
    AUTO_FREE char *id = output_member(zi, "zi_id", "");
    AUTO_FREE char *serial = output_member(zi, "soa_serial", "");
    AUTO_FREE char *ctime = output_member(zi, "ctime", "--");
    AUTO_FREE char *mtime = output_member(zi, "mtime", "--");
    bool current = json_integer_value(json_object_get(zi, "zi_id")) == published;
    fprintf(to, "        %c%-19s  %-12s  %s%s%s\n", current ? '*' : ' ', id, serial, ctime, verbose ? "  " : "",
            verbose ? mtime : "");
}

int cmd_zone_ls_zi(tool_t *tool, const args_t *args)
{
    json_auto_t *zone = NULL, *one = NULL;
    int code = tool_call(tool, "list_zi", params_name(args), &zone);
    if (code != EXIT_OK)
        return code;
    const json_t *list = json_object_get(zone, "all_zis");
    const char *zi = params_zi(args, 1);
    if (zi != NULL && strcmp(zi, "*") != 0 && strcmp(zi, "0") != 0) {
        code = tool_call(tool, "show_zi", params_name_zi(args, 1), &one);
        if (code != EXIT_OK)
            return code;
    }
    if (output_is_json(tool->out)) {
        output_print_json(tool->out, one != NULL ? one : list);
        return EXIT_OK;
    }
    json_int_t published = json_integer_value(json_object_get(zone, "zi_id"));
    size_t i;
    json_t *item;
    if (one != NULL) {
        zi_line(output_file(tool->out), one, published, args_has(args, 'v'));
    } else {
        json_array_foreach(list, i, item)
            zi_line(output_file(tool->out), item, published, args_has(args, 'v'));
    }
    return EXIT_OK;
}

int cmd_zone_show(tool_t *tool, const args_t *args)
{
    json_auto_t *zone = NULL;
    bool json = output_is_json(tool->out);
    int code = tool_call(tool, json ? "show_zone" : "show_zone_text", params_name_zi(args, 1), &zone);
    if (code != EXIT_OK)
        return code;
    const char *text = json_string_value(json_object_get(zone, "zi_text"));
    if (json)
        output_print_json(tool->out, zone);
    else
        fputs(text != NULL ? text : "", output_file(tool->out));
    return EXIT_OK;
}

/* What each server has of the zone: the part that the predecessor could not show. */
static void server_lines(FILE *to, const json_t *servers)
{
    size_t i;
    json_t *server;
    if (json_array_size(servers) == 0)
        return;
    fputs("\n        servers:\n", to);
    json_array_foreach(servers, i, server) {
        AUTO_FREE char *name = output_member(server, "server", "?");
        AUTO_FREE char *role = output_member(server, "role", "");
        AUTO_FREE char *goal = output_member(server, "goal_serial", "--");
        AUTO_FREE char *live = output_member(server, "live_serial", "--");
        AUTO_FREE char *why = json_is_null(json_object_get(server, "behind_since")) ? auto_strdup("") : wait_why(server);
        AUTO_FREE char *goal_is = output_member(server, "goal", "");
        bool absent = strcmp(goal_is, "absent") == 0;
        fprintf(to, "        %-28s %-8s goal %-10s  has %-10s%s%s\n", name, role, absent ? "absent" : goal, live, *why != '\0' ? "  " : "", why);
    }
}

int cmd_zone_show_sm(tool_t *tool, const args_t *args)
{
    json_auto_t *zone = NULL;
    int code = tool_query(tool, "show_zonesm", params_name(args), &zone);
    if (zone == NULL)
        return code;
    FILE *to = output_file(tool->out);
    output_attributes(tool->out, zone, 16, "name", NULL);
    if (json_is_object(json_object_get(zone, "zi"))) {
        fputc('\n', to);
        output_attributes(tool->out, json_object_get(zone, "zi"), 16, "zi_id", NULL);
    }
    server_lines(to, json_object_get(zone, "servers"));
    return EXIT_OK;
}

int cmd_zone_show_zi(tool_t *tool, const args_t *args)
{
    json_auto_t *zi = NULL;
    int code = tool_call(tool, "show_zi", params_name_zi(args, 1), &zi);
    if (code != EXIT_OK)
        return code;
    if (output_is_json(tool->out))
        output_print_json(tool->out, zi);
    else
        output_attributes(tool->out, zi, 16, "zi_id", NULL);
    return EXIT_OK;
}

int cmd_zone_create(tool_t *tool, const args_t *args)
{
    json_t *params = params_name(args);
    int code = params_zone_options(tool, args, 1, params);
    if (code != EXIT_OK) {
        json_decref(params);
        return code;
    }
    return wait_call(tool, args, "create_zone", params);
}

int cmd_zone_clear_lock(tool_t *tool, const args_t *args)
{
    json_t *params = params_name(args);
    json_object_set_new(params, "edit_lock_token", json_integer(command_number(args->words[1])));
    return wait_call(tool, args, "cancel_edit_zone", params);
}

int cmd_zone_enable(tool_t *tool, const args_t *args) { return wait_call(tool, args, "enable_zone", params_name(args)); }
int cmd_zone_disable(tool_t *tool, const args_t *args) { return wait_call(tool, args, "disable_zone", params_name(args)); }
int cmd_zone_delete(tool_t *tool, const args_t *args) { return wait_call(tool, args, "delete_zone", params_name(args)); }

int cmd_zone_undelete(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "undelete_zone", json_pack("{s:I}", "zone_id", (json_int_t)command_number(args->words[0])));
}

int cmd_zone_refresh(tool_t *tool, const args_t *args)
{
    if (params_zi(args, 1) != NULL) {
        int code = tool_confirm(tool, "refresh_zone with a version", args_has(args, 'f'));
        if (code != EXIT_OK)
            return code;
    }
    return wait_call(tool, args, "refresh_zone", params_name_zi(args, 1));
}

int cmd_zone_reset(tool_t *tool, const args_t *args) { return wait_call(tool, args, "reset_zone", params_name_zi(args, 1)); }
