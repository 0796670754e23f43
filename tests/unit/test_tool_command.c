#include "tests/unit/check_run.h"
#include "zone_tool/command.h"
#include "zone_tool/complete.h"
#include "zone_tool/help.h"
#include "zone_tool/options.h"
#include "zone_tool/rights.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

START_TEST(table_is_sound)
{
    size_t count, switch_count;
    const command_t *commands = command_table(&count);
    const switch_t *switches = command_switches(&switch_count);
    for (size_t i = 0; i < count; i++) {
        const command_t *c = &commands[i];
        ck_assert_ptr_nonnull(c->handler);
        ck_assert_msg(strlen(c->sentence) > 5 && strlen(c->help) > 5, "%s has no help", c->verb);
        ck_assert_msg(islower((unsigned char)c->sentence[0]) && c->sentence[strlen(c->sentence) - 1] != '.',
                      "%s: sentence", c->verb);
        ck_assert_msg(c->help[strlen(c->help) - 1] == '.', "%s: help has no full stop", c->verb);
        ck_assert_ptr_eq(command_find(c->verb), c);
        for (size_t k = 0; k < i; k++) {
            ck_assert_str_ne(commands[k].verb, c->verb);
            if (strcmp(commands[k].group, c->group) == 0)
                ck_assert_msg(strcmp(commands[i - 1].group, c->group) == 0, "group %s is in two places", c->group);
        }
        for (const char *p = c->switches; *p != '\0'; p++)
            ck_assert_msg(command_switch(*p) != NULL, "%s: switch %c is not known", c->verb, *p);
        ck_assert_msg((c->flags & COMMAND_CONFIRMS) == 0 || strchr(c->switches, 'f') != NULL, "%s asks and takes no -f",
                      c->verb);
        argument_t arg;
        for (size_t n = 0; command_argument(c, n, &arg); n++) {
            ck_assert_msg(arg.kind != NULL, "%s: argument %s has no kind", c->verb, arg.label);
            if (arg.repeats)
                break;
        }
        AUTO_FREE char *usage = command_usage(c);
        ck_assert_int_eq(strncmp(usage, c->verb, strlen(c->verb)), 0);
    }
    for (size_t i = 0; i < switch_count; i++) {
        for (size_t k = 0; k < i; k++)
            ck_assert_int_ne(switches[i].letter, switches[k].letter);
        bool used = false;
        for (size_t k = 0; k < count; k++)
            used = used || command_takes(&commands[k], switches[i].letter);
        ck_assert_msg(used, "no command takes switch %c", switches[i].letter);
    }
    const char *verb, *alias;
    for (size_t i = 0; (alias = command_alias(i, &verb)) != NULL; i++) {
        ck_assert_ptr_nonnull(command_find(alias));
        for (size_t k = 0; k < count; k++)
            ck_assert_str_ne(commands[k].verb, alias);
    }
}
END_TEST

static const char *const s_methods[] = {
#define PARAM(...)
#define METHOD(name, ...) #name,
#include "controller/api/methods.def"
#undef METHOD
#undef PARAM
};

static bool is_method(void *arg, const char *method)
{
    (void)arg;
    for (size_t i = 0; i < ARRAY_SIZE(s_methods); i++) {
        if (strcmp(s_methods[i], method) == 0)
            return true;
    }
    return false;
}

static bool is_none(void *arg, const char *method)
{
    (void)arg;
    (void)method;
    return false;
}

/* Each verb has a method that stands for it: else it would never be there where the controller says what is. */
START_TEST(verbs_have_methods)
{
    size_t count;
    const command_t *commands = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        bool local = (commands[i].flags & COMMAND_LOCAL) != 0;
        ck_assert_msg(local || rights_method(&commands[i], is_method, NULL), "%s: no method is called like it, see rights.c", commands[i].verb);
        ck_assert_msg(!rights_method(&commands[i], is_none, NULL), "%s", commands[i].verb);
        ck_assert(rights_has(NULL, &commands[i]));
    }
}
END_TEST

static err_t parse(const char *line, words_t *words, args_t *ret_args, err_info_t *reterr)
{
    ck_assert_int_eq(split_words(line, words, NULL), ERR_OK);
    return command_parse(command_find(words->items[0]), words->items + 1, words->count - 1, ret_args, reterr);
}

START_TEST(switches)
{
    static const struct { const char *line; char letter; const char *value; size_t words; } good[] = {
        {"ls -v", 'v', "", 0},
        {"ls -tv *.example", 't', "", 1},
        {"ls *.example -g one", 'g', "one", 1},
        {"ls -gone", 'g', "one", 0},
        {"ls --sg=one", 'g', "one", 0},
        {"ls --server-group one x", 'g', "one", 1},
        {"ls -- -v", 'v', NULL, 1},
        {"ls -o json", 'O', "json", 0},
        {"ls -vojson", 'O', "json", 0},
        {"ls --output json", 'O', "json", 0},
        {"load_zones -o a b", 'o', "", 2},
        {"load_zones -o json a b", 'O', "json", 2},
        {"load_zones -o json a b", 'o', NULL, 2},
        {"create_zone a --wait", 'W', "", 1},
        {"create_zone a --wait=5 nsec3", 'W', "5", 2},
        {"create_server s 192.0.2.1 --key -abc --port 5353", 'K', "-abc", 2},
        {"show_zone a ^-1", 'v', NULL, 2},
        {"load_zone - a", 'g', NULL, 2},
        {"create_zone -h", 'h', "", 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        AUTO_WORDS words = {0};
        AUTO_ERR info = ERR_INFO_INIT;
        args_t args;
        ck_assert_msg(parse(good[i].line, &words, &args, &info) == ERR_OK, "%s: %s", good[i].line, err_message(&info));
        const char *got = args.value[(unsigned char)good[i].letter];
        ck_assert_msg((got == NULL) == (good[i].value == NULL) && (got == NULL || strcmp(got, good[i].value) == 0),
                      "%s: %c is %s", good[i].line, good[i].letter, got != NULL ? got : "not given");
        ck_assert_msg(args.count == good[i].words, "%s: %zu words", good[i].line, args.count);
        args_done(&args);
    }
}
END_TEST

START_TEST(usage_errors)
{
    static const struct { const char *line, *message; } bad[] = {
        {"ls -x", "ls does not know the switch -x"},
        {"show_config -v", "show_config does not know the switch -v"},
        {"ls --nothing", "ls does not know the switch --nothing"},
        {"ls --wait", "ls does not know the switch --wait"},
        {"ls -g", "switch -g needs a value (sg)"},
        {"ls --sg", "switch --sg needs a value (sg)"},
        {"ls --verbose=1", "switch --verbose takes no value"},
        {"ls -o", "switch -o needs json or text"},
        {"ls --output=xml", "output format \"xml\" is not text or json"},
        {"show_zone", "domain is missing"},
        {"show_zone a b c", "\"c\" is one word too many"},
        {"ls_sg a", "\"a\" is one word too many"},
        {"undelete_zone abc", "zone_id \"abc\" is not a number"},
        {"create_zone a --wait=soon", "--wait=soon is not a number of seconds"},
        {"diff_zone_zi a", "zi is missing"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        AUTO_WORDS words = {0};
        AUTO_ERR info = ERR_INFO_INIT;
        args_t args;
        ck_assert_msg(parse(bad[i].line, &words, &args, &info) == ERR_INVALID_ARGUMENT, "%s", bad[i].line);
        ck_assert_str_eq(info.message, bad[i].message);
        ck_assert_int_eq(err_row(info.code)->exit_code, EXIT_USAGE);
    }
}
END_TEST

static bool has(const words_t *words, const char *text)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->items[i], text) == 0)
            return true;
    }
    return false;
}

START_TEST(completion)
{
    tool_t tool = {0};
    rpc_client_options_t nobody = {.socket = "/nonexistent/dms.sock"};
    ck_assert_int_eq(rpc_client_open(&nobody, &tool.rpc, NULL), ERR_OK);
    static const struct { const char *line, *prefix, *wanted, *unwanted; bool files; } cases[] = {
        {"", "show_z", "show_zone", "ls", false},
        {"help ", "ls_", "ls_zi", "show_zone", false},
        {"ls ", "--", "--server-group", "--wait", false},
        {"create_zone ", "--w", "--wait", "--server-group", false},
        {"create_zone a.example ", "no_", "no_nsec3", "nsec3", false},
        {"create_server --role ", "", "master", "json", false},
        {"create_server s1 192.0.2.1 ", "", "bind9", "master", false},
        {"ls -o ", "", "json", "ls", false},
        {"load_zone ", "/tm", NULL, "ls", true},
        {"show_zone ", "exa", NULL, "example", false}, /* the controller is away: nothing, and no message */
        {"nonsense ", "l", NULL, "ls", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_WORDS words = {0};
        bool files = complete_words(&tool, cases[i].line, cases[i].prefix, &words);
        ck_assert_msg(files == cases[i].files, "%s%s", cases[i].line, cases[i].prefix);
        ck_assert_msg(cases[i].wanted == NULL || has(&words, cases[i].wanted), "%s%s: no %s", cases[i].line,
                      cases[i].prefix, cases[i].wanted);
        ck_assert_msg(!has(&words, cases[i].unwanted), "%s%s: %s", cases[i].line, cases[i].prefix, cases[i].unwanted);
    }
    rpc_client_destroy(&tool.rpc);
}
END_TEST

START_TEST(startup_options)
{
    char tool[] = "zone_tool", f[] = "-f", o[] = "-o", json[] = "json", url[] = "--url=http://127.0.0.1:1",
         wait[] = "--wait=7", ls[] = "ls", v[] = "-v", shell[] = "zone_tool~rnano", bad[] = "--bogus";
    char *all[] = {tool, f, o, json, url, wait, ls, v, NULL};
    options_t options;
    ck_assert_int_eq(options_parse(8, all, &options, NULL), ERR_OK);
    ck_assert_int_eq(options.first, 6);
    ck_assert_str_eq(options.defaults['O'], "json");
    ck_assert_str_eq(options.defaults['W'], "7");
    ck_assert_ptr_nonnull(options.defaults['f']);
    ck_assert_ptr_null(options.defaults['v']);
    ck_assert_str_eq(options.rpc.url, "http://127.0.0.1:1");
    char *origin[] = {tool, o, ls, NULL};
    ck_assert_int_eq(options_parse(3, origin, &options, NULL), ERR_OK);
    ck_assert_ptr_nonnull(options.defaults['o']);
    ck_assert_int_eq(options.first, 2);
    char *login[] = {shell, NULL};
    ck_assert_int_eq(options_parse(1, login, &options, NULL), ERR_OK);
    ck_assert(options.restricted);
    ck_assert_str_eq(options.restricted_editor, "/bin/rnano");
    char *wrong[] = {tool, bad, NULL};
    ck_assert_int_eq(options_parse(2, wrong, &options, NULL), ERR_INVALID_ARGUMENT);
}
END_TEST

/* No password in an argument: everybody sees the arguments of a process. */
START_TEST(no_password_in_url)
{
    AUTO_ERR info = ERR_INFO_INIT;
    rpc_client_t *client = NULL;
    rpc_client_options_t options = {.url = "https://ann:secret@dms.example/admin_dms"};
    ck_assert_int_eq(rpc_client_open(&options, &client, &info), ERR_INVALID_ARGUMENT);
    ck_assert_ptr_null(strstr(info.message, "secret"));
    options.url = "ftp://dms.example/";
    ck_assert_int_eq(rpc_client_open(&options, &client, &info), ERR_INVALID_ARGUMENT);
}
END_TEST

/* The manual page in doc/ is the table's: zone_tool --man > doc/zone_tool.1 */
START_TEST(man_page)
{
    char *made = NULL, *kept = NULL;
    size_t length = 0, cap = 0;
    FILE *to = open_memstream(&made, &length);
    help_man(to);
    fclose(to);
    FILE *file = fopen(DMS_SOURCE_DIR "/doc/zone_tool.1", "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_gt(getdelim(&kept, &cap, '\0', file), 0);
    fclose(file);
    ck_assert_msg(strcmp(made, kept) == 0, "doc/zone_tool.1 is not what zone_tool --man prints");
    free(made);
    free(kept);
}
END_TEST

CHECK_MAIN("tool_command", table_is_sound, verbs_have_methods, switches, usage_errors, completion, startup_options,
           no_password_in_url, man_page)
