#include "controller/usecase/zone_ptrs.h"
#include "controller/fsm/zone_ptr.h"
#include "controller/store/change_store.h"
#include "controller/store/ptr_fill_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include "shared/reverse.h"
#include <stdlib.h>
#include <string.h>

void zone_ptrs_done(zone_ptrs_t *self)
{
    free(self->address);
    ptr_view_done(&self->view);
    *self = (zone_ptrs_t){0};
}

static err_t show_fn(db_t *db, void *arg, err_info_t *reterr)
{
    zone_ptrs_t *ptrs = arg;
    ptr_view_done(&ptrs->view); /* an earlier try */
    err_t e = db_script(db, "set transaction isolation level repeatable read, read only", reterr);
    if (e == ERR_OK)
        e = ptr_store_settings(db, &ptrs->settings, reterr);
    if (e == ERR_OK)
        e = ptr_store_zone_of(db, ptrs->address, &ptrs->view, reterr);
    ptrs->label[0] = '\0';
    if (e == ERR_OK && ptrs->view.zone_id != 0)
        (void)reverse_label(ptrs->address, ptrs->view.zone_name, ptrs->label);
    return e == ERR_OK ? ptr_store_show(db, ptrs->address, ptrs->label, &ptrs->view, reterr) : e;
}

err_t zone_ptrs_show(db_t *db, const char *address, zone_ptrs_t *ret_ptrs, err_info_t *reterr)
{
    zone_ptrs_t ptrs = {0};
    uint16_t type = strchr(address, ':') != NULL ? RR_AAAA : RR_A;
    if (!reverse_name(address, ptrs.name) || rr_rdata_canonical(type, address, ".", &ptrs.address, NULL) != ERR_OK) {
        err_set(reterr, ERR_INVALID_ARGUMENT, "\"%.100s\" is not an IP address", address);
        err_hint(reterr, "for example 192.0.2.1 or 2001:db8::1");
        err_key(reterr, "address", address);
        return ERR_INVALID_ARGUMENT;
    }
    err_t e = db_tx(db, show_fn, &ptrs, reterr);
    if (e == ERR_OK)
        *ret_ptrs = ptrs;
    else
        zone_ptrs_done(&ptrs);
    return e;
}

typedef struct {
    const caller_t *who;
    const char *name; /* canonical */
    wall_t now;
    change_result_t result;
} refresh_t;

static err_t refresh_fn(db_t *db, void *arg, err_info_t *reterr)
{
    refresh_t *r = arg;
    change_result_done(&r->result); /* an earlier try */
    AUTO_ZONE zone = {0};
    err_t e = zone_store_by_name(db, r->who, r->name, true, &zone, reterr);
    if (e == ERR_OK && zone_ptr_version(&zone) == 0) {
        e = err_set(reterr, ERR_ZONE_DISABLED, "zone \"%s\" is disabled", zone.name);
        err_key(reterr, "name", zone.name);
    }
    if (e == ERR_OK)
        e = change_store_insert(db, r->who, "refresh_auto_ptr", "zone", zone.name, zone.id, NULL, r->now, &r->result.change_id, reterr);
    if (e != ERR_OK)
        return e;
    AUTO_FREE char *change_by = zone_edit_change_by(r->who, r->who->login);
    const zone_ptr_t ptr = {.change_by = change_by, .sectag_id = r->who->sectag_id, .warnings = &r->result.warnings};
    const ptr_fill_asker_t asker = {r->who->sectag_id, change_by, r->result.change_id};
    r->result.zone_id = zone.id;
    e = zone_ptr_follow(db, &zone, 0, zone_ptr_version(&zone), &ptr, r->result.change_id, r->now, reterr);
    return e == ERR_OK ? ptr_fill_store_begin(db, zone.id, &asker, r->now, reterr) : e;
}

err_t zone_ptrs_refresh(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    err_t e = zone_edit_name(name, canonical, reterr);
    refresh_t refresh = {.who = who, .name = canonical, .now = now};
    if (e == ERR_OK)
        e = db_tx(db, refresh_fn, &refresh, reterr);
    if (e == ERR_OK)
        *ret_result = refresh.result;
    else
        change_result_done(&refresh.result);
    return e;
}
