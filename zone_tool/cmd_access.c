/* Security tags and references. */
#include "zone_tool/command.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"
#include <stdlib.h>
#include <string.h>

/* One member of every element, one on a line. */
static int list(tool_t *tool, const char *method, json_t *params, const char *member)
{
    json_auto_t *rows = NULL;
    int code = tool_query(tool, method, params, &rows);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) {
        AUTO_FREE char *text = output_member(row, member, "");
        fprintf(output_file(tool->out), "        %s\n", text);
    }
    return code;
}

static int by_label(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The predecessor sorts Admin in with the others here. */
int cmd_access_show_sectags(tool_t *tool, const args_t *args)
{
    json_auto_t *rows = NULL;
    (void)args;
    int code = tool_query(tool, "show_sectags", json_object(), &rows);
    size_t count = json_array_size(rows);
    AUTO_FREE char **labels = auto_calloc(count + 1, sizeof *labels);
    for (size_t i = 0; i < count; i++)
        labels[i] = output_member(json_array_get(rows, i), "sectag_label", "");
    qsort(labels, count, sizeof *labels, by_label);
    for (size_t i = 0; i < count; i++) {
        fprintf(output_file(tool->out), "        %s\n", labels[i]);
        free(labels[i]);
    }
    return code;
}

enum { EXIT_EXISTS = 73 };

/* The error was printed; `instead` of the error table's exit code is what scripts know this verb by. */
static int call(tool_t *tool, const args_t *args, const char *method, json_t *params, int instead)
{
    int code = wait_call(tool, args, method, params);
    return code == EXIT_EXISTS ? instead : code;
}

int cmd_access_create_sectag(tool_t *tool, const args_t *args)
{
    return call(tool, args, "create_sectag", json_pack("{s:s}", "sectag_label", args->words[0]), EXIT_OK);
}

int cmd_access_delete_sectag(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "delete_sectag", json_pack("{s:s}", "sectag_label", args->words[0]));
}

int cmd_access_show_zone_sectags(tool_t *tool, const args_t *args)
{
    return list(tool, "show_zone_sectags", params_name(args), "sectag_label");
}

static json_t *zone_and_tag(const args_t *args)
{
    return json_pack("{s:s s:s}", "name", args->words[0], "sectag_label", args->words[1]);
}

int cmd_access_add_zone_sectag(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "add_zone_sectag", zone_and_tag(args));
}

int cmd_access_delete_zone_sectag(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "delete_zone_sectag", zone_and_tag(args));
}

int cmd_access_replace_zone_sectags(tool_t *tool, const args_t *args)
{
    json_t *params = json_pack("{s:s s:o}", "name", args->words[0], "sectag_labels", params_words(args, 1));
    return wait_call(tool, args, "replace_zone_sectags", params);
}

int cmd_access_ls_reference(tool_t *tool, const args_t *args)
{
    json_t *patterns = params_words(args, 0);
    if (args_value(args, 'r') != NULL)
        json_array_append_new(patterns, json_string(args_value(args, 'r')));
    return list(tool, "list_reference", json_pack("{s:o}", "references", patterns), "reference");
}

int cmd_access_create_reference(tool_t *tool, const args_t *args)
{
    return call(tool, args, "create_reference", json_pack("{s:s}", "reference", args->words[0]), EXIT_OK);
}

int cmd_access_delete_reference(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "delete_reference", json_pack("{s:s}", "reference", args->words[0]));
}

int cmd_access_rename_reference(tool_t *tool, const args_t *args)
{
    json_t *params = json_pack("{s:s s:s}", "reference", args->words[0], "dst_reference", args->words[1]);
    return call(tool, args, "rename_reference", params, EXIT_UNAVAILABLE);
}

int cmd_access_set_zone_reference(tool_t *tool, const args_t *args)
{
    json_t *params = params_name(args);
    params_text(params, "reference", args_value(args, 'r') != NULL ? args_value(args, 'r') : args_word(args, 1));
    return wait_call(tool, args, "set_zone_reference", params);
}
