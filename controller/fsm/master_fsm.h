/* The master machine: configuration generations.  READY: no generation is being applied.  HOLD: one is; requests merge into the next. */
#ifndef DMS_MASTER_FSM_H
#define DMS_MASTER_FSM_H
#include "controller/store/db.h"
#include "controller/store/rows.h"
#include "shared/fsm.h"

/* Queued or fired by the engine.  Stored and shown as "MasterSM" + name. */
#define MASTER_EVENTS(X) X(MasterReconfig) X(PartialReconfig) X(AllReconfig) X(ConfigDone) X(HoldTimeout) X(Reset)
#define X(e) ME_##e,
typedef enum { MASTER_EVENTS(X) ME_COUNT } master_event_t;
#undef X
extern const fsm_t master_fsm;

enum { MASTER_HOLD_MS = 30000 }; /* a connected agent that is silent for longer does not hold the next generation back */
enum { MASTER_SCOPE_NONE = 0, MASTER_SCOPE_MASTER = -1, MASTER_SCOPE_ALL = -2 };

typedef struct {
    int64_t sg_id;           /* PartialReconfig */
    int64_t generation;      /* Reset: an agent holds this one, so ours must be ahead of it; 0: none */
    int64_t change_id;
} master_params_t;

/* Fire in the open transaction: locks the master row, then the servers in scope; writes everything.
 * history: leave a done event row (false when a queued row is the history). */
err_t master_fsm_fire(db_t *db, master_event_t event, const master_params_t *params, bool history, wall_t now, err_info_t *reterr);
/* Queue one for the engine, due now. */
err_t master_fsm_queue(db_t *db, master_event_t event, const master_params_t *params, wall_t now, err_info_t *reterr);
/* A queued row: fires it and fills state, results and done (the caller saves it). */
err_t master_fsm_run(db_t *db, event_row_t *queued, wall_t now, err_info_t *reterr);
#endif
