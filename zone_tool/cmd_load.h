/* Files with zones: their text, and the name that the zone gets. */
#ifndef DMS_ZONE_TOOL_CMD_LOAD_H
#define DMS_ZONE_TOOL_CMD_LOAD_H
#include "zone_tool/command.h"

/* Whole file as text that JSON can carry; "-" is standard input. Caller frees. */
err_t cmd_load_read(const tool_t *tool, const char *path, char **ret_text, err_info_t *reterr);
/* $ORIGIN of the text, or the owner of its SOA record where that has a dot at its end; NULL: neither. Caller frees. */
char *cmd_load_origin(const char *text);
/* Base name without .zone or .db, %2F as a slash (RFC 2317 names cannot be file names). Caller frees. */
char *cmd_load_name(const char *path);
/* The controller makes reverse zones by their network: 2.0.192.in-addr.arpa -> 192.0.2.0/24.  A name that has no network (RFC 2317, or no
 * reverse name at all) stays as it is.  Takes the name; caller frees what it returns. */
char *cmd_load_network(char *name);
/* Prints it. The predecessor's exit code for a file that cannot be read is OSERR; the table's ERR_IO is about output as well. */
int cmd_load_fail(tool_t *tool, const err_info_t *info);
#endif
