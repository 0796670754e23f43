#include "controller/store/request_store.h"
#include <stdlib.h>
#include <string.h>

enum { S_BEGIN, S_FIND, S_FINISH };
static const db_stmt_t s_stmts[] = {
    [S_BEGIN] = {"request_begin",
                 "insert into request (front_end, login, key, method, digest, at) values ($1, $2, $3, $4, $5, $6)"
                 " on conflict (front_end, login, key) do nothing returning id",
                 "text,text,text,text,text,timestamptz", "bigint"},
    [S_FIND] = {"request_find", "select id, method, digest, result from request where front_end = $1 and login = $2 and key = $3",
                "text,text,text", "bigint,text,text,text"},
    [S_FINISH] = {"request_finish", "update request set result = $2 where id = $1", "bigint,text", ""},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

void request_row_done(request_row_t *row)
{
    free(row->method);
    free(row->digest);
    free(row->result);
    *row = (request_row_t){0};
}

/* A token may be limited to less than its account, so it is given no results but its own.  Caller frees. */
static char *owner_of(const caller_t *who)
{
    const char *login = who->login != NULL ? who->login : "", *token = who->scope != NULL ? who->scope->token : NULL;
    return token != NULL ? auto_printf("%s (token %s)", login, token) : auto_strdup(login);
}

static void arg_key(db_args_t *args, const caller_t *who, const char *owner, const char *key)
{
    db_arg_text(args, who->front_end != NULL ? who->front_end : "");
    db_arg_text(args, owner);
    db_arg_text(args, key);
}

static err_t find(db_t *db, const caller_t *who, const char *key, request_row_t *ret_found, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    AUTO_FREE char *owner = owner_of(who);
    arg_key(&args, who, owner, key);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_FIND], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    if (db_rows_count(rows) == 0) /* removed since the insert met it: begin again */
        return err_set(reterr, ERR_CONFLICT, "request with idempotency key \"%s\" has just been removed", key);
    *ret_found = (request_row_t){db_int(rows, 0, 0), db_dup(rows, 0, 1), db_dup(rows, 0, 2), db_dup(rows, 0, 3)};
    return ERR_OK;
}

err_t request_store_begin(db_t *db, const caller_t *who, const char *key, const char *method, const char *digest, wall_t now, int64_t *ret_id,
                          request_row_t *ret_found, err_info_t *reterr)
{
    static const char LOCK_TIMEOUT[] = "55P03";
    AUTO_ARGS args = DB_ARGS_INIT;
    AUTO_FREE char *owner = owner_of(who);
    arg_key(&args, who, owner, key);
    db_arg_text(&args, method);
    db_arg_text(&args, digest);
    db_arg_time(&args, now);
    AUTO(db_rows) rows = NULL;
    AUTO_ERR why = ERR_INFO_INIT;
    err_t e = db_exec(db, &s_stmts[S_BEGIN], &args, &rows, &why);
    if (e == ERR_CONFLICT && strcmp(why.sqlstate, LOCK_TIMEOUT) == 0) {
        err_set(reterr, ERR_IDEMPOTENCY_KEY_IN_PROGRESS, "request with idempotency key \"%s\" is still under way", key);
        err_hint(reterr, "send it again later");
        err_key(reterr, "idempotency_key", key);
        return ERR_IDEMPOTENCY_KEY_IN_PROGRESS;
    }
    if (e != ERR_OK)
        return err_set(reterr, e, "%s", err_message(&why));
    if (db_rows_count(rows) == 0)
        return find(db, who, key, ret_found, reterr);
    *ret_id = db_int(rows, 0, 0);
    return ERR_OK;
}

err_t request_store_finish(db_t *db, int64_t id, const char *result, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    db_arg_text(&args, result);
    return db_exec(db, &s_stmts[S_FINISH], &args, NULL, reterr);
}
