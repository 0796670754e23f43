#include "controller/store/inc_store.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* As the index rr_target has it: the last word of the rdata, reversed. */
#define TARGET "reverse(lower(substring(r.rdata from '[^ ]+$')))"
#define POINTERS "r.zone_id = $1 and r.until is null and r.type in (2, 15, 33) and not r.disable and r.label <> all($2)"
#define BELOW "r.zone_id = $1 and r.until is null and not r.disable and r.label <> all($2)"

enum { S_ROWS, S_POINTERS, S_BELOW, S_CONTEXT, S_GROUPS, S_ROLL, S_WAITING, S_DEFER, S_DEFER_RRS, S_DEFER_RECEIPT, S_OLDEST,
       S_OLDEST_RRS, S_RECEIPT, S_NO_RECEIPT, S_DELETE, S_CLOSE_GROUPS };
static const db_stmt_t s_inc[] = {
    [S_ROWS] = {"inc_rows", "select " INC_ROW_COLUMNS " from rr r where r.zone_id = $1 and r.until is null and r.label = any($2)"
                            " order by r.group_no, r.pos, r.id",
                "bigint,text[]", INC_ROW_TYPES},
    /* "offset 0" keeps one index look-up per name. */
    [S_POINTERS] = {"inc_pointers",
                    "select " INC_ROW_COLUMNS " from unnest($3::text[]) u(name) cross join lateral (select * from rr r where"
                    " " POINTERS " and " TARGET " = reverse(u.name) offset 0) r union select " INC_ROW_COLUMNS " from"
                    " unnest($4::text[]) u(name) cross join lateral (select * from rr r where " POINTERS " and " TARGET
                    " ~>=~ reverse('.' || u.name) and " TARGET " ~<~ reverse('/' || u.name) offset 0) r union select"
                    " " INC_ROW_COLUMNS " from rr r where $5 and " POINTERS " and r.rdata not like '%.'",
                    "bigint,text[],text[],text[],boolean", INC_ROW_TYPES},
    [S_BELOW] = {"inc_below",
                 "select " INC_ROW_COLUMNS " from unnest($3::text[]) u(name) cross join lateral ((select * from rr r where"
                 " " BELOW " and u.name = '@' limit 1) union all (select * from rr r where " BELOW " and r.label like '%.%' and"
                 " reverse(r.label) ~>=~ reverse('.' || u.name) and reverse(r.label) ~<~ reverse('/' || u.name) limit 1)) r",
                 "bigint,text[],text[]", INC_ROW_TYPES},
    [S_CONTEXT] = {"inc_context",
                   "select label, type from rr where zone_id = $1 and until is null and not disable and label = any($2)"
                   " group by label, type",
                   "bigint,text[]", "text,integer"},
    [S_GROUPS] = {"inc_groups",
                  "select u.n::integer, (select g.group_no from rr_group g where g.zone_id = $1 and g.until is null and"
                  " coalesce(g.tag, '') = u.tag and (u.tag <> '' or md5(coalesce(g.comment, '')) = md5(u.comment))"
                  " order by g.group_no limit 1) from unnest($2::text[], $3::text[]) with ordinality u(comment, tag, n)"
                  " union all select 0, max(group_no) from rr_group where zone_id = $1",
                  "bigint,text[],text[]", "integer,integer"},
    /* The inserts look at the number of closed rows so that those are closed first. */
    [S_ROLL] = {"inc_roll",
                "with closed as (update rr set until = $3 where zone_id = $1 and until is null and since > $2 returning 1),"
                " closed_groups as (update rr_group set until = $3 where zone_id = $1 and until is null and since > $2"
                " returning 1), groups as (insert into rr_group (zone_id, group_no, since, pos, comment, tag) select $1,"
                " group_no, $3, pos, comment, tag from rr_group where zone_id = $1 and until > $2 and since <= $2 and"
                " (select count(*) from closed_groups) >= 0) insert into rr (zone_id, group_no, since, pos, label, type,"
                " ttl, rdata, comment, disable, lock_ptr, track_reverse, ref_id, ptr_zone_id) select $1, group_no, $3, pos, label,"
                " type, ttl, rdata, comment, disable, lock_ptr, track_reverse, ref_id, ptr_zone_id from rr where zone_id = $1 and"
                " until > $2 and since <= $2 and (select count(*) from closed) >= 0",
                "bigint,integer,integer", ""},
    [S_WAITING] = {"inc_waiting",
                   "select change_id from update_group where zone_id = $1 and ($2::text is null or update_type = $2) order by"
                   " id",
                   "bigint,text", "bigint"},
    [S_DEFER] = {"inc_defer",
                 "insert into update_group (zone_id, update_type, change_by, change_id, may_lock_ptr, may_reference,"
                 " sectag_id, ctime, strict, if_zi_id, if_serial) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id",
                 "bigint,text,text,bigint,boolean,boolean,bigint,timestamptz,boolean,bigint,bigint", "bigint"},
    [S_DEFER_RRS] = {"inc_defer_rrs",
                     "insert into update_rr (group_id, no, group_comment, op, label, type, ttl, rdata, comment, disable,"
                     " lock_ptr, track_reverse, reference, force_reverse) select $1, u.* from unnest($2::integer[], $3::text[],"
                     " $4::text[], $5::text[], $6::integer[], $7::bigint[], $8::text[], $9::text[], $10::boolean[],"
                     " $11::boolean[], $12::boolean[], $13::text[], $14::boolean[]) u",
                     "bigint,integer[],text[],text[],text[],integer[],bigint[],text[],text[],boolean[],boolean[],"
                     "boolean[],text[],boolean[]",
                     ""},
    [S_DEFER_RECEIPT] = {"inc_defer_receipt",
                         "insert into publication (change_id, zone_id, goal, zi_id, zi_seq, committed_at, deferred,"
                         " waited) values ($1, $2, 'serve', $3, $4, $5, true, true)",
                         "bigint,bigint,bigint,integer,timestamptz", ""},
    [S_OLDEST] = {"inc_oldest",
                  "select id, update_type, change_by, change_id, may_lock_ptr, may_reference, sectag_id, strict, if_zi_id, if_serial"
                  " from update_group where zone_id = $1 order by id limit 1",
                  "bigint", "bigint,text,text,bigint,boolean,boolean,bigint,boolean,bigint,bigint"},
    [S_OLDEST_RRS] = {"inc_oldest_rrs",
                      "select group_comment, op, label, type, ttl, rdata, comment, disable, lock_ptr, track_reverse,"
                      " reference, force_reverse from update_rr where group_id = $1 order by no",
                      "bigint", "text,text,text,integer,bigint,text,text,boolean,boolean,boolean,text,boolean"},
    [S_RECEIPT] = {"inc_receipt",
                   "update publication set deferred = $4::text is not null, failure = $4, zi_id = coalesce($2, zi_id), zi_seq ="
                   " coalesce($3, zi_seq) where change_id = $1",
                   "bigint,bigint,integer,text", ""},
    [S_NO_RECEIPT] = {"inc_no_receipt", "delete from publication where change_id = $1", "bigint", ""},
    [S_DELETE] = {"inc_delete", "delete from update_group where id = $1", "bigint", ""},
    /* Whatever is in such a group is no older than the group. */
    [S_CLOSE_GROUPS] = {"inc_close_groups",
                        "update rr_group g set until = $3 where g.zone_id = $1 and g.since = $2 and g.until is null and g.tag is null and not exists"
                        " (select from rr r where r.zone_id = $1 and r.since >= $2 and r.until is null and r.group_no = g.group_no)",
                        "bigint,integer,integer", ""},
};

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_inc, ARRAY_SIZE(s_inc));
}

/* ---- rows */

void inc_store_read_rows(const db_rows_t *rows, inc_row_t **ret_rows, size_t *ret_count)
{
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++) {
        (*ret_rows)[i] = (inc_row_t){.group_no = (int)db_int(rows, i, 1),
                                     .pos = db_double(rows, i, 2),
                                     .rr = {.id = db_int(rows, i, 0),
                                            .label = db_dup(rows, i, 3),
                                            .type = (uint16_t)db_int(rows, i, 4),
                                            .has_ttl = !db_null(rows, i, 5),
                                            .ttl = (uint32_t)db_int(rows, i, 5),
                                            .rdata = db_dup(rows, i, 6),
                                            .comment = db_dup(rows, i, 7),
                                            .disable = db_bool(rows, i, 8),
                                            .lock_ptr = db_bool(rows, i, 9),
                                            .track_reverse = db_bool(rows, i, 10),
                                            .reference = db_dup(rows, i, 11),
                                            .ptr_zone_id = db_int(rows, i, 12)}};
    }
}

static err_t select_rows(db_t *db, const db_stmt_t *stmt, const db_args_t *args, inc_row_t **ret_rows, size_t *ret_count,
                         err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, stmt, args, &rows, reterr);
    if (e == ERR_OK)
        inc_store_read_rows(rows, ret_rows, ret_count);
    return e;
}

err_t inc_store_rows(db_t *db, int64_t zone_id, const inc_names_t *labels, inc_row_t **ret_rows, size_t *ret_count,
                     err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_texts(&args, (const char *const *)labels->items, labels->count);
    return select_rows(db, &s_inc[S_ROWS], &args, ret_rows, ret_count, reterr);
}

err_t inc_store_pointers(db_t *db, int64_t zone_id, const inc_names_t *labels, const inc_names_t *moved,
                         inc_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    db_array_t at = DB_ARRAY_INIT, below = DB_ARRAY_INIT;
    bool anywhere = false;
    for (size_t i = 0; i < moved->count; i++) {
        const char *name = moved->items[i];
        anywhere = anywhere || strcmp(name, "*") == 0;
        db_array_text(&at, name);
        if (strncmp(name, "*.", 2) == 0)
            db_array_text(&below, name + 2);
        else if (strcmp(name, "@") != 0 && strcmp(name, "*") != 0)
            db_array_text(&below, name);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_texts(&args, (const char *const *)labels->items, labels->count);
    db_arg_array(&args, &at);
    db_arg_array(&args, &below);
    db_arg_bool(&args, anywhere);
    return select_rows(db, &s_inc[S_POINTERS], &args, ret_rows, ret_count, reterr);
}

err_t inc_store_below(db_t *db, int64_t zone_id, const inc_names_t *labels, const inc_names_t *dnames,
                      inc_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_texts(&args, (const char *const *)labels->items, labels->count);
    db_arg_texts(&args, (const char *const *)dnames->items, dnames->count);
    return select_rows(db, &s_inc[S_BELOW], &args, ret_rows, ret_count, reterr);
}

void inc_store_context_done(zone_check_slice_t *context)
{
    rows_texts_free(context->labels, context->count);
    free(context->types);
    *context = (zone_check_slice_t){0};
}

err_t inc_store_context(db_t *db, int64_t zone_id, const inc_names_t *labels, zone_check_slice_t *ret_context,
                        err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_texts(&args, (const char *const *)labels->items, labels->count);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_inc[S_CONTEXT], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    ret_context->count = db_rows_count(rows);
    ret_context->labels = auto_calloc(ret_context->count + 1, sizeof(char *));
    ret_context->types = auto_calloc(ret_context->count + 1, sizeof(uint16_t));
    for (size_t i = 0; i < ret_context->count; i++) {
        ret_context->labels[i] = db_dup(rows, i, 0);
        ret_context->types[i] = (uint16_t)db_int(rows, i, 1);
    }
    return ERR_OK;
}

err_t inc_store_groups(db_t *db, int64_t zone_id, const inc_names_t *comments, int *ret_no, int *ret_next_no,
                       err_info_t *reterr)
{
    db_array_t texts = DB_ARRAY_INIT, tags = DB_ARRAY_INIT;
    for (size_t i = 0; i < comments->count + 2; i++) {
        db_array_text(&texts, i < 2 ? "" : comments->items[i - 2]);
        db_array_text(&tags, i == 0 ? "APEX_RRS" : "");
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_array(&args, &texts);
    db_arg_array(&args, &tags);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_inc[S_GROUPS], &args, &rows, reterr);
    for (size_t i = 0; e == ERR_OK && i < db_rows_count(rows); i++) {
        int64_t n = db_int(rows, i, 0);
        if (n == 0)
            *ret_next_no = (int)db_int(rows, i, 1) + 1;
        else if ((size_t)n <= comments->count + 2)
            ret_no[n - 1] = (int)db_int(rows, i, 1);
    }
    return e;
}

err_t inc_store_close_groups(db_t *db, int64_t zone_id, int made_seq, int seq, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, made_seq);
    db_arg_int(&args, seq);
    return db_exec(db, &s_inc[S_CLOSE_GROUPS], &args, NULL, reterr);
}

err_t inc_store_roll(db_t *db, int64_t zone_id, int from_seq, int seq, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, from_seq);
    db_arg_int(&args, seq);
    return db_exec(db, &s_inc[S_ROLL], &args, NULL, reterr);
}

/* ---- updates that wait */

void update_group_done(update_group_t *self)
{
    free(self->update_type);
    free(self->change_by);
    zonedata_destroy(&self->ops);
    *self = (update_group_t){0};
}

err_t inc_store_waiting(db_t *db, int64_t zone_id, const char *update_type, int64_t **ret_changes, size_t *ret_count,
                        err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_text(&args, update_type);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_inc[S_WAITING], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_changes = auto_calloc(*ret_count + 1, sizeof(**ret_changes));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_changes)[i] = db_int(rows, i, 0);
    return ERR_OK;
}

static err_t defer_operations(db_t *db, int64_t group_id, const zonedata_t *ops, err_info_t *reterr)
{
    db_array_t a[13] = {0};
    int no = 0;
    for (size_t g = 0; g < ops->count; g++) {
        for (size_t r = 0; r < ops->groups[g].count; r++) {
            const zonedata_rr_t *rr = &ops->groups[g].rrs[r];
            db_array_int(&a[0], no++);
            db_array_text(&a[1], ops->groups[g].comment);
            db_array_text(&a[2], rr->update_op);
            db_array_text(&a[3], rr->label);
            db_array_int(&a[4], rr->type);
            db_array_int_null(&a[5], rr->has_ttl, rr->ttl);
            db_array_text(&a[6], rr->rdata != NULL ? rr->rdata : "");
            db_array_text(&a[7], rr->comment);
            db_array_bool(&a[8], rr->disable);
            db_array_bool(&a[9], rr->lock_ptr);
            db_array_bool(&a[10], rr->track_reverse);
            db_array_text(&a[11], rr->reference);
            db_array_bool(&a[12], rr->force_reverse);
        }
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, group_id);
    for (size_t i = 0; i < ARRAY_SIZE(a); i++)
        db_arg_array(&args, &a[i]);
    return db_exec(db, &s_inc[S_DEFER_RRS], &args, NULL, reterr);
}

err_t inc_store_defer(db_t *db, update_group_t *group, const zonedata_t *ops, const zone_row_t *zone, wall_t now,
                      err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, group->zone_id);
    db_arg_text(&args, group->update_type);
    db_arg_text(&args, group->change_by);
    db_arg_int(&args, group->change_id);
    db_arg_bool(&args, group->may_lock_ptr);
    db_arg_bool(&args, group->may_reference);
    db_arg_id(&args, group->sectag_id);
    db_arg_time(&args, now);
    db_arg_bool(&args, group->strict);
    db_arg_id(&args, group->if_zi_id);
    db_arg_id(&args, group->if_serial);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_inc[S_DEFER], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    group->id = db_int(rows, 0, 0);
    e = defer_operations(db, group->id, ops, reterr);
    AUTO_ARGS receipt = DB_ARGS_INIT;
    db_arg_int(&receipt, group->change_id);
    db_arg_int(&receipt, group->zone_id);
    db_arg_id(&receipt, zone->zi_candidate_id);
    db_arg_int(&receipt, zone->zi_count);
    db_arg_time(&receipt, now);
    return e != ERR_OK ? e : db_exec(db, &s_inc[S_DEFER_RECEIPT], &receipt, NULL, reterr);
}

static void read_operations(const db_rows_t *rows, zonedata_t *ops)
{
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        const char *comment = db_text(rows, i, 0);
        zonedata_group_t *group = &ops->groups[ops->count - 1];
        bool same = comment == NULL || group->comment == NULL ? comment == group->comment : strcmp(comment, group->comment) == 0;
        if (!same)
            group = zonedata_add_group(ops, comment, NULL);
        zonedata_rr_t *rr = zonedata_add_rr(ops, group);
        rr->update_op = db_dup(rows, i, 1);
        rr->label = db_dup(rows, i, 2);
        rr->type = (uint16_t)db_int(rows, i, 3);
        rr->has_ttl = !db_null(rows, i, 4);
        rr->ttl = (uint32_t)db_int(rows, i, 4);
        rr->rdata = db_dup(rows, i, 5);
        rr->comment = db_dup(rows, i, 6);
        rr->disable = db_bool(rows, i, 7);
        rr->lock_ptr = db_bool(rows, i, 8);
        rr->track_reverse = db_bool(rows, i, 9);
        rr->reference = db_dup(rows, i, 10);
        rr->force_reverse = db_bool(rows, i, 11);
    }
}

err_t inc_store_oldest(db_t *db, const zone_row_t *zone, update_group_t *ret_group, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone->id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_inc[S_OLDEST], &args, &rows, reterr);
    *ret_group = (update_group_t){0};
    if (e != ERR_OK || db_rows_count(rows) == 0)
        return e;
    update_group_t group = {.id = db_int(rows, 0, 0), .zone_id = zone->id, .change_id = db_int(rows, 0, 3)};
    group.may_lock_ptr = db_bool(rows, 0, 4);
    group.may_reference = db_bool(rows, 0, 5);
    group.sectag_id = db_int(rows, 0, 6);
    group.strict = db_bool(rows, 0, 7);
    group.if_zi_id = db_int(rows, 0, 8);
    group.if_serial = (uint32_t)db_int(rows, 0, 9);
    AUTO_ARGS of = DB_ARGS_INIT;
    db_arg_int(&of, group.id);
    AUTO(db_rows) rrs = NULL;
    e = db_exec(db, &s_inc[S_OLDEST_RRS], &of, &rrs, reterr);
    if (e != ERR_OK)
        return e;
    group.update_type = db_dup(rows, 0, 1);
    group.change_by = db_dup(rows, 0, 2);
    group.ops = zonedata_new(zone->name);
    read_operations(rrs, group.ops);
    *ret_group = group;
    return ERR_OK;
}

err_t inc_store_finish(db_t *db, const update_group_t *group, bool publishes, int64_t zi_id, int zi_seq,
                       const char *failure, err_info_t *reterr)
{
    AUTO_ARGS change = DB_ARGS_INIT;
    db_arg_int(&change, group->change_id);
    err_t e;
    if (failure == NULL && !publishes) {
        e = db_exec(db, &s_inc[S_NO_RECEIPT], &change, NULL, reterr);
    } else {
        db_arg_id(&change, zi_id);
        db_arg_id(&change, zi_seq);
        db_arg_text(&change, failure);
        e = db_exec(db, &s_inc[S_RECEIPT], &change, NULL, reterr);
    }
    if (e == ERR_OK && (failure != NULL || !publishes)) {
        AUTO_FREE char *payload = auto_printf("%" PRId64, group->change_id);
        e = db_notify(db, DB_CHANNEL_CHANGE, payload, reterr);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, group->id);
    return e != ERR_OK ? e : db_exec(db, &s_inc[S_DELETE], &args, NULL, reterr);
}
