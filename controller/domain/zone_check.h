/* Rules of a whole zone: everything that is wrong is reported at once.  Pure, linear in the number of records.
 * Disabled records are not published and therefore neither break rules nor satisfy them; a duplicate is one all the
 * same. See: behaviour.md 7.2; RFC 1034 section 3.6.2, RFC 2181 section 5.2, RFC 6672. */
#ifndef DMS_ZONE_CHECK_H
#define DMS_ZONE_CHECK_H
#include "shared/zonedata.h"

/* A slice of a zone instead of the whole: the data's group 1 holds all records of the names that changed, group 2 records
 * elsewhere whose targets or owners may have come into trouble by it.  What else has to be known about other names is
 * given as types of their enabled records. */
typedef struct { char **labels; uint16_t *types; size_t count; } zone_check_slice_t;

typedef struct {
    bool own_apex;                                 /* use_apex_ns off: SOA and NS are the submission's */
    char *const *apex_ns; size_t apex_ns_count;    /* use_apex_ns: the group's names */
    size_t max_records;                            /* 0: no limit */
    bool may_lock_ptr, may_reference;              /* privileges of the caller */
    const zonedata_t *old;                         /* newest stored content or NULL: flags that are there may stay */
    const zone_check_slice_t *slice;               /* NULL: data is the whole zone */
} zone_check_opts_t;

/* Records that old does not hold are brought to canonical rdata through the wire form (RDATA_PARSE) and must keep the
 * rules of one record (shared/rrcheck): whatever way they came, what is stored can be published. */
void zone_check_prove(zonedata_t *data, const zonedata_t *old, problem_list_t *problems);

/* Bits (name_index.h) that a record of this type sets on its owner. */
unsigned zone_check_bits(uint16_t type);
/* The rules of shared/rule.def from CNAME_ONE on.  Broken records are not judged, and nothing is said to be missing that they, or
 * what is incomplete, may have been. */
void zone_check(const zonedata_t *data, const zone_check_opts_t *opts, problem_list_t *problems);
#endif
