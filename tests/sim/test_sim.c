/* Random edits, creations, deletions, crashes and losses; then rest, and everything that was committed must be on every server.
 * DMS_SIM_SEED=n runs one seed, DMS_SIM_SEEDS=n that many, from DMS_SIM_FIRST on; DMS_SIM_SETS=n: so many change sets per mille.
 * DMS_SIM_MOVES=n, DMS_SIM_MOVE_SEEDS=n: the same for the test of moves; DMS_SIM_CYCLES=n, DMS_SIM_CYCLE_SEEDS=n: for the one of what is done more seldom;
 * DMS_SIM_WRAPS=n, DMS_SIM_WRAP_SEEDS=n: for that of serials. */
#include "controller/usecase/zone_life.h"
#include "controller/usecase/zone_serial.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/sim/sim.h"
#include "tests/unit/check_run.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void run_seed(uint64_t seed, bool restore, int sets, int cycle)
{
    enum { OPS = 120, RECOVERY_MS = 45000 }; /* the longest hold, and some */
    sim_t sim;
    sim_open(&sim, seed);
    sim.sets = sets;
    sim.cycle = cycle;
    bool faults = seed % 4 != 0; /* a quarter of the runs is fair weather */
    if (faults) {
        sim.drop = (int)sim_random(&sim, 100);
        sim.twice = (int)sim_random(&sim, 100);
        sim.late = (int)sim_random(&sim, 100);
        sim.cut = (int)sim_random(&sim, 30);
        sim.refuse = (int)sim_random(&sim, 60);
    }
    for (int i = 0; i < SIM_AGENTS; i++)
        sim_connect(&sim, i);
    for (int i = 0; i < OPS; i++) {
        sim_op(&sim);
        if (restore && i == OPS - 10) {
            sim_pass(&sim, 5000); /* agents have what there is */
            sim_restore(&sim);
        }
        sim_check(&sim, false);
    }
    /* A new session opens everything at once; without one it is the time-outs' turn. */
    bool new_sessions = seed % 2 == 0;
    sim_heal(&sim, new_sessions);
    if (new_sessions) {
        sim_pass(&sim, RECOVERY_MS);
        sim_check_recovered(&sim);
    }
    sim_settle(&sim);
    sim_check(&sim, true);
    if (getenv("DMS_SIM_STATS") != NULL)
        fprintf(stderr, "seed %" PRIu64 ": edits %" PRIu64 " updates %" PRIu64 " loads %" PRIu64 " serves %" PRIu64 " removes %" PRIu64 " checks %" PRIu64
                " moves %" PRIu64 " cuts %" PRIu64 " restarts %" PRIu64 " losses %" PRIu64 " restores %" PRIu64 " zones of change sets %" PRIi64 "\n", seed, sim.edits, sim.updates, sim.loads, sim.serves,
                sim.removes, sim.checks, sim.moves, sim.cuts, sim.restarts, sim.losses, sim.restores,
                zones_number(sim.db, "select count(*) from change_set_zone where state = 'DONE'"));
    sim_close(&sim);
}

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

/* Seeds that found something once. */
static const uint64_t s_bad[] = {
    1009, /* an older receipt waits although the server that is behind the newest version has it */
    1010, /* a zone that the name server lost waits for the time-out of the differences that had failed before */
    1019, /* a background check whose answer was lost is never asked again */
};

START_TEST(seeds_that_were_bad)
{
    log_set_sink(getenv("DMS_SIM_VERBOSE") != NULL ? NULL : sim_silent, NULL);
    run_seed(s_bad[_i], false, 0, 0);
}
END_TEST

START_TEST(seeds)
{
    log_set_sink(getenv("DMS_SIM_VERBOSE") != NULL ? NULL : sim_silent, NULL);
    run_seed(number("DMS_SIM_SEED", number("DMS_SIM_FIRST", 1000) + (uint64_t)_i), false, (int)number("DMS_SIM_SETS", 0), 0);
}
END_TEST

/* Agents hold revisions and generations that the database gives out a second time. */
START_TEST(restored)
{
    log_set_sink(getenv("DMS_SIM_VERBOSE") != NULL ? NULL : sim_silent, NULL);
    run_seed(4000 + 4 * (uint64_t)_i, true, 0, 0); /* fair weather */
}
END_TEST

/* Change sets over all zones among the acts of users, in foul weather: applied once, whatever breaks. */
START_TEST(change_sets)
{
    log_set_sink(getenv("DMS_SIM_VERBOSE") != NULL ? NULL : sim_silent, NULL);
    run_seed(6001 + 2 * (uint64_t)_i, false, 100, 0);
}
END_TEST

/* Locks, old versions, flags, groups and clean-ups among everything else. */
START_TEST(cycled)
{
    log_set_sink(getenv("DMS_SIM_VERBOSE") != NULL ? NULL : sim_silent, NULL);
    run_seed(number("DMS_SIM_CYCLES", 8000) + (uint64_t)_i, false, 0, 350);
}
END_TEST

/* Serials set ahead of the date and wrapped, zones deleted and undeleted, servers that were disabled or come back with an old disk or somebody else's
 * zones, with saves, cut connections and restarts around them: at rest every server has the newest serial with the contents that belong to it, and no
 * receipt is left open.  The first two seeds found something: a used serial that came again after a zone was deleted in the middle of a wrap, and a
 * stranger's serial on the master that became a server's goal. */
START_TEST(wrapped)
{
    enum { OPS = 120 };
    log_set_sink(getenv("DMS_SIM_VERBOSE") != NULL ? NULL : sim_silent, NULL);
    sim_t sim;
    sim_open(&sim, number("DMS_SIM_WRAPS", 7016) + (uint64_t)_i);
    sim.drop = sim.twice = sim.late = 40;
    sim.cut = 20;
    for (int i = 0; i < SIM_AGENTS; i++)
        sim_connect(&sim, i);
    for (int i = 0; i < OPS || (sim.wraps == 0 && i < 4 * OPS); i++) {
        sim_wrap(&sim);
        sim_check(&sim, false);
    }
    sim_heal(&sim, _i % 2 == 0);
    sim_settle(&sim);
    sim_check(&sim, true);
    ck_assert_uint_gt(sim.wraps, 0);
    if (getenv("DMS_SIM_STATS") != NULL)
        fprintf(stderr, "seed %" PRIu64 ": wraps %" PRIu64 " healed %" PRIu64 " edits %" PRIu64 " updates %" PRIu64 " loads %" PRIu64 " jumps %" PRIi64 "\n",
                sim.seed, sim.wraps, sim.healed, sim.edits, sim.updates, sim.loads, zones_number(sim.db, "select count(*) from serial_jump"));
    sim_close(&sim);
}
END_TEST

/* All disks of before a wrap come back at once, and each server finds its way by itself, soon; then the name goes through two zones more. */
START_TEST(old_disks)
{
    enum { RECOVERY_MS = 45000 };
    static const char text[] = "$TTL 3600\n@ IN SOA ns1.example.net. h.example.net. 2026112300 2h 1h 1w 1h\n@ IN NS ns1.example.net.\n";
    log_set_sink(getenv("DMS_SIM_VERBOSE") != NULL ? NULL : sim_silent, NULL);
    sim_t sim;
    sim_open(&sim, 7100);
    for (int i = 0; i < SIM_AGENTS; i++)
        sim_connect(&sim, i);
    change_result_t r = zones_create(sim.db, "z0.example.", text);
    const int64_t first = r.zone_id, version = r.zi_id, high = 2926112300;
    sim_settle(&sim);
    SIM_OK(&sim, zone_serial_set(sim.db, &ZONES_ADMIN, "z0.example.", &high, sim_now(&sim), &r, &ok_err));
    sim_settle(&sim);
    r = zones_save(sim.db, "z0.example.", "$TTL 7200\n@ IN SOA ns1.example.net. h.example.net. 1 2h 1h 1w 1h\n@ IN NS ns1.example.net.\n");
    sim_settle(&sim);
    ck_assert_uint_eq(sim_zone(&sim.agents[0], "z0.example.")->serial, high + 1);
    for (int i = 0; i < SIM_AGENTS; i++)
        sim_agent_keep(&sim.agents[i]);
    SIM_OK(&sim, zone_serial_wrap(sim.db, &ZONES_ADMIN, "z0.example.", sim_now(&sim), &r, &ok_err));
    sim_settle(&sim);
    sim_check(&sim, true);
    const uint32_t date = sim_zone(&sim.agents[0], "z0.example.")->serial;
    ck_assert_uint_eq(date, 2026112301); /* ...00 was used */
    for (int i = SIM_AGENTS - 1; i > 0; i--) {
        sim_disconnect(&sim, i);
        sim_agent_return(&sim.agents[i]);
        sim_connect(&sim, i);
        sim_pass(&sim, 3000);
    }
    sim_disconnect(&sim, 0); /* the master is the last one, and hands its old zone on to those that have found their way */
    sim_agent_return(&sim.agents[0]);
    sim_agent_notify(&sim);
    sim_connect(&sim, 0);
    sim_pass(&sim, RECOVERY_MS);
    sim_check_recovered(&sim);
    sim_check(&sim, true);
    ck_assert_uint_ge(sim.healed, 7); /* the master once, the three that have the zone twice */
    ck_assert_uint_eq(sim_zone(&sim.agents[0], "z0.example.")->serial, date);

    /* a version that was published with the high serial only does not bring it back */
    SIM_OK(&sim, zone_life_refresh(sim.db, &ZONES_ADMIN, "z0.example.", version, sim_now(&sim), &r, &ok_err));
    sim_settle(&sim);
    ck_assert_uint_eq(sim_zone(&sim.agents[0], "z0.example.")->serial, date + 1);
    /* another zone of the name gets ahead and is wrapped; then the first one comes back */
    SIM_OK(&sim, zone_life_delete(sim.db, &ZONES_ADMIN, "z0.example.", sim_now(&sim), &r, &ok_err));
    r = zones_create(sim.db, "z0.example.", text);
    sim_settle(&sim);
    ck_assert_uint_eq(sim_zone(&sim.agents[0], "z0.example.")->serial, date + 2);
    const int64_t higher = 2926112302;
    SIM_OK(&sim, zone_serial_set(sim.db, &ZONES_ADMIN, "z0.example.", &higher, sim_now(&sim), &r, &ok_err));
    sim_settle(&sim);
    SIM_OK(&sim, zone_serial_wrap(sim.db, &ZONES_ADMIN, "z0.example.", sim_now(&sim), &r, &ok_err));
    sim_settle(&sim);
    ck_assert_uint_eq(sim_zone(&sim.agents[0], "z0.example.")->serial, date + 3);
    SIM_OK(&sim, zone_life_delete(sim.db, &ZONES_ADMIN, "z0.example.", sim_now(&sim), &r, &ok_err));
    sim_settle(&sim);
    SIM_OK(&sim, zone_life_undelete(sim.db, &ZONES_ADMIN, first, sim_now(&sim), &r, &ok_err));
    sim_settle(&sim);
    sim_check(&sim, true);
    ck_assert_uint_eq(sim_zone(&sim.agents[0], "z0.example.")->serial, date + 4);
    change_result_done(&r);
    sim_close(&sim);
}
END_TEST

/* Moves between groups, cancelled at any step, with edits, deletions and misfortunes around them: at rest every move is over, and every zone is on the
 * servers of its groups and on no others. */
START_TEST(moved)
{
    enum { OPS = 150 };
    log_set_sink(getenv("DMS_SIM_VERBOSE") != NULL ? NULL : sim_silent, NULL);
    sim_t sim;
    sim_open(&sim, number("DMS_SIM_MOVES", 6000) + (uint64_t)_i);
    sim.drop = sim.twice = 40;
    sim.cut = 20;
    for (int i = 0; i < SIM_AGENTS; i++)
        sim_connect(&sim, i);
    for (int i = 0; i < OPS; i++) {
        if (sim_chance(&sim, 400))
            sim_move(&sim);
        sim_op(&sim);
        sim_check(&sim, false);
    }
    sim_heal(&sim, true);
    sim_settle(&sim);
    sim_check(&sim, true);
    ck_assert_uint_gt(sim.moves, 0);
    static const db_stmt_t open = {"sim_moves_open", "select count(*) from zone_move m join zone z on z.id = m.zone_id where m.ended is null"
                                                     " and z.state <> 'DISABLED'", "", "bigint"};
    AUTO(db_rows) rows = NULL;
    SIM_OK(&sim, db_exec(sim.db, &open, &DB_ARGS_INIT, &rows, &ok_err));
    ck_assert_int_eq(db_int(rows, 0, 0), 0);
    sim_close(&sim);
}
END_TEST

/* Zones that vanish behind everybody's back are found by the slow sweep and come back. */
START_TEST(swept)
{
    enum { SWEEP_MS = 11 * 60 * 1000, TURN_MS = 3000, TURNS = 6 };
    log_set_sink(getenv("DMS_SIM_VERBOSE") != NULL ? NULL : sim_silent, NULL);
    sim_t sim;
    sim_open(&sim, 5000);
    for (int i = 0; i < SIM_AGENTS; i++)
        sim_connect(&sim, i);
    for (int i = 0; i < 40; i++)
        sim_op(&sim);
    sim_heal(&sim, true);
    sim_settle(&sim);
    for (int i = 0; i < SIM_AGENTS; i++) {
        if (sim.agents[i].role == WIRE_ROLE_SLAVE)
            sim_agent_wipe(&sim.agents[i]);
    }
    sim_pass(&sim, SWEEP_MS);
    for (int i = 0; i < TURNS; i++) {
        int64_t next_us;
        sim_engine(&sim, 0, &next_us); /* the thread's safety poll */
        sim_pass(&sim, TURN_MS);
    }
    sim_settle(&sim);
    sim_check(&sim, true);
    sim_close(&sim);
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
        tcase_add_loop_test(tc, restored, 0, 2);
    if (!one)
        tcase_add_loop_test(tc, moved, 0, (int)number("DMS_SIM_MOVE_SEEDS", 2));
    if (!one)
        tcase_add_loop_test(tc, cycled, 0, (int)number("DMS_SIM_CYCLE_SEEDS", 2));
    if (!one)
        tcase_add_test(tc, swept);
    if (!one)
        tcase_add_loop_test(tc, change_sets, 0, 1);
    if (!one)
        tcase_add_loop_test(tc, seeds_that_were_bad, 0, (int)ARRAY_SIZE(s_bad));
    tcase_add_loop_test(tc, seeds, 0, one ? 1 : (int)number("DMS_SIM_SEEDS", 4));
    suite_add_tcase(suite, tc);
    TCase *serials = tcase_create("serials"); /* CK_RUN_CASE=serials: these alone */
    tcase_set_timeout(serials, 120);
    if (!one) {
        tcase_add_test(serials, old_disks);
        tcase_add_loop_test(serials, wrapped, 0, (int)number("DMS_SIM_WRAP_SEEDS", 2));
    }
    suite_add_tcase(suite, serials);
    int failed = check_suite(suite);
    harness_stop();
    return failed;
}
