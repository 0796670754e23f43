#include "shared/rr.h"
#include "shared/rrcheck.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

START_TEST(types)
{
    uint16_t type;
    char text[RR_TYPE_TEXT];
    ck_assert(rr_type_from_text("a", &type) && type == RR_A);
    ck_assert(rr_type_from_text("TYPE65280", &type) && type == 65280);
    ck_assert(rr_type_from_text("https", &type) && type == 65);
    static const char *const bad[] = {
        "ANY",       "AXFR",    "IXFR", "OPT", "TSIG", "TKEY", "TYPE0",
        "TYPE65536", "TYPE255", "FOO",  "",    "A B",  "TYPE", "AAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_msg(!rr_type_from_text(bad[i], &type), "%s", bad[i]);
    rr_type_text(RR_MX, text);
    ck_assert_str_eq(text, "MX");
    rr_type_text(65280, text);
    ck_assert_str_eq(text, "TYPE65280");
}
END_TEST

START_TEST(ttls)
{
    static const struct { const char *text; uint32_t seconds; } good[] = {
        {"0", 0}, {"3600", 3600}, {"1h30m", 5400}, {"2W", 1209600}, {"1d1s", 86401}, {"2147483647", 2147483647}};
    static const char *const bad[] = {"",    "h",    "1x",   "-1", "1h30", "2147483648", "99999999999999999999",
                                      "1 h", "1.5h", "4000w"};
    uint32_t seconds;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        ck_assert(rr_ttl_from_text(good[i].text, &seconds));
        ck_assert_uint_eq(seconds, good[i].seconds);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_msg(!rr_ttl_from_text(bad[i], &seconds), "%s", bad[i]);
}
END_TEST

static uint16_t type_of(const char *text)
{
    uint16_t type;
    ck_assert_msg(rr_type_from_text(text, &type), "%s", text);
    return type;
}

START_TEST(canonical_forms)
{
    static const struct { const char *type, *text, *canonical;
    } cases[] = {
        {"A", " 192.0.2.1 ", "192.0.2.1"},
        {"A", "\\# 4 C0000201", "192.0.2.1"},
        {"AAAA", "2001:DB8:0:0::1", "2001:db8::1"},
        {"MX", "10 Mail", "10 mail"},
        {"MX", "10 mail.ex.com.", "10 mail"},
        {"MX", "10 fooex.com.", "10 fooex.com."},
        {"MX", "0 .", "0 ."},
        {"NS", "@", "@"},
        {"NS", "ex.com.", "@"},
        {"CNAME", "www", "www"},
        {"SRV", "0 0 0 .", "0 0 0 ."},
        {"SRV", "1 2 5060 SIP.ex.com.", "1 2 5060 sip"},
        {"TXT", "v=spf1 -all", "\"v=spf1\" \"-all\""},
        {"TXT", "\"a;b (c) $d\"", "\"a;b (c) $d\""},
        {"TXT", "\"ü\"", "\"\\195\\188\""},
        {"TXT", "( \"a\" \"b\" )", "\"a\" \"b\""},
        {"RP", "joe.ex.com. info", "joe info"},
        {"CAA", "0 issue \"ca.example\"", "0 issue \"ca.example\""},
        {"TYPE65280", "\\# 2 AbCd", "\\# 2 ABCD"},
        {"TYPE65280", "\\# 0", "\\# 0"},
        {"APL", "", "\\# 0"},
        {"HTTPS", "1 . alpn=h2", "1 . alpn=h2"},
        {"HTTPS", "1 svc.ex.com. port=8443", "1 svc port=8443"},
        {"NAPTR", "100 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.ex.com.", "100 50 \"s\" \"SIP+D2U\" \"\" _sip._udp"},
        {"DS", "60485 5 1 2BB183AF5F22588179A53B0A 98631FAD1A292118",
         "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
        {"SOA", "ns1 hostmaster 1 2h 1h 1w 5m", "ns1 hostmaster 1 7200 3600 604800 300"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_ERR info = ERR_INFO_INIT;
        AUTO_FREE char *text = NULL;
        AUTO_FREE char *again = NULL;
        uint16_t type = type_of(cases[i].type);
        err_t err = rr_rdata_canonical(type, cases[i].text, "ex.com.", &text, &info);
        ck_assert_msg(err == ERR_OK, "%s %s: %s", cases[i].type, cases[i].text, err_message(&info));
        ck_assert_str_eq(text, cases[i].canonical);
        ck_assert_int_eq(rr_rdata_canonical(type, text, "ex.com.", &again, NULL), ERR_OK);
        ck_assert_str_eq(text, again);
    }
}
END_TEST

/* Rdata from JSON is foreign: nothing in it may become a second record, a directive or a comment. */
START_TEST(nothing_is_smuggled)
{
    static const struct { const char *type, *text; } bad[] = {
        {"A", "192.0.2.1\nevil A 192.0.2.2"},
        {"A", "( 192.0.2.1\nevil A 192.0.2.2 )"},
        {"A", "192.0.2.1\r\nevil A 192.0.2.2"},
        {"A", "192.0.2.1\rx"},
        {"A", "192.0.2.1 ; comment"},
        {"A", "192.0.2.1\n$INCLUDE /etc/passwd"},
        {"A", "192.0.2.1 )"},
        {"A", "( 192.0.2.1"},
        {"A", "192.0.2.1 192.0.2.2"},
        {"A", ""},
        {"A", "\\# 4 C00002"},
        {"A", "\\# 5 C000020101"},
        {"TXT", "\"open"},
        {"TXT", "\"two\nlines\""},
        {"TXT", "back\\"},
        {"TXT", "v=DKIM1; k=rsa"},
        {"TXT", "\"\\300\""},
        {"MX", "10 mail\\"},
        {"MX", "mail"},
        {"CNAME", "a b"},
        {"CNAME", "a\\999b"},
        {"CNAME", "$INCLUDE"},
        {"CAA", "0 issue-wild \"x\""},
        {"DS", "60485 5 1 2BB183"},
        {"SSHFP", "1 1 1234"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        AUTO_ERR info = ERR_INFO_INIT;
        AUTO_FREE char *text = NULL;
        err_t err = rr_rdata_canonical(type_of(bad[i].type), bad[i].text, "ex.com.", &text, &info);
        ck_assert_msg(err == ERR_RDATA_PARSE, "%s %s -> %s", bad[i].type, bad[i].text, text);
    }
    char longest[300];
    memset(longest, 'x', sizeof longest);
    longest[255] = '\0';
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *none = NULL;
    ck_assert_int_eq(rr_rdata_canonical(RR_TXT, longest, "ex.com.", &text, NULL), ERR_OK);
    longest[255] = 'x';
    longest[256] = '\0';
    ck_assert_int_eq(rr_rdata_canonical(RR_TXT, longest, "ex.com.", &none, NULL), ERR_RDATA_PARSE);
}
END_TEST

/* libknot 3.2 reads behind the end of these: they must not reach it, neither as \\# text nor as wire form. */
START_TEST(malformed_wire_of_known_types)
{
    static const char *const known[] = {"TXT",   "SPF",      "HINFO", "NSEC",  "NSEC3", "NSEC3PARAM", "CSYNC",
                                        "APL",   "IPSECKEY", "SVCB",  "HTTPS", "CAA",   "DS",         "SSHFP",
                                        "NAPTR", "LOC",      "RP",    "CERT",  "TLSA",  "DNSKEY",     "URI"};
    uint64_t seed = 88172645463325252u;
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        uint16_t type = type_of(known[i]);
        for (int n = 0; n < 1000; n++) {
            uint8_t wire[40];
            uint16_t len = (uint16_t)(n % (int)sizeof wire);
            AUTO_FREE char *text = NULL;
            for (size_t k = 0; k < len; k++) {
                seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
                wire[k] = (uint8_t)(seed >> 20) & (n % 2 ? 3 : 255);
            }
            rr_rdata_to_text(type, wire, len, "ex.com.", &text, NULL);
        }
    }
    AUTO_ERR info = ERR_INFO_INIT;
    char *none = NULL;
    ck_assert_int_eq(rr_rdata_canonical(RR_TXT, "\\# 1 FF", "ex.com.", &none, &info), ERR_RDATA_PARSE);
    ck_assert_int_eq(rr_rdata_canonical(45, "\\# 2 FFFF", "ex.com.", &none, &info), ERR_RDATA_PARSE);
}
END_TEST

START_TEST(malformed_wire)
{
    char *text = NULL;
    ck_assert_int_eq(rr_rdata_to_text(RR_MX, (const uint8_t *)"\0\12\4mail", 7, "ex.com.", &text, NULL),
                     ERR_RDATA_PARSE);
    ck_assert_int_eq(rr_rdata_to_text(RR_A, (const uint8_t *)"abc", 3, NULL, &text, NULL), ERR_RDATA_PARSE);
    ck_assert_int_eq(rr_rdata_to_text(RR_NS, (const uint8_t *)"\xc0\x0c", 2, NULL, &text, NULL), ERR_RDATA_PARSE);
    ck_assert_ptr_null(text);
}
END_TEST

START_TEST(targets)
{
    char name[DNAME_TEXT];
    ck_assert(rr_rdata_target(RR_MX, "10 mail", "ex.com.", name));
    ck_assert_str_eq(name, "mail.ex.com.");
    ck_assert(rr_rdata_target(RR_SRV, "0 0 0 .", "ex.com.", name));
    ck_assert_str_eq(name, ".");
    ck_assert(rr_rdata_target(RR_CNAME, "@", "ex.com.", name));
    ck_assert_str_eq(name, "ex.com.");
    ck_assert(!rr_rdata_target(RR_A, "192.0.2.1", "ex.com.", name));
}
END_TEST

static char *check_one(const char *zone, const char *label, uint16_t type, const char *rdata)
{
    AUTO_FREE char *own_label = auto_strdup(label);
    AUTO_FREE char *own_rdata = auto_strdup(rdata);
    zonedata_rr_t rr = {.label = own_label, .type = type, .rdata = own_rdata};
    AUTO(problem_list) problems = problem_list_new();
    bool ok = rrcheck_record(zone, &rr, problems);
    ck_assert_int_eq(ok, problems->errors == 0);
    return auto_strdup(ok ? "" : err_name(problems->items[0].code));
}

START_TEST(rules_of_one_record)
{
    static const struct { const char *zone, *label; uint16_t type; const char *rdata, *error; } cases[] = {
        {"ex.com.", "www", RR_A, "192.0.2.1", ""},
        {"ex.com.", "*", RR_A, "192.0.2.1", ""},
        {"ex.com.", "w_w", RR_A, "192.0.2.1", "BAD_NAME_OWNER"},
        {"ex.com.", "w_w", RR_AAAA, "::1", "BAD_NAME_OWNER"},
        {"ex.com.", "w_w", RR_MX, "10 mail", "BAD_NAME_OWNER"},
        {"ex.com.", "w_w", RR_TXT, "\"x\"", ""},
        {"ex.com.", "@", RR_MX, "0 .", ""},
        {"ex.com.", "@", RR_MX, "10 .", "BAD_NAME_RDATA"},
        {"ex.com.", "@", RR_MX, "10 m_x", "BAD_NAME_RDATA"},
        {"ex.com.", "@", RR_NS, "n_s", "BAD_NAME_RDATA"},
        {"ex.com.", "@", RR_NS, ".", "BAD_NAME_RDATA"},
        {"ex.com.", "_sip._udp", RR_SRV, "0 0 0 .", ""},
        {"ex.com.", "_sip._udp", RR_SRV, "0 0 0 s_x", "BAD_NAME_RDATA"},
        {"ex.com.", "x", RR_PTR, "a_b", ""},
        {"2.0.192.in-addr.arpa.", "1", RR_PTR, "a_b.ex.com.", "BAD_NAME_RDATA"},
        {"2.0.192.in-addr.arpa.", "1", RR_PTR, "*.ex.com.", "BAD_NAME_RDATA"},
        {"2.0.192.in-addr.arpa.", "1", RR_PTR, "a.ex.com.", ""},
        {"ex.com.", "x", 46, "A 8 2 60 20300101000000 20300101000000 1 ex.com. AA==", "UNHANDLED_TYPE"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_FREE char *got = check_one(cases[i].zone, cases[i].label, cases[i].type, cases[i].rdata);
        ck_assert_msg(strcmp(got, cases[i].error) == 0, "case %zu: %s", i, got);
    }
}
END_TEST

CHECK_MAIN("rr", types, ttls, canonical_forms, nothing_is_smuggled, malformed_wire_of_known_types,
           malformed_wire, targets, rules_of_one_record)
