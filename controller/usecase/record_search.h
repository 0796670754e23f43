/* Search over the estate: chooses the index that fits what is asked for best. */
#ifndef DMS_RECORD_SEARCH_H
#define DMS_RECORD_SEARCH_H
#include "controller/store/search_store.h"

typedef struct {
    search_row_t *rows; size_t count;
    char *next;           /* where the next page begins; NULL: that was all */
} record_found_t;
void record_found_done(record_found_t *found);

/* Published records that fit the filter, of zones that the caller may see; in no order that means anything, but always the same.  after: next of the
 * page before, or NULL.  A page may have fewer than limit records and still not be the last.
 * filter: name and rdata as people write them; address_from: an address or network (address_to is not looked at).
 * Errors: INVALID_ARGUMENT (nothing asked for, no address, after that is none). */
err_t record_search(db_t *db, const caller_t *who, const search_filter_t *filter, const char *after, int64_t limit, record_found_t *ret_found,
                    err_info_t *reterr);
#endif
