/* Name servers. */
#include "zone_tool/cmd_server.h"
#include "zone_tool/command.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* Structures differ in the member's name: a list says server_name, the status says server. */
static char *name_of(const json_t *server)
{
    return output_member(server, json_object_get(server, "server_name") != NULL ? "server_name" : "server", "");
}

void cmd_server_line(FILE *to, const json_t *server, bool verbose)
{
    AUTO_FREE char *name = name_of(server);
    if (!verbose) {
        fprintf(to, "%s\n", name);
        return;
    }
    bool connected = json_is_true(json_object_get(server, "connected"));
    bool seen = json_is_string(json_object_get(server, "last_reply"));
    AUTO_FREE char *reply = output_member(server, seen ? "last_reply" : connected ? "connected_at" : "lost_at", "--");
    AUTO_FREE char *state = output_member(server, "state", "");
    AUTO_FREE char *state_since = output_member(server, "state_since", "--");
    AUTO_FREE char *address = output_member(server, "address", "");
    AUTO_FREE char *ssh = output_member(server, "ssh_address", "");
    AUTO_FREE char *role = output_member(server, "role", "");
    AUTO_FREE char *group = output_member(server, "sg_name", "");
    AUTO_FREE char *port = output_member(server, "port", "53");
    AUTO_FREE char *retry = output_member(server, "retry_msg", "");
    AUTO_FREE char *behind = output_member(server, "behind", "0");
    AUTO_FREE char *since = output_member(server, "behind_since", "--");
    bool down = json_is_false(json_object_get(server, "name_server_up"));
    fprintf(to, "%-28s %-39s %s\n", name, reply, state);
    fprintf(to, "        %-39s %s\n", address, ssh);
    AUTO_FREE char *of_group = *group != '\0' ? auto_printf(", group %s", group) : auto_strdup("");
    fprintf(to, "        %s%s, port %s, agent %s, name server %s\n", *role != '\0' ? role : "slave", of_group, port,
            connected ? "connected" : "not connected", down ? "down" : "up");
    if (strcmp(behind, "0") != 0)
        fprintf(to, "        behind: %s zones since %s\n", behind, since);
    if (*retry != '\0') {
        fprintf(to, "        %s since %s\n        retry_msg:\n", state, state_since);
        output_wrap(to, retry, "                ", "                ", 78);
    }
}

/* slaves: without those of the replica group, unless -a. */
static bool matches(const args_t *args, const json_t *server, bool slaves)
{
    AUTO_FREE char *role = output_member(server, "role", "slave");
    if (slaves && !args_has(args, 'a') && strcmp(role, "slave") != 0)
        return false;
    AUTO_FREE char *name = name_of(server);
    AUTO_FREE char *state = output_member(server, "state", "");
    if (args_has(args, 't') && strcmp(state, "DISABLED") == 0)
        return false;
    for (size_t i = 0; i < args->count; i++) {
        if (fnmatch(args->words[i], name, FNM_CASEFOLD) == 0)
            return true;
    }
    return args->count == 0;
}

static int list(tool_t *tool, const args_t *args, bool slaves)
{
    json_auto_t *servers = NULL;
    json_auto_t *shown = json_array();
    json_t *params = json_object();
    params_text(params, "sg_name", args_value(args, 'g'));
    int code = tool_call(tool, "list_server", params, &servers);
    if (code != EXIT_OK)
        return code;
    size_t i;
    json_t *server;
    json_array_foreach(servers, i, server) {
        if (matches(args, server, slaves))
            json_array_append(shown, server);
    }
    if (output_is_json(tool->out)) {
        output_print_json(tool->out, shown);
    } else {
        json_array_foreach(shown, i, server)
            cmd_server_line(output_file(tool->out), server, args_has(args, 'v'));
    }
    if (json_array_size(shown) == 0 && args->count > 0) {
        output_message("no server matches");
        return EXIT_NOTFOUND;
    }
    return EXIT_OK;
}

int cmd_server_ls(tool_t *tool, const args_t *args) { return list(tool, args, false); }
int cmd_server_ls_slave(tool_t *tool, const args_t *args) { return list(tool, args, true); }

static json_t *server_params(const args_t *args) { return json_pack("{s:s}", "server_name", args->words[0]); }

static int show(tool_t *tool, const char *method, json_t *params)
{
    json_auto_t *server = NULL;
    int code = tool_query(tool, method, params, &server);
    if (server != NULL)
        output_attributes(tool->out, server, 16, "server_name", "retry_msg");
    return code;
}

int cmd_server_show(tool_t *tool, const args_t *args) { return show(tool, "show_server", server_params(args)); }
int cmd_server_show_byaddr(tool_t *tool, const args_t *args) { return show(tool, "show_server_byaddr", json_pack("{s:s}", "address", args->words[0])); }

int cmd_server_create(tool_t *tool, const args_t *args)
{
    const char *port = args_value(args, 'P');
    int64_t number = port != NULL ? command_number(port) : 0;
    if (port != NULL && (port[strspn(port, "0123456789")] != '\0' || number < 1 || number > 65535)) {
        output_message("port \"%s\" is not a number from 1 to 65535", port);
        return EXIT_USAGE;
    }
    json_t *params = server_params(args);
    params_text(params, "address", args->words[1]);
    params_address(params, "server_type", args_word(args, 2));
    params_address(params, "ssh_address", args_word(args, 3));
    params_text(params, "sg_name", args_value(args, 'g'));
    params_text(params, "role", args_value(args, 'R'));
    params_text(params, "agent_key", args_value(args, 'K'));
    if (port != NULL)
        json_object_set_new(params, "port", json_integer(number));
    return wait_call(tool, args, "create_server", params);
}

int cmd_server_set_key(tool_t *tool, const args_t *args)
{
    json_t *params = server_params(args);
    params_text(params, "agent_key", args->words[1]);
    return wait_call(tool, args, "set_server_key", params);
}

int cmd_server_enable(tool_t *tool, const args_t *args) { return wait_call(tool, args, "enable_server", server_params(args)); }
int cmd_server_disable(tool_t *tool, const args_t *args) { return wait_call(tool, args, "disable_server", server_params(args)); }
int cmd_server_reset(tool_t *tool, const args_t *args) { return wait_call(tool, args, "reset_server", server_params(args)); }
int cmd_server_delete(tool_t *tool, const args_t *args) { return wait_call(tool, args, "delete_server", server_params(args)); }
