/* zone_tool: wiring.  Options, then one command, a session, or commands from standard input. */
#include "zone_tool/command.h"
#include "zone_tool/help.h"
#include "zone_tool/interrupt.h"
#include "zone_tool/options.h"
#include "zone_tool/repl.h"
#include "zone_tool/rights.h"
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Exit code of the last command that failed. */
static int run_input(tool_t *tool, bool stop_on_error)
{
    AUTO_FREE char *line = NULL;
    size_t cap = 0;
    int code = EXIT_OK;
    tool->piped = true;
    while (!tool->leave && getline(&line, &cap, stdin) >= 0) {
        line[strcspn(line, "\r\n")] = '\0';
        int one = command_run_line(tool, line);
        code = one != EXIT_OK ? one : code;
        if ((one != EXIT_OK && stop_on_error) || interrupt_pending())
            break;
    }
    return code;
}

static int run(tool_t *tool, const options_t *options, int argc, char **argv)
{
    AUTO_ERR info = ERR_INFO_INIT;
    if (rpc_client_open(&options->rpc, &tool->rpc, &info) != ERR_OK)
        return tool_fail(tool, &info);
    if (tool->restricted)
        tool->rights = rights_new(tool->rpc);
    if (options->first < argc) /* words as the shell made them: not joined and split again */
        return command_run(tool, argv + options->first, (size_t)(argc - options->first));
    if (tool->stdin_tty)
        return repl_run(tool);
    return run_input(tool, options->stop_on_error);
}

/* A reader that left early (head) has what it wanted; anything else that could not be written is lost. */
static int written(int code)
{
    struct stat st;
    if ((fflush(stdout) == 0 && ferror(stdout) == 0) || (fstat(STDOUT_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))))
        return code;
    output_message("the output could not be written");
    fputs("      is the disk full?\n", stderr);
    return code != EXIT_OK ? code : EXIT_IOERR;
}

int main(int argc, char **argv)
{
    AUTO_ERR info = ERR_INFO_INIT;
    options_t options;
    setlocale(LC_CTYPE, "");
    interrupt_init();
    tool_t tool = {.out = output_new(), .stdin_tty = isatty(STDIN_FILENO) == 1};
    int code = EXIT_OK;
    if (options_parse(argc, argv, &options, &info) != ERR_OK) {
        code = tool_fail(&tool, &info);
    } else if (options.version) {
        printf("zone_tool %s\n", DMS_VERSION);
    } else if (options.man) {
        help_man(stdout);
    } else if (options.help) {
        help_usage(stdout);
        help_list(NULL, stdout);
    } else {
        memcpy(tool.defaults, options.defaults, sizeof tool.defaults);
        tool.restricted = options.restricted;
        tool.restricted_editor = options.restricted_editor;
        if (tool.restricted)
            output_restrict(tool.out);
        code = run(&tool, &options, argc, argv);
    }
    rights_destroy(&tool.rights);
    rpc_client_destroy(&tool.rpc);
    output_destroy(&tool.out);
    free(tool.master_name);
    return written(code);
}
