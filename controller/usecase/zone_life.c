#include "controller/usecase/zone_life.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/fsm/zone_ptr.h"
#include "controller/store/change_store.h"
#include "controller/store/ptr_fill_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include <stdlib.h>

typedef struct {
    const caller_t *who;
    const char *method, *name;   /* name NULL: by id */
    int64_t zone_id, zi_id;
    zone_event_t event;
    wall_t now;
    change_result_t result;
} life_t;

/* While a reverse zone is deleted the closest one around it has its network, and nothing is kept for it. */
static err_t follow_network(db_t *db, const life_t *life, const zone_row_t *zone, bool was_deleted, const char *change_by, err_info_t *reterr)
{
    ptr_fill_asker_t asker = {life->who->sectag_id, change_by, life->result.change_id};
    bool deleted = zone->state == ZONE_DELETED;
    if (deleted == was_deleted)
        return ERR_OK;
    if (!deleted)
        return ptr_fill_store_begin(db, zone->id, &asker, life->now, reterr);
    asker.sectag_id = 0; /* that zone need not be the caller's */
    return ptr_fill_store_hand_over(db, zone->id, &asker, life->now, reterr);
}

static err_t life_fn(db_t *db, void *arg, err_info_t *reterr)
{
    life_t *life = arg;
    change_result_t *r = &life->result;
    change_result_done(r); /* an earlier try */
    AUTO_ZONE zone = {0};
    AUTO_ZI zi = {0};
    err_t e = life->name != NULL ? zone_store_by_name(db, life->who, life->name, true, &zone, reterr)
                                 : zone_store_by_id(db, life->who, life->zone_id, true, &zone, reterr);
    if (e == ERR_OK && life->zi_id != 0) {
        e = zi_store_get(db, zone.id, life->zi_id, &zi, reterr);
        if (e != ERR_OK)
            err_key(reterr, "name", zone.name);
    }
    if (e == ERR_OK)
        e = change_store_insert(db, life->who, life->method, "zone", zone.name, zone.id, NULL, life->now, &r->change_id,
                                reterr);
    bool was_active = zone_edit_is_active(&zone), was_deleted = zone.state == ZONE_DELETED;
    AUTO_FREE char *change_by = zone_edit_change_by(life->who, life->who->login);
    const zone_ptr_t ptr = {.change_by = change_by, .sectag_id = life->who->sectag_id, .warnings = &r->warnings};
    zone_params_t params = {.zi_id = life->zi_id, .change_id = r->change_id, .ptr = &ptr};
    if (e == ERR_OK)
        e = zone_fsm_fire(db, &zone, life->event, &params, life->now, NULL, reterr);
    if (e != ERR_OK)
        return e;
    e = follow_network(db, life, &zone, was_deleted, change_by, reterr);
    if (e != ERR_OK)
        return e;
    bool active = zone_edit_is_active(&zone);
    r->zone_id = zone.id;
    r->zi_id = zone.zi_candidate_id;
    r->publishes = active || was_active;
    if (active && zi.id != zone.zi_candidate_id) {
        zi_row_done(&zi);
        e = zi_store_get(db, zone.id, zone.zi_candidate_id, &zi, reterr);
    }
    if (e != ERR_OK || !r->publishes)
        return e;
    return change_store_open(db, r->change_id, zone.id, active ? zi.id : 0, active ? zi.seq : 0, !active, life->now,
                             reterr);
}

static err_t run(db_t *db, const caller_t *who, const char *method, const char *name, int64_t zone_id, int64_t zi_id,
                 zone_event_t event, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    err_t e = name == NULL ? ERR_OK : zone_edit_name(name, canonical, reterr);
    life_t life = {.who = who,
                   .method = method,
                   .name = name == NULL ? NULL : canonical,
                   .zone_id = zone_id,
                   .zi_id = zi_id,
                   .event = event,
                   .now = now};
    if (e == ERR_OK)
        e = db_tx(db, life_fn, &life, reterr);
    if (e == ERR_OK)
        *ret_result = life.result;
    else
        change_result_done(&life.result);
    return e;
}

err_t zone_life_delete(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result,
                       err_info_t *reterr)
{
    return run(db, who, "delete_zone", name, 0, 0, ZE_Delete, now, ret_result, reterr);
}

err_t zone_life_undelete(db_t *db, const caller_t *who, int64_t zone_id, wall_t now, change_result_t *ret_result,
                         err_info_t *reterr)
{
    return run(db, who, "undelete_zone", NULL, zone_id, 0, ZE_Undelete, now, ret_result, reterr);
}

err_t zone_life_disable(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result,
                        err_info_t *reterr)
{
    return run(db, who, "disable_zone", name, 0, 0, ZE_Disable, now, ret_result, reterr);
}

err_t zone_life_enable(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result,
                       err_info_t *reterr)
{
    return run(db, who, "enable_zone", name, 0, 0, ZE_Enable, now, ret_result, reterr);
}

err_t zone_life_refresh(db_t *db, const caller_t *who, const char *name, int64_t zi_id, wall_t now,
                        change_result_t *ret_result, err_info_t *reterr)
{
    return run(db, who, "refresh_zone", name, 0, zi_id, ZE_DoRefresh, now, ret_result, reterr);
}

err_t zone_life_reset(db_t *db, const caller_t *who, const char *name, int64_t zi_id, wall_t now,
                      change_result_t *ret_result, err_info_t *reterr)
{
    return run(db, who, "reset_zone", name, 0, zi_id, ZE_DoReset, now, ret_result, reterr);
}

err_t zone_life_destroy(db_t *db, const caller_t *who, int64_t zone_id, wall_t now, change_result_t *ret_result,
                        err_info_t *reterr)
{
    return run(db, who, "destroy_zone", NULL, zone_id, 0, ZE_DoDestroy, now, ret_result, reterr);
}

/* ---- nuke */

typedef struct {
    const caller_t *who;
    const zone_filter_t *filter;
    wall_t now;
    nuked_t *nuked;
    size_t count;
} nuke_t;

void zone_life_nuked_free(nuked_t *nuked, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(nuked[i].name);
    free(nuked);
}

/* Zones are locked in the order of their ids, everywhere. */
static int by_id(const void *a, const void *b)
{
    const zone_row_t *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static err_t nuke_one(db_t *db, nuke_t *nuke, const zone_row_t *listed, err_info_t *reterr)
{
    life_t life = {.who = nuke->who, .method = "nuke_zones", .zone_id = listed->id, .event = ZE_NukeStart, .now = nuke->now};
    err_t e = life_fn(db, &life, reterr);
    problem_list_destroy(&life.result.warnings); /* many zones: nobody is told of each */
    if (e == ERR_OK)
        nuke->nuked[nuke->count++] = (nuked_t){auto_strdup(listed->name), listed->id, life.result.change_id};
    return e;
}

static err_t nuke_fn(db_t *db, void *arg, err_info_t *reterr)
{
    nuke_t *nuke = arg;
    zone_life_nuked_free(nuke->nuked, nuke->count); /* an earlier try */
    zone_row_t *zones = NULL;
    size_t count = 0;
    nuke->nuked = NULL;
    nuke->count = 0;
    err_t e = zone_store_list(db, nuke->who, nuke->filter, &zones, &count, reterr);
    if (e != ERR_OK)
        return e;
    nuke->nuked = auto_calloc(count + 1, sizeof(*nuke->nuked));
    qsort(zones, count, sizeof(*zones), by_id);
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        if (!dname_in(zones[i].name, "in-addr.arpa.") && !dname_in(zones[i].name, "ip6.arpa."))
            e = nuke_one(db, nuke, &zones[i], reterr);
    }
    zone_store_rows_free(zones, count);
    if (e != ERR_OK || nuke->count > 0)
        return e;
    const char *pattern = nuke->filter->pattern_count > 0 ? nuke->filter->patterns[0] : "*";
    err_set(reterr, ERR_NO_ZONES_FOUND, "no zones found for %s (reverse zones are never nuked)", pattern);
    err_key(reterr, "name_pattern", pattern);
    return ERR_NO_ZONES_FOUND;
}

err_t zone_life_nuke(db_t *db, const caller_t *who, const zone_filter_t *filter, wall_t now, nuked_t **ret_nuked, size_t *ret_count, err_info_t *reterr)
{
    nuke_t nuke = {.who = who, .filter = filter, .now = now};
    err_t e = db_tx(db, nuke_fn, &nuke, reterr);
    if (e == ERR_OK) {
        *ret_nuked = nuke.nuked;
        *ret_count = nuke.count;
    } else {
        zone_life_nuked_free(nuke.nuked, nuke.count);
    }
    return e;
}
