/* Names in rdata are lower-cased for the types of RFC 4034 section 6.2 (the predecessor: NS, MX, SRV and SOA):
 * name servers compare them so, and a difference of case alone would be a change that never arrives. */
#include "shared/rr.h"
#include "shared/rrline.h"
#include "shared/rrplain.h"
#include "shared/rrscan.h"
#include "shared/rrwire.h"
#include <assert.h>
#include <ctype.h>
#include <libknot/libknot.h>
#include <stdlib.h>
#include <string.h>

static const struct { uint16_t type; const char *fields; } LAYOUTS[] = {
    {KNOT_RRTYPE_A, "IPv4-address"},
    {KNOT_RRTYPE_AAAA, "IPv6-address"},
    {KNOT_RRTYPE_NS, "name-server"},
    {KNOT_RRTYPE_CNAME, "target"},
    {KNOT_RRTYPE_DNAME, "target"},
    {KNOT_RRTYPE_PTR, "target"},
    {KNOT_RRTYPE_MX, "preference mail-server"},
    {KNOT_RRTYPE_TXT, "\"text of at most 255 octets\" \"what goes on\" ...: a longer text is several strings of one record, which readers join"},
    {KNOT_RRTYPE_SPF, "\"text of at most 255 octets\" \"what goes on\" ...: a longer text is several strings of one record, which readers join"},
    {KNOT_RRTYPE_SOA, "master responsible-person serial refresh retry expire minimum"},
    {KNOT_RRTYPE_SRV, "priority weight port target"},
    {KNOT_RRTYPE_CAA, "flags tag \"value\""},
    {KNOT_RRTYPE_DS, "key-tag algorithm digest-type digest(hex)"},
    {KNOT_RRTYPE_CDS, "key-tag algorithm digest-type digest(hex)"},
    {KNOT_RRTYPE_DNSKEY, "flags protocol algorithm key(base64)"},
    {KNOT_RRTYPE_CDNSKEY, "flags protocol algorithm key(base64)"},
    {KNOT_RRTYPE_TLSA, "usage selector matching-type data(hex)"},
    {KNOT_RRTYPE_SSHFP, "algorithm type fingerprint(hex)"},
    {KNOT_RRTYPE_NAPTR, "order preference \"flags\" \"service\" \"regexp\" replacement"},
    {KNOT_RRTYPE_HINFO, "\"cpu\" \"os\""},
    {KNOT_RRTYPE_RP, "mailbox text-name"},
    {KNOT_RRTYPE_LOC, "degrees [minutes [seconds]] N|S degrees [minutes [seconds]] E|W altitude [size [hp [vp]]]"},
    {KNOT_RRTYPE_SVCB, "priority target [key=value ...]; keys without a name are written key7=..."},
    {KNOT_RRTYPE_HTTPS, "priority target [key=value ...]; keys without a name are written key7=..."},
    {KNOT_RRTYPE_URI, "priority weight \"target\""},
    {KNOT_RRTYPE_CERT, "type key-tag algorithm certificate(base64)"},
};

/* In their common spelling; libknot compares with every type that it knows. */
static const struct { const char *text; uint16_t type; } COMMON[] = {
    {"A", RR_A},       {"AAAA", RR_AAAA}, {"CNAME", RR_CNAME},          {"TXT", RR_TXT}, {"MX", RR_MX},
    {"PTR", RR_PTR},   {"NS", RR_NS},     {"CAA", KNOT_RRTYPE_CAA},     {"SRV", RR_SRV}, {"SOA", RR_SOA},
    {"DS", RR_DS},     {"TLSA", KNOT_RRTYPE_TLSA},
};

enum { MD = 3, MF = 4 };

bool rr_type_from_text(const char *text, uint16_t *ret_type)
{
    uint16_t type;
    for (size_t i = 0; i < ARRAY_SIZE(COMMON); i++) {
        if (COMMON[i].text[0] == text[0] && strcmp(COMMON[i].text, text) == 0) {
            *ret_type = COMMON[i].type;
            return true;
        }
    }
    if (strlen(text) >= RR_TYPE_TEXT || knot_rrtype_from_string(text, &type) != 0)
        return false;
    /* 128 to 255 are for questions and meta data only (RFC 6895 section 3.1), as is OPT; MD and MF became MX (RFC 973). */
    if (type == 0 || type == MD || type == MF || type == KNOT_RRTYPE_NULL || type == 65535 || knot_rrtype_is_metatype(type) ||
        (type >= 128 && type <= 255))
        return false;
    *ret_type = type;
    return true;
}

void rr_type_text(uint16_t type, char ret_text[RR_TYPE_TEXT])
{
    if (knot_rrtype_to_string(type, ret_text, RR_TYPE_TEXT) < 0)
        snprintf(ret_text, RR_TYPE_TEXT, "TYPE%u", type);
}

static uint64_t unit_seconds(int c)
{
    switch (c) {
    case 's': case 'S': return 1;
    case 'm': case 'M': return 60;
    case 'h': case 'H': return 3600;
    case 'd': case 'D': return 86400;
    case 'w': case 'W': return 604800;
    default:            return 0;
    }
}

bool rr_ttl_from_text(const char *text, uint32_t *ret_seconds)
{
    uint64_t sum = 0;
    bool plain = false; /* a number without unit stands alone */
    if (*text == '\0')
        return false;
    for (const char *p = text; *p != '\0';) {
        uint64_t n = 0;
        if (!isdigit((unsigned char)*p) || plain)
            return false;
        for (; isdigit((unsigned char)*p); p++) {
            n = n * 10 + (uint64_t)(*p - '0');
            if (n > RR_TTL_MAX)
                return false;
        }
        uint64_t unit = *p == '\0' ? 1 : unit_seconds(*p);
        plain = *p == '\0';
        if (unit == 0 || (plain && sum > 0))
            return false;
        p += !plain;
        sum += n * unit;
        if (sum > RR_TTL_MAX)
            return false;
    }
    *ret_seconds = (uint32_t)sum;
    return true;
}

const char *rr_layout(uint16_t type)
{
    for (size_t i = 0; i < ARRAY_SIZE(LAYOUTS); i++) {
        if (LAYOUTS[i].type == type)
            return LAYOUTS[i].fields;
    }
    return NULL;
}

static err_t rdata_error(err_info_t *reterr, uint16_t type, const char *text, const char *reason)
{
    char name[RR_TYPE_TEXT];
    rr_type_text(type, name);
    err_set(reterr, ERR_RDATA_PARSE, "rdata \"%.200s\" of type %s: %s", text, name, reason);
    err_key(reterr, "rdata_thing", text);
    if (rr_layout(type) != NULL)
        err_hint(reterr, "%s has the fields: %s", name, rr_layout(type));
    return ERR_RDATA_PARSE;
}

/* Step to the name at or after *at in wire; true: *at is its place.  False: no more names, or *malformed. */
static bool name_next(const int **block, uint8_t *wire, size_t len, size_t *at, bool *malformed)
{
    for (;; (*block)++) {
        size_t n;
        switch (**block) {
        case KNOT_RDATA_WF_END:
            *malformed = *malformed || *at != len;
            return false;
        case KNOT_RDATA_WF_REMAINDER:
            return false;
        case KNOT_RDATA_WF_FIXED_DNAME:
        case KNOT_RDATA_WF_COMPRESSIBLE_DNAME:
        case KNOT_RDATA_WF_DECOMPRESSIBLE_DNAME:
            *malformed = *at >= len || knot_dname_wire_check(wire + *at, wire + len, NULL) <= 0;
            return !*malformed;
        case KNOT_RDATA_WF_NAPTR_HEADER: /* order, preference and three strings */
            n = *at + 4;
            for (int i = 0; i < 3 && n < len; i++)
                n += 1 + (size_t)wire[n];
            *at = n;
            break;
        default:
            *at += (size_t)**block;
            break;
        }
        if (*at > len) {
            *malformed = true;
            return false;
        }
    }
}

typedef struct { size_t at[KNOT_MAX_RDATA_BLOCKS]; size_t count; } names_t;

/* Places of all names in wire, which are lower-cased if the type wants it; false: malformed. */
static bool names_find(uint16_t type, uint8_t *wire, size_t len, names_t *ret)
{
    static const int svcb[] = {2, KNOT_RDATA_WF_FIXED_DNAME, KNOT_RDATA_WF_REMAINDER, KNOT_RDATA_WF_END};
    const knot_rdata_descriptor_t *desc = knot_get_rdata_descriptor(type);
    if (desc->type_name == NULL)
        desc = knot_get_obsolete_rdata_descriptor(type);
    bool service = type == KNOT_RRTYPE_SVCB || type == KNOT_RRTYPE_HTTPS; /* libknot 3.2 hides their target */
    const int *block = service ? svcb : desc->block_types;
    size_t at = 0;
    bool malformed = false;
    ret->count = 0;
    while (name_next(&block, wire, len, &at, &malformed)) {
        ret->at[ret->count++] = at;
        if (knot_rrtype_should_be_lowercased(type))
            knot_dname_to_lower(wire + at);
        at += knot_dname_size(wire + at);
        block++;
    }
    return !malformed;
}

err_t rr_rdata_to_wire(uint16_t type, const char *text, const char *origin, uint8_t **ret_wire, uint16_t *ret_len,
                       err_info_t *reterr)
{
    char type_name[RR_TYPE_TEXT];
    uint8_t origin_wire[DNAME_WIRE];
    size_t origin_len = dname_to_wire(origin, origin_wire);
    if (origin_len == 0)
        return err_set(reterr, ERR_INVALID_DOMAIN_NAME, "origin \"%.300s\" is not a domain name", origin);
    rr_type_text(type, type_name);
    AUTO_FREE char *line = auto_printf("@ %s %s", type_name, text);
    rrline_t entry;
    rrline_init(&entry, line, strlen(line));
    rrline_kind_t kind = rrline_next(&entry);
    const char *reason = NULL;
    rrscan_t rr = {0};
    if (kind == RRLINE_BAD)
        reason = entry.fault;
    else if (kind != RRLINE_ENTRY || entry.next != entry.len)
        reason = "it has more than one line";
    else if (entry.comment != NULL)
        reason = "semicolon outside quotes";
    else
        reason = rrscan_line(entry.buf, entry.buf_len + 1, origin_wire, origin_len, &rr);
    rrline_done(&entry);
    if (reason != NULL && text[strspn(text, " \t")] == '\0')
        reason = "it is missing";
    if (reason == NULL && rr.type != type)
        reason = "not of this type";
    if (reason != NULL)
        return rdata_error(reterr, type, text, reason);
    assert(rr.data != NULL);
    uint8_t *wire = auto_malloc(rr.len);
    memcpy(wire, rr.data, rr.len);
    names_t names;
    reason = rrwire_fault(type, wire, rr.len);
    if (reason == NULL && !names_find(type, wire, rr.len, &names))
        reason = "fields are missing or too many";
    if (reason != NULL) {
        free(wire);
        return rdata_error(reterr, type, text, reason);
    }
    *ret_wire = wire;
    *ret_len = rr.len;
    return ERR_OK;
}

/* Length without the blank that libknot leaves after CAA. */
static size_t trimmed(const char *text, size_t n)
{
    while (n > 0 && text[n - 1] == ' ' && (n < 2 || text[n - 2] != '\\'))
        n--;
    return n;
}

/* The commonest types without printf: 192.0.2.1; the one name of NS, CNAME, PTR and DNAME. */
static char *dump_quickly(uint16_t type, const uint8_t *wire, uint16_t len, const char *origin, const names_t *names)
{
    if (type == RR_A && len == 4) {
        char text[16];
        char *p = text;
        for (int i = 0; i < 4; i++) {
            if (wire[i] >= 100)
                *p++ = (char)('0' + wire[i] / 100);
            if (wire[i] >= 10)
                *p++ = (char)('0' + wire[i] / 10 % 10);
            *p++ = (char)('0' + wire[i] % 10);
            *p++ = '.';
        }
        return auto_strndup(text, (size_t)(p - text) - 1);
    }
    char name[DNAME_TEXT];
    if (names->count != 1 || names->at[0] != 0 || knot_dname_size(wire) != len || !dname_from_wire(wire, len, name))
        return NULL;
    if (origin != NULL)
        dname_shorten(name, origin, name);
    return auto_strdup(name);
}

/* "\# 4 01020304" */
static char *dump_generic(const uint8_t *wire, uint16_t len)
{
    char *text = auto_malloc(16 + 2u * len);
    int n = sprintf(text, "\\# %u", len);
    for (uint16_t i = 0; i < len; i++)
        n += sprintf(text + n, i == 0 ? " %02X" : "%02X", wire[i]);
    return text;
}

/* libknot dumps a few types (MB, MG, MR) whose text libzscanner does not read. */
static bool is_obsolete(uint16_t type)
{
    return knot_get_rdata_descriptor(type)->type_name == NULL && knot_get_obsolete_rdata_descriptor(type)->type_name != NULL;
}

/* Dump with names absolute; NULL: malformed.  Caller frees. */
static char *dump(uint16_t type, const uint8_t *wire, uint16_t len)
{
    static const knot_dump_style_t style = {.human_timestamp = true};
    uint8_t root[] = {0};
    _Alignas(knot_rdata_t) uint8_t small[512];
    size_t need = sizeof(knot_rdata_t) + len + 1u;
    AUTO_FREE uint8_t *large = need > sizeof small ? auto_malloc(need) : NULL;
    knot_rdata_t *rdata = (knot_rdata_t *)(void *)(large != NULL ? large : small);
    knot_rdata_init(rdata, len, wire);
    knot_rrset_t rrset;
    knot_rrset_init(&rrset, root, type, KNOT_CLASS_IN, 0);
    rrset.rrs = (knot_rdataset_t){.count = 1, .size = (uint32_t)knot_rdata_size(len), .rdata = rdata};
    char stack[1024];
    int n = knot_rrset_txt_dump_data(&rrset, 0, stack, sizeof stack, &style);
    if (n >= 0)
        return auto_strndup(stack, trimmed(stack, (size_t)n));
    for (size_t size = 2 * sizeof stack + 4 * (size_t)len; n == KNOT_ESPACE && size < 64 * RR_RDATA_WIRE_MAX;
         size *= 2) {
        AUTO_FREE char *text = auto_malloc(size);
        n = knot_rrset_txt_dump_data(&rrset, 0, text, size, &style);
        if (n >= 0)
            return auto_strndup(text, trimmed(text, (size_t)n));
    }
    return NULL;
}

/* End of the word at p: blanks count in quotes and behind a backslash. */
static const char *word_end(const char *p)
{
    bool quoted = false;
    for (; *p != '\0' && (quoted || *p != ' '); p++) {
        if (*p == '"')
            quoted = !quoted;
        else if (*p == '\\' && p[1] != '\0')
            p++;
    }
    return p;
}

/* In text, replace the first word from *at on that is this name by its short form. */
static char *shorten_word(char *text, size_t *at, const char *name, const char *origin)
{
    size_t n = strlen(name);
    char relative[DNAME_TEXT];
    dname_shorten(name, origin, relative);
    for (const char *p = text + *at; *p != '\0'; p += *p == ' ') {
        const char *end = word_end(p);
        if ((size_t)(end - p) == n && memcmp(p, name, n) == 0) {
            size_t place = (size_t)(p - text);
            size_t m = strlen(relative); /* never longer than the name */
            memcpy(text + place, relative, m); // NOLINT(bugprone-not-null-terminated-result): the rest of text follows
            memmove(text + place + m, text + place + n, strlen(text + place + n) + 1);
            *at = place + m;
            return text;
        }
        p = end;
    }
    return text;
}

err_t rr_rdata_to_text(uint16_t type, const uint8_t *wire, uint16_t len, const char *origin, char **ret_text,
                       err_info_t *reterr)
{
    uint8_t small[512];
    AUTO_FREE uint8_t *large = len > sizeof small ? auto_malloc(len) : NULL;
    uint8_t *copy = large != NULL ? large : small; /* names are lower-cased in place */
    memcpy(copy, wire, len);
    names_t names;
    const char *fault = rrwire_fault(type, copy, len);
    if (fault == NULL && !names_find(type, copy, len, &names))
        fault = "fields are missing or too many";
    char *text = fault != NULL ? NULL : is_obsolete(type) ? dump_generic(copy, len) : dump_quickly(type, copy, len, origin, &names);
    if (text != NULL) {
        *ret_text = text;
        return ERR_OK;
    }
    text = fault == NULL ? dump(type, copy, len) : NULL;
    if (text == NULL)
        return err_set(reterr, ERR_RDATA_PARSE, "%s", fault != NULL ? fault : "it is malformed");
    size_t at = 0;
    for (size_t i = 0; origin != NULL && i < names.count; i++) {
        char name[DNAME_TEXT];
        if (dname_from_wire(copy + names.at[i], len - names.at[i], name))
            text = shorten_word(text, &at, name, origin);
    }
    if (text[0] == '\0') {
        free(text);
        text = auto_strdup("\\# 0"); /* e.g. APL without items: empty rdata would not parse */
    }
    *ret_text = text;
    return ERR_OK;
}

err_t rr_rdata_canonical(uint16_t type, const char *text, const char *origin, char **ret_text, err_info_t *reterr)
{
    char *plain = rrplain_rdata(type, text, strlen(text), origin, origin);
    if (plain != NULL) {
        *ret_text = plain;
        return ERR_OK;
    }
    AUTO_FREE uint8_t *wire = NULL;
    AUTO_FREE uint8_t *wire2 = NULL;
    AUTO_FREE char *canonical = NULL;
    uint16_t len;
    uint16_t len2;
    err_t err = rr_rdata_to_wire(type, text, origin, &wire, &len, reterr);
    if (err == ERR_OK)
        err = rr_rdata_to_text(type, wire, len, origin, &canonical, reterr);
    if (err == ERR_OK)
        err = rr_rdata_to_wire(type, canonical, origin, &wire2, &len2, reterr);
    if (err != ERR_OK)
        return err;
    if (len != len2 || memcmp(wire, wire2, len) != 0)
        return rdata_error(reterr, type, text, "it does not survive the way to its wire form and back");
    *ret_text = canonical;
    canonical = NULL;
    return ERR_OK;
}

bool rr_rdata_target(uint16_t type, const char *canonical_text, const char *origin, char ret_target[DNAME_TEXT])
{
    int before; /* fields before the target, which is the last one */
    switch (type) {
    case RR_NS: case RR_CNAME: case RR_PTR: case RR_DNAME: before = 0; break;
    case RR_MX:                                            before = 1; break;
    case RR_SRV:                                           before = 3; break;
    default:                                               return false;
    }
    const char *p = canonical_text;
    for (; before > 0; before--) {
        p = word_end(p);
        p += *p == ' ';
    }
    return dname_absolute(p, origin, ret_target) == ERR_OK;
}
