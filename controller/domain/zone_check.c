#include "controller/domain/zone_check.h"
#include "controller/domain/name_index.h"
#include "controller/domain/rr_index.h"
#include "controller/domain/zone_rights.h"
#include "shared/rrcheck.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    const zonedata_t *data;
    const zone_check_opts_t *opts;
    problem_list_t *problems;
    rr_index_t *records, *sets; /* by (label, type, rdata); first enabled record by (label, type) */
    name_index_t *names;
    uint32_t zone_ttl;
} check_t;

static void place(problem_t *p, const rr_entry_t *at)
{
    p->group = (int)at->group;
    p->record = (int)at->record;
    p->line = at->rr->line;
    p->col = at->rr->col;
    char type[RR_TYPE_TEXT];
    rr_type_text(at->rr->type, type);
    p->rr_data = auto_printf("%s %s %s", at->rr->label, type, at->rr->rdata);
}

static void hint(problem_t *p, const char *text)
{
    p->hint = auto_strdup(text);
}

/* ---- proof of single records */

static void prove(zonedata_t *data, zonedata_rr_t *rr, size_t g, size_t r, problem_list_t *problems)
{
    rr_entry_t at = {rr, g, r, 0, 0};
    AUTO_ERR err = ERR_INFO_INIT;
    char owner[DNAME_TEXT];
    char *text = NULL;
    if (dname_absolute(rr->label, data->name, owner) != ERR_OK) {
        place(problem_add(problems, ERR_INVALID_DOMAIN_NAME, false, "owner \"%s\" is not a domain name in zone \"%s\"",
                          rr->label, data->name),
              &at);
    } else if (rr_rdata_canonical(rr->type, rr->rdata, data->name, &text, &err) != ERR_OK) {
        problem_t *p = problem_add(problems, err.code, false, "%s", err_message(&err));
        place(p, &at);
        p->hint = auto_strdup(err.hint);
    } else {
        free(rr->rdata);
        rr->rdata = text;
        size_t before = problems->count;
        if (!rrcheck_record(data->name, rr, problems) && problems->count > before) {
            problems->items[before].group = (int)g;
            problems->items[before].record = (int)r;
        }
    }
}

void zone_check_prove(zonedata_t *data, const zonedata_t *old, problem_list_t *problems)
{
    AUTO(rr_index) known = old == NULL ? NULL : rr_index_of(old);
    for (size_t g = 0; g < data->count; g++) {
        for (size_t r = 0; r < data->groups[g].count; r++) {
            zonedata_rr_t *rr = &data->groups[g].rrs[r];
            if (known == NULL || rr_index_find(known, rr->label, rr->type, rr->rdata) == NULL)
                prove(data, rr, g, r, problems);
        }
    }
}

/* ---- while walking the records in order */

static void check_cname(check_t *c, const rr_entry_t *at, unsigned bits)
{
    const zonedata_rr_t *rr = at->rr;
    problem_t *p = NULL;
    if ((bits & NAME_CNAME) != 0) {
        p = problem_add(c->problems, ERR_ZONE_CNAME_EXISTS, false, "owner \"%s\" already has a CNAME record",
                        rr->label);
    } else if (rr->type == RR_CNAME && ((bits & NAME_OTHER) != 0 || strcmp(rr->label, "@") == 0)) {
        p = problem_add(c->problems, ERR_ZONE_CNAME_LABEL_EXISTS, false, "owner \"%s\" has a CNAME record and others",
                        rr->label);
    } else if (rr->type == RR_DNAME && (bits & NAME_DNAME) != 0) {
        p = problem_add(c->problems, ERR_DUPLICATE_RECORD_IN_ZONE, false, "owner \"%s\" already has a DNAME record",
                        rr->label);
        hint(p, "a name can have one DNAME record only (RFC 6672 section 2.4)");
        place(p, at);
        return;
    }
    if (p == NULL)
        return;
    hint(p, strcmp(rr->label, "@") == 0
                ? "the apex always has SOA and NS records, so it cannot have a CNAME record (RFC 1034 section 3.6.2)"
                : "a name with a CNAME record can have no other record (RFC 1034 section 3.6.2)");
    place(p, at);
}

static void check_ttl(check_t *c, const rr_entry_t *at)
{
    const rr_entry_t *first = rr_index_add(c->sets, at, false);
    if (first == NULL)
        return;
    const zonedata_rr_t *rr = at->rr;
    uint32_t ttl = rr->has_ttl ? rr->ttl : c->zone_ttl;
    uint32_t first_ttl = first->rr->has_ttl ? first->rr->ttl : c->zone_ttl;
    if (ttl == first_ttl)
        return;
    char type[RR_TYPE_TEXT];
    rr_type_text(rr->type, type);
    problem_t *p =
        problem_add(c->problems, ERR_RRSET_TTL_MISMATCH, false,
                    "%s records of owner \"%s\" have different TTLs: %u and %u", type, rr->label, first_ttl, ttl);
    hint(p, "records with the same owner and type have one TTL (RFC 2181 section 5.2)");
    place(p, at);
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

static void check_rights(check_t *c, const rr_entry_t *at, const rr_index_t *old)
{
    const zonedata_rr_t *rr = at->rr;
    if (!rr->lock_ptr && rr->reference == NULL)
        return;
    const rr_entry_t *was = old == NULL ? NULL : rr_index_find(old, rr->label, rr->type, rr->rdata);
    if (rr->lock_ptr && !c->opts->may_lock_ptr && (was == NULL || !was->rr->lock_ptr)) {
        problem_t *p = problem_add(c->problems, ERR_ADMIN_PRIVILEGE_NEEDED, false, "only administrators may set LOCKPTR (owner \"%s\")", rr->label);
        place(p, at);
        problem_key(p, "field_name", "lock_ptr");
    }
    if (rr->reference == NULL)
        return;
    if (!zone_rights_reference_ok(rr->reference)) {
        problem_t *p = problem_add(c->problems, ERR_REFERENCE_FORMAT, false, "reference \"%s\" is not well formed", rr->reference);
        place(p, at);
        problem_key(p, "reference", rr->reference);
        problem_key(p, "error", "not well formed");
    } else if (!c->opts->may_reference &&
               (was == NULL || was->rr->reference == NULL || strcasecmp(was->rr->reference, rr->reference) != 0)) {
        problem_t *p = problem_add(c->problems, ERR_HELPDESK_PRIVILEGE_NEEDED, false,
                                   "only help desk or administrators may set a record's reference (owner \"%s\")", rr->label);
        place(p, at);
        problem_key(p, "field_name", "reference");
    }
}

/* The old content is only looked at when somebody without the right submits a flag. */
static bool old_needed(const check_t *c)
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

static void walk(check_t *c)
{
    AUTO(rr_index) old = old_needed(c) ? rr_index_of(c->opts->old) : NULL;
    size_t groups = c->opts->slice != NULL ? 2 : c->data->count; /* the rest of a slice is not complete */
    for (size_t g = 0; g < groups; g++) {
        for (size_t r = 0; r < c->data->groups[g].count; r++) {
            rr_entry_t at = {&c->data->groups[g].rrs[r], g, r, 0, 0};
            check_rights(c, &at, old);
            if (rr_index_add(c->records, &at, true) != NULL) {
                char type[RR_TYPE_TEXT];
                rr_type_text(at.rr->type, type);
                problem_t *p =
                    problem_add(c->problems, ERR_DUPLICATE_RECORD_IN_ZONE, false,
                                "%s record of owner \"%s\" stands twice: %s", type, at.rr->label, at.rr->rdata);
                hint(p, "records with the same owner, type and data are one record, whatever their TTL (RFC 2181 "
                        "section 5)");
                place(p, &at);
                continue;
            }
            if (at.rr->disable)
                continue;
            unsigned *bits = name_index_bits(c->names, at.rr->label);
            check_cname(c, &at, *bits);
            check_ttl(c, &at);
            *bits |= zone_check_bits(at.rr->type);
        }
    }
}

/* ---- on the complete zone */

static const char *below_dname(const check_t *c, const char *label)
{
    for (const char *up = name_index_parent(label); up != NULL; up = name_index_parent(up)) {
        if ((name_index_find(c->names, up) & NAME_DNAME) != 0)
            return up;
    }
    return NULL;
}

/* Is there a delegation at label or above it (not the apex)?  Returns its owner. */
static const char *delegation(const check_t *c, const char *label)
{
    for (const char *at = label; at != NULL && strcmp(at, "@") != 0; at = name_index_parent(at)) {
        if ((name_index_find(c->names, at) & NAME_NS) != 0)
            return at;
    }
    return NULL;
}

static bool wildcard(const check_t *c, const char *label)
{
    for (const char *up = name_index_parent(label); up != NULL; up = name_index_parent(up)) {
        char star[DNAME_TEXT + 3];
        snprintf(star, sizeof(star), strcmp(up, "@") == 0 ? "*" : "*.%s", up);
        unsigned bits = name_index_find(c->names, star);
        if (bits != 0 || name_index_find(c->names, up) != 0)
            return (bits & NAME_ADDRESS) != 0; /* the closest name decides (RFC 4592 section 3.3.1) */
    }
    return false;
}

static bool same_or_below(const char *label, const char *above)
{
    for (const char *at = label; at != NULL; at = name_index_parent(at)) {
        if (strcmp(at, above) == 0)
            return true;
    }
    return false;
}

typedef enum { TARGET_FINE, TARGET_WILDCARD, TARGET_MISSING, TARGET_ALIAS, TARGET_GLUE } target_t;

/* owner: of an NS record (its own glue is needed), else NULL. */
static target_t judge_target(const check_t *c, const char *target, const char *ns_owner)
{
    char label[DNAME_TEXT];
    if (!dname_in(target, c->data->name) || dname_relative(target, c->data->name, label, NULL) != ERR_OK)
        return TARGET_FINE; /* not our zone */
    unsigned bits = name_index_find(c->names, label);
    if ((bits & NAME_ADDRESS) != 0)
        return TARGET_FINE;
    if (ns_owner != NULL && strcmp(ns_owner, "@") != 0 && same_or_below(label, ns_owner))
        return TARGET_GLUE;
    if (delegation(c, label) != NULL)
        return TARGET_FINE; /* the child zone's business */
    if ((bits & NAME_CNAME) != 0)
        return TARGET_ALIAS;
    return bits == 0 && wildcard(c, label) ? TARGET_WILDCARD : TARGET_MISSING;
}

static problem_t *tell_target(check_t *c, target_t judged, const char *type, const char *owner, const char *target)
{
    static const char *const TEXTS[] = {
        [TARGET_WILDCARD] = "%s target \"%s\" of owner \"%s\" is answered by a wildcard only",
        [TARGET_MISSING] = "%s target \"%s\" of owner \"%s\" has no address record in the zone",
        [TARGET_ALIAS] = "%s target \"%s\" of owner \"%s\" is an alias (CNAME)",
        [TARGET_GLUE] = "%s target \"%s\" of owner \"%s\" lies in the delegated zone and has no glue",
    };
    static const char *const HINTS[] = {
        [TARGET_WILDCARD] = "give it an address record of its own",
        [TARGET_MISSING] = "add an A or AAAA record, or end the name with a dot if it lies outside the zone",
        [TARGET_ALIAS] = "name the host itself (RFC 2181 section 10.3)",
        [TARGET_GLUE] = "add its A or AAAA record here (RFC 1034 section 4.2.1)",
    };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the formats are the four above */
    problem_t *p = problem_add(c->problems, ERR_ZONE_CHECK_INTEGRITY_NO_GLUE, judged == TARGET_WILDCARD, TEXTS[judged],
                               type, target, owner);
#pragma GCC diagnostic pop
    hint(p, HINTS[judged]);
    return p;
}

static void check_target(check_t *c, const rr_entry_t *at)
{
    const zonedata_rr_t *rr = at->rr;
    char target[DNAME_TEXT], type[RR_TYPE_TEXT];
    if ((rr->type != RR_NS && rr->type != RR_MX && rr->type != RR_SRV) ||
        !rr_rdata_target(rr->type, rr->rdata, c->data->name, target))
        return;
    target_t judged = judge_target(c, target, rr->type == RR_NS ? rr->label : NULL);
    if (judged == TARGET_FINE)
        return;
    rr_type_text(rr->type, type);
    place(tell_target(c, judged, type, rr->label, target), at);
}

static void check_below(check_t *c, const rr_entry_t *at)
{
    const char *dname = below_dname(c, at->rr->label);
    if (dname == NULL)
        return;
    problem_t *p = problem_add(c->problems, ERR_BELOW_DNAME, false,
                               "owner \"%s\" lies below the DNAME record of \"%s\"", at->rr->label, dname);
    hint(p, "no record can stand below a DNAME record (RFC 6672 section 2.4)");
    place(p, at);
}

static void check_whole(check_t *c)
{
    bool any_dname = c->opts->slice != NULL;
    for (size_t g = 0; !any_dname && g < c->data->count; g++) {
        for (size_t r = 0; !any_dname && r < c->data->groups[g].count; r++)
            any_dname = c->data->groups[g].rrs[r].type == RR_DNAME;
    }
    for (size_t g = 0; g < c->data->count; g++) {
        for (size_t r = 0; r < c->data->groups[g].count; r++) {
            rr_entry_t at = {&c->data->groups[g].rrs[r], g, r, 0, 0};
            if (at.rr->disable)
                continue;
            check_target(c, &at);
            if (any_dname)
                check_below(c, &at);
        }
    }
}

/* ---- apex and version fields */

static void check_apex(check_t *c)
{
    if (c->opts->own_apex && !c->data->has_soa)
        hint(
            problem_add(c->problems, ERR_ZONE_HAS_NO_SOA_RECORD, false, "zone \"%s\" has no SOA record", c->data->name),
            "zones that bring their own apex need SOA and NS records");
    if (c->opts->apex_ns_count == 0 && (name_index_find(c->names, "@") & NAME_NS) == 0) {
        hint(problem_add(c->problems, ERR_ZONE_HAS_NO_NS_RECORD, false, "zone \"%s\" has no NS record at its apex",
                         c->data->name),
             c->opts->own_apex ? "add NS records at \"@\"" : "its server group has no apex name servers: set them");
    }
    for (size_t i = 0; i < c->opts->apex_ns_count; i++) {
        target_t judged = judge_target(c, c->opts->apex_ns[i], "@");
        if (judged != TARGET_FINE)
            tell_target(c, judged, "NS", "@", c->opts->apex_ns[i]);
    }
}

static void check_soa_name(check_t *c, const char *field, const char *value, bool host)
{
    char name[DNAME_TEXT];
    if (value != NULL && dname_from_text(value, name, NULL) == ERR_OK && (!host || dname_is_hostname(value, false)))
        return;
    problem_t *p = problem_add(c->problems, ERR_HOSTNAME_ZI_PARSE, false, "%s \"%s\" of zone \"%s\" is not a %s", field,
                               value == NULL ? "" : value, c->data->name, host ? "host name" : "domain name");
    hint(p, "give an absolute name");
    problem_key(p, "zi_field", field);
    problem_key(p, "value", value == NULL ? "" : value);
}

static void check_timer(check_t *c, const char *field, const char *value, bool needed)
{
    uint32_t seconds;
    if (value == NULL ? !needed : strlen(value) <= 20 && rr_ttl_from_text(value, &seconds))
        return;
    problem_t *p = problem_add(c->problems, ERR_TTL_ZI_PARSE, false, "%s \"%s\" of zone \"%s\" is not a TTL", field,
                               value == NULL ? "" : value, c->data->name);
    hint(p, "give seconds, or numbers with the units w d h m s");
    problem_key(p, "zi_field", field);
    problem_key(p, "value", value == NULL ? "" : value);
}

static void check_fields(check_t *c)
{
    const zonedata_soa_t *soa = &c->data->soa;
    check_soa_name(c, "soa_mname", soa->mname, true);
    check_soa_name(c, "soa_rname", soa->rname, false);
    check_timer(c, "soa_refresh", soa->refresh, true);
    check_timer(c, "soa_retry", soa->retry, true);
    check_timer(c, "soa_expire", soa->expire, true);
    check_timer(c, "soa_minimum", soa->minimum, true);
    check_timer(c, "soa_ttl", soa->soa_ttl, false);
    check_timer(c, "zone_ttl", c->data->zone_ttl, true);
}

void zone_check(const zonedata_t *data, const zone_check_opts_t *opts, problem_list_t *problems)
{
    if (opts->max_records != 0 && data->records > opts->max_records) {
        hint(problem_add(problems, ERR_ZONE_TOO_BIG, false, "zone \"%s\" has %zu records, %zu are allowed", data->name,
                         data->records, opts->max_records),
             "the limit is the controller's max_records");
        return; /* the limit is there to save the work below */
    }
    check_t c = {
        data, opts, problems, rr_index_new(data->records), rr_index_new(data->records), name_index_new(data->records),
        0};
    if (data->zone_ttl != NULL)
        rr_ttl_from_text(data->zone_ttl, &c.zone_ttl);
    walk(&c);
    for (size_t i = 0; opts->slice != NULL && i < opts->slice->count; i++)
        *name_index_bits(c.names, opts->slice->labels[i]) |= zone_check_bits(opts->slice->types[i]);
    check_apex(&c);
    check_whole(&c);
    if (opts->slice == NULL)
        check_fields(&c); /* else they are those of the version before */
    rr_index_destroy(&c.records);
    rr_index_destroy(&c.sets);
    name_index_destroy(&c.names);
}
