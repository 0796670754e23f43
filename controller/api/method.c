#include "controller/api/method.h"
#include <string.h>

static bool is_local(const caller_t *who)
{
    return who->front_end != NULL && strcmp(who->front_end, "socket") == 0; /* URIs begin with a slash */
}

bool method_for(const method_t *method, const caller_t *who)
{
    return (method->roles & METHOD_ROLE(who->role)) != 0 && ((method->roles & METHOD_UNTAGGED) == 0 || who->sectag_id == 0) &&
           ((method->roles & METHOD_SOCKET) == 0 || is_local(who));
}

const method_t *method_find(const method_t *methods, size_t count, const char *name, const caller_t *who)
{
    for (size_t i = 0; i < count; i++) {
        if (method_for(&methods[i], who) && strcmp(methods[i].name, name) == 0)
            return &methods[i];
    }
    return NULL;
}
