/* Server groups and servers. */
#include "controller/usecase/server_setup.h"
#include "controller/fsm/master_fsm.h"
#include "controller/fsm/server_fsm.h"
#include "controller/store/change_store.h"
#include "controller/store/publish_store.h"
#include "controller/usecase/server_setup_priv.h"
#include "shared/dname.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define AUTO_GROUP AUTO_CLEANUP(group_row_done) group_row_t
#define AUTO_SERVER AUTO_CLEANUP(server_row_done) server_row_t

static err_t setup_fn(db_t *db, void *arg, err_info_t *reterr)
{
    setup_t *setup = arg;
    err_t err = change_store_insert(db, setup->who, setup->method, setup->object, setup->name, 0, NULL, setup->now, &setup->change_id, reterr);
    return err == ERR_OK ? setup->fn(db, setup, reterr) : err;
}

err_t server_setup_run(db_t *db, setup_t *setup, change_result_t *ret_result, err_info_t *reterr)
{
    err_t err = db_tx(db, setup_fn, setup, reterr);
    if (err == ERR_OK)
        *ret_result = (change_result_t){.change_id = setup->change_id};
    return err;
}

/* ---- checks of what people type */

err_t server_setup_bad(const char *what, const char *value, const char *rule, err_info_t *reterr)
{
    err_set(reterr, ERR_INVALID_ARGUMENT, "%s \"%s\" is not valid", what, value != NULL ? value : "");
    err_hint(reterr, "%s", rule);
    return ERR_INVALID_ARGUMENT;
}

bool server_setup_is_word(const char *text, size_t max, const char *more, bool lower)
{
    if (text == NULL || !isalnum((unsigned char)text[0]) || strlen(text) > max)
        return false;
    for (const char *p = text; *p != '\0'; p++) {
        if ((lower && isupper((unsigned char)*p)) || (!isalnum((unsigned char)*p) && strchr(more, *p) == NULL))
            return false;
    }
    return true;
}

err_t server_setup_check_address(const char *what, const char *text, bool optional, err_info_t *reterr)
{
    unsigned char address[16];
    if ((text == NULL && optional) || (text != NULL && (inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1)))
        return ERR_OK;
    return server_setup_bad(what, text, "an IPv4 or IPv6 address", reterr);
}

static err_t check_key(const char *key, err_info_t *reterr)
{
    static const char z85[] = ".-:+=^!/*?&<>()[]{}@%$#";
    if (key == NULL)
        return ERR_OK;
    bool ok = strlen(key) == 40;
    for (const char *p = key; ok && *p != '\0'; p++)
        ok = isalnum((unsigned char)*p) || strchr(z85, *p) != NULL;
    return ok ? ERR_OK : server_setup_bad("agent key", key, "the 40 characters that `dms-agent --public-key` prints", reterr);
}

/* Absolute canonical host names; *ret_names owned by the caller. */
static err_t canonical_names(char *const *names, size_t count, char ***ret_names, err_info_t *reterr)
{
    char **out = auto_calloc(count + 1, sizeof(*out));
    err_t err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        char name[DNAME_TEXT];
        err = dname_from_text(names[i], name, reterr);
        if (err == ERR_OK && !dname_is_hostname(name, false))
            err = server_setup_bad("name of a name server", names[i], "a host name: letters, digits and hyphens", reterr);
        if (err == ERR_OK)
            out[i] = auto_strdup(name);
    }
    *ret_names = out;
    return err;
}

static void names_free(char **names, size_t count)
{
    for (size_t i = 0; names != NULL && i < count; i++)
        free(names[i]);
    free(names);
}

/* ---- groups */

static err_t reconfigure(db_t *db, const setup_t *setup, master_event_t event, int64_t sg_id, err_info_t *reterr)
{
    master_params_t params = {.sg_id = sg_id, .change_id = setup->change_id};
    return master_fsm_queue(db, event, &params, setup->now, reterr);
}

static err_t create_sg(db_t *db, setup_t *setup, err_info_t *reterr)
{
    group_row_t row = *(const group_row_t *)setup->in; /* contents borrowed */
    AUTO_GROUP replica = {0};
    err_t err = row.replica ? server_setup_find_replica(db, &replica, reterr) : ERR_OK;
    if (err == ERR_OK && replica.id != 0)
        err = server_setup_replica_exists(row.name, &replica, reterr);
    if (err == ERR_OK)
        err = server_store_group_insert(db, &row, setup->now, reterr);
    return err == ERR_OK ? reconfigure(db, setup, ME_PartialReconfig, row.id, reterr) : err;
}

err_t server_setup_create_sg(db_t *db, const caller_t *who, const group_row_t *group, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    if (!server_setup_is_word(group->name, 32, "-_", false))
        return server_setup_bad("name of a server group", group->name, "at most 32 letters, digits, hyphens and underscores, the first a letter or digit", reterr);
    err_t err = server_setup_check_address("master address", group->master_address, true, reterr);
    if (err == ERR_OK)
        err = server_setup_check_address("alternative master address", group->master_alt_address, true, reterr);
    group_row_t row = *group; /* contents borrowed, but for apex_ns */
    row.apex_ns = NULL;
    if (err == ERR_OK)
        err = canonical_names(group->apex_ns, group->apex_ns_count, &row.apex_ns, reterr);
    setup_t setup = {.who = who, .method = "create_sg", .object = "sg", .name = group->name, .fn = create_sg, .now = now, .in = &row};
    if (err == ERR_OK)
        err = server_setup_run(db, &setup, ret_result, reterr);
    names_free(row.apex_ns, group->apex_ns_count);
    return err;
}

static err_t delete_sg(db_t *db, setup_t *setup, err_info_t *reterr)
{
    AUTO_GROUP group = {0};
    err_t err = server_store_group(db, setup->name, &group, reterr);
    if (err == ERR_OK)
        err = server_store_group_delete(db, group.id, reterr);
    if (err == ERR_SG_STILL_HAS_ZONES || err == ERR_SG_STILL_HAS_SERVERS)
        err_key(reterr, "sg_name", setup->name);
    return err == ERR_OK ? reconfigure(db, setup, ME_MasterReconfig, 0, reterr) : err;
}

err_t server_setup_delete_sg(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    setup_t setup = {.who = who, .method = "delete_sg", .object = "sg", .name = name, .fn = delete_sg, .now = now};
    return server_setup_run(db, &setup, ret_result, reterr);
}

static bool same_names(char *const *a, size_t a_count, char *const *b, size_t b_count)
{
    bool same = a_count == b_count;
    for (size_t i = 0; same && i < a_count; i++)
        same = strcmp(a[i], b[i]) == 0;
    return same;
}

/* The apex of every zone that takes it from the group changes: each is published anew. */
static err_t set_apex_ns(db_t *db, setup_t *setup, err_info_t *reterr)
{
    AUTO_GROUP group = {0};
    err_t err = server_store_group(db, setup->name, &group, reterr);
    if (err != ERR_OK || same_names(group.apex_ns, group.apex_ns_count, setup->in, setup->count))
        return err;
    err = server_store_group_set_apex(db, group.id, setup->in, setup->count, reterr);
    return err == ERR_OK ? publish_store_refresh_group(db, group.id, setup->now, reterr) : err;
}

err_t server_setup_set_apex_ns(db_t *db, const caller_t *who, const char *sg_name, char *const *names, size_t count, wall_t now, change_result_t *ret_result,
                               err_info_t *reterr)
{
    char **canonical = NULL;
    err_t err = canonical_names(names, count, &canonical, reterr);
    setup_t setup = {.who = who, .method = "set_sg_apex_ns", .object = "sg", .name = sg_name, .fn = set_apex_ns, .now = now, .in = canonical, .count = count};
    if (err == ERR_OK)
        err = server_setup_run(db, &setup, ret_result, reterr);
    names_free(canonical, count);
    return err;
}

/* ---- servers */

static err_t create_server(db_t *db, setup_t *setup, err_info_t *reterr)
{
    server_row_t row = *(const server_row_t *)setup->in; /* contents borrowed */
    AUTO_GROUP group = {0};
    err_t err = server_store_group(db, row.sg_name, &group, reterr);
    if (err != ERR_OK)
        return err;
    row.sg_id = group.id;
    err = server_store_insert(db, &row, setup->now, reterr);
    return err == ERR_OK && row.agent_key != NULL ? db_notify(db, DB_CHANNEL_EVENT, "peers", reterr) : err;
}

static err_t check_choice(const char *what, const char *value, const char *const *choices, size_t count, err_info_t *reterr)
{
    for (size_t i = 0; value != NULL && i < count; i++) {
        if (strcmp(value, choices[i]) == 0)
            return ERR_OK;
    }
    return server_setup_bad(what, value, strcmp(what, "role") == 0 ? "master, replica or slave" : "bind9 or nsd4", reterr);
}

err_t server_setup_create_server(db_t *db, const caller_t *who, const server_row_t *row, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    static const char *const roles[] = {"master", "replica", "slave"}, *const types[] = {"bind9", "nsd4"};
    static char slave[] = "slave", bind9[] = "bind9";
    server_row_t in = *row; /* contents borrowed */
    if (in.role == NULL)
        in.role = slave;
    if (in.server_type == NULL)
        in.server_type = bind9;
    if (in.port == 0)
        in.port = 53;
    if (!server_setup_is_word(in.name, 255, "-._", true))
        return server_setup_bad("name of a server", in.name, "lower case letters, digits, hyphens, dots and underscores, the first a letter or digit", reterr);
    if (in.port < 1 || in.port > 65535)
        return err_set(reterr, ERR_INVALID_ARGUMENT, "port %d is not between 1 and 65535", in.port);
    err_t err = check_choice("role", in.role, roles, ARRAY_SIZE(roles), reterr);
    if (err == ERR_OK)
        err = check_choice("server type", in.server_type, types, ARRAY_SIZE(types), reterr);
    if (err == ERR_OK)
        err = server_setup_check_address("address", in.address, false, reterr);
    if (err == ERR_OK)
        err = server_setup_check_address("ssh address", in.ssh_address, true, reterr);
    if (err == ERR_OK)
        err = check_key(in.agent_key, reterr);
    if (err == ERR_OK && in.sg_name == NULL)
        err = err_set(reterr, ERR_NO_SG_FOUND, "server \"%s\" needs a server group", in.name);
    setup_t setup = {.who = who, .method = "create_server", .object = "server", .name = in.name, .fn = create_server, .now = now, .in = &in};
    return err == ERR_OK ? server_setup_run(db, &setup, ret_result, reterr) : err;
}

err_t server_setup_not_disabled(const server_row_t *server, err_info_t *reterr)
{
    err_set(reterr, ERR_SERVER_NOT_DISABLED, "server \"%s\" is not disabled", server->name);
    err_hint(reterr, "disable_server first: nothing waits for it then");
    err_key(reterr, "server_name", server->name);
    return ERR_SERVER_NOT_DISABLED;
}

static err_t delete_server(db_t *db, setup_t *setup, err_info_t *reterr)
{
    AUTO_SERVER server = {0};
    err_t err = server_store_server(db, setup->name, true, &server, reterr);
    if (err != ERR_OK)
        return err;
    if (server.state != SERVER_DISABLED)
        return server_setup_not_disabled(&server, reterr);
    err = server_store_delete(db, server.id, reterr);
    return err == ERR_OK ? db_notify(db, DB_CHANNEL_EVENT, "peers", reterr) : err;
}

err_t server_setup_delete_server(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    setup_t setup = {.who = who, .method = "delete_server", .object = "server", .name = name, .fn = delete_server, .now = now};
    return server_setup_run(db, &setup, ret_result, reterr);
}

static err_t fire(db_t *db, setup_t *setup, err_info_t *reterr)
{
    AUTO_SERVER server = {0};
    err_t err = server_store_server(db, setup->name, true, &server, reterr);
    server_params_t params = {.change_id = setup->change_id};
    return err == ERR_OK ? server_fsm_fire(db, &server, *(const server_event_t *)setup->in, &params, setup->now, reterr) : err;
}

static err_t run_fire(db_t *db, const caller_t *who, const char *method, const char *name, server_event_t event, wall_t now, change_result_t *ret_result,
                      err_info_t *reterr)
{
    setup_t setup = {.who = who, .method = method, .object = "server", .name = name, .fn = fire, .now = now, .in = &event};
    return server_setup_run(db, &setup, ret_result, reterr);
}

err_t server_setup_enable(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    return run_fire(db, who, "enable_server", name, SE_Enable, now, ret_result, reterr);
}

err_t server_setup_disable(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    return run_fire(db, who, "disable_server", name, SE_Disable, now, ret_result, reterr);
}

err_t server_setup_reset(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    return run_fire(db, who, "reset_server", name, SE_Reset, now, ret_result, reterr);
}

static err_t set_key(db_t *db, setup_t *setup, err_info_t *reterr)
{
    AUTO_SERVER server = {0};
    err_t err = server_store_server(db, setup->name, true, &server, reterr);
    if (err != ERR_OK)
        return err;
    free(server.agent_key);
    server.agent_key = auto_strdup(setup->text);
    err = server_store_save(db, &server, setup->now, reterr);
    return err == ERR_OK ? db_notify(db, DB_CHANNEL_EVENT, "peers", reterr) : err;
}

err_t server_setup_set_key(db_t *db, const caller_t *who, const char *name, const char *agent_key, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    err_t err = check_key(agent_key, reterr);
    setup_t setup = {.who = who, .method = "set_server_key", .object = "server", .name = name, .fn = set_key, .now = now, .text = agent_key};
    return err == ERR_OK ? server_setup_run(db, &setup, ret_result, reterr) : err;
}
