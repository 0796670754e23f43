#include "controller/store/event_store.h"
#include <stdlib.h>
#include <string.h>

static const char *const s_kinds[] = {"zone", "server", "master"};
static const char *const s_states[] = {"NEW", "RETRY", "SUCCESS", "FAILURE"};

#define COLUMNS                                                                                                      \
    "e.id, e.kind, e.machine_id, e.type, e.state, e.parameters::text, e.results::text, e.attempts, e.created, e.due," \
    " e.done, e.change_id"
#define COLUMN_TYPES \
    "bigint,text,bigint,text,text,text,text,integer,timestamptz,timestamptz,timestamptz,bigint"
/* For people: whose event it is. */
#define SHOWN                                                                                                  \
    COLUMNS ", case e.kind when 'zone' then (select name from zone where id = e.machine_id)"                   \
            " when 'server' then (select name from server where id = e.machine_id) end"
#define SHOWN_TYPES COLUMN_TYPES ",text"

enum { S_INSERT, S_DUE, S_OLDEST, S_SAVE, S_NEXT, S_CANCEL, S_CANCEL_TYPE, S_MOVE, S_LIST, S_LIST_PENDING, S_LIST_FAILED, S_LIST_MACHINE, S_HASTEN, S_HASTEN_ZONES, S_HASTEN_TYPE, S_GET, S_FAIL };
static const db_stmt_t s_stmts[] = {
    [S_INSERT] = {"event_insert",
                  "insert into event (kind, machine_id, type, state, parameters, results, attempts, created, due, done, change_id)"
                  " select u.kind, u.machine_id, u.type, u.state, coalesce(u.parameters, '{}')::jsonb, u.results::jsonb, u.attempts, $11,"
                  " u.due, u.done, u.change_id"
                  " from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[],"
                  " $8::timestamptz[], $9::timestamptz[], $10::bigint[]) with ordinality"
                  " u(kind, machine_id, type, state, parameters, results, attempts, due, done, change_id, n)"
                  " order by u.n returning id",
                  "text[],bigint[],text[],text[],text[],text[],integer[],timestamptz[],timestamptz[],bigint[],"
                  "timestamptz",
                  "bigint"},
    /* The oldest few times limit rows are looked at, so the cost does not follow the length of the queue. */
    [S_DUE] = {"event_due_machines",
               "select machine_id from (select machine_id, due, id from event where kind = $1 and done is null and due <= $2"
               " order by due, id limit $3::bigint * 4) e group by machine_id order by min(due), min(id) limit $3",
               "text,timestamptz,bigint", "bigint"},
    [S_OLDEST] = {"event_oldest_due",
                  "select " COLUMNS " from unnest($2::bigint[]) with ordinality m(id, n) cross join lateral"
                  " (select * from event where kind = $1 and machine_id = m.id and done is null and due <= $3"
                  " order by due, id limit 1) e order by m.n",
                  "text,bigint[],timestamptz", COLUMN_TYPES},
    [S_SAVE] = {"event_save",
                "update event e set state = u.state, attempts = u.attempts, due = u.due, done = u.done, results = u.results::jsonb"
                " from unnest($1::bigint[], $2::text[], $3::integer[], $4::timestamptz[], $5::timestamptz[], $6::text[])"
                " u(id, state, attempts, due, done, results) where e.id = u.id and e.done is null",
                "bigint[],text[],integer[],timestamptz[],timestamptz[],text[]", ""},
    [S_NEXT] = {"event_next_due",
                "select (select due from event where done is null order by due limit 1),"
                " exists (select from event where kind = 'zone' and done is null and due <= $1),"
                " exists (select from event where kind = 'server' and done is null and due <= $1),"
                " exists (select from event where kind = 'master' and done is null and due <= $1)",
                "timestamptz", "timestamptz,boolean,boolean,boolean"},
    [S_CANCEL] = {"event_cancel",
                  "update event set state = 'SUCCESS', done = $2, results = '{\"message\": \"canceled\"}' where id = $1 and done is null"
                  " returning id",
                  "bigint,timestamptz", "bigint"},
    [S_CANCEL_TYPE] = {"event_cancel_type",
                       "update event set state = 'SUCCESS', done = $3, results = '{\"message\": \"canceled\"}' where kind = 'zone'"
                       " and machine_id = $1 and type = $2 and done is null",
                       "bigint,text,timestamptz", ""},
    [S_MOVE] = {"event_move", "update event set due = $2 where id = $1 and done is null returning id", "bigint,timestamptz",
                "bigint"},
    [S_LIST] = {"event_list",
                "select " SHOWN " from event e where ($1::bigint is null or e.id < $1) order by e.id desc limit $2", "bigint,bigint",
                SHOWN_TYPES},
    [S_LIST_PENDING] = {"event_list_pending",
                        "select " SHOWN " from event e where e.done is null and ($1::bigint is null or e.id < $1)"
                        " order by e.id desc limit $2",
                        "bigint,bigint", SHOWN_TYPES},
    [S_LIST_FAILED] = {"event_list_failed",
                       "select " SHOWN " from event e where e.state in ('RETRY', 'FAILURE') and (not $3 or e.done is null)"
                       " and ($1::bigint is null or e.id < $1) order by e.id desc limit $2",
                       "bigint,bigint,boolean", SHOWN_TYPES},
    [S_LIST_MACHINE] = {"event_list_machine",
                        "select " SHOWN " from event e where e.kind = $3 and e.machine_id = $4 and (not $5 or e.done is null)"
                        " and (not $6 or e.state in ('RETRY', 'FAILURE')) and ($1::bigint is null or e.id < $1) order by e.id desc limit $2",
                        "bigint,bigint,text,bigint,boolean,boolean", SHOWN_TYPES},
    [S_GET] = {"event_get", "select " SHOWN " from event e where e.id = $1", "bigint", SHOWN_TYPES},
    [S_FAIL] = {"event_fail",
                "update event set state = 'FAILURE', done = $2, results = '{\"message\": \"canceled\"}' where id = $1 and done is null"
                " returning id",
                "bigint,timestamptz", "bigint"},
    [S_HASTEN] = {"event_hasten",
                  "update event set due = $2 where kind = $1 and done is null and state = 'RETRY' and due > $2",
                  "text,timestamptz", ""},
    [S_HASTEN_ZONES] = {"event_hasten_zones",
                        "update event set due = $2 where kind = 'zone' and machine_id = any($1::bigint[]) and done is null"
                        " and state = 'RETRY' and due > $2 and type in ('ZoneSMSgMove', 'ZoneSMSerialBack')",
                        "bigint[],timestamptz", ""},
    [S_HASTEN_TYPE] = {"event_hasten_type",
                       "update event set due = least(due, $3) where kind = 'zone' and machine_id = $1 and type = $2 and done is null"
                       " returning id",
                       "bigint,text,timestamptz", "bigint"},
};
__attribute__((constructor)) static void event_store_register(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

static int find(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (name != NULL && strcmp(names[i], name) == 0)
            return (int)i;
    }
    return 0;
}

static void decode(const db_rows_t *rows, bool shown, event_row_t **ret_rows, size_t *ret_count)
{
    size_t count = db_rows_count(rows);
    event_row_t *out = auto_calloc(count + 1, sizeof(*out));
    for (size_t i = 0; i < count; i++) {
        event_row_t *e = &out[i];
        int c = 0;
        e->id = db_int(rows, i, c++);
        e->kind = (machine_kind_t)find(s_kinds, ARRAY_SIZE(s_kinds), db_text(rows, i, c++));
        e->machine_id = db_int(rows, i, c++);
        e->type = db_dup(rows, i, c++);
        e->state = (event_state_t)find(s_states, ARRAY_SIZE(s_states), db_text(rows, i, c++));
        e->parameters = db_dup(rows, i, c++);
        e->results = db_dup(rows, i, c++);
        e->attempts = (int)db_int(rows, i, c++);
        e->created = db_time(rows, i, c++);
        e->due = db_time(rows, i, c++);
        e->done = db_time(rows, i, c++);
        e->change_id = db_int(rows, i, c++);
        e->name = shown ? db_dup(rows, i, c++) : NULL;
    }
    *ret_rows = out;
    *ret_count = count;
}

void event_store_rows_free(event_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        event_row_done(&rows[i]);
    free(rows);
}

err_t event_store_insert_many(db_t *db, event_row_t *rows, size_t count, wall_t now, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    db_array_t kind = DB_ARRAY_INIT, machine = DB_ARRAY_INIT, type = DB_ARRAY_INIT, state = DB_ARRAY_INIT;
    db_array_t parameters = DB_ARRAY_INIT, results = DB_ARRAY_INIT, attempts = DB_ARRAY_INIT, due = DB_ARRAY_INIT;
    db_array_t done = DB_ARRAY_INIT, change = DB_ARRAY_INIT;
    bool wake = false;
    for (size_t i = 0; i < count; i++) {
        db_array_text(&kind, s_kinds[rows[i].kind]);
        db_array_int(&machine, rows[i].machine_id);
        db_array_text(&type, rows[i].type);
        db_array_text(&state, s_states[rows[i].state]);
        db_array_text(&parameters, rows[i].parameters);
        db_array_text(&results, rows[i].results);
        db_array_int(&attempts, rows[i].attempts);
        db_array_time(&due, rows[i].due);
        db_array_time(&done, rows[i].done);
        db_array_id(&change, rows[i].change_id);
        wake = wake || (rows[i].done.us == 0 && rows[i].due.us <= now.us);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    db_array_t *const arrays[] = {&kind, &machine, &type, &state, &parameters, &results, &attempts, &due, &done, &change};
    for (size_t i = 0; i < ARRAY_SIZE(arrays); i++)
        db_arg_array(&args, arrays[i]);
    db_arg_time(&args, now);
    AUTO(db_rows) ids = NULL;
    err_t err = db_exec(db, &s_stmts[S_INSERT], &args, &ids, reterr);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < count && i < db_rows_count(ids); i++)
        rows[i].id = db_int(ids, i, 0);
    return wake ? db_notify(db, DB_CHANNEL_EVENT, "", reterr) : ERR_OK;
}

err_t event_store_copy_many(db_t *db, const event_row_t *rows, size_t count, wall_t now, err_info_t *reterr)
{
    AUTO_COPY copy = DB_COPY_INIT;
    bool wake = false;
    for (size_t i = 0; i < count; i++) {
        const event_row_t *e = &rows[i];
        db_copy_text(&copy, s_kinds[e->kind]);
        db_copy_int(&copy, e->machine_id);
        db_copy_text(&copy, e->type);
        db_copy_text(&copy, s_states[e->state]);
        db_copy_text(&copy, e->parameters != NULL ? e->parameters : "{}");
        db_copy_text(&copy, e->results);
        db_copy_int(&copy, e->attempts);
        db_copy_time(&copy, now);
        db_copy_time(&copy, e->due);
        db_copy_time(&copy, e->done);
        db_copy_id(&copy, e->change_id);
        db_copy_row(&copy);
        wake = wake || (e->done.us == 0 && e->due.us <= now.us);
    }
    err_t err = db_copy_in(db, "copy event (kind, machine_id, type, state, parameters, results, attempts, created, due, done, change_id) from stdin",
                           &copy, reterr);
    return err == ERR_OK && wake ? db_notify(db, DB_CHANNEL_EVENT, "", reterr) : err;
}

err_t event_store_due_machines(db_t *db, machine_kind_t kind, wall_t now, size_t limit, int64_t *ret_ids, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, s_kinds[kind]);
    db_arg_time(&args, now);
    db_arg_int(&args, (int64_t)limit);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_DUE], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    *ret_count = db_rows_count(rows);
    for (size_t i = 0; i < *ret_count; i++)
        ret_ids[i] = db_int(rows, i, 0);
    return ERR_OK;
}

err_t event_store_oldest_due(db_t *db, machine_kind_t kind, const int64_t *machine_ids, size_t count, wall_t now, event_row_t **ret_rows,
                             size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, s_kinds[kind]);
    db_arg_ints(&args, machine_ids, count);
    db_arg_time(&args, now);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_OLDEST], &args, &rows, reterr);
    if (err == ERR_OK)
        decode(rows, false, ret_rows, ret_count);
    return err;
}

err_t event_store_save_many(db_t *db, const event_row_t *rows, size_t count, err_info_t *reterr)
{
    if (count == 0)
        return ERR_OK;
    db_array_t id = DB_ARRAY_INIT, state = DB_ARRAY_INIT, attempts = DB_ARRAY_INIT, due = DB_ARRAY_INIT, done = DB_ARRAY_INIT;
    db_array_t results = DB_ARRAY_INIT;
    for (size_t i = 0; i < count; i++) {
        db_array_int(&id, rows[i].id);
        db_array_text(&state, s_states[rows[i].state]);
        db_array_int(&attempts, rows[i].attempts);
        db_array_time(&due, rows[i].due);
        db_array_time(&done, rows[i].done);
        db_array_text(&results, rows[i].results);
    }
    AUTO_ARGS args = DB_ARGS_INIT;
    db_array_t *const arrays[] = {&id, &state, &attempts, &due, &done, &results};
    for (size_t i = 0; i < ARRAY_SIZE(arrays); i++)
        db_arg_array(&args, arrays[i]);
    return db_exec(db, &s_stmts[S_SAVE], &args, NULL, reterr);
}

err_t event_store_next_due(db_t *db, wall_t now, wall_t *ret_due, bool ret_kinds[MACHINE_KIND_COUNT], err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_time(&args, now);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_NEXT], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    *ret_due = db_time(rows, 0, 0);
    for (int kind = 0; kind < MACHINE_KIND_COUNT; kind++)
        ret_kinds[kind] = db_bool(rows, 0, 1 + kind);
    return ERR_OK;
}

static err_t change_pending(db_t *db, int stmt, int64_t id, wall_t when, bool *ret_found, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    db_arg_time(&args, when);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[stmt], &args, &rows, reterr);
    if (err == ERR_OK && ret_found != NULL)
        *ret_found = db_rows_count(rows) > 0;
    return err;
}

err_t event_store_cancel(db_t *db, int64_t id, wall_t now, bool *ret_found, err_info_t *reterr)
{
    return change_pending(db, S_CANCEL, id, now, ret_found, reterr);
}

err_t event_store_cancel_type(db_t *db, int64_t zone_id, const char *type, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_text(&args, type);
    db_arg_time(&args, now);
    return db_exec(db, &s_stmts[S_CANCEL_TYPE], &args, NULL, reterr);
}

err_t event_store_fail(db_t *db, int64_t id, wall_t now, bool *ret_found, err_info_t *reterr)
{
    return change_pending(db, S_FAIL, id, now, ret_found, reterr);
}

err_t event_store_get(db_t *db, int64_t id, event_row_t *ret_row, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_GET], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    if (db_rows_count(rows) == 0) {
        err_set(reterr, ERR_EVENT_NOT_FOUND_BY_ID, "there is no event %lld", (long long)id);
        err_key_int(reterr, "event_id", id);
        return ERR_EVENT_NOT_FOUND_BY_ID;
    }
    event_row_t *found = NULL;
    size_t count = 0;
    decode(rows, true, &found, &count);
    *ret_row = found[0];
    free(found);
    return ERR_OK;
}

err_t event_store_move(db_t *db, int64_t id, wall_t due, bool *ret_found, err_info_t *reterr)
{
    return change_pending(db, S_MOVE, id, due, ret_found, reterr);
}

err_t event_store_hasten(db_t *db, machine_kind_t kind, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, s_kinds[kind]);
    db_arg_time(&args, now);
    err_t err = db_exec(db, &s_stmts[S_HASTEN], &args, NULL, reterr);
    return err == ERR_OK ? db_notify(db, DB_CHANNEL_EVENT, "", reterr) : err;
}

err_t event_store_hasten_zones(db_t *db, const int64_t *zone_ids, size_t count, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_ints(&args, zone_ids, count);
    db_arg_time(&args, now);
    return db_exec(db, &s_stmts[S_HASTEN_ZONES], &args, NULL, reterr);
}

err_t event_store_hasten_type(db_t *db, int64_t zone_id, const char *type, wall_t now, bool *ret_found, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_text(&args, type);
    db_arg_time(&args, now);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[S_HASTEN_TYPE], &args, &rows, reterr);
    if (err == ERR_OK)
        *ret_found = db_rows_count(rows) > 0;
    return err == ERR_OK && *ret_found ? db_notify(db, DB_CHANNEL_EVENT, "", reterr) : err;
}

err_t event_store_list(db_t *db, const event_filter_t *filter, event_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    int stmt = filter->machine_id != 0 ? S_LIST_MACHINE : filter->failed ? S_LIST_FAILED : filter->pending ? S_LIST_PENDING : S_LIST;
    db_arg_id(&args, filter->after);
    db_arg_int(&args, filter->limit);
    if (stmt == S_LIST_MACHINE) {
        db_arg_text(&args, s_kinds[filter->kind]);
        db_arg_int(&args, filter->machine_id);
    }
    if (stmt == S_LIST_MACHINE || stmt == S_LIST_FAILED)
        db_arg_bool(&args, filter->pending);
    if (stmt == S_LIST_MACHINE)
        db_arg_bool(&args, filter->failed);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[stmt], &args, &rows, reterr);
    if (err == ERR_OK)
        decode(rows, true, ret_rows, ret_count);
    return err;
}
