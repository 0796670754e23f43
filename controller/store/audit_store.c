#include "controller/store/audit_store.h"
#include <stdlib.h>

enum { SCAN = 20000 };
/* $1 sectag, $2 login, $3 role, $4 front end, $5 method, $6 object, $7 since, $8 until, $9 ok, $10 after, $11 limit, $12 scan */
#define LIST(where)                                                                                                    \
    "with c as materialized (select h.*, row_number() over (order by h.id desc) as n from change h where " where           \
    " and ($10::bigint is null or h.id < $10) order by h.id desc limit $12)"                                             \
    " select m.ok, c.n, c.id, c.at, c.login, c.role, c.front_end, c.address, c.request_id, c.method, c.object, c.object_name, c.zone_id," \
    " c.ok, c.error_code, c.message from c cross join lateral (select ($2::text is null or c.login = $2)"              \
    " and ($3::text is null or c.role = $3) and ($4::text is null or c.front_end = $4) and ($5::text is null or c.method = $5)"        \
    " and ($6::text is null or c.object_name = $6) and ($7::timestamptz is null or c.at >= $7) and ($8::timestamptz is null or c.at < $8)" \
    " and ($9::boolean is null or c.ok = $9)"                                                                          \
    " and ($1::bigint is null or exists (select from zone_seen t where t.zone_id = c.zone_id and t.sectag_id = $1)) as ok) m"        \
    " where m.ok or c.n = $12 order by c.n limit $11"
#define PARAMS "bigint,text,text,text,text,text,timestamptz,timestamptz,boolean,bigint,bigint,bigint"
#define COLUMNS "boolean,bigint,bigint,timestamptz,text,text,text,text,text,text,text,text,bigint,boolean,integer,text"

enum { S_ALL, S_OBJECT, S_LOGIN, S_TIME };
static const db_stmt_t s_stmts[] = {
    [S_ALL] = {"audit_list", LIST("true"), PARAMS, COLUMNS},
    [S_OBJECT] = {"audit_list_object", LIST("left(h.object_name, 255) = left($6, 255)"), PARAMS, COLUMNS},
    [S_LOGIN] = {"audit_list_login", LIST("h.login = $2"), PARAMS, COLUMNS},
    /* Numbers are given in order of time, but for changes that overlapped: the first one of a time, and some before it. */
    [S_TIME] = {"audit_list_time", LIST("h.id <= (select max(b.id) from (select l.id from change l where l.at < $8 order by l.at desc limit 100) b)"),
                PARAMS, COLUMNS},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

void audit_store_rows_free(change_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        change_row_done(&rows[i]);
    free(rows);
}

static void decode(const db_rows_t *rows, size_t i, change_row_t *row)
{
    int c = 2;
    row->id = db_int(rows, i, c++);
    row->at = db_time(rows, i, c++);
    row->login = db_dup(rows, i, c++);
    row->role = db_dup(rows, i, c++);
    row->front_end = db_dup(rows, i, c++);
    row->address = db_dup(rows, i, c++);
    row->request_id = db_dup(rows, i, c++);
    row->method = db_dup(rows, i, c++);
    row->object = db_dup(rows, i, c++);
    row->object_name = db_dup(rows, i, c++);
    row->zone_id = db_int(rows, i, c++);
    row->ok = db_bool(rows, i, c++);
    row->error_code = (int)db_int(rows, i, c++);
    row->message = db_dup(rows, i, c);
}

static int way(const audit_filter_t *f)
{
    return f->object_name != NULL ? S_OBJECT : f->login != NULL ? S_LOGIN : f->until.us != 0 && f->after == 0 ? S_TIME : S_ALL;
}

err_t audit_store_list(db_t *db, const caller_t *who, const audit_filter_t *filter, change_row_t **ret_rows, size_t *ret_count, int64_t *ret_next,
                       err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    const char *const texts[] = {filter->login, filter->role, filter->front_end, filter->method, filter->object_name};
    db_arg_id(&args, who == NULL ? 0 : who->sectag_id);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        db_arg_text(&args, texts[i]);
    db_arg_time(&args, filter->since);
    db_arg_time(&args, filter->until);
    db_arg_text(&args, filter->ok < 0 ? NULL : filter->ok > 0 ? "t" : "f");
    db_arg_id(&args, filter->after);
    db_arg_int(&args, filter->limit);
    db_arg_int(&args, SCAN);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[way(filter)], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    size_t total = db_rows_count(rows), count = 0;
    change_row_t *found = auto_calloc(total + 1, sizeof(*found));
    for (size_t i = 0; i < total; i++) {
        if (db_bool(rows, i, 0))
            decode(rows, i, &found[count++]);
    }
    bool more = total > 0 && (db_int(rows, total - 1, 1) == SCAN || (int64_t)count == filter->limit);
    /* what is older than all that was asked for need not be looked at */
    bool past = total > 0 && filter->since.us != 0 && db_time(rows, total - 1, 3).us < filter->since.us - 3600 * INT64_C(1000000);
    *ret_next = more && !past ? db_int(rows, total - 1, 2) : 0;
    *ret_rows = found;
    *ret_count = count;
    return ERR_OK;
}
