/* Zone instances and their records by lifetime. */
#ifndef DMS_ZI_STORE_H
#define DMS_ZI_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"
#include "shared/zonedata.h"

err_t zi_store_get(db_t *db, int64_t zone_id, int64_t zi_id, zi_row_t *ret_row, err_info_t *reterr); /* ZI_NOT_FOUND */
/* Many by id (for the engine's batch), in the order of ids; missing ones have id 0. */
err_t zi_store_get_many(db_t *db, const int64_t *ids, size_t count, zi_row_t **ret_rows, err_info_t *reterr);
void zi_store_rows_free(zi_row_t *rows, size_t count);
/* Newest first. */
err_t zi_store_list(db_t *db, int64_t zone_id, zi_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
err_t zi_store_insert(db_t *db, zi_row_t *row, err_info_t *reterr); /* fills row->id */
/* After publication planning: serial, apex and SOA values as sent. */
err_t zi_store_save_many(db_t *db, const zi_row_t *rows, size_t count, wall_t now, err_info_t *reterr);
err_t zi_store_set_ptime(db_t *db, const int64_t *zi_ids, size_t count, wall_t now, err_info_t *reterr);

/* Contents of a ZI: all groups and records in order (ids and group numbers set). SOA fields come from zi. Caller owns *ret_data. */
err_t zi_store_load(db_t *db, const zone_row_t *zone, const zi_row_t *zi, zonedata_t **ret_data, err_info_t *reterr);

/* Rows to close and to insert for sequence number seq (made by domain/zone_diff). */
typedef struct {
    int64_t *close_rrs; size_t close_rr_count;
    int *close_groups; size_t close_group_count;
    struct zi_new_rr { int group_no; double pos; const zonedata_rr_t *rr; } *new_rrs; size_t new_rr_count;
    struct zi_new_group { int group_no; double pos; const char *comment, *tag; } *new_groups; size_t new_group_count;
} zi_delta_t;
void zi_delta_done(zi_delta_t *delta);
err_t zi_store_apply(db_t *db, int64_t zone_id, int seq, const zi_delta_t *delta, err_info_t *reterr);

/* What changes in DNS between two sequence numbers of one zone: enabled records only, rows found by lifetime (index), not by reading the ZIs.
 * One entry per record: removed (added=false) or added.  Labels relative, rdata canonical text. */
typedef struct { bool added; char *label; uint32_t ttl; bool has_ttl; uint16_t type; char *rdata; } zi_change_t;
err_t zi_store_changes(db_t *db, int64_t zone_id, int from_seq, int to_seq, zi_change_t **ret_changes, size_t *ret_count, err_info_t *reterr);
void zi_changes_free(zi_change_t *changes, size_t count);
#endif
