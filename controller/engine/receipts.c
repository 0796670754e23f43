#include "controller/engine/receipts.h"
#include "controller/store/change_store.h"
#include "controller/store/event_store.h"
#include "controller/store/goal_store.h"
#include <stdlib.h>

void receipts_done(receipts_t *self)
{
    free(self->live_zones);
    free(self->live_serials);
    free(self->gone_zones);
    *self = (receipts_t){0};
}

void receipts_live(receipts_t *self, int64_t zone_id, uint32_t serial)
{
    self->live_zones = auto_grow(self->live_zones, &self->live_cap, self->live_count + 1, sizeof(*self->live_zones));
    self->live_serials = auto_grow(self->live_serials, &self->serial_cap, self->live_count + 1, sizeof(*self->live_serials));
    self->live_zones[self->live_count] = zone_id;
    self->live_serials[self->live_count++] = serial;
}

void receipts_gone(receipts_t *self, int64_t zone_id)
{
    self->gone_zones = auto_grow(self->gone_zones, &self->gone_cap, self->gone_count + 1, sizeof(*self->gone_zones));
    self->gone_zones[self->gone_count++] = zone_id;
}

static err_t tell_machines(const receipts_t *self, db_t *db, zone_row_t *zones, size_t zone_count, wall_t now, err_info_t *reterr)
{
    AUTO_FREE int64_t *left = auto_calloc(self->gone_count, sizeof(*left));
    err_t err = goal_store_count(db, self->gone_zones, self->gone_count, left, reterr);
    if (err != ERR_OK)
        return err;
    AUTO_FREE zone_step_t *steps = auto_calloc(self->gone_count, sizeof(*steps));
    size_t count = 0;
    for (size_t i = 0; i < self->gone_count; i++) {
        for (size_t z = 0; left[i] == 0 && z < zone_count; z++) {
            if (zones[z].id == self->gone_zones[i])
                steps[count++] = (zone_step_t){.zone = &zones[z], .event = ZE_Removed};
        }
    }
    err = zone_fsm_run(db, steps, count, now, reterr);
    for (size_t i = 0; i < count; i++)
        zone_step_done(&steps[i]);
    return err;
}

err_t receipts_write(receipts_t *self, db_t *db, int64_t server_id, bool master, zone_row_t *zones, size_t zone_count, wall_t now, err_info_t *reterr)
{
    err_t err = ERR_OK;
    if (self->live_count > 0)
        err = change_store_on_live(db, server_id, self->live_zones, self->live_serials, self->live_count, now, reterr);
    if (err == ERR_OK && self->live_count > 0)
        err = event_store_hasten_zones(db, self->live_zones, self->live_count, now, reterr);
    if (err == ERR_OK && self->gone_count > 0)
        err = event_store_hasten_zones(db, self->gone_zones, self->gone_count, now, reterr);
    if (err != ERR_OK || self->gone_count == 0)
        return err;
    AUTO_FREE uint32_t *none = auto_calloc(self->gone_count, sizeof(*none));
    err = master ? change_store_on_master(db, self->gone_zones, none, self->gone_count, now, reterr)
                 : change_store_on_live(db, server_id, self->gone_zones, none, self->gone_count, now, reterr);
    return err == ERR_OK ? tell_machines(self, db, zones, zone_count, now, reterr) : err;
}
