#include "proto/wire.h"
#include "shared/utf8.h"
#include <dms.pb-c.h>
#include <stdlib.h>
#include <string.h>

#define SAME(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #ours " differs from dms.proto")
SAME(WIRE_ROLE_UNKNOWN, DMS__ROLE__ROLE_UNKNOWN);
SAME(WIRE_ROLE_MASTER, DMS__ROLE__ROLE_MASTER);
SAME(WIRE_ROLE_REPLICA, DMS__ROLE__ROLE_REPLICA);
SAME(WIRE_ROLE_SLAVE, DMS__ROLE__ROLE_SLAVE);
SAME(WIRE_RESULT_UNKNOWN, DMS__RESULT__RESULT_UNKNOWN);
SAME(WIRE_DONE, DMS__RESULT__DONE);
SAME(WIRE_ALREADY, DMS__RESULT__ALREADY);
SAME(WIRE_RETRY_LATER, DMS__RESULT__RETRY_LATER);
SAME(WIRE_REFUSED, DMS__RESULT__REFUSED);
SAME(WIRE_FAILED, DMS__RESULT__FAILED);
SAME(WIRE_REASON_NONE, DMS__REASON__REASON_NONE);
SAME(WIRE_UNKNOWN_COMMAND, DMS__REASON__UNKNOWN_COMMAND);
SAME(WIRE_WRONG_ROLE, DMS__REASON__WRONG_ROLE);
SAME(WIRE_OLD_EPOCH, DMS__REASON__OLD_EPOCH);
SAME(WIRE_OLD_REVISION, DMS__REASON__OLD_REVISION);
SAME(WIRE_BAD_MESSAGE, DMS__REASON__BAD_MESSAGE);
SAME(WIRE_VERSION_MISMATCH, DMS__REASON__VERSION);
SAME(WIRE_UNKNOWN_PEER, DMS__REASON__UNKNOWN_PEER);
SAME(WIRE_NO_CREDIT, DMS__REASON__NO_CREDIT);
SAME(WIRE_NAME_SERVER_DOWN, DMS__REASON__NAME_SERVER_DOWN);
SAME(WIRE_NOT_AT_SERIAL, DMS__REASON__NOT_AT_SERIAL);
SAME(WIRE_ZONE_MISSING, DMS__REASON__ZONE_MISSING);
SAME(WIRE_DNS_REFUSED, DMS__REASON__DNS_REFUSED);
SAME(WIRE_SERIAL_BEHIND, DMS__REASON__SERIAL_BEHIND);
SAME(WIRE_INCOMPLETE, DMS__REASON__INCOMPLETE);
SAME(WIRE_NOT_YET, DMS__REASON__NOT_YET);
SAME(WIRE_CONFIG_REFUSED, DMS__REASON__CONFIG_REFUSED);
SAME(WIRE_ROLLED_BACK, DMS__REASON__ROLLED_BACK);
SAME(WIRE_CONTROL_REFUSED, DMS__REASON__CONTROL_REFUSED);
SAME(WIRE_IO, DMS__REASON__IO);
SAME(WIRE_BAD_ZONE, DMS__REASON__BAD_ZONE);
SAME(WIRE_SERIAL_AHEAD, DMS__REASON__SERIAL_AHEAD);

static const char *const RESULTS[] = {
    [WIRE_RESULT_UNKNOWN] = "unknown", [WIRE_DONE] = "done",       [WIRE_ALREADY] = "already so",
    [WIRE_RETRY_LATER] = "retry later", [WIRE_REFUSED] = "refused", [WIRE_FAILED] = "failed",
};
static const char *const REASONS[] = {
    [WIRE_REASON_NONE] = "none",
    [WIRE_UNKNOWN_COMMAND] = "unknown command",
    [WIRE_WRONG_ROLE] = "wrong role",
    [WIRE_OLD_EPOCH] = "old epoch",
    [WIRE_OLD_REVISION] = "old revision",
    [WIRE_BAD_MESSAGE] = "bad message",
    [WIRE_VERSION_MISMATCH] = "version mismatch",
    [WIRE_UNKNOWN_PEER] = "unknown peer",
    [WIRE_NO_CREDIT] = "no credit",
    [WIRE_NAME_SERVER_DOWN] = "name server down",
    [WIRE_NOT_AT_SERIAL] = "not at serial",
    [WIRE_ZONE_MISSING] = "zone missing",
    [WIRE_DNS_REFUSED] = "refused by the name server",
    [WIRE_SERIAL_BEHIND] = "serial behind",
    [WIRE_INCOMPLETE] = "incomplete",
    [WIRE_NOT_YET] = "not yet",
    [WIRE_CONFIG_REFUSED] = "configuration refused",
    [WIRE_ROLLED_BACK] = "rolled back",
    [WIRE_CONTROL_REFUSED] = "control channel refused",
    [WIRE_IO] = "input or output error",
    [WIRE_BAD_ZONE] = "bad zone",
    [WIRE_SERIAL_AHEAD] = "serial of another time",
};
static const char *const GOALS[WIRE_GOAL_COUNT] = {
    [0] = "unknown command",
    [WIRE_SERVER_CONFIG] = "server configuration",
    [WIRE_ZONE_UPDATE] = "zone update",
    [WIRE_ZONE_LOAD] = "zone load",
    [WIRE_ZONE_SERVE] = "zone serve",
    [WIRE_ZONE_REMOVE] = "zone remove",
    [WIRE_ZONE_CHECK] = "zone check",
};

const char *wire_result_text(wire_result_t r)
{
    return (unsigned)r < ARRAY_SIZE(RESULTS) ? RESULTS[r] : NULL;
}

const char *wire_reason_text(wire_reason_t r)
{
    return (unsigned)r < ARRAY_SIZE(REASONS) ? REASONS[r] : NULL;
}

const char *wire_goal_text(wire_goal_t g)
{
    return (unsigned)g < WIRE_GOAL_COUNT ? GOALS[g] : NULL;
}

static void free_strings(char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

static void free_zones(wire_zone_serial_t *zones, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(zones[i].zone);
    free(zones);
}

static void free_endpoints(wire_endpoint_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i].address);
    free(list);
}

static void free_server_config(wire_server_config_t *body)
{
    free_endpoints(body->masters, body->master_count);
    for (size_t i = 0; i < body->group_count; i++) {
        free(body->groups[i].name);
        free_endpoints(body->groups[i].servers, body->groups[i].server_count);
    }
    free(body->groups);
}

static void free_zone_update(wire_zone_update_t *body)
{
    free(body->zone);
    free(body->old_soa);
    free(body->new_soa);
    free_strings(body->remove, body->remove_count);
    free_strings(body->add, body->add_count);
}

void wire_command_done(wire_command_t *self)
{
    switch (self->goal) {
    case WIRE_SERVER_CONFIG:
        free_server_config(&self->server_config);
        break;
    case WIRE_ZONE_UPDATE:
        free_zone_update(&self->zone_update);
        break;
    case WIRE_ZONE_LOAD:
        free(self->zone_load.zone);
        free(self->zone_load.text);
        free_strings(self->zone_load.groups, self->zone_load.group_count);
        break;
    case WIRE_ZONE_SERVE:
        free(self->zone_serve.zone);
        break;
    case WIRE_ZONE_REMOVE:
        free(self->zone_remove.zone);
        break;
    case WIRE_ZONE_CHECK:
        free_zones(self->zone_check.zones, self->zone_check.count);
        break;
    case WIRE_GOAL_COUNT:
        break;
    }
    *self = (wire_command_t){0};
}

void wire_report_done(wire_report_t *self)
{
    free(self->evidence);
    free(self->zone);
    free_zones(self->zones, self->zone_count);
    *self = (wire_report_t){0};
}

void wire_report_trim(wire_report_t *self)
{
    if (self->evidence == NULL)
        return;
    if (strlen(self->evidence) > WIRE_EVIDENCE_MAX)
        self->evidence[WIRE_EVIDENCE_MAX] = '\0';
    utf8_mend(self->evidence);
}

wire_msg_t *wire_msg_new(wire_kind_t kind, uint64_t epoch)
{
    wire_msg_t *self = auto_calloc(1, sizeof *self);
    self->kind = kind;
    self->version = WIRE_VERSION;
    self->epoch = epoch;
    return self;
}

void wire_hello_done(wire_hello_t *self)
{
    free(self->software);
    free_strings(self->capabilities, self->capability_count);
    free(self->driver);
    free(self->driver_version);
    *self = (wire_hello_t){0};
}

void wire_msg_destroy(wire_msg_t **self)
{
    wire_msg_t *msg = *self;
    if (msg == NULL)
        return;
    *self = NULL;
    switch (msg->kind) {
    case WIRE_HELLO:
        wire_hello_done(&msg->hello);
        break;
    case WIRE_WELCOME:
        free(msg->welcome.server);
        break;
    case WIRE_REJECT:
        free(msg->reject.text);
        break;
    case WIRE_HEARTBEAT:
        free(msg->heartbeat.text);
        break;
    case WIRE_COMMANDS:
        for (size_t i = 0; i < msg->commands.count; i++)
            wire_command_done(&msg->commands.items[i]);
        free(msg->commands.items);
        break;
    case WIRE_REPORTS:
        for (size_t i = 0; i < msg->reports.count; i++)
            wire_report_done(&msg->reports.items[i]);
        free(msg->reports.items);
        break;
    }
    free(msg);
}

/* Upper bounds: a number takes at most 11 bytes with its tag, a string or message 5 bytes before its contents (all are
 * below 2 MiB and tags below 16). */
enum { NUMBER_SIZE = 11, FRAME_SIZE = 5 };

static size_t string_size(const char *text)
{
    return FRAME_SIZE + (text == NULL ? 0 : strlen(text));
}

static size_t strings_size(char *const *list, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += string_size(list[i]);
    return size;
}

static size_t zones_size(const wire_zone_serial_t *zones, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += FRAME_SIZE + string_size(zones[i].zone) + 6 + 2; /* uint32, bool */
    return size;
}

static size_t endpoints_size(const wire_endpoint_t *list, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += FRAME_SIZE + string_size(list[i].address) + NUMBER_SIZE;
    return size;
}

static size_t goal_size(const wire_command_t *self)
{
    const wire_zone_update_t *update = &self->zone_update;
    const wire_zone_load_t *load = &self->zone_load;
    const wire_server_config_t *config = &self->server_config;
    size_t size = 0;
    switch (self->goal) {
    case WIRE_SERVER_CONFIG:
        size = endpoints_size(config->masters, config->master_count);
        for (size_t i = 0; i < config->group_count; i++)
            size += FRAME_SIZE + string_size(config->groups[i].name) +
                    endpoints_size(config->groups[i].servers, config->groups[i].server_count);
        return NUMBER_SIZE + size;
    case WIRE_ZONE_UPDATE:
        return 3 * NUMBER_SIZE + string_size(update->zone) + string_size(update->old_soa) +
               string_size(update->new_soa) + strings_size(update->remove, update->remove_count) +
               strings_size(update->add, update->add_count);
    case WIRE_ZONE_LOAD:
        return 4 * NUMBER_SIZE + string_size(load->zone) + string_size(load->text) +
               strings_size(load->groups, load->group_count);
    case WIRE_ZONE_SERVE:
        return 2 * NUMBER_SIZE + string_size(self->zone_serve.zone);
    case WIRE_ZONE_REMOVE:
        return string_size(self->zone_remove.zone);
    case WIRE_ZONE_CHECK:
        return zones_size(self->zone_check.zones, self->zone_check.count);
    case WIRE_GOAL_COUNT:
        break;
    }
    return 0;
}

size_t wire_command_size(const wire_command_t *self)
{
    return 2 * FRAME_SIZE + 3 * NUMBER_SIZE + goal_size(self);
}

size_t wire_report_size(const wire_report_t *self)
{
    return FRAME_SIZE + 7 * NUMBER_SIZE + string_size(self->evidence) + string_size(self->zone) +
           zones_size(self->zones, self->zone_count);
}
