/* What a server's name server must be told of its peers, made of groups and servers as they are now.
 * A slave hears of its masters and its own group only: it must not learn who else is served. */
#include "controller/engine/engine_priv.h"
#include <stdlib.h>
#include <string.h>

wire_role_t config_role(const char *role)
{
    if (strcmp(role, "master") == 0)
        return WIRE_ROLE_MASTER;
    return strcmp(role, "replica") == 0 ? WIRE_ROLE_REPLICA : WIRE_ROLE_SLAVE;
}

typedef struct {
    const server_row_t *self;
    const group_row_t *groups; size_t group_count;
    const server_row_t *servers; size_t server_count;
} peers_t;

static void add_endpoint(wire_endpoint_t **list, size_t *count, const char *address, int port)
{
    size_t cap = *count;
    *list = auto_grow(*list, &cap, *count + 1, sizeof(**list));
    (*list)[(*count)++] = (wire_endpoint_t){auto_strdup(address), (uint32_t)port};
}

/* First the active master, then replicas; as this server's group sees them where the group says so. */
static void add_masters(const peers_t *peers, wire_server_config_t *config)
{
    const group_row_t *own = NULL;
    for (size_t i = 0; i < peers->group_count; i++) {
        if (peers->groups[i].id == peers->self->sg_id)
            own = &peers->groups[i];
    }
    static const char *const roles[] = {"master", "replica"};
    for (size_t r = 0; r < ARRAY_SIZE(roles); r++) {
        for (size_t i = 0; i < peers->server_count; i++) {
            const server_row_t *s = &peers->servers[i];
            if (strcmp(s->role, roles[r]) != 0 || s->state == SERVER_DISABLED || s->id == peers->self->id)
                continue;
            const char *seen_as = own == NULL ? NULL : r == 0 ? own->master_address : own->master_alt_address;
            add_endpoint(&config->masters, &config->master_count, seen_as != NULL ? seen_as : s->address, s->port);
        }
    }
}

static void add_group(const peers_t *peers, const group_row_t *group, wire_server_config_t *config)
{
    size_t cap = config->group_count;
    config->groups = auto_grow(config->groups, &cap, config->group_count + 1, sizeof(*config->groups));
    wire_group_t *out = &config->groups[config->group_count++];
    *out = (wire_group_t){.name = auto_strdup(group->name)};
    for (size_t i = 0; i < peers->server_count; i++) {
        const server_row_t *s = &peers->servers[i];
        if (s->sg_id == group->id && s->state != SERVER_DISABLED && strcmp(s->role, "master") != 0)
            add_endpoint(&out->servers, &out->server_count, s->address, s->port);
    }
}

err_t config_build(db_t *db, const server_row_t *server, wire_server_config_t *ret_config, err_info_t *reterr)
{
    group_row_t *groups = NULL;
    server_row_t *servers = NULL;
    size_t group_count = 0, server_count = 0;
    err_t err = server_store_groups_bare(db, &groups, &group_count, reterr);
    if (err == ERR_OK)
        err = server_store_servers(db, 0, &servers, &server_count, reterr);
    if (err == ERR_OK) {
        peers_t peers = {server, groups, group_count, servers, server_count};
        wire_server_config_t config = {.role = config_role(server->role)};
        add_masters(&peers, &config);
        for (size_t i = 0; i < group_count; i++) {
            if (config.role != WIRE_ROLE_SLAVE || groups[i].id == server->sg_id)
                add_group(&peers, &groups[i], &config);
        }
        *ret_config = config;
    }
    server_store_groups_free(groups, group_count);
    server_store_servers_free(servers, server_count);
    return err;
}
