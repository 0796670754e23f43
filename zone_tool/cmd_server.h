/* Lists of servers, for ls_server and show_dms_status. */
#ifndef DMS_ZONE_TOOL_CMD_SERVER_H
#define DMS_ZONE_TOOL_CMD_SERVER_H
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
void cmd_server_line(FILE *to, const json_t *server, bool verbose);
#endif
