#include "controller/usecase/record_search.h"
#include "shared/dname.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SCAN = 20000, SCAN_FIRST = 200, ZONES = 200, LABELS = 128, ROUNDS = 16, MORE = 65536 }; /* rows looked at in one statement: at most, and in the first; zones taken together; statements of one page; step of its own */
static const char MOST[] = "\xf4\x8f\xbf\xbf";                   /* sorts behind every character */

void record_found_done(record_found_t *found)
{
    search_store_rows_free(found->rows, found->count);
    free(found->next);
    *found = (record_found_t){0};
}

/* A search goes through steps: types of records, or ways.  The place in it: step, key and id of the last row that was looked at. */
typedef struct {
    int64_t step, id;
    char *key; /* NULL: the step begins */
} place_t;

typedef struct {
    const caller_t *who;
    search_filter_t filter;
    char *name, *rdata;                   /* lower case */
    char address[2][INET6_ADDRSTRLEN];    /* first and last of the range */
    search_way_t way;
    search_zones_t zones_way;             /* way ZONE */
    char *zones_of;
    char *lo, *hi;                        /* ranges of VALUE and LABEL */
    search_zones_t more_way;              /* a second step over other zones: SEARCH_ZONES_PREFIX for their apex only */
    char *more_of;                        /* NULL: there is none */
    int64_t limit, scan;
    place_t place;
    bool end;
} search_t;

static void search_done(search_t *s)
{
    char *const texts[] = {s->name, s->rdata, s->zones_of, s->lo, s->hi, s->more_of, s->place.key};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
}
#define AUTO_SEARCH AUTO_CLEANUP(search_done) search_t

static err_t wrong(const char *what, const char *given, const char *hint, err_info_t *reterr)
{
    err_set(reterr, ERR_INVALID_ARGUMENT, "\"%.255s\" is not %s", given, what);
    err_hint(reterr, "%s", hint);
    err_key(reterr, "given", given);
    return ERR_INVALID_ARGUMENT;
}

static char *lower(const char *text)
{
    char *copy = auto_strdup(text);
    for (char *p = copy; p != NULL && *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    return copy;
}

/* First and last address of a network, or the address twice. */
static err_t address_range(const char *text, char ret[2][INET6_ADDRSTRLEN], err_info_t *reterr)
{
    static const char HINT[] = "write 192.0.2.1, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32";
    uint8_t bytes[2][16];
    char host[INET6_ADDRSTRLEN];
    size_t n = strcspn(text, "/");
    if (n >= sizeof host)
        return wrong("an address or network", text, HINT, reterr);
    memcpy(host, text, n);
    host[n] = '\0';
    int family = strchr(host, ':') != NULL ? AF_INET6 : AF_INET;
    unsigned most = family == AF_INET6 ? 128 : 32;
    const char *bits = text[n] == '/' ? text + n + 1 : family == AF_INET6 ? "128" : "32";
    if (inet_pton(family, host, bytes[0]) != 1 || *bits == '\0' || strlen(bits) > 3 || bits[strspn(bits, "0123456789")] != '\0' ||
        strtoul(bits, NULL, 10) > most)
        return wrong("an address or network", text, HINT, reterr);
    unsigned mask = (unsigned)strtoul(bits, NULL, 10);
    memcpy(bytes[1], bytes[0], sizeof bytes[0]);
    for (unsigned i = mask; i < most; i++) {
        bytes[0][i / 8] &= (uint8_t)~(0x80u >> (i % 8));
        bytes[1][i / 8] |= (uint8_t)(0x80u >> (i % 8));
    }
    for (size_t i = 0; i < 2; i++)
        inet_ntop(family, bytes[i], ret[i], INET6_ADDRSTRLEN);
    return ERR_OK;
}

/* ---- which way */

static size_t before_wildcard(const char *text) { return strcspn(text, "*?"); }

/* The part of a pattern behind its last wildcard that is made of whole labels: "*.ab.example." -> "ab.example."; NULL: none. */
static const char *whole_end(const char *pattern)
{
    const char *last = pattern;
    for (const char *p = pattern; *p != '\0'; p++)
        last = *p == '*' || *p == '?' ? p : last;
    const char *dot = strchr(last, '.');
    return dot != NULL && dot[1] != '\0' ? dot + 1 : NULL;
}

/* The beginning of an owner relative to its zone is a beginning of the whole name, or all of its first labels. */
static void label_range(search_t *s, size_t len)
{
    size_t label = strcspn(s->name, ".");
    bool whole = label < len;
    s->lo = auto_strndup(s->name, whole ? label : len);
    s->hi = auto_printf("%s%s%s", s->lo, whole ? "." : "", MOST);
    s->more_way = SEARCH_ZONES_PREFIX;
    s->more_of = auto_strndup(s->name, len);
}

/* The zones that a name can lie in, blanks between. */
static char *names_above(const char *name)
{
    char *names = auto_strdup(".");
    for (const char *p = name; p != NULL && *p != '\0'; p = strchr(p, '.'), p = p != NULL ? p + 1 : NULL) {
        char *more = auto_printf("%s %s", names, p);
        free(names);
        names = more;
    }
    return names;
}

static void value_range(search_t *s, const char *begin)
{
    s->way = SEARCH_BY_VALUE;
    size_t len = before_wildcard(begin);
    bool exact = begin[len] == '\0' && len > 0;
    s->lo = auto_strndup(begin, len > 80 ? 80 : len);
    s->hi = exact ? auto_strdup(s->lo) : auto_printf("%s%s", s->lo, MOST);
    /* zones that the target lies in have it as a relative name */
    const char *target = strrchr(begin, ' ');
    target = target != NULL ? target + 1 : begin;
    if (exact && len > 1 && begin[len - 1] == '.' && strlen(target) > 1) {
        s->more_way = SEARCH_ZONES_NAMED;
        s->more_of = names_above(target);
    }
}

static void zones(search_t *s, search_zones_t way, const char *of)
{
    s->way = SEARCH_BY_ZONE;
    s->zones_way = way;
    s->zones_of = auto_strdup(of);
}

static err_t choose(search_t *s, err_info_t *reterr)
{
    const search_filter_t *f = &s->filter;
    size_t begin = f->name != NULL ? before_wildcard(f->name) : 0;
    bool ascii = f->rdata != NULL;
    for (const char *p = f->rdata; ascii && *p != '\0'; p++)
        ascii = (unsigned char)*p < 128;
    if (f->name != NULL && f->name[begin] == '\0') {
        s->way = SEARCH_BY_NAME;
    } else if (f->reference != NULL) {
        zones(s, SEARCH_ZONES_REFERENCE, f->reference);
    } else if (f->address_from != NULL) {
        s->way = SEARCH_BY_ADDRESS;
    } else if (ascii && before_wildcard(f->rdata) > 0) {
        value_range(s, f->rdata);
    } else if (begin > 0) {
        s->way = SEARCH_BY_LABEL;
        label_range(s, begin);
    } else if (f->name != NULL && whole_end(f->name) != NULL) {
        zones(s, SEARCH_ZONES_BELOW, whole_end(f->name));
        const char *above = strchr(s->zones_of, '.') + 1; /* where the names are not cut into zones */
        s->more_way = SEARCH_ZONES_NAMED;
        s->more_of = names_above(above);
    } else if (f->type_count > 0) {
        value_range(s, "");
    } else if (f->sg_name != NULL) {
        zones(s, SEARCH_ZONES_GROUP, f->sg_name);
    } else if (f->name != NULL) {
        s->way = SEARCH_BY_LABEL;
        label_range(s, 0);
    } else if (f->rdata != NULL) {
        value_range(s, "");
    } else {
        err_set(reterr, ERR_INVALID_ARGUMENT, "nothing to search for is given");
        err_hint(reterr, "give a name, type, rdata, address, reference or server group");
        return ERR_INVALID_ARGUMENT;
    }
    return ERR_OK;
}

/* ---- pages */

static err_t begin(search_t *s, const char *after, err_info_t *reterr)
{
    if (after == NULL)
        return ERR_OK;
    char *end;
    const char *p = after;
    int64_t numbers[2] = {0};
    for (size_t i = 0; i < 2; i++, p = end + 1) {
        numbers[i] = strtoll(p, &end, 10);
        if (end == p || *end != ':')
            return wrong("what an answer gave as \"next\"", after, "begin without \"after\"", reterr);
    }
    s->place = (place_t){.step = numbers[0], .id = numbers[1], .key = *p == '+' ? auto_strdup(p + 1) : NULL};
    char address[16];
    bool zone = s->way == SEARCH_BY_ZONE || s->way == SEARCH_BY_NAME || s->place.step == MORE;
    const char *key = s->place.key;
    bool bad = key != NULL && ((zone && (*key == '\0' || strlen(key) > 18 || key[strspn(key, "0123456789")] != '\0')) ||
                               (s->way == SEARCH_BY_ADDRESS && inet_pton(strchr(key, ':') != NULL ? AF_INET6 : AF_INET, key, address) != 1));
    return bad || s->place.step < 0 || s->place.step > MORE ? wrong("what an answer gave as \"next\"", after, "begin without \"after\"", reterr)
                                                            : ERR_OK;
}

static void go_to(search_t *s, int64_t step, const char *key, int64_t id)
{
    free(s->place.key);
    s->place = (place_t){step, id, auto_strdup(key)};
}

static void more_zones(search_t *s)
{
    s->end = s->more_of == NULL || s->place.step == MORE;
    go_to(s, MORE, NULL, 0);
}

/* Next type to look at: one of those asked for, or any that there is. */
static err_t next_type(db_t *db, search_t *s, err_info_t *reterr)
{
    int next = 0;
    err_t e = ERR_OK;
    if (s->filter.type_count == 0)
        e = search_store_next_type(db, (int)s->place.step, &next, reterr);
    for (size_t i = 0; i < s->filter.type_count; i++) {
        int type = s->filter.types[i];
        next = type > s->place.step && (next == 0 || type < next) ? type : next;
    }
    if (next != 0)
        go_to(s, next, NULL, 0);
    else
        more_zones(s);
    return e;
}

/* What to look at next; *zone_ids: owned by the caller. */
static err_t prepare(db_t *db, search_t *s, search_page_t *page, int64_t **zone_ids, err_info_t *reterr)
{
    search_zones_t way = s->zones_way;
    const char *of = s->zones_of;
    page->way = s->way;
    page->lo = s->lo;
    page->hi = s->hi;
    page->type = (int)s->place.step;
    page->after_key = s->place.key;
    page->after_id = s->place.id;
    if (s->place.step == MORE) {
        page->way = SEARCH_BY_ZONE;
        way = s->more_way;
        of = s->more_of;
        page->only_apex = way == SEARCH_ZONES_PREFIX;
    }
    if (page->way != SEARCH_BY_ZONE)
        return ERR_OK;
    /* the zone that the last page ended in is looked at again, behind that row */
    int64_t last = s->place.key != NULL ? strtoll(s->place.key, NULL, 10) : 0;
    return search_store_zones(db, way, of, s->place.id == INT64_MAX || last == 0 ? last : last - 1, ZONES, zone_ids, &page->zone_count, reterr);
}

/* The rows of this step are all seen: what comes behind it. */
static err_t next_step(db_t *db, search_t *s, const search_page_t *page, err_info_t *reterr)
{
    if (page->way == SEARCH_BY_ZONE && page->zone_count == ZONES) {
        AUTO_FREE char *key = auto_printf("%" PRId64, page->zone_ids[page->zone_count - 1]);
        go_to(s, s->place.step, key, INT64_MAX);
        return ERR_OK;
    }
    if (s->way == SEARCH_BY_VALUE && s->place.step != MORE)
        return next_type(db, s, reterr);
    more_zones(s);
    return ERR_OK;
}

/* Every zone that a name can lie in, with the owner that it has there. */
static size_t owners(const char *name, const char *zones[LABELS + 1], char *labels[LABELS + 1])
{
    size_t count = 0;
    for (const char *p = name; *p != '\0' && count < LABELS; p += strcspn(p, ".") + 1) {
        zones[count] = p;
        labels[count++] = p == name ? auto_strdup("@") : auto_strndup(name, (size_t)(p - name) - 1);
    }
    zones[count] = ".";
    labels[count++] = auto_strndup(name, strlen(name) - 1);
    return count;
}

static void keep(record_found_t *found, search_row_t *row, size_t *cap)
{
    found->rows = auto_grow(found->rows, cap, found->count + 1, sizeof(*found->rows));
    found->rows[found->count++] = *row;
    *row = (search_row_t){0};
}

static err_t look(db_t *db, search_t *s, record_found_t *found, size_t *cap, err_info_t *reterr)
{
    search_page_t page = {.limit = s->limit - (int64_t)found->count, .scan = s->scan};
    AUTO_FREE int64_t *zone_ids = NULL;
    const char *zone_names[LABELS + 1];
    char *labels[LABELS + 1];
    size_t names = s->way == SEARCH_BY_NAME ? owners(s->filter.name, zone_names, labels) : 0;
    page.zones = zone_names;
    page.labels = (const char *const *)labels;
    page.name_count = names;
    err_t e = prepare(db, s, &page, &zone_ids, reterr);
    page.zone_ids = zone_ids;
    search_row_t *rows = NULL;
    size_t count = 0;
    if (e == ERR_OK)
        e = search_store_page(db, s->who, &s->filter, &page, &rows, &count, reterr);
    bool more = false;
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count;
        more = last && (rows[i].n == page.scan || (int64_t)found->count + 1 == s->limit);
        if (more)
            go_to(s, s->place.step, rows[i].key, rows[i].rr.id);
        if (rows[i].match)
            keep(found, &rows[i], cap);
    }
    search_store_rows_free(rows, count);
    for (size_t i = 0; i < names; i++)
        free(labels[i]);
    return e == ERR_OK && !more ? next_step(db, s, &page, reterr) : e;
}

err_t record_search(db_t *db, const caller_t *who, const search_filter_t *filter, const char *after, int64_t limit, record_found_t *ret_found,
                    err_info_t *reterr)
{
    AUTO_SEARCH s = {.who = who, .filter = *filter, .limit = limit, .scan = limit * 2 > SCAN_FIRST ? limit * 2 : SCAN_FIRST};
    s.name = lower(filter->name);
    if (s.name != NULL && *s.name != '\0' && strchr("*?.", s.name[strlen(s.name) - 1]) == NULL) {
        char *whole = auto_printf("%s.", s.name);
        free(s.name);
        s.name = whole;
    }
    s.rdata = lower(filter->rdata);
    s.filter.name = s.name;
    s.filter.rdata = s.rdata;
    err_t e = ERR_OK;
    if ((s.name != NULL && *s.name == '\0') || (s.rdata != NULL && *s.rdata == '\0'))
        e = wrong("anything to look for", "", "leave out what may be anything", reterr);
    if (e == ERR_OK && filter->address_from != NULL) {
        e = address_range(filter->address_from, s.address, reterr);
        s.filter.address_from = s.address[0];
        s.filter.address_to = s.address[1];
    }
    if (e == ERR_OK)
        e = choose(&s, reterr);
    if (e == ERR_OK)
        e = begin(&s, after, reterr);
    if (e == ERR_OK && s.way == SEARCH_BY_VALUE && s.place.step == 0)
        e = next_type(db, &s, reterr);
    record_found_t found = {0};
    size_t cap = 0;
    for (int round = 0; e == ERR_OK && !s.end && (int64_t)found.count < limit && round < ROUNDS; round++) {
        e = look(db, &s, &found, &cap, reterr);
        s.scan = s.scan * 8 < SCAN ? s.scan * 8 : SCAN; /* few of them match: look at more */
    }
    if (e != ERR_OK) {
        record_found_done(&found);
        return e;
    }
    if (!s.end)
        found.next = auto_printf("%" PRId64 ":%" PRId64 ":%s%s", s.place.step, s.place.id, s.place.key != NULL ? "+" : "",
                                 s.place.key != NULL ? s.place.key : "");
    *ret_found = found;
    return ERR_OK;
}
