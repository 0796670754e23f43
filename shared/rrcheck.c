#include "shared/rrcheck_priv.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MINFO = 14, RP = 17, AFSDB = 18, RT = 21, SIG = 24, NXT = 30, SSHFP = 44, RRSIG = 46, NSEC = 47, NSEC3 = 50, NSEC3PARAM = 51, TLSA = 52,
    SMIMEA = 53, SVCB = 64, HTTPS = 65, SPF = 99, CAA = 257, SIGNING = 65534 /* BIND's record of its progress */
};

static bool in_reverse(const char *zone_name)
{
    return dname_in(zone_name, "in-addr.arpa.") || dname_in(zone_name, "ip6.arpa.") || dname_in(zone_name, "ip6.int.");
}

PRINTF(4, 0)
static problem_t *vfault(const zonedata_rr_t *rr, problem_list_t *problems, rule_t rule, const char *fmt, va_list ap)
{
    char type[RR_TYPE_TEXT];
    rr_type_text(rr->type, type);
    AUTO_FREE char *message = auto_vprintf(fmt, ap);
    problem_t *p = problem_add_rule(problems, rule, "%s", message);
    p->rr_data = auto_printf("%s %s %s", rr->label, type, rr->rdata);
    p->line = rr->line;
    p->col = rr->col;
    return p;
}

bool rrcheck_fault(const zonedata_rr_t *rr, problem_list_t *problems, rule_t rule, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vfault(rr, problems, rule, fmt, ap);
    va_end(ap);
    return false;
}

/* For those that carry more keys. */
PRINTF(4, 5)
static problem_t *fault(const zonedata_rr_t *rr, problem_list_t *problems, rule_t rule, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    problem_t *p = vfault(rr, problems, rule, fmt, ap);
    va_end(ap);
    return p;
}

/* ---- names */

static bool check_owner(const zonedata_rr_t *rr, const char *type, problem_list_t *problems)
{
    if (dname_is_hostname(rr->label, true))
        return true;
    problem_key(fault(rr, problems, RULE_OWNER_HOST, "owner \"%s\" of %s record is not a host name", rr->label, type), "label_thing",
                rr->label);
    return false;
}

/* "192.0.2.1." is a host name by its letters, and never one that exists. */
static bool is_address(const char *absolute)
{
    struct in_addr address;
    AUTO_FREE char *text = auto_strndup(absolute, strlen(absolute) - 1);
    return inet_pton(AF_INET, text, &address) == 1;
}

static bool check_target(const char *zone_name, const zonedata_rr_t *rr, const char *type, problem_list_t *problems)
{
    char target[DNAME_TEXT];
    bool found = rr_rdata_target(rr->type, rr->rdata, zone_name, target);
    bool root = found && strcmp(target, ".") == 0;
    if (root && (rr->type == RR_SRV || (rr->type == RR_MX && strcmp(rr->rdata, "0 .") == 0)))
        return true;
    if (found && !root && dname_is_hostname(target, false)) {
        return !is_address(target) || rrcheck_fault(rr, problems, RULE_TARGET_ADDRESS,
                                                    "target \"%s\" of %s record \"%s\" is an address, not a host name",
                                                    target, type, rr->label);
    }
    const char *name = found ? target : rr->rdata;
    problem_t *p = fault(rr, problems, RULE_TARGET_HOST, "target \"%s\" of %s record \"%s\" is not a host name", name, type, rr->label);
    problem_key(p, "rdata_thing", rr->rdata);
    problem_key(p, "bad_name", name);
    return false;
}

/* Names beside those that rr_rdata_target knows; name servers refuse others here. */
static const struct { uint16_t type; uint8_t field; bool mailbox; } NAMES[] = {
    {MINFO, 0, true}, {MINFO, 1, true}, {RP, 0, true}, {AFSDB, 1, false}, {RT, 1, false}, {SVCB, 1, false}, {HTTPS, 1, false},
};

static bool check_names(const char *zone_name, const zonedata_rr_t *rr, problem_list_t *problems)
{
    bool ok = true;
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++) {
        if (NAMES[i].type != rr->type)
            continue;
        const char *field = rr->rdata;
        for (size_t k = 0; k < NAMES[i].field; k++)
            field += strcspn(field, " ") + (strchr(field, ' ') != NULL);
        AUTO_FREE char *text = auto_strndup(field, strcspn(field, " "));
        char name[DNAME_TEXT], type[RR_TYPE_TEXT];
        if (dname_absolute(text, zone_name, name) != ERR_OK || strcmp(name, ".") == 0 ||
            (NAMES[i].mailbox ? dname_is_mailbox(name) : dname_is_hostname(name, false)))
            continue;
        rr_type_text(rr->type, type);
        problem_t *p = fault(rr, problems, NAMES[i].mailbox ? RULE_MAILBOX : RULE_TARGET_HOST, "%s \"%s\" of %s record \"%s\" is not a %s",
                             NAMES[i].mailbox ? "mailbox" : "target", name, type, rr->label,
                             NAMES[i].mailbox ? "mailbox of a host" : "host name");
        problem_key(p, "rdata_thing", rr->rdata);
        problem_key(p, "bad_name", name);
        ok = false;
    }
    return ok;
}

static bool is_wildcard(const char *label)
{
    return label[0] == '*' && (label[1] == '.' || label[1] == '\0');
}

static bool check_ns(const char *zone_name, const zonedata_rr_t *rr, problem_list_t *problems)
{
    bool wild_ok = !is_wildcard(rr->label) || rrcheck_fault(rr, problems, RULE_WILDCARD_NS,
                                                            "NS record has the wildcard owner \"%s\"", rr->label);
    return check_target(zone_name, rr, "NS", problems) && wild_ok;
}

/* ---- texts that mean something */

static bool begins(const char *text, const char *with)
{
    return strncasecmp(text, with, strlen(with)) == 0;
}

rrcheck_text_t rrcheck_text(const char *zone_name, const zonedata_rr_t *rr)
{
    /* Canonical text is quoted.  Owners that are relative may continue in the zone's name. */
    const char *text = rr->rdata[0] == '"' ? rr->rdata + 1 : rr->rdata;
    if (begins(text, "v=spf") && (text[5] == '1' || !isdigit((unsigned char)text[5])))
        return RRCHECK_SPF;
    char owner[DNAME_TEXT];
    bool marked = rr->label[0] == '_' || strstr(rr->label, "._") != NULL || zone_name[0] == '_' || strstr(zone_name, "._") != NULL;
    if (!marked || dname_absolute(rr->label, zone_name, owner) != ERR_OK)
        return RRCHECK_TEXT;
    if (begins(owner, "_dmarc."))
        return RRCHECK_DMARC;
    /* a selector has no underscore; _adsp._domainkey and its like are something else */
    return owner[0] != '_' && strstr(owner, "._domainkey.") != NULL ? RRCHECK_DKIM : RRCHECK_TEXT;
}

/* The strings of a TXT record as one; octets above ASCII and NUL have no place in any of these texts. */
static char *joined(const uint8_t *wire, size_t len)
{
    char *text = auto_malloc(len + 1);
    size_t n = 0;
    for (size_t at = 0; at < len; at += 1U + wire[at]) {
        for (size_t i = at + 1; i <= at + wire[at] && i < len; i++)
            text[n++] = wire[i] == 0 ? '?' : (char)wire[i];
    }
    text[n] = '\0';
    return text;
}

/* The same from canonical text, where that has no escapes; NULL: it has.  Without this, the way to the wire form would be half of
 * what a zone full of such records costs. */
static char *joined_plain(const char *rdata)
{
    if (strchr(rdata, '\\') != NULL)
        return NULL;
    char *text = auto_malloc(strlen(rdata) + 1), *to = text;
    for (const char *p = strchr(rdata, '"'), *end; p != NULL && (end = strchr(p + 1, '"')) != NULL; p = strchr(end + 1, '"')) {
        memcpy(to, p + 1, (size_t)(end - p - 1));
        to += end - p - 1;
    }
    *to = '\0';
    return text;
}

/* Wire form of a CAA record, flags, length of the tag, tag, value (RFC 8659 section 4.1), from canonical text without escapes; 0: it has
 * some, or is too long. */
static size_t plain_caa(const char *rdata, uint8_t *ret_wire, size_t size)
{
    char *end;
    unsigned long flags = strtoul(rdata, &end, 10);
    size_t tag_len = *end == ' ' ? strcspn(end + 1, " ") : 0, len = strlen(rdata);
    const char *value = end + 1 + tag_len;
    if (flags > 255 || tag_len == 0 || tag_len > 255 || len > size || strchr(rdata, '\\') != NULL || value[0] != ' ' || value[1] != '"' ||
        rdata + len < value + 3 || rdata[len - 1] != '"')
        return 0;
    size_t value_len = (size_t)(rdata + len - 1 - (value + 2));
    ret_wire[0] = (uint8_t)flags;
    ret_wire[1] = (uint8_t)tag_len;
    memcpy(ret_wire + 2, end + 1, tag_len);
    memcpy(ret_wire + 2 + tag_len, value + 2, value_len);
    return 2 + tag_len + value_len;
}

static bool check_text(rrcheck_text_t kind, const zonedata_rr_t *rr, const char *text, problem_list_t *problems)
{
    switch (kind) {
    case RRCHECK_SPF: return rrcheck_mail_spf(rr, text, problems);
    case RRCHECK_DKIM: return rrcheck_mail_dkim(rr, text, problems);
    case RRCHECK_DMARC: return rrcheck_mail_dmarc(rr, text, problems);
    case RRCHECK_TEXT: break;
    }
    return true;
}

/* Types whose wire form says what their text may hide. */
static bool check_wire(const char *zone_name, const zonedata_rr_t *rr, const uint8_t *wire, size_t len, problem_list_t *problems)
{
    rrcheck_text_t kind = rr->type == RR_TXT ? rrcheck_text(zone_name, rr) : RRCHECK_TEXT;
    if (rr->type == RR_TXT && kind == RRCHECK_TEXT)
        return true;
    AUTO_FREE char *text = rr->type == RR_TXT && wire == NULL ? joined_plain(rr->rdata) : NULL;
    if (text != NULL)
        return check_text(kind, rr, text, problems);
    uint8_t caa[1024];
    if (rr->type == CAA && wire == NULL && (len = plain_caa(rr->rdata, caa, sizeof(caa))) > 0)
        wire = caa;
    uint8_t *made = NULL;
    uint16_t made_len = 0;
    if (wire == NULL) {
        if (rr_rdata_to_wire(rr->type, rr->rdata, zone_name, &made, &made_len, NULL) != ERR_OK)
            return true; /* the text has been proven before, so that is no fault of the rules */
        wire = made;
        len = made_len;
    }
    if (rr->type == RR_TXT)
        text = joined(wire, len);
    bool ok = rr->type == RR_TXT ? check_text(kind, rr, text, problems) : rrcheck_type(zone_name, rr, wire, len, problems);
    free(made);
    return ok;
}

/* ---- by type */

bool rrcheck_record(const char *zone_name, const zonedata_rr_t *rr, problem_list_t *problems)
{
    return rrcheck_record_wire(zone_name, rr, NULL, 0, problems);
}

bool rrcheck_record_wire(const char *zone_name, const zonedata_rr_t *rr, const uint8_t *wire, size_t len, problem_list_t *problems)
{
    if (rr->update_op != NULL && strcmp(rr->update_op, "DELETE") == 0)
        return true; /* what is wrong must be removable */
    bool names_ok = true;
    switch (rr->type) {
    case RR_A:
        return check_owner(rr, "A", problems);
    case RR_AAAA:
        return check_owner(rr, "AAAA", problems);
    case RR_MX:
        names_ok = check_owner(rr, "MX", problems);
        return check_target(zone_name, rr, "MX", problems) && names_ok;
    case RR_NS:
        return check_ns(zone_name, rr, problems);
    case RR_SRV:
        return check_target(zone_name, rr, "SRV", problems);
    case RR_PTR:
        return !in_reverse(zone_name) || check_target(zone_name, rr, "PTR", problems);
    case RR_DNAME:
        return !is_wildcard(rr->label) || rrcheck_fault(rr, problems, RULE_WILDCARD_DNAME,
                                                        "DNAME record has the wildcard owner \"%s\"", rr->label);
    case SPF:
        return rrcheck_fault(rr, problems, RULE_SPF_TYPE, "record \"%s\" has the obsolete type SPF", rr->label);
    case MINFO:
    case RP:
    case AFSDB:
    case RT:
        return check_names(zone_name, rr, problems);
    case SVCB:
    case HTTPS:
        names_ok = check_names(zone_name, rr, problems);
        return check_wire(zone_name, rr, wire, len, problems) && names_ok;
    case RR_TXT:
    case RR_DS:
    case SSHFP:
    case TLSA:
    case SMIMEA:
    case CAA:
        return check_wire(zone_name, rr, wire, len, problems);
    case SIG:
    case NXT:
    case RRSIG:
    case NSEC:
    case NSEC3:
    case NSEC3PARAM:
    case SIGNING:
        return rrcheck_fault(rr, problems, RULE_SIGNER_TYPE,
                             "record \"%s\" is of a type that only the zone's signer makes", rr->label);
    default:
        return true;
    }
}
