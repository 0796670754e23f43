/* State machines as data: one row per (state, event) with an action, the states it may lead to and one sentence that is
 * log text and documentation alike.  The engine finds the row, runs the action and checks the state that it chose. */
#ifndef DMS_FSM_H
#define DMS_FSM_H
#include "shared/err.h"

enum { FSM_STATES_MAX = 32 };
#define FSM_IN(s) (s)
#define FSM_GO(s) (UINT32_C(1) << (s))

/* ctx: the machine being stepped and its open transaction (known to the actions only).  *state holds the old state and
 * is set to the new one (unchanged: stays).  Returns ERR_OK, or an error whose class says retry or refuse. */
typedef err_t (*fsm_action_t)(void *ctx, int *state, err_info_t *reterr);

typedef struct {
    int state;
    int event;
    fsm_action_t action;  /* NULL: just go to the only state in `next` */
    uint32_t next;        /* FSM_GO(a) | FSM_GO(b): every state allowed afterwards */
    const char *sentence; /* "an edit session saved a new instance" */
} fsm_row_t;

typedef struct {
    const char *name;                /* "zone" */
    const char *const *states;       /* names, state_count of them */
    int state_count;
    int initial;
    const char *const *events;
    int event_count;
    const fsm_row_t *rows;
    size_t row_count;
} fsm_t;

const fsm_row_t *fsm_find(const fsm_t *fsm, int state, int event); /* NULL: no row */
int fsm_state_find(const fsm_t *fsm, const char *name);            /* -1: none */
int fsm_event_find(const fsm_t *fsm, const char *name);

/* Step: find the row, run its action, check the new state.
 * Errors: ERR_SM_NO_ROW (named: machine, state, event) when there is no row; ERR_SM_BAD_STATE when the action chose a state
 * that the row does not declare (a bug); else the action's error, with *state untouched. */
err_t fsm_step(const fsm_t *fsm, int event, void *ctx, int *state, const fsm_row_t **ret_row, err_info_t *reterr);

/* Completeness: double rows, unreachable states, unused events, rows without a next state or a sentence, out of range numbers.
 * Returns the number of faults; each is printed to out (may be NULL). */
int fsm_check(const fsm_t *fsm, FILE *out);

typedef enum { FSM_TABLE, FSM_MERMAID, FSM_GRAPHVIZ } fsm_format_t;
/* Dump as Markdown table, Mermaid stateDiagram-v2 or Graphviz dot. */
void fsm_dump(const fsm_t *fsm, fsm_format_t format, FILE *out);
#endif
