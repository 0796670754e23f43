/* libzscanner's one home: one flattened line in, one record in wire form out. */
#ifndef DMS_RRSCAN_H
#define DMS_RRSCAN_H
#include "shared/err.h"

typedef struct {
    const uint8_t *owner; /* wire form; borrowed until the next call in this thread, as data */
    uint16_t type;
    const uint8_t *data;
    uint16_t len;
} rrscan_t;

/* line: "owner type rdata\n" as rrline makes it (no TTL needed), len with the "\n"; origin: wire form, completes
 * relative names.  Returns NULL, or libzscanner's reason (static text).  Thread: any, with a scanner of its own. */
const char *rrscan_line(const char *line, size_t len, const uint8_t *origin, size_t origin_len, rrscan_t *ret);
#endif
