/* db.c: statements, types, transactions, notifications, losing the connection. */
#include "controller/store/migrate.h"
#include "tests/db/harness.h"
#include "tests/unit/check_run.h"
#include <libpq-fe.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

static const db_stmt_t S_SERVER_VERSION = {"t_version", "select 1::bigint, 'a'::text where $1 = 1", "integer",
                                           "bigint,text"};

/* ---- every statement of the program against the real schema */

static char *type_names(PGconn *conn, const Oid *types, int count)
{
    char *all = auto_strdup("");
    for (int i = 0; i < count; i++) {
        char oid[16];
        snprintf(oid, sizeof(oid), "%u", types[i]);
        const char *values[] = {oid};
        PGresult *r =
            PQexecParams(conn,
                         "select replace(format_type(case t.typtype when 'd' then t.typbasetype else t.oid end, null),"
                         " 'timestamp with time zone', 'timestamptz') from pg_type t where t.oid = $1::oid",
                         1, NULL, values, NULL, NULL, 0);
        char *next = auto_printf("%s%s%s", all, i > 0 ? "," : "", PQgetvalue(r, 0, 0));
        free(all);
        all = next;
        PQclear(r);
    }
    return all;
}

START_TEST(statements_fit_the_schema)
{
    harness_db();
    static const db_stmt_t *rows[1024];
    size_t count = db_registered(rows, ARRAY_SIZE(rows));
    ck_assert_uint_gt(count, 20);
    PGconn *conn = PQconnectdb(harness_conninfo());
    PQclear(PQexec(conn, "set search_path = dms"));
    int bad = 0;
    for (size_t i = 0; i < count; i++) {
        const db_stmt_t *s = rows[i];
        for (size_t j = 0; j < i; j++)
            ck_assert_msg(strcmp(s->name, rows[j]->name) != 0, "statement name %s is used twice", s->name);
        PGresult *r = PQprepare(conn, s->name, s->sql, 0, NULL);
        if (PQresultStatus(r) != PGRES_COMMAND_OK) {
            fprintf(stderr, "%s: %s", s->name, PQresultErrorMessage(r));
            bad++;
            PQclear(r);
            continue;
        }
        PQclear(r);
        r = PQdescribePrepared(conn, s->name);
        Oid types[256];
        int n = PQnparams(r);
        for (int k = 0; k < n; k++)
            types[k] = PQparamtype(r, k);
        AUTO_FREE char *params = type_names(conn, types, n);
        n = PQnfields(r);
        for (int k = 0; k < n; k++)
            types[k] = PQftype(r, k);
        AUTO_FREE char *columns = type_names(conn, types, n);
        if (strcmp(params, s->params) != 0 || strcmp(columns, s->columns) != 0) {
            fprintf(stderr, "%s: table says (%s) -> (%s), database says (%s) -> (%s)\n", s->name, s->params, s->columns,
                    params, columns);
            bad++;
        }
        PQclear(r);
    }
    PQfinish(conn);
    ck_assert_int_eq(bad, 0);
}
END_TEST

/* A server with its defaults compiles costly statements, which takes longer than they do. */
static const db_stmt_t S_SESSION = {"t_session", "select current_setting('jit'), current_setting('search_path'), current_setting('timezone')", "", "text,text,text"};

START_TEST(sessions_are_set_up)
{
    db_t *db = harness_db();
    AUTO(db_rows) rows = NULL;
    AUTO_ERR err = ERR_INFO_INIT;
    ck_assert_int_eq(db_exec(db, &S_SESSION, NULL, &rows, &err), ERR_OK);
    ck_assert_str_eq(db_text(rows, 0, 0), "off");
    ck_assert_str_eq(db_text(rows, 0, 1), "dms");
    ck_assert_str_eq(db_text(rows, 0, 2), "UTC");
}
END_TEST

/* ---- values there and back */

static const db_stmt_t S_ECHO = {
    "t_echo",
    "select $1::bigint, $2::text, $3::boolean, $4::double precision, $5::timestamptz, $6::text[], $7::bigint[]",
    "bigint,text,boolean,double precision,timestamptz,text[],bigint[]",
    "bigint,text,boolean,double precision,timestamptz,text[],bigint[]"};

START_TEST(values_come_back)
{
    db_t *db = harness_db();
    static const int64_t times[] = {1, 951782400000000, 1795420800123456, 4107542399999999};
    for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
        AUTO_ARGS args = DB_ARGS_INIT;
        db_arg_int(&args, INT64_MIN + 1);
        db_arg_text(&args, "a'\"\\{},NULL\n\xc3\xa4");
        db_arg_bool(&args, true);
        db_arg_double(&args, 0.1 + (double)i / 3);
        db_arg_time(&args, (wall_t){times[i]});
        db_array_t texts = DB_ARRAY_INIT, ids = DB_ARRAY_INIT;
        db_array_text(&texts, "a,\"b\"\\{}");
        db_array_text(&texts, NULL);
        db_array_text(&texts, "");
        db_array_text(&texts, "NULL");
        db_arg_array(&args, &texts);
        db_arg_array(&args, &ids);
        AUTO(db_rows) rows = NULL;
        AUTO_ERR err = ERR_INFO_INIT;
        ck_assert_msg(db_exec(db, &S_ECHO, &args, &rows, &err) == ERR_OK, "%s", err_message(&err));
        ck_assert_uint_eq(db_rows_count(rows), 1);
        ck_assert_int_eq(db_int(rows, 0, 0), INT64_MIN + 1);
        ck_assert_str_eq(db_text(rows, 0, 1), "a'\"\\{},NULL\n\xc3\xa4");
        ck_assert(db_bool(rows, 0, 2));
        ck_assert(fabs(db_double(rows, 0, 3) - (0.1 + (double)i / 3)) == 0);
        ck_assert_int_eq(db_time(rows, 0, 4).us, times[i]);
        char **items = NULL;
        ck_assert_uint_eq(db_text_array(rows, 0, 5, &items), 4);
        ck_assert_str_eq(items[0], "a,\"b\"\\{}");
        ck_assert_str_eq(items[2], "");
        ck_assert_str_eq(items[3], "NULL");
        for (size_t k = 0; k < 4; k++)
            free(items[k]);
        free(items);
        ck_assert_uint_eq(db_text_array(rows, 0, 6, &items), 0);
    }
    AUTO_ARGS nulls = DB_ARGS_INIT;
    db_arg_id(&nulls, 0);
    db_arg_text(&nulls, NULL);
    db_arg_text(&nulls, NULL);
    db_arg_text(&nulls, NULL);
    db_arg_time(&nulls, (wall_t){0});
    db_arg_text(&nulls, NULL);
    db_arg_text(&nulls, NULL);
    AUTO(db_rows) rows = NULL;
    ck_assert_int_eq(db_exec(db, &S_ECHO, &nulls, &rows, NULL), ERR_OK);
    for (int i = 0; i < 7; i++)
        ck_assert(db_null(rows, 0, i));
    ck_assert_int_eq(db_time(rows, 0, 4).us, 0);
}
END_TEST

/* ---- transactions */

typedef struct {
    int calls;
    err_t answer;
    db_t *rival;
} tx_t;

static err_t insert_fn(db_t *db, void *arg, err_info_t *reterr)
{
    tx_t *tx = arg;
    tx->calls++;
    err_t e = db_script(db, "insert into reference (name) values ('one')", reterr);
    return e != ERR_OK ? e : tx->answer;
}

static int64_t count_of(db_t *db, const char *table)
{
    static db_stmt_t stmt = {"t_count", "select count(*) from dms.reference where $1 = 'reference'", "text", "bigint"};
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, table);
    AUTO(db_rows) rows = NULL;
    ck_assert_int_eq(db_exec(db, &stmt, &args, &rows, NULL), ERR_OK);
    return db_int(rows, 0, 0);
}

START_TEST(transactions_commit_roll_back_and_repeat)
{
    db_t *db = harness_db();
    tx_t tx = {0};
    tx.answer = ERR_LIMIT;
    ck_assert_int_eq(db_tx(db, insert_fn, &tx, NULL), ERR_LIMIT);
    ck_assert_int_eq(tx.calls, 1);
    ck_assert_int_eq(count_of(db, "reference"), 0);
    tx = (tx_t){.answer = ERR_CONFLICT};
    ck_assert_int_eq(db_tx(db, insert_fn, &tx, NULL), ERR_CONFLICT);
    ck_assert_int_eq(tx.calls, 4); /* the first and three more */
    tx = (tx_t){0};
    ck_assert_int_eq(db_tx(db, insert_fn, &tx, NULL), ERR_OK);
    ck_assert_int_eq(count_of(db, "reference"), 1);
    AUTO_ERR err = ERR_INFO_INIT;
    ck_assert_int_eq(db_tx(db, insert_fn, &tx, &err), ERR_INTERNAL);
    ck_assert_str_eq(err.sqlstate, "23505");
    ck_assert_str_eq(err.keys[0].text, "reference_name");
    ck_assert(!db_in_tx(db));
    ck_assert_int_eq(count_of(db, "reference"), 1); /* the connection is usable */
}
END_TEST

static err_t hide_fn(db_t *db, void *arg, err_info_t *reterr)
{
    (void)arg, (void)reterr;
    (void)db_script(db, "select 1/0", NULL);
    return ERR_OK;
}

START_TEST(a_hidden_error_is_not_a_commit)
{
    db_t *db = harness_db();
    ck_assert_int_eq(db_tx(db, hide_fn, NULL, NULL), ERR_INTERNAL);
}
END_TEST

static bool cut_fn(void *arg, bool before_commit)
{
    return *(const bool *)arg == before_commit;
}

START_TEST(cuts_at_commit)
{
    db_t *db = harness_db();
    for (int before = 1; before >= 0; before--) {
        bool where = before == 1;
        db_set_cut(db, cut_fn, &where);
        tx_t tx = {0};
        ck_assert_int_eq(db_tx(db, insert_fn, &tx, NULL), ERR_DB_DOWN);
        ck_assert(!db_is_up(db));
        ck_assert_int_eq(db_socket(db), -1);
        db_set_cut(db, NULL, NULL);
        ck_assert_int_eq(db_reopen(db, NULL), ERR_OK);
        ck_assert_int_eq(count_of(db, "reference"), before == 1 ? 0 : 1);
    }
}
END_TEST

/* ---- notifications, lost connections, limits */

typedef struct {
    int count;
    char last[64];
} heard_t;

static void heard_fn(void *arg, const char *channel, const char *payload)
{
    heard_t *heard = arg;
    heard->count++;
    snprintf(heard->last, sizeof(heard->last), "%s=%s", channel, payload);
}

static void wait_heard(db_t *db, heard_t *heard, int want)
{
    for (int i = 0; heard->count < want && i < 100; i++) {
        struct pollfd fd = {.fd = db_socket(db), .events = POLLIN};
        poll(&fd, 1, 100);
        ck_assert_int_eq(db_consume(db, heard_fn, heard, NULL), ERR_OK);
    }
    ck_assert_int_eq(heard->count, want);
}

START_TEST(notifications_survive_a_reopen)
{
    db_t *db = harness_db();
    AUTO(db) other = NULL;
    ck_assert_int_eq(db_open(harness_conninfo(), "other", &other, NULL), ERR_OK);
    ck_assert_int_eq(db_listen(db, DB_CHANNEL_EVENT, NULL), ERR_OK);
    heard_t heard = {0};
    ck_assert_int_eq(db_notify(other, DB_CHANNEL_EVENT, "1 2", NULL), ERR_OK);
    wait_heard(db, &heard, 1);
    ck_assert_str_eq(heard.last, "dms_event=1 2");
    ck_assert_int_eq(db_script(other,
                               "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test'",
                               NULL),
                     ERR_OK);
    AUTO_ERR err = ERR_INFO_INIT;
    err_t e = ERR_OK;
    for (int i = 0; e == ERR_OK && i < 10; i++) { /* first the server's last words, then the end */
        struct pollfd fd = {.fd = db_socket(db), .events = POLLIN};
        poll(&fd, 1, 5000);
        e = db_consume(db, heard_fn, &heard, &err);
    }
    ck_assert_int_eq(e, ERR_DB_DOWN);
    ck_assert(!db_is_up(db));
    ck_assert_int_eq(db_script(db, "select 1", &err), ERR_DB_DOWN);
    ck_assert_int_eq(db_reopen(db, &err), ERR_OK);
    ck_assert_int_eq(db_notify(other, DB_CHANNEL_EVENT, "3", NULL), ERR_OK);
    wait_heard(db, &heard, 2);
}
END_TEST

START_TEST(errors_have_their_codes)
{
    db_t *db = harness_db();
    AUTO_ERR err = ERR_INFO_INIT;
    ck_assert_int_eq(db_script(db, "set statement_timeout = 50; select pg_sleep(10)", &err), ERR_TIMEOUT);
    ck_assert_int_eq(db_limit_statements(db, 60, &err), ERR_OK);
    for (int i = 0; i < 2; i++) { /* the limit outlives the connection */
        ck_assert_int_eq(db_script(db, "select pg_sleep(10)", &err), ERR_TIMEOUT);
        ck_assert_ptr_nonnull(strstr(err.message, "in 60 ms, nothing is changed"));
        ck_assert_ptr_nonnull(strstr(err.hint, "[database] statement_timeout"));
        ck_assert_str_eq(err.sqlstate, "57014");
        ck_assert_int_eq(db_reopen(db, &err), ERR_OK);
    }
    ck_assert_int_eq(db_limit_statements(db, 30000, &err), ERR_OK);
    ck_assert_int_eq(db_script(db, "begin read only; create table x ()", &err), ERR_DB_READ_ONLY);
    ck_assert_int_eq(db_script(db, "rollback", &err), ERR_OK);
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, 1);
    AUTO(db_rows) rows = NULL;
    ck_assert_int_eq(db_exec(db, &S_SERVER_VERSION, &args, &rows, &err), ERR_OK);
    AUTO(db) none = NULL;
    ck_assert_int_eq(db_open("host=/nowhere password=geheim", "t", &none, &err), ERR_DB_DOWN);
    ck_assert_ptr_null(strstr(err.message, "geheim"));
    ck_assert_int_eq(db_open("geheim", "t", &none, &err), ERR_DB_DOWN);
    ck_assert_ptr_null(strstr(err.message, "geheim"));
    ck_assert_ptr_null(none);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("db");
    TCase *t = tcase_create("db");
    tcase_set_timeout(t, 30);
    suite_add_tcase(s, t);
    tcase_add_test(t, statements_fit_the_schema);
    tcase_add_test(t, sessions_are_set_up);
    tcase_add_test(t, values_come_back);
    tcase_add_test(t, transactions_commit_roll_back_and_repeat);
    tcase_add_test(t, a_hidden_error_is_not_a_commit);
    tcase_add_test(t, cuts_at_commit);
    tcase_add_test(t, notifications_survive_a_reopen);
    tcase_add_test(t, errors_have_their_codes);
    return s;
}

int main(void)
{
    harness_start();
    int failed = check_suite(suite());
    harness_stop();
    return failed;
}
