#include "shared/reverse.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* A number up to max without leading zeros; *p moves behind it. */
static bool number(const char **p, unsigned max, unsigned *ret)
{
    char *end = NULL;
    if (**p < '0' || **p > '9' || (**p == '0' && (*p)[1] >= '0' && (*p)[1] <= '9'))
        return false;
    unsigned long n = strtoul(*p, &end, 10);
    *p = end;
    *ret = (unsigned)n;
    return n <= max;
}

bool reverse_classless(const char *name, char ret_cidr[REVERSE_CIDR])
{
    unsigned first, bits, o[3];
    const char *p = name;
    if (!number(&p, 255, &first) || (*p != '/' && *p != '-'))
        return false;
    p++;
    if (!number(&p, 32, &bits) || bits <= 24 || (first & (0xffu >> (bits - 24))) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(o); i++) {
        if (*p++ != '.' || !number(&p, 255, &o[i]))
            return false;
    }
    if (strcmp(p, ".in-addr.arpa.") != 0)
        return false;
    snprintf(ret_cidr, REVERSE_CIDR, "%u.%u.%u.%u/%u", o[2], o[1], o[0], first, bits);
    return true;
}

bool reverse_name(const char *address, char ret_name[DNAME_TEXT])
{
    uint8_t a[16];
    if (inet_pton(AF_INET, address, a) == 1) {
        snprintf(ret_name, DNAME_TEXT, "%u.%u.%u.%u.in-addr.arpa.", a[3], a[2], a[1], a[0]);
        return true;
    }
    if (inet_pton(AF_INET6, address, a) != 1)
        return false;
    char *out = ret_name;
    for (size_t i = sizeof(a); i-- > 0;)
        out += snprintf(out, 5, "%x.%x.", (unsigned)a[i] & 15, (unsigned)a[i] >> 4);
    memcpy(out, "ip6.arpa.", sizeof("ip6.arpa."));
    return true;
}

bool reverse_label(const char *address, const char *zone_name, char ret_label[DNAME_TEXT])
{
    char full[DNAME_TEXT];
    if (!reverse_name(address, full))
        return false;
    if (dname_in(full, zone_name)) {
        dname_shorten(full, zone_name, ret_label);
        return true;
    }
    size_t n = strcspn(full, ".");
    if (strstr(zone_name, full + n + 1) == NULL) /* the octets above must be the same */
        return false;
    memcpy(ret_label, full, n);
    ret_label[n] = '\0';
    return true;
}

/* "1.2.0.192.in-addr.arpa." -> 192.0.2.1 */
static bool address_v4(const char *name, char ret_address[REVERSE_ADDRESS])
{
    unsigned o[4];
    const char *p = name;
    for (size_t i = 0; i < ARRAY_SIZE(o); i++) {
        if (!number(&p, 255, &o[i]) || *p++ != '.')
            return false;
    }
    snprintf(ret_address, REVERSE_ADDRESS, "%u.%u.%u.%u", o[3], o[2], o[1], o[0]);
    return strcmp(p, "in-addr.arpa.") == 0;
}

static bool address_v6(const char *name, char ret_address[REVERSE_ADDRESS])
{
    uint8_t a[16] = {0};
    const char *p = name;
    for (size_t i = 0; i < 32; i++, p += 2) {
        const char *digits = "0123456789abcdef", *at = *p != '\0' ? strchr(digits, *p) : NULL;
        if (at == NULL || p[1] != '.')
            return false;
        a[15 - i / 2] = (uint8_t)(a[15 - i / 2] | (unsigned)(at - digits) << (i % 2 * 4));
    }
    return strcmp(p, "ip6.arpa.") == 0 && inet_ntop(AF_INET6, a, ret_address, REVERSE_ADDRESS) != NULL;
}

bool reverse_address(const char *label, const char *zone_name, char ret_address[REVERSE_ADDRESS])
{
    char cidr[REVERSE_CIDR], full[2 * DNAME_TEXT];
    if (strcmp(label, "@") == 0)
        snprintf(full, sizeof(full), "%s", zone_name);
    else /* the first label of a classless zone is not an octet of its addresses */
        snprintf(full, sizeof(full), "%s.%s", label, zone_name + (reverse_classless(zone_name, cidr) ? strcspn(zone_name, ".") + 1 : 0));
    return address_v4(full, ret_address) || address_v6(full, ret_address);
}

bool reverse_delegation(const char *zone_name, const char *cidr, char *ret_text, size_t size)
{
    unsigned o[4], bits;
    const char *p = cidr;
    for (size_t i = 0; i < ARRAY_SIZE(o); i++) {
        if (!number(&p, 255, &o[i]) || *p++ != (i < 3 ? '.' : '/'))
            return false;
    }
    if (!number(&p, 32, &bits) || bits <= 24)
        return false;
    unsigned last = o[3] + (1u << (32 - bits)) - 1;
    snprintf(ret_text, size, "zone \"%u.%u.%u.in-addr.arpa.\" needs a CNAME record for each address, \"%u CNAME %u.%s\" to \"%u CNAME %u.%s\", "
                             "and NS records for the zone (RFC 2317)",
             o[2], o[1], o[0], o[3], o[3], zone_name, last, last, zone_name);
    return true;
}
