#include "controller/store/publish_store.h"
#include <stdlib.h>
#include <string.h>

enum { S_LOCK_NAMES, S_LOCK_REPORTED, S_ORPHANS, S_SERIALS, S_RETIRE, S_PASTS, S_JUMP, S_OTHER, S_MISSING, S_GROUP, S_ALL, S_GIVE_WAY, S_ZONES, S_EVENTS };
static const db_stmt_t s_stmts[] = {
    [S_LOCK_NAMES] = {"publish_lock_names",
                      "select id from zone where name = any($1::text[]) and state <> 'DELETED' order by id for update", "text[]", "bigint"},
    [S_LOCK_REPORTED] = {"publish_lock_reported",
                         "select id from zone where id in (select zone_id from zone_server where server_id = $1"
                         " and command_id = any($2::bigint[]) and ($3 or goal = 'absent')) order by id for update",
                         "bigint,bigint[],boolean", "bigint"},
    [S_ORPHANS] = {"publish_end_orphans",
                   "update event e set state = 'SUCCESS', done = $2, results = '{\"message\": \"no effect: the zone is gone\"}' where kind = 'zone'"
                   " and machine_id = any($1::bigint[]) and done is null and not exists (select from zone z where z.id = e.machine_id)",
                   "bigint[],timestamptz", ""},
    [S_SERIALS] = {"publish_name_serials",
                   "select (select r.soa_serial from retired_serial r where r.name = z.name)::bigint from unnest($1::bigint[]) with ordinality u(id, n)"
                   " join zone z on z.id = u.id order by u.n",
                   "bigint[]", "bigint"},
    [S_RETIRE] = {"publish_retire",
                  "insert into retired_serial (name, soa_serial) select name, soa_serial from zone where id = any($1::bigint[])"
                  " and soa_serial is not null on conflict (name) do update set soa_serial = excluded.soa_serial",
                  "bigint[]", ""},
    [S_PASTS] = {"publish_pasts",
                 "select z.id, j.from_serial::bigint, j.to_serial::bigint, j.at, j.id from zone z join serial_jump j on j.name = z.name"
                 " where z.id = any($1::bigint[]) union all select e.machine_id, null, null, null, null from event e where e.kind = 'zone'"
                 " and e.machine_id = any($1::bigint[]) and e.done is null and e.type = 'ZoneSMSerialBack' order by 1, 5",
                 "bigint[]", "bigint,bigint,bigint,timestamptz,bigint"},
    [S_JUMP] = {"publish_jump",
                "insert into serial_jump (name, from_serial, to_serial, at) select name, $2, $3, $4 from zone where id = $1",
                "bigint,bigint,bigint,timestamptz", ""},
    [S_OTHER] = {"publish_other_live",
                 "select exists (select from zone z join zone o on o.name = z.name and o.id <> z.id and o.state <> 'DELETED' where z.id = $1)",
                 "bigint", "boolean"},
    [S_MISSING] = {"publish_refresh_missing",
                   "insert into event (kind, machine_id, type, created, due) select 'zone', z.id, 'ZoneSMUpdate', $2, $2 from zone z"
                   " where z.state in ('UNCONFIG', 'PUBLISHED', 'UPDATE')"
                   " and not exists (select from zone_server g where g.zone_id = z.id and g.server_id = $1)",
                   "bigint,timestamptz", ""},
    [S_GROUP] = {"publish_refresh_group",
                 "insert into event (kind, machine_id, type, parameters, created, due) select 'zone', z.id, 'ZoneSMUpdate',"
                 " '{\"force_soa_serial_update\": true}', $2, $2 from zone z where z.sg_id = $1 and z.use_apex_ns"
                 " and z.state in ('UNCONFIG', 'PUBLISHED', 'UPDATE')",
                 "bigint,timestamptz", ""},
    [S_ALL] = {"publish_refresh_all",
               "insert into event (kind, machine_id, type, parameters, created, due) select 'zone', z.id, 'ZoneSMUpdate',"
               " jsonb_build_object('force_soa_serial_update', true, 'reload', $3::boolean), $2, $2 from zone z where ($1::bigint = 0 or z.sg_id = $1 or z.alt_sg_id = $1)"
               " and z.state in ('UNCONFIG', 'PUBLISHED', 'UPDATE')",
               "bigint,timestamptz,boolean", ""},
    [S_GIVE_WAY] = {"publish_give_way",
                    "delete from zone_server g using zone o, zone z, zone_server n where n.goal = 'serve' and z.id = n.zone_id"
                    " and (cardinality($1::bigint[]) = 0 or n.zone_id = any($1::bigint[])) and ($2::bigint = 0 or n.server_id = $2::bigint)"
                    " and o.name = z.name and o.id <> z.id and g.zone_id = o.id and g.server_id = n.server_id and g.goal = 'absent'"
                    " returning g.zone_id",
                    "bigint[],bigint", "bigint"},
    [S_ZONES] = {"publish_zone_counts", "select state, count(*) from zone group by state", "", "text,bigint"},
    [S_EVENTS] = {"publish_event_counts",
                  "select (select count(*) from event where done is null), (select count(*) from event where state = 'FAILURE'"
                  " and done > $1::timestamptz - interval '1 day')",
                  "timestamptz", "bigint,bigint"},
};
__attribute__((constructor)) static void publish_store_register(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

err_t publish_store_lock_names(db_t *db, const char *const *names, size_t count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_texts(&args, names, count);
    return db_exec(db, &s_stmts[S_LOCK_NAMES], &args, NULL, reterr);
}

err_t publish_store_lock_reported(db_t *db, int64_t server_id, const int64_t *command_ids, size_t count, bool with_serve, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, server_id);
    db_arg_ints(&args, command_ids, count);
    db_arg_bool(&args, with_serve);
    return db_exec(db, &s_stmts[S_LOCK_REPORTED], &args, NULL, reterr);
}

err_t publish_store_end_orphans(db_t *db, const int64_t *zone_ids, size_t count, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    db_arg_time(&args, now);
    return db_exec(db, &s_stmts[S_ORPHANS], &args, NULL, reterr);
}

err_t publish_store_name_serials(db_t *db, const int64_t *zone_ids, size_t count, uint32_t *ret_serials, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_SERIALS], &args, &rows, reterr);
    for (size_t i = 0; err == ERR_OK && i < count && i < db_rows_count(rows); i++)
        ret_serials[i] = (uint32_t)db_int(rows, i, 0);
    return err;
}

err_t publish_store_retire(db_t *db, const int64_t *zone_ids, size_t count, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    return db_exec(db, &s_stmts[S_RETIRE], &args, NULL, reterr);
}

/* What the name used before its first jump is not known from far back: what lies close before it counts. */
static void add_run(serial_past_t *past, uint32_t arrived, uint32_t left)
{
    past->runs = auto_realloc(past->runs, (past->run_count + 1) * sizeof(*past->runs));
    past->runs[past->run_count++] = (serial_run_t){past->since.us != 0 ? arrived : left - SERIAL_GAP, left};
}

err_t publish_store_pasts(db_t *db, const int64_t *zone_ids, size_t count, serial_past_t **ret_pasts, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_PASTS], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    serial_past_t *pasts = auto_calloc(db_rows_count(rows) + 1, sizeof(*pasts));
    size_t n = 0;
    uint32_t arrived = 0;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        if (n == 0 || pasts[n - 1].zone_id != db_int(rows, i, 0))
            pasts[n++].zone_id = db_int(rows, i, 0);
        serial_past_t *past = &pasts[n - 1];
        if (db_null(rows, i, 1)) {
            past->turning = true;
            continue;
        }
        add_run(past, arrived, (uint32_t)db_int(rows, i, 1));
        arrived = (uint32_t)db_int(rows, i, 2);
        past->since = db_time(rows, i, 3);
    }
    *ret_pasts = pasts;
    *ret_count = n;
    return ERR_OK;
}

void publish_store_pasts_free(serial_past_t *pasts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(pasts[i].runs);
    free(pasts);
}

err_t publish_store_jump(db_t *db, int64_t zone_id, uint32_t from, uint32_t to, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, from);
    db_arg_int(&args, to);
    db_arg_time(&args, now);
    return db_exec(db, &s_stmts[S_JUMP], &args, NULL, reterr);
}

err_t publish_store_other_live(db_t *db, int64_t zone_id, bool *ret_found, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_OTHER], &args, &rows, reterr);
    if (err == ERR_OK)
        *ret_found = db_bool(rows, 0, 0);
    return err;
}

static err_t refresh(db_t *db, int stmt, int64_t id, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    db_arg_time(&args, now);
    err_t err = db_exec(db, &s_stmts[stmt], &args, NULL, reterr);
    return err == ERR_OK ? db_notify(db, DB_CHANNEL_EVENT, "", reterr) : err;
}

err_t publish_store_refresh_missing(db_t *db, int64_t master_server_id, wall_t now, err_info_t *reterr)
{
    return refresh(db, S_MISSING, master_server_id, now, reterr);
}

err_t publish_store_refresh_group(db_t *db, int64_t sg_id, wall_t now, err_info_t *reterr)
{
    return refresh(db, S_GROUP, sg_id, now, reterr);
}

err_t publish_store_refresh_all(db_t *db, int64_t sg_id, bool reload, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, sg_id);
    db_arg_time(&args, now);
    db_arg_bool(&args, reload);
    err_t err = db_exec(db, &s_stmts[S_ALL], &args, NULL, reterr);
    return err == ERR_OK ? db_notify(db, DB_CHANNEL_EVENT, "", reterr) : err;
}

err_t publish_store_give_way(db_t *db, const int64_t *zone_ids, size_t count, int64_t server_id, int64_t **ret_ids, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    db_arg_int(&args, server_id);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_GIVE_WAY], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    *ret_count = db_rows_count(rows);
    *ret_ids = auto_calloc(*ret_count + 1, sizeof(**ret_ids));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_ids)[i] = db_int(rows, i, 0);
    return ERR_OK;
}

err_t publish_store_zone_counts(db_t *db, int64_t *ret_counts, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_ZONES], &DB_ARGS_INIT, &rows, reterr);
    if (err != ERR_OK)
        return err;
    memset(ret_counts, 0, ZONE_STATE_COUNT * sizeof(*ret_counts));
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        for (int state = 0; state < ZONE_STATE_COUNT; state++) {
            if (strcmp(rows_zone_states[state], db_text(rows, i, 0)) == 0)
                ret_counts[state] = db_int(rows, i, 1);
        }
    }
    return ERR_OK;
}

err_t publish_store_event_counts(db_t *db, wall_t now, int64_t *ret_pending, int64_t *ret_failed, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_time(&args, now);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_EVENTS], &args, &rows, reterr);
    if (err == ERR_OK) {
        *ret_pending = db_int(rows, 0, 0);
        *ret_failed = db_int(rows, 0, 1);
    }
    return err;
}
