#include "shared/err.h"
#include "shared/problem.h"
#include "shared/utf8.h"
#include <stdlib.h>
#include <string.h>

static const err_row_t ROWS[ERR_COUNT] = {
    [ERR_OK] = {"OK", 0, 200, 0, ERR_CLASS_OK, "OK", "done"},
#define ERR(name, rpc, http, exit, class, clname, text) \
    [ERR_##name] = {#name, rpc, http, exit, ERR_CLASS_##class, clname, text},
#include "shared/error.def"
#undef ERR
};

const err_row_t *err_row(err_t code)
{
    return &ROWS[(unsigned)code < ERR_COUNT ? code : ERR_INTERNAL];
}

const char *err_name(err_t code)
{
    return err_row(code)->name;
}

const char *err_text(err_t code)
{
    return err_row(code)->text;
}

static const struct {
    const char *class_name, *parent;
} PARENTS[] = {
#define CLASS(class_name, parent) {class_name, parent},
#include "shared/error_class.def"
#undef CLASS
};

char *err_class_path(err_t code)
{
    const char *name = err_row(code)->class_name;
    char *path = auto_strdup(name);
    for (size_t i = 0; i < ARRAY_SIZE(PARENTS); i++) {
        if (strcmp(PARENTS[i].class_name, name) != 0)
            continue;
        AUTO_FREE char *below = path;
        name = PARENTS[i].parent;
        path = auto_printf("%s.%s", name, below);
        i = SIZE_MAX; /* again from the first row */
    }
    return path;
}

void err_info_done(err_info_t *info)
{
    if (info == NULL)
        return;
    free(info->message);
    free(info->hint);
    for (size_t i = 0; i < info->key_count; i++)
        free(info->keys[i].text);
    problem_list_t *problems = info->problems;
    problem_list_destroy(&problems);
    *info = ERR_INFO_INIT;
}

err_t (err_set)(err_info_t *info, err_t code, const char *fmt, ...)
{
    if (info == NULL)
        return code;
    va_list ap;
    va_start(ap, fmt);
    char *message = auto_vprintf(fmt, ap); /* before the old detail goes: it may be among the arguments */
    va_end(ap);
    utf8_mend(message);
    err_info_done(info);
    info->code = code;
    info->message = message;
    return code;
}

void err_hint(err_info_t *info, const char *fmt, ...)
{
    if (info == NULL)
        return;
    va_list ap;
    va_start(ap, fmt);
    char *hint = auto_vprintf(fmt, ap);
    va_end(ap);
    utf8_mend(hint);
    free(info->hint);
    info->hint = hint;
}

/* A key that is set again replaces the old value; beyond ERR_KEYS_MAX keys are dropped: they are extra detail only. */
static err_key_t *key_slot(err_info_t *info, const char *key)
{
    for (size_t i = 0; i < info->key_count; i++) {
        if (strcmp(info->keys[i].key, key) == 0)
            return &info->keys[i];
    }
    return info->key_count < ERR_KEYS_MAX ? &info->keys[info->key_count++] : NULL;
}

void err_key(err_info_t *info, const char *key, const char *text)
{
    err_key_t *slot = info != NULL && text != NULL ? key_slot(info, key) : NULL;
    if (slot == NULL)
        return;
    char *copy = auto_strdup(text);
    utf8_mend(copy);
    free(slot->text);
    *slot = (err_key_t){.key = key, .text = copy};
}

void err_key_int(err_info_t *info, const char *key, int64_t number)
{
    err_key_t *slot = info != NULL ? key_slot(info, key) : NULL;
    if (slot == NULL)
        return;
    free(slot->text);
    *slot = (err_key_t){.key = key, .number = number};
}

const char *err_message(const err_info_t *info)
{
    return info->message != NULL ? info->message : err_text(info->code);
}
