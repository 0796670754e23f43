/* Types whose wire form says what their text may hide. */
#include "shared/rrcheck_priv.h"
#include <ctype.h>
#include <libknot/dname.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SSHFP = 44, TLSA = 52, SMIMEA = 53, SVCB = 64, HTTPS = 65, CAA = 257 };

/* ---- CAA (RFC 8659) */

static size_t skip_blanks(const char *value, size_t len, size_t i)
{
    while (i < len && (value[i] == ' ' || value[i] == '\t'))
        i++;
    return i;
}

/* [name] *(";" [tag "=" value]); no name: nobody may issue. */
static bool issuer_ok(const char *value, size_t len)
{
    size_t start = skip_blanks(value, len, 0), i = start;
    while (i < len && (isalnum((unsigned char)value[i]) || value[i] == '-' || value[i] == '.'))
        i++;
    if (i > start && (value[start] == '.' || memmem(value + start, i - start, "..", 2) != NULL))
        return false;
    i = skip_blanks(value, len, i);
    while (i < len && value[i] == ';') {
        i = skip_blanks(value, len, i + 1);
        const char *semicolon = memchr(value + i, ';', len - i);
        size_t end = semicolon != NULL ? (size_t)(semicolon - value) : len;
        if (end > i && memchr(value + i, '=', end - i) == NULL)
            return false;
        i = end;
    }
    return i == len;
}

static bool url_ok(const char *value, size_t len)
{
    static const char *const schemes[] = {"mailto:", "http://", "https://"};
    for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
        size_t n = strlen(schemes[i]);
        if (len > n && strncasecmp(value, schemes[i], n) == 0)
            return i > 0 || memchr(value, '@', len) != NULL;
    }
    return false;
}

static bool mail_ok(const char *value, size_t len)
{
    return memchr(value, '@', len) != NULL;
}

static bool phone_ok(const char *value, size_t len)
{
    return len > 0 && value[0] == '+';
}

static const struct {
    const char *tag;
    bool (*value_ok)(const char *value, size_t len);
} TAGS[] = {{"issue", issuer_ok},   {"issuewild", issuer_ok}, {"issuemail", issuer_ok},   {"issuevmc", issuer_ok},
            {"iodef", url_ok},      {"contactemail", mail_ok}, {"contactphone", phone_ok}};

static bool check_caa(const zonedata_rr_t *rr, const uint8_t *wire, size_t len, problem_list_t *problems)
{
    if (len < 2 || len < 2U + wire[1])
        return true;
    bool ok = (wire[0] & 0x7f) == 0 || rrcheck_fault(rr, problems, RULE_CAA_FLAGS,
                                                     "CAA record \"%s\" has the flags %u", rr->label, wire[0]);
    AUTO_FREE char *tag = auto_strndup((const char *)wire + 2, wire[1]);
    const char *value = (const char *)wire + 2 + wire[1];
    for (size_t i = 0; i < ARRAY_SIZE(TAGS); i++) {
        if (strcasecmp(tag, TAGS[i].tag) != 0)
            continue;
        return (TAGS[i].value_ok(value, len - 2 - wire[1]) ||
                rrcheck_fault(rr, problems, RULE_CAA_VALUE, "value of CAA record \"%s\" is no %s value", rr->label,
                              TAGS[i].tag)) &&
               ok;
    }
    return rrcheck_fault(rr, problems, RULE_CAA_TAG, "CAA record \"%s\" has the unregistered tag \"%s\"%s", rr->label, tag,
                         (wire[0] & 0x80) != 0 ? ": no authority will issue a certificate" : "");
}

/* ---- TLSA, SMIMEA (RFC 6698, RFC 8162) */

/* _443._tcp. or *._tcp.; of SMIMEA: anything under _smimecert. */
static bool tlsa_owner_ok(const char *zone_name, const zonedata_rr_t *rr)
{
    char owner[DNAME_TEXT];
    if (dname_absolute(rr->label, zone_name, owner) != ERR_OK)
        return true;
    char *second = strchr(owner, '.');
    if (second == NULL)
        return false;
    *second++ = '\0';
    if (rr->type == SMIMEA)
        return strncmp(second, "_smimecert.", 11) == 0;
    static const char *const protocols[] = {"_tcp.", "_udp.", "_sctp.", "_dccp."};
    bool protocol = false;
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
        protocol = protocol || strncmp(second, protocols[i], strlen(protocols[i])) == 0;
    bool number = owner[0] == '_' && owner[1] != '\0' && owner[1 + strspn(owner + 1, "0123456789")] == '\0';
    bool port = number && strlen(owner) <= 6 && strtoul(owner + 1, NULL, 10) <= 65535;
    return protocol && (port || strcmp(owner, "*") == 0);
}

static bool check_tlsa(const char *zone_name, const zonedata_rr_t *rr, const uint8_t *wire, size_t len,
                       problem_list_t *problems)
{
    static const size_t lengths[] = {0, 32, 64};
    const char *type = rr->type == SMIMEA ? "SMIMEA" : "TLSA";
    bool ok = tlsa_owner_ok(zone_name, rr) || rrcheck_fault(rr, problems, RULE_TLSA_OWNER,
                                                            "%s record stands at \"%s\", where nobody looks for it", type,
                                                            rr->label);
    if (len < 3)
        return ok;
    unsigned usage = wire[0], selector = wire[1], matching = wire[2];
    /* 255 is for private use everywhere */
    if ((usage > 3 && usage != 255) || (selector > 1 && selector != 255) || (matching > 2 && matching != 255))
        ok = rrcheck_fault(rr, problems, RULE_TLSA_FIELDS, "%s record \"%s\" has usage %u, selector %u, matching type %u",
                           type, rr->label, usage, selector, matching);
    size_t wanted = matching <= 2 ? lengths[matching] : 0;
    if (wanted != 0 ? len - 3 != wanted : len == 3)
        ok = rrcheck_fault(rr, problems, RULE_TLSA_LENGTH,
                           "%s record \"%s\" of matching type %u has %zu octets of data, not %zu", type, rr->label,
                           matching, len - 3, wanted);
    return ok;
}

/* ---- DS, SSHFP: the lengths of known digests are the parser's */

static bool check_ds(const zonedata_rr_t *rr, const uint8_t *wire, size_t len, problem_list_t *problems)
{
    if (len < 4 || wire[3] == 2 || wire[3] == 4)
        return true;
    return rrcheck_fault(rr, problems, RULE_DS_DIGEST, "DS record \"%s\" has the digest type %u%s", rr->label, wire[3],
                         wire[3] == 1 ? " (SHA-1)" : "");
}

static bool check_sshfp(const zonedata_rr_t *rr, const uint8_t *wire, size_t len, problem_list_t *problems)
{
    if (len < 2)
        return true;
    bool algorithm = (wire[0] >= 1 && wire[0] <= 4) || wire[0] == 6;
    if (algorithm && (wire[1] == 1 || wire[1] == 2))
        return true;
    return rrcheck_fault(rr, problems, RULE_SSHFP_FIELDS, "SSHFP record \"%s\" has algorithm %u and fingerprint type %u",
                         rr->label, wire[0], wire[1]);
}

/* ---- SVCB, HTTPS (RFC 9460): keys, their order and `mandatory` are the parser's */

enum { KEY_ALPN = 1, KEY_NO_DEFAULT_ALPN = 2 };

static bool check_svcb(const zonedata_rr_t *rr, const uint8_t *wire, size_t len, problem_list_t *problems)
{
    if (len < 3)
        return true;
    bool alias = wire[0] == 0 && wire[1] == 0, alpn = false, no_default = false;
    size_t at = 2 + knot_dname_size(wire + 2), params = 0;
    for (; at + 4 <= len; params++) {
        unsigned key = (unsigned)wire[at] << 8 | wire[at + 1];
        alpn = alpn || key == KEY_ALPN;
        no_default = no_default || key == KEY_NO_DEFAULT_ALPN;
        at += 4 + ((size_t)wire[at + 2] << 8 | wire[at + 3]);
    }
    char type[RR_TYPE_TEXT];
    rr_type_text(rr->type, type);
    if (no_default && !alpn)
        return rrcheck_fault(rr, problems, RULE_SVCB_ALPN, "%s record \"%s\" has no-default-alpn without alpn", type,
                             rr->label);
    return !alias || params == 0 ||
           rrcheck_fault(rr, problems, RULE_SVCB_ALIAS_PARAMS, "%s record \"%s\" has priority 0 and parameters", type,
                         rr->label);
}

bool rrcheck_type(const char *zone_name, const zonedata_rr_t *rr, const uint8_t *wire, size_t len, problem_list_t *problems)
{
    switch (rr->type) {
    case RR_DS: return check_ds(rr, wire, len, problems);
    case SSHFP: return check_sshfp(rr, wire, len, problems);
    case TLSA:
    case SMIMEA: return check_tlsa(zone_name, rr, wire, len, problems);
    case SVCB:
    case HTTPS: return check_svcb(rr, wire, len, problems);
    case CAA: return check_caa(rr, wire, len, problems);
    default: return true;
    }
}
