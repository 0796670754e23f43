/* Bytes -> protobuf-c's structs -> structs.  Strings move from one form to the other: both are malloc's. */
#include "proto/wire_check.h"
#include <dms.pb-c.h>
#include <stdlib.h>
#include <string.h>

/* A few bytes of an empty submessage become a struct of a hundred; a budget bounds what one envelope can make us
 * allocate.  The largest honest one (a check of 40,000 zones) takes a third of it. */
enum { BUDGET = 16 << 20 };

static void *budget_alloc(void *budget, size_t size)
{
    size_t *left = budget;
    if (size > *left)
        return NULL;
    *left -= size;
    return malloc(size > 0 ? size : 1);
}

static void budget_free(void *budget, void *p)
{
    (void)budget;
    free(p);
}

/* Empty strings, allocated or protobuf-c's constant, stay where they are. */
static char *take_text(char **text)
{
    char *taken = *text;
    if (taken == NULL || taken[0] == '\0')
        return NULL;
    *text = NULL;
    return taken;
}

static char **take_texts(char ***list, size_t *count, size_t *ret_count)
{
    char **taken = *list;
    *ret_count = *count;
    *list = NULL;
    *count = 0;
    return taken;
}

static wire_zone_serial_t *zones_from(Dms__ZoneSerial **list, size_t count, size_t *ret_count)
{
    *ret_count = count;
    if (count == 0)
        return NULL;
    wire_zone_serial_t *zones = auto_calloc(count, sizeof *zones);
    for (size_t i = 0; i < count; i++)
        zones[i] = (wire_zone_serial_t){take_text(&list[i]->zone), list[i]->serial, list[i]->missing};
    return zones;
}

static wire_endpoint_t *endpoints_from(Dms__Endpoint **list, size_t count, size_t *ret_count)
{
    *ret_count = count;
    if (count == 0)
        return NULL;
    wire_endpoint_t *endpoints = auto_calloc(count, sizeof *endpoints);
    for (size_t i = 0; i < count; i++)
        endpoints[i] = (wire_endpoint_t){take_text(&list[i]->address), list[i]->port};
    return endpoints;
}

static void server_config_from(Dms__ServerConfig *in, wire_server_config_t *out)
{
    out->role = (wire_role_t)in->role;
    out->masters = endpoints_from(in->masters, in->n_masters, &out->master_count);
    if (in->n_groups == 0)
        return;
    out->groups = auto_calloc(in->n_groups, sizeof *out->groups);
    out->group_count = in->n_groups;
    for (size_t i = 0; i < in->n_groups; i++) {
        wire_group_t *group = &out->groups[i];
        group->name = take_text(&in->groups[i]->name);
        group->servers = endpoints_from(in->groups[i]->servers, in->groups[i]->n_servers, &group->server_count);
    }
}

static void zone_update_from(Dms__ZoneUpdate *in, wire_zone_update_t *out)
{
    out->zone = take_text(&in->zone);
    out->from_serial = in->from_serial;
    out->to_serial = in->to_serial;
    out->old_soa = take_text(&in->old_soa);
    out->new_soa = take_text(&in->new_soa);
    out->soa_ttl = in->soa_ttl;
    out->remove = take_texts(&in->remove, &in->n_remove, &out->remove_count);
    out->add = take_texts(&in->add, &in->n_add, &out->add_count);
}

static void zone_load_from(Dms__ZoneLoad *in, wire_zone_load_t *out)
{
    out->zone = take_text(&in->zone);
    out->serial = in->serial;
    out->part = in->part;
    out->parts = in->parts;
    out->stale_serial = in->stale_serial;
    out->text = take_text(&in->text);
    if (out->text == NULL)
        out->text = auto_strdup("");
    out->groups = take_texts(&in->groups, &in->n_groups, &out->group_count);
}

static void command_from(Dms__Command *in, wire_command_t *out)
{
    out->id = in->id;
    out->revision = in->revision;
    out->deadline_ms = in->deadline_ms;
    switch (in->goal_case) {
    case DMS__COMMAND__GOAL_SERVER_CONFIG:
        out->goal = WIRE_SERVER_CONFIG;
        server_config_from(in->server_config, &out->server_config);
        break;
    case DMS__COMMAND__GOAL_ZONE_UPDATE:
        out->goal = WIRE_ZONE_UPDATE;
        zone_update_from(in->zone_update, &out->zone_update);
        break;
    case DMS__COMMAND__GOAL_ZONE_LOAD:
        out->goal = WIRE_ZONE_LOAD;
        zone_load_from(in->zone_load, &out->zone_load);
        break;
    case DMS__COMMAND__GOAL_ZONE_SERVE:
        out->goal = WIRE_ZONE_SERVE;
        out->zone_serve = (wire_zone_serve_t){take_text(&in->zone_serve->zone), in->zone_serve->serial, in->zone_serve->stale_serial};
        break;
    case DMS__COMMAND__GOAL_ZONE_REMOVE:
        out->goal = WIRE_ZONE_REMOVE;
        out->zone_remove.zone = take_text(&in->zone_remove->zone);
        break;
    case DMS__COMMAND__GOAL_ZONE_CHECK:
        out->goal = WIRE_ZONE_CHECK;
        out->zone_check.zones = zones_from(in->zone_check->zones, in->zone_check->n_zones, &out->zone_check.count);
        break;
    case DMS__COMMAND__GOAL__NOT_SET:
    case _DMS__COMMAND__GOAL__CASE_IS_INT_SIZE:
        break; /* goal 0: of a later version */
    }
}

static void report_from(Dms__Report *in, wire_report_t *out)
{
    out->command_id = in->command_id;
    out->result = (wire_result_t)in->result;
    out->reason = (wire_reason_t)in->reason;
    out->evidence = take_text(&in->evidence);
    out->zone = take_text(&in->zone);
    out->serial = in->serial;
    out->has_serial = in->has_serial;
    out->revision = in->revision;
    out->at_us = in->at_us;
    out->zones = zones_from(in->zones, in->n_zones, &out->zone_count);
}

static void hello_from(Dms__Hello *in, wire_hello_t *out)
{
    out->software = take_text(&in->software);
    out->version_min = in->version_min;
    out->version_max = in->version_max;
    out->capabilities = take_texts(&in->capabilities, &in->n_capabilities, &out->capability_count);
    out->boot_id = in->boot_id;
    out->clock_us = in->clock_us;
    out->config_generation = in->config_generation;
    out->credit = in->credit;
    out->driver = take_text(&in->driver);
    out->driver_version = take_text(&in->driver_version);
    out->name_server_up = in->name_server_up;
}

static void commands_from(Dms__Commands *in, wire_msg_t *msg)
{
    msg->commands.items = auto_calloc(in->n_commands, sizeof *msg->commands.items);
    msg->commands.count = in->n_commands;
    for (size_t i = 0; i < in->n_commands; i++)
        command_from(in->commands[i], &msg->commands.items[i]);
}

static void reports_from(Dms__Reports *in, wire_msg_t *msg)
{
    msg->reports.items = auto_calloc(in->n_reports, sizeof *msg->reports.items);
    msg->reports.count = in->n_reports;
    for (size_t i = 0; i < in->n_reports; i++)
        report_from(in->reports[i], &msg->reports.items[i]);
}

/* NULL: no body that this version knows. */
static wire_msg_t *msg_from(Dms__Envelope *in)
{
    wire_msg_t *msg = NULL;
    switch (in->body_case) {
    case DMS__ENVELOPE__BODY_HELLO:
        msg = wire_msg_new(WIRE_HELLO, in->epoch);
        hello_from(in->hello, &msg->hello);
        break;
    case DMS__ENVELOPE__BODY_WELCOME:
        msg = wire_msg_new(WIRE_WELCOME, in->epoch);
        msg->welcome = (wire_welcome_t){take_text(&in->welcome->server), (wire_role_t)in->welcome->role,
                                        in->welcome->heartbeat_ms, in->welcome->clock_us};
        break;
    case DMS__ENVELOPE__BODY_REJECT:
        msg = wire_msg_new(WIRE_REJECT, in->epoch);
        msg->reject = (wire_reject_t){(wire_reason_t)in->reject->reason, take_text(&in->reject->text)};
        break;
    case DMS__ENVELOPE__BODY_HEARTBEAT:
        msg = wire_msg_new(WIRE_HEARTBEAT, in->epoch);
        msg->heartbeat = (wire_heartbeat_t){in->heartbeat->sequence, in->heartbeat->name_server_up,
                                            take_text(&in->heartbeat->text)};
        break;
    case DMS__ENVELOPE__BODY_COMMANDS:
        msg = wire_msg_new(WIRE_COMMANDS, in->epoch);
        commands_from(in->commands, msg);
        break;
    case DMS__ENVELOPE__BODY_REPORTS:
        msg = wire_msg_new(WIRE_REPORTS, in->epoch);
        reports_from(in->reports, msg);
        break;
    case DMS__ENVELOPE__BODY__NOT_SET:
    case _DMS__ENVELOPE__BODY__CASE_IS_INT_SIZE:
        break;
    }
    if (msg != NULL)
        msg->version = in->version;
    return msg;
}

err_t wire_decode(const uint8_t *bytes, size_t size, wire_msg_t **ret_msg, err_info_t *reterr)
{
    if (size > WIRE_ENVELOPE_MAX)
        return err_set(reterr, ERR_PROTOCOL, "envelope of %zu bytes, at most %d are allowed", size,
                       (int)WIRE_ENVELOPE_MAX);
    size_t budget = BUDGET;
    ProtobufCAllocator allocator = {budget_alloc, budget_free, &budget};
    Dms__Envelope *envelope = dms__envelope__unpack(&allocator, size, bytes);
    if (envelope == NULL)
        return err_set(reterr, ERR_PROTOCOL, "envelope of %zu bytes is malformed", size);
    AUTO(wire_msg) msg = msg_from(envelope);
    dms__envelope__free_unpacked(envelope, &allocator);
    if (msg == NULL)
        return err_set(reterr, ERR_PROTOCOL, "envelope has no body");
    err_t err = wire_check(msg, ERR_PROTOCOL, reterr);
    if (err != ERR_OK)
        return err;
    *ret_msg = msg;
    msg = NULL;
    return ERR_OK;
}
