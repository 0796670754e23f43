#include "shared/dname.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

START_TEST(from_text)
{
    static const struct { const char *text, *name; } good[] = {
        {"Example.COM", "example.com."}, {"example.com.", "example.com."}, {"com", "com."}, {".", "."},
        {"0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa."}, {"_sip._tcp.ex.com", "_sip._tcp.ex.com."},
        {"xn--bcher-kva.example", "xn--bcher-kva.example."}};
    static const char *const bad[] = {"",
                                      "..",
                                      "a..b",
                                      ".a",
                                      ("b\xc3\xbc"
                                       "cher.de"),
                                      "a b.com",
                                      "a;b",
                                      "$x",
                                      "*.ex.com",
                                      "a\\.b",
                                      "@",
                                      "ex.com.\n",
                                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com",
                                      "a'b",
                                      "\"a\""};
    char name[DNAME_TEXT];
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        ck_assert_int_eq(dname_from_text(good[i].text, name, NULL), ERR_OK);
        ck_assert_str_eq(name, good[i].name);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        AUTO_ERR info = ERR_INFO_INIT;
        ck_assert_msg(dname_from_text(bad[i], name, &info) == ERR_INVALID_DOMAIN_NAME, "%s", bad[i]);
        ck_assert_ptr_nonnull(strstr(info.message, "is not a domain name: it"));
    }
    char longest[600] = "";
    for (int i = 0; i < 127; i++)
        strcat(longest, "a.");
    ck_assert_int_eq(dname_from_text(longest, name, NULL), ERR_OK); /* 127 * 2 + 1 = 255 */
    strcat(longest, "a.");
    ck_assert_int_ne(dname_from_text(longest, name, NULL), ERR_OK);
}
END_TEST

START_TEST(relative_at_label_boundaries)
{
    static const struct { const char *name, *origin, *label; err_t err; } cases[] = {
        {"@", "ex.com.", "@", ERR_OK},
        {"ex.com.", "ex.com.", "@", ERR_OK},
        {"WWW", "ex.com.", "www", ERR_OK},
        {"www.ex.com.", "ex.com.", "www", ERR_OK},
        {"a.B.Ex.Com.", "ex.com.", "a.b", ERR_OK},
        {"ex.com", "ex.com.", "ex.com", ERR_OK},
        {"*", "ex.com.", "*", ERR_OK},
        {"com.", ".", "com", ERR_OK},
        {".", ".", "@", ERR_OK},
        {"fooex.com.", "ex.com.", NULL, ERR_LABEL_NOT_IN_DOMAIN},
        {"foo\\.ex.com.", "ex.com.", NULL, ERR_LABEL_NOT_IN_DOMAIN},
        {"foo\\\\.ex.com.", "ex.com.", "foo\\\\", ERR_OK},
        {"com.", "ex.com.", NULL, ERR_LABEL_NOT_IN_DOMAIN},
        {"a..b", "ex.com.", NULL, ERR_INVALID_DOMAIN_NAME},
        {"a b", "ex.com.", NULL, ERR_INVALID_DOMAIN_NAME},
        {"a\n$INCLUDE x", "ex.com.", NULL, ERR_INVALID_DOMAIN_NAME},
        {"\\999", "ex.com.", NULL, ERR_INVALID_DOMAIN_NAME},
        {"", "ex.com.", NULL, ERR_INVALID_DOMAIN_NAME},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char label[DNAME_TEXT] = "untouched";
        err_t err = dname_relative(cases[i].name, cases[i].origin, label, NULL);
        ck_assert_msg(err == cases[i].err, "%s: %s", cases[i].name, err_name(err));
        ck_assert_str_eq(label, cases[i].label != NULL ? cases[i].label : "untouched");
    }
}
END_TEST

START_TEST(shorten_and_absolute)
{
    char text[DNAME_TEXT];
    dname_shorten("Mail.EX.com.", "ex.com.", text);
    ck_assert_str_eq(text, "Mail");
    dname_shorten("fooex.com.", "ex.com.", text);
    ck_assert_str_eq(text, "fooex.com.");
    dname_shorten("ex.com.", "ex.com.", text);
    ck_assert_str_eq(text, "@");
    dname_shorten(".", ".", text);
    ck_assert_str_eq(text, ".");
    ck_assert_int_eq(dname_absolute("www", "ex.com.", text), ERR_OK);
    ck_assert_str_eq(text, "www.ex.com.");
    ck_assert_int_eq(dname_absolute("@", "ex.com.", text), ERR_OK);
    ck_assert_str_eq(text, "ex.com.");
    ck_assert_int_eq(dname_absolute("www.", ".", text), ERR_OK);
    ck_assert_str_eq(text, "www.");
    ck_assert_int_eq(dname_absolute("www", ".", text), ERR_OK);
    ck_assert_str_eq(text, "www.");
    ck_assert_int_eq(dname_absolute("a\\.", "ex.com.", text), ERR_OK); /* the dot is part of the label */
    ck_assert_str_eq(text, "a\\..ex.com.");
    ck_assert(dname_in("a.ex.com.", "ex.com."));
    ck_assert(dname_in("ex.com.", "ex.com."));
    ck_assert(dname_in("ex.com.", "."));
    ck_assert(!dname_in("fooex.com.", "ex.com."));
    ck_assert(!dname_in("com.", "ex.com."));
    ck_assert(dname_parent("a.ex.com.", text));
    ck_assert_str_eq(text, "ex.com.");
    ck_assert(dname_parent("a\\.b.com.", text));
    ck_assert_str_eq(text, "com.");
    ck_assert(dname_parent("com.", text));
    ck_assert_str_eq(text, ".");
    ck_assert(!dname_parent(".", text));
}
END_TEST

START_TEST(hostnames)
{
    static const char *const good[] = {"@", "a", "www", "www.ex.com.", "1a.2", "x--y"};
    static const char *const bad[] = {"",       ".", "a_b", "-a",  "a-",    "a..b",     "a.-b",
                                      "a.b-.c", "*", "a.*", "a/b", "a\\.b", "b\xc3\xbc"};
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        ck_assert_msg(dname_is_hostname(good[i], false), "%s", good[i]);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_msg(!dname_is_hostname(bad[i], false), "%s", bad[i]);
    ck_assert(dname_is_hostname("*", true));
    ck_assert(dname_is_hostname("*.a", true));
    ck_assert(!dname_is_hostname("*a", true));
    ck_assert(!dname_is_hostname("a.*", true));
}
END_TEST

START_TEST(wire_round_trip)
{
    uint64_t seed = 4101842887655102017u;
    for (int i = 0; i < 5000; i++) {
        uint8_t wire[DNAME_WIRE];
        uint8_t again[DNAME_WIRE];
        char text[DNAME_TEXT];
        size_t n = 0;
        for (int labels = (int)(seed % 4); labels >= 0; labels--) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            size_t len = 1 + seed % 63;
            if (n + len + 2 > DNAME_WIRE)
                break;
            wire[n++] = (uint8_t)len;
            for (size_t k = 0; k < len; k++) {
                seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
                wire[n++] = (uint8_t)(seed >> 20);
            }
        }
        wire[n++] = 0;
        ck_assert(dname_from_wire(wire, n, text));
        ck_assert_uint_eq(dname_to_wire(text, again), n);
        ck_assert_mem_eq(wire, again, n);
    }
    char text[DNAME_TEXT];
    ck_assert(!dname_from_wire((const uint8_t *)"\3ab", 3, text));
    ck_assert(!dname_from_wire((const uint8_t *)"\xc0\x00", 2, text)); /* compression */
    ck_assert(!dname_from_wire((const uint8_t *)"", 0, text));
}
END_TEST

START_TEST(networks)
{
    static const struct { const char *text, *name, *cidr; } good[] = {
        {"192.0.2.0/24", "2.0.192.in-addr.arpa.", "192.0.2.0/24"},
        {"192.0.2/24", "2.0.192.in-addr.arpa.", "192.0.2.0/24"},
        {"10/8", "10.in-addr.arpa.", "10.0.0.0/8"},
        {"192.0.2.77/24", "2.0.192.in-addr.arpa.", "192.0.2.0/24"},
        {"10.1.2.3/8", "10.in-addr.arpa.", "10.0.0.0/8"},
        {"2001:db8::/32", "8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8::/32"},
        {"2001:db8:ff::1/44", "f.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8:f0::/44"},
        {"2001:db8::/64", "0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8::/64"},
        {"192.0.2.0/25", "0-25.2.0.192.in-addr.arpa.", "192.0.2.0/25"},
        {"192.0.2.77/26", "64-26.2.0.192.in-addr.arpa.", "192.0.2.64/26"},
        {"192.0.2.255/32", "255-32.2.0.192.in-addr.arpa.", "192.0.2.255/32"},
        {"192.0.2/25", "0-25.2.0.192.in-addr.arpa.", "192.0.2.0/25"},
        {"2001:db8:ff::1/100", "0.0.0.0.0.0.0.0.0.0.0.0.0.f.f.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8:ff::/100"},
        {"2001:db8::1/128", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8::1/128"},
        {"2000::/4", "2.ip6.arpa.", "2000::/4"},
        {"Example.com", "example.com.", ""},
        {"0/25.2.0.192.in-addr.arpa.", "0/25.2.0.192.in-addr.arpa.", ""}};
    static const char *const bad[] = {
        "192.0.2.0/22",  "192.0.2.1",  "10.0.0.0/",   "10.0.0.0/x",   "10.0.0.0/24x", "2001:db8::/33", "10.0.0.0/12",
        "2001:db8::/70", "2001:db8::", "10.0.0.0/-8", "192.0.2.0/33", "::/0",         "0.0.0.0/0",     "2001:db8::/132"};
    static const struct { const char *text, *hint; } hints[] = {
        {"192.0.2.9/22", "192.0.0.0/24 to 192.0.3.0/24 (4 zones)"},
        {"10.20.0.0/13", "10.16.0.0/16 to 10.23.0.0/16 (8 zones)"},
        {"192.0.0.0/7", "192.0.0.0/8 to 193.0.0.0/8 (2 zones)"},
        {"192.0.0.0/23", "192.0.0.0/24 to 192.0.1.0/24 (2 zones)"},
        {"192.0.0.0/40", "/8, /16, or /24 to /32"},
        {"2001:db8::/33", "/4 to /128 in steps of four"}};
    char name[DNAME_TEXT];
    char cidr[64];
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        ck_assert_int_eq(dname_from_network(good[i].text, name, cidr, NULL), ERR_OK);
        ck_assert_msg(strcmp(name, good[i].name) == 0, "%s: %s", good[i].text, name);
        ck_assert_msg(strcmp(cidr, good[i].cidr) == 0, "%s: %s", good[i].text, cidr);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_msg(dname_from_network(bad[i], name, cidr, NULL) == ERR_INVALID_DOMAIN_NAME, "%s", bad[i]);
    for (size_t i = 0; i < ARRAY_SIZE(hints); i++) {
        AUTO_ERR err = ERR_INFO_INIT;
        ck_assert_int_eq(dname_from_network(hints[i].text, name, cidr, &err), ERR_INVALID_DOMAIN_NAME);
        ck_assert_msg(strstr(err.hint, hints[i].hint) != NULL, "%s: %s", hints[i].text, err.hint);
    }
}
END_TEST

CHECK_MAIN("dname", from_text, relative_at_label_boundaries, shorten_and_absolute, hostnames, wire_round_trip, networks)
