/* The interactive session.  The only includer of readline. */
#ifndef DMS_ZONE_TOOL_REPL_H
#define DMS_ZONE_TOOL_REPL_H
#include "zone_tool/tool.h"
/* Runs until exit or end of file; returns 0, as the predecessor does. */
int repl_run(tool_t *tool);
#endif
