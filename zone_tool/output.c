#include "zone_tool/output.h"
#include "zone_tool/pager.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { COLUMNS = 70, INDENT = 8 };

struct output {
    FILE *file; /* memory stream over text */
    char *text;
    size_t length;
    bool json, tty, restricted;
};

output_t *output_new(void)
{
    output_t *self = auto_calloc(1, sizeof *self);
    const char *term = getenv("TERM");
    self->tty = isatty(STDOUT_FILENO) == 1 && (term == NULL || strcmp(term, "dumb") != 0);
    self->file = open_memstream(&self->text, &self->length);
    if (self->file == NULL)
        abort();
    return self;
}

void output_destroy(output_t **self)
{
    if (*self == NULL)
        return;
    fclose((*self)->file);
    free((*self)->text);
    free(*self);
    *self = NULL;
}

bool output_is_format(const char *word) { return word != NULL && (strcmp(word, "json") == 0 || strcmp(word, "text") == 0); }
void output_json(output_t *self, bool json) { self->json = json; }
bool output_is_json(const output_t *self) { return self->json; }
bool output_tty(const output_t *self) { return self->tty; }
bool output_colour(const output_t *self)
{
    const char *no = getenv("NO_COLOR");
    return self->tty && (no == NULL || *no == '\0');
}
void output_restrict(output_t *self) { self->restricted = true; }
FILE *output_file(output_t *self) { return self->file; }

static void show(output_t *self, bool page)
{
    fflush(self->file);
    size_t length = (size_t)ftell(self->file);
    if (length > 0 && !(page && self->tty && pager_show(self->text, length, self->restricted))) {
        fwrite(self->text, 1, length, stdout);
        fflush(stdout);
    }
    rewind(self->file);
}

void output_flush(output_t *self) { show(self, false); }
void output_end(output_t *self) { show(self, true); }

void output_print_json(output_t *self, const json_t *value)
{
    json_dumpf(value, self->file, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    fputc('\n', self->file);
}

void output_wrap(FILE *to, const char *text, const char *first_indent, const char *indent, int columns)
{
    fputs(first_indent, to);
    int column = (int)strlen(first_indent);
    bool fresh = true;
    for (const char *p = text; *p != '\0';) {
        if (*p == '\n') {
            fprintf(to, "\n%s", indent);
            column = (int)strlen(indent);
            fresh = true;
            p++;
            continue;
        }
        if (*p == ' ') {
            p++;
            continue;
        }
        int length = (int)strcspn(p, " \n");
        if (!fresh && column + 1 + length > columns) {
            fprintf(to, "\n%s", indent);
            column = (int)strlen(indent);
            fresh = true;
        }
        fprintf(to, "%s%.*s", fresh ? "" : " ", length, p);
        column += length + (fresh ? 0 : 1);
        fresh = false;
        p += length;
    }
    fputc('\n', to);
}

void output_message(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *text = auto_vprintf(fmt, ap);
    va_end(ap);
    fflush(stdout);
    output_wrap(stderr, text, "***   ", "      ", COLUMNS);
}

/* line:col, message, marked line, how to mend it; count: of all, also those that are not in the list */
static void print_problems(const json_t *problems, size_t count)
{
    size_t i;
    json_t *problem;
    json_array_foreach(problems, i, problem) {
        const char *message = json_string_value(json_object_get(problem, "message"));
        const char *hint = json_string_value(json_object_get(problem, "hint"));
        const char *severity = json_string_value(json_object_get(problem, "severity"));
        const char *marked = json_string_value(json_object_get(problem, "marked_input_line"));
        json_int_t line = json_integer_value(json_object_get(problem, "lineno"));
        json_int_t col = json_integer_value(json_object_get(problem, "col"));
        AUTO_FREE char *where = line > 0 ? auto_printf("%lld:%lld: ", (long long)line, (long long)col) : auto_strdup("");
        AUTO_FREE char *text = auto_printf("%s%s%s", where,
                                           severity != NULL && strcmp(severity, "warning") == 0 ? "warning: " : "",
                                           message != NULL ? message : "");
        output_wrap(stderr, text, "      ", "          ", COLUMNS);
        if (marked != NULL)
            fprintf(stderr, "          | %s\n", marked); /* as it stands: columns matter */
        if (hint != NULL) {
            const char *rfc = json_string_value(json_object_get(problem, "rfc"));
            AUTO_FREE char *both = rfc != NULL && strstr(hint, "RFC") == NULL ? auto_printf("%s (%s)", hint, rfc) : auto_strdup(hint);
            output_wrap(stderr, both, "          ", "          ", COLUMNS);
        }
    }
    if (count > json_array_size(problems))
        fprintf(stderr, "      and %zu more\n", count - json_array_size(problems));
}

static size_t number(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 ? (size_t)value : 0;
}

void output_warnings(const json_t *receipt)
{
    const json_t *warnings = json_object_get(receipt, "warnings");
    if (json_array_size(warnings) == 0)
        return;
    output_message("%s", json_array_size(warnings) == 1 ? "done, with a warning:" : "done, with warnings:");
    print_problems(warnings, number(receipt, "warning_count"));
}

/* Verbs are this program's words, so that advice that names them stands here. */
static const char *advice(err_t code)
{
    static const char *const hints[ERR_COUNT] = {
#define HINT(name, text) [ERR_##name] = text,
#include "zone_tool/hints.def"
#undef HINT
    };
    return hints[code];
}

void output_error(output_t *self, const err_info_t *info, const json_t *error)
{
    output_flush(self);
    if (self->json && error != NULL) {
        json_dumpf(error, stderr, JSON_INDENT(2) | JSON_SORT_KEYS);
        fputc('\n', stderr);
        return;
    }
    output_message("%s", err_message(info));
    const char *hint = info->hint != NULL ? info->hint : error != NULL ? advice(info->code) : NULL;
    if (hint != NULL)
        output_wrap(stderr, hint, "      ", "      ", COLUMNS);
    const json_t *data = json_object_get(error, "data"), *problems = json_object_get(data, "problems");
    /* one problem that only repeats the message needs no list, unless it shows the place */
    const json_t *only = json_array_get(problems, 0);
    if (json_array_size(problems) > 1 || json_is_string(json_object_get(only, "marked_input_line")) ||
        json_is_string(json_object_get(only, "hint")))
        print_problems(problems, number(data, "error_count") + number(data, "warning_count"));
}

bool output_parse_time(const char *text, wall_t *ret_time)
{
    struct tm tm = {0};
    int us = 0, length = 0, sign = 1, hours = 0, minutes = 0;
    if (text == NULL || strlen(text) < 19 || text[4] != '-' || text[10] != ' ')
        return false;
    const char *rest = strptime(text, "%Y-%m-%d %H:%M:%S", &tm);
    if (rest == NULL)
        return false;
    if (*rest == '.') {
        if (sscanf(rest, ".%6d%n", &us, &length) != 1) // NOLINT(cert-err34-c): six digits fit
            return false;
        for (int digits = length - 1; digits < 6; digits++)
            us *= 10;
        rest += length;
    }
    if (*rest == '+' || *rest == '-') {
        sign = *rest == '-' ? -1 : 1;
        // NOLINTNEXTLINE(cert-err34-c): two digits fit
        if (sscanf(rest + 1, "%2d:%2d%n", &hours, &minutes, &length) != 2 && sscanf(rest + 1, "%2d%n", &hours, &length) != 1)
            return false;
        rest += 1 + length;
    }
    if (*rest != '\0')
        return false;
    int64_t seconds = (int64_t)timegm(&tm) - sign * (hours * 3600 + minutes * 60);
    *ret_time = (wall_t){seconds * 1000000 + us};
    return true;
}

char *output_value(const json_t *value)
{
    if (json_is_string(value)) {
        wall_t when;
        if (!output_parse_time(json_string_value(value), &when))
            return auto_strdup(json_string_value(value));
        time_t seconds = (time_t)(when.us / 1000000);
        struct tm tm;
        char text[64];
        localtime_r(&seconds, &tm);
        strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &tm);
        return auto_strdup(text);
    }
    if (json_is_boolean(value))
        return auto_strdup(json_is_true(value) ? "True" : "False");
    if (json_is_integer(value))
        return auto_printf("%lld", (long long)json_integer_value(value));
    if (json_is_array(value)) {
        char *all = auto_strdup("");
        size_t i;
        json_t *item;
        json_array_foreach(value, i, item) {
            AUTO_FREE char *before = all;
            AUTO_FREE char *one = output_value(item);
            all = auto_printf("%s%s%s", before, i > 0 ? " " : "", one);
        }
        return all;
    }
    if (json_is_object(value) || json_is_real(value)) {
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        return text != NULL ? text : auto_strdup("");
    }
    return auto_strdup("None");
}

char *output_member(const json_t *object, const char *key, const char *none)
{
    const json_t *value = json_object_get(object, key);
    return value == NULL || json_is_null(value) ? auto_strdup(none) : output_value(value);
}

static void attribute(output_t *self, const char *key, const json_t *value, int width)
{
    AUTO_FREE char *name = auto_printf("%s:", key);
    AUTO_FREE char *text = output_value(value);
    if (strchr(text, '\n') != NULL || strlen(text) > 200) {
        fprintf(self->file, "%*s%s\n", INDENT, "", name);
        output_wrap(self->file, text, "                ", "                ", COLUMNS + INDENT);
    } else {
        fprintf(self->file, "%*s%-*s %s\n", INDENT, "", width, name, text);
    }
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

void output_attributes(output_t *self, const json_t *object, int width, const char *first, const char *last)
{
    size_t count = 0;
    AUTO_FREE const char **keys = auto_calloc(json_object_size(object) + 1, sizeof *keys);
    for (void *it = json_object_iter((json_t *)(uintptr_t)object); it != NULL;
         it = json_object_iter_next((json_t *)(uintptr_t)object, it))
        keys[count++] = json_object_iter_key(it);
    qsort(keys, count, sizeof *keys, by_text);
    if (first != NULL && json_object_get(object, first) != NULL)
        attribute(self, first, json_object_get(object, first), width);
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, keys[i]);
        bool done = (first != NULL && strcmp(keys[i], first) == 0) || (last != NULL && strcmp(keys[i], last) == 0);
        bool structure = json_is_object(value) || (json_is_array(value) && json_is_object(json_array_get(value, 0)));
        if (!done && !structure)
            attribute(self, keys[i], value, width);
    }
    if (last != NULL && json_object_get(object, last) != NULL)
        attribute(self, last, json_object_get(object, last), width);
}
