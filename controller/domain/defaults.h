/* Settings that decide what a zone gets when the submission does not say: values of the SG, else the global ones. Pure.
 */
#ifndef DMS_DEFAULTS_H
#define DMS_DEFAULTS_H
#include "shared/zonedata.h"

typedef struct {
    char *soa_mname, *soa_rname, *soa_refresh, *soa_retry, *soa_expire, *soa_minimum, *soa_ttl, *zone_ttl;
    char *use_apex_ns, *edit_lock, *auto_dnssec, *nsec3, *inc_updates; /* booleans as text */
    char *default_sg, *default_ref, *default_stype;
    char *edit_lock_timeout, *move_parent_ttl;
} defaults_t;
void defaults_done(defaults_t *self);
/* Takes a setting by its key; keys that are not for us are passed over. */
void defaults_set(defaults_t *self, const char *key, const char *value);
/* true/false, on/off, yes/no, 1/0. False in *ret_ok: none of them. */
bool defaults_bool(const char *text, bool *ret_ok);

/* What the submission left out: SOA fields and zone TTL. */
void defaults_fill(zonedata_t *data, const defaults_t *defaults);
/* load_zone, load_zi, normalize_ttls: the most frequent effective TTL becomes the zone's, equal TTLs are blanked; only
 * where a zone TTL was given. */
void defaults_normalize_ttls(zonedata_t *data);
#endif
