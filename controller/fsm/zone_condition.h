/* if_zi_id, if_serial: a change that is made only while the zone is as its author saw it. */
#ifndef DMS_ZONE_CONDITION_H
#define DMS_ZONE_CONDITION_H
#include "controller/store/rows.h"

/* 0: not given. */
typedef struct { int64_t if_zi_id; uint32_t if_serial; } edit_condition_t;

/* PRECONDITION_FAILED, telling what is there.  condition NULL: none.  newest: the candidate, or the newest version where there is none. */
err_t zone_condition_check(const edit_condition_t *condition, const zone_row_t *zone, const zi_row_t *newest, err_info_t *reterr);
#endif
