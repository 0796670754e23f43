#include "controller/api/m_life.h"
#include "controller/api/condition.h"
#include "controller/api/m_zone.h"
#include "controller/api/m_zone_show.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/store/config_store.h"
#include "controller/store/server_store.h"
#include "controller/usecase/zone_copy.h"
#include "controller/usecase/zone_group.h"
#include "controller/usecase/zone_life.h"
#include "controller/usecase/zone_serial.h"
#include "controller/usecase/zone_set.h"
#include "controller/usecase/zone_show.h"
#include <stdlib.h>
#include <string.h>

#define AUTO_CHANGE AUTO_CLEANUP(change_result_done) change_result_t
#define AUTO_VIEW AUTO_CLEANUP(zone_view_done) zone_view_t

static const char *login_of(const method_call_t *call)
{
    const char *login = params_text(call, "login_id");
    return login != NULL ? login : call->who->login;
}

static edit_limits_t limits_of(const method_call_t *call)
{
    return (edit_limits_t){.max_records = call->limits->max_records, .strict = params_bool(call, "strict", false)};
}

static err_t done(const method_call_t *call, err_t err, const change_result_t *result, json_t **ret_result)
{
    if (err == ERR_OK)
        *ret_result = pack_change(call, result);
    return err;
}

err_t m_life_show_zi_byid(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_VIEW view = {0};
    err_t err = zone_show_zi(call->db, call->who, params_int(call, "zi_id", 0), &view, reterr);
    if (err == ERR_OK)
        *ret_result = pack_zi(&view.zi);
    return err;
}

err_t m_life_copy_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    const char *source = params_text(call, "src_name");
    zone_options_t options = m_zone_options(call);
    AUTO_FREE const char **sectags = params_names(call, "sectags", &options.sectag_count);
    options.sectags = sectags;
    edit_limits_t limits = limits_of(call);
    int64_t zi_id;
    AUTO_CHANGE result = {0};
    err_t err = m_zone_show_zi_id(call, source, 0, &zi_id, reterr);
    if (err == ERR_OK)
        err = zone_copy_zone(call->db, call->who, login_of(call), source, zi_id, params_text(call, "name"), &options,
                             params_given(call, "sectags"), &limits, call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

static err_t copy_zi(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    const char *source = params_text(call, "src_name");
    edit_limits_t limits = limits_of(call);
    int64_t zi_id;
    AUTO_CHANGE result = {0};
    err_t err = m_zone_show_zi_id(call, source, 0, &zi_id, reterr);
    if (err == ERR_OK)
        err = zone_copy_zi(call->db, call->who, login_of(call), source, zi_id, params_text(call, "name"), &limits, call->now, &result,
                           reterr);
    return done(call, err, &result, ret_result);
}

err_t m_life_copy_zi(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return condition_call(call, copy_zi, ret_result, reterr);
}

err_t m_life_delete_zi(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    const char *name = params_text(call, "name");
    int64_t zi_id;
    AUTO_CHANGE result = {0};
    err_t err = m_zone_show_zi_id(call, name, 0, &zi_id, reterr);
    if (err == ERR_OK)
        err = zone_copy_delete_zi(call->db, call->who, name, zi_id, call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

static err_t set_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    zone_options_t o = m_zone_options(call);
    if (o.use_apex_ns < 0 && o.edit_lock < 0 && o.auto_dnssec < 0 && o.nsec3 < 0 && o.inc_updates < 0)
        return params_wrong(reterr, "edit_lock", "at least one option", "none");
    edit_limits_t limits = limits_of(call);
    AUTO_CHANGE result = {0};
    err_t err = zone_set_flags(call->db, call->who, params_text(call, "name"), &o, &limits, call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

err_t m_life_sign_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    (void)ret_result;
    return zone_set_sign(call->db, call->who, params_text(call, "name"), reterr);
}

err_t m_life_load_keys(method_call_t *call, json_t **ret_result, err_info_t *reterr) { return m_life_sign_zone(call, ret_result, reterr); }

err_t m_life_set_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return condition_call(call, set_zone, ret_result, reterr);
}

static err_t refresh_ttl(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    edit_limits_t limits = limits_of(call);
    AUTO_CHANGE result = {0};
    err_t err = zone_set_ttl(call->db, call->who, params_text(call, "name"), params_text(call, "zone_ttl"), &limits, call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

err_t m_life_refresh_ttl(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return condition_call(call, refresh_ttl, ret_result, reterr);
}

err_t m_life_destroy(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = zone_life_destroy(call->db, call->who, params_int(call, "zone_id", 0), call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

static err_t set_serial(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    const json_t *given = json_object_get(call->params, "soa_serial");
    if (json_is_string(given)) {
        err_set(reterr, ERR_SOA_SERIAL_TYPE, "serial \"%.100s\" is not an integer", json_string_value(given));
        err_key(reterr, "name", params_text(call, "name"));
        return ERR_SOA_SERIAL_TYPE;
    }
    int64_t serial = params_int(call, "soa_serial", 0);
    AUTO_CHANGE result = {0};
    err_t err = zone_serial_set(call->db, call->who, params_text(call, "name"), given != NULL ? &serial : NULL, call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

err_t m_life_set_serial(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return condition_call(call, set_serial, ret_result, reterr);
}

static err_t wrap_serial(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = zone_serial_wrap(call->db, call->who, params_text(call, "name"), call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

err_t m_life_wrap_serial(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return condition_call(call, wrap_serial, ret_result, reterr);
}

err_t m_life_set_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = zone_group_set(call->db, call->who, params_text(call, "name"), params_text(call, "sg_name"), call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

err_t m_life_set_alt_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = zone_group_set_alt(call->db, call->who, params_text(call, "name"), params_text(call, "sg_name"), call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

err_t m_life_swap_sg(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = zone_group_swap(call->db, call->who, params_text(call, "name"), call->now, &result, reterr);
    return done(call, err, &result, ret_result);
}

/* ---- nuke_zones */

/* A bare "*" names everything: then the group or the reference must have been named. */
static err_t nuke_patterns(const method_call_t *call, char **patterns, const char *const *names, size_t count, err_info_t *reterr)
{
    bool limited = params_given(call, "sg_name") || params_given(call, "reference");
    if (count == 0)
        return params_wrong(reterr, "names", "at least one name or pattern", "none");
    for (size_t i = 0; i < count; i++) {
        if (names[i][0] == '\0' || (names[i][strspn(names[i], "*?.")] == '\0' && !limited))
            return params_wrong(reterr, "names", "a pattern with a name in it, or sg_name or reference beside it", names[i]);
        patterns[i] = m_zone_show_pattern(names[i]);
    }
    return ERR_OK;
}

static err_t nuke(const method_call_t *call, const zone_filter_t *filter, json_t **ret_result, err_info_t *reterr)
{
    nuked_t *nuked = NULL;
    size_t count = 0;
    err_t err = zone_life_nuke(call->db, call->who, filter, call->now, &nuked, &count, reterr);
    if (err != ERR_OK)
        return err;
    *ret_result = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_object();
        pack_text(item, "name", nuked[i].name);
        pack_id(item, "zone_id", nuked[i].zone_id);
        pack_id(item, "change_id", nuked[i].change_id);
        json_array_append_new(*ret_result, item);
    }
    zone_life_nuked_free(nuked, count);
    return ERR_OK;
}

err_t m_life_nuke(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    size_t count;
    AUTO_FREE const char **names = params_names(call, "names", &count);
    char **patterns = auto_calloc(count + 1, sizeof *patterns);
    defaults_t defaults = {0};
    group_row_t group = {0};
    zone_filter_t filter = {.patterns = (const char *const *)patterns, .pattern_count = count,
                            .reference = params_text(call, "reference"), .sg_name = params_text(call, "sg_name"), .include_disabled = true};
    err_t err = nuke_patterns(call, patterns, names, count, reterr);
    if (err == ERR_OK && filter.sg_name == NULL) {
        err = config_store_defaults(call->db, 0, &defaults, reterr);
        filter.sg_name = defaults.default_sg != NULL ? defaults.default_sg : "";
    }
    if (err == ERR_OK)
        err = server_store_group(call->db, filter.sg_name, &group, reterr);
    if (err == ERR_OK)
        err = nuke(call, &filter, ret_result, reterr);
    for (size_t i = 0; i < count; i++)
        free(patterns[i]);
    free(patterns);
    group_row_done(&group);
    defaults_done(&defaults);
    return err;
}
