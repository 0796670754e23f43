#include "controller/api/method.h"
#include <string.h>

static bool is_local(const caller_t *who)
{
    return who->front_end != NULL && strcmp(who->front_end, "socket") == 0; /* URIs begin with a slash */
}

bool method_for(const method_t *method, const caller_t *who)
{
    unsigned flags = method->roles;
    const scope_t *scope = who->scope;
    return (flags & METHOD_ROLE(who->role)) != 0 && ((flags & METHOD_UNTAGGED) == 0 || who->sectag_id == 0) &&
           ((flags & METHOD_SOCKET) == 0 || is_local(who)) && ((flags & METHOD_PERSON) == 0 || scope == NULL || scope->token == NULL) &&
           ((flags & METHOD_RECORDS) != 0 || !scope_limits_records(scope)) && scope_has_method(scope, method->name, method_changes(method));
}

const method_t *method_find(const method_t *methods, size_t count, const char *name, const caller_t *who)
{
    for (size_t i = 0; i < count; i++) {
        if (method_for(&methods[i], who) && strcmp(methods[i].name, name) == 0)
            return &methods[i];
    }
    return NULL;
}
