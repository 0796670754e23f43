#include "controller/api/patterns.h"
#include "controller/api/m_zone_show.h"
#include "controller/store/network_store.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* "10" -> "10.0.0.0": people write networks without the octets that do not count. */
static char *filled(const char *address, size_t len)
{
    size_t dots = 0;
    for (size_t i = 0; i < len; i++)
        dots += address[i] == '.';
    return auto_printf("%.*s%s", (int)len, address, dots < 3 ? ".0.0.0" + dots * 2 : "");
}

char *patterns_inet(const char *text)
{
    unsigned char buffer[16];
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    bool six = memchr(text, ':', len) != NULL;
    AUTO_FREE char *address = six || slash == NULL ? auto_strndup(text, len) : filled(text, len);
    if (inet_pton(six ? AF_INET6 : AF_INET, address, buffer) != 1)
        return NULL;
    if (slash == NULL)
        return auto_strdup(address);
    const char *mask = slash + 1;
    bool number = *mask != '\0' && strlen(mask) <= 3 && mask[strspn(mask, "0123456789")] == '\0';
    return number && strtol(mask, NULL, 10) <= (six ? 128 : 32) ? auto_printf("%s/%s", address, mask) : NULL;
}

err_t patterns_of(const method_call_t *call, const char *const *names, size_t count, char ***ret_patterns, size_t *ret_count, err_info_t *reterr)
{
    char **patterns = NULL;
    size_t cap = 0, used = 0;
    err_t err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        AUTO_FREE char *inet = patterns_inet(names[i]);
        char **found = NULL;
        size_t more = 0;
        if (inet != NULL)
            err = network_store_zones(call->db, inet, &found, &more, reterr);
        patterns = auto_grow(patterns, &cap, used + more + 1, sizeof *patterns);
        for (size_t k = 0; k < more; k++)
            patterns[used++] = found[k];
        free(found); /* its texts are the patterns' now */
        if (more == 0)
            patterns[used++] = m_zone_show_pattern(names[i]);
    }
    if (err == ERR_OK) {
        *ret_patterns = patterns;
        *ret_count = used;
    } else {
        rows_texts_free(patterns, used);
    }
    return err;
}
