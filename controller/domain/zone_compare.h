/* What differs between two versions of a zone or between two zones, as people see it: records that went, came, or stay with another
 * TTL, comment, flag, reference or group; values of the SOA.  Pure. */
#ifndef DMS_ZONE_COMPARE_H
#define DMS_ZONE_COMPARE_H
#include "shared/zonedata.h"

/* A record of one side with the comment of its group (NULL: none); borrowed. */
typedef struct { const zonedata_rr_t *rr; const char *group; } compare_side_t;
enum { COMPARE_TTL = 1, COMPARE_COMMENT = 2, COMPARE_FLAGS = 4, COMPARE_REFERENCE = 8, COMPARE_GROUP = 16, COMPARE_ALL = 31 };
typedef struct {
    compare_side_t before, after; /* rr NULL: not there */
    unsigned changed;             /* of a record that both have */
} compare_item_t;
/* Records are the same by owner, type and rdata; equal ones are left out.  Sorted by group, owner, type, rdata.  Reorders the arrays. */
void zone_compare_records(compare_side_t *before, size_t before_count, compare_side_t *after, size_t after_count,
                          compare_item_t **ret_items, size_t *ret_count);

typedef struct { const char *name, *before, *after; } compare_value_t; /* borrowed; NULL: none */

/* Unified diff of what differs, without context lines: one hunk for the values, one for each group with differences.
 * "" when nothing differs.  Caller frees. */
typedef struct {
    const char *before_name, *after_name;         /* of the two header lines */
    const compare_value_t *values; size_t value_count;
    const compare_value_t *groups; size_t group_count; /* changed comments of groups */
    const compare_item_t *items; size_t item_count;
} compare_text_t;
char *zone_compare_text(const compare_text_t *in);
#endif
