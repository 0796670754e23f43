#include "controller/store/ptr_store.h"
#include "controller/store/event_store.h"
#include "shared/reverse.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define IS_ON(key) "(select lower(value) in ('true', 'on', 'yes', '1') from config where key = '" key "' and sg_id is null)"
#define RECORD "r.label, r.type, r.rdata, r.disable, r.track_reverse, false"
/* least: the older version of the two, greatest: the newer one; what only the newer one has came, if the zone went that way. */
#define OLDER "(select least(a, b) from s)"
#define NEWER "(select greatest(a, b) from s)"

enum { S_SETTINGS, S_CONCERNED, S_CHANGES, S_NETWORKS, S_THERE, S_QUEUE, S_PARK, S_UNPARK, S_WAITING, S_TAKE, S_FACTS, S_FINISH, S_HOLD, S_DROP };
static const db_stmt_t s_ptr[] = {
    [S_SETTINGS] = {"ptr_settings",
                    "select " IS_ON("auto_reverse") ", " IS_ON("auto_create_ipv4_ptr") ", " IS_ON("auto_create_ipv6_ptr"), "",
                    "boolean,boolean,boolean"},
    [S_CONCERNED] = {"ptr_concerned",
                     "select u.id from unnest($1::bigint[]) with ordinality u(id, n) where (select min(zone_id) from reverse_network) is not null and " IS_ON("auto_reverse")
                     " and exists (select from (select rdata from rr where zone_id = u.id and type in (1, 28) and until is null offset 0) r"
                     " where exists (select from reverse_network w join zone z on z.id = w.zone_id and z.inc_updates and z.state <> 'DELETED'"
                     " where w.network >>= r.rdata::inet)) order by u.n",
                     "bigint[]", "bigint"},
    /* By lifetime, so the cost is the change's; "materialized": no text is read as an address that is not one.  "offset 0": one
       index look-up for each row, also where there are no statistics yet. */
    [S_CHANGES] =
        {"ptr_changes",
         "with s as materialized (select coalesce((select seq from zi where id = $2), 0) a, coalesce((select seq from zi where id ="
         " $3), 0) b), moved as materialized (select case when (select a <= b from s) then 1 else 0 end kind, " RECORD
         " from rr r where r.zone_id = $1 and r.type in (1, 28) and r.since > " OLDER " and r.since <= " NEWER " and (r.until is"
         " null or r.until > " NEWER ") union all select case when (select a <= b from s) then 0 else 1 end, " RECORD
         " from rr r where r.zone_id = $1 and r.type in (1, 28) and r.until > " OLDER " and r.until <= " NEWER " and r.since <= "
         OLDER "), c (kind, label, type, rdata, disable, track, forced) as materialized (select * from moved union all select 2, "
         RECORD " from rr r where $4 and r.zone_id = $1 and r.track_reverse and r.type in (1, 28) and r.until is null and r.since"
         " <= (select b from s) union all select 2, u.label, u.type, u.rdata, false, false, true from unnest($5::text[],"
         " $6::integer[], $7::text[]) u(label, type, rdata) union all select distinct 3, " RECORD " from (select * from moved where kind"
         " = 0) m cross join lateral (select * from rr where rdata || ' ' || zone_id::text = m.rdata || ' ' || $1::text and until is null"
         " and type in (1, 28) offset 0) r where r.label <> m.label and r.since <= (select b from s)) select * from c where (select"
         " min(zone_id) from reverse_network) is not null and " IS_ON("auto_reverse"),
         "bigint,bigint,bigint,boolean,text[],integer[],text[]", "integer,text,integer,text,boolean,boolean,boolean"},
    /* All around and inside a block; which of them is the closest to an address is found by who asks. */
    [S_NETWORKS] = {"ptr_networks",
                    "select z.id, z.name, z.reference, z.visible, host(w.network), masklen(w.network) from (select distinct w.zone_id, w.network from"
                    " unnest($1::text[]) u(block) cross join lateral (select zone_id, network from reverse_network where network >>="
                    " u.block::inet union all select zone_id, network from reverse_network where network << u.block::inet offset 0) w) w cross join"
                    " lateral (select z.id, z.name, (select f.name from reference f where f.id = z.ref_id) reference, $2::bigint is null or exists"
                    " (select from zone_seen t where t.zone_id = z.id and t.sectag_id = $2) visible from zone z where z.id = w.zone_id and z.state"
                    " <> 'DELETED' and z.inc_updates offset 0) z order by z.id",
                    "text[],bigint", "bigint,text,text,boolean,text,integer"},
    /* "type + 0", here and below: by owner.  To statistics from before there were PTR records an index that begins with the type looks quicker. */
    [S_THERE] = {"ptr_there",
                 "select p.count, p.locked, p.disable, p.rdata, p.reference, p.ours, exists (select from ptr_update w where"
                 " w.zone_id = u.zone_id and w.label = u.label), exists (select from ptr_parked k where k.forward_zone_id = $1 and"
                 " k.zone_id = u.zone_id and k.label = u.label and k.host = u.host) from unnest($2::bigint[], $3::text[],"
                 " $4::text[]) with ordinality u(zone_id, label, host, n) cross join lateral (select count(*), bool_or(r.lock_ptr)"
                 " locked, bool_or(r.disable) disable, min(r.rdata) rdata, min((select f.name from reference f where f.id ="
                 " r.ref_id)) reference, bool_or(r.ptr_zone_id is not null and r.rdata = u.host) ours from rr r where r.zone_id ="
                 " u.zone_id and r.label = u.label and r.type + 0 = 12 and r.until is null) p order by u.n",
                 "bigint,bigint[],text[],text[]", "bigint,boolean,boolean,text,text,boolean,boolean,boolean"},
    [S_QUEUE] = {"ptr_queue",
                 "insert into ptr_update (zone_id, label, address, host, forced, restored, forward_zone_id, admin, change_by,"
                 " change_id, ctime) select u.zone_id, u.label, u.address, u.host, u.forced, u.restored, $7, $8, $9, $10, $11 from"
                 " unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::boolean[]) with ordinality"
                 " u(zone_id, label, address, host, forced, restored, n) order by u.n",
                 "bigint[],text[],text[],text[],boolean[],boolean[],bigint,boolean,text,bigint,timestamptz", ""},
    [S_PARK] = {"ptr_park",
                "insert into ptr_parked (forward_zone_id, zone_id, label, host) select $1, zone_id, label, rdata from rr where"
                " ptr_zone_id = $1 and until is null and type = 12 union select $1, zone_id, label, host from ptr_update where"
                " forward_zone_id = $1 on conflict do nothing",
                "bigint", ""},
    [S_UNPARK] = {"ptr_unpark", "delete from ptr_parked where forward_zone_id = $1", "bigint", ""},
    [S_WAITING] = {"ptr_waiting",
                   "select exists (select from ptr_update where zone_id = $1 and not held) or exists (select from ptr_fill where zone_id = $1),"
                   " exists (select from ptr_update where zone_id = $1 and held), exists (select from event where kind = 'zone' and"
                   " machine_id = $1 and done is null and state = 'RETRY' and type = 'ZoneSMAutoPtr' and id <> $2)",
                   "bigint,bigint", "boolean,boolean,boolean"},
    [S_TAKE] = {"ptr_take",
                "select id, label, address, host, forward_zone_id, change_id, forced, restored, admin, change_by, fill from ptr_update"
                " where zone_id = $1 and ($3 or not held) order by id limit $2",
                "bigint,bigint,boolean", "bigint,text,text,text,bigint,bigint,boolean,boolean,boolean,text,boolean"},
    /* The candidate's records: the live rows, and where somebody chose an older version those that ended after it. */
    [S_FACTS] = {"ptr_facts",
                 "with u as materialized (select * from unnest($1::integer[], $2::text[], $3::text[], $4::integer[], $5::text[])"
                 " u(n, zone, label, type, rdata)) select u.n, r.disable, z.id, (select f.name from reference f where f.id ="
                 " z.ref_id) from u join zone z on z.name = u.zone and z.state not in ('INIT', 'DISABLED', 'DELETED') join zi c on"
                 " c.id = z.zi_candidate_id cross join lateral (select disable from rr where zone_id = z.id and label = u.label"
                 " and type + 0 = u.type and md5(rdata) = md5(u.rdata) and until is null and since <= c.seq union all select disable"
                 " from rr where c.seq < z.zi_count and zone_id = z.id and until > c.seq and since <= c.seq and label = u.label"
                 " and type + 0 = u.type and rdata = u.rdata limit 1) r",
                 "integer[],text[],text[],integer[],text[]", "integer,boolean,bigint,text"},
    [S_FINISH] = {"ptr_finish", "delete from ptr_update where id = any($1)", "bigint[]", ""},
    [S_DROP] = {"ptr_drop", "with fill as (delete from ptr_fill where zone_id = $1) delete from ptr_update where zone_id = $1", "bigint", ""},
    [S_HOLD] = {"ptr_hold", "update ptr_update set held = true where id = any($1) and not held", "bigint[]", ""},
};

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_ptr, ARRAY_SIZE(s_ptr));
}

err_t ptr_store_settings(db_t *db, auto_ptr_settings_t *ret_settings, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_ptr[S_SETTINGS], NULL, &rows, reterr);
    if (e == ERR_OK)
        *ret_settings = (auto_ptr_settings_t){db_bool(rows, 0, 0), db_bool(rows, 0, 1), db_bool(rows, 0, 2)};
    return e;
}

/* ---- at the save of a forward zone */

static void forced_args(db_args_t *args, const zonedata_t *data)
{
    db_array_t labels = DB_ARRAY_INIT, types = DB_ARRAY_INIT, rdata = DB_ARRAY_INIT;
    for (size_t g = 0; data != NULL && g < data->count; g++) {
        for (size_t r = 0; r < data->groups[g].count; r++) {
            const zonedata_rr_t *rr = &data->groups[g].rrs[r];
            char name[DNAME_TEXT];
            if (!rr->force_reverse || (rr->type != RR_A && rr->type != RR_AAAA) || rr->rdata == NULL || !reverse_name(rr->rdata, name))
                continue;
            db_array_text(&labels, rr->label);
            db_array_int(&types, rr->type);
            db_array_text(&rdata, rr->rdata);
        }
    }
    db_arg_array(args, &labels);
    db_arg_array(args, &types);
    db_arg_array(args, &rdata);
}

err_t ptr_store_concerned(db_t *db, const int64_t *zone_ids, size_t count, int64_t **ret_ids, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_ptr[S_CONCERNED], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_ids = auto_calloc(*ret_count + 1, sizeof(**ret_ids));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_ids)[i] = db_int(rows, i, 0);
    return ERR_OK;
}

err_t ptr_store_changes(db_t *db, const ptr_move_t *move, auto_ptr_changes_t *ret_changes, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, move->zone_id);
    db_arg_id(&args, move->from_zi_id);
    db_arg_id(&args, move->to_zi_id);
    db_arg_bool(&args, move->may_force);
    forced_args(&args, move->to_zi_id == 0 ? NULL : move->submission);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_ptr[S_CHANGES], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    auto_ptr_changes_t *c = ret_changes;
    c->items = auto_grow(NULL, &c->cap, db_rows_count(rows) + 1, sizeof(*c->items));
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        c->items[c->count++] = (auto_ptr_change_t){.kind = (auto_ptr_kind_t)db_int(rows, i, 0),
                                                   .label = db_dup(rows, i, 1),
                                                   .type = (uint16_t)db_int(rows, i, 2),
                                                   .rdata = db_dup(rows, i, 3),
                                                   .disable = db_bool(rows, i, 4),
                                                   .track = db_bool(rows, i, 5),
                                                   .forced = db_bool(rows, i, 6)};
    }
    return ERR_OK;
}

err_t ptr_store_networks(db_t *db, const ptr_move_t *move, const auto_ptr_changes_t *changes, auto_ptr_net_t **ret_nets, size_t *ret_count,
                         err_info_t *reterr)
{
    char **blocks = NULL;
    size_t block_count = 0;
    auto_ptr_blocks(changes, &blocks, &block_count);
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_texts(&args, (const char *const *)blocks, block_count);
    db_arg_id(&args, move->sectag_id);
    rows_texts_free(blocks, block_count);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_ptr[S_NETWORKS], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_nets = auto_calloc(*ret_count + 1, sizeof(**ret_nets));
    for (size_t i = 0; i < *ret_count; i++) {
        auto_ptr_net_t *net = &(*ret_nets)[i];
        const char *first = db_text(rows, i, 4);
        *net = (auto_ptr_net_t){.zone_id = db_int(rows, i, 0),
                                .name = db_dup(rows, i, 1),
                                .reference = db_dup(rows, i, 2),
                                .visible = db_bool(rows, i, 3),
                                .v6 = strchr(first, ':') != NULL,
                                .bits = (unsigned)db_int(rows, i, 5)};
        if (inet_pton(net->v6 ? AF_INET6 : AF_INET, first, net->address) != 1)
            e = err_set(reterr, ERR_INTERNAL, "network \"%s\" of zone \"%s\" is none", first, net->name);
    }
    return e;
}

void ptr_store_there_free(ptr_there_t *there, size_t count)
{
    for (size_t i = 0; there != NULL && i < count; i++) {
        free(there[i].rdata);
        free(there[i].reference);
    }
    free(there);
}

err_t ptr_store_there(db_t *db, int64_t forward_zone_id, const auto_ptr_wish_t *wishes, size_t count, ptr_there_t **ret_there, err_info_t *reterr)
{
    db_array_t zones = DB_ARRAY_INIT, labels = DB_ARRAY_INIT, hosts = DB_ARRAY_INIT;
    for (size_t i = 0; i < count; i++) {
        db_array_int(&zones, wishes[i].change->net->zone_id);
        db_array_text(&labels, wishes[i].label);
        db_array_text(&hosts, wishes[i].host);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, forward_zone_id);
    db_arg_array(&args, &zones);
    db_arg_array(&args, &labels);
    db_arg_array(&args, &hosts);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_ptr[S_THERE], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_there = auto_calloc(count + 1, sizeof(**ret_there));
    for (size_t i = 0; i < count && i < db_rows_count(rows); i++) {
        (*ret_there)[i] = (ptr_there_t){.count = (size_t)db_int(rows, i, 0),
                                        .locked = db_bool(rows, i, 1),
                                        .disable = db_bool(rows, i, 2),
                                        .rdata = db_dup(rows, i, 3),
                                        .reference = db_dup(rows, i, 4),
                                        .ours = db_bool(rows, i, 5),
                                        .waiting = db_bool(rows, i, 6),
                                        .parked = db_bool(rows, i, 7)};
    }
    return ERR_OK;
}

static int by_zone(const void *a, const void *b)
{
    const event_row_t *x = a, *y = b;
    return (x->machine_id > y->machine_id) - (x->machine_id < y->machine_id);
}

/* One event for each zone. */
static err_t wake(db_t *db, const ptr_queued_t *queued, size_t count, int64_t change_id, wall_t now, err_info_t *reterr)
{
    char type[] = "ZoneSMAutoPtr";
    AUTO_FREE event_row_t *events = auto_calloc(count + 1, sizeof(*events));
    for (size_t i = 0; i < count; i++) {
        events[i] = (event_row_t){
            .kind = MACHINE_ZONE, .machine_id = queued[i].wish->change->net->zone_id, .type = type, .due = now, .change_id = change_id};
    }
    qsort(events, count, sizeof(*events), by_zone);
    size_t zones = 0;
    for (size_t i = 0; i < count; i++) {
        if (zones == 0 || events[zones - 1].machine_id != events[i].machine_id)
            events[zones++] = events[i];
    }
    return event_store_insert_many(db, events, zones, now, reterr);
}

err_t ptr_store_queue(db_t *db, const ptr_move_t *move, const ptr_queued_t *queued, size_t count, const char *change_by, int64_t change_id,
                      wall_t now, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    db_array_t a[6] = {0};
    for (size_t i = 0; i < count; i++) {
        const auto_ptr_wish_t *w = queued[i].wish;
        db_array_int(&a[0], w->change->net->zone_id);
        db_array_text(&a[1], w->label);
        db_array_text(&a[2], w->change->rdata);
        db_array_text(&a[3], w->host);
        db_array_bool(&a[4], w->forced);
        db_array_bool(&a[5], queued[i].restored);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(a); i++)
        db_arg_array(&args, &a[i]);
    db_arg_int(&args, move->zone_id);
    db_arg_bool(&args, move->sectag_id == 0);
    db_arg_text(&args, change_by);
    db_arg_int(&args, change_id);
    db_arg_time(&args, now);
    err_t e = db_exec(db, &s_ptr[S_QUEUE], &args, NULL, reterr);
    return e == ERR_OK ? wake(db, queued, count, change_id, now, reterr) : e;
}

static err_t of_zone(db_t *db, const db_stmt_t *stmt, int64_t zone_id, db_rows_t **ret_rows, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    return db_exec(db, stmt, &args, ret_rows, reterr);
}

err_t ptr_store_park(db_t *db, int64_t forward_zone_id, err_info_t *reterr)
{
    return of_zone(db, &s_ptr[S_PARK], forward_zone_id, NULL, reterr);
}

err_t ptr_store_unpark(db_t *db, int64_t forward_zone_id, err_info_t *reterr)
{
    return of_zone(db, &s_ptr[S_UNPARK], forward_zone_id, NULL, reterr);
}

/* ---- at the reverse zone's machine */

err_t ptr_store_waiting(db_t *db, int64_t zone_id, int64_t event_id, ptr_waiting_t *ret_waiting, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, event_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_ptr[S_WAITING], &args, &rows, reterr);
    if (e == ERR_OK)
        *ret_waiting = (ptr_waiting_t){db_bool(rows, 0, 0), db_bool(rows, 0, 1), db_bool(rows, 0, 2)};
    return e;
}

err_t ptr_store_take(db_t *db, int64_t zone_id, size_t limit, bool held, auto_ptr_op_t **ret_ops, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, (int64_t)limit);
    db_arg_bool(&args, held);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_ptr[S_TAKE], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_ops = auto_calloc(*ret_count + 1, sizeof(**ret_ops));
    for (size_t i = 0; i < *ret_count; i++) {
        (*ret_ops)[i] = (auto_ptr_op_t){.id = db_int(rows, i, 0),
                                        .label = db_dup(rows, i, 1),
                                        .address = db_dup(rows, i, 2),
                                        .host = db_dup(rows, i, 3),
                                        .forward_zone_id = db_int(rows, i, 4),
                                        .change_id = db_int(rows, i, 5),
                                        .forced = db_bool(rows, i, 6),
                                        .restored = db_bool(rows, i, 7),
                                        .admin = db_bool(rows, i, 8),
                                        .change_by = db_dup(rows, i, 9),
                                        .fill = db_bool(rows, i, 10)};
    }
    return ERR_OK;
}

/* The zones that could hold a host: its own name and all above it. */
static void places(db_array_t a[5], size_t n, const struct auto_ptr_pair *pair)
{
    char zone[DNAME_TEXT], label[DNAME_TEXT], up[DNAME_TEXT];
    snprintf(zone, sizeof(zone), "%s", pair->host);
    while (strcmp(zone, ".") != 0) {
        dname_shorten(pair->host, zone, label);
        db_array_int(&a[0], (int64_t)n);
        db_array_text(&a[1], zone);
        db_array_text(&a[2], label);
        db_array_int(&a[3], strchr(pair->address, ':') != NULL ? RR_AAAA : RR_A);
        db_array_text(&a[4], pair->address);
        if (!dname_parent(zone, up))
            return;
        memcpy(zone, up, sizeof(zone));
    }
}

err_t ptr_store_facts(db_t *db, auto_ptr_facts_t *facts, err_info_t *reterr)
{
    db_array_t a[5] = {0};
    for (size_t i = 0; i < facts->count; i++)
        places(a, i, &facts->items[i]);
    AUTO_ARGS args = DB_ARGS_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(a); i++)
        db_arg_array(&args, &a[i]);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_ptr[S_FACTS], &args, &rows, reterr);
    for (size_t i = 0; e == ERR_OK && i < db_rows_count(rows); i++) {
        size_t n = (size_t)db_int(rows, i, 0);
        auto_ptr_fact_t *f = n < facts->count ? &facts->items[n].fact : NULL;
        if (f == NULL || f->state == AUTO_PTR_ENABLED) /* a record in use counts, in whichever zone */
            continue;
        free(f->reference);
        *f = (auto_ptr_fact_t){db_bool(rows, i, 1) ? AUTO_PTR_DISABLED : AUTO_PTR_ENABLED, db_int(rows, i, 2), db_dup(rows, i, 3)};
    }
    return e;
}

static err_t of_ops(db_t *db, const db_stmt_t *stmt, const auto_ptr_op_t *ops, size_t count, bool held, err_info_t *reterr)
{
    AUTO_FREE int64_t *ids = auto_calloc(count + 1, sizeof(*ids));
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (ops[i].held == held)
            ids[n++] = ops[i].id;
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, ids, n);
    return n > 0 ? db_exec(db, stmt, &args, NULL, reterr) : ERR_OK;
}

err_t ptr_store_finish(db_t *db, const auto_ptr_op_t *ops, size_t count, err_info_t *reterr)
{
    err_t e = of_ops(db, &s_ptr[S_FINISH], ops, count, false, reterr);
    return e == ERR_OK ? of_ops(db, &s_ptr[S_HOLD], ops, count, true, reterr) : e;
}

err_t ptr_store_drop(db_t *db, int64_t zone_id, err_info_t *reterr)
{
    return of_zone(db, &s_ptr[S_DROP], zone_id, NULL, reterr);
}
