/* Requests that wait (wait_change): one thread carries all of them, the HTTP connections are suspended meanwhile.
 * It has its own database connection, listens for receipts that move, and re-reads those that somebody waits for. */
#ifndef DMS_WAITER_H
#define DMS_WAITER_H
#include "controller/api/rpc.h"

typedef struct waiter waiter_t;
/* resume(carrier): the job's answer is complete; called once per job, from the waiter's thread (or from waiter_add while stopping). */
waiter_t *waiter_new(const char *conninfo, size_t max_jobs, const clock_source_t *clock, void (*resume)(void *carrier));
/* Answers every open wait with what is known, resumes all, ends the thread. */
void waiter_stop(waiter_t *self);
void waiter_destroy(waiter_t **self);
/* Room for one more?  Must come before waiter_add, which takes the place. */
bool waiter_reserve(waiter_t *self);
/* The job belongs to the waiter until resume(carrier). */
void waiter_add(waiter_t *self, rpc_job_t *job, void *carrier);
#endif
