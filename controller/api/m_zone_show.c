#include "controller/api/m_zone_show.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/api/resolve.h"
#include "controller/api/rpc_error.h"
#include "controller/api/zone_json.h"
#include "controller/domain/zi_ref.h"
#include "controller/store/server_store.h"
#include "controller/usecase/zone_show.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define AUTO_VIEW AUTO_CLEANUP(zone_view_done) zone_view_t

static err_t show(const method_call_t *call, const char *name, int64_t zone_id, int64_t zi_id, unsigned what,
                  zone_view_t *ret_view, err_info_t *reterr)
{
    return name != NULL ? zone_show(call->db, call->who, name, zi_id, what, ret_view, reterr)
                        : zone_show_by_id(call->db, call->who, zone_id, zi_id, what, ret_view, reterr);
}

err_t m_zone_show_zi_id(const method_call_t *call, const char *name, int64_t zone_id, int64_t *ret_zi_id,
                        err_info_t *reterr)
{
    return m_zone_show_zi_ref(call, "zi_id", name, zone_id, ret_zi_id, reterr);
}

err_t m_zone_show_zi_ref(const method_call_t *call, const char *parameter, const char *name, int64_t zone_id, int64_t *ret_zi_id,
                         err_info_t *reterr)
{
    const json_t *given = json_object_get(call->params, parameter);
    const char *text = json_string_value(given);
    if (text == NULL) {
        *ret_zi_id = (int64_t)json_integer_value(given);
        return ERR_OK;
    }
    if (call->who->sectag_id != 0 && text[strspn(text, "0123456789")] != '\0') {
        err_set(reterr, ERR_ZI_ID_SYNTAX, "version \"%.100s\" is not a number", text);
        err_key(reterr, "zi_id", text);
        return ERR_ZI_ID_SYNTAX;
    }
    if (zi_ref_number(text, ret_zi_id))
        return ERR_OK;
    AUTO_VIEW view = {0};
    err_t err = show(call, name, zone_id, 0, ZONE_SHOW_ALL_ZIS, &view, reterr);
    if (err != ERR_OK)
        return err;
    AUTO_FREE zi_ref_item_t *items = auto_calloc(view.all_zi_count + 1, sizeof *items);
    for (size_t i = 0; i < view.all_zi_count; i++)
        items[i] = (zi_ref_item_t){.id = view.all_zis[i].id, .ctime = view.all_zis[i].ctime};
    err = zi_ref_resolve(text, items, view.all_zi_count, view.zone.zi_id, call->now, ret_zi_id, reterr);
    if (err != ERR_OK)
        err_key(reterr, "name", view.zone.name);
    return err;
}

static json_t *all_zis(const zone_view_t *view)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->all_zi_count; i++)
        json_array_append_new(array, pack_zi_brief(&view->all_zis[i]));
    return array;
}

static json_t *sectags(const zone_view_t *view)
{
    json_t *array = json_array();
    json_array_append_new(array, json_pack("{s:s}", "sectag_label", "Admin"));
    for (size_t i = 0; i < view->sectag_count; i++)
        json_array_append_new(array, json_pack("{s:o}", "sectag_label", rpc_error_text(view->sectags[i])));
    return array;
}

err_t m_zone_show_structure(const method_call_t *call, const char *name, int64_t zone_id, int64_t zi_id,
                            json_t **ret_result, err_info_t *reterr)
{
    AUTO_VIEW view = {0};
    err_t err = show(call, name, zone_id, zi_id, ZONE_SHOW_DATA | ZONE_SHOW_ALL_ZIS, &view, reterr);
    if (err != ERR_OK)
        return err;
    json_t *zone = pack_zone_full(&view.zone);
    if (call->who->sectag_id == 0)
        json_object_set_new(zone, "sectags", sectags(&view));
    json_t *zi = pack_zi(&view.zi);
    if (view.data != NULL)
        json_object_set_new(zi, "rr_groups", zone_json_groups(view.data, view.zi.id));
    json_object_set_new(zone, "zi", zi);
    json_object_set_new(zone, "all_zis", all_zis(&view));
    *ret_result = zone;
    return ERR_OK;
}

static err_t show_zone(method_call_t *call, const char *name, int64_t zone_id, json_t **ret_result, err_info_t *reterr)
{
    int64_t zi_id;
    err_t err = m_zone_show_zi_id(call, name, zone_id, &zi_id, reterr);
    return err == ERR_OK ? m_zone_show_structure(call, name, zone_id, zi_id, ret_result, reterr) : err;
}

err_t m_zone_show_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return show_zone(call, params_text(call, "name"), 0, ret_result, reterr);
}

err_t m_zone_show_zone_byid(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return show_zone(call, NULL, params_int(call, "zone_id", 0), ret_result, reterr);
}

err_t m_zone_show_list_zi(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_VIEW view = {0};
    err_t err = zone_show(call->db, call->who, params_text(call, "name"), 0, ZONE_SHOW_ALL_ZIS, &view, reterr);
    if (err != ERR_OK)
        return err;
    json_t *zone = pack_zone_full(&view.zone);
    json_object_set_new(zone, "zi", pack_zi(&view.zi));
    int64_t after = params_int(call, "after", 0), limit = params_int(call, "limit", INT64_MAX);
    json_t *zis = json_array();
    for (size_t i = 0, behind = after == 0; i < view.all_zi_count && (int64_t)json_array_size(zis) < limit; i++) {
        if (behind)
            json_array_append_new(zis, pack_zi_brief(&view.all_zis[i]));
        behind = behind || view.all_zis[i].id == after;
    }
    json_object_set_new(zone, "all_zis", zis);
    *ret_result = zone;
    return ERR_OK;
}

err_t m_zone_show_zi(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    const char *name = params_text(call, "name");
    int64_t zi_id;
    AUTO_VIEW view = {0};
    err_t err = m_zone_show_zi_id(call, name, 0, &zi_id, reterr);
    if (err == ERR_OK)
        err = zone_show(call->db, call->who, name, zi_id, 0, &view, reterr);
    if (err == ERR_OK)
        *ret_result = pack_zi(&view.zi);
    return err;
}

static err_t show_text(method_call_t *call, const char *name, int64_t zone_id, json_t **ret_result, err_info_t *reterr)
{
    int64_t zi_id;
    AUTO_VIEW view = {0};
    err_t err = m_zone_show_zi_id(call, name, zone_id, &zi_id, reterr);
    if (err == ERR_OK)
        err = show(call, name, zone_id, zi_id, ZONE_SHOW_DATA, &view, reterr);
    if (err != ERR_OK)
        return err;
    if (!params_bool(call, "all_rrs", true))
        view.zi.has_apex_ns = false; /* then the group's NS are left out */
    AUTO_FREE char *text = zone_show_text(&view, true);
    json_t *zi = json_object();
    pack_text(zi, "zi_text", text);
    pack_text(zi, "name", view.zone.name);
    pack_id(zi, "zi_id", view.zi.id);
    pack_time(zi, "zi_ctime", view.zi.ctime);
    pack_time(zi, "zi_mtime", view.zi.mtime);
    pack_time(zi, "zi_ptime", view.zi.ptime);
    pack_id(zi, "soa_serial", view.zi.soa_serial);
    pack_id(zi, "zone_id", view.zone.id);
    *ret_result = zi;
    return ERR_OK;
}

err_t m_zone_show_zone_text(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return show_text(call, params_text(call, "name"), 0, ret_result, reterr);
}

err_t m_zone_show_zone_text_byid(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return show_text(call, NULL, params_int(call, "zone_id", 0), ret_result, reterr);
}

static json_t *server_state(const goal_view_t *view)
{
    const goal_row_t *goal = &view->goal;
    json_t *server = json_object();
    pack_text(server, "server", view->server_name);
    pack_text(server, "role", view->role);
    pack_text(server, "server_state", view->server_state);
    pack_bool(server, "connected", view->connected);
    pack_text(server, "goal", goal->absent ? "absent" : "serve");
    pack_id(server, "goal_serial", goal->goal_serial);
    pack_id(server, "live_serial", goal->live_serial);
    pack_time(server, "live_at", goal->live_at);
    pack_time(server, "behind_since", goal->behind_since);
    pack_id(server, "reason", goal->reason);
    pack_text(server, "evidence", goal->evidence);
    return server;
}

err_t m_zone_show_zonesm(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_VIEW view = {0};
    err_t err = zone_show(call->db, call->who, params_text(call, "name"), 0, ZONE_SHOW_SERVERS, &view, reterr);
    if (err != ERR_OK)
        return err;
    json_t *zone = pack_zone_full(&view.zone);
    if (call->who->sectag_id == 0)
        json_object_set_new(zone, "sectags", sectags(&view));
    json_object_set_new(zone, "zi", view.zi.id != 0 ? pack_zi(&view.zi) : json_null());
    json_t *servers = json_array();
    for (size_t i = 0; i < view.server_count; i++)
        json_array_append_new(servers, server_state(&view.servers[i]));
    json_object_set_new(zone, "servers", servers);
    *ret_result = zone;
    return ERR_OK;
}

/* ---- list_zone */

/* As a person types it -> as stored: lower case, dot at the end unless a wildcard stands there. */
char *m_zone_show_pattern(const char *given)
{
    size_t len = strlen(given);
    bool open = len > 0 && strchr("*?.", given[len - 1]) != NULL;
    char *pattern = auto_printf("%s%s", given, open || len == 0 ? "" : ".");
    for (char *p = pattern; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    return pattern;
}

static err_t wrong_pattern(err_t code, const char *pattern, err_info_t *reterr)
{
    err_set(reterr, code, "%s", err_text(code));
    err_key(reterr, "search_pattern", pattern);
    return code;
}

typedef struct {
    char **items;
    size_t count, cap;
} patterns_t;

/* An address stands for the reverse zones that hold it, a network for those inside it. */
static err_t add_pattern(const method_call_t *call, const char *given, patterns_t *patterns, err_info_t *reterr)
{
    char address[64];
    char **names = NULL;
    size_t count = 0;
    if (resolve_is_address(given, address)) {
        err_t err = zone_store_networks(call->db, call->who, address, strchr(given, '/') != NULL, &names, &count, reterr);
        if (err != ERR_OK)
            return err;
    }
    if (count == 0) { /* no zone has this name if it was an address: what is said of names counts */
        free(names);
        names = auto_calloc(1, sizeof *names);
        names[count++] = m_zone_show_pattern(given);
    }
    patterns->items = auto_grow(patterns->items, &patterns->cap, patterns->count + count, sizeof *patterns->items);
    memcpy(patterns->items + patterns->count, names, count * sizeof *names);
    patterns->count += count;
    free(names);
    return ERR_OK;
}

/* named: what the caller asked for by name, or NULL. */
static err_t list(method_call_t *call, zone_filter_t *filter, const char *named, json_t **ret_result, err_info_t *reterr)
{
    group_row_t group = {0};
    err_t err = filter->sg_name != NULL ? server_store_group(call->db, filter->sg_name, &group, reterr) : ERR_OK;
    group_row_done(&group);
    zone_row_t *rows = NULL;
    size_t count = 0;
    if (err == ERR_OK)
        err = zone_store_list(call->db, call->who, filter, &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    json_t *zones = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(zones, pack_zone_brief(&rows[i]));
    zone_store_rows_free(rows, count);
    if (count == 0 && named != NULL && filter->after == NULL) { /* behind the last page there is nothing, which is no error */
        json_decref(zones);
        err_set(reterr, ERR_NO_ZONES_FOUND, "no zones found for %s%s", named, filter->pattern_count > 1 ? " and others" : "");
        err_key(reterr, "name_pattern", named);
        return ERR_NO_ZONES_FOUND;
    }
    *ret_result = zones;
    return ERR_OK;
}

err_t m_zone_show_list(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    size_t count;
    AUTO_FREE const char **names = params_names(call, "names", &count);
    zone_filter_t filter = {.reference = params_text(call, "reference"),
                            .sg_name = params_text(call, "sg_name"),
                            .only_deleted = params_bool(call, "toggle_deleted", false),
                            .include_disabled = params_bool(call, "include_disabled", true),
                            .limit = params_int(call, "limit", 0)};
    filter.include_deleted = filter.only_deleted || params_bool(call, "include_deleted", false);
    if (caller_tag(call->who) != 0 && count > 0 && filter.reference == NULL)
        return wrong_pattern(ERR_REFERENCE_MUST_BE_GIVEN, names[0], reterr);
    if (call->who->sectag_id != 0 && filter.sg_name != NULL)
        return caller_may_not(call->who, "choose zones by server group", reterr);
    bool all = false;
    for (size_t i = 0; i < count; i++)
        all = all || strcmp(names[i], "*") == 0;
    if (all && count > 1)
        return wrong_pattern(ERR_ONLY_ONE_LONE_WILDCARD_VALID, "*", reterr);
    AUTO_FREE char *after = params_given(call, "after") ? m_zone_show_pattern(params_text(call, "after")) : NULL;
    patterns_t patterns = {0};
    err_t err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        err = add_pattern(call, names[i], &patterns, reterr);
    AUTO_FREE char *named = count > 0 && !all ? m_zone_show_pattern(names[0]) : NULL;
    filter.after = after;
    filter.after_id = params_int(call, "after_id", 0);
    filter.patterns = (const char *const *)patterns.items;
    filter.pattern_count = all ? 0 : patterns.count;
    if (err == ERR_OK)
        err = list(call, &filter, named, ret_result, reterr);
    rows_texts_free(patterns.items, patterns.count);
    return err;
}
