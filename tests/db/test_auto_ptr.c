/* Automatic PTR records: every row of behaviour.md 8.2 and 8.3, removal and return, locks, and the property that after random changes
 * the PTR records are those that a model says. */
#include "controller/store/ref_store.h"
#include "controller/store/config_store.h"
#include "controller/store/zone_store.h"
#include "controller/usecase/zone_copy.h"
#include "controller/usecase/zone_life.h"
#include "controller/usecase/zone_update.h"
#include "shared/zonetext.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

#define SOA "@ IN SOA ns1.dns-one.example. hostmaster.dns-one.example. 2024010100 10800 3600 1209600 3600\n"
#define APEX "$TTL 3600\n" SOA "@ IN NS ns1.dns-one.example.\n@ IN NS ns2.dns-one.example.\n\n"
#define FWD "f.example."
#define REV4 "192.0.2.0/24"
#define REV6 "2001:db8::/32"
#define AAAA1 "2001:db8::1"
#define SIX1 "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"

static err_t create_as(db_t *db, const caller_t *who, const char *name, const char *text, const char *reference, change_result_t *ret,
                       err_info_t *reterr)
{
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = who->role == ROLE_ADMIN ? 0 : 1;
    options.inc_updates = 1;
    options.edit_lock = 1;
    options.reference = reference;
    AUTO(zonedata) data = zones_parse(name, text);
    return zone_edit_create(db, who, "anna", name, data, false, &options, NULL, ZONES_NOW, ret, reterr);
}

static void create(db_t *db, const char *name, const char *text, const char *reference)
{
    change_result_t result = {0};
    ZONES_OK(create_as(db, &ZONES_ADMIN, name, text, reference, &result, &ok_err));
    change_result_done(&result);
}

static void save_as(db_t *db, const caller_t *who, const char *name, const char *text, change_result_t *ret)
{
    AUTO(zonedata) data = zones_parse(name, text);
    *ret = (change_result_t){0};
    ZONES_OK(zone_edit_save(db, who, "anna", name, data, false, 0, NULL, NULL, ZONES_NOW, ret, &ok_err));
}

/* Save and let all machines run. */
static void save(db_t *db, const char *name, const char *text)
{
    change_result_t result;
    save_as(db, &ZONES_ADMIN, name, text, &result);
    change_result_done(&result);
    zones_run_events(db);
}

static void set(db_t *db, const char *key, const char *value)
{
    ZONES_OK(config_store_set(db, key, 0, value, &ok_err));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* PTR records of the newest version, sorted: "label host flags|..."  Caller frees. */
static char *ptrs(db_t *db, const char *name)
{
    zone_view_t head = zones_show(db, name, 0);
    zone_view_t view = zones_show(db, name, head.zone.zi_candidate_id);
    char *lines[2000], *text = auto_strdup("");
    size_t count = 0;
    for (size_t g = 0; g < view.data->count; g++) {
        for (size_t r = 0; r < view.data->groups[g].count; r++) {
            const zonedata_rr_t *rr = &view.data->groups[g].rrs[r];
            if (rr->type == RR_PTR)
                lines[count++] = auto_printf("%s %s%s%s%s%s%s|", rr->label, rr->rdata, rr->ptr_zone_id != 0 ? " auto" : "",
                                             rr->disable ? " off" : "", rr->lock_ptr ? " lock" : "", rr->reference != NULL ? " " : "",
                                             rr->reference != NULL ? rr->reference : "");
        }
    }
    qsort(lines, count, sizeof(*lines), by_text);
    for (size_t i = 0; i < count; i++) {
        char *more = auto_printf("%s%s", text, lines[i]);
        free(text);
        free(lines[i]);
        text = more;
    }
    zone_view_done(&view);
    zone_view_done(&head);
    return text;
}

static void are(db_t *db, const char *name, const char *wanted, const char *what)
{
    AUTO_FREE char *got = ptrs(db, name);
    ck_assert_msg(strcmp(got, wanted) == 0, "%s: %s is \"%s\", not \"%s\"", what, name, got, wanted);
}

/* ---- one save: what is there, what is saved, what becomes of it */

typedef struct {
    const char *what, *settings; /* "46": create v4, v6; "-": auto_reverse off */
    const char *there, *other;   /* PTR records of the reverse zone; records of another forward zone */
    const char *before, *after;  /* of the forward zone */
    const char *wanted;
    err_t warning;               /* at the save; ERR_OK: none */
    const char *said;            /* by the reverse zone's event; NULL: nothing is skipped */
} case_t;
static const case_t s_cases[] = {
    {"auto_reverse off", "-46", "", "", "", ";!FORCEREV\na A 192.0.2.1\n", "", ERR_OK, NULL},
    {"IPv4 off, not forced: not made", "6", "", "", "", "a A 192.0.2.1\n", "", ERR_OK, NULL},
    {"IPv4 off, not forced: not even changed", "6", "1 PTR gone.f.example.\n", "", "", "a A 192.0.2.1\n", "1 gone.f.example.|", ERR_OK, NULL},
    {"IPv4 on", "4", "", "", "", "a A 192.0.2.1\n", "1 a.f.example. auto|", ERR_OK, NULL},
    {"IPv4 off, FORCEREV", "6", "", "", "", ";!FORCEREV\na A 192.0.2.1\n", "1 a.f.example. auto|", ERR_OK, NULL},
    {"IPv4 off, TRACKREV", "6", "", "", "", ";!TRACKREV\na A 192.0.2.1\n", "1 a.f.example. auto|", ERR_OK, NULL},
    {"FORCEREV of a record that is there", "6", "", "", "a A 192.0.2.1\n", ";!FORCEREV\na A 192.0.2.1\n", "1 a.f.example. auto|", ERR_OK, NULL},
    {"the name of the zone itself", "4", "", "", "", "@ A 192.0.2.1\n", "1 f.example. auto|", ERR_OK, NULL},
    {"a wildcard is no host", "46", "", "", "", ";!FORCEREV\n*.w A 192.0.2.1\n", "", ERR_OK, NULL},
    {"no reverse zone", "46", "", "", "", ";!FORCEREV\na A 198.51.100.1\n", "", ERR_OK, NULL},
    {"more than one PTR", "46", "1 PTR x.f.example.\n1 PTR y.f.example.\n", "", "", ";!FORCEREV\na A 192.0.2.1\n",
     "1 x.f.example.|1 y.f.example.|", ERR_PTR_AMBIGUOUS, NULL},
    {"LOCKPTR", "46", ";!LOCKPTR\n1 PTR x.f.example.\n", "", "", "a A 192.0.2.1\n", "1 x.f.example. lock|", ERR_PTR_LOCKED, NULL},
    {"LOCKPTR, also forced", "46", ";!LOCKPTR\n1 PTR x.f.example.\n", "", "", ";!FORCEREV\na A 192.0.2.1\n", "1 x.f.example. lock|",
     ERR_PTR_LOCKED, NULL},
    {"the same by hand stays by hand", "46", "1 PTR a.f.example.\n", "", "", ";!FORCEREV\na A 192.0.2.1\n", "1 a.f.example.|", ERR_OK, NULL},
    {"the old host is gone: replaced", "46", "1 PTR gone.f.example.\n", "", "", "a A 192.0.2.1\n", "1 a.f.example. auto|", ERR_OK, NULL},
    {"the old host has the address", "46", "1 PTR old.g.example.\n", "old A 192.0.2.1\n", "", "a A 192.0.2.1\n", "1 old.g.example.|", ERR_OK,
     "the host of the PTR record still has the address"},
    {"the old host has the address, disabled", "46", "1 PTR old.g.example.\n", ";!DISABLE\nold A 192.0.2.1\n", "", "a A 192.0.2.1\n",
     "1 a.f.example. auto|", ERR_OK, NULL},
    {"the old host has it, forced", "46", "1 PTR old.g.example.\n", "old A 192.0.2.1\n", "", ";!FORCEREV\na A 192.0.2.1\n",
     "1 a.f.example. auto|", ERR_OK, NULL},
    {"disabled as the forward record is", "46", "", "", "", ";!DISABLE\na A 192.0.2.1\n", "1 a.f.example. auto off|", ERR_OK, NULL},
    {"disabled later", "46", "", "", "a A 192.0.2.1\n", ";!DISABLE\na A 192.0.2.1\n", "1 a.f.example. auto off|", ERR_OK, NULL},
    {"enabled later", "46", "", "", ";!DISABLE\na A 192.0.2.1\n", "a A 192.0.2.1\n", "1 a.f.example. auto|", ERR_OK, NULL},
    {"the record goes", "46", "", "", "a A 192.0.2.1\nb A 192.0.2.2\n", "b A 192.0.2.2\n", "2 b.f.example. auto|", ERR_OK, NULL},
    {"the record goes, a PTR by hand stays", "46", "1 PTR a.f.example.\n", "", "a A 192.0.2.1\n", "b A 192.0.2.2\n",
     "1 a.f.example.|2 b.f.example. auto|", ERR_OK, NULL},
    {"the address moves to another name", "46", "", "", "a A 192.0.2.1\n", "b A 192.0.2.1\n", "1 b.f.example. auto|", ERR_OK, NULL},
    {"the name moves to another address", "46", "", "", "a A 192.0.2.1\n", "a A 192.0.2.9\n", "9 a.f.example. auto|", ERR_OK, NULL},
    {"another name with the address takes over", "46", "", "", "a A 192.0.2.1\nb A 192.0.2.1\n", "b A 192.0.2.1\n", "1 b.f.example. auto|",
     ERR_OK, "1.2.0.192.in-addr.arpa.: the host of the PTR record still has the address"}, /* when both came */
    {"a comment or TTL asks for nothing", "46", "", "", "a A 192.0.2.1\n", ";# note\na 60 A 192.0.2.1\n", "1 a.f.example. auto|", ERR_OK, NULL},
    {"a delegated name", "46", "1 CNAME 1.0-26\n", "", "", ";!FORCEREV\na A 192.0.2.1\n", "", ERR_OK, "delegated to another zone"},
};

static void settings(db_t *db, const char *which)
{
    set(db, "auto_reverse", which[0] == '-' ? "false" : "true");
    set(db, "auto_create_ipv4_ptr", strchr(which, '4') != NULL ? "true" : "false");
    set(db, "auto_create_ipv6_ptr", strchr(which, '6') != NULL ? "true" : "false");
}

static void check_said(db_t *db, const char *said, const char *what)
{
    AUTO_FREE char *sql = auto_printf("select count(*) from event where type = 'ZoneSMAutoPtr' and results->>'message' like '%%%s%%'",
                                      said != NULL ? said : "skipped: ");
    int64_t n = zones_number(db, sql);
    ck_assert_msg(said != NULL ? n == 1 : n == 0, "%s: %lld events say so", what, (long long)n);
}

/* A database for each would take most of the time. */
static void clean(db_t *db)
{
    ZONES_OK(db_script(db, "truncate dms.zone, dms.event, dms.ptr_update, dms.ptr_parked, dms.retired_serial cascade", &ok_err));
}

static void rule(db_t *db, const case_t *c)
{
    AUTO_FREE char *reverse = auto_printf(APEX "%s", c->there);
    AUTO_FREE char *other = auto_printf(APEX "%s", c->other);
    AUTO_FREE char *before = auto_printf(APEX "%s", c->before);
    AUTO_FREE char *after = auto_printf(APEX "%s", c->after);
    settings(db, c->settings);
    set(db, "auto_reverse", "false"); /* what is there was there before */
    create(db, "g.example.", other, NULL);
    create(db, REV4, reverse, NULL);
    settings(db, c->settings);
    create(db, FWD, before, NULL);
    zones_run_events(db);
    change_result_t result;
    save_as(db, &ZONES_ADMIN, FWD, after, &result);
    err_t warning = result.warnings == NULL ? ERR_OK : result.warnings->items[0].code;
    ck_assert_msg(warning == c->warning, "%s: %s", c->what, warning == ERR_OK ? "no warning" : result.warnings->items[0].message);
    ck_assert(result.warnings == NULL || result.warnings->items[0].warning);
    change_result_done(&result);
    zones_run_events(db);
    are(db, REV4, c->wanted, c->what);
    check_said(db, c->said, c->what);
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_update"), 0);
    ck_assert_int_eq(zones_number(db, "select count(*) from event where state = 'FAILURE'"), 0);
}

START_TEST(rules_of_8_3)
{
    db_t *db = zones_db();
    for (size_t i = 0; i < ARRAY_SIZE(s_cases); i++) {
        rule(db, &s_cases[i]);
        clean(db);
    }
}
END_TEST

START_TEST(ipv6_and_its_setting)
{
    db_t *db = zones_db();
    create(db, REV6, APEX, NULL);
    settings(db, "4");
    create(db, FWD, APEX "a AAAA " AAAA1 "\n", NULL);
    zones_run_events(db);
    are(db, REV6, "", "off");
    settings(db, "6");
    save(db, FWD, APEX "b AAAA " AAAA1 "\n");
    are(db, REV6, SIX1 " b.f.example. auto|", "on, as by default");
    save(db, FWD, APEX ";!FORCEREV\na AAAA " AAAA1 "\nb AAAA " AAAA1 "\n");
    are(db, REV6, SIX1 " a.f.example. auto|", "forced");
    /* the closest zone, as long as it takes updates */
    create(db, "2001:db8::/64", APEX, NULL);
    create(db, "2001:db8::10/128", APEX, NULL);
    save(db, FWD, APEX "c AAAA 2001:db8::2\nd AAAA 2001:db8::10\ne AAAA 2001:db8:0:1::1\n");
    are(db, "2001:db8::/64", "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 c.f.example. auto|", "/64");
    are(db, "2001:db8::10/128", "@ d.f.example. auto|", "/128");
    are(db, REV6, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.0.0.0.0 e.f.example. auto|", "/32");
}
END_TEST

START_TEST(defaults_of_the_settings)
{
    db_t *db = zones_db();
    create(db, REV4, APEX, NULL);
    create(db, REV6, APEX, NULL);
    create(db, FWD, APEX "a AAAA " AAAA1 "\na A 192.0.2.1\n", NULL);
    zones_run_events(db);
    are(db, REV4, "", "IPv4");
    are(db, REV6, SIX1 " a.f.example. auto|", "IPv6");
}
END_TEST

/* ---- privilege: 8.2 */

typedef struct { const char *what, *forward, *reverse, *ptr; bool allowed; } right_t;
static const right_t s_rights[] = {
    {"the forward zone has none", NULL, "R-1", NULL, false},
    {"the reverse zone has none", "F-1", NULL, NULL, false},
    {"the reverse zone has none, the PTR's is right", "F-1", NULL, "F-1", false},
    {"the same", "f-1", "F-1", NULL, true},
    {"another", "F-1", "R-1", NULL, false},
    {"another, the PTR's is right", "F-1", "R-1", "f-1", true},
    {"another, and the PTR has another", "F-1", "R-1", "X-1", false},
};

/* A caller of the sectag HOSTED. */
static caller_t tagged(db_t *db)
{
    return (caller_t){.role = ROLE_HOSTED, .role_name = "hosted", .sectag_id = zones_number(db, "select id from sectag where label = 'HOSTED'"),
                      .sectag = "HOSTED", .login = "hugo", .front_end = "/hosted_dms"};
}

static void right(db_t *db, const right_t *c)
{
    caller_t who = tagged(db);
    settings(db, "46");
    AUTO_FREE char *there = auto_printf(APEX "%s%s%s1 PTR old.example.\n", c->ptr != NULL ? ";!REF:" : "", c->ptr != NULL ? c->ptr : "",
                                        c->ptr != NULL ? "\n" : "");
    create(db, REV4, there, c->reverse);
    change_result_t result = {0};
    ZONES_OK(create_as(db, &who, FWD, "$TTL 3600\n", c->forward, &result, &ok_err));
    change_result_done(&result);
    AUTO_FREE char *old = c->ptr == NULL ? auto_strdup("1 old.example.|") : auto_printf("1 old.example. %s|", c->ptr);
    /* the reverse zone is not the caller's: it is not even told of it */
    save_as(db, &who, FWD, "$TTL 3600\n;!FORCEREV\na A 192.0.2.1\n", &result);
    ck_assert_msg(result.warnings == NULL, "%s", c->what);
    change_result_done(&result);
    zones_run_events(db);
    AUTO_FREE char *got = ptrs(db, REV4);
    bool made = strncmp(got, "1 a.f.example. auto", 19) == 0 && strcasestr(got, c->forward != NULL ? c->forward : "") != NULL;
    ck_assert_msg(c->allowed ? made : strcmp(got, old) == 0, "%s: %s", c->what, got);
    if (c->allowed)
        return;
    /* where it may see the zone it hears why; an administrator may */
    ZONES_OK(db_script(db, "insert into dms.zone_sectag select z.id, s.id from dms.zone z, dms.sectag s where z.name like '%arpa.' and"
                           " s.label = 'HOSTED'", &ok_err));
    save_as(db, &who, FWD, "$TTL 3600\n;!FORCEREV\na 60 A 192.0.2.1\n", &result);
    ck_assert(result.warnings != NULL && result.warnings->items[0].code == ERR_PTR_NOT_ALLOWED);
    change_result_done(&result);
    zones_run_events(db);
    are(db, REV4, old, "told");
    save_as(db, &ZONES_ADMIN, FWD, "$TTL 3600\n;!FORCEREV\na A 192.0.2.1\n", &result);
    ck_assert(result.warnings == NULL);
    zones_run_events(db);
    AUTO_FREE char *wanted = c->forward == NULL ? auto_strdup("1 a.f.example. auto|") : auto_printf("1 a.f.example. auto %s|", c->forward);
    AUTO_FREE char *now = ptrs(db, REV4);
    ck_assert_msg(strcasecmp(now, wanted) == 0, "%s: %s", c->what, now);
}

START_TEST(rights_of_8_2)
{
    db_t *db = zones_db();
    for (size_t i = 0; i < ARRAY_SIZE(s_rights); i++) {
        right(db, &s_rights[i]);
        clean(db);
    }
}
END_TEST

/* The test is repeated when it is done: the reverse zone got another owner meanwhile. */
START_TEST(rights_are_looked_at_again)
{
    db_t *db = zones_db();
    caller_t who = tagged(db);
    settings(db, "46");
    create(db, REV4, APEX, "F-1");
    change_result_t result = {0};
    ZONES_OK(create_as(db, &who, FWD, "$TTL 3600\na A 192.0.2.1\n", "F-1", &result, &ok_err));
    change_result_done(&result);
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_update"), 1);
    ZONES_OK(db_script(db, "update dms.zone set ref_id = null where name like '%arpa.'", &ok_err));
    zones_run_events(db);
    are(db, REV4, "", "refused then");
    check_said(db, "not allowed: the references", "refused then");
}
END_TEST

/* ---- zones that go and come back */

START_TEST(zones_leave_and_return)
{
    db_t *db = zones_db();
    static const char made[] = "1 a.f.example. auto|2 b.f.example. auto|3 hand.f.example.|", hand[] = "3 hand.f.example.|";
    create(db, REV4, APEX "3 PTR hand.f.example.\n", NULL);
    /* by force once, so that the settings would not let them be made again */
    create(db, FWD, APEX ";!FORCEREV\na A 192.0.2.1\n;!FORCEREV\nb A 192.0.2.2\nhand A 192.0.2.3\nno A 192.0.2.4\n", NULL);
    zones_run_events(db);
    are(db, REV4, made, "made");
    change_result_t result = {0};
    ZONES_OK(zone_life_disable(db, &ZONES_ADMIN, FWD, ZONES_NOW, &result, &ok_err));
    zones_run_events(db);
    are(db, REV4, hand, "disabled");
    ZONES_OK(zone_life_enable(db, &ZONES_ADMIN, FWD, ZONES_NOW, &result, &ok_err));
    zones_run_events(db);
    are(db, REV4, made, "enabled");
    int64_t id = result.zone_id;
    ZONES_OK(zone_life_delete(db, &ZONES_ADMIN, FWD, ZONES_NOW, &result, &ok_err));
    zones_run_events(db);
    are(db, REV4, hand, "deleted");
    ZONES_OK(zone_life_undelete(db, &ZONES_ADMIN, id, ZONES_NOW, &result, &ok_err));
    zones_run_events(db);
    are(db, REV4, made, "undeleted");
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_parked"), 0);
    ZONES_OK(zone_life_delete(db, &ZONES_ADMIN, FWD, ZONES_NOW, &result, &ok_err));
    zones_run_events(db);
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_parked"), 2);
    ZONES_OK(zone_life_destroy(db, &ZONES_ADMIN, id, ZONES_NOW, &result, &ok_err));
    are(db, REV4, hand, "destroyed");
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_parked"), 0);
}
END_TEST

/* Another version is chosen: addresses follow it. */
START_TEST(roll_back_and_copies)
{
    db_t *db = zones_db();
    settings(db, "46");
    create(db, REV4, APEX, NULL);
    create(db, FWD, APEX ";!TRACKREV\na A 192.0.2.1\n", NULL);
    zone_view_t first = zones_show(db, FWD, 0);
    save(db, FWD, APEX "b A 192.0.2.2\n");
    are(db, REV4, "2 b.f.example. auto|", "saved");
    change_result_t result = {0};
    ZONES_OK(zone_life_refresh(db, &ZONES_ADMIN, FWD, first.zi.id, ZONES_NOW, &result, &ok_err));
    zones_run_events(db);
    are(db, REV4, "1 a.f.example. auto|", "rolled back");
    /* a copy never forces, also not with TRACKREV */
    const zone_options_t options = ZONE_OPTIONS_INIT;
    ZONES_OK(zone_copy_zone(db, &ZONES_ADMIN, "anna", FWD, first.zi.id, "copy.example.", &options, false, NULL, ZONES_NOW, &result, &ok_err));
    zones_run_events(db);
    are(db, REV4, "1 a.f.example. auto|", "copied");
    check_said(db, "the host of the PTR record still has the address", "copied");
    zone_view_done(&first);
    /* the next save does */
    save(db, "copy.example.", APEX ";!TRACKREV\na A 192.0.2.1\nx TXT x\n");
    are(db, REV4, "1 a.copy.example. auto|", "tracked");
}
END_TEST

/* ---- the reverse zone's own life */

START_TEST(edits_of_the_reverse_zone)
{
    db_t *db = zones_db();
    settings(db, "46");
    create(db, REV4, APEX "9 PTR hand.example.\n", NULL);
    create(db, FWD, APEX "a A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3\n", NULL);
    zones_run_events(db);
    /* the locked zone waits; the editor changes one, takes one away, makes its own mark on one */
    change_result_t result = {0};
    ZONES_OK(zone_edit_begin(db, &ZONES_ADMIN, "anna", REV4, ZONES_NOW, &result, &ok_err));
    int64_t token = result.edit_lock_token;
    save(db, FWD, APEX "b A 192.0.2.2\nc A 192.0.2.3\nd A 192.0.2.4\n");
    are(db, REV4, "1 a.f.example. auto|2 b.f.example. auto|3 c.f.example. auto|9 hand.example.|", "locked");
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_update"), 2);
    AUTO(zonedata) data = zones_parse(REV4, APEX "9 PTR hand.example.\n2 PTR mine.example.\n;!LOCKPTR\n3 60 PTR c.f.example.\n1 PTR a.f.example.\n");
    ZONES_OK(zone_edit_save(db, &ZONES_ADMIN, "anna", REV4, data, false, token, NULL, NULL, ZONES_NOW, &result, &ok_err));
    zones_run_events(db);
    are(db, REV4, "2 mine.example.|3 c.f.example. auto lock|4 d.f.example. auto|9 hand.example.|", "unlocked");
    save(db, FWD, APEX "x TXT x\n");
    are(db, REV4, "2 mine.example.|3 c.f.example. auto lock|9 hand.example.|", "locked records and those by hand stay");
    /* a deleted reverse zone looks at them when it comes back */
    int64_t id = zones_number(db, "select id from zone where name like '%arpa.'");
    save_as(db, &ZONES_ADMIN, FWD, APEX "e A 192.0.2.5\n", &result);
    ZONES_OK(zone_life_delete(db, &ZONES_ADMIN, REV4, ZONES_NOW, &result, &ok_err));
    zones_run_events(db);
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_update"), 1);
    ZONES_OK(zone_life_undelete(db, &ZONES_ADMIN, id, ZONES_NOW, &result, &ok_err));
    zones_run_events(db);
    are(db, REV4, "2 mine.example.|3 c.f.example. auto lock|5 e.f.example. auto|9 hand.example.|", "undeleted");
    /* the change log has it */
    ck_assert_int_gt(zones_number(db, "select count(*) from change where method = 'auto_ptr' and login = 'anna/Admin'"), 2);
}
END_TEST

START_TEST(incremental_updates_of_the_forward_zone)
{
    db_t *db = zones_db();
    create(db, REV4, APEX, NULL);
    create(db, FWD, APEX "a A 192.0.2.1\n", NULL);
    static const struct { const char *text, *wanted; } steps[] = {
        {";!RROP:ADD\n;!FORCEREV\nb A 192.0.2.2\n", "2 b.f.example. auto|"},
        {";!RROP:UPDATE_RRTYPE\n;!FORCEREV\na A 192.0.2.1\n", "1 a.f.example. auto|2 b.f.example. auto|"}, /* changes nothing else */
        {";!RROP:DELETE\nb A \"\"\n", "1 a.f.example. auto|"}};
    change_result_t result = {0};
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        AUTO(problem_list) problems = problem_list_new();
        AUTO(zonedata) data = NULL;
        zonetext_parse(steps[i].text, strlen(steps[i].text), FWD, &(zonetext_opts_t){.update_mode = true}, problems, &data);
        ck_assert_uint_eq(problems->errors, 0);
        err_info_t none = ERR_INFO_INIT;
        const zone_update_t update = {.name = FWD, .login_id = "anna", .update_type = "t", .ops = data, .contents_error = &none};
        bool waits = i == 0; /* the first one for the end of a lock */
        if (waits)
            ZONES_OK(zone_edit_begin(db, &ZONES_ADMIN, "anna", FWD, ZONES_NOW, &result, &ok_err));
        int64_t token = result.edit_lock_token;
        ZONES_OK(zone_update_rrs(db, &ZONES_ADMIN, &update, ZONES_NOW, &result, &ok_err));
        ck_assert(result.deferred == waits);
        if (waits)
            ZONES_OK(zone_edit_cancel(db, &ZONES_ADMIN, FWD, token, ZONES_NOW, &result, &ok_err));
        zones_run_events(db);
        are(db, REV4, steps[i].wanted, steps[i].text);
    }
}
END_TEST

START_TEST(classless_zones)
{
    db_t *db = zones_db();
    settings(db, "46");
    change_result_t result = {0};
    create(db, REV4, APEX, NULL);
    ZONES_OK(create_as(db, &ZONES_ADMIN, "192.0.2.64/26", APEX, NULL, &result, &ok_err));
    ck_assert(result.warnings != NULL && result.warnings->items[0].code == ERR_REVERSE_DELEGATION_NEEDED);
    ck_assert_ptr_nonnull(strstr(result.warnings->items[0].message, "\"127 CNAME 127.64-26.2.0.192.in-addr.arpa.\""));
    change_result_done(&result);
    create(db, "128/25.2.0.192.in-addr.arpa.", APEX, NULL);
    create(db, FWD, APEX "a A 192.0.2.1\nb A 192.0.2.64\nc A 192.0.2.200\n", NULL);
    zones_run_events(db);
    are(db, REV4, "1 a.f.example. auto|", "/24");
    are(db, "192.0.2.64/26", "64 b.f.example. auto|", "/26");
    are(db, "128/25.2.0.192.in-addr.arpa.", "200 c.f.example. auto|", "as RFC 2317 writes it");
}
END_TEST

int main(void)
{
    harness_start();
    Suite *s = suite_create("auto_ptr");
    TCase *t = tcase_create("auto_ptr");
    tcase_set_timeout(t, 100);
    suite_add_tcase(s, t);
    tcase_add_test(t, rules_of_8_3);
    tcase_add_test(t, ipv6_and_its_setting);
    tcase_add_test(t, defaults_of_the_settings);
    tcase_add_test(t, rights_of_8_2);
    tcase_add_test(t, rights_are_looked_at_again);
    tcase_add_test(t, zones_leave_and_return);
    tcase_add_test(t, roll_back_and_copies);
    tcase_add_test(t, edits_of_the_reverse_zone);
    tcase_add_test(t, incremental_updates_of_the_forward_zone);
    tcase_add_test(t, classless_zones);
    int failed = check_suite(s);
    harness_stop();
    return failed;
}
