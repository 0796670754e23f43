/* dms-agent: options and wiring. */
#include "agent/command.h"
#include "agent/init.h"
#include "shared/log.h"
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { TICK_MS = 100, LINK_WAIT_TICKS = 10, EXIT_CONFIG = 78, EXIT_USAGE_ERROR = 64, WATCHDOG_TICKS = 50 };

typedef struct {
    agent_t agent;
    zcert_t *cert;
    unsigned ticks;
} program_t;

static const char USAGE[] =
    "usage: dms-agent [--config FILE] [ACTION]\n"
    "  (no action)         run\n"
    "  --check-config      read the configuration, say what is wrong, exit\n"
    "  --print-config      effective configuration\n"
    "  --sample-config     all keys with their defaults\n"
    "  --man               configuration part of the manual page\n"
    "  --init [--role R]   create keys, directories and a named.conf without zones, print the public key\n"
    "                      (R: master, replica or slave)\n"
    "  --public-key        print the agent's public key\n"
    "  --version  --help\n";

/* --- events of the link --- */

static void on_welcome(void *arg, const wire_welcome_t *welcome, uint64_t epoch)
{
    agent_t *agent = arg;
    AUTO_ERR info = ERR_INFO_INIT;
    spool_clear(agent->spool);
    if (epoch < state_epoch(agent->state))
        return; /* an old controller: its commands will be refused, its opinion of our role does not count */
    agent->role = welcome->role;
    if (state_set_epoch(agent->state, epoch, &info) != ERR_OK)
        log_error("epoch could not be stored: %s", err_message(&info));
}

static void on_lost(void *arg, const char *why)
{
    (void)arg;
    (void)why; /* the link has logged it; the name server goes on serving and work in hand goes on */
}

static void on_command(void *arg, uint64_t epoch, wire_command_t *command)
{
    agent_t *agent = arg;
    command_take(agent->command, epoch, command);
}

static void fill_hello(void *arg, wire_hello_t *ret_hello)
{
    agent_t *agent = arg;
    static const char *const capabilities[] = {"zone-update", "zone-load", "zone-serve", "zone-check", "server-config"};
    ret_hello->software = auto_strdup("dms-agent " DMS_VERSION);
    ret_hello->version_min = WIRE_VERSION_MIN;
    ret_hello->version_max = WIRE_VERSION;
    ret_hello->capability_count = ARRAY_SIZE(capabilities);
    ret_hello->capabilities = auto_calloc(ARRAY_SIZE(capabilities), sizeof *ret_hello->capabilities);
    for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++)
        ret_hello->capabilities[i] = auto_strdup(capabilities[i]);
    ret_hello->boot_id = agent->boot_id;
    ret_hello->clock_us = clock_wall(NULL).us;
    ret_hello->config_generation = state_generation(agent->state);
    ret_hello->credit = (uint32_t)agent->settings.credit;
    ret_hello->driver = auto_strdup(agent->driver->name);
    ret_hello->driver_version = auto_strdup(agent->driver->version(agent->server));
    ret_hello->name_server_up = agent->driver->is_up(agent->server, NULL);
}

static bool name_server_up(void *arg, const char **ret_text)
{
    agent_t *agent = arg;
    return agent->driver->is_up(agent->server, ret_text);
}

static void on_notify(void *arg, const char *zone)
{
    agent_t *agent = arg;
    watch_notify(agent->watch, zone);
}

/* --- running --- */

static int on_signal(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    (void)arg;
    log_notice("stopping");
    return -1;
}

static err_t open_link(program_t *p, err_info_t *reterr)
{
    agent_t *a = &p->agent;
    a->started = true;
    agent_link_events_t events = {a, on_welcome, on_lost, on_command, fill_hello, name_server_up};
    return agent_link_new(a->loop, a->settings.controller, a->settings.controller_key, p->cert, state_epoch(a->state),
                          &events, &a->link, reterr);
}

/* The link is opened when the name server has said its version, at the latest after a second. */
static int on_tick(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    program_t *p = arg;
    agent_t *a = &p->agent;
    AUTO_ERR info = ERR_INFO_INIT;
    p->ticks++;
    if (!a->started && (p->ticks >= LINK_WAIT_TICKS || a->driver->version(a->server)[0] != '\0') &&
        open_link(p, &info) != ERR_OK) {
        log_error("%s", err_message(&info));
        return -1;
    }
    watch_tick(a->watch, clock_mono(NULL));
    if (p->ticks % WATCHDOG_TICKS == 0)
        sd_notify(0, "WATCHDOG=1");
    return 0;
}

static err_t start(program_t *p, err_info_t *reterr)
{
    agent_t *a = &p->agent;
    driver_events_t events = {a, on_notify};
    a->driver = &driver_bind;
    randombytes_buf(&a->boot_id, sizeof a->boot_id);
    err_t e = init_load_cert(&a->settings, &p->cert, reterr);
    if (e == ERR_OK && (a->settings.controller == NULL || a->settings.controller_key == NULL ||
                        strlen(a->settings.controller_key) != 40))
        e = err_set(reterr, ERR_CONFIG, "[agent] controller and controller_key (40 characters) must be set");
    if (e == ERR_OK)
        e = state_open(a->settings.state_dir, &a->state, reterr);
    if (e == ERR_OK)
        e = a->driver->start(a->loop, &a->settings, &events, &a->server, reterr);
    if (e != ERR_OK)
        return e;
    a->watch = watch_new(a->driver, a->server);
    a->spool = spool_new(a->driver, a->server);
    a->command = command_new(a);
    zloop_timer(a->loop, TICK_MS, 0, on_tick, p);
    return ERR_OK;
}

static void stop(program_t *p)
{
    agent_t *a = &p->agent;
    agent_link_destroy(&a->link);
    command_destroy(&a->command);
    watch_destroy(&a->watch);
    spool_destroy(&a->spool);
    if (a->driver != NULL)
        a->driver->stop(&a->server);
    state_destroy(&a->state);
    zcert_destroy(&p->cert);
    zloop_destroy(&a->loop);
    settings_done(&a->settings);
    zsys_shutdown();
}

static int run(program_t *p)
{
    agent_t *a = &p->agent;
    AUTO_ERR info = ERR_INFO_INIT;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL); /* before libzmq's thread starts */
    AUTO_FD signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    zsys_handler_set(NULL);
    a->loop = zloop_new();
    err_t e = start(p, &info);
    if (e != ERR_OK) {
        const char *hint = info.hint != NULL ? info.hint : "";
        log_error("%s%s%s", err_message(&info), hint[0] != '\0' ? "; hint: " : "", hint);
    } else {
        zmq_pollitem_t item = {.fd = signals, .events = ZMQ_POLLIN};
        zloop_poller(a->loop, &item, on_signal, p);
        sd_notify(0, "READY=1");
        zloop_start(a->loop);
        sd_notify(0, "STOPPING=1");
    }
    int status = e != ERR_OK ? err_row(e)->exit_code : EXIT_SUCCESS;
    stop(p);
    return status;
}

/* --- options --- */

typedef enum { RUN, CHECK_CONFIG, PRINT_CONFIG, SAMPLE_CONFIG, MAN, INIT, PUBLIC_KEY, VERSION, HELP } action_t;
typedef struct {
    action_t action;
    const char *config;
    wire_role_t role;
} options_t;

static bool parse(int argc, char **argv, options_t *ret)
{
    static const struct option table[] = {
        {"check-config", no_argument, NULL, CHECK_CONFIG},
        {"print-config", no_argument, NULL, PRINT_CONFIG},
        {"sample-config", no_argument, NULL, SAMPLE_CONFIG},
        {"man", no_argument, NULL, MAN},
        {"init", no_argument, NULL, INIT},
        {"public-key", no_argument, NULL, PUBLIC_KEY},
        {"version", no_argument, NULL, VERSION},
        {"help", no_argument, NULL, HELP},
        {"config", required_argument, NULL, 'c'},
        {"role", required_argument, NULL, 'r'},
        {0},
    };
    static const char *const roles[] = {[WIRE_ROLE_MASTER] = "master", [WIRE_ROLE_REPLICA] = "replica",
                                        [WIRE_ROLE_SLAVE] = "slave"};
    int c;
    *ret = (options_t){.action = RUN, .config = "/etc/dms/dms-agent.conf", .role = WIRE_ROLE_SLAVE};
    while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (c == '?')
            return false;
        if (c == 'c') {
            ret->config = optarg;
        } else if (c == 'r') {
            ret->role = WIRE_ROLE_UNKNOWN;
            for (size_t i = 1; i < ARRAY_SIZE(roles); i++) {
                if (strcmp(roles[i], optarg) == 0)
                    ret->role = (wire_role_t)i;
            }
            if (ret->role == WIRE_ROLE_UNKNOWN)
                return false;
        } else {
            ret->action = (action_t)c;
        }
    }
    return optind == argc;
}

static err_t init_and_print(const settings_t *settings, const options_t *options, err_info_t *reterr)
{
    AUTO(zcert) cert = NULL;
    err_t e = options->action == INIT ? init_run(settings, options->role, reterr) : ERR_OK;
    if (e == ERR_OK)
        e = init_load_cert(settings, &cert, reterr);
    if (e == ERR_OK)
        printf("%s\n", zcert_public_txt(cert));
    return e;
}

static int with_settings(const options_t *options)
{
    program_t program = {0};
    settings_t *settings = &program.agent.settings;
    AUTO_ERR info = ERR_INFO_INIT;
    if (settings_load(options->config, settings, &info) != ERR_OK) {
        fprintf(stderr, "dms-agent: %s\n", err_message(&info));
        return EXIT_CONFIG;
    }
    log_level_t level = LOG_LEVEL_INFO;
    log_level_from_text(settings->log_level, &level);
    log_open("dms-agent", level);
    if (options->action == RUN)
        return run(&program);
    err_t e = ERR_OK;
    if (options->action == PRINT_CONFIG)
        config_print(&settings_table, settings, stdout);
    else if (options->action != CHECK_CONFIG)
        e = init_and_print(settings, options, &info);
    if (e != ERR_OK)
        fprintf(stderr, "dms-agent: %s%s%s\n", err_message(&info), info.hint != NULL ? "\nhint: " : "",
                info.hint != NULL ? info.hint : "");
    settings_done(settings);
    return e != ERR_OK ? err_row(e)->exit_code : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    options_t options;
    if (!parse(argc, argv, &options)) {
        fputs(USAGE, stderr);
        return EXIT_USAGE_ERROR;
    }
    if (sodium_init() < 0) {
        fputs("dms-agent: libsodium does not start\n", stderr);
        return EXIT_FAILURE;
    }
    switch (options.action) {
    case SAMPLE_CONFIG: config_sample(&settings_table, stdout); return EXIT_SUCCESS;
    case MAN: config_man(&settings_table, stdout); return EXIT_SUCCESS;
    case VERSION: puts("dms-agent " DMS_VERSION); return EXIT_SUCCESS;
    case HELP: fputs(USAGE, stdout); return EXIT_SUCCESS;
    default: return with_settings(&options);
    }
}
