#include "controller/store/vacuum_store.h"

/* What has ended leaves by one column's order; some of it is not counted, so the last column tells what the limit is compared with. */
#define OLD(name, table, at) \
    {name, "with gone as (delete from " table " where id = any(array(select id from " table " where " at " < $1 order by " at " limit $2))" \
     " returning 1) select count(*), count(*) from gone", "timestamptz,bigint", "bigint,bigint"}
enum { S_ZI_ZONES = VACUUM_OLD_COUNT, S_PARE_ZONES, S_DEAD_ZONES, S_VICTIMS };
static const db_stmt_t s_stmts[] = {
    [VACUUM_OLD_EVENTS] = {"vacuum_events", "with gone as (delete from event where id = any(array(select id from event where done < $1 order by done"
                           " limit $2)) returning 1), moves as (delete from zone_move where id = any(array(select id from zone_move where ended < $1"
                           " order by ended limit $2)) returning 1) select count(*), greatest(count(*), (select count(*) from moves)) from gone",
                           "timestamptz,bigint", "bigint,bigint"},
    [VACUUM_OLD_REQUESTS] = OLD("vacuum_requests", "request", "at"),
    [VACUUM_OLD_SETS] = {"vacuum_sets", "with gone as (delete from change_set where id = any(array(select id from change_set where created < $1"
                         " and state <> 'APPLYING' and coalesce(finished_at, created) < $1 order by id limit $2)) returning 1)"
                         " select count(*), count(*) from gone", "timestamptz,bigint", "bigint,bigint"},
    [VACUUM_OLD_TOKENS] = OLD("vacuum_tokens", "token", "least(revoked_at, expires)"),
    [VACUUM_OLD_TEXTS] = OLD("vacuum_texts", "kept_text", "at"),
    [VACUUM_OLD_LOG] = OLD("vacuum_log", "log_line", "received_at"),
    /* The newest version's number tells which zones may have that many, without a look at the versions of all others. */
    [S_ZI_ZONES] = {"vacuum_zi_zones",
                    "select z.id from zone z join lateral (select count(*) as versions, min(mtime) as oldest from zi where zone_id = z.id) i"
                    " on i.versions > $1 and i.oldest < $2 where z.state <> 'DELETED' and z.zi_count > $1 order by z.id",
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

err_t vacuum_store_old(db_t *db, vacuum_old_t what, wall_t before, int64_t most, int64_t *ret_count, bool *ret_more, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_time(&args, before);
    db_arg_int(&args, most);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[what], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    *ret_count = db_int(rows, 0, 0);
    *ret_more = db_int(rows, 0, 1) == most;
    return ERR_OK;
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
