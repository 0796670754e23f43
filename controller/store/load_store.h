/* Many new zones at once: what must be known of their names, and their rows in bulk.  Ids are taken before anything is written, so each row is
 * written once; a load of any number of zones is some dozen round trips. */
#ifndef DMS_LOAD_STORE_H
#define DMS_LOAD_STORE_H
#include "controller/domain/zone_diff.h"
#include "controller/store/db.h"
#include "controller/store/rows.h"

/* What the database knows of a name; only names of which it knows something are given, sorted by name. */
typedef struct {
    char *name;
    bool live;               /* there is a zone of this name that is not deleted */
    char *reference;         /* of that zone */
    uint32_t serial;         /* what the name was served with last; 0: none */
} load_name_t;
void load_store_names_free(load_name_t *names, size_t count);
err_t load_store_names(db_t *db, const char *const *names, size_t count, load_name_t **ret_names, size_t *ret_count, err_info_t *reterr);
const load_name_t *load_store_find(const load_name_t *names, size_t count, const char *name); /* NULL: nothing is known */

/* New ids for as many zones, versions and changes. */
typedef struct { int64_t zone_id, zi_id, change_id; } load_ids_t;
err_t load_store_ids(db_t *db, size_t count, load_ids_t *ret_ids, err_info_t *reterr);

/* One row per table and zone; delta: all records of the first version; ref_ids: parallel to its new_rrs, NULL: none has a reference. */
typedef struct {
    const zone_row_t *zone;
    const zi_row_t *zi;
    const zi_delta_t *delta;
    const int64_t *ref_ids;
    int64_t change_id;
} load_row_t;
/* Insert zones, versions, groups, records and open receipts.  Errors: CONFLICT when somebody else has just made a zone of one of the names. */
err_t load_store_insert(db_t *db, const load_row_t *rows, size_t count, wall_t now, err_info_t *reterr);

/* Rows of the change log, accepted (failure NULL) or refused.  change_id 0: the next one. */
typedef struct { int64_t change_id, zone_id; const char *name; const err_info_t *failure; } load_change_t;
err_t load_store_changes(db_t *db, const caller_t *who, const char *method, const load_change_t *changes, size_t count, wall_t now, err_info_t *reterr);
#endif
