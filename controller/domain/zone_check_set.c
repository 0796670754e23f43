/* Records that may not stand beside each other, besides CNAME and duplicates: judged by bits of the owner's name, so that the
 * work stays one look per record. */
#include "controller/domain/zone_check_priv.h"
#include "shared/rrcheck.h"
#include <string.h>

enum { SVCB = 64, HTTPS = 65 };

/* One kind that has to be alone among records of its type. */
static unsigned alone(zone_checking_t *c, const rr_entry_t *at, unsigned bits, bool is_lone, unsigned lone, unsigned other,
                      rule_t rule, const char *what)
{
    if ((bits & lone) != 0 || (is_lone && (bits & other) != 0))
        zone_check_fault(c, at, rule, "owner \"%s\" has %s and others beside it", at->rr->label, what);
    return is_lone ? lone : other;
}

static unsigned one(zone_checking_t *c, const rr_entry_t *at, unsigned bits, unsigned kind, rule_t rule, const char *what)
{
    if ((bits & kind) != 0)
        zone_check_fault(c, at, rule, "owner \"%s\" already has %s", at->rr->label, what);
    return kind;
}

static bool ends_in_root(const char *rdata)
{
    size_t n = strlen(rdata);
    return n > 2 && strcmp(rdata + n - 2, " .") == 0;
}

unsigned zone_check_set_add(zone_checking_t *c, const rr_entry_t *at, unsigned bits)
{
    const zonedata_rr_t *rr = at->rr;
    bool svcb_alias = strncmp(rr->rdata, "0 ", 2) == 0;
    switch (rr->type) {
    case RR_MX:
        return alone(c, at, bits, strcmp(rr->rdata, "0 .") == 0, NAME_NULL_MX, NAME_MX, RULE_MX_NULL_ALONE,
                     "a null MX record (0 .)");
    case RR_SRV:
        return alone(c, at, bits, ends_in_root(rr->rdata), NAME_NULL_SRV, NAME_SRV, RULE_SRV_NULL_ALONE,
                     "an SRV record with target \".\"");
    case SVCB:
        return alone(c, at, bits, svcb_alias, NAME_SVCB_ALIAS, NAME_SVCB, RULE_SVCB_ALIAS_ALONE,
                     "a SVCB record with priority 0");
    case HTTPS:
        return alone(c, at, bits, svcb_alias, NAME_HTTPS_ALIAS, NAME_HTTPS, RULE_SVCB_ALIAS_ALONE,
                     "an HTTPS record with priority 0");
    case RR_TXT:
        break;
    default:
        return 0;
    }
    rrcheck_text_t kind = rrcheck_text(c->data->name, rr);
    return kind == RRCHECK_SPF     ? one(c, at, bits, NAME_SPF, RULE_SPF_ONE, "an SPF record")
           : kind == RRCHECK_DMARC ? one(c, at, bits, NAME_DMARC, RULE_DMARC_ONE, "a DMARC policy")
                                   : 0;
}
