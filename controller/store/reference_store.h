/* References as rows of their own: compared without case, kept with it.  For a caller with a sectag only those exist that one of its zones,
 * or a record of one, has. */
#ifndef DMS_REFERENCE_STORE_H
#define DMS_REFERENCE_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"

/* *ret_id 0: there is none. */
err_t reference_store_find(db_t *db, const caller_t *who, const char *name, int64_t *ret_id, err_info_t *reterr);
/* Errors: REFERENCE_EXISTS. */
err_t reference_store_insert(db_t *db, const char *name, err_info_t *reterr);
/* Errors: REFERENCE_DOES_NOT_EXIST, REFERENCE_STILL_USED (by a zone or a record). */
err_t reference_store_delete(db_t *db, const char *name, err_info_t *reterr);
/* Errors: REFERENCE_DOES_NOT_EXIST, REFERENCE_EXISTS (another one has the new name). */
err_t reference_store_rename(db_t *db, const char *name, const char *new_name, err_info_t *reterr);
/* Those that match one of the patterns (* and ?, without case); count 0: all.  Sorted; after: those behind this name (NULL: all); limit 0: no limit.
 * *ret_names: free with rows_texts_free. */
err_t reference_store_list(db_t *db, const caller_t *who, const char *const *patterns, size_t count, const char *after, int64_t limit, char ***ret_names,
                           size_t *ret_count, err_info_t *reterr);
#endif
