#include "controller/domain/inc_update_priv.h"
#include "controller/domain/rr_index.h"
#include <stdlib.h>
#include <string.h>

typedef enum { OP_ADD, OP_DELETE, OP_REPLACE, OP_EXTEND, OP_RESTORE, OP_UNKNOWN } op_t;

/* ---- names */

void inc_names_add(inc_names_t *self, const char *name)
{
    if (self->index == NULL)
        self->index = name_index_new(16);
    if (name_index_find(self->index, name) != 0)
        return;
    self->items = auto_grow(self->items, &self->cap, self->count + 1, sizeof(*self->items));
    self->items[self->count++] = auto_strdup(name);
    *name_index_bits(self->index, self->items[self->count - 1]) = 1;
}

bool inc_names_has(const inc_names_t *self, const char *name)
{
    return self->index != NULL && name_index_find(self->index, name) != 0;
}

void inc_names_done(inc_names_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->items[i]);
    free(self->items);
    name_index_destroy(&self->index);
    *self = (inc_names_t){0};
}

/* ---- records */

static void rr_done(zonedata_rr_t *rr)
{
    free(rr->label);
    free(rr->rdata);
    free(rr->comment);
    free(rr->reference);
    free(rr->update_op);
}

void inc_rows_free(inc_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        rr_done(&rows[i].rr);
    free(rows);
}

void inc_item_copy(zonedata_rr_t *to, const zonedata_rr_t *from)
{
    *to = *from;
    to->label = auto_strdup(from->label);
    to->rdata = auto_strdup(from->rdata);
    to->comment = auto_strdup(from->comment);
    to->reference = auto_strdup(from->reference);
    to->update_op = NULL;
}

static op_t op_of(const zonedata_rr_t *rr)
{
    static const struct { const char *name; op_t op; } ops[] = {
        {"ADD", OP_ADD},       {"DELETE", OP_DELETE}, {"PRUNE", OP_DELETE}, {"UPDATE_RRTYPE", OP_REPLACE},
        {"REPLACE", OP_REPLACE}, {"EXTEND", OP_EXTEND}, {INC_UPDATE_RESTORE, OP_RESTORE}};
    for (size_t i = 0; rr->update_op != NULL && i < ARRAY_SIZE(ops); i++) {
        if (strcmp(rr->update_op, ops[i].name) == 0)
            return ops[i].op;
    }
    return OP_UNKNOWN;
}

bool inc_update_known(const char *op)
{
    char name[32];
    snprintf(name, sizeof(name), "%s", op);
    op_t known = op_of(&(zonedata_rr_t){.update_op = name});
    return known != OP_UNKNOWN && known != OP_RESTORE; /* where records stood is for us to know */
}

inc_update_t *inc_update_new(const zonedata_t *ops, bool own_apex)
{
    inc_update_t *self = auto_calloc(1, sizeof(*self));
    self->ops = ops;
    self->own_apex = own_apex;
    self->heads = name_index_new(ops->records);
    for (size_t g = 0; g < ops->count; g++) {
        if (ops->groups[g].comment != NULL && ops->groups[g].comment[0] != '\0' && ops->groups[g].count > 0)
            inc_names_add(&self->comments, ops->groups[g].comment);
        for (size_t r = 0; r < ops->groups[g].count; r++) {
            if (ops->groups[g].rrs[r].label[0] != '\0') /* else it could not be read */
                inc_names_add(&self->labels, ops->groups[g].rrs[r].label);
        }
    }
    return self;
}

void inc_update_destroy(inc_update_t **pself)
{
    inc_update_t *self = *pself;
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->count; i++)
        rr_done(&self->items[i].rr);
    free(self->items);
    name_index_destroy(&self->heads);
    inc_rows_free(self->pointers, self->pointer_count);
    inc_names_t *names[] = {&self->labels, &self->moved, &self->dnames, &self->context, &self->comments};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        inc_names_done(names[i]);
    zonedata_destroy(&self->old);
    free(self);
    *pself = NULL;
}

const inc_names_t *inc_update_labels(const inc_update_t *self) { return &self->labels; }
const inc_names_t *inc_update_moved(const inc_update_t *self) { return &self->moved; }
const inc_names_t *inc_update_dnames(const inc_update_t *self) { return &self->dnames; }
const inc_names_t *inc_update_comments(const inc_update_t *self) { return &self->comments; }

/* ---- operations that make no sense */

static void check_op(const inc_update_t *self, const zonedata_rr_t *rr, size_t g, size_t r, problem_list_t *problems)
{
    problem_t *p = NULL;
    if (rr->broken)
        return; /* that is told */
    if (rr->update_op == NULL) {
        p = problem_add(problems, ERR_INVALID_UPDATE_OPERATION, false, "record of owner \"%s\" has no update operation",
                        rr->label);
    } else if (op_of(rr) == OP_UNKNOWN) {
        p = problem_add(problems, ERR_INVALID_UPDATE_OPERATION, false, "update operation \"%.40s\" is not known",
                        rr->update_op);
    } else if (!self->own_apex && rr->type == RR_NS && strcmp(rr->label, "@") == 0) {
        p = problem_add(problems, ERR_INVALID_UPDATE_OPERATION, false,
                        "NS records at the apex of zone \"%s\" come from its server group", self->ops->name);
    } else if (op_of(rr) == OP_ADD && (rr->rdata == NULL || rr->rdata[0] == '\0')) {
        p = problem_add(problems, ERR_RDATA_PARSE, false, "record of owner \"%s\" has no rdata", rr->label);
    }
    if (p == NULL)
        return;
    p->group = (int)g;
    p->record = (int)r;
    p->line = rr->line;
    p->col = rr->col;
}

void inc_update_check(const inc_update_t *self, problem_list_t *problems)
{
    if (self->ops->has_soa && self->ops->soa.mname != NULL)
        problem_add(problems, ERR_ZONE_ALREADY_HAS_SOA_RECORD, false,
                    "the SOA record of zone \"%s\" cannot be changed by an incremental update", self->ops->name);
    for (size_t g = 0; g < self->ops->count; g++) {
        for (size_t r = 0; r < self->ops->groups[g].count; r++)
            check_op(self, &self->ops->groups[g].rrs[r], g, r, problems);
    }
}

/* ---- operations */

static inc_item_t *add_item(inc_update_t *self, const zonedata_rr_t *rr)
{
    self->items = auto_grow(self->items, &self->cap, self->count + 1, sizeof(*self->items));
    inc_item_t *item = &self->items[self->count];
    *item = (inc_item_t){.group = INC_NONE, .record = INC_NONE};
    inc_item_copy(&item->rr, rr);
    unsigned *head = name_index_bits(self->heads, item->rr.label);
    item->next = *head == 0 ? INC_NONE : *head - 1;
    *head = (unsigned)++self->count;
    return item;
}

inc_item_t *inc_item_first(const inc_update_t *self, const char *label)
{
    unsigned head = name_index_find(self->heads, label);
    return head == 0 ? NULL : &self->items[head - 1];
}

inc_item_t *inc_item_next(const inc_update_t *self, const inc_item_t *item)
{
    return item->next == INC_NONE ? NULL : &self->items[item->next];
}

static void take_rows(inc_update_t *self, inc_row_t *rows, size_t count)
{
    self->old = zonedata_new(self->ops->name);
    zonedata_group_t *group = zonedata_add_group(self->old, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        inc_item_copy(zonedata_add_rr(self->old, group), &rows[i].rr);
        inc_item_t *item = add_item(self, &rows[i].rr);
        item->group_no = rows[i].group_no;
        item->pos = rows[i].pos;
        item->was_on = !rows[i].rr.disable;
    }
    inc_rows_free(rows, count);
}

static void delete(inc_update_t *self, const zonedata_rr_t *op)
{
    bool all = op->rdata == NULL || op->rdata[0] == '\0';
    for (inc_item_t *i = inc_item_first(self, op->label); i != NULL; i = inc_item_next(self, i)) {
        if ((op->type == RR_ANY || i->rr.type == op->type) && (all || strcmp(i->rr.rdata, op->rdata) == 0))
            i->gone = true;
    }
}

static bool differs(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a != b : strcmp(a, b) != 0;
}

static void take_text(char **to, const char *from, bool *rewritten)
{
    if (from == NULL || !differs(*to, from))
        return;
    free(*to);
    *to = auto_strdup(from);
    *rewritten = true;
}

static void set_ttl(inc_item_t *item, const zonedata_rr_t *op)
{
    if (item->rr.has_ttl == op->has_ttl && (!op->has_ttl || item->rr.ttl == op->ttl))
        return;
    item->rr.has_ttl = op->has_ttl;
    item->rr.ttl = op->ttl;
    item->rewritten = true;
}

/* The record that is there takes over what the operation says of it. */
static void merge(inc_item_t *item, const zonedata_rr_t *op, bool ttl)
{
    item->gone = item->free_place = false;
    if (ttl)
        set_ttl(item, op);
    take_text(&item->rr.comment, op->comment, &item->rewritten);
    take_text(&item->rr.reference, op->reference, &item->rewritten);
    if (item->rr.disable != op->disable || item->rr.track_reverse != op->track_reverse ||
        (op->lock_ptr && !item->rr.lock_ptr))
        item->rewritten = true;
    item->rr.disable = op->disable;
    item->rr.track_reverse = op->track_reverse;
    item->rr.lock_ptr = item->rr.lock_ptr || op->lock_ptr;
}

static void set_text(char **to, const char *text, bool *rewritten)
{
    if (!differs(*to, text))
        return;
    free(*to);
    *to = auto_strdup(text);
    *rewritten = true;
}

/* The record that is there becomes what it was, with what it had and without what it had not. */
static void restore(inc_item_t *item, const zonedata_rr_t *op)
{
    merge(item, op, true);
    set_text(&item->rr.comment, op->comment, &item->rewritten);
    set_text(&item->rr.reference, op->reference, &item->rewritten);
    item->rewritten = item->rewritten || item->rr.lock_ptr != op->lock_ptr || item->rr.ptr_zone_id != op->ptr_zone_id;
    item->rr.lock_ptr = op->lock_ptr;
    item->rr.ptr_zone_id = op->ptr_zone_id;
}

static inc_item_t *add(inc_update_t *self, const zonedata_rr_t *op, size_t g, size_t r)
{
    inc_item_t *item = add_item(self, op);
    item->rr.id = 0;
    item->group = g;
    item->record = r;
    return item;
}

static void replace(inc_update_t *self, rr_index_t *sets, const zonedata_rr_t *op, size_t g, size_t r)
{
    bool begins = rr_index_add(sets, &(rr_entry_t){.rr = op, .group = g, .record = r}, false) == NULL;
    inc_item_t *same = NULL;
    for (inc_item_t *i = inc_item_first(self, op->label); i != NULL; i = inc_item_next(self, i)) {
        if (i->rr.type != op->type)
            continue;
        if (begins && !i->gone) {
            i->gone = true;
            i->free_place = i->rr.id != 0;
        }
        if (i->gone && i->free_place && op->rdata != NULL && strcmp(i->rr.rdata, op->rdata) == 0)
            same = i;
    }
    if (op->rdata == NULL || op->rdata[0] == '\0')
        return; /* an empty set: it is deleted */
    if (same != NULL) {
        if (op_of(op) == OP_RESTORE)
            restore(same, op);
        else
            merge(same, op, true);
        same->group = g;
        same->record = r;
    } else {
        add(self, op, g, r);
    }
}

static void extend(inc_update_t *self, const zonedata_rr_t *op, size_t g, size_t r)
{
    inc_item_t *same = NULL;
    const inc_item_t *of_set = NULL;
    for (inc_item_t *i = inc_item_first(self, op->label); i != NULL; i = inc_item_next(self, i)) {
        if (i->gone || i->rr.type != op->type)
            continue;
        of_set = i;
        if (op->has_ttl)
            set_ttl(i, op);
        if (op->rdata != NULL && strcmp(i->rr.rdata, op->rdata) == 0)
            same = i;
    }
    if (op->rdata == NULL || op->rdata[0] == '\0')
        return;
    bool has_ttl = of_set != NULL && of_set->rr.has_ttl;
    uint32_t ttl = of_set != NULL ? of_set->rr.ttl : 0;
    if (same != NULL) {
        merge(same, op, false);
        return;
    }
    inc_item_t *item = add(self, op, g, r);
    if (!op->has_ttl && has_ttl) {
        item->rr.has_ttl = true;
        item->rr.ttl = ttl;
    }
}

/* What the loss or gain of a name's records can do to others. */
static void note_moves(inc_update_t *self)
{
    for (size_t n = 0; n < self->labels.count; n++) {
        unsigned before = 0, after = 0;
        for (const inc_item_t *i = inc_item_first(self, self->labels.items[n]); i != NULL; i = inc_item_next(self, i)) {
            if (i->rr.id != 0 && i->was_on)
                before |= zone_check_bits(i->rr.type);
            if (!i->gone && !i->rr.disable)
                after |= zone_check_bits(i->rr.type);
        }
        bool star = self->labels.items[n][0] == '*';
        unsigned lost = before & ~after, got = after & ~before;
        if (((lost | got) & (NAME_ANY | NAME_CNAME | NAME_NS)) != 0 || (lost & NAME_ADDRESS) != 0 ||
            (star && (got & NAME_ADDRESS) != 0))
            inc_names_add(&self->moved, self->labels.items[n]);
        if ((got & NAME_DNAME) != 0)
            inc_names_add(&self->dnames, self->labels.items[n]);
    }
}

void inc_update_apply(inc_update_t *self, inc_row_t *rows, size_t count)
{
    take_rows(self, rows, count);
    AUTO(rr_index) sets = rr_index_new(self->ops->records);
    for (size_t g = 0; g < self->ops->count; g++) {
        for (size_t r = 0; r < self->ops->groups[g].count; r++) {
            const zonedata_rr_t *op = &self->ops->groups[g].rrs[r];
            if (op->broken) { /* nothing is made of it, but its name is not missed */
                if (op->label[0] != '\0')
                    add(self, op, g, r);
                continue;
            }
            switch (op_of(op)) {
            case OP_ADD: add(self, op, g, r); break;
            case OP_DELETE: delete (self, op); break;
            case OP_REPLACE:
            case OP_RESTORE: replace(self, sets, op, g, r); break;
            case OP_EXTEND: extend(self, op, g, r); break;
            case OP_UNKNOWN: break; /* inc_update_check has said so */
            }
        }
    }
    note_moves(self);
}

int64_t inc_update_growth(const inc_update_t *self)
{
    int64_t growth = 0;
    for (size_t i = 0; i < self->count; i++)
        growth += (self->items[i].gone ? 0 : 1) - (self->items[i].rr.id != 0 ? 1 : 0);
    return growth;
}

void inc_update_add_pointers(inc_update_t *self, inc_row_t *rows, size_t count)
{
    self->pointers = auto_realloc(self->pointers, (self->pointer_count + count + 1) * sizeof(*rows));
    if (count > 0)
        memcpy(self->pointers + self->pointer_count, rows, count * sizeof(*rows));
    self->pointer_count += count;
    free(rows);
}
