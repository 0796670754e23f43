/* UTF-8 (RFC 3629): what leaves for JSON or the database must be well formed. */
#ifndef DMS_UTF8_H
#define DMS_UTF8_H
#include <stdbool.h>
#include <stddef.h>

/* Octets of the character at p (1..4) of which max are there; 0: malformed or cut off. */
size_t utf8_len(const char *p, size_t max);
/* Is the text well formed as a whole? */
bool utf8_ok(const char *text);
/* Replace what is malformed (a character cut by a length limit) by '?'. */
void utf8_mend(char *text);
#endif
