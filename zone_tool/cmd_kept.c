/* Contents of refused saves, kept by the controller. */
#include "zone_tool/command.h"
#include "zone_tool/listing.h"
#include "zone_tool/params.h"
#include <stdlib.h>

static void kept_line(tool_t *tool, const args_t *args, const json_t *kept)
{
    static const char *const keys[] = {"kept_text_id", "at", "login", "method", "name"};
    char *texts[ARRAY_SIZE(keys)];
    AUTO_FREE char *message = output_member(kept, "message", "");
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        texts[i] = output_member(kept, keys[i], "");
    fprintf(output_file(tool->out), "%-8s %s  %-16s %-16s %s\n", texts[0], texts[1], texts[2], texts[3], texts[4]);
    if (args_has(args, 'v'))
        fprintf(output_file(tool->out), "         %s\n", message);
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        free(texts[i]);
}

int cmd_kept_ls(tool_t *tool, const args_t *args)
{
    static const listing_t listing = {"list_kept_texts", {{"before", "kept_text_id"}}, kept_line};
    json_t *params = json_object();
    params_text(params, "name", args_word(args, 0));
    return listing_show(tool, args, &listing, params, 0);
}

/* Text as it was sent; what was sent as JSON as JSON. */
int cmd_kept_show(tool_t *tool, const args_t *args)
{
    static const char *const keys[] = {"zi_text", "update_text", "zi_data", "update_data"};
    json_auto_t *kept = NULL;
    int code = tool_query(tool, "show_kept_text", json_pack("{s:I}", "kept_text_id", (json_int_t)command_number(args->words[0])), &kept);
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const json_t *value = json_object_get(kept, keys[i]);
        if (json_is_string(value))
            fputs(json_string_value(value), output_file(tool->out));
        else if (value != NULL)
            output_print_json(tool->out, value);
    }
    return code;
}
