/* Makes the RFC 2136 message of a ZoneUpdate (without TSIG, id 0). */
#ifndef DMS_AGENT_DDNS_MSG_H
#define DMS_AGENT_DDNS_MSG_H
#include "proto/wire.h"

enum { DDNS_MSG_MAX = 65535 - 512 }; /* room for the TSIG record */
/* Bytes owned by caller.  Errors: ERR_ZI_TEXT_PARSE naming the line; ERR_LIMIT. */
err_t ddns_msg_build(const wire_zone_update_t *update, uint8_t **ret_bytes, size_t *ret_size, err_info_t *reterr);
#endif
