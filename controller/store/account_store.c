#include "controller/store/account_store.h"
#include <stdlib.h>
#include <string.h>

#define FRONT_END                                                                                                      \
    "f.id, f.uri, f.role, f.sectag_id, coalesce((select label from sectag t where t.id = f.sectag_id), 'Admin'), f.enabled, f.methods,"    \
    " f.networks::text[]"
#define FRONT_END_TYPES "bigint,text,text,bigint,text,boolean,text[],text[]"
enum { S_FRONT_END, S_SET, S_FRONT_ENDS, S_INSERT, S_CHANGE, S_DROP, S_FIND, S_LIMIT, S_LIST, S_DELETE };
static const db_stmt_t s_account[] = {
    [S_FRONT_END] = {"account_front_end", "select " FRONT_END " from front_end f where f.uri = $1", "text", FRONT_END_TYPES},
    [S_SET] =
        {"account_set",
         "insert into account (front_end_id, login, password_hash, ctime) values ($1, $2, $3, $4) on conflict"
         " (front_end_id, login) do update set password_hash = excluded.password_hash, enabled = true",
         "bigint,text,text,timestamptz", ""},
    [S_FRONT_ENDS] = {"account_front_ends", "select " FRONT_END " from front_end f order by f.uri", "", FRONT_END_TYPES},
    /* No row when the tag is not defined; the difference to one that is there is asked for by the error alone. */
    [S_INSERT] = {"account_front_end_insert",
                  "insert into front_end (uri, role, sectag_id, methods, networks) select $1, $2, t.id, nullif($4::text[], '{}'),"
                  " nullif($5::text[]::cidr[], '{}') from (select null::bigint as id where $3::text is null union all select id from"
                  " sectag where label = $3) t returning id",
                  "text,text,text,text[],text[]", "bigint"},
    /* Null: stays as it is; an empty array: no limit. */
    [S_CHANGE] = {"account_front_end_change",
                  "update front_end set role = coalesce($2, role), sectag_id = case when $3::text is null then sectag_id else (select id from"
                  " sectag where label = $3) end, methods = case when $4::text[] is null then methods else nullif($4, '{}') end, networks ="
                  " case when $5::text[] is null then networks else nullif($5::cidr[], '{}') end, enabled = coalesce($6, enabled)"
                  " where uri = $1 and ($3::text is null or $3 = 'Admin' or exists (select from sectag where label = $3)) returning id",
                  "text,text,text,text[],text[],boolean", "bigint"},
    [S_DROP] = {"account_front_end_delete", "delete from front_end where uri = $1 returning id", "text", "bigint"},
    [S_FIND] = {"account_find",
                "select a.id, a.front_end_id from account a join front_end f on f.id = a.front_end_id where f.uri = $1 and a.login = $2",
                "text,text", "bigint,bigint"},
    [S_LIMIT] = {"account_limit",
                 "update account set enabled = coalesce($2, enabled), networks = case when $3::text[] is null then networks else"
                 " nullif($3::cidr[], '{}') end where id = $1",
                 "bigint,boolean,text[]", ""},
    [S_LIST] = {"account_list",
                "select f.uri, a.login, a.enabled, a.networks::text[], a.ctime from account a join front_end f on f.id = a.front_end_id where"
                " ($1::text is null or f.uri = $1) order by f.uri, a.login",
                "text", "text,text,boolean,text[],timestamptz"},
    [S_DELETE] = {"account_delete",
                  "delete from account a using front_end f where f.id = a.front_end_id and f.uri = $1 and a.login = $2"
                  " returning a.id",
                  "text,text", "bigint"},
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
    rows_texts_free(row->methods, row->method_count);
    rows_texts_free(row->networks, row->network_count);
    *row = (front_end_row_t){0};
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

/* Its first seven columns: what a login needs. */
void account_store_decode_front_end(const db_rows_t *rows, size_t i, front_end_row_t *ret)
{
    *ret = (front_end_row_t){.id = db_int(rows, i, 0),
                             .uri = db_dup(rows, i, 1),
                             .role_name = db_dup(rows, i, 2),
                             .role = role_of(db_text(rows, i, 2)),
                             .sectag_id = db_int(rows, i, 3),
                             .sectag = db_dup(rows, i, 4),
                             .enabled = db_bool(rows, i, 5)};
    ret->method_count = db_text_array(rows, i, 6, &ret->methods);
}

static void decode(const db_rows_t *rows, size_t i, front_end_row_t *ret)
{
    account_store_decode_front_end(rows, i, ret);
    ret->network_count = db_text_array(rows, i, 7, &ret->networks);
}

err_t account_store_no_front_end(const char *uri, err_info_t *reterr)
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
        return account_store_no_front_end(uri, reterr);
    decode(rows, 0, ret_row);
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

/* ---- administration */

static err_t refuse(err_t code, const char *key, const char *value, const char *message, err_info_t *reterr)
{
    err_set(reterr, code, "%s: \"%s\"", message, value);
    err_key(reterr, key, value);
    return code;
}

err_t account_store_front_ends(db_t *db, front_end_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_account[S_FRONT_ENDS], NULL, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++)
        decode(rows, i, &(*ret_rows)[i]);
    return ERR_OK;
}

void account_store_front_ends_free(front_end_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        front_end_row_done(&rows[i]);
    free(rows);
}

static err_t no_tag(const char *sectag, err_info_t *reterr)
{
    return refuse(ERR_ZONE_SEC_TAG_CONFIG, "sectag_label", sectag, "security tag of the front end is not defined", reterr);
}

static void arg_list(db_args_t *args, const front_end_list_t *list)
{
    if (list->given)
        db_arg_texts(args, list->items, list->count);
    else
        db_arg_text(args, NULL);
}

static void arg_flag(db_args_t *args, int flag) { db_arg_text(args, flag < 0 ? NULL : flag > 0 ? "true" : "false"); }

err_t account_store_front_end_insert(db_t *db, const char *uri, const front_end_change_t *in, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, uri);
    db_arg_text(&args, in->role);
    db_arg_text(&args, in->sectag != NULL && strcmp(in->sectag, "Admin") == 0 ? NULL : in->sectag);
    arg_list(&args, &in->methods);
    arg_list(&args, &in->networks);
    AUTO(db_rows) rows = NULL;
    AUTO_ERR err = ERR_INFO_INIT;
    err_t e = db_exec(db, &s_account[S_INSERT], &args, &rows, &err);
    if (e != ERR_OK && strcmp(err.sqlstate, "23505") == 0)
        return refuse(ERR_FRONT_END_EXISTS, "uri", uri, "front end exists", reterr);
    if (e != ERR_OK)
        return err_set(reterr, e, "%s", err_message(&err));
    return db_rows_count(rows) > 0 ? ERR_OK : no_tag(in->sectag, reterr);
}

static err_t not_found(const char *uri, err_info_t *reterr)
{
    return refuse(ERR_NO_FRONT_END_FOUND, "uri", uri, "there is no front end", reterr);
}

err_t account_store_front_end_change(db_t *db, const char *uri, const front_end_change_t *in, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, uri);
    db_arg_text(&args, in->role);
    db_arg_text(&args, in->sectag);
    arg_list(&args, &in->methods);
    arg_list(&args, &in->networks);
    arg_flag(&args, in->enabled);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_account[S_CHANGE], &args, &rows, reterr);
    if (e != ERR_OK || db_rows_count(rows) > 0)
        return e;
    front_end_row_t row = {0};
    e = account_store_front_end(db, uri, &row, reterr);
    front_end_row_done(&row);
    return e == ERR_FORBIDDEN ? not_found(uri, reterr) : e != ERR_OK ? e : no_tag(in->sectag, reterr);
}

err_t account_store_front_end_delete(db_t *db, const char *uri, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, uri);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_account[S_DROP], &args, &rows, reterr);
    if (e != ERR_OK || db_rows_count(rows) > 0)
        return e;
    return not_found(uri, reterr);
}

err_t account_store_list(db_t *db, const char *uri, account_listed_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, uri);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_account[S_LIST], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++) {
        account_listed_t *row = &(*ret_rows)[i];
        *row = (account_listed_t){.uri = db_dup(rows, i, 0),
                                  .login = db_dup(rows, i, 1),
                                  .enabled = db_bool(rows, i, 2),
                                  .ctime = db_time(rows, i, 4)};
        row->network_count = db_text_array(rows, i, 3, &row->networks);
    }
    return ERR_OK;
}

void account_store_listed_free(account_listed_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(rows[i].uri);
        free(rows[i].login);
        rows_texts_free(rows[i].networks, rows[i].network_count);
    }
    free(rows);
}

static err_t no_account(const char *uri, const char *login, err_info_t *reterr)
{
    err_set(reterr, ERR_NO_ACCOUNT_FOUND, "front end \"%s\" has no account \"%s\"", uri, login);
    err_key(reterr, "uri", uri);
    err_key(reterr, "login", login);
    return ERR_NO_ACCOUNT_FOUND;
}

err_t account_store_delete(db_t *db, const char *uri, const char *login, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, uri);
    db_arg_text(&args, login);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_account[S_DELETE], &args, &rows, reterr);
    return e != ERR_OK || db_rows_count(rows) > 0 ? e : no_account(uri, login, reterr);
}

err_t account_store_find(db_t *db, const char *uri, const char *login, int64_t *ret_id, int64_t *ret_front_end_id, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, uri);
    db_arg_text(&args, login);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_account[S_FIND], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    if (db_rows_count(rows) == 0)
        return no_account(uri, login, reterr);
    *ret_id = db_int(rows, 0, 0);
    *ret_front_end_id = db_int(rows, 0, 1);
    return ERR_OK;
}

err_t account_store_limit(db_t *db, int64_t account_id, int enabled, const front_end_list_t *networks, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, account_id);
    arg_flag(&args, enabled);
    arg_list(&args, networks);
    return db_exec(db, &s_account[S_LIMIT], &args, NULL, reterr);
}
