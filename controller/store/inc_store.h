/* Incremental updates: the rows that an update names or can break, found by index; operations that wait for a lock. */
#ifndef DMS_INC_STORE_H
#define DMS_INC_STORE_H
#include "controller/domain/inc_update.h"
#include "controller/store/db.h"
#include "controller/store/rows.h"

/* Columns of a record r, and rows of them as records (for statements of other stores). */
#define INC_ROW_COLUMNS                                                                                                \
    "r.id, r.group_no, r.pos, r.label, r.type, r.ttl, r.rdata, r.comment, r.disable, r.lock_ptr, r.track_reverse,"     \
    " (select f.name from reference f where f.id = r.ref_id), r.ptr_zone_id"
#define INC_ROW_TYPES "bigint,integer,double precision,text,integer,bigint,text,text,boolean,boolean,boolean,text,bigint"
void inc_store_read_rows(const db_rows_t *rows, inc_row_t **ret_rows, size_t *ret_count);

/* Live records at these owners. */
err_t inc_store_rows(db_t *db, int64_t zone_id, const inc_names_t *labels, inc_row_t **ret_rows, size_t *ret_count,
                     err_info_t *reterr);
/* What inc_update_moved and inc_update_dnames want; none at the owners `labels`. */
err_t inc_store_pointers(db_t *db, int64_t zone_id, const inc_names_t *labels, const inc_names_t *moved,
                         inc_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
err_t inc_store_below(db_t *db, int64_t zone_id, const inc_names_t *labels, const inc_names_t *dnames,
                      inc_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
/* Types of the enabled records of these owners. */
err_t inc_store_context(db_t *db, int64_t zone_id, const inc_names_t *labels, zone_check_slice_t *ret_context,
                        err_info_t *reterr);
void inc_store_context_done(zone_check_slice_t *context);
/* Live groups: ret_no as inc_update_delta takes it (comments->count + 2 numbers). */
err_t inc_store_groups(db_t *db, int64_t zone_id, const inc_names_t *comments, int *ret_no, int *ret_next_no,
                       err_info_t *reterr);
/* The contents of version from_seq become those of version seq (which is newer than all): rows are closed and copied. */
err_t inc_store_roll(db_t *db, int64_t zone_id, int from_seq, int seq, err_info_t *reterr);
/* Groups that came with version made_seq and are empty end with version seq. */
err_t inc_store_close_groups(db_t *db, int64_t zone_id, int made_seq, int seq, err_info_t *reterr);

/* ---- updates that wait */
typedef struct {
    int64_t id, zone_id;
    char *update_type, *change_by;
    int64_t change_id;
    bool may_lock_ptr, may_reference;
    int64_t sectag_id;           /* of the caller; 0: Admin */
    bool strict;                 /* it is held to this again when it is made */
    int64_t if_zi_id;            /* and to these, as the zone is then; 0: not given */
    uint32_t if_serial;
    zonedata_t *ops;
} update_group_t;
void update_group_done(update_group_t *self);
/* Changes whose updates wait, in order; type NULL: any.  *ret_changes owned by the caller. */
err_t inc_store_waiting(db_t *db, int64_t zone_id, const char *update_type, int64_t **ret_changes, size_t *ret_count,
                        err_info_t *reterr);
/* Store the operations to wait, with a receipt that waits too. group->ops is not looked at; fills group->id. */
err_t inc_store_defer(db_t *db, update_group_t *group, const zonedata_t *ops, const zone_row_t *zone, wall_t now,
                      err_info_t *reterr);
/* The oldest that waits; id 0: none. */
err_t inc_store_oldest(db_t *db, const zone_row_t *zone, update_group_t *ret_group, err_info_t *reterr);
/* It was applied as version zi_id (publishes false: nothing will be published), or failure says why not. */
err_t inc_store_finish(db_t *db, const update_group_t *group, bool publishes, int64_t zi_id, int zi_seq,
                       const char *failure, err_info_t *reterr);
#endif
