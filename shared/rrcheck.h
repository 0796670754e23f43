/* Rules that one record alone can violate beyond its syntax: the same for zone text and JSON.  See: behaviour.md 7.1.
 */
#ifndef DMS_RRCHECK_H
#define DMS_RRCHECK_H
#include "shared/zonedata.h"

/* Host names where they must be (owners of A, AAAA, MX: BAD_NAME_OWNER; targets of NS, MX, SRV, and PTR in reverse
 * zones: BAD_NAME_RDATA) and types that only the signer makes (UNHANDLED_TYPE).  "MX 0 ." (RFC 7505) and SRV to "."
 * (RFC 2782) are allowed.  zone_name canonical; rr's label and rdata canonical.  Returns false if it added a problem;
 * the caller sets the group's and record's index on it. */
bool rrcheck_record(const char *zone_name, const zonedata_rr_t *rr, problem_list_t *problems);
#endif
