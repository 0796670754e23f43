#include "controller/api/m_setup.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/store/event_store.h"
#include "controller/usecase/server_change.h"
#include <string.h>

#define AUTO_CHANGE AUTO_CLEANUP(change_result_done) change_result_t
#define HANDLER(name, call_of_it)                                                                                      \
    err_t m_setup_##name(method_call_t *call, json_t **ret_result, err_info_t *reterr)                                 \
    {                                                                                                                  \
        return call_of_it;                                                                                             \
    }

static err_t done(const method_call_t *call, err_t err, const change_result_t *result, json_t **ret_result)
{
    if (err == ERR_OK)
        *ret_result = pack_change(call, result);
    return err;
}

static err_t group(method_call_t *call, group_field_t field, const char *param, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = server_change_group(call->db, call->who, params_text(call, "sg_name"), field, params_text(call, param), call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}
HANDLER(rename_sg, group(call, GROUP_NAME, "new_name", ret_result, reterr))
HANDLER(sg_config, group(call, GROUP_CONFIG_DIR, "config_dir", ret_result, reterr))
HANDLER(sg_address, group(call, GROUP_MASTER_ADDRESS, "address", ret_result, reterr))
HANDLER(sg_alt_address, group(call, GROUP_MASTER_ALT_ADDRESS, "address", ret_result, reterr))

static err_t replica(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = server_change_replica_sg(call->db, call->who, params_text(call, "sg_name"), call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}
HANDLER(replica_sg, replica(call, ret_result, reterr))

static err_t server(method_call_t *call, server_field_t field, const char *param, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = server_change_server(call->db, call->who, params_text(call, "server_name"), field, params_text(call, param), call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}
HANDLER(rename_server, server(call, SERVER_NAME, "new_name", ret_result, reterr))
HANDLER(server_type, server(call, SERVER_TYPE, "server_type", ret_result, reterr))
HANDLER(server_address, server(call, SERVER_ADDRESS, "address", ret_result, reterr))
HANDLER(server_ssh_address, server(call, SERVER_SSH_ADDRESS, "ssh_address", ret_result, reterr))
HANDLER(move_server, server(call, SERVER_GROUP, "sg_name", ret_result, reterr))

static err_t reconfig(method_call_t *call, reconfig_t what, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    const char *sg_name = what == RECONFIG_SG ? params_text(call, "sg_name") : NULL;
    err_t err = server_change_reconfig(call->db, call->who, what, sg_name, call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}
HANDLER(reconfig_master, reconfig(call, RECONFIG_MASTER, ret_result, reterr))
HANDLER(reconfig_sg, reconfig(call, RECONFIG_SG, ret_result, reterr))
HANDLER(reconfig_replica_sg, reconfig(call, RECONFIG_REPLICA_SG, ret_result, reterr))
HANDLER(reconfig_all, reconfig(call, RECONFIG_ALL, ret_result, reterr))
HANDLER(reset_master, reconfig(call, RECONFIG_RESET, ret_result, reterr))

static err_t refresh(method_call_t *call, const char *sg_name, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = server_change_refresh(call->db, call->who, sg_name, call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}
HANDLER(refresh_sg, refresh(call, params_text(call, "sg_name"), ret_result, reterr))
HANDLER(refresh_all, refresh(call, NULL, ret_result, reterr))

err_t m_setup_fail_event(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = server_change_fail_event(call->db, call->who, params_int(call, "event_id", 0), call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

err_t m_setup_show_event(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CLEANUP(event_row_done) event_row_t event = {0};
    err_t err = event_store_get(call->db, params_int(call, "event_id", 0), &event, reterr);
    if (err == ERR_OK)
        *ret_result = pack_event(&event);
    return err;
}

static void pack_hold(json_t *master, int64_t scope, const group_row_t *groups, size_t count)
{
    const char *name = scope == 0 ? "HOLD_SG_NONE" : scope == -1 ? "HOLD_SG_MASTER" : "HOLD_SG_ALL";
    for (size_t i = 0; i < count; i++)
        name = groups[i].id == scope ? groups[i].name : name;
    if (scope > 0)
        pack_int(master, "hold_sg", scope);
    else
        pack_text(master, "hold_sg", name);
    pack_text(master, "hold_sg_name", name);
}

static const server_row_t *master_server(const server_row_t *servers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(servers[i].role, "master") == 0 && servers[i].state != SERVER_DISABLED)
            return &servers[i];
    }
    return NULL;
}

err_t m_setup_master(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    master_row_t row = {0};
    server_row_t *servers = NULL;
    group_row_t *groups = NULL;
    size_t server_count = 0, group_count = 0;
    err_t err = server_store_master(call->db, false, &row, reterr);
    if (err == ERR_OK)
        err = server_store_servers(call->db, 0, &servers, &server_count, reterr);
    if (err == ERR_OK)
        err = server_store_groups(call->db, &groups, &group_count, reterr);
    if (err == ERR_OK) {
        const server_row_t *active = master_server(servers, server_count);
        const group_row_t *replica_group = NULL;
        for (size_t i = 0; i < group_count; i++)
            replica_group = groups[i].replica ? &groups[i] : replica_group;
        json_t *master = json_object();
        pack_int(master, "master_id", 1);
        pack_text(master, "state", rows_master_states[row.state]);
        pack_time(master, "hold_start", row.hold_start);
        pack_time(master, "hold_stop", row.hold_stop);
        pack_hold(master, row.hold_sg, groups, group_count);
        pack_id(master, "master_server_id", active != NULL ? active->id : 0);
        pack_text(master, "master_server", active != NULL ? active->name : NULL);
        pack_id(master, "replica_sg_id", replica_group != NULL ? replica_group->id : 0);
        pack_text(master, "replica_sg_name", replica_group != NULL ? replica_group->name : NULL);
        pack_int(master, "epoch", row.epoch);
        pack_int(master, "generation", row.generation);
        *ret_result = master;
    }
    server_store_servers_free(servers, server_count);
    server_store_groups_free(groups, group_count);
    return err;
}
