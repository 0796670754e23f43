/* Order inside the update section (RFC 2136 section 3.4.2): a server ignores the removal of the last NS record of the
 * apex, so new NS records come first; it ignores a CNAME beside other data, so all else goes before it comes.  A
 * record that is removed and added with the same rdata has only another TTL: the addition alone does that (3.4.2.2),
 * and BIND then gives the
 * whole set that TTL. */
#include "agent/ddns_msg.h"
#include "shared/rr.h"
#include <assert.h>
#include <libknot/libknot.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct {
    knot_dname_t owner[DNAME_WIRE];
    size_t owner_len;
    uint16_t type;
    uint32_t ttl;
    uint8_t *rdata; /* owned */
    uint16_t size;
    bool skip;
} record_t;

typedef struct {
    record_t *items;
    size_t count;
} records_t;

static void records_done(records_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->items[i].rdata);
    free(self->items);
}

/* Next word of a line; false: none, or too long. */
static bool word(const char **p, char *ret, size_t size)
{
    *p += strspn(*p, " \t");
    size_t n = strcspn(*p, " \t");
    if (n == 0 || n >= size)
        return false;
    memcpy(ret, *p, n);
    ret[n] = '\0';
    *p += n;
    return true;
}

/* owner TTL [IN] type rdata; exactly one record. */
static err_t parse_line(const char *line, record_t *ret, err_info_t *reterr)
{
    char owner[DNAME_TEXT], name[DNAME_TEXT], ttl[24], type[24];
    const char *p = line;
    *ret = (record_t){0};
    if (strpbrk(line, "\r\n") != NULL || !word(&p, owner, sizeof owner) || !word(&p, ttl, sizeof ttl) ||
        !word(&p, type, sizeof type) ||
        (strcasecmp(type, "IN") == 0 && !word(&p, type, sizeof type)))
        return err_set(reterr, ERR_ZI_TEXT_PARSE, "not a record: \"%.200s\"", line);
    if (dname_absolute(owner, ".", name) != ERR_OK || (ret->owner_len = dname_to_wire(name, ret->owner)) == 0)
        return err_set(reterr, ERR_ZI_TEXT_PARSE, "owner is not a name: \"%.200s\"", line);
    if (!rr_ttl_from_text(ttl, &ret->ttl))
        return err_set(reterr, ERR_ZI_TEXT_PARSE, "not a TTL: \"%.200s\"", line);
    if (!rr_type_from_text(type, &ret->type))
        return err_set(reterr, ERR_ZI_TEXT_PARSE, "not a type: \"%.200s\"", line);
    p += strspn(p, " \t");
    return rr_rdata_to_wire(ret->type, p, ".", &ret->rdata, &ret->size, reterr);
}

static err_t parse_lines(char *const *lines, size_t count, records_t *ret, err_info_t *reterr)
{
    ret->items = auto_calloc(count, sizeof *ret->items);
    for (size_t i = 0; i < count; i++) {
        err_t e = parse_line(lines[i], &ret->items[i], reterr);
        if (e != ERR_OK)
            return e;
        ret->count++;
        ret->items[i].skip = ret->items[i].type == KNOT_RRTYPE_SOA; /* the SOA has fields of its own */
    }
    return ERR_OK;
}

static bool same(const record_t *a, const record_t *b)
{
    return a->type == b->type && a->size == b->size && a->owner_len == b->owner_len &&
        memcmp(a->rdata, b->rdata, a->size) == 0 &&
           memcmp(a->owner, b->owner, a->owner_len) == 0;
}

static err_t put(knot_pkt_t *pkt, record_t *r, uint16_t class, uint32_t ttl, err_info_t *reterr)
{
    knot_rrset_t set;
    knot_rrset_init(&set, r->owner, r->type, class, ttl);
    int e = knot_rrset_add_rdata(&set, r->rdata, r->size, NULL);
    if (e == KNOT_EOK)
        e = knot_pkt_put(pkt, KNOT_COMPR_HINT_NONE, &set, KNOT_PF_NOTRUNC);
    knot_rdataset_clear(&set.rrs, NULL);
    if (e == KNOT_ESPACE)
        return err_set(reterr, ERR_LIMIT, "update is larger than a DNS message");
    return e == KNOT_EOK ? ERR_OK : err_set(reterr, ERR_ZI_TEXT_PARSE, "record cannot be put into a DNS message: %s",
                                            knot_strerror(e));
}

enum { PUT_APEX_NS = 1, PUT_OTHER = 2 };

static err_t put_all(knot_pkt_t *pkt, records_t *list, const uint8_t *zone, bool removal, unsigned what,
                     err_info_t *reterr)
{
    for (size_t i = 0; i < list->count; i++) {
        record_t *r = &list->items[i];
        unsigned kind = r->type == KNOT_RRTYPE_NS && knot_dname_is_case_equal(r->owner, zone) ? PUT_APEX_NS : PUT_OTHER;
        if (r->skip || (kind & what) == 0)
            continue;
        err_t e = put(pkt, r, removal ? KNOT_CLASS_NONE : KNOT_CLASS_IN, removal ? 0 : r->ttl, reterr);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static err_t fill(knot_pkt_t *pkt, const uint8_t *zone, record_t *soas, records_t *removed, records_t *added,
                  err_info_t *reterr)
{
    for (size_t i = 0; i < removed->count; i++) {
        for (size_t j = 0; j < added->count && !removed->items[i].skip; j++)
            removed->items[i].skip = same(&removed->items[i], &added->items[j]);
    }
    knot_wire_set_opcode(pkt->wire, KNOT_OPCODE_UPDATE);
    if (knot_pkt_put_question(pkt, zone, KNOT_CLASS_IN, KNOT_RRTYPE_SOA) != KNOT_EOK)
        return err_set(reterr, ERR_LIMIT, "zone name does not fit");
    knot_pkt_begin(pkt, KNOT_ANSWER);
    err_t e = put(pkt, &soas[0], KNOT_CLASS_IN, 0, reterr);
    knot_pkt_begin(pkt, KNOT_AUTHORITY);
    if (e == ERR_OK)
        e = put_all(pkt, added, zone, false, PUT_APEX_NS, reterr);
    if (e == ERR_OK)
        e = put_all(pkt, removed, zone, true, PUT_APEX_NS | PUT_OTHER, reterr);
    if (e == ERR_OK)
        e = put_all(pkt, added, zone, false, PUT_OTHER, reterr);
    return e == ERR_OK ? put(pkt, &soas[1], KNOT_CLASS_IN, soas[1].ttl, reterr) : e;
}

static err_t build(const wire_zone_update_t *u, knot_pkt_t *pkt, err_info_t *reterr)
{
    uint8_t zone[DNAME_WIRE];
    if (dname_to_wire(u->zone, zone) == 0)
        return err_set(reterr, ERR_INVALID_DOMAIN_NAME, "not a zone name: \"%s\"", u->zone);
    records_t removed = {0}, added = {0}, soas = {0};
    AUTO_FREE char *old_soa = auto_printf("%s %u SOA %s", u->zone, u->soa_ttl, u->old_soa);
    AUTO_FREE char *new_soa = auto_printf("%s %u SOA %s", u->zone, u->soa_ttl, u->new_soa);
    char *soa_lines[] = {old_soa, new_soa};
    err_t e = parse_lines(soa_lines, 2, &soas, reterr);
    if (e == ERR_OK)
        e = parse_lines(u->remove, u->remove_count, &removed, reterr);
    if (e == ERR_OK)
        e = parse_lines(u->add, u->add_count, &added, reterr);
    if (e == ERR_OK)
        e = fill(pkt, zone, soas.items, &removed, &added, reterr);
    records_done(&removed);
    records_done(&added);
    records_done(&soas);
    return e;
}

err_t ddns_msg_build(const wire_zone_update_t *update, uint8_t **ret_bytes, size_t *ret_size, err_info_t *reterr)
{
    knot_pkt_t *pkt = knot_pkt_new(NULL, DDNS_MSG_MAX, NULL);
    assert(pkt != NULL);
    err_t e = build(update, pkt, reterr);
    if (e == ERR_OK) {
        *ret_bytes = auto_malloc(pkt->size);
        memcpy(*ret_bytes, pkt->wire, pkt->size);
        *ret_size = pkt->size;
    }
    knot_pkt_free(pkt);
    return e;
}
