/* Which server groups serve a zone. */
#ifndef DMS_ZONE_GROUP_H
#define DMS_ZONE_GROUP_H
#include "controller/usecase/zone_edit.h"

/* set_zone_sg: sg_name NULL: default_sg.  Errors: ZONE_NOT_DISABLED, NO_SG_FOUND. */
err_t zone_group_set(db_t *db, const caller_t *who, const char *name, const char *sg_name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* set_zone_alt_sg: also serve from this group, live; NULL: no longer.  Errors: NO_SG_FOUND, ZONE_SM_FAILURE (it is the primary one). */
err_t zone_group_set_alt(db_t *db, const caller_t *who, const char *name, const char *sg_name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* swap_zone_sg.  Errors: ZONE_NO_ALT_SG_FOR_SWAP. */
err_t zone_group_swap(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
#endif
