/* Options of dms-controller, and everything it does besides running. */
#ifndef DMS_CLI_H
#define DMS_CLI_H
#include "controller/settings.h"

typedef enum {
    CLI_RUN, CLI_CHECK_CONFIG, CLI_PRINT_CONFIG, CLI_SAMPLE_CONFIG, CLI_MAN, CLI_MIGRATE, CLI_FSM, CLI_METHODS, CLI_INIT_KEYS, CLI_PUBLIC_KEY,
    CLI_SET_ACCOUNT, CLI_VERSION, CLI_HELP
} cli_action_t;
typedef struct {
    cli_action_t action;
    const char *config;
    const char *fsm;             /* "zone=mermaid" */
    const char *uri, *login;     /* --set-account */
} cli_options_t;

/* False: usage was printed to standard error. */
bool cli_parse(int argc, char **argv, cli_options_t *ret_options);
/* Actions that need no configuration.  Returns an exit code, or -1: not one of them. */
int cli_print(const cli_options_t *options);
/* The others, except CLI_RUN. */
err_t cli_do(const cli_options_t *options, const settings_t *settings, err_info_t *reterr);
/* "dms-controller: message" and the hint, to standard error; returns the exit code. */
int cli_fail(err_t err, const err_info_t *info);
#endif
