/* The machine of a supervised move of a zone from one server group to another.  It has no life of its own: each step is an event SgMove of the
 * zone's machine, run with the zone's row locked and published as anything else of the zone, so it survives restarts and is in order with edits. */
#ifndef DMS_MOVE_FSM_H
#define DMS_MOVE_FSM_H
#include "controller/store/move_store.h"
#include "shared/fsm.h"

/* Step: go on if what this step waits for has happened.  Cancel: back to the old group.  Gone: the zone was deleted. */
#define MOVE_EVENTS(X) X(Step) X(Cancel) X(Gone)
#define X(e) MV_##e,
typedef enum { MOVE_EVENTS(X) MV_COUNT } move_event_t;
#undef X
extern const fsm_t move_fsm; /* the table */
#endif
