#include "zone_tool/params.h"
#include <stdlib.h>
#include <string.h>

const char *const params_option_names[] = {"use_apex_ns", "edit_lock", "auto_dnssec", "nsec3", "inc_updates", NULL};

json_t *params_name(const args_t *args) { return json_pack("{s:s}", "name", args->words[0]); }

const char *params_zi(const args_t *args, size_t n)
{
    const char *zi = args_value(args, 'z') != NULL ? args_value(args, 'z') : args_word(args, n);
    return zi != NULL && *zi != '\0' ? zi : NULL;
}

json_t *params_name_zi(const args_t *args, size_t n)
{
    json_t *params = params_name(args);
    const char *zi = params_zi(args, n);
    if (zi != NULL && zi[strspn(zi, "0123456789")] == '\0' && strlen(zi) <= 18)
        json_object_set_new(params, "zi_id", json_integer(command_number(zi)));
    else if (zi != NULL)
        json_object_set_new(params, "zi_id", json_string(zi));
    return params;
}

json_t *params_words(const args_t *args, size_t from)
{
    json_t *words = json_array();
    for (size_t i = from; i < args->count; i++)
        json_array_append_new(words, json_string(args->words[i]));
    return words;
}

void params_text(json_t *params, const char *key, const char *value)
{
    if (value != NULL)
        json_object_set_new(params, key, json_string(value));
}

void params_address(json_t *params, const char *key, const char *value)
{
    static const char *const none[] = {"none", "def", "default"};
    for (size_t i = 0; value != NULL && i < ARRAY_SIZE(none); i++) {
        if (strcmp(value, none[i]) == 0)
            return;
    }
    params_text(params, key, value);
}

int params_zone_options(tool_t *tool, const args_t *args, size_t from, json_t *params)
{
    params_text(params, "sg_name", args_value(args, 'g'));
    params_text(params, "reference", args_value(args, 'r'));
    if (args_has(args, 'i'))
        json_object_set_new(params, "inc_updates", json_true());
    for (size_t i = from; i < args->count; i++) {
        const char *word = args->words[i];
        const char *name = strncmp(word, "no_", 3) == 0 ? word + 3 : strncmp(word, "def_", 4) == 0 ? word + 4 : word;
        size_t k = 0;
        while (params_option_names[k] != NULL && strcmp(params_option_names[k], name) != 0)
            k++;
        if (params_option_names[k] == NULL) {
            AUTO_ERR info = ERR_INFO_INIT;
            err_set(&info, ERR_INVALID_ARGUMENT, "\"%s\" is not a zone option", word);
            err_hint(&info, "use_apex_ns edit_lock auto_dnssec nsec3 inc_updates, with no_ or def_ before it");
            return tool_fail(tool, &info);
        }
        json_object_set_new(params, name, *word == 'd' ? json_null() : json_boolean(*word != 'n' || name == word));
    }
    return EXIT_OK;
}
