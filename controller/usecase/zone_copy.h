/* Copies of zones and versions, and versions that go: one function = one transaction. */
#ifndef DMS_ZONE_COPY_H
#define DMS_ZONE_COPY_H
#include "controller/usecase/zone_edit.h"

/* copy_zone: a new zone from version zi_id (0: the published one) of src_name.  Flags that are not given and the reference come from the source, and for
 * callers that see all zones its security tags too, unless sectags_given.  Errors: as zone_edit_create, ZONE_NOT_FOUND, ZI_NOT_FOUND. */
err_t zone_copy_zone(db_t *db, const caller_t *who, const char *login_id, const char *src_name, int64_t zi_id, const char *name,
                     const zone_options_t *options, bool sectags_given, const edit_limits_t *limits, wall_t now, change_result_t *ret_result,
                     err_info_t *reterr);
/* copy_zi: the version becomes the newest one in the history of zone `name`, with its times and a serial of its own; what is published stays. */
err_t zone_copy_zi(db_t *db, const caller_t *who, const char *login_id, const char *src_name, int64_t zi_id, const char *name,
                   const edit_limits_t *limits, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* delete_zi.  Errors: ZI_IN_USE when it is published, to be published, or on its way to or from the hidden master. */
err_t zone_copy_delete_zi(db_t *db, const caller_t *who, const char *name, int64_t zi_id, wall_t now, change_result_t *ret_result, err_info_t *reterr);
#endif
