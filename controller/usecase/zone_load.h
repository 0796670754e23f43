/* load_zones: many new zones in one transaction.  Each is judged on its own; what is refused is told with it and the others are made. */
#ifndef DMS_ZONE_LOAD_H
#define DMS_ZONE_LOAD_H
#include "controller/usecase/zone_edit.h"
#include "shared/dname.h"

typedef struct {
    const char *name;            /* as a person types it, or a network */
    zonedata_t *data;            /* borrowed; NULL: it was refused before (code, why) */
    const char *reference, *sg_name; /* its own; NULL: those of the options */
    const problem_list_t *found; /* what its reader found; NULL: nothing */
    /* out */
    err_t code;                  /* ERR_OK: it was made */
    err_info_t why;              /* owned */
    int64_t zone_id, zi_id, change_id;
    problem_list_t *warnings;    /* owned; NULL: none */
    char canonical[DNAME_TEXT], cidr[64];
} zone_load_item_t;
void zone_load_items_free(zone_load_item_t *items, size_t count);

/* options: for all of them; last_reference is not used.  For callers without a security tag of their own.
 * Errors, upon which nothing was made: NO_SG_FOUND, LOGIN_ID_*, ZONE_ADMIN_PRIVILEGE_NEEDED, the database's. */
err_t zone_load_many(db_t *db, const caller_t *who, const char *login_id, zone_load_item_t *items, size_t count, const zone_options_t *options,
                     const edit_limits_t *limits, wall_t now, err_info_t *reterr);
#endif
