/* Reading zones: repeatable-read snapshots, no locks. */
#ifndef DMS_ZONE_SHOW_H
#define DMS_ZONE_SHOW_H
#include "controller/store/goal_store.h"
#include "controller/store/zi_store.h"
#include "controller/store/zone_store.h"

typedef struct {
    zone_row_t zone;
    zi_row_t zi;                 /* id 0: not asked for */
    zi_row_t *all_zis; size_t all_zi_count;
    char **sectags; size_t sectag_count;
    zonedata_t *data;            /* NULL: not asked for */
    goal_view_t *servers; size_t server_count; /* state on each server; NULL: not asked for */
} zone_view_t;
void zone_view_done(zone_view_t *view);
enum { ZONE_SHOW_DATA = 1, ZONE_SHOW_ALL_ZIS = 2, ZONE_SHOW_SERVERS = 4 };
/* zi_id 0: the published ZI (the candidate where nothing was published yet). */
err_t zone_show(db_t *db, const caller_t *who, const char *name, int64_t zi_id, unsigned what, zone_view_t *ret_view, err_info_t *reterr);
err_t zone_show_by_id(db_t *db, const caller_t *who, int64_t zone_id, int64_t zi_id, unsigned what, zone_view_t *ret_view, err_info_t *reterr);
/* A version by its number alone, without records: ZI_NOT_FOUND also when the caller may not see its zone. */
err_t zone_show_zi(db_t *db, const caller_t *who, int64_t zi_id, zone_view_t *ret_view, err_info_t *reterr);
/* Zone file text with header (behaviour.md 7.6). Caller frees. */
char *zone_show_text(const zone_view_t *view, bool header);
#endif
