#include "controller/usecase/zone_set.h"
#include "controller/domain/apex.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/store/change_store.h"
#include "controller/store/ptr_fill_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    const caller_t *who;
    const char *name, *method;
    const zone_options_t *options; /* NULL: the TTL */
    const char *zone_ttl;
    const edit_limits_t *limits;
    wall_t now;
    change_result_t result;
} set_t;

static err_t log_change(db_t *db, set_t *set, const zone_row_t *zone, err_info_t *reterr)
{
    set->result.zone_id = zone->id;
    return change_store_insert(db, set->who, set->method, "zone", zone->name, zone->id, NULL, set->now, &set->result.change_id, reterr);
}

static err_t publish(db_t *db, set_t *set, zone_row_t *zone, zone_event_t event, int64_t zi_id, int seq, err_info_t *reterr)
{
    zone_params_t params = {.zi_id = zi_id, .change_id = set->result.change_id};
    set->result.zi_id = zi_id;
    set->result.publishes = zone_edit_is_active(zone);
    err_t e = zone_fsm_fire(db, zone, event, &params, set->now, NULL, reterr);
    return e == ERR_OK && set->result.publishes
               ? change_store_open(db, set->result.change_id, zone->id, zi_id, seq, false, set->now, reterr)
               : e;
}

/* What is to be published next, under the zone's new settings, as a version of its own: history shows what changed. */
static err_t new_version(db_t *db, set_t *set, zone_row_t *zone, const zi_row_t *candidate, bool own_apex_now, err_info_t *reterr)
{
    AUTO(zonedata) data = NULL;
    err_t e = zi_store_load(db, zone, candidate, &data, reterr);
    if (e != ERR_OK)
        return e;
    if (own_apex_now && candidate->has_apex_ns)
        apex_add_ns(data, candidate->apex_ns, candidate->apex_ns_count);
    if (set->zone_ttl != NULL) {
        free(data->zone_ttl);
        data->zone_ttl = auto_strdup(set->zone_ttl);
    }
    const zone_submission_t in = {set->who, set->who->login, data, false, set->limits, set->now};
    zone_appended_t version = {0};
    e = zone_edit_append(db, &in, zone, NULL, &version, reterr);
    set->result.warnings = version.warnings;
    return e == ERR_OK ? publish(db, set, zone, ZE_EditSavedNoLock, version.zi_id, version.seq, reterr) : e;
}

static err_t find_candidate(db_t *db, const zone_row_t *zone, zi_row_t *ret_zi, err_info_t *reterr)
{
    if (zone->zi_candidate_id != 0)
        return zi_store_get(db, zone->id, zone->zi_candidate_id, ret_zi, reterr);
    err_set(reterr, ERR_ZONE_HAS_NO_ZI, "zone \"%s\" has no version yet", zone->name);
    err_key(reterr, "name", zone->name);
    return ERR_ZONE_HAS_NO_ZI;
}

static void set_flag(int given, bool *flag, bool *changed)
{
    if (given < 0 || *flag == (given > 0))
        return;
    *flag = given > 0;
    *changed = true;
}

/* A reverse zone that takes no updates keeps no PTR records; the closest one around it does. */
static err_t follow_network(db_t *db, const set_t *set, const zone_row_t *zone, err_info_t *reterr)
{
    AUTO_FREE char *change_by = zone_edit_change_by(set->who, set->who->login);
    const ptr_fill_asker_t asker = {zone->inc_updates ? set->who->sectag_id : 0, change_by, set->result.change_id};
    return zone->inc_updates ? ptr_fill_store_begin(db, zone->id, &asker, set->now, reterr)
                             : ptr_fill_store_hand_over(db, zone->id, &asker, set->now, reterr);
}

static err_t flags_fn(db_t *db, void *arg, err_info_t *reterr)
{
    set_t *set = arg;
    change_result_done(&set->result);
    AUTO_ZONE zone = {0};
    AUTO_ZI candidate = {0};
    err_t e = zone_store_by_name(db, set->who, set->name, true, &zone, reterr);
    if (e != ERR_OK)
        return e;
    bool changed = false, apex = false, updates = false;
    const zone_options_t *o = set->options;
    set_flag(o->edit_lock, &zone.edit_lock, &changed);
    set_flag(o->auto_dnssec, &zone.auto_dnssec, &changed);
    set_flag(o->nsec3, &zone.nsec3, &changed);
    set_flag(o->inc_updates, &zone.inc_updates, &updates);
    set_flag(o->use_apex_ns, &zone.use_apex_ns, &apex);
    changed = changed || updates;
    set->result.unchanged = !changed && !apex;
    if (changed || apex)
        e = zone_store_save_flags(db, &zone, set->now, reterr);
    if (e == ERR_OK)
        e = log_change(db, set, &zone, reterr);
    if (e == ERR_OK && updates)
        e = follow_network(db, set, &zone, reterr);
    if (e == ERR_OK && apex)
        e = find_candidate(db, &zone, &candidate, reterr);
    if (e == ERR_OK && apex)
        e = new_version(db, set, &zone, &candidate, !zone.use_apex_ns, reterr);
    if (e == ERR_OK)
        zone_edit_tell_unsigned(o->auto_dnssec > 0, zone.name, &set->result.warnings);
    return e;
}

static err_t default_ttl(db_t *db, const zone_row_t *zone, char **ret_ttl, err_info_t *reterr)
{
    defaults_t defaults = {0};
    err_t e = config_store_defaults(db, zone->sg_id, &defaults, reterr);
    if (e == ERR_OK && defaults.zone_ttl == NULL) {
        e = err_set(reterr, ERR_ZONE_CFG_ITEM_NOT_FOUND, "there is no setting \"zone_ttl\"");
        err_key(reterr, "key", "zone_ttl");
    }
    if (e == ERR_OK)
        *ret_ttl = auto_strdup(defaults.zone_ttl);
    defaults_done(&defaults);
    return e;
}

static err_t ttl_fn(db_t *db, void *arg, err_info_t *reterr)
{
    set_t *set = arg;
    change_result_done(&set->result);
    AUTO_ZONE zone = {0};
    AUTO_ZI candidate = {0};
    AUTO_FREE char *ttl = set->zone_ttl != NULL ? auto_strdup(set->zone_ttl) : NULL;
    err_t e = zone_store_by_name(db, set->who, set->name, true, &zone, reterr);
    if (e == ERR_OK)
        e = find_candidate(db, &zone, &candidate, reterr);
    if (e == ERR_OK && ttl == NULL)
        e = default_ttl(db, &zone, &ttl, reterr);
    if (e == ERR_OK)
        e = log_change(db, set, &zone, reterr);
    if (e != ERR_OK)
        return e;
    if (strcmp(candidate.zone_ttl, ttl) == 0)
        return publish(db, set, &zone, ZE_DoRefresh, candidate.id, candidate.seq, reterr);
    const char *given = set->zone_ttl;
    set->zone_ttl = ttl;
    e = new_version(db, set, &zone, &candidate, false, reterr);
    set->zone_ttl = given;
    return e;
}

static err_t run(db_t *db, set_t *set, const char *name, db_tx_fn_t fn, change_result_t *ret_result, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    err_t e = zone_edit_name(name, canonical, reterr);
    set->name = canonical;
    if (e == ERR_OK)
        e = db_tx(db, fn, set, reterr);
    if (e == ERR_OK)
        *ret_result = set->result;
    else
        change_result_done(&set->result);
    return e;
}

err_t zone_set_sign(db_t *db, const caller_t *who, const char *name, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    AUTO_ZONE zone = {0};
    err_t e = zone_edit_name(name, canonical, reterr);
    if (e == ERR_OK)
        e = zone_store_by_name(db, who, canonical, false, &zone, reterr);
    if (e != ERR_OK)
        return e;
    e = zone.auto_dnssec ? ERR_SIGNING_NOT_SERVED : ERR_ZONE_NOT_DNSSEC_ENABLED;
    err_set(reterr, e, zone.auto_dnssec ? "zone \"%s\" is to be signed, and this version does not sign zones" : "zone \"%s\" is not DNSSEC enabled", zone.name);
    err_hint(reterr, "%s", zone.auto_dnssec ? "it is served unsigned until a version that signs is installed" : "set_zone auto_dnssec");
    err_key(reterr, "name", zone.name);
    return e;
}

err_t zone_set_flags(db_t *db, const caller_t *who, const char *name, const zone_options_t *options, const edit_limits_t *limits, wall_t now,
                     change_result_t *ret_result, err_info_t *reterr)
{
    set_t set = {.who = who, .method = "set_zone", .options = options, .limits = limits, .now = now};
    return run(db, &set, name, flags_fn, ret_result, reterr);
}

err_t zone_set_ttl(db_t *db, const caller_t *who, const char *name, const char *zone_ttl, const edit_limits_t *limits, wall_t now,
                   change_result_t *ret_result, err_info_t *reterr)
{
    set_t set = {.who = who, .method = "refresh_zone_ttl", .zone_ttl = zone_ttl, .limits = limits, .now = now};
    return run(db, &set, name, ttl_fn, ret_result, reterr);
}
