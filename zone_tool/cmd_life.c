/* Copies, settings, serials, server groups and the end of zones. */
#include "zone_tool/command.h"
#include "zone_tool/interrupt.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"
#include <stdlib.h>
#include <string.h>

/* Words `source`, `destination` and perhaps a version. */
static json_t *copy_params(const args_t *args, size_t zi)
{
    json_t *params = params_name_zi(args, zi);
    json_object_set_new(params, "src_name", json_string(args->words[0]));
    json_object_set_new(params, "name", json_string(args->words[1]));
    return params;
}

int cmd_life_show_zi_byid(tool_t *tool, const args_t *args)
{
    json_auto_t *zi = NULL;
    int code = tool_query(tool, "show_zi_byid", json_pack("{s:I}", "zi_id", (json_int_t)command_number(args->words[0])), &zi);
    if (zi != NULL)
        output_attributes(tool->out, zi, 16, "zi_id", NULL);
    return code;
}

int cmd_life_copy_zone(tool_t *tool, const args_t *args)
{
    json_t *params = copy_params(args, args->count); /* -z only: the third word is an option */
    int code = params_zone_options(tool, args, 2, params);
    if (code == EXIT_OK)
        return wait_call(tool, args, "copy_zone", params);
    json_decref(params);
    return code;
}

int cmd_life_copy_zi(tool_t *tool, const args_t *args) { return wait_call(tool, args, "copy_zi", copy_params(args, 2)); }
int cmd_life_delete_zi(tool_t *tool, const args_t *args) { return wait_call(tool, args, "delete_zi", params_name_zi(args, 1)); }

/* def_OPTION: what the configuration says now. */
static int configured(tool_t *tool, json_t *params)
{
    json_auto_t *config = NULL;
    for (size_t k = 0; params_option_names[k] != NULL; k++) {
        const char *name = params_option_names[k];
        size_t i;
        json_t *item;
        if (!json_is_null(json_object_get(params, name)))
            continue;
        int code = config == NULL ? tool_call(tool, "show_config", json_object(), &config) : EXIT_OK;
        if (code != EXIT_OK)
            return code;
        json_array_foreach(config, i, item) {
            const char *key = json_string_value(json_object_get(item, "key"));
            const char *value = json_string_value(json_object_get(item, "value"));
            if (key != NULL && value != NULL && strcmp(key, name) == 0 && json_is_null(json_object_get(item, "sg_name")))
                json_object_set_new(params, name, json_boolean(strchr("tTyY1", value[0]) != NULL || strcasecmp(value, "on") == 0));
        }
    }
    return EXIT_OK;
}

int cmd_life_set_zone(tool_t *tool, const args_t *args)
{
    json_t *params = params_name(args);
    int code = params_zone_options(tool, args, 1, params);
    if (code == EXIT_OK)
        code = configured(tool, params);
    if (code == EXIT_OK)
        return wait_call(tool, args, "set_zone", params);
    json_decref(params);
    return code;
}

int cmd_life_refresh_ttl(tool_t *tool, const args_t *args)
{
    json_t *params = params_name(args);
    params_text(params, "zone_ttl", args_word(args, 1));
    return wait_call(tool, args, "refresh_zone_ttl", params);
}

static int sign(tool_t *tool, const args_t *args, const char *method)
{
    json_auto_t *done = NULL;
    return tool_call(tool, method, params_name(args), &done);
}
int cmd_life_sign(tool_t *tool, const args_t *args) { return sign(tool, args, "sign_zone"); }
int cmd_life_load_keys(tool_t *tool, const args_t *args) { return sign(tool, args, "load_keys"); }

/* Zone by zone, page by page: nobody else waits for it. */
int cmd_life_reset_all(tool_t *tool, const args_t *args)
{
    enum { PAGE = 1000 };
    AUTO_FREE char *after = NULL;
    size_t reset = 0, refused = 0, page = PAGE;
    int code = EXIT_OK;
    (void)args;
    while (page == PAGE && code == EXIT_OK && !interrupt_pending()) {
        json_auto_t *zones = NULL;
        json_t *params = json_pack("{s:i s:b}", "limit", PAGE, "include_disabled", 0);
        params_text(params, "after", after);
        code = tool_call(tool, "list_zone", params, &zones);
        page = json_array_size(zones);
        for (size_t i = 0; i < page && !interrupt_pending(); i++) {
            json_auto_t *done = NULL;
            AUTO_ERR info = ERR_INFO_INIT;
            const char *name = json_string_value(json_object_get(json_array_get(zones, i), "name"));
            free(after);
            after = auto_strdup(name);
            err_t err = rpc_client_call(tool->rpc, "reset_zone", json_pack("{s:s}", "name", name), RPC_CLIENT_TIMEOUT_MS, &done, &info);
            reset += err == ERR_OK;
            refused += err != ERR_OK;
            if (err != ERR_OK)
                output_error(tool->out, &info, rpc_client_error(tool->rpc));
            if (err == ERR_CONTROLLER_UNREACHABLE || err == ERR_DB_READ_ONLY || err == ERR_DB_DOWN)
                return err_row(err)->exit_code; /* the next one would fare no better */
        }
    }
    fprintf(output_file(tool->out), "%zu reset, %zu refused\n", reset, refused);
    return code != EXIT_OK ? code : interrupt_pending() || refused > 0 ? EXIT_UNAVAILABLE : EXIT_OK;
}

int cmd_life_destroy(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "destroy_zone", json_pack("{s:I}", "zone_id", (json_int_t)command_number(args->words[0])));
}

int cmd_life_nuke(tool_t *tool, const args_t *args)
{
    json_auto_t *nuked = NULL;
    json_t *params = json_pack("{s:o}", "names", params_words(args, 0));
    params_text(params, "reference", args_value(args, 'r'));
    params_text(params, "sg_name", args_value(args, 'g'));
    int code = tool_query(tool, "nuke_zones", params, &nuked);
    size_t i;
    json_t *zone;
    json_array_foreach(nuked, i, zone) {
        AUTO_FREE char *name = output_member(zone, "name", "");
        AUTO_FREE char *id = output_member(zone, "zone_id", "");
        fprintf(output_file(tool->out), "%-32s %s\n", name, id);
    }
    return code;
}

int cmd_life_set_serial(tool_t *tool, const args_t *args)
{
    json_t *params = params_name(args);
    const char *serial = args_word(args, 1);
    if (serial != NULL && serial[strspn(serial, "0123456789")] == '\0' && strlen(serial) <= 18)
        json_object_set_new(params, "soa_serial", json_integer(command_number(serial)));
    else
        params_text(params, "soa_serial", serial);
    json_object_set_new(params, "force_soa_serial_update", json_boolean(args_has(args, 'u')));
    return wait_call(tool, args, "poke_zone_set_serial", params);
}

int cmd_life_wrap_serial(tool_t *tool, const args_t *args) { return wait_call(tool, args, "poke_zone_wrap_serial", params_name(args)); }

static int regroup(tool_t *tool, const args_t *args, const char *method, const char *sg_name)
{
    json_t *params = params_name(args);
    params_text(params, "sg_name", sg_name);
    return wait_call(tool, args, method, params);
}

int cmd_life_set_sg(tool_t *tool, const args_t *args)
{
    return regroup(tool, args, "set_zone_sg", args_value(args, 'g') != NULL ? args_value(args, 'g') : args_word(args, 1));
}
int cmd_life_dupe_alt_sg(tool_t *tool, const args_t *args) { return regroup(tool, args, "set_zone_alt_sg", args->words[1]); }
int cmd_life_delete_alt_sg(tool_t *tool, const args_t *args) { return regroup(tool, args, "set_zone_alt_sg", NULL); }
int cmd_life_swap_sg(tool_t *tool, const args_t *args) { return regroup(tool, args, "swap_zone_sg", NULL); }
