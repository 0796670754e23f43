/* Scopes: patterns, what they let through, what is taken away. */
#include "controller/domain/scope.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

START_TEST(patterns)
{
    static const struct { const char *pattern, *name; bool match; } CASES[] = {
        {"www", "www", true},   {"www", "WWW", true},      {"www", "www2", false},       {"www?", "www2", true},   {"www?", "www", false},
        {"*", "", true},        {"*", "a.b", true},        {"", "", true},               {"", "a", false},          {"a*", "a", true},
        {"*a*b*", "xaxbx", true}, {"*a*b*", "xbxax", false}, {"*.a.", "b.a.", true},     {"*.a.", "a.", false},     {"**", "x", true},
        {"*.a", "b\\.a", false}, /* one label that has a dot in it */
        {"b\\.a", "b\\.a", true}, {"b\\.a", "b.a", false}, {"b\\046a", "b\\.a", true},   {"?", "\\.", true},        {"?", "\\200", true},
        {"\\*", "*", true},     {"\\*", "a", false},       {"\\065", "a", true},         {"ab*ab", "ab", false},    {"*ab", "aab", true}};
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++)
        ck_assert_msg(scope_match(CASES[i].pattern, CASES[i].name) == CASES[i].match, "%s %s", CASES[i].pattern, CASES[i].name);
}
END_TEST

static void add(scope_list_t *list, const char *word)
{
    list->items = realloc(list->items, (list->count + 1) * sizeof(char *));
    list->items[list->count++] = auto_strdup(word);
}

#define AUTO_SCOPE AUTO_CLEANUP(scope_done) scope_t

START_TEST(methods)
{
    AUTO_SCOPE scope = {0};
    ck_assert(scope_has_method(NULL, "x", true) && scope_has_method(&scope, "x", true));
    scope.read_only = true;
    ck_assert(scope_has_method(&scope, "x", false) && !scope_has_method(&scope, "x", true));
    add(&scope.methods, "x");
    add(&scope.methods, "y");
    add(&scope.front_end_methods, "y");
    ck_assert(!scope_has_method(&scope, "x", false) && scope_has_method(&scope, "y", false) && scope_has_method(&scope, "rpc.discover", false));
}
END_TEST

START_TEST(records)
{
    AUTO_SCOPE scope = {0};
    ck_assert(!scope_limits_records(NULL) && !scope_limits_records(&scope) && scope_has_record(&scope, "a.", "x", RR_ANY));
    add(&scope.types, "TXT");
    ck_assert(scope_has_record(&scope, "a.", "x", RR_TXT) && !scope_has_record(&scope, "a.", "x", RR_A));
    ck_assert(!scope_has_record(&scope, "a.", "x", RR_ANY)); /* it would reach the other types */
    add(&scope.names, "_acme-challenge.*");
    add(&scope.names, "@");
    ck_assert(scope_has_record(&scope, "example.org.", "_acme-challenge", RR_TXT));
    ck_assert(scope_has_record(&scope, "example.org.", "_acme-challenge.www", RR_TXT));
    ck_assert(scope_has_record(&scope, "example.org.", "@", RR_TXT));
    ck_assert(!scope_has_record(&scope, "example.org.", "www", RR_TXT));
    ck_assert(!scope_has_record(&scope, "example.org.", "_acme-challenge\\.www", RR_TXT));
}
END_TEST

static void put(zonedata_t *data, zonedata_group_t *group, const char *label, uint16_t type)
{
    zonedata_rr_t *rr = zonedata_add_rr(data, group);
    rr->label = auto_strdup(label);
    rr->rdata = auto_strdup("x");
    rr->type = type;
}

START_TEST(hiding)
{
    AUTO_SCOPE scope = {0};
    AUTO(zonedata) data = zonedata_new("example.org.");
    put(data, &data->groups[ZONEDATA_GROUP_APEX], "@", RR_NS);
    put(data, zonedata_add_group(data, "hidden", NULL), "www", RR_A);
    zonedata_group_t *group = zonedata_add_group(data, "mixed", NULL);
    put(data, group, "a", RR_A);
    put(data, group, "b", RR_TXT);
    put(data, group, "c", RR_A);
    AUTO_ERR err = ERR_INFO_INIT;
    ck_assert_int_eq(scope_check_update(&scope, "example.org.", data, &err), ERR_OK);
    scope_hide(&scope, data);
    ck_assert_uint_eq(data->records, 5);
    add(&scope.types, "TXT");
    ck_assert_int_eq(scope_check_update(&scope, "example.org.", data, &err), ERR_OUT_OF_SCOPE);
    ck_assert_str_eq(err.message, "record \"@\" NS of zone \"example.org.\" is outside the scope of the token");
    scope_hide(&scope, data);
    ck_assert_uint_eq(data->records, 1);
    ck_assert_uint_eq(data->count, 2); /* the apex group is always there */
    ck_assert_uint_eq(data->groups[ZONEDATA_GROUP_APEX].count, 0);
    ck_assert_str_eq(data->groups[1].comment, "mixed");
    ck_assert_str_eq(data->groups[1].rrs[0].label, "b");
    ck_assert_int_eq(scope_check_update(&scope, "example.org.", data, &err), ERR_OK);
}
END_TEST

START_TEST(words)
{
    static const struct { scope_word_fn_t fn; const char *given, *kept; } CASES[] = {
        {scope_zone_pattern, "Example.ORG", "example.org."}, {scope_zone_pattern, "*.Example.org", "*.example.org."},
        {scope_zone_pattern, "*", "*"}, {scope_zone_pattern, "192.0.2.0/24", "2.0.192.in-addr.arpa."}, {scope_zone_pattern, "a b*", NULL},
        {scope_zone_pattern, "", NULL}, {scope_zone_pattern, "a..b", NULL},
        {scope_name_pattern, "WWW", "www"}, {scope_name_pattern, "", NULL}, {scope_name_pattern, "a b", NULL}, {scope_name_pattern, "\xc3\xa4", NULL},
        {scope_type, "txt", "TXT"}, {scope_type, "TYPE65280", "TYPE65280"}, {scope_type, "ANY", NULL}, {scope_type, "", NULL},
        {scope_network, "192.0.2.1", "192.0.2.1/32"}, {scope_network, "192.0.2.0/24", "192.0.2.0/24"}, {scope_network, "0.0.0.0/0", "0.0.0.0/0"},
        {scope_network, "2001:db8::/32", "2001:db8::/32"}, {scope_network, "::1", "::1/128"}, {scope_network, "192.0.2.1/24", NULL},
        {scope_network, "2001:db8::1/32", NULL}, {scope_network, "192.0.2.0/33", NULL}, {scope_network, "192.0.2.0/", NULL},
        {scope_network, "192.0.2.0/24x", NULL}, {scope_network, "192.0.2.0/-1", NULL}, {scope_network, "192.0.2.0/99999999999999999999", NULL},
        {scope_network, "x", NULL}, {scope_network, "", NULL}};
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        AUTO_FREE char *kept = NULL;
        AUTO_ERR err = ERR_INFO_INIT;
        err_t e = CASES[i].fn(CASES[i].given, &kept, &err);
        ck_assert_msg((e == ERR_OK) == (CASES[i].kept != NULL), "%s: %s", CASES[i].given, err_message(&err));
        if (e == ERR_OK)
            ck_assert_str_eq(kept, CASES[i].kept);
    }
    static const char *const mixed[] = {"a", "b", ""};
    scope_list_t list = {0};
    ck_assert_int_eq(scope_words(mixed, 2, scope_name_pattern, &list, NULL), ERR_OK);
    ck_assert_uint_eq(list.count, 2);
    scope_list_done(&list);
    ck_assert_int_eq(scope_words(mixed, 3, scope_name_pattern, &list, NULL), ERR_INVALID_ARGUMENT);
    ck_assert(list.items == NULL && scope_has_zone(NULL, "a."));
}
END_TEST

CHECK_MAIN("scope", patterns, methods, records, hiding, words)
