#include "controller/usecase/zone_difference.h"
#include "controller/domain/apex.h"
#include "controller/usecase/zone_edit_priv.h"
#include <stdlib.h>
#include <string.h>

void zone_difference_done(zone_difference_t *self)
{
    for (size_t i = 0; i < 2; i++) {
        zone_row_done(&self->zones[i]);
        zi_row_done(&self->zis[i]);
        zonedata_destroy(&self->data[i]);
        zonedata_destroy(&self->apex[i]);
        free(self->serials[i]);
    }
    free(self->items);
    free(self->values);
    free(self->groups);
    free(self->group_nos);
    record_store_rows_free(self->rows, self->row_count);
    record_store_groups_free(self->group_rows, self->group_row_count);
    *self = (zone_difference_t){0};
}

typedef struct {
    const caller_t *who;
    const char *names[2];
    int64_t zi_ids[2];
    zone_difference_t d;
} difference_t;

typedef struct {
    compare_side_t *items;
    size_t count, cap;
} sides_t;

static void add_side(sides_t *sides, const zonedata_rr_t *rr, const char *group)
{
    sides->items = auto_grow(sides->items, &sides->cap, sides->count + 1, sizeof(*sides->items));
    sides->items[sides->count++] = (compare_side_t){rr, group};
}

/* NS records that come from the server group are no rows: made from the names that the version has. */
static void add_apex(zone_difference_t *d, size_t i, sides_t *sides)
{
    if (!d->zis[i].has_apex_ns)
        return;
    d->apex[i] = zonedata_new(d->zones[i].name);
    apex_add_ns(d->apex[i], d->zis[i].apex_ns, d->zis[i].apex_ns_count);
    const zonedata_group_t *group = &d->apex[i]->groups[ZONEDATA_GROUP_APEX];
    for (size_t k = 0; k < group->count; k++)
        add_side(sides, &group->rrs[k], NULL);
}

static void add_data(const zonedata_t *data, sides_t *sides)
{
    for (size_t g = 0; g < data->count; g++) {
        for (size_t k = 0; k < data->groups[g].count; k++)
            add_side(sides, &data->groups[g].rrs[k], data->groups[g].comment);
    }
}

static void add_value(zone_difference_t *d, const char *name, const char *before, const char *after)
{
    if (before == after || (before != NULL && after != NULL && strcmp(before, after) == 0))
        return;
    d->values[d->value_count++] = (compare_value_t){name, before, after};
}

static void compare_values(zone_difference_t *d)
{
    const zi_row_t *a = &d->zis[0], *b = &d->zis[1];
    for (size_t i = 0; i < 2; i++)
        d->serials[i] = auto_printf("%u", d->zis[i].soa_serial);
    d->values = auto_calloc(10, sizeof(*d->values));
    add_value(d, "zone_ttl", a->zone_ttl, b->zone_ttl);
    add_value(d, "soa_mname", a->soa_mname, b->soa_mname);
    add_value(d, "soa_rname", a->soa_rname, b->soa_rname);
    add_value(d, "soa_serial", d->serials[0], d->serials[1]);
    add_value(d, "soa_refresh", a->soa_refresh, b->soa_refresh);
    add_value(d, "soa_retry", a->soa_retry, b->soa_retry);
    add_value(d, "soa_expire", a->soa_expire, b->soa_expire);
    add_value(d, "soa_minimum", a->soa_minimum, b->soa_minimum);
    add_value(d, "soa_ttl", a->soa_ttl, b->soa_ttl);
    add_value(d, "soa_comment", a->soa_comment, b->soa_comment);
}

static int by_group(const void *a, const void *b)
{
    const record_group_t *x = a, *y = b;
    int order = (x->group_no > y->group_no) - (x->group_no < y->group_no);
    return order != 0 ? order : x->newer - y->newer;
}

/* Groups that are in both with another comment; ones that came or went do so with their records. */
static void compare_groups(zone_difference_t *d, bool forward)
{
    record_group_t *rows = d->group_rows;
    if (d->group_row_count > 0)
        qsort(rows, d->group_row_count, sizeof(*rows), by_group);
    d->groups = auto_calloc(d->group_row_count + 1, sizeof(*d->groups));
    d->group_nos = auto_calloc(d->group_row_count + 1, sizeof(*d->group_nos));
    for (size_t i = 1; i < d->group_row_count; i++) {
        const char *older = rows[i - 1].comment, *newer = rows[i].comment;
        bool both = rows[i - 1].group_no == rows[i].group_no && !rows[i - 1].newer && rows[i].newer;
        if (both && strcmp(older != NULL ? older : "", newer != NULL ? newer : "") != 0) {
            d->group_nos[d->group_count] = rows[i].group_no;
            d->groups[d->group_count++] = (compare_value_t){"comment", forward ? older : newer, forward ? newer : older};
        }
    }
}

/* A group that only got another comment is the same group: its records do not move. */
static const char *group_of(const zone_difference_t *d, const record_row_t *row)
{
    for (size_t i = 0; i < d->group_count; i++) {
        if (d->group_nos[i] == row->group_no)
            return d->groups[i].after;
    }
    return row->group_comment;
}

static err_t by_lifetime(db_t *db, zone_difference_t *d, sides_t sides[2], err_info_t *reterr)
{
    bool forward = d->zis[0].seq <= d->zis[1].seq;
    int from = d->zis[forward ? 0 : 1].seq, to = d->zis[forward ? 1 : 0].seq;
    if (from == to)
        return ERR_OK;
    err_t e = record_store_difference(db, d->zones[0].id, from, to, &d->rows, &d->row_count, reterr);
    if (e == ERR_OK)
        e = record_store_groups(db, d->zones[0].id, from, to, &d->group_rows, &d->group_row_count, reterr);
    if (e == ERR_OK)
        compare_groups(d, forward);
    for (size_t i = 0; e == ERR_OK && i < d->row_count; i++)
        add_side(&sides[d->rows[i].newer == forward], &d->rows[i].rr, group_of(d, &d->rows[i]));
    return e;
}

static err_t by_contents(db_t *db, zone_difference_t *d, sides_t sides[2], err_info_t *reterr)
{
    err_t e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < 2; i++) {
        e = zi_store_load(db, &d->zones[i], &d->zis[i], &d->data[i], reterr);
        if (e == ERR_OK)
            add_data(d->data[i], &sides[i]);
    }
    return e;
}

static err_t find(db_t *db, difference_t *in, size_t i, err_info_t *reterr)
{
    zone_row_t *zone = &in->d.zones[i];
    err_t e = zone_store_by_name(db, in->who, in->names[i], false, zone, reterr);
    if (e != ERR_OK)
        return e;
    int64_t zi_id = in->zi_ids[i] != 0 ? in->zi_ids[i] : zone->zi_id != 0 ? zone->zi_id : zone->zi_candidate_id;
    if (zi_id == 0) {
        err_set(reterr, ERR_ZONE_HAS_NO_ZI, "zone \"%s\" has no version yet", zone->name);
        err_key(reterr, "name", zone->name);
        return ERR_ZONE_HAS_NO_ZI;
    }
    e = zi_store_get(db, zone->id, zi_id, &in->d.zis[i], reterr);
    if (e == ERR_ZI_NOT_FOUND)
        err_key(reterr, "name", zone->name);
    return e;
}

static err_t difference_fn(db_t *db, void *arg, err_info_t *reterr)
{
    difference_t *in = arg;
    zone_difference_t *d = &in->d;
    sides_t sides[2] = {0};
    zone_difference_done(d);
    err_t e = db_script(db, "set transaction isolation level repeatable read, read only", reterr);
    for (size_t i = 0; e == ERR_OK && i < 2; i++)
        e = find(db, in, i, reterr);
    if (e == ERR_OK)
        e = d->zones[0].id == d->zones[1].id ? by_lifetime(db, d, sides, reterr) : by_contents(db, d, sides, reterr);
    if (e == ERR_OK) {
        for (size_t i = 0; i < 2; i++)
            add_apex(d, i, &sides[i]);
        compare_values(d);
        zone_compare_records(sides[0].items, sides[0].count, sides[1].items, sides[1].count, &d->items, &d->item_count);
    }
    free(sides[0].items);
    free(sides[1].items);
    return e;
}

err_t zone_difference(db_t *db, const caller_t *who, const char *name, int64_t zi_id, const char *other_name, int64_t other_zi_id,
                      zone_difference_t *ret_difference, err_info_t *reterr)
{
    char canonical[2][DNAME_TEXT];
    err_t e = zone_edit_name(name, canonical[0], reterr);
    if (e == ERR_OK)
        e = zone_edit_name(other_name != NULL ? other_name : name, canonical[1], reterr);
    difference_t in = {.who = who, .names = {canonical[0], canonical[1]}, .zi_ids = {zi_id, other_zi_id}};
    if (e == ERR_OK)
        e = db_tx(db, difference_fn, &in, reterr);
    if (e == ERR_OK)
        *ret_difference = in.d;
    else
        zone_difference_done(&in.d);
    return e;
}

char *zone_difference_text(const zone_difference_t *self)
{
    AUTO_FREE char *before = auto_printf("%s zi %lld serial %u", self->zones[0].name, (long long)self->zis[0].id, self->zis[0].soa_serial);
    AUTO_FREE char *after = auto_printf("%s zi %lld serial %u", self->zones[1].name, (long long)self->zis[1].id, self->zis[1].soa_serial);
    return zone_compare_text(&(compare_text_t){.before_name = before,
                                               .after_name = after,
                                               .values = self->values,
                                               .value_count = self->value_count,
                                               .groups = self->groups,
                                               .group_count = self->group_count,
                                               .items = self->items,
                                               .item_count = self->item_count});
}
