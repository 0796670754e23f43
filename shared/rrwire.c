#include "shared/rrwire_priv.h"
#include "shared/utf8.h"
#include <ctype.h>
#include <libknot/descriptor.h>
#include <libknot/dname.h>
#include <string.h>

static const char MALFORMED[] = "fields are missing, too many or of a wrong length";

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

bool rrwire_strings(const uint8_t *p, size_t len, size_t count)
{
    size_t at = 0;
    size_t n = 0;
    for (; at < len; n++)
        at += 1 + (size_t)p[at];
    return at == len && (count == 0 ? n > 0 : n == count);
}

/* Type bitmaps of RFC 4034 section 4.1.2: windows in order, 1 to 32 octets each, no zeros at the end. */
static bool bitmap(const uint8_t *p, size_t len)
{
    int window = -1;
    for (size_t at = 0; at < len; at += 2 + (size_t)p[at + 1]) {
        if (at + 2 > len || p[at] <= window || p[at + 1] < 1 || p[at + 1] > 32 || at + 2 + p[at + 1] > len ||
            p[at + 1 + p[at + 1]] == 0)
            return false;
        window = p[at];
    }
    return true;
}

size_t rrwire_name(const uint8_t *p, size_t len)
{
    return len > 0 && knot_dname_wire_check(p, p + len, NULL) > 0 ? knot_dname_size(p) : 0;
}

static bool nsec(const uint8_t *p, size_t len)
{
    size_t n = rrwire_name(p, len);
    return n > 0 && bitmap(p + n, len - n);
}

/* RFC 5155: algorithm, flags, iterations, salt; NSEC3: hash and bitmap behind it */
static bool nsec3(const uint8_t *p, size_t len, bool param)
{
    if (len < 5 || len < 5u + p[4])
        return false;
    size_t at = 5u + p[4];
    if (param)
        return at == len;
    if (at >= len || p[at] == 0 || at + 1 + p[at] > len)
        return false;
    at += 1u + p[at];
    return bitmap(p + at, len - at);
}

/* RFC 3123: family, prefix, negation and length, address without zeros at its end */
static bool apl(const uint8_t *p, size_t len)
{
    for (size_t at = 0; at < len;) {
        if (at + 4 > len)
            return false;
        unsigned family = get16(p + at);
        size_t octets = p[at + 3] & 0x7f;
        size_t max = family == 1 ? 4 : family == 2 ? 16 : 0;
        if (max == 0 || octets > max || p[at + 2] > 8 * max || at + 4 + octets > len)
            return false;
        at += 4 + octets;
    }
    return true;
}

/* RFC 4025: precedence, gateway type, algorithm, gateway, key */
static bool ipseckey(const uint8_t *p, size_t len)
{
    if (len < 3)
        return false;
    size_t gateway = 0;
    switch (p[1]) {
    case 0: break;
    case 1: gateway = 4; break;
    case 2: gateway = 16; break;
    case 3:
        gateway = rrwire_name(p + 3, len - 3);
        if (gateway == 0)
            return false;
        break;
    default: return false;
    }
    return 3 + gateway < len;
}

/* RFC 9461 section 5: a relative path with the variable dns */
static bool dohpath(const uint8_t *p, size_t len)
{
    static const char variable[] = "{?dns}";
    size_t n = 0;
    for (size_t at = 0; at < len; at += n) {
        n = utf8_len((const char *)p + at, len - at);
        if (n == 0)
            return false;
    }
    return len > 0 && p[0] == '/' && memmem(p, len, variable, strlen(variable)) != NULL;
}

/* One parameter's value, RFC 9460 */
static bool service_value(unsigned key, const uint8_t *p, size_t len)
{
    switch (key) {
    case 0: return len > 0 && len % 2 == 0;      /* mandatory */
    case 1:                                      /* alpn: strings, none of them empty */
        for (size_t at = 0; at < len; at += 1u + p[at]) {
            if (p[at] == 0)
                return false;
        }
        return rrwire_strings(p, len, 0);
    case 2: return len == 0;                     /* no-default-alpn */
    case 3: return len == 2;                     /* port */
    case 4: return len > 0 && len % 4 == 0;      /* ipv4hint */
    case 5: return len > 0;                      /* ech */
    case 6: return len > 0 && len % 16 == 0;     /* ipv6hint */
    case 7: return dohpath(p, len);
    default: return true;
    }
}

static bool service(const uint8_t *p, size_t len)
{
    if (len < 3)
        return false;
    size_t n = rrwire_name(p + 2, len - 2);
    if (n == 0)
        return false;
    int last = -1;
    for (size_t at = 2 + n; at < len;) {
        if (at + 4 > len)
            return false;
        int key = (int)get16(p + at);
        size_t value = get16(p + at + 2);
        if (key <= last || at + 4 + value > len || !service_value((unsigned)key, p + at + 4, value))
            return false;
        last = key;
        at += 4 + value;
    }
    return true;
}

/* Digests have the length of their type: 0 (unknown), or octets. */
static bool digest(const uint8_t *sizes, size_t types, unsigned type, size_t len)
{
    return len > 0 && (type >= types || sizes[type] == 0 || sizes[type] == len);
}

/* RFC 8659 section 4.1: the tag is of letters and digits. */
static const char *caa_fault(const uint8_t *p, size_t len)
{
    if (len < 3 || p[1] == 0 || 2u + p[1] > len)
        return MALFORMED;
    for (size_t i = 0; i < p[1]; i++) {
        if (!isalnum(p[2 + i]))
            return "tag has other characters than letters and digits";
    }
    return NULL;
}

const char *rrwire_fault(uint16_t type, const uint8_t *wire, size_t len)
{
    static const uint8_t ds[] = {0, 20, 32, 32, 48}; /* SHA-1, SHA-256, GOST, SHA-384 */
    static const uint8_t sshfp[] = {0, 20, 32};      /* SHA-1, SHA-256 */
    bool ok = true;
    switch (type) {
    case KNOT_RRTYPE_TXT:
    case KNOT_RRTYPE_SPF: ok = rrwire_strings(wire, len, 0); break;
    case KNOT_RRTYPE_HINFO: ok = rrwire_strings(wire, len, 2); break;
    case KNOT_RRTYPE_NSEC: ok = nsec(wire, len); break;
    case KNOT_RRTYPE_NSEC3: ok = nsec3(wire, len, false); break;
    case KNOT_RRTYPE_NSEC3PARAM: ok = nsec3(wire, len, true); break;
    case KNOT_RRTYPE_CSYNC: ok = len >= 6 && bitmap(wire + 6, len - 6); break;
    case KNOT_RRTYPE_APL: ok = apl(wire, len); break;
    case KNOT_RRTYPE_IPSECKEY: ok = ipseckey(wire, len); break;
    case KNOT_RRTYPE_SVCB:
    case KNOT_RRTYPE_HTTPS: ok = service(wire, len); break;
    case KNOT_RRTYPE_CAA: return caa_fault(wire, len);
    case KNOT_RRTYPE_DS:
    case KNOT_RRTYPE_CDS:
        if (len < 5 || !digest(ds, sizeof ds, wire[3], len - 4))
            return "digest has a wrong length for its type";
        break;
    case KNOT_RRTYPE_SSHFP:
        if (len < 3 || !digest(sshfp, sizeof sshfp, wire[1], len - 2))
            return "fingerprint has a wrong length for its type";
        break;
    default: return rrwire_form_fault(type, wire, len);
    }
    return ok ? NULL : MALFORMED;
}
