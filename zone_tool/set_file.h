/* Files that describe a change set: JSON as create_change_set takes it, or lines of text. */
#ifndef DMS_ZONE_TOOL_SET_FILE_H
#define DMS_ZONE_TOOL_SET_FILE_H
#include "shared/err.h"
#include <jansson.h>

/* Text -> parameters of create_change_set. JSON: an array of operations, or an object {title, operations}.  Lines (# and ; begin comments):
 *     title new web server
 *     zones *.example.org other.example         which zones; all conditions together; a new block begins behind operations
 *     reference 24866@EXAMPLE-NET
 *     group one
 *     where MX 10 mail.example.org.              a record that the zone has; the value may be left out
 *     substitute A 192.0.2.1 -> 192.0.2.9        any owner; `OWNER:` before the type: of this one only
 *     set_ttl MX 2h [VALUE]
 *     remove TXT [VALUE]
 *     replace www 300 A 192.0.2.5                lines of one owner and type make one set; so extend and add; the TTL may be left out
 *     prune www A 192.0.2.5
 *     delete www A                               or ANY
 * Errors: ERR_INVALID_ARGUMENT, with the line. */
err_t set_file_parse(const char *text, json_t **ret_params, err_info_t *reterr);
#endif
