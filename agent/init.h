/* First start on a host: directories, keys and a named.conf without zones.  What exists stays. */
#ifndef DMS_AGENT_INIT_H
#define DMS_AGENT_INIT_H
#include "agent/settings.h"
#include "proto/wire.h"
#include <czmq.h>

err_t init_run(const settings_t *settings, wire_role_t role, err_info_t *reterr);
/* The agent's CURVE certificate; refused when others than the owner may read it. */
err_t init_load_cert(const settings_t *settings, zcert_t **ret_cert, err_info_t *reterr);
#endif
