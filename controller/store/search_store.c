#include "controller/store/search_store.h"
#include <stdlib.h>
#include <string.h>

/* $1 sectag, $2 include_disabled, $3 at, $4 types, $5 rdata, $6 name, $7 reference, $8 sg, $9 and $10 addresses, $11 limit, $12 scan; a way's own
 * from $13.  In `c` the rows that are looked at, in order of n; those that match come out, and the last one of a page that was not the last. */
#define FOUND(key)                                                                                                     \
    ") select m.ok, c.n, " key ", c.id, c.label, c.type, c.ttl, c.rdata, c.comment, c.disable, c.lock_ptr, c.track_reverse, (select f.name"   \
    " from reference f where f.id = c.ref_id), c.zone_id, v.id, z.name, (select f.name from reference f where f.id = z.ref_id),"       \
    " z.state = 'DISABLED' from c left join lateral (select * from zone o where o.id = c.zone_id and case when $3::timestamptz is null then o.state <> 'DELETED'" \
    " else o.ctime <= $3 and (o.state <> 'DELETED' or o.deleted_start > $3) end offset 0) z on true"                                          \
    " left join lateral (select i.id, i.seq from zi i where $3 is null and i.id = z.zi_id union all (select i.id, i.seq from zi i"      \
    " where $3 is not null and i.zone_id = z.id and i.ctime <= $3 order by i.ctime desc, i.id desc limit 1)) v on true"               \
    " cross join lateral (select coalesce(c.since <= v.seq and (c.until is null or c.until > v.seq)"                                 \
    " and ($2::boolean or (not c.disable and z.state <> 'DISABLED'))"                                                                \
    " and ($1::bigint is null or exists (select from zone_seen t where t.zone_id = z.id and t.sectag_id = $1))"                    \
    " and ($4::integer[] is null or c.type = any($4)) and ($5::text is null or lower(c.rdata) like $5 or"                            \
    " (c.type in (2, 5, 12, 15, 33, 39) and right(c.rdata, 1) <> '.' and lower(case when c.rdata ~ '(^| )@$' then left(c.rdata, -1)"   \
    " || z.name else c.rdata || '.' || ltrim(z.name, '.') end) like $5))"                                                             \
    " and ($6::text is null or case c.label when '@' then z.name else c.label || '.' || ltrim(z.name, '.') end like $6)"             \
    " and ($7::text is null or z.ref_id = (select f.id from reference f where lower(f.name) = lower($7)))"                           \
    " and ($8::text is null or z.sg_id = (select g.id from server_group g where g.name = $8))"                                       \
    " and ($9::inet is null or case when c.type in (1, 28) then c.rdata::inet between $9 and $10::inet else false end), false) as ok) m" \
    " where m.ok or c.n = $12 order by c.n limit $11"
#define LOOK(key, from, where)                                                                                         \
    "with c as materialized (select r.*, row_number() over (order by " key ", r.id) as n from " from " where " where     \
    " order by " key ", r.id limit $12"
#define FILTER_TYPES "bigint,boolean,timestamptz,integer[],text,text,text,text,inet,inet,bigint,bigint"
#define ROW_TYPES "boolean,bigint,text,bigint,text,integer,bigint,text,text,boolean,boolean,boolean,text,bigint,bigint,text,text,boolean"
#define VALUE(alias) "lower(left(" alias ".rdata, 80) collate \"C\")"
#define LABEL(alias) alias ".label collate \"C\""
#define ZONES(where) "select z.id from zone z where " where " and z.id > $2 order by z.id limit $3"

enum { S_NEXT_TYPE = SEARCH_BY_NAME + 1, S_ZONES };
static const db_stmt_t s_stmts[] = {
    [SEARCH_BY_VALUE] = {"search_value",
                         LOOK(VALUE("r"), "rr r", "r.type = $17 and " VALUE("r") " >= $13 and " VALUE("r") " <= $14 and (" VALUE("r")
                              ", r.id) > ($15, $16)") FOUND(VALUE("c")),
                         FILTER_TYPES ",text,text,text,bigint,integer", ROW_TYPES},
    [SEARCH_BY_LABEL] = {"search_label",
                         LOOK(LABEL("r"), "rr r", "r.label <> '@' and " LABEL("r") " >= $13 and " LABEL("r") " <= $14 and (" LABEL("r") ", r.id) > ($15, $16)")
                             FOUND("c.label"),
                         FILTER_TYPES ",text,text,text,bigint", ROW_TYPES},
    [SEARCH_BY_ADDRESS] = {"search_address",
                           LOOK("r.rdata::inet", "rr r", "r.type in (1, 28) and r.rdata::inet >= $9 and r.rdata::inet <= $10 and"
                                " (r.rdata::inet, r.id) > ($13::inet, $14)") FOUND("c.rdata"),
                           FILTER_TYPES ",inet,bigint", ROW_TYPES},
    [SEARCH_BY_ZONE] = {"search_zone",
                        LOOK("r.zone_id", "rr r", "r.zone_id = any($13) and (r.zone_id, r.id) > ($14, $15) and (not $16 or r.label = '@')")
                            FOUND("c.zone_id::text"),
                        FILTER_TYPES ",bigint[],bigint,bigint,boolean", ROW_TYPES},
    [SEARCH_BY_NAME] = {"search_name",
                        LOOK("r.zone_id", "unnest($13::text[], $14::text[]) as u (zone, label) join zone o on o.name = u.zone"
                             " cross join lateral (select * from rr x where x.zone_id = o.id and x.label = u.label and x.until is null"
                             " union all select * from rr x where x.zone_id = o.id and x.label = u.label and x.until is not null) r",
                             "(r.zone_id, r.id) > ($15, $16)") FOUND("c.zone_id::text"),
                        FILTER_TYPES ",text[],text[],bigint,bigint", ROW_TYPES},
    [S_NEXT_TYPE] = {"search_next_type", "select min(type) from rr where type > $1", "integer", "integer"},
    [S_ZONES + SEARCH_ZONES_REFERENCE] =
        {"search_zones_reference", ZONES("z.ref_id = (select f.id from reference f where lower(f.name) = lower($1))"), "text,bigint,bigint",
         "bigint"},
    [S_ZONES + SEARCH_ZONES_GROUP] = {"search_zones_group", ZONES("z.sg_id = (select g.id from server_group g where g.name = $1)"),
                                      "text,bigint,bigint", "bigint"},
    [S_ZONES + SEARCH_ZONES_BELOW] = {"search_zones_below",
                                      ZONES("reverse(z.name) ~>=~ reverse($1) and reverse(z.name) ~<=~ (reverse($1) || '.~') and"
                                            " (z.name = $1 or right(z.name, length($1) + 1) = '.' || $1)"),
                                      "text,bigint,bigint", "bigint"},
    [S_ZONES + SEARCH_ZONES_NAMED] = {"search_zones_named", ZONES("z.name = any(string_to_array($1, ' '))"), "text,bigint,bigint", "bigint"},
    [S_ZONES + SEARCH_ZONES_PREFIX] = {"search_zones_prefix", ZONES("z.name ~>=~ $1 and z.name ~<=~ ($1 || '~') and z.state <> 'DELETED'"),
                                       "text,bigint,bigint", "bigint"},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

void search_store_rows_free(search_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *const texts[] = {rows[i].key, rows[i].rr.label, rows[i].rr.rdata, rows[i].rr.comment, rows[i].rr.reference, rows[i].zone,
                               rows[i].zone_reference};
        for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
            free(texts[k]);
    }
    free(rows);
}

static void decode(const db_rows_t *rows, size_t i, search_row_t *ret)
{
    int c = 0;
    ret->match = db_bool(rows, i, c++);
    ret->n = db_int(rows, i, c++);
    ret->key = db_dup(rows, i, c++);
    ret->rr.id = db_int(rows, i, c++);
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
    ret->zone_id = db_int(rows, i, c++);
    ret->zi_id = db_int(rows, i, c++);
    ret->zone = db_dup(rows, i, c++);
    ret->zone_reference = db_dup(rows, i, c++);
    ret->zone_disabled = db_bool(rows, i, c);
}

static void filter_args(db_args_t *args, const caller_t *who, const search_filter_t *f, const search_page_t *page, char **name, char **rdata)
{
    db_array_t types = DB_ARRAY_INIT;
    for (size_t i = 0; i < f->type_count; i++)
        db_array_int(&types, f->types[i]);
    *name = f->name != NULL ? db_like(f->name) : NULL;
    *rdata = f->rdata != NULL ? db_like(f->rdata) : NULL;
    db_arg_id(args, who == NULL ? 0 : who->sectag_id);
    db_arg_bool(args, f->include_disabled);
    db_arg_time(args, f->at);
    if (f->type_count > 0)
        db_arg_array(args, &types);
    else
        db_arg_text(args, NULL);
    db_arg_text(args, *rdata);
    db_arg_text(args, *name);
    db_arg_text(args, f->reference);
    db_arg_text(args, f->sg_name);
    db_arg_text(args, f->address_from);
    db_arg_text(args, f->address_to);
    db_arg_int(args, page->limit);
    db_arg_int(args, page->scan);
}

static void way_args(db_args_t *args, const search_filter_t *f, const search_page_t *page)
{
    switch (page->way) {
    case SEARCH_BY_VALUE:
    case SEARCH_BY_LABEL:
        db_arg_text(args, page->lo);
        db_arg_text(args, page->hi);
        db_arg_text(args, page->after_key != NULL ? page->after_key : page->lo);
        break;
    case SEARCH_BY_ADDRESS: db_arg_text(args, page->after_key != NULL ? page->after_key : f->address_from); break;
    case SEARCH_BY_ZONE:
        db_arg_ints(args, page->zone_ids, page->zone_count);
        db_arg_text(args, page->after_key != NULL ? page->after_key : "0");
        break;
    case SEARCH_BY_NAME:
        db_arg_texts(args, page->zones, page->name_count);
        db_arg_texts(args, page->labels, page->name_count);
        db_arg_text(args, page->after_key != NULL ? page->after_key : "0");
        break;
    }
    db_arg_int(args, page->after_key != NULL ? page->after_id : 0);
    if (page->way == SEARCH_BY_VALUE)
        db_arg_int(args, page->type);
    if (page->way == SEARCH_BY_ZONE)
        db_arg_bool(args, page->only_apex);
}

err_t search_store_page(db_t *db, const caller_t *who, const search_filter_t *filter, const search_page_t *page, search_row_t **ret_rows,
                        size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    AUTO_FREE char *name = NULL;
    AUTO_FREE char *rdata = NULL;
    AUTO(db_rows) rows = NULL;
    filter_args(&args, who, filter, page, &name, &rdata);
    way_args(&args, filter, page);
    err_t e = db_exec(db, &s_stmts[page->way], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++)
        decode(rows, i, &(*ret_rows)[i]);
    return ERR_OK;
}

err_t search_store_next_type(db_t *db, int after, int *ret_type, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, after);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_NEXT_TYPE], &args, &rows, reterr);
    if (e == ERR_OK)
        *ret_type = (int)db_int(rows, 0, 0);
    return e;
}

err_t search_store_zones(db_t *db, search_zones_t way, const char *what, int64_t after_id, int64_t limit, int64_t **ret_ids, size_t *ret_count,
                         err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, what);
    db_arg_int(&args, after_id);
    db_arg_int(&args, limit);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_ZONES + (int)way], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_ids = auto_calloc(*ret_count + 1, sizeof(**ret_ids));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_ids)[i] = db_int(rows, i, 0);
    return ERR_OK;
}
