/* Results in PostgreSQL's text format -> C values. */
#include "controller/store/db_priv.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

void db_rows_destroy(db_rows_t **self)
{
    if (*self == NULL)
        return;
    PQclear((*self)->result);
    free(*self);
    *self = NULL;
}

size_t db_rows_count(const db_rows_t *self)
{
    return (size_t)PQntuples(self->result);
}

bool db_null(const db_rows_t *self, size_t row, int col)
{
    assert(row < db_rows_count(self) && col < PQnfields(self->result));
    return PQgetisnull(self->result, (int)row, col) == 1;
}

const char *db_text(const db_rows_t *self, size_t row, int col)
{
    return db_null(self, row, col) ? NULL : PQgetvalue(self->result, (int)row, col);
}

char *db_dup(const db_rows_t *self, size_t row, int col)
{
    return auto_strdup(db_text(self, row, col));
}

int64_t db_int(const db_rows_t *self, size_t row, int col)
{
    const char *text = db_text(self, row, col);
    return text == NULL ? 0 : strtoll(text, NULL, 10);
}

bool db_bool(const db_rows_t *self, size_t row, int col)
{
    const char *text = db_text(self, row, col);
    return text != NULL && *text == 't';
}

double db_double(const db_rows_t *self, size_t row, int col)
{
    const char *text = db_text(self, row, col);
    return text == NULL ? 0 : strtod(text, NULL);
}

/* Days since 1970-01-01 of a proleptic Gregorian date (years from March make the leap day the last one). */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* "2026-11-23 08:00:00.123456+00": db_open fixed TimeZone to UTC and DateStyle to ISO. */
wall_t db_time(const db_rows_t *self, size_t row, int col)
{
    const char *text = db_text(self, row, col);
    int year, month, day, hour, minute, second, used = 0;
    if (text == NULL) /* NULL column */
        return (wall_t){0};
    // NOLINTNEXTLINE(cert-err34-c): a timestamp that PostgreSQL has written is in range
    if (sscanf(text, "%d-%d-%d %d:%d:%d%n", &year, &month, &day, &hour, &minute, &second, &used) != 6)
        return (wall_t){0};
    int64_t us = 0;
    if (text[used] == '.') {
        int64_t unit = 100000;
        for (const char *p = text + used + 1; *p >= '0' && *p <= '9'; p++, unit /= 10)
            us += (*p - '0') * unit;
    }
    int64_t seconds = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    return (wall_t){seconds * 1000000 + us};
}

/* One element of an array literal; returns what follows it. */
static const char *array_element(const char *p, char **ret_item)
{
    char *item = auto_malloc(strlen(p) + 1);
    size_t len = 0;
    bool quoted = *p == '"';
    if (quoted)
        p++;
    while (*p != '\0' && (quoted ? *p != '"' : *p != ',' && *p != '}')) {
        if (*p == '\\' && p[1] != '\0')
            p++;
        item[len++] = *p++;
    }
    item[len] = '\0';
    *ret_item = item;
    return quoted && *p == '"' ? p + 1 : p;
}

size_t db_text_array(const db_rows_t *self, size_t row, int col, char ***ret_items)
{
    const char *p = db_text(self, row, col);
    char **items = NULL;
    size_t count = 0, cap = 0;
    if (p != NULL && *p == '{' && p[1] != '}') {
        do {
            items = auto_grow(items, &cap, count + 1, sizeof(*items));
            p = array_element(p + 1, &items[count++]);
        } while (*p == ',');
    }
    *ret_items = items;
    return count;
}
