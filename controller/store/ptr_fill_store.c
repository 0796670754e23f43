#include "controller/store/ptr_fill_store.h"
#include "controller/store/event_store.h"
#include <stdlib.h>

#define IS_ON "(select lower(value) in ('true', 'on', 'yes', '1') from config where key = 'auto_reverse' and sg_id is null)"
/* Bounds of a network as addresses, by which the index on them goes. */
#define FIRST(network) "host(" network ")::inet"
#define LAST(network) "host(broadcast(" network "))::inet"
/* t (zone_id, network): what is to be looked at.  "order by": by the index also where there are no statistics yet. */
#define BEGIN(t)                                                                                                                       \
    "with t (zone_id, network) as materialized (" t ") insert into ptr_fill (zone_id, network, sectag_id, change_by, change_id) select"  \
    " t.zone_id, t.network, $2, $3, $4 from t where " IS_ON " and (exists (select from (select 1 from rr r where r.type in (1, 28) and"  \
    " r.rdata::inet >= " FIRST("t.network") " and r.rdata::inet <= " LAST("t.network") " order by r.rdata::inet, r.id limit 1) a) or"    \
    " exists (select from rr r where r.zone_id = t.zone_id and r.type + 0 = 12 and r.ptr_zone_id is not null and r.until is null)) on"       \
    " conflict (zone_id, network) do update set sectag_id = excluded.sectag_id, change_by = excluded.change_by, change_id ="             \
    " excluded.change_id, own_after = '', address_after = null, rr_after = 0 returning zone_id"
#define ASKER "bigint,bigint,text,bigint"

enum { S_BEGIN, S_HAND_OVER, S_OLDEST, S_OWN, S_ADDRESSES, S_QUEUE, S_MOVE, S_END };
static const db_stmt_t s_fill[] = {
    [S_BEGIN] = {"ptr_fill_begin",
                 BEGIN("select w.zone_id, w.network from reverse_network w join zone z on z.id = w.zone_id where w.zone_id = $1 and z.inc_updates and"
                       " z.state <> 'DELETED'"),
                 ASKER, "bigint"},
    [S_HAND_OVER] = {"ptr_fill_hand_over",
                     BEGIN("select c.zone_id, w.network from reverse_network w cross join lateral (select n.zone_id from reverse_network n join zone z on"
                           " z.id = n.zone_id where n.network >>= w.network and n.zone_id <> w.zone_id and z.inc_updates and z.state <> 'DELETED' order by"
                           " masklen(n.network) desc, n.zone_id limit 1) c where w.zone_id = $1"),
                     ASKER, "bigint"},
    [S_OLDEST] = {"ptr_fill_oldest",
                  "select zone_id, network::text, sectag_id, change_by, change_id, own_after, host(address_after), rr_after from ptr_fill where"
                  " zone_id = $1 order by change_id, network limit 1",
                  "bigint", "bigint,text,bigint,text,bigint,text,text,bigint"},
    [S_OWN] = {"ptr_fill_own",
               "select r.label, r.rdata, r.ptr_zone_id from rr r where r.zone_id = $1 and r.label > $2 and r.type + 0 = 12 and r.ptr_zone_id is not"
               " null and r.until is null order by r.label limit $3",
               "bigint,text,bigint", "text,text,bigint"},
    /* The candidate's records, as in ptr_facts.  The oldest version that is kept and has the record says who brought it. */
    [S_ADDRESSES] = {"ptr_fill_addresses",
                     "select r.id, coalesce(f.id, 0), f.name, r.label, r.rdata, r.track_reverse, coalesce(f.admin, false) from (select *, rdata::inet"
                     " address from rr where type in (1, 28) and (rdata::inet, id) > (coalesce($2::text::inet, " FIRST("$1::text::cidr") "), $3) and"
                     " rdata::inet <= " LAST("$1::text::cidr") " order by rdata::inet, id limit $5) r left join lateral (select z.id, z.name, $4::bigint is"
                     " null and (select v.change_by like '%/Admin' from zi v where v.zone_id = z.id and v.seq >= r.since order by v.seq limit 1) admin"
                     " from zone z join zi c on c.id = z.zi_candidate_id where z.id = r.zone_id and z.state not in ('INIT', 'DISABLED', 'DELETED')"
                     " and r.since <= c.seq and (r.until is null or r.until > c.seq) and ($4::bigint is null or exists (select from zone_seen t"
                     " where t.zone_id = z.id and t.sectag_id = $4)) and not exists (select from reverse_network w join zone o on o.id = w.zone_id"
                     " where w.network >>= r.address and w.network << (select network from reverse_network where zone_id = $6) and o.inc_updates and o.state <> 'DELETED') offset 0) f on"
                     " true order by r.address, r.id",
                     "text,text,bigint,bigint,bigint,bigint", "bigint,bigint,text,text,text,boolean,boolean"},
    [S_QUEUE] = {"ptr_fill_queue",
                 "insert into ptr_update (zone_id, label, address, host, forced, restored, forward_zone_id, admin, change_by, change_id, ctime, fill) select"
                 " $1, u.label, u.address, u.host, u.forced, false, u.forward_zone_id, u.admin, $7, $8, $9, true from unnest($2::text[], $3::text[],"
                 " $4::text[], $5::boolean[], $6::boolean[], $10::bigint[]) with ordinality u(label, address, host, forced, admin,"
                 " forward_zone_id, n) order by u.n",
                 "bigint,text[],text[],text[],boolean[],boolean[],text,bigint,timestamptz,bigint[]", ""},
    [S_MOVE] = {"ptr_fill_move",
                "update ptr_fill set own_after = $3, address_after = $4::text::inet, rr_after = $5 where zone_id = $1 and network = $2::text::cidr",
                "bigint,text,text,text,bigint", ""},
    [S_END] = {"ptr_fill_end", "delete from ptr_fill where zone_id = $1 and network = $2::text::cidr", "bigint,text", ""},
};

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_fill, ARRAY_SIZE(s_fill));
}

/* ---- what begins one */

static err_t begin(db_t *db, const db_stmt_t *stmt, int64_t zone_id, const ptr_fill_asker_t *asker, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_id(&args, asker->sectag_id);
    db_arg_text(&args, asker->change_by);
    db_arg_int(&args, asker->change_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, stmt, &args, &rows, reterr);
    if (e != ERR_OK || db_rows_count(rows) == 0)
        return e;
    char type[] = "ZoneSMAutoPtr";
    event_row_t event = {.kind = MACHINE_ZONE, .machine_id = db_int(rows, 0, 0), .type = type, .due = now, .change_id = asker->change_id};
    return event_store_insert_many(db, &event, 1, now, reterr);
}

err_t ptr_fill_store_begin(db_t *db, int64_t zone_id, const ptr_fill_asker_t *asker, wall_t now, err_info_t *reterr)
{
    return begin(db, &s_fill[S_BEGIN], zone_id, asker, now, reterr);
}

err_t ptr_fill_store_hand_over(db_t *db, int64_t zone_id, const ptr_fill_asker_t *asker, wall_t now, err_info_t *reterr)
{
    return begin(db, &s_fill[S_HAND_OVER], zone_id, asker, now, reterr);
}

/* ---- at the reverse zone's machine */

void ptr_fill_done(ptr_fill_t *self)
{
    free(self->network);
    free(self->change_by);
    free(self->own_after);
    free(self->address_after);
    *self = (ptr_fill_t){0};
}

void ptr_own_free(ptr_own_t *own, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(own[i].label);
        free(own[i].rdata);
    }
    free(own);
}

err_t ptr_fill_store_oldest(db_t *db, int64_t zone_id, ptr_fill_t *ret_fill, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_fill[S_OLDEST], &args, &rows, reterr);
    if (e != ERR_OK || db_rows_count(rows) == 0)
        return e;
    *ret_fill = (ptr_fill_t){.zone_id = db_int(rows, 0, 0),
                             .network = db_dup(rows, 0, 1),
                             .sectag_id = db_int(rows, 0, 2),
                             .change_by = db_dup(rows, 0, 3),
                             .change_id = db_int(rows, 0, 4),
                             .own_after = db_dup(rows, 0, 5),
                             .address_after = db_dup(rows, 0, 6),
                             .rr_after = db_int(rows, 0, 7)};
    return ERR_OK;
}

err_t ptr_fill_store_own(db_t *db, const ptr_fill_t *fill, size_t limit, ptr_own_t **ret_own, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, fill->zone_id);
    db_arg_text(&args, fill->own_after);
    db_arg_int(&args, (int64_t)limit);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_fill[S_OWN], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_own = auto_calloc(*ret_count + 1, sizeof(**ret_own));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_own)[i] = (ptr_own_t){db_dup(rows, i, 0), db_dup(rows, i, 1), db_int(rows, i, 2)};
    return ERR_OK;
}

err_t ptr_fill_store_addresses(db_t *db, const ptr_fill_t *fill, size_t limit, auto_ptr_found_t **ret_found, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, fill->network);
    db_arg_text(&args, fill->address_after);
    db_arg_int(&args, fill->rr_after);
    db_arg_id(&args, fill->sectag_id);
    db_arg_int(&args, (int64_t)limit);
    db_arg_int(&args, fill->zone_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_fill[S_ADDRESSES], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_found = auto_calloc(*ret_count + 1, sizeof(**ret_found));
    for (size_t i = 0; i < *ret_count; i++) {
        (*ret_found)[i] = (auto_ptr_found_t){.rr_id = db_int(rows, i, 0),
                                             .zone_id = db_int(rows, i, 1),
                                             .zone_name = db_dup(rows, i, 2),
                                             .label = db_dup(rows, i, 3),
                                             .address = db_dup(rows, i, 4),
                                             .track = db_bool(rows, i, 5),
                                             .admin = db_bool(rows, i, 6)};
    }
    return ERR_OK;
}

static err_t queue(db_t *db, const ptr_fill_t *fill, const auto_ptr_op_t *ops, size_t count, wall_t now, err_info_t *reterr)
{
    db_array_t a[6] = {0};
    for (size_t i = 0; i < count; i++) {
        db_array_text(&a[0], ops[i].label);
        db_array_text(&a[1], ops[i].address);
        db_array_text(&a[2], ops[i].host);
        db_array_bool(&a[3], ops[i].forced);
        db_array_bool(&a[4], ops[i].admin);
        db_array_int(&a[5], ops[i].forward_zone_id);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, fill->zone_id);
    for (size_t i = 0; i < 5; i++)
        db_arg_array(&args, &a[i]);
    db_arg_text(&args, fill->change_by);
    db_arg_int(&args, fill->change_id);
    db_arg_time(&args, now);
    db_arg_array(&args, &a[5]);
    return count > 0 ? db_exec(db, &s_fill[S_QUEUE], &args, NULL, reterr) : ERR_OK;
}

err_t ptr_fill_store_move(db_t *db, const ptr_fill_t *fill, bool done, const auto_ptr_op_t *ops, size_t count, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, fill->zone_id);
    db_arg_text(&args, fill->network);
    if (!done) {
        db_arg_text(&args, fill->own_after);
        db_arg_text(&args, fill->address_after);
        db_arg_int(&args, fill->rr_after);
    }
    err_t e = db_exec(db, &s_fill[done ? S_END : S_MOVE], &args, NULL, reterr);
    return e == ERR_OK ? queue(db, fill, ops, count, now, reterr) : e;
}
