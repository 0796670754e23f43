/* Contents of versions: tables rr_group and rr. */
#include "controller/store/ref_store.h"
#include "controller/store/zi_store.h"
#include <stdlib.h>
#include <string.h>

/* One result for groups (kind 0), records (1) and the highest group number ever used (2): one round trip. Sorted here,
 * not there: the server would write a large zone to temporary files for it. */
#define GROUPS                                                                                                         \
    "select 0, g.group_no, g.pos, null::bigint, null::text, null::integer, null::bigint, g.tag, g.comment, false,"     \
    " false, false, null::text, null::bigint from rr_group g"
#define RECORDS                                                                                                        \
    "select 1, r.group_no, r.pos, r.id, r.label, r.type, r.ttl, r.rdata, r.comment, r.disable, r.lock_ptr,"            \
    " r.track_reverse, (select f.name from reference f where f.id = r.ref_id), r.ptr_zone_id from rr r"
#define LAST                                                                                                           \
    "select 2, max(group_no), 0, null, null, null, null, null, null, false, false, false, null, null from rr_group"    \
    " where zone_id = $1"
#define CONTENT_TYPES                                                                                                  \
    "integer,integer,double precision,bigint,text,integer,bigint,text,text,boolean,boolean,boolean,text,bigint"

enum { S_LOAD, S_NEWEST, S_APPLY, S_CHANGES };
static const db_stmt_t s_data[] = {
    [S_LOAD] = {"zi_load",
                GROUPS
                " where g.zone_id = $1 and g.since <= $2 and (g.until is null or g.until > $2) union all " RECORDS
                " where r.zone_id = $1 and r.until is null and r.since <= $2 union all " RECORDS
                " where r.zone_id = $1 and r.until > $2 and r.since <= $2",
                "bigint,integer", CONTENT_TYPES},
    [S_NEWEST] = {"zi_load_newest",
                  GROUPS " where g.zone_id = $1 and g.until is null union all " RECORDS
                         " where r.zone_id = $1 and r.until is null union all " LAST,
                  "bigint", CONTENT_TYPES},
    /* The inserts look at the number of closed rows so that those are closed first: the unique indexes of live rows
       hold at every moment. */
    [S_APPLY] = {"zi_apply",
                 "with closed as (update rr set until = $2 where zone_id = $1 and id = any($3) returning 1),"
                 " closed_groups as (update rr_group set until = $2 where zone_id = $1 and group_no = any($4) and"
                 " until is null returning 1), groups as (insert into rr_group (zone_id, group_no, since, pos,"
                 " comment, tag) select $1, u.no, $2, u.pos, u.comment, u.tag from unnest($5::integer[], $6::double"
                 " precision[], $7::text[], $8::text[]) as u (no, pos, comment, tag) where (select count(*) from"
                 " closed_groups) >= 0) insert into rr (zone_id, group_no, since, pos, label, type, ttl, rdata,"
                 " comment, disable, lock_ptr, track_reverse, ref_id, ptr_zone_id) select $1, u.no, $2, u.pos, u.label, u.type,"
                 " u.ttl, u.rdata, u.comment, u.disable, u.lock_ptr, u.track, u.ref, u.ptr_zone from unnest($9::integer[],"
                 " $10::double precision[], $11::text[], $12::integer[], $13::bigint[], $14::text[], $15::text[],"
                 " $16::boolean[], $17::boolean[], $18::boolean[], $19::bigint[], $20::bigint[]) as u (no, pos, label, type, ttl,"
                 " rdata, comment, disable, lock_ptr, track, ref, ptr_zone) where (select count(*) from closed) >= 0",
                 "bigint,integer,bigint[],integer[],integer[],double precision[],text[],text[],integer[],double"
                 " precision[],text[],integer[],bigint[],text[],text[],boolean[],boolean[],boolean[],bigint[],bigint[]",
                 ""},
    [S_CHANGES] =
        {"zi_changes",
         "select false, label, ttl, type, rdata from rr where zone_id = $1 and until > $2 and until <= $3 and since"
         " <= $2 and not disable union all select true, label, ttl, type, rdata from rr where zone_id = $1 and since"
         " > $2 and since <= $3 and (until is null or until > $3) and not disable",
         "bigint,integer,integer", "boolean,text,bigint,integer,text"},
};

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_data, ARRAY_SIZE(s_data));
}

/* ---- reading */

typedef struct {
    double pos;
    int group_no;
    size_t row;
} place_t;

static int by_place(const void *a, const void *b)
{
    const place_t *x = a, *y = b;
    if (x->pos < y->pos || x->pos > y->pos)
        return x->pos < y->pos ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int by_number(const void *a, const void *b)
{
    const place_t *x = a, *y = b;
    return (x->group_no > y->group_no) - (x->group_no < y->group_no);
}

/* Rows of one kind in order of their positions. */
static size_t in_order(const db_rows_t *rows, int kind, place_t **ret_places)
{
    size_t total = db_rows_count(rows), count = 0;
    place_t *places = auto_calloc(total + 1, sizeof(*places));
    for (size_t i = 0; i < total; i++) {
        if (db_int(rows, i, 0) == kind)
            places[count++] = (place_t){db_double(rows, i, 2), (int)db_int(rows, i, 1), i};
    }
    if (count > 0)
        qsort(places, count, sizeof(*places), by_place);
    *ret_places = places;
    return count;
}

static void read_record(const db_rows_t *rows, size_t i, zonedata_rr_t *rr)
{
    rr->id = db_int(rows, i, 3);
    rr->label = db_dup(rows, i, 4);
    rr->type = (uint16_t)db_int(rows, i, 5);
    rr->has_ttl = !db_null(rows, i, 6);
    rr->ttl = (uint32_t)db_int(rows, i, 6);
    rr->rdata = db_dup(rows, i, 7);
    rr->comment = db_dup(rows, i, 8);
    rr->disable = db_bool(rows, i, 9);
    rr->lock_ptr = db_bool(rows, i, 10);
    rr->track_reverse = db_bool(rows, i, 11);
    rr->reference = db_dup(rows, i, 12);
    rr->ptr_zone_id = db_int(rows, i, 13);
}

static void read_soa(zonedata_t *data, const zone_row_t *zone, const zi_row_t *zi)
{
    data->zone_ttl = auto_strdup(zi->zone_ttl);
    data->has_soa = true;
    data->soa = (zonedata_soa_t){
        .mname = auto_strdup(zi->soa_mname),
        .rname = auto_strdup(zi->soa_rname),
        .refresh = auto_strdup(zi->soa_refresh),
        .retry = auto_strdup(zi->soa_retry),
        .expire = auto_strdup(zi->soa_expire),
        .minimum = auto_strdup(zi->soa_minimum),
        .soa_ttl = auto_strdup(zi->soa_ttl),
        .has_serial = true,
        .serial = zi->soa_serial,
        .comment = auto_strdup(zi->soa_comment),
        .reference = auto_strdup(zone->reference != NULL ? zone->reference : zi->soa_reference),
    };
}

/* Groups in order; *ret_index: (number, index in data) sorted by number, to find a record's group. */
static size_t read_groups(const db_rows_t *rows, zonedata_t *data, zone_positions_t *positions, place_t **ret_index)
{
    place_t *groups = NULL;
    size_t count = in_order(rows, 0, &groups);
    if (positions != NULL)
        positions->group_pos = auto_calloc(count + 1, sizeof(double));
    for (size_t g = 0; g < count; g++) {
        size_t row = groups[g].row;
        zonedata_group_t *group = g == 0 ? &data->groups[ZONEDATA_GROUP_APEX] : zonedata_add_group(data, NULL, NULL);
        free(group->tag);
        group->tag = db_dup(rows, row, 7);
        group->comment = db_dup(rows, row, 8);
        group->id = groups[g].group_no;
        if (positions != NULL)
            positions->group_pos[g] = groups[g].pos;
        groups[g].row = g;
    }
    if (count > 0)
        qsort(groups, count, sizeof(*groups), by_number);
    *ret_index = groups;
    return count;
}

static err_t read_content(const db_rows_t *rows, const zone_row_t *zone, const zi_row_t *zi, zonedata_t **ret_data,
                          zone_positions_t *ret_positions, err_info_t *reterr)
{
    AUTO(zonedata) data = zonedata_new(zone->name);
    zone_positions_t positions = {.next_group_no = 1};
    AUTO_FREE place_t *index = NULL;
    AUTO_FREE place_t *records = NULL;
    read_soa(data, zone, zi);
    size_t group_count = read_groups(rows, data, ret_positions == NULL ? NULL : &positions, &index);
    size_t count = in_order(rows, 1, &records);
    for (size_t i = 0; i < count; i++) {
        const place_t *group = bsearch(&records[i], index, group_count, sizeof(*index), by_number);
        if (group == NULL) {
            zone_positions_done(&positions);
            return err_set(reterr, ERR_INTERNAL, "record %lld of zone \"%s\" has no group",
                           (long long)db_int(rows, records[i].row, 3), zone->name);
        }
        records[i].group_no = (int)group->row; /* from here on: the group's index */
        read_record(rows, records[i].row, zonedata_add_rr(data, &data->groups[group->row]));
    }
    if (ret_positions != NULL) {
        AUTO_FREE size_t *next = auto_calloc(data->count + 1, sizeof(*next));
        positions.rr_pos = auto_calloc(count + 1, sizeof(double));
        for (size_t g = 1; g < data->count; g++)
            next[g] = next[g - 1] + data->groups[g - 1].count;
        for (size_t i = 0; i < count; i++)
            positions.rr_pos[next[records[i].group_no]++] = records[i].pos;
        for (size_t i = 0; i < db_rows_count(rows); i++) {
            if (db_int(rows, i, 0) == 2)
                positions.next_group_no = (int)db_int(rows, i, 1) + 1;
        }
        *ret_positions = positions;
    }
    *ret_data = data;
    data = NULL;
    return ERR_OK;
}

err_t zi_store_load(db_t *db, const zone_row_t *zone, const zi_row_t *zi, zonedata_t **ret_data, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone->id);
    db_arg_int(&args, zi->seq);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_data[S_LOAD], &args, &rows, reterr);
    return e != ERR_OK ? e : read_content(rows, zone, zi, ret_data, NULL, reterr);
}

err_t zi_store_load_newest(db_t *db, const zone_row_t *zone, const zi_row_t *zi, zonedata_t **ret_data,
                           zone_positions_t *ret_positions, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone->id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_data[S_NEWEST], &args, &rows, reterr);
    return e != ERR_OK ? e : read_content(rows, zone, zi, ret_data, ret_positions, reterr);
}

/* ---- writing */

/* Ids of the references of new records; *ret_ids parallel to delta->new_rrs, NULL when none has one. */
static err_t references(db_t *db, const zi_delta_t *delta, int64_t **ret_ids, err_info_t *reterr)
{
    AUTO_FREE const char **names = auto_calloc(delta->new_rr_count + 1, sizeof(*names));
    size_t count = 0;
    for (size_t i = 0; i < delta->new_rr_count; i++) {
        if (delta->new_rrs[i].rr->reference != NULL)
            names[count++] = delta->new_rrs[i].rr->reference;
    }
    *ret_ids = NULL;
    if (count == 0)
        return ERR_OK;
    int64_t *found = NULL;
    err_t e = ref_store_ensure_many(db, names, count, &found, reterr);
    if (e != ERR_OK)
        return e;
    *ret_ids = auto_calloc(delta->new_rr_count + 1, sizeof(**ret_ids));
    for (size_t i = 0, k = 0; i < delta->new_rr_count; i++) {
        if (delta->new_rrs[i].rr->reference != NULL)
            (*ret_ids)[i] = found[k++];
    }
    free(found);
    return ERR_OK;
}

static void close_args(db_args_t *args, const zi_delta_t *delta, bool with)
{
    db_array_t groups = DB_ARRAY_INIT;
    for (size_t i = 0; with && i < delta->close_group_count; i++)
        db_array_int(&groups, delta->close_groups[i]);
    db_arg_ints(args, delta->close_rrs, with ? delta->close_rr_count : 0);
    db_arg_array(args, &groups);
}

static void group_args(db_args_t *args, const zi_delta_t *delta, bool with)
{
    db_array_t a[4] = {0};
    for (size_t i = 0; with && i < delta->new_group_count; i++) {
        const struct zi_new_group *g = &delta->new_groups[i];
        db_array_int(&a[0], g->group_no);
        db_array_double(&a[1], g->pos);
        db_array_text(&a[2], g->comment);
        db_array_text(&a[3], g->tag);
    }
    for (size_t i = 0; i < ARRAY_SIZE(a); i++)
        db_arg_array(args, &a[i]);
}

static void record_args(db_args_t *args, const zi_delta_t *delta, const int64_t *refs, size_t from, size_t to)
{
    db_array_t a[12] = {0};
    for (size_t i = from; i < to; i++) {
        const zonedata_rr_t *rr = delta->new_rrs[i].rr;
        db_array_int(&a[0], delta->new_rrs[i].group_no);
        db_array_double(&a[1], delta->new_rrs[i].pos);
        db_array_text(&a[2], rr->label);
        db_array_int(&a[3], rr->type);
        db_array_int_null(&a[4], rr->has_ttl, rr->ttl);
        db_array_text(&a[5], rr->rdata);
        db_array_text(&a[6], rr->comment);
        db_array_bool(&a[7], rr->disable);
        db_array_bool(&a[8], rr->lock_ptr);
        db_array_bool(&a[9], rr->track_reverse);
        db_array_id(&a[10], refs == NULL ? 0 : refs[i]);
        db_array_id(&a[11], delta->new_rrs[i].ptr_zone_id);
    }
    for (size_t i = 0; i < ARRAY_SIZE(a); i++)
        db_arg_array(args, &a[i]);
}

err_t zi_store_apply(db_t *db, int64_t zone_id, int seq, const zi_delta_t *delta, err_info_t *reterr)
{
    enum { CHUNK = 20000 }; /* keeps one statement well inside the statement timeout */
    AUTO_FREE int64_t *refs = NULL;
    err_t e = references(db, delta, &refs, reterr);
    size_t from = 0;
    do {
        size_t to = delta->new_rr_count - from > CHUNK ? from + CHUNK : delta->new_rr_count;
        if (e == ERR_OK) {
            AUTO_ARGS args = DB_ARGS_INIT;
            db_arg_int(&args, zone_id);
            db_arg_int(&args, seq);
            close_args(&args, delta, from == 0);
            group_args(&args, delta, from == 0);
            record_args(&args, delta, refs, from, to);
            e = db_exec(db, &s_data[S_APPLY], &args, NULL, reterr);
        }
        from = to;
    } while (e == ERR_OK && from < delta->new_rr_count);
    return e;
}

err_t zi_store_changes(db_t *db, int64_t zone_id, int from_seq, int to_seq, zi_change_t **ret_changes,
                       size_t *ret_count, err_info_t *reterr)
{
    bool forward = from_seq <= to_seq;
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, forward ? from_seq : to_seq);
    db_arg_int(&args, forward ? to_seq : from_seq);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_data[S_CHANGES], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_changes = auto_calloc(*ret_count + 1, sizeof(**ret_changes));
    for (size_t i = 0; i < *ret_count; i++) {
        (*ret_changes)[i] = (zi_change_t){.added = db_bool(rows, i, 0) == forward,
                                          .label = db_dup(rows, i, 1),
                                          .ttl = (uint32_t)db_int(rows, i, 2),
                                          .has_ttl = !db_null(rows, i, 2),
                                          .type = (uint16_t)db_int(rows, i, 3),
                                          .rdata = db_dup(rows, i, 4)};
    }
    return ERR_OK;
}
