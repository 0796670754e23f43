#include "shared/reverse.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

START_TEST(classless_names)
{
    static const struct { const char *name, *cidr; } cases[] = {
        {"0/25.2.0.192.in-addr.arpa.", "192.0.2.0/25"},      {"128/25.2.0.192.in-addr.arpa.", "192.0.2.128/25"},
        {"64-26.2.0.192.in-addr.arpa.", "192.0.2.64/26"},    {"255-32.2.0.192.in-addr.arpa.", "192.0.2.255/32"},
        {"0-31.2.0.192.in-addr.arpa.", "192.0.2.0/31"},
        /* a range, host bits, a mask that is none, other depths and other trees have no network */
        {"64-127.2.0.192.in-addr.arpa.", NULL},              {"65/26.2.0.192.in-addr.arpa.", NULL},
        {"0/24.2.0.192.in-addr.arpa.", NULL},                {"0/33.2.0.192.in-addr.arpa.", NULL},
        {"0/25.0.192.in-addr.arpa.", NULL},                  {"0/25.1.2.0.192.in-addr.arpa.", NULL},
        {"0/25.2.0.256.in-addr.arpa.", NULL},                {"00/25.2.0.192.in-addr.arpa.", NULL},
        {"0/25.2.0.192.example.", NULL},                     {"2.0.192.in-addr.arpa.", NULL},
        {"a/25.2.0.192.in-addr.arpa.", NULL},                {"0/.2.0.192.in-addr.arpa.", NULL},
        {"example.", NULL}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char cidr[REVERSE_CIDR] = "";
        bool is = reverse_classless(cases[i].name, cidr);
        ck_assert_msg(is == (cases[i].cidr != NULL), "%s: %s", cases[i].name, cidr);
        ck_assert_msg(!is || strcmp(cidr, cases[i].cidr) == 0, "%s: %s", cases[i].name, cidr);
    }
}
END_TEST

START_TEST(labels)
{
    static const struct { const char *address, *zone, *label; } cases[] = {
        {"192.0.2.1", "2.0.192.in-addr.arpa.", "1"},         {"192.0.2.1", "0.192.in-addr.arpa.", "1.2"},
        {"192.0.2.1", "192.in-addr.arpa.", "1.2.0"},         {"192.0.2.65", "64-26.2.0.192.in-addr.arpa.", "65"},
        {"192.0.2.65", "64/26.2.0.192.in-addr.arpa.", "65"}, {"192.0.2.255", "255-32.2.0.192.in-addr.arpa.", "255"},
        {"192.0.12.1", "2.0.192.in-addr.arpa.", NULL},       {"198.51.100.1", "64-26.2.0.192.in-addr.arpa.", NULL},
        {"192.0.2.1", "example.", NULL},                     {"not one", "2.0.192.in-addr.arpa.", NULL},
        {"2001:db8::1", "8.b.d.0.1.0.0.2.ip6.arpa.", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"},
        {"2001:db8::fe", "f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", "e"},
        {"2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", "@"},
        {"::ffff:192.0.2.1", "0.ip6.arpa.", "1.0.2.0.0.0.0.c.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char label[DNAME_TEXT] = "";
        bool is = reverse_label(cases[i].address, cases[i].zone, label);
        ck_assert_msg(is == (cases[i].label != NULL), "%s in %s: %s", cases[i].address, cases[i].zone, label);
        ck_assert_msg(!is || strcmp(label, cases[i].label) == 0, "%s in %s: %s", cases[i].address, cases[i].zone, label);
        char address[REVERSE_ADDRESS] = "";
        bool back = is && reverse_address(label, cases[i].zone, address);
        ck_assert_msg(back == is && (!is || strcmp(address, cases[i].address) == 0), "%s in %s: %s", label, cases[i].zone, address);
    }
    static const struct { const char *label, *zone; } none[] = {
        {"1.2", "2.0.192.in-addr.arpa."},      {"256", "2.0.192.in-addr.arpa."},       {"@", "2.0.192.in-addr.arpa."}, {"01", "2.0.192.in-addr.arpa."},
        {"x", "2.0.192.in-addr.arpa."},        {"1", "8.b.d.0.1.0.0.2.ip6.arpa."},     {"www", "example."},            {"1.2.3.4", "example."},
        {"64-26", "2.0.192.in-addr.arpa."},    {"a.1", "64-26.2.0.192.in-addr.arpa."}, {"*", "2.0.192.in-addr.arpa."}};
    for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
        char address[REVERSE_ADDRESS] = "";
        ck_assert_msg(!reverse_address(none[i].label, none[i].zone, address), "%s in %s: %s", none[i].label, none[i].zone, address);
    }
}
END_TEST

/* A random address in a random network: the label with the zone's name (or in an RFC 2317 zone with its parent's) is the full name. */
START_TEST(labels_make_the_full_name)
{
    srand(4711);
    for (int i = 0; i < 2000; i++) {
        static const int masks[] = {8, 16, 24, 25, 26, 27, 28, 29, 30, 31, 32};
        bool v6 = i % 2 == 0;
        char address[64], network[80], zone[DNAME_TEXT], cidr[64], label[DNAME_TEXT], full[DNAME_TEXT], joined[DNAME_TEXT];
        if (v6)
            snprintf(address, sizeof(address), "2001:db8:%x:%x:%x::%x", (unsigned)rand() & 0xffff, (unsigned)rand() & 0xffff,
                     (unsigned)rand() & 0xffff, (unsigned)rand() & 0xffff);
        else
            snprintf(address, sizeof(address), "%d.%d.%d.%d", rand() % 224, rand() % 256, rand() % 256, rand() % 256);
        int bits = v6 ? 4 * (1 + rand() % 32) : masks[(size_t)rand() % ARRAY_SIZE(masks)];
        snprintf(network, sizeof(network), "%s/%d", address, bits);
        ck_assert_int_eq(dname_from_network(network, zone, cidr, NULL), ERR_OK);
        ck_assert(reverse_name(address, full));
        ck_assert_msg(reverse_label(address, zone, label), "%s", network);
        const char *above = !v6 && bits > 24 ? strchr(zone, '.') + 1 : zone;
        ck_assert_int_eq(dname_absolute(label, above, joined), ERR_OK);
        ck_assert_msg(strcmp(joined, full) == 0, "%s: %s in %s", network, label, zone);
        char again[REVERSE_CIDR];
        ck_assert_msg(reverse_classless(zone, again) == (!v6 && bits > 24), "%s", zone);
        ck_assert_msg(v6 || bits <= 24 || strcmp(again, cidr) == 0, "%s is not %s", again, cidr);
    }
}
END_TEST

START_TEST(delegation)
{
    char text[2048];
    ck_assert(reverse_delegation("64-26.2.0.192.in-addr.arpa.", "192.0.2.64/26", text, sizeof(text)));
    ck_assert_ptr_nonnull(strstr(text, "\"64 CNAME 64.64-26.2.0.192.in-addr.arpa.\" to \"127 CNAME 127.64-26.2.0.192.in-addr.arpa.\""));
    ck_assert(!reverse_delegation("2.0.192.in-addr.arpa.", "192.0.2.0/24", text, sizeof(text)));
    ck_assert(!reverse_delegation("8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8::/32", text, sizeof(text)));
}
END_TEST

CHECK_MAIN("reverse", classless_names, labels, labels_make_the_full_name, delegation)
