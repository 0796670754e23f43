/* A zone's settings: one function = one transaction. */
#ifndef DMS_ZONE_SET_H
#define DMS_ZONE_SET_H
#include "controller/usecase/zone_edit.h"

/* set_zone: the flags of options that are not -1; the rest of options does not count.  Another use_apex_ns makes a version with the new apex and publishes
 * it; while somebody holds the edit lock that is refused (UPDATE_ZONE_FAILURE). */
err_t zone_set_flags(db_t *db, const caller_t *who, const char *name, const zone_options_t *options, const edit_limits_t *limits, wall_t now,
                     change_result_t *ret_result, err_info_t *reterr);
/* refresh_zone_ttl: zone_ttl NULL: the setting.  Makes a version and publishes it; with the TTL that the zone has only publishes.
 * Errors: ZONE_CFG_ITEM_NOT_FOUND, ZONE_HAS_NO_ZI, TTL_ZI_PARSE, UPDATE_ZONE_FAILURE (edit lock). */
err_t zone_set_ttl(db_t *db, const caller_t *who, const char *name, const char *zone_ttl, const edit_limits_t *limits, wall_t now,
                   change_result_t *ret_result, err_info_t *reterr);
/* sign_zone, load_keys: a zone without auto_dnssec is refused as ever; for the others the honest answer is that nothing signs them yet.
 * Errors: ZONE_NOT_FOUND, ZONE_NOT_DNSSEC_ENABLED, SIGNING_NOT_SERVED; never ERR_OK. */
err_t zone_set_sign(db_t *db, const caller_t *who, const char *name, err_info_t *reterr);
#endif
