/* The log of all hosts. */
#include "zone_tool/command.h"
#include "zone_tool/interrupt.h"
#include "zone_tool/params.h"
#include <poll.h>
#include <string.h>

enum { PAGE = 1000, MOST = 1000, LAST = 10, POLL_MS = 500 }; /* asked for at once; shown without --limit, and before what is followed */

/* The API's time text, to milliseconds: logs of several hosts are read side by side. */
static void print_line(tool_t *tool, const args_t *args, const json_t *line)
{
    AUTO_FREE char *server = output_member(line, "server", "");
    AUTO_FREE char *host = output_member(line, "host", "");
    AUTO_FREE char *program = output_member(line, "program", "");
    AUTO_FREE char *severity = output_member(line, "severity", "");
    AUTO_FREE char *message = output_member(line, "message", "");
    const char *at = json_string_value(json_object_get(line, "at"));
    FILE *to = output_file(tool->out);
    fprintf(to, "%.23sZ %-16s %-14s %-7s %s\n", at != NULL ? at : "", *server != '\0' ? server : host, program, severity, message);
    if (args_has(args, 'v')) {
        AUTO_FREE char *address = output_member(line, "address", "");
        AUTO_FREE char *facility = output_member(line, "facility", "");
        AUTO_FREE char *zone = output_member(line, "zone", "none");
        const char *received = json_string_value(json_object_get(line, "received_at"));
        fprintf(to, "        arrived %.23sZ from %s %s, %s, zone %s\n", received != NULL ? received : "", address, host, facility, zone);
    }
}

static json_t *filters(const args_t *args)
{
    json_t *params = json_object();
    params_text(params, "name", args_word(args, 0));
    params_text(params, "host", args_value(args, 'H'));
    params_text(params, "program", args_value(args, 'J'));
    params_text(params, "severity", args_value(args, 'Y'));
    params_text(params, "text", args_value(args, 'X'));
    params_text(params, "since", args_value(args, 'N'));
    params_text(params, "until", args_value(args, 'E'));
    return params;
}

/* Up to `limit` lines, newest first. */
static int collect(tool_t *tool, json_t *asked, int64_t limit, json_t *lines, bool *ret_more)
{
    json_auto_t *after = json_null();
    do {
        json_auto_t *page = NULL;
        int64_t left = limit - (int64_t)json_array_size(lines);
        json_t *params = json_copy(asked);
        json_object_set_new(params, "limit", json_integer(left < PAGE ? left : PAGE));
        if (!json_is_null(after))
            json_object_set(params, "after", after);
        int code = tool_call(tool, "list_log", params, &page);
        if (code != EXIT_OK)
            return code;
        json_array_extend(lines, json_object_get(page, "lines"));
        json_decref(after);
        after = json_incref(json_object_get(page, "next"));
    } while (!json_is_null(after) && (int64_t)json_array_size(lines) < limit && !interrupt_pending());
    *ret_more = !json_is_null(after);
    return EXIT_OK;
}

static void show_one(tool_t *tool, const args_t *args, const json_t *line)
{
    if (!output_is_json(tool->out)) {
        print_line(tool, args, line);
        return;
    }
    AUTO_FREE char *text = json_dumps(line, JSON_COMPACT);
    fprintf(output_file(tool->out), "%s\n", text);
}

/* The newest line of all, whatever is asked for: what arrived before it is not looked through. */
static int newest(tool_t *tool, json_t *lines, json_int_t *ret_id)
{
    json_auto_t *all = json_array();
    bool more;
    json_auto_t *any = json_object();
    int code = collect(tool, any, 1, all, &more);
    size_t i;
    const json_t *line;
    json_array_extend(all, lines);
    json_array_foreach(all, i, line) {
        json_int_t id = json_integer_value(json_object_get(line, "line_id"));
        *ret_id = id > *ret_id ? id : *ret_id;
    }
    return code;
}

static int follow(tool_t *tool, const args_t *args, json_t *asked, json_t *lines)
{
    json_int_t newer = 0;
    int code = newest(tool, lines, &newer);
    for (size_t i = json_array_size(lines); i > 0; i--)
        show_one(tool, args, json_array_get(lines, i - 1));
    while (code == EXIT_OK && !interrupt_pending()) {
        json_auto_t *page = NULL;
        output_flush(tool->out);
        json_object_set_new(asked, "newer", json_integer(newer));
        json_object_set_new(asked, "limit", json_integer(PAGE));
        code = tool_call(tool, "list_log", json_copy(asked), &page);
        if (code != EXIT_OK)
            return interrupt_pending() ? EXIT_OK : code;
        size_t i;
        const json_t *line;
        json_array_foreach(json_object_get(page, "lines"), i, line) {
            show_one(tool, args, line);
            newer = json_integer_value(json_object_get(line, "line_id"));
        }
        const json_t *next = json_object_get(page, "next");
        if (json_is_integer(next))
            newer = json_integer_value(next);
        else
            poll(NULL, 0, POLL_MS);
    }
    return code;
}

int cmd_log_ls(tool_t *tool, const args_t *args)
{
    json_auto_t *asked = filters(args);
    json_auto_t *lines = json_array();
    bool more = false, go_on = args_has(args, 'Z');
    const char *given = args_value(args, 'L');
    int64_t limit = given != NULL ? command_number(given) : go_on ? LAST : MOST;
    int code = limit > 0 ? collect(tool, asked, limit, lines, &more) : EXIT_OK;
    if (code != EXIT_OK || go_on)
        return code != EXIT_OK ? code : follow(tool, args, asked, lines);
    size_t i;
    const json_t *line;
    if (output_is_json(tool->out))
        output_print_json(tool->out, lines);
    else
        json_array_foreach(lines, i, line) print_line(tool, args, line);
    if (more)
        output_message("there may be more than %lld; --limit shows more", (long long)limit);
    return json_array_size(lines) > 0 ? EXIT_OK : EXIT_NOTFOUND;
}
