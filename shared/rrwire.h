/* Structure of rdata in wire form, for the types whose text form libknot 3.2 makes without looking: handed "TXT \# 1
 * FF" it reads behind the end and crashes; and of what it takes and name servers refuse, which may not be stored.  Nothing foreign
 * reaches it unchecked. */
#ifndef DMS_RRWIRE_H
#define DMS_RRWIRE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NULL: well formed, or a type that libknot checks itself; else what is wrong (static text). */
const char *rrwire_fault(uint16_t type, const uint8_t *wire, size_t len);
#endif
