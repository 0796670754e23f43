/* Connection, statements, transactions, notifications. */
#include "controller/store/db_priv.h"
#include "shared/log.h"
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES_MAX = 64, PREPARED_SLOTS = 1024, CHANNELS_MAX = 8, TX_TRIES = 4, STATEMENT_MS = 30000 };

struct db {
    PGconn *conn; /* NULL: closed */
    char *conninfo, *application_name;
    const db_stmt_t *prepared[PREPARED_SLOTS]; /* open addressing by address: statement rows are static */
    size_t prepared_count;
    const char *channels[CHANNELS_MAX];
    size_t channel_count;
    bool in_tx;
    int64_t statement_ms; /* limit of one statement */
    size_t max_records;
    uint64_t round_trips;
    db_cut_fn_t cut;
    void *cut_arg;
};

/* ---- registered statements */

static struct {
    const db_stmt_t *rows;
    size_t count;
} s_tables[TABLES_MAX];
static size_t s_table_count;

void db_register(const db_stmt_t *table, size_t count)
{
    assert(s_table_count < TABLES_MAX);
    s_tables[s_table_count].rows = table;
    s_tables[s_table_count++].count = count;
}

size_t db_registered(const db_stmt_t **ret_rows, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < s_table_count; i++) {
        for (size_t j = 0; j < s_tables[i].count; j++, count++) {
            if (count < max)
                ret_rows[count] = &s_tables[i].rows[j];
        }
    }
    return count;
}

static const db_stmt_t s_notify[] = {
    {"db_notify", "select from pg_notify($1, $2)", "text,text", ""},
};

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_notify, ARRAY_SIZE(s_notify));
}

/* ---- errors */

static err_t code_of(const char *sqlstate)
{
    static const struct {
        const char *prefix;
        err_t code;
    } map[] = {
        {"08", ERR_DB_DOWN},    {"57P", ERR_DB_DOWN},  {"53300", ERR_DB_DOWN}, {"40001", ERR_CONFLICT},
        {"40P01", ERR_CONFLICT}, {"55P03", ERR_CONFLICT}, {"57014", ERR_TIMEOUT}, {"25006", ERR_DB_READ_ONLY},
    };
    for (size_t i = 0; i < ARRAY_SIZE(map); i++) {
        if (strncmp(sqlstate, map[i].prefix, strlen(map[i].prefix)) == 0)
            return map[i].code;
    }
    return ERR_INTERNAL;
}

/* The message without libpq's line ends. */
static char *first_line(const char *text)
{
    return auto_strndup(text, strcspn(text, "\n"));
}

static err_t down(db_t *self, const char *why, err_info_t *reterr)
{
    AUTO_FREE char *line = first_line(why);
    PQfinish(self->conn);
    self->conn = NULL;
    return err_set(reterr, ERR_DB_DOWN, "database is not available: %s", line);
}

/* Detail and context stay out of the message: they may quote contents. */
static err_t fail(db_t *self, const PGresult *result, const char *what, err_info_t *reterr)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    if (PQstatus(self->conn) != CONNECTION_OK || sqlstate == NULL)
        return down(self, primary != NULL ? primary : PQerrorMessage(self->conn), reterr);
    err_t code = err_set(reterr, code_of(sqlstate), "%s: %s (SQLSTATE %s%s%s)", what, primary, sqlstate,
                         constraint != NULL ? ", constraint " : "", constraint != NULL ? constraint : "");
    if (code == ERR_TIMEOUT) {
        err_set(reterr, code, "database did not finish \"%s\" in %lld ms, nothing is changed by it", what,
                (long long)self->statement_ms);
        err_hint(reterr, "try again later; the limit of requests is [database] statement_timeout of the controller");
    }
    if (reterr != NULL)
        snprintf(reterr->sqlstate, sizeof(reterr->sqlstate), "%s", sqlstate);
    err_key(reterr, "constraint", constraint);
    if (code == ERR_DB_READ_ONLY)
        err_key(reterr, "exc_msg", primary);
    return code;
}

/* ---- connection */

static void notice(void *arg, const char *message)
{
    (void)arg;
    log_debug("database: %s", message);
}

static err_t renew_listen(db_t *self, const char *channel, err_info_t *reterr)
{
    AUTO_FREE char *sql = auto_printf("listen \"%s\"", channel);
    return db_script(self, sql, reterr);
}

/* Our statements take milliseconds: where a large zone makes one look costly, compiling it takes longer than all the rest. */
static const char SESSION[] = "set jit = off; set search_path = dms; set timezone = 'UTC'; set datestyle = 'ISO'; set lock_timeout = '10s';"
                              " set idle_in_transaction_session_timeout = '60s'; set client_min_messages = warning";

static err_t connect_now(db_t *self, err_info_t *reterr)
{
    const char *keys[] = {"dbname", "application_name", "tcp_user_timeout", "client_encoding", NULL};
    const char *values[] = {self->conninfo, self->application_name, "10000", "UTF8", NULL};
    memset(self->prepared, 0, sizeof(self->prepared));
    self->prepared_count = 0;
    self->conn = PQconnectdbParams(keys, values, 1);
    if (self->conn == NULL || PQstatus(self->conn) != CONNECTION_OK)
        return down(self, self->conn == NULL ? "out of memory" : PQerrorMessage(self->conn), reterr);
    PQsetNoticeProcessor(self->conn, notice, NULL);
    AUTO_FREE char *session = auto_printf("%s; set statement_timeout = %lld", SESSION, (long long)self->statement_ms);
    err_t e = db_script(self, session, reterr);
    for (size_t i = 0; e == ERR_OK && i < self->channel_count; i++)
        e = renew_listen(self, self->channels[i], reterr);
    if (e != ERR_OK) {
        PQfinish(self->conn);
        self->conn = NULL;
    }
    return e;
}

err_t db_open(const char *conninfo, const char *application_name, db_t **ret_db, err_info_t *reterr)
{
    /* libpq's parse errors quote the string, which may hold a password: say only that it is wrong. */
    char *parse_error = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &parse_error);
    PQfreemem(parse_error);
    if (options == NULL)
        return err_set(reterr, ERR_DB_DOWN, "connection string is malformed");
    PQconninfoFree(options);
    AUTO(db) self = auto_calloc(1, sizeof(*self));
    self->conninfo = auto_strdup(conninfo);
    self->application_name = auto_strdup(application_name);
    self->statement_ms = STATEMENT_MS;
    err_t e = connect_now(self, reterr);
    if (e != ERR_OK)
        return e;
    *ret_db = self;
    self = NULL;
    return ERR_OK;
}

void db_destroy(db_t **self)
{
    if (*self == NULL)
        return;
    PQfinish((*self)->conn);
    free((*self)->conninfo);
    free((*self)->application_name);
    free(*self);
    *self = NULL;
}

err_t db_limit_statements(db_t *self, int64_t ms, err_info_t *reterr)
{
    AUTO_FREE char *sql = auto_printf("set statement_timeout = %lld", (long long)ms);
    self->statement_ms = ms;
    return db_script(self, sql, reterr);
}

void db_limit_records(db_t *self, size_t most) { self->max_records = most; }

size_t db_max_records(const db_t *self) { return self->max_records; }

bool db_is_up(const db_t *self)
{
    return self->conn != NULL && PQstatus(self->conn) == CONNECTION_OK;
}

err_t db_reopen(db_t *self, err_info_t *reterr)
{
    assert(!self->in_tx);
    PQfinish(self->conn);
    self->conn = NULL;
    return connect_now(self, reterr);
}

int db_socket(const db_t *self)
{
    return db_is_up(self) ? PQsocket(self->conn) : -1;
}

uint64_t db_round_trips(const db_t *self)
{
    return self->round_trips;
}

/* ---- statements */

static bool is_ok(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

static int param_count(const db_stmt_t *stmt)
{
    int count = *stmt->params != '\0';
    for (const char *p = stmt->params; *p != '\0'; p++)
        count += *p == ',';
    return count;
}

static err_t prepare(db_t *self, const db_stmt_t *stmt, err_info_t *reterr)
{
    size_t slot = ((uintptr_t)stmt / sizeof(void *)) % PREPARED_SLOTS;
    for (; self->prepared[slot] != NULL; slot = (slot + 1) % PREPARED_SLOTS) {
        if (self->prepared[slot] == stmt)
            return ERR_OK;
    }
    assert(self->prepared_count < PREPARED_SLOTS / 2);
    PGresult *result = PQprepare(self->conn, stmt->name, stmt->sql, 0, NULL);
    self->round_trips++;
    err_t e = is_ok(result) ? ERR_OK : fail(self, result, stmt->name, reterr);
    PQclear(result);
    if (e == ERR_OK) {
        self->prepared[slot] = stmt;
        self->prepared_count++;
    }
    return e;
}

err_t db_exec(db_t *self, const db_stmt_t *stmt, const db_args_t *args, db_rows_t **ret_rows, err_info_t *reterr)
{
    int count = args == NULL ? 0 : (int)args->count;
    assert(count == param_count(stmt));
    if (self->conn == NULL)
        return err_set(reterr, ERR_DB_DOWN, "database is not available: not connected");
    err_t e = prepare(self, stmt, reterr);
    if (e != ERR_OK)
        return e;
    PGresult *result = PQexecPrepared(self->conn, stmt->name, count, count == 0 ? NULL : args->values, NULL, NULL, 0);
    self->round_trips++;
    if (!is_ok(result)) {
        e = fail(self, result, stmt->name, reterr);
    } else if (ret_rows != NULL) {
        *ret_rows = auto_calloc(1, sizeof(**ret_rows));
        (*ret_rows)->result = result;
        return ERR_OK;
    }
    PQclear(result);
    return e;
}

err_t db_script(db_t *self, const char *sql, err_info_t *reterr)
{
    if (self->conn == NULL)
        return err_set(reterr, ERR_DB_DOWN, "database is not available: not connected");
    PGresult *result = PQexec(self->conn, sql);
    self->round_trips++;
    err_t e = is_ok(result) ? ERR_OK : fail(self, result, "SQL", reterr);
    PQclear(result);
    return e;
}

err_t db_copy_in(db_t *self, const char *sql, const db_copy_t *copy, err_info_t *reterr)
{
    if (self->conn == NULL)
        return err_set(reterr, ERR_DB_DOWN, "database is not available: not connected");
    if (copy->len == 0)
        return ERR_OK;
    assert(copy->len <= INT_MAX);
    self->round_trips++;
    PGresult *result = PQexec(self->conn, sql);
    err_t e = PQresultStatus(result) == PGRES_COPY_IN ? ERR_OK : fail(self, result, "COPY", reterr);
    PQclear(result);
    if (e != ERR_OK)
        return e;
    if (PQputCopyData(self->conn, copy->text, (int)copy->len) != 1 || PQputCopyEnd(self->conn, NULL) != 1)
        return down(self, PQerrorMessage(self->conn), reterr);
    result = PQgetResult(self->conn);
    e = PQresultStatus(result) == PGRES_COMMAND_OK ? ERR_OK : fail(self, result, "COPY", reterr);
    PQclear(result);
    while (self->conn != NULL && (result = PQgetResult(self->conn)) != NULL)
        PQclear(result);
    return e;
}

/* ---- transactions */

bool db_in_tx(const db_t *self)
{
    return self->in_tx;
}

void db_set_cut(db_t *self, db_cut_fn_t fn, void *arg)
{
    self->cut = fn;
    self->cut_arg = arg;
}

static err_t cut_here(db_t *self, bool before_commit, err_info_t *reterr)
{
    if (self->cut != NULL && self->cut(self->cut_arg, before_commit))
        return down(self, before_commit ? "cut before commit" : "cut after commit", reterr);
    return ERR_OK;
}

static err_t commit(db_t *self, err_info_t *reterr)
{
    err_t e = cut_here(self, true, reterr);
    if (e != ERR_OK)
        return e;
    if (self->conn == NULL)
        return err_set(reterr, ERR_DB_DOWN, "database is not available: connection lost before commit");
    PGresult *result = PQexec(self->conn, "commit");
    self->round_trips++;
    if (!is_ok(result))
        e = fail(self, result, "commit", reterr);
    else if (strcmp(PQcmdStatus(result), "COMMIT") != 0) /* a failed transaction ends with ROLLBACK: fn hid an error */
        e = err_set(reterr, ERR_INTERNAL, "transaction was rolled back instead of committed");
    PQclear(result);
    return e != ERR_OK ? e : cut_here(self, false, reterr);
}

static err_t tx_once(db_t *self, db_tx_fn_t fn, void *arg, err_info_t *reterr)
{
    err_t e = db_script(self, "begin", reterr);
    if (e != ERR_OK)
        return e;
    self->in_tx = true;
    e = fn(self, arg, reterr);
    if (e == ERR_OK)
        e = commit(self, reterr);
    self->in_tx = false;
    if (self->conn != NULL && PQtransactionStatus(self->conn) != PQTRANS_IDLE)
        (void)db_script(self, "rollback", NULL); /* the first error is the one to tell */
    return e;
}

err_t db_tx(db_t *self, db_tx_fn_t fn, void *arg, err_info_t *reterr)
{
    if (self->in_tx)
        return fn(self, arg, reterr);
    err_t e = ERR_OK;
    for (int i = 0; i < TX_TRIES; i++) {
        e = tx_once(self, fn, arg, reterr);
        if (e != ERR_CONFLICT)
            break;
    }
    return e;
}

/* ---- notifications */

err_t db_listen(db_t *self, const char *channel, err_info_t *reterr)
{
    for (size_t i = 0; i < self->channel_count; i++) {
        if (strcmp(self->channels[i], channel) == 0)
            return ERR_OK;
    }
    assert(self->channel_count < CHANNELS_MAX);
    self->channels[self->channel_count++] = channel;
    return renew_listen(self, channel, reterr);
}

err_t db_notify(db_t *self, const char *channel, const char *payload, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, channel);
    db_arg_text(&args, payload);
    return db_exec(self, &s_notify[0], &args, NULL, reterr);
}

err_t db_consume(db_t *self, void (*fn)(void *arg, const char *channel, const char *payload), void *arg,
                 err_info_t *reterr)
{
    if (self->conn == NULL)
        return err_set(reterr, ERR_DB_DOWN, "database is not available: not connected");
    int ok = PQconsumeInput(self->conn);
    for (PGnotify *n; self->conn != NULL && (n = PQnotifies(self->conn)) != NULL; PQfreemem(n))
        fn(arg, n->relname, n->extra);
    if (self->conn == NULL || ok == 0 || PQstatus(self->conn) != CONNECTION_OK)
        return down(self, self->conn != NULL ? PQerrorMessage(self->conn) : "connection lost", reterr);
    return ERR_OK;
}
