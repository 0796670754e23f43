/* What every part of zone_tool shares: the connection, the output, start-up defaults of switches. */
#ifndef DMS_ZONE_TOOL_TOOL_H
#define DMS_ZONE_TOOL_TOOL_H
#include "zone_tool/output.h"
#include "zone_tool/rpc_client.h"
#include <stdbool.h>

enum { SWITCH_MAX = 128 }; /* switches are indexed by their letter */

/* sysexits that do not come from the error table */
enum { EXIT_OK = 0, EXIT_USAGE = 64, EXIT_DATAERR = 65, EXIT_NOTFOUND = 68, EXIT_UNAVAILABLE = 69, EXIT_SOFTWARE = 70, EXIT_OSERR = 71, EXIT_IOERR = 74, EXIT_TEMPFAIL = 75 };

typedef struct tool {
    rpc_client_t *rpc;                /* connects at the first call */
    output_t *out;
    const char *defaults[SWITCH_MAX]; /* start-up switches; used by verbs that know them */
    bool restricted;                  /* help desk: only verbs that the controller lets it use, fixed editor and pager */
    struct rights *rights;            /* of restricted tools; NULL: every verb is tried */
    const char *restricted_editor;
    bool stdin_tty;                   /* a person can be asked */
    bool piped;                       /* standard input carries the commands */
    char *master_name;                /* asked for once, for timelines; owned */
    bool leave;                       /* exit was typed */
} tool_t;

/* A call that prints its error: EXIT_OK and the result (caller drops it), or the exit code. params: reference is taken. */
int tool_call(tool_t *tool, const char *method, json_t *params, json_t **ret_result);
/* The same for a verb that shows something: in JSON the result is printed at once, and *ret_result stays NULL. */
int tool_query(tool_t *tool, const char *method, json_t *params, json_t **ret_result);
/* Print the error the usual way and return its exit code; tool_fail_call: that of the last call, with the controller's details. */
int tool_fail(tool_t *tool, const err_info_t *info);
int tool_fail_call(tool_t *tool, const err_info_t *info);
/* Ask "Do really you wish to do this?": EXIT_OK for yes, else EXIT_TEMPFAIL. Refuses where nobody can be asked. */
int tool_confirm(tool_t *tool, const char *verb, bool force);
/* Print prompt and read one line from the terminal, without newline; NULL at end of file or Ctrl-C. Caller frees. */
char *tool_ask(const char *prompt);
#endif
