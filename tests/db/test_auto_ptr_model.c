/* Automatic PTR records: after random saves, deletions and returns of forward zones, with their machines left behind now and then, the PTR
 * records are those that a model says; large changes; and no waiting for the reverse zone's row. */
#include "controller/store/config_store.h"
#include "controller/store/zone_store.h"
#include "controller/usecase/zone_life.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#define SOA "@ IN SOA ns1.dns-one.example. hostmaster.dns-one.example. 2024010100 10800 3600 1209600 3600\n"
#define APEX "$TTL 3600\n" SOA "@ IN NS ns1.dns-one.example.\n@ IN NS ns2.dns-one.example.\n\n"

static void create(db_t *db, const char *name, const char *text)
{
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = 0;
    AUTO(zonedata) data = zones_parse(name, text);
    change_result_t result = {0};
    ZONES_OK(zone_edit_create(db, &ZONES_ADMIN, "anna", name, data, false, &options, NULL, ZONES_NOW, &result, &ok_err));
    change_result_done(&result);
}

static void save(db_t *db, const char *name, const char *text)
{
    change_result_t result = zones_save(db, name, text);
    change_result_done(&result);
}

static db_t *database(void)
{
    db_t *db = zones_db();
    ZONES_OK(config_store_set(db, "auto_create_ipv4_ptr", 0, "true", &ok_err));
    return db;
}

/* ---- the model */

enum { ZONES = 3, HOSTS = 5, ADDRESSES = 8, BY_HAND = -1, NOBODY = -2 };
/* The last two of IPv4 are in an RFC 2317 zone. */
static const char *const s_addresses[ADDRESSES] = {"192.0.2.1", "192.0.2.2", "192.0.2.70", "192.0.2.71",
                                                   "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:1::1"};
/* Labels sort as in the zone: '@' stands before letters. */
static const char *const s_labels[HOSTS] = {"@", "a", "b", "c", "d"};

typedef enum { OUT, ON, OFF } record_t;
typedef struct {
    record_t now[ZONES][HOSTS][ADDRESSES];
    bool track[ZONES][HOSTS][ADDRESSES];
    bool served[ZONES];
    int64_t id[ZONES];
    struct { int zone, host; bool off; } ptr[ADDRESSES]; /* zone NOBODY: none; BY_HAND, locked */
    struct op { int zone, host, address; bool forced; } ops[20000];
    size_t count;
} model_t;

static record_t state(const model_t *m, int zone, int host, int address)
{
    return m->served[zone] ? m->now[zone][host][address] : OUT;
}

/* Was the row of a record closed?  Then others of the zone with its address are looked at, too. */
static bool closed(const model_t *m, int zone, int host, int address, record_t before, bool tracked)
{
    return before != OUT && (state(m, zone, host, address) != before || m->track[zone][host][address] != tracked);
}

/* What a change of a zone queues: records by name, IPv4 first, addresses in order of their text. */
static void queue(model_t *m, int zone, record_t before[HOSTS][ADDRESSES], bool tracked[HOSTS][ADDRESSES])
{
    int left[ADDRESSES] = {0};
    for (int h = 0; h < HOSTS; h++) {
        for (int a = 0; a < ADDRESSES; a++)
            left[a] += closed(m, zone, h, a, before[h][a], tracked[h][a]);
    }
    for (int h = 0; h < HOSTS; h++) {
        for (int a = 0; a < ADDRESSES; a++) {
            record_t after = state(m, zone, h, a);
            bool forced = after != OUT && m->track[zone][h][a];
            bool peer = left[a] - closed(m, zone, h, a, before[h][a], tracked[h][a]) > 0;
            if (after != before[h][a] || (after != OUT && (forced || peer)))
                m->ops[m->count++] = (struct op){zone, h, a, forced};
        }
    }
}

static void run(model_t *m)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct op *op = &m->ops[i];
        int z = m->ptr[op->address].zone, h = m->ptr[op->address].host;
        bool same = z == op->zone && h == op->host;
        record_t now = state(m, op->zone, op->host, op->address);
        if (z == BY_HAND)
            continue;
        if (now == OUT) {
            if (same)
                m->ptr[op->address].zone = NOBODY;
        } else if (same || z == NOBODY || op->forced || state(m, z, h, op->address) != ON) {
            m->ptr[op->address].zone = op->zone;
            m->ptr[op->address].host = op->host;
            m->ptr[op->address].off = now == OFF;
        }
    }
    m->count = 0;
}

static char *text_of(const model_t *m, int zone)
{
    char *text = auto_strdup(APEX "x TXT x\n");
    for (int h = 0; h < HOSTS; h++) {
        for (int a = 0; a < ADDRESSES; a++) {
            if (m->now[zone][h][a] == OUT)
                continue;
            char *more = auto_printf("%s%s%s%s %s %s\n", text, m->now[zone][h][a] == OFF ? ";!DISABLE\n" : "",
                                     m->track[zone][h][a] && m->now[zone][h][a] == ON ? ";!TRACKREV\n" : "", s_labels[h], a < 4 ? "A" : "AAAA",
                                     s_addresses[a]);
            free(text);
            text = more;
        }
    }
    return text;
}

/* PTR records of all reverse zones: "address host off" by address. */
static char *wanted_ptrs(const model_t *m)
{
    char *text = auto_strdup("");
    for (int a = 0; a < ADDRESSES; a++) {
        int z = m->ptr[a].zone, h = m->ptr[a].host;
        if (z == NOBODY)
            continue;
        char host[64];
        if (z == BY_HAND)
            snprintf(host, sizeof(host), "hand.example.");
        else
            snprintf(host, sizeof(host), "%s%sz%d.example.", h == 0 ? "" : s_labels[h], h == 0 ? "" : ".", z);
        char *more = auto_printf("%s%s %s%s%s|", text, s_addresses[a], host, z != BY_HAND ? " auto" : "", z != BY_HAND && m->ptr[a].off ? " off" : "");
        free(text);
        text = more;
    }
    return text;
}

static char *found_ptrs(void)
{
    static const struct { const char *zone, *label; } places[ADDRESSES] = {
        {"2.0.192.in-addr.arpa.", "1"}, {"2.0.192.in-addr.arpa.", "2"}, {"64-26.2.0.192.in-addr.arpa.", "70"}, {"64-26.2.0.192.in-addr.arpa.", "71"},
        {"8.b.d.0.1.0.0.2.ip6.arpa.", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"},
        {"8.b.d.0.1.0.0.2.ip6.arpa.", "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"},
        {"8.b.d.0.1.0.0.2.ip6.arpa.", "3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"},
        {"1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"}};
    PGconn *conn = PQconnectdb(harness_conninfo());
    PGresult *rows = PQexec(conn, "select z.name || ' ' || r.label, r.rdata || case when r.ptr_zone_id is not null then ' auto' else '' end ||"
                                  " case when r.disable then ' off' else '' end from dms.rr r join dms.zone z on z.id = r.zone_id where r.type"
                                  " = 12 and r.until is null");
    char *text = auto_strdup("");
    int seen = 0;
    for (int a = 0; a < ADDRESSES; a++) {
        AUTO_FREE char *place = auto_printf("%s %s", places[a].zone, places[a].label);
        for (int i = 0; i < PQntuples(rows); i++) {
            if (strcmp(PQgetvalue(rows, i, 0), place) != 0)
                continue;
            seen++;
            char *more = auto_printf("%s%s %s|", text, s_addresses[a], PQgetvalue(rows, i, 1));
            free(text);
            text = more;
        }
    }
    ck_assert_int_eq(seen, PQntuples(rows));
    PQclear(rows);
    PQfinish(conn);
    return text;
}

static void act(db_t *db, model_t *m, int zone)
{
    char name[32];
    snprintf(name, sizeof(name), "z%d.example.", zone);
    record_t before[HOSTS][ADDRESSES];
    bool tracked[HOSTS][ADDRESSES];
    for (int h = 0; h < HOSTS; h++) {
        for (int a = 0; a < ADDRESSES; a++)
            before[h][a] = state(m, zone, h, a);
    }
    memcpy(tracked, m->track[zone], sizeof(tracked));
    change_result_t result = {0};
    int what = rand() % 8;
    if (!m->served[zone]) {
        zone_row_t row = {0};
        ZONES_OK(zone_store_by_id(db, NULL, m->id[zone], false, &row, &ok_err));
        if (row.state == ZONE_DISABLED)
            ZONES_OK(zone_life_enable(db, &ZONES_ADMIN, name, ZONES_NOW, &result, &ok_err));
        else
            ZONES_OK(zone_life_undelete(db, &ZONES_ADMIN, m->id[zone], ZONES_NOW, &result, &ok_err));
        zone_row_done(&row);
        m->served[zone] = true;
    } else if (what == 0) {
        ZONES_OK(zone_life_disable(db, &ZONES_ADMIN, name, ZONES_NOW, &result, &ok_err));
        m->served[zone] = false;
    } else if (what == 1) {
        ZONES_OK(zone_life_delete(db, &ZONES_ADMIN, name, ZONES_NOW, &result, &ok_err));
        m->served[zone] = false;
    } else {
        for (int n = 1 + rand() % 5; n > 0; n--) {
            int h = rand() % HOSTS, a = rand() % ADDRESSES;
            m->now[zone][h][a] = rand() % 2 == 0 ? OUT : rand() % 5 == 0 ? OFF : ON;
            m->track[zone][h][a] = m->now[zone][h][a] == ON && rand() % 4 == 0;
        }
        AUTO_FREE char *text = text_of(m, zone);
        save(db, name, text);
    }
    change_result_done(&result);
    queue(m, zone, before, tracked);
}

START_TEST(random_changes_are_the_model)
{
    srand(100 + (unsigned)_i);
    db_t *db = database();
    model_t *m = auto_calloc(1, sizeof(*m));
    create(db, "192.0.2.0/24", APEX ";!LOCKPTR\n2 PTR hand.example.\n");
    create(db, "192.0.2.64/26", APEX);
    create(db, "2001:db8::/32", APEX);
    create(db, "2001:db8:1::/48", APEX);
    for (int a = 0; a < ADDRESSES; a++)
        m->ptr[a].zone = strcmp(s_addresses[a], "192.0.2.2") == 0 ? BY_HAND : NOBODY;
    for (int z = 0; z < ZONES; z++) {
        char name[32];
        snprintf(name, sizeof(name), "z%d.example.", z);
        create(db, name, APEX);
        zone_row_t row = {0};
        ZONES_OK(zone_store_by_name(db, NULL, name, false, &row, &ok_err));
        m->id[z] = row.id;
        m->served[z] = true;
        zone_row_done(&row);
    }
    for (int i = 0; i < 60; i++) {
        act(db, m, rand() % ZONES);
        if (rand() % 3 == 0 && i < 59)
            continue; /* the machines come to it later */
        zones_run_events(db);
        run(m);
        AUTO_FREE char *wanted = wanted_ptrs(m);
        AUTO_FREE char *found = found_ptrs();
        ck_assert_msg(strcmp(wanted, found) == 0, "seed %d, step %d:\n%s is not\n%s", _i, i, found, wanted);
    }
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_update"), 0);
    free(m);
}
END_TEST

/* ---- size */

static char *many(int count)
{
    size_t cap = 0, len = strlen(APEX);
    char *text = auto_grow(NULL, &cap, len + 1, 1);
    memcpy(text, APEX, len + 1);
    for (int i = 0; i < count; i++) {
        text = auto_grow(text, &cap, len + 64, 1);
        len += (size_t)sprintf(text + len, "h%d A 10.1.%d.%d\n", i, i / 250, i % 250);
    }
    return text;
}

START_TEST(many_addresses_few_statements)
{
    db_t *db = database();
    AUTO_FREE char *text = many(3000);
    create(db, "10.1.0.0/16", APEX);
    create(db, "big.example.", APEX);
    ZONES_OK(db_script(db, "insert into dms.rr (zone_id, group_no, since, pos, label, type, rdata) select id, 1, 1, n, 'other' || n, 1, '10.3.' || n / 250 || '.' || n % 250 from"
                           " dms.zone, generate_series(1, 10000) n where name = 'big.example.'; analyze; delete from dms.rr where label like 'other%'", &ok_err));
    uint64_t before = db_round_trips(db);
    save(db, "big.example.", text);
    ck_assert_uint_lt(db_round_trips(db) - before, 30);
    before = db_round_trips(db);
    zones_run_events(db);
    ck_assert_uint_lt(db_round_trips(db) - before, 7 * 35);
    ck_assert_int_eq(zones_number(db, "select count(*) from rr where ptr_zone_id is not null and until is null"), 3000);
    ck_assert_int_eq(zones_number(db, "select count(*) from zi i join zone z on z.id = i.zone_id where z.name like '%arpa.'"), 1 + 7); /* some at a time */
    /* one more costs as little as in an empty zone */
    AUTO_FREE char *more = auto_printf("%sone A 10.1.250.1\n", text);
    save(db, "big.example.", more);
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_update"), 1);
    zones_run_events(db);
    change_result_t result = {0};
    ZONES_OK(zone_life_delete(db, &ZONES_ADMIN, "big.example.", ZONES_NOW, &result, &ok_err));
    zones_run_events(db);
    /* by owner, not all PTR records for each: also with statistics from before there were any */
    ZONES_OK(db_script(db, "select pg_stat_force_next_flush()", &ok_err));
    ck_assert_int_lt(zones_number(db, "select idx_tup_read from pg_stat_user_indexes where indexrelname = 'rr_value'"), 100000);
    ck_assert_int_eq(zones_number(db, "select count(*) from rr where ptr_zone_id is not null and until is null"), 0);
}
END_TEST

START_TEST(many_reverse_zones)
{
    db_t *db = database();
    for (int i = 0; i < 40; i++) {
        char network[32];
        snprintf(network, sizeof(network), "10.1.%d.0/24", i);
        create(db, network, APEX);
    }
    zones_run_events(db);
    AUTO_FREE char *text = auto_strdup(APEX);
    for (int i = 0; i < 400; i++) {
        char *more = auto_printf("%sh%d A 10.1.%d.%d\n", text, i, i % 40, i / 40);
        free(text);
        text = more;
    }
    uint64_t before = db_round_trips(db);
    create(db, "wide.example.", text);
    ck_assert_uint_lt(db_round_trips(db) - before, 30);
    ck_assert_int_eq(zones_number(db, "select count(*) from event where type = 'ZoneSMAutoPtr'"), 40);
    zones_run_events(db);
    ck_assert_int_eq(zones_number(db, "select count(*) from rr where ptr_zone_id is not null and until is null"), 400);
}
END_TEST

/* Somebody holds the reverse zone's row: saves of forward zones do not wait for it. */
START_TEST(the_reverse_zone_is_not_waited_for)
{
    db_t *db = database();
    create(db, "192.0.2.0/24", APEX);
    create(db, "f.example.", APEX);
    zones_run_events(db);
    PGconn *conn = PQconnectdb(harness_conninfo());
    PQclear(PQexec(conn, "begin"));
    PGresult *held = PQexec(conn, "select id from dms.zone where name like '%arpa.' for update");
    ck_assert_int_eq(PQntuples(held), 1);
    PQclear(held);
    ZONES_OK(db_script(db, "set lock_timeout = '1s'", &ok_err));
    save(db, "f.example.", APEX "a A 192.0.2.1\n");
    ck_assert_int_eq(zones_number(db, "select count(*) from ptr_update"), 1);
    PQclear(PQexec(conn, "rollback"));
    PQfinish(conn);
    zones_run_events(db);
    ck_assert_int_eq(zones_number(db, "select count(*) from rr where ptr_zone_id is not null and until is null"), 1);
}
END_TEST

int main(void)
{
    harness_start();
    Suite *s = suite_create("auto_ptr_model");
    TCase *t = tcase_create("auto_ptr_model");
    tcase_set_timeout(t, 100);
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, random_changes_are_the_model, 12, 15);
    tcase_add_test(t, many_addresses_few_statements);
    tcase_add_test(t, many_reverse_zones);
    tcase_add_test(t, the_reverse_zone_is_not_waited_for);
    int failed = check_suite(s);
    harness_stop();
    return failed;
}
