#include "shared/dname.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <libknot/dname.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LABEL_MAX = 63, PLAIN_MAX = 254 }; /* text of a name without escapes that fits in 255 octets */

/* Characters that stand for themselves in every name, in lower case. */
static const char PLAIN[256] = {
    ['-'] = '-', ['_'] = '_', ['/'] = '/', ['*'] = '*', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
    ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
    ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l', ['M'] = 'm',
    ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v',
    ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e',
    ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n',
    ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w',
    ['x'] = 'x', ['y'] = 'y', ['z'] = 'z',
};

static int lower(int c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; /* not tolower(): no locale */
}

static bool is_alnum(int c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

/* Number of characters of one octet in text form at p: 1, 2 (\c) or 4 (\DDD); 0: malformed. */
static size_t octet_text(const char *p)
{
    if (*p == '\0')
        return 0;
    if (*p != '\\')
        return 1;
    if (p[1] == '\0')
        return 0;
    if (!isdigit((unsigned char)p[1]))
        return 2;
    if (!isdigit((unsigned char)p[2]) || !isdigit((unsigned char)p[3]))
        return 0;
    return (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0') <= 255 ? 4 : 0;
}

/* What is wrong with a name in text, NULL: nothing.  plain: characters allowed beside letters and digits. */
static const char *fault_of(const char *name, const char *plain, bool escapes)
{
    size_t label = 0;
    size_t wire = 1;
    if (name[0] == '\0')
        return "it is empty";
    if (strcmp(name, ".") == 0)
        return NULL;
    for (const char *p = name; *p != '\0';) {
        if (is_alnum(*p) && ++label <= LABEL_MAX) {
            wire += label == 1 ? 2 : 1;
            p++;
            continue;
        }
        if (*p == '.') {
            if (label == 0)
                return "it has an empty label";
            label = 0;
            p++;
            continue;
        }
        size_t n = octet_text(p);
        if ((unsigned char)*p >= 0x80)
            return "it has a character outside ASCII (write an international name in its xn-- form)";
        if (n == 0 || (*p == '\\' && !escapes))
            return "it has a bad escape";
        if (n == 1 && !is_alnum(*p) && strchr(plain, *p) == NULL)
            return "it has a character that is not allowed";
        wire += label == 0 ? 2 : 1;
        if (++label > LABEL_MAX)
            return "it has a label longer than 63 octets";
        p += n;
    }
    return wire > DNAME_WIRE ? "it is longer than 255 octets" : NULL;
}

size_t dname_to_wire(const char *text, uint8_t ret_wire[DNAME_WIRE])
{
    if (fault_of(text, "-_/*!\"#$%&'()+,:;<=>?@[]^`{|}~ ", true) != NULL)
        return 0;
    return knot_dname_from_str(ret_wire, text, DNAME_WIRE) != NULL ? knot_dname_size(ret_wire) : 0;
}

bool dname_from_wire(const uint8_t *wire, size_t size, char ret_text[DNAME_TEXT])
{
    if (size == 0 || knot_dname_wire_check(wire, wire + size, NULL) <= 0)
        return false;
    return knot_dname_to_str(ret_text, wire, DNAME_TEXT) != NULL;
}

/* Lower-cased copy; false: not a plain name.  *ret_absolute: it ends in a dot. */
static bool plain_copy(const char *name, size_t len, char *ret_text, bool *ret_absolute)
{
    size_t label = 0;
    if (len == 0 || len > PLAIN_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = PLAIN[(unsigned char)name[i]];
        if (c == '\0') {
            if (name[i] != '.' || label == 0)
                return false;
            ret_text[i] = '.';
            label = 0;
            continue;
        }
        if (++label > LABEL_MAX)
            return false;
        ret_text[i] = c;
    }
    ret_text[len] = '\0';
    *ret_absolute = label == 0;
    return true;
}

/* One spelling for each name: through the wire form and back, if there is anything in it that can be spelt in two ways. */
static bool canonical(const char *name, char ret_name[DNAME_TEXT])
{
    char plain[PLAIN_MAX + 1];
    bool absolute;
    size_t n = strlen(name);
    if (plain_copy(name, n, plain, &absolute) && n + !absolute <= PLAIN_MAX) {
        memcpy(ret_name, plain, n);
        if (!absolute)
            ret_name[n++] = '.';
        ret_name[n] = '\0';
        return true;
    }
    uint8_t wire[DNAME_WIRE];
    size_t size = dname_to_wire(name, wire);
    if (size == 0)
        return false;
    knot_dname_to_lower(wire);
    return dname_from_wire(wire, size, ret_name);
}

err_t dname_from_text(const char *text, char ret_name[DNAME_TEXT], err_info_t *reterr)
{
    const char *fault = fault_of(text, "-_/", false);
    if (fault == NULL && !canonical(text, ret_name))
        fault = "it is too long";
    if (fault == NULL)
        return ERR_OK;
    err_set(reterr, ERR_INVALID_DOMAIN_NAME, "\"%.300s\" is not a domain name: %s", text, fault);
    err_key(reterr, "name", text);
    return ERR_INVALID_DOMAIN_NAME;
}

static bool is_absolute(const char *name)
{
    size_t n = 0;
    bool dot = false;
    for (const char *p = name; *p != '\0'; p += n) {
        n = octet_text(p);
        if (n == 0)
            return false;
        dot = *p == '.';
    }
    return dot;
}

/* Where origin begins in name (both absolute) at a label boundary; NULL: name is not in origin. */
static const char *suffix_at(const char *name, const char *origin)
{
    size_t n = strlen(name);
    size_t o = strlen(origin);
    if (o > n)
        return NULL;
    if (strcmp(origin, ".") == 0)
        return name + n - 1;
    const char *at = name + n - o;
    if (strcasecmp(at, origin) != 0)
        return NULL;
    if (at == name)
        return at;
    size_t backslashes = 0;
    while (at - 2 - backslashes >= name && at[-2 - (ptrdiff_t)backslashes] == '\\')
        backslashes++;
    return at[-1] == '.' && backslashes % 2 == 0 ? at : NULL;
}

bool dname_in(const char *name, const char *origin)
{
    return suffix_at(name, origin) != NULL;
}

/* name is absolute and in origin at `at`: the part before it, "@" for origin itself. */
static void cut(const char *name, const char *at, const char *origin, char ret_text[DNAME_TEXT])
{
    size_t n = (size_t)(at - name);
    if (strcmp(name, ".") == 0 || n == 0) {
        memcpy(ret_text, "@", 2);
        return;
    }
    if (strcmp(origin, ".") != 0)
        n--; /* the dot between */
    memmove(ret_text, name, n);
    ret_text[n] = '\0';
}

bool dname_plain(const char *name, size_t len, const char *origin, const char *zone, char ret_text[DNAME_TEXT])
{
    bool absolute = true;
    size_t o = strlen(origin);
    bool apex = len == 1 && *name == '@';
    if (apex ? !plain_copy(origin, o, ret_text, &absolute) : !plain_copy(name, len, ret_text, &absolute))
        return false;
    if (!absolute) {
        if (len + 1 + o > PLAIN_MAX || o < 2) /* the root joins without a second dot: not here */
            return false;
        if (zone != NULL && strcmp(origin, zone) == 0)
            return true;
        ret_text[len] = '.';
        memcpy(ret_text + len + 1, origin, o + 1);
    }
    if (zone != NULL)
        dname_shorten(ret_text, zone, ret_text);
    return true;
}

err_t dname_absolute(const char *name, const char *origin, char ret_name[DNAME_TEXT])
{
    char plain[DNAME_TEXT];
    if (dname_plain(name, strlen(name), origin, NULL, plain)) {
        memcpy(ret_name, plain, strlen(plain) + 1);
        return ERR_OK;
    }
    if (strcmp(name, "@") == 0)
        return canonical(origin, ret_name) ? ERR_OK : ERR_INVALID_DOMAIN_NAME;
    if (is_absolute(name))
        return canonical(name, ret_name) ? ERR_OK : ERR_INVALID_DOMAIN_NAME;
    if (name[0] == '\0' || strlen(name) + strlen(origin) + 2 > 2 * DNAME_TEXT)
        return ERR_INVALID_DOMAIN_NAME;
    char joined[2 * DNAME_TEXT + 2];
    snprintf(joined, sizeof joined, "%s.%s", name, strcmp(origin, ".") == 0 ? "" : origin);
    return canonical(joined, ret_name) ? ERR_OK : ERR_INVALID_DOMAIN_NAME;
}

err_t dname_relative(const char *name, const char *origin, char ret_label[DNAME_TEXT], err_info_t *reterr)
{
    char absolute[DNAME_TEXT];
    const char *fault = strcmp(name, "@") == 0 ? NULL : fault_of(name, "-_/*", true);
    if (fault == NULL && dname_absolute(name, origin, absolute) != ERR_OK)
        fault = "it is too long with the zone's name";
    if (fault != NULL)
        return err_set(reterr, ERR_INVALID_DOMAIN_NAME, "owner \"%.300s\" is not a domain name: %s", name, fault);
    const char *at = suffix_at(absolute, origin);
    if (at == NULL) {
        err_set(reterr, ERR_LABEL_NOT_IN_DOMAIN, "owner \"%.300s\" is not in zone \"%s\"", name, origin);
        err_key(reterr, "label_thing", name);
        return ERR_LABEL_NOT_IN_DOMAIN;
    }
    cut(absolute, at, origin, ret_label);
    return ERR_OK;
}

void dname_shorten(const char *absolute, const char *origin, char ret_text[DNAME_TEXT])
{
    const char *at = strcmp(absolute, ".") == 0 ? NULL : suffix_at(absolute, origin);
    if (at != NULL)
        cut(absolute, at, origin, ret_text);
    else
        memmove(ret_text, absolute, strlen(absolute) + 1);
}

bool dname_parent(const char *name, char ret_parent[DNAME_TEXT])
{
    if (strcmp(name, ".") == 0)
        return false;
    const char *p = name;
    while (*p != '.' && *p != '\0') {
        size_t n = octet_text(p);
        if (n == 0)
            return false;
        p += n;
    }
    if (*p == '\0')
        return false;
    p += p[1] != '\0'; /* "com." -> "." */
    memmove(ret_parent, p, strlen(p) + 1);
    return true;
}

bool dname_is_hostname(const char *name, bool wildcard_ok)
{
    if (strcmp(name, "@") == 0)
        return true;
    const char *p = name;
    if (wildcard_ok && p[0] == '*' && (p[1] == '.' || p[1] == '\0'))
        p += p[1] == '.' ? 2 : 1;
    else if (*p == '\0' || *p == '.')
        return false;
    while (*p != '\0') {
        size_t n = 0;
        while (is_alnum(p[n]) || p[n] == '-')
            n++;
        if (n == 0 || n > LABEL_MAX || p[0] == '-' || p[n - 1] == '-' || (p[n] != '.' && p[n] != '\0'))
            return false;
        p += p[n] == '.' ? n + 1 : n;
    }
    return true;
}

bool dname_is_mailbox(const char *name)
{
    char host[DNAME_TEXT];
    if (strcmp(name, ".") == 0)
        return true;
    for (const char *p = name; *p != '.' && *p != '\0'; p++) {
        if (*p == '\\' && isdigit((unsigned char)*++p))
            return false; /* \DDD stands for what is not visible */
        if (*p == '@')
            return false;
    }
    return dname_parent(name, host) && (strcmp(host, ".") == 0 || dname_is_hostname(host, false));
}

/* Clears the host bits. */
static void mask(uint8_t *address, size_t size, unsigned bits)
{
    for (size_t i = 0; i < size; i++, bits -= bits > 8 ? 8 : bits)
        address[i] = (uint8_t)(address[i] & (bits >= 8 ? 0xff : 0xff00 >> bits));
}

static err_t network_error(err_info_t *reterr, const char *text, const char *rule)
{
    err_set(reterr, ERR_INVALID_DOMAIN_NAME, "network \"%s\" cannot have a reverse zone", text);
    err_hint(reterr, "%s", rule);
    err_key(reterr, "name", text);
    return ERR_INVALID_DOMAIN_NAME;
}

static bool v4_mask(unsigned long bits)
{
    return bits == 8 || bits == 16 || (bits >= 24 && bits <= 32);
}

/* A zone cannot begin within an octet (within a nibble): which zones to create instead. */
static err_t mask_error(err_info_t *reterr, const char *text, const uint8_t address[16], bool v4, unsigned long bits)
{
    if (!v4 || bits > 32)
        return network_error(reterr, text, v4 ? "the mask of an IPv4 network is /8, /16, or /24 to /32"
                                              : "the mask of an IPv6 network is /4 to /128 in steps of four");
    uint8_t first[4];
    memcpy(first, address, sizeof first);
    mask(first, sizeof first, (unsigned)bits);
    unsigned octet = bits < 8 ? 0 : bits < 16 ? 1 : 2, last = first[octet] | (0xffu >> (bits % 8));
    char rule[160];
    int n = snprintf(rule, sizeof rule, "create a zone for each network of the next octet: %u.%u.%u.0/%u to ", first[0], first[1],
                     first[2], (octet + 1) * 8);
    first[octet] = (uint8_t)last;
    snprintf(rule + n, sizeof rule - (size_t)n, "%u.%u.%u.0/%u (%u zones)", first[0], first[1], first[2], (octet + 1) * 8,
             1u << (8 - bits % 8));
    return network_error(reterr, text, rule);
}

/* "10/8", "192.0.2/24": the octets that the mask leaves out are zero.  host: what stands before the slash. */
static void complete_short_form(const char *mask_text, char host[INET6_ADDRSTRLEN])
{
    size_t n = strlen(host);
    bool network = mask_text[0] == '/' && isdigit((unsigned char)mask_text[1]) && mask_text[1 + strspn(mask_text + 1, "0123456789")] == '\0';
    if (!network || n == 0 || n > INET_ADDRSTRLEN || host[n - 1] == '.' || strspn(host, "0123456789.") != n)
        return;
    size_t dots = 0;
    for (const char *p = host; *p != '\0'; p++)
        dots += *p == '.';
    for (; dots < 3; dots++, n += 2)
        memcpy(host + n, ".0", 3);
}

err_t dname_from_network(const char *text, char ret_name[DNAME_TEXT], char ret_cidr[64], err_info_t *reterr)
{
    uint8_t address[16];
    char host[INET6_ADDRSTRLEN];
    size_t n = strcspn(text, "/");
    bool v4 = false;
    bool v6 = false;
    if (n < sizeof host) {
        memcpy(host, text, n);
        host[n] = '\0';
        complete_short_form(text + n, host);
        v4 = inet_pton(AF_INET, host, address) == 1;
        v6 = !v4 && inet_pton(AF_INET6, host, address) == 1;
    }
    if (!v4 && !v6) {
        err_t err = dname_from_text(text, ret_name, reterr);
        if (err == ERR_OK)
            ret_cidr[0] = '\0';
        return err;
    }
    char *end = host;
    unsigned long bits = text[n] == '/' && isdigit((unsigned char)text[n + 1]) ? strtoul(text + n + 1, &end, 10) : 999;
    if (bits == 999 || *end != '\0')
        return network_error(reterr, text, "write the network with its mask: 192.0.2.0/24 or 2001:db8::/32");
    if (v4 ? !v4_mask(bits) : bits < 4 || bits > 128 || bits % 4 != 0)
        return mask_error(reterr, text, address, v4, bits);
    mask(address, v4 ? 4 : 16, (unsigned)bits);
    char *out = ret_name;
    if (v4) {
        if (bits > 24) /* RFC 2317: the first address and the mask, as one label */
            out += sprintf(out, "%u-%lu.", address[3], bits);
        for (unsigned i = bits > 24 ? 3 : (unsigned)bits / 8; i-- > 0;)
            out += sprintf(out, "%u.", address[i]);
        memcpy(out, "in-addr.arpa.", sizeof "in-addr.arpa.");
    } else {
        for (unsigned i = (unsigned)bits / 4; i-- > 0;)
            out += sprintf(out, "%x.", (unsigned)(i % 2 == 0 ? address[i / 2] >> 4 : address[i / 2] & 15));
        memcpy(out, "ip6.arpa.", sizeof "ip6.arpa.");
    }
    inet_ntop(v4 ? AF_INET : AF_INET6, address, host, sizeof host);
    snprintf(ret_cidr, 64, "%s/%lu", host, bits);
    return ERR_OK;
}
