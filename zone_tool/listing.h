/* Lists that the controller gives page by page: all of them are shown, however many pages they have. */
#ifndef DMS_ZONE_TOOL_LISTING_H
#define DMS_ZONE_TOOL_LISTING_H
#include "zone_tool/command.h"

typedef void (*listing_line_fn_t)(tool_t *tool, const args_t *args, const json_t *item);

typedef struct {
    const char *method;
    /* How the next page is asked for: parameter, and the member of the last item that it takes. */
    struct { const char *param, *member; } behind[2];
    listing_line_fn_t line;
} listing_t;

/* At most `most` items; 0: all.  params: reference is taken.  In JSON one array at the end.  Exit code. */
int listing_show(tool_t *tool, const args_t *args, const listing_t *listing, json_t *params, int64_t most);
#endif
