/* Hash table of owner names: what stands at each.  It borrows the strings. */
#ifndef DMS_NAME_INDEX_H
#define DMS_NAME_INDEX_H
#include <stddef.h>

/* Bits over the enabled records of a name. */
enum {
    NAME_ANY = 1, NAME_ADDRESS = 2, NAME_NS = 4, NAME_CNAME = 8, NAME_DNAME = 16, NAME_OTHER = 32 /* not CNAME */,
    NAME_BROKEN = 64,     /* something stands here that could not be read */
    NAME_NS_TARGET = 128, /* an NS record of the zone names it */
    NAME_MX = 256, NAME_NULL_MX = 512, NAME_SRV = 1024, NAME_NULL_SRV = 2048, NAME_SPF = 4096, NAME_DMARC = 8192,
    NAME_SVCB = 1 << 14, NAME_SVCB_ALIAS = 1 << 15, NAME_HTTPS = 1 << 16, NAME_HTTPS_ALIAS = 1 << 17
};
typedef struct name_index name_index_t;
name_index_t *name_index_new(size_t expected);
void name_index_destroy(name_index_t **self);
/* Bits of the name; a place to set more. */
unsigned *name_index_bits(name_index_t *self, const char *label);
unsigned name_index_find(const name_index_t *self, const char *label); /* 0: not there */
/* "b.c" of "a.b.c", "@" of "a", NULL of "@" (escapes are kept whole). */
const char *name_index_parent(const char *label);
#endif
