/* Questions to the change log. */
#ifndef DMS_AUDIT_STORE_H
#define DMS_AUDIT_STORE_H
#include "controller/store/change_store.h"

typedef struct {
    const char *login, *role, *front_end, *method, *object_name; /* NULL: any */
    wall_t since, until;                                        /* us 0: any */
    int ok;                                                     /* -1: accepted and refused ones */
    int64_t after;                                              /* older than this change; 0: from the newest */
    int64_t limit;
} audit_filter_t;
/* Newest first; for callers with a security tag those of zones that they may see.  Looks at a bounded number of rows: *ret_next is the change that the
 * next page begins behind (there may be fewer than limit before it), 0: that was all. */
err_t audit_store_list(db_t *db, const caller_t *who, const audit_filter_t *filter, change_row_t **ret_rows, size_t *ret_count, int64_t *ret_next,
                       err_info_t *reterr);
void audit_store_rows_free(change_row_t *rows, size_t count);
#endif
