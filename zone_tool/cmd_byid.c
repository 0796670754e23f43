/* Zones by their numbers, which deleted ones have too. */
#include "zone_tool/command.h"
#include "zone_tool/params.h"
#include <string.h>

static json_t *params_id(const args_t *args, size_t zi_word)
{
    json_auto_t *by_name = params_name_zi(args, zi_word);
    json_t *params = json_pack("{s:I}", "zone_id", (json_int_t)command_number(args->words[0]));
    if (json_object_get(by_name, "zi_id") != NULL)
        json_object_set(params, "zi_id", json_object_get(by_name, "zi_id"));
    return params;
}

int cmd_byid_show_zone(tool_t *tool, const args_t *args)
{
    json_auto_t *zone = NULL;
    bool json = output_is_json(tool->out);
    int code = tool_query(tool, json ? "show_zone_byid" : "show_zone_text_byid", params_id(args, 1), &zone);
    const char *text = json_string_value(json_object_get(zone, "zi_text"));
    fputs(text != NULL ? text : "", output_file(tool->out));
    return code;
}

int cmd_byid_show_zonesm(tool_t *tool, const args_t *args)
{
    json_auto_t *zone = NULL;
    int code = tool_query(tool, "show_zone_byid", params_id(args, args->count), &zone);
    if (zone == NULL)
        return code;
    output_attributes(tool->out, zone, 16, "name", NULL);
    if (json_is_object(json_object_get(zone, "zi"))) {
        fputc('\n', output_file(tool->out));
        output_attributes(tool->out, json_object_get(zone, "zi"), 16, "zi_id", NULL);
    }
    return code;
}
