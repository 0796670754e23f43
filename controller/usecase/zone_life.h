/* Life cycle of zones: one function = one transaction. */
#ifndef DMS_ZONE_LIFE_H
#define DMS_ZONE_LIFE_H
#include "controller/store/zone_store.h"
#include "controller/usecase/zone_edit.h"
err_t zone_life_delete(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t zone_life_undelete(db_t *db, const caller_t *who, int64_t zone_id, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t zone_life_disable(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t zone_life_enable(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* refresh_zone: publish again; zi_text: zi-id notation is api's work, here a plain id, 0: the published one. */
err_t zone_life_refresh(db_t *db, const caller_t *who, const char *name, int64_t zi_id, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t zone_life_reset(db_t *db, const caller_t *who, const char *name, int64_t zi_id, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* The deleted zone's row and versions go for good; its serial stays with its name.  Errors: ZONE_NOT_FOUND_BY_ZONE_ID, ZONE_NOT_DELETED, ZONE_FILES_STILL_EXIST. */
err_t zone_life_destroy(db_t *db, const caller_t *who, int64_t zone_id, wall_t now, change_result_t *ret_result, err_info_t *reterr);

typedef struct { char *name; int64_t zone_id, change_id; } nuked_t;
void zone_life_nuked_free(nuked_t *nuked, size_t count);
/* Every live zone that matches, reverse zones never: deleted for good at the next clean-up.  NO_ZONES_FOUND when there is none. */
err_t zone_life_nuke(db_t *db, const caller_t *who, const zone_filter_t *filter, wall_t now, nuked_t **ret_nuked, size_t *ret_count, err_info_t *reterr);
#endif
