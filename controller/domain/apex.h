/* The apex of a zone: SOA record made of the ZI's fields, NS taken from the server group.  Pure.  See:
 * behaviour.md 7.5. */
#ifndef DMS_APEX_H
#define DMS_APEX_H
#include "controller/domain/defaults.h"
#include "shared/zonedata.h"

/* SOA rdata: names absolute, timers in seconds: "ns1.example.net. hostmaster.example.net. 2024050700 7200 900 604800
 * 3600". Timers are TTL text; ones that do not parse count as 0 (the check refuses them before).  Caller frees. */
char *apex_soa_text(const char *mname, const char *rname, uint32_t serial, const char *refresh, const char *retry,
                    const char *expire, const char *minimum);
/* TTL of the SOA record in seconds: soa_ttl if given, else zone_ttl. */
uint32_t apex_soa_ttl(const char *soa_ttl, const char *zone_ttl);

/* With use_apex_ns: mname, rname, refresh, retry, expire from the group's settings, soa_ttl cleared; apex NS records
 * leave the data (they come from the group; kept where the group has none), the apex group gets the standard comment.
 */
void apex_take_over(zonedata_t *data, const defaults_t *defaults, size_t apex_ns_count);
/* The standard comment of an apex group. Caller frees. */
char *apex_comment(const char *zone);
/* Append NS records at the apex to groups[0]. */
void apex_add_ns(zonedata_t *data, char *const *names, size_t count);
#endif
