#include "controller/cli.h"
#include "controller/api/methods.h"
#include "controller/fsm/master_fsm.h"
#include "controller/fsm/move_fsm.h"
#include "controller/fsm/server_fsm.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/keys.h"
#include "controller/store/migrate.h"
#include "controller/usecase/server_setup.h"
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { USAGE_ERROR = 64, PASSWORD_MAX = 1024 };

static const char USAGE[] =
    "usage: dms-controller [--config FILE] [ACTION]\n"
    "  (no action)               run\n"
    "  --check-config            read the configuration, say what is wrong, exit\n"
    "  --print-config            effective configuration\n"
    "  --sample-config           all keys with their defaults\n"
    "  --man                     configuration part of the manual page\n"
    "  --migrate                 bring the database to this version's schema\n"
    "  --init-keys               create the CURVE key (it stays if it is there), print its public part\n"
    "  --public-key              print the public key, which agents need\n"
    "  --set-account URI LOGIN   create an account of a front end or change its password, which is read from standard "
    "input\n"
    "  --fsm MACHINE=FORMAT      print a state machine: zone, server, master or move; table, mermaid or graphviz\n"
    "  --methods                 print the JSON-RPC reference (Markdown)\n"
    "  --version  --help\n";

bool cli_parse(int argc, char **argv, cli_options_t *ret_options)
{
    static const struct option TABLE[] = {{"check-config", no_argument, NULL, CLI_CHECK_CONFIG},
                                          {"print-config", no_argument, NULL, CLI_PRINT_CONFIG},
                                          {"sample-config", no_argument, NULL, CLI_SAMPLE_CONFIG},
                                          {"man", no_argument, NULL, CLI_MAN},
                                          {"migrate", no_argument, NULL, CLI_MIGRATE},
                                          {"fsm", required_argument, NULL, CLI_FSM},
                                          {"methods", no_argument, NULL, CLI_METHODS},
                                          {"init-keys", no_argument, NULL, CLI_INIT_KEYS},
                                          {"public-key", no_argument, NULL, CLI_PUBLIC_KEY},
                                          {"set-account", no_argument, NULL, CLI_SET_ACCOUNT},
                                          {"version", no_argument, NULL, CLI_VERSION},
                                          {"help", no_argument, NULL, CLI_HELP},
                                          {"config", required_argument, NULL, 'c'},
                                          {0}};
    cli_options_t o = {.action = CLI_RUN, .config = "/etc/dms/dms-controller.conf"};
    bool good = true;
    for (int c; good && (c = getopt_long(argc, argv, "c:", TABLE, NULL)) != -1;) {
        if (c == 'c') {
            o.config = optarg;
        } else if (c == '?' || o.action != CLI_RUN) {
            good = false;
        } else {
            o.action = (cli_action_t)c;
            o.fsm = c == CLI_FSM ? optarg : NULL;
        }
    }
    int words = o.action == CLI_SET_ACCOUNT ? 2 : 0;
    good = good && argc - optind == words;
    if (!good) {
        fputs(USAGE, stderr);
        return false;
    }
    if (words == 2) {
        o.uri = argv[optind];
        o.login = argv[optind + 1];
    }
    *ret_options = o;
    return true;
}

static int print_fsm(const char *what)
{
    static const struct {
        const char *name;
        const fsm_t *fsm;
    } MACHINES[] = {{"zone", &zone_fsm}, {"server", &server_fsm}, {"master", &master_fsm}, {"move", &move_fsm}};
    static const char *const FORMATS[] = {
        [FSM_TABLE] = "table", [FSM_MERMAID] = "mermaid", [FSM_GRAPHVIZ] = "graphviz"};
    size_t len = strcspn(what, "=");
    const char *wanted = what[len] == '=' ? what + len + 1 : "table";
    for (size_t m = 0; m < ARRAY_SIZE(MACHINES); m++) {
        for (size_t f = 0; f < ARRAY_SIZE(FORMATS); f++) {
            if (strlen(MACHINES[m].name) == len && strncmp(MACHINES[m].name, what, len) == 0 &&
                strcmp(FORMATS[f], wanted) == 0) {
                fsm_dump(MACHINES[m].fsm, (fsm_format_t)f, stdout);
                return EXIT_SUCCESS;
            }
        }
    }
    fprintf(stderr, "dms-controller: \"%s\" is not zone, server or master with =table, =mermaid or =graphviz\n", what);
    return USAGE_ERROR;
}

int cli_print(const cli_options_t *options)
{
    switch (options->action) {
    case CLI_SAMPLE_CONFIG: config_sample(&settings_table, stdout); break;
    case CLI_MAN: config_man(&settings_table, stdout); break;
    case CLI_METHODS: methods_markdown(stdout); break;
    case CLI_VERSION: puts("dms-controller " DMS_VERSION); break;
    case CLI_HELP: fputs(USAGE, stdout); break;
    case CLI_FSM: return print_fsm(options->fsm);
    default: return -1;
    }
    return EXIT_SUCCESS;
}

/* One line of standard input, without its end. */
static err_t read_password(char ret_password[PASSWORD_MAX + 2], err_info_t *reterr)
{
    if (isatty(STDIN_FILENO))
        fputs("password: ", stderr);
    if (fgets(ret_password, PASSWORD_MAX + 2, stdin) == NULL)
        return err_set(reterr, ERR_INVALID_ARGUMENT, "no password on standard input");
    ret_password[strcspn(ret_password, "\r\n")] = '\0';
    if (ret_password[0] == '\0' || strlen(ret_password) > PASSWORD_MAX)
        return err_set(reterr, ERR_INVALID_ARGUMENT, "password is empty or longer than %d bytes", PASSWORD_MAX);
    return ERR_OK;
}

static err_t set_account(const cli_options_t *options, const settings_t *settings, err_info_t *reterr)
{
    char password[PASSWORD_MAX + 2];
    AUTO(db) db = NULL;
    change_result_t result = {0};
    const struct passwd *user = getpwuid(getuid());
    const caller_t who = {.role = ROLE_ADMIN,
                          .role_name = "admin",
                          .sectag = "Admin",
                          .front_end = "command line",
                          .login = user != NULL ? user->pw_name : "unknown"};
    err_t err = read_password(password, reterr);
    if (err == ERR_OK)
        err = db_open(settings->conninfo, "dms-controller", &db, reterr);
    if (err == ERR_OK)
        err = server_setup_set_account(db, &who, options->uri, options->login, password, (size_t)settings->password_min, clock_wall(NULL), &result,
                                       reterr);
    explicit_bzero(password, sizeof password);
    change_result_done(&result);
    return err;
}

static err_t print_key(const cli_options_t *options, const settings_t *settings, err_info_t *reterr)
{
    AUTO(zcert) cert = NULL;
    zsys_handler_set(NULL);
    err_t err = options->action == CLI_INIT_KEYS ? keys_create(settings->key_file, reterr) : ERR_OK;
    if (err == ERR_OK)
        err = keys_load(settings->key_file, &cert, reterr);
    if (err == ERR_OK)
        puts(zcert_public_txt(cert));
    return err;
}

err_t cli_do(const cli_options_t *options, const settings_t *settings, err_info_t *reterr)
{
    const char *owner = settings->migrate_conninfo;
    switch (options->action) {
    case CLI_PRINT_CONFIG: config_print(&settings_table, settings, stdout); return ERR_OK;
    case CLI_MIGRATE:
        return migrate_run(owner != NULL && owner[0] != '\0' ? owner : settings->conninfo, settings->sql_dir, stdout,
                           reterr);
    case CLI_INIT_KEYS:
    case CLI_PUBLIC_KEY: return print_key(options, settings, reterr);
    case CLI_SET_ACCOUNT: return set_account(options, settings, reterr);
    default: return ERR_OK; /* CLI_CHECK_CONFIG: it was read */
    }
}

int cli_fail(err_t err, const err_info_t *info)
{
    fprintf(stderr, "dms-controller: %s\n", err_message(info));
    if (info->hint != NULL)
        fprintf(stderr, "hint: %s\n", info->hint);
    return err_row(err)->exit_code;
}
