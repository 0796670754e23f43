/* What an incremental update costs in zones of several sizes: HARNESS_DURABLE=1 bench_zone_update 10 1000000 (release
 * build).  Prints figures, judges nothing; tests/bench/update takes its last line, the worst ratio of the last size to the first. */
#include "controller/usecase/zone_update.h"
#include "shared/zonetext.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 60 };

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Hosts, and a mail exchanger for every tenth. */
static void fill(db_t *db, const char *name, int records)
{
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.inc_updates = 1;
    change_result_t result = {0};
    ZONES_OK(zone_edit_create(db, &ZONES_ADMIN, "anna", name, NULL, false, &options, NULL, ZONES_NOW, &result, &ok_err));
    change_result_done(&result);
    AUTO_FREE char *sql = auto_printf(
        "insert into dms.rr_group (zone_id, group_no, since, pos) select id, 2, 1, 5000 from dms.zone where name = '%s';"
        "insert into dms.rr (zone_id, group_no, since, pos, label, type, rdata) select z.id, 2, 1, n * 1024.0,"
        " 'h' || n / 11, case when n %% 11 = 10 then 15 else 1 end, case when n %% 11 = 10 then '10 h' || n / 11 else"
        " '10.' || n / 65536 || '.' || n / 256 %% 256 || '.' || n %% 256 end from dms.zone z, generate_series(0, %d) n"
        " where z.name = '%s'",
        name, records - 1, name);
    ZONES_OK(db_limit_statements(db, 600000, &ok_err));
    ZONES_OK(db_script(db, sql, &ok_err));
    ZONES_OK(db_script(db, "update dms.zi set records = (select count(*) from dms.rr where zone_id = zi.zone_id)", &ok_err));
    ZONES_OK(db_script(db, "analyze", &ok_err));
    ZONES_OK(db_limit_statements(db, 30000, &ok_err));
}

/* op: instead of what the text says; NULL: that. */
typedef struct { const char *what, *format, *op; } update_t;
static const update_t s_updates[] = {
    {"UPDATE_RRTYPE of one host", ";!RROP:UPDATE_RRTYPE\nx A 192.0.2.%d\n", NULL},
    {"ADD of a host", ";!RROP:ADD\nnew%d A 192.0.2.1\n", NULL},
    {"ADD of a mail exchanger", ";!RROP:ADD\nmx%d MX 10 h0\n", NULL},
    {"DELETE of a host", ";!RROP:DELETE\nnew%d ANY \"\"\n", NULL},
    {"DELETE of a target", ";!RROP:DELETE\nmx%d MX \"\"\n;!RROP:ADD\nh0 AAAA 2001:db8::%x\n;!RROP:DELETE\nh0 AAAA \"\"\n", NULL},
    {"REPLACE of a set", ";!RROP:ADD\nset A 192.0.2.%d\n", "REPLACE"},
    {"EXTEND of a set", ";!RROP:ADD\next TXT \"%d\"\n", "EXTEND"},
    {"PRUNE of a set", ";!RROP:ADD\next TXT \"%d\"\n", "PRUNE"},
    {"REPLACE at the apex", ";!RROP:ADD\n@ A 192.0.2.%d\n", "REPLACE"},
    {"REPLACE at a wildcard", ";!RROP:ADD\n*.wild A 192.0.2.%d\n", "REPLACE"},
    {"ADD of a delegation", ";!RROP:ADD\nsub%d NS ns.other.example.\n", NULL},
    {"ADD of a DNAME", ";!RROP:ADD\nbelow%d DNAME other.example.\n", NULL},
};

static int64_t one(db_t *db, const char *name, const update_t *kind, int i, uint64_t *ret_trips)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    AUTO_FREE char *text = auto_printf(kind->format, i, i);
#pragma GCC diagnostic pop
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) data = NULL;
    zonetext_parse(text, strlen(text), name, &(zonetext_opts_t){.update_mode = true}, problems, &data);
    for (size_t g = 0; kind->op != NULL && g < data->count; g++) {
        for (size_t r = 0; r < data->groups[g].count; r++) {
            free(data->groups[g].rrs[r].update_op);
            data->groups[g].rrs[r].update_op = auto_strdup(kind->op);
        }
    }
    err_info_t none = ERR_INFO_INIT;
    const zone_update_t update = {.name = name, .login_id = "anna", .update_type = "bench", .ops = data, .contents_error = &none};
    change_result_t result = {0};
    uint64_t trips = db_round_trips(db);
    int64_t at = clock_mono(NULL).us;
    ZONES_OK(zone_update_rrs(db, &ZONES_ADMIN, &update, clock_wall(NULL), &result, &ok_err));
    at = clock_mono(NULL).us - at;
    *ret_trips = db_round_trips(db) - trips;
    change_result_done(&result);
    return at;
}

enum { SIZES_MAX = 4 };
static int s_count, s_sizes[SIZES_MAX];

/* The sizes take turns: noise of the machine is that of all. */
static double measure(db_t *db, char *const *names, const update_t *kind)
{
    static int64_t times[SIZES_MAX][ROUNDS];
    uint64_t trips = 0;
    for (int i = 0; i < ROUNDS; i++) {
        for (int n = 0; n < s_count; n++)
            times[n][i] = one(db, names[n], kind, i, &trips);
    }
    for (int n = 0; n < s_count; n++) {
        qsort(times[n], ROUNDS, sizeof(*times[n]), by_number);
        printf("%8d records: %-28s median %6" PRId64 " us, p90 %6" PRId64 " us, %" PRIu64 " round trips\n", s_sizes[n], kind->what,
               times[n][ROUNDS / 2], times[n][ROUNDS * 9 / 10], trips);
    }
    fflush(stdout);
    return (double)times[s_count - 1][ROUNDS / 2] / (double)times[0][ROUNDS / 2];
}

START_TEST(bench)
{
    char *names[SIZES_MAX] = {0};
    double worst = 0;
    db_t *db = zones_db();
    for (int n = 0; n < s_count; n++) {
        names[n] = auto_printf("bench%d.example.", s_sizes[n]);
        fill(db, names[n], s_sizes[n]);
    }
    for (size_t u = 0; u < ARRAY_SIZE(s_updates); u++) {
        double ratio = measure(db, names, &s_updates[u]);
        worst = ratio > worst ? ratio : worst;
    }
    printf("update_ratio\t%.2f\tratio\n", worst);
    for (int n = 0; n < s_count; n++)
        free(names[n]);
}
END_TEST

int main(int argc, char **argv)
{
    for (; s_count < argc - 1 && s_count < SIZES_MAX; s_count++)
        s_sizes[s_count] = atoi(argv[s_count + 1]);
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
