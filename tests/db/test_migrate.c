/* Migrations: repeatable, one at a time, guarded against changed files; roles and their rights. */
#include "controller/store/migrate.h"
#include "tests/db/harness.h"
#include "tests/unit/check_run.h"
#include <pthread.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char SQL[] = DMS_SOURCE_DIR "/sql";

/* A directory of one's own with the real roles.sql and two small migrations. */
static char s_dir[] = "/tmp/dms-migrate-XXXXXX";
static char s_more[32], s_bad[32]; /* files behind the newest one */
static void write_file(const char *name, const char *text)
{
    AUTO_FREE char *path = auto_printf("%s/%s", s_dir, name);
    AUTO_FILE file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
}

static void copy_file(const char *name)
{
    AUTO_FREE char *path = auto_printf("%s/%s", SQL, name);
    AUTO_FILE file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    AUTO_FREE char *text = auto_calloc(1, 200000);
    ck_assert_uint_lt(fread(text, 1, 199999, file), 199999);
    write_file(name, text);
}

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(s_dir));
    copy_file("roles.sql");
    glob_t files = {0};
    AUTO_FREE char *pattern = auto_printf("%s/[0-9][0-9][0-9]_*.sql", SQL);
    ck_assert_int_eq(glob(pattern, 0, NULL, &files), 0);
    ck_assert_uint_eq(files.gl_pathc, MIGRATE_VERSION);
    for (size_t i = 0; i < files.gl_pathc; i++)
        copy_file(strrchr(files.gl_pathv[i], '/') + 1);
    globfree(&files);
    snprintf(s_more, sizeof s_more, "%03d_more.sql", MIGRATE_VERSION + 1);
    snprintf(s_bad, sizeof s_bad, "%03d_bad.sql", MIGRATE_VERSION + 2);
    write_file(s_more, "create table dms.more (id bigint);");
    write_file("check.sql", "not a migration");
}

static void teardown(void)
{
    AUTO_FREE char *pattern = auto_printf("%s/*.sql", s_dir);
    glob_t files = {0};
    if (glob(pattern, 0, NULL, &files) == 0) {
        for (size_t i = 0; i < files.gl_pathc; i++)
            unlink(files.gl_pathv[i]);
        globfree(&files);
    }
    rmdir(s_dir);
}

static int64_t number(const char *conninfo, const char *sql)
{
    AUTO(db) db = NULL;
    ck_assert_int_eq(db_open(conninfo, "test", &db, NULL), ERR_OK);
    const db_stmt_t stmt = {"t_number", sql, "", "bigint"};
    AUTO(db_rows) rows = NULL;
    AUTO_ERR err = ERR_INFO_INIT;
    ck_assert_msg(db_exec(db, &stmt, NULL, &rows, &err) == ERR_OK, "%s", err_message(&err));
    return db_int(rows, 0, 0);
}

START_TEST(twice_is_once)
{
    const char *conninfo = harness_empty();
    AUTO_ERR err = ERR_INFO_INIT;
    for (int i = 0; i < 2; i++)
        ck_assert_msg(migrate_run(conninfo, SQL, NULL, &err) == ERR_OK, "%s", err_message(&err));
    ck_assert_int_eq(number(conninfo, "select count(*) from dms.schema_migration"), MIGRATE_VERSION);
    AUTO(db) db = NULL;
    ck_assert_int_eq(db_open(conninfo, "test", &db, NULL), ERR_OK);
    ck_assert_msg(migrate_check_version(db, &err) == ERR_OK, "%s", err_message(&err));
}
END_TEST

START_TEST(versions_are_compared)
{
    const char *conninfo = harness_empty();
    AUTO_ERR err = ERR_INFO_INIT;
    AUTO(db) db = NULL;
    ck_assert_int_eq(db_open(conninfo, "test", &db, NULL), ERR_OK);
    ck_assert_int_eq(migrate_check_version(db, &err), ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.message, "version 0"));
    ck_assert_ptr_nonnull(strstr(err.hint, "--migrate"));
    ck_assert_int_eq(migrate_run(conninfo, s_dir, NULL, &err), ERR_OK);
    ck_assert_int_eq(migrate_check_version(db, &err), ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.hint, "newer program"));
    ck_assert_int_eq(migrate_run(conninfo, SQL, NULL, &err), ERR_CONFIG); /* files older than the database */
    ck_assert_ptr_nonnull(strstr(err.message, "newer"));
}
END_TEST

START_TEST(changed_and_failing_files)
{
    const char *conninfo = harness_empty();
    AUTO_ERR err = ERR_INFO_INIT;
    write_file(s_bad, "create table dms.half (id bigint); select 1/0;");
    ck_assert_int_eq(migrate_run(conninfo, s_dir, NULL, &err), ERR_INTERNAL);
    ck_assert_ptr_nonnull(strstr(err.message, s_bad));
    ck_assert_ptr_nonnull(strstr(err.message, "division by zero"));
    ck_assert_int_eq(number(conninfo, "select count(*) from dms.schema_migration"), MIGRATE_VERSION + 1);
    ck_assert_int_eq(number(conninfo, "select count(*) from pg_class where relname = 'half'"), 0);
    write_file(s_bad, "create table dms.half (id bigint);");
    ck_assert_int_eq(migrate_run(conninfo, s_dir, NULL, &err), ERR_OK);
    write_file(s_more, "create table dms.more (id integer);");
    ck_assert_int_eq(migrate_run(conninfo, s_dir, NULL, &err), ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.message, s_more));
    AUTO_FREE char *path = auto_printf("%s/%s", s_dir, s_more);
    unlink(path);
    ck_assert_int_eq(migrate_run(conninfo, s_dir, NULL, &err), ERR_CONFIG); /* a gap in the numbers */
    ck_assert_int_eq(migrate_run(conninfo, "/nowhere", NULL, &err), ERR_CONFIG);
}
END_TEST

static void *run_one(void *conninfo)
{
    return migrate_run(conninfo, SQL, NULL, NULL) == ERR_OK ? conninfo : NULL;
}

START_TEST(two_at_once)
{
    AUTO_FREE char *conninfo = auto_strdup(harness_empty());
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_one, conninfo), 0);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        void *ok = NULL;
        pthread_join(threads[i], &ok);
        ck_assert_ptr_eq(ok, conninfo);
    }
    ck_assert_int_eq(number(conninfo, "select count(*) from dms.schema_migration"), MIGRATE_VERSION);
}
END_TEST

static err_t as_role(const char *role, const char *sql)
{
    AUTO(db) db = NULL;
    AUTO_FREE char *set = auto_printf("set role %s", role);
    ck_assert_int_eq(db_open(harness_conninfo(), "test", &db, NULL), ERR_OK);
    ck_assert_int_eq(db_script(db, set, NULL), ERR_OK);
    AUTO_ERR err = ERR_INFO_INIT;
    err_t e = db_script(db, sql, &err);
    ck_assert_msg(e == ERR_OK || strcmp(err.sqlstate, "42501") == 0, "%s: %s", sql, err_message(&err));
    return e;
}

START_TEST(rights)
{
    harness_db();
#define LOG_LINE                                                                                                       \
    "insert into log_line (at, host, sender, facility, severity, program, message) values (now(), 'h', '192.0.2.1', 23, 6, 'named', 'zone a/IN: b')"
    static const struct {
        const char *role, *sql;
        bool allowed;
    } cases[] = {
        {"dms_controller", "insert into reference (name) values ('a')", true},
        {"dms_controller", "update zone set state = state", true},
        {"dms_controller",
         "insert into change (at, login, role, front_end, method, ok) values (now(), 'a', 'b', 'c', 'd', true)", true},
        {"dms_controller", "select nextval('command_id')", true},
        {"dms_controller", "update change set message = null", false},
        {"dms_controller", "delete from change", false},
        {"dms_controller", "create table dms.x ()", false},
        {"dms_controller", "drop table rr", false},
        {"dms_controller", "delete from schema_migration", false},
        {"dms_controller", "select version from schema_migration", true},
        {"dms_controller", "delete from log_line", true},
        {"dms_controller", "update log_line set message = ''", false},
        {"dms_controller", LOG_LINE, false},
        {"dms_rsyslog", LOG_LINE, true},
        {"dms_rsyslog", "select * from log_line", false},
        {"dms_rsyslog", "delete from log_line", false},
        {"dms_rsyslog", "select * from zone", false},
        {"dms_reader", "select * from zone", true},
        {"dms_reader", "select login from account", true},
        {"dms_reader", "select password_hash from account", false},
        {"dms_reader", "delete from zone", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        ck_assert_msg((as_role(cases[i].role, cases[i].sql) == ERR_OK) == cases[i].allowed, "%s: %s", cases[i].role,
                      cases[i].sql);
    ck_assert_int_eq(number(harness_conninfo(), "select count(*) from pg_class where relnamespace = "
                                                "'dms'::regnamespace and relowner <> 'dms_owner'::regrole"),
                     0);
    ck_assert_int_eq(number(harness_conninfo(),
                            "select count(*) from pg_class c where relnamespace = 'dms'::regnamespace and relkind = 'r'"
                            " and obj_description(c.oid) is null"),
                     0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("migrate");
    TCase *t = tcase_create("migrate");
    tcase_set_timeout(t, 30);
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_test(t, twice_is_once);
    tcase_add_test(t, versions_are_compared);
    tcase_add_test(t, changed_and_failing_files);
    tcase_add_test(t, two_at_once);
    tcase_add_test(t, rights);
    return s;
}

int main(void)
{
    harness_start();
    int failed = check_suite(suite());
    harness_stop();
    return failed;
}
