/* SOA serial numbers (RFC 1982, SERIAL_BITS 32) and the policy that chooses the next one. */
#ifndef DMS_SERIAL_H
#define DMS_SERIAL_H
#include "shared/clock.h"
#include <stdbool.h>
#include <stddef.h>

/* Steps ahead: a small one is like that from date to date; the largest that leaves room for a million more before a server that missed them all would
 * take the next for an old one.  A gap up to SERIAL_GAP counts as used. */
enum { SERIAL_STEP_SMALL = 1 << 20, SERIAL_STEP_MAX = INT32_MAX - (1 << 20), SERIAL_GAP = 1000 };

/* True if a is greater than b (RFC 1982 section 3.2); false when equal or when the order is undefined (2^31 apart). */
bool serial_gt(uint32_t a, uint32_t b);

/* The serial to publish next: today's YYYYMMDD00 (UTC) if that is ahead of base, else base + 1; never 0.
 * base: the highest serial ever used for the name; has_base false: the name is new. candidate (0: none): used instead of today's when ahead
 * of base.  Always serial_gt(result, base).  See: behaviour.md 7.8. */
uint32_t serial_next(bool has_base, uint32_t base, uint32_t candidate, wall_t now);

/* Serials that a name has used once, before it jumped away from them: all from first to last.  One of them must not come again: a server that
 * kept old contents with it could not be told from one that has the new ones. */
typedef struct { uint32_t first, last; } serial_run_t;
bool serial_in_run(const serial_run_t *run, uint32_t serial);
/* The serial, or the first one after it that is in none of the runs; never 0. */
uint32_t serial_unused(const serial_run_t *runs, size_t count, uint32_t serial);
/* True where the step from base to serial ends a run: it is neither a gap nor goes to today's date from a date not long ago. */
bool serial_is_jump(uint32_t base, uint32_t serial, wall_t now);
/* The next step on the way from one serial to any other: that one if it is ahead, else half the way.  Never 0, always serial_gt(result, from).
 * Requires: from is not to. */
uint32_t serial_toward(uint32_t from, uint32_t to);
#endif
