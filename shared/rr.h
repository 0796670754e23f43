/* Resource record types, TTLs and rdata: text <-> wire through libzscanner and libknot, for every type they know and RFC 3597. */
#ifndef DMS_RR_H
#define DMS_RR_H
#include "shared/dname.h"

enum { RR_TYPE_TEXT = 16, RR_TTL_MAX = 0x7fffffff, RR_RDATA_WIRE_MAX = 65535 };
enum { RR_A = 1, RR_NS = 2, RR_CNAME = 5, RR_SOA = 6, RR_PTR = 12, RR_MX = 15, RR_TXT = 16, RR_AAAA = 28, RR_SRV = 33, RR_DNAME = 39, RR_DS = 43, RR_ANY = 255 };

/* "A", "TYPE65280"; case-insensitive.  False: unknown or a meta type (ANY, AXFR, OPT, TSIG, ...). */
bool rr_type_from_text(const char *text, uint16_t *ret_type);
void rr_type_text(uint16_t type, char ret_text[RR_TYPE_TEXT]);
/* "3600", "1h30m", "2w" -> seconds (0..2^31-1).  False: not a TTL. */
bool rr_ttl_from_text(const char *text, uint32_t *ret_seconds);

/* Rdata text (names relative to origin or absolute) -> wire form.  origin canonical absolute.
 * Returns: ERR_OK, *ret_wire owned by caller; ERR_RDATA_PARSE with libzscanner's reason and a hint with the type's field layout. */
err_t rr_rdata_to_wire(uint16_t type, const char *text, const char *origin, uint8_t **ret_wire, uint16_t *ret_len, err_info_t *reterr);
/* Wire -> canonical text: names inside origin relative ("@" for the origin itself), others absolute; TXT strings quoted; hex/base64 in one run.
 * origin NULL: all names absolute. *ret_text owned by caller. */
err_t rr_rdata_to_text(uint16_t type, const uint8_t *wire, uint16_t len, const char *origin, char **ret_text, err_info_t *reterr);
/* Both: canonical text from text, proven by the round trip; what is stored can always be published. */
err_t rr_rdata_canonical(uint16_t type, const char *text, const char *origin, char **ret_text, err_info_t *reterr);
/* The type's fields in words, for hints; NULL: not written down. */
const char *rr_layout(uint16_t type);
/* Names that the rdata points at (NS, MX, SRV, CNAME, PTR, DNAME target): absolute text; false if the type has none. */
bool rr_rdata_target(uint16_t type, const char *canonical_text, const char *origin, char ret_target[DNAME_TEXT]);
#endif
