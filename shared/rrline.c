#include "shared/rrline.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    rrline_t *l;
    const char *p, *end;     /* rest of the physical line */
    const char *start;       /* of the physical line */
    bool in_word;
    unsigned depth;
    rrline_pos_t open;       /* of the parenthesis */
} scan_t;

enum { PLAIN = 0, BLANK, SPECIAL };
/* Everything below blank, DEL and the characters with a meaning; bytes from 0x80 on are judged by libzscanner. */
static const unsigned char KIND[256] = {
    [0] = SPECIAL,     [1] = SPECIAL,     [2] = SPECIAL,     [3] = SPECIAL,     [4] = SPECIAL,     [5] = SPECIAL,
    [6] = SPECIAL,     [7] = SPECIAL,     [8] = SPECIAL,     ['\t'] = BLANK,    ['\n'] = SPECIAL,  ['\v'] = SPECIAL,
    ['\f'] = SPECIAL,  ['\r'] = SPECIAL,  [14] = SPECIAL,    [15] = SPECIAL,    [16] = SPECIAL,    [17] = SPECIAL,
    [18] = SPECIAL,    [19] = SPECIAL,    [20] = SPECIAL,    [21] = SPECIAL,    [22] = SPECIAL,    [23] = SPECIAL,
    [24] = SPECIAL,    [25] = SPECIAL,    [26] = SPECIAL,    [27] = SPECIAL,    [28] = SPECIAL,    [29] = SPECIAL,
    [30] = SPECIAL,    [31] = SPECIAL,    [127] = SPECIAL,   [' '] = BLANK,     ['"'] = SPECIAL,   ['('] = SPECIAL,
    [')'] = SPECIAL,   [';'] = SPECIAL,   ['\\'] = SPECIAL,
};

void rrline_init(rrline_t *self, const char *text, size_t len)
{
    *self = (rrline_t){.text = text, .len = len};
}

void rrline_done(rrline_t *self)
{
    free(self->buf);
    *self = (rrline_t){0};
}

static rrline_pos_t pos_of(const scan_t *s, const char *p)
{
    return (rrline_pos_t){s->l->line, (unsigned)(p - s->start) + 1, (size_t)(s->start - s->l->text)};
}

static bool next_line(scan_t *s)
{
    rrline_t *l = s->l;
    if (l->next >= l->len)
        return false;
    s->start = s->p = l->text + l->next;
    const char *nl = memchr(s->p, '\n', l->len - l->next);
    s->end = nl != NULL ? nl : l->text + l->len;
    l->next = (size_t)(s->end - l->text) + (nl != NULL);
    l->line++;
    if (s->end > s->p && s->end[-1] == '\r')
        s->end--;
    /* Room for the whole line, two blanks and the closing "\n\0": the scan writes without further checks. */
    size_t need = l->buf_len + (size_t)(s->end - s->p) + 5;
    l->buf = auto_grow(l->buf, &l->buf_cap, need, 1);
    return true;
}

static rrline_kind_t bad(scan_t *s, rrline_pos_t pos, const char *fault)
{
    s->l->pos = pos;
    s->l->fault = fault;
    return RRLINE_BAD;
}

static void put(scan_t *s, const char *from, size_t n)
{
    memcpy(s->l->buf + s->l->buf_len, from, n);
    s->l->buf_len += n;
}

static void word_begin(scan_t *s)
{
    rrline_t *l = s->l;
    if (s->in_word)
        return;
    s->in_word = true;
    if (l->word_count < RRLINE_WORDS_MAX)
        l->words[l->word_count] = (rrline_word_t){l->buf_len, 0, pos_of(s, s->p)};
    l->word_count++;
}

static void word_end(scan_t *s)
{
    rrline_t *l = s->l;
    if (!s->in_word)
        return;
    s->in_word = false;
    if (l->word_count <= RRLINE_WORDS_MAX)
        l->words[l->word_count - 1].len = l->buf_len - l->words[l->word_count - 1].off;
}

/* A quoted string, with its high octets (from 0x80 on) as \DDD: libzscanner takes ASCII only, users write UTF-8. */
static void put_quoted(scan_t *s, const char *p, const char *end, size_t high)
{
    rrline_t *l = s->l;
    if (high == 0) {
        put(s, p, (size_t)(end - p));
        return;
    }
    l->buf = auto_grow(l->buf, &l->buf_cap, l->buf_len + (size_t)(s->end - p) + 5 + 3 * high, 1);
    for (; p < end; p++) {
        if ((unsigned char)*p >= 0x80)
            l->buf_len += (size_t)sprintf(l->buf + l->buf_len, "\\%03u", (unsigned char)*p);
        else
            put(s, p, 1);
    }
}

/* \ and a digit begin \DDD, at most 255; libzscanner lets larger ones in names pass. */
static size_t escape_len(const char *p, const char *end)
{
    if (p + 1 >= end || (unsigned char)p[1] < ' ' || p[1] == 127)
        return 0;
    if (p[1] < '0' || p[1] > '9')
        return 2;
    if (p + 3 >= end || p[2] < '0' || p[2] > '9' || p[3] < '0' || p[3] > '9')
        return 0;
    return (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0') <= 255 ? 4 : 0;
}

/* End of the string at p; NULL: not a string. */
static const char *quoted_end(const char *p, const char *end, size_t *ret_high)
{
    size_t high = 0;
    for (p++; p < end; p++) {
        unsigned char c = (unsigned char)*p;
        high += c >= 0x80;
        if (KIND[c] == PLAIN || c == ' ')
            continue;
        if (c == '"') {
            *ret_high = high;
            return p + 1;
        }
        if (c == '\\') {
            if (++p >= end)
                break;
            c = (unsigned char)*p;
            high += c >= 0x80;
        }
        if ((c < ' ' && c != '\t') || c == 127)
            break;
    }
    return NULL;
}

/* One of the special characters; NULL: go on. */
static const char *special(scan_t *s)
{
    const char *p = s->p;
    switch (*p) {
    case '"': {
        size_t high;
        const char *end = quoted_end(p, s->end, &high);
        if (end == NULL)
            return "quoted string is not closed on its line, or has a control character in it";
        word_begin(s);
        put_quoted(s, p, end, high);
        s->p = end;
        return NULL;
    }
    case '\\': {
        /* "\#" of RFC 3597 is such a pair, too. */
        size_t n = escape_len(p, s->end);
        if (n == 0) {
            word_begin(s); /* shows the escape in messages */
            put(s, p, (size_t)(s->end - p < 4 ? s->end - p : 4));
            return "bad escape: \\ is followed by a character or by three digits up to 255";
        }
        word_begin(s);
        put(s, p, n);
        s->p = p + n;
        return NULL;
    }
    case '(':
        if (s->depth > 0)
            return "parenthesis inside parentheses";
        s->depth = 1;
        s->open = pos_of(s, p);
        break;
    case ')':
        if (s->depth == 0)
            return "closing parenthesis without an opening one";
        s->depth = 0;
        break;
    case ';':
        s->l->comment = p;
        s->l->comment_len = (size_t)(s->end - p);
        s->p = s->end;
        return NULL;
    default:
        return "control character";
    }
    word_end(s);
    put(s, " ", 1);
    s->p = p + 1;
    return NULL;
}

static const char *scan_line(scan_t *s)
{
    while (s->p < s->end) {
        unsigned char kind = KIND[(unsigned char)*s->p];
        if (kind == PLAIN) {
            word_begin(s);
            const char *p = s->p;
            do
                p++;
            while (p < s->end && KIND[(unsigned char)*p] == PLAIN);
            put(s, s->p, (size_t)(p - s->p));
            s->p = p;
        } else if (kind == BLANK) {
            word_end(s);
            put(s, " ", 1);
            while (s->p < s->end && KIND[(unsigned char)*s->p] == BLANK)
                s->p++;
        } else {
            const char *fault = special(s);
            if (fault != NULL)
                return fault;
        }
    }
    word_end(s);
    put(s, " ", 1);
    return NULL;
}

rrline_kind_t rrline_next(rrline_t *self)
{
    scan_t s = {.l = self};
    self->buf_len = 0;
    self->word_count = 0;
    self->comment = NULL;
    self->comment_len = 0;
    self->fault = NULL;
    if (!next_line(&s))
        return RRLINE_EOF;
    const char *first = s.p;
    while (first < s.end && KIND[(unsigned char)*first] == BLANK)
        first++;
    self->pos = pos_of(&s, first);
    self->blank_start = first > s.p;
    if (first == s.end)
        return RRLINE_BLANK;
    if (*first == ';') {
        self->comment = first;
        self->comment_len = (size_t)(s.end - first);
        return RRLINE_COMMENT;
    }
    if (self->blank_start)
        put(&s, " ", 1);
    do {
        const char *fault = scan_line(&s);
        if (fault != NULL)
            return bad(&s, pos_of(&s, s.p), fault);
    } while (s.depth > 0 && next_line(&s));
    if (s.depth > 0)
        return bad(&s, s.open, "parenthesis is never closed");
    self->buf[self->buf_len] = '\n';
    self->buf[self->buf_len + 1] = '\0';
    return RRLINE_ENTRY;
}
