/* Hash table over the records of a zonedata_t by (label, type, rdata).  It borrows the strings. */
#ifndef DMS_RR_INDEX_H
#define DMS_RR_INDEX_H
#include "shared/zonedata.h"

typedef struct rr_index rr_index_t;
typedef struct {
    const zonedata_rr_t *rr;
    size_t group, record; /* place in the zone data */
    size_t ordinal;       /* number of the record over all groups */
    uint32_t hash;
    size_t most, octets;  /* the caller's */
} rr_entry_t;

rr_index_t *rr_index_new(size_t expected);
void rr_index_destroy(rr_index_t **self);
/* rdata NULL: key is (label, type) only; do not mix both forms in one index. NULL: not there. */
rr_entry_t *rr_index_find(const rr_index_t *self, const char *label, uint16_t type, const char *rdata);
/* Add under (label, type, with_rdata ? rdata : none). The entry that is there, else NULL after adding. */
rr_entry_t *rr_index_add(rr_index_t *self, const rr_entry_t *entry, bool with_rdata);
/* All records of data by (label, type, rdata). */
rr_index_t *rr_index_of(const zonedata_t *data);
/* The hash of a text: FNV-1a with a start that differs per process, so that a submission cannot be made to collide
 * beforehand. */
uint32_t rr_index_hash(const char *text);
#endif
