#include "controller/store/reference_store.h"
#include <stdlib.h>
#include <string.h>

/* Scalar subqueries with a limit: each zone of the reference is looked up in zone_seen; joined, the view would be read for all zones. */
#define SEEN(zone, param) "(select true from zone_seen t where t.zone_id = " zone " and t.sectag_id = " param " limit 1)"
#define VISIBLE(param)                                                                                               \
    "(" param "::bigint is null or exists (select from zone z where z.ref_id = r.id and " SEEN("z.id", param) ") or exists"  \
    " (select from rr where rr.ref_id = r.id and " SEEN("rr.zone_id", param) "))"

enum { S_FIND, S_INSERT, S_DELETE, S_RENAME, S_LIST };
static const db_stmt_t s_stmts[] = {
    [S_FIND] = {"reference_find", "select r.id from reference r where lower(r.name) = lower($1) and " VISIBLE("$2"),
                "text,bigint", "bigint"},
    [S_INSERT] = {"reference_insert", "insert into reference (name) values ($1) on conflict do nothing returning id", "text",
                  "bigint"},
    [S_DELETE] = {"reference_delete", "delete from reference where lower(name) = lower($1) returning id", "text", "bigint"},
    [S_RENAME] = {"reference_rename", "update reference set name = $2 where lower(name) = lower($1) returning id", "text,text",
                  "bigint"},
    [S_LIST] = {"reference_list",
                "select r.name from reference r where ($1::text[] is null or r.name ilike any($1)) and " VISIBLE("$2")
                " and ($4::text is null or lower(r.name) > lower($4)) order by lower(r.name) limit $3",
                "text[],bigint,bigint,text", "text"},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

static err_t refuse(err_t code, const char *name, const char *what, err_info_t *reterr)
{
    err_set(reterr, code, "reference \"%s\" %s", name, what);
    err_key(reterr, "reference", name);
    return code;
}

static err_t exists(err_t e, const err_info_t *why, const char *sqlstate, err_t code, const char *name, const char *what,
                    err_info_t *reterr)
{
    return strcmp(why->sqlstate, sqlstate) == 0 ? refuse(code, name, what, reterr) : err_set(reterr, e, "%s", err_message(why));
}

err_t reference_store_find(db_t *db, const caller_t *who, const char *name, int64_t *ret_id, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, name);
    db_arg_id(&args, who == NULL ? 0 : who->sectag_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_FIND], &args, &rows, reterr);
    if (e == ERR_OK)
        *ret_id = db_rows_count(rows) > 0 ? db_int(rows, 0, 0) : 0;
    return e;
}

err_t reference_store_insert(db_t *db, const char *name, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, name);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_INSERT], &args, &rows, reterr);
    return e != ERR_OK || db_rows_count(rows) > 0 ? e : refuse(ERR_REFERENCE_EXISTS, name, "exists", reterr);
}

err_t reference_store_delete(db_t *db, const char *name, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, name);
    AUTO(db_rows) rows = NULL;
    AUTO_ERR err = ERR_INFO_INIT;
    err_t e = db_exec(db, &s_stmts[S_DELETE], &args, &rows, &err);
    if (e != ERR_OK)
        return exists(e, &err, "23503", ERR_REFERENCE_STILL_USED, name, "is still used by a zone or a record", reterr);
    return db_rows_count(rows) > 0 ? ERR_OK : refuse(ERR_REFERENCE_DOES_NOT_EXIST, name, "does not exist", reterr);
}

err_t reference_store_rename(db_t *db, const char *name, const char *new_name, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, name);
    db_arg_text(&args, new_name);
    AUTO(db_rows) rows = NULL;
    AUTO_ERR err = ERR_INFO_INIT;
    err_t e = db_exec(db, &s_stmts[S_RENAME], &args, &rows, &err);
    if (e != ERR_OK)
        return exists(e, &err, "23505", ERR_REFERENCE_EXISTS, new_name, "exists", reterr);
    return db_rows_count(rows) > 0 ? ERR_OK : refuse(ERR_REFERENCE_DOES_NOT_EXIST, name, "does not exist", reterr);
}

err_t reference_store_list(db_t *db, const caller_t *who, const char *const *patterns, size_t count, const char *after, int64_t limit, char ***ret_names,
                           size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_array_t likes = DB_ARRAY_INIT;
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *like = db_like(patterns[i]);
        db_array_text(&likes, like);
    }
    if (count > 0)
        db_arg_array(&args, &likes);
    else
        db_arg_text(&args, NULL);
    db_arg_id(&args, who == NULL ? 0 : who->sectag_id);
    db_arg_id(&args, limit);
    db_arg_text(&args, after);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_LIST], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_names = auto_calloc(*ret_count + 1, sizeof(**ret_names));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_names)[i] = db_dup(rows, i, 0);
    return ERR_OK;
}
