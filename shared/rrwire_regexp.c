/* Only the form is judged; nothing is matched, and no expression is compiled: a short one can ask for more memory than there is. */
#include "shared/rrwire_priv.h"
#include "shared/auto.h"
#include <ctype.h>
#include <string.h>

enum { BOUND_MAX = 255, DEPTH_MAX = 255 };

typedef struct {
    const uint8_t *p, *end;
    unsigned depth;   /* open parentheses */
    unsigned groups;  /* parentheses so far */
    bool something;   /* the alternative is not empty */
    bool repeatable;  /* what stands before, once */
} regexp_t;

/* [:alpha:], [.a.] and [=a=] at p; moves behind it. */
static bool bracket_class(regexp_t *r)
{
    static const char *const names[] = {"alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit"};
    uint8_t kind = r->p[1];
    const uint8_t *from = r->p + 2, *to = from;
    while (to + 1 < r->end && !(to[0] == kind && to[1] == ']'))
        to++;
    if (to + 1 >= r->end)
        return false;
    size_t n = (size_t)(to - from);
    bool known = kind != ':' && n == 1;
    for (size_t i = 0; kind == ':' && i < ARRAY_SIZE(names); i++)
        known = known || (strlen(names[i]) == n && memcmp(names[i], from, n) == 0);
    r->p = to + 2;
    return known;
}

/* Behind the opening bracket. */
static bool bracket(regexp_t *r)
{
    if (r->p < r->end && *r->p == '^')
        r->p++;
    int before = -1; /* may begin a range */
    for (bool first = true; r->p < r->end; first = false) {
        uint8_t c = *r->p;
        if (c == ']' && !first) {
            r->p++;
            return true;
        }
        if (c == '[' && r->p + 1 < r->end && strchr(":.=", r->p[1]) != NULL) {
            if (!bracket_class(r))
                return false;
            before = -1;
        } else if (c == '-' && !first && r->p + 1 < r->end && r->p[1] != ']') {
            if (before < 0 || before > r->p[1] || strchr("[\\", r->p[1]) != NULL)
                return false;
            r->p += 2;
            before = -1;
        } else {
            before = c;
            r->p++;
        }
    }
    return false;
}

/* Behind the opening brace: n} n,} n,m} */
static bool bound(regexp_t *r)
{
    unsigned n[2] = {0, BOUND_MAX};
    for (int i = 0; i < 2; i++) {
        const uint8_t *from = r->p;
        for (unsigned value = 0; r->p < r->end && isdigit(*r->p) && r->p - from < 4; r->p++) {
            value = value * 10 + (unsigned)(*r->p - '0');
            n[i] = value;
        }
        if ((r->p == from && i == 0) || r->p == r->end)
            return false;
        if (*r->p == '}') {
            r->p++;
            return n[0] <= BOUND_MAX && (i == 0 || (n[1] <= BOUND_MAX && n[0] <= n[1]));
        }
        if (*r->p++ != ',')
            return false;
    }
    return false;
}

static bool repeat(regexp_t *r, uint8_t c)
{
    if (!r->repeatable || (c == '{' && !bound(r)))
        return false;
    r->repeatable = false;
    return true;
}

static bool escape(regexp_t *r)
{
    uint8_t c = *r->p++; /* there is one: a pair is never cut */
    return !isdigit(c) || (c > '0' && (unsigned)(c - '0') <= r->groups);
}

static bool step(regexp_t *r)
{
    uint8_t c = *r->p++;
    bool something = true, repeatable = true, ok = true;
    switch (c) {
    case '(':
        ok = ++r->depth <= DEPTH_MAX;
        r->groups++;
        something = repeatable = false;
        break;
    case ')':
        ok = r->depth > 0 && r->something;
        r->depth -= r->depth > 0 ? 1 : 0;
        break;
    case '|':
        ok = r->something;
        something = repeatable = false;
        break;
    case '^':
    case '$': repeatable = false; break;
    case '*':
    case '+':
    case '?':
    case '{': return repeat(r, c);
    case '[': ok = bracket(r); break;
    case '\\': ok = escape(r); break;
    default: break;
    }
    r->something = something;
    r->repeatable = repeatable;
    return ok;
}

/* Parentheses of the expression; -1: it is none. */
static int expression(const uint8_t *p, size_t len)
{
    regexp_t r = {.p = p, .end = p + len};
    while (r.p < r.end) {
        if (!step(&r))
            return -1;
    }
    return r.depth == 0 && r.something ? (int)r.groups : -1;
}

/* The replacement names groups of the expression as \1 to \9. */
static bool replacement(const uint8_t *p, size_t len, int groups)
{
    for (size_t i = 0; i + 1 < len; i++) {
        if (p[i] != '\\')
            continue;
        i++;
        if (isdigit(p[i]) && (p[i] == '0' || p[i] - '0' > groups))
            return false;
    }
    return true;
}

bool rrwire_regexp(const uint8_t *p, size_t len)
{
    if (len == 0)
        return true;
    if (isdigit(p[0]) || p[0] == '\\' || p[0] == 'i' || memchr(p, '\0', len) != NULL)
        return false;
    size_t ends[2], parts = 0; /* where expression and replacement end */
    size_t at = 1;
    for (; at < len && parts < 2; at++) {
        if (p[at] == '\\')
            at++;
        else if (p[at] == p[0])
            ends[parts++] = at;
    }
    for (size_t i = at; i < len; i++) {
        if (p[i] != 'i')
            return false;
    }
    if (parts < 2)
        return false;
    int groups = expression(p + 1, ends[0] - 1);
    return groups >= 0 && replacement(p + ends[0] + 1, ends[1] - ends[0] - 1, groups);
}
