/* Changes of groups and servers that exist, and what an operator asks of the machines: one function = one transaction. */
#ifndef DMS_SERVER_CHANGE_H
#define DMS_SERVER_CHANGE_H
#include "controller/usecase/server_setup.h"

typedef enum { GROUP_NAME, GROUP_CONFIG_DIR, GROUP_MASTER_ADDRESS, GROUP_MASTER_ALT_ADDRESS } group_field_t;
/* value NULL: none.  Errors: NO_SG_FOUND, SG_EXISTS, SG_STILL_HAS_ZONES (rename), INVALID_ARGUMENT. Its servers are reconfigured. */
err_t server_change_group(db_t *db, const caller_t *who, const char *sg_name, group_field_t field, const char *value, wall_t now,
                          change_result_t *ret_result, err_info_t *reterr);
/* set_sg_replica_sg: NULL: none any more.  Errors: REPLICA_SG_EXISTS (another one is), NO_REPLICA_SG_FOUND (there is none to clear). */
err_t server_change_replica_sg(db_t *db, const caller_t *who, const char *sg_name, wall_t now, change_result_t *ret_result, err_info_t *reterr);

typedef enum { SERVER_NAME, SERVER_TYPE, SERVER_ADDRESS, SERVER_SSH_ADDRESS, SERVER_GROUP } server_field_t;
/* Errors: NO_SERVER_FOUND, SERVER_NOT_DISABLED (type, address, group), SERVER_EXISTS, SERVER_ADDRESS_EXISTS, NO_SG_FOUND, INVALID_ARGUMENT. */
err_t server_change_server(db_t *db, const caller_t *who, const char *name, server_field_t field, const char *value, wall_t now,
                           change_result_t *ret_result, err_info_t *reterr);

typedef enum { RECONFIG_MASTER, RECONFIG_SG, RECONFIG_REPLICA_SG, RECONFIG_ALL, RECONFIG_RESET } reconfig_t;
/* Queue it.  sg_name: RECONFIG_SG only.  Errors: NO_SG_FOUND, NO_REPLICA_SG_FOUND. */
err_t server_change_reconfig(db_t *db, const caller_t *who, reconfig_t what, const char *sg_name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* Publish every live zone of the group anew; NULL: of all. */
err_t server_change_refresh(db_t *db, const caller_t *who, const char *sg_name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* Give up a pending event.  Errors: EVENT_NOT_FOUND_BY_ID, CANT_FAIL_EVENT_BY_ID (it is done, or it guards a lock or a hold). */
err_t server_change_fail_event(db_t *db, const caller_t *who, int64_t event_id, wall_t now, change_result_t *ret_result, err_info_t *reterr);
#endif
