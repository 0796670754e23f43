#include "controller/store/vacuum_store.h"

enum { S_EVENTS, S_REQUESTS, S_LOG, S_ZI_ZONES, S_PARE_ZONES, S_DEAD_ZONES, S_VICTIMS };
static const db_stmt_t s_stmts[] = {
    [S_EVENTS] = {"vacuum_events", "with gone as (delete from event where done < $1 returning 1), moves as"
                  " (delete from zone_move where ended < $1) select count(*) from gone", "timestamptz", "bigint"},
    [S_REQUESTS] = {"vacuum_requests", "with gone as (delete from request where at < $1 returning 1) select count(*) from gone", "timestamptz", "bigint"},
    [S_LOG] = {"vacuum_log", "with gone as (delete from log_line where id = any(array(select id from log_line where received_at < $1"
               " order by received_at limit $2)) returning 1) select count(*) from gone", "timestamptz,bigint", "bigint"},
    [S_ZI_ZONES] = {"vacuum_zi_zones",
                    "select i.zone_id from zi i join zone z on z.id = i.zone_id and z.state <> 'DELETED' group by i.zone_id"
                    " having count(*) > $1 and min(i.mtime) < $2 order by i.zone_id",
                    "bigint,timestamptz", "bigint"},
    [S_PARE_ZONES] = {"vacuum_pare_zones",
                      "select z.id from zone z where z.state = 'DELETED' and z.deleted_start < $1"
                      " and exists (select from zi i where i.zone_id = z.id offset 1) order by z.id",
                      "timestamptz", "bigint"},
    [S_DEAD_ZONES] = {"vacuum_dead_zones",
                      "select z.id from zone z where z.state = 'DELETED' and (z.deleted_start is null or z.deleted_start < $1)"
                      " and not exists (select from zone_server g where g.zone_id = z.id) order by z.id",
                      "timestamptz", "bigint"},
    [S_VICTIMS] = {"vacuum_victims",
                   "select v.seq from (select i.id, i.seq, i.mtime, row_number() over (order by i.mtime desc, i.id desc) as place from zi i"
                   " where i.zone_id = $1) v where v.place > $2 and v.mtime < $3"
                   " and not exists (select from zone z where z.id = $1 and v.id in (z.zi_id, z.zi_candidate_id))"
                   " and not exists (select from zone_server g where g.zone_id = $1 and v.id in (g.goal_zi_id, g.live_zi_id))",
                   "bigint,bigint,timestamptz", "integer"},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

static err_t remove_old(db_t *db, int stmt, wall_t before, int64_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_time(&args, before);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[stmt], &args, &rows, reterr);
    if (err == ERR_OK)
        *ret_count = db_int(rows, 0, 0);
    return err;
}

err_t vacuum_store_events(db_t *db, wall_t before, int64_t *ret_count, err_info_t *reterr) { return remove_old(db, S_EVENTS, before, ret_count, reterr); }

err_t vacuum_store_requests(db_t *db, wall_t before, int64_t *ret_count, err_info_t *reterr)
{
    return remove_old(db, S_REQUESTS, before, ret_count, reterr);
}

err_t vacuum_store_log(db_t *db, wall_t before, int64_t most, int64_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_time(&args, before);
    db_arg_int(&args, most);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_LOG], &args, &rows, reterr);
    if (err == ERR_OK)
        *ret_count = db_int(rows, 0, 0);
    return err;
}

static err_t numbers(db_t *db, int stmt, db_args_t *args, int64_t **ret_numbers, size_t *ret_count, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[stmt], args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    *ret_count = db_rows_count(rows);
    *ret_numbers = auto_calloc(*ret_count + 1, sizeof(**ret_numbers));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_numbers)[i] = db_int(rows, i, 0);
    return ERR_OK;
}

err_t vacuum_store_zi_zones(db_t *db, int64_t keep, wall_t before, int64_t **ret_ids, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, keep);
    db_arg_time(&args, before);
    return numbers(db, S_ZI_ZONES, &args, ret_ids, ret_count, reterr);
}

err_t vacuum_store_pare_zones(db_t *db, wall_t before, int64_t **ret_ids, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_time(&args, before);
    return numbers(db, S_PARE_ZONES, &args, ret_ids, ret_count, reterr);
}

err_t vacuum_store_dead_zones(db_t *db, wall_t before, int64_t **ret_ids, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_time(&args, before);
    return numbers(db, S_DEAD_ZONES, &args, ret_ids, ret_count, reterr);
}

err_t vacuum_store_victims(db_t *db, int64_t zone_id, int64_t keep, wall_t before, int64_t **ret_seqs, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, keep);
    db_arg_time(&args, before);
    return numbers(db, S_VICTIMS, &args, ret_seqs, ret_count, reterr);
}
