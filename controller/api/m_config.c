#include "controller/api/m_config.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/api/rpc_error.h"
#include "controller/store/config_store.h"
#include "controller/store/event_store.h"
#include "controller/store/reference_store.h"
#include "controller/store/zone_store.h"
#include "controller/store/server_store.h"
#include "controller/usecase/server_setup.h"
#include "shared/dname.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define AUTO_CHANGE AUTO_CLEANUP(change_result_done) change_result_t
#define AUTO_STATUS AUTO_CLEANUP(dms_status_done) dms_status_t

err_t m_config_show(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    setting_row_t *rows = NULL;
    size_t count = 0;
    err_t err = config_store_list(call->db, &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_object();
        pack_text(item, "key", rows[i].key);
        pack_text(item, "value", rows[i].value);
        pack_text(item, "sg_name", rows[i].sg_name);
        json_array_append_new(array, item);
    }
    config_store_rows_free(rows, count);
    *ret_result = array;
    return ERR_OK;
}

err_t m_config_set(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = server_setup_set_config(call->db, call->who, params_text(call, "key"), params_text(call, "sg_name"),
                                        params_text(call, "value"), call->now, &result, reterr);
    return pack_done(call, err, &result, ret_result);
}

err_t m_config_set_account(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = server_setup_set_account(call->db, call->who, params_text(call, "uri"), params_text(call, "login"),
                                         params_text(call, "password"), call->limits->password_min, call->now, &result, reterr);
    return pack_done(call, err, &result, ret_result);
}

static json_t *pack_master(const dms_status_t *status)
{
    const char *server = NULL;
    for (size_t i = 0; i < status->server_count; i++) {
        const server_row_t *row = &status->servers[i];
        if (strcmp(row->role, "master") == 0 && row->state != SERVER_DISABLED)
            server = row->name;
    }
    json_t *master = json_object();
    pack_text(master, "state", rows_master_states[status->master.state]);
    pack_int(master, "epoch", status->master.epoch);
    pack_int(master, "generation", status->master.generation);
    pack_time(master, "hold_start", status->master.hold_start);
    pack_time(master, "hold_stop", status->master.hold_stop);
    int64_t scope = status->master.hold_sg;
    if (scope > 0)
        pack_int(master, "hold_sg", scope);
    else
        pack_text(master, "hold_sg", scope == 0 ? "HOLD_SG_NONE" : scope == -1 ? "HOLD_SG_MASTER" : "HOLD_SG_ALL");
    pack_text(master, "master_server", server);
    return master;
}

static json_t *pack_server(const dms_status_t *status, size_t i)
{
    const server_row_t *row = &status->servers[i];
    json_t *server = json_object();
    pack_text(server, "server", row->name);
    pack_text(server, "role", row->role);
    pack_text(server, "sg_name", row->sg_name);
    pack_text(server, "address", row->address);
    pack_int(server, "port", row->port);
    pack_text(server, "state", rows_server_states[row->state]);
    pack_time(server, "state_since", row->state_since);
    pack_text(server, "retry_msg", row->retry_msg);
    pack_bool(server, "connected", row->connected_at.us != 0);
    pack_time(server, "connected_at", row->connected_at);
    pack_time(server, "lost_at", row->lost_at);
    pack_bool(server, "name_server_up", row->name_server_up);
    pack_int(server, "config_goal", row->config_goal);
    pack_int(server, "config_applied", row->config_applied);
    pack_int(server, "behind", status->behind[i]);
    pack_time(server, "behind_since", status->behind_since[i]);
    return server;
}

static json_t *pack_events(const event_row_t *rows, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, pack_event(&rows[i]));
    return array;
}

err_t m_config_status(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_STATUS status = {0};
    err_t err = server_setup_status(call->db, &status, reterr);
    if (err != ERR_OK)
        return err;
    json_t *servers = json_array();
    for (size_t i = 0; i < status.server_count; i++)
        json_array_append_new(servers, pack_server(&status, i));
    json_t *zones = json_object();
    for (int i = 0; i < ZONE_STATE_COUNT; i++)
        pack_int(zones, rows_zone_states[i], status.zones[i]);
    json_t *events = json_object();
    pack_int(events, "pending", status.pending_events);
    pack_int(events, "failed", status.failed_events);
    json_object_set_new(events, "list", pack_events(status.events, status.event_count));
    json_t *json = json_object();
    json_object_set_new(json, "master", pack_master(&status));
    json_object_set_new(json, "servers", servers);
    json_object_set_new(json, "zones", zones);
    json_object_set_new(json, "events", events);
    pack_text(json, "version", DMS_VERSION);
    pack_time(json, "now", call->now);
    *ret_result = json;
    return ERR_OK;
}

/* ---- list_names */
static err_t zone_names(method_call_t *call, const char *prefix, size_t limit, json_t *array, err_info_t *reterr)
{
    AUTO_FREE char *pattern = auto_printf("%s*", prefix);
    for (char *p = pattern; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    const char *const patterns[] = {pattern};
    zone_filter_t filter = {
        .patterns = patterns, .pattern_count = 1, .include_disabled = true, .limit = (int64_t)limit};
    zone_row_t *rows = NULL;
    size_t count = 0;
    err_t err = zone_store_list(call->db, call->who, &filter, &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, rpc_error_text(rows[i].name));
    zone_store_rows_free(rows, count);
    return ERR_OK;
}

static void add_name(json_t *array, const char *name, const char *prefix, size_t limit)
{
    if (json_array_size(array) < limit && strncasecmp(name, prefix, strlen(prefix)) == 0)
        json_array_append_new(array, rpc_error_text(name));
}

static err_t server_names(method_call_t *call, const char *prefix, size_t limit, json_t *array, err_info_t *reterr)
{
    server_row_t *rows = NULL;
    size_t count = 0;
    err_t err = server_store_servers(call->db, 0, &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < count; i++)
        add_name(array, rows[i].name, prefix, limit);
    server_store_servers_free(rows, count);
    return ERR_OK;
}

static err_t group_names(method_call_t *call, const char *prefix, size_t limit, json_t *array, err_info_t *reterr)
{
    group_row_t *rows = NULL;
    size_t count = 0;
    err_t err = server_store_groups(call->db, &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < count; i++)
        add_name(array, rows[i].name, prefix, limit);
    server_store_groups_free(rows, count);
    return ERR_OK;
}

static err_t reference_names(method_call_t *call, const char *prefix, size_t limit, json_t *array, err_info_t *reterr)
{
    AUTO_FREE char *pattern = auto_printf("%s*", prefix);
    const char *const patterns[] = {pattern};
    char **names = NULL;
    size_t count = 0;
    err_t err = reference_store_list(call->db, call->who, patterns, 1, NULL, (int64_t)limit, &names, &count, reterr);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, rpc_error_text(names[i]));
    rows_texts_free(names, count);
    return ERR_OK;
}

err_t m_config_names(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    static const struct {
        const char *kind;
        err_t (*fn)(method_call_t *call, const char *prefix, size_t limit, json_t *array, err_info_t *reterr);
    } KINDS[] = {{"zone", zone_names}, {"server", server_names}, {"sg", group_names}, {"reference", reference_names}};
    const char *kind = params_text(call, "kind");
    const char *prefix = params_text(call, "prefix");
    size_t limit = (size_t)params_int(call, "limit", 50);
    if (strpbrk(prefix, "*?") != NULL)
        return params_wrong(reterr, "prefix", "a name without wildcards", prefix);
    for (size_t i = 0; i < ARRAY_SIZE(KINDS); i++) {
        if (strcmp(kind, KINDS[i].kind) != 0)
            continue;
        json_t *array = json_array();
        err_t err = KINDS[i].fn(call, prefix, limit, array, reterr);
        if (err == ERR_OK)
            *ret_result = json_incref(array);
        json_decref(array);
        return err;
    }
    return params_wrong(reterr, "kind", "zone, server, sg or reference", kind);
}

/* Events of one zone or server. */
static err_t event_machine(const method_call_t *call, event_filter_t *filter, err_info_t *reterr)
{
    const char *name = params_text(call, "name"), *server_name = params_text(call, "server_name");
    if (name != NULL && server_name != NULL)
        return params_wrong(reterr, "server_name", "name or server_name", "both");
    err_t err = ERR_OK;
    if (name != NULL) {
        char canonical[DNAME_TEXT], cidr[64];
        AUTO_CLEANUP(zone_row_done) zone_row_t zone = {0};
        err = dname_from_network(name, canonical, cidr, reterr);
        if (err == ERR_OK)
            err = zone_store_by_name(call->db, call->who, canonical, false, &zone, reterr);
        filter->kind = MACHINE_ZONE;
        filter->machine_id = zone.id;
    } else if (server_name != NULL) {
        AUTO_CLEANUP(server_row_done) server_row_t server = {0};
        err = server_store_server(call->db, server_name, false, &server, reterr);
        filter->kind = MACHINE_SERVER;
        filter->machine_id = server.id;
    }
    return err;
}

err_t m_config_events(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    event_row_t *rows = NULL;
    size_t count = 0;
    event_filter_t filter = {.pending = params_bool(call, "pending", false),
                             .failed = params_bool(call, "failed", false),
                             .after = params_int(call, "after", 0),
                             .limit = params_int(call, "limit", 25)};
    err_t err = event_machine(call, &filter, reterr);
    if (err == ERR_OK)
        err = event_store_list(call->db, &filter, &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    *ret_result = pack_events(rows, count);
    event_store_rows_free(rows, count);
    return ERR_OK;
}
