#include "controller/store/log_store.h"
#include <stdlib.h>

enum { SCAN = 20000 };
/* $1 host, $2 program, $3 zone, $4 text, $5 severity, $6 since, $7 until, $8 limit, $9 scan, $10 and $11 id and time of the line that a page begins behind.
 * The lines that are looked at, along an index and in its order until there are enough; those that match come out, and the last one that was looked at. */
#define SPAN "l.at >= coalesce($6::timestamptz, '-infinity') and l.at < coalesce($7::timestamptz, 'infinity')"
#define ALONG(where)                                                                                                   \
    "select * from log_line l where " where " and " SPAN                                                               \
    " and (l.at, l.id) < (coalesce($11::timestamptz, 'infinity'), coalesce($10::bigint, 0)) order by l.at desc, l.id desc limit $9"
#define FOUND(from, order)                                                                                             \
    "select l.ok, l.n, l.id, l.at, l.received_at, l.host, l.sender, (select min(s.name) from server s where host(s.address) = l.sender"  \
    " having count(*) = 1), l.facility, l.severity, l.program, l.message, l.zone from (select l.*, m.ok from"                          \
    " (select l.*, row_number() over (order by " order ") as n from (" from ") l) l cross join lateral (select"                       \
    " ($1::text is null or l.host = $1 or l.sender = (select host(s.address) from server s where s.name = $1))"                \
    " and ($2::text is null or l.program = $2) and ($3::text is null or l.zone = $3) and ($4::text is null or l.message ilike $4)"      \
    " and l.severity <= $5::integer as ok) m where m.ok or l.n = $9 order by " order " limit $8) l order by " order
#define NEWEST(where) FOUND(ALONG(where), "l.at desc, l.id desc")
#define PARAMS "text,text,text,text,integer,timestamptz,timestamptz,bigint,bigint,bigint"
#define COLUMNS "boolean,bigint,bigint,timestamptz,timestamptz,text,text,text,smallint,smallint,text,text,text"

enum { S_TIME, S_HOST, S_PROGRAM, S_ZONE, S_SEVERE, S_ARRIVAL };
static const db_stmt_t s_stmts[] = {
    [S_TIME] = {"log_time", NEWEST("true"), PARAMS ",timestamptz", COLUMNS},
    /* a server is found by either of its names; no line twice */
    [S_HOST] = {"log_host",
                FOUND("(" ALONG("l.host = $1") ") union all (" ALONG("l.sender = (select host(s.address) from server s where s.name = $1)"
                      " and l.host <> $1") ") order by at desc, id desc limit $9", "l.at desc, l.id desc"), PARAMS ",timestamptz", COLUMNS},
    [S_PROGRAM] = {"log_program", NEWEST("l.program = $2"), PARAMS ",timestamptz", COLUMNS},
    [S_ZONE] = {"log_zone", NEWEST("l.zone = $3"), PARAMS ",timestamptz", COLUMNS},
    [S_SEVERE] = {"log_severe", NEWEST("l.severity <= 4"), PARAMS ",timestamptz", COLUMNS},
    [S_ARRIVAL] = {"log_arrival", FOUND("select * from log_line l where l.id > $10 and " SPAN " order by l.id limit $9", "l.id"), PARAMS, COLUMNS},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_stmts, ARRAY_SIZE(s_stmts));
}

void log_store_rows_free(log_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *const texts[] = {rows[i].host, rows[i].sender, rows[i].server, rows[i].program, rows[i].message, rows[i].zone};
        for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
            free(texts[k]);
    }
    free(rows);
}

static void decode(const db_rows_t *rows, size_t i, log_row_t *row)
{
    int c = 2;
    row->id = db_int(rows, i, c++);
    row->at = db_time(rows, i, c++);
    row->received_at = db_time(rows, i, c++);
    row->host = db_dup(rows, i, c++);
    row->sender = db_dup(rows, i, c++);
    row->server = db_dup(rows, i, c++);
    row->facility = (int)db_int(rows, i, c++);
    row->severity = (int)db_int(rows, i, c++);
    row->program = db_dup(rows, i, c++);
    row->message = db_dup(rows, i, c++);
    row->zone = db_dup(rows, i, c);
}

/* What chooses the fewest lines, as far as one can know. */
static int way(const log_filter_t *f)
{
    return f->arrival           ? S_ARRIVAL
           : f->zone != NULL    ? S_ZONE
           : f->severity <= 4   ? S_SEVERE
           : f->host != NULL    ? S_HOST
           : f->program != NULL ? S_PROGRAM
                                : S_TIME;
}

err_t log_store_list(db_t *db, const log_filter_t *filter, log_row_t **ret_rows, size_t *ret_count, log_place_t *ret_last, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    const char *const texts[] = {filter->host, filter->program, filter->zone, filter->text};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        db_arg_text(&args, texts[i]);
    db_arg_int(&args, filter->severity);
    db_arg_time(&args, filter->since);
    db_arg_time(&args, filter->until);
    db_arg_int(&args, filter->limit);
    db_arg_int(&args, SCAN);
    db_arg_int(&args, filter->behind.id);
    if (!filter->arrival)
        db_arg_time(&args, filter->behind.at);
    AUTO(db_rows) rows = NULL;
    err_t err = db_exec(db, &s_stmts[way(filter)], &args, &rows, reterr);
    if (err != ERR_OK)
        return err;
    size_t total = db_rows_count(rows), count = 0;
    log_row_t *found = auto_calloc(total + 1, sizeof(*found));
    for (size_t i = 0; i < total; i++) {
        if (db_bool(rows, i, 0))
            decode(rows, i, &found[count++]);
    }
    bool more = total > 0 && (db_int(rows, total - 1, 1) == SCAN || (int64_t)count == filter->limit);
    *ret_last = more ? (log_place_t){db_int(rows, total - 1, 2), db_time(rows, total - 1, 3)} : (log_place_t){0};
    *ret_rows = found;
    *ret_count = count;
    return ERR_OK;
}
