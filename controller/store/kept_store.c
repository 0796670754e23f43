#include "controller/store/kept_store.h"
#include <inttypes.h>
#include <stdlib.h>

/* An administrator of all zones ($1), or the author, while he may see the zone ($5) or there is none. */
#define MAY_SEE                                                                                                        \
    "k.error_code is not null and ($1 or (k.front_end = $2 and k.login = $3 and coalesce(k.token, '') = coalesce($4, '')" \
    " and ($5::bigint is null or k.zone_id is null or exists (select from zone_seen t where t.zone_id = k.zone_id and t.sectag_id = $5))))"
#define COLUMNS "k.id, k.change_id, k.name, k.front_end, k.login, k.method, k.at, octet_length(k.contents)::bigint, k.error_code, k.message"
#define TYPES "bigint,bigint,text,text,text,text,timestamptz,bigint,integer,text"

enum { S_INSERT, S_TRIM, S_DELETE, S_REFUSE, S_LIST_ALL, S_LIST_OWN, S_GET };
static const db_stmt_t s_stmts[] = {
    /* A zone that the author may not see is none, here too: else his list would tell it from one that is not there. */
    [S_INSERT] = {"kept_insert",
                  "insert into kept_text (change_id, zone_id, name, front_end, login, token, method, at, contents, error_code, message) values ($1,"
                  " (select z.id from zone z where z.name = $2 and z.state <> 'DELETED' and ($11::bigint is null or exists (select from zone_seen t"
                  " where t.zone_id = z.id and t.sectag_id = $11))), $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id",
                  "bigint,text,text,text,text,text,timestamptz,text,integer,text,bigint", "bigint"},
    /* Somebody who tries again and again keeps one. */
    [S_TRIM] = {"kept_trim",
                "delete from kept_text k using (select id, row_number() over w as place, sum(octet_length(contents)) over w as bytes, row_number()"
                " over (partition by name, method, md5(contents) order by id desc) as twin from kept_text where front_end = $1 and login = $2 and"
                " error_code is not null and coalesce(token, '') = coalesce($3, '') window w as (order by id desc)) o where k.id = o.id and"
                " (o.place > $4 or (o.place > 1 and o.bytes > $5) or o.twin > 1)",
                "text,text,text,bigint,bigint", ""},
    [S_DELETE] = {"kept_delete", "delete from kept_text where change_id = $1", "bigint", ""},
    [S_REFUSE] = {"kept_refuse", "update kept_text set at = $2, error_code = $3, message = $4 where change_id = $1",
                  "bigint,timestamptz,integer,text", ""},
    [S_LIST_ALL] = {"kept_list_all",
                    "select " COLUMNS " from kept_text k where k.error_code is not null and ($1::text is null or k.name = $1) and ($2::bigint is"
                    " null or k.id < $2) order by k.id desc limit $3",
                    "text,bigint,bigint", TYPES},
    [S_LIST_OWN] = {"kept_list_own",
                    "select " COLUMNS " from kept_text k where " MAY_SEE " and k.front_end = $2 and k.login = $3 and ($6::text is null or k.name ="
                    " $6) and ($7::bigint is null or k.id < $7) order by k.id desc limit $8",
                    "boolean,text,text,text,bigint,text,bigint,bigint", TYPES},
    [S_GET] = {"kept_get", "select " COLUMNS ", k.contents from kept_text k where " MAY_SEE " and k.id = $6",
               "boolean,text,text,text,bigint,bigint", TYPES ",text"},
};
enum { CONTENTS_COLUMN = 10 };
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

void kept_row_done(kept_row_t *row)
{
    char *const texts[] = {row->name, row->front_end, row->login, row->method, row->contents, row->message};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
    *row = (kept_row_t){0};
}

void kept_rows_free(kept_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        kept_row_done(&rows[i]);
    free(rows);
}

static void decode(const db_rows_t *rows, size_t i, kept_row_t *row)
{
    int c = 0;
    row->id = db_int(rows, i, c++);
    row->change_id = db_int(rows, i, c++);
    row->name = db_dup(rows, i, c++);
    row->front_end = db_dup(rows, i, c++);
    row->login = db_dup(rows, i, c++);
    row->method = db_dup(rows, i, c++);
    row->at = db_time(rows, i, c++);
    row->bytes = db_int(rows, i, c++);
    row->error_code = (int)db_int(rows, i, c++);
    row->message = db_dup(rows, i, c);
}

/* ---- authors */

static const char *token_of(const caller_t *who) { return who->scope != NULL ? who->scope->token : NULL; }

static void arg_author(db_args_t *args, const caller_t *who)
{
    db_arg_text(args, who->front_end != NULL ? who->front_end : "");
    db_arg_text(args, who->login != NULL ? who->login : "");
    db_arg_text(args, token_of(who));
}

static bool sees_all(const caller_t *who) { return who->role == ROLE_ADMIN && who->sectag_id == 0 && token_of(who) == NULL; }

/* ---- keeping */

err_t kept_store_insert(db_t *db, const caller_t *who, const char *method, const char *name, const char *contents, int64_t change_id,
                        const err_info_t *why, wall_t now, int64_t *ret_id, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_id(&args, change_id);
    db_arg_text(&args, name);
    arg_author(&args, who);
    db_arg_text(&args, method);
    db_arg_time(&args, now);
    db_arg_text(&args, contents);
    db_arg_id(&args, why != NULL ? err_row(why->code)->rpc_code : 0);
    db_arg_text(&args, why != NULL ? err_message(why) : NULL);
    db_arg_id(&args, who->sectag_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_INSERT], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_id = db_int(rows, 0, 0);
    AUTO_ARGS trim = DB_ARGS_INIT;
    arg_author(&trim, who);
    db_arg_int(&trim, KEPT_MOST);
    db_arg_int(&trim, KEPT_BYTES);
    return db_exec(db, &s_stmts[S_TRIM], &trim, NULL, reterr);
}

err_t kept_store_settle(db_t *db, int64_t change_id, const err_info_t *why, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, change_id);
    if (why == NULL)
        return db_exec(db, &s_stmts[S_DELETE], &args, NULL, reterr);
    db_arg_time(&args, now);
    db_arg_int(&args, err_row(why->code)->rpc_code);
    db_arg_text(&args, err_message(why));
    return db_exec(db, &s_stmts[S_REFUSE], &args, NULL, reterr);
}

/* ---- giving */

err_t kept_store_list(db_t *db, const caller_t *who, const char *name, int64_t before, int64_t limit, kept_row_t **ret_rows, size_t *ret_count,
                      err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    bool all = sees_all(who);
    if (!all) {
        db_arg_bool(&args, false);
        arg_author(&args, who);
        db_arg_id(&args, who->sectag_id);
    }
    db_arg_text(&args, name);
    db_arg_id(&args, before);
    db_arg_int(&args, limit);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[all ? S_LIST_ALL : S_LIST_OWN], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++)
        decode(rows, i, &(*ret_rows)[i]);
    return ERR_OK;
}

err_t kept_store_get(db_t *db, const caller_t *who, int64_t id, kept_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_bool(&args, sees_all(who));
    arg_author(&args, who);
    db_arg_id(&args, who->sectag_id);
    db_arg_int(&args, id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_GET], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    if (db_rows_count(rows) == 0) {
        err_set(reterr, ERR_NO_KEPT_TEXT_FOUND, "there is no kept text %" PRId64, id);
        err_hint(reterr, "list_kept_texts shows yours; they are kept kept_text_max_age days");
        err_key_int(reterr, "kept_text_id", id);
        return ERR_NO_KEPT_TEXT_FOUND;
    }
    decode(rows, 0, ret_row);
    ret_row->contents = db_dup(rows, 0, CONTENTS_COLUMN);
    return ERR_OK;
}
