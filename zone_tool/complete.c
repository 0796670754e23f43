#include "zone_tool/complete.h"
#include "zone_tool/params.h"
#include "zone_tool/rights.h"
#include <stdlib.h>
#include <string.h>

static void offer(words_t *words, const char *text, const char *prefix)
{
    if (strncasecmp(text, prefix, strlen(prefix)) == 0)
        split_add(words, text, strlen(text));
}

static void verbs(const tool_t *tool, const char *prefix, words_t *words)
{
    size_t count;
    const command_t *commands = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (rights_has(tool->rights, &commands[i]))
            offer(words, commands[i].verb, prefix);
    }
}

static void names(const tool_t *tool, const char *kind, const char *prefix, words_t *words)
{
    json_auto_t *list = NULL;
    size_t i;
    json_t *name;
    json_t *params = json_pack("{s:s s:s s:i}", "kind", kind, "prefix", prefix, "limit", COMPLETE_NAMES);
    if (params == NULL || rpc_client_call(tool->rpc, "list_names", params, COMPLETE_TIMEOUT_MS, &list, NULL) != ERR_OK)
        return;
    json_array_foreach(list, i, name) {
        if (json_is_string(name))
            offer(words, json_string_value(name), prefix);
    }
}

static void config_keys(const tool_t *tool, const char *prefix, words_t *words)
{
    json_auto_t *list = NULL;
    size_t i;
    json_t *item;
    if (rpc_client_call(tool->rpc, "show_config", json_object(), COMPLETE_TIMEOUT_MS, &list, NULL) != ERR_OK)
        return;
    json_array_foreach(list, i, item) {
        if (json_is_null(json_object_get(item, "sg_name")) && json_is_string(json_object_get(item, "key")))
            offer(words, json_string_value(json_object_get(item, "key")), prefix);
    }
}

static bool by_kind(const tool_t *tool, complete_t kind, const char *prefix, words_t *words)
{
    static const char *const prefixes[] = {"", "no_", "def_"};
    switch (kind) {
    case COMPLETE_ZONE: names(tool, "zone", prefix, words); break;
    case COMPLETE_SERVER: names(tool, "server", prefix, words); break;
    case COMPLETE_SG: names(tool, "sg", prefix, words); break;
    case COMPLETE_REFERENCE: names(tool, "reference", prefix, words); break;
    case COMPLETE_CONFIG_KEY: config_keys(tool, prefix, words); break;
    case COMPLETE_VERB: verbs(tool, prefix, words); break;
    case COMPLETE_OPTION:
        for (size_t p = 0; p < ARRAY_SIZE(prefixes); p++) {
            for (size_t i = 0; params_option_names[i] != NULL; i++) {
                AUTO_FREE char *option = auto_printf("%s%s", prefixes[p], params_option_names[i]);
                offer(words, option, prefix);
            }
        }
        break;
    case COMPLETE_ROLE: offer(words, "slave", prefix), offer(words, "master", prefix), offer(words, "replica", prefix); break;
    case COMPLETE_FORMAT: offer(words, "json", prefix), offer(words, "text", prefix); break;
    case COMPLETE_SERVER_TYPE: offer(words, "bind9", prefix), offer(words, "nsd4", prefix); break;
    case COMPLETE_FILE: return true;
    case COMPLETE_NONE: break;
    }
    return false;
}

static void switches(const command_t *command, const char *prefix, words_t *words)
{
    size_t count;
    const switch_t *table = command_switches(&count);
    for (size_t i = 0; i < count; i++) {
        if (!command_takes(command, table[i].letter))
            continue;
        AUTO_FREE char *name = auto_printf("--%.*s", (int)strcspn(table[i].names, ","), table[i].names);
        offer(words, name, prefix);
    }
}

/* Does this word take the next one as its value? */
static const switch_t *open_switch(const command_t *command, const char *word)
{
    size_t count;
    const switch_t *table = command_switches(&count);
    for (size_t i = 0; i < count; i++) {
        if (!command_takes(command, table[i].letter) || table[i].argument == NULL || table[i].argument[0] == '?')
            continue;
        if (word[0] == '-' && word[1] == table[i].letter && word[2] == '\0' && table[i].is_short)
            return &table[i];
        size_t name = strcspn(table[i].names, ",");
        if (strncmp(word, "--", 2) == 0 && strlen(word) == name + 2 && strncmp(word + 2, table[i].names, name) == 0)
            return &table[i];
    }
    return NULL;
}

bool complete_words(tool_t *tool, const char *line, const char *prefix, words_t *ret_words)
{
    AUTO_WORDS before = {0};
    if (split_words(line, &before, NULL) != ERR_OK)
        return false;
    if (before.count == 0) {
        verbs(tool, prefix, ret_words);
        return false;
    }
    const command_t *command = command_find(before.items[0]);
    if (command == NULL)
        return false;
    size_t n = 0;
    for (size_t i = 1; i < before.count; i++) {
        const switch_t *sw = open_switch(command, before.items[i]);
        if (sw != NULL && i + 1 == before.count)
            return by_kind(tool, sw->complete, prefix, ret_words);
        if (sw != NULL)
            i++;
        else if (before.items[i][0] != '-')
            n++;
    }
    if (strcmp(before.items[before.count - 1], "-o") == 0)
        return by_kind(tool, COMPLETE_FORMAT, prefix, ret_words);
    if (*prefix == '-') {
        switches(command, prefix, ret_words);
        return false;
    }
    argument_t arg, next;
    if (!command_argument(command, n, &arg) || arg.kind == NULL)
        return false;
    /* an optional word before one that must be there may be left out: set_config [sg] config_key value */
    if (arg.optional && command_argument(command, n + 1, &next) && !next.optional && next.kind != NULL)
        by_kind(tool, next.kind->complete, prefix, ret_words);
    return by_kind(tool, arg.kind->complete, prefix, ret_words);
}
