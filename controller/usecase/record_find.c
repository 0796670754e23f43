#include "controller/usecase/record_find.h"
#include "controller/domain/apex.h"
#include "controller/store/zi_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

void record_place_done(record_place_t *place)
{
    zone_row_done(&place->zone);
    free(place->query);
    free(place->label);
    *place = (record_place_t){0};
}

static err_t dotted(const char *text, err_info_t *reterr)
{
    err_set(reterr, ERR_RR_QUERY_DOMAIN, "\"%.255s\" begins with a dot", text);
    err_hint(reterr, "write a name such as www.example.org, or @ for the zone itself");
    err_key(reterr, "name", text);
    return ERR_RR_QUERY_DOMAIN;
}

static bool is_wild(const char *text) { return strpbrk(text, "*?") != NULL; }

static char *lower_absolute(const char *text)
{
    size_t len = strlen(text);
    char *name = auto_printf("%s%s", text, len > 0 && text[len - 1] == '.' ? "" : ".");
    for (char *p = name; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    return name;
}

/* Owner of an absolute name in a zone; NULL: it does not lie in it. */
static char *relative(const char *name, const char *zone)
{
    size_t len = strlen(name), zone_len = strlen(zone);
    if (strcmp(name, zone) == 0)
        return auto_strdup("@");
    if (strcmp(zone, ".") == 0)
        return auto_strndup(name, len - 1);
    if (len <= zone_len + 1 || strcmp(name + len - zone_len, zone) != 0 || name[len - zone_len - 1] != '.')
        return NULL;
    return auto_strndup(name, len - zone_len - 1);
}

/* The zone as a walk from the root finds it: the longest name that is a zone. Parts with wildcards are no zones. */
static err_t walk(db_t *db, const caller_t *who, const char *label, record_place_t *place, err_info_t *reterr)
{
    enum { LABELS = 128 };
    const char *names[LABELS + 1];
    size_t count = 0;
    AUTO_FREE char *query = lower_absolute(label);
    for (const char *p = query; *p != '\0' && count < LABELS; p += strcspn(p, ".") + 1) {
        if (!is_wild(p))
            names[count++] = p;
    }
    names[count++] = ".";
    err_t e = zone_store_most_specific(db, who, names, count, &place->zone, reterr);
    place->found = e == ERR_OK && place->zone.id != 0;
    if (place->found)
        place->label = relative(query, place->zone.name);
    return e;
}

static err_t named(db_t *db, const caller_t *who, const char *label, const char *name, record_place_t *place, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    AUTO_ERR why = ERR_INFO_INIT;
    err_t e = zone_edit_name(name, canonical, reterr);
    if (e != ERR_OK)
        return e;
    e = zone_store_by_name(db, who, canonical, false, &place->zone, &why);
    if (e != ERR_OK)
        return e == ERR_ZONE_NOT_FOUND ? ERR_OK : err_set(reterr, e, "%s", err_message(&why));
    AUTO_FREE char *lower = lower_absolute(label);
    bool absolute = label[0] != '\0' && label[strlen(label) - 1] == '.';
    if (label[0] == '\0' || strcmp(label, "@") == 0)
        place->label = auto_strdup("@");
    else
        place->label = absolute ? relative(lower, place->zone.name) : auto_strndup(lower, strlen(lower) - 1);
    place->found = place->label != NULL;
    return ERR_OK;
}

err_t record_find_place(db_t *db, const caller_t *who, const char *label, const char *name, record_place_t *ret_place, err_info_t *reterr)
{
    if (label[0] == '.' && label[1] != '\0')
        return dotted(label, reterr);
    if (name != NULL && name[0] == '.' && name[1] != '\0')
        return dotted(name, reterr);
    record_place_t place = {0};
    err_t e = name == NULL ? walk(db, who, label, &place, reterr) : named(db, who, label, name, &place, reterr);
    if (e != ERR_OK) {
        record_place_done(&place);
        return e;
    }
    if (place.found && strcmp(place.label, "@") == 0)
        place.query = auto_strdup(place.zone.name);
    else if (place.found)
        place.query = auto_printf("%s.%s", place.label, strcmp(place.zone.name, ".") == 0 ? "" : place.zone.name);
    *ret_place = place;
    return ERR_OK;
}

/* ---- rdata as a person writes it -> the texts that it may be stored as */

typedef struct {
    char **items;
    size_t count, cap;
} texts_t;

static void add_text(texts_t *texts, char *text)
{
    texts->items = auto_grow(texts->items, &texts->cap, texts->count + 1, sizeof(*texts->items));
    texts->items[texts->count++] = text;
}

static void add_canonical(texts_t *texts, uint16_t type, const char *rdata, const char *origin)
{
    char *canonical = NULL;
    if (rr_rdata_canonical(type, rdata, origin, &canonical, NULL) == ERR_OK)
        add_text(texts, canonical);
}

static texts_t spellings(const char *rdata, const record_wish_t *wish, const char *origin)
{
    static const uint16_t COMMON[] = {RR_A, RR_AAAA, RR_CNAME, RR_MX, RR_SRV, RR_TXT, RR_DS};
    texts_t texts = {0};
    add_text(&texts, auto_strdup(rdata));
    const uint16_t *types = wish->type_count > 0 ? wish->types : COMMON;
    size_t count = wish->type_count > 0 ? wish->type_count : ARRAY_SIZE(COMMON);
    AUTO_FREE char *quoted = strchr(rdata, '"') == NULL ? auto_printf("\"%s\"", rdata) : NULL;
    for (size_t i = 0; i < count; i++) {
        add_canonical(&texts, types[i], rdata, origin);
        if (types[i] == RR_TXT && quoted != NULL) /* v=spf1 -all means one string with a blank in it, too */
            add_canonical(&texts, RR_TXT, quoted, origin);
    }
    return texts;
}

/* ---- query */

static bool wanted(const record_wish_t *wish, const texts_t *rdatas, uint16_t type, const char *rdata)
{
    bool typed = wish->type_count == 0, same = rdatas->count == 0;
    for (size_t i = 0; i < wish->type_count; i++)
        typed = typed || wish->types[i] == type;
    for (size_t i = 0; i < rdatas->count; i++)
        same = same || strcmp(rdatas->items[i], rdata) == 0;
    return typed && same;
}

/* SOA and the group's NS are no rows of the table, but records of the zone. */
static void add_apex(const record_place_t *place, const record_wish_t *wish, const texts_t *rdatas, const zi_row_t *zi, record_row_t **rows,
                     size_t *count)
{
    if (fnmatch(place->label, "@", FNM_NOESCAPE) != 0)
        return;
    size_t cap = *count + 1 + zi->apex_ns_count + 1;
    record_row_t *all = auto_calloc(cap, sizeof(*all));
    size_t n = 0;
    AUTO_FREE char *soa = apex_soa_text(zi->soa_mname, zi->soa_rname, zi->soa_serial, zi->soa_refresh, zi->soa_retry, zi->soa_expire,
                                        zi->soa_minimum);
    if (wanted(wish, rdatas, RR_SOA, soa))
        all[n++].rr = (zonedata_rr_t){.type = RR_SOA, .rdata = auto_strdup(soa)};
    for (size_t i = 0; zi->has_apex_ns && i < zi->apex_ns_count; i++) {
        if (wanted(wish, rdatas, RR_NS, zi->apex_ns[i]))
            all[n++].rr = (zonedata_rr_t){.type = RR_NS, .rdata = auto_strdup(zi->apex_ns[i])};
    }
    for (size_t i = 0; i < n; i++)
        all[i].rr.label = auto_strdup("@");
    if (*count > 0)
        memcpy(all + n, *rows, *count * sizeof(*all));
    free(*rows);
    *rows = all;
    *count += n;
}

err_t record_find(db_t *db, const record_place_t *place, const record_wish_t *wish, record_row_t **ret_rows, size_t *ret_count,
                  int64_t *ret_zi_id, err_info_t *reterr)
{
    const zone_row_t *zone = &place->zone;
    AUTO_CLEANUP(zi_row_done) zi_row_t zi = {0};
    int64_t zi_id = wish->zi_id != 0 ? wish->zi_id : zone->zi_id;
    *ret_rows = NULL;
    *ret_count = 0;
    *ret_zi_id = 0;
    if (!place->found || (zone->state == ZONE_DISABLED && !wish->show_all) || (!wish->all_zis && zi_id == 0))
        return ERR_OK;
    err_t e = wish->all_zis ? ERR_OK : zi_store_get(db, zone->id, zi_id, &zi, reterr);
    if (e != ERR_OK)
        return e;
    texts_t rdatas = {0};
    if (wish->rdata != NULL)
        rdatas = spellings(wish->rdata, wish, zone->name);
    const record_query_t query = {place->label,  wish->all_zis ? 0 : zi.seq, wish->types,   wish->type_count, rdatas.items,
                                  rdatas.count, wish->show_all};
    e = record_store_query(db, zone->id, &query, ret_rows, ret_count, reterr);
    if (e == ERR_OK && !wish->all_zis)
        add_apex(place, wish, &rdatas, &zi, ret_rows, ret_count);
    for (size_t i = 0; e == ERR_OK && !wish->all_zis && i < *ret_count; i++)
        (*ret_rows)[i].zi_id = zi_id;
    *ret_zi_id = wish->all_zis ? 0 : zi_id;
    rows_texts_free(rdatas.items, rdatas.count);
    return e;
}

err_t record_find_history(db_t *db, const caller_t *who, const char *name, const char *label, uint16_t type, int64_t before_id, int64_t limit,
                          zone_row_t *ret_zone, record_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    char canonical[DNAME_TEXT], owner[DNAME_TEXT];
    err_t e = zone_edit_name(name, canonical, reterr);
    if (e == ERR_OK)
        e = zone_store_by_name(db, who, canonical, false, ret_zone, reterr);
    if (e == ERR_OK)
        e = dname_relative(label, canonical, owner, reterr);
    return e == ERR_OK ? record_store_history(db, ret_zone->id, owner, type, before_id, limit, ret_rows, ret_count, reterr) : e;
}
