#include "controller/api/m_ptr.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/api/rpc_error.h"
#include "controller/usecase/zone_ptrs.h"
#include <string.h>

#define AUTO_CHANGE AUTO_CLEANUP(change_result_done) change_result_t
#define AUTO_PTRS AUTO_CLEANUP(zone_ptrs_done) zone_ptrs_t

static json_t *text(const char *s)
{
    return s != NULL ? rpc_error_text(s) : json_null();
}

static json_t *pack_ptrs(const ptr_view_t *view)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->ptr_count; i++)
        json_array_append_new(array, json_pack("{s:o, s:b, s:o, s:b, s:b, s:o}", "host", text(view->ptrs[i].host), "auto", (int)view->ptrs[i].by_dms,
                                               "forward_zone", text(view->ptrs[i].forward_zone), "lock_ptr", (int)view->ptrs[i].locked,
                                               "disable", (int)view->ptrs[i].disable, "reference", text(view->ptrs[i].reference)));
    return array;
}

static json_t *pack_hosts(const ptr_view_t *view)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->host_count; i++)
        json_array_append_new(array, json_pack("{s:o, s:o, s:b, s:b, s:o}", "host", text(view->hosts[i].host), "zone", text(view->hosts[i].zone),
                                               "disable", (int)view->hosts[i].disable, "track_reverse", (int)view->hosts[i].track, "reference",
                                               text(view->hosts[i].reference)));
    return array;
}

static json_t *pack_waiting(const ptr_view_t *view)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->waiting_count; i++) {
        json_t *item = json_pack("{s:o, s:b, s:b, s:o, s:I}", "host", text(view->waiting[i].host), "forced", (int)view->waiting[i].forced, "held",
                                 (int)view->waiting[i].held, "change_by",
                                 text(view->waiting[i].change_by), "change_id", (json_int_t)view->waiting[i].change_id);
        pack_time(item, "ctime", view->waiting[i].ctime);
        json_array_append_new(array, item);
    }
    return array;
}

err_t m_ptr_show(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_PTRS ptrs = {0};
    err_t err = zone_ptrs_show(call->db, params_text(call, "address"), &ptrs, reterr);
    if (err != ERR_OK)
        return err;
    const ptr_view_t *view = &ptrs.view;
    bool v6 = strchr(ptrs.address, ':') != NULL;
    *ret_result = json_pack("{s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o}", "address", ptrs.address, "name", ptrs.name,
                            "auto_reverse", (int)ptrs.settings.on, "auto_create", (int)(v6 ? ptrs.settings.create_v6 : ptrs.settings.create_v4),
                            "reverse_zone", text(view->zone_name), "network", text(view->network), "reference", text(view->zone_reference), "label",
                            text(view->zone_id != 0 ? ptrs.label : NULL), "edit_lock", (int)view->locked, "filling", (int)view->filling, "ptrs", pack_ptrs(view), "hosts",
                            pack_hosts(view), "waiting", pack_waiting(view));
    return ERR_OK;
}

err_t m_ptr_refresh(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    err_t err = zone_ptrs_refresh(call->db, call->who, params_text(call, "name"), call->now, &result, reterr);
    if (err == ERR_OK)
        *ret_result = pack_change(call, &result);
    return err;
}
