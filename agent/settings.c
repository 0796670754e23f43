#include "agent/settings.h"
#include "shared/log.h"
#include <arpa/inet.h>
#include <string.h>

static const config_row_t ROWS[] = {
#define ROW(section, key, type, def, min, max, unit, member, sentence) \
    {section, key, type, def, min, max, unit, sentence, offsetof(settings_t, member)},
#include "agent/config.def"
#undef ROW
};
const config_table_t settings_table = {"dms-agent", "drives the name server of one host for the DMS controller", ROWS,
                                       ARRAY_SIZE(ROWS)};

bool settings_address(const char *address, int64_t port, struct sockaddr_storage *ret_address, socklen_t *ret_len)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_storage out = {0};
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
        memcpy(&out, &v4, sizeof v4);
        *ret_len = sizeof v4;
    } else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
        memcpy(&out, &v6, sizeof v6);
        *ret_len = sizeof v6;
    } else {
        return false;
    }
    *ret_address = out;
    return true;
}

static err_t check(const settings_t *s, err_info_t *reterr)
{
    const struct {
        const char *key, *value;
    } addresses[] = {{"dns_address", s->dns_address}, {"control_address", s->control_address},
                     {"notify_address", s->notify_address}};
    for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
        struct sockaddr_storage a;
        socklen_t len;
        if (!settings_address(addresses[i].value, 1, &a, &len))
            return err_set(reterr, ERR_CONFIG, "[bind] %s \"%s\" is not an IPv4 or IPv6 address", addresses[i].key,
                           addresses[i].value);
    }
    if (strcmp(s->name_server, "bind9") != 0)
        return err_set(reterr, ERR_CONFIG, "[agent] name_server \"%s\" is not known: bind9", s->name_server);
    log_level_t level;
    if (!log_level_from_text(s->log_level, &level))
        return err_set(reterr, ERR_CONFIG, "[agent] log_level \"%s\" is not one of error, warning, notice, info, debug",
                       s->log_level);
    return ERR_OK;
}

err_t settings_load(const char *path, settings_t *ret_settings, err_info_t *reterr)
{
    settings_t s = {0};
    err_t e = config_load(&settings_table, path, &s, reterr);
    if (e == ERR_OK)
        e = check(&s, reterr);
    if (e != ERR_OK) {
        config_done(&settings_table, &s);
        return e;
    }
    *ret_settings = s;
    return ERR_OK;
}

void settings_done(settings_t *self)
{
    config_done(&settings_table, self);
}
