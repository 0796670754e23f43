/* What automatic PTR records cost: COUNT addresses of one forward zone in one reverse /16, 1,000 in 256 reverse zones, and a reverse zone that is filled.
 * HARNESS_DURABLE=1 bench_auto_ptr 50000 (release build).  Prints figures, judges nothing. */
#include "controller/store/config_store.h"
#include "controller/usecase/zone_life.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SOA "@ IN SOA ns1.dns-one.example. hostmaster.dns-one.example. 2024010100 10800 3600 1209600 3600\n"
#define APEX "$TTL 3600\n" SOA "@ IN NS ns1.dns-one.example.\n@ IN NS ns2.dns-one.example.\n\n"

static int s_count = 50000;
static int64_t s_at;
static uint64_t s_trips;

static void begin(db_t *db)
{
    s_at = clock_mono(NULL).us;
    s_trips = db_round_trips(db);
}

static void end(db_t *db, const char *what)
{
    printf("%-56s %8" PRId64 " ms, %5" PRIu64 " round trips\n", what, (clock_mono(NULL).us - s_at) / 1000, db_round_trips(db) - s_trips);
    fflush(stdout);
}

static void create(db_t *db, const char *name, const char *text)
{
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = 0;
    AUTO(zonedata) data = zones_parse(name, text);
    change_result_t result = {0};
    ZONES_OK(zone_edit_create(db, &ZONES_ADMIN, "anna", name, data, false, &options, NULL, ZONES_NOW, &result, &ok_err));
    change_result_done(&result);
}

/* Host n has the address 10.A.B.C with C below 250; wide: over 256 networks. */
static char *hosts(int count, int net, bool wide)
{
    char *text = auto_malloc((size_t)count * 40 + 512);
    size_t len = (size_t)sprintf(text, "%s", APEX);
    for (int n = 0; n < count; n++)
        len += (size_t)sprintf(text + len, "h%d A 10.%d.%d.%d\n", n, net, wide ? n % 256 : n / 250, wide ? n / 256 : n % 250);
    return text;
}

START_TEST(bench)
{
    db_t *db = zones_db();
    AUTO_FREE char *many = hosts(s_count, 1, false);
    AUTO_FREE char *wide = hosts(1000, 2, true);
    AUTO_FREE char *others = hosts(s_count, 3, false);
    change_result_t result = {0};
    ZONES_OK(config_store_set(db, "auto_create_ipv4_ptr", 0, "true", &ok_err));
    begin(db);
    create(db, "without.example.", others);
    end(db, "load without a reverse zone");
    create(db, "10.1.0.0/16", APEX);
    for (int n = 0; n < 256; n++) {
        char network[32];
        snprintf(network, sizeof(network), "10.2.%d.0/24", n);
        create(db, network, APEX);
    }
    zones_run_events(db);
    ZONES_OK(db_script(db, "analyze", &ok_err));
    begin(db);
    create(db, "many.example.", many);
    end(db, "load with one");
    begin(db);
    zones_run_events(db);
    end(db, "machine of the reverse zone");
    char *more = auto_printf("%sone A 10.1.255.1\n", many);
    AUTO(zonedata) data = zones_parse("many.example.", more);
    free(more);
    begin(db);
    ZONES_OK(zone_edit_save(db, &ZONES_ADMIN, "anna", "many.example.", data, false, 0, NULL, NULL, ZONES_NOW, &result, &ok_err));
    end(db, "save with one more");
    begin(db);
    zones_run_events(db);
    end(db, "machine of the reverse zone");
    begin(db);
    ZONES_OK(zone_life_delete(db, &ZONES_ADMIN, "many.example.", ZONES_NOW, &result, &ok_err));
    end(db, "delete");
    begin(db);
    zones_run_events(db);
    end(db, "machine of the reverse zone");
    begin(db);
    create(db, "wide.example.", wide);
    end(db, "load 1,000 addresses in 256 reverse zones");
    begin(db);
    zones_run_events(db);
    end(db, "their machines");
    ck_assert_int_eq(zones_number(db, "select count(*) from rr where ptr_zone_id is not null and until is null"), 1000);
    begin(db);
    create(db, "10.3.0.0/16", APEX);
    end(db, "create a reverse zone around addresses that are there");
    begin(db);
    zones_run_events(db);
    end(db, "its machine");
    ck_assert_int_eq(zones_number(db, "select count(*) from rr where ptr_zone_id is not null and until is null"), 1000 + s_count);
}
END_TEST

int main(int argc, char **argv)
{
    s_count = argc > 1 ? atoi(argv[1]) : s_count;
    harness_start();
    Suite *s = suite_create("bench");
    TCase *t = tcase_create("bench");
    tcase_set_timeout(t, 600);
    suite_add_tcase(s, t);
    tcase_add_test(t, bench);
    int failed = check_suite(s);
    harness_stop();
    return failed;
}
