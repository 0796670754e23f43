/* Incremental updates: one function = one transaction. */
#ifndef DMS_ZONE_UPDATE_H
#define DMS_ZONE_UPDATE_H
#include "controller/fsm/zone_inc.h"
#include "controller/usecase/zone_edit.h"

typedef struct {
    const char *name, *login_id;
    const char *update_type;     /* NULL or "": missing */
    const zonedata_t *ops;       /* records with update_op; NULL: contents_error says why there are none */
    const problem_list_t *found; /* what their reader found, told first; NULL: nothing.  With errors nothing is done */
    bool strict;                 /* what would warn refuses */
    err_info_t *contents_error;  /* contents that were not understood: told after all refusals that come before; moved from */
    const edit_condition_t *condition;
    const char *text;            /* its contents as they were sent (JSON), kept while it waits and when it is refused then; NULL: nothing to keep */
} zone_update_t;

/* update_rrs.  A zone whose edit lock is held: judged, and stored until the lock ends (ret_result->deferred); then it is judged again, with its
 * conditions, by what the zone is then.
 * Errors, in this order: UPDATE_TYPE_REQUIRED, ZONE_NOT_FOUND, INCREMENTAL_UPDATES_DISABLED, ZONE_DISABLED,
 * ZONE_ADMIN_PRIVILEGE_NEEDED, ZONE_HAS_NO_ZI, UPDATE_TYPE_ALREADY_QUEUED, PRECONDITION_FAILED, what is wrong with the
 * contents (INVALID_UPDATE_OPERATION ...). */
err_t zone_update_rrs(db_t *db, const caller_t *who, const zone_update_t *update, wall_t now, change_result_t *ret_result,
                      err_info_t *reterr);
/* The end of an update that zone_inc_run has made, in its transaction: change log row, the machine's event, receipt, PTR records.  Sets
 * *result; to its warnings it adds. */
err_t zone_update_write(db_t *db, const caller_t *who, const char *method, zone_row_t *zone, const zone_inc_t *in, const zone_inc_result_t *made,
                        change_result_t *result, err_info_t *reterr);
#endif
