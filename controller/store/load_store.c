#include "controller/store/load_store.h"
#include <stdlib.h>
#include <string.h>

enum { S_NAMES, S_IDS };
static const db_stmt_t s_stmts[] = {
    [S_NAMES] = {"load_names",
                 "select z.name, z.state <> 'DELETED', case when z.state <> 'DELETED' then (select r.name from reference r where r.id = z.ref_id) end,"
                 " case when z.state <> 'DELETED' then z.soa_serial end::bigint from zone z where z.name = any($1::text[]) union all select s.name, false, null, s.soa_serial"
                 " from retired_serial s where s.name = any($1::text[]) order by 1",
                 "text[]", "text,boolean,text,bigint"},
    [S_IDS] = {"load_ids",
               "select nextval('zone_id_seq'), nextval('zi_id_seq'), nextval('change_id_seq')"
               " from generate_series(1, $1::bigint)",
               "bigint", "bigint,bigint,bigint"},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

/* ---- names */

void load_store_names_free(load_name_t *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(names[i].name);
        free(names[i].reference);
    }
    free(names);
}

static int by_name(const void *a, const void *b)
{
    const load_name_t *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* All rows of a name become one. */
static void merge(load_name_t *into, const db_rows_t *rows, size_t i)
{
    if (into->serial == 0 || db_bool(rows, i, 1))
        into->serial = (uint32_t)db_int(rows, i, 3);
    if (!db_bool(rows, i, 1))
        return;
    into->live = true;
    into->reference = db_dup(rows, i, 2);
}

err_t load_store_names(db_t *db, const char *const *names, size_t count, load_name_t **ret_names, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_texts(&args, names, count);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_NAMES], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    load_name_t *out = auto_calloc(db_rows_count(rows) + 1, sizeof(*out));
    size_t n = 0;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        if (n == 0 || strcmp(out[n - 1].name, db_text(rows, i, 0)) != 0)
            out[n++].name = db_dup(rows, i, 0);
        merge(&out[n - 1], rows, i);
    }
    if (n > 0)
        qsort(out, n, sizeof(*out), by_name); /* the database sorts by its locale */
    *ret_names = out;
    *ret_count = n;
    return ERR_OK;
}

const load_name_t *load_store_find(const load_name_t *names, size_t count, const char *name)
{
    AUTO_FREE char *copy = auto_strdup(name);
    const load_name_t key = {.name = copy};
    return count > 0 ? bsearch(&key, names, count, sizeof(*names), by_name) : NULL;
}

/* ---- rows */

err_t load_store_ids(db_t *db, size_t count, load_ids_t *ret_ids, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, (int64_t)count);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_stmts[S_IDS], &args, &rows, reterr);
    for (size_t i = 0; e == ERR_OK && i < count; i++)
        ret_ids[i] = (load_ids_t){db_int(rows, i, 0), db_int(rows, i, 1), db_int(rows, i, 2)};
    return e;
}

static void zone_row(db_copy_t *copy, const zone_row_t *z, wall_t now)
{
    db_copy_int(copy, z->id);
    db_copy_text(copy, z->name);
    db_copy_text(copy, rows_zone_states[z->state]);
    db_copy_id(copy, z->zi_id);
    db_copy_id(copy, z->zi_candidate_id);
    db_copy_bool(copy, z->use_apex_ns);
    db_copy_bool(copy, z->edit_lock);
    db_copy_bool(copy, z->auto_dnssec);
    db_copy_bool(copy, z->nsec3);
    db_copy_bool(copy, z->inc_updates);
    db_copy_int(copy, z->sg_id);
    db_copy_id(copy, z->ref_id);
    db_copy_int(copy, z->zi_count);
    db_copy_time(copy, now);
    db_copy_time(copy, now);
    db_copy_row(copy);
}

static void zi_row(db_copy_t *copy, const zi_row_t *zi)
{
    db_array_t apex = DB_ARRAY_INIT;
    db_args_t args = DB_ARGS_INIT;
    for (size_t i = 0; i < zi->apex_ns_count; i++)
        db_array_text(&apex, zi->apex_ns[i]);
    db_arg_array(&args, &apex);
    const char *texts[] = {zi->soa_mname,   zi->soa_rname, zi->soa_refresh, zi->soa_retry,    zi->soa_expire,
                           zi->soa_minimum, zi->soa_ttl,   zi->soa_comment, zi->soa_reference, zi->zone_ttl};
    db_copy_int(copy, zi->id);
    db_copy_int(copy, zi->zone_id);
    db_copy_int(copy, zi->seq);
    db_copy_int(copy, zi->soa_serial);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        db_copy_text(copy, texts[i]);
    db_copy_text(copy, zi->has_apex_ns ? args.values[0] : NULL);
    db_copy_text(copy, zi->change_by);
    db_copy_time(copy, zi->ctime);
    db_copy_time(copy, zi->mtime);
    db_copy_int(copy, zi->records);
    db_copy_row(copy);
    db_args_done(&args);
}

static void group_rows(db_copy_t *copy, const load_row_t *row)
{
    for (size_t i = 0; i < row->delta->new_group_count; i++) {
        const struct zi_new_group *g = &row->delta->new_groups[i];
        db_copy_int(copy, row->zone->id);
        db_copy_int(copy, g->group_no);
        db_copy_int(copy, row->zi->seq);
        db_copy_double(copy, g->pos);
        db_copy_text(copy, g->comment);
        db_copy_text(copy, g->tag);
        db_copy_row(copy);
    }
}

static void record_rows(db_copy_t *copy, const load_row_t *row)
{
    for (size_t i = 0; i < row->delta->new_rr_count; i++) {
        const zonedata_rr_t *rr = row->delta->new_rrs[i].rr;
        db_copy_int(copy, row->zone->id);
        db_copy_int(copy, row->delta->new_rrs[i].group_no);
        db_copy_int(copy, row->zi->seq);
        db_copy_double(copy, row->delta->new_rrs[i].pos);
        db_copy_text(copy, rr->label);
        db_copy_int(copy, rr->type);
        db_copy_int_null(copy, rr->has_ttl, rr->ttl);
        db_copy_text(copy, rr->rdata);
        db_copy_text(copy, rr->comment);
        db_copy_bool(copy, rr->disable);
        db_copy_bool(copy, rr->lock_ptr);
        db_copy_bool(copy, rr->track_reverse);
        db_copy_id(copy, row->ref_ids != NULL ? row->ref_ids[i] : 0);
        db_copy_row(copy);
    }
}

static void receipt_row(db_copy_t *copy, const load_row_t *row, wall_t now)
{
    db_copy_int(copy, row->change_id);
    db_copy_int(copy, row->zone->id);
    db_copy_int(copy, row->zi->id);
    db_copy_int(copy, row->zi->seq);
    db_copy_time(copy, now);
    db_copy_row(copy);
}

static err_t name_taken(err_t e, const err_info_t *why, err_info_t *reterr)
{
    for (size_t i = 0; i < why->key_count; i++) {
        if (strcmp(why->keys[i].key, "constraint") == 0 && strcmp(why->keys[i].text, "zone_live_name") == 0)
            return err_set(reterr, ERR_CONFLICT, "somebody else has just created one of the zones");
    }
    return err_set(reterr, e, "%s", err_message(why));
}

static err_t send_zones(db_t *db, const load_row_t *rows, size_t count, wall_t now, err_info_t *reterr)
{
    AUTO_COPY zones = DB_COPY_INIT;
    AUTO_ERR why = ERR_INFO_INIT;
    for (size_t i = 0; i < count; i++)
        zone_row(&zones, rows[i].zone, now);
    err_t e = db_copy_in(db,
                         "copy zone (id, name, state, zi_id, zi_candidate_id, use_apex_ns, edit_lock, auto_dnssec, nsec3, inc_updates, sg_id, ref_id,"
                         " zi_count, ctime, mtime) from stdin",
                         &zones, &why);
    return e == ERR_OK ? ERR_OK : name_taken(e, &why, reterr);
}

err_t load_store_insert(db_t *db, const load_row_t *rows, size_t count, wall_t now, err_info_t *reterr)
{
    AUTO_COPY zis = DB_COPY_INIT;
    AUTO_COPY groups = DB_COPY_INIT;
    AUTO_COPY records = DB_COPY_INIT;
    AUTO_COPY receipts = DB_COPY_INIT;
    for (size_t i = 0; i < count; i++) {
        zi_row(&zis, rows[i].zi);
        group_rows(&groups, &rows[i]);
        record_rows(&records, &rows[i]);
        receipt_row(&receipts, &rows[i], now);
    }
    err_t e = send_zones(db, rows, count, now, reterr);
    if (e == ERR_OK)
        e = db_copy_in(db,
                       "copy zi (id, zone_id, seq, soa_serial, soa_mname, soa_rname, soa_refresh, soa_retry, soa_expire, soa_minimum, soa_ttl,"
                       " soa_comment, soa_reference, zone_ttl, apex_ns, change_by, ctime, mtime, records) from stdin",
                       &zis, reterr);
    if (e == ERR_OK)
        e = db_copy_in(db, "copy rr_group (zone_id, group_no, since, pos, comment, tag) from stdin", &groups, reterr);
    if (e == ERR_OK)
        e = db_copy_in(db,
                       "copy rr (zone_id, group_no, since, pos, label, type, ttl, rdata, comment, disable, lock_ptr, track_reverse, ref_id)"
                       " from stdin",
                       &records, reterr);
    return e == ERR_OK ? db_copy_in(db, "copy publication (change_id, zone_id, zi_id, zi_seq, committed_at) from stdin", &receipts, reterr) : e;
}

/* ---- change log */

static void change_row(db_copy_t *copy, const caller_t *who, const char *method, const load_change_t *c, wall_t now)
{
    if (c->change_id != 0)
        db_copy_int(copy, c->change_id);
    db_copy_time(copy, now);
    db_copy_text(copy, who->login != NULL ? who->login : "");
    db_copy_text(copy, who->role_name != NULL ? who->role_name : "");
    db_copy_text(copy, who->front_end != NULL ? who->front_end : "");
    db_copy_text(copy, who->address);
    db_copy_text(copy, who->request_id);
    db_copy_text(copy, method);
    db_copy_text(copy, "zone");
    db_copy_text(copy, c->name);
    db_copy_id(copy, c->zone_id);
    db_copy_bool(copy, c->failure == NULL);
    db_copy_int_null(copy, c->failure != NULL, c->failure != NULL ? err_row(c->failure->code)->rpc_code : 0);
    db_copy_text(copy, c->failure != NULL ? err_message(c->failure) : NULL);
    db_copy_row(copy);
}

err_t load_store_changes(db_t *db, const caller_t *who, const char *method, const load_change_t *changes, size_t count, wall_t now, err_info_t *reterr)
{
#define CHANGE_COLUMNS "at, login, role, front_end, address, request_id, method, object, object_name, zone_id, ok, error_code, message) from stdin"
    AUTO_COPY accepted = DB_COPY_INIT;
    AUTO_COPY refused = DB_COPY_INIT;
    for (size_t i = 0; i < count; i++)
        change_row(changes[i].change_id != 0 ? &accepted : &refused, who, method, &changes[i], now);
    err_t e = db_copy_in(db, "copy change (id, " CHANGE_COLUMNS, &accepted, reterr);
    return e == ERR_OK ? db_copy_in(db, "copy change (" CHANGE_COLUMNS, &refused, reterr) : e;
#undef CHANGE_COLUMNS
}
