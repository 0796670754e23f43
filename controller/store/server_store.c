#include "controller/store/server_store.h"
#include <stdlib.h>
#include <string.h>

#define GROUP_COLUMNS                                                                                                \
    "g.id, g.name, g.config_dir, host(g.master_address), host(g.master_alt_address), g.replica, g.apex_ns::text[]"
#define GROUP_TYPES "bigint,text,text,text,text,boolean,text[]"
/* Zones that the group's servers have, as primary or alternative group; what is counted is bounded, so that a look at a big estate stays cheap. */
#define GROUP_COUNTS                                                                                                 \
    ", case when g.replica then (select count(*) from (select from zone where state not in ('DISABLED', 'DELETED') limit 100000) a)" \
    " else (select count(*) from (select from zone where sg_id = g.id and state not in ('DISABLED', 'DELETED')"        \
    "  union all select from zone where alt_sg_id = g.id and state not in ('DISABLED', 'DELETED') limit 100000) a) end," \
    " (select count(*) from server s where s.sg_id = g.id)"
#define SERVER_COLUMNS                                                                                               \
    "s.id, s.name, s.sg_id, g.name, s.role, s.server_type, host(s.address), s.port, host(s.ssh_address), s.agent_key, s.state," \
    " s.retry_msg, s.config_goal, s.config_applied, s.config_command, s.config_attempts, s.config_next_send, s.connected_at," \
    " s.lost_at, s.name_server_up, s.software, s.last_reply, s.ctime, s.mtime, s.state_since"
#define SERVER_TYPES                                                                                                 \
    "bigint,text,bigint,text,text,text,text,integer,text,text,text,text,bigint,bigint,bigint,integer,timestamptz,timestamptz," \
    "timestamptz,boolean,text,timestamptz,timestamptz,timestamptz,timestamptz"
#define SERVER_FROM " from server s join server_group g on g.id = s.sg_id "

enum { S_GROUP, S_GROUP_ID, S_GROUPS, S_GROUPS_BARE, S_GROUP_INSERT, S_GROUP_APEX, S_GROUP_DEFAULT, S_GROUP_SERVED,
       S_GROUP_SAVE, S_RENAME, S_SERVER, S_SERVER_LOCK, S_BY_ID,
       S_BY_ID_LOCK, S_SERVERS, S_INSERT, S_DELETE_GOALS, S_DELETE, S_SAVE, S_MASTER, S_MASTER_LOCK, S_MASTER_SAVE, S_COMMAND };
static const db_stmt_t s_stmts[] = {
    [S_GROUP] = {"group_by_name", "select " GROUP_COLUMNS GROUP_COUNTS " from server_group g where g.name = $1", "text", GROUP_TYPES ",bigint,bigint"},
    [S_GROUP_ID] = {"group_by_id", "select " GROUP_COLUMNS " from server_group g where g.id = $1", "bigint", GROUP_TYPES},
    [S_GROUPS] = {"group_list", "select " GROUP_COLUMNS GROUP_COUNTS " from server_group g order by g.name", "", GROUP_TYPES ",bigint,bigint"},
    [S_GROUPS_BARE] = {"group_list_bare", "select " GROUP_COLUMNS " from server_group g order by g.name", "", GROUP_TYPES},
    [S_GROUP_INSERT] = {"group_insert",
                        "insert into server_group (name, config_dir, master_address, master_alt_address, replica, apex_ns, ctime)"
                        " values ($1, $2, $3, $4, $5, $6::text[]::dns_name[], $7) returning id",
                        "text,text,inet,inet,boolean,text[],timestamptz", "bigint"},
    [S_GROUP_APEX] = {"group_apex", "update server_group set apex_ns = $2::text[]::dns_name[] where id = $1", "bigint,text[]", ""},
    [S_GROUP_DEFAULT] = {"group_default",
                         "update config set value = $2 where key = 'default_sg' and value = (select name from server_group where id = $1)",
                         "bigint,text", ""},
    [S_GROUP_SERVED] = {"group_served",
                        "select exists (select from zone z where (z.sg_id = $1 or z.alt_sg_id = $1 or (select replica from server_group where id = $1))"
                        " and (z.state not in ('DISABLED', 'DELETED') or exists (select from zone_server g where g.zone_id = z.id)))",
                        "bigint", "boolean"},
    [S_GROUP_SAVE] = {"group_save",
                      "update server_group set name = $2, config_dir = $3, master_address = $4, master_alt_address = $5, replica = $6 where id = $1",
                      "bigint,text,text,inet,inet,boolean", ""},
    [S_RENAME] = {"server_rename", "update server set name = $2, mtime = $3 where id = $1", "bigint,text,timestamptz", ""},
    [S_SERVER] = {"server_by_name", "select " SERVER_COLUMNS SERVER_FROM "where s.name = $1", "text", SERVER_TYPES},
    [S_SERVER_LOCK] = {"server_by_name_lock", "select " SERVER_COLUMNS SERVER_FROM "where s.name = $1 for update of s", "text", SERVER_TYPES},
    [S_BY_ID] = {"server_by_id", "select " SERVER_COLUMNS SERVER_FROM "where s.id = $1", "bigint", SERVER_TYPES},
    [S_BY_ID_LOCK] = {"server_by_id_lock", "select " SERVER_COLUMNS SERVER_FROM "where s.id = $1 for update of s", "bigint", SERVER_TYPES},
    [S_SERVERS] = {"server_list", "select " SERVER_COLUMNS SERVER_FROM "where $1::bigint = 0 or s.sg_id = $1 order by s.name", "bigint", SERVER_TYPES},
    [S_INSERT] = {"server_insert",
                  "insert into server (name, sg_id, role, server_type, address, port, ssh_address, agent_key, ctime, mtime, state_since)"
                  " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9) returning id",
                  "text,bigint,text,text,inet,integer,inet,text,timestamptz", "bigint"},
    [S_DELETE_GOALS] = {"server_delete_goals", "delete from zone_server where server_id = $1", "bigint", ""},
    [S_DELETE] = {"server_delete", "delete from server where id = $1", "bigint", ""},
    [S_SAVE] = {"server_save",
                "update server set sg_id = $2, role = $3, server_type = $4, address = $5, port = $6, ssh_address = $7, agent_key = $8,"
                " state = $9, retry_msg = $10, config_goal = $11, config_applied = $12, config_command = $13, config_attempts = $14,"
                " config_next_send = $15, connected_at = $16, lost_at = $17, name_server_up = $18, software = $19, last_reply = $20,"
                " mtime = $21, state_since = case when state = $9 then state_since else $21 end where id = $1",
                "bigint,bigint,text,text,inet,integer,inet,text,text,text,bigint,bigint,bigint,integer,timestamptz,timestamptz,timestamptz,"
                "boolean,text,timestamptz,timestamptz",
                ""},
    [S_MASTER] = {"master_get", "select state, epoch, generation, hold_start, hold_stop, hold_sg from master", "",
                  "text,bigint,bigint,timestamptz,timestamptz,bigint"},
    [S_MASTER_LOCK] = {"master_lock", "select state, epoch, generation, hold_start, hold_stop, hold_sg from master for update", "",
                       "text,bigint,bigint,timestamptz,timestamptz,bigint"},
    [S_MASTER_SAVE] = {"master_save",
                       "update master set state = $1, epoch = $2, generation = $3, hold_start = $4, hold_stop = $5, hold_sg = $6",
                       "text,bigint,bigint,timestamptz,timestamptz,bigint", ""},
    [S_COMMAND] = {"command_id", "select nextval('command_id')", "", "bigint"},
};
__attribute__((constructor)) static void server_store_register(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

static void decode_group(const db_rows_t *rows, size_t i, group_row_t *g)
{
    int c = 0;
    g->id = db_int(rows, i, c++);
    g->name = db_dup(rows, i, c++);
    g->config_dir = db_dup(rows, i, c++);
    g->master_address = db_dup(rows, i, c++);
    g->master_alt_address = db_dup(rows, i, c++);
    g->replica = db_bool(rows, i, c++);
    g->apex_ns_count = db_text_array(rows, i, c++, &g->apex_ns);
}

static void decode_counts(const db_rows_t *rows, size_t i, group_row_t *g)
{
    enum { GROUP_COLUMN_COUNT = 7 };
    g->zone_count = db_int(rows, i, GROUP_COLUMN_COUNT);
    g->server_count = db_int(rows, i, GROUP_COLUMN_COUNT + 1);
}

static int state_find(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (name != NULL && strcmp(names[i], name) == 0)
            return i;
    }
    return 0;
}

static void decode_server(const db_rows_t *rows, size_t i, server_row_t *s)
{
    int c = 0;
    s->id = db_int(rows, i, c++);
    s->name = db_dup(rows, i, c++);
    s->sg_id = db_int(rows, i, c++);
    s->sg_name = db_dup(rows, i, c++);
    s->role = db_dup(rows, i, c++);
    s->server_type = db_dup(rows, i, c++);
    s->address = db_dup(rows, i, c++);
    s->port = (int)db_int(rows, i, c++);
    s->ssh_address = db_dup(rows, i, c++);
    s->agent_key = db_dup(rows, i, c++);
    s->state = (server_state_t)state_find(rows_server_states, SERVER_STATE_COUNT, db_text(rows, i, c++));
    s->retry_msg = db_dup(rows, i, c++);
    s->config_goal = db_int(rows, i, c++);
    s->config_applied = db_int(rows, i, c++);
    s->config_command = db_int(rows, i, c++);
    s->config_attempts = (int)db_int(rows, i, c++);
    s->config_next_send = db_time(rows, i, c++);
    s->connected_at = db_time(rows, i, c++);
    s->lost_at = db_time(rows, i, c++);
    s->name_server_up = db_bool(rows, i, c++);
    s->software = db_dup(rows, i, c++);
    s->last_reply = db_time(rows, i, c++);
    s->ctime = db_time(rows, i, c++);
    s->mtime = db_time(rows, i, c++);
    s->state_since = db_time(rows, i, c++);
}

err_t server_store_group(db_t *db, const char *name, group_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, name);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_GROUP], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    if (db_rows_count(rows) == 0) {
        err_set(reterr, ERR_NO_SG_FOUND, "server group \"%s\" not found", name);
        err_key(reterr, "sg_name", name);
        return ERR_NO_SG_FOUND;
    }
    decode_group(rows, 0, ret_row);
    decode_counts(rows, 0, ret_row);
    return ERR_OK;
}

err_t server_store_group_by_id(db_t *db, int64_t id, group_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_GROUP_ID], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    if (db_rows_count(rows) == 0)
        return err_set(reterr, ERR_NO_SG_FOUND, "server group with id %lld not found", (long long)id);
    decode_group(rows, 0, ret_row);
    return ERR_OK;
}

static err_t groups(db_t *db, bool counts, group_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[counts ? S_GROUPS : S_GROUPS_BARE], &DB_ARGS_INIT, &rows, reterr);
    if (err != ERR_OK)
        return err;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++) {
        decode_group(rows, i, &(*ret_rows)[i]);
        if (counts)
            decode_counts(rows, i, &(*ret_rows)[i]);
    }
    return ERR_OK;
}

err_t server_store_groups(db_t *db, group_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    return groups(db, true, ret_rows, ret_count, reterr);
}

err_t server_store_groups_bare(db_t *db, group_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    return groups(db, false, ret_rows, ret_count, reterr);
}

void server_store_groups_free(group_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        group_row_done(&rows[i]);
    free(rows);
}

/* Which constraint was violated; "" when the error is none of that kind.  The key holds the name. */
static const char *violated(const err_info_t *info)
{
    for (size_t i = 0; i < info->key_count; i++) {
        if (strcmp(info->keys[i].key, "constraint") == 0 && info->keys[i].text != NULL)
            return info->keys[i].text;
    }
    return "";
}

/* An error of another statement goes on as it is. */
static err_t pass(err_info_t *from, err_t err, err_info_t *reterr)
{
    if (reterr != NULL) {
        err_info_done(reterr);
        *reterr = *from;
        *from = ERR_INFO_INIT;
    }
    return err;
}

static err_t group_conflict(err_info_t *info, err_t err, const group_row_t *row, err_info_t *reterr)
{
    err_t code = err;
    if (strcmp(violated(info), "server_group_name_key") == 0)
        code = err_set(reterr, ERR_SG_EXISTS, "server group \"%s\" exists", row->name);
    else if (strcmp(violated(info), "server_group_replica") == 0)
        code = err_set(reterr, ERR_REPLICA_SG_EXISTS, "there is a replica server group already");
    else
        return pass(info, err, reterr);
    err_key(reterr, "sg_name", row->name);
    return code;
}

err_t server_store_group_insert(db_t *db, group_row_t *row, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, row->name);
    db_arg_text(&args, row->config_dir);
    db_arg_text(&args, row->master_address);
    db_arg_text(&args, row->master_alt_address);
    db_arg_bool(&args, row->replica);
    db_arg_texts(&args, (const char *const *)row->apex_ns, row->apex_ns_count);
    db_arg_time(&args, now);
    AUTO(db_rows) rows = NULL;
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err = db_exec(db, &s_stmts[S_GROUP_INSERT], &args, &rows, &info);
    if (err != ERR_OK)
        return group_conflict(&info, err, row, reterr);
    row->id = db_int(rows, 0, 0);
    return ERR_OK;
}

err_t server_store_group_served(db_t *db, int64_t id, bool *ret_served, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_GROUP_SERVED], &args, &rows, reterr);
    if (err == ERR_OK)
        *ret_served = db_bool(rows, 0, 0);
    return err;
}

err_t server_store_group_save(db_t *db, const group_row_t *row, err_info_t *reterr)
{
    AUTO_ARGS follow = DB_ARGS_INIT;
    db_arg_int(&follow, row->id);
    db_arg_text(&follow, row->name);
    err_t err = db_exec(db, &s_stmts[S_GROUP_DEFAULT], &follow, NULL, reterr);
    if (err != ERR_OK)
        return err;
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, row->id);
    db_arg_text(&args, row->name);
    db_arg_text(&args, row->config_dir);
    db_arg_text(&args, row->master_address);
    db_arg_text(&args, row->master_alt_address);
    db_arg_bool(&args, row->replica);
    AUTO_ERR info = ERR_INFO_INIT;
    err = db_exec(db, &s_stmts[S_GROUP_SAVE], &args, NULL, &info);
    return err == ERR_OK ? ERR_OK : group_conflict(&info, err, row, reterr);
}

err_t server_store_group_set_apex(db_t *db, int64_t id, char *const *names, size_t count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    db_arg_texts(&args, (const char *const *)names, count);
    return db_exec(db, &s_stmts[S_GROUP_APEX], &args, NULL, reterr);
}

err_t server_store_server(db_t *db, const char *name, bool lock, server_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, name);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[lock ? S_SERVER_LOCK : S_SERVER], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    if (db_rows_count(rows) == 0) {
        err_set(reterr, ERR_NO_SERVER_FOUND, "server \"%s\" not found", name);
        err_key(reterr, "server_name", name);
        return ERR_NO_SERVER_FOUND;
    }
    decode_server(rows, 0, ret_row);
    return ERR_OK;
}

err_t server_store_by_id(db_t *db, int64_t id, bool lock, server_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[lock ? S_BY_ID_LOCK : S_BY_ID], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    if (db_rows_count(rows) == 0)
        return err_set(reterr, ERR_NO_SERVER_FOUND, "server with id %lld not found", (long long)id);
    decode_server(rows, 0, ret_row);
    return ERR_OK;
}

err_t server_store_servers(db_t *db, int64_t sg_id, server_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, sg_id);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_SERVERS], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++)
        decode_server(rows, i, &(*ret_rows)[i]);
    return ERR_OK;
}

void server_store_servers_free(server_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        server_row_done(&rows[i]);
    free(rows);
}

/* Constraint errors of insert and save as the codes that front ends know. */
static err_t server_conflict(err_info_t *info, err_t err, const server_row_t *row, err_info_t *reterr)
{
    const char *constraint = violated(info);
    err_t code = err;
    if (strcmp(constraint, "server_name_key") == 0)
        code = err_set(reterr, ERR_SERVER_EXISTS, "server \"%s\" exists", row->name);
    else if (strcmp(constraint, "server_address_port_key") == 0)
        code = err_set(reterr, ERR_SERVER_ADDRESS_EXISTS, "another server has address %s and port %d", row->address, row->port);
    else if (strcmp(constraint, "server_agent_key_key") == 0)
        code = err_set(reterr, ERR_AGENT_KEY_EXISTS, "another agent has the key of server \"%s\"", row->name);
    else if (strcmp(constraint, "server_master") == 0)
        code = err_set(reterr, ERR_SERVER_SM_FAILURE, "another master server is enabled: disable it first");
    else
        return pass(info, err, reterr);
    err_key(reterr, "server_name", row->name);
    err_key(reterr, "address", row->address);
    return code;
}

err_t server_store_insert(db_t *db, server_row_t *row, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, row->name);
    db_arg_int(&args, row->sg_id);
    db_arg_text(&args, row->role);
    db_arg_text(&args, row->server_type);
    db_arg_text(&args, row->address);
    db_arg_int(&args, row->port);
    db_arg_text(&args, row->ssh_address);
    db_arg_text(&args, row->agent_key);
    db_arg_time(&args, now);
    AUTO(db_rows) rows = NULL;
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err = db_exec(db, &s_stmts[S_INSERT], &args, &rows, &info);
    if (err != ERR_OK)
        return server_conflict(&info, err, row, reterr);
    row->id = db_int(rows, 0, 0);
    return ERR_OK;
}

err_t server_store_delete(db_t *db, int64_t id, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    err_t err = db_exec(db, &s_stmts[S_DELETE_GOALS], &args, NULL, reterr);
    return err == ERR_OK ? db_exec(db, &s_stmts[S_DELETE], &args, NULL, reterr) : err;
}

err_t server_store_save(db_t *db, const server_row_t *row, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, row->id);
    db_arg_int(&args, row->sg_id);
    db_arg_text(&args, row->role);
    db_arg_text(&args, row->server_type);
    db_arg_text(&args, row->address);
    db_arg_int(&args, row->port);
    db_arg_text(&args, row->ssh_address);
    db_arg_text(&args, row->agent_key);
    db_arg_text(&args, rows_server_states[row->state]);
    db_arg_text(&args, row->retry_msg);
    db_arg_int(&args, row->config_goal);
    db_arg_int(&args, row->config_applied);
    db_arg_id(&args, row->config_command);
    db_arg_int(&args, row->config_attempts);
    db_arg_time(&args, row->config_next_send);
    db_arg_time(&args, row->connected_at);
    db_arg_time(&args, row->lost_at);
    db_arg_bool(&args, row->name_server_up);
    db_arg_text(&args, row->software);
    db_arg_time(&args, row->last_reply);
    db_arg_time(&args, now);
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err = db_exec(db, &s_stmts[S_SAVE], &args, NULL, &info);
    return err == ERR_OK ? ERR_OK : server_conflict(&info, err, row, reterr);
}

err_t server_store_rename(db_t *db, int64_t id, const char *name, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    db_arg_text(&args, name);
    db_arg_time(&args, now);
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err = db_exec(db, &s_stmts[S_RENAME], &args, NULL, &info);
    if (err == ERR_OK || strcmp(violated(&info), "server_name_key") != 0)
        return err == ERR_OK ? ERR_OK : pass(&info, err, reterr);
    err_set(reterr, ERR_SERVER_EXISTS, "server \"%s\" exists", name);
    err_key(reterr, "server_name", name);
    return ERR_SERVER_EXISTS;
}

err_t server_store_master(db_t *db, bool lock, master_row_t *ret_row, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[lock ? S_MASTER_LOCK : S_MASTER], &DB_ARGS_INIT, &rows, reterr);
    if (err != ERR_OK)
        return err;
    if (db_rows_count(rows) == 0)
        return err_set(reterr, ERR_INTERNAL, "table master has no row");
    ret_row->state = (master_state_t)state_find(rows_master_states, MASTER_STATE_COUNT, db_text(rows, 0, 0));
    ret_row->epoch = db_int(rows, 0, 1);
    ret_row->generation = db_int(rows, 0, 2);
    ret_row->hold_start = db_time(rows, 0, 3);
    ret_row->hold_stop = db_time(rows, 0, 4);
    ret_row->hold_sg = db_int(rows, 0, 5);
    return ERR_OK;
}

err_t server_store_master_save(db_t *db, const master_row_t *row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, rows_master_states[row->state]);
    db_arg_int(&args, row->epoch);
    db_arg_int(&args, row->generation);
    db_arg_time(&args, row->hold_start);
    db_arg_time(&args, row->hold_stop);
    db_arg_int(&args, row->hold_sg);
    return db_exec(db, &s_stmts[S_MASTER_SAVE], &args, NULL, reterr);
}

err_t server_store_command_id(db_t *db, int64_t *ret_id, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_COMMAND], &DB_ARGS_INIT, &rows, reterr);
    if (err == ERR_OK)
        *ret_id = db_int(rows, 0, 0);
    return err;
}
