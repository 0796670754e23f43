/* DNSSEC keys as records: does a digest belong to a key?  See: RFC 4034 section 5.1.4. */
#ifndef DMS_RRKEY_H
#define DMS_RRKEY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is the DS (or CDS) record the digest of this DNSKEY (or CDNSKEY) of zone_name (canonical absolute)?  Both in wire form.  False also
 * where the key or the digest's type cannot be read. */
bool rrkey_digest_of(const char *zone_name, const uint8_t *ds, size_t ds_len, const uint8_t *key, size_t key_len);
#endif
