#include "agent/report.h"
#include "agent/command.h"
#include "shared/clock.h"
#include "shared/log.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Words of other programs: bounded, and plain ASCII, as the field must be valid UTF-8. */
static char *evidence_text(const char *words)
{
    char *text = auto_strndup(words != NULL ? words : "", WIRE_EVIDENCE_MAX);
    for (char *p = text; *p != '\0'; p++) {
        if (!isprint((unsigned char)*p))
            *p = ' ';
    }
    return text;
}

static void log_result(const wire_command_t *command, const wire_report_t *r)
{
    bool good = r->result == WIRE_DONE || r->result == WIRE_ALREADY;
    bool why = r->reason != WIRE_REASON_NONE;
    log_write(good ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "%s: %s%s%s%s%s command=%" PRIu64 " zone=%s serial=%u",
              wire_goal_text(command->goal), wire_result_text(r->result), why ? ", " : "",
              why ? wire_reason_text(r->reason) : "", r->evidence[0] != '\0' ? ": " : "", r->evidence, r->command_id,
              r->zone, r->has_serial ? r->serial : 0);
}

void report_send(agent_link_t *link, const wire_command_t *command, const driver_result_t *result,
                 wire_zone_serial_t *zones, size_t zone_count)
{
    wire_report_t r = {
        .command_id = command->id,
        .result = result->result,
        .reason = result->reason,
        .evidence = evidence_text(result->evidence),
        .zone = auto_strdup(command_zone_name(command)),
        .serial = result->serial,
        .has_serial = result->has_serial,
        .revision = command->revision,
        .at_us = clock_wall(NULL).us,
        .zones = zones,
        .zone_count = zone_count,
    };
    log_result(command, &r);
    if (link != NULL)
        agent_link_report(link, &r);
    wire_report_done(&r);
}
