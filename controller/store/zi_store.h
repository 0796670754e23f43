/* Zone instances and their records by lifetime. */
#ifndef DMS_ZI_STORE_H
#define DMS_ZI_STORE_H
#include "controller/store/db.h"
#include "controller/domain/dns_diff.h"
#include "controller/domain/zone_diff.h"
#include "controller/store/rows.h"

err_t zi_store_get(db_t *db, int64_t zone_id, int64_t zi_id, zi_row_t *ret_row, err_info_t *reterr); /* ZI_NOT_FOUND */
err_t zi_store_by_seq(db_t *db, int64_t zone_id, int seq, zi_row_t *ret_row, err_info_t *reterr); /* the newest has seq zone.zi_count */
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

/* The newest version with the positions of its rows, for domain/zone_diff (positions may be NULL). Records of the live rows only: one query. */
err_t zi_store_load_newest(db_t *db, const zone_row_t *zone, const zi_row_t *zi, zonedata_t **ret_data, zone_positions_t *ret_positions, err_info_t *reterr);
/* Close and insert the rows of sequence number seq (delta made by domain/zone_diff). */
err_t zi_store_apply(db_t *db, int64_t zone_id, int seq, const zi_delta_t *delta, err_info_t *reterr);

/* What changes in DNS between two sequence numbers of one zone: enabled records only, rows found by lifetime (index), not by reading the ZIs.
 * One entry per record: removed (added=false) or added.  Labels relative, rdata canonical text. */
err_t zi_store_changes(db_t *db, int64_t zone_id, int from_seq, int to_seq, zi_change_t **ret_changes, size_t *ret_count, err_info_t *reterr);

/* Versions that go (zi_store_forget.c).  The caller has locked the zone and none of them is in use. */
/* Is the version the published one, the candidate, or what the hidden master has or is to have? */
err_t zi_store_in_use(db_t *db, int64_t zone_id, int64_t zi_id, bool *ret_used, err_info_t *reterr);
/* Remove these versions (sequence numbers) and every row that no remaining one sees; the others read as before.  zone.zi_count follows. */
err_t zi_store_forget(db_t *db, int64_t zone_id, const int64_t *seqs, size_t count, err_info_t *reterr);
/* A version was added without the zone's machine. */
err_t zi_store_set_count(db_t *db, int64_t zone_id, int seq, wall_t now, err_info_t *reterr);
#endif
