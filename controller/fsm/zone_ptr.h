/* Automatic PTR records: a forward zone's new version asks for them in reverse zones, in the transaction of the change.
 * Only rows that wait are written; the machine of each reverse zone decides (zone_act_ptr.c).  See: behaviour.md 8. */
#ifndef DMS_ZONE_PTR_H
#define DMS_ZONE_PTR_H
#include "controller/store/db.h"
#include "controller/store/rows.h"
#include "shared/zonedata.h"

/* Who changes the zone, and how. */
typedef struct zone_ptr {
    const char *change_by;       /* "<login>/<sectag>" */
    int64_t sectag_id;           /* 0: Admin */
    bool never_force;            /* copies */
    const zonedata_t *submission;/* whose FORCEREV records count; NULL: none */
    problem_list_t **warnings;   /* what is known at once is added (owned by the caller); NULL: nobody asks */
} zone_ptr_t;

/* The zone goes from version from_zi_id to to_zi_id; 0: it is not in service. */
err_t zone_ptr_follow(db_t *db, const zone_row_t *zone, int64_t from_zi_id, int64_t to_zi_id, const zone_ptr_t *in, int64_t change_id,
                      wall_t now, err_info_t *reterr);
/* Version of a zone that counts: its candidate while it is in service, else 0. */
int64_t zone_ptr_version(const zone_row_t *zone);
#endif
