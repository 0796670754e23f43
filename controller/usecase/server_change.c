#include "controller/usecase/server_change.h"
#include "controller/fsm/master_fsm.h"
#include "controller/store/event_store.h"
#include "controller/store/goal_store.h"
#include "controller/store/publish_store.h"
#include "controller/usecase/server_setup_priv.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define AUTO_GROUP AUTO_CLEANUP(group_row_done) group_row_t
#define AUTO_SERVER AUTO_CLEANUP(server_row_done) server_row_t

static void replace(char **field, const char *value)
{
    free(*field);
    *field = auto_strdup(value);
}

static err_t queue(db_t *db, const setup_t *setup, master_event_t event, int64_t sg_id, err_info_t *reterr)
{
    const master_params_t params = {.sg_id = sg_id, .change_id = setup->change_id};
    return master_fsm_queue(db, event, &params, setup->now, reterr);
}

/* ---- groups */

/* Name servers hold each zone's group by name: a rename under served zones would leave them without their ACL. */
static err_t check_rename(db_t *db, const group_row_t *group, err_info_t *reterr)
{
    bool served = false;
    err_t err = server_store_group_served(db, group->id, &served, reterr);
    if (err != ERR_OK || !served)
        return err;
    err_set(reterr, ERR_SG_STILL_HAS_ZONES, "server group \"%s\" has zones that are served: it cannot be renamed", group->name);
    err_hint(reterr, "create a group and move the zones to it: set_zone_alt_sg, swap_zone_sg");
    err_key(reterr, "sg_name", group->name);
    return ERR_SG_STILL_HAS_ZONES;
}

static err_t change_group(db_t *db, setup_t *setup, err_info_t *reterr)
{
    AUTO_GROUP group = {0};
    err_t err = server_store_group(db, setup->name, &group, reterr);
    if (err == ERR_OK && *(const group_field_t *)setup->in == GROUP_NAME)
        err = check_rename(db, &group, reterr);
    if (err != ERR_OK)
        return err;
    char **const fields[] = {&group.name, &group.config_dir, &group.master_address, &group.master_alt_address};
    replace(fields[*(const group_field_t *)setup->in], setup->text);
    err = server_store_group_save(db, &group, reterr);
    return err == ERR_OK ? queue(db, setup, ME_PartialReconfig, group.id, reterr) : err;
}

static err_t check_group_value(group_field_t field, const char *value, err_info_t *reterr)
{
    if (field == GROUP_NAME && !server_setup_is_word(value, 32, "-_", false))
        return server_setup_bad("name of a server group", value, "at most 32 letters, digits, hyphens and underscores, the first a letter or digit", reterr);
    if (field == GROUP_CONFIG_DIR && value != NULL && value[0] != '/')
        return server_setup_bad("configuration directory", value, "an absolute path", reterr);
    return field == GROUP_MASTER_ADDRESS || field == GROUP_MASTER_ALT_ADDRESS
               ? server_setup_check_address("master address", value, true, reterr)
               : ERR_OK;
}

err_t server_change_group(db_t *db, const caller_t *who, const char *sg_name, group_field_t field, const char *value, wall_t now,
                          change_result_t *ret_result, err_info_t *reterr)
{
    static const char *const methods[] = {"rename_sg", "set_sg_config", "set_sg_master_address", "set_sg_master_alt_address"};
    err_t err = check_group_value(field, value, reterr);
    setup_t setup = {.who = who, .method = methods[field], .object = "sg", .name = sg_name, .fn = change_group, .now = now, .in = &field, .text = value};
    return err == ERR_OK ? server_setup_run(db, &setup, ret_result, reterr) : err;
}

/* Its servers carry all zones, or no longer do. */
static err_t set_replica(db_t *db, const setup_t *setup, group_row_t *group, bool replica, err_info_t *reterr)
{
    server_row_t *servers = NULL;
    size_t count = 0;
    group->replica = replica;
    err_t err = server_store_group_save(db, group, reterr);
    if (err == ERR_OK)
        err = server_store_servers(db, group->id, &servers, &count, reterr);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        if (servers[i].state != SERVER_DISABLED && strcmp(servers[i].role, "master") != 0)
            err = goal_store_sync_server(db, servers[i].id, setup->now, NULL, reterr);
    }
    server_store_servers_free(servers, count);
    if (err == ERR_OK) /* the master lets the group's servers transfer a zone only when it was told so with the zone */
        err = publish_store_refresh_all(db, 0, true, setup->now, reterr);
    return err == ERR_OK ? queue(db, setup, ME_AllReconfig, 0, reterr) : err;
}

err_t server_setup_find_replica(db_t *db, group_row_t *ret_group, err_info_t *reterr)
{
    group_row_t *groups = NULL;
    size_t count = 0;
    err_t err = server_store_groups(db, &groups, &count, reterr);
    for (size_t i = 0; err == ERR_OK && i < count && ret_group->id == 0; i++) {
        if (groups[i].replica)
            err = server_store_group_by_id(db, groups[i].id, ret_group, reterr);
    }
    server_store_groups_free(groups, count);
    return err;
}

err_t server_setup_replica_exists(const char *wanted, const group_row_t *there, err_info_t *reterr)
{
    err_set(reterr, ERR_REPLICA_SG_EXISTS, "server group \"%s\" is the replica group: clear it first", there->name);
    err_key(reterr, "sg_name", wanted);
    err_key(reterr, "replica_sg_name", there->name);
    return ERR_REPLICA_SG_EXISTS;
}

static err_t no_replica(err_info_t *reterr)
{
    return err_set(reterr, ERR_NO_REPLICA_SG_FOUND, "there is no replica server group");
}

static err_t change_replica(db_t *db, setup_t *setup, err_info_t *reterr)
{
    AUTO_GROUP now = {0};
    AUTO_GROUP wanted = {0};
    err_t err = server_setup_find_replica(db, &now, reterr);
    if (err == ERR_OK && setup->text != NULL)
        err = server_store_group(db, setup->text, &wanted, reterr);
    if (err != ERR_OK || (wanted.id != 0 && wanted.id == now.id))
        return err;
    if (setup->text == NULL)
        return now.id != 0 ? set_replica(db, setup, &now, false, reterr) : no_replica(reterr);
    if (now.id == 0)
        return set_replica(db, setup, &wanted, true, reterr);
    return server_setup_replica_exists(setup->text, &now, reterr);
}

err_t server_change_replica_sg(db_t *db, const caller_t *who, const char *sg_name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    setup_t setup = {.who = who, .method = "set_sg_replica_sg", .object = "sg", .name = sg_name, .fn = change_replica, .now = now, .text = sg_name};
    return server_setup_run(db, &setup, ret_result, reterr);
}

/* ---- servers */

static err_t move(db_t *db, const setup_t *setup, server_row_t *server, err_info_t *reterr)
{
    AUTO_GROUP group = {0};
    err_t err = server_store_group(db, setup->text, &group, reterr);
    if (err == ERR_OK)
        server->sg_id = group.id;
    return err;
}

/* A disabled server is in nobody's configuration, and gets its zones and its own when it is enabled. */
static err_t change_server(db_t *db, setup_t *setup, err_info_t *reterr)
{
    AUTO_SERVER server = {0};
    server_field_t field = *(const server_field_t *)setup->in;
    err_t err = server_store_server(db, setup->name, true, &server, reterr);
    if (err != ERR_OK)
        return err;
    if (field != SERVER_NAME && field != SERVER_SSH_ADDRESS && server.state != SERVER_DISABLED)
        return server_setup_not_disabled(&server, reterr);
    switch (field) {
    case SERVER_NAME: return server_store_rename(db, server.id, setup->text, setup->now, reterr);
    case SERVER_TYPE: replace(&server.server_type, setup->text); break;
    case SERVER_ADDRESS: replace(&server.address, setup->text); break;
    case SERVER_SSH_ADDRESS: replace(&server.ssh_address, setup->text); break;
    case SERVER_GROUP: err = move(db, setup, &server, reterr); break;
    }
    return err == ERR_OK ? server_store_save(db, &server, setup->now, reterr) : err;
}

static err_t check_server_value(server_field_t field, const char *value, err_info_t *reterr)
{
    if (field == SERVER_NAME && !server_setup_is_word(value, 255, "-._", true))
        return server_setup_bad("name of a server", value, "lower case letters, digits, hyphens, dots and underscores, the first a letter or digit", reterr);
    if (field == SERVER_TYPE && strcmp(value, "bind9") != 0 && strcmp(value, "nsd4") != 0)
        return server_setup_bad("server type", value, "bind9 or nsd4", reterr);
    return field == SERVER_ADDRESS || field == SERVER_SSH_ADDRESS ? server_setup_check_address("address", value, field == SERVER_SSH_ADDRESS, reterr) : ERR_OK;
}

err_t server_change_server(db_t *db, const caller_t *who, const char *name, server_field_t field, const char *value, wall_t now,
                           change_result_t *ret_result, err_info_t *reterr)
{
    static const char *const methods[] = {"rename_server", "set_server_type", "set_server_address", "set_server_ssh_address", "move_server_sg"};
    err_t err = check_server_value(field, value, reterr);
    setup_t setup = {.who = who, .method = methods[field], .object = "server", .name = name, .fn = change_server, .now = now, .in = &field, .text = value};
    return err == ERR_OK ? server_setup_run(db, &setup, ret_result, reterr) : err;
}

/* ---- what is asked of the machines */

static err_t reconfig(db_t *db, setup_t *setup, err_info_t *reterr)
{
    static const master_event_t events[] = {ME_MasterReconfig, ME_PartialReconfig, ME_PartialReconfig, ME_AllReconfig, ME_Reset};
    reconfig_t what = *(const reconfig_t *)setup->in;
    AUTO_GROUP group = {0};
    err_t err = ERR_OK;
    if (what == RECONFIG_SG)
        err = server_store_group(db, setup->name, &group, reterr);
    else if (what == RECONFIG_REPLICA_SG)
        err = server_setup_find_replica(db, &group, reterr);
    if (err == ERR_OK && what == RECONFIG_REPLICA_SG && group.id == 0)
        err = no_replica(reterr);
    return err == ERR_OK ? queue(db, setup, events[what], group.id, reterr) : err;
}

err_t server_change_reconfig(db_t *db, const caller_t *who, reconfig_t what, const char *sg_name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    static const char *const methods[] = {"reconfig_master", "reconfig_sg", "reconfig_replica_sg", "reconfig_all", "reset_master"};
    setup_t setup = {.who = who, .method = methods[what], .object = what == RECONFIG_SG ? "sg" : "master", .name = sg_name, .fn = reconfig, .now = now, .in = &what};
    return server_setup_run(db, &setup, ret_result, reterr);
}

static err_t refresh(db_t *db, setup_t *setup, err_info_t *reterr)
{
    AUTO_GROUP group = {0};
    err_t err = setup->name != NULL ? server_store_group(db, setup->name, &group, reterr) : ERR_OK;
    return err == ERR_OK ? publish_store_refresh_all(db, group.id, false, setup->now, reterr) : err;
}

err_t server_change_refresh(db_t *db, const caller_t *who, const char *sg_name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    setup_t setup = {.who = who, .method = sg_name != NULL ? "refresh_sg" : "refresh_all", .object = "sg", .name = sg_name, .fn = refresh, .now = now};
    return server_setup_run(db, &setup, ret_result, reterr);
}

/* Without these something that was begun, or accepted, would never end. */
typedef struct { const char *type, *why, *hint; } needed_t;
static const needed_t s_needed[] = {
    {"ZoneSMEditTimeout", "is the time limit of an edit lock", "end the lock instead: cancel_edit_zone with this event's number as token"},
    {"MasterSMHoldTimeout", "is the time limit of a hold", "reset_master ends the hold"},
    {"ZoneSMConfig", "puts the zone into service", "disable_zone ends the wish for it"},
    {"ZoneSMSgMove", "is the next step of a move to another server group", "end the move instead: cancel_zone_move"},
    {"ZoneSMIncUpdate", "is an update that was accepted", "it is made at once when the zone is not locked; a refused one is over"},
    {"ZoneSMAutoPtr", "brings PTR records up to date", "it is made at once when the zone is not locked"},
};

static const needed_t *find_needed(const char *type)
{
    for (size_t i = 0; i < ARRAY_SIZE(s_needed); i++) {
        if (strcmp(s_needed[i].type, type) == 0)
            return &s_needed[i];
    }
    return NULL;
}

static err_t fail_event(db_t *db, setup_t *setup, err_info_t *reterr)
{
    int64_t id = *(const int64_t *)setup->in;
    AUTO_CLEANUP(event_row_done) event_row_t event = {0};
    bool found = false;
    err_t err = event_store_get(db, id, &event, reterr);
    const needed_t *needed = err == ERR_OK ? find_needed(event.type) : NULL;
    if (err == ERR_OK && needed == NULL)
        err = event_store_fail(db, id, setup->now, &found, reterr);
    if (err != ERR_OK || found)
        return err;
    bool waits = needed != NULL && event.done.us == 0;
    err_set(reterr, ERR_CANT_FAIL_EVENT_BY_ID, "event %" PRId64 " %s", id, waits ? needed->why : "is processed already");
    if (waits)
        err_hint(reterr, "%s", needed->hint);
    err_key_int(reterr, "event_id", id);
    return ERR_CANT_FAIL_EVENT_BY_ID;
}

err_t server_change_fail_event(db_t *db, const caller_t *who, int64_t event_id, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    AUTO_FREE char *name = auto_printf("%" PRId64, event_id);
    setup_t setup = {.who = who, .method = "fail_event", .object = "event", .name = name, .fn = fail_event, .now = now, .in = &event_id};
    return server_setup_run(db, &setup, ret_result, reterr);
}
