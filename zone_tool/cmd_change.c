#include "zone_tool/command.h"
#include "zone_tool/wait.h"
#include <stdlib.h>

int cmd_change_show(tool_t *tool, const args_t *args) { return wait_show(tool, atoll(args->words[0])); }

int cmd_change_wait(tool_t *tool, const args_t *args)
{
    const char *wait = args_value(args, 'W');
    int64_t seconds = wait == NULL || *wait == '\0' ? WAIT_DEFAULT_S : atoll(wait);
    return wait_change(tool, atoll(args->words[0]), seconds);
}
