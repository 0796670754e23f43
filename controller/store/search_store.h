/* Search over the estate: pages along one index, filtered in the database.  A page looks at a bounded number of rows, however few of them match. */
#ifndef DMS_SEARCH_STORE_H
#define DMS_SEARCH_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"
#include "shared/zonedata.h"

/* What is asked for; NULL and 0: any. */
typedef struct {
    const char *name;                          /* absolute owner, lower case; * and ? */
    const uint16_t *types; size_t type_count;
    const char *rdata;                         /* lower case; * and ? */
    const char *address_from, *address_to;     /* A and AAAA records in this range */
    const char *reference, *sg_name;
    bool include_disabled;
    wall_t at;                                 /* us 0: what is published; else the estate as it was */
} search_filter_t;

/* The index that a page goes along. */
typedef enum {
    SEARCH_BY_VALUE,   /* records of one type whose rdata begins so, by rdata */
    SEARCH_BY_LABEL,   /* records whose relative owner begins so, by owner; none at an apex */
    SEARCH_BY_ADDRESS, /* by address */
    SEARCH_BY_ZONE,    /* all records of some zones */
    SEARCH_BY_NAME,    /* records at some names */
} search_way_t;
typedef struct {
    search_way_t way;
    const char *lo, *hi;                       /* VALUE, LABEL: range of the beginning */
    int type;                                  /* VALUE */
    const int64_t *zone_ids; size_t zone_count; bool only_apex;         /* ZONE */
    const char *const *zones, *const *labels; size_t name_count;        /* NAME: absolute zone, relative owner */
    const char *after_key; int64_t after_id;   /* behind this row; NULL: from the start */
    int64_t limit, scan;                       /* most matches; most rows looked at */
} search_page_t;

typedef struct {
    bool match;         /* false: only the last row that was looked at, for the next page to begin behind */
    int64_t n;          /* which of the rows that were looked at */
    char *key;
    zonedata_rr_t rr;
    int64_t zone_id, zi_id;
    char *zone, *zone_reference;
    bool zone_disabled;
} search_row_t;
void search_store_rows_free(search_row_t *rows, size_t count);
err_t search_store_page(db_t *db, const caller_t *who, const search_filter_t *filter, const search_page_t *page, search_row_t **ret_rows,
                        size_t *ret_count, err_info_t *reterr);
/* The lowest type above this one that any record has; 0: none. */
err_t search_store_next_type(db_t *db, int after, int *ret_type, err_info_t *reterr);

typedef enum { SEARCH_ZONES_REFERENCE, SEARCH_ZONES_GROUP, SEARCH_ZONES_BELOW, SEARCH_ZONES_NAMED, SEARCH_ZONES_PREFIX } search_zones_t;
/* Ids of the next zones above after_id: of a reference, of a group, named so or below (absolute name), with one of these names (blanks
 * between), with names that begin so. */
err_t search_store_zones(db_t *db, search_zones_t way, const char *what, int64_t after_id, int64_t limit, int64_t **ret_ids, size_t *ret_count,
                         err_info_t *reterr);
#endif
