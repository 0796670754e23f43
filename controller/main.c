/* dms-controller: wiring.  Main thread: signals and watchdog; one engine thread; libmicrohttpd's threads and one waiter
 * for the API. */
#include "controller/api/http.h"
#include "controller/cli.h"
#include "controller/engine/engine_thread.h"
#include "controller/keys.h"
#include "controller/store/instance_store.h"
#include "controller/store/migrate.h"
#include "shared/log.h"
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { ARENAS = 2 };

typedef struct {
    settings_t settings;
    http_opts_t http_opts;
    zcert_t *cert;
    db_t *instance; /* its session holds the lock: one controller per database */
    bool locked;
    engine_thread_t *engine;
    http_t *http;
} program_t;

static err_t open_instance(program_t *p, err_info_t *reterr)
{
    err_t err = db_open(p->settings.conninfo, "dms-controller", &p->instance, reterr);
    if (err == ERR_OK)
        err = migrate_check_version(p->instance, reterr);
    if (err == ERR_OK)
        err = instance_store_lock(p->instance, reterr);
    p->locked = err == ERR_OK;
    return err;
}

static void ignore(void *arg, const char *channel, const char *payload)
{
    (void)arg;
    (void)channel;
    (void)payload;
}

/* The lock went with its session: take it again as soon as the database is back.  False: somebody else has it now. */
static bool keep_instance(program_t *p)
{
    AUTO_ERR info = ERR_INFO_INIT;
    if (p->locked && db_is_up(p->instance) && db_consume(p->instance, ignore, NULL, NULL) == ERR_OK)
        return true;
    p->locked = false;
    err_t err = db_is_up(p->instance) ? ERR_OK : db_reopen(p->instance, &info);
    if (err == ERR_OK)
        err = instance_store_lock(p->instance, &info);
    p->locked = err == ERR_OK;
    if (err == ERR_REFUSED)
        log_error("%s", err_message(&info));
    return err != ERR_REFUSED;
}

static http_opts_t http_opts(const settings_t *s)
{
    return (http_opts_t){.conninfo = s->conninfo,
                         .socket = s->socket,
                         .socket_group = s->socket_group,
                         .http_listen = s->http_listen,
                         .https_listen = s->https_listen,
                         .tls_certificate = s->tls_certificate,
                         .tls_key = s->tls_key,
                         .tls_client_ca = s->tls_client_ca,
                         .admin_groups = s->admin_groups,
                         .helpdesk_groups = s->helpdesk_groups,
                         .max_request = (size_t)s->max_request,
                         .threads = (unsigned)s->threads,
                         .max_connections = (unsigned)s->max_connections,
                         .timeout_s = (unsigned)(s->timeout_ms / 1000),
                         .max_waits = (unsigned)s->max_waits,
                         .statement_ms = s->statement_timeout_ms,
                         .limits = {.max_records = (size_t)s->max_records,
                                    .max_batch = (size_t)s->max_batch,
                                    .token_lifetime_s = s->token_lifetime_ms / 1000,
                                    .token_lifetime_max_s = s->token_lifetime_max_ms / 1000,
                                    .password_min = (size_t)s->password_min}};
}

/* Written under another name first: who waits for the file finds it whole. */
static err_t write_ports(const program_t *p, err_info_t *reterr)
{
    const char *path = p->settings.port_file;
    if (path == NULL || path[0] == '\0')
        return ERR_OK;
    int http, https;
    http_ports(p->http, &http, &https);
    const char *endpoint = engine_thread_endpoint(p->engine);
    const char *colon = strrchr(endpoint, ':');
    AUTO_FREE char *temporary = auto_printf("%s.new", path);
    FILE *out = fopen(temporary, "we");
    bool good =
        out != NULL && fprintf(out, "http=%d\nhttps=%d\nlink=%s\n", http, https, colon != NULL ? colon + 1 : "0") > 0;
    good = (out == NULL || fclose(out) == 0) && good;
    if (!good || rename(temporary, path) != 0)
        return err_set(reterr, ERR_IO, "could not write \"%s\": %s", path, strerror(errno));
    return ERR_OK;
}

static err_t start(program_t *p, err_info_t *reterr)
{
    err_t err = keys_load(p->settings.key_file, &p->cert, reterr);
    if (err == ERR_OK)
        err = open_instance(p, reterr);
    const engine_thread_opts_t engine = {.conninfo = p->settings.conninfo,
                                         .endpoint = p->settings.endpoint,
                                         .cert = p->cert,
                                         .heartbeat_ms = (uint32_t)p->settings.heartbeat_ms,
                                         .max_records = (size_t)p->settings.max_records,
                                         .engine = ENGINE_OPTS_INIT};
    if (err == ERR_OK)
        err = engine_thread_start(&engine, &p->engine, reterr);
    p->http_opts = http_opts(&p->settings);
    if (err == ERR_OK)
        err = http_start(&p->http_opts, &p->http, reterr);
    return err == ERR_OK ? write_ports(p, reterr) : err;
}

static void stop(program_t *p)
{
    http_destroy(&p->http); /* first: nobody is told "done" after the engine has gone */
    engine_thread_destroy(&p->engine);
    db_destroy(&p->instance);
    zcert_destroy(&p->cert);
    zsys_shutdown();
}

/* Until SIGTERM or SIGINT (true), or until another controller has taken over. */
static bool serve(program_t *p, const sigset_t *signals)
{
    uint64_t watchdog_us = 0;
    sd_watchdog_enabled(0, &watchdog_us);
    const struct timespec interval = {.tv_sec = 1};
    for (;;) {
        int signal_number = sigtimedwait(signals, NULL, &interval);
        if (signal_number > 0)
            return true;
        if (!keep_instance(p))
            return false;
        if (watchdog_us > 0)
            sd_notify(0, "WATCHDOG=1");
    }
}

static int run(program_t *p)
{
    AUTO_ERR info = ERR_INFO_INIT;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread starts */
    signal(SIGPIPE, SIG_IGN);
    mallopt(M_ARENA_MAX, ARENAS); /* memory follows the work, not the number of threads */
    mallopt(M_MXFAST, 0); /* a tree of JSON is freed in a quarter of the time: a million small pieces, put together at once */
    zsys_handler_set(NULL);
    err_t err = start(p, &info);
    int status = EXIT_SUCCESS;
    if (err != ERR_OK) {
        log_error("%s%s%s", err_message(&info), info.hint != NULL ? "; hint: " : "",
                  info.hint != NULL ? info.hint : "");
        status = err_row(err)->exit_code;
    } else {
        log_notice("ready: socket=%s endpoint=%s", p->settings.socket != NULL ? p->settings.socket : "-",
                   engine_thread_endpoint(p->engine));
        sd_notify(0, "READY=1");
        if (!serve(p, &signals))
            status = err_row(ERR_REFUSED)->exit_code;
        sd_notify(0, "STOPPING=1");
    }
    stop(p);
    return status;
}

int main(int argc, char **argv)
{
    cli_options_t options;
    if (!cli_parse(argc, argv, &options))
        return 64; /* EX_USAGE */
    int status = cli_print(&options);
    if (status >= 0)
        return status;
    program_t program = {0};
    AUTO_ERR info = ERR_INFO_INIT;
    if (sodium_init() < 0)
        return EXIT_FAILURE;
    err_t err = settings_load(options.config, &program.settings, &info);
    if (err != ERR_OK)
        return cli_fail(err, &info);
    log_level_t level = LOG_LEVEL_INFO;
    log_level_from_text(program.settings.log_level, &level);
    log_open("dms-controller", level);
    if (options.action == CLI_RUN)
        status = run(&program);
    else
        status = (err = cli_do(&options, &program.settings, &info)) == ERR_OK ? EXIT_SUCCESS : cli_fail(err, &info);
    settings_done(&program.settings);
    return status;
}
