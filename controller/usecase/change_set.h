/* Change sets: one change over many zones.  It is made (create), planned: what would it do to each zone, and why not; applied: the engine does it
 * zone by zone, each in one transaction, only where the zone is still as it was planned for; cancelled, taken back.  See: doc/change_sets.md. */
#ifndef DMS_CHANGE_SET_H
#define DMS_CHANGE_SET_H
#include "controller/store/change_set_store.h"
#include "controller/usecase/zone_edit.h"

/* What the operations of a definition are for one zone. */
typedef struct {
    zonedata_t *ops;             /* records with update_op */
    substitute_t *substitutes; size_t substitute_count;
} change_set_ops_t;
void change_set_ops_done(change_set_ops_t *ops);
/* The definition, understood by api. */
typedef struct {
    void *arg;
    const change_set_select_t *selects; size_t count; /* which zones, operation by operation */
    /* These operations for a zone (canonical name); what is wrong with their records goes to problems. */
    err_t (*expand)(void *arg, const char *zone, const int *operations, size_t count, problem_list_t *problems, change_set_ops_t *ret_ops,
                    err_info_t *reterr);
} change_set_source_t;

/* definition: JSON text that the caller has understood. Fills ret_result->change_id. */
err_t change_set_create(db_t *db, const caller_t *who, const char *login_id, const char *title, const char *definition, wall_t now, int64_t *ret_id,
                        change_result_t *ret_result, err_info_t *reterr);
/* A new set that takes back what another one did, where what it changed is still so.  Errors: NO_CHANGE_SET_FOUND, CHANGE_SET_STATE (nothing was done). */
err_t change_set_revert(db_t *db, const caller_t *who, const char *login_id, int64_t id, const char *title, wall_t now, int64_t *ret_id,
                        change_result_t *ret_result, err_info_t *reterr);
/* Plans up to `most` zones more; changes no zone.  A set that is planned stays as it is, unless again.  source: of its definition; NULL where it
 * takes another one back.  Errors: NO_CHANGE_SET_FOUND, CHANGE_SET_STATE. */
err_t change_set_plan(db_t *db, const caller_t *who, int64_t id, const change_set_source_t *source, bool again, size_t most, wall_t now,
                      err_info_t *reterr);
/* From now on the engine applies it, or what is left of it (zones that failed, a set that was cancelled).
 * Errors: CHANGE_SET_STATE (not planned), CHANGE_SET_REFUSALS unless skip_refused. */
err_t change_set_apply(db_t *db, const caller_t *who, int64_t id, bool skip_refused, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* What is not done stays undone. Errors: CHANGE_SET_STATE (all of it is done). */
err_t change_set_cancel(db_t *db, const caller_t *who, int64_t id, wall_t now, change_result_t *ret_result, err_info_t *reterr);

/* The engine's part: a batch of zones of a set that is being applied, in one transaction.  Sets take turns, so that a small one does not wait for the end
 * of a large one: *turn is the set whose turn it was, 0 at first.  *ret_did: something was done; *ret_waits: zones are held by other transactions. */
err_t change_set_step(db_t *db, size_t most, wall_t now, int64_t *turn, bool *ret_did, bool *ret_waits, err_info_t *reterr);

typedef struct {
    change_set_row_t set;
    change_set_counts_t counts;
    change_set_zone_t *zones; size_t zone_count;
    change_set_rr_t *rrs; size_t rr_count; /* differences of the zones */
} change_set_view_t;
void change_set_view_done(change_set_view_t *view);
typedef struct { change_set_zone_state_t state; const char *after; int64_t limit; bool difference; } change_set_page_t;
/* page NULL: without zones. */
err_t change_set_show(db_t *db, const caller_t *who, int64_t id, const change_set_page_t *page, change_set_view_t *ret_view, err_info_t *reterr);
#endif
