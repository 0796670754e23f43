/* Security tags: which there are, and which zones carry them.  "Admin" is implicit and never stored: it is accepted and ignored. */
#ifndef DMS_SECTAG_STORE_H
#define DMS_SECTAG_STORE_H
#include "controller/store/db.h"

/* All labels but Admin, sorted.  *ret_labels: free with rows_texts_free. */
err_t sectag_store_list(db_t *db, char ***ret_labels, size_t *ret_count, err_info_t *reterr);
/* Errors: ZONE_SEC_TAG_EXISTS. */
err_t sectag_store_insert(db_t *db, const char *label, err_info_t *reterr);
/* Errors: ZONE_SEC_TAG_DOES_NOT_EXIST, ZONE_SEC_TAG_STILL_USED (a zone or a front end has it). */
err_t sectag_store_delete(db_t *db, const char *label, err_info_t *reterr);
/* Errors: ZONE_SEC_TAG_DOES_NOT_EXIST with the first label that is not defined. */
err_t sectag_store_check(db_t *db, const char *const *labels, size_t count, err_info_t *reterr);

/* Give a zone tags; those that it has stay. */
err_t sectag_store_attach(db_t *db, int64_t zone_id, const char *const *labels, size_t count, err_info_t *reterr);
/* Take a tag from a zone.  Errors: ZONE_SEC_TAG_DOES_NOT_EXIST: the zone does not carry it. */
err_t sectag_store_detach(db_t *db, int64_t zone_id, const char *label, err_info_t *reterr);
/* Take all tags but these. */
err_t sectag_store_keep(db_t *db, int64_t zone_id, const char *const *labels, size_t count, err_info_t *reterr);
#endif
