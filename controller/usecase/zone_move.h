/* Supervised moves of zones to another server group: add it, wait until it is live, swap, wait out TTLs, remove the old one.  The steps are made by
 * the zone's machine (fsm/move_fsm.h); here they are begun, watched and cancelled. */
#ifndef DMS_ZONE_MOVE_H
#define DMS_ZONE_MOVE_H
#include "controller/store/move_store.h"
#include "controller/usecase/zone_edit.h"

/* move_zone_sg.  ttl_wait: seconds between the swap and the removal of the old group; -1: by the TTLs (longest of the zone's and setting
 * move_parent_ttl).  *ret_move is the caller's.
 * Errors: ZONE_NOT_FOUND, NO_SG_FOUND, NO_ENABLED_SERVER, ZONE_MOVING (one is under way), ZONE_SM_FAILURE (disabled, in that group already, has another
 * alternative group). */
err_t zone_move_start(db_t *db, const caller_t *who, const char *name, const char *sg_name, int64_t ttl_wait, wall_t now, change_result_t *ret_result,
                      move_row_t *ret_move, err_info_t *reterr);
/* cancel_zone_move: back to the old group, by the same careful steps.  Errors: ZONE_NOT_FOUND, NO_ZONE_MOVE_FOUND, ZONE_MOVE_TOO_LATE. */
err_t zone_move_cancel(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, move_row_t *ret_move, err_info_t *reterr);
/* The newest move of a zone.  Errors: ZONE_NOT_FOUND, NO_ZONE_MOVE_FOUND. */
err_t zone_move_show(db_t *db, const caller_t *who, const char *name, move_row_t *ret_move, err_info_t *reterr);
#endif
