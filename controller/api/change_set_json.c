#include "controller/api/change_set_json.h"
#include "controller/api/m_zone_show.h"
#include "controller/api/zone_json.h"
#include "controller/store/rows.h"
#include <stdlib.h>
#include <string.h>

/* Of no zone: what is written relative stays relative, all else absolute. */
#define NOWHERE "change-set.invalid."

struct change_set_json {
    json_t *operations; /* borrowed */
    size_t max_records;
    change_set_select_t *selects;
    size_t count;
    change_set_source_t source;
};

/* ---- structure */

PRINTF(3, 4)
static err_t wrong(err_info_t *reterr, const char *where, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *what = auto_vprintf(fmt, ap);
    va_end(ap);
    err_set(reterr, ERR_CHANGE_SET_OPERATION, "%s: %s", where, what);
    err_key(reterr, "operation", where);
    return ERR_CHANGE_SET_OPERATION;
}

static err_t check_keys(json_t *object, const char *where, const char *const *known, err_info_t *reterr)
{
    const char *key;
    json_t *value;
    if (!json_is_object(object))
        return wrong(reterr, where, "is not an object");
    json_object_foreach(object, key, value)
    {
        bool found = false;
        for (size_t i = 0; known[i] != NULL; i++)
            found = found || strcmp(known[i], key) == 0;
        if (!found)
            return wrong(reterr, where, "has an unknown member \"%.60s\"", key);
    }
    return ERR_OK;
}

/* *ret_text is left alone where the member is not there. */
static err_t text_of(const json_t *object, const char *where, const char *key, const char **ret_text, err_info_t *reterr)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL || json_is_null(value))
        return ERR_OK;
    if (!json_is_string(value))
        return wrong(reterr, where, "member \"%s\" is not a string", key);
    *ret_text = json_string_value(value);
    return ERR_OK;
}

static bool is_of_values(const json_t *op)
{
    const char *name = json_string_value(json_object_get(op, "op"));
    return name != NULL && (strcmp(name, "SUBSTITUTE") == 0 || strcmp(name, "REMOVE") == 0);
}

/* ---- values: which zones have them */

static void add_value(change_set_select_t *select, uint16_t type, const char *rdata, const char *zone)
{
    size_t n = select->value_count++;
    select->types = auto_realloc(select->types, (n + 1) * sizeof(*select->types));
    select->rdatas = auto_realloc(select->rdatas, (n + 1) * sizeof(*select->rdatas));
    select->zones = auto_realloc(select->zones, (n + 1) * sizeof(*select->zones));
    select->types[n] = type;
    select->rdatas[n] = auto_strdup(rdata);
    select->zones[n] = auto_strdup(zone);
}

/* Names inside a zone are stored relative to it: a value that has a name in it is looked for as every zone above that name would have it. */
static void add_forms(change_set_select_t *select, uint16_t type, const char *rdata)
{
    for (const char *p = rdata; *p != '\0';) {
        size_t len = strcspn(p, " ");
        AUTO_FREE char *word = auto_strndup(p, len);
        for (char *suffix = word; len > 1 && word[len - 1] == '.' && suffix != NULL && *suffix != '\0'; suffix = strchr(suffix, '.') + 1) {
            char zone[DNAME_TEXT];
            AUTO_FREE char *form = NULL;
            if (dname_from_text(suffix, zone, NULL) == ERR_OK && rr_rdata_canonical(type, rdata, zone, &form, NULL) == ERR_OK &&
                strcmp(form, rdata) != 0)
                add_value(select, type, form, zone);
        }
        p += len + strspn(p + len, " ");
    }
}

static err_t read_value(const json_t *object, const char *where, change_set_select_t *select, err_info_t *reterr)
{
    const char *type_text = NULL, *rdata = NULL;
    uint16_t type = 0;
    err_t e = text_of(object, where, "type", &type_text, reterr);
    if (e == ERR_OK)
        e = text_of(object, where, "rdata", &rdata, reterr);
    if (e != ERR_OK)
        return e;
    if (type_text == NULL)
        return wrong(reterr, where, "has no type");
    if (!rr_type_from_text(type_text, &type) || type == RR_ANY || type == RR_SOA)
        return wrong(reterr, where, "record type \"%.30s\" is not known here", type_text);
    if (rdata == NULL) {
        add_value(select, type, NULL, NULL);
        return ERR_OK;
    }
    AUTO_FREE char *form = NULL;
    AUTO_ERR why = ERR_INFO_INIT;
    e = rr_rdata_canonical(type, rdata, NOWHERE, &form, &why);
    if (e != ERR_OK)
        return wrong(reterr, where, "%s", err_message(&why));
    add_value(select, type, form, NULL);
    add_forms(select, type, form);
    return ERR_OK;
}

/* ---- which zones */

static err_t read_names(const json_t *zones, const char *where, change_set_select_t *select, err_info_t *reterr)
{
    json_t *names = json_object_get(zones, "names");
    size_t i;
    json_t *name;
    if (names == NULL || json_is_null(names))
        return ERR_OK;
    if (!json_is_array(names) || json_array_size(names) == 0)
        return wrong(reterr, where, "names is not an array with names and patterns in it");
    select->names = auto_calloc(json_array_size(names), sizeof(*select->names));
    json_array_foreach(names, i, name)
    {
        if (!json_is_string(name) || json_string_length(name) == 0)
            return wrong(reterr, where, "names[%zu] is not a name", i);
        select->names[select->name_count++] = m_zone_show_pattern(json_string_value(name));
    }
    return ERR_OK;
}

static err_t read_where(const json_t *zones, const char *place, change_set_select_t *select, err_info_t *reterr)
{
    static const char *const KNOWN[] = {"type", "rdata", "label", NULL};
    json_t *where = json_object_get(zones, "where");
    if (where == NULL || json_is_null(where))
        return ERR_OK;
    AUTO_FREE char *at = auto_printf("%s.where", place);
    const char *label = NULL;
    err_t e = check_keys(where, at, KNOWN, reterr);
    if (e == ERR_OK)
        e = text_of(where, at, "label", &label, reterr);
    if (e == ERR_OK && label != NULL) {
        char relative[DNAME_TEXT];
        if (dname_relative(label, NOWHERE, relative, NULL) != ERR_OK)
            return wrong(reterr, at, "label \"%.80s\" is not a name relative to the zones", label);
        select->label = auto_strdup(relative);
    }
    return e == ERR_OK ? read_value(where, at, select, reterr) : e;
}

static err_t read_zones(json_t *operation, const char *where, change_set_select_t *select, err_info_t *reterr)
{
    static const char *const KNOWN[] = {"names", "reference", "sg_name", "where", NULL};
    json_t *zones = json_object_get(operation, "zones");
    AUTO_FREE char *at = auto_printf("%s.zones", where);
    const char *reference = NULL, *sg_name = NULL;
    if (zones == NULL)
        return wrong(reterr, where, "has no member \"zones\": {} means all of them");
    err_t e = check_keys(zones, at, KNOWN, reterr);
    if (e == ERR_OK)
        e = read_names(zones, at, select, reterr);
    if (e == ERR_OK)
        e = text_of(zones, at, "reference", &reference, reterr);
    if (e == ERR_OK)
        e = text_of(zones, at, "sg_name", &sg_name, reterr);
    if (e == ERR_OK)
        e = read_where(zones, at, select, reterr);
    select->reference = auto_strdup(reference);
    select->sg_name = auto_strdup(sg_name);
    return e;
}

/* Only values are to be replaced or removed: then only zones that have one of them are meant. */
static err_t add_wanted(const json_t *ops, const char *where, change_set_select_t *select, err_info_t *reterr)
{
    size_t i;
    json_t *op;
    err_t e = ERR_OK;
    bool only = select->value_count == 0;
    json_array_foreach(ops, i, op) only = only && is_of_values(op);
    json_array_foreach(ops, i, op)
    {
        AUTO_FREE char *at = auto_printf("%s.ops[%zu]", where, i);
        if (e == ERR_OK && only)
            e = read_value(op, at, select, reterr);
    }
    return e;
}

/* ---- what to do in a zone */

/* One record as the operations of update_rrs have it; its value is proven and canonical.  NULL: problems say why. */
static char *value_in(const json_t *op, const char *zone, const char *as, const char *key, problem_list_t *problems, err_info_t *reterr)
{
    const json_t *label = json_object_get(op, "label");
    json_auto_t *set = json_pack("{s:[{s:s, s:o, s:O, s:[O]}]}", "rrsets", "op", as, "label",
                                 json_is_string(label) ? json_string(json_string_value(label)) : json_string("@"), "type",
                                 json_object_get(op, "type"), "rdata", json_object_get(op, key));
    AUTO(zonedata) data = NULL;
    size_t before = problems->errors;
    if (set == NULL || zone_json_parse_update(set, zone, 1, problems, &data, reterr) != ERR_OK || problems->errors > before)
        return NULL;
    zonedata_group_t *group = &data->groups[data->count - 1];
    return group->count > 0 ? auto_strdup(group->rrs[0].rdata) : NULL;
}

static err_t read_ttl(const json_t *op, const char *where, substitute_t *s, err_info_t *reterr)
{
    const json_t *ttl = json_object_get(op, "ttl");
    if (ttl == NULL || json_is_null(ttl))
        return ERR_OK;
    s->has_ttl = true;
    if (json_is_integer(ttl) && json_integer_value(ttl) >= 0 && json_integer_value(ttl) <= RR_TTL_MAX)
        s->ttl = (uint32_t)json_integer_value(ttl);
    else if (!json_is_string(ttl) || !rr_ttl_from_text(json_string_value(ttl), &s->ttl))
        return wrong(reterr, where, "ttl is not a TTL: seconds up to 2147483647, or text as 1h30m");
    return ERR_OK;
}

/* s is filled as far as it goes; the caller frees it. */
static err_t read_substitute(json_t *op, const char *where, const char *zone, problem_list_t *problems, substitute_t *s, err_info_t *reterr)
{
    static const char *const OF_SUBSTITUTE[] = {"op", "label", "type", "rdata", "new_rdata", "ttl", NULL};
    static const char *const OF_REMOVE[] = {"op", "label", "type", "rdata", NULL};
    s->remove = strcmp(json_string_value(json_object_get(op, "op")), "REMOVE") == 0;
    const char *label = NULL, *type = NULL, *rdata = NULL, *new_rdata = NULL;
    err_t e = check_keys(op, where, s->remove ? OF_REMOVE : OF_SUBSTITUTE, reterr);
    const struct { const char *key, **text; } texts[] = {{"label", &label}, {"type", &type}, {"rdata", &rdata}, {"new_rdata", &new_rdata}};
    for (size_t i = 0; e == ERR_OK && i < ARRAY_SIZE(texts); i++)
        e = text_of(op, where, texts[i].key, texts[i].text, reterr);
    if (e == ERR_OK)
        e = read_ttl(op, where, s, reterr);
    if (e != ERR_OK)
        return e;
    if (type == NULL || !rr_type_from_text(type, &s->type) || s->type == RR_ANY || s->type == RR_SOA)
        return wrong(reterr, where, "record type \"%.30s\" is not known here", type != NULL ? type : "(none)");
    if (!s->remove && new_rdata == NULL && !s->has_ttl)
        return wrong(reterr, where, "gives neither new_rdata nor ttl");
    if (new_rdata != NULL && rdata == NULL)
        return wrong(reterr, where, "gives new_rdata, but not the rdata that it replaces");
    char relative[DNAME_TEXT];
    if (label != NULL && dname_relative(label, zone, relative, reterr) != ERR_OK)
        return reterr->code;
    s->label = label != NULL ? auto_strdup(relative) : NULL;
    s->rdata = rdata != NULL ? value_in(op, zone, "PRUNE", "rdata", problems, reterr) : NULL;
    s->new_rdata = new_rdata != NULL ? value_in(op, zone, "EXTEND", "new_rdata", problems, reterr) : NULL;
    if (problems->errors == 0 && ((rdata != NULL && s->rdata == NULL) || (new_rdata != NULL && s->new_rdata == NULL)))
        return reterr->code != ERR_OK ? reterr->code : wrong(reterr, where, "rdata is not understood");
    return ERR_OK;
}

static err_t read_ops(const change_set_json_t *self, int no, const char *zone, json_t *sets, problem_list_t *problems, change_set_ops_t *out,
                      err_info_t *reterr)
{
    size_t i;
    json_t *op;
    json_array_foreach(json_object_get(json_array_get(self->operations, (size_t)no), "ops"), i, op)
    {
        AUTO_FREE char *where = auto_printf("operations[%d].ops[%zu]", no, i);
        if (!is_of_values(op)) {
            json_array_append(sets, op);
            continue;
        }
        out->substitutes = auto_realloc(out->substitutes, (out->substitute_count + 1) * sizeof(*out->substitutes));
        substitute_t *s = &out->substitutes[out->substitute_count++];
        *s = (substitute_t){0};
        err_t e = read_substitute(op, where, zone, problems, s, reterr);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static err_t expand(void *arg, const char *zone, const int *operations, size_t count, problem_list_t *problems, change_set_ops_t *ret_ops,
                    err_info_t *reterr)
{
    const change_set_json_t *self = arg;
    json_auto_t *sets = json_array();
    json_auto_t *data = json_pack("{s:O}", "rrsets", sets);
    change_set_ops_t out = {0};
    err_t e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < count; i++)
        e = read_ops(self, operations[i], zone, sets, problems, &out, reterr);
    if (e == ERR_OK)
        e = zone_json_parse_update(data, zone, self->max_records, problems, &out.ops, reterr);
    if (e != ERR_OK) {
        change_set_ops_done(&out);
        return e;
    }
    *ret_ops = out;
    return ERR_OK;
}

/* ---- the whole */

/* Mistakes that need no zone to be seen.  An owner with a dot at its end is of one zone: it is looked at there. */
static err_t try_ops(const change_set_json_t *self, const json_t *ops, const char *where, err_info_t *reterr)
{
    AUTO(problem_list) problems = problem_list_new();
    AUTO_CLEANUP(change_set_ops_done) change_set_ops_t out = {0};
    json_auto_t *kept = json_array();
    size_t i;
    json_t *op;
    json_array_foreach(ops, i, op)
    {
        const char *label = json_string_value(json_object_get(op, "label"));
        if (!json_is_object(op) || !json_is_string(json_object_get(op, "op")))
            return wrong(reterr, where, "ops[%zu] is not an object with a member \"op\"", i);
        if (label == NULL || label[0] == '\0' || label[strlen(label) - 1] != '.')
            json_array_append(kept, op);
    }
    json_auto_t *operations = json_pack("[{s:O}]", "ops", kept);
    change_set_json_t local = {.operations = operations, .max_records = self->max_records};
    const int first = 0;
    AUTO_ERR why = ERR_INFO_INIT;
    err_t e = expand(&local, NOWHERE, &first, 1, problems, &out, &why);
    if (e != ERR_OK)
        return wrong(reterr, where, "%s", err_message(&why));
    return problem_result(&problems, where, reterr);
}

err_t change_set_json_parse(json_t *operations, size_t max_records, change_set_json_t **ret_self, err_info_t *reterr)
{
    static const char *const KNOWN[] = {"zones", "ops", NULL};
    AUTO(change_set_json) self = auto_calloc(1, sizeof(*self));
    self->operations = operations;
    self->max_records = max_records;
    self->count = json_array_size(operations);
    self->selects = auto_calloc(self->count + 1, sizeof(*self->selects));
    size_t i;
    json_t *operation;
    if (self->count == 0)
        return wrong(reterr, "operations", "there is none");
    json_array_foreach(operations, i, operation)
    {
        AUTO_FREE char *where = auto_printf("operations[%zu]", i);
        const json_t *ops = json_object_get(operation, "ops");
        err_t e = check_keys(operation, where, KNOWN, reterr);
        if (e == ERR_OK && (!json_is_array(ops) || json_array_size(ops) == 0))
            e = wrong(reterr, where, "ops is not an array with operations in it");
        if (e == ERR_OK)
            e = read_zones(operation, where, &self->selects[i], reterr);
        if (e == ERR_OK)
            e = try_ops(self, ops, where, reterr);
        if (e == ERR_OK)
            e = add_wanted(ops, where, &self->selects[i], reterr);
        if (e != ERR_OK)
            return e;
    }
    self->source = (change_set_source_t){.arg = self, .selects = self->selects, .count = self->count, .expand = expand};
    *ret_self = self;
    self = NULL;
    return ERR_OK;
}

void change_set_json_destroy(change_set_json_t **pself)
{
    change_set_json_t *self = *pself;
    if (self == NULL)
        return;
    change_set_selects_free(self->selects, self->count);
    free(self);
    *pself = NULL;
}

const change_set_source_t *change_set_json_source(const change_set_json_t *self) { return &self->source; }
