/* Parameters and results of events: flat JSON objects of our own making, as PostgreSQL's jsonb prints them.  No parser library is needed
 * for that, and the machines stay free of one. */
#ifndef DMS_FSM_PARAMS_H
#define DMS_FSM_PARAMS_H
#include "shared/clock.h"
#include "shared/err.h"

typedef struct { char *text; size_t len, cap; } fsm_params_t; /* text: "{...", closed by fsm_params_take */
#define FSM_PARAMS_INIT ((fsm_params_t){0})
void fsm_params_int(fsm_params_t *self, const char *key, int64_t number);
void fsm_params_bool(fsm_params_t *self, const char *key, bool value);
void fsm_params_text(fsm_params_t *self, const char *key, const char *text); /* NULL: left out */
char *fsm_params_take(fsm_params_t *self); /* "{}" when nothing was put; owned by caller */

/* Member of an object as jsonb prints it; 0 or false when absent. */
int64_t fsm_params_get_int(const char *json, const char *key);
bool fsm_params_get_bool(const char *json, const char *key);

/* The result object that front ends know: message, states before and after, and the error's name if there was one. */
char *fsm_params_result(const char *message, const char *before, const char *after, const err_info_t *failure, int64_t edit_lock_token);

/* Back-off: min_ms doubled per attempt up to max_ms, plus or minus 25 % by `jitter` (any number). */
int64_t fsm_params_backoff_ms(int attempts, int64_t min_ms, int64_t max_ms, uint64_t jitter);
#endif
