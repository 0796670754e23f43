#include "zone_tool/options.h"
#include <stdlib.h>
#include <string.h>

static const option_t table[] = {
    {0, "socket", "path", 0, "unix socket of the controller (DMS_SOCKET; /run/dms/dms.sock)"},
    {0, "url", "url", 0, "controller's URL in place of the socket (DMS_URL): https://host/admin_dms"},
    {0, "credentials", "file", 0, "file of mode 0600 with user:password or an API token for the URL (DMS_CREDENTIALS); without it ~/.netrc"},
    {0, "cert", "file", 0, "client certificate and its key for the URL, PEM (DMS_CERT)"},
    {0, "cacert", "file", 0, "certificates that sign the controller's one (DMS_CACERT)"},
    {'o', "output", "format", 'O', "text or json; -o without one of these words: --use-origin-as-name"},
    {0, "wait", "[=seconds]", 'W', "wait after every change until it is live (DMS_WAIT)"},
    {0, "stop-on-error", NULL, 0, "commands from standard input: end at the first one that fails"},
    {'f', "force-cmd", NULL, 'f', "ask nothing; edit_zone: save also an unchanged text"},
    {'v', "verbose", NULL, 'v', "more columns"},
    {'a', "show-all", NULL, 'a', "show all, also what is disabled"},
    {'t', "show-active", NULL, 't', "only what is active"},
    {'g', "server-group", "sg", 'g', "server group where none is given"},
    {'r', "reference", "reference", 'r', "reference where none is given"},
    {'i', "inc-updates", NULL, 'i', "new zones take incremental updates"},
    {'p', "replica-sg", NULL, 'p', "create_sg: the group of master and replicas"},
    {'u', "soa-serial-update", NULL, 'u', "poke_zone_set_serial: take the next serial"},
    {'n', "domain", "domain", 'n', "zone to look in where none is given"},
    {'z', "zi", "zi", 'z', "version of the zone where none is given"},
    {0, "use-origin-as-name", NULL, 'o', "load_zones: names from $ORIGIN or SOA"},
    {0, "restricted", NULL, 0, "only verbs that the controller gives this user, with fixed editor and pager; also by the program names zone_tool~rvim and zone_tool~rnano"},
    {'h', "help", NULL, 0, "show this and the list of commands"},
    {0, "version", NULL, 0, "show the version"},
    {0, "man", NULL, 0, "print the manual page (roff)"},
};

const option_t *options_table(size_t *ret_count)
{
    *ret_count = ARRAY_SIZE(table);
    return table;
}

/* Options of the predecessor that are not here. */
static const struct { const char *letter, *name, *instead; } obsolete[] = {
    {"-c", "--config-file", "this program has no configuration file: --socket or --url names the controller"},
    {"-d", "--debug", "it is the controller that logs: [log] level in its configuration"},
    {"-s", "--sectag", "the sectag is that of the front end that --url names"},
    {"-j", "--oping-servers", "nothing is pinged: ls_server -v shows which agents are connected"},
    {"-D", "--wsgi-api-test", "every verb is there for whoever may use it"},
};

static err_t wrong(err_info_t *reterr, const char *word, const char *why)
{
    err_set(reterr, ERR_INVALID_ARGUMENT, "option %s %s", word, why);
    err_hint(reterr, "zone_tool --help lists the options");
    return ERR_INVALID_ARGUMENT;
}

/* word: as given; length: of its name */
static err_t unknown(err_info_t *reterr, const char *word, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(obsolete); i++) {
        if (strncmp(word, obsolete[i].letter, 2) != 0 &&
            (strlen(obsolete[i].name) != length || strncmp(word, obsolete[i].name, length) != 0))
            continue;
        err_set(reterr, ERR_INVALID_ARGUMENT, "option %.*s is not needed any more", (int)length, word);
        err_hint(reterr, "%s", obsolete[i].instead);
        return ERR_INVALID_ARGUMENT;
    }
    return wrong(reterr, word, "is not known");
}

static err_t set(options_t *self, const option_t *option, const char *word, const char *value, err_info_t *reterr)
{
    if (option->target == 'O' && !output_is_format(value))
        return wrong(reterr, word, "needs text or json");
    if (option->target == 'W' && *value != '\0' && value[strspn(value, "0123456789")] != '\0')
        return wrong(reterr, word, "needs a number of seconds");
    if (option->target != 0) {
        self->defaults[(unsigned char)option->target] = value;
        return ERR_OK;
    }
    const struct { const char *name; const char **text; bool *flag; } places[] = {
        {"socket", &self->rpc.socket, NULL},    {"url", &self->rpc.url, NULL},
        {"credentials", &self->rpc.credentials, NULL}, {"cacert", &self->rpc.cacert, NULL},
        {"cert", &self->rpc.cert, NULL},
        {"stop-on-error", NULL, &self->stop_on_error}, {"restricted", NULL, &self->restricted},
        {"help", NULL, &self->help},            {"version", NULL, &self->version},
        {"man", NULL, &self->man},
    };
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        if (strcmp(places[i].name, option->name) != 0)
            continue;
        if (places[i].text != NULL)
            *places[i].text = value;
        else
            *places[i].flag = true;
    }
    return ERR_OK;
}

static err_t long_option(options_t *self, char **argv, int *i, err_info_t *reterr)
{
    const char *word = argv[*i];
    size_t length = strcspn(word + 2, "=");
    const char *value = word[2 + length] == '=' ? word + 3 + length : NULL;
    for (size_t k = 0; k < ARRAY_SIZE(table); k++) {
        const option_t *option = &table[k];
        if (strlen(option->name) != length || strncmp(option->name, word + 2, length) != 0)
            continue;
        if (option->argument == NULL && value != NULL)
            return wrong(reterr, word, "takes no value");
        if (option->argument != NULL && value == NULL && option->argument[0] != '[') {
            value = argv[*i + 1];
            if (value == NULL)
                return wrong(reterr, word, "needs a value");
            ++*i;
        }
        return set(self, option, word, value != NULL ? value : "", reterr);
    }
    return unknown(reterr, word, length + 2);
}

static err_t short_options(options_t *self, char **argv, int *i, err_info_t *reterr)
{
    for (const char *p = argv[*i] + 1; *p != '\0'; p++) {
        const option_t *option = NULL;
        for (size_t k = 0; k < ARRAY_SIZE(table); k++) {
            if (table[k].letter == *p)
                option = &table[k];
        }
        if (option == NULL)
            return unknown(reterr, (const char[]){'-', *p, '\0'}, 2);
        const char *value = option->argument == NULL ? NULL : p[1] != '\0' ? p + 1 : argv[*i + 1];
        if (*p == 'o' && !output_is_format(value)) { /* the predecessor's meaning */
            self->defaults['o'] = "";
            continue;
        }
        if (option->argument == NULL) {
            err_t err = set(self, option, argv[*i], "", reterr);
            if (err != ERR_OK)
                return err;
            continue;
        }
        if (value == NULL)
            return wrong(reterr, argv[*i], "needs a value");
        *i += p[1] == '\0' ? 1 : 0;
        return set(self, option, argv[*i], value, reterr);
    }
    return ERR_OK;
}

static const char *from_environment(const char *given, const char *name)
{
    const char *value = getenv(name);
    return given != NULL ? given : value != NULL && *value != '\0' ? value : NULL;
}

err_t options_parse(int argc, char **argv, options_t *ret_options, err_info_t *reterr)
{
    options_t self = {.restricted_editor = "/usr/bin/rvim"};
    const char *tilde = strrchr(argv[0], '~'); /* login shell of the help desk */
    if (tilde != NULL) {
        self.restricted = true;
        self.restricted_editor = strcmp(tilde, "~rnano") == 0 ? "/bin/rnano" : "/usr/bin/rvim";
    }
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        err_t err = argv[i][1] == '-' ? long_option(&self, argv, &i, reterr) : short_options(&self, argv, &i, reterr);
        if (err != ERR_OK)
            return err;
    }
    self.first = i;
    if (self.rpc.url == NULL && self.rpc.socket == NULL) {
        self.rpc.socket = from_environment(NULL, "DMS_SOCKET");
        if (self.rpc.socket == NULL)
            self.rpc.url = from_environment(NULL, "DMS_URL");
    } else if (self.rpc.socket != NULL) {
        self.rpc.url = NULL;
    }
    if (self.rpc.url == NULL && self.rpc.socket == NULL)
        self.rpc.socket = "/run/dms/dms.sock";
    self.rpc.credentials = from_environment(self.rpc.credentials, "DMS_CREDENTIALS");
    self.rpc.cert = from_environment(self.rpc.cert, "DMS_CERT");
    self.rpc.cacert = from_environment(self.rpc.cacert, "DMS_CACERT");
    self.defaults['W'] = from_environment(self.defaults['W'], "DMS_WAIT");
    const char *wait = self.defaults['W'];
    if (wait != NULL && (wait[strspn(wait, "0123456789")] != '\0' || strlen(wait) > 6))
        return wrong(reterr, "--wait (DMS_WAIT)", "needs a number of seconds");
    *ret_options = self;
    return ERR_OK;
}
