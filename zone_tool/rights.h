/* What the controller lets this user do: the verbs whose method rpc.discover lists.  Asked once, when first needed. */
#ifndef DMS_ZONE_TOOL_RIGHTS_H
#define DMS_ZONE_TOOL_RIGHTS_H
#include "zone_tool/command.h"

typedef struct rights rights_t;
rights_t *rights_new(rpc_client_t *rpc /* borrowed */);
void rights_destroy(rights_t **self);
/* True also for verbs that need no controller, and where it cannot be asked: then the verb itself says why.  self NULL: everything. */
bool rights_has(rights_t *self, const command_t *command);
/* The method that stands for a verb, of these names; NULL: none does.  For tests, and for rights_has. */
typedef bool (*rights_known_fn_t)(void *arg, const char *method);
bool rights_method(const command_t *command, rights_known_fn_t known, void *arg);
#endif
