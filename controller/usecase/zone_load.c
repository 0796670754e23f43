#include "controller/usecase/zone_load.h"
#include "controller/domain/apex.h"
#include "controller/domain/zone_rights.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/fsm/zone_ptr.h"
#include "controller/store/load_store.h"
#include "controller/store/ptr_fill_store.h"
#include "controller/store/ptr_store.h"
#include "controller/store/ref_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include "shared/serial.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct { const char **items; size_t count, cap; } words_t; /* borrowed texts */

typedef struct {
    zone_load_item_t *item;
    zone_row_t zone;             /* name borrowed from the item */
    zi_row_t zi;                 /* borrowed contents */
    zi_delta_t delta;
    const char *reference;       /* borrowed; NULL: none */
    int64_t *ref_ids;            /* of its records, as the delta has them */
} prepared_t;

typedef struct {
    const caller_t *who;
    const char *login_id;
    zone_load_item_t *items; size_t count;
    const zone_options_t *options;
    const edit_limits_t *limits;
    wall_t now;
    /* of one try */
    char *change_by;
    struct load_context { const char *sg_name; edit_context_t context; } *contexts; size_t context_count;
    load_name_t *names; size_t name_count;
    zone_load_item_t **by_name;  /* those that are judged, by name and place */
    size_t by_name_count;
    prepared_t *prepared; size_t prepared_count;
} load_t;

void zone_load_items_free(zone_load_item_t *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        zonedata_destroy(&items[i].data);
        err_info_done(&items[i].why);
        problem_list_destroy(&items[i].warnings);
    }
    free(items);
}

static void try_done(load_t *load)
{
    free(load->change_by);
    for (size_t i = 0; i < load->context_count; i++)
        config_store_context_done(&load->contexts[i].context);
    free(load->contexts);
    load_store_names_free(load->names, load->name_count);
    free(load->by_name);
    for (size_t i = 0; i < load->prepared_count; i++) {
        zi_delta_done(&load->prepared[i].delta);
        free(load->prepared[i].ref_ids);
    }
    free(load->prepared);
    load->change_by = NULL;
    load->contexts = NULL;
    load->names = NULL;
    load->by_name = NULL;
    load->prepared = NULL;
    load->context_count = load->name_count = load->by_name_count = load->prepared_count = 0;
}

static void word_add(words_t *words, const char *word)
{
    words->items = auto_grow(words->items, &words->cap, words->count + 1, sizeof(*words->items));
    words->items[words->count++] = word;
}

/* ---- names: of the zones, and of everything above them */

/* A name's part behind the next dot that is not escaped; NULL: it is a name at the top. */
static const char *above(const char *name)
{
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '\\' && p[1] != '\0')
            p++;
        else if (*p == '.')
            return p[1] != '\0' ? p + 1 : NULL;
    }
    return NULL;
}

static int by_word(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_item_name(const void *a, const void *b)
{
    const zone_load_item_t *x = *(const zone_load_item_t *const *)a, *y = *(const zone_load_item_t *const *)b;
    int order = strcmp(x->canonical, y->canonical);
    return order != 0 ? order : (x > y) - (x < y);
}

static void unique(words_t *words, int (*compare)(const void *, const void *), int (*equal)(const char *, const char *))
{
    size_t kept = 0;
    if (words->count > 0)
        qsort(words->items, words->count, sizeof(*words->items), compare);
    for (size_t i = 0; i < words->count; i++) {
        if (kept == 0 || equal(words->items[kept - 1], words->items[i]) != 0)
            words->items[kept++] = words->items[i];
    }
    words->count = kept;
}

static err_t learn_names(db_t *db, load_t *load, err_info_t *reterr)
{
    words_t words = {0};
    load->by_name = auto_calloc(load->count + 1, sizeof(zone_load_item_t *));
    for (size_t i = 0; i < load->count; i++) {
        if (load->items[i].code != ERR_OK)
            continue;
        load->by_name[load->by_name_count++] = &load->items[i];
        for (const char *name = load->items[i].canonical; name != NULL; name = above(name))
            word_add(&words, name);
    }
    if (load->by_name_count > 0)
        qsort(load->by_name, load->by_name_count, sizeof(zone_load_item_t *), by_item_name);
    unique(&words, by_word, strcmp);
    err_t e = load_store_names(db, words.items, words.count, &load->names, &load->name_count, reterr);
    free(words.items);
    return e;
}

/* The zone of this name that an earlier item has made; NULL: none. */
static const prepared_t *made_before(const load_t *load, const char *name)
{
    size_t low = 0, high = load->by_name_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(load->by_name[middle]->canonical, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < load->by_name_count && strcmp(load->by_name[low]->canonical, name) == 0; low++) {
        const zone_load_item_t *item = load->by_name[low];
        for (size_t i = load->prepared_count; item->zone_id != 0 && i-- > 0;) {
            if (load->prepared[i].item == item)
                return &load->prepared[i];
        }
    }
    return NULL;
}

static err_t check_free(const load_t *load, const zone_load_item_t *item, err_info_t *reterr)
{
    const load_name_t *known = load_store_find(load->names, load->name_count, item->canonical);
    if ((known == NULL || !known->live) && made_before(load, item->canonical) == NULL)
        return ERR_OK;
    err_set(reterr, ERR_ZONE_EXISTS, "zone \"%s\" exists", item->canonical);
    err_key(reterr, "name", item->canonical);
    return ERR_ZONE_EXISTS;
}

/* ---- one zone */

/* Once per group: most loads have one. */
static err_t find_context(db_t *db, load_t *load, const char *sg_name, edit_context_t **ret_context, err_info_t *reterr)
{
    for (size_t i = 0; i < load->context_count; i++) {
        const char *there = load->contexts[i].sg_name;
        if (there == sg_name || (there != NULL && sg_name != NULL && strcmp(there, sg_name) == 0)) {
            *ret_context = &load->contexts[i].context;
            return ERR_OK;
        }
    }
    struct load_context *entry = &load->contexts[load->context_count];
    err_t e = config_store_edit_context(db, 0, sg_name, "", &entry->context, reterr);
    if (e != ERR_OK)
        return e;
    entry->sg_name = sg_name;
    load->context_count++;
    *ret_context = &entry->context;
    return zone_edit_new_group(sg_name, &entry->context, reterr);
}

/* Its own, that of all, its SOA record's, the nearest zone's above, the default: nothing of another item (behaviour.md 15.4, 8). */
static const char *choose_reference(const load_t *load, const zone_load_item_t *item, const edit_context_t *context)
{
    if (item->reference != NULL || load->options->reference != NULL)
        return item->reference != NULL ? item->reference : load->options->reference;
    if (item->data->soa.reference != NULL)
        return item->data->soa.reference;
    for (const char *name = above(item->canonical); name != NULL; name = above(name)) {
        const load_name_t *known = load_store_find(load->names, load->name_count, name);
        const prepared_t *made = known != NULL && known->live ? NULL : made_before(load, name);
        const char *reference = made != NULL ? made->reference : known != NULL && known->live ? known->reference : NULL;
        if (reference != NULL)
            return reference;
        if (made != NULL || (known != NULL && known->live))
            break;
    }
    return context->defaults.default_ref;
}

static err_t judge(load_t *load, zone_load_item_t *item, edit_context_t *context, prepared_t *p, err_info_t *reterr)
{
    edit_limits_t limits = load->limits != NULL ? *load->limits : (edit_limits_t){0};
    limits.found = item->found;
    const zone_submission_t in = {load->who, load->login_id, item->data, true, &limits, load->now};
    err_t e = check_free(load, item, reterr);
    p->reference = choose_reference(load, item, context);
    if (e == ERR_OK && p->reference != NULL)
        e = zone_rights_reference(p->reference, reterr);
    if (e == ERR_OK)
        e = zone_edit_prepare(&in, &p->zone, context, NULL, &item->warnings, reterr);
    if (e != ERR_OK)
        return e;
    const load_name_t *known = load_store_find(load->names, load->name_count, item->canonical);
    uint32_t base = known != NULL ? known->serial : 0;
    p->zi = zone_edit_version(&in, &p->zone, context, load->change_by);
    p->zi.soa_serial = serial_next(base != 0, base, item->data->soa.has_serial ? item->data->soa.serial : 0, load->now);
    zone_diff(NULL, NULL, item->data, &p->delta);
    return ERR_OK;
}

/* What is the same for every zone ends all; the rest is the item's own. */
static err_t prepare(db_t *db, load_t *load, zone_load_item_t *item, err_info_t *reterr)
{
    edit_context_t *context = NULL;
    prepared_t *p = &load->prepared[load->prepared_count];
    *p = (prepared_t){.item = item, .zone = {.name = item->canonical, .state = ZONE_INIT}};
    err_t e = find_context(db, load, item->sg_name != NULL ? item->sg_name : load->options->sg_name, &context, reterr);
    if (e == ERR_OK)
        e = zone_edit_new_flags(load->who, load->options, item->cidr[0] != '\0', &context->defaults, &p->zone, reterr);
    if (e != ERR_OK)
        return e;
    p->zone.sg_id = context->sg_id;
    item->code = judge(load, item, context, p, &item->why);
    if (item->code != ERR_OK)
        return ERR_OK;
    item->zone_id = -1; /* there will be one */
    load->prepared_count++;
    return ERR_OK;
}

/* ---- references */

static int by_word_any_case(const void *a, const void *b)
{
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

static int64_t ref_id(const words_t *words, const int64_t *ids, const char *name)
{
    if (name == NULL)
        return 0;
    const char *const *at = bsearch(&name, words->items, words->count, sizeof(*words->items), by_word_any_case);
    return ids[at - (const char *const *)words->items];
}

static void set_references(load_t *load, const words_t *words, const int64_t *ids)
{
    for (size_t i = 0; i < load->prepared_count; i++) {
        prepared_t *p = &load->prepared[i];
        p->zone.ref_id = ref_id(words, ids, p->reference);
        for (size_t r = 0; r < p->delta.new_rr_count; r++) {
            if (p->delta.new_rrs[r].rr->reference == NULL)
                continue;
            if (p->ref_ids == NULL)
                p->ref_ids = auto_calloc(p->delta.new_rr_count, sizeof(*p->ref_ids));
            p->ref_ids[r] = ref_id(words, ids, p->delta.new_rrs[r].rr->reference);
        }
    }
}

static err_t find_references(db_t *db, load_t *load, err_info_t *reterr)
{
    words_t words = {0};
    AUTO_FREE int64_t *ids = NULL;
    for (size_t i = 0; i < load->prepared_count; i++) {
        const prepared_t *p = &load->prepared[i];
        if (p->reference != NULL)
            word_add(&words, p->reference);
        for (size_t r = 0; r < p->delta.new_rr_count; r++) {
            if (p->delta.new_rrs[r].rr->reference != NULL)
                word_add(&words, p->delta.new_rrs[r].rr->reference);
        }
    }
    unique(&words, by_word_any_case, strcasecmp);
    err_t e = words.count > 0 ? ref_store_ensure_many(db, words.items, words.count, &ids, reterr) : ERR_OK;
    if (e == ERR_OK && words.count > 0)
        set_references(load, &words, ids);
    free(words.items);
    return e;
}

/* ---- rows */

static err_t begin_lives(db_t *db, load_t *load, const load_ids_t *ids, err_info_t *reterr)
{
    AUTO_FREE zone_birth_t *births = auto_calloc(load->prepared_count + 1, sizeof(*births));
    for (size_t i = 0; i < load->prepared_count; i++) {
        prepared_t *p = &load->prepared[i];
        p->zone.id = p->zi.zone_id = ids[i].zone_id;
        p->zi.id = ids[i].zi_id;
        p->zone.zi_count = p->zi.seq;
        births[i] = (zone_birth_t){&p->zone, ids[i].zi_id, ids[i].change_id};
        p->item->zone_id = ids[i].zone_id;
        p->item->zi_id = ids[i].zi_id;
        p->item->change_id = ids[i].change_id;
    }
    return zone_fsm_begin_many(db, births, load->prepared_count, load->now, reterr);
}

static err_t insert(db_t *db, load_t *load, err_info_t *reterr)
{
    AUTO_FREE load_row_t *rows = auto_calloc(load->prepared_count + 1, sizeof(*rows));
    for (size_t i = 0; i < load->prepared_count; i++) {
        const prepared_t *p = &load->prepared[i];
        rows[i] = (load_row_t){&p->zone, &p->zi, &p->delta, p->ref_ids, p->item->change_id};
    }
    err_t e = load_store_insert(db, rows, load->prepared_count, load->now, reterr);
    for (size_t i = 0; e == ERR_OK && i < load->prepared_count; i++) {
        const prepared_t *p = &load->prepared[i];
        if (p->item->cidr[0] == '\0')
            continue;
        const ptr_fill_asker_t asker = {load->who->sectag_id, load->change_by, p->item->change_id};
        e = zone_store_set_network(db, p->zone.id, p->item->cidr, reterr);
        if (e == ERR_OK)
            e = ptr_fill_store_begin(db, p->zone.id, &asker, load->now, reterr);
    }
    return e;
}

/* Most loads concern no reverse zone: one statement finds those zones that do. */
static err_t follow_ptrs(db_t *db, load_t *load, err_info_t *reterr)
{
    AUTO_FREE int64_t *zone_ids = auto_calloc(load->prepared_count + 1, sizeof(*zone_ids));
    AUTO_FREE int64_t *concerned = NULL;
    size_t count = 0, next = 0;
    for (size_t i = 0; i < load->prepared_count; i++)
        zone_ids[i] = load->prepared[i].zone.id;
    err_t e = ptr_store_concerned(db, zone_ids, load->prepared_count, &concerned, &count, reterr);
    for (size_t i = 0; e == ERR_OK && next < count && i < load->prepared_count; i++) {
        const prepared_t *p = &load->prepared[i];
        if (p->zone.id != concerned[next])
            continue;
        next++;
        const zone_ptr_t ptr = {.change_by = load->change_by,
                                .sectag_id = load->who->sectag_id,
                                .submission = p->item->data,
                                .warnings = &p->item->warnings};
        AUTO_FREE char *reference = auto_strdup(p->reference);
        zone_row_t zone = p->zone;
        zone.reference = reference;
        e = zone_ptr_follow(db, &zone, 0, p->zi.id, &ptr, p->item->change_id, load->now, reterr);
    }
    return e;
}

static err_t log_changes(db_t *db, const load_t *load, err_info_t *reterr)
{
    AUTO_FREE load_change_t *changes = auto_calloc(load->count + 1, sizeof(*changes));
    for (size_t i = 0; i < load->count; i++) {
        const zone_load_item_t *item = &load->items[i];
        bool refused = item->code != ERR_OK;
        changes[i] = (load_change_t){item->change_id, item->zone_id, item->canonical[0] != '\0' ? item->canonical : item->name,
                                     refused ? &item->why : NULL};
    }
    return load_store_changes(db, load->who, "load_zones", changes, load->count, load->now, reterr);
}

static void reset_items(load_t *load)
{
    for (size_t i = 0; i < load->count; i++) {
        zone_load_item_t *item = &load->items[i];
        if (item->data == NULL || item->canonical[0] == '\0')
            continue; /* refused for good */
        err_info_done(&item->why);
        problem_list_destroy(&item->warnings);
        item->code = ERR_OK;
        item->zone_id = item->zi_id = item->change_id = 0;
    }
}

static err_t load_fn(db_t *db, void *arg, err_info_t *reterr)
{
    load_t *load = arg;
    try_done(load);
    reset_items(load);
    load->change_by = zone_edit_change_by(load->who, load->login_id);
    load->contexts = auto_calloc(load->count + 1, sizeof(*load->contexts));
    load->prepared = auto_calloc(load->count + 1, sizeof(*load->prepared));
    err_t e = learn_names(db, load, reterr);
    for (size_t i = 0; e == ERR_OK && i < load->count; i++) {
        if (load->items[i].code == ERR_OK)
            e = prepare(db, load, &load->items[i], reterr);
    }
    AUTO_FREE load_ids_t *ids = auto_calloc(load->prepared_count + 1, sizeof(*ids));
    if (e == ERR_OK)
        e = find_references(db, load, reterr);
    if (e == ERR_OK)
        e = load_store_ids(db, load->prepared_count, ids, reterr);
    if (e == ERR_OK)
        e = begin_lives(db, load, ids, reterr);
    if (e == ERR_OK)
        e = log_changes(db, load, reterr);
    if (e == ERR_OK)
        e = insert(db, load, reterr);
    return e == ERR_OK ? follow_ptrs(db, load, reterr) : e;
}

err_t zone_load_many(db_t *db, const caller_t *who, const char *login_id, zone_load_item_t *items, size_t count, const zone_options_t *options,
                     const edit_limits_t *limits, wall_t now, err_info_t *reterr)
{
    err_t e = zone_rights_login_id(login_id, reterr);
    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < count; i++) {
        if (items[i].code == ERR_OK)
            items[i].code = zone_edit_new_name(items[i].name, items[i].canonical, items[i].cidr, &items[i].why);
        if (items[i].code != ERR_OK)
            items[i].canonical[0] = '\0';
    }
    load_t load = {.who = who, .login_id = login_id, .items = items, .count = count, .options = options, .limits = limits, .now = now};
    e = db_tx(db, load_fn, &load, reterr);
    try_done(&load);
    return e;
}
