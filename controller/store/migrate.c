#include "controller/store/migrate.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { S_CHECKSUM, S_RECORDED, S_RECORD, S_VERSION, S_EXISTS };
static const db_stmt_t s_migrate[] = {
    [S_CHECKSUM] = {"migrate_checksum", "select encode(sha256(convert_to($1, 'UTF8')), 'hex')", "text", "text"},
    [S_RECORDED] = {"migrate_recorded", "select version, name, checksum from dms.schema_migration order by version", "",
                    "integer,text,text"},
    [S_RECORD] = {"migrate_record", "insert into dms.schema_migration (version, name, checksum) values ($1, $2, $3)",
                  "integer,text,text", ""},
    [S_VERSION] = {"migrate_version", "select coalesce(max(version), 0) from dms.schema_migration", "", "integer"},
    [S_EXISTS] = {"migrate_exists", "select to_regclass('dms.schema_migration') is not null", "", "boolean"},
};

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_migrate, ARRAY_SIZE(s_migrate));
}

static const char TABLE[] =
    "create schema if not exists dms; create table if not exists dms.schema_migration (version integer primary key"
    " check (version > 0), name text not null, checksum text not null, applied_at timestamptz not null default"
    " now());"
    " comment on table dms.schema_migration is 'Migrations that were applied, with the checksum of their file'";

typedef struct {
    int version;
    char *name, *sql, *checksum;
} migration_t;

typedef struct {
    migration_t *items;
    size_t count, cap;
} migrations_t;
#define AUTO_MIGRATIONS AUTO_CLEANUP(migrations_done) migrations_t

static void migrations_done(migrations_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->items[i].name);
        free(self->items[i].sql);
        free(self->items[i].checksum);
    }
    free(self->items);
}

static err_t read_file(const char *dir, const char *name, char **ret_text, err_info_t *reterr)
{
    AUTO_FREE char *path = auto_printf("%s/%s", dir, name);
    AUTO_FILE file = fopen(path, "re");
    if (file == NULL)
        return err_set(reterr, ERR_CONFIG, "file \"%s\" cannot be read: %s", path, strerror(errno));
    AUTO_FREE char *text = NULL;
    size_t len = 0, cap = 0, got;
    do {
        text = auto_grow(text, &cap, len + 65536 + 1, 1);
        got = fread(text + len, 1, 65536, file);
        len += got;
    } while (got > 0);
    if (ferror(file))
        return err_set(reterr, ERR_CONFIG, "file \"%s\" cannot be read: %s", path, strerror(errno));
    text[len] = '\0';
    *ret_text = text;
    text = NULL;
    return ERR_OK;
}

static int is_migration(const struct dirent *entry)
{
    const char *n = entry->d_name;
    size_t len = strlen(n);
    return strspn(n, "0123456789") == 3 && n[3] == '_' && len > 8 && strcmp(n + len - 4, ".sql") == 0;
}

/* All files in order; numbers must be 1, 2, 3 ... */
static err_t read_all(const char *dir, migrations_t *all, err_info_t *reterr)
{
    struct dirent **names = NULL;
    int count = scandir(dir, &names, is_migration, alphasort);
    if (count < 0)
        return err_set(reterr, ERR_CONFIG, "directory \"%s\" cannot be read: %s", dir, strerror(errno));
    err_t e =
        count == 0 ? err_set(reterr, ERR_CONFIG, "directory \"%s\" holds no migrations (NNN_*.sql)", dir) : ERR_OK;
    for (int i = 0; i < count; i++) {
        if (e == ERR_OK) {
            all->items = auto_grow(all->items, &all->cap, all->count + 1, sizeof(*all->items));
            migration_t *m = &all->items[all->count++];
            *m = (migration_t){.version = (int)strtol(names[i]->d_name, NULL, 10),
                               .name = auto_strdup(names[i]->d_name)};
            e = m->version == i + 1
                    ? read_file(dir, m->name, &m->sql, reterr)
                    : err_set(reterr, ERR_CONFIG, "migration \"%s\" is not number %03d", m->name, i + 1);
        }
        free(names[i]);
    }
    free(names);
    return e;
}

static err_t checksum(db_t *db, migration_t *m, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, m->sql);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_migrate[S_CHECKSUM], &args, &rows, reterr);
    if (e == ERR_OK)
        m->checksum = db_dup(rows, 0, 0);
    return e;
}

/* What is recorded must be the beginning of what is there. */
static err_t compare(db_t *db, const migrations_t *all, size_t *ret_applied, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_migrate[S_RECORDED], NULL, &rows, reterr);
    if (e != ERR_OK)
        return e;
    size_t count = db_rows_count(rows);
    if (count > all->count) {
        err_set(reterr, ERR_CONFIG, "database is at version %zu, newer than this program's %zu", count, all->count);
        err_hint(reterr, "install the newer program");
        return ERR_CONFIG;
    }
    for (size_t i = 0; i < count; i++) {
        const migration_t *m = &all->items[i];
        if (db_int(rows, i, 0) == m->version && strcmp(db_text(rows, i, 2), m->checksum) == 0)
            continue;
        err_set(reterr, ERR_CONFIG, "migration \"%s\" has changed since it was applied as \"%s\"", m->name,
                db_text(rows, i, 1));
        err_hint(reterr, "restore the released file and put the change into a new migration");
        return ERR_CONFIG;
    }
    *ret_applied = count;
    return ERR_OK;
}

static err_t apply_fn(db_t *db, void *arg, err_info_t *reterr)
{
    const migration_t *m = arg;
    err_t e = db_script(db, m->sql, reterr);
    if (e != ERR_OK)
        return e;
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, m->version);
    db_arg_text(&args, m->name);
    db_arg_text(&args, m->checksum);
    return db_exec(db, &s_migrate[S_RECORD], &args, NULL, reterr);
}

static err_t script_fn(db_t *db, void *arg, err_info_t *reterr)
{
    const char *sql = arg;
    return db_script(db, sql, reterr);
}

/* "file: what the server said". */
static err_t name_file(const char *name, err_t e, err_info_t *reterr)
{
    if (e == ERR_OK || reterr == NULL)
        return e;
    AUTO_FREE char *message = auto_strdup(err_message(reterr));
    return err_set(reterr, e, "migration \"%s\": %s", name, message);
}

static void tell(FILE *progress, const char *what, const char *name)
{
    if (progress != NULL)
        fprintf(progress, "%s %s\n", what, name);
}

static err_t run_locked(db_t *db, const char *sql_dir, migrations_t *all, FILE *progress, err_info_t *reterr)
{
    err_t e = db_script(db, TABLE, reterr);
    for (size_t i = 0; e == ERR_OK && i < all->count; i++)
        e = checksum(db, &all->items[i], reterr);
    size_t applied = 0;
    if (e == ERR_OK)
        e = compare(db, all, &applied, reterr);
    for (size_t i = applied; e == ERR_OK && i < all->count; i++) {
        tell(progress, "applying", all->items[i].name);
        e = name_file(all->items[i].name, db_tx(db, apply_fn, &all->items[i], reterr), reterr);
    }
    if (e != ERR_OK)
        return e;
    AUTO_FREE char *roles = NULL;
    e = read_file(sql_dir, "roles.sql", &roles, reterr);
    if (e == ERR_OK) {
        tell(progress, "applying", "roles.sql");
        e = name_file("roles.sql", db_tx(db, script_fn, roles, reterr), reterr);
    }
    if (e == ERR_OK && progress != NULL)
        fprintf(progress, "database is at version %zu\n", all->count);
    return e;
}

err_t migrate_run(const char *conninfo, const char *sql_dir, FILE *progress, err_info_t *reterr)
{
    AUTO_MIGRATIONS all = {0};
    err_t e = read_all(sql_dir, &all, reterr);
    if (e != ERR_OK)
        return e;
    AUTO(db) db = NULL;
    e = db_open(conninfo, "dms-migrate", &db, reterr);
    if (e != ERR_OK)
        return e;
    /* The lock ends with the connection; waiting for another migration may take long. */
    e = db_script(db, "set statement_timeout = 0; set lock_timeout = 0; select pg_advisory_lock(4476803)", reterr);
    return e != ERR_OK ? e : run_locked(db, sql_dir, &all, progress, reterr);
}

err_t migrate_check_version(db_t *db, err_info_t *reterr)
{
    AUTO(db_rows) exists = NULL;
    err_t e = db_exec(db, &s_migrate[S_EXISTS], NULL, &exists, reterr);
    AUTO(db_rows) rows = NULL;
    if (e == ERR_OK && db_bool(exists, 0, 0))
        e = db_exec(db, &s_migrate[S_VERSION], NULL, &rows, reterr);
    if (e != ERR_OK)
        return e;
    int version = rows == NULL ? 0 : (int)db_int(rows, 0, 0);
    if (version == MIGRATE_VERSION)
        return ERR_OK;
    err_set(reterr, ERR_CONFIG, "database is at version %d, this program needs version %d", version, MIGRATE_VERSION);
    err_hint(reterr, version < MIGRATE_VERSION ? "run dms-controller --migrate" : "install the newer program");
    return ERR_CONFIG;
}
