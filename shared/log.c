/* Levels are syslog's.  Configuration is set once at start (and by the tests); log_write only reads it, so threads
 * need no lock: one line is one write. */
#include "shared/log.h"
#include "shared/clock.h"
#include <ctype.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

enum { FIELDS_MAX = 4 };
static const char *const FIELDS[FIELDS_MAX] = {"zone", "server", "event", "change"};
static const char *const NAMES[] = {
    [LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_NOTICE] = "notice",
    [LOG_LEVEL_INFO] = "info",   [LOG_LEVEL_DEBUG] = "debug",
};

static struct {
    char program[64];
    atomic_int level;
    bool journal;
    log_sink_t sink;
    void *sink_arg;
} log_state = {.program = "dms", .level = LOG_LEVEL_INFO};

/* JOURNAL_STREAM is "device:inode" of the journal's socket; it is inherited: standard error must be that very file. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
        return false;
    AUTO_FREE char *mine = auto_printf("%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(stream, mine) == 0;
}

void log_open(const char *program, log_level_t level)
{
    snprintf(log_state.program, sizeof log_state.program, "%s", program);
    atomic_store(&log_state.level, (int)level);
    log_state.journal = stderr_is_journal();
}

void log_set_level(log_level_t level)
{
    atomic_store(&log_state.level, (int)level);
}

void log_set_sink(log_sink_t sink, void *arg)
{
    log_state.sink = sink;
    log_state.sink_arg = arg;
}

bool log_level_from_text(const char *text, log_level_t *ret_level)
{
    for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
        if (strcasecmp(text, NAMES[level]) == 0) {
            *ret_level = (log_level_t)level;
            return true;
        }
    }
    return false;
}

/* Find " key=" in text and give its value up to the next blank. */
static bool find_field(const char *text, const char *key, const char **ret_value, size_t *ret_len)
{
    size_t n = strlen(key);
    for (const char *p = text; (p = strstr(p, key)) != NULL; p += n) {
        if ((p == text || p[-1] == ' ') && p[n] == '=') {
            *ret_value = p + n + 1;
            *ret_len = strcspn(*ret_value, " \t\n");
            return *ret_len > 0;
        }
    }
    return false;
}

static void to_journal(log_level_t level, const char *text)
{
    struct iovec iov[4 + FIELDS_MAX];
    char *parts[ARRAY_SIZE(iov)];
    int n = 0;
    parts[n++] = auto_printf("MESSAGE=%s", text);
    parts[n++] = auto_printf("PRIORITY=%d", (int)level);
    parts[n++] = auto_printf("SYSLOG_IDENTIFIER=%s", log_state.program);
    parts[n++] = auto_printf("SYSLOG_FACILITY=%d", LOG_LOCAL7 >> 3);
    for (size_t i = 0; i < FIELDS_MAX; i++) {
        const char *value;
        size_t len;
        if (!find_field(text, FIELDS[i], &value, &len))
            continue;
        parts[n] = auto_printf("%s=%.*s", FIELDS[i], (int)len, value);
        for (char *p = parts[n]; *p != '='; p++)
            *p = (char)toupper((unsigned char)*p);
        n++;
    }
    for (int i = 0; i < n; i++)
        iov[i] = (struct iovec){parts[i], strlen(parts[i])};
    sd_journal_sendv(iov, n); /* nowhere to report a failure to */
    for (int i = 0; i < n; i++)
        free(parts[i]);
}

/* Input of others is quoted in log lines: control characters must not forge lines or move a terminal's cursor. */
static void make_printable(char *text)
{
    for (char *p = text; *p != '\0'; p++) {
        if (iscntrl((unsigned char)*p) && *p != '\t')
            *p = *p == '\n' && p[1] != '\0' ? '|' : ' ';
    }
}

void log_write(log_level_t level, const char *fmt, ...)
{
    if ((int)level > atomic_load_explicit(&log_state.level, memory_order_relaxed))
        return;
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *text = auto_vprintf(fmt, ap);
    va_end(ap);
    make_printable(text);
    if (log_state.sink != NULL) {
        log_state.sink(log_state.sink_arg, level, text);
        return;
    }
    if (log_state.journal) {
        to_journal(level, text);
        return;
    }
    char time[WALL_TEXT];
    wall_text(clock_wall(NULL), time);
    AUTO_FREE char *line = auto_printf("%s %s %s: %s\n", time, log_state.program, NAMES[level], text);
    if (write(STDERR_FILENO, line, strlen(line)) < 0)
        return; /* nowhere to report it to */
}
