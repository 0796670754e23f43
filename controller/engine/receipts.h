/* What a batch of reports means for those who wait: collected row by row, written with a few statements. */
#ifndef DMS_RECEIPTS_H
#define DMS_RECEIPTS_H
#include "controller/fsm/zone_fsm.h"

typedef struct {
    int64_t *live_zones; uint32_t *live_serials; size_t live_count, live_cap, serial_cap;
    int64_t *gone_zones; size_t gone_count, gone_cap;
} receipts_t;
void receipts_done(receipts_t *self);
/* The server serves serial of the zone. */
void receipts_live(receipts_t *self, int64_t zone_id, uint32_t serial);
/* The server does not have the zone any more, as was wanted. */
void receipts_gone(receipts_t *self, int64_t zone_id);
/* zones: those that are gone somewhere, locked; where no server has a zone any more its machine is told (Removed). */
err_t receipts_write(receipts_t *self, db_t *db, int64_t server_id, bool master, zone_row_t *zones, size_t zone_count, wall_t now, err_info_t *reterr);
#endif
