#include "controller/api/method.h"
#include <string.h>

const method_t *method_find(const method_t *methods, size_t count, const char *name, caller_role_t role)
{
    for (size_t i = 0; i < count; i++) {
        if ((methods[i].roles & METHOD_ROLE(role)) != 0 && strcmp(methods[i].name, name) == 0)
            return &methods[i];
    }
    return NULL;
}
