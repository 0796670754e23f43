#include "tests/db/harness.h"
#include "controller/store/migrate.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char s_dir[] = "/tmp/dms-test-XXXXXX";
static char *s_admin;
static pid_t s_keeper;
static db_t *s_db;
static char *s_database, *s_conninfo;
static int s_databases;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "harness: %s: %s\n", what, why);
    harness_stop();
    exit(99);
}

/* ---- the keeper: a process that owns the server and outlives the test program by a moment, whatever happens to it */

static char *program(const char *name)
{
    AUTO_FREE char *pattern = auto_printf("/usr/lib/postgresql/*/bin/%s", name);
    glob_t found;
    char *path = NULL;
    if (glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0)
        path = auto_strdup(found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    return path != NULL ? path : auto_strdup(name);
}

/* PostgreSQL refuses to run as root. */
static void drop_root(void)
{
    const struct passwd *pw = getuid() == 0 ? getpwnam("postgres") : NULL;
    if (getuid() == 0 && pw == NULL)
        pw = getpwnam("nobody");
    if (pw != NULL && (chown(s_dir, pw->pw_uid, pw->pw_gid) != 0 || setgroups(0, NULL) != 0 ||
                       setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0))
        _exit(98);
}

static pid_t spawn(const char *command, int signal_at_end)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    drop_root();
    prctl(PR_SET_PDEATHSIG, signal_at_end);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    AUTO_FREE char *log = auto_printf("%s/log", s_dir);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    if (chdir(s_dir) == 0)
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(97);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static _Noreturn void keep(pid_t parent)
{
    setsid();
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const char *on = getenv("HARNESS_DURABLE") != NULL ? "on" : "off";
    AUTO_FREE char *initdb = program("initdb");
    AUTO_FREE char *init =
        auto_printf("exec %s --no-sync -A trust -U postgres -E UTF8 --locale=C -D %s/data", initdb, s_dir);
    pid_t pid = spawn(init, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
    AUTO_FREE char *postgres = program("postgres");
    AUTO_FREE char *serve =
        auto_printf("exec %s -D %s/data -c unix_socket_directories=%s -c listen_addresses='' -c fsync=%s"
                    " -c full_page_writes=%s -c max_connections=60 -c shared_buffers=64MB"
                    " -c timezone=UTC -c max_wal_size=2GB",
                    postgres, s_dir, s_dir, on, on);
    if (status == 0 && getppid() == parent) {
        pid = spawn(serve, SIGQUIT);
        int sig;
        sigwait(&wanted, &sig);
        kill(pid, SIGQUIT);
        waitpid(pid, &status, 0);
    }
    nftw(s_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    _exit(0);
}

/* The server's log so far; NULL: there is none. */
static char *read_log(void)
{
    AUTO_FREE char *path = auto_printf("%s/log", s_dir);
    AUTO_FILE file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    char *text = auto_calloc(1, 65536);
    text[fread(text, 1, 65535, file)] = '\0';
    return text;
}

/* The server says in its log when it is ready: wait for the log to grow. */
static db_t *wait_ready(void)
{
    AUTO_ERR err = ERR_INFO_INIT;
    AUTO_FD watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    inotify_add_watch(watch, s_dir, IN_CREATE | IN_MODIFY | IN_DELETE_SELF);
    for (;;) {
        AUTO_FREE char *log = read_log();
        db_t *db = NULL;
        if (log != NULL && strstr(log, "ready to accept connections") != NULL &&
            db_open(s_admin, "harness", &db, &err) == ERR_OK)
            return db;
        struct pollfd fd = {.fd = watch, .events = POLLIN};
        int changed = poll(&fd, 1, 30000);
        char events[4096];
        while (read(watch, events, sizeof(events)) > 0)
            ;
        if (changed <= 0 || waitpid(s_keeper, NULL, WNOHANG) == s_keeper) {
            fprintf(stderr, "%s", log == NULL ? "" : log);
            die("cluster does not start", err_message(&err));
        }
    }
}

void harness_start(void)
{
    if (mkdtemp(s_dir) == NULL)
        die(s_dir, strerror(errno));
    chmod(s_dir, 0711);
    s_admin = auto_printf("host=%s user=postgres dbname=postgres", s_dir);
    pid_t self = getpid();
    s_keeper = fork();
    if (s_keeper == 0)
        keep(self);
    AUTO(db) admin = wait_ready();
    AUTO_ERR err = ERR_INFO_INIT;
    if (db_script(admin, "create database dms_template", &err) != ERR_OK)
        die("create database", err_message(&err));
    AUTO_FREE char *conninfo = auto_printf("host=%s user=postgres dbname=dms_template", s_dir);
    if (migrate_run(conninfo, DMS_SOURCE_DIR "/sql", NULL, &err) != ERR_OK)
        die("migrations", err_message(&err));
}

void harness_stop(void)
{
    db_destroy(&s_db);
    if (s_keeper > 0) {
        kill(s_keeper, SIGTERM);
        waitpid(s_keeper, NULL, 0);
        s_keeper = 0;
    }
    free(s_admin);
    free(s_database);
    free(s_conninfo);
    s_admin = s_database = s_conninfo = NULL;
}

/* ---- databases */

static void drop(void)
{
    db_destroy(&s_db);
    if (s_database == NULL || s_admin == NULL)
        return;
    AUTO(db) admin = NULL;
    AUTO_FREE char *sql = auto_printf("drop database if exists %s with (force)", s_database);
    if (db_open(s_admin, "harness", &admin, NULL) == ERR_OK)
        (void)db_script(admin, sql, NULL);
    free(s_database);
    free(s_conninfo);
    s_database = s_conninfo = NULL;
}

static void create(const char *template)
{
    if (s_databases++ == 0)
        atexit(drop);
    drop();
    AUTO_ERR err = ERR_INFO_INIT;
    AUTO(db) admin = NULL;
    s_database = auto_printf("t_%d_%d", (int)getpid(), s_databases);
    s_conninfo = auto_printf("host=%s user=postgres dbname=%s", s_dir, s_database);
    AUTO_FREE char *sql = auto_printf("create database %s template %s strategy file_copy", s_database, template);
    if (db_open(s_admin, "harness", &admin, &err) != ERR_OK || db_script(admin, sql, &err) != ERR_OK)
        die("create database", err_message(&err));
}

db_t *harness_db(void)
{
    create("dms_template");
    AUTO_ERR err = ERR_INFO_INIT;
    if (db_open(s_conninfo, "test", &s_db, &err) != ERR_OK)
        die(s_conninfo, err_message(&err));
    return s_db;
}

const char *harness_empty(void)
{
    create("template1");
    return s_conninfo;
}

const char *harness_conninfo(void) { return s_conninfo; }

const char *harness_admin_conninfo(void) { return s_admin; }
