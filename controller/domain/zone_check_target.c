/* What records point at, and where they stand: targets, delegations, aliases. */
#include "controller/domain/zone_check_priv.h"
#include <arpa/inet.h>
#include <string.h>

enum { CHAIN_MAX = 16, RRSIG = 46, NSEC = 47 };

/* ---- the tree of names */

/* Is there a delegation at label or above it (not the apex)?  Returns its owner. */
static const char *delegation(const zone_checking_t *c, const char *label)
{
    for (const char *at = label; at != NULL && strcmp(at, "@") != 0; at = name_index_parent(at)) {
        if ((name_index_find(c->names, at) & NAME_NS) != 0)
            return at;
    }
    return NULL;
}

static bool wildcard(const zone_checking_t *c, const char *label)
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

/* What could not be read may be what is missing: an address, a delegation or a wildcard above. */
static bool may_be_broken(const zone_checking_t *c, const char *label)
{
    bool broken = c->data->incomplete;
    for (const char *at = label; at != NULL && !broken; at = name_index_parent(at)) {
        char star[DNAME_TEXT + 3];
        snprintf(star, sizeof(star), strcmp(at, "@") == 0 ? "*" : "*.%s", at);
        broken = (strcmp(at, "@") != 0 && (name_index_find(c->names, at) & NAME_BROKEN) != 0) ||
                 (name_index_find(c->names, star) & NAME_BROKEN) != 0;
    }
    return broken;
}

static bool same_or_below(const char *label, const char *above)
{
    for (const char *at = label; at != NULL; at = name_index_parent(at)) {
        if (strcmp(at, above) == 0)
            return true;
    }
    return false;
}

/* Target of a record as a label of the zone; false: it has none, or one elsewhere. */
static bool target_label(const zone_checking_t *c, const char *target, char ret_label[DNAME_TEXT])
{
    return dname_in(target, c->data->name) && dname_relative(target, c->data->name, ret_label, NULL) == ERR_OK;
}

static bool record_target(const zone_checking_t *c, const zonedata_rr_t *rr, char ret_target[DNAME_TEXT])
{
    return rr_rdata_target(rr->type, rr->rdata, c->data->name, ret_target);
}

/* ---- targets */

typedef enum { TARGET_FINE, TARGET_WILDCARD, TARGET_MISSING, TARGET_NO_ADDRESS, TARGET_ALIAS, TARGET_GLUE } target_t;

/* owner: of an NS record (its own glue is needed), else NULL. */
static target_t judge_target(const zone_checking_t *c, const char *target, const char *ns_owner)
{
    char label[DNAME_TEXT];
    if (!target_label(c, target, label))
        return TARGET_FINE;
    unsigned bits = name_index_find(c->names, label);
    if ((bits & NAME_ADDRESS) != 0)
        return TARGET_FINE;
    if (ns_owner != NULL && strcmp(ns_owner, "@") != 0 && same_or_below(label, ns_owner))
        return may_be_broken(c, label) ? TARGET_FINE : TARGET_GLUE;
    if (delegation(c, label) != NULL)
        return TARGET_FINE; /* the child zone's business */
    if ((bits & NAME_CNAME) != 0)
        return TARGET_ALIAS;
    if (may_be_broken(c, label))
        return TARGET_FINE;
    if ((bits & NAME_ANY) != 0)
        return TARGET_NO_ADDRESS;
    return wildcard(c, label) ? TARGET_WILDCARD : TARGET_MISSING;
}

/* A name server that is an alias or has no address is none: resolvers give up on it (RFC 2181 section 10.3), and BIND does not
 * load a zone whose own NS is an alias.  Mail and services find their host through an alias as a rule, and a host whose
 * addresses are left out on purpose is no fault of the zone: those are doubtful. */
static rule_t rule_of(target_t judged, bool is_ns)
{
    switch (judged) {
    case TARGET_WILDCARD: return RULE_TARGET_WILDCARD;
    case TARGET_NO_ADDRESS: return is_ns ? RULE_TARGET_EXISTS : RULE_TARGET_ADDRESSES;
    case TARGET_ALIAS: return is_ns ? RULE_NS_ALIAS : RULE_TARGET_ALIAS;
    case TARGET_GLUE: return RULE_GLUE;
    case TARGET_MISSING:
    case TARGET_FINE: break;
    }
    return RULE_TARGET_EXISTS;
}

static problem_t *tell_target(zone_checking_t *c, const rr_entry_t *at, target_t judged, const char *type, const char *owner,
                              const char *target)
{
    static const char *const WHAT[] = {[TARGET_WILDCARD] = "is answered by a wildcard only",
                                       [TARGET_MISSING] = "has no address record in the zone",
                                       [TARGET_NO_ADDRESS] = "has no address record in the zone",
                                       [TARGET_ALIAS] = "is an alias (CNAME)",
                                       [TARGET_GLUE] = "lies in the delegated zone and has no glue"};
    return zone_check_fault(c, at, rule_of(judged, strcmp(type, "NS") == 0), "%s target \"%s\" of owner \"%s\" %s", type,
                            target, owner, WHAT[judged]);
}

/* "10 192.0.2.1": a relative name, and hardly what was meant. */
static bool is_address(const char *rdata)
{
    const char *last = strrchr(rdata, ' ');
    struct in_addr address;
    return inet_pton(AF_INET, last != NULL ? last + 1 : rdata, &address) == 1;
}

void zone_check_target_record(zone_checking_t *c, const rr_entry_t *at)
{
    const zonedata_rr_t *rr = at->rr;
    char target[DNAME_TEXT], type[RR_TYPE_TEXT];
    if ((rr->type != RR_NS && rr->type != RR_MX && rr->type != RR_SRV) || !record_target(c, rr, target))
        return;
    target_t judged = judge_target(c, target, rr->type == RR_NS ? rr->label : NULL);
    if (judged == TARGET_FINE || !dname_is_hostname(target, false)) /* no host name: that is told already */
        return;
    rr_type_text(rr->type, type);
    problem_t *p = tell_target(c, at, judged, type, rr->label, target);
    if (is_address(rr->rdata))
        p->hint = auto_strdup(rule_row(RULE_TARGET_ADDRESS)->hint);
}

void zone_check_target_apex(zone_checking_t *c, const char *name)
{
    target_t judged = judge_target(c, name, "@");
    if (judged != TARGET_FINE)
        tell_target(c, NULL, judged, "NS", "@", name);
}

void zone_check_target_mark(zone_checking_t *c)
{
    char target[DNAME_TEXT], label[DNAME_TEXT];
    for (size_t g = 0; g < c->data->count; g++) {
        for (size_t r = 0; r < c->data->groups[g].count; r++) {
            const zonedata_rr_t *rr = &c->data->groups[g].rrs[r];
            if (rr->type == RR_NS && !rr->disable && !rr->broken && record_target(c, rr, target) &&
                target_label(c, target, label) && name_index_find(c->names, label) != 0)
                *name_index_bits(c->names, label) |= NAME_NS_TARGET; /* it is there: the index keeps its own text */
        }
    }
}

/* ---- delegations */

static void check_ds(zone_checking_t *c, const rr_entry_t *at)
{
    const zonedata_rr_t *rr = at->rr;
    unsigned bits = name_index_find(c->names, rr->label);
    if (strcmp(rr->label, "@") == 0)
        zone_check_fault(c, at, RULE_DS_APEX, "DS record stands at the apex of zone \"%s\"", c->data->name);
    else if ((bits & (NAME_NS | NAME_BROKEN)) == 0 && !c->data->incomplete)
        zone_check_fault(c, at, RULE_DS_DELEGATION, "DS record of owner \"%s\" has no NS record beside it", rr->label);
}

/* Addresses that an NS record names are glue.  A slice does not have all NS records: there addresses are let be. */
static bool is_glue(const zone_checking_t *c, const zonedata_rr_t *rr)
{
    return (rr->type == RR_A || rr->type == RR_AAAA) &&
           (c->opts->slice != NULL || (name_index_find(c->names, rr->label) & NAME_NS_TARGET) != 0);
}

static void check_cut(zone_checking_t *c, const rr_entry_t *at)
{
    const zonedata_rr_t *rr = at->rr;
    const char *cut = delegation(c, rr->label);
    if (cut == NULL || is_glue(c, rr))
        return;
    bool here = strcmp(cut, rr->label) == 0;
    const char *up = here ? name_index_parent(cut) : cut;
    const char *above = here ? delegation(c, up) : cut; /* a delegation may itself lie below one */
    char type[RR_TYPE_TEXT];
    rr_type_text(rr->type, type);
    if (above != NULL)
        zone_check_fault(c, at, RULE_BELOW_DELEGATION, "%s record of owner \"%s\" lies below the delegation of \"%s\"", type,
                         rr->label, above);
    else if (rr->type != RR_NS && rr->type != RR_DS && rr->type != NSEC && rr->type != RRSIG)
        zone_check_fault(c, at, RULE_AT_DELEGATION, "%s record of owner \"%s\" stands at a delegation", type, rr->label);
}

/* ---- aliases */

static void check_chain(zone_checking_t *c, const rr_entry_t *at)
{
    char target[DNAME_TEXT], label[DNAME_TEXT];
    const zonedata_rr_t *rr = at->rr;
    size_t steps = 0;
    bool loop = false;
    for (const zonedata_rr_t *next = rr; next != NULL && steps <= CHAIN_MAX && !loop; steps++) {
        if (!record_target(c, next, target) || !target_label(c, target, label))
            break;
        loop = strcmp(label, rr->label) == 0;
        const rr_entry_t *alias = rr_index_find(c->sets, label, RR_CNAME, NULL);
        next = alias != NULL ? alias->rr : NULL;
        if (next == NULL)
            break;
    }
    if (loop)
        zone_check_fault(c, at, RULE_CNAME_LOOP, "CNAME record of owner \"%s\" leads back to it", rr->label);
    else if (steps > 0)
        zone_check_fault(c, at, RULE_CNAME_CHAIN, "CNAME record of owner \"%s\" leads to %zu%s more", rr->label,
                         steps > CHAIN_MAX ? (size_t)CHAIN_MAX : steps, steps > CHAIN_MAX ? " or" : "");
}

void zone_check_target_place(zone_checking_t *c, const rr_entry_t *at)
{
    if (at->rr->type == RR_DS)
        check_ds(c, at);
    if (at->rr->type == RR_CNAME)
        check_chain(c, at);
    if (c->any_cut)
        check_cut(c, at);
}
