/* Rules that one record alone can violate beyond its syntax: the same for zone text and JSON.  See: behaviour.md 7.1; the
 * table of rules is rule.def. */
#ifndef DMS_RRCHECK_H
#define DMS_RRCHECK_H
#include "shared/zonedata.h"

/* Host names where they must be (owners of A, AAAA, MX: BAD_NAME_OWNER; targets of NS, MX, SRV, and PTR in reverse
 * zones: BAD_NAME_RDATA), types that only the signer makes (UNHANDLED_TYPE), wildcard owners, and what CAA, DS, SSHFP,
 * TLSA, SMIMEA, SVCB, HTTPS and SPF, DKIM and DMARC texts say.  "MX 0 ." (RFC 7505) and SRV to "." (RFC 2782) are
 * allowed.  zone_name canonical; rr's label and rdata canonical.  Returns false if it added problems, warnings among
 * them; the caller sets the group's and record's index on them. */
bool rrcheck_record(const char *zone_name, const zonedata_rr_t *rr, problem_list_t *problems);
/* The same where the rdata's wire form is at hand; NULL: it is made if a rule needs it. */
bool rrcheck_record_wire(const char *zone_name, const zonedata_rr_t *rr, const uint8_t *wire, size_t len, problem_list_t *problems);

/* What a TXT record of this canonical owner is read as. */
typedef enum { RRCHECK_TEXT, RRCHECK_SPF, RRCHECK_DKIM, RRCHECK_DMARC } rrcheck_text_t;
rrcheck_text_t rrcheck_text(const char *zone_name, const zonedata_rr_t *rr);
#endif
