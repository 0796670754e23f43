#include "controller/settings.h"
#include "controller/api/listen.h"
#include "shared/log.h"
#include <string.h>

static const config_row_t ROWS[] = {
#define ROW(section, key, type, def, min, max, unit, member, sentence)                                                 \
    {section, key, type, def, min, max, unit, sentence, offsetof(settings_t, member)},
#include "controller/config.def"
#undef ROW
};
const config_table_t settings_table = {
    "dms-controller", "the DMS controller: API, state machines, sessions with agents", ROWS, ARRAY_SIZE(ROWS)};

static bool empty(const char *text) { return text == NULL || text[0] == '\0'; }

static err_t check(const settings_t *s, err_info_t *reterr)
{
    log_level_t level;
    if (empty(s->log_level) || !log_level_from_text(s->log_level, &level))
        return err_set(reterr, ERR_CONFIG, "[log] level \"%s\" is not one of error, warning, notice, info, debug",
                       empty(s->log_level) ? "" : s->log_level);
    if (empty(s->conninfo))
        return err_set(reterr, ERR_CONFIG, "[database] conninfo is empty");
    if (empty(s->endpoint) || strncmp(s->endpoint, "tcp://", 6) != 0)
        return err_set(reterr, ERR_CONFIG, "[link] endpoint is not tcp://ADDRESS:PORT");
    if (empty(s->key_file))
        return err_set(reterr, ERR_CONFIG, "[link] key_file is empty");
    if (empty(s->socket) && empty(s->http_listen) && empty(s->https_listen))
        return err_set(
            reterr, ERR_CONFIG,
            "[http] socket, http_listen and https_listen are all empty: nobody could talk to the controller");
    if (!empty(s->https_listen) && (empty(s->tls_certificate) || empty(s->tls_key)))
        return err_set(reterr, ERR_CONFIG, "[http] https_listen needs tls_certificate and tls_key");
    err_t err = empty(s->http_listen) ? ERR_OK : listen_check(s->http_listen, true, reterr);
    return err != ERR_OK || empty(s->https_listen) ? err : listen_check(s->https_listen, false, reterr);
}

err_t settings_load(const char *path, settings_t *ret_settings, err_info_t *reterr)
{
    settings_t s = {0};
    err_t err = config_load(&settings_table, path, &s, reterr);
    if (err == ERR_OK)
        err = check(&s, reterr);
    if (err != ERR_OK) {
        config_done(&settings_table, &s);
        return err;
    }
    *ret_settings = s;
    return ERR_OK;
}

void settings_done(settings_t *self) { config_done(&settings_table, self); }
