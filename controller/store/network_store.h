/* Reverse zones by their networks. */
#ifndef DMS_NETWORK_STORE_H
#define DMS_NETWORK_STORE_H
#include "controller/store/db.h"

enum { NETWORK_ZONES_MAX = 10000 };
/* Names of zones, deleted ones too, whose network contains the address (no mask), or lies inside the network (with one); at most
 * NETWORK_ZONES_MAX, whoever may see them.  *ret_names: owned, rows_texts_free. */
err_t network_store_zones(db_t *db, const char *inet, char ***ret_names, size_t *ret_count, err_info_t *reterr);
#endif
