/* How long a save takes: HARNESS_DURABLE=1 bench_zone_edit (release build).  Prints figures, judges nothing. */
#include "shared/zonetext.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define APEX                                                                                                           \
    "$TTL 3600\n@ IN SOA ns1.dns-one.example. hostmaster.dns-one.example. 2024010100 10800 3600 1209600 3600\n"        \
    "@ IN NS ns1.dns-one.example.\n@ IN NS ns2.dns-one.example.\n\n"

static char *zone_text(int records, int changed)
{
    size_t cap = 0, len = 0;
    char *text = NULL;
    for (int i = -1; i < records; i++) {
        AUTO_FREE char *line =
            i < 0 ? auto_strdup(APEX)
                  : auto_printf("h%d A 10.%d.%d.%d\n", i, i == 5 ? changed : i >> 16, (i >> 8) & 255, i & 255);
        size_t n = strlen(line);
        text = auto_grow(text, &cap, len + n + 1, 1);
        memcpy(text + len, line, n + 1);
        len += n;
    }
    return text;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void measure(int records, int rounds)
{
    db_t *db = zones_db();
    AUTO_FREE char *name = auto_printf("bench%d.example.", records);
    AUTO_FREE char *first = zone_text(records, 0);
    int64_t start = clock_mono(NULL).us;
    change_result_t result = zones_create(db, name, first);
    int64_t created = clock_mono(NULL).us - start;
    ZONES_OK(db_script(db, "analyze", &ok_err));
    int64_t *times = auto_calloc((size_t)rounds, sizeof(*times));
    uint64_t trips = 0;
    int64_t parse = 0;
    for (int i = 0; i < rounds; i++) {
        AUTO_FREE char *text = zone_text(records, 1 + i % 200);
        int64_t before = clock_mono(NULL).us;
        AUTO(zonedata) data = zones_parse(name, text);
        int64_t at = clock_mono(NULL).us;
        parse += at - before;
        trips = db_round_trips(db);
        ZONES_OK(zone_edit_save(db, &ZONES_ADMIN, "anna", name, data, false, 0, NULL, NULL, clock_wall(NULL), &result,
                                &ok_err));
        times[i] = clock_mono(NULL).us - at;
        trips = db_round_trips(db) - trips;
        change_result_done(&result);
    }
    qsort(times, (size_t)rounds, sizeof(*times), by_number);
    printf("%d records: create (with parsing) %" PRId64 " us; save of one changed record: median %" PRId64
           " us, p90 %" PRId64 " us, %" PRIu64 " round trips; parsing %" PRId64 " us\n",
           records + 2, created, times[rounds / 2], times[rounds * 9 / 10], trips, parse / rounds);
    free(times);
}

static int s_count;
static char **s_sizes;

START_TEST(bench)
{
    for (int i = 0; i < s_count; i++)
        measure(atoi(s_sizes[i]), atoi(s_sizes[i]) > 10000 ? 10 : 500);
}
END_TEST

int main(int argc, char **argv)
{
    s_count = argc - 1;
    s_sizes = argv + 1;
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
