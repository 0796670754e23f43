/* Parameters that name a zone by an address or a network inside it (METHOD_ZONE). */
#ifndef DMS_RESOLVE_H
#define DMS_RESOLVE_H
#include "controller/api/method.h"

/* An IP address, or a network whether it is a zone's or smaller; ret_address: text for PostgreSQL's inet.  False: a name, or nonsense. */
bool resolve_is_address(const char *text, char ret_address[64]);
/* Puts the name of the most specific reverse zone that holds it, and that the caller may see, in the place of each.
 * Errors: ZONE_NOT_FOUND. */
err_t resolve_zones(const method_call_t *call, err_info_t *reterr);
#endif
