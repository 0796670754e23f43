/* Verbs of the tool itself. */
#include "zone_tool/command.h"
#include "zone_tool/help.h"
#include "zone_tool/rights.h"

int cmd_help(tool_t *tool, const args_t *args)
{
    if (args->count == 0) {
        help_list(tool->rights, output_file(tool->out));
        return EXIT_OK;
    }
    const command_t *command = command_find(args->words[0]);
    if (command == NULL && command_obsolete(args->words[0]))
        return EXIT_OK;
    if (command == NULL || !rights_has(tool->rights, command)) {
        output_message("there is no command %s", args->words[0]);
        fputs("      help lists the commands\n", stderr);
        return EXIT_USAGE;
    }
    help_command(command, output_file(tool->out));
    return EXIT_OK;
}

int cmd_exit(tool_t *tool, const args_t *args)
{
    (void)args;
    tool->leave = true;
    return EXIT_OK;
}
