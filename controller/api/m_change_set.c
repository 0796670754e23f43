#include "controller/api/m_change_set.h"
#include "controller/api/change_set_json.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/api/rpc_error.h"
#include <stdlib.h>
#include <string.h>

#define AUTO_VIEW AUTO_CLEANUP(change_set_view_done) change_set_view_t
#define AUTO_CHANGE AUTO_CLEANUP(change_result_done) change_result_t
enum { PLANNED_AT_ONCE = 1000, DEFAULT_LIMIT = 100 };

/* ---- packing */

static json_t *pack_rr(const change_set_rr_t *r)
{
    char type[RR_TYPE_TEXT];
    rr_type_text(r->rr.type, type);
    json_t *json = json_object();
    pack_text(json, "op", r->op);
    pack_text(json, "label", r->rr.label);
    pack_text(json, "type", type);
    json_object_set_new(json, "ttl", r->rr.has_ttl ? json_integer(r->rr.ttl) : json_null());
    pack_text(json, "rdata", r->rr.rdata);
    pack_bool(json, "disable", r->rr.disable);
    const struct { const char *key; bool is; } flags[] = {{"lock_ptr", r->rr.lock_ptr}, {"track_reverse", r->rr.track_reverse}};
    const struct { const char *key, *text; } texts[] = {{"comment", r->rr.comment}, {"reference", r->rr.reference}};
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (flags[i].is)
            pack_bool(json, flags[i].key, true);
    }
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (texts[i].text != NULL)
            pack_text(json, texts[i].key, texts[i].text);
    }
    return json;
}

static json_t *pack_zone(const change_set_zone_t *z)
{
    json_t *json = json_object();
    pack_text(json, "name", z->name);
    pack_id(json, "zone_id", z->zone_id);
    pack_text(json, "state", change_set_zone_states[z->state]);
    pack_id(json, "zi_id", z->zi_id);
    pack_int(json, "added", z->added);
    pack_int(json, "removed", z->removed);
    pack_int(json, "changed", z->changed);
    pack_id(json, "error_code", z->error_code);
    pack_text(json, "message", z->message);
    pack_id(json, "change_id", z->change_id);
    pack_id(json, "new_zi_id", z->new_zi_id);
    pack_time(json, "done_at", z->done_at);
    pack_bool(json, "live", z->live);
    pack_text(json, "failure", z->failure);
    return json;
}

/* They are sorted by their zones' numbers, the zones by name. */
static size_t first_rr(const change_set_view_t *view, int64_t set_zone_id)
{
    size_t low = 0, high = view->rr_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (view->rrs[middle].set_zone_id < set_zone_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static json_t *pack_zones(const change_set_view_t *view, bool difference)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->zone_count; i++) {
        int64_t id = view->zones[i].id;
        json_t *zone = pack_zone(&view->zones[i]);
        json_t *records = json_array();
        for (size_t k = first_rr(view, id); difference && k < view->rr_count && view->rrs[k].set_zone_id == id; k++)
            json_array_append_new(records, pack_rr(&view->rrs[k]));
        if (difference)
            json_object_set(zone, "difference", records);
        json_decref(records);
        json_array_append_new(array, zone);
    }
    return array;
}

static json_t *pack_row(const change_set_row_t *set)
{
    json_t *json = json_object();
    pack_id(json, "change_set_id", set->id);
    pack_text(json, "title", set->title);
    pack_text(json, "state", change_set_states[set->state]);
    pack_id(json, "revert_of", set->revert_of);
    pack_text(json, "login", set->login);
    pack_text(json, "role", set->role);
    pack_text(json, "front_end", set->front_end);
    pack_text(json, "change_by", set->change_by);
    pack_id(json, "change_id", set->change_id);
    pack_time(json, "created", set->created);
    pack_time(json, "planned_at", set->planned_at);
    pack_time(json, "applied_at", set->applied_at);
    pack_time(json, "finished_at", set->finished_at);
    return json;
}

static json_t *pack_counts(const change_set_counts_t *c)
{
    static const struct { const char *key; change_set_zone_state_t state; } states[] = {
        {"not_planned", SET_ZONE_NEW}, {"unchanged", SET_ZONE_UNCHANGED}, {"refused", SET_ZONE_REFUSED}, {"waiting", SET_ZONE_PLANNED},
        {"done", SET_ZONE_DONE},       {"failed", SET_ZONE_FAILED},       {"cancelled", SET_ZONE_CANCELLED}};
    json_t *json = json_object();
    int64_t all = 0;
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        all += c->zones[states[i].state];
        pack_int(json, states[i].key, c->zones[states[i].state]);
    }
    pack_int(json, "zones", all);
    pack_int(json, "live", c->live);
    pack_int(json, "added", c->added);
    pack_int(json, "removed", c->removed);
    pack_int(json, "changed", c->changed);
    return json;
}

static bool has_ended(const change_set_row_t *set) { return set->state == SET_DONE || set->state == SET_CANCELLED; }

static json_t *pack_set(const change_set_view_t *view)
{
    json_t *json = pack_row(&view->set);
    json_object_set_new(json, "counts", pack_counts(&view->counts));
    pack_bool(json, "complete", has_ended(&view->set) && view->counts.live == view->counts.zones[SET_ZONE_DONE]);
    return json;
}

/* ---- methods */

static const char *login_of(const method_call_t *call)
{
    const char *login = params_text(call, "login_id");
    return login != NULL ? login : call->who->login;
}

/* The set as it is now, behind a change. */
static err_t give_set(const method_call_t *call, err_t e, int64_t id, const change_result_t *result, json_t **ret_result, err_info_t *reterr)
{
    AUTO_VIEW view = {0};
    if (e == ERR_OK)
        e = change_set_show(call->db, call->who, id, NULL, &view, reterr);
    if (e == ERR_OK)
        *ret_result = pack_change_other(call, result, pack_set(&view));
    return e;
}

err_t m_change_set_create(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    if (call->who->sectag_id < 0) { /* what it may see is looked up for a caller; the set outlives the request */
        err_set(reterr, ERR_OUT_OF_SCOPE, "a token that is limited to zones cannot make change sets");
        err_hint(reterr, "use update_rrs zone by zone, or a token without a zone scope");
        return ERR_OUT_OF_SCOPE;
    }
    AUTO(change_set_json) definition = NULL;
    AUTO_CHANGE result = {0};
    json_t *operations = json_object_get(call->params, "operations");
    AUTO_FREE char *text = json_dumps(operations, JSON_COMPACT);
    int64_t id = 0;
    err_t e = change_set_json_parse(operations, call->limits->max_records, &definition, reterr);
    if (e == ERR_OK)
        e = change_set_create(call->db, call->who, login_of(call), params_text(call, "title"), text, call->now, &id, &result, reterr);
    return give_set(call, e, id, &result, ret_result, reterr);
}

err_t m_change_set_revert(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    int64_t id = 0;
    err_t e = change_set_revert(call->db, call->who, login_of(call), params_int(call, "change_set_id", 0), params_text(call, "title"), call->now, &id,
                                &result, reterr);
    return give_set(call, e, id, &result, ret_result, reterr);
}

err_t m_change_set_apply(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    int64_t id = params_int(call, "change_set_id", 0);
    err_t e = change_set_apply(call->db, call->who, id, params_bool(call, "skip_refused", false), call->now, &result, reterr);
    return give_set(call, e, id, &result, ret_result, reterr);
}

err_t m_change_set_cancel(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_CHANGE result = {0};
    int64_t id = params_int(call, "change_set_id", 0);
    err_t e = change_set_cancel(call->db, call->who, id, call->now, &result, reterr);
    return give_set(call, e, id, &result, ret_result, reterr);
}

static err_t page_of(const method_call_t *call, change_set_page_t *ret_page, err_info_t *reterr)
{
    const char *state = params_text(call, "state");
    *ret_page = (change_set_page_t){.state = SET_ZONE_STATE_COUNT, .after = params_text(call, "after"), .limit = params_int(call, "limit", DEFAULT_LIMIT)};
    for (int i = 0; state != NULL && i < SET_ZONE_STATE_COUNT; i++) {
        if (strcmp(change_set_zone_states[i], state) == 0)
            ret_page->state = (change_set_zone_state_t)i;
    }
    return state == NULL || ret_page->state < SET_ZONE_STATE_COUNT
               ? ERR_OK
               : params_wrong(reterr, "state", "NEW, UNCHANGED, REFUSED, PLANNED, DONE, FAILED or CANCELLED", state);
}

static err_t show_page(const method_call_t *call, const change_set_page_t *page, json_t **ret_set, err_info_t *reterr)
{
    AUTO_VIEW view = {0};
    err_t e = change_set_show(call->db, call->who, params_int(call, "change_set_id", 0), page, &view, reterr);
    if (e != ERR_OK)
        return e;
    json_t *set = pack_set(&view);
    if (view.set.definition != NULL)
        json_object_set_new(set, "operations", json_loads(view.set.definition, 0, NULL));
    json_object_set_new(set, "zones", pack_zones(&view, page->difference));
    pack_text(set, "next", (int64_t)view.zone_count == page->limit ? view.zones[view.zone_count - 1].name : NULL);
    *ret_set = set;
    return ERR_OK;
}

err_t m_change_set_show(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    change_set_page_t page;
    err_t e = page_of(call, &page, reterr);
    page.difference = params_bool(call, "difference", false);
    return e == ERR_OK ? show_page(call, &page, ret_result, reterr) : e;
}

err_t m_change_set_plan(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_VIEW view = {0};
    AUTO(change_set_json) definition = NULL;
    int64_t id = params_int(call, "change_set_id", 0);
    change_set_page_t page;
    err_t e = page_of(call, &page, reterr);
    if (e == ERR_OK)
        e = change_set_show(call->db, call->who, id, NULL, &view, reterr);
    json_auto_t *operations = e == ERR_OK && view.set.definition != NULL ? json_loads(view.set.definition, 0, NULL) : NULL;
    if (e == ERR_OK && operations != NULL)
        e = change_set_json_parse(operations, call->limits->max_records, &definition, reterr);
    if (e == ERR_OK)
        e = change_set_plan(call->db, call->who, id, definition != NULL ? change_set_json_source(definition) : NULL, params_bool(call, "again", false),
                            PLANNED_AT_ONCE, call->now, reterr);
    json_t *set = NULL;
    page.difference = true;
    if (e == ERR_OK)
        e = show_page(call, &page, &set, reterr);
    const change_result_t nothing = {0};
    if (e == ERR_OK)
        *ret_result = pack_change_other(call, &nothing, set);
    return e;
}

err_t m_change_set_list(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    change_set_row_t *rows = NULL;
    size_t count = 0;
    err_t e = change_set_store_list(call->db, call->who, params_int(call, "before", 0), params_int(call, "limit", 25), &rows, &count, reterr);
    if (e != ERR_OK)
        return e;
    *ret_result = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(*ret_result, pack_row(&rows[i]));
    change_set_rows_free(rows, count);
    return ERR_OK;
}

/* ---- waiting */

err_t m_change_set_poll(db_t *db, const caller_t *who, int64_t id, bool late, json_t **ret_result, bool *ret_complete, err_info_t *reterr)
{
    AUTO_VIEW view = {0};
    bool open = false;
    err_t e = late ? ERR_OK : change_set_store_is_open(db, id, &open, reterr);
    if (e != ERR_OK || open) /* cheaper than to count, while it is true */
        return e;
    e = change_set_show(db, who, id, NULL, &view, reterr);
    if (e != ERR_OK)
        return e;
    *ret_result = pack_set(&view);
    *ret_complete = json_is_true(json_object_get(*ret_result, "complete"));
    pack_bool(*ret_result, "timed_out", !*ret_complete);
    return ERR_OK;
}

err_t m_change_set_wait(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    bool complete = false;
    int64_t id = params_int(call, "change_set_id", 0), timeout_ms = params_int(call, "timeout_ms", 0);
    err_t e = m_change_set_poll(call->db, call->who, id, true, ret_result, &complete, reterr);
    if (e == ERR_OK && !complete && timeout_ms > 0)
        call->wait = (method_wait_t){.change_set_id = id, .timeout_ms = timeout_ms};
    return e;
}
