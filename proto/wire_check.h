/* The limits and forms of dms.proto, checked on structs: before encoding and after decoding alike. */
#ifndef DMS_WIRE_CHECK_H
#define DMS_WIRE_CHECK_H
#include "proto/wire.h"

enum {
    WIRE_CHECK_NAME_MAX = 255,   /* bytes of a name that is not a domain name */
    WIRE_CHECK_LIST_MAX = 4096,  /* capabilities, masters, groups, servers of a group */
    WIRE_CHECK_PARTS_MAX = 4096, /* parts of one zone load: 1 GiB of text */
};

/* Returns ERR_OK, or `code` with a message that names the field. */
err_t wire_check(const wire_msg_t *msg, err_t code, err_info_t *reterr);
#endif
