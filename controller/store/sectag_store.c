#include "controller/store/sectag_store.h"
#include <stdlib.h>
#include <string.h>

enum { S_LIST, S_INSERT, S_DELETE, S_MISSING, S_ATTACH, S_DETACH, S_KEEP };
static const db_stmt_t s_stmts[] = {
    [S_LIST] = {"sectag_list", "select label from sectag order by label", "", "text"},
    [S_INSERT] = {"sectag_insert", "insert into sectag (label) values ($1) on conflict do nothing returning id", "text", "bigint"},
    [S_DELETE] = {"sectag_delete", "delete from sectag where label = $1 returning id", "text", "bigint"},
    [S_MISSING] = {"sectag_missing",
                   "select u.label from unnest($1::text[]) with ordinality u (label, n) where u.label <> 'Admin' and not exists"
                   " (select from sectag t where t.label = u.label) order by u.n limit 1",
                   "text[]", "text"},
    [S_ATTACH] = {"sectag_attach",
                  "insert into zone_sectag (zone_id, sectag_id) select $1, id from sectag where label = any($2::text[])"
                  " on conflict do nothing",
                  "bigint,text[]", ""},
    [S_DETACH] = {"sectag_detach",
                  "delete from zone_sectag z using sectag t where t.id = z.sectag_id and z.zone_id = $1 and t.label = $2"
                  " returning t.id",
                  "bigint,text", "bigint"},
    [S_KEEP] = {"sectag_keep",
                "delete from zone_sectag z using sectag t where t.id = z.sectag_id and z.zone_id = $1 and not t.label ="
                " any($2::text[])",
                "bigint,text[]", ""},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

static void arg_labels(db_args_t *args, const char *const *labels, size_t count)
{
    db_array_t array = DB_ARRAY_INIT;
    for (size_t i = 0; i < count; i++)
        db_array_text(&array, labels[i]);
    db_arg_array(args, &array);
}

static err_t refuse(err_t code, const char *label, const char *what, err_info_t *reterr)
{
    err_set(reterr, code, "security tag \"%s\" %s", label, what);
    err_key(reterr, "sectag_label", label);
    return code;
}

err_t sectag_store_list(db_t *db, char ***ret_labels, size_t *ret_count, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_LIST], NULL, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_labels = auto_calloc(*ret_count + 1, sizeof(**ret_labels));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_labels)[i] = db_dup(rows, i, 0);
    return ERR_OK;
}

err_t sectag_store_insert(db_t *db, const char *label, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, label);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_INSERT], &args, &rows, reterr);
    return e != ERR_OK || db_rows_count(rows) > 0 ? e : refuse(ERR_ZONE_SEC_TAG_EXISTS, label, "exists", reterr);
}

err_t sectag_store_delete(db_t *db, const char *label, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, label);
    AUTO(db_rows) rows = NULL;
    AUTO_ERR err = ERR_INFO_INIT;
    err_t e = db_exec(db, &s_stmts[S_DELETE], &args, &rows, &err);
    if (e == ERR_OK && db_rows_count(rows) == 0)
        return refuse(ERR_ZONE_SEC_TAG_DOES_NOT_EXIST, label, "does not exist", reterr);
    if (e == ERR_OK)
        return ERR_OK;
    if (strcmp(err.sqlstate, "23503") == 0) /* foreign key */
        return refuse(ERR_ZONE_SEC_TAG_STILL_USED, label, "is still used by a zone or a front end", reterr);
    return err_set(reterr, e, "%s", err_message(&err));
}

err_t sectag_store_check(db_t *db, const char *const *labels, size_t count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    arg_labels(&args, labels, count);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_MISSING], &args, &rows, reterr);
    if (e != ERR_OK || db_rows_count(rows) == 0)
        return e;
    return refuse(ERR_ZONE_SEC_TAG_DOES_NOT_EXIST, db_text(rows, 0, 0), "does not exist", reterr);
}

err_t sectag_store_attach(db_t *db, int64_t zone_id, const char *const *labels, size_t count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    arg_labels(&args, labels, count);
    return db_exec(db, &s_stmts[S_ATTACH], &args, NULL, reterr);
}

err_t sectag_store_detach(db_t *db, int64_t zone_id, const char *label, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_text(&args, label);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_DETACH], &args, &rows, reterr);
    if (e != ERR_OK || db_rows_count(rows) > 0)
        return e;
    return refuse(ERR_ZONE_SEC_TAG_DOES_NOT_EXIST, label, "is not a tag of the zone", reterr);
}

err_t sectag_store_keep(db_t *db, int64_t zone_id, const char *const *labels, size_t count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    arg_labels(&args, labels, count);
    return db_exec(db, &s_stmts[S_KEEP], &args, NULL, reterr);
}
