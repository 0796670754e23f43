/* One incremental update in an open transaction on a locked zone row: judged and written as a new version without loading
 * the zone.  For the use case, and for the machine when an edit lock ends. */
#ifndef DMS_ZONE_INC_H
#define DMS_ZONE_INC_H
#include "controller/domain/inc_update.h"
#include "controller/store/db.h"
#include "controller/store/rows.h"

typedef struct {
    const zonedata_t *ops;
    const char *change_by;
    bool may_lock_ptr, may_reference;
    bool only_judge;             /* nothing is written: the update will wait */
    bool strict;                 /* what would warn refuses */
    int unmade_seq;              /* groups that came with that version go when they are empty; 0: none */
    const problem_list_t *found; /* what the reader found, told first; NULL: nothing */
    /* What it changes, before that is written; NULL: nobody asks. */
    void (*on_difference)(void *arg, const inc_difference_t *difference, size_t count);
    void *arg;
    wall_t now;
} zone_inc_t;
typedef struct { int64_t zi_id; int zi_seq; bool unchanged; } zone_inc_result_t;

/* The candidate's contents change (a candidate that is not the newest version is first made so, as a version of its own).
 * zone->zi_count and *ret_result are set; nothing is fired.  Errors: problems of the records and operations, ZONE_HAS_NO_ZI.
 * ret_warnings: NULL or owned by the caller. */
err_t zone_inc_run(db_t *db, zone_row_t *zone, const zi_row_t *candidate, const zone_inc_t *in,
                   zone_inc_result_t *ret_result, problem_list_t **ret_warnings, err_info_t *reterr);
/* The candidate of a zone: ZONE_HAS_NO_ZI, ZI_NOT_FOUND. */
err_t zone_inc_candidate(db_t *db, const zone_row_t *zone, zi_row_t *ret_zi, err_info_t *reterr);
#endif
