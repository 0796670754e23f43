#include "controller/api/m_server.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/store/config_store.h"
#include "controller/store/goal_store.h"
#include "controller/usecase/server_setup.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define AUTO_CHANGE AUTO_CLEANUP(change_result_done) change_result_t
#define AUTO_GROUP AUTO_CLEANUP(group_row_done) group_row_t
#define AUTO_SERVER AUTO_CLEANUP(server_row_done) server_row_t

static char *dup_param(const method_call_t *call, const char *name) { return auto_strdup(params_text(call, name)); }

/* How many zones there are of which the caller sees none is not for its eyes. */
static json_t *group_for(const method_call_t *call, const group_row_t *row)
{
    json_t *group = pack_group(row);
    if (call->who->sectag_id != 0)
        json_object_del(group, "zone_count");
    return group;
}

err_t m_server_list_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    group_row_t *rows = NULL;
    size_t count = 0;
    err_t err = server_store_groups(call->db, &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    *ret_result = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(*ret_result, group_for(call, &rows[i]));
    server_store_groups_free(rows, count);
    return ERR_OK;
}

static err_t servers(const method_call_t *call, int64_t sg_id, json_t **ret_array, err_info_t *reterr)
{
    server_row_t *rows = NULL;
    size_t count = 0;
    err_t err = server_store_servers(call->db, sg_id, &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    *ret_array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(*ret_array, pack_server_brief(&rows[i]));
    server_store_servers_free(rows, count);
    return ERR_OK;
}

err_t m_server_show_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_GROUP group = {0};
    json_t *array = NULL;
    err_t err = server_store_group(call->db, params_text(call, "sg_name"), &group, reterr);
    if (err == ERR_OK)
        err = servers(call, group.id, &array, reterr);
    if (err != ERR_OK)
        return err;
    *ret_result = group_for(call, &group);
    json_object_set_new(*ret_result, "servers", array);
    return ERR_OK;
}

static char **dup_names(const method_call_t *call, const char *name, size_t *ret_count)
{
    AUTO_FREE const char **given = params_names(call, name, ret_count);
    char **names = auto_calloc(*ret_count + 1, sizeof *names);
    for (size_t i = 0; i < *ret_count; i++)
        names[i] = auto_strdup(given[i]);
    return names;
}

err_t m_server_create_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_GROUP group = {.name = dup_param(call, "sg_name"),
                        .config_dir = dup_param(call, "config_dir"),
                        .master_address = dup_param(call, "master_address"),
                        .master_alt_address = dup_param(call, "master_alt_address"),
                        .replica = params_bool(call, "replica_sg", false)};
    group.apex_ns = dup_names(call, "apex_ns", &group.apex_ns_count);
    AUTO_CHANGE result = {0};
    err_t err = server_setup_create_sg(call->db, call->who, &group, call->now, &result, reterr);
    return pack_done(call, err, &result, ret_result);
}

err_t m_server_delete_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = server_setup_delete_sg(call->db, call->who, params_text(call, "sg_name"), call->now, &result, reterr);
    return pack_done(call, err, &result, ret_result);
}

err_t m_server_set_sg_apex_ns(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_GROUP names = {0}; /* frees the names */
    names.apex_ns = dup_names(call, "apex_ns", &names.apex_ns_count);
    AUTO_CHANGE result = {0};
    err_t err = server_setup_set_apex_ns(call->db, call->who, params_text(call, "sg_name"), names.apex_ns,
                                         names.apex_ns_count, call->now, &result, reterr);
    return pack_done(call, err, &result, ret_result);
}

err_t m_server_list(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    const char *sg_name = params_text(call, "sg_name");
    AUTO_GROUP group = {0};
    err_t err = sg_name != NULL ? server_store_group(call->db, sg_name, &group, reterr) : ERR_OK;
    return err == ERR_OK ? servers(call, group.id, ret_result, reterr) : err;
}

static err_t show(const method_call_t *call, const char *name, json_t **ret_result, err_info_t *reterr)
{
    AUTO_SERVER server = {0};
    AUTO_GROUP group = {0};
    int64_t behind = 0;
    wall_t since = {0};
    err_t err = server_store_server(call->db, name, false, &server, reterr);
    if (err == ERR_OK)
        err = goal_store_behind(call->db, server.id, &behind, &since, reterr);
    if (err == ERR_OK)
        err = server_store_group(call->db, server.sg_name, &group, reterr);
    if (err != ERR_OK)
        return err;
    *ret_result = pack_server_full(&server);
    pack_int(*ret_result, "zone_count", group.zone_count);
    pack_int(*ret_result, "behind", behind);
    pack_time(*ret_result, "behind_since", since);
    return ERR_OK;
}

err_t m_server_show(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return show(call, params_text(call, "server_name"), ret_result, reterr);
}

/* Is this the address, however it is written? */
static bool same_address(const char *a, const char *b)
{
    unsigned char x[16] = {0}, y[16] = {0};
    int family = strchr(a, ':') != NULL ? AF_INET6 : AF_INET;
    return inet_pton(family, a, x) == 1 && inet_pton(family, b, y) == 1 && memcmp(x, y, sizeof x) == 0;
}

err_t m_server_show_byaddr(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    const char *address = params_text(call, "address");
    server_row_t *rows = NULL;
    size_t count = 0;
    err_t err = server_store_servers(call->db, 0, &rows, &count, reterr);
    AUTO_FREE char *name = NULL;
    for (size_t i = 0; name == NULL && i < count; i++)
        name = same_address(address, rows[i].address) ? auto_strdup(rows[i].name) : NULL;
    server_store_servers_free(rows, count);
    if (err != ERR_OK)
        return err;
    if (name != NULL)
        return show(call, name, ret_result, reterr);
    err_set(reterr, ERR_NO_SERVER_FOUND_BY_ADDRESS, "there is no server with address \"%.100s\"", address);
    err_key(reterr, "address", address);
    return ERR_NO_SERVER_FOUND_BY_ADDRESS;
}

/* Group and type that new servers get when none is named: settings default_sg and default_stype (NULL: not set). */
static err_t fill_defaults(const method_call_t *call, server_row_t *row, err_info_t *reterr)
{
    if (row->sg_name != NULL && row->server_type != NULL)
        return ERR_OK;
    defaults_t defaults = {0};
    err_t err = config_store_defaults(call->db, 0, &defaults, reterr);
    if (err == ERR_OK && row->sg_name == NULL)
        row->sg_name = auto_strdup(defaults.default_sg);
    if (err == ERR_OK && row->server_type == NULL)
        row->server_type = auto_strdup(defaults.default_stype);
    defaults_done(&defaults);
    return err;
}

err_t m_server_create(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_SERVER row = {.name = dup_param(call, "server_name"),
                       .sg_name = dup_param(call, "sg_name"),
                       .role = dup_param(call, "role"),
                       .server_type = dup_param(call, "server_type"),
                       .address = dup_param(call, "address"),
                       .port = (int)params_int(call, "port", 53),
                       .ssh_address = dup_param(call, "ssh_address"),
                       .agent_key = dup_param(call, "agent_key")};
    AUTO_CHANGE result = {0};
    err_t err = fill_defaults(call, &row, reterr);
    if (err == ERR_OK)
        err = server_setup_create_server(call->db, call->who, &row, call->now, &result, reterr);
    return pack_done(call, err, &result, ret_result);
}

err_t m_server_set_key(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = server_setup_set_key(call->db, call->who, params_text(call, "server_name"),
                                     params_text(call, "agent_key"), call->now, &result, reterr);
    return pack_done(call, err, &result, ret_result);
}

typedef err_t (*server_fn_t)(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result,
                             err_info_t *reterr);

static err_t simple(method_call_t *call, server_fn_t fn, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = fn(call->db, call->who, params_text(call, "server_name"), call->now, &result, reterr);
    return pack_done(call, err, &result, ret_result);
}

err_t m_server_delete(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return simple(call, server_setup_delete_server, ret_result, reterr);
}

err_t m_server_enable(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return simple(call, server_setup_enable, ret_result, reterr);
}

err_t m_server_disable(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return simple(call, server_setup_disable, ret_result, reterr);
}

err_t m_server_reset(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return simple(call, server_setup_reset, ret_result, reterr);
}
