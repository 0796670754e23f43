/* A zone's serial, by hand.  See: behaviour.md 7.8. */
#ifndef DMS_ZONE_SERIAL_H
#define DMS_ZONE_SERIAL_H
#include "controller/usecase/zone_edit.h"

/* poke_zone_set_serial: publish with this serial; NULL: with the next one.  Errors: ZONE_NOT_PUBLISHED, UPDATE_ZONE_FAILURE (edit lock), SOA_SERIAL_RANGE,
 * SOA_SERIAL_PUBLISHED (it is the zone's), SOA_SERIAL_CANDIDATE_IGNORED (not ahead of it), SOA_SERIAL_OCCLUSION (a wrap is under way). */
err_t zone_serial_set(db_t *db, const caller_t *who, const char *name, const int64_t *serial, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* poke_zone_wrap_serial: the largest step ahead; the machine goes on to the date when every server has reported that. */
err_t zone_serial_wrap(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
#endif
