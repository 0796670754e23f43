/* Reverse zones that are filled from the addresses that are there: when, with whose rights, in pieces; what of closer zones that come and go; and zones that
 * have no room. */
#include "controller/store/config_store.h"
#include "controller/store/ref_store.h"
#include "controller/store/zone_store.h"
#include "controller/usecase/zone_life.h"
#include "controller/usecase/zone_load.h"
#include "controller/usecase/zone_ptrs.h"
#include "controller/usecase/zone_set.h"
#include "controller/usecase/zone_update.h"
#include "shared/zonetext.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <glob.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#define SOA "@ IN SOA ns1.dns-one.example. hostmaster.dns-one.example. 2024010100 10800 3600 1209600 3600\n"
#define APEX "$TTL 3600\n" SOA "@ IN NS ns1.dns-one.example.\n@ IN NS ns2.dns-one.example.\n\n"
#define NET "192.0.2.0/24"
#define INNER "192.0.2.64/26"

static db_t *database(void)
{
    db_t *db = zones_db();
    ZONES_OK(config_store_set(db, "auto_create_ipv4_ptr", 0, "true", &ok_err));
    return db;
}

static int64_t create_as(db_t *db, const caller_t *who, const char *name, const char *text, const char *reference)
{
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = who->role == ROLE_ADMIN ? 0 : 1;
    options.reference = reference;
    AUTO(zonedata) data = zones_parse(name, text);
    change_result_t result = {0};
    ZONES_OK(zone_edit_create(db, who, "anna", name, data, false, &options, NULL, ZONES_NOW, &result, &ok_err));
    int64_t id = result.zone_id;
    change_result_done(&result);
    return id;
}

static int64_t create(db_t *db, const char *name, const char *text)
{
    return create_as(db, &ZONES_ADMIN, name, text, NULL);
}

static void save(db_t *db, const char *name, const char *text)
{
    change_result_t result = zones_save(db, name, text);
    change_result_done(&result);
}

/* PTR records of the zone: "owner host|", sorted; those that DMS made. */
static char *ptrs(const char *name)
{
    PGconn *conn = PQconnectdb(harness_conninfo());
    const char *values[] = {name};
    PGresult *rows = PQexecParams(conn, "select coalesce(string_agg(r.label || ' ' || r.rdata || '|', '' order by length(r.label), r.label), '') from"
                                        " dms.rr r join dms.zone z on z.id = r.zone_id where z.name = $1 and z.state <> 'DELETED' and r.type = 12 and r.until"
                                        " is null and r.ptr_zone_id is not null",
                                  1, NULL, values, NULL, NULL, 0);
    ck_assert_int_eq(PQntuples(rows), 1);
    char *text = auto_strdup(PQgetvalue(rows, 0, 0));
    PQclear(rows);
    PQfinish(conn);
    return text;
}

static void are(const char *name, const char *wanted, const char *what)
{
    char canonical[DNAME_TEXT], cidr[64];
    ck_assert_int_eq(dname_from_network(name, canonical, cidr, NULL), ERR_OK);
    AUTO_FREE char *got = ptrs(canonical);
    ck_assert_msg(strcmp(got, wanted) == 0, "%s: %s has \"%s\", not \"%s\"", what, name, got, wanted);
}

static void nothing_waits(db_t *db)
{
    ck_assert_int_eq(zones_number(db, "select (select count(*) from ptr_update) + (select count(*) from ptr_fill) + (select count(*) from event where kind ="
                                      " 'zone' and done is null and type = 'ZoneSMAutoPtr')"),
                     0);
    ck_assert_int_eq(zones_number(db, "select count(*) from event where state = 'FAILURE'"), 0);
}

#define DO(call)                                                                                                      \
    do {                                                                                                              \
        change_result_t result = {0};                                                                                 \
        ZONES_OK(call);                                                                                               \
        change_result_done(&result);                                                                                  \
        zones_run_events(db);                                                                                         \
    } while (0)

/* ---- when */

START_TEST(a_new_zone_is_filled)
{
    db_t *db = database();
    create(db, "f.example.", APEX "a A 192.0.2.1\na AAAA 2001:db8::1\n;!DISABLE\nb A 192.0.2.2\n*.w A 192.0.2.3\nc A 198.51.100.1\nz A 192.0.2.255\n@ A 192.0.2.0\n");
    create(db, "g.example.", APEX "first A 192.0.2.9\n");
    create(db, "off.example.", APEX "x A 192.0.2.4\n");
    create(db, "h.example.", APEX "second A 192.0.2.9\n;!TRACKREV\nforced A 192.0.2.10\n");
    create(db, "i.example.", APEX "other A 192.0.2.10\n");
    DO(zone_life_disable(db, &ZONES_ADMIN, "off.example.", ZONES_NOW, &result, &ok_err));
    zones_run_events(db);
    create(db, NET, APEX "1 PTR hand.example.\n");
    zones_run_events(db);
    are(NET, "0 f.example.|2 b.f.example.|9 first.g.example.|10 forced.h.example.|255 z.f.example.|", "IPv4");
    ck_assert_int_eq(zones_number(db, "select count(*) from rr where type = 12 and until is null and label = '1' and rdata = 'hand.example.'"), 1);
    save(db, "f.example.", APEX "aa A 192.0.2.1\na AAAA 2001:db8::1\n;!DISABLE\nb A 192.0.2.2\nz A 192.0.2.255\n@ A 192.0.2.0\n");
    zones_run_events(db);
    are(NET, "0 f.example.|1 aa.f.example.|2 b.f.example.|9 first.g.example.|10 forced.h.example.|255 z.f.example.|", "a save: the old host of 1 is none");
    ck_assert_int_eq(zones_number(db, "select count(*) from rr where type = 12 and until is null and disable and label = '2'"), 1);
    create(db, "2001:db8::/36", APEX);
    zones_run_events(db);
    nothing_waits(db);
}
END_TEST

START_TEST(settings_of_that_time)
{
    db_t *db = zones_db(); /* IPv4: only by force */
    create(db, "f.example.", APEX "a A 192.0.2.1\n;!TRACKREV\nb A 192.0.2.2\na AAAA 2001:db8::1\n");
    create(db, NET, APEX);
    create(db, "2001:db8::1/128", APEX);
    zones_run_events(db);
    are(NET, "2 b.f.example.|", "auto_create_ipv4_ptr off");
    are("2001:db8::1/128", "@ a.f.example.|", "/128");
    /* a setting changes: the zone is looked at again when somebody asks */
    ZONES_OK(config_store_set(db, "auto_create_ipv4_ptr", 0, "true", &ok_err));
    zones_run_events(db);
    are(NET, "2 b.f.example.|", "not by itself");
    DO(zone_ptrs_refresh(db, &ZONES_ADMIN, NET, ZONES_NOW, &result, &ok_err));
    are(NET, "1 a.f.example.|2 b.f.example.|", "refresh_auto_ptr of the reverse zone");
    ZONES_OK(config_store_set(db, "auto_reverse", 0, "false", &ok_err));
    create(db, "198.51.100.0/24", APEX);
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_fill"), 0);
    nothing_waits(db);
}
END_TEST

/* What came and what went while the zone took nothing. */
START_TEST(zones_that_come_back)
{
    db_t *db = database();
    create(db, "f.example.", APEX "a A 192.0.2.1\nb A 192.0.2.2\n");
    int64_t id = create(db, NET, APEX "8 PTR hand.example.\n");
    zones_run_events(db);
    are(NET, "1 a.f.example.|2 b.f.example.|", "made");
    DO(zone_life_delete(db, &ZONES_ADMIN, NET, ZONES_NOW, &result, &ok_err));
    save(db, "f.example.", APEX "b A 192.0.2.2\nc A 192.0.2.3\n");
    DO(zone_life_undelete(db, &ZONES_ADMIN, id, ZONES_NOW, &result, &ok_err));
    are(NET, "2 b.f.example.|3 c.f.example.|", "undeleted");
    zone_options_t off = ZONE_OPTIONS_INIT, on = ZONE_OPTIONS_INIT;
    off.inc_updates = 0;
    on.inc_updates = 1;
    DO(zone_set_flags(db, &ZONES_ADMIN, NET, &off, NULL, ZONES_NOW, &result, &ok_err));
    save(db, "f.example.", APEX "c A 192.0.2.3\nd A 192.0.2.4\n");
    zones_run_events(db);
    are(NET, "2 b.f.example.|3 c.f.example.|", "no updates");
    DO(zone_set_flags(db, &ZONES_ADMIN, NET, &on, NULL, ZONES_NOW, &result, &ok_err));
    are(NET, "3 c.f.example.|4 d.f.example.|", "updates again");
    /* a disabled one follows all the time; a locked one waits */
    DO(zone_life_disable(db, &ZONES_ADMIN, NET, ZONES_NOW, &result, &ok_err));
    save(db, "f.example.", APEX "d A 192.0.2.4\n");
    zones_run_events(db);
    are(NET, "4 d.f.example.|", "disabled");
    DO(zone_life_enable(db, &ZONES_ADMIN, NET, ZONES_NOW, &result, &ok_err));
    are(NET, "4 d.f.example.|", "enabled");
    ck_assert_int_eq(zones_number(db, "select count(*) from rr where type = 12 and until is null and ptr_zone_id is null"), 1);
    nothing_waits(db);
}
END_TEST

START_TEST(closer_zones_come_and_go)
{
    db_t *db = database();
    create(db, "f.example.", APEX "a A 192.0.2.1\nb A 192.0.2.70\n");
    create(db, NET, APEX);
    zones_run_events(db);
    are(NET, "1 a.f.example.|70 b.f.example.|", "one zone");
    int64_t inner = create(db, INNER, APEX);
    zones_run_events(db);
    are(INNER, "70 b.f.example.|", "the closer one");
    save(db, "f.example.", APEX "a A 192.0.2.1\nc A 192.0.2.71\n");
    zones_run_events(db);
    are(NET, "1 a.f.example.|", "what went goes from both");
    are(INNER, "71 c.f.example.|", "what came is in the closest");
    DO(zone_life_delete(db, &ZONES_ADMIN, INNER, ZONES_NOW, &result, &ok_err));
    are(NET, "1 a.f.example.|71 c.f.example.|", "it takes over");
    DO(zone_life_undelete(db, &ZONES_ADMIN, inner, ZONES_NOW, &result, &ok_err));
    are(INNER, "71 c.f.example.|", "back");
    save(db, "f.example.", APEX "d A 192.0.2.72\n");
    zones_run_events(db);
    zone_options_t off = ZONE_OPTIONS_INIT;
    off.inc_updates = 0;
    DO(zone_set_flags(db, &ZONES_ADMIN, INNER, &off, NULL, ZONES_NOW, &result, &ok_err));
    are(NET, "72 d.f.example.|", "the closest that takes updates");
    /* a third one between them: it looks at its own part only */
    create(db, "192.0.2.64/27", APEX);
    zones_run_events(db);
    are("192.0.2.64/27", "72 d.f.example.|", "between");
    nothing_waits(db);
}
END_TEST

START_TEST(loaded_zones_and_versions_that_were_chosen)
{
    db_t *db = database();
    create(db, "f.example.", APEX "old A 192.0.2.1\n");
    zone_view_t first = zones_show(db, "f.example.", 0);
    save(db, "f.example.", APEX "new A 192.0.2.2\n");
    DO(zone_life_refresh(db, &ZONES_ADMIN, "f.example.", first.zi.id, ZONES_NOW, &result, &ok_err));
    zone_view_done(&first);
    AUTO(zonedata) data = zones_parse(NET, APEX);
    char name[] = NET;
    zone_load_item_t item = {.name = name, .data = data};
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = 0;
    ZONES_OK(zone_load_many(db, &ZONES_ADMIN, "anna", &item, 1, &options, NULL, ZONES_NOW, &ok_err));
    ck_assert_int_eq(item.code, ERR_OK);
    zones_run_events(db);
    are(NET, "1 old.f.example.|", "the version that is published counts");
    problem_list_destroy(&item.warnings);
    nothing_waits(db);
}
END_TEST

/* ---- whose rights */

static caller_t tagged(db_t *db)
{
    return (caller_t){.role = ROLE_HOSTED, .role_name = "hosted", .sectag_id = zones_number(db, "select id from sectag where label = 'HOSTED'"),
                      .sectag = "HOSTED", .login = "hugo", .front_end = "/hosted_dms"};
}

START_TEST(rights_of_who_brought_the_record)
{
    db_t *db = database();
    caller_t hugo = tagged(db);
    create_as(db, &hugo, "mine.example.", "$TTL 3600\na A 192.0.2.1\n", "R-1");
    create_as(db, &hugo, "theirs.example.", "$TTL 3600\nb A 192.0.2.2\n", "R-2");
    create_as(db, &hugo, "mixed.example.", "$TTL 3600\nc A 192.0.2.3\n", "R-3");
    save(db, "mixed.example.", "$TTL 3600\nc A 192.0.2.3\nd A 192.0.2.4\n");
    create_as(db, &ZONES_ADMIN, "admin.example.", APEX "e A 192.0.2.5\n", "R-4");
    create_as(db, &ZONES_ADMIN, NET, APEX, "r-1");
    zones_run_events(db);
    are(NET, "1 a.mine.example.|4 d.mixed.example.|5 e.admin.example.|", "an administrator's zone");
    ck_assert_int_eq(zones_number(db, "select count(*) from event where results->>'message' like '%not allowed: the references%'"), 1);
    /* whoever sees some zones only gets hosts of those, where the references agree */
    create_as(db, &ZONES_ADMIN, "hidden.example.", APEX "a A 198.51.100.1\n", "R-1");
    create_as(db, &hugo, "seen.example.", "$TTL 3600\nb A 198.51.100.2\n", "R-1");
    create_as(db, &hugo, "other.example.", "$TTL 3600\nc A 198.51.100.3\n", "R-2");
    create_as(db, &hugo, "198.51.100.0/24", "$TTL 3600\n", "R-1");
    zones_run_events(db);
    are("198.51.100.0/24", "2 b.seen.example.|", "a customer's zone");
    nothing_waits(db);
}
END_TEST

/* ---- in pieces */

static char *hosts(int count, const char *net)
{
    size_t cap = 0, len = strlen(APEX);
    char *text = auto_grow(NULL, &cap, len + 1, 1);
    memcpy(text, APEX, len + 1);
    for (int i = 0; i < count; i++) {
        text = auto_grow(text, &cap, len + 64, 1);
        len += (size_t)sprintf(text + len, "h%d A %s.%d.%d\n", i, net, i / 250, i % 250);
    }
    return text;
}

START_TEST(large_networks_go_in_pieces)
{
    enum { COUNT = 2000 };
    db_t *db = database();
    AUTO_FREE char *text = hosts(COUNT, "10.1");
    create(db, "big.example.", text);
    create(db, "other.example.", APEX);
    zones_run_events(db);
    ZONES_OK(db_script(db, "analyze", &ok_err));
    create(db, "10.1.0.0/16", APEX);
    int turns = 0;
    for (int64_t before = -1, now = 0; now < COUNT; turns++) {
        zones_run_batch(db, 1);
        now = zones_number(db, "select count(*) from rr where type = 12 and until is null and ptr_zone_id is not null");
        ck_assert_int_le(now - (before < 0 ? 0 : before), 500);
        before = now;
        ck_assert_int_lt(turns, 40);
    }
    ck_assert_int_gt(turns, 4);
    zones_run_events(db);
    nothing_waits(db);
}
END_TEST

/* Machines of many reverse zones in one transaction of the engine: together they look at no more than one alone. */
START_TEST(many_zones_share_a_transaction)
{
    enum { ZONES = 4, EACH = 300 };
    db_t *db = database();
    for (int i = 0; i < ZONES; i++) {
        AUTO_FREE char *net = auto_printf("10.%d.0.0/16", i);
        create(db, net, APEX);
    }
    zones_run_events(db);
    for (int i = 0; i < ZONES; i++) {
        AUTO_FREE char *net = auto_printf("10.%d", i);
        AUTO_FREE char *name = auto_printf("f%d.example.", i);
        AUTO_FREE char *text = hosts(EACH, net);
        create(db, name, text);
    }
    int64_t before = 0, now = 0;
    for (int turns = 0; now < ZONES * EACH; turns++) {
        zones_run_batch(db, 100);
        now = zones_number(db, "select count(*) from rr where type = 12 and until is null and ptr_zone_id is not null");
        ck_assert_int_le(now - before, 500);
        before = now;
        ck_assert_int_lt(turns, 40);
    }
    zones_run_events(db);
    nothing_waits(db);
}
END_TEST

/* ---- no room */

static err_t update(db_t *db, const char *name, const char *text, err_info_t *reterr)
{
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) data = NULL;
    zonetext_parse(text, strlen(text), name, &(zonetext_opts_t){.update_mode = true}, problems, &data);
    ck_assert_uint_eq(problems->errors, 0);
    err_info_t none = ERR_INFO_INIT;
    const zone_update_t in = {.name = name, .login_id = "anna", .update_type = "t", .ops = data, .contents_error = &none};
    change_result_t result = {0};
    err_t e = zone_update_rrs(db, &ZONES_ADMIN, &in, ZONES_NOW, &result, reterr);
    change_result_done(&result);
    return e;
}

START_TEST(updates_are_held_to_the_limit)
{
    db_t *db = database();
    zone_options_t on = ZONE_OPTIONS_INIT;
    on.inc_updates = 1;
    create(db, "f.example.", APEX "a A 192.0.2.1\n"); /* three records, beside the SOA */
    DO(zone_set_flags(db, &ZONES_ADMIN, "f.example.", &on, NULL, ZONES_NOW, &result, &ok_err));
    db_limit_records(db, 4);
    ZONES_OK(update(db, "f.example.", ";!RROP:ADD\nb A 192.0.2.2\n", &ok_err));
    static const char *const growing[] = {";!RROP:ADD\nc A 192.0.2.3\n", ";!RROP:UPDATE_RRTYPE\na TXT x\n",
                                          ";!RROP:DELETE\na A \"\"\n;!RROP:ADD\nc A 192.0.2.3\n;!RROP:ADD\nd A 192.0.2.4\n"};
    for (size_t i = 0; i < ARRAY_SIZE(growing); i++) {
        AUTO_ERR why = ERR_INFO_INIT;
        ck_assert_msg(update(db, "f.example.", growing[i], &why) == ERR_ZONE_TOO_BIG, "%s", growing[i]);
        ck_assert_ptr_nonnull(strstr(err_message(&why), "has 4 records and would have 5, 4 are allowed"));
    }
    ZONES_OK(update(db, "f.example.", ";!RROP:DELETE\na A \"\"\n;!RROP:ADD\nc A 192.0.2.3\n", &ok_err));
    ZONES_OK(update(db, "f.example.", ";!RROP:UPDATE_RRTYPE\nc A 192.0.2.4\n", &ok_err));
    db_limit_records(db, 2); /* lowered: what does not grow goes on */
    ZONES_OK(update(db, "f.example.", ";!RROP:UPDATE_RRTYPE\nc A 192.0.2.5\n", &ok_err));
    ZONES_OK(update(db, "f.example.", ";!RROP:DELETE\nc A \"\"\n", &ok_err));
    db_limit_records(db, 0);
    ck_assert_int_eq(zones_number(db, "select records from zi i join zone z on z.zi_candidate_id = i.id where z.name = 'f.example.'"), 3);
    save(db, "f.example.", APEX "a A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3\n");
    ck_assert_int_eq(zones_number(db, "select records from zi i join zone z on z.zi_candidate_id = i.id where z.name = 'f.example.'"), 5);
}
END_TEST

/* What the migration counts is what the versions say that were made since. */
START_TEST(old_versions_are_counted)
{
    db_t *db = database();
    create(db, "f.example.", APEX "a A 192.0.2.1\n");
    save(db, "f.example.", APEX "b A 192.0.2.1\nc A 192.0.2.2\nd A 192.0.2.3\n");
    save(db, "f.example.", "$TTL 7200\n" SOA "@ IN NS ns1.dns-one.example.\n");
    save(db, "f.example.", "$TTL 3600\n" SOA "@ IN NS ns1.dns-one.example.\n");
    create(db, "g.example.", APEX);
    glob_t files = {0};
    ck_assert_int_eq(glob(DMS_SOURCE_DIR "/sql/*_ptr_fill.sql", 0, NULL, &files), 0);
    AUTO_FREE char *text = zones_read(files.gl_pathv[0], NULL);
    globfree(&files);
    char *update = strstr(text, "update zi set records"), *end = update != NULL ? strchr(update, ';') : NULL;
    ck_assert_ptr_nonnull(end);
    end[1] = '\0';
    AUTO_FREE char *sql = auto_printf("create table was as select id, records from dms.zi; update dms.zi set records = 0; set search_path = dms; %s", update);
    ck_assert_int_eq(zones_number(db, "select sum(records) from zi"), 3 + 5 + 1 + 1 + 2);
    ZONES_OK(db_script(db, sql, &ok_err));
    ck_assert_int_eq(zones_number(db, "select count(*) from zi i join was w on w.id = i.id where w.records = i.records"), 5);
}
END_TEST

/* A deferred update is judged again when it is made. */
START_TEST(updates_that_wait_are_held_to_it_then)
{
    db_t *db = database();
    zone_options_t on = ZONE_OPTIONS_INIT;
    on.inc_updates = on.edit_lock = 1;
    create(db, "f.example.", APEX);
    DO(zone_set_flags(db, &ZONES_ADMIN, "f.example.", &on, NULL, ZONES_NOW, &result, &ok_err));
    change_result_t lock = {0};
    ZONES_OK(zone_edit_begin(db, &ZONES_ADMIN, "anna", "f.example.", ZONES_NOW, &lock, &ok_err));
    db_limit_records(db, 3);
    ZONES_OK(update(db, "f.example.", ";!RROP:ADD\na A 192.0.2.1\n", &ok_err));
    db_limit_records(db, 2);
    DO(zone_edit_cancel(db, &ZONES_ADMIN, "f.example.", lock.edit_lock_token, ZONES_NOW, &result, &ok_err));
    ck_assert_int_eq(zones_number(db, "select count(*) from publication where failure like '%would have 3, 2 are allowed%'"), 1);
}
END_TEST

START_TEST(ptr_records_wait_for_room)
{
    db_t *db = database();
    create(db, NET, APEX "200 PTR hand.example.\n"); /* three */
    create(db, "f.example.", APEX);
    zones_run_events(db);
    db_limit_records(db, 5);
    save(db, "f.example.", APEX "a A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3\nd A 192.0.2.4\n");
    zones_run_events(db);
    are(NET, "1 a.f.example.|2 b.f.example.|", "as many as there is room for");
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_update where held"), 2);
    /* all can see it, and it is tried again */
    ck_assert_int_eq(zones_number(db, "select count(*) from event where state = 'RETRY' and type = 'ZoneSMAutoPtr' and results->>'message' like '%wait for"
                                      " room: it has as many records as [http] max_records allows, 5%'"), 1);
    ck_assert_int_eq(err_row(ERR_PTR_NO_ROOM)->rpc_code, -270);
    ck_assert_int_eq(zones_number(db, "select count(*) from event where state = 'RETRY' and results::text like '%PtrNoRoom%'"), 1);
    /* more of them: no second event that tries */
    save(db, "f.example.", APEX "a A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3\nd A 192.0.2.4\ne A 192.0.2.5\n");
    zones_run_events(db);
    ck_assert_int_eq(zones_number(db, "select count(*) from event where state = 'RETRY' and type = 'ZoneSMAutoPtr'"), 1);
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_update where held"), 3);
    /* what goes makes room, whatever waits before it; one that waits need not come any more */
    save(db, "f.example.", APEX "b A 192.0.2.2\nd A 192.0.2.4\ne A 192.0.2.5\n");
    zones_run_events(db);
    are(NET, "2 b.f.example.|4 d.f.example.|", "in order");
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_update where held"), 1);
    /* the limit is raised: the event that tries again finds room */
    db_limit_records(db, 10);
    ZONES_OK(db_script(db, "update dms.event set due = ctime_of.t from (select min(created) t from dms.event) ctime_of where done is null", &ok_err));
    zones_run_events(db);
    are(NET, "2 b.f.example.|4 d.f.example.|5 e.f.example.|", "all");
    nothing_waits(db);
}
END_TEST

int main(void)
{
    harness_start();
    Suite *s = suite_create("ptr_fill");
    TCase *t = tcase_create("ptr_fill");
    tcase_set_timeout(t, 100);
    suite_add_tcase(s, t);
    tcase_add_test(t, a_new_zone_is_filled);
    tcase_add_test(t, settings_of_that_time);
    tcase_add_test(t, zones_that_come_back);
    tcase_add_test(t, closer_zones_come_and_go);
    tcase_add_test(t, loaded_zones_and_versions_that_were_chosen);
    tcase_add_test(t, rights_of_who_brought_the_record);
    tcase_add_test(t, large_networks_go_in_pieces);
    tcase_add_test(t, many_zones_share_a_transaction);
    tcase_add_test(t, updates_are_held_to_the_limit);
    tcase_add_test(t, old_versions_are_counted);
    tcase_add_test(t, updates_that_wait_are_held_to_it_then);
    tcase_add_test(t, ptr_records_wait_for_room);
    int failed = check_suite(s);
    harness_stop();
    return failed;
}
