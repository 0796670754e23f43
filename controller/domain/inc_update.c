#include "controller/domain/inc_update.h"
#include "controller/domain/name_index.h"
#include "controller/domain/rr_index.h"
#include <stdlib.h>
#include <string.h>

/* Positions of records and groups that are put at the end without looking where the end is: ahead of all that full edits
 * give (1024 apart), growing with the version. */
#define POSITION_BASE 1099511627776.0
#define POSITION_OF_VERSION 1048576.0
static const size_t NONE = SIZE_MAX;

typedef enum { OP_ADD, OP_DELETE, OP_REPLACE, OP_EXTEND, OP_UNKNOWN } op_t;

typedef struct {
    zonedata_rr_t rr;       /* as it is after the operations; strings owned; id: the row's, 0 new */
    int group_no;           /* of the row */
    double pos;
    size_t group, record;   /* place in the operations; NONE: a row */
    bool was_on, gone, rewritten;
    bool free_place;        /* replaced: a new record of the set may stand here */
    size_t next;            /* of the same owner */
} item_t;

struct inc_update {
    const zonedata_t *ops;
    bool own_apex;
    item_t *items;
    size_t count, cap;
    name_index_t *heads;    /* owner -> first item + 1 */
    inc_row_t *pointers;
    size_t pointer_count;
    inc_names_t labels, moved, dnames, context, comments;
    zonedata_t *old;        /* the rows before, for the check of rights */
};

/* ---- names */

static void add_name(inc_names_t *self, const char *name)
{
    if (self->index == NULL)
        self->index = name_index_new(16);
    if (name_index_find(self->index, name) != 0)
        return;
    self->items = auto_grow(self->items, &self->cap, self->count + 1, sizeof(*self->items));
    self->items[self->count++] = auto_strdup(name);
    *name_index_bits(self->index, self->items[self->count - 1]) = 1;
}

static bool has_name(const inc_names_t *self, const char *name)
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

static void copy_rr(zonedata_rr_t *to, const zonedata_rr_t *from)
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
        {"REPLACE", OP_REPLACE}, {"EXTEND", OP_EXTEND}};
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
    return op_of(&(zonedata_rr_t){.update_op = name}) != OP_UNKNOWN;
}

inc_update_t *inc_update_new(const zonedata_t *ops, bool own_apex)
{
    inc_update_t *self = auto_calloc(1, sizeof(*self));
    self->ops = ops;
    self->own_apex = own_apex;
    self->heads = name_index_new(ops->records);
    for (size_t g = 0; g < ops->count; g++) {
        if (ops->groups[g].comment != NULL && ops->groups[g].comment[0] != '\0' && ops->groups[g].count > 0)
            add_name(&self->comments, ops->groups[g].comment);
        for (size_t r = 0; r < ops->groups[g].count; r++) {
            if (ops->groups[g].rrs[r].label != NULL)
                add_name(&self->labels, ops->groups[g].rrs[r].label);
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
    if (p->code == ERR_INVALID_UPDATE_OPERATION)
        p->hint = auto_strdup("operations are ADD, DELETE, UPDATE_RRTYPE, and on RRsets REPLACE, EXTEND, PRUNE");
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

static item_t *add_item(inc_update_t *self, const zonedata_rr_t *rr)
{
    self->items = auto_grow(self->items, &self->cap, self->count + 1, sizeof(*self->items));
    item_t *item = &self->items[self->count];
    *item = (item_t){.group = NONE, .record = NONE};
    copy_rr(&item->rr, rr);
    unsigned *head = name_index_bits(self->heads, item->rr.label);
    item->next = *head == 0 ? NONE : *head - 1;
    *head = (unsigned)++self->count;
    return item;
}

static item_t *first(const inc_update_t *self, const char *label)
{
    unsigned head = name_index_find(self->heads, label);
    return head == 0 ? NULL : &self->items[head - 1];
}

static item_t *next(const inc_update_t *self, const item_t *item)
{
    return item->next == NONE ? NULL : &self->items[item->next];
}

static void take_rows(inc_update_t *self, inc_row_t *rows, size_t count)
{
    self->old = zonedata_new(self->ops->name);
    zonedata_group_t *group = zonedata_add_group(self->old, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        copy_rr(zonedata_add_rr(self->old, group), &rows[i].rr);
        item_t *item = add_item(self, &rows[i].rr);
        item->group_no = rows[i].group_no;
        item->pos = rows[i].pos;
        item->was_on = !rows[i].rr.disable;
    }
    inc_rows_free(rows, count);
}

static void delete(inc_update_t *self, const zonedata_rr_t *op)
{
    bool all = op->rdata == NULL || op->rdata[0] == '\0';
    for (item_t *i = first(self, op->label); i != NULL; i = next(self, i)) {
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

static void set_ttl(item_t *item, const zonedata_rr_t *op)
{
    if (item->rr.has_ttl == op->has_ttl && (!op->has_ttl || item->rr.ttl == op->ttl))
        return;
    item->rr.has_ttl = op->has_ttl;
    item->rr.ttl = op->ttl;
    item->rewritten = true;
}

/* The record that is there takes over what the operation says of it. */
static void merge(item_t *item, const zonedata_rr_t *op, bool ttl)
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

static item_t *add(inc_update_t *self, const zonedata_rr_t *op, size_t g, size_t r)
{
    item_t *item = add_item(self, op);
    item->rr.id = 0;
    item->group = g;
    item->record = r;
    return item;
}

static void replace(inc_update_t *self, rr_index_t *sets, const zonedata_rr_t *op, size_t g, size_t r)
{
    bool begins = rr_index_add(sets, &(rr_entry_t){.rr = op, .group = g, .record = r}, false) == NULL;
    item_t *same = NULL;
    for (item_t *i = first(self, op->label); i != NULL; i = next(self, i)) {
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
        merge(same, op, true);
        same->group = g;
        same->record = r;
    } else {
        add(self, op, g, r);
    }
}

static void extend(inc_update_t *self, const zonedata_rr_t *op, size_t g, size_t r)
{
    item_t *same = NULL;
    const item_t *of_set = NULL;
    for (item_t *i = first(self, op->label); i != NULL; i = next(self, i)) {
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
    item_t *item = add(self, op, g, r);
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
        for (const item_t *i = first(self, self->labels.items[n]); i != NULL; i = next(self, i)) {
            if (i->rr.id != 0 && i->was_on)
                before |= zone_check_bits(i->rr.type);
            if (!i->gone && !i->rr.disable)
                after |= zone_check_bits(i->rr.type);
        }
        bool star = self->labels.items[n][0] == '*';
        unsigned lost = before & ~after, got = after & ~before;
        if (((lost | got) & (NAME_ANY | NAME_CNAME | NAME_NS)) != 0 || (lost & NAME_ADDRESS) != 0 ||
            (star && (got & NAME_ADDRESS) != 0))
            add_name(&self->moved, self->labels.items[n]);
        if ((got & NAME_DNAME) != 0)
            add_name(&self->dnames, self->labels.items[n]);
    }
}

void inc_update_apply(inc_update_t *self, inc_row_t *rows, size_t count)
{
    take_rows(self, rows, count);
    AUTO(rr_index) sets = rr_index_new(self->ops->records);
    for (size_t g = 0; g < self->ops->count; g++) {
        for (size_t r = 0; r < self->ops->groups[g].count; r++) {
            const zonedata_rr_t *op = &self->ops->groups[g].rrs[r];
            switch (op_of(op)) {
            case OP_ADD: add(self, op, g, r); break;
            case OP_DELETE: delete (self, op); break;
            case OP_REPLACE: replace(self, sets, op, g, r); break;
            case OP_EXTEND: extend(self, op, g, r); break;
            case OP_UNKNOWN: break; /* inc_update_check has said so */
            }
        }
    }
    note_moves(self);
}

void inc_update_add_pointers(inc_update_t *self, inc_row_t *rows, size_t count)
{
    self->pointers = auto_realloc(self->pointers, (self->pointer_count + count + 1) * sizeof(*rows));
    if (count > 0)
        memcpy(self->pointers + self->pointer_count, rows, count * sizeof(*rows));
    self->pointer_count += count;
    free(rows);
}

/* ---- what has to be known of other names */

static void want(inc_update_t *self, const char *label)
{
    if (!has_name(&self->labels, label)) /* those are all there, as they will be */
        add_name(&self->context, label);
}

static void want_above(inc_update_t *self, const char *label, bool wildcards)
{
    for (const char *at = label; at != NULL; at = name_index_parent(at)) {
        want(self, at);
        if (!wildcards)
            continue;
        char star[DNAME_TEXT + 3];
        snprintf(star, sizeof(star), strcmp(at, "@") == 0 ? "*" : "*.%s", at);
        want(self, star);
    }
}

static void want_target(inc_update_t *self, const char *target)
{
    char label[DNAME_TEXT];
    if (dname_in(target, self->ops->name) && dname_relative(target, self->ops->name, label, NULL) == ERR_OK)
        want_above(self, label, true);
}

static void want_record(inc_update_t *self, const zonedata_rr_t *rr)
{
    char target[DNAME_TEXT];
    if (!rr->disable && (rr->type == RR_NS || rr->type == RR_MX || rr->type == RR_SRV) &&
        rr_rdata_target(rr->type, rr->rdata, self->ops->name, target))
        want_target(self, target);
}

const inc_names_t *inc_update_context(inc_update_t *self, char *const *apex_ns, size_t apex_ns_count)
{
    for (size_t i = 0; i < self->labels.count; i++)
        want_above(self, self->labels.items[i], false);
    for (size_t i = 0; i < self->count; i++) {
        if (!self->items[i].gone)
            want_record(self, &self->items[i].rr);
    }
    for (size_t i = 0; i < self->pointer_count; i++) {
        want_above(self, self->pointers[i].rr.label, false);
        want_record(self, &self->pointers[i].rr);
    }
    for (size_t i = 0; i < apex_ns_count; i++)
        want_target(self, apex_ns[i]);
    return &self->context;
}

/* ---- judgement */

static size_t add_group(zonedata_t *slice)
{
    zonedata_add_group(slice, NULL, NULL);
    return slice->count - 1;
}

/* Problems are told at the place of the operation; of records that were there the message names the owner. */
static void tell(const inc_update_t *self, const size_t *item_of, problem_list_t *found, problem_list_t *problems)
{
    size_t errors = 0;
    for (size_t i = 0; i < found->count; i++) {
        problem_t *from = &found->items[i];
        const item_t *item = from->group == 1 && from->record >= 0 ? &self->items[item_of[from->record]] : NULL;
        problem_t *p = problem_add(problems, from->code, from->warning, "%s", from->message);
        p->group = item != NULL && item->group != NONE ? (int)item->group : -1;
        p->record = item != NULL && item->record != NONE ? (int)item->record : -1;
        p->line = from->line;
        p->col = from->col;
        errors += from->warning ? 0 : 1;
        p->hint = auto_strdup(from->hint);
        p->rr_data = auto_strdup(from->rr_data);
    }
    problems->errors += found->errors - errors; /* those that were not kept */
}

void inc_update_judge(inc_update_t *self, const char *zone_ttl, const zone_check_slice_t *context, zone_check_opts_t opts,
                      problem_list_t *problems)
{
    AUTO(zonedata) slice = zonedata_new(self->ops->name);
    AUTO(problem_list) found = problem_list_new();
    AUTO_FREE size_t *item_of = auto_calloc(self->count + 1, sizeof(*item_of));
    slice->zone_ttl = auto_strdup(zone_ttl);
    slice->has_soa = true;
    size_t g = add_group(slice);
    for (size_t i = 0; i < self->count; i++) {
        if (self->items[i].gone)
            continue;
        item_of[slice->groups[g].count] = i;
        copy_rr(zonedata_add_rr(slice, &slice->groups[g]), &self->items[i].rr);
    }
    g = add_group(slice);
    for (size_t i = 0; i < self->pointer_count; i++)
        copy_rr(zonedata_add_rr(slice, &slice->groups[g]), &self->pointers[i].rr);
    opts.old = self->old;
    opts.slice = context;
    zone_check(slice, &opts, found);
    tell(self, item_of, found, problems);
}

/* ---- rows */

/* A place in the set that it replaces, beside its owner's other records, or at the end of its group. */
static void place(inc_update_t *self, item_t *item, const int *no, double end)
{
    const zonedata_rr_t *rr = &item->rr;
    item->pos = end;
    if (rr->type == RR_NS && strcmp(rr->label, "@") == 0) {
        item->group_no = no[0];
        return;
    }
    const char *comment = item->group == NONE ? NULL : self->ops->groups[item->group].comment;
    for (size_t i = 0; comment != NULL && i < self->comments.count; i++) {
        if (strcmp(self->comments.items[i], comment) == 0) {
            item->group_no = no[2 + i];
            return;
        }
    }
    item->group_no = no[1];
    for (item_t *i = first(self, rr->label); i != NULL; i = next(self, i)) {
        if (i->rr.id == 0 || i->group_no == no[0])
            continue;
        item->group_no = i->group_no;
        if (i->free_place && i->rr.type == rr->type) {
            i->free_place = false;
            item->pos = i->pos;
            return;
        }
    }
}

static int new_group(zi_delta_t *delta, int *next_no, double pos, const char *comment, const char *tag)
{
    size_t cap = delta->new_group_count; /* few */
    delta->new_groups = auto_grow(delta->new_groups, &cap, delta->new_group_count + 1, sizeof(*delta->new_groups));
    delta->new_groups[delta->new_group_count] = (struct zi_new_group){*next_no, pos, comment, tag};
    delta->new_group_count++;
    return (*next_no)++;
}

/* Which of the groups new records need, made where they are missing. */
static void make_groups(const inc_update_t *self, int *no, int next_no, double end, zi_delta_t *delta)
{
    bool apex = false, plain = false;
    for (size_t i = 0; i < self->count; i++) {
        const item_t *item = &self->items[i];
        if (item->gone || item->rr.id != 0)
            continue;
        bool is_apex = item->rr.type == RR_NS && strcmp(item->rr.label, "@") == 0;
        apex = apex || is_apex;
        plain = plain || !is_apex;
    }
    if (apex && no[0] == 0)
        no[0] = new_group(delta, &next_no, -1, NULL, "APEX_RRS");
    if (plain && no[1] == 0)
        no[1] = new_group(delta, &next_no, end, NULL, NULL);
    for (size_t i = 0; i < self->comments.count; i++) {
        bool used = false;
        for (size_t k = 0; !used && k < self->count; k++) {
            const item_t *item = &self->items[k];
            const char *comment =
                item->group == NONE ? NULL : self->ops->groups[item->group].comment;
            used = !item->gone && item->rr.id == 0 && comment != NULL && strcmp(comment, self->comments.items[i]) == 0;
        }
        if (used && no[2 + i] == 0)
            no[2 + i] = new_group(delta, &next_no, end + 1 + (double)i, self->comments.items[i], NULL);
    }
}

void inc_update_delta(inc_update_t *self, int *no, int next_no, int seq, zi_delta_t *ret_delta)
{
    double end = POSITION_BASE + POSITION_OF_VERSION * seq;
    size_t close_cap = 0, new_cap = 0;
    *ret_delta = (zi_delta_t){0};
    make_groups(self, no, next_no, end, ret_delta);
    for (size_t i = 0; i < self->count; i++) {
        item_t *item = &self->items[i];
        bool fresh = !item->gone && item->rr.id == 0;
        if (item->rr.id != 0 && (item->gone || item->rewritten)) {
            ret_delta->close_rrs = auto_grow(ret_delta->close_rrs, &close_cap, ret_delta->close_rr_count + 1,
                                             sizeof(*ret_delta->close_rrs));
            ret_delta->close_rrs[ret_delta->close_rr_count++] = item->rr.id;
        }
        if (fresh)
            place(self, item, no, end++);
        if (!fresh && (item->gone || !item->rewritten))
            continue;
        ret_delta->new_rrs =
            auto_grow(ret_delta->new_rrs, &new_cap, ret_delta->new_rr_count + 1, sizeof(*ret_delta->new_rrs));
        ret_delta->new_rrs[ret_delta->new_rr_count++] = (struct zi_new_rr){item->group_no, item->pos, &item->rr};
    }
}
