/* Change sets: made, applied, cancelled, taken back, shown. */
#include "controller/domain/zone_rights.h"
#include "controller/store/change_store.h"
#include "controller/store/inc_store.h"
#include "controller/usecase/change_set_priv.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void change_set_ops_done(change_set_ops_t *ops)
{
    zonedata_destroy(&ops->ops);
    substitutes_free(ops->substitutes, ops->substitute_count);
    *ops = (change_set_ops_t){0};
}

void change_set_view_done(change_set_view_t *view)
{
    change_set_row_done(&view->set);
    change_set_zones_free(view->zones, view->zone_count);
    change_set_rrs_free(view->rrs, view->rr_count);
    *view = (change_set_view_t){0};
}

/* ---- shared */

bool change_set_is_refusal(err_t code) { return err_row(code)->class == ERR_CLASS_USER || code == ERR_UPDATE_TYPE_ALREADY_QUEUED; }

void change_set_note(change_set_zone_t *zone, change_set_zone_state_t state, const err_info_t *why)
{
    enum { SHOWN = 5 };
    zone->state = state;
    zone->error_code = err_row(why->code)->rpc_code;
    free(zone->message);
    zone->message = auto_strdup(err_message(why));
    const problem_list_t *problems = why->problems;
    for (size_t i = 1; problems != NULL && i < problems->count && i < SHOWN; i++) { /* the first one is the message */
        char *more = auto_printf("%s; %s", zone->message, problems->items[i].message);
        free(zone->message);
        zone->message = more;
    }
}

err_t change_set_wrong_state(const change_set_row_t *set, const char *why, const char *hint, err_info_t *reterr)
{
    err_set(reterr, ERR_CHANGE_SET_STATE, "change set %" PRId64 " %s", set->id, why);
    err_hint(reterr, "%s", hint);
    err_key_int(reterr, "change_set_id", set->id);
    err_key(reterr, "state", change_set_states[set->state]);
    return ERR_CHANGE_SET_STATE;
}

static err_t refuse(const zone_row_t *zone, err_t code, const char *why, err_info_t *reterr)
{
    err_set(reterr, code, "zone \"%s\" %s", zone->name, why);
    err_key(reterr, "name", zone->name);
    return code;
}

err_t change_set_check_zone(db_t *db, const caller_t *who, const zone_row_t *zone, zi_row_t *ret_candidate, err_info_t *reterr)
{
    if (zone->state == ZONE_DELETED)
        return refuse(zone, ERR_ZONE_NOT_FOUND, "not found", reterr);
    if (zone->state == ZONE_DISABLED)
        return refuse(zone, ERR_ZONE_DISABLED, "is disabled", reterr);
    err_t e = zone_edit_check_rights(who, zone, reterr);
    if (e == ERR_OK && zone->locked) {
        AUTO_FREE char *why = auto_printf("is being edited by %s", zone->locked_by);
        return refuse(zone, ERR_EDIT_LOCK_FAILURE, why, reterr);
    }
    AUTO_FREE int64_t *waiting = NULL;
    size_t count = 0;
    if (e == ERR_OK)
        e = inc_store_waiting(db, zone->id, NULL, &waiting, &count, reterr);
    if (e == ERR_OK && count > 0)
        return refuse(zone, ERR_UPDATE_TYPE_ALREADY_QUEUED, "has an incremental update that waits", reterr);
    AUTO_ZI candidate = {0};
    if (e == ERR_OK)
        e = zone_inc_candidate(db, zone, &candidate, reterr);
    if (e != ERR_OK)
        return e;
    if (candidate.seq != zone->zi_count)
        return refuse(zone, ERR_ZONE_ROLLED_BACK, "is published in an older version than its newest: save it first", reterr);
    *ret_candidate = candidate;
    candidate = (zi_row_t){0};
    return ERR_OK;
}

zone_inc_t change_set_inc(const caller_t *who, const change_set_zone_t *zone, const zonedata_t *ops, const char *change_by, wall_t now)
{
    bool gives_back = zone->reverts != 0; /* whatever was there may be there again */
    return (zone_inc_t){
        .ops = ops, .change_by = change_by, .may_lock_ptr = gives_back || who->role == ROLE_ADMIN, .may_reference = true, .now = now};
}

/* ---- create, revert */

typedef struct {
    const caller_t *who;
    int64_t id, revert_of;
    const char *login_id, *title, *definition;
    bool skip_refused;
    wall_t now;
    change_result_t result;
} life_t;

static err_t log_change(db_t *db, life_t *life, const char *method, int64_t id, err_info_t *reterr)
{
    AUTO_FREE char *name = auto_printf("%" PRId64, id);
    return change_store_insert(db, life->who, life->who->method != NULL ? life->who->method : method, "change_set", name, 0, NULL, life->now,
                               &life->result.change_id, reterr);
}

static err_t was_done(const change_set_row_t *set, const change_set_counts_t *counts, err_info_t *reterr)
{
    if (set->state == SET_APPLYING)
        return change_set_wrong_state(set, "is being applied", "cancel it first, or wait for its end", reterr);
    return counts->zones[SET_ZONE_DONE] > 0 ? ERR_OK : change_set_wrong_state(set, "has changed no zone", "there is nothing to take back", reterr);
}

static err_t create_fn(db_t *db, void *arg, err_info_t *reterr)
{
    life_t *life = arg;
    const caller_t *who = life->who;
    AUTO_SET other = {0};
    change_set_counts_t counts;
    err_t e = ERR_OK;
    if (life->revert_of != 0) {
        e = change_set_store_get(db, who, life->revert_of, true, &other, reterr);
        if (e == ERR_OK)
            e = change_set_store_counts(db, other.id, who->sectag_id, &counts, reterr);
        if (e == ERR_OK)
            e = was_done(&other, &counts, reterr);
    }
    if (e != ERR_OK)
        return e;
    AUTO_SET set = {.title = auto_strdup(life->title), .definition = auto_strdup(life->definition), .revert_of = life->revert_of};
    set.login = auto_strdup(who->login != NULL ? who->login : "");
    set.role = auto_strdup(who->role == ROLE_ADMIN ? "admin" : "helpdesk");
    set.front_end = auto_strdup(who->front_end != NULL ? who->front_end : "");
    set.address = auto_strdup(who->address);
    set.sectag_id = who->sectag_id != 0 ? who->sectag_id : other.sectag_id;
    set.change_by = zone_edit_change_by(who, life->login_id);
    set.created = life->now;
    e = change_set_store_insert(db, &set, reterr);
    life->id = set.id;
    return e == ERR_OK ? log_change(db, life, life->revert_of != 0 ? "revert_change_set" : "create_change_set", set.id, reterr) : e;
}

static err_t create(db_t *db, life_t *life, int64_t *ret_id, change_result_t *ret_result, err_info_t *reterr)
{
    err_t e = zone_rights_login_id(life->login_id, reterr);
    if (e == ERR_OK)
        e = db_tx(db, create_fn, life, reterr);
    if (e != ERR_OK)
        return e;
    *ret_id = life->id;
    *ret_result = life->result;
    return ERR_OK;
}

err_t change_set_create(db_t *db, const caller_t *who, const char *login_id, const char *title, const char *definition, wall_t now, int64_t *ret_id,
                        change_result_t *ret_result, err_info_t *reterr)
{
    life_t life = {.who = who, .login_id = login_id, .title = title, .definition = definition, .now = now};
    return create(db, &life, ret_id, ret_result, reterr);
}

err_t change_set_revert(db_t *db, const caller_t *who, const char *login_id, int64_t id, const char *title, wall_t now, int64_t *ret_id,
                        change_result_t *ret_result, err_info_t *reterr)
{
    life_t life = {.who = who, .login_id = login_id, .title = title, .revert_of = id, .now = now};
    return create(db, &life, ret_id, ret_result, reterr);
}

/* ---- apply, cancel */

static err_t may_apply(const life_t *life, const change_set_row_t *set, const change_set_counts_t *counts, err_info_t *reterr)
{
    if (set->planned_at.us == 0)
        return change_set_wrong_state(set, "is not planned", "plan_change_set first, until its state is PLANNED", reterr);
    int64_t refused = counts->zones[SET_ZONE_REFUSED];
    if (refused == 0 || life->skip_refused)
        return ERR_OK;
    err_set(reterr, ERR_CHANGE_SET_REFUSALS, "%" PRId64 " zone%s of change set %" PRId64 " cannot be changed", refused, refused == 1 ? "" : "s", set->id);
    err_hint(reterr, "show_change_set with state REFUSED says why; skip_refused applies the set to the others");
    err_key_int(reterr, "change_set_id", set->id);
    err_key_int(reterr, "refused", refused);
    return ERR_CHANGE_SET_REFUSALS;
}

static void take_text(char **to, const char *text)
{
    free(*to);
    *to = auto_strdup(text);
}

static err_t apply_fn(db_t *db, void *arg, err_info_t *reterr)
{
    life_t *life = arg;
    const caller_t *who = life->who;
    AUTO_SET set = {0};
    change_set_counts_t counts;
    err_t e = change_set_store_get(db, who, life->id, true, &set, reterr);
    life->result = (change_result_t){.change_id = set.change_id};
    if (e != ERR_OK || set.state == SET_APPLYING)
        return e; /* it is under way, as was asked for */
    e = change_set_store_counts(db, set.id, who->sectag_id, &counts, reterr); /* zones that became hidden are no refusals for him */
    if (e == ERR_OK)
        e = may_apply(life, &set, &counts, reterr);
    if (e == ERR_OK)
        e = change_set_store_move_zones(db, set.id, SET_ZONE_FAILED, SET_ZONE_CANCELLED, SET_ZONE_PLANNED, reterr);
    if (e == ERR_OK)
        e = log_change(db, life, "apply_change_set", set.id, reterr);
    if (e != ERR_OK)
        return e;
    take_text(&set.login, who->login != NULL ? who->login : "");
    take_text(&set.role, who->role == ROLE_ADMIN ? "admin" : "helpdesk");
    take_text(&set.front_end, who->front_end != NULL ? who->front_end : "");
    take_text(&set.address, who->address);
    set.state = SET_APPLYING;
    set.change_id = life->result.change_id;
    set.applied_at = life->now;
    set.finished_at = (wall_t){0};
    e = change_set_store_save(db, &set, reterr);
    return e == ERR_OK ? db_notify(db, DB_CHANNEL_EVENT, "", reterr) : e;
}

static err_t cancel_fn(db_t *db, void *arg, err_info_t *reterr)
{
    life_t *life = arg;
    AUTO_SET set = {0};
    err_t e = change_set_store_get(db, life->who, life->id, true, &set, reterr);
    if (e == ERR_OK && (set.state == SET_DONE || set.state == SET_CANCELLED))
        return change_set_wrong_state(&set, "has ended", "revert_change_set takes back what it did", reterr);
    if (e == ERR_OK)
        e = change_set_store_move_zones(db, set.id, SET_ZONE_PLANNED, SET_ZONE_PLANNED, SET_ZONE_CANCELLED, reterr);
    set.state = SET_CANCELLED;
    set.finished_at = life->now;
    if (e == ERR_OK)
        e = change_set_store_save(db, &set, reterr);
    if (e == ERR_OK)
        e = log_change(db, life, "cancel_change_set", set.id, reterr);
    return e == ERR_OK ? db_notify(db, DB_CHANNEL_CHANGE, "", reterr) : e;
}

static err_t run(db_t *db, life_t *life, db_tx_fn_t fn, change_result_t *ret_result, err_info_t *reterr)
{
    err_t e = db_tx(db, fn, life, reterr);
    if (e == ERR_OK)
        *ret_result = life->result;
    return e;
}

err_t change_set_apply(db_t *db, const caller_t *who, int64_t id, bool skip_refused, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    life_t life = {.who = who, .id = id, .skip_refused = skip_refused, .now = now};
    return run(db, &life, apply_fn, ret_result, reterr);
}

err_t change_set_cancel(db_t *db, const caller_t *who, int64_t id, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    life_t life = {.who = who, .id = id, .now = now};
    return run(db, &life, cancel_fn, ret_result, reterr);
}

/* ---- show */

typedef struct {
    const caller_t *who;
    int64_t id;
    const change_set_page_t *page;
    change_set_view_t view;
} show_t;

static err_t show_page(db_t *db, show_t *show, err_info_t *reterr)
{
    change_set_view_t *view = &show->view;
    const change_set_page_t *page = show->page;
    err_t e = change_set_store_zones(db, show->id, show->who->sectag_id, page->state, page->after, page->limit, &view->zones, &view->zone_count, reterr);
    if (e != ERR_OK || !page->difference)
        return e;
    AUTO_FREE int64_t *ids = auto_calloc(view->zone_count + 1, sizeof(*ids));
    for (size_t i = 0; i < view->zone_count; i++)
        ids[i] = view->zones[i].id;
    return change_set_store_rrs(db, ids, view->zone_count, true, &view->rrs, &view->rr_count, reterr);
}

static err_t show_fn(db_t *db, void *arg, err_info_t *reterr)
{
    show_t *show = arg;
    change_set_view_done(&show->view);
    err_t e = change_set_store_get(db, show->who, show->id, false, &show->view.set, reterr);
    if (e == ERR_OK)
        e = change_set_store_counts(db, show->id, show->who->sectag_id, &show->view.counts, reterr);
    return e == ERR_OK && show->page != NULL ? show_page(db, show, reterr) : e;
}

err_t change_set_show(db_t *db, const caller_t *who, int64_t id, const change_set_page_t *page, change_set_view_t *ret_view, err_info_t *reterr)
{
    show_t show = {.who = who, .id = id, .page = page};
    err_t e = db_tx(db, show_fn, &show, reterr);
    if (e == ERR_OK)
        *ret_view = show.view;
    else
        change_set_view_done(&show.view);
    return e;
}
