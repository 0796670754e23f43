/* named.conf from a template.
 *
 * Language: @NAME@ is replaced; `@FOR GROUPS@ ... @END@` is repeated for each group, with @GROUP@, @GROUP_ACL@ and
 * @GROUP_TARGETS@ inside; blocks do not nest.  Everything else is copied.  An unknown name is an error. */
#ifndef DMS_AGENT_TEMPLATE_H
#define DMS_AGENT_TEMPLATE_H
#include "agent/settings.h"
#include "proto/wire.h"

/* Text owned by caller.  config: addresses and group names are checked, as they become configuration.
 * Errors: ERR_CONFIG naming the template's line, or the bad address or group; ERR_IO. */
err_t template_render(const settings_t *settings, const wire_server_config_t *config, char **ret_text,
                      err_info_t *reterr);
/* True for names that may stand inside quotes in named.conf: letters, digits, '-', '_', '.'; at most 60. */
bool template_group_ok(const char *name);
#endif
