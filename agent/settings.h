/* The agent's configuration: one row per key in config.def. */
#ifndef DMS_AGENT_SETTINGS_H
#define DMS_AGENT_SETTINGS_H
#include "shared/config.h"
#include <netinet/in.h>
#include <sys/socket.h>

typedef struct {
    char *controller, *controller_key, *key_file, *state_dir, *name_server, *log_level;
    char *template, *named_conf, *work_dir, *zone_dir, *listen, *listen_v6, *source, *source_v6, *dns_address,
        *control_address, *control_key_file,
        *update_key_file, *notify_address, *checkconf;
    int64_t credit, dns_port, control_port, notify_port;
} settings_t;

extern const config_table_t settings_table;

/* Load and check what the table cannot: addresses, driver, log level.  path NULL: defaults.  Errors: ERR_CONFIG. */
err_t settings_load(const char *path, settings_t *ret_settings, err_info_t *reterr);
void settings_done(settings_t *self);

/* Numeric IPv4 or IPv6 address and port.  False: not an address. */
bool settings_address(const char *address, int64_t port, struct sockaddr_storage *ret_address, socklen_t *ret_len);
#endif
