/* The one door to libpq: connection, transactions, prepared statements, arrays, notifications.
 * Each *_store.c keeps its SQL in a table of db_stmt_t beside the functions that decode its columns.
 * Thread: a db_t belongs to one thread.  See: DESIGN.md section 3, STYLE points 24-28. */
#ifndef DMS_DB_H
#define DMS_DB_H
#include "shared/clock.h"
#include "shared/err.h"

typedef struct db db_t;

/* conninfo: libpq's.  application_name as given.  Sets jit=off, search_path=dms, TimeZone=UTC, statement_timeout 30 s, lock_timeout 10 s,
 * idle_in_transaction_session_timeout 60 s, tcp_user_timeout.  Errors: ERR_DB_DOWN. Never puts a password into a message. */
err_t db_open(const char *conninfo, const char *application_name, db_t **ret_db, err_info_t *reterr);
void db_destroy(db_t **self);
/* Another time limit for each statement, kept over db_reopen; one that needs longer fails with ERR_TIMEOUT. */
err_t db_limit_statements(db_t *self, int64_t ms, err_info_t *reterr);
/* Limit that all changes through this connection are held to: records of a zone that grows.  0: none, as db_open leaves it. */
void db_limit_records(db_t *self, size_t most);
size_t db_max_records(const db_t *self);
/* True while the connection is usable.  After ERR_DB_DOWN: db_reopen (one attempt, no waiting). */
bool db_is_up(const db_t *self);
err_t db_reopen(db_t *self, err_info_t *reterr);
int db_socket(const db_t *self); /* -1 when down */

/* ---- statements.  name must be unique in the program; prepared on first use. */
typedef struct {
    const char *name, *sql;
    const char *params;  /* types, comma separated: "bigint,text[]"; a test prepares every row against the real schema */
    const char *columns; /* expected result types: "bigint,text"; "" for none */
} db_stmt_t;
/* Register a store's table (constructor of each store file): the test walks them all. */
void db_register(const db_stmt_t *table, size_t count);
size_t db_registered(const db_stmt_t **ret_rows, size_t max);

/* ---- parameters: text format; NULL value = SQL null.  Builders return static or owned memory of `args`. */
enum { DB_ARGS_MAX = 48 };
typedef struct {
    const char *values[DB_ARGS_MAX];
    char *owned[DB_ARGS_MAX];
    size_t count;
} db_args_t;
#define DB_ARGS_INIT ((db_args_t){0})
#define AUTO_ARGS AUTO_CLEANUP(db_args_done) db_args_t
void db_args_done(db_args_t *args);
void db_arg_text(db_args_t *args, const char *text); /* borrowed until executed; NULL: null */
void db_arg_int(db_args_t *args, int64_t number);
void db_arg_int_null(db_args_t *args, bool not_null, int64_t number); /* null when !not_null */
void db_arg_id(db_args_t *args, int64_t id);                          /* 0: null */
void db_arg_bool(db_args_t *args, bool value);
void db_arg_double(db_args_t *args, double value);
void db_arg_time(db_args_t *args, wall_t t); /* us 0: null */
/* Arrays for unnest and = any(): build element by element, then pass; the literal moves to args. */
typedef struct { char *text; size_t len, cap, count; } db_array_t;
#define DB_ARRAY_INIT ((db_array_t){0})
void db_array_text(db_array_t *array, const char *text); /* NULL: null element; quoted as needed */
void db_array_int(db_array_t *array, int64_t number);
void db_array_id(db_array_t *array, int64_t id); /* 0: null */
void db_array_int_null(db_array_t *array, bool not_null, int64_t number);
void db_array_bool(db_array_t *array, bool value);
void db_array_double(db_array_t *array, double value);
void db_array_time(db_array_t *array, wall_t t); /* us 0: null */
void db_arg_array(db_args_t *args, db_array_t *array); /* takes the array's contents; empty array -> '{}' */
/* The same for an array that is there already. */
void db_arg_ints(db_args_t *args, const int64_t *numbers, size_t count);
void db_arg_serials(db_args_t *args, const uint32_t *serials, size_t count); /* 0: null element */
void db_arg_texts(db_args_t *args, const char *const *texts, size_t count);  /* NULL: null element */
char *db_like(const char *wildcards); /* * and ? -> LIKE pattern; caller frees */

/* ---- results */
typedef struct db_rows db_rows_t;
void db_rows_destroy(db_rows_t **self);
size_t db_rows_count(const db_rows_t *self);
bool db_null(const db_rows_t *self, size_t row, int col);
const char *db_text(const db_rows_t *self, size_t row, int col);  /* borrowed; NULL when null */
char *db_dup(const db_rows_t *self, size_t row, int col);         /* owned; NULL when null */
int64_t db_int(const db_rows_t *self, size_t row, int col);       /* 0 when null */
bool db_bool(const db_rows_t *self, size_t row, int col);
double db_double(const db_rows_t *self, size_t row, int col);
wall_t db_time(const db_rows_t *self, size_t row, int col);       /* timestamptz selected as is; us 0 when null */
/* text[] -> array of owned strings; count 0 when null or empty. */
size_t db_text_array(const db_rows_t *self, size_t row, int col, char ***ret_items);

/* Execute.  ret_rows may be NULL.  Errors by SQLSTATE: 08*, 57P0* -> DB_DOWN; 40001, 40P01, 55P03 -> CONFLICT; 23505 and other
 * constraint errors -> ERR_INTERNAL with sqlstate and constraint name in the message so that the caller maps it; 57014 -> TIMEOUT;
 * 25006 -> DB_READ_ONLY. reterr->sqlstate is set; key "constraint" names the constraint. */
err_t db_exec(db_t *self, const db_stmt_t *stmt, const db_args_t *args, db_rows_t **ret_rows, err_info_t *reterr);
/* ---- bulk load: rows as COPY's text format, built value by value in the order of the statement's columns. */
typedef struct { char *text; size_t len, cap; bool begun; } db_copy_t;
#define DB_COPY_INIT ((db_copy_t){0})
#define AUTO_COPY AUTO_CLEANUP(db_copy_done) db_copy_t
void db_copy_done(db_copy_t *copy);
void db_copy_text(db_copy_t *copy, const char *text); /* NULL: null */
void db_copy_int(db_copy_t *copy, int64_t number);
void db_copy_int_null(db_copy_t *copy, bool not_null, int64_t number);
void db_copy_id(db_copy_t *copy, int64_t id); /* 0: null */
void db_copy_bool(db_copy_t *copy, bool value);
void db_copy_double(db_copy_t *copy, double value);
void db_copy_time(db_copy_t *copy, wall_t t); /* us 0: null */
void db_copy_row(db_copy_t *copy); /* ends a row */
/* Send all rows; nothing is done when there is none.  sql: "copy TABLE (COLUMNS) from stdin".  Errors as db_exec's. */
err_t db_copy_in(db_t *self, const char *sql, const db_copy_t *copy, err_info_t *reterr);

/* Plain SQL without parameters (migrations, LISTEN): simple protocol, several statements allowed. */
err_t db_script(db_t *self, const char *sql, err_info_t *reterr);

/* ---- transactions: begin, fn, commit; begins again (up to 3 times) on CONFLICT, so fn may touch nothing but the database and must be repeatable.
 * Any other error rolls back.  Nested calls join the outer transaction. */
typedef err_t (*db_tx_fn_t)(db_t *db, void *arg, err_info_t *reterr);
err_t db_tx(db_t *self, db_tx_fn_t fn, void *arg, err_info_t *reterr);
bool db_in_tx(const db_t *self);
/* Round trips to the server since db_open: what a use case costs (tests, benchmarks). */
uint64_t db_round_trips(const db_t *self);
/* Test hook (simulation): called before and after each commit; returning true cuts the connection there. NULL: none. */
typedef bool (*db_cut_fn_t)(void *arg, bool before_commit);
void db_set_cut(db_t *self, db_cut_fn_t fn, void *arg);

/* ---- notifications: NOTIFY is a hint, the table is the fact. */
err_t db_listen(db_t *self, const char *channel, err_info_t *reterr); /* remembered and renewed by db_reopen */
err_t db_notify(db_t *self, const char *channel, const char *payload, err_info_t *reterr); /* part of the open transaction */
/* Read what has arrived without blocking; calls fn per notification; ERR_DB_DOWN when the connection is gone. */
err_t db_consume(db_t *self, void (*fn)(void *arg, const char *channel, const char *payload), void *arg, err_info_t *reterr);
#define DB_CHANNEL_EVENT "dms_event"   /* an event is due or a peer changed: engine */
#define DB_CHANNEL_CHANGE "dms_change" /* payload: change ids whose receipts moved, blank-separated ("" = many): waiters */
#endif
