#include "shared/rrcheck.h"
#include <string.h>

enum { RRSIG = 46, NSEC = 47, NSEC3 = 50 };

static bool in_reverse(const char *zone_name)
{
    return dname_in(zone_name, "in-addr.arpa.") || dname_in(zone_name, "ip6.arpa.") || dname_in(zone_name, "ip6.int.");
}

PRINTF(5, 6)
static problem_t *fault(const zonedata_rr_t *rr, problem_list_t *problems, err_t code, const char *hint, const char *fmt, ...)
{
    char type[RR_TYPE_TEXT];
    rr_type_text(rr->type, type);
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *message = auto_vprintf(fmt, ap);
    va_end(ap);
    problem_t *p = problem_add(problems, code, false, "%s", message);
    p->hint = auto_strdup(hint);
    p->rr_data = auto_printf("%s %s %s", rr->label, type, rr->rdata);
    p->line = rr->line;
    p->col = rr->col;
    return p;
}

static bool check_owner(const zonedata_rr_t *rr, const char *type, problem_list_t *problems)
{
    if (dname_is_hostname(rr->label, true))
        return true;
    problem_t *p = fault(rr, problems, ERR_BAD_NAME_OWNER,
                         "letters, digits and hyphens (not at the ends of a label); \"*\" as the first label (RFC 1123)",
                         "owner \"%s\" of %s record is not a host name", rr->label, type);
    problem_key(p, "label_thing", rr->label);
    return false;
}

static bool check_target(const char *zone_name, const zonedata_rr_t *rr, const char *type, problem_list_t *problems)
{
    char target[DNAME_TEXT];
    bool found = rr_rdata_target(rr->type, rr->rdata, zone_name, target);
    bool root = found && strcmp(target, ".") == 0;
    if (root && (rr->type == RR_SRV || (rr->type == RR_MX && strcmp(rr->rdata, "0 .") == 0)))
        return true;
    if (found && !root && dname_is_hostname(target, false))
        return true;
    const char *name = found ? target : rr->rdata;
    problem_t *p = fault(rr, problems, ERR_BAD_NAME_RDATA, "letters, digits and hyphens, not at the ends of a label (RFC 1123)",
                         "target \"%s\" of %s record \"%s\" is not a host name", name, type, rr->label);
    problem_key(p, "rdata_thing", rr->rdata);
    problem_key(p, "bad_name", name);
    return false;
}

bool rrcheck_record(const char *zone_name, const zonedata_rr_t *rr, problem_list_t *problems)
{
    if (rr->update_op != NULL && strcmp(rr->update_op, "DELETE") == 0)
        return true; /* what is wrong must be removable */
    bool owner_ok = true;
    switch (rr->type) {
    case RR_A:
        return check_owner(rr, "A", problems);
    case RR_AAAA:
        return check_owner(rr, "AAAA", problems);
    case RR_MX:
        owner_ok = check_owner(rr, "MX", problems);
        return check_target(zone_name, rr, "MX", problems) && owner_ok;
    case RR_NS:
        return check_target(zone_name, rr, "NS", problems);
    case RR_SRV:
        return check_target(zone_name, rr, "SRV", problems);
    case RR_PTR:
        return !in_reverse(zone_name) || check_target(zone_name, rr, "PTR", problems);
    case RRSIG:
    case NSEC:
    case NSEC3:
        fault(rr, problems, ERR_UNHANDLED_TYPE, "leave it out: the signer makes it",
              "record \"%s\" is of a type that only the zone's signer makes", rr->label);
        return false;
    default:
        return true;
    }
}
