/* Between zone_fsm.c (table), zone_act.c (actions) and zone_run.c (batches); nobody else's business. */
#ifndef DMS_ZONE_PRIV_H
#define DMS_ZONE_PRIV_H
#include "controller/fsm/zone_fsm.h"
#include "controller/store/config_store.h"
#include "controller/store/goal_store.h"
#include "controller/store/publish_store.h"
#include "controller/store/server_store.h"

typedef struct { int64_t *items; size_t count, cap; } id_list_t;
void id_list_add(id_list_t *list, int64_t id);
typedef struct { int64_t *zone_ids; uint32_t *serials; size_t count, id_cap, serial_cap; } serial_list_t;
void serial_list_add(serial_list_t *list, int64_t zone_id, uint32_t serial);

/* What the actions of a batch read (loaded before, with a few statements) and what they want done (written after, likewise). */
typedef struct {
    db_t *db;
    wall_t now;
    /* read */
    zi_row_t *zis; size_t zi_count; bool *zi_dirty;
    group_row_t *groups; defaults_t *defaults; size_t group_count;
    int64_t master_id; /* the publishing master server; 0: none */
    goal_row_t *goals; size_t goal_count;
    int64_t *serial_zones; uint32_t *name_serials; size_t serial_count;
    size_t ptr_work;         /* PTR records that its zones have looked at: bounded, others wait for the transaction */
    serial_past_t *pasts; size_t past_count;
    /* do */
    event_row_t *events; size_t event_count, event_cap;
    goal_row_t *new_goals; size_t new_goal_count, new_goal_cap;
    goal_row_t *forgotten; size_t forgotten_count, forgotten_cap; /* rows of `goals`, borrowed contents: build on nothing */
    id_list_t absent, serving, ptime, settle, retired, destroyed;
    id_list_t doubted; /* what the other servers serve is to be asked again */
    serial_list_t stamped, slaves, mastered;
    serial_list_t left, entered; /* serials that jump: from, and to (one list's entry for each of the other's) */
} zone_batch_t;

typedef struct {
    zone_batch_t *batch;
    zone_step_t *step;
    zone_row_t *zone;
    int64_t token;   /* out: Edit */
    char *note;      /* out: said instead of the row's sentence; owned */
} zone_ctx_t;

zi_row_t *zone_batch_zi(const zone_batch_t *batch, int64_t id);
goal_row_t *zone_batch_goal(const zone_batch_t *batch, int64_t zone_id);
const group_row_t *zone_batch_group(const zone_batch_t *batch, int64_t sg_id, const defaults_t **ret_defaults);
/* Queue an event for the zone, due now. */
void zone_batch_queue(zone_batch_t *batch, const zone_row_t *zone, zone_event_t event, const zone_params_t *params);

void zone_batch_queue_at(zone_batch_t *batch, const zone_row_t *zone, zone_event_t event, const zone_params_t *params, wall_t due);

/* zone_serials.c: the serial of the next publication, and the one that it follows (0: the name is new). */
err_t zone_choose_serial(const zone_ctx_t *ctx, const zi_row_t *zi, uint32_t *ret_base, uint32_t *ret_serial, err_info_t *reterr);
/* The zone's serial is being wrapped: nothing else may be published. */
bool zone_is_turning(const zone_ctx_t *ctx);
/* server: who is awaited; NULL: somebody.  Gives the error to return. */
err_t zone_turning_waits(const zone_ctx_t *ctx, const char *server, err_info_t *reterr);
/* Which the controller did not choose for the zone of late: one that the name jumped away from, or one that nothing in its numbers explains. */
bool zone_serial_is_strange(const zone_ctx_t *ctx, uint32_t serial);

/* zone_publish.c: plan the publication of the candidate.  force: a new serial also when this ZI is there or under way.  reload: send it whole. */
err_t zone_publish(zone_ctx_t *ctx, bool force, bool reload, err_info_t *reterr);

/* zone_act_inc.c: the lock ends: incremental updates that wait get their events. */
err_t zone_inc_wake(zone_ctx_t *ctx, err_info_t *reterr);
/* zone_act_ptr.c: the lock ends, or the zone is undeleted: PTR records that wait get an event. */
err_t zone_ptr_wake(zone_ctx_t *ctx, err_info_t *reterr);
/* zone_act_fill.c: the next piece of what the zone is to be filled from, up to limit: more PTR records wait then.  *ret_looked_at: 0: there is nothing to fill. */
err_t zone_ptr_fill(zone_ctx_t *ctx, size_t limit, size_t *ret_looked_at, err_info_t *reterr);

/* zone_act_move.c: refuses (ZONE_MOVING) while the zone is being moved to another server group. */
err_t zone_move_none(zone_ctx_t *ctx, err_info_t *reterr);
/* The zone is enabled: its move goes on. */
err_t zone_move_enabled(zone_ctx_t *ctx, err_info_t *reterr);
/* The zone is deleted: its move ends. */
err_t zone_move_gone(zone_ctx_t *ctx, err_info_t *reterr);

#define ZONE_ACTIONS(X)                                                                                               \
    X(none) X(do_config) X(do_reset) X(do_reconfig) X(do_reconfig_quiet) X(do_refresh) X(do_refresh_quiet) X(sg_swap) X(set_alt_sg)   \
    X(enable) X(disable) X(delete) X(nuke) X(destroy) X(undelete) X(edit) X(saved) X(saved_keep) X(saved_no_lock) X(saved_no_lock_keep) \
    X(edit_exit) X(tickle) X(timeout) X(config) X(update) X(edit_update) X(serial_back) X(master_done) X(master_failed) X(removed)  \
    X(no_being_created) X(no_configured) X(no_disabled) X(no_deleted) X(no_enabled) X(no_already) X(no_not_deleted) X(no_edit) X(no_save) \
    X(no_exit) X(no_tickle)                                                                                          \
    X(inc_update) X(inc_deleted) X(sg_move) X(sg_move_start) X(sg_move_cancel) X(auto_ptr)
#define X(a) err_t zone_act_##a(void *ctx, int *state, err_info_t *reterr);
ZONE_ACTIONS(X)
#undef X
#endif
