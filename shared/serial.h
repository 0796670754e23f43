/* SOA serial numbers (RFC 1982, SERIAL_BITS 32) and the policy that chooses the next one. */
#ifndef DMS_SERIAL_H
#define DMS_SERIAL_H
#include "shared/clock.h"
#include <stdbool.h>

/* Steps ahead: a small one is like that from date to date; the largest that leaves room for a million more before a server that missed them all would
 * take the next for an old one. */
enum { SERIAL_STEP_SMALL = 1 << 20, SERIAL_STEP_MAX = INT32_MAX - (1 << 20) };

/* True if a is greater than b (RFC 1982 section 3.2); false when equal or when the order is undefined (2^31 apart). */
bool serial_gt(uint32_t a, uint32_t b);

/* The serial to publish next: today's YYYYMMDD00 (UTC) if that is ahead of base, else base + 1; never 0.
 * base: the highest serial ever used for the name; has_base false: the name is new. candidate (0: none): used instead of today's when ahead
 * of base.  Always serial_gt(result, base).  See: behaviour.md 7.8. */
uint32_t serial_next(bool has_base, uint32_t base, uint32_t candidate, wall_t now);
#endif
