#include "controller/domain/scope.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PATTERN_MAX = 255 };

void scope_list_done(scope_list_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->items[i]);
    free(self->items);
    *self = (scope_list_t){0};
}

void scope_done(scope_t *self)
{
    scope_list_t *const lists[] = {&self->front_end_methods, &self->methods, &self->zones, &self->names, &self->types};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        scope_list_done(lists[i]);
    free(self->token);
    *self = (scope_t){0};
}

/* ---- patterns */

/* Next character of a name in text: \DDD and \X are one. */
static int next_unit(const char **text, bool *ret_escaped)
{
    const char *p = *text;
    *ret_escaped = *p == '\\' && p[1] != '\0';
    if (!*ret_escaped) {
        *text = p + 1;
        return tolower((unsigned char)*p);
    }
    if (isdigit((unsigned char)p[1]) && isdigit((unsigned char)p[2]) && isdigit((unsigned char)p[3])) {
        *text = p + 4;
        return tolower(((p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0')) & 0xff);
    }
    *text = p + 2;
    return tolower((unsigned char)p[1]);
}

static bool same_unit(const char **pattern, const char **name)
{
    const char *p = *pattern, *n = *name;
    bool p_escaped, n_escaped;
    int of_name = next_unit(&n, &n_escaped);
    bool any = *p == '?';
    int of_pattern = next_unit(&p, &p_escaped);
    if (!any && (of_pattern != of_name || (of_name == '.' && p_escaped != n_escaped)))
        return false;
    *pattern = p;
    *name = n;
    return true;
}

bool scope_match(const char *pattern, const char *name)
{
    const char *star = NULL, *mark = NULL;
    while (*name != '\0') {
        bool escaped;
        if (*pattern == '*') {
            star = ++pattern;
            mark = name;
        } else if (*pattern != '\0' && same_unit(&pattern, &name)) {
            continue;
        } else if (star != NULL) {
            next_unit(&mark, &escaped);
            pattern = star;
            name = mark;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

static bool any_match(const scope_list_t *patterns, const char *name)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (scope_match(patterns->items[i], name))
            return true;
    }
    return false;
}

static bool contains(const scope_list_t *list, const char *word)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], word) == 0)
            return true;
    }
    return false;
}

/* ---- judging */

bool scope_has_method(const scope_t *self, const char *method, bool changes)
{
    if (self == NULL || strcmp(method, "rpc.discover") == 0)
        return true;
    return (self->front_end_methods.count == 0 || contains(&self->front_end_methods, method)) &&
           (self->methods.count == 0 || contains(&self->methods, method)) && !(self->read_only && changes);
}

bool scope_has_zone(const scope_t *self, const char *canonical_name)
{
    return self == NULL || self->zones.count == 0 || any_match(&self->zones, canonical_name);
}

bool scope_limits_records(const scope_t *self)
{
    return self != NULL && (self->names.count > 0 || self->types.count > 0);
}

/* A pattern may mean the name within the zone or the whole one: "www" and "_acme-challenge.*" are both what people write. */
static bool has_name(const scope_t *self, const char *zone, const char *label)
{
    char absolute[DNAME_TEXT];
    if (self->names.count == 0 || any_match(&self->names, label))
        return true;
    return dname_absolute(label, zone, absolute) == ERR_OK && any_match(&self->names, absolute);
}

bool scope_has_record(const scope_t *self, const char *zone, const char *label, uint16_t type)
{
    if (!scope_limits_records(self))
        return true;
    char text[RR_TYPE_TEXT];
    rr_type_text(type, text);
    return (self->types.count == 0 || (type != RR_ANY && contains(&self->types, text))) && has_name(self, zone, label);
}

err_t scope_check_zone(const scope_t *self, const char *canonical_name, err_info_t *reterr)
{
    if (scope_has_zone(self, canonical_name))
        return ERR_OK;
    err_set(reterr, ERR_OUT_OF_SCOPE, "zone \"%s\" is outside the scope of the token", canonical_name);
    err_key(reterr, "name", canonical_name);
    return ERR_OUT_OF_SCOPE;
}

err_t scope_check_update(const scope_t *self, const char *zone, const zonedata_t *operations, err_info_t *reterr)
{
    for (size_t g = 0; scope_limits_records(self) && g < operations->count; g++) {
        const zonedata_group_t *group = &operations->groups[g];
        for (size_t i = 0; i < group->count; i++) {
            const zonedata_rr_t *rr = &group->rrs[i];
            if (scope_has_record(self, zone, rr->label, rr->type))
                continue;
            char type[RR_TYPE_TEXT] = "ANY";
            if (rr->type != RR_ANY)
                rr_type_text(rr->type, type);
            err_set(reterr, ERR_OUT_OF_SCOPE, "record \"%s\" %s of zone \"%s\" is outside the scope of the token", rr->label, type, zone);
            err_hint(reterr, "list_tokens shows the names and types that it may change");
            err_key(reterr, "name", zone);
            err_key(reterr, "label", rr->label);
            err_key(reterr, "type", type);
            return ERR_OUT_OF_SCOPE;
        }
    }
    return ERR_OK;
}

void scope_hide(const scope_t *self, zonedata_t *data)
{
    if (!scope_limits_records(self))
        return;
    size_t groups = 0;
    for (size_t g = 0; g < data->count; g++) {
        zonedata_group_t *group = &data->groups[g];
        size_t seen = 0;
        for (size_t i = 0; i < group->count; i++) {
            zonedata_rr_t *rr = &group->rrs[i];
            if (scope_has_record(self, data->name, rr->label, rr->type))
                group->rrs[seen++] = *rr;
            else
                zonedata_rr_done(rr);
        }
        data->records -= group->count - seen;
        group->count = seen;
        if (seen > 0 || g == ZONEDATA_GROUP_APEX)
            data->groups[groups++] = *group;
        else
            zonedata_group_done(group);
    }
    data->count = groups;
}

/* ---- what people type */

static err_t bad(const char *what, const char *given, const char *rule, err_info_t *reterr)
{
    err_set(reterr, ERR_INVALID_ARGUMENT, "%s \"%.100s\" is not valid", what, given);
    err_hint(reterr, "%s", rule);
    return ERR_INVALID_ARGUMENT;
}

static char *lower(const char *text, const char *end)
{
    char *copy = auto_printf("%s%s", text, end);
    for (char *p = copy; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    return copy;
}

err_t scope_zone_pattern(const char *given, char **ret_pattern, err_info_t *reterr)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./*?";
    char name[DNAME_TEXT], cidr[64];
    size_t len = strlen(given);
    if (strpbrk(given, "*?") == NULL) {
        err_t e = dname_from_network(given, name, cidr, reterr);
        if (e == ERR_OK)
            *ret_pattern = auto_strdup(name);
        return e;
    }
    if (len > PATTERN_MAX || strspn(given, allowed) != len)
        return bad("zone pattern", given, "a domain name, or one with * for any characters and ? for one", reterr);
    *ret_pattern = lower(given, strchr("*?.", given[len - 1]) != NULL ? "" : ".");
    return ERR_OK;
}

err_t scope_name_pattern(const char *given, char **ret_pattern, err_info_t *reterr)
{
    size_t len = strlen(given);
    bool good = len > 0 && len <= PATTERN_MAX;
    for (const char *p = given; good && *p != '\0'; p++)
        good = *p > ' ' && *p < 0x7f;
    if (!good)
        return bad("name pattern", given, "an owner as in the zone (www, @ for the apex) or absolute, with * for any characters and ? for one",
                   reterr);
    *ret_pattern = lower(given, "");
    return ERR_OK;
}

err_t scope_type(const char *given, char **ret_type, err_info_t *reterr)
{
    uint16_t type;
    char text[RR_TYPE_TEXT];
    if (!rr_type_from_text(given, &type))
        return bad("record type", given, "a type such as TXT, AAAA or TYPE65280", reterr);
    rr_type_text(type, text);
    *ret_type = auto_strdup(text);
    return ERR_OK;
}

/* Are all bits behind the first `prefix` zero? */
static bool rest_is_zero(const unsigned char *address, size_t bytes, long prefix)
{
    for (long bit = prefix; bit < (long)bytes * 8; bit++) {
        if ((address[bit / 8] & (0x80 >> (bit % 8))) != 0)
            return false;
    }
    return true;
}

err_t scope_network(const char *given, char **ret_network, err_info_t *reterr)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[16];
    size_t len = strcspn(given, "/");
    bool six = memchr(given, ':', len) != NULL;
    size_t bytes = six ? 16 : 4;
    char *end = NULL;
    long prefix = given[len] == '/' && isdigit((unsigned char)given[len + 1]) ? strtol(given + len + 1, &end, 10) : (long)bytes * 8;
    bool good = len < sizeof text && (given[len] == '\0' || (end != NULL && *end == '\0')) && prefix <= (long)bytes * 8;
    if (good)
        snprintf(text, sizeof text, "%.*s", (int)len, given);
    if (!good || inet_pton(six ? AF_INET6 : AF_INET, text, address) != 1)
        return bad("network", given, "an address or a network such as 192.0.2.0/24 or 2001:db8::/32", reterr);
    if (!rest_is_zero(address, bytes, prefix))
        return bad("network", given, "its address has bits behind the prefix: write the network's first address", reterr);
    *ret_network = auto_printf("%s/%ld", text, prefix);
    return ERR_OK;
}

err_t scope_words(const char *const *given, size_t count, scope_word_fn_t fn, scope_list_t *ret_list, err_info_t *reterr)
{
    scope_list_t list = {.items = auto_calloc(count + 1, sizeof(char *))};
    err_t e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        e = fn(given[i], &list.items[i], reterr);
        list.count += e == ERR_OK;
    }
    if (e == ERR_OK)
        *ret_list = list;
    else
        scope_list_done(&list);
    return e;
}
