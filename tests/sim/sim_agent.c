/* Agents with fake name servers: what they answer follows dms.proto.  Zone contents are kept as sets of records, so that removals and
 * additions are really applied and what is not there cannot be removed. */
#include "shared/serial.h"
#include "tests/sim/sim.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MASTER = 0 }; /* its place among the agents */

static void lines_free(char **lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(lines[i]);
    free(lines);
}

static void zone_clear(sim_zone_t *zone)
{
    lines_free(zone->lines, zone->count);
    free(zone->soa);
    zone->lines = NULL;
    zone->soa = NULL;
    zone->count = 0;
    zone->present = zone->foreign = false;
    zone->serial = 0;
}

static void zone_copy(sim_zone_t *to, const sim_zone_t *from)
{
    zone_clear(to);
    to->present = from->present;
    to->serial = from->serial;
    to->foreign = from->foreign;
    to->soa = auto_strdup(from->soa);
    to->lines = from->count > 0 ? auto_calloc(from->count, sizeof(*to->lines)) : NULL;
    to->count = from->count;
    for (size_t i = 0; i < from->count; i++)
        to->lines[i] = auto_strdup(from->lines[i]);
}

void sim_agent_forget(sim_agent_t *agent)
{
    agent->generation = 0;
    agent->process++;
    for (size_t i = 0; i < agent->zone_count; i++) {
        sim_zone_t *zone = &agent->zones[i];
        zone->revision = 0;
        lines_free(zone->load.texts, zone->load.parts);
        zone->load.texts = NULL;
        zone->load.id = zone->load.parts = 0;
    }
}

void sim_agent_wipe(sim_agent_t *agent)
{
    for (size_t i = 0; i < agent->zone_count; i++)
        zone_clear(&agent->zones[i]);
}

static void disk_free(sim_agent_t *agent)
{
    for (size_t i = 0; i < agent->disk_count; i++) {
        zone_clear(&agent->disk[i]);
        free(agent->disk[i].name);
    }
    free(agent->disk);
    agent->disk = NULL;
    agent->disk_count = 0;
}

void sim_agent_keep(sim_agent_t *agent)
{
    disk_free(agent);
    agent->disk = agent->zone_count > 0 ? auto_calloc(agent->zone_count, sizeof(*agent->disk)) : NULL;
    for (size_t i = 0; i < agent->zone_count; i++) {
        agent->disk[i].name = auto_strdup(agent->zones[i].name);
        zone_copy(&agent->disk[i], &agent->zones[i]);
    }
    agent->disk_count = agent->zone_count;
}

void sim_agent_return(sim_agent_t *agent)
{
    if (agent->disk_count == 0)
        return;
    sim_agent_forget(agent);
    for (size_t i = 0; i < agent->disk_count; i++) {
        sim_zone_t *zone = sim_zone(agent, agent->disk[i].name);
        if (!zone->present)
            continue; /* zones that nobody wants there any more are another matter */
        zone_copy(zone, &agent->disk[i]);
        zone->highest = zone->foreign ? 0 : zone->serial;
    }
}

void sim_agent_foreign(sim_agent_t *agent, const char *name, uint32_t ahead)
{
    sim_zone_t *zone = sim_zone(agent, name);
    if (!zone->present)
        return;
    zone->serial += ahead;
    zone->serial += zone->serial == 0;
    zone->foreign = true;
    zone->highest = 0;
    free(zone->soa);
    zone->soa = auto_strdup("somebody else's");
    size_t cap = zone->count;
    zone->lines = auto_grow(zone->lines, &cap, zone->count + 1, sizeof(*zone->lines));
    zone->lines[zone->count++] = auto_strdup("foreign. 300 TXT \"somebody else's\"");
}

void sim_agent_done(sim_agent_t *agent)
{
    disk_free(agent);
    sim_agent_forget(agent);
    sim_agent_wipe(agent);
    for (size_t i = 0; i < agent->zone_count; i++)
        free(agent->zones[i].name);
    free(agent->zones);
}

sim_zone_t *sim_zone(sim_agent_t *agent, const char *name)
{
    for (size_t i = 0; i < agent->zone_count; i++) {
        if (strcmp(agent->zones[i].name, name) == 0)
            return &agent->zones[i];
    }
    agent->zones = auto_grow(agent->zones, &agent->zone_cap, agent->zone_count + 1, sizeof(*agent->zones));
    sim_zone_t *zone = &agent->zones[agent->zone_count++];
    *zone = (sim_zone_t){.name = auto_strdup(name)};
    return zone;
}

/* A serial begins to be served: never one behind what this server ever had for the name. */
static void serve(sim_t *sim, const sim_agent_t *agent, sim_zone_t *zone, uint32_t serial)
{
    SIM_ASSERT(sim, zone->highest == 0 || serial == zone->highest || serial_gt(serial, zone->highest), "zone %s on %s goes back from serial %u to %u",
               zone->name, agent->name, zone->highest, serial);
    zone->highest = serial;
    zone->serial = serial;
    zone->present = true;
}

/* The controller says that this serial is of another time: what comes now is not measured by it. */
static bool give_up(sim_t *sim, sim_zone_t *zone, uint32_t stale)
{
    if (!zone->present || stale == 0 || zone->serial != stale)
        return false;
    sim->healed++;
    zone->highest = zone->highest == stale ? 0 : zone->highest;
    return true;
}

/* ---- master: contents */

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void zone_sort(sim_zone_t *zone)
{
    if (zone->count > 0)
        qsort(zone->lines, zone->count, sizeof(*zone->lines), compare);
}

/* "zone TTL SOA mname rname serial ..." comes first, the records follow. */
static void load_text(sim_t *sim, sim_agent_t *agent, sim_zone_t *zone, uint32_t serial, char *text)
{
    zone_clear(zone);
    size_t cap = 0;
    char *state = NULL;
    for (char *line = strtok_r(text, "\n", &state); line != NULL; line = strtok_r(NULL, "\n", &state)) {
        const char *soa = strstr(line, " SOA ");
        if (soa != NULL && zone->soa == NULL) {
            zone->soa = auto_strdup(soa + 5);
            continue;
        }
        zone->lines = auto_grow(zone->lines, &cap, zone->count + 1, sizeof(*zone->lines));
        zone->lines[zone->count++] = auto_strdup(line);
    }
    SIM_ASSERT(sim, zone->soa != NULL, "zone %s was loaded without a SOA record", zone->name);
    zone_sort(zone);
    serve(sim, agent, zone, serial);
}

static void take_out(sim_t *sim, sim_zone_t *zone, const char *line)
{
    for (size_t i = 0; i < zone->count; i++) {
        if (strcmp(zone->lines[i], line) == 0) {
            free(zone->lines[i]);
            memmove(&zone->lines[i], &zone->lines[i + 1], (zone->count - i - 1) * sizeof(*zone->lines));
            zone->count--;
            return;
        }
    }
    sim_fail(sim, "record is there", __FILE__, __LINE__, "zone %s: \"%s\" is to be removed, but is not there", zone->name, line);
}

static void put_in(sim_t *sim, sim_zone_t *zone, const char *line)
{
    for (size_t i = 0; i < zone->count; i++)
        SIM_ASSERT(sim, strcmp(zone->lines[i], line) != 0, "zone %s: \"%s\" is to be added, but is there", zone->name, line);
    size_t cap = zone->count;
    zone->lines = auto_grow(zone->lines, &cap, zone->count + 1, sizeof(*zone->lines));
    zone->lines[zone->count++] = auto_strdup(line);
}

static void fail(wire_report_t *report, wire_result_t result, wire_reason_t reason, const sim_zone_t *zone)
{
    report->result = result;
    report->reason = reason;
    report->evidence = auto_strdup("the fake says so");
    report->has_serial = zone != NULL && zone->present;
    report->serial = zone != NULL ? zone->serial : 0;
}

static void done(wire_report_t *report, wire_result_t result, const sim_zone_t *zone)
{
    report->result = result;
    report->has_serial = zone->present;
    report->serial = zone->serial;
}

static void on_update(sim_t *sim, sim_agent_t *agent, const wire_command_t *command, sim_zone_t *zone, wire_report_t *report)
{
    const wire_zone_update_t *u = &command->zone_update;
    sim->updates++;
    if (!zone->present) {
        fail(report, WIRE_FAILED, WIRE_ZONE_MISSING, zone);
    } else if (zone->serial == u->to_serial) {
        done(report, WIRE_ALREADY, zone);
    } else if (zone->serial != u->from_serial || strcmp(zone->soa, u->old_soa) != 0) {
        fail(report, WIRE_FAILED, WIRE_NOT_AT_SERIAL, zone);
    } else {
        for (size_t i = 0; i < u->remove_count; i++)
            take_out(sim, zone, u->remove[i]);
        for (size_t i = 0; i < u->add_count; i++)
            put_in(sim, zone, u->add[i]);
        zone_sort(zone);
        free(zone->soa);
        zone->soa = auto_strdup(u->new_soa);
        serve(sim, agent, zone, u->to_serial);
        done(report, WIRE_DONE, zone);
    }
}

/* True when all parts are there: *ret_text is the whole. */
static bool collect(sim_zone_t *zone, const wire_command_t *command, char **ret_text)
{
    const wire_zone_load_t *l = &command->zone_load;
    if (command->id < zone->load.id)
        return false; /* a late piece of what was sent anew meanwhile */
    if (zone->load.id != command->id) {
        lines_free(zone->load.texts, zone->load.parts);
        zone->load.id = command->id;
        zone->load.parts = l->parts;
        zone->load.texts = auto_calloc(l->parts, sizeof(char *));
    }
    free(zone->load.texts[l->part]);
    zone->load.texts[l->part] = auto_strdup(l->text);
    char *text = auto_strdup("");
    for (uint32_t i = 0; i < l->parts; i++) {
        if (zone->load.texts[i] == NULL) {
            free(text);
            return false;
        }
        char *longer = auto_printf("%s%s", text, zone->load.texts[i]);
        free(text);
        text = longer;
    }
    *ret_text = text;
    return true;
}

static bool on_load(sim_t *sim, sim_agent_t *agent, const wire_command_t *command, sim_zone_t *zone, bool repeated, wire_report_t *report)
{
    AUTO_FREE char *text = NULL;
    if (!collect(zone, command, &text))
        return false;
    sim->loads++;
    uint32_t serial = command->zone_load.serial, stale = command->zone_load.stale_serial;
    if (zone->present && repeated && zone->serial == serial)
        done(report, WIRE_ALREADY, zone);
    else if (zone->present && !serial_gt(serial, zone->serial) && !give_up(sim, zone, stale))
        fail(report, WIRE_FAILED, WIRE_SERIAL_BEHIND, zone);
    else {
        load_text(sim, agent, zone, serial, text);
        done(report, WIRE_DONE, zone);
    }
    return true;
}

/* ---- slave: the master's contents, whenever it looks */

static void transfer(sim_t *sim, const sim_agent_t *agent, sim_zone_t *zone, const sim_zone_t *master)
{
    zone_copy(zone, master);
    if (zone->foreign)
        zone->highest = 0;
    else
        serve(sim, agent, zone, master->serial);
}

void sim_agent_notify(sim_t *sim)
{
    for (int i = 0; i < SIM_AGENTS; i++) {
        for (size_t z = 0; i != MASTER && z < sim->agents[i].zone_count; z++) {
            sim_zone_t *zone = &sim->agents[i].zones[z];
            const sim_zone_t *master = sim_zone(&sim->agents[MASTER], zone->name);
            if (zone->present && master->present && serial_gt(master->serial, zone->serial))
                transfer(sim, &sim->agents[i], zone, master);
        }
    }
}

static void on_serve(sim_t *sim, sim_agent_t *agent, const wire_command_t *command, sim_zone_t *zone, wire_report_t *report)
{
    sim->serves++;
    SIM_ASSERT(sim, agent->generation > 0, "%s is to serve a zone before it is configured", agent->name);
    const sim_zone_t *master = sim_zone(&sim->agents[MASTER], zone->name);
    uint32_t wanted = command->zone_serve.serial, stale = command->zone_serve.stale_serial;
    if (master->present && (!zone->present || serial_gt(master->serial, zone->serial) || give_up(sim, zone, stale)))
        transfer(sim, agent, zone, master);
    if (zone->present && (stale == 0 || zone->serial != stale) && (zone->serial == wanted || serial_gt(zone->serial, wanted)))
        done(report, WIRE_DONE, zone);
    else
        fail(report, WIRE_RETRY_LATER, WIRE_NOT_YET, zone);
}

/* ---- all */

static void on_check(sim_t *sim, sim_agent_t *agent, const wire_command_t *command, wire_report_t *report)
{
    sim->checks++;
    report->result = WIRE_DONE;
    const wire_zone_check_t *check = &command->zone_check;
    report->zones = auto_calloc(check->count, sizeof(*report->zones));
    for (size_t i = 0; i < check->count; i++) {
        const sim_zone_t *zone = sim_zone(agent, check->zones[i].zone);
        if (!zone->present || zone->serial != check->zones[i].serial)
            report->zones[report->zone_count++] = (wire_zone_serial_t){auto_strdup(zone->name), zone->serial, !zone->present};
    }
}

static void on_config(sim_t *sim, sim_agent_t *agent, const wire_command_t *command, wire_report_t *report)
{
    SIM_ASSERT(sim, command->server_config.role == agent->role, "%s gets the configuration of another role", agent->name);
    if (command->revision < agent->generation) {
        fail(report, WIRE_REFUSED, WIRE_OLD_REVISION, NULL);
        report->revision = agent->generation;
        return;
    }
    report->result = command->revision == agent->generation ? WIRE_ALREADY : WIRE_DONE;
    agent->generation = command->revision;
}

static const char *zone_of(const wire_command_t *command)
{
    switch (command->goal) {
    case WIRE_ZONE_UPDATE:
        return command->zone_update.zone;
    case WIRE_ZONE_LOAD:
        return command->zone_load.zone;
    case WIRE_ZONE_SERVE:
        return command->zone_serve.zone;
    case WIRE_ZONE_REMOVE:
        return command->zone_remove.zone;
    case WIRE_SERVER_CONFIG:
    case WIRE_ZONE_CHECK:
    case WIRE_GOAL_COUNT:
        break;
    }
    return NULL;
}

static bool answer_zone(sim_t *sim, sim_agent_t *agent, const wire_command_t *command, wire_report_t *report)
{
    sim_zone_t *zone = sim_zone(agent, zone_of(command));
    report->zone = auto_strdup(zone->name);
    if (command->revision < zone->revision) {
        fail(report, WIRE_REFUSED, WIRE_OLD_REVISION, zone);
        report->revision = zone->revision;
        return true;
    }
    bool repeated = command->revision == zone->revision;
    if (!agent->name_server_up) {
        fail(report, WIRE_RETRY_LATER, WIRE_NAME_SERVER_DOWN, NULL);
        return true;
    }
    if (command->goal == WIRE_ZONE_LOAD) {
        bool complete = on_load(sim, agent, command, zone, repeated, report);
        if (complete)
            zone->revision = command->revision;
        return complete;
    }
    zone->revision = command->revision;
    if (command->goal == WIRE_ZONE_UPDATE) {
        on_update(sim, agent, command, zone, report);
    } else if (command->goal == WIRE_ZONE_SERVE) {
        on_serve(sim, agent, command, zone, report);
    } else {
        sim->removes++;
        report->result = zone->present ? WIRE_DONE : WIRE_ALREADY;
        zone_clear(zone);
        if (sim->wraps > 0)
            zone->highest = 0; /* it does not see the steps that come now */
    }
    return true;
}

void sim_agent_command(sim_t *sim, int i, const wire_command_t *command)
{
    sim_agent_t *agent = &sim->agents[i];
    bool master_only = command->goal == WIRE_ZONE_UPDATE || command->goal == WIRE_ZONE_LOAD;
    SIM_ASSERT(sim, !master_only || agent->role == WIRE_ROLE_MASTER, "%s is sent contents", agent->name);
    SIM_ASSERT(sim, command->goal != WIRE_ZONE_SERVE || agent->role != WIRE_ROLE_MASTER, "master is told to be a secondary");
    wire_report_t report = {.command_id = command->id, .revision = command->revision, .at_us = sim->now_us};
    bool answered = true;
    if (sim_chance(sim, sim->refuse))
        fail(&report, sim_chance(sim, 500) ? WIRE_RETRY_LATER : WIRE_FAILED, WIRE_IO, NULL);
    else if (command->goal == WIRE_SERVER_CONFIG)
        on_config(sim, agent, command, &report);
    else if (command->goal == WIRE_ZONE_CHECK)
        on_check(sim, agent, command, &report);
    else
        answered = answer_zone(sim, agent, command, &report);
    if (sim->verbose)
        fprintf(stderr, "%" PRId64 " %s: %s %s rev %" PRIu64 " -> %s %s serial %u\n", sim->now_us / 1000 % 100000000, agent->name, wire_goal_text(command->goal),
                zone_of(command) != NULL ? zone_of(command) : "", command->revision, answered ? wire_result_text(report.result) : "waits for more parts",
                wire_reason_text(report.reason), report.serial);
    if (answered) {
        wire_msg_t *msg = wire_msg_new(WIRE_REPORTS, 1);
        msg->reports.items = auto_calloc(1, sizeof(report));
        msg->reports.items[0] = report;
        msg->reports.count = 1;
        sim_send(sim, i, false, msg);
        wire_msg_destroy(&msg);
    } else {
        wire_report_done(&report);
    }
}
