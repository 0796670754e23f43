/* Inner parts of the rules of a whole zone, shared by zone_check*.c only. */
#ifndef DMS_ZONE_CHECK_PRIV_H
#define DMS_ZONE_CHECK_PRIV_H
#include "controller/domain/name_index.h"
#include "controller/domain/rr_index.h"
#include "controller/domain/zone_check.h"

typedef struct {
    const zonedata_t *data;
    const zone_check_opts_t *opts;
    problem_list_t *problems;
    rr_index_t *records, *sets; /* by (label, type, rdata); first enabled record by (label, type) */
    name_index_t *names;
    uint32_t zone_ttl;
    bool any_cut, any_dname;    /* some delegation, some DNAME: else nothing can be below one */
    bool soa_broken;
    bool any_cds;               /* CDS or CDNSKEY at the apex */
    bool any_large;             /* some set may be larger than a message */
} zone_checking_t;

/* A breach at a record: group, record, line, column and data are the record's. */
problem_t *zone_check_fault(zone_checking_t *c, const rr_entry_t *at, rule_t rule, const char *fmt, ...) PRINTF(4, 5);

/* zone_check_set.c: what a record may not stand beside, told while walking in order.  bits: of the owner so far; returns those that it adds. */
unsigned zone_check_set_add(zone_checking_t *c, const rr_entry_t *at, unsigned bits);

/* zone_check_rrset.c: the first enabled record of its set, to which this one is added; NULL: this is it. */
const rr_entry_t *zone_check_rrset_add(zone_checking_t *c, rr_entry_t *at);
/* Sizes of the sets; CDS and CDNSKEY. */
void zone_check_rrset(zone_checking_t *c);

/* zone_check_target.c, on the complete index of names: */
/* NS records mark what they name, so that glue is known. */
void zone_check_target_mark(zone_checking_t *c);
/* Target of an NS, MX or SRV record. */
void zone_check_target_record(zone_checking_t *c, const rr_entry_t *at);
/* NS of the server group at the apex. */
void zone_check_target_apex(zone_checking_t *c, const char *name);
/* Records at and below delegations, DS records, chains of aliases. */
void zone_check_target_place(zone_checking_t *c, const rr_entry_t *at);
#endif
