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

/* ZONE_CNAME_EXISTS -18, ZONE_CNAME_LABEL_EXISTS -19, DUPLICATE_RECORD_IN_ZONE -20, ZONE_CHECK_INTEGRITY_NO_GLUE -21
 * (error; a warning where only a wildcard answers), ZONE_HAS_NO_SOA_RECORD -22, ZONE_HAS_NO_NS_RECORD -23,
 * ADMIN_PRIVILEGE_NEEDED -26, HELPDESK_PRIVILEGE_NEEDED -27, HOSTNAME_ZI_PARSE -48, TTL_ZI_PARSE -49,
 * RRSET_TTL_MISMATCH -131, BELOW_DNAME -132, ZONE_TOO_BIG -133, REFERENCE_FORMAT -82. */
/* Bits (name_index.h) that a record of this type sets on its owner. */
unsigned zone_check_bits(uint16_t type);
void zone_check(const zonedata_t *data, const zone_check_opts_t *opts, problem_list_t *problems);
#endif
