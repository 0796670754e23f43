#include "zone_tool/command.h"
#include "zone_tool/wait.h"

int cmd_change_show(tool_t *tool, const args_t *args) { return wait_show(tool, command_number(args->words[0])); }

int cmd_change_wait(tool_t *tool, const args_t *args)
{
    return wait_change(tool, command_number(args->words[0]), wait_seconds(args, WAIT_DEFAULT_S));
}
