/* Versions that go.  A row lives from `since` to before `until`; both are moved up to the next remaining version.  Where
 * they meet nobody sees the row any more, and where no version is left behind `until` the row is live again. */
#include "controller/store/zi_store.h"

#define NEXT(column) "(select min(i.seq) from zi i where i.zone_id = $1 and i.seq >= " column ")"
/* Only rows that begin or end with a version that goes can be touched: found by index. */
#define TOUCHED "zone_id = $1 and (since = any($2::integer[]) or until = any($2::integer[]))"
#define DROP(table)                                                                                                    \
    "delete from " table " r where " TOUCHED " and not exists (select from zi i where i.zone_id = $1 and i.seq >= r.since" \
    " and (r.until is null or i.seq < r.until))"
#define SINCE(table) "update " table " r set since = " NEXT("r.since") " where zone_id = $1 and since = any($2::integer[])"
#define UNTIL(table) "update " table " r set until = " NEXT("r.until") " where zone_id = $1 and until = any($2::integer[])"

enum { S_IN_USE, S_ZIS, S_DROP_RR, S_SINCE_RR, S_UNTIL_RR, S_DROP_GROUP, S_SINCE_GROUP, S_UNTIL_GROUP, S_COUNT, S_SET_COUNT };
static const db_stmt_t s_stmts[] = {
    [S_IN_USE] = {"zi_in_use",
                  "select exists (select from zone where id = $1 and $2::bigint in (zi_id, zi_candidate_id)) or exists (select from"
                  " zone_server where zone_id = $1 and $2::bigint in (goal_zi_id, live_zi_id))",
                  "bigint,bigint", "boolean"},
    [S_ZIS] = {"zi_forget", "delete from zi where zone_id = $1 and seq = any($2::integer[])", "bigint,integer[]", ""},
    [S_DROP_RR] = {"zi_forget_rr", DROP("rr"), "bigint,integer[]", ""},
    [S_SINCE_RR] = {"zi_forget_rr_since", SINCE("rr"), "bigint,integer[]", ""},
    [S_UNTIL_RR] = {"zi_forget_rr_until", UNTIL("rr"), "bigint,integer[]", ""},
    [S_DROP_GROUP] = {"zi_forget_group", DROP("rr_group"), "bigint,integer[]", ""},
    [S_SINCE_GROUP] = {"zi_forget_group_since", SINCE("rr_group"), "bigint,integer[]", ""},
    [S_UNTIL_GROUP] = {"zi_forget_group_until", UNTIL("rr_group"), "bigint,integer[]", ""},
    [S_COUNT] = {"zi_forget_count",
                 "update zone set zi_count = coalesce((select max(seq) from zi where zone_id = $1), 0) where id = $1", "bigint", ""},
    [S_SET_COUNT] = {"zi_set_count", "update zone set zi_count = $2, mtime = $3 where id = $1", "bigint,integer,timestamptz", ""},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

err_t zi_store_in_use(db_t *db, int64_t zone_id, int64_t zi_id, bool *ret_used, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, zi_id);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_IN_USE], &args, &rows, reterr);
    if (err == ERR_OK)
        *ret_used = db_bool(rows, 0, 0);
    return err;
}

err_t zi_store_forget(db_t *db, int64_t zone_id, const int64_t *seqs, size_t count, err_info_t *reterr)
{
    err_t err = ERR_OK;
    for (int s = S_ZIS; err == ERR_OK && count > 0 && s <= S_UNTIL_GROUP; s++) {
        AUTO_ARGS args = DB_ARGS_INIT;
        db_arg_int(&args, zone_id);
        db_arg_ints(&args, seqs, count);
        err = db_exec(db, &s_stmts[s], &args, NULL, reterr);
    }
    if (err != ERR_OK || count == 0)
        return err;
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    return db_exec(db, &s_stmts[S_COUNT], &args, NULL, reterr);
}

err_t zi_store_set_count(db_t *db, int64_t zone_id, int seq, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, seq);
    db_arg_time(&args, now);
    return db_exec(db, &s_stmts[S_SET_COUNT], &args, NULL, reterr);
}
