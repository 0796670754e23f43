/* The difference of two versions of a zone, or of two zones: read in one snapshot. */
#ifndef DMS_ZONE_DIFFERENCE_H
#define DMS_ZONE_DIFFERENCE_H
#include "controller/domain/zone_compare.h"
#include "controller/store/record_store.h"
#include "controller/store/zi_store.h"
#include "controller/store/zone_store.h"

typedef struct {
    zone_row_t zones[2];                            /* [0] before, [1] after */
    zi_row_t zis[2];
    compare_item_t *items; size_t item_count;       /* records */
    compare_value_t *values; size_t value_count;    /* $TTL, SOA values; in data keys: the names that show_zone gives them */
    compare_value_t *groups; size_t group_count;    /* changed comments of groups (versions of one zone); their records have the one after */
    int *group_nos;                                 /* whose they are */
    /* what the above points into */
    record_row_t *rows; size_t row_count;
    record_group_t *group_rows; size_t group_row_count;
    zonedata_t *data[2], *apex[2];
    char *serials[2];
} zone_difference_t;
void zone_difference_done(zone_difference_t *self);

/* zi ids 0: the published version; other_name NULL: the same zone.  Two versions of one zone are compared by the lifetimes of records, which costs what
 * changed between them; two zones are read.  Errors: ZONE_NOT_FOUND, ZI_NOT_FOUND, ZONE_HAS_NO_ZI. */
err_t zone_difference(db_t *db, const caller_t *who, const char *name, int64_t zi_id, const char *other_name, int64_t other_zi_id,
                      zone_difference_t *ret_difference, err_info_t *reterr);
/* As a unified diff without context lines; "" if nothing differs. Caller frees. */
char *zone_difference_text(const zone_difference_t *self);
#endif
