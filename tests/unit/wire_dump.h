/* A message as readable text, every field of it: proto/vectors/NAME.txt, and the way tests compare messages. */
#ifndef DMS_TESTS_WIRE_DUMP_H
#define DMS_TESTS_WIRE_DUMP_H
#include "proto/wire.h"
#include <inttypes.h>

static inline void dump_text(FILE *out, const char *name, const char *text)
{
    fprintf(out, "  %s: %s%s%s\n", name, text == NULL ? "" : "\"", text == NULL ? "none" : text,
            text == NULL ? "" : "\"");
}

static inline void dump_texts(FILE *out, const char *name, char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        dump_text(out, name, list[i]);
}

static inline void dump_stale(FILE *out, uint32_t serial)
{
    if (serial != 0)
        fprintf(out, "  stale: %u\n", serial);
}

static inline void dump_zones(FILE *out, const wire_zone_serial_t *zones, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(out, "  zone: %s serial %u%s\n", zones[i].zone, zones[i].serial, zones[i].missing ? " missing" : "");
}

static inline void dump_endpoints(FILE *out, const char *name, const wire_endpoint_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(out, "  %s: %s port %u\n", name, list[i].address, list[i].port);
}

static inline void dump_server_config(FILE *out, const wire_server_config_t *c)
{
    fprintf(out, "  role: %d\n", (int)c->role);
    dump_endpoints(out, "master", c->masters, c->master_count);
    for (size_t i = 0; i < c->group_count; i++) {
        dump_text(out, "group", c->groups[i].name);
        dump_endpoints(out, "  server", c->groups[i].servers, c->groups[i].server_count);
    }
}

static inline void dump_command(FILE *out, const wire_command_t *c)
{
    fprintf(out, "command %" PRIu64 ": %s, revision %" PRIu64 ", deadline %u ms\n", c->id, wire_goal_text(c->goal),
            c->revision, c->deadline_ms);
    switch (c->goal) {
    case WIRE_SERVER_CONFIG:
        dump_server_config(out, &c->server_config);
        break;
    case WIRE_ZONE_UPDATE:
        fprintf(out, "  zone: %s from %u to %u soa_ttl %u\n", c->zone_update.zone, c->zone_update.from_serial,
                c->zone_update.to_serial, c->zone_update.soa_ttl);
        dump_text(out, "old_soa", c->zone_update.old_soa);
        dump_text(out, "new_soa", c->zone_update.new_soa);
        dump_texts(out, "remove", c->zone_update.remove, c->zone_update.remove_count);
        dump_texts(out, "add", c->zone_update.add, c->zone_update.add_count);
        break;
    case WIRE_ZONE_LOAD:
        fprintf(out, "  zone: %s serial %u part %u of %u\n", c->zone_load.zone, c->zone_load.serial, c->zone_load.part,
                c->zone_load.parts);
        dump_stale(out, c->zone_load.stale_serial);
        dump_text(out, "text", c->zone_load.text);
        dump_texts(out, "group", c->zone_load.groups, c->zone_load.group_count);
        break;
    case WIRE_ZONE_SERVE:
        fprintf(out, "  zone: %s serial %u\n", c->zone_serve.zone, c->zone_serve.serial);
        dump_stale(out, c->zone_serve.stale_serial);
        break;
    case WIRE_ZONE_REMOVE:
        fprintf(out, "  zone: %s\n", c->zone_remove.zone);
        break;
    case WIRE_ZONE_CHECK:
        dump_zones(out, c->zone_check.zones, c->zone_check.count);
        break;
    case WIRE_GOAL_COUNT:
        break;
    }
}

static inline void dump_report(FILE *out, const wire_report_t *r)
{
    fprintf(out, "report on command %" PRIu64 ": %s, reason %s, revision %" PRIu64 ", at %" PRId64 " us\n",
            r->command_id, wire_result_text(r->result), wire_reason_text(r->reason), r->revision, r->at_us);
    dump_text(out, "evidence", r->evidence);
    dump_text(out, "zone", r->zone);
    fprintf(out, "  serial: %u%s\n", r->serial, r->has_serial ? "" : " (not valid)");
    dump_zones(out, r->zones, r->zone_count);
}

static inline void dump_hello(FILE *out, const wire_hello_t *h)
{
    dump_text(out, "software", h->software);
    fprintf(out, "  versions: %u to %u\n  boot_id: %" PRIx64 "\n  clock: %" PRId64 " us\n", h->version_min,
            h->version_max, h->boot_id, h->clock_us);
    dump_texts(out, "capability", h->capabilities, h->capability_count);
    fprintf(out, "  config_generation: %" PRIu64 "\n  credit: %u\n", h->config_generation, h->credit);
    dump_text(out, "driver", h->driver);
    dump_text(out, "driver_version", h->driver_version);
    fprintf(out, "  name_server_up: %d\n", h->name_server_up);
}

/* Caller frees. */
static inline char *wire_dump(const wire_msg_t *msg)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    static const char *const kinds[] = {"", "hello", "welcome", "reject", "heartbeat", "commands", "reports"};
    fprintf(out, "%s, version %u, epoch %" PRIu64 "\n", kinds[msg->kind], msg->version, msg->epoch);
    switch (msg->kind) {
    case WIRE_HELLO:
        dump_hello(out, &msg->hello);
        break;
    case WIRE_WELCOME:
        dump_text(out, "server", msg->welcome.server);
        fprintf(out, "  role: %d\n  heartbeat: %u ms\n  clock: %" PRId64 " us\n", (int)msg->welcome.role,
                msg->welcome.heartbeat_ms, msg->welcome.clock_us);
        break;
    case WIRE_REJECT:
        dump_text(out, wire_reason_text(msg->reject.reason), msg->reject.text);
        break;
    case WIRE_HEARTBEAT:
        fprintf(out, "  sequence: %" PRIu64 "\n  name_server_up: %d\n", msg->heartbeat.sequence,
                msg->heartbeat.name_server_up);
        dump_text(out, "text", msg->heartbeat.text);
        break;
    case WIRE_COMMANDS:
        for (size_t i = 0; i < msg->commands.count; i++)
            dump_command(out, &msg->commands.items[i]);
        break;
    case WIRE_REPORTS:
        for (size_t i = 0; i < msg->reports.count; i++)
            dump_report(out, &msg->reports.items[i]);
        break;
    }
    fclose(out);
    return text;
}
#endif
