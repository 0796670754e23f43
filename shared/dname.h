/* Domain names in text.  Canonical: absolute, lower case (ASCII only), trailing dot, RFC 1035 section 5.1 escapes.  Built on libknot. */
#ifndef DMS_DNAME_H
#define DMS_DNAME_H
#include "shared/err.h"

enum { DNAME_TEXT = 1024, DNAME_WIRE = 255 }; /* 255 octets, each at most \DDD in text, plus NUL */

/* A zone's or server's name as a person types it -> canonical absolute text.  Adds the dot; lower-cases.
 * Underscore and '/' are allowed (RFC 2317).  Errors: INVALID_DOMAIN_NAME with the reason. */
err_t dname_from_text(const char *text, char ret_name[DNAME_TEXT], err_info_t *reterr);

/* Owner as written (absolute, relative or "@") made relative to origin, at label boundaries only: "@", "www", "a.b";
 * a name outside is ERR_LABEL_NOT_IN_DOMAIN.  origin is canonical absolute.  Lower-cased. */
err_t dname_relative(const char *name, const char *origin, char ret_label[DNAME_TEXT], err_info_t *reterr);
/* Name inside rdata in absolute text -> relative where it lies in origin, else absolute. Case is kept. */
void dname_shorten(const char *absolute, const char *origin, char ret_text[DNAME_TEXT]);
/* Relative or absolute -> absolute canonical. Errors: name too long. */
err_t dname_absolute(const char *name, const char *origin, char ret_name[DNAME_TEXT]);

/* The quick way for names of letters, digits, dots and - _ / * alone: what dname_absolute and dname_shorten make of the len octets
 * at name.  zone NULL: absolute.  origin and zone canonical absolute.  False: look closer; ret_text may then hold anything. */
bool dname_plain(const char *name, size_t len, const char *origin, const char *zone, char ret_text[DNAME_TEXT]);

/* True if name is origin or below it; both canonical absolute. */
bool dname_in(const char *name, const char *origin);
/* Parent of a canonical absolute name ("." for a TLD); false at the root. */
bool dname_parent(const char *name, char ret_parent[DNAME_TEXT]);
/* RFC 952/1123 host name (letters, digits, hyphen not at label ends; first label may be "*" if wildcard_ok). Absolute, relative or "@". */
bool dname_is_hostname(const char *name, bool wildcard_ok);

/* A mail address as a name (RFC 1035 section 8): the first label is the mailbox, of visible characters but @ (john\.doe), the others are
 * a host name.  Canonical absolute; the root stands for none. */
bool dname_is_mailbox(const char *name);

/* Wire form; return value: length or 0 if malformed. text absolute. */
size_t dname_to_wire(const char *text, uint8_t ret_wire[DNAME_WIRE]);
/* false if the wire form is malformed. */
bool dname_from_wire(const uint8_t *wire, size_t size, char ret_text[DNAME_TEXT]);

/* CIDR network or bare name given in place of a domain: "192.0.2.0/24" or "192.0.2/24" -> "2.0.192.in-addr.arpa.", "2001:db8::/32" -> nibbles,
 * "192.0.2.64/26" -> "64-26.2.0.192.in-addr.arpa." (RFC 2317).  IPv4 masks: 8, 16, 24 to 32; IPv6: 4 to 128 in steps of four.
 * Fills ret_cidr (text for PostgreSQL's cidr) when it was a network, else "".  Errors: INVALID_DOMAIN_NAME. See: behaviour.md 8.4, shared/reverse.h. */
err_t dname_from_network(const char *text, char ret_name[DNAME_TEXT], char ret_cidr[64], err_info_t *reterr);
#endif
