/* A table says which fields a type has; each field is checked and copied in one pass, and the first octet that needs
 * a closer look (an escape, a number with a leading zero, an address in another notation) ends the attempt. */
#include "shared/rrplain.h"
#include "shared/rr.h"
#include <libknot/descriptor.h>
#include <string.h>

enum { OUT_MAX = 4096, STRING_MAX = 255 };

typedef enum { END, IPV4, IPV6, NAME, NUMBER8, NUMBER16, TAG, STRING, STRINGS } field_t;

static const struct { uint16_t type; field_t fields[5]; } LAYOUTS[] = { /* the most frequent first */
    {RR_A, {IPV4}},
    {RR_PTR, {NAME}},
    {RR_CNAME, {NAME}},
    {RR_AAAA, {IPV6}},
    {RR_TXT, {STRINGS}},
    {RR_MX, {NUMBER16, NAME}},
    {RR_NS, {NAME}},
    {RR_SRV, {NUMBER16, NUMBER16, NUMBER16, NAME}},
    {KNOT_RRTYPE_CAA, {NUMBER8, TAG, STRING}},
    {KNOT_RRTYPE_SPF, {STRINGS}},
    {RR_DNAME, {NAME}},
};

typedef struct {
    const char *p, *end;        /* rest of the text */
    const char *origin, *zone;
    char out[OUT_MAX];
    size_t n;                   /* octets in out */
} plain_t;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(plain_t *s)
{
    while (s->p < s->end && *s->p == ' ')
        s->p++;
}

/* Decimal number of at most max, without leading zeros. */
static bool number(plain_t *s, unsigned max)
{
    const char *from = s->p;
    unsigned value = 0;
    for (; s->p < s->end && is_digit(*s->p) && s->p - from < 6; s->p++)
        value = value * 10 + (unsigned)(*s->p - '0');
    size_t len = (size_t)(s->p - from);
    if (len == 0 || value > max || (len > 1 && *from == '0'))
        return false;
    memcpy(s->out + s->n, from, len);
    s->n += len;
    return true;
}

static bool ipv4(plain_t *s)
{
    for (int i = 0; i < 4; i++) {
        if (i > 0) {
            if (s->p == s->end || *s->p != '.')
                return false;
            s->out[s->n++] = *s->p++;
        }
        if (!number(s, 255))
            return false;
    }
    return true;
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* All eight groups; "::" stands for those left out.  An IPv4 address at the end is not plain. */
static bool ipv6_read(plain_t *s, unsigned groups[8])
{
    unsigned count = 0;
    enum { NONE = 9 };
    unsigned gap = NONE; /* where "::" stands */
    for (;;) {
        unsigned digits = 0;
        unsigned value = 0;
        for (int d; s->p < s->end && digits < 5 && (d = hex_digit(*s->p)) >= 0; s->p++, digits++)
            value = value << 4 | (unsigned)d;
        if (digits > 4 || (digits > 0 && count == 8) || (digits == 0 && gap != count))
            return false;
        if (digits > 0)
            groups[count++] = value;
        if (s->p == s->end || *s->p == ' ')
            break;
        if (*s->p++ != ':' || digits == 0)
            return false;
        if (s->p < s->end && *s->p == ':') {
            if (gap != NONE)
                return false;
            gap = count;
            s->p++;
        }
    }
    if (gap == NONE)
        return count == 8;
    if (count > 7)
        return false;
    memmove(groups + gap + 8 - count, groups + gap, (count - gap) * sizeof *groups);
    memset(groups + gap, 0, (8 - count) * sizeof *groups);
    return true;
}

static void put_hex(plain_t *s, unsigned value)
{
    for (int shift = value >= 0x1000 ? 12 : value >= 0x100 ? 8 : value >= 0x10 ? 4 : 0; shift >= 0; shift -= 4)
        s->out[s->n++] = "0123456789abcdef"[value >> shift & 15];
}

/* As RFC 5952 wants it: the first of the longest runs of zeros becomes "::".  An address whose first group is zero
 * stays with libknot: it may be one that is written with dots. */
static bool ipv6(plain_t *s)
{
    unsigned groups[8];
    if (!ipv6_read(s, groups) || groups[0] == 0)
        return false;
    unsigned gap = 8;
    unsigned longest = 1; /* a single zero is written */
    for (unsigned i = 0, run = 0; i < 8; i++) {
        run = groups[i] == 0 ? run + 1 : 0;
        if (run > longest) {
            longest = run;
            gap = i + 1 - run;
        }
    }
    for (unsigned i = 0; i < 8;) {
        if (i > 0)
            s->out[s->n++] = ':';
        if (i == gap) {
            i += longest;
            if (i == 8)
                s->out[s->n++] = ':';
            continue;
        }
        put_hex(s, groups[i++]);
    }
    return true;
}

static bool name(plain_t *s)
{
    const char *from = s->p;
    while (s->p < s->end && *s->p != ' ')
        s->p++;
    size_t len = (size_t)(s->p - from);
    if (len == 1 && *from == '.') {
        s->out[s->n++] = '.';
        return true;
    }
    if (!dname_plain(from, len, s->origin, s->zone, s->out + s->n))
        return false;
    s->n += strlen(s->out + s->n);
    return true;
}

/* Property of a CAA record */
static bool tag(plain_t *s)
{
    const char *from = s->p;
    while (s->p < s->end && (is_digit(*s->p) || (*s->p >= 'a' && *s->p <= 'z')))
        s->out[s->n++] = *s->p++;
    return s->p > from && s->p - from <= STRING_MAX;
}

/* In quotes, printable, without an escape. */
static bool string(plain_t *s)
{
    const char *from = s->p;
    if (s->p == s->end || *s->p++ != '"')
        return false;
    while (s->p < s->end && *s->p >= ' ' && *s->p < 127 && *s->p != '"' && *s->p != '\\')
        s->p++;
    size_t len = (size_t)(s->p - from) + 1;
    if (s->p == s->end || *s->p++ != '"' || len - 2 > STRING_MAX)
        return false;
    memcpy(s->out + s->n, from, len);
    s->n += len;
    return true;
}

static bool strings(plain_t *s)
{
    bool ok = string(s);
    for (;;) {
        const char *before = s->p;
        skip_blanks(s);
        if (!ok || s->p == s->end)
            return ok;
        s->out[s->n++] = ' ';
        ok = s->p > before && string(s);
    }
}

static bool field(plain_t *s, field_t what)
{
    switch (what) {
    case IPV4:     return ipv4(s);
    case IPV6:     return ipv6(s);
    case NAME:     return name(s);
    case NUMBER8:  return number(s, 255);
    case NUMBER16: return number(s, 65535);
    case TAG:      return tag(s);
    case STRING:   return string(s);
    case STRINGS:  return strings(s);
    default:       return false;
    }
}

static const field_t *layout(uint16_t type)
{
    for (size_t i = 0; i < ARRAY_SIZE(LAYOUTS); i++) {
        if (LAYOUTS[i].type == type)
            return LAYOUTS[i].fields;
    }
    return NULL;
}

char *rrplain_rdata(uint16_t type, const char *text, size_t len, const char *origin, const char *zone)
{
    const field_t *fields = layout(type);
    plain_t s; /* out is not cleared */
    s.p = text;
    s.end = text + len;
    s.origin = origin;
    s.zone = zone;
    s.n = 0;
    /* No field is longer in out than in text, but for names and addresses. */
    if (fields == NULL || len > OUT_MAX - DNAME_TEXT)
        return NULL;
    skip_blanks(&s);
    for (size_t i = 0; fields[i] != END; i++) {
        const char *before = s.p;
        if (i > 0) {
            skip_blanks(&s);
            if (s.p == before)
                return NULL;
            s.out[s.n++] = ' ';
        }
        if (!field(&s, fields[i]))
            return NULL;
    }
    skip_blanks(&s);
    if (s.p < s.end)
        return NULL;
    char *rdata = auto_malloc(s.n + 1);
    memcpy(rdata, s.out, s.n);
    rdata[s.n] = '\0';
    return rdata;
}
