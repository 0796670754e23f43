/* Random edits, creations, deletions, crashes and losses; then rest, and everything that was committed must be on every server.
 * DMS_SIM_SEED=n runs one seed, DMS_SIM_SEEDS=n that many. */
#include "controller/usecase/server_setup.h"
#include "shared/log.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/sim/sim.h"
#include "tests/unit/check_run.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void silent(void *arg, log_level_t level, const char *line)
{
    (void)arg;
    (void)level;
    (void)line;
}

/* No faults any more; everybody is back. */
static void heal(sim_t *sim)
{
    sim->drop = sim->twice = sim->late = sim->cut = sim->refuse = 0;
    for (int i = 0; i < SIM_AGENTS; i++) {
        sim_agent_t *agent = &sim->agents[i];
        change_result_t r = {0};
        (void)server_setup_enable(sim->db, &ZONES_ADMIN, agent->name, sim_now(sim), &r, NULL); /* refused where it is enabled */
        agent->name_server_up = true;
        sim_disconnect(sim, i);
        sim_connect(sim, i);
    }
}

static void run_seed(uint64_t seed)
{
    enum { OPS = 120 };
    sim_t sim;
    sim_open(&sim, seed);
    bool faults = seed % 4 != 0; /* a quarter of the runs is fair weather */
    if (faults) {
        sim.drop = (int)sim_random(&sim, 100);
        sim.twice = (int)sim_random(&sim, 100);
        sim.late = (int)sim_random(&sim, 100);
        sim.cut = (int)sim_random(&sim, 12);
        sim.refuse = (int)sim_random(&sim, 60);
    }
    for (int i = 0; i < SIM_AGENTS; i++)
        sim_connect(&sim, i);
    for (int i = 0; i < OPS; i++) {
        sim_op(&sim);
        if (i % 12 == 11)
            sim_check(&sim, false);
    }
    heal(&sim);
    sim_settle(&sim);
    sim_check(&sim, true);
    if (getenv("DMS_SIM_STATS") != NULL)
        fprintf(stderr, "seed %" PRIu64 ": edits %" PRIu64 " updates %" PRIu64 " loads %" PRIu64 " serves %" PRIu64 " removes %" PRIu64 " checks %" PRIu64
                " cuts %" PRIu64 " restarts %" PRIu64 " losses %" PRIu64 "\n", seed, sim.edits, sim.updates, sim.loads, sim.serves, sim.removes, sim.checks,
                sim.cuts, sim.restarts, sim.losses);
    sim_close(&sim);
}

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

/* Seeds that found something once. */
static const uint64_t s_bad[] = {
    1012, /* receipts of a disabled master */
    2000, /* a deleted zone's removal against the new zone of its name */
};

START_TEST(seeds_that_were_bad)
{
    log_set_sink(getenv("DMS_SIM_VERBOSE") != NULL ? NULL : silent, NULL);
    run_seed(s_bad[_i]);
}
END_TEST

START_TEST(seeds)
{
    log_set_sink(getenv("DMS_SIM_VERBOSE") != NULL ? NULL : silent, NULL);
    run_seed(number("DMS_SIM_SEED", 1000 + (uint64_t)_i));
}
END_TEST

int main(void)
{
    harness_start();
    Suite *suite = suite_create("sim");
    TCase *tc = tcase_create("sim");
    tcase_set_timeout(tc, 120);
    bool one = getenv("DMS_SIM_SEED") != NULL;
    if (!one)
        tcase_add_loop_test(tc, seeds_that_were_bad, 0, (int)ARRAY_SIZE(s_bad));
    tcase_add_loop_test(tc, seeds, 0, one ? 1 : (int)number("DMS_SIM_SEEDS", 8));
    suite_add_tcase(suite, tc);
    int failed = check_suite(suite);
    harness_stop();
    return failed;
}
