/* Start-up options. */
#ifndef DMS_ZONE_TOOL_OPTIONS_H
#define DMS_ZONE_TOOL_OPTIONS_H
#include "zone_tool/tool.h"

typedef struct {
    int letter;           /* 0: long only */
    const char *name;
    const char *argument; /* NULL none, "[=x]"-like options begin with '[' */
    char target;          /* letter of the switch whose default it sets; 0: options_parse knows */
    const char *sentence;
} option_t;
const option_t *options_table(size_t *ret_count);

typedef struct {
    rpc_client_options_t rpc;
    bool help, version, man, stop_on_error, restricted;
    const char *restricted_editor;
    const char *defaults[SWITCH_MAX];
    int first;            /* index of the first word of the command */
} options_t;
/* Options, environment and program name.  ERR_INVALID_ARGUMENT: what is wrong. */
err_t options_parse(int argc, char **argv, options_t *ret_options, err_info_t *reterr);
#endif
