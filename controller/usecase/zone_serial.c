#include "controller/usecase/zone_serial.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/store/change_store.h"
#include "controller/store/goal_store.h"
#include "controller/store/publish_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include "shared/serial.h"
#include <stdlib.h>

typedef struct {
    const caller_t *who;
    char name[DNAME_TEXT]; /* canonical */
    const char *method;
    const int64_t *serial; /* NULL: the next one */
    bool wrap;
    wall_t now;
    change_result_t result;
} poke_t;

static err_t refuse(err_t code, const char *name, const char *why, err_info_t *reterr)
{
    err_set(reterr, code, "zone \"%s\" %s", name, why);
    err_key(reterr, "name", name);
    return code;
}

/* A server that is still at an older serial must not take this one for a yet older one. */
static err_t check_servers(db_t *db, const zone_row_t *zone, uint32_t serial, err_info_t *reterr)
{
    uint32_t lowest = 0;
    AUTO_FREE char *server = NULL;
    err_t e = goal_store_lowest(db, zone->id, zone->soa_serial, &lowest, &server, reterr);
    if (e != ERR_OK || lowest == 0 || serial - lowest <= SERIAL_STEP_MAX)
        return e;
    err_set(reterr, ERR_SOA_SERIAL_OCCLUSION, "zone \"%s\" cannot get serial %u yet: %s still serves %u, and this one is too far ahead of that", zone->name,
            serial, server, lowest);
    err_hint(reterr, "wait until it has caught up, or disable it");
    err_key(reterr, "name", zone->name);
    return ERR_SOA_SERIAL_OCCLUSION;
}

/* One that was used before would come with other contents than a server may still have with it. */
static err_t check_past(const zone_row_t *zone, const serial_past_t *past, uint32_t serial, err_info_t *reterr)
{
    uint32_t unused = serial_unused(past->runs, past->run_count, serial);
    if (unused == serial)
        return ERR_OK;
    err_set(reterr, ERR_SOA_SERIAL_CANDIDATE_IGNORED, "zone \"%s\" cannot get serial %u: it was used before the serial was set back", zone->name, serial);
    err_hint(reterr, "the next one that was not used is %u", unused);
    err_key(reterr, "name", zone->name);
    return ERR_SOA_SERIAL_CANDIDATE_IGNORED;
}

static err_t check_serial(db_t *db, const poke_t *poke, const zone_row_t *zone, const serial_past_t *past, err_info_t *reterr)
{
    if (poke->serial == NULL)
        return ERR_OK;
    if (*poke->serial < 1 || *poke->serial > UINT32_MAX)
        return refuse(ERR_SOA_SERIAL_RANGE, zone->name, "cannot get this serial: it is not between 1 and 4294967295", reterr);
    uint32_t serial = (uint32_t)*poke->serial;
    if (serial == zone->soa_serial)
        return refuse(ERR_SOA_SERIAL_PUBLISHED, zone->name, "has this serial already", reterr);
    if (!serial_gt(serial, zone->soa_serial))
        return refuse(ERR_SOA_SERIAL_CANDIDATE_IGNORED, zone->name, "has a serial that this one is not ahead of", reterr);
    err_t e = check_past(zone, past, serial, reterr);
    return e != ERR_OK ? e : check_servers(db, zone, serial, reterr);
}

static err_t check_zone(const zone_row_t *zone, const serial_past_t *past, err_info_t *reterr)
{
    if (zone->state != ZONE_PUBLISHED)
        return refuse(ERR_ZONE_NOT_PUBLISHED, zone->name, "is not published", reterr);
    if (zone->locked)
        return refuse(ERR_UPDATE_ZONE_FAILURE, zone->name, "is locked by an editor", reterr);
    if (!past->turning)
        return ERR_OK;
    return refuse(ERR_SOA_SERIAL_OCCLUSION, zone->name, "has its serial wrapped: it is the largest step ahead, and not every server has it yet", reterr);
}

static err_t check(db_t *db, const poke_t *poke, const zone_row_t *zone, err_info_t *reterr)
{
    static const serial_past_t none = {0};
    serial_past_t *pasts = NULL;
    size_t count = 0;
    err_t e = publish_store_pasts(db, &zone->id, 1, &pasts, &count, reterr);
    const serial_past_t *past = count > 0 ? &pasts[0] : &none;
    if (e == ERR_OK)
        e = check_zone(zone, past, reterr);
    if (e == ERR_OK)
        e = check_serial(db, poke, zone, past, reterr);
    publish_store_pasts_free(pasts, count);
    return e;
}

static err_t poke_fn(db_t *db, void *arg, err_info_t *reterr)
{
    poke_t *poke = arg;
    change_result_t *r = &poke->result;
    *r = (change_result_t){.publishes = true};
    AUTO_ZONE zone = {0};
    AUTO_ZI zi = {0};
    err_t e = zone_store_by_name(db, poke->who, poke->name, true, &zone, reterr);
    if (e == ERR_OK)
        e = check(db, poke, &zone, reterr);
    if (e == ERR_OK)
        e = zi_store_get(db, zone.id, zone.zi_candidate_id, &zi, reterr);
    if (e == ERR_OK)
        e = change_store_insert(db, poke->who, poke->method, "zone", zone.name, zone.id, NULL, poke->now, &r->change_id, reterr);
    zone_params_t params = {.candidate_soa_serial = poke->serial != NULL ? (uint32_t)*poke->serial : 0,
                            .wrap_soa_serial = poke->wrap, .force_soa_serial_update = true, .change_id = r->change_id};
    if (e == ERR_OK)
        e = zone_fsm_fire(db, &zone, ZE_DoRefresh, &params, poke->now, NULL, reterr);
    r->zone_id = zone.id;
    r->zi_id = zi.id;
    return e == ERR_OK ? change_store_open(db, r->change_id, zone.id, zi.id, zi.seq, false, poke->now, reterr) : e;
}

static err_t run(db_t *db, poke_t *poke, const char *name, change_result_t *ret_result, err_info_t *reterr)
{
    err_t e = zone_edit_name(name, poke->name, reterr);
    if (e == ERR_OK)
        e = db_tx(db, poke_fn, poke, reterr);
    if (e == ERR_OK)
        *ret_result = poke->result;
    return e;
}

err_t zone_serial_set(db_t *db, const caller_t *who, const char *name, const int64_t *serial, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    poke_t poke = {.who = who, .method = "poke_zone_set_serial", .serial = serial, .now = now};
    return run(db, &poke, name, ret_result, reterr);
}

err_t zone_serial_wrap(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    poke_t poke = {.who = who, .method = "poke_zone_wrap_serial", .wrap = true, .now = now};
    return run(db, &poke, name, ret_result, reterr);
}
