#include "controller/usecase/zone_copy.h"
#include "controller/domain/apex.h"
#include "controller/domain/zone_rights.h"
#include "controller/store/change_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include "controller/usecase/zone_show.h"
#include <stdlib.h>
#include <string.h>

#define AUTO_VIEW AUTO_CLEANUP(zone_view_done) zone_view_t

/* Contents of another zone's version as a submission: what belongs to that zone alone goes. */
static void adopt(zonedata_t *data, const zi_row_t *zi, const char *source, const char *name, bool use_apex_ns)
{
    if (zi->has_apex_ns && !use_apex_ns)
        apex_add_ns(data, zi->apex_ns, zi->apex_ns_count);
    data->soa.has_serial = false;
    free(data->soa.reference);
    data->soa.reference = NULL;
    AUTO_FREE char *standard = apex_comment(source);
    char **comment = &data->groups[ZONEDATA_GROUP_APEX].comment;
    if (*comment != NULL && strcmp(*comment, standard) == 0) {
        free(*comment);
        *comment = apex_comment(name);
    }
}

static int inherited(int given, bool source)
{
    return given >= 0 ? given : source;
}

err_t zone_copy_zone(db_t *db, const caller_t *who, const char *login_id, const char *src_name, int64_t zi_id, const char *name,
                     const zone_options_t *options, bool sectags_given, const edit_limits_t *limits, wall_t now, change_result_t *ret_result,
                     err_info_t *reterr)
{
    AUTO_VIEW view = {0};
    char canonical[DNAME_TEXT];
    err_t e = zone_show(db, who, src_name, zi_id, ZONE_SHOW_DATA, &view, reterr);
    if (e == ERR_OK)
        e = zone_edit_name(name, canonical, reterr);
    if (e != ERR_OK)
        return e;
    zone_options_t o = *options;
    const zone_row_t *source = &view.zone;
    o.use_apex_ns = inherited(o.use_apex_ns, source->use_apex_ns);
    o.edit_lock = inherited(o.edit_lock, source->edit_lock);
    o.auto_dnssec = inherited(o.auto_dnssec, source->auto_dnssec);
    o.nsec3 = inherited(o.nsec3, source->nsec3);
    o.inc_updates = inherited(o.inc_updates, source->inc_updates);
    o.last_reference = source->reference;
    o.copied = true;
    if (!sectags_given && who->sectag_id == 0) {
        o.sectags = (const char *const *)view.sectags;
        o.sectag_count = view.sectag_count;
    }
    adopt(view.data, &view.zi, source->name, canonical, o.use_apex_ns > 0);
    return zone_edit_create(db, who, login_id, name, view.data, false, &o, limits, now, ret_result, reterr);
}

typedef struct {
    const caller_t *who;
    const char *login_id, *source, *name;
    int64_t zi_id;
    const edit_limits_t *limits;
    wall_t now;
    change_result_t result;
} copy_t;

static err_t log_change(db_t *db, copy_t *copy, const char *method, const zone_row_t *zone, err_info_t *reterr)
{
    copy->result.zone_id = zone->id;
    return change_store_insert(db, copy->who, method, "zone", zone->name, zone->id, NULL, copy->now, &copy->result.change_id, reterr);
}

static err_t find_zi(db_t *db, const zone_row_t *zone, int64_t zi_id, zi_row_t *ret_zi, err_info_t *reterr)
{
    err_t e = zi_store_get(db, zone->id, zi_id != 0 ? zi_id : zone->zi_id, ret_zi, reterr);
    if (e == ERR_ZI_NOT_FOUND)
        err_key(reterr, "name", zone->name);
    return e;
}

static err_t copy_zi_fn(db_t *db, void *arg, err_info_t *reterr)
{
    copy_t *copy = arg;
    change_result_done(&copy->result);
    AUTO_ZONE source = {0};
    AUTO_ZONE zone = {0};
    AUTO_ZI zi = {0};
    AUTO(zonedata) data = NULL;
    err_t e = zone_store_by_name(db, copy->who, copy->name, true, &zone, reterr);
    if (e == ERR_OK)
        e = zone_store_by_name(db, copy->who, copy->source, false, &source, reterr);
    if (e == ERR_OK)
        e = zone_edit_check_rights(copy->who, &zone, reterr);
    if (e == ERR_OK)
        e = find_zi(db, &source, copy->zi_id, &zi, reterr);
    if (e == ERR_OK)
        e = zi_store_load(db, &source, &zi, &data, reterr);
    if (e != ERR_OK)
        return e;
    adopt(data, &zi, source.name, zone.name, zone.use_apex_ns);
    const zone_submission_t in = {copy->who, copy->login_id, data, false, copy->limits, copy->now};
    zone_appended_t version = {0};
    e = zone_edit_append(db, &in, &zone, &zi, &version, reterr);
    copy->result.warnings = version.warnings;
    copy->result.zi_id = version.zi_id;
    if (e == ERR_OK)
        e = zi_store_set_count(db, zone.id, version.seq, copy->now, reterr);
    return e == ERR_OK ? log_change(db, copy, "copy_zi", &zone, reterr) : e;
}

err_t zone_copy_zi(db_t *db, const caller_t *who, const char *login_id, const char *src_name, int64_t zi_id, const char *name,
                   const edit_limits_t *limits, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    char source[DNAME_TEXT], canonical[DNAME_TEXT];
    err_t e = zone_rights_login_id(login_id, reterr);
    if (e == ERR_OK)
        e = zone_edit_name(src_name, source, reterr);
    if (e == ERR_OK)
        e = zone_edit_name(name, canonical, reterr);
    if (e != ERR_OK)
        return e;
    copy_t copy = {.who = who, .login_id = login_id, .source = source, .name = canonical, .zi_id = zi_id, .limits = limits, .now = now};
    e = db_tx(db, copy_zi_fn, &copy, reterr);
    if (e == ERR_OK)
        *ret_result = copy.result;
    else
        change_result_done(&copy.result);
    return e;
}

static err_t delete_zi_fn(db_t *db, void *arg, err_info_t *reterr)
{
    copy_t *copy = arg;
    copy->result = (change_result_t){0};
    AUTO_ZONE zone = {0};
    AUTO_ZI zi = {0};
    bool used = false;
    err_t e = zone_store_by_name(db, copy->who, copy->name, true, &zone, reterr);
    if (e == ERR_OK)
        e = find_zi(db, &zone, copy->zi_id, &zi, reterr);
    if (e == ERR_OK)
        e = zi_store_in_use(db, zone.id, zi.id, &used, reterr);
    if (e != ERR_OK)
        return e;
    if (used) {
        err_set(reterr, ERR_ZI_IN_USE, "version %lld of zone \"%s\" is published or about to be", (long long)zi.id, zone.name);
        err_key(reterr, "name", zone.name);
        err_key_int(reterr, "zi_id", zi.id);
        return ERR_ZI_IN_USE;
    }
    int64_t seq = zi.seq;
    e = zi_store_forget(db, zone.id, &seq, 1, reterr);
    return e == ERR_OK ? log_change(db, copy, "delete_zi", &zone, reterr) : e;
}

err_t zone_copy_delete_zi(db_t *db, const caller_t *who, const char *name, int64_t zi_id, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    err_t e = zone_edit_name(name, canonical, reterr);
    copy_t copy = {.who = who, .name = canonical, .zi_id = zi_id, .now = now};
    if (e == ERR_OK)
        e = db_tx(db, delete_zi_fn, &copy, reterr);
    if (e == ERR_OK)
        *ret_result = copy.result;
    return e;
}
