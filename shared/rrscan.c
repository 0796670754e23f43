/* A scanner is 200 kB and takes 4 us to set up, ten times as long as a record: each thread keeps one.  It is thrown
 * away after any error, so that no half-read state can reach the next line. */
#include "shared/rrscan.h"
#include <assert.h>
#include <libzscanner/scanner.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { TXT = 16, SPF = 99 };

static pthread_once_t s_once = PTHREAD_ONCE_INIT;
static pthread_key_t s_key; /* frees the scanner when its thread ends */
static _Thread_local zs_scanner_t *t_scanner;

static void scanner_free(void *scanner)
{
    zs_deinit(scanner);
    free(scanner);
}

static void key_create(void)
{
    int failed = pthread_key_create(&s_key, scanner_free);
    assert(failed == 0);
    (void)failed;
}

static zs_scanner_t *scanner_get(void)
{
    if (t_scanner != NULL)
        return t_scanner;
    pthread_once(&s_once, key_create);
    t_scanner = auto_malloc(sizeof *t_scanner);
    int failed = zs_init(t_scanner, ".", 1, 0);
    assert(failed == 0);
    (void)failed;
    pthread_setspecific(s_key, t_scanner);
    return t_scanner;
}

static const char *scanner_drop(const char *reason)
{
    pthread_setspecific(s_key, NULL);
    scanner_free(t_scanner);
    t_scanner = NULL;
    return reason;
}

/* libzscanner's words, with the number where there is a limit. */
static const char *reason_text(int code)
{
    switch (code) {
    case ZS_LABEL_OVERFLOW: return "label is longer than 63 octets";
    case ZS_DNAME_OVERFLOW: return "domain name is longer than 255 octets";
    case ZS_TEXT_OVERFLOW:  return "string is longer than 255 octets";
    default:                return zs_strerror(code);
    }
}

/* libzscanner cuts a longer string in pieces without a word; "owner type strings" */
static bool string_too_long(const char *line, const char *end)
{
    size_t n = 0;
    size_t words = 0;
    bool quoted = false;
    for (const char *p = line; p < end; p++) {
        if (*p == ' ' && !quoted) {
            words += p > line && p[-1] != ' ';
            n = 0;
        } else if (*p == '"') {
            quoted = !quoted;
            n = 0;
        } else {
            if (*p == '\\')
                p += p + 1 < end && p[1] >= '0' && p[1] <= '9' ? 3 : 1;
            if (++n > 255 && words >= 2)
                return true;
        }
    }
    return false;
}

const char *rrscan_line(const char *line, size_t len, const uint8_t *origin, size_t origin_len, rrscan_t *ret)
{
    assert(len > 0 && line[len - 1] == '\n');
    zs_scanner_t *s = scanner_get();
    if (line[0] == '$' || memchr(line, '\n', len - 1) != NULL || origin_len > ZS_MAX_DNAME_LENGTH)
        return "not a record";
    memcpy(s->zone_origin, origin, origin_len);
    s->zone_origin_length = (uint32_t)origin_len;
    if (zs_set_input_string(s, line, len) != 0)
        return scanner_drop("not a record");
    int failed = zs_parse_record(s);
    if (failed != 0 || s->state == ZS_STATE_ERROR)
        return scanner_drop(reason_text(s->error.code));
    /* Exactly one record, and nothing behind it.  The record's line end is read by the second call; it leaves the
     * record's fields alone. */
    if (s->state != ZS_STATE_DATA || zs_parse_record(s) != 0 || s->state != ZS_STATE_EOF)
        return scanner_drop("not exactly one record");
    if ((s->r_type == TXT || s->r_type == SPF) && s->r_data_length > 255 && string_too_long(line, line + len - 1))
        return reason_text(ZS_TEXT_OVERFLOW);
    *ret = (rrscan_t){s->r_owner, s->r_type, s->r_data, (uint16_t)s->r_data_length};
    return NULL;
}
