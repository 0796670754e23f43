#include "controller/store/instance_store.h"

enum { S_LOCK, S_HOLDER };
static const int64_t LOCK_KEY = 4476802; /* migrations use the next number */
static const db_stmt_t s_stmts[] = {
    [S_LOCK] = {"instance_lock", "select pg_try_advisory_lock($1)", "bigint", "boolean"},
    [S_HOLDER] = {"instance_holder",
                  "select coalesce(host(a.client_addr), 'this host'), a.pid, a.backend_start from pg_locks l join "
                  "pg_stat_activity a using (pid)"
                  " where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.objid = $1 and l.classid = 0 "
                  "and l.database ="
                  " (select oid from pg_database where datname = current_database())",
                  "oid", "text,integer,timestamptz"},
};

__attribute__((constructor)) static void register_statements(void) { db_register(s_stmts, ARRAY_SIZE(s_stmts)); }

static err_t refuse(db_t *db, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    AUTO(db_rows) rows = NULL;
    db_arg_int(&args, LOCK_KEY);
    char since[WALL_TEXT] = "?";
    err_t err = db_exec(db, &s_stmts[S_HOLDER], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    bool known = db_rows_count(rows) > 0;
    if (known && !db_null(rows, 0, 2))
        wall_text(db_time(rows, 0, 2), since);
    err_set(reterr, ERR_REFUSED, "another controller works with this database: session from %s since %s",
            known ? db_text(rows, 0, 0) : "?", since);
    err_hint(reterr, "stop it first; the lock ends with its database session");
    return ERR_REFUSED;
}

err_t instance_store_lock(db_t *db, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    AUTO(db_rows) rows = NULL;
    db_arg_int(&args, LOCK_KEY);
    err_t err = db_exec(db, &s_stmts[S_LOCK], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    return db_rows_count(rows) == 1 && db_bool(rows, 0, 0) ? ERR_OK : refuse(db, reterr);
}
