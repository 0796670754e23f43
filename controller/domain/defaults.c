#include "controller/domain/defaults.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *key;
    size_t offset;
} KEYS[] = {
#define K(key) {#key, offsetof(defaults_t, key)}
    K(soa_mname),   K(soa_rname),   K(soa_refresh), K(soa_retry),   K(soa_expire),
    K(soa_minimum), K(zone_ttl),    K(use_apex_ns), K(edit_lock),   K(auto_dnssec),
    K(nsec3),       K(inc_updates), K(default_sg),  K(default_ref), K(edit_lock_timeout),
    K(move_parent_ttl),
    K(soa_ttl),     K(default_stype),
#undef K
};

static char **member(defaults_t *self, size_t i)
{
    return (char **)(void *)((char *)self + KEYS[i].offset);
}

void defaults_done(defaults_t *self)
{
    for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++)
        free(*member(self, i));
    *self = (defaults_t){0};
}

void defaults_set(defaults_t *self, const char *key, const char *value)
{
    for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++) {
        if (strcmp(KEYS[i].key, key) != 0)
            continue;
        char *copy = value == NULL || *value == '\0' ? NULL : auto_strdup(value);
        free(*member(self, i));
        *member(self, i) = copy;
    }
}

bool defaults_bool(const char *text, bool *ret_ok)
{
    static const char *const words[2][4] = {{"false", "off", "no", "0"}, {"true", "on", "yes", "1"}};
    for (int value = 0; text != NULL && value < 2; value++) {
        for (size_t i = 0; i < 4; i++) {
            if (strcasecmp(text, words[value][i]) == 0) {
                *ret_ok = true;
                return value == 1;
            }
        }
    }
    *ret_ok = false;
    return false;
}

static void fill(char **field, const char *value)
{
    if (*field == NULL)
        *field = auto_strdup(value);
}

void defaults_fill(zonedata_t *data, const defaults_t *defaults)
{
    fill(&data->soa.mname, defaults->soa_mname);
    fill(&data->soa.rname, defaults->soa_rname);
    fill(&data->soa.refresh, defaults->soa_refresh);
    fill(&data->soa.retry, defaults->soa_retry);
    fill(&data->soa.expire, defaults->soa_expire);
    fill(&data->soa.minimum, defaults->soa_minimum);
    fill(&data->zone_ttl, defaults->zone_ttl);
    if (defaults->soa_ttl != NULL) /* else the SOA record has the zone's TTL */
        fill(&data->soa.soa_ttl, defaults->soa_ttl);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

void defaults_normalize_ttls(zonedata_t *data)
{
    uint32_t zone_ttl;
    if (data->zone_ttl == NULL || !rr_ttl_from_text(data->zone_ttl, &zone_ttl) || data->records == 0)
        return;
    AUTO_FREE uint32_t *ttls = auto_calloc(data->records, sizeof(*ttls));
    size_t count = 0;
    for (size_t g = 0; g < data->count; g++) {
        for (size_t r = 0; r < data->groups[g].count; r++)
            ttls[count++] = data->groups[g].rrs[r].has_ttl ? data->groups[g].rrs[r].ttl : zone_ttl;
    }
    qsort(ttls, count, sizeof(*ttls), by_value);
    uint32_t most = zone_ttl;
    size_t most_count = 0;
    for (size_t i = 0, start = 0; i < count; i++) {
        if (ttls[i] != ttls[start])
            start = i;
        size_t run = i - start + 1;
        if (run > most_count || (run == most_count && ttls[i] == zone_ttl)) { /* equal numbers: the zone's own stays */
            most_count = run;
            most = ttls[i];
        }
    }
    for (size_t g = 0; g < data->count; g++) {
        for (size_t r = 0; r < data->groups[g].count; r++) {
            zonedata_rr_t *rr = &data->groups[g].rrs[r];
            rr->ttl = rr->has_ttl ? rr->ttl : zone_ttl;
            rr->has_ttl = rr->ttl != most;
            rr->ttl = rr->has_ttl ? rr->ttl : 0;
        }
    }
    if (most != zone_ttl) {
        if (data->soa.soa_ttl == NULL) /* the SOA record keeps the TTL it had */
            data->soa.soa_ttl = auto_strdup(data->zone_ttl);
        free(data->zone_ttl);
        data->zone_ttl = auto_printf("%u", most);
    }
}
