/* What belongs to a zone but is not published: its security tags, its reference.  One function = one transaction. */
#ifndef DMS_ZONE_ADMIN_H
#define DMS_ZONE_ADMIN_H
#include "controller/usecase/zone_edit.h"

/* Labels of a zone's tags, "Admin" first, then sorted; *ret_labels: free with rows_texts_free.
 * Errors of all with tags: SEC_TAG_PERMISSION_DENIED (the caller's tag is not Admin), ZONE_NOT_FOUND. */
err_t zone_admin_sectags(db_t *db, const caller_t *who, const char *name, char ***ret_labels, size_t *ret_count, err_info_t *reterr);
/* Admin is implicit: naming it changes nothing.  Errors: ZONE_SEC_TAG_DOES_NOT_EXIST (not defined; delete: not the zone's). */
err_t zone_admin_add_sectag(db_t *db, const caller_t *who, const char *name, const char *label, wall_t now, change_result_t *ret_result,
                            err_info_t *reterr);
err_t zone_admin_delete_sectag(db_t *db, const caller_t *who, const char *name, const char *label, wall_t now, change_result_t *ret_result,
                               err_info_t *reterr);
err_t zone_admin_replace_sectags(db_t *db, const caller_t *who, const char *name, const char *const *labels, size_t count, wall_t now,
                                 change_result_t *ret_result, err_info_t *reterr);
/* reference NULL: none any more.  Errors: ZONE_NOT_FOUND, NO_REFERENCE_FOUND. */
err_t zone_admin_set_reference(db_t *db, const caller_t *who, const char *name, const char *reference, wall_t now,
                               change_result_t *ret_result, err_info_t *reterr);
#endif
