#include "controller/usecase/zone_show.h"
#include "controller/domain/apex.h"
#include "controller/store/ref_store.h"
#include "shared/zonetext.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

void zone_view_done(zone_view_t *view)
{
    zone_row_done(&view->zone);
    zi_row_done(&view->zi);
    zi_store_rows_free(view->all_zis, view->all_zi_count);
    for (size_t i = 0; i < view->sectag_count; i++)
        free(view->sectags[i]);
    free(view->sectags);
    zonedata_destroy(&view->data);
    goal_store_views_free(view->servers, view->server_count);
    *view = (zone_view_t){0};
}

typedef struct {
    const caller_t *who;
    const char *name;            /* NULL: by id */
    int64_t zone_id, zi_id;
    unsigned what;
    bool within;                 /* a transaction of the caller's, which has its own view of the database */
    zone_view_t view;
} show_t;

static err_t find_zi(db_t *db, const show_t *show, zone_view_t *view, err_info_t *reterr)
{
    int64_t zi_id = show->zi_id != 0        ? show->zi_id
                    : view->zone.zi_id != 0 ? view->zone.zi_id
                                            : view->zone.zi_candidate_id;
    if (zi_id == 0) {
        err_set(reterr, ERR_ZONE_HAS_NO_ZI, "zone \"%s\" has no version yet", view->zone.name);
        err_key(reterr, "name", view->zone.name);
        return ERR_ZONE_HAS_NO_ZI;
    }
    err_t e = zi_store_get(db, view->zone.id, zi_id, &view->zi, reterr);
    if (e == ERR_ZI_NOT_FOUND) {
        err_set(reterr, e, "zone \"%s\" has no version %lld", view->zone.name, (long long)zi_id);
        err_key(reterr, "name", view->zone.name);
        err_key_int(reterr, "zi_id", zi_id);
    }
    return e;
}

static err_t show_fn(db_t *db, void *arg, err_info_t *reterr)
{
    show_t *show = arg;
    zone_view_t *view = &show->view;
    zone_view_done(view);
    err_t e = show->within ? ERR_OK : db_script(db, "set transaction isolation level repeatable read, read only", reterr);
    if (e == ERR_OK)
        e = show->name != NULL ? zone_store_by_name(db, show->who, show->name, false, &view->zone, reterr)
                               : zone_store_by_id(db, show->who, show->zone_id, false, &view->zone, reterr);
    if (e == ERR_OK)
        e = find_zi(db, show, view, reterr);
    if (e == ERR_OK && (show->who == NULL || show->who->sectag_id == 0))
        e = ref_store_zone_sectags(db, view->zone.id, &view->sectags, &view->sectag_count, reterr);
    if (e == ERR_OK && (show->what & ZONE_SHOW_ALL_ZIS) != 0)
        e = zi_store_list(db, view->zone.id, &view->all_zis, &view->all_zi_count, reterr);
    if (e == ERR_OK && (show->what & ZONE_SHOW_DATA) != 0)
        e = zi_store_load(db, &view->zone, &view->zi, &view->data, reterr);
    if (e == ERR_OK && show->who != NULL && view->data != NULL)
        scope_hide(show->who->scope, view->data);
    if (e == ERR_OK && (show->what & ZONE_SHOW_SERVERS) != 0)
        e = goal_store_by_zone(db, view->zone.id, &view->servers, &view->server_count, reterr);
    return e;
}

static err_t run(db_t *db, show_t *show, zone_view_t *ret_view, err_info_t *reterr)
{
    show->within = db_in_tx(db);
    err_t e = db_tx(db, show_fn, show, reterr);
    if (e == ERR_OK)
        *ret_view = show->view;
    else
        zone_view_done(&show->view);
    return e;
}

err_t zone_show(db_t *db, const caller_t *who, const char *name, int64_t zi_id, unsigned what, zone_view_t *ret_view,
                err_info_t *reterr)
{
    char canonical[DNAME_TEXT], cidr[64];
    err_t e = dname_from_network(name, canonical, cidr, reterr);
    if (e != ERR_OK) {
        err_key(reterr, "name", name);
        return e;
    }
    show_t show = {.who = who, .name = canonical, .zi_id = zi_id, .what = what};
    return run(db, &show, ret_view, reterr);
}

err_t zone_show_by_id(db_t *db, const caller_t *who, int64_t zone_id, int64_t zi_id, unsigned what,
                      zone_view_t *ret_view, err_info_t *reterr)
{
    show_t show = {.who = who, .zone_id = zone_id, .zi_id = zi_id, .what = what};
    return run(db, &show, ret_view, reterr);
}

err_t zone_show_zi(db_t *db, const caller_t *who, int64_t zi_id, zone_view_t *ret_view, err_info_t *reterr)
{
    zi_row_t *found = NULL;
    err_t e = zi_store_get_many(db, &zi_id, 1, &found, reterr);
    if (e != ERR_OK)
        return e;
    int64_t zone_id = found->zone_id;
    zi_store_rows_free(found, 1);
    AUTO_ERR why = ERR_INFO_INIT;
    e = zone_show_by_id(db, who, zone_id, zi_id, 0, ret_view, &why);
    if (e != ERR_ZONE_NOT_FOUND_BY_ZONE_ID)
        return e == ERR_OK ? e : err_set(reterr, e, "%s", err_message(&why));
    err_set(reterr, ERR_ZI_NOT_FOUND, "there is no version %lld", (long long)zi_id);
    err_key_int(reterr, "zi_id", zi_id);
    return ERR_ZI_NOT_FOUND;
}

/* ---- text */

/* "Mon May  6 10:00:00 2024", UTC; NULL for none. */
static char *header_time(wall_t t)
{
    if (t.us == 0)
        return NULL;
    time_t seconds = (time_t)(t.us / 1000000);
    struct tm tm;
    char text[64];
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm);
    return auto_strdup(text);
}

char *zone_show_text(const zone_view_t *view, bool header)
{
    AUTO_FREE char *ctime_text = header_time(view->zi.ctime);
    AUTO_FREE char *mtime_text = header_time(view->zi.mtime);
    AUTO_FREE char *ptime_text = header_time(view->zi.ptime);
    const zonetext_header_t head = {.reference = view->zone.reference,
                                    .change_by = view->zi.change_by,
                                    .ctime = ctime_text,
                                    .mtime = mtime_text,
                                    .ptime = ptime_text,
                                    .zi_id = view->zi.id};
    const zonetext_header_t *shown = header ? &head : NULL;
    if (!view->zi.has_apex_ns)
        return zonetext_write(view->data, shown);
    /* NS names of the group are no records of the zone: they stand in front of the apex group, in a shallow copy. */
    AUTO(zonedata) apex = zonedata_new(view->data->name);
    apex_add_ns(apex, view->zi.apex_ns, view->zi.apex_ns_count);
    zonedata_t all = *view->data;
    const zonedata_group_t *own = &view->data->groups[ZONEDATA_GROUP_APEX];
    size_t ns = apex->groups[ZONEDATA_GROUP_APEX].count;
    AUTO_FREE zonedata_group_t *groups = auto_calloc(all.count, sizeof(*groups));
    AUTO_FREE zonedata_rr_t *rrs = auto_calloc(ns + own->count + 1, sizeof(*rrs));
    memcpy(groups, all.groups, all.count * sizeof(*groups));
    memcpy(rrs, apex->groups[ZONEDATA_GROUP_APEX].rrs, ns * sizeof(*rrs));
    if (own->count > 0)
        memcpy(rrs + ns, own->rrs, own->count * sizeof(*rrs));
    groups[ZONEDATA_GROUP_APEX].rrs = rrs;
    groups[ZONEDATA_GROUP_APEX].count = ns + own->count;
    all.groups = groups;
    all.records += ns;
    return zonetext_write(&all, shown);
}
