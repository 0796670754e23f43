/* Sets of records that no name server takes: larger than a DNS message, or announcing keys that the zone does not have. */
#include "controller/domain/zone_check_priv.h"
#include "shared/rrkey.h"
#include <stdlib.h>
#include <string.h>

enum { CDS = 59, CDNSKEY = 60, DNSKEY = 48 };

/* ---- size */

enum {
    MESSAGE_MAX = 65535, HEAD = 12 + 4, RECORD = 12, /* octets besides names: header and question; of a record whose owner is a pointer */
    PER_CHARACTER = 6, PER_RECORD = 2 * DNAME_WIRE   /* no wire form is longer than its text by more than this */
};

const rr_entry_t *zone_check_rrset_add(zone_checking_t *c, rr_entry_t *at)
{
    at->most = RECORD + PER_CHARACTER * strlen(at->rr->rdata) + PER_RECORD;
    rr_entry_t *first = rr_index_add(c->sets, at, false);
    size_t most = first != NULL ? (first->most += at->most) : at->most;
    c->any_large = c->any_large || most > MESSAGE_MAX;
    return first;
}

/* Only for sets whose bound is too large, which are few: the wire form costs more than all else. */
static void check_size(zone_checking_t *c, const rr_entry_t *at)
{
    char owner[DNAME_TEXT], type[RR_TYPE_TEXT];
    uint8_t name[DNAME_WIRE];
    AUTO_FREE uint8_t *wire = NULL;
    uint16_t len = 0;
    const zonedata_rr_t *rr = at->rr;
    rr_entry_t *set = rr_index_find(c->sets, rr->label, rr->type, NULL);
    if (set == NULL || set->most <= MESSAGE_MAX || set->octets > MESSAGE_MAX ||
        rr_rdata_to_wire(rr->type, rr->rdata, c->data->name, &wire, &len, NULL) != ERR_OK)
        return;
    if (set->octets == 0)
        set->octets = HEAD + (dname_absolute(rr->label, c->data->name, owner) == ERR_OK ? dname_to_wire(owner, name) : 0);
    set->octets += RECORD + (size_t)len;
    if (set->octets <= MESSAGE_MAX)
        return;
    rr_type_text(rr->type, type);
    zone_check_fault(c, at, RULE_RRSET_SIZE, "%s records of owner \"%s\" do not fit in a DNS message: up to here they have %zu octets", type,
                     rr->label, set->octets);
}

static void check_sizes(zone_checking_t *c)
{
    size_t groups = c->opts->slice != NULL ? 2 : c->data->count; /* as they were walked */
    for (size_t g = 0; g < groups; g++) {
        for (size_t r = 0; r < c->data->groups[g].count; r++) {
            const rr_entry_t at = {.rr = &c->data->groups[g].rrs[r], .group = g, .record = r};
            if (!at.rr->disable && !at.rr->broken)
                check_size(c, &at);
        }
    }
}

/* ---- CDS, CDNSKEY */

typedef struct { uint8_t *wire; uint16_t len; rr_entry_t at; } apex_key_t;
typedef struct { apex_key_t *items; size_t count, cap; } apex_keys_t;

static void collect(const zone_checking_t *c, uint16_t type, apex_keys_t *keys)
{
    for (size_t g = 0; g < c->data->count; g++) {
        for (size_t r = 0; r < c->data->groups[g].count; r++) {
            const zonedata_rr_t *rr = &c->data->groups[g].rrs[r];
            apex_key_t key = {.at = {.rr = rr, .group = g, .record = r}};
            if (rr->type != type || rr->disable || rr->broken || strcmp(rr->label, "@") != 0 ||
                rr_rdata_to_wire(type, rr->rdata, c->data->name, &key.wire, &key.len, NULL) != ERR_OK)
                continue;
            keys->items = auto_grow(keys->items, &keys->cap, keys->count + 1, sizeof(*keys->items));
            keys->items[keys->count++] = key;
        }
    }
}

static void keys_done(apex_keys_t *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        free(keys->items[i].wire);
    free(keys->items);
}

static uint8_t algorithm(const apex_key_t *key)
{
    return key->wire[key->at.rr->type == CDS ? 2 : 3];
}

/* RFC 8078 section 4: "0 0 0 00" and "0 3 0 AA==" ask for the removal of the delegation's DS records. */
static bool asks_removal(const apex_key_t *key)
{
    static const uint8_t cds[] = {0, 0, 0, 0, 0}, cdnskey[] = {0, 0, 3, 0, 0};
    return key->len == sizeof(cds) && memcmp(key->wire, key->at.rr->type == CDS ? cds : cdnskey, sizeof(cds)) == 0;
}

static bool names_key(const zone_checking_t *c, const apex_key_t *child, const apex_keys_t *keys)
{
    bool found = false;
    for (size_t i = 0; i < keys->count && !found; i++) {
        const apex_key_t *key = &keys->items[i];
        found = child->at.rr->type == CDS ? rrkey_digest_of(c->data->name, child->wire, child->len, key->wire, key->len)
                                          : child->len == key->len && memcmp(child->wire, key->wire, key->len) == 0;
    }
    return found;
}

/* One of each algorithm must be of a key that is there: others may be announced before their use (RFC 7344 section 4.1). */
static void check_children(zone_checking_t *c, uint16_t type, const apex_keys_t *keys)
{
    apex_keys_t children = {0};
    bool named[UINT8_MAX + 1] = {false}; /* by algorithm */
    collect(c, type, &children);
    for (size_t i = 0; i < children.count; i++)
        named[algorithm(&children.items[i])] = named[algorithm(&children.items[i])] || names_key(c, &children.items[i], keys);
    for (size_t i = 0; i < children.count; i++) {
        const apex_key_t *child = &children.items[i];
        bool removal = asks_removal(child);
        if (removal ? children.count > 1 : !named[algorithm(child)])
            zone_check_fault(c, &child->at, RULE_CDS_KEY, "%s record of zone \"%s\" %s", type == CDS ? "CDS" : "CDNSKEY", c->data->name,
                             removal ? "asks for removal of the DS records, and others stand beside it" : "is of no DNSKEY record of the zone");
    }
    keys_done(&children);
}

/* Refused for its size already: each of them would be compared with each key. */
static bool too_large(const zone_checking_t *c, uint16_t type)
{
    const rr_entry_t *set = rr_index_find(c->sets, "@", type, NULL);
    return set != NULL && set->octets > MESSAGE_MAX;
}

void zone_check_rrset(zone_checking_t *c)
{
    if (c->any_large)
        check_sizes(c);
    if (!c->any_cds || too_large(c, DNSKEY) || too_large(c, CDS) || too_large(c, CDNSKEY))
        return;
    apex_keys_t keys = {0};
    collect(c, DNSKEY, &keys);
    check_children(c, CDS, &keys);
    check_children(c, CDNSKEY, &keys);
    keys_done(&keys);
}
