#include "controller/store/account_store.h"
#include <stdlib.h>
#include <string.h>

#define FRONT_END                                                                                                      \
    "f.id, f.uri, f.role, f.sectag_id, coalesce((select label from sectag t where t.id = f.sectag_id), 'Admin')"
enum { S_FRONT_END, S_LOGIN, S_SET };
static const db_stmt_t s_account[] = {
    [S_FRONT_END] = {"account_front_end", "select " FRONT_END " from front_end f where f.uri = $1", "text",
                     "bigint,text,text,bigint,text"},
    [S_LOGIN] = {"account_login",
                 "select " FRONT_END ", a.id, a.login, a.password_hash, a.enabled from front_end f"
                 " left join account a on a.front_end_id = f.id and a.login = $2 where f.uri = $1",
                 "text,text", "bigint,text,text,bigint,text,bigint,text,text,boolean"},
    [S_SET] =
        {"account_set",
         "insert into account (front_end_id, login, password_hash, ctime) values ($1, $2, $3, $4) on conflict"
         " (front_end_id, login) do update set password_hash = excluded.password_hash, enabled = true",
         "bigint,text,text,timestamptz", ""},
};

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_account, ARRAY_SIZE(s_account));
}

void front_end_row_done(front_end_row_t *row)
{
    free(row->uri);
    free(row->role_name);
    free(row->sectag);
    *row = (front_end_row_t){0};
}

void account_row_done(account_row_t *row)
{
    free(row->login);
    free(row->password_hash);
    *row = (account_row_t){0};
}

static caller_role_t role_of(const char *name)
{
    static const char *const names[] = {
        [ROLE_ADMIN] = "admin",   [ROLE_HELPDESK] = "helpdesk",   [ROLE_VALUE_RESELLER] = "value_reseller",
        [ROLE_HOSTED] = "hosted", [ROLE_LIST_ZONE] = "list_zone",
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(names[i], name) == 0)
            return (caller_role_t)i;
    }
    return ROLE_LIST_ZONE; /* the table's check forbids others; the least right is the safe answer */
}

static void decode(const db_rows_t *rows, front_end_row_t *ret)
{
    *ret = (front_end_row_t){.id = db_int(rows, 0, 0),
                             .uri = db_dup(rows, 0, 1),
                             .role_name = db_dup(rows, 0, 2),
                             .role = role_of(db_text(rows, 0, 2)),
                             .sectag_id = db_int(rows, 0, 3),
                             .sectag = db_dup(rows, 0, 4)};
}

static err_t no_front_end(const char *uri, err_info_t *reterr)
{
    return err_set(reterr, ERR_FORBIDDEN, "no front end at \"%.100s\"", uri);
}

err_t account_store_front_end(db_t *db, const char *uri, front_end_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, uri);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_account[S_FRONT_END], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    if (db_rows_count(rows) == 0)
        return no_front_end(uri, reterr);
    decode(rows, ret_row);
    return ERR_OK;
}

err_t account_store_login(db_t *db, const char *uri, const char *login, front_end_row_t *ret_front_end,
                          account_row_t *ret_account, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, uri);
    db_arg_text(&args, login);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_account[S_LOGIN], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    if (db_rows_count(rows) == 0)
        return no_front_end(uri, reterr);
    decode(rows, ret_front_end);
    *ret_account = (account_row_t){db_int(rows, 0, 5), db_dup(rows, 0, 6), db_dup(rows, 0, 7), db_bool(rows, 0, 8)};
    return ERR_OK;
}

err_t account_store_set(db_t *db, int64_t front_end_id, const char *login, const char *password_hash, wall_t now,
                        err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, front_end_id);
    db_arg_text(&args, login);
    db_arg_text(&args, password_hash);
    db_arg_time(&args, now);
    return db_exec(db, &s_account[S_SET], &args, NULL, reterr);
}
