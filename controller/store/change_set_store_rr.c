/* Change sets: records of the plan, and the zones' records that it is made from. */
#include "controller/store/change_set_store.h"
#include "controller/store/inc_store.h"
#include <stdlib.h>
#include <string.h>

enum { S_ADD, S_READ, S_MEANT, S_VERSIONS, S_TOUCHED };
static const db_stmt_t s_stmts[] = {
    [S_ADD] = {"change_set_add_rrs",
               "insert into change_set_rr (set_zone_id, shown, no, op, group_comment, label, type, ttl, rdata, comment, disable, lock_ptr,"
               " track_reverse, reference, group_no, pos, ptr_zone_id) select * from unnest($1::bigint[], $2::boolean[], $3::integer[], $4::text[],"
               " $5::text[], $6::text[], $7::integer[], $8::bigint[], $9::text[], $10::text[], $11::boolean[], $12::boolean[], $13::boolean[],"
               " $14::text[], $15::integer[], $16::double precision[], $17::bigint[])",
               "bigint[],boolean[],integer[],text[],text[],text[],integer[],bigint[],text[],text[],boolean[],boolean[],boolean[],text[],"
               "integer[],double precision[],bigint[]",
               ""},
    [S_READ] = {"change_set_rrs",
                "select set_zone_id, op, group_comment, label, type, ttl, rdata, comment, disable, lock_ptr, track_reverse, reference,"
                " group_no, pos, ptr_zone_id from change_set_rr where set_zone_id = any($1) and shown = $2 order by set_zone_id, no",
                "bigint[],boolean", "bigint,text,text,text,integer,bigint,text,text,boolean,boolean,boolean,text,integer,double precision,bigint"},
    /* "offset 0" keeps one index look-up per RRset, and one pass over the zone per substitution: statistics know nothing of one zone. */
    [S_MEANT] = {"change_set_meant",
                 "with owner as materialized (select distinct m.label, m.type from unnest($2::text[], $3::integer[], $4::text[]) w(label, type,"
                 " rdata) cross join lateral (select r.label, r.type from rr r where r.zone_id = $1 and r.until is null and r.type = w.type and"
                 " (w.label is null or r.label = w.label) and (w.rdata is null or r.rdata = w.rdata) offset 0) m)"
                 " select " INC_ROW_COLUMNS " from owner o cross join lateral (select * from rr r where r.zone_id = $1 and r.until is null and"
                 " r.label = o.label and r.type = o.type offset 0) r order by r.group_no, r.pos, r.id",
                 "bigint,text[],integer[],text[]", INC_ROW_TYPES},
    [S_VERSIONS] = {"change_set_versions",
                    "select b.seq, a.seq from change_set_zone c join zi b on b.id = c.zi_id join zi a on a.id = c.new_zi_id where c.id = $1",
                    "bigint", "integer,integer"},
    /* Records that are still there are found by owner, those that went since by when they went.  Of a group that is still there, its number. */
    [S_TOUCHED] = {"change_set_touched",
                   "with owner as materialized (select distinct label, type from change_set_rr where set_zone_id = $2 and shown)"
                   " select r.label, r.type, r.ttl, r.rdata, r.comment, r.disable, r.lock_ptr, r.track_reverse, (select f.name from reference f"
                   " where f.id = r.ref_id), (select g.group_no from rr_group g where g.zone_id = $1 and g.group_no = r.group_no and g.until is"
                   " null), r.pos, r.ptr_zone_id, (select g.comment from rr_group g where g.zone_id = $1 and g.group_no = r.group_no and g.since"
                   " <= $3 order by g.since desc limit 1) from (select r.* from owner o cross join lateral (select * from rr r where r.zone_id = $1 and"
                   " r.until is null and r.label = o.label and r.type = o.type and r.since <= $3 offset 0) r union all select r.* from"
                   " (select * from rr r where r.zone_id = $1 and r.until > $3 and r.since <= $3 offset 0) r join owner o on o.label = r.label"
                   " and o.type = r.type) r order by r.label, r.type, r.rdata",
                   "bigint,bigint,integer",
                   "text,integer,bigint,text,text,boolean,boolean,boolean,text,integer,double precision,bigint,text"},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

void change_set_rrs_free(change_set_rr_t *rrs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(rrs[i].rr.update_op);
        free(rrs[i].rr.label);
        free(rrs[i].rr.rdata);
        free(rrs[i].rr.comment);
        free(rrs[i].rr.reference);
        free((char *)(uintptr_t)rrs[i].group_comment);
    }
    free(rrs);
}

err_t change_set_store_add_rrs(db_t *db, const change_set_rr_t *rrs, size_t count, err_info_t *reterr)
{
    db_array_t a[17] = {0};
    int no = 0;
    for (size_t i = 0; i < count; i++) {
        const change_set_rr_t *r = &rrs[i];
        no = i > 0 && rrs[i - 1].set_zone_id == r->set_zone_id && rrs[i - 1].shown == r->shown ? no + 1 : 0;
        db_array_int(&a[0], r->set_zone_id);
        db_array_bool(&a[1], r->shown);
        db_array_int(&a[2], no);
        db_array_text(&a[3], r->op);
        db_array_text(&a[4], r->group_comment);
        db_array_text(&a[5], r->rr.label);
        db_array_int(&a[6], r->rr.type);
        db_array_int_null(&a[7], r->rr.has_ttl, r->rr.ttl);
        db_array_text(&a[8], r->rr.rdata != NULL ? r->rr.rdata : "");
        db_array_text(&a[9], r->rr.comment);
        db_array_bool(&a[10], r->rr.disable);
        db_array_bool(&a[11], r->rr.lock_ptr);
        db_array_bool(&a[12], r->rr.track_reverse);
        db_array_text(&a[13], r->rr.reference);
        db_array_id(&a[14], r->rr.stood.group_no);
        db_array_double(&a[15], r->rr.stood.pos);
        db_array_id(&a[16], r->rr.ptr_zone_id);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(a); i++)
        db_arg_array(&args, &a[i]);
    return count == 0 ? ERR_OK : db_exec(db, &s_stmts[S_ADD], &args, NULL, reterr);
}

/* Columns from c on: label ... reference, group_no, pos, ptr_zone_id. */
static void decode_rr(const db_rows_t *rows, size_t i, int c, zonedata_rr_t *rr)
{
    rr->label = db_dup(rows, i, c++);
    rr->type = (uint16_t)db_int(rows, i, c++);
    rr->has_ttl = !db_null(rows, i, c);
    rr->ttl = (uint32_t)db_int(rows, i, c++);
    rr->rdata = db_dup(rows, i, c++);
    rr->comment = db_dup(rows, i, c++);
    rr->disable = db_bool(rows, i, c++);
    rr->lock_ptr = db_bool(rows, i, c++);
    rr->track_reverse = db_bool(rows, i, c++);
    rr->reference = db_dup(rows, i, c++);
    rr->stood.group_no = (int)db_int(rows, i, c++);
    rr->stood.pos = db_double(rows, i, c++);
    rr->ptr_zone_id = db_int(rows, i, c);
}

err_t change_set_store_rrs(db_t *db, const int64_t *set_zone_ids, size_t count, bool shown, change_set_rr_t **ret_rrs, size_t *ret_count,
                           err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, set_zone_ids, count);
    db_arg_bool(&args, shown);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_READ], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_rrs = auto_calloc(*ret_count + 1, sizeof(**ret_rrs));
    for (size_t i = 0; i < *ret_count; i++) {
        change_set_rr_t *r = &(*ret_rrs)[i];
        r->set_zone_id = db_int(rows, i, 0);
        r->shown = shown;
        r->op = r->rr.update_op = db_dup(rows, i, 1);
        r->group_comment = db_dup(rows, i, 2);
        decode_rr(rows, i, 3, &r->rr);
    }
    return ERR_OK;
}

err_t change_set_store_meant(db_t *db, int64_t zone_id, const substitute_t *all, size_t count, inc_row_t **ret_rows, size_t *ret_count,
                             err_info_t *reterr)
{
    db_array_t labels = DB_ARRAY_INIT, types = DB_ARRAY_INIT, rdatas = DB_ARRAY_INIT;
    for (size_t i = 0; i < count; i++) {
        db_array_text(&labels, all[i].label);
        db_array_int(&types, all[i].type);
        db_array_text(&rdatas, all[i].rdata);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_array(&args, &labels);
    db_arg_array(&args, &types);
    db_arg_array(&args, &rdatas);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_MEANT], &args, &rows, reterr);
    if (e == ERR_OK)
        inc_store_read_rows(rows, ret_rows, ret_count);
    return e;
}

err_t change_set_store_versions(db_t *db, int64_t set_zone_id, int *ret_before, int *ret_after, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, set_zone_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_VERSIONS], &args, &rows, reterr);
    if (e == ERR_OK && db_rows_count(rows) == 0)
        return err_set(reterr, ERR_ZI_NOT_FOUND, "the versions before and after the change are not kept any more");
    if (e != ERR_OK)
        return e;
    *ret_before = (int)db_int(rows, 0, 0);
    *ret_after = (int)db_int(rows, 0, 1);
    return ERR_OK;
}

err_t change_set_store_touched(db_t *db, int64_t zone_id, int64_t set_zone_id, int seq, change_set_rr_t **ret_rrs, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, set_zone_id);
    db_arg_int(&args, seq);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_TOUCHED], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_rrs = auto_calloc(*ret_count + 1, sizeof(**ret_rrs));
    for (size_t i = 0; i < *ret_count; i++) {
        change_set_rr_t *r = &(*ret_rrs)[i];
        decode_rr(rows, i, 0, &r->rr);
        r->group_comment = r->rr.stood.group_no == 0 ? db_dup(rows, i, 12) : NULL;
    }
    return ERR_OK;
}
