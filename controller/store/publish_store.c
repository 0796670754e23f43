#include "controller/store/publish_store.h"
#include <string.h>

enum { S_LOCK_NAMES, S_LOCK_REPORTED, S_ORPHANS, S_SERIALS, S_TURNING, S_OTHER, S_MISSING, S_GROUP, S_ALL, S_GIVE_WAY, S_ZONES, S_EVENTS };
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
    /* RFC 1982 has no greatest(): a serial that no other one is ahead of.  The newest row decides where the order is undefined. */
    [S_SERIALS] = {"publish_name_serials",
                   "select (select s.serial from (select o.soa_serial as serial, o.id from zone o where o.name = z.name and o.soa_serial is not null"
                   "  union all select r.soa_serial, 0 from retired_serial r where r.name = z.name) s"
                   "  where not exists (select from zone p where p.name = z.name and p.soa_serial <> s.serial and serial_ge(p.soa_serial, s.serial))"
                   "  and not exists (select from retired_serial r where r.name = z.name and r.soa_serial <> s.serial and serial_ge(r.soa_serial, s.serial))"
                   "  order by s.id desc limit 1) from unnest($1::bigint[]) with ordinality u(id, n) join zone z on z.id = u.id order by u.n",
                   "bigint[]", "bigint"},
    [S_TURNING] = {"publish_turning",
                   "select machine_id from event where kind = 'zone' and machine_id = any($1::bigint[]) and done is null"
                   " and type = 'ZoneSMSerialBack'",
                   "bigint[]", "bigint"},
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

err_t publish_store_turning(db_t *db, const int64_t *zone_ids, size_t count, int64_t **ret_ids, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_TURNING], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    *ret_count = db_rows_count(rows);
    *ret_ids = auto_calloc(*ret_count + 1, sizeof(**ret_ids));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_ids)[i] = db_int(rows, i, 0);
    return ERR_OK;
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
