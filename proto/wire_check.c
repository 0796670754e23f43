#include "proto/wire_check.h"
#include "shared/dname.h"
#include "shared/utf8.h"
#include <arpa/inet.h>
#include <string.h>

typedef struct {
    err_t code;
    err_info_t *reterr;
} check_t;

static size_t text_len(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

static bool is_utf8(const char *text, size_t len)
{
    for (size_t at = 0, n; at < len; at += n) {
        n = utf8_len(text + at, len - at);
        if (n == 0)
            return false;
    }
    return true;
}

/* Words for people: the database and JSON take nothing but UTF-8. */
static err_t check_words(const check_t *c, const char *field, const char *text, size_t max)
{
    size_t len = text_len(text);
    if (len > max)
        return err_set(c->reterr, c->code, "field \"%s\" has %zu bytes, at most %zu are allowed", field, len, max);
    if (text != NULL && !is_utf8(text, len))
        return err_set(c->reterr, c->code, "field \"%s\" is not UTF-8", field);
    return ERR_OK;
}

static bool has_control(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
            return true;
    }
    return false;
}

/* A name that is not a domain name. */
static err_t check_name(const check_t *c, const char *field, const char *text)
{
    if (text_len(text) == 0)
        return err_set(c->reterr, c->code, "field \"%s\" is missing", field);
    err_t err = check_words(c, field, text, WIRE_CHECK_NAME_MAX);
    if (err == ERR_OK && (has_control(text) || strchr(text, '\t') != NULL))
        err = err_set(c->reterr, c->code, "field \"%s\" has control characters", field);
    return err;
}

/* These names are rendered into name server configurations: nothing that could end a quoted string there. */
static err_t check_group(const check_t *c, const char *field, const char *text)
{
    err_t err = check_name(c, field, text);
    if (err == ERR_OK && strpbrk(text, "\"\\{};") != NULL)
        err = err_set(c->reterr, c->code, "field \"%s\" has characters that a group name cannot have", field);
    return err;
}

/* One line of zone file text.  A line feed in it would smuggle in a second record. */
static err_t check_line(const check_t *c, const char *field, const char *text)
{
    if (text_len(text) == 0)
        return err_set(c->reterr, c->code, "field \"%s\" is missing", field);
    if (has_control(text))
        return err_set(c->reterr, c->code, "field \"%s\" has control characters", field);
    return ERR_OK;
}

static err_t check_zone(const check_t *c, const char *field, const char *zone)
{
    size_t len = text_len(zone);
    uint8_t wire[DNAME_WIRE];
    if (len == 0)
        return err_set(c->reterr, c->code, "field \"%s\" is missing", field);
    bool ok = len < DNAME_TEXT && zone[len - 1] == '.' && !has_control(zone) && strpbrk(zone, " \t") == NULL;
    for (size_t i = 0; i < len && ok; i++)
        ok = zone[i] < 'A' || zone[i] > 'Z';
    if (!ok || dname_to_wire(zone, wire) == 0)
        return err_set(c->reterr, c->code, "field \"%s\" is not an absolute domain name in lower case", field);
    return ERR_OK;
}

static err_t check_count(const check_t *c, const char *field, size_t count, size_t max)
{
    if (count > max)
        return err_set(c->reterr, c->code, "field \"%s\" has %zu entries, at most %zu are allowed", field, count, max);
    return ERR_OK;
}

static err_t check_role(const check_t *c, const char *field, wire_role_t role)
{
    if (role < WIRE_ROLE_MASTER || role > WIRE_ROLE_SLAVE)
        return err_set(c->reterr, c->code, "field \"%s\" has the unknown value %d", field, (int)role);
    return ERR_OK;
}

static err_t check_reason(const check_t *c, const char *field, wire_reason_t reason)
{
    if (wire_reason_text(reason) == NULL)
        return err_set(c->reterr, c->code, "field \"%s\" has the unknown value %d", field, (int)reason);
    return ERR_OK;
}

static err_t check_zones(const check_t *c, const char *field, const wire_zone_serial_t *zones, size_t count)
{
    err_t err = ERR_OK; /* their number is bounded by the envelope */
    for (size_t i = 0; i < count && err == ERR_OK; i++)
        err = check_zone(c, field, zones[i].zone);
    return err;
}

static err_t check_endpoints(const check_t *c, const char *field, const wire_endpoint_t *list, size_t count)
{
    err_t err = check_count(c, field, count, WIRE_CHECK_LIST_MAX);
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        struct in6_addr ignored;
        const char *address = list[i].address == NULL ? "" : list[i].address;
        if (inet_pton(AF_INET, address, &ignored) != 1 && inet_pton(AF_INET6, address, &ignored) != 1)
            err = err_set(c->reterr, c->code, "field \"%s.address\" is not an IPv4 or IPv6 address", field);
        else if (list[i].port == 0 || list[i].port > UINT16_MAX)
            err = err_set(c->reterr, c->code, "field \"%s.port\" is not a port: %u", field, list[i].port);
    }
    return err;
}

static err_t check_server_config(const check_t *c, const wire_server_config_t *body)
{
    err_t err = check_role(c, "server_config.role", body->role);
    if (err == ERR_OK)
        err = check_endpoints(c, "server_config.masters", body->masters, body->master_count);
    if (err == ERR_OK)
        err = check_count(c, "server_config.groups", body->group_count, WIRE_CHECK_LIST_MAX);
    for (size_t i = 0; i < body->group_count && err == ERR_OK; i++) {
        const wire_group_t *group = &body->groups[i];
        err = check_group(c, "server_config.groups.name", group->name);
        if (err == ERR_OK)
            err = check_endpoints(c, "server_config.groups.servers", group->servers, group->server_count);
    }
    return err;
}

static err_t check_lines(const check_t *c, const char *field, char *const *lines, size_t count, size_t *bytes)
{
    for (size_t i = 0; i < count; i++) {
        err_t err = check_line(c, field, lines[i]);
        if (err != ERR_OK)
            return err;
        *bytes += strlen(lines[i]);
        if (*bytes > WIRE_LINES_MAX)
            return err_set(c->reterr, c->code, "field \"%s\": more than %d bytes of lines in one update", field,
                           (int)WIRE_LINES_MAX);
    }
    return ERR_OK;
}

static err_t check_zone_update(const check_t *c, const wire_zone_update_t *body)
{
    size_t bytes = text_len(body->old_soa) + text_len(body->new_soa);
    err_t err = check_zone(c, "zone_update.zone", body->zone);
    if (err == ERR_OK)
        err = check_line(c, "zone_update.old_soa", body->old_soa);
    if (err == ERR_OK)
        err = check_line(c, "zone_update.new_soa", body->new_soa);
    if (err == ERR_OK)
        err = check_lines(c, "zone_update.remove", body->remove, body->remove_count, &bytes);
    if (err == ERR_OK)
        err = check_lines(c, "zone_update.add", body->add, body->add_count, &bytes);
    return err;
}

static err_t check_zone_load(const check_t *c, const wire_zone_load_t *body)
{
    err_t err = check_zone(c, "zone_load.zone", body->zone);
    if (err != ERR_OK)
        return err;
    if (body->parts == 0 || body->parts > WIRE_CHECK_PARTS_MAX || body->part >= body->parts)
        return err_set(c->reterr, c->code, "field \"zone_load.part\": part %u of %u", body->part, body->parts);
    if (text_len(body->text) > WIRE_PART_MAX)
        return err_set(c->reterr, c->code, "field \"zone_load.text\" has %zu bytes, at most %d are allowed",
                       text_len(body->text), (int)WIRE_PART_MAX);
    err = check_count(c, "zone_load.groups", body->group_count, WIRE_CHECK_LIST_MAX);
    for (size_t i = 0; i < body->group_count && err == ERR_OK; i++)
        err = check_group(c, "zone_load.groups", body->groups[i]);
    return err;
}

static err_t check_command(const check_t *c, const wire_command_t *command)
{
    switch (command->goal) {
    case WIRE_SERVER_CONFIG:
        return check_server_config(c, &command->server_config);
    case WIRE_ZONE_UPDATE:
        return check_zone_update(c, &command->zone_update);
    case WIRE_ZONE_LOAD:
        return check_zone_load(c, &command->zone_load);
    case WIRE_ZONE_SERVE:
        return check_zone(c, "zone_serve.zone", command->zone_serve.zone);
    case WIRE_ZONE_REMOVE:
        return check_zone(c, "zone_remove.zone", command->zone_remove.zone);
    case WIRE_ZONE_CHECK:
        return check_zones(c, "zone_check.zones.zone", command->zone_check.zones, command->zone_check.count);
    case WIRE_GOAL_COUNT:
        break;
    }
    return ERR_OK; /* goal 0: a command of a later version; the agent says that it does not know it */
}

static err_t check_report(const check_t *c, const wire_report_t *report)
{
    if (report->result <= WIRE_RESULT_UNKNOWN || report->result > WIRE_FAILED)
        return err_set(c->reterr, c->code, "field \"report.result\" has the unknown value %d", (int)report->result);
    err_t err = check_reason(c, "report.reason", report->reason);
    if (err == ERR_OK)
        err = check_words(c, "report.evidence", report->evidence, WIRE_EVIDENCE_MAX);
    if (err == ERR_OK && text_len(report->zone) > 0)
        err = check_zone(c, "report.zone", report->zone);
    if (err == ERR_OK)
        err = check_zones(c, "report.zones.zone", report->zones, report->zone_count);
    return err;
}

static err_t check_hello(const check_t *c, const wire_hello_t *hello)
{
    err_t err = check_name(c, "hello.software", hello->software);
    if (err == ERR_OK && (hello->version_min == 0 || hello->version_min > hello->version_max))
        err = err_set(c->reterr, c->code, "field \"hello.version_min\": versions %u to %u", hello->version_min,
                      hello->version_max);
    if (err == ERR_OK)
        err = check_words(c, "hello.driver", hello->driver, WIRE_CHECK_NAME_MAX);
    if (err == ERR_OK)
        err = check_words(c, "hello.driver_version", hello->driver_version, WIRE_CHECK_NAME_MAX);
    if (err == ERR_OK)
        err = check_count(c, "hello.capabilities", hello->capability_count, WIRE_CHECK_LIST_MAX);
    for (size_t i = 0; i < hello->capability_count && err == ERR_OK; i++)
        err = check_name(c, "hello.capabilities", hello->capabilities[i]);
    return err;
}

static err_t check_welcome(const check_t *c, const wire_welcome_t *welcome)
{
    err_t err = check_name(c, "welcome.server", welcome->server);
    if (err == ERR_OK)
        err = check_role(c, "welcome.role", welcome->role);
    if (err == ERR_OK && welcome->heartbeat_ms == 0)
        err = err_set(c->reterr, c->code, "field \"welcome.heartbeat_ms\" is missing");
    return err;
}

static err_t check_commands(const check_t *c, const wire_msg_t *msg)
{
    err_t err = check_count(c, "commands", msg->commands.count, WIRE_BATCH_MAX);
    for (size_t i = 0; i < msg->commands.count && err == ERR_OK; i++)
        err = check_command(c, &msg->commands.items[i]);
    return err;
}

static err_t check_reports(const check_t *c, const wire_msg_t *msg)
{
    err_t err = check_count(c, "reports", msg->reports.count, WIRE_BATCH_MAX);
    for (size_t i = 0; i < msg->reports.count && err == ERR_OK; i++)
        err = check_report(c, &msg->reports.items[i]);
    return err;
}

err_t wire_check(const wire_msg_t *msg, err_t code, err_info_t *reterr)
{
    const check_t c = {code, reterr};
    if (msg->version == 0)
        return err_set(reterr, code, "field \"version\" is missing");
    switch (msg->kind) {
    case WIRE_HELLO:
        return check_hello(&c, &msg->hello);
    case WIRE_WELCOME:
        return check_welcome(&c, &msg->welcome);
    case WIRE_REJECT: {
        err_t err = check_reason(&c, "reject.reason", msg->reject.reason);
        return err != ERR_OK ? err : check_words(&c, "reject.text", msg->reject.text, WIRE_EVIDENCE_MAX);
    }
    case WIRE_HEARTBEAT:
        return check_words(&c, "heartbeat.text", msg->heartbeat.text, WIRE_EVIDENCE_MAX);
    case WIRE_COMMANDS:
        return check_commands(&c, msg);
    case WIRE_REPORTS:
        return check_reports(&c, msg);
    }
    return err_set(reterr, code, "unknown kind of message %d", (int)msg->kind);
}
