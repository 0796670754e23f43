/* Shows long text page by page: PAGER, pager, less, more. */
#ifndef DMS_ZONE_TOOL_PAGER_H
#define DMS_ZONE_TOOL_PAGER_H
#include <stdbool.h>
#include <stddef.h>
/* False if the text fits on the screen or no pager could be run: the caller prints it plainly.
 * restricted: less only, with LESSSECURE=1, whatever the environment says. */
bool pager_show(const char *text, size_t length, bool restricted);
#endif
