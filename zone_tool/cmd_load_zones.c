/* load_zones: one zone per file, many files per request over one connection.  What is told of a file follows the order of the files. */
#include "zone_tool/cmd_load.h"
#include "zone_tool/interrupt.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"
#include <stdlib.h>
#include <string.h>

enum { REQUEST_ZONES = 500, REQUEST_BYTES = 1024 * 1024 }; /* well below the controller's limits, also with JSON's escapes */

typedef struct {
    tool_t *tool;
    const args_t *args;
    json_t *report;              /* what became of every file */
    size_t loaded, refused;
    int code;                    /* of the last refusal */
    bool ended;                  /* going on makes no sense */
    json_t *zones;               /* of the next request */
    const char *paths[REQUEST_ZONES];
    size_t bytes;
} load_t;

/* What would be the same for every other file. */
static bool ends_all(err_t err)
{
    switch ((int)err) {
    case ERR_CONTROLLER_UNREACHABLE:
    case ERR_AUTH_REQUIRED:
    case ERR_FORBIDDEN:
    case ERR_NO_SG_FOUND:
    case ERR_LOGIN_ID_FORMAT:
    case ERR_LOGIN_ID_INVALID:
    case ERR_ZONE_ADMIN_PRIVILEGE_NEEDED:
    case ERR_DB_READ_ONLY:
    case ERR_DB_DOWN:
        return true;
    default:
        return false;
    }
}

static void refused(load_t *load, const char *path, const char *name, err_t err, const err_info_t *info, const json_t *error)
{
    tool_t *tool = load->tool;
    load->refused++;
    load->code = err == ERR_IO ? EXIT_OSERR : err_row(err)->exit_code;
    load->ended = load->ended || ends_all(err);
    json_array_append_new(load->report, json_pack("{s:s s:s s:s s:s}", "file", path, "name", name, "error", err_name(err), "message",
                                                  err_message(info)));
    if (output_is_json(tool->out))
        return;
    fprintf(output_file(tool->out), "%s: refused\n", path);
    output_error(tool->out, info, error);
}

static void loaded(load_t *load, const char *path, const char *name, json_t *zone)
{
    tool_t *tool = load->tool;
    load->loaded++;
    json_array_append_new(load->report, json_pack("{s:s s:s s:O}", "file", path, "name", name, "receipt", zone));
    if (output_is_json(tool->out))
        return;
    AUTO_FREE char *change = output_member(zone, "change_id", "");
    fprintf(output_file(tool->out), "%s: %s loaded, change %s\n", path, name, change);
    output_warnings(zone);
}

static const char *name_at(const json_t *zones, size_t i)
{
    return json_string_value(json_object_get(json_array_get(zones, i), "name"));
}

/* These zones; a request that is too large for the controller (it may be configured so) is tried zone by zone. */
static void send(load_t *load, json_t *zones, const char *const *paths)
{
    AUTO_ERR info = ERR_INFO_INIT;
    json_auto_t *result = NULL;
    size_t count = json_array_size(zones);
    json_t *params = json_pack("{s:O}", "zones", zones);
    params_text(params, "sg_name", args_value(load->args, 'g'));
    params_text(params, "reference", args_value(load->args, 'r'));
    if (args_has(load->args, 'i'))
        json_object_set_new(params, "inc_updates", json_true());
    if (args_has(load->args, 'S'))
        json_object_set_new(params, "strict", json_true());
    err_t err = rpc_client_call(load->tool->rpc, "load_zones", params, RPC_CLIENT_TIMEOUT_MS, &result, &info);
    for (size_t i = 0; err == ERR_LIMIT && count > 1 && i < count; i++) {
        json_auto_t *one = json_pack("[O]", json_array_get(zones, i));
        send(load, one, &paths[i]);
    }
    if (err == ERR_LIMIT && count > 1)
        return;
    for (size_t i = 0; i < count; i++) {
        if (err != ERR_OK) {
            refused(load, paths[i], name_at(zones, i), err, &info, rpc_client_error(load->tool->rpc));
            if (load->ended)
                return;
            continue;
        }
        json_t *zone = json_array_get(json_object_get(result, "zones"), i);
        const json_t *error = json_object_get(zone, "error");
        AUTO_ERR why = ERR_INFO_INIT;
        if (error != NULL)
            refused(load, paths[i], name_at(zones, i), rpc_client_read_error(error, &why), &why, error);
        else
            loaded(load, paths[i], name_at(zones, i), zone);
    }
    output_flush(load->tool->out);
}

static void flush(load_t *load)
{
    if (json_array_size(load->zones) > 0 && !load->ended)
        send(load, load->zones, load->paths);
    json_array_clear(load->zones);
    load->bytes = 0;
}

/* Nothing of an earlier file is used: the predecessor gave the first file's reference to all (behaviour.md 15.4, 8). */
static void add(load_t *load, const char *path)
{
    AUTO_ERR info = ERR_INFO_INIT;
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *name = NULL;
    err_t err = cmd_load_read(load->tool, path, &text, &info);
    if (err == ERR_OK) {
        name = args_has(load->args, 'o') ? cmd_load_origin(text) : cmd_load_name(path);
        if (name == NULL)
            err = err_set(&info, ERR_ZONE_NAME_UNDEFINED, "file \"%s\" has no $ORIGIN and no SOA record with a full name", path);
    }
    if (err != ERR_OK) {
        flush(load); /* the order of the files is kept */
        refused(load, path, name != NULL ? name : "", err, &info, NULL);
        return;
    }
    size_t length = strlen(text);
    if (json_array_size(load->zones) == REQUEST_ZONES || load->bytes + length > REQUEST_BYTES)
        flush(load);
    name = cmd_load_network(name);
    load->paths[json_array_size(load->zones)] = path;
    load->bytes += length;
    json_array_append_new(load->zones, json_pack("{s:s s:s}", "name", name, "zi_text", text));
}

/* Changes of different zones overtake each other: every one is waited for, the slowest decides. */
static void wait_all(load_t *load, int64_t seconds)
{
    size_t i;
    json_t *row;
    json_array_foreach(load->report, i, row) {
        json_int_t change = json_integer_value(json_object_get(json_object_get(row, "receipt"), "change_id"));
        int waited = change > 0 && !interrupt_pending() ? wait_change(load->tool, change, seconds) : EXIT_OK;
        load->code = waited != EXIT_OK ? waited : load->code;
    }
}

int cmd_load_zones(tool_t *tool, const args_t *args)
{
    json_auto_t *report = json_array();
    json_auto_t *zones = json_array();
    load_t load = {.tool = tool, .args = args, .report = report, .zones = zones, .code = EXIT_OK};
    for (size_t i = 0; i < args->count && !load.ended && !interrupt_pending(); i++)
        add(&load, args->words[i]);
    if (!interrupt_pending())
        flush(&load);
    size_t left = args->count - load.loaded - load.refused;
    if (left > 0 && load.code == EXIT_OK)
        load.code = EXIT_UNAVAILABLE; /* Ctrl-C */
    if (output_is_json(tool->out)) {
        output_print_json(tool->out, report);
        return load.code;
    }
    fprintf(output_file(tool->out), "%zu loaded, %zu refused, %zu left\n", load.loaded, load.refused, left);
    if (wait_seconds(args, 0) > 0)
        wait_all(&load, wait_seconds(args, 0));
    return load.code;
}
