/* Rows in the text format of COPY: values with tabs between, backslash escapes, \N is null. */
#include "controller/store/db.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void db_copy_done(db_copy_t *copy)
{
    free(copy->text);
    *copy = DB_COPY_INIT;
}

static void put(db_copy_t *copy, const char *text, size_t len)
{
    if (copy->len + len + 1 > copy->cap)
        copy->text = auto_grow(copy->text, &copy->cap, copy->len + len + 1, 1);
    memcpy(copy->text + copy->len, text, len);
    copy->len += len;
}

static void between(db_copy_t *copy)
{
    if (copy->begun)
        put(copy, "\t", 1);
    copy->begun = true;
}

void db_copy_text(db_copy_t *copy, const char *text)
{
    between(copy);
    if (text == NULL) {
        put(copy, "\\N", 2);
        return;
    }
    for (;;) {
        size_t plain = strcspn(text, "\\\t\n\r");
        put(copy, text, plain);
        text += plain;
        if (*text == '\0')
            return;
        put(copy, *text == '\t' ? "\\t" : *text == '\n' ? "\\n" : *text == '\r' ? "\\r" : "\\\\", 2);
        text++;
    }
}

void db_copy_int(db_copy_t *copy, int64_t number)
{
    char text[24];
    between(copy);
    int len = snprintf(text, sizeof(text), "%" PRId64, number);
    put(copy, text, (size_t)len);
}

void db_copy_int_null(db_copy_t *copy, bool not_null, int64_t number)
{
    if (not_null)
        db_copy_int(copy, number);
    else
        db_copy_text(copy, NULL);
}

void db_copy_id(db_copy_t *copy, int64_t id)
{
    db_copy_int_null(copy, id != 0, id);
}

void db_copy_bool(db_copy_t *copy, bool value)
{
    db_copy_text(copy, value ? "t" : "f");
}

void db_copy_double(db_copy_t *copy, double value)
{
    char text[32];
    between(copy);
    int len = snprintf(text, sizeof(text), "%.17g", value);
    put(copy, text, (size_t)len);
}

void db_copy_time(db_copy_t *copy, wall_t t)
{
    char text[WALL_TEXT];
    if (t.us != 0)
        wall_text(t, text);
    db_copy_text(copy, t.us != 0 ? text : NULL);
}

void db_copy_row(db_copy_t *copy)
{
    put(copy, "\n", 1);
    copy->begun = false;
}
