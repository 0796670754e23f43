/* What a publication changes on the hidden master: the shortest lists of records to remove and to add.
 * Pure.  Row changes that mean nothing in DNS (comments, flags, moves) cancel out here. */
#ifndef DMS_DNS_DIFF_H
#define DMS_DNS_DIFF_H
#include "shared/rr.h"

/* One record that went (added = false) or came between two versions: enabled records only.  Label relative, rdata
 * canonical text; owned. */
typedef struct { bool added; char *label; uint32_t ttl; bool has_ttl; uint16_t type; char *rdata; } zi_change_t;
void zi_changes_free(zi_change_t *changes, size_t count);

typedef struct {
    const char *zone;                              /* canonical absolute */
    uint32_t old_zone_ttl, new_zone_ttl;           /* seconds */
    const zi_change_t *changes; size_t change_count;
    char *const *old_apex_ns; size_t old_apex_count; /* absolute names; count 0: the NS are records */
    char *const *new_apex_ns; size_t new_apex_count;
} dns_diff_in_t;

typedef struct {
    bool needs_load; /* the zone TTL changed, or NS names of the group came or went: records that did not change do change in DNS, so send the whole zone */
    char **remove, **add;        /* "owner TTL type rdata": owner and names in rdata absolute; owned */
    size_t remove_count, add_count;
    size_t bytes;                /* of all lines, to compare with WIRE_LINES_MAX */
} dns_diff_t;
void dns_diff_done(dns_diff_t *self);
/* Errors: INTERNAL when stored rdata cannot be read (it was proven at save, so this is a bug). */
err_t dns_diff(const dns_diff_in_t *in, dns_diff_t *ret_diff, err_info_t *reterr);
/* One record as such a line. Caller frees. */
err_t dns_diff_line(const char *zone, const char *label, uint32_t ttl, uint16_t type, const char *rdata,
                    char **ret_line, err_info_t *reterr);
#endif
