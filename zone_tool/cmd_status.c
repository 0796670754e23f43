/* State of the whole, events, configuration. */
#include "zone_tool/cmd_server.h"
#include "zone_tool/command.h"
#include "zone_tool/listing.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"
#include <stdlib.h>
#include <string.h>

enum { NEWEST = 25 }; /* events that are shown if no number is given */

/* Of its zone or server; the number of one that is gone. */
static char *event_name(const json_t *event)
{
    if (json_is_string(json_object_get(event, "name")))
        return output_member(event, "name", "");
    static const char *const ids[] = {"zone_id", "server_id", "master_id"};
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        if (json_is_integer(json_object_get(event, ids[i])))
            return auto_printf("%s %lld", ids[i], (long long)json_integer_value(json_object_get(event, ids[i])));
    }
    return auto_strdup("-");
}

static void event_lines(FILE *to, const json_t *event, bool pending, bool verbose)
{
    AUTO_FREE char *type = output_member(event, "event_type", "");
    AUTO_FREE char *id = output_member(event, "event_id", "");
    AUTO_FREE char *state = output_member(event, "state", "");
    AUTO_FREE char *name = event_name(event);
    AUTO_FREE char *created = output_member(event, "created", "--");
    AUTO_FREE char *scheduled = output_member(event, "scheduled", "--");
    AUTO_FREE char *processed = output_member(event, "processed", "--");
    AUTO_FREE char *zi = output_member(json_object_get(event, "parameters"), "zi_id", "");
    AUTO_FREE char *whole = auto_printf("%s%s%s", name, *zi != '\0' ? " " : "", zi);
    if (pending && !verbose) {
        fprintf(to, "        %-25s %-27s %s\n", type, whole, scheduled);
        return;
    }
    fprintf(to, "        %-19s %-25s %s\n", type, id, state);
    if (verbose)
        fprintf(to, "        %s\n        %-25s %-25s %s\n", whole, created, scheduled, processed);
    else
        fprintf(to, "        %-26s %-25s %s\n", whole, created, strcmp(processed, "--") == 0 ? scheduled : processed);
}

static void event_line(tool_t *tool, const args_t *args, const json_t *event)
{
    event_lines(output_file(tool->out), event, false, args_has(args, 'v'));
}

static void pending_line(tool_t *tool, const args_t *args, const json_t *event)
{
    event_lines(output_file(tool->out), event, true, args_has(args, 'v'));
}

static int events(tool_t *tool, const args_t *args, const char *which, listing_line_fn_t line, int64_t most)
{
    const listing_t listing = {"list_events", {{"after", "event_id"}}, line};
    json_t *params = json_object();
    if (which != NULL)
        json_object_set_new(params, which, json_true());
    return listing_show(tool, args, &listing, params, args_word(args, 0) != NULL ? command_number(args->words[0]) : most);
}

int cmd_status_events(tool_t *tool, const args_t *args) { return events(tool, args, NULL, event_line, NEWEST); }
int cmd_status_pending(tool_t *tool, const args_t *args) { return events(tool, args, "pending", pending_line, 0); }
int cmd_status_failed(tool_t *tool, const args_t *args) { return events(tool, args, "failed", event_line, NEWEST); }

/* Without -v nothing but names. */
static void master(tool_t *tool, json_t *state, bool verbose)
{
    static const char *const numbers[] = {"master_id", "master_server_id", "replica_sg_id"};
    FILE *to = output_file(tool->out);
    for (size_t i = 0; !verbose && i < ARRAY_SIZE(numbers); i++)
        json_object_del(state, numbers[i]);
    AUTO_FREE char *name = output_member(state, "master_server", "None");
    fprintf(to, "\n        MASTER_SERVER:     %s\n\n        NAMED master configuration state:\n\n", name);
    json_object_del(state, "master_server");
    output_attributes(tool->out, state, 18, NULL, NULL);
}

int cmd_status_master(tool_t *tool, const args_t *args)
{
    json_auto_t *state = NULL;
    int code = tool_query(tool, "show_master_status", json_object(), &state);
    if (state != NULL)
        master(tool, state, args_has(args, 'v'));
    return code;
}

/* master and replicas, or the others */
static void servers(FILE *to, const json_t *status, bool replicas)
{
    size_t i;
    json_t *server;
    json_array_foreach(json_object_get(status, "servers"), i, server) {
        AUTO_FREE char *role = output_member(server, "role", "slave");
        if ((strcmp(role, "slave") != 0) == replicas)
            cmd_server_line(to, server, true);
    }
}

int cmd_status_show(tool_t *tool, const args_t *args)
{
    json_auto_t *status = NULL, *state = NULL;
    int code = tool_query(tool, "show_dms_status", json_object(), &status);
    if (status == NULL)
        return code;
    if ((code = tool_call(tool, "show_master_status", json_object(), &state)) != EXIT_OK)
        return code;
    FILE *to = output_file(tool->out);
    fputs("show_master_status:\n", to);
    master(tool, state, args_has(args, 'v'));
    fputs("\nshow_replica_sg:\n\n", to);
    servers(to, status, true);
    fputs("\nls_server:\n\n", to);
    servers(to, status, false);
    fputs("\nzones:\n\n", to);
    output_attributes(tool->out, json_object_get(status, "zones"), 18, NULL, NULL);
    const json_t *pending = json_object_get(status, "events");
    AUTO_FREE char *waiting = output_member(pending, "pending", "0");
    AUTO_FREE char *failed = output_member(pending, "failed", "0");
    fprintf(to, "\nlist_pending_events: %s pending, %s failed\n\n", waiting, failed);
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(pending, "list"), i, event)
        event_lines(to, event, true, args_has(args, 'v'));
    return EXIT_OK;
}

static int by_key(const void *a, const void *b)
{
    const json_t *left = *(json_t *const *)a, *right = *(json_t *const *)b;
    AUTO_FREE char *left_key = output_member(left, "key", "");
    AUTO_FREE char *right_key = output_member(right, "key", "");
    return strcmp(left_key, right_key);
}

int cmd_status_config(tool_t *tool, const args_t *args)
{
    json_auto_t *config = NULL;
    (void)args;
    int code = tool_query(tool, "show_config", json_object(), &config);
    if (config == NULL)
        return code;
    size_t count = json_array_size(config);
    AUTO_FREE json_t **rows = auto_calloc(count + 1, sizeof(json_t *));
    for (size_t i = 0; i < count; i++)
        rows[i] = json_array_get(config, i);
    qsort(rows, count, sizeof(json_t *), by_key);
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *key = output_member(rows[i], "key", "");
        AUTO_FREE char *value = output_member(rows[i], "value", "None");
        AUTO_FREE char *group = output_member(rows[i], "sg_name", "");
        AUTO_FREE char *label = auto_printf("%s:", key);
        fprintf(output_file(tool->out), "        %-18s %s%s%s%s\n", label, value, *group != '\0' ? " (" : "", group,
                *group != '\0' ? ")" : "");
    }
    return EXIT_OK;
}

/* [sg] <key> <value>: the group comes first, as the predecessor has it. */
int cmd_status_set_config(tool_t *tool, const args_t *args)
{
    size_t first = args->count == 3 ? 1 : 0;
    const char *group = args_value(args, 'g') != NULL ? args_value(args, 'g') : first == 1 ? args->words[0] : NULL;
    json_t *params = json_pack("{s:s s:s}", "key", args->words[first], "value", args->words[first + 1]);
    params_text(params, "sg_name", group);
    return wait_call(tool, args, "set_config", params);
}
