/* Running other programs in the foreground: editor, pager, diff. */
#ifndef DMS_ZONE_TOOL_RUN_H
#define DMS_ZONE_TOOL_RUN_H
#include "shared/err.h"
#include <sys/types.h>

/* Start argv (searched in PATH). Ctrl-C belongs to the child while it runs: run_wait gives it back.
 * in_fd, out_fd: its standard input and output, -1 ours. */
err_t run_start(char *const *argv, int in_fd, int out_fd, pid_t *ret_pid, err_info_t *reterr);
/* Wait until it ends; every interval_ms (0: never) tick is called.  Status as of a shell: exit code, 128 + signal, 127 not found. */
int run_wait(pid_t pid, int64_t interval_ms, void (*tick)(void *arg), void *arg);
/* Text into its standard input; output goes where ours goes. */
err_t run_filter(char *const *argv, const char *text, size_t length, int *ret_status);
/* Its standard output as text. Caller frees. */
err_t run_capture(char *const *argv, char **ret_text, size_t *ret_length, int *ret_status, err_info_t *reterr);
#endif
