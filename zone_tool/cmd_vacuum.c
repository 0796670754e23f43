/* Clean-up. */
#include "zone_tool/command.h"

static void tell_all(tool_t *tool, const json_t *removed)
{
    static const struct { const char *key, *what; } kinds[] = {{"zones", "zones"}, {"pared", "zis pared"}, {"zis", "zis aged"}, {"events", "events"},
                                                           {"requests", "idempotency keys"}, {"change_sets", "change sets"}, {"tokens", "tokens"},
                                                           {"kept_texts", "kept texts"}, {"syslog", "syslog messages"}};
    long long total = 0;
    AUTO_FREE char *list = auto_strdup("");
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        long long count = json_integer_value(json_object_get(removed, kinds[i].key));
        AUTO_FREE char *before = list;
        list = auto_printf("%s, %lld %s", before, count, kinds[i].what);
        total += count;
    }
    AUTO_FREE char *text = auto_printf("items destroyed: %lld in all%s", total, list);
    output_wrap(output_file(tool->out), text, "", "", 70);
}

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
    if (json_is_object(removed) && args_has(args, 'v'))
        tell_all(tool, removed);
    else if (removed != NULL && args_has(args, 'v'))
        fprintf(output_file(tool->out), "%lld\n", (long long)json_integer_value(removed));
    return code;
}

int cmd_vacuum_events(tool_t *tool, const args_t *args) { return vacuum(tool, args, "vacuum_event_queue"); }
int cmd_vacuum_zones(tool_t *tool, const args_t *args) { return vacuum(tool, args, "vacuum_zones"); }
int cmd_vacuum_zis(tool_t *tool, const args_t *args) { return vacuum(tool, args, "vacuum_zis"); }
int cmd_vacuum_pare(tool_t *tool, const args_t *args) { return vacuum(tool, args, "vacuum_pare_deleted_zone_zis"); }
int cmd_vacuum_syslog(tool_t *tool, const args_t *args) { return vacuum(tool, args, "vacuum_syslog"); }
int cmd_vacuum_all(tool_t *tool, const args_t *args) { return vacuum(tool, args, "vacuum_all"); }
