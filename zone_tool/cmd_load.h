/* Files that commands send. */
#ifndef DMS_ZONE_TOOL_CMD_LOAD_H
#define DMS_ZONE_TOOL_CMD_LOAD_H
#include "zone_tool/tool.h"
/* Whole file (- standard input) as text that JSON can carry. Errors: ERR_IO, ERR_LIMIT, ERR_BINARY_FILE. */
err_t cmd_load_read(const tool_t *tool, const char *path, char **ret_text, err_info_t *reterr);
/* Prints it. The predecessor's exit code for a file that cannot be read is OSERR; the table's ERR_IO is about output as well. */
int cmd_load_fail(tool_t *tool, const err_info_t *info);
#endif
