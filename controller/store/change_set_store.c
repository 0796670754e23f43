#include "controller/store/change_set_store.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SET_COLUMNS                                                                                                    \
    "c.id, c.title, c.definition, c.revert_of, c.state, c.login, c.role, c.front_end, c.address, c.sectag_id,"         \
    " c.change_by, c.change_id, c.created, c.planned_at, c.applied_at, c.finished_at"
#define SET_TYPES                                                                                                      \
    "bigint,text,text,bigint,text,text,text,text,text,bigint,text,bigint,timestamptz,timestamptz,timestamptz,"         \
    "timestamptz"
#define SET_VISIBLE(param) "(" param "::bigint is null or c.sectag_id = " param ")"
#define ZONE_VISIBLE(zone_id, param)                                                                                   \
    "(" param "::bigint is null or exists (select from zone_seen t where t.zone_id = " zone_id " and t.sectag_id = " param "))"
/* A zone that is gone is nobody's secret: its name is in the set. */
#define LINE_VISIBLE "(" ZONE_VISIBLE("c.zone_id", "$2") " or not exists (select from zone n where n.id = c.zone_id))"
#define ADD_ZONES "insert into change_set_zone (set_id, name, zone_id, operations) select $1, z.name, z.id, array[$2::integer] from "
#define ADD_WHERE                                                                                                      \
    " where z.state <> 'DELETED' and ($3::text[] is null or z.name = any($3) or z.name like any($4::text[]))"          \
    " and ($5::text is null or z.ref_id = (select id from reference where lower(name) = lower($5)))"                   \
    " and ($6::text is null or z.sg_id = (select id from server_group where name = $6)) and " ZONE_VISIBLE("z.id", "$7") \
    " on conflict (set_id, name) do update set operations = change_set_zone.operations || excluded.operations"
#define ADD_TYPES "bigint,integer,text[],text[],text,text,bigint"
#define ADD_BY_RECORD(match)                                                                                           \
    ADD_ZONES "(select distinct r.zone_id from unnest($8::integer[], $9::text[], $11::text[]) w(type, rdata, zone)"    \
    " cross join lateral (select r.zone_id from rr r where r.until is null and r.type = w.type and ($10::text is null" \
    " or r.label = $10) and " match " offset 0) r where w.zone is null or w.zone = (select name from zone where id ="  \
    " r.zone_id)) v join zone z on z.id = v.zone_id" ADD_WHERE

enum { S_INSERT, S_GET, S_GET_LOCK, S_LIST, S_SAVE, S_ANY_APPLYING, S_APPLYING, S_CLEAR, S_SELECT, S_SELECT_VALUES, S_SELECT_TYPES, S_MISSING, S_SELECT_DONE, S_ZONES,
       S_SAVE_ZONES, S_MOVE_ZONES, S_COUNTS, S_OPEN };
static const db_stmt_t s_stmts[] = {
    [S_INSERT] = {"change_set_insert",
                  "insert into change_set (title, definition, revert_of, login, role, front_end, address, sectag_id, change_by, created)"
                  " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id",
                  "text,text,bigint,text,text,text,text,bigint,text,timestamptz", "bigint"},
    [S_GET] = {"change_set_get", "select " SET_COLUMNS " from change_set c where c.id = $1 and " SET_VISIBLE("$2"), "bigint,bigint", SET_TYPES},
    [S_GET_LOCK] = {"change_set_get_lock", "select " SET_COLUMNS " from change_set c where c.id = $1 and " SET_VISIBLE("$2") " for update",
                    "bigint,bigint", SET_TYPES},
    [S_LIST] = {"change_set_list",
                "select " SET_COLUMNS " from change_set c where ($1::bigint is null or c.id < $1) and " SET_VISIBLE("$2")
                " order by c.id desc limit $3",
                "bigint,bigint,bigint", SET_TYPES},
    [S_SAVE] = {"change_set_save",
                "update change_set set state = $2, login = $3, role = $4, front_end = $5, address = $6, sectag_id = $7, change_by = $8,"
                " change_id = $9, planned_at = $10, applied_at = $11, finished_at = $12 where id = $1",
                "bigint,text,text,text,text,text,bigint,text,bigint,timestamptz,timestamptz,timestamptz", ""},
    [S_ANY_APPLYING] = {"change_set_any_applying", "select exists (select from change_set where state = 'APPLYING')", "", "boolean"},
    [S_APPLYING] = {"change_set_applying",
                    "select " SET_COLUMNS " from change_set c where c.state = 'APPLYING' order by c.id <= $1, c.id limit 1 for update skip locked",
                    "bigint",
                    SET_TYPES},
    [S_CLEAR] = {"change_set_clear", "delete from change_set_zone where set_id = $1", "bigint", ""},
    [S_SELECT] = {"change_set_select", ADD_ZONES "zone z" ADD_WHERE, ADD_TYPES, ""},
    /* From the records to their zones: what is rare is found by its value. */
    [S_SELECT_VALUES] = {"change_set_select_values", ADD_BY_RECORD("lower(left(r.rdata, 80) collate \"C\") = lower(left(w.rdata, 80) collate \"C\") and r.rdata = w.rdata"), ADD_TYPES ",integer[],text[],text,text[]", ""},
    [S_SELECT_TYPES] = {"change_set_select_types", ADD_BY_RECORD("(w.rdata is null or r.rdata = w.rdata)"), ADD_TYPES ",integer[],text[],text,text[]", ""},
    [S_MISSING] = {"change_set_missing",
                   "insert into change_set_zone (set_id, name, operations, state, error_code, message) select $1, u.name, array[$2::integer],"
                   " 'REFUSED', $5, 'zone \"' || u.name || '\" not found' from unnest($3::text[]) u(name) where not exists (select from zone z"
                   " where z.name = u.name and z.state <> 'DELETED' and " ZONE_VISIBLE("z.id", "$4") ") on conflict do nothing",
                   "bigint,integer,text[],bigint,integer", ""},
    [S_SELECT_DONE] = {"change_set_select_done",
                       "insert into change_set_zone (set_id, name, zone_id, reverts) select $1, c.name, c.zone_id, c.id from change_set_zone c"
                       " join zone z on z.id = c.zone_id where c.set_id = $2 and c.state = 'DONE'",
                       "bigint,bigint", ""},
    [S_ZONES] = {"change_set_zones",
                 "select c.id, c.set_id, c.name, (select n.id from zone n where n.id = c.zone_id), c.operations::text[], c.state, c.zi_id, c.added, c.removed, c.changed, c.error_code,"
                 " c.message, c.change_id, c.new_zi_id, c.done_at, c.change_id is not null and (p.change_id is null or p.live_at is not null),"
                 " p.failure, c.reverts from change_set_zone c left join publication p on p.change_id = c.change_id where c.set_id = $1 and"
                 " " LINE_VISIBLE " and ($3::text is null or c.state = $3) and"
                 " ($4::text is null or c.name > $4) order by c.name limit $5",
                 "bigint,bigint,text,text,bigint",
                 "bigint,bigint,text,bigint,text[],text,bigint,integer,integer,integer,integer,text,bigint,bigint,timestamptz,boolean,text,bigint"},
    [S_SAVE_ZONES] = {"change_set_save_zones",
                      "update change_set_zone c set state = u.state, zi_id = u.zi_id, added = u.added, removed = u.removed, changed = u.changed,"
                      " error_code = u.error_code, message = u.message, change_id = u.change_id, new_zi_id = u.new_zi_id, done_at = u.done_at"
                      " from unnest($1::bigint[], $2::text[], $3::bigint[], $4::integer[], $5::integer[], $6::integer[], $7::integer[],"
                      " $8::text[], $9::bigint[], $10::bigint[], $11::timestamptz[]) u(id, state, zi_id, added, removed, changed, error_code,"
                      " message, change_id, new_zi_id, done_at) where c.id = u.id",
                      "bigint[],text[],bigint[],integer[],integer[],integer[],integer[],text[],bigint[],bigint[],timestamptz[]", ""},
    [S_MOVE_ZONES] = {"change_set_move_zones",
                      "update change_set_zone set state = $4, error_code = null, message = null where set_id = $1 and state in ($2, $3)",
                      "bigint,text,text,text", ""},
    [S_COUNTS] = {"change_set_counts",
                  "select c.state, count(*), count(*) filter (where c.state = 'DONE' and (p.change_id is null or p.live_at is not null)),"
                  " sum(c.added), sum(c.removed), sum(c.changed) from change_set_zone c left join publication p on p.change_id = c.change_id"
                  " where c.set_id = $1 and " LINE_VISIBLE " group by c.state",
                  "bigint,bigint", "text,bigint,bigint,bigint,bigint,bigint"},
    [S_OPEN] = {"change_set_open",
                "select exists (select from change_set_zone where set_id = $1 and state in ('NEW', 'PLANNED')) or exists (select from"
                " change_set_zone c join publication p on p.change_id = c.change_id where c.set_id = $1 and c.state = 'DONE' and p.live_at is null"
                " and p.failure is null)",
                "bigint", "boolean"},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

#define X(s) #s,
const char *const change_set_states[SET_STATE_COUNT] = {CHANGE_SET_STATES(X)};
const char *const change_set_zone_states[SET_ZONE_STATE_COUNT] = {CHANGE_SET_ZONE_STATES(X)};
#undef X

static int place_of(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return 0;
}

/* ---- sets */

void change_set_row_done(change_set_row_t *row)
{
    char *const texts[] = {row->title, row->definition, row->login, row->role, row->front_end, row->address, row->change_by};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
    *row = (change_set_row_t){0};
}

void change_set_rows_free(change_set_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        change_set_row_done(&rows[i]);
    free(rows);
}

static void decode_set(const db_rows_t *rows, size_t i, change_set_row_t *row)
{
    int c = 0;
    row->id = db_int(rows, i, c++);
    row->title = db_dup(rows, i, c++);
    row->definition = db_dup(rows, i, c++);
    row->revert_of = db_int(rows, i, c++);
    row->state = (change_set_state_t)place_of(change_set_states, SET_STATE_COUNT, db_text(rows, i, c++));
    row->login = db_dup(rows, i, c++);
    row->role = db_dup(rows, i, c++);
    row->front_end = db_dup(rows, i, c++);
    row->address = db_dup(rows, i, c++);
    row->sectag_id = db_int(rows, i, c++);
    row->change_by = db_dup(rows, i, c++);
    row->change_id = db_int(rows, i, c++);
    row->created = db_time(rows, i, c++);
    row->planned_at = db_time(rows, i, c++);
    row->applied_at = db_time(rows, i, c++);
    row->finished_at = db_time(rows, i, c);
}

err_t change_set_store_insert(db_t *db, change_set_row_t *row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, row->title);
    db_arg_text(&args, row->definition);
    db_arg_id(&args, row->revert_of);
    db_arg_text(&args, row->login);
    db_arg_text(&args, row->role);
    db_arg_text(&args, row->front_end);
    db_arg_text(&args, row->address);
    db_arg_id(&args, row->sectag_id);
    db_arg_text(&args, row->change_by);
    db_arg_time(&args, row->created);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_INSERT], &args, &rows, reterr);
    if (e == ERR_OK)
        row->id = db_int(rows, 0, 0);
    return e;
}

err_t change_set_store_get(db_t *db, const caller_t *who, int64_t id, bool lock, change_set_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    db_arg_id(&args, who->sectag_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[lock ? S_GET_LOCK : S_GET], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    if (db_rows_count(rows) == 0) {
        err_set(reterr, ERR_NO_CHANGE_SET_FOUND, "there is no change set %" PRId64, id);
        err_key_int(reterr, "change_set_id", id);
        return ERR_NO_CHANGE_SET_FOUND;
    }
    decode_set(rows, 0, ret_row);
    return ERR_OK;
}

err_t change_set_store_list(db_t *db, const caller_t *who, int64_t before, int64_t limit, change_set_row_t **ret_rows, size_t *ret_count,
                            err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_id(&args, before);
    db_arg_id(&args, who->sectag_id);
    db_arg_int(&args, limit);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_LIST], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++)
        decode_set(rows, i, &(*ret_rows)[i]);
    return ERR_OK;
}

err_t change_set_store_save(db_t *db, const change_set_row_t *row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, row->id);
    db_arg_text(&args, change_set_states[row->state]);
    db_arg_text(&args, row->login);
    db_arg_text(&args, row->role);
    db_arg_text(&args, row->front_end);
    db_arg_text(&args, row->address);
    db_arg_id(&args, row->sectag_id);
    db_arg_text(&args, row->change_by);
    db_arg_id(&args, row->change_id);
    db_arg_time(&args, row->planned_at);
    db_arg_time(&args, row->applied_at);
    db_arg_time(&args, row->finished_at);
    return db_exec(db, &s_stmts[S_SAVE], &args, NULL, reterr);
}

err_t change_set_store_any_applying(db_t *db, bool *ret_any, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_ANY_APPLYING], NULL, &rows, reterr);
    if (e == ERR_OK)
        *ret_any = db_bool(rows, 0, 0);
    return e;
}

err_t change_set_store_applying(db_t *db, int64_t after, change_set_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, after);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_APPLYING], &args, &rows, reterr);
    if (e == ERR_OK && db_rows_count(rows) > 0)
        decode_set(rows, 0, ret_row);
    return e;
}

/* ---- zones */

void change_set_selects_free(change_set_select_t *selects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rows_texts_free(selects[i].names, selects[i].name_count);
        rows_texts_free(selects[i].rdatas, selects[i].value_count);
        rows_texts_free(selects[i].zones, selects[i].value_count);
        free(selects[i].types);
        free(selects[i].reference);
        free(selects[i].sg_name);
        free(selects[i].label);
    }
    free(selects);
}

void change_set_zone_done(change_set_zone_t *zone)
{
    free(zone->name);
    free(zone->operations);
    free(zone->message);
    free(zone->failure);
    *zone = (change_set_zone_t){0};
}

void change_set_zones_free(change_set_zone_t *zones, size_t count)
{
    for (size_t i = 0; i < count; i++)
        change_set_zone_done(&zones[i]);
    free(zones);
}

static err_t with_id(db_t *db, int stmt, int64_t id, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    return db_exec(db, &s_stmts[stmt], &args, NULL, reterr);
}

err_t change_set_store_clear(db_t *db, int64_t set_id, err_info_t *reterr) { return with_id(db, S_CLEAR, set_id, reterr); }

static bool is_pattern(const char *name) { return name[strcspn(name, "*?")] != '\0'; }

/* $3 and $4, or one of them. */
static void arg_names(db_args_t *args, const change_set_select_t *select, bool patterns)
{
    db_array_t names = DB_ARRAY_INIT, likes = DB_ARRAY_INIT;
    for (size_t i = 0; i < select->name_count; i++) {
        AUTO_FREE char *like = db_like(select->names[i]);
        if (is_pattern(select->names[i]))
            db_array_text(&likes, like);
        else
            db_array_text(&names, select->names[i]);
    }
    if (patterns && select->name_count == 0) {
        db_arg_text(args, NULL);
        db_arg_text(args, NULL);
        return;
    }
    db_arg_array(args, &names);
    if (patterns)
        db_arg_array(args, &likes);
    else
        free(likes.text);
}

err_t change_set_store_select(db_t *db, const change_set_row_t *set, int no, const change_set_select_t *select, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, set->id);
    db_arg_int(&args, no);
    arg_names(&args, select, true);
    db_arg_text(&args, select->reference);
    db_arg_text(&args, select->sg_name);
    db_arg_id(&args, set->sectag_id);
    if (select->value_count > 0) {
        db_arg_ints(&args, select->types, select->value_count);
        db_arg_texts(&args, (const char *const *)select->rdatas, select->value_count);
        db_arg_text(&args, select->label);
        db_arg_texts(&args, (const char *const *)select->zones, select->value_count);
    }
    int stmt = select->value_count > 0 ? S_SELECT_VALUES : S_SELECT;
    for (size_t i = 0; i < select->value_count; i++)
        stmt = select->rdatas[i] == NULL ? S_SELECT_TYPES : stmt;
    err_t e = db_exec(db, &s_stmts[stmt], &args, NULL, reterr);
    if (e != ERR_OK || select->name_count == 0)
        return e;
    AUTO_ARGS missing = DB_ARGS_INIT;
    db_arg_int(&missing, set->id);
    db_arg_int(&missing, no);
    arg_names(&missing, select, false);
    db_arg_id(&missing, set->sectag_id);
    db_arg_int(&missing, err_row(ERR_ZONE_NOT_FOUND)->rpc_code);
    return db_exec(db, &s_stmts[S_MISSING], &missing, NULL, reterr);
}

err_t change_set_store_select_done(db_t *db, int64_t set_id, int64_t other_id, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, set_id);
    db_arg_int(&args, other_id);
    return db_exec(db, &s_stmts[S_SELECT_DONE], &args, NULL, reterr);
}

static void decode_zone(const db_rows_t *rows, size_t i, change_set_zone_t *zone)
{
    int c = 0;
    char **numbers = NULL;
    zone->id = db_int(rows, i, c++);
    zone->set_id = db_int(rows, i, c++);
    zone->name = db_dup(rows, i, c++);
    zone->zone_id = db_int(rows, i, c++);
    zone->operation_count = db_text_array(rows, i, c++, &numbers);
    zone->operations = auto_calloc(zone->operation_count + 1, sizeof(*zone->operations));
    for (size_t k = 0; k < zone->operation_count; k++)
        zone->operations[k] = (int)strtol(numbers[k], NULL, 10);
    rows_texts_free(numbers, zone->operation_count);
    zone->state = (change_set_zone_state_t)place_of(change_set_zone_states, SET_ZONE_STATE_COUNT, db_text(rows, i, c++));
    zone->zi_id = db_int(rows, i, c++);
    zone->added = (int)db_int(rows, i, c++);
    zone->removed = (int)db_int(rows, i, c++);
    zone->changed = (int)db_int(rows, i, c++);
    zone->error_code = (int)db_int(rows, i, c++);
    zone->message = db_dup(rows, i, c++);
    zone->change_id = db_int(rows, i, c++);
    zone->new_zi_id = db_int(rows, i, c++);
    zone->done_at = db_time(rows, i, c++);
    zone->live = db_bool(rows, i, c++);
    zone->failure = db_dup(rows, i, c++);
    zone->reverts = db_int(rows, i, c);
}

err_t change_set_store_zones(db_t *db, int64_t set_id, int64_t sectag_id, change_set_zone_state_t state, const char *after, int64_t limit,
                             change_set_zone_t **ret_zones, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, set_id);
    db_arg_id(&args, sectag_id);
    db_arg_text(&args, state < SET_ZONE_STATE_COUNT ? change_set_zone_states[state] : NULL);
    db_arg_text(&args, after);
    db_arg_int(&args, limit);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_ZONES], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_zones = auto_calloc(*ret_count + 1, sizeof(**ret_zones));
    for (size_t i = 0; i < *ret_count; i++)
        decode_zone(rows, i, &(*ret_zones)[i]);
    return ERR_OK;
}

err_t change_set_store_save_zones(db_t *db, const change_set_zone_t *zones, size_t count, err_info_t *reterr)
{
    db_array_t a[11] = {0};
    for (size_t i = 0; i < count; i++) {
        const change_set_zone_t *z = &zones[i];
        db_array_int(&a[0], z->id);
        db_array_text(&a[1], change_set_zone_states[z->state]);
        db_array_id(&a[2], z->zi_id);
        db_array_int(&a[3], z->added);
        db_array_int(&a[4], z->removed);
        db_array_int(&a[5], z->changed);
        db_array_int_null(&a[6], z->error_code != 0, z->error_code);
        db_array_text(&a[7], z->message);
        db_array_id(&a[8], z->change_id);
        db_array_id(&a[9], z->new_zi_id);
        db_array_time(&a[10], z->done_at);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(a); i++)
        db_arg_array(&args, &a[i]);
    return db_exec(db, &s_stmts[S_SAVE_ZONES], &args, NULL, reterr);
}

err_t change_set_store_move_zones(db_t *db, int64_t set_id, change_set_zone_state_t from, change_set_zone_state_t or_from, change_set_zone_state_t to,
                                  err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, set_id);
    db_arg_text(&args, change_set_zone_states[from]);
    db_arg_text(&args, change_set_zone_states[or_from]);
    db_arg_text(&args, change_set_zone_states[to]);
    return db_exec(db, &s_stmts[S_MOVE_ZONES], &args, NULL, reterr);
}

err_t change_set_store_counts(db_t *db, int64_t set_id, int64_t sectag_id, change_set_counts_t *ret_counts, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, set_id);
    db_arg_id(&args, sectag_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_COUNTS], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    change_set_counts_t counts = {0};
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        int state = place_of(change_set_zone_states, SET_ZONE_STATE_COUNT, db_text(rows, i, 0));
        counts.zones[state] = db_int(rows, i, 1);
        counts.live += db_int(rows, i, 2);
        counts.added += db_int(rows, i, 3);
        counts.removed += db_int(rows, i, 4);
        counts.changed += db_int(rows, i, 5);
    }
    *ret_counts = counts;
    return ERR_OK;
}

err_t change_set_store_is_open(db_t *db, int64_t set_id, bool *ret_open, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, set_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_OPEN], &args, &rows, reterr);
    if (e == ERR_OK)
        *ret_open = db_bool(rows, 0, 0);
    return e;
}
