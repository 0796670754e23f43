/* Zones: rows, look-ups, lists, locks. */
#ifndef DMS_ZONE_STORE_H
#define DMS_ZONE_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"

/* Live (not DELETED) zone by canonical name as the caller may see it. Errors: ZONE_NOT_FOUND (key name) also when hidden by sectag.
 * lock: select for update. */
err_t zone_store_by_name(db_t *db, const caller_t *who, const char *name, bool lock, zone_row_t *ret_row, err_info_t *reterr);
/* Any zone by id; who NULL: no sectag check. Errors: ZONE_NOT_FOUND_BY_ZONE_ID. */
err_t zone_store_by_id(db_t *db, const caller_t *who, int64_t id, bool lock, zone_row_t *ret_row, err_info_t *reterr);
/* The live zone with the longest of these canonical names that the caller may see; id 0: none. */
err_t zone_store_most_specific(db_t *db, const caller_t *who, const char *const *names, size_t count, zone_row_t *ret_row, err_info_t *reterr);
/* Name of the most specific live reverse zone whose network holds an address or a smaller network; NULL: none that the caller may see. */
err_t zone_store_of_address(db_t *db, const caller_t *who, const char *address, char **ret_name, err_info_t *reterr);
/* Lock and load many by id in id order, skipping rows that others hold. *ret_rows: owned array. */
err_t zone_store_lock_many(db_t *db, const int64_t *ids, size_t count, zone_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
void zone_store_rows_free(zone_row_t *rows, size_t count);
/* Write back the machine's part of many rows in one statement: state, zi_id, zi_candidate_id, soa_serial, lock_*, deleted_start, zi_count, sg ids, mtime. */
err_t zone_store_save_many(db_t *db, const zone_row_t *rows, size_t count, wall_t now, err_info_t *reterr);
/* Insert; fills row->id. Errors: ZONE_EXISTS. */
err_t zone_store_insert(db_t *db, zone_row_t *row, wall_t now, err_info_t *reterr);
/* Network (cidr text) of a reverse zone. */
err_t zone_store_set_network(db_t *db, int64_t zone_id, const char *cidr, err_info_t *reterr);
/* Set flags and references (set_zone, set_zone_reference). */
err_t zone_store_save_flags(db_t *db, const zone_row_t *row, wall_t now, err_info_t *reterr);
/* Deleted zone's row for good. */
err_t zone_store_destroy(db_t *db, int64_t id, err_info_t *reterr);

typedef struct {
    const char *const *patterns; size_t pattern_count; /* wildcards * and ?, or exact names; 0: all */
    const char *reference, *sg_name;                   /* NULL: any */
    bool include_deleted, only_deleted, include_disabled;
    const char *after;                                 /* keyset: names greater than this; NULL: from the start */
    int64_t after_id;                                  /* and zones of this name with a greater number; 0: none of this name */
    int64_t limit;                                     /* 0: none */
} zone_filter_t;
err_t zone_store_list(db_t *db, const caller_t *who, const zone_filter_t *filter, zone_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
/* Names of the live reverse zones inside a network, or holding an address; sorted; free with rows_texts_free. */
err_t zone_store_networks(db_t *db, const caller_t *who, const char *address, bool inside, char ***ret_names, size_t *ret_count, err_info_t *reterr);
#endif
