/* Hash tables over the records of a zonedata_t: by (label, type, rdata), and by owner name.  They borrow the strings. */
#ifndef DMS_RR_INDEX_H
#define DMS_RR_INDEX_H
#include "shared/zonedata.h"

typedef struct rr_index rr_index_t;
typedef struct {
    const zonedata_rr_t *rr;
    size_t group, record; /* place in the zone data */
    size_t ordinal;       /* number of the record over all groups */
    uint32_t hash;
} rr_entry_t;

rr_index_t *rr_index_new(size_t expected);
void rr_index_destroy(rr_index_t **self);
/* rdata NULL: key is (label, type) only; do not mix both forms in one index. NULL: not there. */
rr_entry_t *rr_index_find(const rr_index_t *self, const char *label, uint16_t type, const char *rdata);
/* Add under (label, type, with_rdata ? rdata : none). The entry that is there, else NULL after adding. */
rr_entry_t *rr_index_add(rr_index_t *self, const rr_entry_t *entry, bool with_rdata);
/* All records of data by (label, type, rdata). */
rr_index_t *rr_index_of(const zonedata_t *data);

/* What stands at an owner name: bits over its enabled records. */
enum { NAME_ANY = 1, NAME_ADDRESS = 2, NAME_NS = 4, NAME_CNAME = 8, NAME_DNAME = 16, NAME_OTHER = 32 /* not CNAME */ };
typedef struct name_index name_index_t;
name_index_t *name_index_new(size_t expected);
void name_index_destroy(name_index_t **self);
/* Bits of the name; a place to set more. */
unsigned *name_index_bits(name_index_t *self, const char *label);
unsigned name_index_find(const name_index_t *self, const char *label); /* 0: not there */
/* "b.c" of "a.b.c", "@" of "a", NULL of "@" (escapes are kept whole). */
const char *name_index_parent(const char *label);
#endif
