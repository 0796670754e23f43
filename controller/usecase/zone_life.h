/* Life cycle of zones: one function = one transaction. */
#ifndef DMS_ZONE_LIFE_H
#define DMS_ZONE_LIFE_H
#include "controller/usecase/zone_edit.h"
err_t zone_life_delete(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t zone_life_undelete(db_t *db, const caller_t *who, int64_t zone_id, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t zone_life_disable(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t zone_life_enable(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* refresh_zone: publish again; zi_text: zi-id notation is api's work, here a plain id, 0: the published one. */
err_t zone_life_refresh(db_t *db, const caller_t *who, const char *name, int64_t zi_id, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t zone_life_reset(db_t *db, const caller_t *who, const char *name, int64_t zi_id, wall_t now, change_result_t *ret_result, err_info_t *reterr);
#endif
