/* Child processes with a time limit; standard output and error are kept.  One child at a time is plenty here, any
 * number works. */
#ifndef DMS_AGENT_RUN_H
#define DMS_AGENT_RUN_H
#include "shared/clock.h"
#include "shared/err.h"
#include <czmq.h>

enum { RUN_OUTPUT_MAX = 8192 };
/* status: exit code; -1 killed by a signal, the time limit, or not started (output says so). */
typedef void (*run_done_t)(void *arg, int status, const char *output);

typedef struct run run_t;
/* Blocks SIGCHLD in the process: call before anything forks. */
run_t *run_new(zloop_t *loop);
void run_destroy(run_t **self); /* kills what still runs, without a call */
/* argv: NULL-terminated, argv[0] an absolute path.  done is called exactly once, never from inside this call. */
void run_start(run_t *self, char *const argv[], int limit_ms, run_done_t done, void *arg);
#endif
