/* Clean-up.  See: behaviour.md 13.2. */
#ifndef DMS_VACUUM_H
#define DMS_VACUUM_H
#include "controller/usecase/zone_edit.h"

typedef enum { VACUUM_EVENTS = 1, VACUUM_ZONES = 2, VACUUM_ZIS = 4, VACUUM_PARE = 8, VACUUM_REQUESTS = 16, VACUUM_SETS = 32,
               VACUUM_TOKENS = 64, VACUUM_TEXTS = 128, VACUUM_LOG = 256, VACUUM_ALL = 511 } vacuum_what_t;
typedef struct { int64_t events, zones, zis, pared, requests, change_sets, tokens, kept_texts, log; } vacuum_counts_t;
/* age_days, keep: -1: the settings (event_max_age, zone_del_age, zi_max_age and zi_max_num, zone_del_pare_age, idempotency_max_age,
 * change_set_max_age, token_max_age, kept_text_max_age, syslog_max_age; for the two of deleted zones 0 is off).
 * Every zone, and every few thousand rows of the rest, in a transaction of its own: nobody waits for the whole. */
err_t vacuum_run(db_t *db, const caller_t *who, unsigned what, int64_t age_days, int64_t keep, wall_t now, vacuum_counts_t *ret_counts,
                 change_result_t *ret_result, err_info_t *reterr);
#endif
