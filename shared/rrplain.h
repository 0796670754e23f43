/* The commonest records in their common spelling: canonical rdata text from rdata text alone, ten times as fast as
 * through the wire form and back.  Whatever is not plainly good is left to libzscanner, so this module reports no
 * faults; tests/unit/test_rrplain.c proves that both ways agree. */
#ifndef DMS_RRPLAIN_H
#define DMS_RRPLAIN_H
#include <stddef.h>
#include <stdint.h>

/* text: len octets on one line; names in it are absolute, or relative to origin; origin and zone canonical absolute.
 * Returns the text that rr_rdata_to_text(zone) gives, owned by the caller; NULL: not plain, go the long way. */
char *rrplain_rdata(uint16_t type, const char *text, size_t len, const char *origin, const char *zone);
#endif
