/* Rules of whole zones: each with the case that breaks it and the one beside it that does not. */
#include "controller/domain/zone_check.h"
#include "shared/zonetext.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

#define HEAD "$TTL 3600\n@ IN SOA ns1.dns-one.example. h.dns-one.example. 1 1h 1h 1w 1h\n"
#define NS "@ NS ns1.dns-one.example.\n"
enum { OWN = 1, GROUP = 2, CUSTOMER = 4 };

typedef struct {
    int flags;
    const char *text;
    const char *codes; /* errors in order, warnings in brackets */
} case_t;

static const case_t CASES[] = {
    {OWN, HEAD NS, ""},
    {OWN, NS, "-22"},
    {OWN, HEAD, "-23"},
    {OWN, "", "-22 -23"},
    {GROUP, HEAD, ""},
    /* CNAME */
    {GROUP, HEAD "a CNAME b.example.\na A 192.0.2.1\n", "-18"},
    {GROUP, HEAD "a A 192.0.2.1\na CNAME b.example.\n", "-19"},
    {GROUP, HEAD "a CNAME b.example.\n;!DISABLE\na A 192.0.2.1\n", ""},
    {GROUP, HEAD ";!DISABLE\na A 192.0.2.1\na CNAME b.example.\n", ""},
    {GROUP, HEAD "@ CNAME b.example.\n", "-19"},
    {GROUP, HEAD "a CNAME b.example.\na CNAME c.example.\n", "-18"},
    /* duplicates */
    {GROUP, HEAD "a A 192.0.2.1\na 60 A 192.0.2.1\n", "-20"},
    {GROUP, HEAD "a A 192.0.2.1\n;!DISABLE\nA A 192.0.2.1\n", "-20"},
    {GROUP, HEAD "a A 192.0.2.1\nb A 192.0.2.1\na AAAA 2001:db8::1\n", ""},
    /* TTLs */
    {GROUP, HEAD "a A 192.0.2.1\na 60 A 192.0.2.2\n", "-131"},
    {GROUP, HEAD "a A 192.0.2.1\na 3600 A 192.0.2.2\na 60 AAAA 2001:db8::1\n", ""},
    {GROUP, HEAD "a A 192.0.2.1\n;!DISABLE\na 60 A 192.0.2.2\n", ""},
    /* DNAME */
    {GROUP, HEAD "d DNAME x.example.\na.d A 192.0.2.1\n", "-132"},
    {GROUP, HEAD "a.b.d A 192.0.2.1\nd DNAME x.example.\nd A 192.0.2.1\nxd A 192.0.2.1\n", "-132"},
    {GROUP, HEAD "@ DNAME x.example.\n@ MX 10 m.other.example.\n", ""},
    {GROUP, HEAD "@ DNAME x.example.\na A 192.0.2.1\n", "-132"},
    {GROUP, HEAD "d DNAME x.example.\nd DNAME y.example.\n", "-20"},
    /* targets */
    {GROUP, HEAD "@ MX 10 m\n", "-21"},
    {GROUP, HEAD "@ MX 10 m\nm TXT x\n", "[-181]"},
    {GROUP, HEAD "@ MX 10 m\nm CNAME o.example.\n", "[-180]"},
    {GROUP, HEAD "@ MX 10 m\n;!DISABLE\nm A 192.0.2.1\n", "-21"},
    {GROUP, HEAD "@ MX 10 m\nm AAAA 2001:db8::1\n", ""},
    {GROUP, HEAD "@ MX 10 m\n* A 192.0.2.1\n", "[-21]"},
    {GROUP, HEAD "@ MX 10 m.s\n* A 192.0.2.1\ns A 192.0.2.1\n", "-21"},
    {GROUP, HEAD "@ MX 10 m.s\n*.s A 192.0.2.1\n", "[-21]"},
    {GROUP, HEAD "@ MX 10 m.s\ns NS ns.other.example.\n", ""},
    {GROUP, HEAD "@ MX 0 .\n_x._tcp SRV 0 0 1 .\n@ TXT x\n", ""},
    {GROUP, HEAD ";!DISABLE\n@ MX 10 m\n", ""},
    {GROUP, HEAD "_x._tcp SRV 0 0 1 s\n", "-21"},
    {GROUP, HEAD "s NS n.s\n", "-21"},
    {GROUP, HEAD "s NS n.s\nn.s A 192.0.2.1\n", ""},
    {GROUP, HEAD "s NS n.t\nt NS n.other.example.\n", ""},
    {GROUP, HEAD "s NS n\n", "-21"},
    {OWN, HEAD "@ NS n\n", "-21"},
    {OWN, HEAD "@ NS n\nn A 192.0.2.1\n", ""},
    /* rights */
    {GROUP | CUSTOMER, HEAD ";!LOCKPTR\na PTR b.example.\n;!REF:x@Y\nc A 192.0.2.1\n", "-26 -27"},
    {GROUP, HEAD ";!LOCKPTR\na PTR b.example.\n;!REF:x@Y\nc A 192.0.2.1\n", ""},
    /* all at once */
    {GROUP,
     HEAD
     "a A 192.0.2.1\na A 192.0.2.1\nb CNAME c.example.\nb A 192.0.2.1\n@ MX 10 m\nx 1 A 192.0.2.1\nx 2 A 192.0.2.2\n",
     "-20 -18 -131 -21"},
};

static char *codes_of(const problem_list_t *problems)
{
    char *all = auto_strdup("");
    for (size_t i = 0; i < problems->count; i++) {
        const problem_t *p = &problems->items[i];
        char *next = auto_printf(p->warning ? "%s%s[%d]" : "%s%s%d", all, i > 0 ? " " : "", err_row(p->code)->rpc_code);
        free(all);
        all = next;
    }
    return all;
}

static zonedata_t *parse(const char *text)
{
    AUTO(problem_list) problems = problem_list_new();
    zonedata_t *data = NULL;
    zonetext_parse(text, strlen(text), "zone.example.", &(zonetext_opts_t){0}, problems, &data);
    return data;
}

static char NS_NAME[] = "ns1.dns-one.example.";
static char *const NS_NAMES[] = {NS_NAME};

START_TEST(rules)
{
    const case_t *c = &CASES[_i];
    AUTO(zonedata) data = parse(c->text);
    if (!data->has_soa) { /* what the settings fill in */
        data->soa = (zonedata_soa_t){.mname = auto_strdup("a.example."),
                                     .rname = auto_strdup("a.example."),
                                     .refresh = auto_strdup("1h"),
                                     .retry = auto_strdup("1h"),
                                     .expire = auto_strdup("1w"),
                                     .minimum = auto_strdup("1h")};
        free(data->zone_ttl);
        data->zone_ttl = auto_strdup("1h");
    }
    AUTO(problem_list) problems = problem_list_new();
    bool own = (c->flags & OWN) != 0, staff = (c->flags & CUSTOMER) == 0;
    zone_check_opts_t opts = {.own_apex = own,
                              .apex_ns = NS_NAMES,
                              .apex_ns_count = own ? 0 : 1,
                              .may_lock_ptr = staff,
                              .may_reference = staff};
    zone_check(data, &opts, problems);
    AUTO_FREE char *codes = codes_of(problems);
    ck_assert_msg(strcmp(codes, c->codes) == 0, "%s\nwanted (%s), got (%s)", c->text, c->codes, codes);
}
END_TEST

START_TEST(group_name_servers_need_addresses)
{
    static char inside[] = "ns.zone.example.";
    static char *const names[] = {inside};
    AUTO(zonedata) data = parse(HEAD);
    AUTO(problem_list) problems = problem_list_new();
    zone_check(data, &(zone_check_opts_t){.apex_ns = names, .apex_ns_count = 1}, problems);
    AUTO_FREE char *codes = codes_of(problems);
    ck_assert_str_eq(codes, "-21");
}
END_TEST

START_TEST(flags_that_are_there_may_stay)
{
    AUTO(zonedata) old = parse(HEAD ";!LOCKPTR\na PTR b.example.\n;!REF:x@Y\nc A 192.0.2.1\n");
    AUTO(zonedata)
    data = parse(HEAD ";!LOCKPTR\na PTR b.example.\n;!REF:X@y\nc A 192.0.2.1\n;!REF:x@Y\nd A 192.0.2.1\n");
    AUTO(problem_list) problems = problem_list_new();
    zone_check(data, &(zone_check_opts_t){.apex_ns = NS_NAMES, .apex_ns_count = 1, .old = old}, problems);
    AUTO_FREE char *codes = codes_of(problems);
    ck_assert_str_eq(codes, "-27");
}
END_TEST

START_TEST(size_limit_saves_the_work)
{
    AUTO(zonedata) data = parse(HEAD "a A 192.0.2.1\na A 192.0.2.1\n");
    AUTO(problem_list) problems = problem_list_new();
    zone_check(data, &(zone_check_opts_t){.max_records = 1}, problems);
    AUTO_FREE char *codes = codes_of(problems);
    ck_assert_str_eq(codes, "-133");
}
END_TEST

static void set(char **field, const char *value)
{
    free(*field);
    *field = auto_strdup(value);
}

START_TEST(fields)
{
    AUTO(zonedata) data = parse(HEAD);
    set(&data->soa.mname, "n_s.dns-one.example.");
    set(&data->soa.refresh, "3x");
    set(&data->soa.soa_ttl, "123456789012345678901");
    set(&data->zone_ttl, NULL);
    AUTO(problem_list) problems = problem_list_new();
    zone_check(data, &(zone_check_opts_t){.apex_ns = NS_NAMES, .apex_ns_count = 1}, problems);
    AUTO_FREE char *codes = codes_of(problems);
    ck_assert_str_eq(codes, "-48 -49 -49 -49");
}
END_TEST

START_TEST(proof)
{
    AUTO(zonedata) data = zonedata_new("zone.example.");
    static const struct {
        const char *label, *rdata;
        uint16_t type;
    } rows[] = {{"a", "010.0.0.1", RR_A},
                {"b", "10 M.zone.example.", RR_MX},
                {"c_d", "192.0.2.1", RR_A},
                {"e..f", "192.0.2.1", RR_A}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        zonedata_rr_t *rr = zonedata_add_rr(data, &data->groups[0]);
        rr->label = auto_strdup(rows[i].label);
        rr->rdata = auto_strdup(rows[i].rdata);
        rr->type = rows[i].type;
    }
    AUTO(problem_list) problems = problem_list_new();
    zone_check_prove(data, NULL, problems);
    ck_assert_str_eq(data->groups[0].rrs[1].rdata, "10 m");
    AUTO_FREE char *codes = codes_of(problems);
    ck_assert_str_eq(codes, "-24 -13 -89");
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(problems->items[i].record, i == 0 ? 0 : (int)i + 1);
    /* what is stored is not proven again */
    AUTO(problem_list) none = problem_list_new();
    zone_check_prove(data, data, none);
    ck_assert_uint_eq(none->count, 0);
}
END_TEST

/* Linear work: with anything else this would run into the time limit. */
START_TEST(large_zones)
{
    enum { COUNT = 200000 };
    AUTO(zonedata) data = zonedata_new("zone.example.");
    for (int i = 0; i < COUNT; i++) {
        zonedata_rr_t *rr = zonedata_add_rr(data, &data->groups[0]);
        rr->label = auto_printf("h%d.sub%d", i, i % 1000);
        rr->rdata = auto_printf("10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
        rr->type = RR_A;
    }
    AUTO(problem_list) problems = problem_list_new();
    zone_check(data, &(zone_check_opts_t){.apex_ns = NS_NAMES, .apex_ns_count = 1}, problems);
    AUTO_FREE char *codes = codes_of(problems);
    ck_assert_str_eq(codes, "-48 -48 -49 -49 -49 -49 -49"); /* no settings were filled in */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("zone_check");
    TCase *t = tcase_create("zone_check");
    tcase_set_timeout(t, 10);
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, rules, 0, ARRAY_SIZE(CASES));
    tcase_add_test(t, group_name_servers_need_addresses);
    tcase_add_test(t, flags_that_are_there_may_stay);
    tcase_add_test(t, size_limit_saves_the_work);
    tcase_add_test(t, fields);
    tcase_add_test(t, proof);
    tcase_add_test(t, large_zones);
    return check_suite(s);
}
