/* What ages: done events, versions, deleted zones, log lines. */
#ifndef DMS_VACUUM_STORE_H
#define DMS_VACUUM_STORE_H
#include "controller/store/db.h"
#include "shared/clock.h"

/* Done events (ended moves with them, not counted), idempotency keys, change sets that are over or were never applied, tokens that
 * expired or were revoked, kept texts, log lines. */
typedef enum { VACUUM_OLD_EVENTS, VACUUM_OLD_REQUESTS, VACUUM_OLD_SETS, VACUUM_OLD_TOKENS, VACUUM_OLD_TEXTS, VACUUM_OLD_LOG, VACUUM_OLD_COUNT } vacuum_old_t;
/* Remove what ended before this moment, at most so many rows; *ret_more: there may be more of them. */
err_t vacuum_store_old(db_t *db, vacuum_old_t what, wall_t before, int64_t most, int64_t *ret_count, bool *ret_more, err_info_t *reterr);
/* Live zones with more than `keep` versions of which one is older; *ret_ids owned by the caller. */
err_t vacuum_store_zi_zones(db_t *db, int64_t keep, wall_t before, int64_t **ret_ids, size_t *ret_count, err_info_t *reterr);
/* Zones that were deleted before, with more than one version. */
err_t vacuum_store_pare_zones(db_t *db, wall_t before, int64_t **ret_ids, size_t *ret_count, err_info_t *reterr);
/* Nuked zones, and those that were deleted before (us 0: none of these), that no server has any more. */
err_t vacuum_store_dead_zones(db_t *db, wall_t before, int64_t **ret_ids, size_t *ret_count, err_info_t *reterr);
/* Sequence numbers of a zone's versions older than that, beyond the `keep` newest by mtime, that nothing uses. */
err_t vacuum_store_victims(db_t *db, int64_t zone_id, int64_t keep, wall_t before, int64_t **ret_seqs, size_t *ret_count, err_info_t *reterr);
#endif
