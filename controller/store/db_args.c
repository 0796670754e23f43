/* Parameters and array literals in PostgreSQL's text format. */
#include "controller/store/db.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void db_args_done(db_args_t *args)
{
    for (size_t i = 0; i < args->count; i++)
        free(args->owned[i]);
    *args = DB_ARGS_INIT;
}

void db_arg_text(db_args_t *args, const char *text)
{
    assert(args->count < DB_ARGS_MAX);
    args->values[args->count++] = text;
}

static void arg_owned(db_args_t *args, char *text)
{
    assert(args->count < DB_ARGS_MAX);
    args->owned[args->count] = text;
    args->values[args->count++] = text;
}

void db_arg_int(db_args_t *args, int64_t number)
{
    arg_owned(args, auto_printf("%" PRId64, number));
}

void db_arg_int_null(db_args_t *args, bool not_null, int64_t number)
{
    if (not_null)
        db_arg_int(args, number);
    else
        db_arg_text(args, NULL);
}

void db_arg_id(db_args_t *args, int64_t id)
{
    db_arg_int_null(args, id != 0, id);
}

void db_arg_bool(db_args_t *args, bool value)
{
    db_arg_text(args, value ? "t" : "f");
}

void db_arg_double(db_args_t *args, double value)
{
    arg_owned(args, auto_printf("%.17g", value)); /* 17 digits: the same double comes back */
}

static char *time_text(wall_t t)
{
    char *text = auto_malloc(WALL_TEXT);
    wall_text(t, text);
    return text;
}

void db_arg_time(db_args_t *args, wall_t t)
{
    if (t.us != 0)
        arg_owned(args, time_text(t));
    else
        db_arg_text(args, NULL);
}

/* ---- arrays: {"a","b",NULL} */

static char *array_room(db_array_t *array, size_t size)
{
    array->text = auto_grow(array->text, &array->cap, array->len + size + 3, 1); /* comma, brace, NUL */
    array->text[array->len++] = array->count++ == 0 ? '{' : ',';
    return array->text + array->len;
}

static void array_raw(db_array_t *array, const char *text)
{
    size_t len = strlen(text);
    memcpy(array_room(array, len), text, len);
    array->len += len;
}

void db_array_text(db_array_t *array, const char *text)
{
    if (text == NULL) {
        array_raw(array, "NULL");
        return;
    }
    char *start = array_room(array, 2 * strlen(text) + 2);
    char *p = start;
    *p++ = '"';
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            *p++ = '\\';
        *p++ = *text;
    }
    *p++ = '"';
    array->len += (size_t)(p - start);
}

void db_array_int(db_array_t *array, int64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, number);
    array_raw(array, text);
}

void db_array_int_null(db_array_t *array, bool not_null, int64_t number)
{
    if (not_null)
        db_array_int(array, number);
    else
        array_raw(array, "NULL");
}

void db_array_id(db_array_t *array, int64_t id)
{
    db_array_int_null(array, id != 0, id);
}

void db_array_bool(db_array_t *array, bool value)
{
    array_raw(array, value ? "t" : "f");
}

void db_array_double(db_array_t *array, double value)
{
    char text[40];
    snprintf(text, sizeof(text), "%.17g", value);
    array_raw(array, text);
}

void db_array_time(db_array_t *array, wall_t t)
{
    char text[WALL_TEXT];
    wall_text(t, text);
    db_array_text(array, t.us != 0 ? text : NULL);
}

void db_arg_array(db_args_t *args, db_array_t *array)
{
    if (array->count == 0) {
        free(array->text);
        db_arg_text(args, "{}");
    } else {
        array->text[array->len] = '}';
        array->text[array->len + 1] = '\0';
        arg_owned(args, array->text);
    }
    *array = DB_ARRAY_INIT;
}

void db_arg_ints(db_args_t *args, const int64_t *numbers, size_t count)
{
    db_array_t array = DB_ARRAY_INIT;
    for (size_t i = 0; i < count; i++)
        db_array_int(&array, numbers[i]);
    db_arg_array(args, &array);
}

void db_arg_serials(db_args_t *args, const uint32_t *serials, size_t count)
{
    db_array_t array = DB_ARRAY_INIT;
    for (size_t i = 0; i < count; i++)
        db_array_id(&array, serials[i]);
    db_arg_array(args, &array);
}

void db_arg_texts(db_args_t *args, const char *const *texts, size_t count)
{
    db_array_t array = DB_ARRAY_INIT;
    for (size_t i = 0; i < count; i++)
        db_array_text(&array, texts[i]);
    db_arg_array(args, &array);
}

/* "*.example.?" -> LIKE pattern; % _ \ are ordinary characters in names. */
char *db_like(const char *wildcards)
{
    char *pattern = auto_malloc(2 * strlen(wildcards) + 1);
    char *p = pattern;
    for (; *wildcards != '\0'; wildcards++) {
        if (strchr("%_\\", *wildcards) != NULL)
            *p++ = '\\';
        *p++ = *wildcards == '*' ? '%' : *wildcards == '?' ? '_' : *wildcards;
    }
    *p = '\0';
    return pattern;
}
