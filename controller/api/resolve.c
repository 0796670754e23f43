#include "controller/api/resolve.h"
#include "controller/api/rpc_error.h"
#include "controller/store/zone_store.h"
#include "shared/dname.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

bool resolve_is_address(const char *text, char ret_address[64])
{
    char name[DNAME_TEXT], cidr[64], host[64];
    uint8_t bytes[16];
    if (dname_from_network(text, name, cidr, NULL) == ERR_OK) {
        if (cidr[0] != '\0')
            memcpy(ret_address, cidr, sizeof cidr);
        return cidr[0] != '\0';
    }
    size_t n = strcspn(text, "/");
    if (n >= sizeof host || strlen(text) >= 64)
        return false;
    memcpy(host, text, n);
    host[n] = '\0';
    bool v4 = inet_pton(AF_INET, host, bytes) == 1;
    if (!v4 && inet_pton(AF_INET6, host, bytes) != 1)
        return false;
    const char *bits = text[n] == '/' ? text + n + 1 : "0";
    if (*bits == '\0' || strlen(bits) > 3 || bits[strspn(bits, "0123456789")] != '\0' || strtoul(bits, NULL, 10) > (v4 ? 32 : 128))
        return false;
    snprintf(ret_address, 64, "%s", text);
    return true;
}

err_t resolve_zones(const method_call_t *call, err_info_t *reterr)
{
    for (size_t i = 0; i < METHOD_PARAMS_MAX && call->method->params[i].name != NULL; i++) {
        const method_param_t *p = &call->method->params[i];
        const char *text = p->type == METHOD_ZONE ? json_string_value(json_object_get(call->params, p->name)) : NULL;
        char address[64];
        if (text == NULL || !resolve_is_address(text, address))
            continue;
        AUTO_FREE char *name = NULL;
        err_t err = zone_store_of_address(call->db, call->who, address, &name, reterr);
        if (err != ERR_OK)
            return err;
        if (name == NULL) {
            err_set(reterr, ERR_ZONE_NOT_FOUND, "no reverse zone holds \"%s\"", text);
            err_key(reterr, "name", text);
            return ERR_ZONE_NOT_FOUND;
        }
        json_object_set_new(call->params, p->name, rpc_error_text(name));
    }
    return ERR_OK;
}
