/* Server groups, servers, the master row. */
#ifndef DMS_SERVER_STORE_H
#define DMS_SERVER_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"

err_t server_store_group(db_t *db, const char *name, group_row_t *ret_row, err_info_t *reterr);   /* NO_SG_FOUND */
err_t server_store_group_by_id(db_t *db, int64_t id, group_row_t *ret_row, err_info_t *reterr);
err_t server_store_groups(db_t *db, group_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
/* Without zone_count and server_count, which cost: what the engine reads all the time. */
err_t server_store_groups_bare(db_t *db, group_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
void server_store_groups_free(group_row_t *rows, size_t count);
err_t server_store_group_insert(db_t *db, group_row_t *row, wall_t now, err_info_t *reterr);      /* SG_EXISTS, REPLICA_SG_EXISTS */
/* Deleted zones of the group go to the group default_sg.  Errors: SG_STILL_HAS_ZONES (also where that is none), SG_STILL_HAS_SERVERS */
err_t server_store_group_delete(db_t *db, int64_t id, err_info_t *reterr);
err_t server_store_group_set_apex(db_t *db, int64_t id, char *const *names, size_t count, err_info_t *reterr);

/* Is a zone of the group (any zone, if it is the replica group) in service, or still on a server?  Name servers know it by the group's name then. */
err_t server_store_group_served(db_t *db, int64_t id, bool *ret_served, err_info_t *reterr);
/* Write back name, config_dir, master addresses, replica.  Errors: SG_EXISTS, REPLICA_SG_EXISTS; a new name follows into setting default_sg. */
err_t server_store_group_save(db_t *db, const group_row_t *row, err_info_t *reterr);

err_t server_store_server(db_t *db, const char *name, bool lock, server_row_t *ret_row, err_info_t *reterr); /* NO_SERVER_FOUND */
err_t server_store_by_id(db_t *db, int64_t id, bool lock, server_row_t *ret_row, err_info_t *reterr);
err_t server_store_servers(db_t *db, int64_t sg_id /* 0: all */, server_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
void server_store_servers_free(server_row_t *rows, size_t count);
err_t server_store_insert(db_t *db, server_row_t *row, wall_t now, err_info_t *reterr);           /* SERVER_EXISTS, SERVER_ADDRESS_EXISTS, AGENT_KEY_EXISTS */
err_t server_store_delete(db_t *db, int64_t id, err_info_t *reterr);
/* Write back everything but id and name. */
err_t server_store_save(db_t *db, const server_row_t *row, wall_t now, err_info_t *reterr);

err_t server_store_rename(db_t *db, int64_t id, const char *name, wall_t now, err_info_t *reterr); /* SERVER_EXISTS */

err_t server_store_master(db_t *db, bool lock, master_row_t *ret_row, err_info_t *reterr);
err_t server_store_master_save(db_t *db, const master_row_t *row, err_info_t *reterr);
/* A command id that was never used. */
err_t server_store_command_id(db_t *db, int64_t *ret_id, err_info_t *reterr);
#endif
