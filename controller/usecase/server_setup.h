/* Server groups, servers, accounts, configuration: one function = one transaction; each leaves a change log row. */
#ifndef DMS_SERVER_SETUP_H
#define DMS_SERVER_SETUP_H
#include "controller/store/server_store.h"
#include "controller/usecase/zone_edit.h"

err_t server_setup_create_sg(db_t *db, const caller_t *who, const group_row_t *group, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t server_setup_delete_sg(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t server_setup_set_apex_ns(db_t *db, const caller_t *who, const char *sg_name, char *const *names, size_t count, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* row: name, sg_name, role, server_type, address, port, ssh_address, agent_key (may be NULL). Created DISABLED. */
err_t server_setup_create_server(db_t *db, const caller_t *who, const server_row_t *row, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t server_setup_delete_server(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t server_setup_enable(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t server_setup_disable(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t server_setup_reset(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t server_setup_set_key(db_t *db, const caller_t *who, const char *name, const char *agent_key, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t server_setup_set_config(db_t *db, const caller_t *who, const char *key, const char *sg_name, const char *value, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* An account of a front end (uri): password is hashed here (argon2id); existing login: its password is replaced.
 * Errors: LOGIN_ID_FORMAT, PASSWORD_POLICY (shorter than min_chars, the login itself), NO_FRONT_END_FOUND. */
err_t server_setup_set_account(db_t *db, const caller_t *who, const char *uri, const char *login, const char *password, size_t min_chars, wall_t now,
                               change_result_t *ret_result, err_info_t *reterr);

typedef struct {
    master_row_t master;
    server_row_t *servers; size_t server_count;
    int64_t *behind; wall_t *behind_since;  /* per server: zones behind their goal (counted up to 10,000), and since when */
    int64_t zones[16];                      /* by zone_state_t */
    int64_t pending_events, failed_events;
    event_row_t *events; size_t event_count; /* pending, at most 25 */
} dms_status_t;
void dms_status_done(dms_status_t *status);
err_t server_setup_status(db_t *db, dms_status_t *ret_status, err_info_t *reterr);
#endif
