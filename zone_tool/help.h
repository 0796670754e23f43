/* Help and man page, made from the command table. */
#ifndef DMS_ZONE_TOOL_HELP_H
#define DMS_ZONE_TOOL_HELP_H
#include "zone_tool/command.h"
struct rights;
void help_list(struct rights *rights, FILE *to); /* rights NULL: all commands */
void help_command(const command_t *command, FILE *to);
void help_usage(FILE *to); /* start-up options */
void help_man(FILE *to);   /* roff */
#endif
