/* Questions to the whole estate and to the change log. */
#include "zone_tool/command.h"
#include "zone_tool/params.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 1000, MOST = 1000 }; /* asked for at once; shown if --limit does not say otherwise */

typedef void (*line_fn_t)(FILE *to, const json_t *item, bool verbose);

/* Pages of {member: [...], next} up to the limit. params: reference is taken. */
static int pages(tool_t *tool, const args_t *args, const char *method, const char *member, json_t *params, line_fn_t line)
{
    json_auto_t *asked = params;
    json_auto_t *all = json_array();
    json_auto_t *after = NULL;
    const char *given = args_value(args, 'L');
    int64_t limit = given != NULL ? command_number(given) : MOST, shown = 0;
    while (shown < limit) {
        json_auto_t *page = NULL;
        json_object_set_new(asked, "limit", json_integer(limit - shown < PAGE ? limit - shown : PAGE));
        if (after != NULL)
            json_object_set(asked, "after", after);
        int code = tool_call(tool, method, json_copy(asked), &page);
        if (code != EXIT_OK)
            return code;
        size_t i;
        json_t *item;
        json_array_foreach(json_object_get(page, member), i, item) {
            if (output_is_json(tool->out))
                json_array_append(all, item);
            else
                line(output_file(tool->out), item, args_has(args, 'v'));
            shown++;
        }
        json_decref(after);
        after = json_incref(json_object_get(page, "next"));
        if (json_is_null(after))
            break;
    }
    if (output_is_json(tool->out))
        output_print_json(tool->out, all);
    if (after != NULL && !json_is_null(after))
        output_message("there may be more than %lld; --limit shows more", (long long)limit);
    return shown > 0 ? EXIT_OK : EXIT_NOTFOUND;
}

static void record_line(FILE *to, const json_t *record, bool verbose)
{
    AUTO_FREE char *label = output_member(record, "label", "");
    AUTO_FREE char *zone = output_member(record, "name", "");
    AUTO_FREE char *ttl = output_member(record, "ttl", "");
    AUTO_FREE char *type = output_member(record, "type", "");
    AUTO_FREE char *rdata = output_member(record, "rdata", "");
    bool apex = strcmp(label, "@") == 0;
    AUTO_FREE char *owner = auto_printf("%s%s%s", apex ? "" : label, apex ? "" : ".", zone);
    bool off = json_is_true(json_object_get(record, "disable")) || json_is_true(json_object_get(record, "zone_disabled"));
    fprintf(to, "%-40s %-8s %-8s %s%s\n", owner, ttl, type, rdata, off ? "  (disabled)" : "");
    if (verbose) {
        AUTO_FREE char *zi = output_member(record, "zi_id", "");
        AUTO_FREE char *reference = output_member(record, "zone_reference", "");
        fprintf(to, "        zone %s zi %s %s\n", zone, zi, reference);
    }
}

static bool is_address(const char *text)
{
    char host[INET6_ADDRSTRLEN];
    uint8_t bytes[16];
    size_t n = strcspn(text, "/");
    if (n >= sizeof host)
        return false;
    memcpy(host, text, n);
    host[n] = '\0';
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

int cmd_search_records(tool_t *tool, const args_t *args)
{
    json_t *params = json_object();
    const char *what = args_word(args, 0);
    if (what != NULL)
        params_text(params, is_address(what) ? "address" : "name", what);
    params_text(params, "type", args_value(args, 'T'));
    params_text(params, "rdata", args_value(args, 'D'));
    params_text(params, "reference", args_value(args, 'r'));
    params_text(params, "sg_name", args_value(args, 'g'));
    params_text(params, "at", args_value(args, 'A'));
    if (args_has(args, 'a'))
        json_object_set_new(params, "include_disabled", json_true());
    return pages(tool, args, "search", "records", params, record_line);
}

static void change_line(FILE *to, const json_t *change, bool verbose)
{
    AUTO_FREE char *id = output_member(change, "change_id", "");
    AUTO_FREE char *at = output_member(change, "at", "--");
    AUTO_FREE char *login = output_member(change, "login", "");
    AUTO_FREE char *method = output_member(change, "method", "");
    AUTO_FREE char *object = output_member(change, "object_name", "");
    AUTO_FREE char *code = output_member(change, "error_code", "");
    fprintf(to, "%-10s %-26s %-16s %-22s %s%s%s\n", id, at, login, method, object, *code != '\0' ? "  refused " : "", code);
    if (verbose) {
        AUTO_FREE char *front_end = output_member(change, "front_end", "");
        AUTO_FREE char *role = output_member(change, "role", "");
        AUTO_FREE char *address = output_member(change, "address", "");
        AUTO_FREE char *message = output_member(change, "message", "");
        fprintf(to, "        %s %s %s %s\n", role, front_end, address, message);
    }
}

int cmd_search_changes(tool_t *tool, const args_t *args)
{
    json_t *params = json_object();
    params_text(params, "name", args_word(args, 0));
    params_text(params, "login", args_value(args, 'U'));
    params_text(params, "method", args_value(args, 'M'));
    params_text(params, "front_end", args_value(args, 'F'));
    params_text(params, "role", args_value(args, 'C'));
    params_text(params, "object_name", args_value(args, 'B'));
    params_text(params, "since", args_value(args, 'N'));
    params_text(params, "until", args_value(args, 'E'));
    if (args_has(args, 'e'))
        json_object_set_new(params, "ok", json_false());
    return pages(tool, args, "list_changes", "changes", params, change_line);
}
