/* What differs between two zonedata, for tests. */
#ifndef DMS_ZONEDATA_EQUAL_H
#define DMS_ZONEDATA_EQUAL_H
#include "shared/zonedata.h"
#include <string.h>

#define ZD_TEXT(a, b, what) \
    if (((a) == NULL) != ((b) == NULL) || ((a) != NULL && strcmp((a), (b)) != 0)) \
        return auto_printf("%s: \"%s\" and \"%s\"", what, (a) != NULL ? (a) : "NULL", (b) != NULL ? (b) : "NULL")
#define ZD_NUMBER(a, b, what) \
    if ((a) != (b)) \
        return auto_printf("%s: %llu and %llu", what, (unsigned long long)(a), (unsigned long long)(b))

static inline char *zonedata_rr_difference(const zonedata_rr_t *a, const zonedata_rr_t *b)
{
    ZD_TEXT(a->label, b->label, "label");
    ZD_NUMBER(a->has_ttl, b->has_ttl, "has_ttl");
    ZD_NUMBER(a->has_ttl ? a->ttl : 0, b->has_ttl ? b->ttl : 0, "ttl");
    ZD_NUMBER(a->type, b->type, "type");
    ZD_TEXT(a->rdata, b->rdata, "rdata");
    ZD_TEXT(a->comment, b->comment, "comment");
    ZD_TEXT(a->reference, b->reference, "reference");
    ZD_TEXT(a->update_op, b->update_op, "update_op");
    ZD_NUMBER(a->disable, b->disable, "disable");
    ZD_NUMBER(a->lock_ptr, b->lock_ptr, "lock_ptr");
    ZD_NUMBER(a->track_reverse, b->track_reverse, "track_reverse");
    ZD_NUMBER(a->force_reverse, b->force_reverse, "force_reverse");
    return NULL;
}

static inline char *zonedata_soa_difference(const zonedata_soa_t *a, const zonedata_soa_t *b)
{
    ZD_TEXT(a->mname, b->mname, "mname");
    ZD_TEXT(a->rname, b->rname, "rname");
    ZD_TEXT(a->refresh, b->refresh, "refresh");
    ZD_TEXT(a->retry, b->retry, "retry");
    ZD_TEXT(a->expire, b->expire, "expire");
    ZD_TEXT(a->minimum, b->minimum, "minimum");
    ZD_TEXT(a->soa_ttl, b->soa_ttl, "soa_ttl");
    ZD_NUMBER(a->has_serial, b->has_serial, "has_serial");
    ZD_NUMBER(a->serial, b->serial, "serial");
    ZD_TEXT(a->comment, b->comment, "SOA comment");
    ZD_TEXT(a->reference, b->reference, "SOA reference");
    return NULL;
}

/* NULL: equal (positions and database numbers aside).  Caller frees. */
static inline char *zonedata_difference(const zonedata_t *a, const zonedata_t *b)
{
    ZD_TEXT(a->name, b->name, "name");
    ZD_TEXT(a->zone_ttl, b->zone_ttl, "zone_ttl");
    ZD_TEXT(a->update_type, b->update_type, "update_type");
    ZD_NUMBER(a->has_soa, b->has_soa, "has_soa");
    char *difference = zonedata_soa_difference(&a->soa, &b->soa);
    if (difference != NULL)
        return difference;
    ZD_NUMBER(a->count, b->count, "groups");
    ZD_NUMBER(a->records, b->records, "records");
    for (size_t i = 0; i < a->count; i++) {
        ZD_TEXT(a->groups[i].comment, b->groups[i].comment, "group comment");
        ZD_TEXT(a->groups[i].tag, b->groups[i].tag, "group tag");
        ZD_NUMBER(a->groups[i].count, b->groups[i].count, "records in group");
        for (size_t k = 0; k < a->groups[i].count; k++) {
            difference = zonedata_rr_difference(&a->groups[i].rrs[k], &b->groups[i].rrs[k]);
            if (difference != NULL)
                return difference;
        }
    }
    return NULL;
}
#endif
