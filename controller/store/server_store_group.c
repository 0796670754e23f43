/* The end of a server group. */
#include "controller/store/server_store.h"

enum { S_USED, S_HEIR, S_DEFAULT, S_DELETE };
#define HEIR "(select g.id from config c join server_group g on g.name = c.value where c.key = 'default_sg' and c.sg_id is null and g.id <> $1)"
static const db_stmt_t s_stmts[] = {
    [S_USED] = {"group_used",
                "select exists (select from zone where sg_id = $1 and state <> 'DELETED') or exists (select from zone where alt_sg_id = $1"
                " and state <> 'DELETED'), exists (select from server where sg_id = $1), exists (select from zone where sg_id = $1),"
                " exists " HEIR,
                "bigint", "boolean,boolean,boolean,boolean"},
    [S_HEIR] = {"group_heir",
                "update zone set sg_id = case when sg_id = $1 then " HEIR " else sg_id end,"
                " alt_sg_id = case when sg_id = $1 then nullif(alt_sg_id, " HEIR ") else nullif(alt_sg_id, $1) end"
                " where state = 'DELETED' and (sg_id = $1 or alt_sg_id = $1)",
                "bigint", ""},
    [S_DEFAULT] = {"group_default_gone",
                   "update config set value = '' where key = 'default_sg' and value = (select name from server_group where id = $1)", "bigint", ""},
    [S_DELETE] = {"group_delete", "delete from server_group where id = $1", "bigint", ""},
};
__attribute__((constructor)) static void server_store_group_register(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

static err_t refuse(err_info_t *reterr, err_t code, const char *what, const char *hint)
{
    err_set(reterr, code, "server group still has %s", what);
    err_hint(reterr, "%s", hint);
    return code;
}

static err_t check_unused(db_t *db, const db_args_t *args, err_info_t *reterr)
{
    AUTO(db_rows) used = NULL;
    err_t err = db_exec(db, &s_stmts[S_USED], args, &used, reterr);
    if (err != ERR_OK)
        return err;
    bool zones = db_bool(used, 0, 0), servers = db_bool(used, 0, 1), deleted = db_bool(used, 0, 2), heir = db_bool(used, 0, 3);
    if (zones)
        return refuse(reterr, ERR_SG_STILL_HAS_ZONES, "zones", "move them: move_zone_sg, or set_zone_sg for those that are disabled; set_zone_alt_sg"
                      " ends an alternative group");
    if (servers)
        return refuse(reterr, ERR_SG_STILL_HAS_SERVERS, "servers", "disable_server, then delete_server or move_server_sg");
    if (deleted && !heir)
        return refuse(reterr, ERR_SG_STILL_HAS_ZONES, "deleted zones", "they would go to the group default_sg: set it to another one; or destroy_zone");
    return ERR_OK;
}

err_t server_store_group_delete(db_t *db, int64_t id, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    err_t err = check_unused(db, &args, reterr);
    for (int stmt = S_HEIR; err == ERR_OK && stmt <= S_DELETE; stmt++)
        err = db_exec(db, &s_stmts[stmt], &args, NULL, reterr);
    return err;
}
