/* Differences, what was ever at a name, and records looked for in one zone. */
#include "zone_tool/command.h"
#include "zone_tool/diff.h"
#include "zone_tool/params.h"
#include <stdlib.h>
#include <string.h>

/* The header of `;` lines tells times and numbers that always differ: without it.  Group, record and flag lines (;| ;# ;!) stay. */
static char *without_header(const char *text)
{
    AUTO_FREE char *copy = auto_strdup(text);
    char *out = copy;
    bool header = true;
    for (const char *p = text; *p != '\0';) {
        size_t length = strcspn(p, "\n");
        length += p[length] == '\n' ? 1 : 0;
        bool note = *p == ';' && strchr("|#!", p[1]) == NULL;
        if (header && (*p != ';' || !note) && *p != '$' && *p != '\n')
            header = false;
        if (!(header && note)) {
            memcpy(out, p, length);
            out += length;
        }
        p += length;
    }
    *out = '\0';
    char *result = copy;
    copy = NULL;
    return result;
}

/* diff -u of two answers of show_zone_text; with header: also what it says of the versions. */
static int whole_texts(tool_t *tool, json_t *old_params, json_t *new_params, bool header)
{
    AUTO_ERR info = ERR_INFO_INIT;
    json_auto_t *old_zone = NULL, *new_zone = NULL;
    int code = tool_call(tool, "show_zone_text", old_params, &old_zone);
    if (code != EXIT_OK) {
        json_decref(new_params);
        return code;
    }
    code = tool_call(tool, "show_zone_text", new_params, &new_zone);
    if (code != EXIT_OK)
        return code;
    const char *old_text = json_string_value(json_object_get(old_zone, "zi_text"));
    const char *new_text = json_string_value(json_object_get(new_zone, "zi_text"));
    AUTO_FREE char *old_plain = header ? auto_strdup(old_text) : without_header(old_text != NULL ? old_text : "");
    AUTO_FREE char *new_plain = header ? auto_strdup(new_text) : without_header(new_text != NULL ? new_text : "");
    AUTO_FREE char *old_id = output_member(old_zone, "zi_id", "?");
    AUTO_FREE char *new_id = output_member(new_zone, "zi_id", "?");
    AUTO_FREE char *old_zone_name = output_member(old_zone, "name", "?");
    AUTO_FREE char *new_zone_name = output_member(new_zone, "name", "?");
    AUTO_FREE char *old_name = auto_printf("%s zi %s", old_zone_name, old_id);
    AUTO_FREE char *new_name = auto_printf("%s zi %s", new_zone_name, new_id);
    err_t err = diff_texts(old_plain != NULL ? old_plain : "", new_plain != NULL ? new_plain : "", old_name, new_name,
                           output_colour(tool->out), output_file(tool->out), &info);
    return err == ERR_OK ? EXIT_OK : tool_fail(tool, &info);
}

/* Green what came, red what went. */
static void coloured(FILE *to, const char *text, bool colour)
{
    while (*text != '\0') {
        int length = (int)strcspn(text, "\n");
        const char *on = !colour ? "" : *text == '+' ? "\033[32m" : *text == '-' ? "\033[31m" : *text == '@' ? "\033[36m" : "";
        fprintf(to, "%s%.*s%s\n", on, length, text, *on != '\0' ? "\033[0m" : "");
        text += length + (text[length] == '\n');
    }
}

static void put_zi(json_t *params, const char *key, const char *zi)
{
    if (zi == NULL || *zi == '\0')
        return;
    bool number = zi[strspn(zi, "0123456789")] == '\0' && strlen(zi) <= 18;
    json_object_set_new(params, key, number ? json_integer(command_number(zi)) : json_string(zi));
}

int cmd_history_diff_zi(tool_t *tool, const args_t *args)
{
    json_auto_t *difference = NULL;
    if (args_has(args, 'v') && !output_is_json(tool->out))
        return whole_texts(tool, params_name_zi(args, 1), params_name_zi(args, 2), false);
    json_t *params = params_name(args);
    put_zi(params, "zi_id", args->words[1]);
    put_zi(params, "other_zi_id", args_word(args, 2));
    json_object_set_new(params, "text", json_boolean(!output_is_json(tool->out)));
    int code = tool_query(tool, "diff_zi", params, &difference);
    const char *text = json_string_value(json_object_get(difference, "text"));
    if (text != NULL)
        coloured(output_file(tool->out), text, output_colour(tool->out));
    return code;
}

int cmd_history_diff_zones(tool_t *tool, const args_t *args)
{
    json_auto_t *difference = NULL;
    json_t *params = params_name(args);
    put_zi(params, "zi_id", args_word(args, 2));
    if (!output_is_json(tool->out)) {
        json_t *other = json_pack("{s:s}", "name", args->words[1]);
        put_zi(other, "zi_id", args_word(args, 3));
        return whole_texts(tool, params, other, true);
    }
    params_text(params, "other_name", args->words[1]);
    put_zi(params, "other_zi_id", args_word(args, 3));
    return tool_query(tool, "diff_zones", params, &difference);
}

/* ---- history of a name */

static void history_line(FILE *to, const json_t *record)
{
    const json_t *since = json_object_get(record, "since"), *until = json_object_get(record, "until");
    AUTO_FREE char *type = output_member(record, "type", "");
    AUTO_FREE char *rdata = output_member(record, "rdata", "");
    AUTO_FREE char *from_zi = output_member(since, "zi_id", "?");
    AUTO_FREE char *from = output_member(since, "ctime", "--");
    AUTO_FREE char *from_by = output_member(since, "change_by", "");
    bool disabled = json_is_true(json_object_get(record, "disable"));
    fprintf(to, "%-8s %s%s\n        since  %-12s %-26s %s\n", type, rdata, disabled ? "  (disabled)" : "", from_zi, from, from_by);
    if (json_is_object(until)) {
        AUTO_FREE char *to_zi = output_member(until, "zi_id", "?");
        AUTO_FREE char *to_time = output_member(until, "ctime", "--");
        AUTO_FREE char *to_by = output_member(until, "change_by", "");
        fprintf(to, "        until  %-12s %-26s %s\n", to_zi, to_time, to_by);
    }
}

int cmd_history_name(tool_t *tool, const args_t *args)
{
    enum { PAGE = 1000 };
    json_auto_t *all = json_array();
    json_int_t after = 0;
    do {
        json_auto_t *page = NULL;
        json_t *params = json_pack("{s:s s:s s:i}", "name", args->words[0], "label", args->words[1], "limit", PAGE);
        params_text(params, "type", args_word(args, 2));
        if (after != 0)
            json_object_set_new(params, "after", json_integer(after));
        int code = tool_call(tool, "name_history", params, &page);
        if (code != EXIT_OK)
            return code;
        size_t i;
        json_t *record;
        json_array_foreach(json_object_get(page, "records"), i, record) {
            if (output_is_json(tool->out))
                json_array_append(all, record);
            else
                history_line(output_file(tool->out), record);
        }
        after = json_integer_value(json_object_get(page, "next"));
    } while (after != 0);
    if (output_is_json(tool->out))
        output_print_json(tool->out, all);
    return EXIT_OK;
}

/* ---- record_query_db */

int cmd_history_record_query(tool_t *tool, const args_t *args)
{
    json_auto_t *found = NULL;
    json_t *params = json_pack("{s:s}", "label", args->words[0]);
    params_text(params, "name", args_value(args, 'n'));
    params_text(params, "type", args_word(args, 1));
    params_text(params, "rdata", args_word(args, 2));
    put_zi(params, "zi_id", args_value(args, 'z'));
    json_object_set_new(params, "show_all", json_boolean(args_has(args, 'a')));
    int code = tool_call(tool, "rr_query_db", params, &found);
    if (code != EXIT_OK)
        return code;
    if (output_is_json(tool->out))
        output_print_json(tool->out, found);
    if (json_is_null(found))
        return EXIT_NOTFOUND;
    FILE *to = output_file(tool->out);
    bool verbose = args_has(args, 'v');
    size_t i;
    json_t *rr;
    if (verbose && !output_is_json(tool->out)) {
        AUTO_FREE char *label = output_member(found, "label", "");
        AUTO_FREE char *name = output_member(found, "name", "");
        AUTO_FREE char *zi = output_member(found, "zi_id", "");
        fprintf(to, "%-32s %-32s %-12s %s\n", label, name, zi, json_is_true(json_object_get(found, "zone_disabled")) ? "X" : "");
    }
    json_array_foreach(output_is_json(tool->out) ? NULL : json_object_get(found, "rrs"), i, rr) {
        AUTO_FREE char *label = output_member(rr, "label", "");
        AUTO_FREE char *type = output_member(rr, "type", "");
        AUTO_FREE char *rdata = output_member(rr, "rdata", "");
        fprintf(to, "%-32s %-12s %s%s\n", label, type, rdata, verbose && json_is_true(json_object_get(rr, "disable")) ? " X" : "");
    }
    return EXIT_OK;
}
