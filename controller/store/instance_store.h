/* One controller per database: an advisory lock held by a session. */
#ifndef DMS_INSTANCE_STORE_H
#define DMS_INSTANCE_STORE_H
#include "controller/store/db.h"

/* Take the lock for this session (ends with it; again after db_reopen).  Errors: REFUSED when another session holds it,
 * saying which. */
err_t instance_store_lock(db_t *db, err_info_t *reterr);
#endif
