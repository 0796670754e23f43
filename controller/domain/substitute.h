/* Values to put in the place of others, wherever they stand in a zone: operations of change sets -> operations of incremental updates.  Pure. */
#ifndef DMS_SUBSTITUTE_H
#define DMS_SUBSTITUTE_H
#include "controller/domain/inc_update.h"

/* Records of a type: all of them, those of an owner, those with a value. */
typedef struct {
    char *label;       /* NULL: of any owner */
    uint16_t type;
    char *rdata;       /* canonical; NULL: any */
    char *new_rdata;   /* canonical; NULL: stays as it is */
    bool has_ttl;      /* the set gets ttl */
    uint32_t ttl;
    bool remove;       /* they go */
} substitute_t;
void substitutes_free(substitute_t *all, size_t count);

/* Done in order, each on what those before have left.  rows: every record of each RRset with one that any of them means.  Appends to ops:
 * one REPLACE (or DELETE) of each RRset that is touched, with everything that its records had.  A value that is there already is not doubled.
 * CHANGE_SET_CLASH where ops has operations on the same RRset. */
void substitute_apply(const inc_row_t *rows, size_t count, const substitute_t *all, size_t all_count, zonedata_t *ops, problem_list_t *problems);
#endif
