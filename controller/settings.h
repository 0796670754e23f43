/* The controller's configuration: one row per key in config.def. */
#ifndef DMS_CONTROLLER_SETTINGS_H
#define DMS_CONTROLLER_SETTINGS_H
#include "shared/config.h"

typedef struct {
    char *conninfo, *migrate_conninfo;
    int64_t statement_timeout_ms;
    char *socket, *socket_group, *http_listen, *https_listen, *tls_certificate, *tls_key, *tls_client_ca, *port_file;
    int64_t threads, max_request, max_batch, max_records, max_connections, max_waits, timeout_ms;
    char *endpoint, *key_file;
    int64_t heartbeat_ms;
    int64_t token_lifetime_ms, token_lifetime_max_ms, password_min;
    char *admin_groups, *helpdesk_groups, *log_level, *sql_dir;
} settings_t;

extern const config_table_t settings_table;

/* Load and check what the table cannot.  path NULL: defaults.  Errors: CONFIG. */
err_t settings_load(const char *path, settings_t *ret_settings, err_info_t *reterr);
void settings_done(settings_t *self);
#endif
