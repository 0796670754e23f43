/* Inner parts of the check of wire form, shared by rrwire*.c only. */
#ifndef DMS_RRWIRE_PRIV_H
#define DMS_RRWIRE_PRIV_H
#include "shared/rrwire.h"

/* Octets of the name at p, 0: malformed. */
size_t rrwire_name(const uint8_t *p, size_t len);
/* count strings (0: one or more), and nothing behind them. */
bool rrwire_strings(const uint8_t *p, size_t len, size_t count);
/* The substitution of a NAPTR record (RFC 3402 section 3.2): delimiter, POSIX extended expression, delimiter, replacement,
 * delimiter, flag "i"; empty: none. */
bool rrwire_regexp(const uint8_t *p, size_t len);
/* Types that libknot does not know, or does not look into: as name servers want them.  NULL: well formed, or of none of them. */
const char *rrwire_form_fault(uint16_t type, const uint8_t *p, size_t len);
#endif
