/* The estate as a picture: master, groups, servers. */
#include "zone_tool/command.h"
#include "zone_tool/wait.h"
#include <string.h>

static bool is(const json_t *object, const char *key, const char *text)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value != NULL && strcmp(value, text) == 0;
}

/* One server; at the end of the line what is not as it should be. */
static void server_line(FILE *to, const char *before, const json_t *server)
{
    AUTO_FREE char *name = output_member(server, "server", "?");
    AUTO_FREE char *role = output_member(server, "role", "");
    AUTO_FREE char *state = output_member(server, "state", "");
    AUTO_FREE char *why = output_member(server, "retry_msg", "");
    AUTO_FREE char *behind = output_member(server, "behind", "0");
    AUTO_FREE char *since = output_member(server, "behind_since", "--");
    fprintf(to, "        %s%-28s %-8s %s%s%s", before, name, role, state, *why != '\0' ? ": " : "", why);
    if (strcmp(behind, "0") != 0)
        fprintf(to, "; %s zones behind since %s", behind, since);
    fputc('\n', to);
}

static void group_lines(FILE *to, const json_t *group, const json_t *servers)
{
    AUTO_FREE char *name = output_member(group, "sg_name", "?");
    AUTO_FREE char *zones = output_member(group, "zone_count", "0");
    AUTO_FREE char *alone = json_integer_value(json_object_get(group, "server_count")) == 0 ? auto_strdup(", no server") : auto_strdup("");
    fprintf(to, "             |\n             +-- %s: %s zones%s\n", name, zones, alone);
    size_t i;
    json_t *server;
    json_array_foreach(servers, i, server) {
        if (is(server, "sg_name", name) && !is(server, "role", "master"))
            server_line(to, "     |    +-- ", server);
    }
}

int cmd_topology_show(tool_t *tool, const args_t *args)
{
    json_auto_t *status = NULL, *groups = NULL;
    (void)args;
    int code = tool_query(tool, "show_dms_status", json_object(), &status);
    if (status == NULL)
        return code;
    if ((code = tool_call(tool, "list_sg", json_object(), &groups)) != EXIT_OK)
        return code;
    FILE *to = output_file(tool->out);
    const json_t *master = json_object_get(status, "master"), *servers = json_object_get(status, "servers");
    AUTO_FREE char *state = output_member(master, "state", "");
    AUTO_FREE char *version = output_member(status, "version", "");
    fprintf(to, "        controller %s: %s\n        |\n", version, state);
    size_t i;
    json_t *item;
    json_array_foreach(servers, i, item) {
        if (is(item, "role", "master"))
            server_line(to, "+-- ", item);
    }
    if (json_is_null(json_object_get(master, "master_server")))
        fputs("        +-- no enabled master server: nothing is published\n", to);
    json_array_foreach(groups, i, item)
        group_lines(to, item, servers);
    return EXIT_OK;
}
