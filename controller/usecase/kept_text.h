/* A save that lost its lock, or the race for it, leaves its contents here for a time, so that no front end can lose what somebody has written. */
#ifndef DMS_KEPT_TEXT_H
#define DMS_KEPT_TEXT_H
#include "controller/store/kept_store.h"

/* After a refused change, in a transaction of its own.  contents: JSON text. */
err_t kept_text_keep(db_t *db, const caller_t *who, const char *method, const char *name, const char *contents, const err_info_t *why, wall_t now,
                     int64_t *ret_id);
#endif
