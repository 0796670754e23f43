/* The zone machine: states, events, and the one way to step zones in an open transaction.
 * A step is computed in memory over the locked row and collects effects (events to queue, goals, receipts); a whole batch is then written back with
 * a handful of statements.  So the cost of a batch hardly depends on its size.  The table itself is zone_fsm.c, the actions are zone_act.c. */
#ifndef DMS_ZONE_FSM_H
#define DMS_ZONE_FSM_H
#include "controller/store/db.h"
#include "controller/store/rows.h"
#include "shared/fsm.h"

/* Events: sync ones run in the caller's transaction, queued ones are rows of `event`.  Stored and shown as "ZoneSM" + name.
 * MasterDone / MasterFailed / Removed come from agents' reports.  SerialBack: the second step of a wrap of the serial; it waits until every server has
 * reported the first one.  SgMove: the next step of a move to another server group (move_fsm.h).  AutoPtr: addresses of forward zones changed,
 * PTR records of this reverse zone are to be looked at. */
#define ZONE_EVENTS(X)                                                                                                             \
    X(DoConfig) X(DoReset) X(DoReconfig) X(DoRefresh) X(DoSgSwap) X(DoSetAltSg) X(Enable) X(Disable) X(Delete) X(NukeStart)        \
    X(DoDestroy) X(Undelete) X(Edit) X(EditSaved) X(EditSavedNoLock) X(EditExit) X(EditLockTickle)                                 \
    X(Config) X(Update) X(EditUpdate) X(EditTimeout) X(SerialBack) X(MasterDone) X(MasterFailed) X(Removed)                        \
    X(IncUpdate) X(DoSgMove) X(DoSgMoveCancel) X(SgMove) X(AutoPtr)
#define X(e) ZE_##e,
typedef enum { ZONE_EVENTS(X) ZE_COUNT } zone_event_t;
#undef X
extern const fsm_t zone_fsm; /* the table */

/* Parameters of an event (stored as JSON with queued ones); 0 / NULL: not given. */
typedef struct {
    int64_t zi_id;               /* DoConfig, DoReset, DoRefresh, EditSaved*: the ZI that becomes candidate */
    int64_t edit_lock_token;     /* EditSaved, EditExit, EditLockTickle, EditTimeout */
    const char *locked_by;       /* Edit, DoSgMove: "<login>/<sectag>" */
    uint32_t candidate_soa_serial;
    bool wrap_soa_serial, force_soa_serial_update;
    bool reload;                 /* Update: send the whole zone (its groups changed, or somebody asked for it) */
    int64_t sg_id;               /* DoSetAltSg; 0 clears.  DoSgMove: the new group */
    int64_t ttl_wait;            /* DoSgMove: seconds; -1: by the TTLs */
    int64_t change_id;           /* the change that caused it: its receipt follows what is published */
    uint32_t serial;             /* MasterDone, MasterFailed: what the master serves now; SerialBack: what every server is to have first */
    int64_t published_zi_id;     /* MasterDone */
    const char *message;         /* MasterFailed: reason and evidence */
    const struct zone_ptr *ptr;  /* events that choose a version, or end or begin service: PTR records follow (zone_ptr.h); NULL: they do not */
} zone_params_t;

/* Fire one event at a zone whose row the caller has locked in the open transaction of db; row is updated to the new values.
 * Writes everything (row, events, goals, a done event row for the history) before it returns.
 * Edit: *ret_token (may be NULL) gets the lock token.
 * Errors: the refusals of behaviour.md 3.5 (EDIT_LOCK_FAILURE, UPDATE_ZONE_FAILURE, TICKLE_EDIT_LOCK_FAILURE, CANCEL_EDIT_LOCK_FAILURE, ZONE_SM_FAILURE, ZONE_BEING_CREATED,
 * ACTIVE_ZONE_EXISTS, ZONE_FILES_STILL_EXIST ...) with keys name, event_message; SM_NO_ROW for an event the state does not know. */
err_t zone_fsm_fire(db_t *db, zone_row_t *row, zone_event_t event, const zone_params_t *params, wall_t now, int64_t *ret_token, err_info_t *reterr);

/* Zones that the open transaction is about to insert (state INIT, with their ids): DoConfig for each.  The rows are changed in memory only, the caller
 * inserts them as they are then; their events are written. */
typedef struct { zone_row_t *zone; int64_t zi_id, change_id; } zone_birth_t;
err_t zone_fsm_begin_many(db_t *db, const zone_birth_t *births, size_t count, wall_t now, err_info_t *reterr);

/* A batch: zones locked by the caller, one event each (queued rows, or reports). */
typedef struct {
    zone_row_t *zone;            /* locked, borrowed, updated */
    event_row_t *queued;         /* the queued event, or NULL for a report; borrowed, its state/results are updated and saved */
    zone_event_t event;
    zone_params_t params;
    err_t result;                /* out */
    char *message;               /* out: sentence or error text; owned */
} zone_step_t;
err_t zone_fsm_run(db_t *db, zone_step_t *steps, size_t count, wall_t now, err_info_t *reterr);
void zone_step_done(zone_step_t *step);
#endif
