/* inih reports key and value but not the line, and cuts long lines silently: lines are counted and measured by the
 * reader that feeds it. */
#include "shared/config.h"
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ERRORS_MAX = 50, LINE_MAX_BYTES = 4096 };

typedef struct {
    const config_table_t *table;
    void *values;
    const char *path;
    FILE *in;
    unsigned line;
    bool *seen;      /* per row: set in the file */
    char *errors;    /* one per line */
    size_t error_count;
} loader_t;

typedef struct { const char *suffix; int64_t factor; } unit_t;
static const unit_t DURATIONS[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
static const unit_t SIZES[] = {{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};
static const unit_t PLAIN[] = {{"", 1}, {NULL, 0}};

static const unit_t *units_of(config_type_t type)
{
    switch (type) {
    case CONFIG_DURATION_MS: return DURATIONS;
    case CONFIG_BYTES:       return SIZES;
    default:                 return PLAIN;
    }
}

static const char *form_of(config_type_t type)
{
    switch (type) {
    case CONFIG_INT:         return "a whole number";
    case CONFIG_BOOL:        return "yes or no";
    case CONFIG_DURATION_MS: return "a duration (500ms, 5s, 10m, 2h, 1d)";
    case CONFIG_BYTES:       return "a size (4096, 64K, 10M, 1G)";
    case CONFIG_PATH:        return "an absolute path";
    case CONFIG_TEXT:        break;
    }
    return "a text";
}

static bool number_from_text(const char *text, const unit_t *units, int64_t *ret_number)
{
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (end == text || errno != 0 || !strchr("-0123456789", text[0]))
        return false;
    for (const unit_t *u = units; u->suffix != NULL; u++) {
        if (strcmp(end, u->suffix) == 0)
            return !__builtin_mul_overflow((int64_t)n, u->factor, ret_number);
    }
    return n == 0 && *end == '\0' && (*ret_number = 0, true); /* 0 needs no unit */
}

static bool bool_from_text(const char *text, bool *ret_value)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *ret_value = i % 2 == 1;
            return true;
        }
    }
    return false;
}

/* Largest unit that divides: 90000 ms -> "90s". */
static char *number_text(int64_t n, config_type_t type)
{
    const unit_t *units = units_of(type);
    const unit_t *best = units;
    for (const unit_t *u = units; u->suffix != NULL; u++) {
        if (n != 0 && n % u->factor == 0)
            best = u;
    }
    return auto_printf("%" PRId64 "%s", n / best->factor, best->suffix);
}

static void *member(const config_row_t *row, const void *values)
{
    char *base;
    memcpy(&base, &values, sizeof base); /* config_print reads, config_load writes */
    return base + row->offset;
}

static char *value_text(const config_row_t *row, const void *values)
{
    const void *p = member(row, values);
    switch (row->type) {
    case CONFIG_TEXT:
    case CONFIG_PATH: return auto_strdup(*(char *const *)p);
    case CONFIG_BOOL: return auto_strdup(*(const bool *)p ? "yes" : "no");
    default:          return number_text(*(const int64_t *)p, row->type);
    }
}

/* ", 1s to 1h", ", in seconds", or "" */
static char *range_text(const config_row_t *row)
{
    const char *unit = row->type == CONFIG_INT && row->unit != NULL ? row->unit : "";
    if (row->min == 0 && row->max == 0)
        return auto_printf("%s%s", unit[0] != '\0' ? ", in " : "", unit);
    AUTO_FREE char *min = number_text(row->min, row->type);
    AUTO_FREE char *max = number_text(row->max, row->type);
    return auto_printf(", %s to %s%s%s", min, max, unit[0] != '\0' ? " " : "", unit);
}

/* NULL, or what is wrong. */
static char *value_set(const config_row_t *row, void *values, const char *text)
{
    void *p = member(row, values);
    AUTO_FREE char *range = range_text(row);
    bool ok = true;
    int64_t n = 0;
    switch (row->type) {
    case CONFIG_PATH:
    case CONFIG_TEXT:
        ok = row->type == CONFIG_TEXT || text[0] == '/' || text[0] == '\0';
        if (ok && text[0] != ';') {
            free(*(char **)p);
            *(char **)p = auto_strdup(text);
        }
        ok = ok && text[0] != ';'; /* would be a comment when printed */
        break;
    case CONFIG_BOOL:
        ok = bool_from_text(text, p);
        break;
    case CONFIG_INT:
    case CONFIG_DURATION_MS:
    case CONFIG_BYTES:
        ok = number_from_text(text, units_of(row->type), &n) &&
             ((row->min == 0 && row->max == 0) || (n >= row->min && n <= row->max));
        if (ok)
            *(int64_t *)p = n;
        break;
    }
    return ok ? NULL : auto_printf("\"%s\" is not %s%s", text, form_of(row->type), range);
}

PRINTF(2, 3) static void add_error(loader_t *l, const char *fmt, ...)
{
    if (++l->error_count > ERRORS_MAX)
        return;
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *text = auto_vprintf(fmt, ap);
    va_end(ap);
    AUTO_FREE char *old = l->errors;
    l->errors = auto_printf("%s%s%s:%u: %s", old != NULL ? old : "", old != NULL ? "\n" : "", l->path, l->line, text);
}

static int on_value(void *user, const char *section, const char *key, const char *value)
{
    loader_t *l = user;
    bool section_known = false;
    for (size_t i = 0; i < l->table->count; i++) {
        const config_row_t *row = &l->table->rows[i];
        if (strcmp(row->section, section) != 0)
            continue;
        section_known = true;
        if (strcmp(row->key, key) != 0)
            continue;
        if (l->seen[i]) {
            add_error(l, "[%s] %s stands twice", section, key);
            return 1;
        }
        l->seen[i] = true;
        AUTO_FREE char *wrong = value_set(row, l->values, value);
        if (wrong != NULL)
            add_error(l, "[%s] %s: %s", section, key, wrong);
        return 1;
    }
    if (section_known)
        add_error(l, "[%s] %s: no such key", section, key);
    else
        add_error(l, "[%s] %s: no such section", section, key);
    return 1;
}

/* inih's reader: one line per call, as fgets. */
static char *read_line(char *buffer, int size, void *user)
{
    loader_t *l = user;
    AUTO_FREE char *line = NULL;
    size_t cap = 0;
    ssize_t n = getline(&line, &cap, l->in);
    if (n < 0)
        return NULL;
    l->line++;
    if (n >= size || memchr(line, '\0', (size_t)n) != NULL) {
        add_error(l, "line is longer than %d bytes or is not text", size - 1);
        buffer[0] = '\n'; /* an empty line instead */
        buffer[1] = '\0';
        return buffer;
    }
    memcpy(buffer, line, (size_t)n + 1);
    /* inih takes an indented line as the continuation of a value: we have none, and a stray blank does no harm. */
    size_t blanks = strspn(buffer, " \t");
    memmove(buffer, buffer + blanks, (size_t)n - blanks + 1);
    /* Lines that inih would not understand are reported here, where the line number is known. */
    if (!strchr("[;#\r\n", buffer[0]) && buffer[strcspn(buffer, "=:")] == '\0') {
        add_error(l, "neither [section] nor key = value");
        buffer[0] = '\n';
        buffer[1] = '\0';
    } else if (buffer[0] == '[' && strchr(buffer, ']') == NULL) {
        add_error(l, "section without ]");
        buffer[0] = '\n';
        buffer[1] = '\0';
    }
    return buffer;
}

static err_t open_file(loader_t *l, err_info_t *reterr)
{
    l->in = fopen(l->path, "re");
    if (l->in == NULL)
        return err_set(reterr, ERR_CONFIG, "cannot open configuration file \"%s\": %s", l->path, strerror(errno));
    return ERR_OK;
}

err_t config_load(const config_table_t *table, const char *path, void *values, err_info_t *reterr)
{
    for (size_t i = 0; i < table->count; i++) {
        const config_row_t *row = &table->rows[i];
        AUTO_FREE char *wrong = row->def != NULL ? value_set(row, values, row->def) : NULL;
        if (wrong != NULL)
            return err_set(reterr, ERR_CONFIG, "default of [%s] %s: %s", row->section, row->key, wrong);
    }
    if (path == NULL)
        return ERR_OK;
    AUTO_FREE bool *seen = auto_calloc(table->count, sizeof *seen);
    loader_t l = {.table = table, .values = values, .path = path, .seen = seen};
    err_t err = open_file(&l, reterr);
    if (err != ERR_OK)
        return err;
    AUTO_FILE in = l.in;
    ini_max_line = LINE_MAX_BYTES;
    int bad_line = ini_parse_stream(read_line, &l, on_value, &l);
    AUTO_FREE char *errors = NULL;
    if (ferror(in))
        add_error(&l, "could not be read");
    else if (bad_line != 0 && l.error_count == 0) {
        l.line = bad_line > 0 ? (unsigned)bad_line : 0;
        add_error(&l, "not understood");
    }
    errors = l.errors;
    if (l.error_count == 0)
        return ERR_OK;
    if (l.error_count > ERRORS_MAX)
        err_set(reterr, ERR_CONFIG, "%s\n%zu more errors", errors, l.error_count - ERRORS_MAX);
    else
        err_set(reterr, ERR_CONFIG, "%s", errors);
    err_key(reterr, "file_name", path);
    return ERR_CONFIG;
}

void config_done(const config_table_t *table, void *values)
{
    for (size_t i = 0; i < table->count; i++) {
        const config_row_t *row = &table->rows[i];
        if (row->type != CONFIG_TEXT && row->type != CONFIG_PATH)
            continue;
        char **p = member(row, values);
        free(*p);
        *p = NULL;
    }
}

/* True if this row is the first of its section; rows of one section need not stand together in the table. */
static bool first_of_section(const config_table_t *table, size_t row)
{
    for (size_t i = 0; i < row; i++) {
        if (strcmp(table->rows[i].section, table->rows[row].section) == 0)
            return false;
    }
    return true;
}

typedef void (*print_row_t)(const config_row_t *row, const void *values, FILE *out);

static void print_sections(const config_table_t *table, const char *fmt_section, print_row_t print, const void *values,
                           FILE *out)
{
    for (size_t i = 0; i < table->count; i++) {
        if (!first_of_section(table, i))
            continue;
        fprintf(out, "%s%s%s", fmt_section, table->rows[i].section, fmt_section[0] == '.' ? "\n" : "]\n");
        for (size_t j = i; j < table->count; j++) {
            if (strcmp(table->rows[i].section, table->rows[j].section) == 0)
                print(&table->rows[j], values, out);
        }
    }
}

static void print_value(const config_row_t *row, const void *values, FILE *out)
{
    AUTO_FREE char *text = value_text(row, values);
    if (text == NULL)
        fprintf(out, ";%s =\n", row->key);
    else
        fprintf(out, "%s = %s\n", row->key, text);
}

static void print_sample(const config_row_t *row, const void *values, FILE *out)
{
    (void)values;
    AUTO_FREE char *range = range_text(row);
    fprintf(out, "\n; %s\n; Value: %s%s.\n;%s =%s%s\n", row->sentence, form_of(row->type), range, row->key,
            row->def != NULL && row->def[0] != '\0' ? " " : "", row->def != NULL ? row->def : "");
}

/* roff reads a backslash as an escape and a dot or quote in column 1 as a request. */
static void print_roff(const char *text, FILE *out)
{
    if (text[0] == '.' || text[0] == '\'')
        fputs("\\&", out);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
    }
}

static void print_man(const config_row_t *row, const void *values, FILE *out)
{
    (void)values;
    AUTO_FREE char *range = range_text(row);
    fputs(".TP\n.B ", out);
    print_roff(row->key, out);
    fputc('\n', out);
    print_roff(row->sentence, out);
    fputs(".\nValue: ", out);
    print_roff(form_of(row->type), out);
    print_roff(range, out);
    fputs(".\n", out);
    if (row->def != NULL && row->def[0] != '\0') {
        fputs("Default: ", out);
        print_roff(row->def, out);
        fputs(".\n", out);
    }
}

void config_print(const config_table_t *table, const void *values, FILE *out)
{
    print_sections(table, "[", print_value, values, out);
}

void config_sample(const config_table_t *table, FILE *out)
{
    fprintf(out, "; Configuration of %s: %s\n; Commented lines show the defaults.\n\n", table->program, table->summary);
    print_sections(table, "[", print_sample, NULL, out);
}

void config_man(const config_table_t *table, FILE *out)
{
    fputs(".SH CONFIGURATION\n"
          "The file is in INI format: sections in brackets, key = value, comments after a semicolon.\n", out);
    print_sections(table, ".SS ", print_man, NULL, out);
}
