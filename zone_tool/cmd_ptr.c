/* Automatic PTR records. */
#include "zone_tool/command.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"

static const char *reference(const json_t *item)
{
    const char *text = json_string_value(json_object_get(item, "reference"));
    return text != NULL ? text : "-";
}

static void ptrs(FILE *to, const json_t *list)
{
    size_t i;
    const json_t *item;
    fprintf(to, "\n        PTR records:\n");
    if (json_array_size(list) == 0)
        fprintf(to, "        none\n");
    json_array_foreach(list, i, item) {
        AUTO_FREE char *host = output_member(item, "host", "");
        AUTO_FREE char *zone = output_member(item, "forward_zone", "a zone that is gone");
        bool made = json_is_true(json_object_get(item, "auto"));
        fprintf(to, "        %s\n                %s%s, reference %s%s%s\n", host, made ? "made for " : "by hand", made ? zone : "", reference(item),
                json_is_true(json_object_get(item, "lock_ptr")) ? ", locked (LOCKPTR)" : "",
                json_is_true(json_object_get(item, "disable")) ? ", disabled" : "");
    }
}

static void hosts(FILE *to, const json_t *list)
{
    size_t i;
    const json_t *item;
    fprintf(to, "\n        Hosts with this address:\n");
    if (json_array_size(list) == 0)
        fprintf(to, "        none\n");
    json_array_foreach(list, i, item) {
        AUTO_FREE char *host = output_member(item, "host", "");
        AUTO_FREE char *zone = output_member(item, "zone", "");
        fprintf(to, "        %s\n                of %s, reference %s%s%s\n", host, zone, reference(item),
                json_is_true(json_object_get(item, "track_reverse")) ? ", TRACKREV" : "",
                json_is_true(json_object_get(item, "disable")) ? ", disabled" : "");
    }
}

static void waiting(FILE *to, const json_t *list)
{
    size_t i;
    const json_t *item;
    if (json_array_size(list) > 0)
        fprintf(to, "\n        Waiting:\n");
    json_array_foreach(list, i, item) {
        AUTO_FREE char *host = output_member(item, "host", "");
        AUTO_FREE char *by = output_member(item, "change_by", "");
        AUTO_FREE char *since = output_member(item, "ctime", "");
        fprintf(to, "        %s\n                %s%sby %s since %s\n", host, json_is_true(json_object_get(item, "held")) ? "no room in the zone, " : "",
                json_is_true(json_object_get(item, "forced")) ? "forced, " : "", by, since);
    }
}

int cmd_ptr_show(tool_t *tool, const args_t *args)
{
    json_auto_t *all = NULL;
    int code = tool_query(tool, "show_auto_ptr", json_pack("{s:s}", "address", args->words[0]), &all);
    if (all == NULL)
        return code;
    FILE *to = output_file(tool->out);
    json_auto_t *head = json_copy(all);
    output_attributes(tool->out, head, 16, "address", NULL);
    ptrs(to, json_object_get(all, "ptrs"));
    hosts(to, json_object_get(all, "hosts"));
    waiting(to, json_object_get(all, "waiting"));
    return EXIT_OK;
}

int cmd_ptr_refresh(tool_t *tool, const args_t *args) { return wait_call(tool, args, "refresh_auto_ptr", params_name(args)); }
