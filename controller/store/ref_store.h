/* References and sectags. */
#ifndef DMS_REF_STORE_H
#define DMS_REF_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"

/* Id of a reference, compared without case; created where missing. */
err_t ref_store_ensure(db_t *db, const char *name, int64_t *ret_id, err_info_t *reterr);
/* The same for many at once: *ret_ids parallel to names (owned). */
err_t ref_store_ensure_many(db_t *db, const char *const *names, size_t count, int64_t **ret_ids, err_info_t *reterr);
/* Labels of a zone's sectags, sorted ("Admin" is implicit and not among them). */
err_t ref_store_zone_sectags(db_t *db, int64_t zone_id, char ***ret_labels, size_t *ret_count, err_info_t *reterr);
/* Give a zone the creator's tag (0: none) and those with these labels.  Errors: ZONE_SEC_TAG_DOES_NOT_EXIST. */
err_t ref_store_tag_zone(db_t *db, int64_t zone_id, int64_t sectag_id, const char *const *labels, size_t count,
                         err_info_t *reterr);
#endif
