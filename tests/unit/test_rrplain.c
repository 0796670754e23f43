/* The quick way and the long way, through libzscanner and libknot, give the same text wherever the quick one gives any. */
#include "shared/rrline.h"
#include "shared/rrplain.h"
#include "shared/zonetext.h"
#include "tests/unit/check_run.h"
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 40000 };
static const uint16_t TYPES[] = {RR_A, RR_AAAA, RR_NS, RR_CNAME, RR_PTR, RR_DNAME, RR_MX, RR_SRV, RR_TXT, 99, 257};
static uint32_t s_seed = 20240601;

static uint32_t pick(uint32_t n)
{
    s_seed ^= s_seed << 13;
    s_seed ^= s_seed >> 17;
    s_seed ^= s_seed << 5;
    return s_seed % n;
}

/* NULL: not rdata of this type. */
static char *long_way(uint16_t type, const char *text, const char *origin, const char *zone)
{
    AUTO_FREE uint8_t *wire = NULL;
    uint16_t len;
    char *canonical = NULL;
    if (rr_rdata_to_wire(type, text, origin, &wire, &len, NULL) == ERR_OK)
        rr_rdata_to_text(type, wire, len, zone, &canonical, NULL);
    return canonical;
}

/* True: the quick way has given a text. */
static bool agree(uint16_t type, const char *text, const char *origin, const char *zone)
{
    AUTO_FREE char *copy = auto_malloc(strlen(text)); /* without the NUL: the sanitizer sees a step behind the end */
    memcpy(copy, text, strlen(text));
    AUTO_FREE char *quick = rrplain_rdata(type, copy, strlen(text), origin, zone);
    if (quick == NULL)
        return false;
    AUTO_FREE char *slow = long_way(type, text, origin, zone);
    ck_assert_msg(slow != NULL && strcmp(quick, slow) == 0, "type %u \"%s\" at %s in %s: quick \"%s\", long \"%s\"", type,
                  text, origin, zone, quick, slow);
    return true;
}

START_TEST(common_spellings)
{
    static const struct { uint16_t type; const char *text, *canonical; } cases[] = {
        {RR_A, "192.0.2.1", "192.0.2.1"},
        {RR_A, "  255.255.255.255 ", "255.255.255.255"},
        {RR_A, "192.0.2.01", NULL},
        {RR_A, "192.0.2.256", NULL},
        {RR_A, "192.0.2", NULL},
        {RR_A, "192.0.2.1 1", NULL},
        {RR_A, "", NULL},
        {RR_AAAA, "2001:DB8:0:0::1", "2001:db8::1"},
        {RR_AAAA, "2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"},
        {RR_AAAA, "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {RR_AAAA, "fe80::", "fe80::"},
        {RR_AAAA, "2001:0db8::0001", "2001:db8::1"},
        {RR_AAAA, "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {RR_AAAA, "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {RR_AAAA, "1:2:3:4:5:6:7", NULL},
        {RR_AAAA, "1::2::3", NULL},
        {RR_AAAA, "1:2:3:4:5:6:7:8:", NULL},
        {RR_AAAA, "1:2:3:4:5:6:7:8::", NULL},
        {RR_AAAA, "1:2:3:", NULL},
        {RR_AAAA, ":1:2:3:4:5:6:7:8", NULL},
        {RR_AAAA, "1:2:3:4:5:6:7:8:9", NULL},
        {RR_AAAA, "1::12345", NULL},
        {RR_AAAA, "::1", NULL},
        {RR_AAAA, "64:ff9b::192.0.2.1", NULL},
        {RR_NS, "NS1.Example.COM.", "ns1"},
        {RR_NS, "ns1", "ns1"},
        {RR_NS, "@", "@"},
        {RR_NS, "example.com.", "@"},
        {RR_NS, "ns.other.test.", "ns.other.test."},
        {RR_NS, ".", "."},
        {RR_NS, "a..b", NULL},
        {RR_NS, "a\\.b", NULL},
        {RR_MX, "10  mail", "10 mail"},
        {RR_MX, "65536 mail", NULL},
        {RR_MX, "010 mail", NULL},
        {RR_MX, "10", NULL},
        {RR_MX, "10 mail more", NULL},
        {RR_SRV, "0 5 5060 sip.example.com.", "0 5 5060 sip"},
        {RR_TXT, "\"a b\"   \"c\"", "\"a b\" \"c\""},
        {RR_TXT, "\"\"", "\"\""},
        {RR_TXT, "\"a\"\"b\"", NULL},
        {RR_TXT, "a", NULL},
        {RR_TXT, "\"\\\"\"", NULL},
        {RR_TXT, "", NULL},
        {257, "0 issue \"ca.example; x=1\"", "0 issue \"ca.example; x=1\""},
        {257, "256 issue \"ca\"", NULL},
        {257, "0 iss-ue \"ca\"", NULL},
        {44, "1 1 00", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_FREE char *quick =
            rrplain_rdata(cases[i].type, cases[i].text, strlen(cases[i].text), "example.com.", "example.com.");
        ck_assert_msg((quick == NULL) == (cases[i].canonical == NULL), "%s: %s", cases[i].text, quick);
        if (quick != NULL)
            ck_assert_str_eq(quick, cases[i].canonical);
        agree(cases[i].type, cases[i].text, "example.com.", "example.com.");
        agree(cases[i].type, cases[i].text, "sub.example.com.", "example.com.");
    }
}
END_TEST

/* Strings at the limit, and the longest names. */
START_TEST(limits)
{
    char text[600];
    for (int n = 250; n < 260; n++) {
        snprintf(text, sizeof text, "\"%0*d\" \"x\"", n, 0);
        ck_assert_int_eq(agree(RR_TXT, text, "example.com.", "example.com."), n <= 255);
        snprintf(text, sizeof text, "0 issue \"%0*d\"", n, 0);
        agree(257, text, "example.com.", "example.com.");
    }
    for (size_t n = 225; n < 262; n++) { /* labels of 31 and a last one */
        for (size_t i = 0; i < n; i++)
            text[i] = i % 32 == 31 ? '.' : 'a';
        text[n] = '\0';
        agree(RR_NS, text, "example.com.", "example.com.");
        agree(RR_NS, text, "e.", "com.");
        text[n - 1] = '.';
        agree(RR_NS, text, "example.com.", "example.com.");
    }
    for (int n = 60; n < 67; n++) {
        snprintf(text, sizeof text, "%0*d", n, 0);
        ck_assert_int_eq(agree(RR_PTR, text, "example.com.", "example.com."), n <= 63);
    }
    AUTO_FREE char *long_text = auto_malloc(200000);
    size_t at = 0;
    while (at < 60000)
        at += (size_t)sprintf(long_text + at, "\"%0200d\" ", 7);
    ck_assert(!agree(RR_TXT, long_text, "example.com.", "example.com."));
}
END_TEST

/* Pieces of rdata put together by chance, and good rdata with an octet changed. */
static void make(char text[400])
{
    static const char *const pieces[] = {
        "192.0.2.1", "10.20.30.40", "0", "1", "10", "255", "256", "65535", "65536", "00", "www", "WWW.Example.com.", "@", ".",
        "a.b", "_sip._tcp", "*.x", "0/25", "sub.example.com.", "ample.com.", "2001:db8::1", "2001:DB8:0:0:1::", "::", "::1",
        "fe80::1%1", "1:2:3:4:5:6:7:8", "1:0:0:4:0:0:0:8", "::ffff:192.0.2.1", "1::", "a:0::0:b", "\"\"", "\"v=spf1 -all\"",
        "\"a;b\"", "\"a\\\"b\"", "\"c\\065\"", "issue", "IODEF", "\\# 4 C0000201", "\\#", "a\\.b", "x.", "-", "..", ":", "e:"};
    static const char octets[] = "abZ019.:-_/*\"\\;()@ \t#$!~=\x7f\x80\xff";
    text[0] = '\0';
    for (uint32_t n = 1 + pick(4); n > 0; n--) {
        strcat(text, pieces[pick(ARRAY_SIZE(pieces))]);
        if (pick(8) > 0)
            strcat(text, pick(6) == 0 ? "  " : " ");
    }
    size_t len = strlen(text);
    while (len > 0 && pick(3) == 0)
        text[pick((uint32_t)len)] = octets[pick(sizeof octets - 1)];
}

START_TEST(rdata_by_chance)
{
    static const char *const origins[] = {"example.com.", "sub.example.com.", "com.", "other.test.", "."};
    size_t quick = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char text[400];
        make(text);
        quick += agree(TYPES[pick(ARRAY_SIZE(TYPES))], text, origins[pick(ARRAY_SIZE(origins))],
                       pick(20) == 0 ? "." : "example.com.");
    }
    ck_assert_uint_gt(quick, ROUNDS / 30);
}
END_TEST

/* Names against libknot's form of them. */
START_TEST(names_by_chance)
{
    static const char octets[] = "abcXYZ019-_/*..";
    static const char *const origins[] = {"example.com.", "x.example.com.", "com.", "\\255a.test."};
    for (int i = 0; i < ROUNDS; i++) {
        char name[80];
        char quick[DNAME_TEXT];
        char absolute[2 * DNAME_TEXT];
        size_t len = 1 + pick(i % 100 == 0 ? 70 : 12);
        for (size_t k = 0; k < len; k++)
            name[k] = octets[pick(sizeof octets - 1)];
        name[len] = '\0';
        const char *origin = origins[pick(ARRAY_SIZE(origins))];
        if (!dname_plain(name, len, origin, "example.com.", quick))
            continue;
        uint8_t wire[DNAME_WIRE];
        snprintf(absolute, sizeof absolute, "%s%s%s", name, name[len - 1] == '.' ? "" : ".",
                 name[len - 1] == '.' ? "" : origin);
        size_t size = dname_to_wire(absolute, wire);
        ck_assert_msg(size > 0, "%s", absolute);
        char slow[DNAME_TEXT];
        ck_assert(dname_from_wire(wire, size, slow));
        for (char *c = slow; *c != '\0'; c++)
            *c = (char)tolower((unsigned char)*c);
        dname_shorten(slow, "example.com.", slow);
        ck_assert_str_eq(quick, slow);
    }
}
END_TEST

static int is_zone(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && strcmp(dot, ".zone") == 0;
}

/* Records of a zone file as they are written in it. */
static void count_agreeing(const char *path, size_t *records, size_t *quick)
{
    AUTO_FILE in = fopen(path, "re");
    ck_assert_msg(in != NULL, "%s", path);
    AUTO_FREE char *text = auto_malloc(1 << 20);
    size_t len = fread(text, 1, 1 << 20, in);
    rrline_t line;
    rrline_init(&line, text, len);
    for (rrline_kind_t kind; (kind = rrline_next(&line)) != RRLINE_EOF;) {
        for (size_t i = 0; kind == RRLINE_ENTRY && i + 1 < line.word_count && i < 4; i++) {
            uint16_t type;
            AUTO_FREE char *word = auto_strndup(line.buf + line.words[i].off, line.words[i].len);
            if (!rr_type_from_text(word, &type) || type == RR_SOA)
                continue;
            AUTO_FREE char *rdata = auto_strndup(line.buf + line.words[i + 1].off, line.buf_len - line.words[i + 1].off);
            ++*records;
            *quick += agree(type, rdata, "example.com.", "example.com.");
            break;
        }
    }
    rrline_done(&line);
}

START_TEST(fixtures)
{
    static const char *const folders[] = {"zones", "bad"};
    size_t records[2] = {0, 0};
    size_t quick[2] = {0, 0};
    for (size_t f = 0; f < 2; f++) {
        struct dirent **files;
        AUTO_FREE char *folder = auto_printf(DMS_SOURCE_DIR "/tests/fixtures/%s", folders[f]);
        int n = scandir(folder, &files, is_zone, alphasort);
        ck_assert_int_gt(n, 0);
        for (int i = 0; i < n; i++) {
            AUTO_FREE char *path = auto_printf("%s/%s", folder, files[i]->d_name);
            count_agreeing(path, &records[f], &quick[f]);
            free(files[i]);
        }
        free(files);
    }
    ck_assert_uint_gt(records[0], 2000);
    ck_assert_uint_gt(quick[0], records[0] * 8 / 10);
}
END_TEST

CHECK_MAIN("rrplain", common_spellings, limits, rdata_by_chance, names_by_chance, fixtures)
