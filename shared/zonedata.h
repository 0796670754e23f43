/* One version of a zone's contents in memory: groups in the user's order, records in the user's order.
 * The common form of zone text, JSON zi_data and database rows.  Plain open structs; strings owned. */
#ifndef DMS_ZONEDATA_H
#define DMS_ZONEDATA_H
#include "shared/problem.h"
#include "shared/rr.h"

/* groups[0] is always the apex group (may be empty): tag APEX_RRS.  It holds NS records at "@" only: in zone text the group
 * stands with the SOA, and zonetext_parse leaves other records of that block in a group of their own. */
enum { ZONEDATA_GROUP_APEX = 0 };

typedef struct {
    int64_t id;        /* database row, 0: not from the database */
    char *label;       /* relative owner, lower case, "@" apex */
    uint32_t ttl;
    bool has_ttl;      /* false: the zone's TTL */
    uint16_t type;
    char *rdata;       /* canonical text, names in the zone relative; "": any (update mode, DELETE; type may be RR_ANY) */
    char *comment;     /* ;# text without the marker, lines joined by \n; or NULL */
    char *reference;   /* ;!REF: or NULL */
    bool disable, lock_ptr, track_reverse, force_reverse;
    int64_t ptr_zone_id; /* PTR that DMS made: the forward zone that it was made for; 0: by hand */
    char *update_op;   /* ;!RROP: or NULL; update mode only */
    struct { int group_no; double pos; } stood; /* RESTORE: where in the zone; group_no 0: that group is gone */
    unsigned line, col;/* where it stood in the input, 0 unknown */
    unsigned place;    /* which one of its group it was there, from 1; 0 unknown: as now */
    bool broken;       /* its fault is told: it only keeps its place, and its name from being missed; never stored */
    bool checked;      /* the reader has applied shared/rrcheck */
} zonedata_rr_t;

typedef struct {
    int64_t id;        /* group number in the zone, 0: new */
    char *comment;     /* ;| text, lines joined by \n; NULL: none */
    char *tag;         /* "APEX_RRS" or NULL */
    zonedata_rr_t *rrs;
    size_t count, cap;
} zonedata_group_t;

/* SOA fields: timers as text the way users write them ("2h"); NULL or has_ false: not given. */
typedef struct {
    char *mname, *rname;                     /* absolute names */
    char *refresh, *retry, *expire, *minimum;
    char *soa_ttl;                           /* TTL of the SOA record, NULL: zone TTL */
    bool has_serial;
    uint32_t serial;
    char *comment, *reference;               /* ;# and ;!REF: before the SOA */
    unsigned line, col;                      /* where it stood in text, 0 unknown */
} zonedata_soa_t;

typedef struct zonedata {
    char *name;      /* zone name, canonical absolute; NULL until known */
    char *zone_ttl;  /* $TTL as text or NULL */
    zonedata_soa_t soa;
    bool has_soa;
    char *update_type; /* $UPDATE_TYPE, update mode */
    zonedata_group_t *groups;
    size_t count, cap;
    size_t records;  /* over all groups */
    bool incomplete; /* something without a known owner could not be read: nothing can be said to be missing */
} zonedata_t;

zonedata_t *zonedata_new(const char *name); /* name may be NULL; has the empty apex group */
void zonedata_destroy(zonedata_t **self);
/* What a record or a group owns; for those that take one out. */
void zonedata_rr_done(zonedata_rr_t *rr);
void zonedata_group_done(zonedata_group_t *group);
zonedata_group_t *zonedata_add_group(zonedata_t *self, const char *comment, const char *tag);
/* Groups without records go, but for the apex group: zone text cannot say them. */
void zonedata_drop_empty(zonedata_t *self);
/* Append a zeroed record; strings are set by the caller (owned by the record). */
zonedata_rr_t *zonedata_add_rr(zonedata_t *self, zonedata_group_t *group);
#endif
