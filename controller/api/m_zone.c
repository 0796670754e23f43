#include "controller/api/m_zone.h"
#include "controller/api/condition.h"
#include "controller/api/m_zone_show.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/api/zone_json.h"
#include "controller/usecase/zone_life.h"
#include "controller/usecase/zone_show.h"
#include "shared/zonetext.h"
#include <stdlib.h>
#include <string.h>

#define AUTO_CHANGE AUTO_CLEANUP(change_result_done) change_result_t

static const char *login_of(const method_call_t *call)
{
    const char *login = params_text(call, "login_id");
    return login != NULL ? login : call->who->login;
}

static edit_limits_t limits_of(const method_call_t *call, const problem_list_t *found)
{
    return (edit_limits_t){.max_records = call->limits->max_records,
                           .strict = params_bool(call, "strict", false),
                           .found = found};
}

err_t m_zone_contents(const method_call_t *call, const char *given, const json_t *in, problem_list_t **problems, zonedata_t **ret_data,
                      err_info_t *reterr)
{
    char name[DNAME_TEXT], cidr[64];
    const char *text = json_string_value(json_object_get(in, "zi_text"));
    json_t *zi_data = json_object_get(in, "zi_data");
    *ret_data = NULL;
    err_t err = dname_from_network(given, name, cidr, reterr);
    if (err != ERR_OK)
        return err;
    const zonetext_opts_t opts = {.max_records = call->limits->max_records};
    if (text != NULL)
        zonetext_parse(text, strlen(text), name, &opts, *problems, ret_data);
    else if (json_is_object(zi_data))
        err = zone_json_parse(zi_data, name, call->limits->max_records, *problems, ret_data, reterr);
    if (err == ERR_OK && problem_list_has(*problems, ERR_ZONE_TOO_BIG))
        err = problem_result(problems, name, reterr);
    if (err != ERR_OK)
        zonedata_destroy(ret_data);
    return err;
}

void m_zone_mark(const json_t *in, problem_list_t *problems)
{
    const char *text = json_string_value(json_object_get(in, "zi_text"));
    if (text != NULL && problems != NULL)
        zonetext_mark(text, strlen(text), problems);
}

static err_t submitted(const method_call_t *call, err_t err, const change_result_t *result, json_t **ret_result,
                       const err_info_t *reterr)
{
    m_zone_mark(call->params, err == ERR_OK ? result->warnings : reterr->problems);
    return pack_done(call, err, result, ret_result);
}

zone_options_t m_zone_options(const method_call_t *call)
{
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = params_flag(call, "use_apex_ns");
    options.edit_lock = params_flag(call, "edit_lock");
    options.auto_dnssec = params_flag(call, "auto_dnssec");
    options.nsec3 = params_flag(call, "nsec3");
    options.inc_updates = params_flag(call, "inc_updates");
    options.reference = params_text(call, "reference");
    options.sg_name = params_text(call, "sg_name");
    return options;
}

static err_t create(method_call_t *call, bool normalize, json_t **ret_result, err_info_t *reterr)
{
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) data = NULL;
    err_t err = m_zone_contents(call, params_text(call, "name"), call->params, &problems, &data, reterr);
    if (err != ERR_OK)
        return err;
    zone_options_t options = m_zone_options(call);
    if (call->who->role == ROLE_VALUE_RESELLER)
        options.inc_updates = 1;
    AUTO_FREE const char **sectags = params_names(call, "sectags", &options.sectag_count);
    options.sectags = sectags;
    edit_limits_t limits = limits_of(call, problems);
    AUTO_CHANGE result = {0};
    err = zone_edit_create(call->db, call->who, login_of(call), params_text(call, "name"), data, normalize, &options,
                           &limits, call->now, &result, reterr);
    return submitted(call, err, &result, ret_result, reterr);
}

err_t m_zone_create(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return create(call, false, ret_result, reterr);
}

err_t m_zone_load(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return create(call, true, ret_result, reterr);
}

static err_t save(method_call_t *call, bool normalize, json_t **ret_result, err_info_t *reterr)
{
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) data = NULL;
    err_t err = m_zone_contents(call, params_text(call, "name"), call->params, &problems, &data, reterr);
    if (err != ERR_OK)
        return err;
    edit_limits_t limits = limits_of(call, problems);
    edit_condition_t condition = condition_of(call);
    AUTO_CHANGE result = {0};
    err = zone_edit_save(call->db, call->who, login_of(call), params_text(call, "name"), data, normalize,
                         params_int(call, "edit_lock_token", 0), &condition, &limits, call->now, &result, reterr);
    return submitted(call, err, &result, ret_result, reterr);
}

err_t m_zone_update(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return save(call, params_bool(call, "normalize_ttls", false), ret_result, reterr);
}

err_t m_zone_update_text(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return save(call, params_bool(call, "normalize_ttls", false), ret_result, reterr);
}

err_t m_zone_load_zi(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return save(call, true, ret_result, reterr);
}

err_t m_zone_edit(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    const char *name = params_text(call, "name");
    int64_t zi_id;
    AUTO_CLEANUP(zone_view_done) zone_view_t wanted = {0};
    err_t err = m_zone_show_zi_id(call, name, 0, &zi_id, reterr);
    if (err == ERR_OK && zi_id != 0) /* a version that is not there must not leave a lock behind */
        err = zone_show(call->db, call->who, name, zi_id, 0, &wanted, reterr);
    AUTO_CHANGE result = {0};
    if (err == ERR_OK)
        err = zone_edit_begin(call->db, call->who, login_of(call), name, call->now, &result, reterr);
    json_t *zone = NULL;
    if (err == ERR_OK) /* no version given: the newest, also while it is on its way to the servers; else saving would undo it */
        err = m_zone_show_structure(call, name, 0, zi_id != 0 ? zi_id : result.zi_id, &zone, reterr);
    if (err != ERR_OK)
        return err;
    json_t *token = result.edit_lock_token != 0 ? json_integer(result.edit_lock_token) : json_null();
    *ret_result = pack_change_other(call, &result, json_pack("[o, o]", zone, token));
    return ERR_OK;
}

err_t m_zone_tickle(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    err_t err = zone_edit_tickle(call->db, call->who, params_text(call, "name"), params_int(call, "edit_lock_token", 0),
                                 call->now, reterr);
    if (err == ERR_OK) {
        const change_result_t none = {0};
        *ret_result = pack_change_other(call, &none, json_true());
    }
    return err;
}

err_t m_zone_cancel(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = zone_edit_cancel(call->db, call->who, params_text(call, "name"), params_int(call, "edit_lock_token", 0),
                                 call->now, &result, reterr);
    return pack_done(call, err, &result, ret_result);
}

typedef err_t (*life_fn_t)(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result,
                           err_info_t *reterr);

static err_t life(method_call_t *call, life_fn_t fn, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = fn(call->db, call->who, params_text(call, "name"), call->now, &result, reterr);
    return pack_done(call, err, &result, ret_result);
}

static err_t delete_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return life(call, zone_life_delete, ret_result, reterr);
}

err_t m_zone_delete(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return condition_call(call, delete_zone, ret_result, reterr);
}

static err_t disable_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return life(call, zone_life_disable, ret_result, reterr);
}

err_t m_zone_disable(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return condition_call(call, disable_zone, ret_result, reterr);
}

static err_t enable_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return life(call, zone_life_enable, ret_result, reterr);
}

err_t m_zone_enable(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return condition_call(call, enable_zone, ret_result, reterr);
}

err_t m_zone_undelete(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = zone_life_undelete(call->db, call->who, params_int(call, "zone_id", 0), call->now, &result, reterr);
    return pack_done(call, err, &result, ret_result);
}

typedef err_t (*publish_fn_t)(db_t *db, const caller_t *who, const char *name, int64_t zi_id, wall_t now,
                              change_result_t *ret_result, err_info_t *reterr);

static err_t publish(method_call_t *call, publish_fn_t fn, json_t **ret_result, err_info_t *reterr)
{
    const char *name = params_text(call, "name");
    int64_t zi_id;
    AUTO_CHANGE result = {0};
    err_t err = m_zone_show_zi_id(call, name, 0, &zi_id, reterr);
    if (err == ERR_OK)
        err = fn(call->db, call->who, name, zi_id, call->now, &result, reterr);
    return pack_done(call, err, &result, ret_result);
}

static err_t refresh_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return publish(call, zone_life_refresh, ret_result, reterr);
}

err_t m_zone_refresh(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return condition_call(call, refresh_zone, ret_result, reterr);
}

static err_t reset_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return publish(call, zone_life_reset, ret_result, reterr);
}

err_t m_zone_reset(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    return condition_call(call, reset_zone, ret_result, reterr);
}
