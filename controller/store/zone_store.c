#include "controller/store/zone_store.h"
#include <stdlib.h>
#include <string.h>

/* Scalar subqueries, not joins: after waiting for a row lock they are evaluated again. */
#define ZONE_COLUMNS                                                                                                   \
    "z.id, z.name, z.state, z.zi_id, z.zi_candidate_id, z.soa_serial, z.use_apex_ns, z.edit_lock, z.auto_dnssec,"      \
    " z.nsec3, z.inc_updates, z.sg_id, z.alt_sg_id, z.ref_id, (select g.name from server_group g where g.id ="         \
    " z.sg_id), (select g.name from server_group g where g.id = z.alt_sg_id), (select r.name from reference r"         \
    " where r.id = z.ref_id), z.lock_state = 'EDIT_LOCK', z.edit_lock_token, z.locked_by, z.locked_at,"                \
    " z.zi_count, z.deleted_start, z.ctime, z.mtime"
#define ZONE_TYPES                                                                                                     \
    "bigint,text,text,bigint,bigint,bigint,boolean,boolean,boolean,boolean,boolean,bigint,bigint,bigint,text,"         \
    "text,text,boolean,bigint,text,timestamptz,integer,timestamptz,timestamptz,timestamptz"
#define VISIBLE(param)                                                                                                 \
    "(" param "::bigint is null or exists (select from zone_seen t where t.zone_id = z.id and t.sectag_id = " param  \
    "))"
#define BY_NAME "select " ZONE_COLUMNS " from zone z where z.name = $1 and z.state <> 'DELETED' and " VISIBLE("$2")
#define BY_ID "select " ZONE_COLUMNS " from zone z where z.id = $1 and " VISIBLE("$2")
/* One text, and for each filter that an index serves a statement that must use it. */
#define LIST(index)                                                                                                    \
    "select " ZONE_COLUMNS " from zone z where " index " and ($1::text is null or (z.name, z.id) > ($1, $12)) and ($2::text is null or" \
    " z.name like $2) and ($3::text[] is null or z.name = any($3) or z.name like any($4::text[])) and ($5::text is null or"            \
    " z.ref_id = (select id from reference where lower(name) = lower($5))) and ($6::text is null or"                              \
    " z.sg_id = (select id from server_group where name = $6)) and ($7::boolean or z.state <> 'DELETED')"                          \
    " and (not $8::boolean or z.state = 'DELETED') and ($9::boolean or z.state <> 'DISABLED') and " VISIBLE("$10")                \
    " order by z.name, z.id limit $11"
#define LIST_PARAMS "text,text,text[],text[],text,text,boolean,boolean,boolean,bigint,bigint,bigint"

enum {
    S_BY_NAME, S_BY_NAME_LOCK, S_BY_ID, S_BY_ID_LOCK, S_MOST_SPECIFIC, S_OF_ADDRESS, S_LOCK_MANY, S_SAVE, S_INSERT, S_SAVE_FLAGS, S_DESTROY, S_DROP_REF, S_SET_NETWORK, S_LIST,
    S_LIST_NAMES, S_LIST_REFERENCE, S_LIST_GROUP, S_LIST_BEGIN, S_LIST_END, S_LIST_DELETED, S_NETWORKS
};
static const db_stmt_t s_zone[] = {
    [S_BY_NAME] = {"zone_by_name", BY_NAME, "text,bigint", ZONE_TYPES},
    [S_BY_NAME_LOCK] = {"zone_by_name_lock", BY_NAME " for update of z", "text,bigint", ZONE_TYPES},
    [S_BY_ID] = {"zone_by_id", BY_ID, "bigint,bigint", ZONE_TYPES},
    [S_BY_ID_LOCK] = {"zone_by_id_lock", BY_ID " for update of z", "bigint,bigint", ZONE_TYPES},
    [S_MOST_SPECIFIC] = {"zone_most_specific",
                         "select " ZONE_COLUMNS " from zone z where z.name = any($1) and z.state <> 'DELETED' and " VISIBLE("$2")
                         " order by length(z.name) desc limit 1",
                         "text[],bigint", ZONE_TYPES},
    [S_OF_ADDRESS] = {"zone_of_address",
                      "select z.name from reverse_network n join zone z on z.id = n.zone_id and z.state <> 'DELETED' and " VISIBLE("$2")
                      " where n.network >>= $1 order by masklen(n.network) desc limit 1",
                      "inet,bigint", "text"},
    [S_LOCK_MANY] = {"zone_lock_many",
                     "select " ZONE_COLUMNS
                     " from zone z where z.id = any($1) order by z.id for update of z skip locked",
                     "bigint[]", ZONE_TYPES},
    [S_SAVE] = {"zone_save",
                "update zone z set state = u.state, zi_id = u.zi, zi_candidate_id = u.candidate, soa_serial ="
                " u.serial, lock_state = case when u.locked then 'EDIT_LOCK' else 'EDIT_UNLOCK' end, edit_lock_token"
                " = u.token, locked_by = u.locked_by, locked_at = u.locked_at, deleted_start = u.deleted, zi_count ="
                " u.count, sg_id = u.sg, alt_sg_id = u.alt, mtime = $14 from unnest($1::bigint[], $2::text[],"
                " $3::bigint[], $4::bigint[], $5::bigint[], $6::boolean[], $7::bigint[], $8::text[],"
                " $9::timestamptz[], $10::timestamptz[], $11::integer[], $12::bigint[], $13::bigint[]) as u (id,"
                " state, zi, candidate, serial, locked, token, locked_by, locked_at, deleted, count, sg, alt) where"
                " z.id = u.id",
                "bigint[],text[],bigint[],bigint[],bigint[],boolean[],bigint[],text[],timestamptz[],timestamptz[],"
                "integer[],bigint[],bigint[],timestamptz",
                ""},
    [S_INSERT] = {"zone_insert",
                  "insert into zone (name, state, use_apex_ns, edit_lock, auto_dnssec, nsec3, inc_updates, sg_id,"
                  " alt_sg_id, ref_id, ctime, mtime) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)"
                  " returning id",
                  "text,text,boolean,boolean,boolean,boolean,boolean,bigint,bigint,bigint,timestamptz", "bigint"},
    [S_SAVE_FLAGS] = {"zone_save_flags",
                      "update zone set use_apex_ns = $2, edit_lock = $3, auto_dnssec = $4, nsec3 = $5, inc_updates ="
                      " $6, ref_id = $7, mtime = $8 where id = $1",
                      "bigint,boolean,boolean,boolean,boolean,boolean,bigint,timestamptz", ""},
    [S_DESTROY] = {"zone_destroy",
                   "with waiting as (delete from ptr_update where zone_id = $1), fill as (delete from ptr_fill where zone_id = $1), parked as (delete from ptr_parked where"
                   " forward_zone_id = $1), parked_in as (delete from ptr_parked where zone_id = $1 and forward_zone_id <> $1)"
                   " delete from zone where id = $1 returning ref_id",
                   "bigint", "bigint"},
    [S_DROP_REF] = {"zone_drop_reference",
                    "delete from reference r where id = $1 and not exists (select from zone where ref_id = r.id) and"
                    " not exists (select from rr where ref_id = r.id)",
                    "bigint", ""},
    [S_SET_NETWORK] = {"zone_set_network", "insert into reverse_network (zone_id, network) values ($1, $2)",
                       "bigint,cidr", ""},
    [S_LIST] = {"zone_list", LIST("true"), LIST_PARAMS, ZONE_TYPES},
    [S_LIST_NAMES] = {"zone_list_names", LIST("z.name = any($3)"), LIST_PARAMS, ZONE_TYPES},
    [S_LIST_REFERENCE] = {"zone_list_reference", LIST("z.ref_id = (select id from reference where lower(name) = lower($5))"), LIST_PARAMS,
                          ZONE_TYPES},
    [S_LIST_GROUP] = {"zone_list_group", LIST("z.sg_id = (select id from server_group where name = $6)"), LIST_PARAMS, ZONE_TYPES},
    [S_LIST_BEGIN] = {"zone_list_begin", LIST("z.name ~>=~ $13 and z.name ~<=~ ($13 || '~') and z.state <> 'DELETED'"), LIST_PARAMS ",text",
                      ZONE_TYPES},
    [S_LIST_END] = {"zone_list_end", LIST("reverse(z.name) ~>=~ reverse($13) and reverse(z.name) ~<=~ (reverse($13) || '~')"),
                    LIST_PARAMS ",text", ZONE_TYPES},
    [S_LIST_DELETED] = {"zone_list_deleted", LIST("z.state = 'DELETED'"), LIST_PARAMS, ZONE_TYPES},
    [S_NETWORKS] = {"zone_networks",
                    "select z.name from reverse_network n join zone z on z.id = n.zone_id and z.state <> 'DELETED' and " VISIBLE("$2")
                    " where case when $3 then n.network <<= $1::inet else n.network >>= $1::inet end and n.network && $1::inet order by z.name",
                    "inet,bigint,boolean", "text"},
};

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_zone, ARRAY_SIZE(s_zone));
}

static void decode(const db_rows_t *rows, size_t i, zone_row_t *ret)
{
    int c = 0;
    ret->id = db_int(rows, i, c++);
    ret->name = db_dup(rows, i, c++);
    const char *state = db_text(rows, i, c++);
    for (int s = 0; s < ZONE_STATE_COUNT; s++)
        ret->state = strcmp(rows_zone_states[s], state) == 0 ? (zone_state_t)s : ret->state;
    ret->zi_id = db_int(rows, i, c++);
    ret->zi_candidate_id = db_int(rows, i, c++);
    ret->soa_serial = (uint32_t)db_int(rows, i, c++);
    ret->use_apex_ns = db_bool(rows, i, c++);
    ret->edit_lock = db_bool(rows, i, c++);
    ret->auto_dnssec = db_bool(rows, i, c++);
    ret->nsec3 = db_bool(rows, i, c++);
    ret->inc_updates = db_bool(rows, i, c++);
    ret->sg_id = db_int(rows, i, c++);
    ret->alt_sg_id = db_int(rows, i, c++);
    ret->ref_id = db_int(rows, i, c++);
    ret->sg_name = db_dup(rows, i, c++);
    ret->alt_sg_name = db_dup(rows, i, c++);
    ret->reference = db_dup(rows, i, c++);
    ret->locked = db_bool(rows, i, c++);
    ret->edit_lock_token = db_int(rows, i, c++);
    ret->locked_by = db_dup(rows, i, c++);
    ret->locked_at = db_time(rows, i, c++);
    ret->zi_count = (int)db_int(rows, i, c++);
    ret->deleted_start = db_time(rows, i, c++);
    ret->ctime = db_time(rows, i, c++);
    ret->mtime = db_time(rows, i, c);
}

static void decode_all(const db_rows_t *rows, zone_row_t **ret_rows, size_t *ret_count)
{
    size_t count = db_rows_count(rows);
    *ret_rows = auto_calloc(count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < count; i++)
        decode(rows, i, &(*ret_rows)[i]);
    *ret_count = count;
}

void zone_store_rows_free(zone_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        zone_row_done(&rows[i]);
    free(rows);
}

static int64_t sectag_of(const caller_t *who)
{
    return who == NULL ? 0 : who->sectag_id;
}

err_t zone_store_by_name(db_t *db, const caller_t *who, const char *name, bool lock, zone_row_t *ret_row,
                         err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, name);
    db_arg_id(&args, sectag_of(who));
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_zone[lock ? S_BY_NAME_LOCK : S_BY_NAME], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    if (db_rows_count(rows) == 0) {
        err_set(reterr, ERR_ZONE_NOT_FOUND, "zone \"%s\" not found", name);
        err_key(reterr, "name", name);
        return ERR_ZONE_NOT_FOUND;
    }
    *ret_row = (zone_row_t){0};
    decode(rows, 0, ret_row);
    return ERR_OK;
}

err_t zone_store_by_id(db_t *db, const caller_t *who, int64_t id, bool lock, zone_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    db_arg_id(&args, sectag_of(who));
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_zone[lock ? S_BY_ID_LOCK : S_BY_ID], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    if (db_rows_count(rows) == 0) {
        err_set(reterr, ERR_ZONE_NOT_FOUND_BY_ZONE_ID, "no zone with id %lld", (long long)id);
        err_key_int(reterr, "zone_id", id);
        return ERR_ZONE_NOT_FOUND_BY_ZONE_ID;
    }
    *ret_row = (zone_row_t){0};
    decode(rows, 0, ret_row);
    return ERR_OK;
}

err_t zone_store_most_specific(db_t *db, const caller_t *who, const char *const *names, size_t count, zone_row_t *ret_row,
                               err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_texts(&args, names, count);
    db_arg_id(&args, sectag_of(who));
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_zone[S_MOST_SPECIFIC], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_row = (zone_row_t){0};
    if (db_rows_count(rows) > 0)
        decode(rows, 0, ret_row);
    return ERR_OK;
}

err_t zone_store_of_address(db_t *db, const caller_t *who, const char *address, char **ret_name, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, address);
    db_arg_id(&args, sectag_of(who));
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_zone[S_OF_ADDRESS], &args, &rows, reterr);
    if (e == ERR_OK)
        *ret_name = db_rows_count(rows) > 0 ? db_dup(rows, 0, 0) : NULL;
    return e;
}

err_t zone_store_lock_many(db_t *db, const int64_t *ids, size_t count, zone_row_t **ret_rows, size_t *ret_count,
                           err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, ids, count);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_zone[S_LOCK_MANY], &args, &rows, reterr);
    if (e == ERR_OK)
        decode_all(rows, ret_rows, ret_count);
    return e;
}

err_t zone_store_save_many(db_t *db, const zone_row_t *rows, size_t count, wall_t now, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    enum { COLUMNS = 13 };
    db_array_t a[COLUMNS] = {0};
    for (size_t i = 0; i < count; i++) {
        const zone_row_t *z = &rows[i];
        db_array_int(&a[0], z->id);
        db_array_text(&a[1], rows_zone_states[z->state]);
        db_array_id(&a[2], z->zi_id);
        db_array_id(&a[3], z->zi_candidate_id);
        db_array_id(&a[4], z->soa_serial);
        db_array_bool(&a[5], z->locked);
        db_array_int_null(&a[6], z->locked, z->edit_lock_token);
        db_array_text(&a[7], z->locked_by);
        db_array_time(&a[8], z->locked_at);
        db_array_time(&a[9], z->deleted_start);
        db_array_int(&a[10], z->zi_count);
        db_array_int(&a[11], z->sg_id);
        db_array_id(&a[12], z->alt_sg_id);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    for (size_t i = 0; i < COLUMNS; i++)
        db_arg_array(&args, &a[i]);
    db_arg_time(&args, now);
    return db_exec(db, &s_zone[S_SAVE], &args, NULL, reterr);
}

err_t zone_store_insert(db_t *db, zone_row_t *row, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, row->name);
    db_arg_text(&args, rows_zone_states[row->state]);
    db_arg_bool(&args, row->use_apex_ns);
    db_arg_bool(&args, row->edit_lock);
    db_arg_bool(&args, row->auto_dnssec);
    db_arg_bool(&args, row->nsec3);
    db_arg_bool(&args, row->inc_updates);
    db_arg_id(&args, row->sg_id);
    db_arg_id(&args, row->alt_sg_id);
    db_arg_id(&args, row->ref_id);
    db_arg_time(&args, now);
    AUTO(db_rows) rows = NULL;
    AUTO_ERR err = ERR_INFO_INIT;
    err_t e = db_exec(db, &s_zone[S_INSERT], &args, &rows, &err);
    if (e == ERR_OK) {
        row->id = db_int(rows, 0, 0);
        row->ctime = row->mtime = now;
        return ERR_OK;
    }
    if (strcmp(err.sqlstate, "23505") == 0) {
        err_set(reterr, ERR_ZONE_EXISTS, "zone \"%s\" exists", row->name);
        err_key(reterr, "name", row->name);
        return ERR_ZONE_EXISTS;
    }
    return err_set(reterr, e, "%s", err_message(&err));
}

err_t zone_store_save_flags(db_t *db, const zone_row_t *row, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, row->id);
    db_arg_bool(&args, row->use_apex_ns);
    db_arg_bool(&args, row->edit_lock);
    db_arg_bool(&args, row->auto_dnssec);
    db_arg_bool(&args, row->nsec3);
    db_arg_bool(&args, row->inc_updates);
    db_arg_id(&args, row->ref_id);
    db_arg_time(&args, now);
    return db_exec(db, &s_zone[S_SAVE_FLAGS], &args, NULL, reterr);
}

err_t zone_store_destroy(db_t *db, int64_t id, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_zone[S_DESTROY], &args, &rows, reterr);
    if (e != ERR_OK || db_rows_count(rows) == 0 || db_null(rows, 0, 0))
        return e;
    AUTO_ARGS ref = DB_ARGS_INIT;
    db_arg_int(&ref, db_int(rows, 0, 0));
    return db_exec(db, &s_zone[S_DROP_REF], &ref, NULL, reterr);
}

err_t zone_store_set_network(db_t *db, int64_t zone_id, const char *cidr, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_text(&args, cidr);
    return db_exec(db, &s_zone[S_SET_NETWORK], &args, NULL, reterr);
}

/* One pattern can use the index by its beginning; several are compared one by one. */
static void pattern_args(db_args_t *args, const zone_filter_t *filter, char **ret_like)
{
    *ret_like = NULL;
    if (filter->pattern_count == 1 && strpbrk(filter->patterns[0], "*?") != NULL)
        *ret_like = db_like(filter->patterns[0]);
    db_arg_text(args, *ret_like);
    if (filter->pattern_count == 0 || *ret_like != NULL) {
        db_arg_text(args, NULL);
        db_arg_text(args, NULL);
        return;
    }
    db_array_t names = DB_ARRAY_INIT, likes = DB_ARRAY_INIT;
    for (size_t i = 0; i < filter->pattern_count; i++) {
        bool wild = strpbrk(filter->patterns[i], "*?") != NULL;
        AUTO_FREE char *like = db_like(filter->patterns[i]);
        db_array_text(wild ? &likes : &names, wild ? like : filter->patterns[i]);
    }
    db_arg_array(args, &names);
    db_arg_array(args, &likes);
}

/* Behind its last wildcard; NULL: nothing that would help. */
static const char *end_of(const char *pattern)
{
    const char *end = pattern;
    for (const char *p = pattern; *p != '\0'; p++)
        end = *p == '*' || *p == '?' ? p + 1 : end;
    return strlen(end) > 1 ? end : NULL;
}

/* The statement whose index fits best; *ret_fixed: the fixed beginning or end of a pattern, owned. */
static int way(const zone_filter_t *filter, char **ret_fixed)
{
    *ret_fixed = NULL;
    bool wild = false;
    for (size_t i = 0; i < filter->pattern_count; i++)
        wild = wild || strpbrk(filter->patterns[i], "*?") != NULL;
    if (filter->pattern_count > 0 && !wild)
        return S_LIST_NAMES;
    if (filter->reference != NULL)
        return S_LIST_REFERENCE;
    const char *one = filter->pattern_count == 1 ? filter->patterns[0] : "";
    size_t begin = strcspn(one, "*?");
    if (begin > 0 && !filter->include_deleted && !filter->only_deleted) {
        *ret_fixed = auto_strndup(one, begin);
        return S_LIST_BEGIN;
    }
    if (begin == 0 && end_of(one) != NULL) {
        *ret_fixed = auto_strdup(end_of(one));
        return S_LIST_END;
    }
    return filter->sg_name != NULL ? S_LIST_GROUP : filter->only_deleted ? S_LIST_DELETED : S_LIST;
}

err_t zone_store_networks(db_t *db, const caller_t *who, const char *address, bool inside, char ***ret_names, size_t *ret_count,
                          err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, address);
    db_arg_id(&args, sectag_of(who));
    db_arg_bool(&args, inside);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_zone[S_NETWORKS], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_names = auto_calloc(*ret_count + 1, sizeof(**ret_names));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_names)[i] = db_dup(rows, i, 0);
    return ERR_OK;
}

/* What a token with a zone scope lists is looked for by those names: the view alone would be asked for every zone. */
static zone_filter_t narrowed(const caller_t *who, const zone_filter_t *filter)
{
    zone_filter_t result = *filter;
    if (sectag_of(who) < 0 && filter->pattern_count == 0) {
        result.patterns = (const char *const *)who->scope->zones.items;
        result.pattern_count = who->scope->zones.count;
    }
    return result;
}

err_t zone_store_list(db_t *db, const caller_t *who, const zone_filter_t *given, zone_row_t **ret_rows,
                      size_t *ret_count, err_info_t *reterr)
{
    const zone_filter_t scoped = narrowed(who, given), *filter = &scoped;
    AUTO_ARGS args = DB_ARGS_INIT;
    AUTO_FREE char *like = NULL;
    db_arg_text(&args, filter->after);
    pattern_args(&args, filter, &like);
    db_arg_text(&args, filter->reference);
    db_arg_text(&args, filter->sg_name);
    db_arg_bool(&args, filter->include_deleted || filter->only_deleted);
    db_arg_bool(&args, filter->only_deleted);
    db_arg_bool(&args, filter->include_disabled);
    db_arg_id(&args, sectag_of(who));
    db_arg_id(&args, filter->limit);
    db_arg_int(&args, filter->after_id != 0 ? filter->after_id : INT64_MAX);
    AUTO_FREE char *fixed = NULL;
    int stmt = way(filter, &fixed);
    if (fixed != NULL)
        db_arg_text(&args, fixed);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_zone[stmt], &args, &rows, reterr);
    if (e == ERR_OK)
        decode_all(rows, ret_rows, ret_count);
    return e;
}
