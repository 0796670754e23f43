#include "controller/store/record_store.h"
#include <stdlib.h>
#include <string.h>

#define RECORD                                                                                                         \
    "r.id, r.group_no, r.label, r.type, r.ttl, r.rdata, r.comment, r.disable, r.lock_ptr, r.track_reverse,"            \
    " (select f.name from reference f where f.id = r.ref_id), g.comment, g.tag"
#define RECORD_TYPES "bigint,integer,text,integer,bigint,text,text,boolean,boolean,boolean,text,text,text"
/* A record's group as it was in version `seq`. */
#define GROUP(seq)                                                                                                     \
    " left join rr_group g on g.zone_id = r.zone_id and g.group_no = r.group_no and g.since <= " seq                   \
    " and (g.until is null or g.until > " seq ")"
#define VERSIONS ", s.id, s.soa_serial::bigint, s.ctime, s.change_by, u.id, u.soa_serial::bigint, u.ctime, u.change_by"
#define VERSION_TYPES ",bigint,bigint,timestamptz,text,bigint,bigint,timestamptz,text"
#define JOIN_VERSIONS                                                                                                  \
    " left join zi s on s.zone_id = r.zone_id and s.seq = r.since left join zi u on u.zone_id = r.zone_id and u.seq = r.until"
#define QUERY(condition)                                                                                               \
    "select " RECORD VERSIONS " from (select * from rr where zone_id = $1 and " condition " and until is null union all"   \
    " select * from rr where zone_id = $1 and " condition " and until is not null) r" GROUP("coalesce($3, r.since)")       \
    JOIN_VERSIONS " where ($3::integer is null or (r.since <= $3 and (r.until is null or r.until > $3)))"              \
    " and ($4::integer[] is null or r.type = any($4)) and ($5::text[] is null or r.rdata = any($5)) and ($6 or not r.disable)" \
    " order by r.label, r.type, r.rdata, r.id"

enum { S_DIFFERENCE, S_GROUPS, S_HISTORY, S_QUERY, S_QUERY_LIKE };
static const db_stmt_t s_stmts[] = {
    [S_DIFFERENCE] = {"record_difference",
                      "select " RECORD ", false from rr r" GROUP("$2") " where r.zone_id = $1 and r.until > $2 and r.until <= $3"
                      " and r.since <= $2 union all select " RECORD ", true from rr r" GROUP("$3") " where r.zone_id = $1"
                      " and r.since > $2 and r.since <= $3 and (r.until is null or r.until > $3)",
                      "bigint,integer,integer", RECORD_TYPES ",boolean"},
    [S_GROUPS] = {"record_groups",
                  "select group_no, false, comment from rr_group where zone_id = $1 and until > $2 and until <= $3 and since <= $2"
                  " union all select group_no, true, comment from rr_group where zone_id = $1 and since > $2 and since <= $3"
                  " and (until is null or until > $3)",
                  "bigint,integer,integer", "integer,boolean,text"},
    [S_HISTORY] = {"record_history",
                   "select " RECORD VERSIONS " from (select * from rr where zone_id = $1 and label = $2 and until is null union all"
                   " select * from rr where zone_id = $1 and label = $2 and until is not null) r" GROUP("r.since") JOIN_VERSIONS
                   " where ($3::integer is null or r.type = $3) and ($4::bigint is null or r.id < $4) order by r.id desc limit $5",
                   "bigint,text,integer,bigint,bigint", RECORD_TYPES VERSION_TYPES},
    [S_QUERY] = {"record_query", QUERY("label = $2"), "bigint,text,integer,integer[],text[],boolean", RECORD_TYPES VERSION_TYPES},
    [S_QUERY_LIKE] = {"record_query_like", QUERY("label like $2"), "bigint,text,integer,integer[],text[],boolean",
                      RECORD_TYPES VERSION_TYPES},
};
enum { RECORD_COLUMNS = 13 };

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

void record_store_rows_free(record_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *const texts[] = {rows[i].rr.label, rows[i].rr.rdata, rows[i].rr.comment, rows[i].rr.reference, rows[i].group_comment,
                               rows[i].group_tag, rows[i].change_by, rows[i].until_by};
        for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
            free(texts[k]);
    }
    free(rows);
}

void record_store_groups_free(record_group_t *groups, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(groups[i].comment);
    free(groups);
}

static void decode(const db_rows_t *rows, size_t i, record_row_t *ret)
{
    int c = 0;
    ret->rr.id = db_int(rows, i, c++);
    ret->group_no = (int)db_int(rows, i, c++);
    ret->rr.label = db_dup(rows, i, c++);
    ret->rr.type = (uint16_t)db_int(rows, i, c++);
    ret->rr.has_ttl = !db_null(rows, i, c);
    ret->rr.ttl = (uint32_t)db_int(rows, i, c++);
    ret->rr.rdata = db_dup(rows, i, c++);
    ret->rr.comment = db_dup(rows, i, c++);
    ret->rr.disable = db_bool(rows, i, c++);
    ret->rr.lock_ptr = db_bool(rows, i, c++);
    ret->rr.track_reverse = db_bool(rows, i, c++);
    ret->rr.reference = db_dup(rows, i, c++);
    ret->group_comment = db_dup(rows, i, c++);
    ret->group_tag = db_dup(rows, i, c);
}

static void decode_versions(const db_rows_t *rows, size_t i, record_row_t *ret)
{
    int c = RECORD_COLUMNS;
    ret->zi_id = db_int(rows, i, c++);
    ret->serial = (uint32_t)db_int(rows, i, c++);
    ret->since = db_time(rows, i, c++);
    ret->change_by = db_dup(rows, i, c++);
    ret->until_zi_id = db_int(rows, i, c++);
    ret->until_serial = (uint32_t)db_int(rows, i, c++);
    ret->until = db_time(rows, i, c++);
    ret->until_by = db_dup(rows, i, c);
}

static err_t records(db_t *db, int stmt, const db_args_t *args, record_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[stmt], args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++) {
        decode(rows, i, &(*ret_rows)[i]);
        if (stmt == S_DIFFERENCE)
            (*ret_rows)[i].newer = db_bool(rows, i, RECORD_COLUMNS);
        else
            decode_versions(rows, i, &(*ret_rows)[i]);
    }
    return ERR_OK;
}

err_t record_store_difference(db_t *db, int64_t zone_id, int from, int to, record_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, from);
    db_arg_int(&args, to);
    return records(db, S_DIFFERENCE, &args, ret_rows, ret_count, reterr);
}

err_t record_store_groups(db_t *db, int64_t zone_id, int from, int to, record_group_t **ret_groups, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, from);
    db_arg_int(&args, to);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_GROUPS], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_groups = auto_calloc(*ret_count + 1, sizeof(**ret_groups));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_groups)[i] = (record_group_t){(int)db_int(rows, i, 0), db_bool(rows, i, 1), db_dup(rows, i, 2)};
    return ERR_OK;
}

err_t record_store_history(db_t *db, int64_t zone_id, const char *label, uint16_t type, int64_t before_id, int64_t limit,
                           record_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_text(&args, label);
    db_arg_id(&args, type);
    db_arg_id(&args, before_id);
    db_arg_int(&args, limit);
    return records(db, S_HISTORY, &args, ret_rows, ret_count, reterr);
}

err_t record_store_query(db_t *db, int64_t zone_id, const record_query_t *query, record_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    bool wild = strpbrk(query->label, "*?") != NULL;
    AUTO_FREE char *like = wild ? db_like(query->label) : NULL;
    db_array_t types = DB_ARRAY_INIT;
    for (size_t i = 0; i < query->type_count; i++)
        db_array_int(&types, query->types[i]);
    db_arg_int(&args, zone_id);
    db_arg_text(&args, wild ? like : query->label);
    db_arg_id(&args, query->seq);
    if (query->type_count > 0)
        db_arg_array(&args, &types);
    else
        db_arg_text(&args, NULL);
    if (query->rdata_count > 0)
        db_arg_texts(&args, (const char *const *)query->rdatas, query->rdata_count);
    else
        db_arg_text(&args, NULL);
    db_arg_bool(&args, query->show_all);
    return records(db, wild ? S_QUERY_LIKE : S_QUERY, &args, ret_rows, ret_count, reterr);
}
