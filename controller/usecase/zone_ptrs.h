/* Automatic PTR records as operators meet them: what becomes of an address, and doing it again for a whole zone. */
#ifndef DMS_ZONE_PTRS_H
#define DMS_ZONE_PTRS_H
#include "controller/store/ptr_store.h"
#include "controller/usecase/zone_edit.h"

typedef struct {
    char *address;               /* canonical; owned */
    char name[DNAME_TEXT];       /* full reverse name */
    char label[DNAME_TEXT];      /* in the reverse zone, where there is one */
    auto_ptr_settings_t settings;
    ptr_view_t view;
} zone_ptrs_t;
void zone_ptrs_done(zone_ptrs_t *self);
/* show_auto_ptr.  Errors: INVALID_ARGUMENT (no address). */
err_t zone_ptrs_show(db_t *db, const char *address, zone_ptrs_t *ret_ptrs, err_info_t *reterr);
/* refresh_auto_ptr: as if every address of the zone had just been saved (after a reverse zone was created, or a setting changed).
 * Errors: ZONE_NOT_FOUND, ZONE_DISABLED. */
err_t zone_ptrs_refresh(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
#endif
