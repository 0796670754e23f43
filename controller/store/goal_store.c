#include "controller/store/goal_store.h"
#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                                                        \
    "g.zone_id, g.server_id, z.name, g.goal = 'absent', g.revision, g.goal_zi_id, g.live_zi_id, gz.seq, lz.seq, g.goal_serial," \
    " g.live_serial, g.goal_soa, g.live_soa, g.goal_apex_ns::text[], g.live_apex_ns::text[], g.goal_at, g.live_at, g.behind_since," \
    " g.sent_at, g.next_send, g.command_id, g.attempts, g.reason, g.evidence, z.soa_serial"
#define COLUMN_TYPES                                                                                                   \
    "bigint,bigint,text,boolean,bigint,bigint,bigint,integer,integer,bigint,bigint,text,text,text[],text[],timestamptz,timestamptz," \
    "timestamptz,timestamptz,timestamptz,bigint,integer,integer,text,bigint"
#define JOINS " join zone z on z.id = g.zone_id left join zi gz on gz.id = g.goal_zi_id left join zi lz on lz.id = g.live_zi_id "
/* The servers of a zone: of its primary and alternate group and of the replica group. */
#define ZONE_SERVERS                                                                                                   \
    "s.role <> 'master' and s.state <> 'DISABLED' and (s.sg_id = z.sg_id or s.sg_id = z.alt_sg_id"                     \
    " or s.sg_id in (select id from server_group where replica))"
/* When a new goal for a row is sent.  A zone that the server has goes before those that it is yet to get: an edit does not wait for an import. */
#define SOON "excluded.next_send - case when g.live_serial is null then interval '0' else interval '1 day' end"
/* On conflict: a new goal for a row; behind unless the server is known to serve it (or one ahead of it that the zone has) already. */
#define HAS_IT "g.goal = 'serve' and serial_ge(g.live_serial, excluded.goal_serial)"                                   \
    " and serial_ge((select soa_serial from zone where id = excluded.zone_id), g.live_serial)"
#define NEW_GOAL                                                                                                       \
    " on conflict (zone_id, server_id) do update set goal = 'serve', revision = excluded.revision, goal_serial = excluded.goal_serial," \
    " goal_at = excluded.goal_at, command_id = null, sent_at = null, attempts = 0, reason = 0, evidence = null,"       \
    " behind_since = case when " HAS_IT " then null"                                                                  \
    "  else coalesce(g.behind_since, excluded.behind_since) end,"                                                      \
    " next_send = case when " HAS_IT " then null else " SOON " end"
#define NOW_ABSENT                                                                                                     \
    " set goal = 'absent', revision = nextval('command_id'), goal_zi_id = null, goal_serial = null, goal_soa = null,"  \
    " goal_apex_ns = null, command_id = null, sent_at = null, attempts = 0, reason = 0, evidence = null"

enum { S_MASTER, S_SLAVES, S_DOUBT, S_STRAY, S_ABSENT, S_SYNC, S_SYNC_STRAY, S_RESEND, S_TAKE, S_BY_COMMAND, S_OF_SERVER, S_BY_NAME, S_PAGE,
       S_COUNT, S_SAVE, S_DELETE, S_LIFT, S_RENEW, S_NEXT, S_BEHIND, S_BY_ZONE, S_LOWEST };
static const db_stmt_t s_stmts[] = {
    [S_MASTER] = {"goal_set_master",
                  "insert into zone_server as g (zone_id, server_id, goal, revision, goal_zi_id, goal_serial, goal_soa, goal_apex_ns, goal_at,"
                  " behind_since, next_send) select u.zone_id, $1, 'serve', nextval('command_id'), u.zi_id, u.serial, u.soa,"
                  " string_to_array(u.apex, ' ')::dns_name[], $7, $7, $7 from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[],"
                  " $6::text[]) u(zone_id, zi_id, serial, soa, apex) on conflict (zone_id, server_id) do update set goal = 'serve',"
                  " revision = excluded.revision, goal_zi_id = excluded.goal_zi_id, goal_serial = excluded.goal_serial,"
                  " goal_soa = excluded.goal_soa, goal_apex_ns = excluded.goal_apex_ns, goal_at = excluded.goal_at, command_id = null,"
                  " sent_at = null, attempts = 0, reason = 0, evidence = null, next_send = " SOON ","
                  " behind_since = coalesce(g.behind_since, excluded.behind_since)",
                  "bigint,bigint[],bigint[],bigint[],text[],text[],timestamptz", ""},
    [S_SLAVES] = {"goal_set_slaves",
                  "insert into zone_server as g (zone_id, server_id, goal, revision, goal_serial, goal_at, behind_since, next_send)"
                  " select z.id, s.id, 'serve', nextval('command_id'), u.serial, $3, $3, $3 from unnest($1::bigint[], $2::bigint[])"
                  " u(zone_id, serial) join zone z on z.id = u.zone_id join server s on " ZONE_SERVERS NEW_GOAL,
                  "bigint[],bigint[],timestamptz", ""},
    [S_DOUBT] = {"goal_doubt",
                 "update zone_server g set live_serial = null from server s where s.id = g.server_id and s.role <> 'master' and g.zone_id = any($1::bigint[])"
                 " and g.goal = 'serve'", "bigint[]", ""},
    [S_STRAY] = {"goal_stray",
                 "update zone_server g" NOW_ABSENT ", goal_at = $2, behind_since = $2, next_send = $2 where g.zone_id = any($1::bigint[])"
                 " and g.goal = 'serve' and not exists (select from server s join zone z on z.id = g.zone_id where s.id = g.server_id"
                 " and (s.role = 'master' or s.sg_id = z.sg_id or s.sg_id = z.alt_sg_id"
                 " or s.sg_id in (select id from server_group where replica)))", "bigint[],timestamptz", ""},
    [S_ABSENT] = {"goal_set_absent",
                  "update zone_server g" NOW_ABSENT ", goal_at = $2, behind_since = coalesce(g.behind_since, $2), next_send = $2"
                  " where g.zone_id = any($1::bigint[]) and g.goal <> 'absent'", "bigint[],timestamptz", ""},
    /* What the publishing master holds is what the others should serve; a disabled one's word counts while there is no other. */
    [S_SYNC] = {"goal_sync_server",
                "insert into zone_server as g (zone_id, server_id, goal, revision, goal_serial, goal_at, behind_since, next_send)"
                " select n.zone_id, $1, 'serve', nextval('command_id'), n.live_serial, $2, $2, $2 from (select distinct on (z.id)"
                " z.id as zone_id, m.live_serial from server s, zone z, zone_server m, server ms"
                " where s.id = $1 and " ZONE_SERVERS " and z.state not in ('DISABLED', 'DELETED') and m.zone_id = z.id and m.goal = 'serve'"
                " and serial_ge(z.soa_serial, m.live_serial) and ms.id = m.server_id and ms.role = 'master'"
                " order by z.id, ms.state = 'DISABLED') n where true" NEW_GOAL
                " returning 1", "bigint,timestamptz", "integer"},
    [S_SYNC_STRAY] = {"goal_sync_stray",
                      "update zone_server g" NOW_ABSENT ", goal_at = $2, behind_since = $2, next_send = $2 where g.server_id = $1"
                      " and g.goal = 'serve' and not exists (select from server s join zone z on z.id = g.zone_id where s.id = g.server_id"
                      " and z.state not in ('DISABLED', 'DELETED') and (s.role = 'master' or s.sg_id = z.sg_id or s.sg_id = z.alt_sg_id"
                      " or s.sg_id in (select id from server_group where replica)))", "bigint,timestamptz", ""},
    [S_RESEND] = {"goal_resend",
                  "update zone_server set next_send = $2 where server_id = $1 and next_send > $2", "bigint,timestamptz", ""},
    /* Unanswered ones come again after resend_ms, twice that, ... 64 times that.  The fixed limit tells the planner that they are few:
     * without it a plan made once for all reads the whole table. */
    [S_TAKE] = {"goal_take",
                "with due as (select zone_id, server_id from (select zone_id, server_id from zone_server where server_id = $1"
                " and next_send <= $2 order by next_send, zone_id limit 1000 for update skip locked) d limit $3), g as (update zone_server g set command_id = nextval('command_id'), sent_at = $2,"
                " attempts = g.attempts + 1, next_send = $2 + $4::bigint * (1 << least(g.attempts, 6)) * interval '1 millisecond' from due"
                " where g.zone_id = due.zone_id and g.server_id = due.server_id returning g.*)"
                " select " COLUMNS " from g" JOINS "order by g.goal_at, g.zone_id",
                "bigint,timestamptz,bigint,bigint", COLUMN_TYPES},
    [S_BY_COMMAND] = {"goal_by_command",
                      "select " COLUMNS " from zone_server g" JOINS "where g.server_id = $1 and g.command_id = any($2::bigint[])"
                      " order by g.zone_id for update of g", "bigint,bigint[]", COLUMN_TYPES},
    [S_OF_SERVER] = {"goal_of_server",
                     "select " COLUMNS " from zone_server g" JOINS "where g.server_id = $1 and g.zone_id = any($2::bigint[])"
                     " order by g.zone_id for update of g",
                     "bigint,bigint[]", COLUMN_TYPES},
    [S_BY_NAME] = {"goal_by_name",
                   "select " COLUMNS " from zone_server g" JOINS "where g.server_id = $1 and z.name = any($2::text[]) and g.goal = 'serve'"
                   " and g.behind_since is null order by g.zone_id for update of g",
                   "bigint,text[]", COLUMN_TYPES},
    [S_PAGE] = {"goal_page",
                "select " COLUMNS " from zone_server g" JOINS "where g.server_id = $1 and g.zone_id > $2 and g.goal = 'serve'"
                " and g.behind_since is null and g.live_serial is not null order by g.zone_id limit $3",
                "bigint,bigint,bigint", COLUMN_TYPES},
    [S_COUNT] = {"goal_count",
                 "select (select count(*) from zone_server g where g.zone_id = u.id) from unnest($1::bigint[]) with ordinality u(id, n)"
                 " order by u.n",
                 "bigint[]", "bigint"},
    [S_SAVE] = {"goal_save",
                "update zone_server g set live_zi_id = u.live_zi_id, live_serial = u.live_serial, live_soa = u.live_soa,"
                " live_apex_ns = string_to_array(u.live_apex, ' ')::dns_name[], live_at = u.live_at, behind_since = u.behind_since,"
                " next_send = u.next_send, reason = u.reason, evidence = u.evidence, attempts = u.attempts, command_id = u.command_id"
                " from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[],"
                " $8::timestamptz[], $9::timestamptz[], $10::integer[], $11::text[], $12::integer[], $13::bigint[]) u(zone_id, server_id,"
                " live_zi_id, live_serial, live_soa, live_apex, live_at, behind_since, next_send, reason, evidence, attempts, command_id)"
                " where g.zone_id = u.zone_id and g.server_id = u.server_id",
                "bigint[],bigint[],bigint[],bigint[],text[],text[],timestamptz[],timestamptz[],timestamptz[],integer[],text[],integer[],bigint[]",
                ""},
    [S_DELETE] = {"goal_delete",
                  "delete from zone_server g using unnest($1::bigint[], $2::bigint[]) u(zone_id, server_id)"
                  " where g.zone_id = u.zone_id and g.server_id = u.server_id",
                  "bigint[],bigint[]", ""},
    /* The margin is more than others can take between the two looks at the sequence, so it never goes backwards. */
    [S_LIFT] = {"goal_lift", "select setval('command_id', $1::bigint + 1000000) from command_id where last_value <= $1", "bigint", "bigint"},
    [S_RENEW] = {"goal_renew", "update zone_server set revision = nextval('command_id') where server_id = $1 and zone_id = any($2::bigint[])",
                 "bigint,bigint[]", ""},
    [S_LOWEST] = {"goal_lowest",
                  "select g.live_serial, s.name from zone_server g join server s on s.id = g.server_id where g.zone_id = $1 and g.goal = 'serve'"
                  " and s.state <> 'DISABLED' and serial_ge($2, g.live_serial) order by (($2::bigint - g.live_serial) & 4294967295) desc limit 1",
                  "bigint,bigint", "bigint,text"},
    [S_NEXT] = {"goal_next_due",
                "select (select next_send from zone_server where server_id = s.id and next_send is not null order by next_send limit 1)"
                " from unnest($1::bigint[]) with ordinality s(id, n) order by s.n",
                "bigint[]", "timestamptz"},
    [S_BEHIND] = {"goal_behind",
                  "select count(*), min(behind_since) from (select behind_since from zone_server where server_id = $1"
                  " and behind_since is not null and exists (select from server where id = $1 and state <> 'DISABLED')"
                  " order by behind_since limit 10000) b",
                  "bigint", "bigint,timestamptz"},
    [S_BY_ZONE] = {"goal_by_zone",
                   "select " COLUMNS ", s.name, s.role, s.state, s.connected_at is not null, s.lost_at,"
                   " case when g.behind_since is not null then s.retry_msg end from zone_server g" JOINS
                   "join server s on s.id = g.server_id where g.zone_id = $1 order by s.role <> 'master', s.name",
                   "bigint", COLUMN_TYPES ",text,text,text,boolean,timestamptz,text"},
};
enum { COLUMN_COUNT = 25 };
__attribute__((constructor)) static void goal_store_register(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

void goal_row_done(goal_row_t *row)
{
    free(row->zone_name);
    free(row->goal_soa);
    free(row->live_soa);
    rows_texts_free(row->goal_apex_ns, row->goal_apex_count);
    rows_texts_free(row->live_apex_ns, row->live_apex_count);
    free(row->evidence);
    *row = (goal_row_t){0};
}

void goal_store_rows_free(goal_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        goal_row_done(&rows[i]);
    free(rows);
}

static void decode_row(const db_rows_t *rows, size_t i, goal_row_t *g)
{
    int c = 0;
    g->zone_id = db_int(rows, i, c++);
    g->server_id = db_int(rows, i, c++);
    g->zone_name = db_dup(rows, i, c++);
    g->absent = db_bool(rows, i, c++);
    g->revision = db_int(rows, i, c++);
    g->goal_zi_id = db_int(rows, i, c++);
    g->live_zi_id = db_int(rows, i, c++);
    g->goal_seq = (int)db_int(rows, i, c++);
    g->live_seq = (int)db_int(rows, i, c++);
    g->goal_serial = (uint32_t)db_int(rows, i, c++);
    g->live_serial = (uint32_t)db_int(rows, i, c++);
    g->goal_soa = db_dup(rows, i, c++);
    g->live_soa = db_dup(rows, i, c++);
    g->goal_apex_count = db_text_array(rows, i, c++, &g->goal_apex_ns);
    g->live_apex_count = db_text_array(rows, i, c++, &g->live_apex_ns);
    g->goal_at = db_time(rows, i, c++);
    g->live_at = db_time(rows, i, c++);
    g->behind_since = db_time(rows, i, c++);
    g->sent_at = db_time(rows, i, c++);
    g->next_send = db_time(rows, i, c++);
    g->command_id = db_int(rows, i, c++);
    g->attempts = (int)db_int(rows, i, c++);
    g->reason = (int)db_int(rows, i, c++);
    g->evidence = db_dup(rows, i, c++);
    g->zone_serial = (uint32_t)db_int(rows, i, c++);
}

static void decode(const db_rows_t *rows, goal_row_t **ret_rows, size_t *ret_count)
{
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++)
        decode_row(rows, i, &(*ret_rows)[i]);
}

static err_t query(db_t *db, int stmt, const db_args_t *args, goal_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[stmt], args, &rows, reterr);
    if (err == ERR_OK)
        decode(rows, ret_rows, ret_count);
    return err;
}

/* Names with blanks between (canonical names hold none): an array of arrays cannot go through unnest. */
static void array_names(db_array_t *array, char *const *names, size_t count)
{
    if (count == 0) {
        db_array_text(array, NULL);
        return;
    }
    AUTO_FREE char *text = NULL;
    size_t len = 0, cap = 0;
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(names[i]);
        text = auto_grow(text, &cap, len + n + 2, 1);
        if (i > 0)
            text[len++] = ' ';
        memcpy(text + len, names[i], n + 1);
        len += n;
    }
    db_array_text(array, text);
}

err_t goal_store_set_master(db_t *db, int64_t master_server_id, const goal_row_t *rows, size_t count, wall_t now, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    db_array_t zone = DB_ARRAY_INIT, zi = DB_ARRAY_INIT, serial = DB_ARRAY_INIT, soa = DB_ARRAY_INIT, apex = DB_ARRAY_INIT;
    for (size_t i = 0; i < count; i++) {
        db_array_int(&zone, rows[i].zone_id);
        db_array_id(&zi, rows[i].goal_zi_id);
        db_array_id(&serial, rows[i].goal_serial);
        db_array_text(&soa, rows[i].goal_soa);
        array_names(&apex, rows[i].goal_apex_ns, rows[i].goal_apex_count);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, master_server_id);
    db_array_t *const arrays[] = {&zone, &zi, &serial, &soa, &apex};
    for (size_t i = 0; i < ARRAY_SIZE(arrays); i++)
        db_arg_array(&args, arrays[i]);
    db_arg_time(&args, now);
    return db_exec(db, &s_stmts[S_MASTER], &args, NULL, reterr);
}

static err_t on_zones(db_t *db, int stmt, const int64_t *zone_ids, size_t count, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    db_arg_time(&args, now);
    return db_exec(db, &s_stmts[stmt], &args, NULL, reterr);
}

err_t goal_store_set_slaves(db_t *db, const int64_t *zone_ids, const uint32_t *serials, size_t count, wall_t now, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    db_arg_serials(&args, serials, count);
    db_arg_time(&args, now);
    err_t err = db_exec(db, &s_stmts[S_SLAVES], &args, NULL, reterr);
    return err == ERR_OK ? on_zones(db, S_STRAY, zone_ids, count, now, reterr) : err;
}

err_t goal_store_doubt(db_t *db, const int64_t *zone_ids, size_t count, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    return db_exec(db, &s_stmts[S_DOUBT], &args, NULL, reterr);
}

err_t goal_store_set_absent(db_t *db, const int64_t *zone_ids, size_t count, wall_t now, err_info_t *reterr)
{
    return count == 0 ? ERR_OK : on_zones(db, S_ABSENT, zone_ids, count, now, reterr);
}

err_t goal_store_sync_server(db_t *db, int64_t server_id, wall_t now, int64_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, server_id);
    db_arg_time(&args, now);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_SYNC], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    if (ret_count != NULL)
        *ret_count = (int64_t)db_rows_count(rows);
    return db_exec(db, &s_stmts[S_SYNC_STRAY], &args, NULL, reterr);
}

err_t goal_store_resend(db_t *db, int64_t server_id, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, server_id);
    db_arg_time(&args, now);
    return db_exec(db, &s_stmts[S_RESEND], &args, NULL, reterr);
}

err_t goal_store_take(db_t *db, int64_t server_id, size_t limit, wall_t now, int64_t resend_ms, goal_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, server_id);
    db_arg_time(&args, now);
    db_arg_int(&args, (int64_t)limit);
    db_arg_int(&args, resend_ms);
    return query(db, S_TAKE, &args, ret_rows, ret_count, reterr);
}

static err_t by_ids(db_t *db, int stmt, int64_t server_id, const int64_t *ids, size_t count, goal_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, server_id);
    db_arg_ints(&args, ids, count);
    return query(db, stmt, &args, ret_rows, ret_count, reterr);
}

err_t goal_store_by_command(db_t *db, int64_t server_id, const int64_t *command_ids, size_t count, goal_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    return by_ids(db, S_BY_COMMAND, server_id, command_ids, count, ret_rows, ret_count, reterr);
}

err_t goal_store_of_server(db_t *db, int64_t server_id, const int64_t *zone_ids, size_t count, goal_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    return by_ids(db, S_OF_SERVER, server_id, zone_ids, count, ret_rows, ret_count, reterr);
}

err_t goal_store_by_name(db_t *db, int64_t server_id, const char *const *names, size_t count, goal_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, server_id);
    db_arg_texts(&args, names, count);
    return query(db, S_BY_NAME, &args, ret_rows, ret_count, reterr);
}

err_t goal_store_page(db_t *db, int64_t server_id, int64_t after, size_t limit, goal_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, server_id);
    db_arg_int(&args, after);
    db_arg_int(&args, (int64_t)limit);
    return query(db, S_PAGE, &args, ret_rows, ret_count, reterr);
}

err_t goal_store_count(db_t *db, const int64_t *zone_ids, size_t count, int64_t *ret_counts, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_COUNT], &args, &rows, reterr);
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        ret_counts[i] = db_int(rows, i, 0);
    return err;
}

static err_t save(db_t *db, const goal_row_t *rows, size_t count, err_info_t *reterr)
{
    db_array_t zone = DB_ARRAY_INIT, server = DB_ARRAY_INIT, zi = DB_ARRAY_INIT, serial = DB_ARRAY_INIT, soa = DB_ARRAY_INIT;
    db_array_t apex = DB_ARRAY_INIT, live_at = DB_ARRAY_INIT, behind = DB_ARRAY_INIT, next = DB_ARRAY_INIT, reason = DB_ARRAY_INIT;
    db_array_t evidence = DB_ARRAY_INIT, attempts = DB_ARRAY_INIT, command = DB_ARRAY_INIT;
    for (size_t i = 0; i < count; i++) {
        const goal_row_t *g = &rows[i];
        db_array_int(&zone, g->zone_id);
        db_array_int(&server, g->server_id);
        db_array_id(&zi, g->live_zi_id);
        db_array_id(&serial, g->live_serial);
        db_array_text(&soa, g->live_soa);
        array_names(&apex, g->live_apex_ns, g->live_apex_count);
        db_array_time(&live_at, g->live_at);
        db_array_time(&behind, g->behind_since);
        db_array_time(&next, g->next_send);
        db_array_int(&reason, g->reason);
        db_array_text(&evidence, g->evidence);
        db_array_int(&attempts, g->attempts);
        db_array_id(&command, g->command_id);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    db_array_t *const arrays[] = {&zone, &server, &zi, &serial, &soa, &apex, &live_at, &behind, &next, &reason, &evidence, &attempts, &command};
    for (size_t i = 0; i < ARRAY_SIZE(arrays); i++)
        db_arg_array(&args, arrays[i]);
    return db_exec(db, &s_stmts[S_SAVE], &args, NULL, reterr);
}

err_t goal_store_save_many(db_t *db, const goal_row_t *rows, size_t count, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    err_t err = save(db, rows, count, reterr);
    db_array_t zone = DB_ARRAY_INIT, server = DB_ARRAY_INIT;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        if (rows[i].absent && rows[i].behind_since.us == 0) {
            db_array_int(&zone, rows[i].zone_id);
            db_array_int(&server, rows[i].server_id);
        }
    }
    if (zone.count == 0)
        return err;
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_array(&args, &zone);
    db_arg_array(&args, &server);
    return db_exec(db, &s_stmts[S_DELETE], &args, NULL, reterr);
}

err_t goal_store_renew(db_t *db, int64_t server_id, const int64_t *zone_ids, size_t count, int64_t seen, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    AUTO_ARGS lift = DB_ARGS_INIT, args = DB_ARGS_INIT;
    db_arg_int(&lift, seen);
    db_arg_int(&args, server_id);
    db_arg_ints(&args, zone_ids, count);
    err_t err = seen != 0 ? db_exec(db, &s_stmts[S_LIFT], &lift, NULL, reterr) : ERR_OK;
    return err == ERR_OK ? db_exec(db, &s_stmts[S_RENEW], &args, NULL, reterr) : err;
}

err_t goal_store_next_due(db_t *db, const int64_t *server_ids, size_t count, wall_t *ret_due, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, server_ids, count);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_NEXT], &args, &rows, reterr);
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        ret_due[i] = db_time(rows, i, 0);
    return err;
}

err_t goal_store_lowest(db_t *db, int64_t zone_id, uint32_t base, uint32_t *ret_serial, char **ret_server, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_int(&args, base);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_LOWEST], &args, &rows, reterr);
    if (err != ERR_OK || db_rows_count(rows) == 0)
        return err;
    *ret_serial = (uint32_t)db_int(rows, 0, 0);
    *ret_server = db_dup(rows, 0, 1);
    return ERR_OK;
}

err_t goal_store_behind(db_t *db, int64_t server_id, int64_t *ret_count, wall_t *ret_since, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, server_id);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_BEHIND], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    *ret_count = db_int(rows, 0, 0);
    *ret_since = db_time(rows, 0, 1);
    return ERR_OK;
}

err_t goal_store_by_zone(db_t *db, int64_t zone_id, goal_view_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_BY_ZONE], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++) {
        goal_view_t *view = &(*ret_rows)[i];
        decode_row(rows, i, &view->goal);
        int c = COLUMN_COUNT;
        view->server_name = db_dup(rows, i, c++);
        view->role = db_dup(rows, i, c++);
        view->server_state = db_dup(rows, i, c++);
        view->connected = db_bool(rows, i, c++);
        view->lost_at = db_time(rows, i, c++);
        if (view->goal.evidence == NULL) /* nothing was reported for the zone: what is wrong with the server explains it */
            view->goal.evidence = db_dup(rows, i, c);
    }
    return ERR_OK;
}

void goal_store_views_free(goal_view_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        goal_row_done(&rows[i].goal);
        free(rows[i].server_name);
        free(rows[i].role);
        free(rows[i].server_state);
    }
    free(rows);
}
