#include "controller/store/login_store.h"
#include <stdlib.h>

#define IN(networks, address) "(" networks " is null or coalesce(" address "::inet <<= any(" networks "), false))"
#define COLUMNS(address)                                                                                               \
    "f.id, f.uri, f.role, f.sectag_id, coalesce((select label from sectag g where g.id = f.sectag_id), 'Admin'), f.enabled, f.methods,"    \
    " " IN("f.networks", address) " and " IN("a.networks", address) ", a.id, a.login, a.password_hash, a.enabled"
#define NO_TOKEN                                                                                                       \
    ", null::bigint, false, false, null::text, null::timestamptz, null::timestamptz, null::timestamptz, false, null::text, false, null::text[]," \
    " null::text[], null::text[], null::text[]"
#define TYPES                                                                                                          \
    "bigint,text,text,bigint,text,boolean,text[],boolean,bigint,text,text,boolean,bigint,boolean,boolean,text,timestamptz,timestamptz,"     \
    "timestamptz,boolean,text,boolean,text[],text[],text[],text[]"

enum { S_LOGIN, S_TOKEN, S_CERTIFICATE, S_USED };
static const db_stmt_t s_login[] = {
    [S_LOGIN] = {"login_by_login",
                 "select " COLUMNS("$3") NO_TOKEN " from front_end f left join account a on a.front_end_id = f.id and a.login = $2"
                 " where f.uri = $1",
                 "text,text,inet", TYPES},
    [S_TOKEN] = {"login_by_token",
                 "select " COLUMNS("$3") ", t.id, a.front_end_id = f.id, " IN("t.networks", "$3") ", t.hash, t.expires, t.revoked_at,"
                 " t.last_used_at, t.scoped, t.public_id, t.read_only, t.methods, array(select z.pattern from token_zone z where z.token_id ="
                 " t.id order by z.pattern), t.names, t.types from front_end f left join (token t join account a on a.id = t.account_id)"
                 " on t.public_id = $2 where f.uri = $1",
                 "text,text,inet", TYPES},
    [S_CERTIFICATE] = {"login_by_certificate",
                       "select " COLUMNS("$4") NO_TOKEN " from front_end f left join account a on a.id = (select c.account_id from certificate c"
                       " where c.front_end_id = f.id and (c.fingerprint = $2 or c.subject = $3) order by c.fingerprint nulls last limit 1)"
                       " where f.uri = $1",
                       "text,text,text,inet", TYPES},
    [S_USED] = {"login_token_used",
                "update token set last_used_at = $2, last_address = $3 where id = $1 and (last_used_at is null or last_used_at <"
                " $2::timestamptz - interval '1 minute')",
                "bigint,timestamptz,inet", ""},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_login, ARRAY_SIZE(s_login));
}

void login_row_done(login_row_t *row)
{
    front_end_row_done(&row->front_end);
    free(row->login);
    free(row->password_hash);
    free(row->token_hash);
    scope_done(&row->scope);
    *row = (login_row_t){0};
}

static void list(const db_rows_t *rows, int column, scope_list_t *ret_list)
{
    ret_list->count = db_text_array(rows, 0, column, &ret_list->items);
}

static void decode(const db_rows_t *rows, login_row_t *ret)
{
    int c = 8;
    account_store_decode_front_end(rows, 0, &ret->front_end);
    ret->address_ok = db_bool(rows, 0, 7);
    ret->account_id = db_int(rows, 0, c++);
    ret->login = db_dup(rows, 0, c++);
    ret->password_hash = db_dup(rows, 0, c++);
    ret->account_enabled = db_bool(rows, 0, c++);
    ret->token_id = db_int(rows, 0, c++);
    ret->token_here = db_bool(rows, 0, c++);
    ret->token_address_ok = db_bool(rows, 0, c++);
    ret->token_hash = db_dup(rows, 0, c++);
    ret->expires = db_time(rows, 0, c++);
    ret->revoked_at = db_time(rows, 0, c++);
    ret->last_used_at = db_time(rows, 0, c++);
    ret->scoped = db_bool(rows, 0, c++);
    scope_t *scope = &ret->scope;
    scope->token = db_dup(rows, 0, c++);
    scope->read_only = db_bool(rows, 0, c++);
    list(rows, c++, &scope->methods);
    list(rows, c++, &scope->zones);
    list(rows, c++, &scope->names);
    list(rows, c, &scope->types);
    scope->front_end_methods = (scope_list_t){ret->front_end.methods, ret->front_end.method_count};
    ret->front_end.methods = NULL;
    ret->front_end.method_count = 0;
    scope->account_id = ret->account_id;
    scope->tag_id = ret->front_end.sectag_id;
}

/* Takes args; the first one is the URI. */
static err_t find(db_t *db, int statement, const db_args_t *args, login_row_t *ret_row, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_login[statement], args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    if (db_rows_count(rows) == 0)
        return account_store_no_front_end(args->values[0], reterr);
    *ret_row = (login_row_t){0};
    decode(rows, ret_row);
    return ERR_OK;
}

static void arg_address(db_args_t *args, const char *address)
{
    db_arg_text(args, address != NULL && address[0] != '\0' ? address : NULL);
}

err_t login_store_by_login(db_t *db, const char *uri, const char *login, const char *address, login_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, uri);
    db_arg_text(&args, login);
    arg_address(&args, address);
    return find(db, S_LOGIN, &args, ret_row, reterr);
}

err_t login_store_by_token(db_t *db, const char *uri, const char *public_id, const char *address, login_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, uri);
    db_arg_text(&args, public_id);
    arg_address(&args, address);
    return find(db, S_TOKEN, &args, ret_row, reterr);
}

err_t login_store_by_certificate(db_t *db, const char *uri, const char *fingerprint, const char *subject, const char *address,
                                 login_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, uri);
    db_arg_text(&args, fingerprint);
    db_arg_text(&args, subject);
    arg_address(&args, address);
    return find(db, S_CERTIFICATE, &args, ret_row, reterr);
}

err_t login_store_used(db_t *db, int64_t token_id, const char *address, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, token_id);
    db_arg_time(&args, now);
    arg_address(&args, address);
    return db_exec(db, &s_login[S_USED], &args, NULL, reterr);
}
