/* The newest stored content against a submission: which rows to close and which to insert.  Pure.
 * Groups are matched by identity, content and comment, so two groups with one comment stay two; order is kept by sparse
 * positions, so a record put in the middle inserts one row and moves none. */
#ifndef DMS_ZONE_DIFF_H
#define DMS_ZONE_DIFF_H
#include "shared/zonedata.h"

/* Rows to close and to insert for the next sequence number.  Strings and records are borrowed from the submission.
 * ptr_zone_id: of the row that the record had; a submission cannot give it. */
typedef struct {
    int64_t *close_rrs; size_t close_rr_count;
    int *close_groups; size_t close_group_count;
    struct zi_new_rr { int group_no; double pos; const zonedata_rr_t *rr; int64_t ptr_zone_id; } *new_rrs; size_t new_rr_count;
    struct zi_new_group { int group_no; double pos; const char *comment, *tag; } *new_groups; size_t new_group_count;
} zi_delta_t;
void zi_delta_done(zi_delta_t *delta);
bool zi_delta_is_empty(const zi_delta_t *delta);

/* Positions of stored content, parallel to it: group_pos[g], rr_pos of all records in order of groups. next_group_no:
 * the next identity to give. */
typedef struct {
    double *group_pos;
    double *rr_pos;
    int next_group_no;
} zone_positions_t;
void zone_positions_done(zone_positions_t *self);

/* old NULL: a new zone (everything is inserted). */
void zone_diff(const zonedata_t *old, const zone_positions_t *positions, const zonedata_t *submitted,
               zi_delta_t *ret_delta);
#endif
