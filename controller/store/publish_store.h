/* What the engine asks about many zones at once before it publishes them. */
#ifndef DMS_PUBLISH_STORE_H
#define DMS_PUBLISH_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"
#include "shared/serial.h"

/* Lock the rows of the live zones of these names in id order, waiting for those that others hold (a report must not be passed over). */
err_t publish_store_lock_names(db_t *db, const char *const *names, size_t count, err_info_t *reterr);
/* The same for the zones of commands that a server reports on; with_serve false: only those that are to be removed. */
err_t publish_store_lock_reported(db_t *db, int64_t server_id, const int64_t *command_ids, size_t count, bool with_serve, err_info_t *reterr);
/* Events of zones that are gone end, without effect. */
err_t publish_store_end_orphans(db_t *db, const int64_t *zone_ids, size_t count, wall_t now, err_info_t *reterr);
/* The serial that the name of each zone was left with when a zone of it was deleted last; 0: none was. */
err_t publish_store_name_serials(db_t *db, const int64_t *zone_ids, size_t count, uint32_t *ret_serials, err_info_t *reterr);
/* Zones that are being deleted leave their serial to the next zone of the name. */
err_t publish_store_retire(db_t *db, const int64_t *zone_ids, size_t count, err_info_t *reterr);

/* What the serials of a zone's name were; zones without a past have none of these. */
typedef struct {
    int64_t zone_id;
    bool turning;                        /* it is being wrapped (ZoneSMSerialBack waits) */
    serial_run_t *runs; size_t run_count; /* used, and left by a jump */
    wall_t since;                        /* the newest jump: versions that are not newer bring no serial of their own; 0 none */
} serial_past_t;
err_t publish_store_pasts(db_t *db, const int64_t *zone_ids, size_t count, serial_past_t **ret_pasts, size_t *ret_count, err_info_t *reterr);
void publish_store_pasts_free(serial_past_t *pasts, size_t count);
/* The serial of the zone's name jumps. */
err_t publish_store_jump(db_t *db, int64_t zone_id, uint32_t from, uint32_t to, wall_t now, err_info_t *reterr);
/* Is there another zone of the same name that is not deleted? */
err_t publish_store_other_live(db_t *db, int64_t zone_id, bool *ret_found, err_info_t *reterr);
/* Queue ZoneSMUpdate for every live zone that the publishing master has no row for (a new or replaced master). */
err_t publish_store_refresh_missing(db_t *db, int64_t master_server_id, wall_t now, err_info_t *reterr);
/* Queue a forced ZoneSMUpdate for every live zone that takes its apex NS from this group. */
err_t publish_store_refresh_group(db_t *db, int64_t sg_id, wall_t now, err_info_t *reterr);
/* The same for every live zone of this group, primary or alternative; 0: of all.  reload: each is sent whole (its groups changed). */
err_t publish_store_refresh_all(db_t *db, int64_t sg_id, bool reload, wall_t now, err_info_t *reterr);
/* A name is wanted again: rows of older zones of the same name that were to go from a server which is to serve the name give way (the new
 * zone's contents replace theirs; a removal that came late would take the new zone away).  zone_ids: the zones that are wanted, of server_id 0: any
 * server; count 0: all zones of server_id.  *ret_ids: zones whose rows went; owned by the caller. */
err_t publish_store_give_way(db_t *db, const int64_t *zone_ids, size_t count, int64_t server_id, int64_t **ret_ids, size_t *ret_count, err_info_t *reterr);
/* Zones per state; ret_counts has ZONE_STATE_COUNT places. */
err_t publish_store_zone_counts(db_t *db, int64_t *ret_counts, err_info_t *reterr);
/* Events that wait, and events that failed for good in the last day. */
err_t publish_store_event_counts(db_t *db, wall_t now, int64_t *ret_pending, int64_t *ret_failed, err_info_t *reterr);
#endif
