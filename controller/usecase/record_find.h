/* Records looked for in one zone: by name as a resolver would, and over time. */
#ifndef DMS_RECORD_FIND_H
#define DMS_RECORD_FIND_H
#include "controller/store/record_store.h"
#include "controller/store/zone_store.h"

typedef struct {
    bool found;      /* false: no zone that the caller may see */
    zone_row_t zone;
    char *query;     /* what was asked for, as an absolute name */
    char *label;     /* its part in front of the zone's name, "@" at the apex; may hold wildcards */
} record_place_t;
void record_place_done(record_place_t *place);
/* Which zone and which owner are meant.  name NULL: the most specific zone that label lies in.
 * Errors: RR_QUERY_DOMAIN (begins with a dot), INVALID_DOMAIN_NAME. */
err_t record_find_place(db_t *db, const caller_t *who, const char *label, const char *name, record_place_t *ret_place, err_info_t *reterr);

typedef struct {
    int64_t zi_id;                /* 0: the published version */
    bool all_zis;
    const uint16_t *types; size_t type_count;
    const char *rdata;            /* as a person writes it; NULL: any */
    bool show_all;                /* also disabled records, and zones */
} record_wish_t;
/* Records of a place; each with the version that was asked for (or that it came with: all_zis).  The SOA record and NS records that come from the
 * server group are among them (rr.id 0).  *ret_zi_id: the version, 0 all.  Errors: ZI_NOT_FOUND. */
err_t record_find(db_t *db, const record_place_t *place, const record_wish_t *wish, record_row_t **ret_rows, size_t *ret_count,
                  int64_t *ret_zi_id, err_info_t *reterr);
/* Everything that was ever at an owner of a zone, newest first.  Errors: ZONE_NOT_FOUND, LABEL_NOT_IN_DOMAIN. */
err_t record_find_history(db_t *db, const caller_t *who, const char *name, const char *label, uint16_t type, int64_t before_id, int64_t limit,
                          zone_row_t *ret_zone, record_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
#endif
