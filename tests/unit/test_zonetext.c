#include "shared/zonetext.h"
#include "tests/unit/check_run.h"
#include "tests/unit/zonedata_equal.h"
#include <stdlib.h>
#include <string.h>

#define SOA "@ IN SOA ns1 hostmaster 2024010100 2h 1h 1w 5m\n"

static zonedata_t *parse(const char *text, const char *name, const zonetext_opts_t *opts, problem_list_t *problems)
{
    zonedata_t *data = NULL;
    /* A copy of exactly this length: reading behind the end is seen. */
    size_t len = strlen(text);
    char *copy = auto_malloc(len);
    memcpy(copy, text, len);
    zonetext_parse(copy, len, name, opts, problems, &data);
    free(copy);
    return data;
}

static zonedata_t *parse_good(const char *text)
{
    AUTO(problem_list) problems = problem_list_new();
    zonedata_t *data = parse(text, "ex.com.", NULL, problems);
    ck_assert_msg(problems->count == 0, "%s: %s", text, problems->count > 0 ? problems->items[0].message : "");
    return data;
}

/* "code line" of every problem, warnings with a w */
static char *problems_of(const char *text, const char *name, const zonetext_opts_t *opts)
{
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) data = parse(text, name, opts, problems);
    char *all = auto_strdup("");
    for (size_t i = 0; i < problems->count; i++) {
        char *old = all;
        const problem_t *p = &problems->items[i];
        all = auto_printf("%s%s%s%d:%u:%u", old, i > 0 ? " " : "", p->warning ? "w" : "", err_row(p->code)->rpc_code,
                          p->line, p->col);
        free(old);
    }
    return all;
}

START_TEST(soa_and_apex)
{
    AUTO(zonedata)
    d = parse_good(
        "$TTL 1d\n;| Main\n;# about the SOA\n;!REF:4711\n@ 3h IN SOA ns1 host\\.master (\n 2024010100 ; serial\n"
        " 2h 1h\n1w 5m )\n NS ns1\n NS ns2.other.net.\n MX 10 mail\n\n;| Apex resource records for ex.com.\n"
        "@ NS ns3\n\nwww A 192.0.2.1\nsub NS ns1\n");
    ck_assert_str_eq(d->zone_ttl, "1d");
    ck_assert(d->has_soa);
    ck_assert_str_eq(d->soa.mname, "ns1.ex.com.");
    ck_assert_str_eq(d->soa.rname, "host\\.master.ex.com.");
    ck_assert_str_eq(d->soa.refresh, "2h");
    ck_assert_str_eq(d->soa.minimum, "5m");
    ck_assert_str_eq(d->soa.soa_ttl, "3h");
    ck_assert_str_eq(d->soa.comment, "about the SOA");
    ck_assert_str_eq(d->soa.reference, "4711");
    ck_assert_uint_eq(d->soa.serial, 2024010100);
    ck_assert_uint_eq(d->count, 3);
    ck_assert_str_eq(d->groups[0].comment, "Main");
    ck_assert_str_eq(d->groups[0].tag, "APEX_RRS");
    ck_assert_uint_eq(d->groups[0].count, 3);
    ck_assert_str_eq(d->groups[0].rrs[1].rdata, "ns2.other.net.");
    ck_assert_str_eq(d->groups[0].rrs[2].rdata, "ns3");
    ck_assert_uint_eq(d->groups[1].count, 1);
    ck_assert_int_eq(d->groups[1].rrs[0].type, RR_MX);
    ck_assert_uint_eq(d->groups[2].count, 2); /* a delegation is not the apex */
    ck_assert_uint_eq(d->records, 6);
}
END_TEST

START_TEST(groups_keep_their_identity)
{
    AUTO(zonedata)
    d = parse_good(
        ";| same\na A 192.0.2.1\n;| same\nb A 192.0.2.1\n\nc A 192.0.2.1\n\n\n\nd A 192.0.2.1\n;| two\n;|\n;|  lines\n"
        "e A 192.0.2.1\n; plain\nf A 192.0.2.1\n;|\ng A 192.0.2.1\n");
    static const struct { const char *comment, *label; size_t count;
    } groups[] = {{NULL, NULL, 0}, {"same", "a", 1},          {"same", "b", 1}, {NULL, "c", 1},
                  {NULL, "d", 1},  {"two\n\n lines", "e", 2}, {NULL, "g", 1}};
    ck_assert_uint_eq(d->count, ARRAY_SIZE(groups));
    for (size_t i = 1; i < d->count; i++) {
        ck_assert_pstr_eq(d->groups[i].comment, groups[i].comment);
        ck_assert_str_eq(d->groups[i].rrs[0].label, groups[i].label);
        ck_assert_uint_eq(d->groups[i].count, groups[i].count);
    }
}
END_TEST

START_TEST(flags_and_comments)
{
    AUTO(zonedata)
    d = parse_good(";# first\n;# second\n;!LOCKPTR DISABLE\n;!TRACKREV FORCEREV REF:DISABLEX\nw 1h30m A 192.0.2.1 ;# "
                   "lost\n A 192.0.2.2\n");
    const zonedata_rr_t *rr = d->groups[1].rrs;
    ck_assert_str_eq(rr->comment, "first\nsecond");
    ck_assert(rr->lock_ptr && rr->disable && rr->track_reverse && rr->force_reverse);
    ck_assert_str_eq(rr->reference, "DISABLEX");
    ck_assert(rr->has_ttl && rr->ttl == 5400);
    ck_assert_uint_eq(rr->line, 5);
    ck_assert(!rr[1].disable && !rr[1].has_ttl && rr[1].comment == NULL);
    ck_assert_str_eq(rr[1].label, "w");
    AUTO(zonedata) e = parse_good(";!REF:DISABLE\nw A 192.0.2.1\n");
    ck_assert(!e->groups[1].rrs[0].disable);
}
END_TEST

START_TEST(origin_and_owners)
{
    AUTO(zonedata)
    d = parse_good("$ORIGIN sub.ex.com.\nA A 192.0.2.1\n@ A 192.0.2.1\nB.EX.com. A 192.0.2.1\n$ORIGIN "
                   "ex.com.\n\\097\\; CNAME x.sub\n"
                   "0/25 NS ns\n_s._tcp IN 60 SRV 1 2 3 x\nin in a 192.0.2.1\n");
    static const char *const labels[] = {"a.sub", "sub", "b", "a\\;", "0/25", "_s._tcp", "in"};
    for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
        ck_assert_str_eq(d->groups[1].rrs[i].label, labels[i]);
}
END_TEST

START_TEST(name_from_text)
{
    zonetext_opts_t opts = {.origin_as_name = true};
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) d = parse("ex.com. SOA ns1 h 1 1 1 1 1\n NS ns1\n", NULL, &opts, problems);
    ck_assert_str_eq(d->name, "ex.com.");
    ck_assert_str_eq(d->soa.mname, "ns1.ex.com.");
    AUTO(zonedata) e = parse("$ORIGIN Ex.Org.\n@ SOA ns1 h 1 1 1 1 1\n", NULL, &opts, problems);
    ck_assert_str_eq(e->name, "ex.org.");
    ck_assert_uint_eq(problems->count, 0);
    static const char *const bad[] = {"", "www A 192.0.2.1\n", "@ SOA a b 1 1 1 1 1\n",
                                      "www.ex.com. A 192.0.2.1\nex.com. SOA a b 1 1 1 1 1\n"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        AUTO_FREE char *got = problems_of(bad[i], NULL, &opts);
        ck_assert_msg(strncmp(got, "-47", 3) == 0, "%s: %s", bad[i], got);
    }
    AUTO_FREE char *got = problems_of("www A 192.0.2.1\n", NULL, NULL);
    ck_assert_str_eq(got, "-47:0:0");
}
END_TEST

START_TEST(problems_with_places)
{
    static const struct { const char *text, *problems; } cases[] = {
        {" A 192.0.2.1\n", "-7:1:2"},
        {"w CH A 192.0.2.1\n", "-8:1:3"},
        {"w FOO x\nw ANY x\n", "-9:1:3 -9:2:3"},
        {"w RRSIG A 8 2 60 20300101000000 20300101000000 1 ex.com. AA==\n", "-9:1:1"},
        {"@ SOA a b 1 2 3 4\n", "-10:1:7"},
        {"@ SOA a b x 2 3 4 5\n", "-11:1:11"},
        {"fooex.com. A 192.0.2.1\n A 192.0.2.2\n", "-12:1:1"},
        {"w_w A 192.0.2.1\n", "-13:1:1"},
        {SOA SOA, "-15:2:1"},
        {"w SOA a b 1 2 3 4 5\n", "-16:1:1"},
        {"w A 192.0.2\nv A 192.0.2.1\nu A x", "-24:1:5 -24:3:5"},
        {"w A\n", "-24:1:3"},
        {"w TXT \"a\nv A 192.0.2.1\n", "-24:1:7"},
        {"w TXT ( a\nv A 192.0.2.1\n", "-24:1:7"},
        {"w TXT ( a\n ( b )\n", "-24:2:2"},
        {"w A 192.0.2.1 )\n", "-24:1:15"},
        {"  $INCLUDE /etc/passwd\n", "-9:1:3"},
        {"$INCLUDE /etc/passwd\n", "-50:1:1"},
        {"$ORIGIN nodot\n", "-51:1:9"},
        {"$ORIGIN a..b.\n", "-51:1:9"},
        {"$ORIGIN\n", "-51:1:1"},
        {"$TTL x\n", "-52:1:6"},
        {"$TTL 1\n$TTL 2\n", "-53:2:1"},
        {"w A 192.0.2.1\n$TTL 2\n", "-53:2:1"},
        {"$GENERATE 1-2 a A 192.0.2.$\n", "-54:1:1"},
        {"$UPDATE_TYPE x\n", "-84:1:1"},
        {"$ttl 1\n", "-126:1:1"},
        {"$TTL 1 2\n", "-126:1:8"},
        {";!RROP:ADD\nw A 192.0.2.1\n", "-85:1:3"},
        {";!DISABLED\nw A 192.0.2.1\n", "-126:1:3"},
        {";!LOCKPTR disable\nw A 192.0.2.1\n", "-126:1:11"},
        {" ;!DISABLE\nw A 192.0.2.1\n", "-126:1:2"},
        {";!REF:\nw A 192.0.2.1\n", "-126:1:3"},
        {";!DISABLE\n" SOA, "-126:1:1"},
        {"w 99999999999 A 192.0.2.1\n", "-126:1:3"},
        {"w\n", "-126:1:1"},
        {"w IN 60\n", "-126:1:1"},
        {"w\001 A 192.0.2.1\n", "-38:1:2"},
        {"; \xff\n", "-38:1:3"},
        {"w A 192.0.2.1 ;!DISABLE\n", "w-126:1:1"},
        {"w A 192.0.2.1\n;| alone\n", "w-126:2:1"},
        {"w A 192.0.2.1\n;# alone\n", "w-126:2:1"},
        {"w A 192.0.2.1\n;!DISABLE\n", "w-126:2:1"},
        {"w A 192.0.2.1\n", ""},
        {"w A 192.0.2.1", ""},
        {"w A 192.0.2.1\r\n\r\nv A ( 192.0.2.1 ; x\r\n)\r\n", ""},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_FREE char *got = problems_of(cases[i].text, "ex.com.", NULL);
        ck_assert_msg(strcmp(got, cases[i].problems) == 0, "%s: %s, not %s", cases[i].text, got, cases[i].problems);
    }
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata)
    d = parse("a A 192.0.2.1\n\n;| g\nb A 192.0.2.1\n  c\xc3\xbc A 192.0.2.9\n", "ex.com.", NULL, problems);
    ck_assert_str_eq(problems->items[0].marked_line, "  >!<c\xc3\xbc A 192.0.2.9");
    ck_assert_int_eq(problems->items[0].group, 2);
    ck_assert_int_eq(problems->items[0].record, 1);
}
END_TEST

START_TEST(update_mode)
{
    zonetext_opts_t opts = {.update_mode = true};
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata)
    d = parse(
        "$UPDATE_TYPE dhcp\n;!RROP:ADD\na A 192.0.2.1\n;!RROP:DELETE\nb ANY\n;!RROP:DELETE\nc A \"\"\n;!RROP:DELETE\n"
        "d TXT \\# 0\n;!RROP:UPDATE_RRTYPE\ne A 192.0.2.1\n;!RROP:DELETE\nf A 192.0.2.7\n",
        "ex.com.", &opts, problems);
    ck_assert_msg(problems->count == 0, "%s", problems->items[0].message);
    static const char *const rdata[] = {"192.0.2.1", "", "", "", "192.0.2.1", "192.0.2.7"};
    ck_assert_str_eq(d->update_type, "dhcp");
    for (size_t i = 0; i < ARRAY_SIZE(rdata); i++)
        ck_assert_str_eq(d->groups[1].rrs[i].rdata, rdata[i]);
    ck_assert_int_eq(d->groups[1].rrs[1].type, RR_ANY);
    AUTO_FREE char *text = zonetext_write(d, NULL);
    AUTO(zonedata) again = parse(text, "ex.com.", &opts, problems);
    AUTO_FREE char *difference = zonedata_difference(d, again);
    ck_assert_msg(difference == NULL && problems->count == 0, "%s", difference);
    AUTO_FREE char *got =
        problems_of(";!RROP:REMOVE\na A 192.0.2.1\n$UPDATE_TYPE a b\n$UPDATE_TYPE a/b\n", "ex.com.", &opts);
    ck_assert_str_eq(got, "-83:1:3 -126:3:16 -126:4:14");
}
END_TEST

START_TEST(limits)
{
    zonetext_opts_t opts = {.max_records = 2};
    AUTO_FREE char *got = problems_of("a A 192.0.2.1\nb A 192.0.2.1\nc A 192.0.2.1\nd A x\n", "ex.com.", &opts);
    ck_assert_str_eq(got, "-133:3:1");
    AUTO_FREE char *fine = problems_of("a A 192.0.2.1\nb A 192.0.2.1\n", "ex.com.", &opts);
    ck_assert_str_eq(fine, "");
}
END_TEST

/* A file of another kind makes thousands: the first ones are told, all are counted. */
START_TEST(problems_beyond_the_limit)
{
    AUTO_FREE char *text = auto_calloc(1, 8 * 250 + 1);
    for (size_t i = 0; i < 250; i++)
        memcpy(text + 8 * i, "a FOO x\n", 8);
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) data = parse(text, "ex.com.", NULL, problems);
    ck_assert_uint_eq(problems->errors, 250);
    ck_assert_uint_eq(problems->count, PROBLEM_MAX);
    ck_assert_uint_eq(problems->items[PROBLEM_MAX - 1].line, PROBLEM_MAX);
}
END_TEST

START_TEST(layout)
{
    AUTO(zonedata)
    d = parse_good("$TTL 1d\n" SOA " NS ns1\n\n;| Web\n;# one\n;!DISABLE\nwww 60 A 192.0.2.1\nwww AAAA ::1\n");
    zonetext_header_t header = {.reference = "R1", .zi_id = 7, .mtime = "today"};
    AUTO_FREE char *text = zonetext_write(d, &header);
    ck_assert_str_eq(text, "$TTL 1d\n$ORIGIN ex.com.\n\n;\n; Zone:        ex.com.\n; Reference:   R1\n; zi_id:       "
                           "7\n; zi_mtime:    today\n;\n"
                           "\n\n@                       IN      SOA             ( ns1.ex.com.     ;Master NS\n"
                           "                                                  hostmaster.ex.com. ;RP email\n"
                           "                                                  2024010100      ;Serial yyyymmddnn\n"
                           "                                                  2h              ;Refresh\n"
                           "                                                  1h              ;Retry\n"
                           "                                                  1w              ;Expire\n"
                           "                                                  5m              ;Minimum/Ncache\n"
                           "                                                )\n"
                           "                        IN      NS              ns1\n"
                           "\n\n;| Web\n;# one\n;!DISABLE\n"
                           "www             60      IN      A               192.0.2.1\n"
                           "                        IN      AAAA            ::1\n");
}
END_TEST

static uint64_t s_seed;

static uint64_t pick(uint64_t n)
{
    s_seed ^= s_seed << 13, s_seed ^= s_seed >> 7, s_seed ^= s_seed << 17;
    return (s_seed >> 11) % n;
}

static char *pick_comment(void)
{
    static const char *const comments[] = {NULL,     "text",     " leading",        "a\nb",         "a\n\nb",
                                           "ends\n", "\nbegins", ";| ;# ;!DISABLE", "\xc3\xbc (\"", "$TTL 5"};
    return auto_strdup(comments[pick(ARRAY_SIZE(comments))]);
}

static void add_random_rr(zonedata_t *d, zonedata_group_t *group, bool apex)
{
    static const char *const labels[] = {"@",   "www",   "*",      "a.b", "_x._tcp", "0/25", "a\\;b", "\\000",
                                         "\\@", "a\\.b", "\\$ttl", "in",  "a",       "1h",   "\\\"q"};
    static const struct { uint16_t type; const char *rdata;
    } datas[] = {{RR_TXT, "\"a;b\" \"\\\"(\\\\\" \"\\000\""},
                 {RR_CNAME, "@"},
                 {65280, "\\# 3 00FF0A"},
                 {65281, "\\# 0"},
                 {42, "\\# 0"},
                 {RR_SRV, "0 0 0 ."},
                 {RR_CNAME, "other.net."},
                 {257, "0 issue \"ca\""},
                 {RR_TXT, "\"$INCLUDE x\""},
                 {16, "\"\""},
                 {35, "1 2 \"s\" \"\" \"!a!b!\" x"},
                 {17, "a\\.b info"},
                 {RR_PTR, "a\\;b.\\000.net."}};
    zonedata_rr_t *rr = zonedata_add_rr(d, group);
    size_t k = pick(ARRAY_SIZE(datas));
    rr->label = auto_strdup(apex ? "@" : labels[pick(ARRAY_SIZE(labels))]);
    rr->type = apex ? RR_NS : datas[k].type;
    rr->rdata = auto_strdup(apex ? "ns1" : datas[k].rdata);
    rr->has_ttl = pick(2);
    rr->ttl = (uint32_t)pick(1u << 31);
    rr->comment = pick_comment();
    rr->reference = pick(4) == 0 ? auto_strdup("DISABLE-x:1") : NULL;
    rr->disable = pick(4) == 0;
    rr->lock_ptr = pick(4) == 0;
    rr->track_reverse = pick(4) == 0;
    rr->force_reverse = pick(4) == 0;
}

static zonedata_t *random_zone(void)
{
    zonedata_t *d = zonedata_new("ex.com.");
    d->zone_ttl = pick(2) ? auto_strdup("1d2h") : NULL;
    if (pick(3) > 0) {
        d->has_soa = d->soa.has_serial = true;
        d->soa.serial = 1 + (uint32_t)pick(UINT32_MAX);
        d->soa.mname = auto_strdup("ns1.ex.com.");
        d->soa.rname = auto_strdup("a\\.b.example.");
        char **times[] = {&d->soa.refresh, &d->soa.retry, &d->soa.expire, &d->soa.minimum};
        for (size_t i = 0; i < ARRAY_SIZE(times); i++)
            *times[i] = auto_strdup(pick(2) ? "2h" : "600");
        d->soa.soa_ttl = pick(2) ? auto_strdup("5m") : NULL;
        d->soa.comment = pick_comment();
        d->soa.reference = pick(2) ? auto_strdup("ref1") : NULL;
        d->groups[0].comment = pick(2) ? auto_strdup("my apex") : NULL;
    } else if (pick(2)) {
        d->groups[0].comment = auto_strdup("Apex resource records for ex.com.");
        add_random_rr(d, &d->groups[0], true);
    }
    for (uint64_t n = pick(3); n > 0; n--)
        add_random_rr(d, &d->groups[0], true);
    for (uint64_t groups = pick(5); groups > 0; groups--) {
        char *comment = pick_comment();
        zonedata_group_t *group = zonedata_add_group(d, comment, NULL);
        free(comment);
        for (uint64_t n = 1 + pick(4); n > 0; n--)
            add_random_rr(d, group, false);
    }
    return d;
}

/* Whatever zonedata can hold comes back from its text. */
START_TEST(round_trip)
{
    for (unsigned seed = 1; seed <= 1500; seed++) {
        s_seed = seed * UINT64_C(0x9e3779b97f4a7c15);
        AUTO(problem_list) problems = problem_list_new();
        AUTO(zonedata) d = random_zone();
        AUTO_FREE char *text = zonetext_write(d, NULL);
        AUTO(zonedata) again = parse(text, "ex.com.", NULL, problems);
        AUTO_FREE char *difference = zonedata_difference(d, again);
        ck_assert_msg(problems->count == 0, "seed %u: %s\n%s", seed, problems->items[0].message, text);
        ck_assert_msg(difference == NULL, "seed %u: %s\n%s", seed, difference, text);
    }
}
END_TEST

CHECK_MAIN("zonetext", soa_and_apex, groups_keep_their_identity, flags_and_comments, origin_and_owners, name_from_text,
           problems_with_places, update_mode, limits, problems_beyond_the_limit, layout, round_trip)
