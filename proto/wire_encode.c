/* Structs -> protobuf-c's structs -> bytes.  The middle form borrows all strings and lives in one pool per call. */
#include "proto/wire_check.h"
#include <dms.pb-c.h>
#include <stdlib.h>
#include <string.h>

typedef struct chunk {
    struct chunk *next;
    size_t used, size;
    max_align_t data[];
} chunk_t;
typedef struct pool {
    chunk_t *first;
} pool_t;

static void pool_done(pool_t *pool)
{
    for (chunk_t *next, *chunk = pool->first; chunk != NULL; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
}

static void *pool_take(pool_t *pool, size_t count, size_t size)
{
    enum { CHUNK = 32768 };
    size_t want = (count * size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    chunk_t *chunk = pool->first;
    if (chunk == NULL || chunk->size - chunk->used < want) {
        chunk = auto_malloc(sizeof *chunk + (want > CHUNK ? want : CHUNK));
        *chunk = (chunk_t){.next = pool->first, .size = want > CHUNK ? want : CHUNK};
        pool->first = chunk;
    }
    void *p = (char *)chunk->data + chunk->used;
    chunk->used += want;
    return p;
}

#define TAKE(pool, T) ((T *)pool_take(pool, 1, sizeof(T)))
#define TAKE_ARRAY(pool, T, count) ((T **)pool_take(pool, count, sizeof(T *)))

/* protobuf-c's members are not const, but packing only reads them. */
static char *text_of(const char *text)
{
    union {
        const char *in;
        char *out;
    } u = {.in = text != NULL ? text : protobuf_c_empty_string};
    return u.out;
}

static Dms__ZoneSerial **zones_of(pool_t *pool, const wire_zone_serial_t *zones, size_t count)
{
    Dms__ZoneSerial **list = TAKE_ARRAY(pool, Dms__ZoneSerial, count);
    for (size_t i = 0; i < count; i++) {
        list[i] = TAKE(pool, Dms__ZoneSerial);
        dms__zone_serial__init(list[i]);
        list[i]->zone = text_of(zones[i].zone);
        list[i]->serial = zones[i].serial;
        list[i]->missing = zones[i].missing;
    }
    return list;
}

static Dms__Endpoint **endpoints_of(pool_t *pool, const wire_endpoint_t *endpoints, size_t count)
{
    Dms__Endpoint **list = TAKE_ARRAY(pool, Dms__Endpoint, count);
    for (size_t i = 0; i < count; i++) {
        list[i] = TAKE(pool, Dms__Endpoint);
        dms__endpoint__init(list[i]);
        list[i]->address = text_of(endpoints[i].address);
        list[i]->port = endpoints[i].port;
    }
    return list;
}

static Dms__ServerConfig *server_config_of(pool_t *pool, const wire_server_config_t *in)
{
    Dms__ServerConfig *out = TAKE(pool, Dms__ServerConfig);
    dms__server_config__init(out);
    out->role = (Dms__Role)in->role;
    out->masters = endpoints_of(pool, in->masters, in->master_count);
    out->n_masters = in->master_count;
    out->groups = TAKE_ARRAY(pool, Dms__Group, in->group_count);
    out->n_groups = in->group_count;
    for (size_t i = 0; i < in->group_count; i++) {
        Dms__Group *group = TAKE(pool, Dms__Group);
        dms__group__init(group);
        group->name = text_of(in->groups[i].name);
        group->servers = endpoints_of(pool, in->groups[i].servers, in->groups[i].server_count);
        group->n_servers = in->groups[i].server_count;
        out->groups[i] = group;
    }
    return out;
}

static Dms__ZoneUpdate *zone_update_of(pool_t *pool, const wire_zone_update_t *in)
{
    Dms__ZoneUpdate *out = TAKE(pool, Dms__ZoneUpdate);
    dms__zone_update__init(out);
    out->zone = text_of(in->zone);
    out->from_serial = in->from_serial;
    out->to_serial = in->to_serial;
    out->old_soa = text_of(in->old_soa);
    out->new_soa = text_of(in->new_soa);
    out->soa_ttl = in->soa_ttl;
    out->remove = in->remove;
    out->n_remove = in->remove_count;
    out->add = in->add;
    out->n_add = in->add_count;
    return out;
}

static Dms__ZoneLoad *zone_load_of(pool_t *pool, const wire_zone_load_t *in)
{
    Dms__ZoneLoad *out = TAKE(pool, Dms__ZoneLoad);
    dms__zone_load__init(out);
    out->zone = text_of(in->zone);
    out->serial = in->serial;
    out->part = in->part;
    out->parts = in->parts;
    out->stale_serial = in->stale_serial;
    out->text = text_of(in->text);
    out->groups = in->groups;
    out->n_groups = in->group_count;
    return out;
}

static Dms__ZoneServe *zone_serve_of(pool_t *pool, const wire_zone_serve_t *in)
{
    Dms__ZoneServe *out = TAKE(pool, Dms__ZoneServe);
    dms__zone_serve__init(out);
    out->zone = text_of(in->zone);
    out->serial = in->serial;
    out->stale_serial = in->stale_serial;
    return out;
}

static Dms__ZoneRemove *zone_remove_of(pool_t *pool, const wire_zone_remove_t *in)
{
    Dms__ZoneRemove *out = TAKE(pool, Dms__ZoneRemove);
    dms__zone_remove__init(out);
    out->zone = text_of(in->zone);
    return out;
}

static Dms__ZoneCheck *zone_check_of(pool_t *pool, const wire_zone_check_t *in)
{
    Dms__ZoneCheck *out = TAKE(pool, Dms__ZoneCheck);
    dms__zone_check__init(out);
    out->zones = zones_of(pool, in->zones, in->count);
    out->n_zones = in->count;
    return out;
}

static Dms__Command *command_of(pool_t *pool, const wire_command_t *in)
{
    Dms__Command *out = TAKE(pool, Dms__Command);
    dms__command__init(out);
    out->id = in->id;
    out->revision = in->revision;
    out->deadline_ms = in->deadline_ms;
    switch (in->goal) {
    case WIRE_SERVER_CONFIG:
        out->goal_case = DMS__COMMAND__GOAL_SERVER_CONFIG;
        out->server_config = server_config_of(pool, &in->server_config);
        break;
    case WIRE_ZONE_UPDATE:
        out->goal_case = DMS__COMMAND__GOAL_ZONE_UPDATE;
        out->zone_update = zone_update_of(pool, &in->zone_update);
        break;
    case WIRE_ZONE_LOAD:
        out->goal_case = DMS__COMMAND__GOAL_ZONE_LOAD;
        out->zone_load = zone_load_of(pool, &in->zone_load);
        break;
    case WIRE_ZONE_SERVE:
        out->goal_case = DMS__COMMAND__GOAL_ZONE_SERVE;
        out->zone_serve = zone_serve_of(pool, &in->zone_serve);
        break;
    case WIRE_ZONE_REMOVE:
        out->goal_case = DMS__COMMAND__GOAL_ZONE_REMOVE;
        out->zone_remove = zone_remove_of(pool, &in->zone_remove);
        break;
    case WIRE_ZONE_CHECK:
        out->goal_case = DMS__COMMAND__GOAL_ZONE_CHECK;
        out->zone_check = zone_check_of(pool, &in->zone_check);
        break;
    case WIRE_GOAL_COUNT:
        break;
    }
    return out;
}

static Dms__Report *report_of(pool_t *pool, const wire_report_t *in)
{
    Dms__Report *out = TAKE(pool, Dms__Report);
    dms__report__init(out);
    out->command_id = in->command_id;
    out->result = (Dms__Result)in->result;
    out->reason = (Dms__Reason)in->reason;
    out->evidence = text_of(in->evidence);
    out->zone = text_of(in->zone);
    out->serial = in->serial;
    out->has_serial = in->has_serial;
    out->revision = in->revision;
    out->at_us = in->at_us;
    out->zones = zones_of(pool, in->zones, in->zone_count);
    out->n_zones = in->zone_count;
    return out;
}

static Dms__Hello *hello_of(pool_t *pool, const wire_hello_t *in)
{
    Dms__Hello *out = TAKE(pool, Dms__Hello);
    dms__hello__init(out);
    out->software = text_of(in->software);
    out->version_min = in->version_min;
    out->version_max = in->version_max;
    out->capabilities = in->capabilities;
    out->n_capabilities = in->capability_count;
    out->boot_id = in->boot_id;
    out->clock_us = in->clock_us;
    out->config_generation = in->config_generation;
    out->credit = in->credit;
    out->driver = text_of(in->driver);
    out->driver_version = text_of(in->driver_version);
    out->name_server_up = in->name_server_up;
    return out;
}

static Dms__Welcome *welcome_of(pool_t *pool, const wire_welcome_t *in)
{
    Dms__Welcome *out = TAKE(pool, Dms__Welcome);
    dms__welcome__init(out);
    out->server = text_of(in->server);
    out->role = (Dms__Role)in->role;
    out->heartbeat_ms = in->heartbeat_ms;
    out->clock_us = in->clock_us;
    return out;
}

static Dms__Commands *commands_of(pool_t *pool, const wire_command_t *items, size_t count)
{
    Dms__Commands *out = TAKE(pool, Dms__Commands);
    dms__commands__init(out);
    out->commands = TAKE_ARRAY(pool, Dms__Command, count);
    out->n_commands = count;
    for (size_t i = 0; i < count; i++)
        out->commands[i] = command_of(pool, &items[i]);
    return out;
}

static Dms__Reports *reports_of(pool_t *pool, const wire_report_t *items, size_t count)
{
    Dms__Reports *out = TAKE(pool, Dms__Reports);
    dms__reports__init(out);
    out->reports = TAKE_ARRAY(pool, Dms__Report, count);
    out->n_reports = count;
    for (size_t i = 0; i < count; i++)
        out->reports[i] = report_of(pool, &items[i]);
    return out;
}

static void envelope_fill(pool_t *pool, const wire_msg_t *msg, Dms__Envelope *out)
{
    out->version = msg->version;
    out->epoch = msg->epoch;
    switch (msg->kind) {
    case WIRE_HELLO:
        out->body_case = DMS__ENVELOPE__BODY_HELLO;
        out->hello = hello_of(pool, &msg->hello);
        break;
    case WIRE_WELCOME:
        out->body_case = DMS__ENVELOPE__BODY_WELCOME;
        out->welcome = welcome_of(pool, &msg->welcome);
        break;
    case WIRE_REJECT:
        out->body_case = DMS__ENVELOPE__BODY_REJECT;
        out->reject = TAKE(pool, Dms__Reject);
        dms__reject__init(out->reject);
        out->reject->reason = (Dms__Reason)msg->reject.reason;
        out->reject->text = text_of(msg->reject.text);
        break;
    case WIRE_HEARTBEAT:
        out->body_case = DMS__ENVELOPE__BODY_HEARTBEAT;
        out->heartbeat = TAKE(pool, Dms__Heartbeat);
        dms__heartbeat__init(out->heartbeat);
        out->heartbeat->sequence = msg->heartbeat.sequence;
        out->heartbeat->name_server_up = msg->heartbeat.name_server_up;
        out->heartbeat->text = text_of(msg->heartbeat.text);
        break;
    case WIRE_COMMANDS:
        out->body_case = DMS__ENVELOPE__BODY_COMMANDS;
        out->commands = commands_of(pool, msg->commands.items, msg->commands.count);
        break;
    case WIRE_REPORTS:
        out->body_case = DMS__ENVELOPE__BODY_REPORTS;
        out->reports = reports_of(pool, msg->reports.items, msg->reports.count);
        break;
    }
}

err_t wire_encode(const wire_msg_t *msg, uint8_t **ret_bytes, size_t *ret_size, err_info_t *reterr)
{
    err_t err = wire_check(msg, ERR_LIMIT, reterr);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; msg->kind == WIRE_COMMANDS && i < msg->commands.count; i++) {
        if (msg->commands.items[i].goal < WIRE_SERVER_CONFIG || msg->commands.items[i].goal >= WIRE_GOAL_COUNT)
            return err_set(reterr, ERR_LIMIT, "command %zu of the envelope has no goal", i);
    }
    AUTO_CLEANUP(pool_done) pool_t pool = {0};
    Dms__Envelope envelope = DMS__ENVELOPE__INIT;
    envelope_fill(&pool, msg, &envelope);
    size_t size = dms__envelope__get_packed_size(&envelope);
    if (size > WIRE_ENVELOPE_MAX)
        return err_set(reterr, ERR_LIMIT, "envelope of %zu bytes, at most %d are allowed", size,
                       (int)WIRE_ENVELOPE_MAX);
    uint8_t *bytes = auto_malloc(size);
    *ret_size = dms__envelope__pack(&envelope, bytes);
    *ret_bytes = bytes;
    return ERR_OK;
}
