/* Incremental updates: operations on records and RRsets against the rows that they name.  Pure.
 * The caller loads rows at the labels of the operations, applies them, loads what the result has to be judged with (what
 * it wants), and judges.  Nothing here grows with the size of the zone.  See: behaviour.md 9.1, 9.2. */
#ifndef DMS_INC_UPDATE_H
#define DMS_INC_UPDATE_H
#include "controller/domain/zone_check.h"
#include "controller/domain/zone_diff.h"

/* A live row: rr.id set, strings owned by rr. */
typedef struct { zonedata_rr_t rr; int group_no; double pos; } inc_row_t;
void inc_rows_free(inc_row_t *rows, size_t count);

/* A growing list of distinct names. */
typedef struct { char **items; size_t count, cap; struct name_index *index; } inc_names_t;
void inc_names_add(inc_names_t *self, const char *name);
void inc_names_done(inc_names_t *self);

/* Operations (update_op), record by record in order:
 *   ADD            the record must not be there
 *   DELETE         matching records; rdata "": all of the type; type ANY: all of the owner; nothing matching is no fault
 *   UPDATE_RRTYPE, REPLACE  all of them for one owner and type replace the RRset
 *   EXTEND         the record is in the set afterwards; no TTL: the set's, else the set gets this one
 *   PRUNE          the record (rdata "": the set) is not in the set afterwards
 *   RESTORE        as REPLACE, but with all that is said and nothing else, in the place where it stood (for us, not for callers)
 * A record that stays as it is keeps its row, and its comment, reference and LOCKPTR where none are given. */
#define INC_UPDATE_RESTORE "RESTORE"
/* May a caller give it? */
bool inc_update_known(const char *op);

typedef struct inc_update inc_update_t;
/* ops is borrowed.  own_apex: NS at the apex are records. */
inc_update_t *inc_update_new(const zonedata_t *ops, bool own_apex);
void inc_update_destroy(inc_update_t **self);
/* Operations that make no sense: INVALID_UPDATE_OPERATION (missing, unknown, RRset of the apex that comes from the
 * group), ZONE_ALREADY_HAS_SOA_RECORD. */
void inc_update_check(const inc_update_t *self, problem_list_t *problems);
/* Owners that the operations name. Borrowed. */
const inc_names_t *inc_update_labels(const inc_update_t *self);
/* Takes all live rows at those owners, and does the operations. */
void inc_update_apply(inc_update_t *self, inc_row_t *rows, size_t count);

/* How many records more the zone has then. */
int64_t inc_update_growth(const inc_update_t *self);

/* Then: whose pointers may have lost what they point at?  Owners of which all NS, MX, SRV records that point at them or
 * below them are wanted (of a wildcard: below the name above it; of "@": at it); owners that got a DNAME: some record
 * below them is wanted. */
const inc_names_t *inc_update_moved(const inc_update_t *self);
const inc_names_t *inc_update_dnames(const inc_update_t *self);
/* Takes those records. */
void inc_update_add_pointers(inc_update_t *self, inc_row_t *rows, size_t count);
/* Then: names of which the types of the enabled records are wanted. */
const inc_names_t *inc_update_context(inc_update_t *self, char *const *apex_ns, size_t apex_ns_count);
/* The rules of domain/zone_check on what has changed; groups and records in problems are those of the operations.
 * fields: zone_ttl, as in the version.  opts->old is set here. */
void inc_update_judge(inc_update_t *self, const char *zone_ttl, const zone_check_slice_t *context, zone_check_opts_t opts,
                      problem_list_t *problems);

/* Then, for whoever shows it: what the operations change, record by record.  was: NULL, or the record before; rr: NULL, or as it is then. */
typedef struct { const zonedata_rr_t *was, *rr; } inc_difference_t;
/* Sorted by owner and type.  Borrows from self; the caller frees the array. */
inc_difference_t *inc_update_difference(const inc_update_t *self, size_t *ret_count);

/* Comments of groups that new records go to; the caller finds the groups: no[0] the apex group, no[1] a group without
 * comment, no[2 + i] comment i; 0: there is none.  next_no: the next identity to give.  seq: of the version to make. */
const inc_names_t *inc_update_comments(const inc_update_t *self);
/* *ret_delta borrows from self. */
void inc_update_delta(inc_update_t *self, int *no, int next_no, int seq, zi_delta_t *ret_delta);
#endif
