#include "controller/fsm/zone_ptr.h"
#include "controller/domain/name_index.h"
#include "controller/store/ptr_store.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    db_t *db;
    const zone_row_t *zone;
    const zone_ptr_t *in;
    ptr_move_t move;
    auto_ptr_wish_t *wishes;
    size_t count;
    ptr_there_t *there;
    ptr_queued_t *queued;
    size_t queued_count;
} follow_t;

int64_t zone_ptr_version(const zone_row_t *zone)
{
    bool served = zone->state != ZONE_INIT && zone->state != ZONE_DISABLED && zone->state != ZONE_DELETED;
    return served ? zone->zi_candidate_id : 0;
}

/* A zone that the caller may not see does not exist for it. */
static void warn(const follow_t *f, const auto_ptr_wish_t *w, err_t code, const char *why, const char *hint)
{
    if (f->in->warnings == NULL || !w->change->net->visible)
        return;
    if (*f->in->warnings == NULL)
        *f->in->warnings = problem_list_new();
    bool apex = strcmp(w->label, "@") == 0;
    problem_t *p = problem_add(*f->in->warnings, code, true, "PTR record \"%s%s%s\" of %s %s: %s", apex ? "" : w->label, apex ? "" : ".",
                               w->change->net->name, w->host, w->gone ? "stays" : "is not made", why);
    p->group = p->record = -1;
    p->hint = auto_strdup(hint);
}

/* Several records with one address are looked at in order, so one that changes nothing now may do so behind another.  Returns for each
 * wish whether it has its PTR record for itself. */
static bool *find_alone(const follow_t *f)
{
    bool *alone = auto_calloc(f->count + 1, sizeof(*alone));
    AUTO_FREE char **places = auto_calloc(f->count + 1, sizeof(*places));
    AUTO(name_index) index = name_index_new(f->count);
    for (size_t i = 0; i < f->count; i++) {
        places[i] = auto_printf("%lld %s", (long long)f->wishes[i].change->net->zone_id, f->wishes[i].label);
        unsigned *first = name_index_bits(index, places[i]);
        alone[i] = *first == 0;
        if (*first != 0)
            alone[*first - 1] = false;
        else
            *first = (unsigned)i + 1;
    }
    for (size_t i = 0; i < f->count; i++)
        free(places[i]);
    return alone;
}

/* Is there something for the reverse zone's machine to do?  What is certain to be skipped is told now. */
static bool asks(const follow_t *f, const auto_ptr_wish_t *w, const ptr_there_t *t, bool alone, bool restored)
{
    bool same = t->count == 1 && strcmp(t->rdata, w->host) == 0;
    if (t->waiting) /* what is there now may be something else when its turn comes */
        return w->gone || w->create || restored || t->ours;
    if (w->gone) {
        if (t->ours && t->locked)
            warn(f, w, ERR_PTR_LOCKED, "it is locked (LOCKPTR)", "an administrator can remove it in the reverse zone");
        return t->ours && !t->locked;
    }
    if (alone && same && t->disable == w->change->disable)
        return false;
    bool free_place = restored && t->count == 0;
    if (!w->create && !restored && !t->ours)
        return false;
    if (!t->ours && !free_place &&
        !auto_ptr_allowed(f->in->sectag_id == 0, f->zone->reference, w->change->net->reference, t->count > 0 ? t->reference : NULL)) {
        warn(f, w, ERR_PTR_NOT_ALLOWED, "the references of the zones differ", "the reverse zone or its PTR record must have the zone's reference");
        return false;
    }
    if (t->count > 1) {
        warn(f, w, ERR_PTR_AMBIGUOUS, "more than one PTR record is there", "remove all but one in the reverse zone");
        return false;
    }
    if (t->locked)
        warn(f, w, ERR_PTR_LOCKED, "the one that is there is locked (LOCKPTR)", "an administrator can change it in the reverse zone");
    return !t->locked;
}

static err_t queue(follow_t *f, int64_t change_id, wall_t now, err_info_t *reterr)
{
    bool back = f->move.from_zi_id == 0;
    err_t e = ptr_store_there(f->db, f->zone->id, f->wishes, f->count, &f->there, reterr);
    if (e != ERR_OK)
        return e;
    AUTO_FREE bool *alone = find_alone(f);
    f->queued = auto_calloc(f->count + 1, sizeof(*f->queued));
    for (size_t i = 0; i < f->count; i++) {
        bool restored = back && f->there[i].parked;
        if (asks(f, &f->wishes[i], &f->there[i], alone[i], restored))
            f->queued[f->queued_count++] = (ptr_queued_t){&f->wishes[i], restored};
    }
    return ptr_store_queue(f->db, &f->move, f->queued, f->queued_count, f->in->change_by, change_id, now, reterr);
}

err_t zone_ptr_follow(db_t *db, const zone_row_t *zone, int64_t from_zi_id, int64_t to_zi_id, const zone_ptr_t *in, int64_t change_id,
                      wall_t now, err_info_t *reterr)
{
    follow_t f = {.db = db,
                  .zone = zone,
                  .in = in,
                  .move = {.zone_id = zone->id,
                           .from_zi_id = from_zi_id,
                           .to_zi_id = to_zi_id,
                           .sectag_id = in->sectag_id,
                           .may_force = !in->never_force && to_zi_id != 0,
                           .submission = in->submission}};
    auto_ptr_settings_t settings = {0};
    auto_ptr_changes_t changes = {0};
    auto_ptr_net_t *nets = NULL;
    size_t net_count = 0;
    err_t e = from_zi_id != 0 && to_zi_id == 0 ? ptr_store_park(db, zone->id, reterr) : ERR_OK;
    if (e == ERR_OK)
        e = ptr_store_changes(db, &f.move, &changes, reterr);
    if (e == ERR_OK && changes.count > 0)
        e = ptr_store_networks(db, &f.move, &changes, &nets, &net_count, reterr);
    if (e == ERR_OK && net_count > 0)
        e = ptr_store_settings(db, &settings, reterr);
    if (e == ERR_OK && net_count > 0) {
        auto_ptr_place(&changes, nets, net_count);
        auto_ptr_wishes(&changes, zone->name, &settings, f.move.may_force, &f.wishes, &f.count);
    }
    if (e == ERR_OK && f.count > 0)
        e = queue(&f, change_id, now, reterr);
    if (e == ERR_OK && from_zi_id == 0 && f.count > 0)
        e = ptr_store_unpark(db, zone->id, reterr);
    ptr_store_there_free(f.there, f.count);
    auto_ptr_changes_done(&changes);
    auto_ptr_nets_free(nets, net_count);
    free(f.wishes);
    free(f.queued);
    return e;
}
