#include "zone_tool/command.h"
#include "shared/utf8.h"
#include "zone_tool/help.h"
#include "zone_tool/interrupt.h"
#include "zone_tool/rights.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const command_t commands[] = {
#define ALIAS(alias, verb)
#define CMD(verb, group, arguments, switches, flags, sentence, help, handler) \
    {verb, group, arguments, switches, flags, sentence, help, handler},
#include "zone_tool/commands.def"
#undef CMD
#undef ALIAS
};

static const struct { const char *alias, *verb; } aliases[] = {
#define ALIAS(alias, verb) {alias, verb},
#define CMD(verb, group, arguments, switches, flags, sentence, help, handler)
#include "zone_tool/commands.def"
#undef CMD
#undef ALIAS
};

static const switch_t switches[] = {
#define SWITCH(letter, is_short, names, argument, complete, sentence) {letter, is_short, names, argument, complete, sentence},
#include "zone_tool/switches.def"
#undef SWITCH
};

static const kind_t kinds[] = {
    {"domain", COMPLETE_ZONE, false, "name of a zone, with or without dot at its end; a network or IP address for reverse zones"},
    {"new", COMPLETE_NONE, false, "name that is not taken yet"},
    {"zi", COMPLETE_NONE, false,
     "version: its number; ^ the published one; ^-2 two before it; 1007+1; @2d as of two days ago; 14:30; 31/12/2025; 2025-12-31,14:30"},
    {"option", COMPLETE_OPTION, false, "zone option: use_apex_ns, no_use_apex_ns, ..."},
    {"file", COMPLETE_FILE, false, "path of a file"},
    {"server", COMPLETE_SERVER, false, "name of a server"},
    {"sg", COMPLETE_SG, false, "name of a server group"},
    {"sectag", COMPLETE_NONE, false, "security tag: letters, digits, - _ and ., at most 60"},
    {"uri", COMPLETE_NONE, false, "path of a front end, as /admin_dms"},
    {"login", COMPLETE_NONE, false, "name of an account"},
    {"role", COMPLETE_NONE, false, "admin, helpdesk, value_reseller, hosted or list_zone"},
    {"setting", COMPLETE_NONE, false, "key=value, several values with commas between"},
    {"token_id", COMPLETE_NONE, false, "the part of a token between dms_ and the next _"},
    {"certificate", COMPLETE_NONE, false, "SHA-256 fingerprint, or subject (CN=ann,O=Example)"},
    {"certificate_id", COMPLETE_NONE, true, "number of a bound certificate"},
    {"reference", COMPLETE_REFERENCE, false, "owner or customer reference"},
    {"verb", COMPLETE_VERB, false, "a command"},
    {"token", COMPLETE_NONE, true, "number of an edit lock"},
    {"zone_id", COMPLETE_NONE, true, "number of a zone"},
    {"change_id", COMPLETE_NONE, true, "number of a change"},
    {"change_set_id", COMPLETE_NONE, true, "number of a change set"},
    {"kept_text_id", COMPLETE_NONE, true, "number of a kept text"},
    {"set", COMPLETE_FILE, false, "number of a change set, or path of a file that describes one"},
    {"count", COMPLETE_NONE, true, "how many"},
    {"address", COMPLETE_NONE, false, "IPv4 or IPv6 address"},
    {"alt_address", COMPLETE_NONE, false, "IPv4 or IPv6 address"},
    {"ssh_address", COMPLETE_NONE, false, "IPv4 or IPv6 address, or none"},
    {"config_dir", COMPLETE_FILE, false, "absolute path of a directory, or none"},
    {"type", COMPLETE_SERVER_TYPE, false, "bind9 or nsd4"},
    {"key", COMPLETE_NONE, false, "public CURVE key"},
    {"key_name", COMPLETE_NONE, false, "name of a key: letters, digits, - _ and ."},
    {"hmac", COMPLETE_NONE, false, "hmac-md5, hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384 or hmac-sha512"},
    {"config_key", COMPLETE_CONFIG_KEY, false, "name of a configuration value, see show_config"},
    {"value", COMPLETE_NONE, false, "value"},
    {"name", COMPLETE_NONE, false, "name of a name server"},
    {"zi_id", COMPLETE_NONE, true, "number of a version"},
    {"age", COMPLETE_NONE, true, "days"},
    {"max", COMPLETE_NONE, true, "how many versions stay"},
    {"event_id", COMPLETE_NONE, true, "number of an event"},
    {"serial", COMPLETE_NONE, false, "SOA serial, 1 to 4294967295"},
    {"label", COMPLETE_NONE, false, "name in front of the zone's, @ for the zone itself; or a whole name"},
    {"rr_type", COMPLETE_NONE, false, "record type such as A or MX; several in quotes"},
    {"rdata", COMPLETE_NONE, false, "value of a record"},
    {"search", COMPLETE_ZONE, false, "address, network, name, or pattern with * and ?"},
    {"ttl", COMPLETE_NONE, false, "seconds, or a time such as 900, 2h or 1d12h"},
};

const command_t *command_table(size_t *ret_count)
{
    *ret_count = ARRAY_SIZE(commands);
    return commands;
}

const switch_t *command_switches(size_t *ret_count)
{
    *ret_count = ARRAY_SIZE(switches);
    return switches;
}

const kind_t *command_kinds(size_t *ret_count)
{
    *ret_count = ARRAY_SIZE(kinds);
    return kinds;
}

const char *command_alias(size_t index, const char **ret_verb)
{
    if (index >= ARRAY_SIZE(aliases))
        return NULL;
    *ret_verb = aliases[index].verb;
    return aliases[index].alias;
}

const command_t *command_find(const char *verb)
{
    for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
        if (strcmp(aliases[i].alias, verb) == 0)
            verb = aliases[i].verb;
    }
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strcmp(commands[i].verb, verb) == 0)
            return &commands[i];
    }
    return NULL;
}

const switch_t *command_switch(char letter)
{
    for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
        if (switches[i].letter == letter)
            return &switches[i];
    }
    return NULL;
}

bool command_takes(const command_t *command, char letter)
{
    return letter == 'h' || letter == 'O' || strchr(command->switches, letter) != NULL ||
           (letter == 'W' && (command->flags & COMMAND_CHANGES) != 0);
}

/* Brackets nest (`[a [b]]`): they only say that this and what follows is optional, so counting is not needed. */
bool command_argument(const command_t *command, size_t n, argument_t *ret_argument)
{
    argument_t arg = {.kind = NULL};
    const char *p = command->arguments;
    for (size_t i = 0;; i++) {
        p += strspn(p, " ");
        if (*p == '\0') {
            if (i == 0 || !arg.repeats)
                return false;
            *ret_argument = arg;
            return true;
        }
        size_t length = strcspn(p, " ");
        arg = (argument_t){.optional = *p == '['};
        const char *start = p + (arg.optional ? 1 : 0);
        size_t label = strcspn(start, ".:] ");
        snprintf(arg.label, sizeof arg.label, "%.*s", (int)label, start);
        arg.repeats = strncmp(start + label, "...", 3) == 0;
        const char *colon = memchr(start, ':', length);
        if (colon != NULL && colon < p + length)
            start = colon + 1, label = strcspn(start, "] ");
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
            if (strlen(kinds[k].kind) == label && strncmp(kinds[k].kind, start, label) == 0)
                arg.kind = &kinds[k];
        }
        p += length;
        if (i == n) {
            *ret_argument = arg;
            return true;
        }
    }
}

char *command_usage(const command_t *command)
{
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    if (to == NULL)
        abort();
    fputs(command->verb, to);
    for (size_t pass = 0; pass < 2; pass++) {
        bool open = false;
        for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
            const switch_t *sw = &switches[i];
            if (!command_takes(command, sw->letter) || sw->letter == 'h' || sw->letter == 'O')
                continue;
            int name = (int)strcspn(sw->names, ",");
            if (pass == 0 && sw->is_short && sw->argument == NULL) {
                fprintf(to, "%s%c", open ? "" : " [-", sw->letter);
                open = true;
            } else if (pass == 1 && sw->argument != NULL && sw->is_short) {
                fprintf(to, " [-%c %s]", sw->letter, sw->argument);
            } else if (pass == 1 && !sw->is_short && sw->argument == NULL) {
                fprintf(to, " [--%.*s]", name, sw->names);
            } else if (pass == 1 && !sw->is_short && sw->argument[0] == '?') {
                fprintf(to, " [--%.*s[=%s]]", name, sw->names, sw->argument + 1);
            } else if (pass == 1 && !sw->is_short) {
                fprintf(to, " [--%.*s=%s]", name, sw->names, sw->argument);
            }
        }
        fputs(open ? "]" : "", to);
    }
    argument_t arg;
    bool repeated = false;
    for (size_t n = 0; !repeated && command_argument(command, n, &arg); n++) {
        fprintf(to, arg.optional ? " [%s%s]" : " <%s>%s", arg.label, arg.repeats ? "..." : "");
        repeated = arg.repeats;
    }
    fclose(to);
    return text;
}

void args_done(args_t *args)
{
    free(args->words);
    *args = (args_t){0};
}

static err_t wrong(const command_t *command, err_info_t *reterr, char *message)
{
    AUTO_FREE char *usage = command_usage(command);
    err_set(reterr, ERR_INVALID_ARGUMENT, "%s", message);
    err_hint(reterr, "usage: %s", usage);
    free(message);
    return ERR_INVALID_ARGUMENT;
}

static const switch_t *long_switch(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
        for (const char *p = switches[i].names; *p != '\0'; p += strcspn(p, ","), p += *p == ',') {
            if (strcspn(p, ",") == length && strncmp(p, name, length) == 0)
                return &switches[i];
        }
    }
    return NULL;
}

/* One word that begins with a dash; *i moves on over an argument of its own. */
static err_t parse_switch(const command_t *command, char *const *words, size_t count, size_t *i, args_t *args, err_info_t *reterr)
{
    const char *word = words[*i];
    const char *next = *i + 1 < count ? words[*i + 1] : NULL;
    if (word[1] == '-') {
        size_t length = strcspn(word + 2, "=");
        const char *value = word[2 + length] == '=' ? word + 3 + length : NULL;
        const switch_t *sw = long_switch(word + 2, length);
        if (sw == NULL || !command_takes(command, sw->letter))
            return wrong(command, reterr, auto_printf("%s does not know the switch %.*s", command->verb, (int)length + 2, word));
        if (sw->argument == NULL && value != NULL)
            return wrong(command, reterr, auto_printf("switch --%.*s takes no value", (int)length, word + 2));
        if (sw->argument != NULL && sw->argument[0] != '?' && value == NULL) {
            if (next == NULL)
                return wrong(command, reterr, auto_printf("switch %s needs a value (%s)", word, sw->argument));
            value = next;
            ++*i;
        }
        args->value[(unsigned char)sw->letter] = value != NULL ? value : "";
        return ERR_OK;
    }
    for (const char *p = word + 1; *p != '\0'; p++) {
        /* -o: output format if it says so, else the predecessor's use-origin-as-name */
        const char *format = p[1] != '\0' ? p + 1 : next;
        if (*p == 'o' && output_is_format(format)) {
            args->value['O'] = format;
            *i += p[1] == '\0' ? 1 : 0;
            return ERR_OK;
        }
        const switch_t *sw = command_switch(*p);
        if (sw == NULL || !sw->is_short || !command_takes(command, *p)) {
            if (*p == 'o')
                return wrong(command, reterr, auto_strdup("switch -o needs json or text"));
            return wrong(command, reterr, auto_printf("%s does not know the switch -%c", command->verb, *p));
        }
        if (sw->argument == NULL) {
            args->value[(unsigned char)*p] = "";
            continue;
        }
        if (p[1] == '\0' && next == NULL)
            return wrong(command, reterr, auto_printf("switch -%c needs a value (%s)", *p, sw->argument));
        args->value[(unsigned char)*p] = p[1] != '\0' ? p + 1 : next;
        *i += p[1] == '\0' ? 1 : 0;
        return ERR_OK;
    }
    return ERR_OK;
}

static bool all_digits(const char *word) { return *word != '\0' && word[strspn(word, "0123456789")] == '\0'; }

/* What goes into a request; names of files are whatever bytes they are. */
static bool is_text(const char *word)
{
    for (size_t left = strlen(word), length; left > 0; word += length, left -= length) {
        if ((length = utf8_len(word, left)) == 0)
            return false;
    }
    return true;
}

static err_t check_words(const args_t *args, err_info_t *reterr)
{
    argument_t arg;
    size_t required = 0, most = 0;
    while (command_argument(args->command, most, &arg)) {
        required += arg.optional ? 0 : 1;
        most++;
        if (arg.repeats) {
            most = SIZE_MAX;
            break;
        }
    }
    if (args->count < required) {
        /* the first one that is missing; optional ones before required ones (set_config) take what is left over */
        command_argument(args->command, args->count, &arg);
        return wrong(args->command, reterr, auto_printf("%s is missing", arg.label));
    }
    if (args->count > most)
        return wrong(args->command, reterr, auto_printf("\"%s\" is one word too many", args->words[most]));
    for (size_t n = 0; n < args->count; n++) {
        bool known = command_argument(args->command, n, &arg) && arg.kind != NULL;
        if (known && arg.kind->complete != COMPLETE_FILE && !is_text(args->words[n]))
            return wrong(args->command, reterr, auto_printf("%s is not UTF-8 text", arg.label));
        if (known && arg.kind->number &&
            (!all_digits(args->words[n]) || strlen(args->words[n]) > 18))
            return wrong(args->command, reterr, auto_printf("%s \"%s\" is not a number", arg.label, args->words[n]));
    }
    for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
        const char *value = args_value(args, switches[i].letter);
        if (value != NULL && !is_text(value))
            return wrong(args->command, reterr, auto_printf("value of switch --%.*s is not UTF-8 text",
                                                            (int)strcspn(switches[i].names, ","), switches[i].names));
    }
    if (args_has(args, 'O') && !output_is_format(args_value(args, 'O')))
        return wrong(args->command, reterr, auto_printf("output format \"%s\" is not text or json", args_value(args, 'O')));
    const char *wait = args_value(args, 'W');
    if (wait != NULL && *wait != '\0' && (!all_digits(wait) || strlen(wait) > 6))
        return wrong(args->command, reterr, auto_printf("--wait=%s is not a number of seconds", wait));
    return ERR_OK;
}

err_t command_parse(const command_t *command, char *const *words, size_t count, args_t *ret_args, err_info_t *reterr)
{
    args_t args = {.command = command, .words = auto_calloc(count + 1, sizeof *args.words)};
    bool switches_end = false;
    err_t err = ERR_OK;
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        if (!switches_end && strcmp(words[i], "--") == 0)
            switches_end = true;
        else if (!switches_end && words[i][0] == '-' && words[i][1] != '\0')
            err = parse_switch(command, words, count, &i, &args, reterr);
        else
            args.words[args.count++] = words[i];
    }
    if (err == ERR_OK && !args_has(&args, 'h'))
        err = check_words(&args, reterr);
    if (err != ERR_OK) {
        args_done(&args);
        return err;
    }
    *ret_args = args;
    return ERR_OK;
}

/* Is there a word for the argument that means the same as this switch?  Optional arguments have what the required ones leave over. */
static bool word_for(const args_t *args, const switch_t *sw)
{
    argument_t arg;
    size_t required = 0;
    for (size_t n = 0; command_argument(args->command, n, &arg); n++) {
        required += arg.optional ? 0 : 1;
        if (arg.repeats)
            break;
    }
    size_t spare = args->count > required ? args->count - required : 0;
    for (size_t n = 0; command_argument(args->command, n, &arg); n++) {
        bool given = !arg.optional || spare > 0;
        if (given && arg.kind != NULL && strcmp(arg.kind->kind, sw->argument) == 0)
            return true;
        spare -= arg.optional && spare > 0 ? 1 : 0;
        if (arg.repeats)
            break;
    }
    return false;
}

/* A start-up option counts where neither a switch nor a word says otherwise. */
static void take_defaults(const tool_t *tool, args_t *args)
{
    for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
        const switch_t *sw = &switches[i];
        size_t letter = (unsigned char)sw->letter;
        if (args->value[letter] == NULL && command_takes(args->command, sw->letter) && (sw->argument == NULL || !word_for(args, sw)))
            args->value[letter] = tool->defaults[letter];
    }
}

static int run_parsed(tool_t *tool, args_t *args)
{
    const command_t *command = args->command;
    take_defaults(tool, args);
    output_json(tool->out, args_has(args, 'O') && strcmp(args_value(args, 'O'), "json") == 0);
    if (args_has(args, 'h')) {
        help_command(command, output_file(tool->out));
        return EXIT_OK;
    }
    if ((command->flags & COMMAND_CONFIRMS) != 0) {
        int code = tool_confirm(tool, command->verb, args_has(args, 'f'));
        if (code != EXIT_OK)
            return code;
    }
    return command->handler(tool, args);
}

bool command_obsolete(const char *verb)
{
    static const struct { const char *verb, *why, *instead; } obsolete[] = {
#define OBSOLETE(verb, why, instead) {verb, why, instead},
#include "zone_tool/obsolete.def"
#undef OBSOLETE
    };
    for (size_t i = 0; i < ARRAY_SIZE(obsolete); i++) {
        if (strcmp(obsolete[i].verb, verb) != 0)
            continue;
        output_message("%s is not needed any more: %s", verb, obsolete[i].why);
        fprintf(stderr, "      instead: %s\n", obsolete[i].instead);
        return true;
    }
    return false;
}

int command_run(tool_t *tool, char *const *words, size_t count)
{
    AUTO_ERR info = ERR_INFO_INIT;
    if (count == 0)
        return EXIT_OK;
    interrupt_clear();
    const command_t *command = command_find(words[0]);
    if (command == NULL || !rights_has(tool->rights, command)) {
        if (command != NULL || !command_obsolete(words[0])) {
            output_message("Unknown syntax: %s", words[0]);
            fputs("      help lists the commands\n", stderr);
        }
        return EXIT_USAGE;
    }
    args_t args;
    if (command_parse(command, words + 1, count - 1, &args, &info) != ERR_OK)
        return tool_fail(tool, &info);
    int code = run_parsed(tool, &args);
    output_end(tool->out);
    args_done(&args);
    return code;
}

int command_run_line(tool_t *tool, const char *line)
{
    AUTO_ERR info = ERR_INFO_INIT;
    AUTO_WORDS words = {0};
    if (split_words(line, &words, &info) != ERR_OK)
        return tool_fail(tool, &info);
    return command_run(tool, words.items, words.count);
}
