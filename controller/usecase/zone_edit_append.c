/* A version that does not come from an editor: a copy, or the zone's own contents under other settings. */
#include "controller/domain/zone_rights.h"
#include "controller/usecase/zone_edit_priv.h"
#include "shared/serial.h"
#include <stdlib.h>

err_t zone_edit_append(db_t *db, const zone_submission_t *in, zone_row_t *zone, const zi_row_t *times, zone_appended_t *ret_version,
                       err_info_t *reterr)
{
    AUTO_ZI newest = {0};
    AUTO_CONTEXT context = {0};
    AUTO(zonedata) old = NULL;
    AUTO_POSITIONS positions = {0};
    AUTO(problem_list) warnings = NULL;
    err_t e = zi_store_by_seq(db, zone->id, zone->zi_count, &newest, reterr);
    if (e == ERR_OK)
        e = config_store_edit_context(db, zone->sg_id, NULL, zone->name, &context, reterr);
    if (e == ERR_OK)
        e = zi_store_load_newest(db, zone, &newest, &old, &positions, reterr);
    if (e == ERR_OK)
        e = zone_edit_prepare(in, zone, &context, old, &warnings, reterr);
    if (e != ERR_OK)
        return e;
    AUTO_DELTA delta = {0};
    zone_diff(old, &positions, in->data, &delta);
    AUTO_FREE char *change_by = zone_edit_change_by(in->who, in->login_id);
    zi_row_t version = zone_edit_version(in, zone, &context, change_by);
    if (times != NULL) {
        version.ctime = times->ctime;
        version.mtime = times->mtime;
    }
    version.soa_serial = serial_next(true, config_store_serial_base(&context, newest.soa_serial, newest.ctime), 0, in->now);
    e = zi_store_insert(db, &version, reterr);
    if (e == ERR_OK && !zi_delta_is_empty(&delta))
        e = zi_store_apply(db, zone->id, version.seq, &delta, reterr);
    if (e != ERR_OK)
        return e;
    zone->zi_count = version.seq;
    *ret_version = (zone_appended_t){.zi_id = version.id, .seq = version.seq, .warnings = warnings};
    warnings = NULL;
    return ERR_OK;
}
