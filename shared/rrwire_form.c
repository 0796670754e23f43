/* Types that libknot does not know can be written in generic form (RFC 3597), and of some others it does not read the fields.  Name
 * servers know them and refuse the zone whose record is not of their form, so that form is told here. */
#include "shared/rrwire_priv.h"
#include "shared/auto.h"
#include <ctype.h>

static const char MALFORMED[] = "fields are missing, too many or of a wrong length";

enum {
    MB = 7, MG, MR, WKS = 11, X25 = 19, ISDN, NSAP = 22, NSAP_PTR, KEY = 25, PX, GPOS, LOC = 29, EID = 31, NIMLOC, ATMA = 34, NAPTR, A6 = 38,
    SINK = 40, DNSKEY = 48, HIP = 55, NINFO, RKEY, TALINK, CDNSKEY = 60, ZONEMD = 63, AVC = 258, DOA, AMTRELAY, RESINFO, WALLET,
    TA = 32768, DLV
};

/* Fields in order: a digit stands for so many octets, n a name, s a string, S strings to the end, at least one, ? nothing or one
 * string, * anything, + at least one octet. */
static const struct { uint16_t type; const char *form; } FORMS[] = {
    {MB, "n"},      {MG, "n"},      {MR, "n"},        {ISDN, "s?"},    {NSAP, "+"},   {NSAP_PTR, "n"}, {PX, "2nn"},
    {GPOS, "sss"},  {EID, "+"},     {NIMLOC, "+"},    {SINK, "3*"},    {NINFO, "S"},    {TALINK, "nn"}, {AVC, "S"},
    {DOA, "441s*"}, {RESINFO, "S"}, {WALLET, "S"},
};

static bool form_ok(const char *form, const uint8_t *p, size_t len)
{
    for (; *form != '\0'; form++) {
        size_t n = 0;
        switch (*form) {
        case '*': return true;
        case '+': return len > 0;
        case 'S': return rrwire_strings(p, len, 0);
        case '?': return len == 0 || rrwire_strings(p, len, 1);
        case 'n': n = rrwire_name(p, len); break;
        case 's': n = len > 0 ? 1u + p[0] : 0; break;
        default:  n = (size_t)(*form - '0'); break;
        }
        if (n == 0 || n > len)
            return false;
        p += n;
        len -= n;
    }
    return len == 0;
}

static bool digits(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!isdigit(p[i]))
            return false;
    }
    return true;
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* RFC 1035 section 3.4.2: address, protocol, ports as bits without octets of zeros at their end */
static bool wks(const uint8_t *p, size_t len)
{
    enum { PORTS_MAX = 8192 };
    return len >= 5 && len - 5 <= PORTS_MAX && (len == 5 || p[len - 1] != 0);
}

/* RFC 1183 section 3.1: a number of at least four digits */
static bool x25(const uint8_t *p, size_t len)
{
    return rrwire_strings(p, len, 1) && len > 4 && digits(p + 1, len - 1);
}

/* ATM Forum AF-SAA-0069: format 0 any octets, 1 digits */
static bool atma(const uint8_t *p, size_t len)
{
    return len > 1 && p[0] <= 1 && (p[0] == 0 || digits(p + 1, len - 1));
}

/* RFC 1876: version 0; base and power of sizes are digits; degrees in thousandths of a second around 2^31 */
static bool loc(const uint8_t *p, size_t len)
{
    static const uint32_t max[] = {90 * 3600000u, 180 * 3600000u};
    bool ok = len == 16 && p[0] == 0;
    for (size_t i = 1; ok && i < 4; i++)
        ok = p[i] >> 4 <= 9 && (p[i] & 15) <= 9 && (p[i] >> 4 > 0 || (p[i] & 15) == 0);
    for (size_t i = 0; ok && i < 2; i++) {
        uint32_t value = get32(p + 4 + 4 * i);
        ok = value >= UINT32_C(0x80000000) - max[i] && value <= UINT32_C(0x80000000) + max[i];
    }
    return ok;
}

/* RFC 2874 section 3.1: bits of the prefix, the address behind them, the prefix's name */
static bool a6(const uint8_t *p, size_t len)
{
    if (len == 0 || p[0] > 128)
        return false;
    size_t octets = 16 - p[0] / 8u;
    if (len < 1 + octets || (octets > 0 && p[0] % 8 != 0 && p[1] >> (8 - p[0] % 8) != 0))
        return false;
    size_t rest = len - 1 - octets;
    return p[0] == 0 ? rest == 0 : rest > 0 && rrwire_name(p + 1 + octets, rest) == rest;
}

/* RFC 8005 section 5: lengths of identity and key, the algorithm between them, both, names of servers */
static bool hip(const uint8_t *p, size_t len)
{
    if (len < 4 || p[0] == 0 || (p[2] == 0 && p[3] == 0))
        return false;
    size_t at = 4u + p[0] + ((size_t)p[2] << 8 | p[3]);
    while (at < len) {
        size_t n = rrwire_name(p + at, len - at);
        if (n == 0)
            return false;
        at += n;
    }
    return at == len;
}

/* RFC 8777 section 4.2: precedence, type of the relay, the relay */
static bool amtrelay(const uint8_t *p, size_t len)
{
    if (len < 2)
        return false;
    switch (p[1] & 0x7f) {
    case 0:  return len == 2;
    case 1:  return len == 6;
    case 2:  return len == 18;
    case 3:  return len > 2 && rrwire_name(p + 2, len - 2) == len - 2;
    default: return false;
    }
}

/* RFC 8976 section 2.2: serial, scheme, algorithm (1 SHA-384, 2 SHA-512), digest of at least 12 octets */
static bool zonemd(const uint8_t *p, size_t len)
{
    return len >= 6 + 12 && (p[5] == 1 ? len == 6 + 48 : p[5] != 2 || len == 6 + 64);
}

static bool trust_anchor(const uint8_t *p, size_t len)
{
    static const uint8_t sizes[] = {0, 20, 32, 32, 48};
    return len > 4 && (p[3] >= sizeof sizes || sizes[p[3]] == 0 || len == 4u + sizes[p[3]]);
}

/* Flags, protocol, algorithm, key.  Private algorithms begin with a name (253) or an object identifier behind its length (254). */
static bool key(uint16_t type, const uint8_t *p, size_t len)
{
    enum { NO_KEY = 0xc0, PRIVATE_NAME = 253, PRIVATE_OID = 254 };
    if (len <= 4 || (type == KEY && (p[0] & NO_KEY) == NO_KEY) || (type == RKEY && (p[0] != 0 || p[1] != 0)))
        return false;
    const uint8_t *data = p + 4;
    size_t n = len - 4;
    if (p[3] == PRIVATE_NAME)
        return rrwire_name(data, n) > 0;
    return p[3] != PRIVATE_OID || (data[0] > 0 && n > data[0]);
}

/* RFC 3403 section 4.1: order, preference, flags, services, regexp, replacement; lengths are libknot's to check */
static bool naptr(const uint8_t *p, size_t len)
{
    size_t at = 4;
    for (int i = 0; i < 2 && at < len; i++)
        at += 1u + p[at];
    return at >= len || at + 1 + p[at] > len || rrwire_regexp(p + at + 1, p[at]);
}

const char *rrwire_form_fault(uint16_t type, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < ARRAY_SIZE(FORMS); i++) {
        if (FORMS[i].type == type)
            return form_ok(FORMS[i].form, p, len) ? NULL : MALFORMED;
    }
    bool ok = true;
    switch (type) {
    case WKS: ok = wks(p, len); break;
    case X25: ok = x25(p, len); break;
    case ATMA: ok = atma(p, len); break;
    case A6: ok = a6(p, len); break;
    case HIP: ok = hip(p, len); break;
    case AMTRELAY: ok = amtrelay(p, len); break;
    case TA:
    case DLV: ok = trust_anchor(p, len); break;
    case KEY:
    case DNSKEY:
    case CDNSKEY:
    case RKEY: ok = key(type, p, len); break;
    case LOC: return loc(p, len) ? NULL : "it is not on earth, or larger than can be told";
    case ZONEMD: return zonemd(p, len) ? NULL : "digest has a wrong length for its algorithm";
    case NAPTR: return naptr(p, len) ? NULL : "its substitution is not one: delimiter, extended regular expression, delimiter, replacement, delimiter";
    default: break;
    }
    return ok ? NULL : MALFORMED;
}
