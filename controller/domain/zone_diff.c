#include "controller/domain/zone_diff.h"
#include "controller/domain/rr_index.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { POSITION_STEP = 1024 };
static const size_t NONE = SIZE_MAX;

void zi_delta_done(zi_delta_t *delta)
{
    free(delta->close_rrs);
    free(delta->close_groups);
    free(delta->new_rrs);
    free(delta->new_groups);
    *delta = (zi_delta_t){0};
}

bool zi_delta_is_empty(const zi_delta_t *delta)
{
    return delta->close_rr_count + delta->close_group_count + delta->new_rr_count + delta->new_group_count == 0;
}

void zone_positions_done(zone_positions_t *self)
{
    free(self->group_pos);
    free(self->rr_pos);
    *self = (zone_positions_t){0};
}

/* ---- order: what can stay where it is, and places for the rest */

/* pos[i] NAN: a new item.  Sets to NAN whatever is not in a longest increasing subsequence. */
static void keep_increasing(double *pos, size_t count)
{
    AUTO_FREE size_t *tail = auto_calloc(count + 1, sizeof(*tail)); /* tail[k]: end of the best run of length k + 1 */
    AUTO_FREE size_t *before = auto_calloc(count + 1, sizeof(*before));
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(pos[i]))
            continue;
        size_t low = 0, high = length;
        if (length > 0 && pos[tail[length - 1]] < pos[i])
            low = length; /* the usual case: nothing moved */
        while (low < high) {
            size_t mid = (low + high) / 2;
            if (pos[tail[mid]] < pos[i])
                low = mid + 1;
            else
                high = mid;
        }
        before[i] = low > 0 ? tail[low - 1] : NONE;
        tail[low] = i;
        length = low == length ? length + 1 : length;
    }
    size_t at = length > 0 ? tail[length - 1] : NONE;
    for (size_t i = count; i-- > 0;) {
        if (i == at)
            at = before[i];
        else
            pos[i] = NAN;
    }
}

/* Fill a run of new items between two kept ones (NAN: none). False: no room left between them. */
static bool fill_run(double *pos, size_t count, double below, double above)
{
    for (size_t i = 0; i < count; i++) {
        if (isnan(below) && isnan(above))
            pos[i] = (double)(i + 1) * POSITION_STEP;
        else if (isnan(above))
            pos[i] = below + (double)(i + 1) * POSITION_STEP;
        else if (isnan(below))
            pos[i] = above - (double)(count - i) * POSITION_STEP;
        else
            pos[i] = below + (above - below) * ((double)(i + 1) / (double)(count + 1));
        double previous = i == 0 ? below : pos[i - 1];
        if ((!isnan(previous) && pos[i] <= previous) || (!isnan(above) && pos[i] >= above))
            return false;
    }
    return true;
}

/* Positions for all: pos[i] NAN gets one.  False: gaps were too small, everything was numbered anew. */
static bool give_positions(double *pos, size_t count)
{
    for (size_t i = 0; i < count;) {
        if (!isnan(pos[i])) {
            i++;
            continue;
        }
        size_t end = i;
        while (end < count && isnan(pos[end]))
            end++;
        if (!fill_run(pos + i, end - i, i == 0 ? NAN : pos[i - 1], end < count ? pos[end] : NAN)) {
            fill_run(pos, count, NAN, NAN);
            return false;
        }
        i = end;
    }
    return true;
}

/* ---- the difference */

typedef struct {
    const zonedata_t *old, *new;
    const zone_positions_t *positions;
    size_t *rr_match; /* per new record (ordinal): ordinal of the old one with the same label, type, rdata, or NONE */
    size_t *old_group;        /* per old record: its group */
    const zonedata_rr_t **old_rr;
    bool *old_kept;           /* per old record */
    size_t *group_match;      /* per new group: old group or NONE */
    bool *group_taken;        /* per old group */
    size_t *votes;            /* scratch, per old group */
    size_t new_rr_cap, new_group_cap, close_rr_cap, close_group_cap;
    zi_delta_t *delta;
} diff_t;

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_record(const zonedata_rr_t *a, const zonedata_rr_t *b)
{
    bool same_reference = a->reference == NULL || b->reference == NULL ? a->reference == b->reference
                                                                       : strcasecmp(a->reference, b->reference) == 0;
    return a->has_ttl == b->has_ttl && (!a->has_ttl || a->ttl == b->ttl) && a->disable == b->disable &&
           a->lock_ptr == b->lock_ptr && a->track_reverse == b->track_reverse && same_reference &&
           same_text(a->comment, b->comment);
}

static void match_records(diff_t *d)
{
    AUTO(rr_index) index = rr_index_of(d->old);
    size_t ordinal = 0;
    for (size_t g = 0; g < d->old->count; g++) {
        for (size_t r = 0; r < d->old->groups[g].count; r++, ordinal++) {
            d->old_group[ordinal] = g;
            d->old_rr[ordinal] = &d->old->groups[g].rrs[r];
        }
    }
    ordinal = 0;
    for (size_t g = 0; g < d->new->count; g++) {
        for (size_t r = 0; r < d->new->groups[g].count; r++, ordinal++) {
            const zonedata_rr_t *rr = &d->new->groups[g].rrs[r];
            const rr_entry_t *e = rr_index_find(index, rr->label, rr->type, rr->rdata);
            d->rr_match[ordinal] = e == NULL ? NONE : e->ordinal;
        }
    }
}

static void pair_groups(diff_t *d, size_t new_group, size_t old_group)
{
    d->group_match[new_group] = old_group;
    d->group_taken[old_group] = true;
}

/* The free old group that shares most records with the new one (which begins at record `first`). */
static size_t best_group(diff_t *d, const zonedata_group_t *group, size_t first, bool same_comment)
{
    size_t best = NONE;
    for (size_t r = 0; r < group->count; r++) {
        size_t match = d->rr_match[first + r];
        size_t g = match == NONE ? NONE : d->old_group[match];
        if (g == NONE || d->group_taken[g] || (same_comment && !same_text(d->old->groups[g].comment, group->comment)))
            continue;
        d->votes[g]++;
        if (best == NONE || d->votes[g] > d->votes[best])
            best = g;
    }
    for (size_t r = 0; r < group->count; r++) {
        size_t match = d->rr_match[first + r];
        if (match != NONE)
            d->votes[d->old_group[match]] = 0;
    }
    return best;
}

typedef struct {
    size_t size, group, first;
} sized_t;

static int by_size(const void *a, const void *b)
{
    const sized_t *x = a, *y = b;
    return x->size != y->size ? (x->size < y->size ? 1 : -1) : (x->group > y->group) - (x->group < y->group);
}

/* Large groups choose first: when a group is parted, its larger half keeps the identity and its rows. */
static void match_by_content(diff_t *d, bool same_comment)
{
    AUTO_FREE sized_t *order = auto_calloc(d->new->count + 1, sizeof(*order));
    size_t first = 0;
    for (size_t g = 0; g < d->new->count; first += d->new->groups[g].count, g++)
        order[g] = (sized_t){d->new->groups[g].count, g, first};
    qsort(order, d->new->count, sizeof(*order), by_size);
    for (size_t i = 0; i < d->new->count; i++) {
        size_t g = order[i].group;
        size_t best =
            d->group_match[g] == NONE ? best_group(d, &d->new->groups[g], order[i].first, same_comment) : NONE;
        if (best != NONE)
            pair_groups(d, g, best);
    }
}

typedef struct {
    const char *comment;
    size_t group;
} named_t;

static int by_comment(const void *a, const void *b)
{
    const named_t *x = a, *y = b;
    int order = x->comment == NULL || y->comment == NULL ? (x->comment != NULL) - (y->comment != NULL)
                                                         : strcmp(x->comment, y->comment);
    return order != 0 ? order : (x->group > y->group) - (x->group < y->group);
}

/* Groups without a common record: pair those with one comment in their order. */
static void match_by_comment(diff_t *d)
{
    AUTO_FREE named_t *olds = auto_calloc(d->old->count + 1, sizeof(*olds));
    AUTO_FREE named_t *news = auto_calloc(d->new->count + 1, sizeof(*news));
    size_t old_count = 0, new_count = 0;
    for (size_t g = 0; g < d->old->count; g++) {
        if (!d->group_taken[g])
            olds[old_count++] = (named_t){d->old->groups[g].comment, g};
    }
    for (size_t g = 0; g < d->new->count; g++) {
        if (d->group_match[g] == NONE)
            news[new_count++] = (named_t){d->new->groups[g].comment, g};
    }
    qsort(olds, old_count, sizeof(*olds), by_comment);
    qsort(news, new_count, sizeof(*news), by_comment);
    for (size_t o = 0, n = 0; o < old_count && n < new_count;) {
        if (same_text(olds[o].comment, news[n].comment)) {
            pair_groups(d, news[n++].group, olds[o++].group);
            continue;
        }
        named_t x = {olds[o].comment, 0}, y = {news[n].comment, 0};
        if (by_comment(&x, &y) < 0)
            o++;
        else
            n++;
    }
}

static void match_groups(diff_t *d)
{
    if (d->old->count > 0 && d->new->count > 0)
        pair_groups(d, ZONEDATA_GROUP_APEX, ZONEDATA_GROUP_APEX);
    for (size_t g = 1; g < d->new->count; g++) {
        for (size_t o = 1; d->new->groups[g].id != 0 && o < d->old->count; o++) {
            if (d->old->groups[o].id == d->new->groups[g].id && !d->group_taken[o]) {
                pair_groups(d, g, o);
                break;
            }
        }
    }
    match_by_content(d, true);
    match_by_comment(d);
    match_by_content(d, false);
}

static void close_group(diff_t *d, int64_t group_no)
{
    zi_delta_t *out = d->delta;
    out->close_groups =
        auto_grow(out->close_groups, &d->close_group_cap, out->close_group_count + 1, sizeof(*out->close_groups));
    out->close_groups[out->close_group_count++] = (int)group_no;
}

static void open_group(diff_t *d, int group_no, double pos, const zonedata_group_t *group)
{
    zi_delta_t *out = d->delta;
    out->new_groups = auto_grow(out->new_groups, &d->new_group_cap, out->new_group_count + 1, sizeof(*out->new_groups));
    out->new_groups[out->new_group_count++] = (struct zi_new_group){group_no, pos, group->comment, group->tag};
}

/* Rows of groups; *ret_numbers: identity per new group. */
static void diff_groups(diff_t *d, int *ret_numbers)
{
    AUTO_FREE double *pos = auto_calloc(d->new->count + 1, sizeof(*pos));
    AUTO_FREE bool *kept = auto_calloc(d->new->count + 1, sizeof(*kept));
    for (size_t g = 0; g < d->new->count; g++)
        pos[g] = d->group_match[g] == NONE ? NAN : d->positions->group_pos[d->group_match[g]];
    keep_increasing(pos, d->new->count);
    for (size_t g = 0; g < d->new->count; g++)
        kept[g] = !isnan(pos[g]);
    bool in_gaps = give_positions(pos, d->new->count);
    int next = d->positions == NULL ? 1 : d->positions->next_group_no;
    for (size_t g = 0; g < d->new->count; g++) {
        const zonedata_group_t *group = &d->new->groups[g];
        const zonedata_group_t *was = d->group_match[g] == NONE ? NULL : &d->old->groups[d->group_match[g]];
        ret_numbers[g] = was == NULL ? next++ : (int)was->id;
        if (was != NULL && in_gaps && kept[g] && same_text(was->comment, group->comment) &&
            same_text(was->tag, group->tag))
            continue;
        if (was != NULL)
            close_group(d, was->id);
        open_group(d, ret_numbers[g], pos[g], group);
    }
    for (size_t g = 0; d->old != NULL && g < d->old->count; g++) {
        if (!d->group_taken[g])
            close_group(d, d->old->groups[g].id);
    }
}

/* Rows of one group's records; first: ordinal of its first one. */
static void diff_group_records(diff_t *d, size_t g, size_t first, int group_no)
{
    const zonedata_group_t *group = &d->new->groups[g];
    AUTO_FREE double *pos = auto_calloc(group->count + 1, sizeof(*pos));
    AUTO_FREE bool *kept = auto_calloc(group->count + 1, sizeof(*kept));
    for (size_t r = 0; r < group->count; r++) {
        size_t match = d->rr_match[first + r];
        bool stays =
            match != NONE && d->old_group[match] == d->group_match[g] && same_record(&group->rrs[r], d->old_rr[match]);
        pos[r] = stays ? d->positions->rr_pos[match] : NAN;
    }
    keep_increasing(pos, group->count);
    for (size_t r = 0; r < group->count; r++)
        kept[r] = !isnan(pos[r]);
    bool in_gaps = give_positions(pos, group->count);
    zi_delta_t *out = d->delta;
    for (size_t r = 0; r < group->count; r++) {
        if (kept[r] && in_gaps) {
            d->old_kept[d->rr_match[first + r]] = true;
            continue;
        }
        out->new_rrs = auto_grow(out->new_rrs, &d->new_rr_cap, out->new_rr_count + 1, sizeof(*out->new_rrs));
        size_t match = d->rr_match[first + r];
        int64_t ptr_zone_id = match == NONE ? 0 : d->old_rr[match]->ptr_zone_id;
        out->new_rrs[out->new_rr_count++] = (struct zi_new_rr){group_no, pos[r], &group->rrs[r], ptr_zone_id};
    }
}

static void close_records(diff_t *d)
{
    zi_delta_t *out = d->delta;
    for (size_t i = 0; i < d->old->records; i++) {
        if (d->old_kept[i])
            continue;
        out->close_rrs = auto_grow(out->close_rrs, &d->close_rr_cap, out->close_rr_count + 1, sizeof(*out->close_rrs));
        out->close_rrs[out->close_rr_count++] = d->old_rr[i]->id;
    }
}

void zone_diff(const zonedata_t *old, const zone_positions_t *positions, const zonedata_t *submitted,
               zi_delta_t *ret_delta)
{
    size_t old_records = old == NULL ? 0 : old->records, old_groups = old == NULL ? 0 : old->count;
    *ret_delta = (zi_delta_t){0};
    AUTO_FREE size_t *rr_match = auto_calloc(submitted->records + 1, sizeof(*rr_match));
    AUTO_FREE size_t *old_group = auto_calloc(old_records + 1, sizeof(*old_group));
    AUTO_FREE const zonedata_rr_t **old_rr = auto_calloc(old_records + 1, sizeof(const zonedata_rr_t *));
    AUTO_FREE bool *old_kept = auto_calloc(old_records + 1, sizeof(*old_kept));
    AUTO_FREE size_t *group_match = auto_calloc(submitted->count + 1, sizeof(*group_match));
    AUTO_FREE bool *group_taken = auto_calloc(old_groups + 1, sizeof(*group_taken));
    AUTO_FREE size_t *votes = auto_calloc(old_groups + 1, sizeof(*votes));
    AUTO_FREE int *numbers = auto_calloc(submitted->count + 1, sizeof(*numbers));
    diff_t d = {.old = old,
                .new = submitted,
                .positions = positions,
                .rr_match = rr_match,
                .old_group = old_group,
                .old_rr = old_rr,
                .old_kept = old_kept,
                .group_match = group_match,
                .group_taken = group_taken,
                .votes = votes,
                .delta = ret_delta};
    for (size_t i = 0; i < submitted->records; i++)
        rr_match[i] = NONE;
    for (size_t g = 0; g < submitted->count; g++)
        group_match[g] = NONE;
    if (old != NULL) {
        match_records(&d);
        match_groups(&d);
    }
    diff_groups(&d, numbers);
    size_t first = 0;
    for (size_t g = 0; g < submitted->count; first += submitted->groups[g].count, g++)
        diff_group_records(&d, g, first, numbers[g]);
    if (old != NULL)
        close_records(&d);
}
