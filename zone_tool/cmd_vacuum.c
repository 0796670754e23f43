/* Clean-up. */
#include "zone_tool/command.h"

/* Values of one's own are asked about; the settings are not. */
static int vacuum(tool_t *tool, const args_t *args, const char *method)
{
    json_auto_t *removed = NULL;
    json_t *params = json_object();
    int code = args->count > 0 ? tool_confirm(tool, args->command->verb, args_has(args, 'f')) : EXIT_OK;
    if (args->count > 0)
        json_object_set_new(params, "age", json_integer(command_number(args->words[0])));
    if (args->count > 1)
        json_object_set_new(params, "zi_max_num", json_integer(command_number(args->words[1])));
    if (code != EXIT_OK) {
        json_decref(params);
        return code;
    }
    code = tool_query(tool, method, params, &removed);
    if (json_is_object(removed))
        output_attributes(tool->out, removed, 18, NULL, NULL);
    else if (removed != NULL && args_has(args, 'v'))
        fprintf(output_file(tool->out), "%lld\n", (long long)json_integer_value(removed));
    return code;
}

int cmd_vacuum_events(tool_t *tool, const args_t *args) { return vacuum(tool, args, "vacuum_event_queue"); }
int cmd_vacuum_zones(tool_t *tool, const args_t *args) { return vacuum(tool, args, "vacuum_zones"); }
int cmd_vacuum_zis(tool_t *tool, const args_t *args) { return vacuum(tool, args, "vacuum_zis"); }
int cmd_vacuum_pare(tool_t *tool, const args_t *args) { return vacuum(tool, args, "vacuum_pare_deleted_zone_zis"); }
int cmd_vacuum_all(tool_t *tool, const args_t *args) { return vacuum(tool, args, "vacuum_all"); }
