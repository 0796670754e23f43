/* Versions: table zi. */
#include "controller/store/zi_store.h"
#include <stdlib.h>
#include <string.h>

#define ZI_COLUMNS                                                                                                     \
    "i.id, i.zone_id, i.seq, i.soa_serial, i.soa_mname, i.soa_rname, i.soa_refresh, i.soa_retry, i.soa_expire,"        \
    " i.soa_minimum, i.soa_ttl, i.soa_comment, i.soa_reference, i.zone_ttl, i.apex_ns is not null,"                    \
    " i.apex_ns::text[], i.change_by, i.ctime, i.mtime, i.ptime, i.records"
#define ZI_TYPES                                                                                                       \
    "bigint,bigint,integer,bigint,text,text,text,text,text,text,text,text,text,text,boolean,text[],text,"              \
    "timestamptz,timestamptz,timestamptz,integer"

enum { S_GET, S_BY_SEQ, S_GET_MANY, S_LIST, S_INSERT, S_SAVE, S_PTIME };
static const db_stmt_t s_zi[] = {
    [S_GET] = {"zi_get", "select " ZI_COLUMNS " from zi i where i.zone_id = $1 and i.id = $2", "bigint,bigint",
               ZI_TYPES},
    [S_BY_SEQ] = {"zi_by_seq", "select " ZI_COLUMNS " from zi i where i.zone_id = $1 and i.seq = $2", "bigint,integer",
                  ZI_TYPES},
    [S_GET_MANY] = {"zi_get_many", "select " ZI_COLUMNS " from zi i where i.id = any($1)", "bigint[]", ZI_TYPES},
    [S_LIST] = {"zi_list", "select " ZI_COLUMNS " from zi i where i.zone_id = $1 order by i.seq desc", "bigint",
                ZI_TYPES},
    [S_INSERT] =
        {"zi_insert",
         "insert into zi (zone_id, seq, soa_serial, soa_mname, soa_rname, soa_refresh, soa_retry, soa_expire,"
         " soa_minimum, soa_ttl, soa_comment, soa_reference, zone_ttl, apex_ns, change_by, ctime, mtime, records) values"
         " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::text[], $15, $16, $17, $18) returning id",
         "bigint,integer,bigint,text,text,text,text,text,text,text,text,text,text,text[],text,timestamptz,timestamptz,integer",
         "bigint"},
    [S_SAVE] =
        {"zi_save",
         "update zi set soa_serial = u.serial, soa_mname = u.mname, soa_rname = u.rname, soa_refresh = u.refresh,"
         " soa_retry = u.retry, soa_expire = u.expire, soa_minimum = u.minimum, soa_ttl = u.ttl, apex_ns ="
         " u.apex::text[], mtime = $11 from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[],"
         " $6::text[], $7::text[], $8::text[], $9::text[], $10::text[]) as u (id, serial, mname, rname, refresh,"
         " retry, expire, minimum, ttl, apex) where zi.id = u.id",
         "bigint[],bigint[],text[],text[],text[],text[],text[],text[],text[],text[],timestamptz", ""},
    [S_PTIME] = {"zi_ptime", "update zi set ptime = $2 where id = any($1)", "bigint[],timestamptz", ""},
};

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_zi, ARRAY_SIZE(s_zi));
}

static void decode(const db_rows_t *rows, size_t i, zi_row_t *ret)
{
    int c = 0;
    ret->id = db_int(rows, i, c++);
    ret->zone_id = db_int(rows, i, c++);
    ret->seq = (int)db_int(rows, i, c++);
    ret->soa_serial = (uint32_t)db_int(rows, i, c++);
    char **texts[] = {&ret->soa_mname,  &ret->soa_rname, &ret->soa_refresh, &ret->soa_retry,     &ret->soa_expire,
                      &ret->soa_minimum, &ret->soa_ttl,   &ret->soa_comment, &ret->soa_reference, &ret->zone_ttl};
    for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
        *texts[k] = db_dup(rows, i, c++);
    ret->has_apex_ns = db_bool(rows, i, c++);
    ret->apex_ns_count = db_text_array(rows, i, c++, &ret->apex_ns);
    ret->change_by = db_dup(rows, i, c++);
    ret->ctime = db_time(rows, i, c++);
    ret->mtime = db_time(rows, i, c++);
    ret->ptime = db_time(rows, i, c++);
    ret->records = db_int(rows, i, c);
}

void zi_store_rows_free(zi_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        zi_row_done(&rows[i]);
    free(rows);
}

static err_t one(db_t *db, const db_stmt_t *stmt, int64_t zone_id, int64_t which, zi_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, which);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, stmt, &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    if (db_rows_count(rows) == 0) {
        err_set(reterr, ERR_ZI_NOT_FOUND, "zone has no version %lld", (long long)which);
        err_key_int(reterr, "zi_id", which);
        return ERR_ZI_NOT_FOUND;
    }
    *ret_row = (zi_row_t){0};
    decode(rows, 0, ret_row);
    return ERR_OK;
}

err_t zi_store_get(db_t *db, int64_t zone_id, int64_t zi_id, zi_row_t *ret_row, err_info_t *reterr)
{
    return one(db, &s_zi[S_GET], zone_id, zi_id, ret_row, reterr);
}

err_t zi_store_by_seq(db_t *db, int64_t zone_id, int seq, zi_row_t *ret_row, err_info_t *reterr)
{
    return one(db, &s_zi[S_BY_SEQ], zone_id, seq, ret_row, reterr);
}

err_t zi_store_get_many(db_t *db, const int64_t *ids, size_t count, zi_row_t **ret_rows, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, ids, count);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_zi[S_GET_MANY], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_rows = auto_calloc(count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < count; i++) { /* batches are small; an id may come twice */
        for (size_t k = 0; k < db_rows_count(rows) && (*ret_rows)[i].id == 0; k++) {
            if (db_int(rows, k, 0) == ids[i])
                decode(rows, k, &(*ret_rows)[i]);
        }
    }
    return ERR_OK;
}

err_t zi_store_list(db_t *db, int64_t zone_id, zi_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_zi[S_LIST], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++)
        decode(rows, i, &(*ret_rows)[i]);
    return ERR_OK;
}

static void apex_arg(db_args_t *args, const zi_row_t *row)
{
    if (row->has_apex_ns)
        db_arg_texts(args, (const char *const *)row->apex_ns, row->apex_ns_count);
    else
        db_arg_text(args, NULL);
}

err_t zi_store_insert(db_t *db, zi_row_t *row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, row->zone_id);
    db_arg_int(&args, row->seq);
    db_arg_int(&args, row->soa_serial);
    const char *texts[] = {row->soa_mname,   row->soa_rname, row->soa_refresh, row->soa_retry,     row->soa_expire,
                           row->soa_minimum, row->soa_ttl,   row->soa_comment, row->soa_reference, row->zone_ttl};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        db_arg_text(&args, texts[i]);
    apex_arg(&args, row);
    db_arg_text(&args, row->change_by);
    db_arg_time(&args, row->ctime);
    db_arg_time(&args, row->mtime);
    db_arg_int(&args, row->records);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_zi[S_INSERT], &args, &rows, reterr);
    if (e == ERR_OK)
        row->id = db_int(rows, 0, 0);
    return e;
}

err_t zi_store_save_many(db_t *db, const zi_row_t *rows, size_t count, wall_t now, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    enum { COLUMNS = 10 };
    db_array_t a[COLUMNS] = {0};
    for (size_t i = 0; i < count; i++) {
        const zi_row_t *z = &rows[i];
        const char *texts[] = {z->soa_mname,  z->soa_rname,   z->soa_refresh, z->soa_retry,
                               z->soa_expire, z->soa_minimum, z->soa_ttl};
        db_array_int(&a[0], z->id);
        db_array_int(&a[1], z->soa_serial);
        for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
            db_array_text(&a[2 + k], texts[k]);
        AUTO_ARGS literal = DB_ARGS_INIT; /* an array in an array: as its literal */
        apex_arg(&literal, z);
        db_array_text(&a[9], literal.values[0]);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    for (size_t i = 0; i < COLUMNS; i++)
        db_arg_array(&args, &a[i]);
    db_arg_time(&args, now);
    return db_exec(db, &s_zi[S_SAVE], &args, NULL, reterr);
}

err_t zi_store_set_ptime(db_t *db, const int64_t *zi_ids, size_t count, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zi_ids, count);
    db_arg_time(&args, now);
    return db_exec(db, &s_zi[S_PTIME], &args, NULL, reterr);
}
