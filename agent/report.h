/* Results -> reports to the controller, and the log line of each command. */
#ifndef DMS_AGENT_REPORT_H
#define DMS_AGENT_REPORT_H
#include "agent/driver.h"
#include "agent/link.h"

/* link may be NULL (not open yet): then only the log.  Takes zones. */
void report_send(agent_link_t *link, const wire_command_t *command, const driver_result_t *result,
                 wire_zone_serial_t *zones, size_t zone_count);
#endif
