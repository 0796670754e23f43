#include "zone_tool/tool.h"
#include "zone_tool/interrupt.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int tool_call(tool_t *tool, const char *method, json_t *params, json_t **ret_result)
{
    AUTO_ERR info = ERR_INFO_INIT;
    if (rpc_client_call(tool->rpc, method, params, RPC_CLIENT_TIMEOUT_MS, ret_result, &info) != ERR_OK)
        return tool_fail_call(tool, &info);
    return EXIT_OK;
}

int tool_query(tool_t *tool, const char *method, json_t *params, json_t **ret_result)
{
    json_auto_t *result = NULL;
    int code = tool_call(tool, method, params, &result);
    if (code != EXIT_OK)
        return code;
    if (output_is_json(tool->out)) {
        output_print_json(tool->out, result);
        return EXIT_OK;
    }
    *ret_result = result;
    result = NULL;
    return EXIT_OK;
}

static int fail(tool_t *tool, const err_info_t *info, const json_t *error)
{
    output_error(tool->out, info, error);
    int code = err_row(info->code)->exit_code;
    return code != EXIT_OK ? code : EXIT_SOFTWARE;
}

int tool_fail(tool_t *tool, const err_info_t *info) { return fail(tool, info, NULL); }
int tool_fail_call(tool_t *tool, const err_info_t *info) { return fail(tool, info, rpc_client_error(tool->rpc)); }

char *tool_ask(const char *prompt)
{
    char *line = NULL;
    size_t cap = 0;
    sigset_t block, old;
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigprocmask(SIG_BLOCK, &block, &old);
    interrupt_clear();
    fputs(prompt, stdout);
    fflush(stdout);
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    int ready;
    do /* SIGINT is let through only here: it cannot slip in between the prompt and the wait */
        ready = ppoll(&fd, 1, NULL, &old);
    while (ready < 0 && errno == EINTR && !interrupt_pending());
    ssize_t n = ready > 0 ? getline(&line, &cap, stdin) : -1;
    interrupt_clear(); /* it was the answer, and must not end the next call */
    sigprocmask(SIG_SETMASK, &old, NULL);
    if (n < 0) {
        clearerr(stdin);
        free(line);
        fputc('\n', stdout);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

int tool_confirm(tool_t *tool, const char *verb, bool force)
{
    if (force)
        return EXIT_OK;
    if (!tool->stdin_tty) {
        output_message("%s asks for confirmation, and there is nobody to ask", verb);
        fputs("      give -f to do it without\n", stderr);
        return EXIT_TEMPFAIL;
    }
    output_flush(tool->out);
    puts("Do really you wish to do this?");
    for (;;) {
        AUTO_FREE char *answer = tool_ask("--y/[N]> ");
        if (answer == NULL || *answer == '\0' || strcasecmp(answer, "n") == 0 || strcasecmp(answer, "no") == 0)
            return EXIT_TEMPFAIL;
        if (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0)
            return EXIT_OK;
    }
}
