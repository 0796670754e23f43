/* Shared by change_set*.c only. */
#ifndef DMS_CHANGE_SET_PRIV_H
#define DMS_CHANGE_SET_PRIV_H
#include "controller/fsm/zone_inc.h"
#include "controller/usecase/change_set.h"
#include "controller/usecase/zone_edit_priv.h"

#define AUTO_SET AUTO_CLEANUP(change_set_row_done) change_set_row_t

/* What can be changed by a set now: not disabled, locked, waited for, rolled back, or for administrators only.  *ret_candidate is set when ERR_OK. */
err_t change_set_check_zone(db_t *db, const caller_t *who, const zone_row_t *zone, zi_row_t *ret_candidate, err_info_t *reterr);
/* What zone_inc_run is given. */
zone_inc_t change_set_inc(const caller_t *who, const change_set_zone_t *zone, const zonedata_t *ops, const char *change_by, wall_t now);
err_t change_set_wrong_state(const change_set_row_t *set, const char *why, const char *hint, err_info_t *reterr);
/* Moved into a zone's row: code and text of why it is refused or failed. */
void change_set_note(change_set_zone_t *zone, change_set_zone_state_t state, const err_info_t *why);
/* The fault of a zone, and not of the database or of ours. */
bool change_set_is_refusal(err_t code);
#endif
