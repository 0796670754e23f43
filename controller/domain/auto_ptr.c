#include "controller/domain/auto_ptr.h"
#include "shared/reverse.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void auto_ptr_changes_done(auto_ptr_changes_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->items[i].label);
        free(self->items[i].rdata);
    }
    free(self->items);
    *self = (auto_ptr_changes_t){0};
}

bool auto_ptr_allowed(bool admin, const char *forward_reference, const char *reverse_reference, const char *ptr_reference)
{
    if (admin)
        return true;
    if (forward_reference == NULL || reverse_reference == NULL)
        return false;
    return strcasecmp(forward_reference, reverse_reference) == 0 ||
           (ptr_reference != NULL && strcasecmp(forward_reference, ptr_reference) == 0);
}

/* By record and reverse zone; of one record what came stands behind what went. */
static int by_record(const void *a, const void *b)
{
    const auto_ptr_change_t *x = a, *y = b;
    int order = strcmp(x->label, y->label);
    order = order != 0 ? order : (x->type > y->type) - (x->type < y->type);
    order = order != 0 ? order : strcmp(x->rdata, y->rdata);
    int64_t xn = x->net == NULL ? 0 : x->net->zone_id, yn = y->net == NULL ? 0 : y->net->zone_id;
    order = order != 0 ? order : (xn > yn) - (xn < yn);
    return order != 0 ? order : (x->kind > y->kind) - (x->kind < y->kind);
}

static bool same_record(const auto_ptr_change_t *a, const auto_ptr_change_t *b)
{
    return a->type == b->type && a->net == b->net && strcmp(a->label, b->label) == 0 && strcmp(a->rdata, b->rdata) == 0;
}

typedef struct {
    const char *zone_name;
    const auto_ptr_settings_t *settings;
    bool may_force;
} wish_for_t;

/* count entries of one record.  False: nothing is asked for. */
static bool wish(const wish_for_t *in, const auto_ptr_change_t *c, size_t count, auto_ptr_wish_t *ret)
{
    const auto_ptr_change_t *gone = NULL, *now = NULL;
    bool forced = false, peer = false;
    for (size_t i = 0; i < count; i++) {
        if (c[i].kind == AUTO_PTR_GONE)
            gone = &c[i];
        else
            now = &c[i];
        peer = peer || c[i].kind == AUTO_PTR_PEER;
        forced = forced || c[i].forced || (in->may_force && c[i].kind != AUTO_PTR_GONE && c[i].track);
    }
    bool rewritten = gone != NULL && now != NULL && gone->disable == now->disable; /* TTL, comment */
    if (c->net == NULL || (rewritten && !forced && !peer))
        return false;
    *ret = (auto_ptr_wish_t){.change = now != NULL ? now : gone, .gone = now == NULL, .forced = forced};
    ret->create = forced || (c->type == RR_A ? in->settings->create_v4 : in->settings->create_v6);
    return dname_absolute(c->label, in->zone_name, ret->host) == ERR_OK && dname_is_hostname(ret->host, false) &&
           reverse_label(c->rdata, c->net->name, ret->label);
}

void auto_ptr_wishes(auto_ptr_changes_t *changes, const char *zone_name, const auto_ptr_settings_t *settings, bool may_force,
                     auto_ptr_wish_t **ret_wishes, size_t *ret_count)
{
    const wish_for_t in = {zone_name, settings, may_force};
    auto_ptr_change_t *c = changes->items;
    if (changes->count > 0)
        qsort(c, changes->count, sizeof(*c), by_record);
    *ret_wishes = auto_calloc(changes->count + 1, sizeof(**ret_wishes));
    *ret_count = 0;
    for (size_t i = 0, n; i < changes->count; i += n) {
        for (n = 1; i + n < changes->count && same_record(&c[i], &c[i + n]);)
            n++;
        if (wish(&in, &c[i], n, &(*ret_wishes)[*ret_count]))
            ++*ret_count;
    }
}

/* ---- a reverse zone that is filled from what is there */

void auto_ptr_found_free(auto_ptr_found_t *found, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(found[i].zone_name);
        free(found[i].label);
        free(found[i].address);
    }
    free(found);
}

bool auto_ptr_fill(const auto_ptr_found_t *found, const char *reverse_zone, const auto_ptr_settings_t *settings, auto_ptr_op_t *ret_op)
{
    char host[DNAME_TEXT], label[DNAME_TEXT];
    bool v6 = strchr(found->address, ':') != NULL;
    if (found->zone_id == 0 || !(found->track || (v6 ? settings->create_v6 : settings->create_v4)) ||
        dname_absolute(found->label, found->zone_name, host) != ERR_OK || !dname_is_hostname(host, false) ||
        !reverse_label(found->address, reverse_zone, label))
        return false;
    *ret_op = (auto_ptr_op_t){.label = auto_strdup(label),
                              .address = auto_strdup(found->address),
                              .host = auto_strdup(host),
                              .forward_zone_id = found->zone_id,
                              .forced = found->track,
                              .admin = found->admin};
    return true;
}

bool auto_ptr_review(const char *label, const char *rdata, int64_t forward_zone_id, const char *reverse_zone, auto_ptr_op_t *ret_op)
{
    char host[DNAME_TEXT], address[REVERSE_ADDRESS];
    if (dname_absolute(rdata, reverse_zone, host) != ERR_OK || !reverse_address(label, reverse_zone, address))
        return false;
    *ret_op = (auto_ptr_op_t){
        .label = auto_strdup(label), .address = auto_strdup(address), .host = auto_strdup(host), .forward_zone_id = forward_zone_id};
    return true;
}
