/* zi-id notation: which version of a zone a person means.  Pure.  See: behaviour.md 2.7. */
#ifndef DMS_ZI_REF_H
#define DMS_ZI_REF_H
#include "shared/clock.h"
#include "shared/err.h"

typedef struct {
    int64_t id;
    wall_t ctime;
} zi_ref_item_t;

/* A plain number, "" and "^" need no list: the id, or 0 for the published version.  False: other notation (or
 * nonsense). */
bool zi_ref_number(const char *text, int64_t *ret_id);
/* items: all versions of the zone in any order (sorted here by ctime).  published 0: none yet.  Dates and times are
 * UTC. Errors: ZI_ID_* (malformed), ZI_NOT_FOUND; key zi_id. */
err_t zi_ref_resolve(const char *text, zi_ref_item_t *items, size_t count, int64_t published, wall_t now,
                     int64_t *ret_id, err_info_t *reterr);
/* A moment: @3d, 14:30, 24/12, 24/12/2024,14:30, 2024-12-24,2:30pm.  Errors: ZI_ID_* (malformed). */
err_t zi_ref_moment(const char *text, wall_t now, wall_t *ret_moment, err_info_t *reterr);
#endif
