#include "controller/store/change_store.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CHANGE_COLUMNS                                                                                               \
    "c.id, c.at, c.login, c.role, c.front_end, c.address, c.request_id, c.method, c.object, c.object_name, c.zone_id, c.ok," \
    " c.error_code, c.message"
#define CHANGE_TYPES "bigint,timestamptz,text,text,text,text,text,text,text,text,bigint,boolean,integer,text"

/* On its way to the goal, or there.  What is ahead of the goal is of another time; before a server is configured its goals are. */
#define HAS_IT                                                                                                       \
    "(serial_ge(g.live_serial, p.soa_serial) and serial_ge(g.goal_serial, g.live_serial)"                            \
    " or g.behind_since is null and g.live_serial is not null) and s.config_applied > 0"

enum { S_INSERT, S_OPEN, S_PUBLISH, S_MASTER, S_SEEN, S_SEEN_ABSENT, S_COMPLETE, S_OF_SERVER, S_TO_ABSENT, S_TO_ABSENT_SEEN, S_TO_SERVE,
       S_RECEIPT };
static const db_stmt_t s_stmts[] = {
    [S_INSERT] = {"change_insert",
                  "insert into change (at, login, role, front_end, address, request_id, method, object, object_name, zone_id, ok, error_code,"
                  " message, token) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning id",
                  "timestamptz,text,text,text,text,text,text,text,text,bigint,boolean,integer,text,text", "bigint"},
    [S_OPEN] = {"receipt_open",
                "insert into publication (change_id, zone_id, goal, zi_id, zi_seq, committed_at) values ($1, $2, $3, $4, $5, $6)",
                "bigint,bigint,text,bigint,integer,timestamptz", ""},
    [S_PUBLISH] = {"receipt_publish",
                   "update publication p set soa_serial = u.serial from unnest($1::bigint[], $2::bigint[]) u(zone_id, serial)"
                   " where p.zone_id = u.zone_id and p.live_at is null and p.master_at is null and p.goal = 'serve' and p.soa_serial is null"
                   " and not p.deferred",
                   "bigint[],bigint[]", ""},
    /* A publication that was superseded by a newer one before the master had it gets the newer serial. */
    [S_MASTER] = {"receipt_master",
                  "update publication p set master_at = $3, soa_serial = u.serial from unnest($1::bigint[], $2::bigint[]) u(zone_id, serial)"
                  " where p.zone_id = u.zone_id and p.live_at is null and p.master_at is null and not p.deferred"
                  " and ((p.goal = 'serve' and serial_ge(u.serial, p.soa_serial)) or (p.goal = 'absent' and u.serial is null))",
                  "bigint[],bigint[],timestamptz", ""},
    /* A server that has reached its goal has all that was published before, also where a large step of the serial lies between (RFC 1982
       orders no serials that are further apart). */
    [S_SEEN] = {"receipt_seen",
                "insert into publication_server (change_id, server_id, live_at, soa_serial)"
                " select p.change_id, g.server_id, $2, g.live_serial from publication p join zone_server g on g.zone_id = p.zone_id"
                " join server s on s.id = g.server_id and s.role <> 'master' and s.state <> 'DISABLED' where p.zone_id = any($1::bigint[]) and p.live_at is null"
                " and p.goal = 'serve' and p.master_at is not null and g.goal = 'serve' and " HAS_IT
                " on conflict do nothing",
                "bigint[],timestamptz", ""},
    [S_SEEN_ABSENT] = {"receipt_seen_absent",
                       "insert into publication_server (change_id, server_id, live_at) select p.change_id, $1, $4"
                       " from unnest($2::bigint[], $3::bigint[]) u(zone_id, serial) join publication p on p.zone_id = u.zone_id"
                       " where u.serial is null and p.live_at is null and p.goal = 'absent' on conflict do nothing",
                       "bigint,bigint[],bigint[],timestamptz", ""},
    /* What a zone's events wait for may be there with it. */
    [S_COMPLETE] = {"receipt_complete",
                    "with done as (update publication p set live_at = $2, master_at = coalesce(p.master_at, $2)"
                    " where p.zone_id = any($1::bigint[]) and p.live_at is null and ((p.goal = 'serve' and p.master_at is not null"
                    " and not exists (select from zone_server g join server s on s.id = g.server_id where g.zone_id = p.zone_id"
                    "  and s.role <> 'master' and s.state <> 'DISABLED' and g.goal = 'serve'"
                    "  and not coalesce(" HAS_IT ", false)))"
                    " or (p.goal = 'absent' and not exists (select from zone_server g join server s on s.id = g.server_id"
                    "  where g.zone_id = p.zone_id and s.state <> 'DISABLED'))) returning p.change_id, p.zone_id),"
                    " woken as (update event e set due = $2 from done d where e.kind = 'zone' and e.machine_id = d.zone_id and e.done is null"
                    "  and e.state = 'RETRY' and e.due > $2) select change_id from done",
                    "bigint[],timestamptz", "bigint"},
    [S_OF_SERVER] = {"receipt_of_server",
                     "select distinct p.zone_id from publication p join zone_server g on g.zone_id = p.zone_id where p.live_at is null"
                     " and g.server_id = $1",
                     "bigint", "bigint"},
    [S_TO_ABSENT] = {"receipt_to_absent",
                     "update publication set goal = 'absent', soa_serial = null, master_at = null where zone_id = any($1::bigint[])"
                     " and live_at is null and goal = 'serve' and not deferred",
                     "bigint[]", ""},
    [S_TO_ABSENT_SEEN] = {"receipt_to_absent_seen",
                          "delete from publication_server v using publication p where p.change_id = v.change_id"
                          " and p.zone_id = any($1::bigint[]) and p.live_at is null",
                          "bigint[]", ""},
    [S_TO_SERVE] = {"receipt_to_serve",
                    "update publication set goal = 'serve', soa_serial = null, master_at = null where zone_id = any($1::bigint[])"
                    " and live_at is null and goal = 'absent'",
                    "bigint[]", ""},
    /* One statement, so one moment: what the receipt says of the whole fits what it says of each server.  One row per server, or one without. */
    [S_RECEIPT] = {"receipt_get",
                   "select " CHANGE_COLUMNS ", p.change_id is not null, z.name, p.zi_id, p.goal = 'absent', p.soa_serial, p.committed_at,"
                   " p.master_at, p.live_at, p.deferred, p.failure, (select k.id from kept_text k where k.change_id = c.id and"
                   " k.error_code is not null), s.name, s.role, s.state, s.live_at, s.serial, s.connected, s.behind_since,"
                   " s.reason, s.evidence from change c"
                   " left join publication p on p.change_id = c.id left join zone z on z.id = c.zone_id"
                   " left join lateral (select s.name, s.role, s.state, v.live_at, coalesce(v.soa_serial, g.live_serial)::bigint as serial,"
                   "  s.connected_at is not null as connected, g.behind_since, g.reason,"
                   "  coalesce(g.evidence, case when g.behind_since is not null then s.retry_msg end) as evidence"
                   "  from server s left join zone_server g on g.server_id = s.id and g.zone_id = c.zone_id"
                   "  left join publication_server v on v.server_id = s.id and v.change_id = c.id where s.role <> 'master'"
                   "  and (g.server_id is not null or v.server_id is not null)) s on p.change_id is not null"
                   " where c.id = $1 and ($2::bigint = 0 or exists (select from zone_seen t where t.zone_id = c.zone_id and t.sectag_id = $2))"
                   " order by s.name",
                   "bigint,bigint", CHANGE_TYPES ",boolean,text,bigint,boolean,bigint,timestamptz,timestamptz,timestamptz,boolean,"
                   "text,bigint,text,text,text,timestamptz,bigint,boolean,timestamptz,integer,text"},
};
enum { CHANGE_COLUMN_COUNT = 14 };
__attribute__((constructor)) static void change_store_register(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

void change_row_done(change_row_t *row)
{
    char *const texts[] = {row->login, row->role, row->front_end, row->address, row->request_id, row->method, row->object, row->object_name, row->message};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
    *row = (change_row_t){0};
}

void receipt_done(receipt_t *receipt)
{
    change_row_done(&receipt->change);
    free(receipt->zone_name);
    free(receipt->failure);
    for (size_t i = 0; i < receipt->server_count; i++) {
        free(receipt->servers[i].server);
        free(receipt->servers[i].role);
        free(receipt->servers[i].state);
        free(receipt->servers[i].evidence);
    }
    free(receipt->servers);
    *receipt = (receipt_t){0};
}

err_t change_store_insert(db_t *db, const caller_t *who, const char *method, const char *object, const char *object_name, int64_t zone_id,
                          const err_info_t *failure, wall_t now, int64_t *ret_change_id, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_time(&args, now);
    db_arg_text(&args, who->login != NULL ? who->login : "");
    db_arg_text(&args, who->role_name != NULL ? who->role_name : "");
    db_arg_text(&args, who->front_end != NULL ? who->front_end : "");
    db_arg_text(&args, who->address);
    db_arg_text(&args, who->request_id);
    db_arg_text(&args, method);
    db_arg_text(&args, object);
    db_arg_text(&args, object_name);
    db_arg_id(&args, zone_id);
    db_arg_bool(&args, failure == NULL);
    db_arg_int_null(&args, failure != NULL, failure != NULL ? err_row(failure->code)->rpc_code : 0);
    db_arg_text(&args, failure != NULL ? err_message(failure) : NULL);
    db_arg_text(&args, who->scope != NULL ? who->scope->token : NULL);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_INSERT], &args, &rows, reterr);
    if (err == ERR_OK && ret_change_id != NULL)
        *ret_change_id = db_int(rows, 0, 0);
    return err;
}

err_t change_store_open(db_t *db, int64_t change_id, int64_t zone_id, int64_t zi_id, int zi_seq, bool absent, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, change_id);
    db_arg_int(&args, zone_id);
    db_arg_text(&args, absent ? "absent" : "serve");
    db_arg_id(&args, zi_id);
    db_arg_id(&args, zi_seq);
    db_arg_time(&args, now);
    return db_exec(db, &s_stmts[S_OPEN], &args, NULL, reterr);
}

err_t change_store_on_publish(db_t *db, const int64_t *zone_ids, const uint32_t *serials, size_t count, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    db_arg_serials(&args, serials, count);
    return db_exec(db, &s_stmts[S_PUBLISH], &args, NULL, reterr);
}

/* Complete ones are told to those who wait; a payload is bounded by PostgreSQL at 8,000 bytes. */
static err_t tell(db_t *db, const db_rows_t *rows, err_info_t *reterr)
{
    enum { PAYLOAD = 7000 };
    char text[PAYLOAD + 24] = "";
    size_t len = 0;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%" PRId64, i > 0 ? " " : "", db_int(rows, i, 0));
        if (len > PAYLOAD)
            return db_notify(db, DB_CHANNEL_CHANGE, "", reterr);
    }
    return len > 0 ? db_notify(db, DB_CHANNEL_CHANGE, text, reterr) : ERR_OK;
}

err_t change_store_settle(db_t *db, const int64_t *zone_ids, size_t count, wall_t now, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    db_arg_time(&args, now);
    err_t err = db_exec(db, &s_stmts[S_SEEN], &args, NULL, reterr);
    if (err != ERR_OK)
        return err;
    AUTO(db_rows) rows = NULL;
    err = db_exec(db, &s_stmts[S_COMPLETE], &args, &rows, reterr);
    return err == ERR_OK ? tell(db, rows, reterr) : err;
}

err_t change_store_on_master(db_t *db, const int64_t *zone_ids, const uint32_t *serials, size_t count, wall_t now, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    db_arg_serials(&args, serials, count);
    db_arg_time(&args, now);
    err_t err = db_exec(db, &s_stmts[S_MASTER], &args, NULL, reterr);
    return err == ERR_OK ? change_store_settle(db, zone_ids, count, now, reterr) : err;
}

err_t change_store_on_live(db_t *db, int64_t server_id, const int64_t *zone_ids, const uint32_t *serials, size_t count, wall_t now, err_info_t *reterr)
{
    bool gone = false;
    for (size_t i = 0; i < count; i++)
        gone = gone || serials[i] == 0;
    if (gone) {
        AUTO_ARGS args = DB_ARGS_INIT;
        db_arg_int(&args, server_id);
        db_arg_ints(&args, zone_ids, count);
        db_arg_serials(&args, serials, count);
        db_arg_time(&args, now);
        err_t err = db_exec(db, &s_stmts[S_SEEN_ABSENT], &args, NULL, reterr);
        if (err != ERR_OK)
            return err;
    }
    return change_store_settle(db, zone_ids, count, now, reterr);
}

err_t change_store_settle_server(db_t *db, int64_t server_id, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, server_id);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_OF_SERVER], &args, &rows, reterr);
    if (err != ERR_OK || db_rows_count(rows) == 0)
        return err;
    AUTO_FREE int64_t *ids = auto_calloc(db_rows_count(rows), sizeof(*ids));
    for (size_t i = 0; i < db_rows_count(rows); i++)
        ids[i] = db_int(rows, i, 0);
    return change_store_settle(db, ids, db_rows_count(rows), now, reterr);
}

err_t change_store_supersede(db_t *db, const int64_t *zone_ids, size_t count, bool absent, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    err_t err = db_exec(db, &s_stmts[S_TO_ABSENT_SEEN], &args, NULL, reterr);
    return err == ERR_OK ? db_exec(db, &s_stmts[absent ? S_TO_ABSENT : S_TO_SERVE], &args, NULL, reterr) : err;
}

static void decode_change(const db_rows_t *rows, change_row_t *row)
{
    int c = 0;
    row->id = db_int(rows, 0, c++);
    row->at = db_time(rows, 0, c++);
    row->login = db_dup(rows, 0, c++);
    row->role = db_dup(rows, 0, c++);
    row->front_end = db_dup(rows, 0, c++);
    row->address = db_dup(rows, 0, c++);
    row->request_id = db_dup(rows, 0, c++);
    row->method = db_dup(rows, 0, c++);
    row->object = db_dup(rows, 0, c++);
    row->object_name = db_dup(rows, 0, c++);
    row->zone_id = db_int(rows, 0, c++);
    row->ok = db_bool(rows, 0, c++);
    row->error_code = (int)db_int(rows, 0, c++);
    row->message = db_dup(rows, 0, c++);
}

static void decode_servers(const db_rows_t *rows, int first_column, receipt_t *receipt)
{
    receipt->servers = auto_calloc(db_rows_count(rows) + 1, sizeof(*receipt->servers));
    for (size_t i = 0; i < db_rows_count(rows) && !db_null(rows, i, first_column); i++) {
        receipt_server_t *s = &receipt->servers[receipt->server_count++];
        int c = first_column;
        s->server = db_dup(rows, i, c++);
        s->role = db_dup(rows, i, c++);
        s->state = db_dup(rows, i, c++);
        s->live = !db_null(rows, i, c);
        s->live_at = db_time(rows, i, c++);
        s->serial = (uint32_t)db_int(rows, i, c++);
        s->connected = db_bool(rows, i, c++);
        s->behind_since = db_time(rows, i, c++);
        s->reason = (int)db_int(rows, i, c++);
        s->evidence = db_dup(rows, i, c++);
    }
}

err_t change_store_receipt(db_t *db, const caller_t *who, int64_t change_id, receipt_t *ret_receipt, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, change_id);
    db_arg_int(&args, who != NULL ? who->sectag_id : 0);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_RECEIPT], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    if (db_rows_count(rows) == 0) {
        err_set(reterr, ERR_CHANGE_NOT_FOUND, "change %" PRId64 " not found", change_id);
        err_key_int(reterr, "change_id", change_id);
        return ERR_CHANGE_NOT_FOUND;
    }
    receipt_t receipt = {0};
    decode_change(rows, &receipt.change);
    int c = CHANGE_COLUMN_COUNT;
    receipt.publishes = db_bool(rows, 0, c++);
    receipt.zone_name = db_dup(rows, 0, c++);
    receipt.zi_id = db_int(rows, 0, c++);
    receipt.absent = db_bool(rows, 0, c++);
    receipt.serial = (uint32_t)db_int(rows, 0, c++);
    receipt.committed_at = db_time(rows, 0, c++);
    receipt.master_at = db_time(rows, 0, c++);
    receipt.live_at = db_time(rows, 0, c++);
    receipt.deferred = db_bool(rows, 0, c++);
    receipt.failure = db_dup(rows, 0, c++);
    receipt.kept_text_id = db_int(rows, 0, c++);
    decode_servers(rows, c, &receipt);
    *ret_receipt = receipt;
    return ERR_OK;
}
