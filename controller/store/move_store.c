#include "controller/store/move_store.h"
#include <stdlib.h>
#include <string.h>

#define X(s) #s,
const char *const move_store_states[MOVE_STATE_COUNT] = {MOVE_STATES(X)};
#undef X

#define COLUMNS                                                                                                        \
    "m.id, m.zone_id, m.from_sg_id, m.to_sg_id, (select z.name from zone z where z.id = m.zone_id),"                   \
    " (select g.name from server_group g where g.id = m.from_sg_id), (select g.name from server_group g where g.id = m.to_sg_id)," \
    " m.state, m.alt_before, m.ttl_wait, m.ttl_old, m.serial, m.since, m.until, m.message, m.change_id, m.started_by, m.started, m.ended"
#define COLUMN_TYPES                                                                                                   \
    "bigint,bigint,bigint,bigint,text,text,text,text,boolean,bigint,bigint,bigint,timestamptz,timestamptz,text,bigint,text,timestamptz," \
    "timestamptz"
#define WHY                                                                                                            \
    "s.name || case when s.connected_at is null then ' (its agent is not connected)' else coalesce(' (' || g.evidence || ')', '') end"

enum { S_INSERT, S_SAVE, S_OPEN, S_NEWEST, S_LIST, S_BEHIND, S_LEFT, S_SERVERS, S_NS_TTL };
static const db_stmt_t s_stmts[] = {
    [S_INSERT] = {"move_insert",
                  "insert into zone_move (zone_id, from_sg_id, to_sg_id, state, alt_before, ttl_wait, since, change_id, started_by, started)"
                  " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $7) returning id",
                  "bigint,bigint,bigint,text,boolean,bigint,timestamptz,bigint,text", "bigint"},
    [S_SAVE] = {"move_save",
                "update zone_move set state = $2, ttl_old = $3, serial = $4, since = $5, until = $6, message = $7, ended = $8 where id = $1",
                "bigint,text,bigint,bigint,timestamptz,timestamptz,text,timestamptz", ""},
    [S_OPEN] = {"move_open", "select " COLUMNS " from zone_move m where m.zone_id = $1 and m.ended is null", "bigint", COLUMN_TYPES},
    [S_NEWEST] = {"move_newest", "select " COLUMNS " from zone_move m where m.zone_id = $1 order by m.id desc limit 1", "bigint", COLUMN_TYPES},
    /* Open ones are few and have an index of their own. */
    [S_LIST] = {"move_list",
                "with m as (select * from zone_move m where m.ended is null union all select * from zone_move m where $2 and m.ended is not null"
                " and ($4::bigint = 0 or m.id < $4)) select " COLUMNS " from m where ($4::bigint = 0 or m.id < $4) and ($1::bigint is null or exists"
                " (select from zone_seen t where t.zone_id = m.zone_id and t.sectag_id = $1)) and ($3::text is null or exists"
                " (select from server_group g where g.name = $3 and g.id in (m.from_sg_id, m.to_sg_id))) order by m.id desc limit $5",
                "bigint,boolean,text,bigint,bigint", COLUMN_TYPES},
    [S_BEHIND] = {"move_behind",
                  "select count(*) over (), " WHY " from zone z join server s on s.role <> 'master' and s.state <> 'DISABLED' and"
                  " case when $2::bigint is null then s.sg_id = z.sg_id or s.sg_id = z.alt_sg_id or s.sg_id in (select id from server_group where replica)"
                  " else s.sg_id = $2 end left join zone_server g on g.zone_id = z.id and g.server_id = s.id where z.id = $1 and not"
                  " coalesce(g.goal = 'serve' and (serial_ge(g.live_serial, $3) and serial_ge(z.soa_serial, g.live_serial) or g.behind_since is null and g.goal_serial = z.soa_serial), false)"
                  " order by s.name limit 1",
                  "bigint,bigint,bigint", "bigint,text"},
    [S_LEFT] = {"move_left",
                "select count(*) over (), " WHY " from zone_server g join server s on s.id = g.server_id where g.zone_id = $1 and s.sg_id = $2"
                " and s.role <> 'master' and s.state <> 'DISABLED' and not exists (select from server_group r where r.id = s.sg_id and r.replica)"
                " order by s.name limit 1",
                "bigint,bigint", "bigint,text"},
    [S_SERVERS] = {"move_servers", "select count(*) from server where sg_id = $1 and role <> 'master' and state <> 'DISABLED'", "bigint",
                   "bigint"},
    [S_NS_TTL] = {"move_ns_ttl", "select max(ttl) from rr where zone_id = $1 and label = '@' and type = 2 and until is null", "bigint", "bigint"},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

void move_row_done(move_row_t *row)
{
    free(row->zone_name);
    free(row->from_sg);
    free(row->to_sg);
    free(row->message);
    free(row->started_by);
    *row = (move_row_t){0};
}

void move_store_rows_free(move_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        move_row_done(&rows[i]);
    free(rows);
}

static void decode(const db_rows_t *rows, size_t i, move_row_t *ret)
{
    int c = 0;
    ret->id = db_int(rows, i, c++);
    ret->zone_id = db_int(rows, i, c++);
    ret->from_sg_id = db_int(rows, i, c++);
    ret->to_sg_id = db_int(rows, i, c++);
    ret->zone_name = db_dup(rows, i, c++);
    ret->from_sg = db_dup(rows, i, c++);
    ret->to_sg = db_dup(rows, i, c++);
    const char *state = db_text(rows, i, c++);
    for (int s = 0; s < MOVE_STATE_COUNT; s++)
        ret->state = strcmp(move_store_states[s], state) == 0 ? (move_state_t)s : ret->state;
    ret->alt_before = db_bool(rows, i, c++);
    ret->ttl_wait = db_null(rows, i, c) ? -1 : db_int(rows, i, c);
    c++;
    ret->ttl_old = db_int(rows, i, c++);
    ret->serial = (uint32_t)db_int(rows, i, c++);
    ret->since = db_time(rows, i, c++);
    ret->until = db_time(rows, i, c++);
    ret->message = db_dup(rows, i, c++);
    ret->change_id = db_int(rows, i, c++);
    ret->started_by = db_dup(rows, i, c++);
    ret->started = db_time(rows, i, c++);
    ret->ended = db_time(rows, i, c);
}

err_t move_store_insert(db_t *db, move_row_t *row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, row->zone_id);
    db_arg_int(&args, row->from_sg_id);
    db_arg_int(&args, row->to_sg_id);
    db_arg_text(&args, move_store_states[row->state]);
    db_arg_bool(&args, row->alt_before);
    db_arg_int_null(&args, row->ttl_wait >= 0, row->ttl_wait);
    db_arg_time(&args, row->started);
    db_arg_int(&args, row->change_id);
    db_arg_text(&args, row->started_by);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_INSERT], &args, &rows, reterr);
    if (e == ERR_OK)
        row->id = db_int(rows, 0, 0);
    return e;
}

err_t move_store_save(db_t *db, const move_row_t *row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, row->id);
    db_arg_text(&args, move_store_states[row->state]);
    db_arg_int(&args, row->ttl_old);
    db_arg_id(&args, row->serial);
    db_arg_time(&args, row->since);
    db_arg_time(&args, row->until);
    db_arg_text(&args, row->message);
    db_arg_time(&args, row->ended);
    return db_exec(db, &s_stmts[S_SAVE], &args, NULL, reterr);
}

err_t move_store_open(db_t *db, int64_t zone_id, move_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_OPEN], &args, &rows, reterr);
    if (e == ERR_OK && db_rows_count(rows) > 0)
        decode(rows, 0, ret_row);
    return e;
}

err_t move_store_newest(db_t *db, const zone_row_t *zone, move_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone->id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_NEWEST], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    if (db_rows_count(rows) == 0) {
        err_set(reterr, ERR_NO_ZONE_MOVE_FOUND, "zone \"%s\" was not moved to another server group", zone->name);
        err_key(reterr, "name", zone->name);
        return ERR_NO_ZONE_MOVE_FOUND;
    }
    decode(rows, 0, ret_row);
    return ERR_OK;
}

err_t move_store_list(db_t *db, const caller_t *who, bool ended, const char *sg_name, int64_t before, int64_t limit, move_row_t **ret_rows,
                      size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_id(&args, who->sectag_id);
    db_arg_bool(&args, ended);
    db_arg_text(&args, sg_name);
    db_arg_int(&args, before);
    db_arg_int(&args, limit);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_LIST], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++)
        decode(rows, i, &(*ret_rows)[i]);
    return ERR_OK;
}

static err_t servers(db_t *db, int stmt, const db_args_t *args, int64_t *ret_count, char **ret_server, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[stmt], args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    bool some = db_rows_count(rows) > 0;
    *ret_count = some ? db_int(rows, 0, 0) : 0;
    *ret_server = some ? db_dup(rows, 0, 1) : NULL;
    return ERR_OK;
}

err_t move_store_behind(db_t *db, int64_t zone_id, int64_t sg_id, uint32_t serial, int64_t *ret_count, char **ret_server, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_id(&args, sg_id);
    db_arg_int(&args, serial);
    return servers(db, S_BEHIND, &args, ret_count, ret_server, reterr);
}

err_t move_store_left(db_t *db, int64_t zone_id, int64_t sg_id, int64_t *ret_count, char **ret_server, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, sg_id);
    return servers(db, S_LEFT, &args, ret_count, ret_server, reterr);
}

static err_t number(db_t *db, int stmt, int64_t id, int64_t *ret_number, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[stmt], &args, &rows, reterr);
    if (e == ERR_OK)
        *ret_number = db_int(rows, 0, 0);
    return e;
}

err_t move_store_servers(db_t *db, int64_t sg_id, int64_t *ret_count, err_info_t *reterr)
{
    return number(db, S_SERVERS, sg_id, ret_count, reterr);
}

err_t move_store_ns_ttl(db_t *db, int64_t zone_id, int64_t *ret_ttl, err_info_t *reterr)
{
    return number(db, S_NS_TTL, zone_id, ret_ttl, reterr);
}
