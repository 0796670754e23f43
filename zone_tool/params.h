/* Words of a command line as parameters of a method. */
#ifndef DMS_ZONE_TOOL_PARAMS_H
#define DMS_ZONE_TOOL_PARAMS_H
#include "zone_tool/command.h"

json_t *params_name(const args_t *args);                     /* {name: first word} */
const char *params_zi(const args_t *args, size_t n);         /* -z, else the nth word; NULL none or empty */
json_t *params_name_zi(const args_t *args, size_t n);        /* {name, zi_id}: a number where it is one, else the notation */
json_t *params_words(const args_t *args, size_t from);       /* array of words */
void params_text(json_t *params, const char *key, const char *value); /* NULL: left out */
void params_address(json_t *params, const char *key, const char *value); /* none, def, default: left out, too */
/* -g, -r, -i and zone options from word `from` on. Prints what is wrong and returns the exit code. */
int params_zone_options(tool_t *tool, const args_t *args, size_t from, json_t *params);
extern const char *const params_option_names[]; /* NULL at the end */
#endif
