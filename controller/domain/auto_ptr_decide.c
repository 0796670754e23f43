/* Automatic PTR records: what the machine of a reverse zone does with what waits. */
#include "controller/domain/auto_ptr.h"
#include "controller/domain/name_index.h"
#include <stdlib.h>
#include <string.h>

enum { SKIPS_TOLD = 10 };

void auto_ptr_ops_free(auto_ptr_op_t *ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(ops[i].label);
        free(ops[i].address);
        free(ops[i].host);
        free(ops[i].change_by);
    }
    free(ops);
}

/* ---- facts */

void auto_ptr_facts_done(auto_ptr_facts_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->items[i].key);
        free(self->items[i].host);
        free(self->items[i].fact.reference);
    }
    free(self->items);
    name_index_destroy(&self->index);
    *self = (auto_ptr_facts_t){0};
}

/* No blank is in an address. */
static char *key_of(const char *host, const char *address)
{
    return auto_printf("%s %s", address, host);
}

static void want(auto_ptr_facts_t *self, const char *host, const char *address)
{
    char *key = key_of(host, address);
    if (name_index_find(self->index, key) != 0) {
        free(key);
        return;
    }
    self->items = auto_grow(self->items, &self->cap, self->count + 1, sizeof(*self->items));
    self->items[self->count++] = (struct auto_ptr_pair){.key = key, .host = auto_strdup(host), .address = address};
    *name_index_bits(self->index, key) = (unsigned)self->count;
}

/* Both are absolute, so that spelling does not matter. */
static bool host_of(const inc_row_t *row, const char *zone_name, char ret_host[DNAME_TEXT])
{
    return dname_absolute(row->rr.rdata, zone_name, ret_host) == ERR_OK;
}

static name_index_t *index_labels(const auto_ptr_op_t *ops, size_t count)
{
    name_index_t *index = name_index_new(count);
    for (size_t i = 0; i < count; i++)
        *name_index_bits(index, ops[i].label) = (unsigned)i + 1; /* any of them: a label has one address */
    return index;
}

void auto_ptr_facts_wanted(const auto_ptr_op_t *ops, size_t count, const inc_row_t *rows, size_t row_count, const char *zone_name,
                           auto_ptr_facts_t *ret_facts)
{
    *ret_facts = (auto_ptr_facts_t){.index = name_index_new(count * 2)};
    AUTO(name_index) labels = index_labels(ops, count);
    for (size_t i = 0; i < count; i++)
        want(ret_facts, ops[i].host, ops[i].address);
    for (size_t i = 0; i < row_count; i++) {
        char host[DNAME_TEXT];
        unsigned op = name_index_find(labels, rows[i].rr.label);
        if (rows[i].rr.type == RR_PTR && op != 0 && host_of(&rows[i], zone_name, host))
            want(ret_facts, host, ops[op - 1].address);
    }
}

static const auto_ptr_fact_t *fact(const auto_ptr_facts_t *facts, const char *host, const char *address)
{
    static const auto_ptr_fact_t none = {.state = AUTO_PTR_ABSENT};
    AUTO_FREE char *key = key_of(host, address);
    unsigned at = name_index_find(facts->index, key);
    return at == 0 ? &none : &facts->items[at - 1].fact;
}

/* ---- decision */

/* The PTR records of one owner as they are and as they will be. */
typedef struct {
    const char *label;
    const inc_row_t *row;        /* the PTR record that is there, the first of them */
    size_t rows;
    bool cname;
    bool exists, disable, auto_made, locked;
    char host[DNAME_TEXT];
    const char *reference;
    int64_t ptr_zone_id;
    const auto_ptr_op_t *op;     /* the one that decided; NULL: as it was */
    bool held;                   /* no room for it */
} owner_t;

void auto_ptr_skip(auto_ptr_outcome_t *outcome, const char *label, const char *zone_name, const char *why)
{
    outcome->skipped++;
    if (outcome->skipped > SKIPS_TOLD)
        return;
    char *old = outcome->skips;
    const char *apex = strcmp(label, "@") == 0 ? "" : label;
    outcome->skips = auto_printf("%s%s%s%s%s: %s", old != NULL ? old : "", old != NULL ? "; " : "", apex, *apex != '\0' ? "." : "",
                                 zone_name, why);
    free(old);
}

static void remove_ptr(owner_t *o, const auto_ptr_op_t *op, const char **ret_why)
{
    if (!o->exists || !o->auto_made || strcmp(o->host, op->host) != 0)
        return; /* nothing of ours is there */
    if (o->locked) {
        *ret_why = "the PTR record stays: it is locked (LOCKPTR)";
        return;
    }
    o->exists = false;
    o->op = op;
}

/* In the order of behaviour.md 8.3. */
static const char *obstacle(const owner_t *o, const auto_ptr_op_t *op, const auto_ptr_fact_t *f, const auto_ptr_facts_t *facts,
                            const auto_ptr_settings_t *settings, const char *zone_reference)
{
    bool v6 = strchr(op->address, ':') != NULL, same = o->exists && strcmp(o->host, op->host) == 0;
    bool ours = same && o->auto_made;
    if (!(op->restored && !o->exists) && !ours &&
        !auto_ptr_allowed(op->admin, f->reference, zone_reference, o->exists ? o->reference : NULL))
        return "not allowed: the references of the zones differ";
    if (!op->forced && !op->restored && !ours && !(v6 ? settings->create_v6 : settings->create_v4))
        return v6 ? "not forced, and auto_create_ipv6_ptr is off" : "not forced, and auto_create_ipv4_ptr is off";
    if (o->exists && o->locked)
        return "the PTR record is locked (LOCKPTR)";
    if (op->fill && o->exists && !same && !o->auto_made)
        return "the PTR record was made by hand, and what was there before it does not replace it";
    if (!op->forced && o->exists && !same && fact(facts, o->host, op->address)->state == AUTO_PTR_ENABLED)
        return "the host of the PTR record still has the address";
    return NULL;
}

static void take(owner_t *o, const auto_ptr_op_t *op, const auto_ptr_fact_t *f)
{
    bool same = o->exists && strcmp(o->host, op->host) == 0;
    o->disable = f->state == AUTO_PTR_DISABLED;
    if (!same) {
        snprintf(o->host, sizeof(o->host), "%s", op->host);
        o->auto_made = true;
        o->ptr_zone_id = f->zone_id;
    }
    o->exists = true;
    o->reference = f->reference;
    o->op = op;
}

static void look_at_rows(owner_t *owners, const name_index_t *index, const inc_row_t *rows, size_t count, const char *zone_name)
{
    for (size_t i = 0; i < count; i++) {
        unsigned at = name_index_find(index, rows[i].rr.label);
        owner_t *o = at == 0 ? NULL : &owners[at - 1];
        if (o == NULL)
            continue;
        o->cname = o->cname || rows[i].rr.type == RR_CNAME;
        if (rows[i].rr.type != RR_PTR || o->rows++ > 0)
            continue;
        o->row = &rows[i];
        o->exists = host_of(&rows[i], zone_name, o->host);
        o->disable = rows[i].rr.disable;
        o->locked = rows[i].rr.lock_ptr;
        o->reference = rows[i].rr.reference;
        o->ptr_zone_id = rows[i].rr.ptr_zone_id;
        o->auto_made = o->ptr_zone_id != 0;
    }
}

static zonedata_rr_t *add_op(zonedata_t *ops, const char *label, const char *what, const char *rdata)
{
    zonedata_rr_t *rr = zonedata_add_rr(ops, &ops->groups[ops->count - 1]);
    rr->label = auto_strdup(label);
    rr->type = RR_PTR;
    rr->rdata = auto_strdup(rdata);
    rr->update_op = auto_strdup(what);
    return rr;
}

static void write(const owner_t *o, const char *zone_name, zonedata_t *ops, auto_ptr_outcome_t *outcome)
{
    char was[DNAME_TEXT] = "";
    bool had = o->row != NULL && host_of(o->row, zone_name, was);
    if (!o->exists) {
        if (had) {
            add_op(ops, o->label, "DELETE", o->row->rr.rdata);
            outcome->removed++;
        }
        return;
    }
    bool same = had && strcmp(was, o->host) == 0;
    if (same && o->disable == o->row->rr.disable)
        return; /* it went there and back */
    zonedata_rr_t *rr = add_op(ops, o->label, "REPLACE", same ? o->row->rr.rdata : o->host);
    rr->disable = o->disable;
    rr->ptr_zone_id = o->ptr_zone_id;
    rr->reference = auto_strdup(o->reference);
    rr->has_ttl = same && o->row->rr.has_ttl;
    rr->ttl = same ? o->row->rr.ttl : 0;
    outcome->made += had ? 0 : 1;
    outcome->changed += had ? 1 : 0;
}

/* Somebody put another record beside ours: only ours goes. */
static void remove_one_of_several(const auto_ptr_op_t *op, const inc_row_t *rows, size_t count, const char *zone_name, zonedata_t *ops,
                                  auto_ptr_outcome_t *outcome)
{
    for (size_t i = 0; i < count; i++) {
        char host[DNAME_TEXT];
        const zonedata_rr_t *rr = &rows[i].rr;
        if (rr->type != RR_PTR || rr->ptr_zone_id == 0 || rr->lock_ptr || strcmp(rr->label, op->label) != 0 ||
            !host_of(&rows[i], zone_name, host) || strcmp(host, op->host) != 0)
            continue;
        add_op(ops, rr->label, "DELETE", rr->rdata);
        outcome->removed++;
    }
}

typedef struct {
    const auto_ptr_facts_t *facts;
    const auto_ptr_settings_t *settings;
    const char *zone_name, *zone_reference;
    const inc_row_t *rows;
    size_t row_count;
    zonedata_t *ops;
    auto_ptr_outcome_t *outcome;
} decide_t;

static void decide(const decide_t *d, owner_t *o, const auto_ptr_op_t *op)
{
    const auto_ptr_fact_t *f = fact(d->facts, op->host, op->address);
    bool wanted = f->state != AUTO_PTR_ABSENT;
    const char *why = NULL;
    if (!wanted && o->rows > 1) {
        remove_one_of_several(op, d->rows, d->row_count, d->zone_name, d->ops, d->outcome);
    } else if (!wanted) {
        remove_ptr(o, op, &why);
    } else if (o->cname) {
        why = "the name is a CNAME: it is delegated to another zone";
    } else if (o->rows > 1) {
        why = "more than one PTR record is there";
    } else if (!o->exists || strcmp(o->host, op->host) != 0 || o->disable != (f->state == AUTO_PTR_DISABLED)) {
        why = obstacle(o, op, f, d->facts, d->settings, d->zone_reference);
        if (why == NULL)
            take(o, op, f);
    }
    if (why != NULL)
        auto_ptr_skip(d->outcome, op->label, d->zone_name, why);
}

/* What goes makes room for what comes, so it is written first. */
static void write_all(owner_t *owners, size_t count, size_t room, const char *zone_name, zonedata_t *ops, auto_ptr_outcome_t *outcome)
{
    for (size_t i = 0; i < count; i++) {
        if (owners[i].op != NULL && (owners[i].row != NULL || !owners[i].exists))
            write(&owners[i], zone_name, ops, outcome);
    }
    room += outcome->removed;
    for (size_t i = 0; i < count; i++) {
        if (owners[i].op == NULL || owners[i].row != NULL || !owners[i].exists)
            continue;
        owners[i].held = outcome->made >= room;
        if (!owners[i].held)
            write(&owners[i], zone_name, ops, outcome);
    }
}

void auto_ptr_decide(auto_ptr_op_t *ops, size_t count, size_t room, const inc_row_t *rows, size_t row_count, const char *zone_name,
                     const char *zone_reference, const auto_ptr_facts_t *facts, const auto_ptr_settings_t *settings,
                     zonedata_t **ret_ops, auto_ptr_outcome_t *ret_outcome)
{
    AUTO_FREE owner_t *owners = auto_calloc(count + 1, sizeof(*owners));
    AUTO(name_index) index = name_index_new(count);
    size_t owner_count = 0;
    *ret_outcome = (auto_ptr_outcome_t){0};
    *ret_ops = zonedata_new(zone_name);
    zonedata_add_group(*ret_ops, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        unsigned *at = name_index_bits(index, ops[i].label);
        if (*at == 0) {
            owners[owner_count].label = ops[i].label;
            *at = (unsigned)++owner_count;
        }
    }
    look_at_rows(owners, index, rows, row_count, zone_name);
    const decide_t d = {facts, settings, zone_name, zone_reference, rows, row_count, *ret_ops, ret_outcome};
    for (size_t i = 0; i < count && settings->on; i++)
        decide(&d, &owners[name_index_find(index, ops[i].label) - 1], &ops[i]);
    write_all(owners, owner_count, room, zone_name, *ret_ops, ret_outcome);
    for (size_t i = 0; i < count; i++) {
        ops[i].held = owners[name_index_find(index, ops[i].label) - 1].held;
        ret_outcome->held += ops[i].held;
    }
}
