/* Many zones at once: the same rows as one after the other makes, each refusal on its own, nothing of one zone in another. */
#include "controller/store/goal_store.h"
#include "controller/usecase/zone_life.h"
#include "controller/usecase/zone_load.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 120 };
static char *s_names[MANY], *s_texts[MANY];
static size_t s_count;

static void read_fixtures(void)
{
    struct dirent **entries = NULL;
    int count = scandir(DMS_SOURCE_DIR "/tests/fixtures/zones", &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char *file = entries[i]->d_name;
        size_t len = strlen(file);
        if (len > 5 && strcmp(file + len - 5, ".zone") == 0 && s_count < MANY) {
            AUTO_FREE char *path = auto_printf("%s/tests/fixtures/zones/%s", DMS_SOURCE_DIR, file);
            const char *slash = strstr(file, "%2F");
            s_texts[s_count] = zones_read(path, NULL);
            s_names[s_count++] = slash == NULL ? auto_strndup(file, len - 4)
                                               : auto_printf("%.*s/%.*s", (int)(slash - file), file, (int)(len - 4 - (size_t)(slash + 3 - file)), slash + 3);
        }
        free(entries[i]);
    }
    free(entries);
    ck_assert_uint_ge(s_count, 60);
}

static caller_t caller(void)
{
    caller_t who = ZONES_ADMIN;
    who.method = "load_zones";
    return who;
}

/* All rows that a creation makes; references by name, because their numbers follow another order. */
static char *dump(db_t *db)
{
    static const db_stmt_t stmt = {
        "t_dump",
        "with rows as (select 'zone ' || (to_jsonb(t) - 'ref_id' || jsonb_build_object('ref', (select lower(name) from reference where id = t.ref_id)))::text"
        " as row from zone t union all select 'rr ' || (to_jsonb(t) - 'ref_id' || jsonb_build_object('ref',"
        " (select lower(name) from reference where id = t.ref_id)))::text from rr t union all select 'zi ' || to_jsonb(t)::text from zi t"
        " union all select 'group ' || to_jsonb(t)::text from rr_group t union all select 'change ' || to_jsonb(t)::text from change t"
        " union all select 'publication ' || to_jsonb(t)::text from publication t union all select 'event ' || to_jsonb(t)::text from event t"
        " union all select 'network ' || to_jsonb(t)::text from reverse_network t union all select 'tag ' || to_jsonb(t)::text from zone_sectag t"
        " union all select 'reference ' || lower(name) from reference)"
        " select string_agg(row, E'\\n' order by row collate \"C\"), count(*) from rows",
        "", "text,bigint"};
    AUTO(db_rows) rows = NULL;
    ZONES_OK(db_exec(db, &stmt, NULL, &rows, &ok_err));
    ck_assert_int_gt(db_int(rows, 0, 1), 500);
    return db_dup(rows, 0, 0);
}

static void compare(const char *many, const char *single)
{
    const char *a = many, *b = single;
    while (*a != '\0' || *b != '\0') {
        size_t m = strcspn(a, "\n"), n = strcspn(b, "\n");
        ck_assert_msg(m == n && strncmp(a, b, m) == 0, "many:   %.*s\nsingle: %.*s", (int)m, a, (int)n, b);
        a += m + (a[m] == '\n');
        b += n + (b[n] == '\n');
    }
}

/* PTR records would depend on the order, and ask for a few statements for each zone that has an address in a reverse zone. */
static void no_auto_ptr(db_t *db)
{
    ZONES_OK(db_script(db, "update config set value = 'false' where key = 'auto_reverse'", &ok_err));
}

START_TEST(the_same_rows_as_one_by_one)
{
    read_fixtures();
    const caller_t who = caller();
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = 0;
    db_t *db = zones_db();
    no_auto_ptr(db);
    for (size_t i = 0; i < s_count; i++) {
        AUTO(zonedata) data = zones_parse(s_names[i], s_texts[i]);
        change_result_t result = {0};
        ZONES_OK(zone_edit_create(db, &who, "anna", zones_network(s_names[i]), data, true, &options, NULL, ZONES_NOW, &result, &ok_err));
        change_result_done(&result);
    }
    AUTO_FREE char *single = dump(db);
    db = zones_db();
    no_auto_ptr(db);
    zone_load_item_t *items = auto_calloc(s_count, sizeof(*items));
    AUTO_FREE char **names = auto_calloc(s_count, sizeof(*names));
    for (size_t i = 0; i < s_count; i++) {
        names[i] = auto_strdup(zones_network(s_names[i]));
        items[i] = (zone_load_item_t){.name = names[i], .data = zones_parse(s_names[i], s_texts[i])};
    }
    uint64_t trips = db_round_trips(db);
    ZONES_OK(zone_load_many(db, &who, "anna", items, s_count, &options, NULL, ZONES_NOW, &ok_err));
    ck_assert_uint_lt(db_round_trips(db) - trips, 60); /* whatever the number of zones; networks are one each */
    for (size_t i = 0; i < s_count; i++)
        ck_assert_msg(items[i].code == ERR_OK, "%s: %s", names[i], err_message(&items[i].why));
    AUTO_FREE char *many = dump(db);
    compare(many, single);
    for (size_t i = 0; i < s_count; i++) {
        free(names[i]);
        free(s_names[i]);
        free(s_texts[i]);
    }
    zone_load_items_free(items, s_count);
}
END_TEST

START_TEST(addresses_ask_for_their_ptr_records)
{
    const caller_t who = caller();
    zone_options_t options = ZONE_OPTIONS_INIT;
    db_t *db = zones_db();
    AUTO(zonedata) reverse = zones_parse("8.b.d.0.1.0.0.2.ip6.arpa", "$TTL 1h\n");
    change_result_t result = {0};
    ZONES_OK(zone_edit_create(db, &who, "anna", "2001:db8::/32", reverse, true, &options, NULL, ZONES_NOW, &result, &ok_err));
    change_result_done(&result);
    zone_load_item_t *items = auto_calloc(3, sizeof(*items));
    items[0] = (zone_load_item_t){.name = "one.example", .data = zones_parse("one.example", "www IN AAAA 2001:db8::1\nold IN A 192.0.2.1\n")};
    items[1] = (zone_load_item_t){.name = "two.example", .data = zones_parse("two.example", "www IN AAAA 2001:db9::1\n")};
    items[2] = (zone_load_item_t){.name = "six.example", .data = zones_parse("six.example", "www IN AAAA 2001:db8::6\nmail IN AAAA 2001:db8::7\n")};
    ZONES_OK(zone_load_many(db, &who, "anna", items, 3, &options, NULL, ZONES_NOW, &ok_err));
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_update u join zone z on z.id = u.forward_zone_id where z.name = 'one.example.'"), 1);
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_update u join zone z on z.id = u.forward_zone_id where z.name = 'six.example.'"), 2);
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_update"), 3);
    zone_load_items_free(items, 3);
}
END_TEST

/* An edit of a zone that is served does not wait until all that was loaded before it is out. */
START_TEST(an_edit_goes_before_an_import)
{
    const caller_t who = caller();
    zone_options_t options = ZONE_OPTIONS_INIT;
    db_t *db = zones_db();
    static const char *const names[] = {"a.example", "b.example", "c.example", "d.example"};
    zone_load_item_t *items = auto_calloc(4, sizeof(*items));
    for (size_t i = 0; i < 4; i++)
        items[i] = (zone_load_item_t){.name = names[i], .data = zones_parse(names[i], "www IN A 192.0.2.1\n")};
    ZONES_OK(zone_load_many(db, &who, "anna", items, 4, &options, NULL, ZONES_NOW, &ok_err));
    int64_t server = zones_number(db, "with s as (insert into server (name, sg_id, role, address, state) select 'm', min(id), 'master', '192.0.2.53', 'OK'"
                                      " from server_group returning id) select id from s");
    char soa[] = "a. b. 1 2 3 4 5";
    goal_row_t rows[4] = {0};
    for (size_t i = 0; i < 4; i++)
        rows[i] = (goal_row_t){.zone_id = items[i].zone_id, .goal_zi_id = items[i].zi_id, .goal_serial = 1, .goal_soa = soa};
    ZONES_OK(goal_store_set_master(db, server, &rows[3], 1, ZONES_NOW, &ok_err));
    zones_number(db, "with u as (update zone_server set live_serial = 1, next_send = null, behind_since = null returning 1) select count(*) from u");
    ZONES_OK(goal_store_set_master(db, server, rows, 3, ZONES_NOW, &ok_err));
    const wall_t later = {ZONES_NOW.us + 1000000};
    ZONES_OK(goal_store_set_master(db, server, &rows[3], 1, later, &ok_err));
    for (size_t i = 0; i < 2; i++) {
        goal_row_t *taken = NULL;
        size_t count = 0;
        ZONES_OK(goal_store_take(db, server, 1, later, 10000, &taken, &count, &ok_err));
        ck_assert_uint_eq(count, 1);
        ck_assert_int_eq(taken[0].zone_id, rows[i == 0 ? 3 : 0].zone_id);
        goal_store_rows_free(taken, count);
    }
    zone_load_items_free(items, 4);
}
END_TEST

#define APEX "$TTL 3600\n@ IN SOA ns1.dns-one.example. h.dns-one.example. 2024010101 10800 3600 1209600 3600\n@ IN NS ns1.dns-one.example.\n"

static zone_load_item_t item(const char *name, const char *text)
{
    return (zone_load_item_t){.name = name, .data = zones_parse("any.example.", text)};
}

static char *reference_of(db_t *db, int64_t zone_id)
{
    static const db_stmt_t stmt = {"t_reference", "select r.name from zone z left join reference r on r.id = z.ref_id where z.id = $1", "bigint", "text"};
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    AUTO(db_rows) rows = NULL;
    ZONES_OK(db_exec(db, &stmt, &args, &rows, &ok_err));
    return db_dup(rows, 0, 0);
}

START_TEST(each_on_its_own)
{
    db_t *db = zones_db();
    const caller_t who = caller();
    change_result_t there = zones_create(db, "there.example.", APEX);
    change_result_done(&there);
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = 0;
    zone_load_item_t items[] = {
        item("good.example", APEX ";!REF:First\nwww A 192.0.2.1\n"),
        item("there.example", APEX),
        item("-bad.example", APEX),
        item("GOOD.example.", APEX),
        item("cname.example", APEX "www A 192.0.2.1\nwww CNAME other.example.\n"),
        item("2.0.192.in-addr.arpa", APEX),
        item("192.0.2.0/24", APEX),
        item("plain.example", APEX),
    };
    const err_t wanted[] = {ERR_OK, ERR_ZONE_EXISTS, ERR_INVALID_DOMAIN_NAME, ERR_ZONE_EXISTS, ERR_ZONE_HAS_NO_SOA_RECORD, ERR_REVERSE_NAMES_NOT_ACCEPTED,
                            ERR_OK, ERR_OK};
    const size_t count = ARRAY_SIZE(items);
    ZONES_OK(zone_load_many(db, &who, "anna", items, count, &options, NULL, ZONES_NOW, &ok_err));
    for (size_t i = 0; i < count; i++) {
        bool other = wanted[i] == ERR_ZONE_HAS_NO_SOA_RECORD && items[i].code != ERR_OK; /* some rule of records */
        ck_assert_msg(items[i].code == wanted[i] || other, "%s: %s", items[i].name, err_name(items[i].code));
        ck_assert((items[i].code == ERR_OK) == (items[i].change_id > 0));
    }
    ck_assert_int_eq(zones_number(db, "select count(*) from zone where state = 'CREATE'"), 4);
    ck_assert_int_eq(zones_number(db, "select count(*) from event where type = 'ZoneSMConfig' and done is null"), 4);
    ck_assert_int_eq(zones_number(db, "select count(*) from change where not ok and method = 'load_zones'"), 5);
    ck_assert_int_eq(zones_number(db, "select count(*) from reverse_network where network = '192.0.2.0/24'"), 1);
    for (size_t i = 0; i < count; i++) {
        zonedata_destroy(&items[i].data);
        err_info_done(&items[i].why);
        problem_list_destroy(&items[i].warnings);
    }
}
END_TEST

/* The predecessor gave the first file's reference to all that followed. */
START_TEST(references_do_not_leak)
{
    db_t *db = zones_db();
    const caller_t who = caller();
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = 0;
    zone_load_item_t items[] = {
        item("a.example", ";!REF:From-SOA\n@ IN SOA ns1.dns-one.example. h.dns-one.example. 1 10800 3600 1209600 3600\n@ IN NS ns1.dns-one.example.\n"),
        item("b.example", APEX), item("sub.a.example", APEX), item("c.example", APEX), item("d.sub.a.example", APEX)};
    items[3].reference = "given";
    const char *const wanted[] = {"From-SOA", NULL, "From-SOA", "given", "From-SOA"};
    ZONES_OK(zone_load_many(db, &who, "anna", items, ARRAY_SIZE(items), &options, NULL, ZONES_NOW, &ok_err));
    for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
        ck_assert_msg(items[i].code == ERR_OK, "%s: %s", items[i].name, err_message(&items[i].why));
        AUTO_FREE char *got = reference_of(db, items[i].zone_id);
        ck_assert_msg((got == NULL) == (wanted[i] == NULL) && (got == NULL || strcmp(got, wanted[i]) == 0), "%s: %s", items[i].name, got);
        zonedata_destroy(&items[i].data);
    }
}
END_TEST

/* What would be the same for all ends all. */
START_TEST(no_group_no_zone)
{
    db_t *db = zones_db();
    const caller_t who = caller();
    zone_options_t options = ZONE_OPTIONS_INIT;
    zone_load_item_t items[] = {item("a.example", APEX), item("b.example", APEX)};
    items[1].sg_name = "none";
    AUTO_ERR err = ERR_INFO_INIT;
    ck_assert_int_eq(zone_load_many(db, &who, "anna", items, 2, &options, NULL, ZONES_NOW, &err), ERR_NO_SG_FOUND);
    ck_assert_int_eq(zone_load_many(db, &who, "", items, 2, &options, NULL, ZONES_NOW, &err), ERR_LOGIN_ID_INVALID);
    ck_assert_int_eq(zones_number(db, "select count(*) from zone"), 0);
    ck_assert_int_eq(zones_number(db, "select count(*) from event"), 0);
    for (size_t i = 0; i < 2; i++)
        zonedata_destroy(&items[i].data);
}
END_TEST

/* A name's serials go on, also where the zone comes with a load; zones of one name that were deleted stay what they are. */
START_TEST(serials_go_on)
{
    db_t *db = zones_db();
    const caller_t who = caller();
    change_result_t first = zones_create(db, "again.example.", APEX), gone = {0};
    ZONES_OK(db_script(db, "update zone set soa_serial = 2026112342 where name = 'again.example.'", &ok_err));
    ZONES_OK(zone_life_delete(db, &who, "again.example.", ZONES_NOW, &gone, &ok_err));
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = 0;
    zone_load_item_t one = item("again.example", APEX);
    ZONES_OK(zone_load_many(db, &who, "anna", &one, 1, &options, NULL, ZONES_NOW, &ok_err));
    ck_assert_msg(one.code == ERR_OK, "%s", err_message(&one.why));
    ck_assert_int_eq(zones_number(db, "select i.soa_serial::bigint from zi i join zone z on z.id = i.zone_id where z.state = 'CREATE'"), 2026112343);
    ck_assert_int_eq(zones_number(db, "select count(*) from zone where name = 'again.example.'"), 2);
    change_result_done(&first);
    zonedata_destroy(&one.data);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("zone_load");
    TCase *t = tcase_create("zone_load");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, the_same_rows_as_one_by_one);
    tcase_add_test(t, addresses_ask_for_their_ptr_records);
    tcase_add_test(t, an_edit_goes_before_an_import);
    tcase_add_test(t, each_on_its_own);
    tcase_add_test(t, references_do_not_leak);
    tcase_add_test(t, no_group_no_zone);
    tcase_add_test(t, serials_go_on);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    harness_start();
    int failed = check_suite(suite());
    harness_stop();
    return failed;
}
