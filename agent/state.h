/* What the agent must not forget: the highest controller epoch and the applied configuration generation.  One small
 * file. */
#ifndef DMS_AGENT_STATE_H
#define DMS_AGENT_STATE_H
#include "shared/err.h"

typedef struct state state_t;
/* Errors: ERR_IO; ERR_CONFIG when the file exists and is not understood (never guessed: it fences old controllers). */
err_t state_open(const char *dir, state_t **ret_state, err_info_t *reterr);
void state_destroy(state_t **self);
uint64_t state_epoch(const state_t *self);
uint64_t state_generation(const state_t *self);
/* On disk when ERR_OK is returned; nothing is written when nothing changes. */
/* A lower epoch than the stored one changes nothing. */
err_t state_set_epoch(state_t *self, uint64_t epoch, err_info_t *reterr);
err_t state_set_generation(state_t *self, uint64_t generation, err_info_t *reterr);
#endif
