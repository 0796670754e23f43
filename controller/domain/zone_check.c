#include "controller/domain/zone_check_priv.h"
#include "controller/domain/zone_rights.h"
#include "shared/rrcheck.h"
#include <stdlib.h>
#include <string.h>

enum { TTL_USUAL_MAX = 604800, CDS = 59, CDNSKEY = 60 };

static void place(problem_t *p, const rr_entry_t *at)
{
    p->group = (int)at->group;
    p->record = at->rr->place > 0 ? (int)at->rr->place - 1 : (int)at->record;
    p->line = at->rr->line;
    p->col = at->rr->col;
    char type[RR_TYPE_TEXT];
    rr_type_text(at->rr->type, type);
    p->rr_data = auto_printf("%s %s %s", at->rr->label, type, at->rr->rdata);
}

problem_t *zone_check_fault(zone_checking_t *c, const rr_entry_t *at, rule_t rule, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *message = auto_vprintf(fmt, ap);
    va_end(ap);
    problem_t *p = problem_add_rule(c->problems, rule, "%s", message);
    if (at != NULL)
        place(p, at);
    return p;
}

/* ---- proof of single records */

static void prove(zonedata_t *data, zonedata_rr_t *rr, size_t g, size_t r, problem_list_t *problems)
{
    rr_entry_t at = {.rr = rr, .group = g, .record = r};
    AUTO_ERR err = ERR_INFO_INIT;
    char owner[DNAME_TEXT];
    char *text = NULL;
    if (dname_absolute(rr->label, data->name, owner) != ERR_OK) {
        place(problem_add_rule(problems, RULE_OWNER_NAME, "owner \"%s\" is not a domain name in zone \"%s\"", rr->label,
                               data->name),
              &at);
    } else if (rr_rdata_canonical(rr->type, rr->rdata, data->name, &text, &err) != ERR_OK) {
        problem_t *p = problem_add(problems, err.code, false, "%s", err_message(&err));
        place(p, &at);
        p->hint = auto_strdup(err.hint);
    } else {
        free(rr->rdata);
        rr->rdata = text;
        size_t before = problems->count;
        if (!rr->checked)
            rrcheck_record(data->name, rr, problems);
        for (; before < problems->count; before++) {
            problems->items[before].group = (int)g;
            problems->items[before].record = rr->place > 0 ? (int)rr->place - 1 : (int)r;
        }
    }
}

void zone_check_prove(zonedata_t *data, const zonedata_t *old, problem_list_t *problems)
{
    AUTO(rr_index) known = old == NULL ? NULL : rr_index_of(old);
    for (size_t g = 0; g < data->count; g++) {
        for (size_t r = 0; r < data->groups[g].count; r++) {
            zonedata_rr_t *rr = &data->groups[g].rrs[r];
            if (!rr->broken && (known == NULL || rr_index_find(known, rr->label, rr->type, rr->rdata) == NULL))
                prove(data, rr, g, r, problems);
        }
    }
}

/* ---- while walking the records in order */

static void check_cname(zone_checking_t *c, const rr_entry_t *at, unsigned bits)
{
    const zonedata_rr_t *rr = at->rr;
    if ((bits & NAME_CNAME) != 0)
        zone_check_fault(c, at, RULE_CNAME_ONE, "owner \"%s\" already has a CNAME record", rr->label);
    else if (rr->type == RR_CNAME && strcmp(rr->label, "@") == 0)
        zone_check_fault(c, at, RULE_CNAME_APEX, "owner \"@\" has a CNAME record and others");
    else if (rr->type == RR_CNAME && (bits & NAME_OTHER) != 0)
        zone_check_fault(c, at, RULE_CNAME_ALONE, "owner \"%s\" has a CNAME record and others", rr->label);
    else if (rr->type == RR_DNAME && (bits & NAME_DNAME) != 0)
        zone_check_fault(c, at, RULE_DNAME_ONE, "owner \"%s\" already has a DNAME record", rr->label);
}

static void check_ttl(zone_checking_t *c, const rr_entry_t *at, const rr_entry_t *first)
{
    const zonedata_rr_t *rr = at->rr;
    uint32_t ttl = rr->has_ttl ? rr->ttl : c->zone_ttl;
    bool doubtful = first == NULL && rr->has_ttl && (ttl == 0 || ttl > TTL_USUAL_MAX); /* else it is the zone's */
    uint32_t first_ttl = first == NULL ? ttl : first->rr->has_ttl ? first->rr->ttl : c->zone_ttl;
    if (!doubtful && ttl == first_ttl)
        return;
    char type[RR_TYPE_TEXT];
    rr_type_text(rr->type, type);
    if (doubtful)
        zone_check_fault(c, at, ttl == 0 ? RULE_TTL_ZERO : RULE_TTL_LARGE, "%s records of owner \"%s\" have TTL %u", type,
                         rr->label, ttl);
    else
        zone_check_fault(c, at, RULE_RRSET_TTL, "%s records of owner \"%s\" have different TTLs: %u and %u", type,
                         rr->label, first_ttl, ttl);
}

unsigned zone_check_bits(uint16_t type)
{
    switch (type) {
    case RR_A:
    case RR_AAAA: return NAME_ANY | NAME_OTHER | NAME_ADDRESS;
    case RR_NS: return NAME_ANY | NAME_OTHER | NAME_NS;
    case RR_CNAME: return NAME_ANY | NAME_CNAME;
    case RR_DNAME: return NAME_ANY | NAME_OTHER | NAME_DNAME;
    default: return NAME_ANY | NAME_OTHER;
    }
}

static void check_rights(zone_checking_t *c, const rr_entry_t *at, const rr_index_t *old)
{
    const zonedata_rr_t *rr = at->rr;
    if (!rr->lock_ptr && rr->reference == NULL)
        return;
    const rr_entry_t *was = old == NULL ? NULL : rr_index_find(old, rr->label, rr->type, rr->rdata);
    if (rr->lock_ptr && !c->opts->may_lock_ptr && (was == NULL || !was->rr->lock_ptr))
        problem_key(zone_check_fault(c, at, RULE_LOCK_PTR, "only administrators may set LOCKPTR (owner \"%s\")", rr->label), "field_name", "lock_ptr");
    if (rr->reference == NULL)
        return;
    if (!zone_rights_reference_ok(rr->reference)) {
        problem_t *p = zone_check_fault(c, at, RULE_REFERENCE_TEXT, "reference \"%s\" is not well formed", rr->reference);
        problem_key(p, "reference", rr->reference);
        problem_key(p, "error", "not well formed");
    } else if (!c->opts->may_reference &&
               (was == NULL || was->rr->reference == NULL || strcasecmp(was->rr->reference, rr->reference) != 0)) {
        problem_key(zone_check_fault(c, at, RULE_RECORD_REFERENCE,
                                     "only help desk or administrators may set a record's reference (owner \"%s\")", rr->label),
                    "field_name", "reference");
    }
}

/* The old content is only looked at when somebody without the right submits a flag. */
static bool old_needed(const zone_checking_t *c)
{
    if (c->opts->old == NULL || (c->opts->may_lock_ptr && c->opts->may_reference))
        return false;
    for (size_t g = 0; g < c->data->count; g++) {
        for (size_t r = 0; r < c->data->groups[g].count; r++) {
            if (c->data->groups[g].rrs[r].lock_ptr || c->data->groups[g].rrs[r].reference != NULL)
                return true;
        }
    }
    return false;
}

static void walk_record(zone_checking_t *c, rr_entry_t *at, const rr_index_t *old)
{
    const zonedata_rr_t *rr = at->rr;
    check_rights(c, at, old);
    if (rr_index_add(c->records, at, true) != NULL) {
        char type[RR_TYPE_TEXT];
        rr_type_text(rr->type, type);
        zone_check_fault(c, at, RULE_DUPLICATE, "%s record of owner \"%s\" stands twice: %s", type, rr->label, rr->rdata);
        return;
    }
    if (rr->disable)
        return;
    unsigned *bits = name_index_bits(c->names, rr->label);
    check_cname(c, at, *bits);
    check_ttl(c, at, zone_check_rrset_add(c, at));
    *bits |= zone_check_bits(rr->type) | zone_check_set_add(c, at, *bits);
    c->any_cut = c->any_cut || (rr->type == RR_NS && strcmp(rr->label, "@") != 0);
    c->any_dname = c->any_dname || rr->type == RR_DNAME;
    c->any_cds = c->any_cds || ((rr->type == CDS || rr->type == CDNSKEY) && strcmp(rr->label, "@") == 0);
}

static void walk(zone_checking_t *c)
{
    AUTO(rr_index) old = old_needed(c) ? rr_index_of(c->opts->old) : NULL;
    size_t groups = c->opts->slice != NULL ? 2 : c->data->count; /* the rest of a slice is not complete */
    for (size_t g = 0; g < groups; g++) {
        for (size_t r = 0; r < c->data->groups[g].count; r++) {
            rr_entry_t at = {.rr = &c->data->groups[g].rrs[r], .group = g, .record = r};
            if (!at.rr->broken)
                walk_record(c, &at, old);
            else if (at.rr->type == RR_SOA)
                c->soa_broken = true;
            else if (at.rr->label[0] != '\0')
                *name_index_bits(c->names, at.rr->label) |= NAME_ANY | NAME_BROKEN;
        }
    }
}

/* What is known of names that are not in the slice. */
static void take_slice(zone_checking_t *c, const zone_check_slice_t *slice)
{
    c->any_dname = true;
    for (size_t i = 0; i < slice->count; i++) {
        *name_index_bits(c->names, slice->labels[i]) |= zone_check_bits(slice->types[i]);
        c->any_cut = c->any_cut || (slice->types[i] == RR_NS && strcmp(slice->labels[i], "@") != 0);
    }
}

/* ---- on the complete zone */

static const char *below_dname(const zone_checking_t *c, const char *label)
{
    for (const char *up = name_index_parent(label); up != NULL; up = name_index_parent(up)) {
        if ((name_index_find(c->names, up) & NAME_DNAME) != 0)
            return up;
    }
    return NULL;
}

static void check_below(zone_checking_t *c, const rr_entry_t *at)
{
    const char *dname = below_dname(c, at->rr->label);
    if (dname != NULL)
        zone_check_fault(c, at, RULE_DNAME_BELOW, "owner \"%s\" lies below the DNAME record of \"%s\"", at->rr->label,
                         dname);
}

static void check_whole(zone_checking_t *c)
{
    if (c->any_cut)
        zone_check_target_mark(c);
    for (size_t g = 0; g < c->data->count; g++) {
        bool touched = c->opts->slice == NULL || g <= 1;
        for (size_t r = 0; r < c->data->groups[g].count; r++) {
            rr_entry_t at = {.rr = &c->data->groups[g].rrs[r], .group = g, .record = r};
            if (at.rr->disable || at.rr->broken)
                continue;
            zone_check_target_record(c, &at);
            if (c->any_dname)
                check_below(c, &at);
            if (touched)
                zone_check_target_place(c, &at);
        }
    }
}

/* ---- apex and version fields */

static void check_apex(zone_checking_t *c)
{
    const zonedata_t *data = c->data;
    if (c->opts->own_apex && !data->has_soa && !c->soa_broken && !data->incomplete)
        zone_check_fault(c, NULL, RULE_APEX_SOA, "zone \"%s\" has no SOA record", data->name);
    if (c->opts->apex_ns_count == 0 && (name_index_find(c->names, "@") & (NAME_NS | NAME_BROKEN)) == 0 && !data->incomplete) {
        problem_t *p = zone_check_fault(c, NULL, RULE_APEX_NS, "zone \"%s\" has no NS record at its apex", data->name);
        if (!c->opts->own_apex)
            p->hint = auto_strdup("its server group has no apex name servers: set them");
    }
    for (size_t i = 0; i < c->opts->apex_ns_count; i++)
        zone_check_target_apex(c, c->opts->apex_ns[i]);
}

/* A field of the SOA record: where the zone brings it, it stands at a line. */
PRINTF(4, 5)
static problem_t *soa_fault(zone_checking_t *c, bool own, rule_t rule, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *message = auto_vprintf(fmt, ap);
    va_end(ap);
    problem_t *p = zone_check_fault(c, NULL, rule, "%s", message);
    p->line = own ? c->data->soa.line : 0;
    p->col = own ? c->data->soa.col : 0;
    return p;
}

static void check_soa_name(zone_checking_t *c, const char *field, const char *value, bool host)
{
    char name[DNAME_TEXT];
    if (value != NULL && dname_absolute(value, ".", name) == ERR_OK && (host ? dname_is_hostname(value, false) : dname_is_mailbox(name)))
        return;
    problem_t *p = soa_fault(c, c->opts->own_apex, RULE_SOA_NAME, "%s \"%s\" of zone \"%s\" is not a %s name", field,
                             value == NULL ? "" : value, c->data->name, host ? "host" : "mailbox's");
    problem_key(p, "zi_field", field);
    problem_key(p, "value", value == NULL ? "" : value);
    if (!host)
        p->hint = auto_strdup(rule_row(RULE_MAILBOX)->hint);
}

/* Returns the seconds; 0: there are none. */
static uint32_t check_timer(zone_checking_t *c, const char *field, const char *value, bool needed)
{
    uint32_t seconds = 0;
    if (value == NULL ? !needed : strlen(value) <= 20 && rr_ttl_from_text(value, &seconds))
        return seconds;
    problem_t *p = zone_check_fault(c, NULL, RULE_TTL_TEXT, "%s \"%s\" of zone \"%s\" is not a TTL", field,
                                    value == NULL ? "" : value, c->data->name);
    problem_key(p, "zi_field", field);
    problem_key(p, "value", value == NULL ? "" : value);
    return 0;
}

static void check_range(zone_checking_t *c, const char *field, uint32_t value, uint32_t min, uint32_t max)
{
    if (value < min || value > max)
        soa_fault(c, true, RULE_SOA_TIMER, "%s %u of zone \"%s\" is not from %u to %u seconds", field, value, c->data->name, min,
                  max);
}

static void check_fields(zone_checking_t *c)
{
    enum { MINUTE = 60, DAY = 86400, WEEK = 604800 };
    const zonedata_soa_t *soa = &c->data->soa;
    size_t errors = c->problems->errors;
    check_soa_name(c, "soa_mname", soa->mname, true);
    check_soa_name(c, "soa_rname", soa->rname, false);
    uint32_t refresh = check_timer(c, "soa_refresh", soa->refresh, true);
    uint32_t retry = check_timer(c, "soa_retry", soa->retry, true);
    uint32_t expire = check_timer(c, "soa_expire", soa->expire, true);
    uint32_t minimum = check_timer(c, "soa_minimum", soa->minimum, true);
    check_timer(c, "soa_ttl", soa->soa_ttl, false);
    uint32_t ttl = check_timer(c, "zone_ttl", c->data->zone_ttl, true);
    if (c->problems->errors > errors)
        return;
    if (ttl == 0 || ttl > TTL_USUAL_MAX)
        zone_check_fault(c, NULL, ttl == 0 ? RULE_TTL_ZERO : RULE_TTL_LARGE, "zone_ttl of zone \"%s\" is %u", c->data->name,
                         ttl);
    check_range(c, "soa_minimum", minimum, 0, DAY);
    if (!c->opts->own_apex)
        return; /* the others are the server group's */
    check_range(c, "soa_refresh", refresh, 20 * MINUTE, DAY);
    check_range(c, "soa_retry", retry, 2 * MINUTE, refresh > 2 * MINUTE ? refresh : DAY);
    check_range(c, "soa_expire", expire, WEEK, 8 * WEEK);
}

void zone_check(const zonedata_t *data, const zone_check_opts_t *opts, problem_list_t *problems)
{
    zone_checking_t c = {.data = data, .opts = opts, .problems = problems};
    if (opts->max_records != 0 && data->records > opts->max_records) {
        zone_check_fault(&c, NULL, RULE_ZONE_SIZE, "zone \"%s\" has %zu records, %zu are allowed", data->name, data->records,
                         opts->max_records);
        return; /* the limit is there to save the work below */
    }
    c.records = rr_index_new(data->records);
    c.sets = rr_index_new(data->records);
    c.names = name_index_new(data->records);
    if (data->zone_ttl != NULL)
        rr_ttl_from_text(data->zone_ttl, &c.zone_ttl);
    walk(&c);
    if (opts->slice != NULL)
        take_slice(&c, opts->slice);
    check_apex(&c);
    check_whole(&c);
    zone_check_rrset(&c);
    if (opts->slice == NULL)
        check_fields(&c); /* else they are those of the version before */
    rr_index_destroy(&c.records);
    rr_index_destroy(&c.sets);
    name_index_destroy(&c.names);
}
