/* Reverse zones: which network a name stands for, and where in a zone the PTR record of an address belongs.  Pure. */
#ifndef DMS_REVERSE_H
#define DMS_REVERSE_H
#include "shared/dname.h"

enum { REVERSE_CIDR = 64, REVERSE_ADDRESS = 46 };

/* A literal RFC 2317 name, "64/26.2.0.192.in-addr.arpa." or "64-26.2.0.192.in-addr.arpa.": fills ret_cidr "192.0.2.64/26".
 * False: the name has another form (also "64-127.": that a range is meant cannot be told from a mask in general). */
bool reverse_classless(const char *name, char ret_cidr[REVERSE_CIDR]);
/* Full reverse name of an address: "1.2.0.192.in-addr.arpa.".  False: not an address. */
bool reverse_name(const char *address, char ret_name[DNAME_TEXT]);
/* Owner of the PTR record of an address relative to a zone whose network contains it: in an RFC 2317 zone the last octet,
 * in others what the full name has before the zone's.  "@": the zone is for this address alone. */
bool reverse_label(const char *address, const char *zone_name, char ret_label[DNAME_TEXT]);
/* The other way round, in the form that records have it.  False: no PTR record of an address stands there. */
bool reverse_address(const char *label, const char *zone_name, char ret_address[REVERSE_ADDRESS]);
/* The records that the parent of an RFC 2317 zone needs, in words.  False: the zone is no such zone. */
bool reverse_delegation(const char *zone_name, const char *cidr, char *ret_text, size_t size);
#endif
