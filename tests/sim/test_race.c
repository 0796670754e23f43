/* Users and the engine at the same time, in threads of their own, as in the controller: nobody is told of a deadlock, every commit leaves
 * the invariants whole (a fourth connection looks on), and afterwards everything that was committed is on every server. */
#include "shared/log.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/sim/sim.h"
#include "tests/unit/check_run.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { USERS = 2, ACTS = 160 };

typedef struct {
    sim_t sim;               /* a user's: connection, random numbers and clock only */
    const _Atomic int64_t *now_us;
    pthread_t thread;
} user_t;

typedef struct {
    sim_t sim;
    _Atomic int64_t now_us;  /* the engine's clock, which users go by */
    _Atomic int users;       /* still at it */
    pthread_t thread;
} race_t;

static void open_user(sim_t *sim, uint64_t seed)
{
    *sim = (sim_t){.seed = seed, .random = seed, .now_us = ZONES_NOW.us};
    ZONES_OK(db_open(harness_conninfo(), "race", &sim->db, &ok_err));
}

static void *run_user(void *arg)
{
    user_t *self = arg;
    for (int i = 0; i < ACTS; i++) {
        self->sim.now_us = atomic_load(self->now_us);
        sim_user_act(&self->sim);
    }
    return NULL;
}

static void *run_engine(void *arg)
{
    race_t *race = arg;
    do {
        sim_pass(&race->sim, 20);
        atomic_store(&race->now_us, race->sim.now_us);
    } while (atomic_load(&race->users) > 0);
    return NULL;
}

START_TEST(users_and_engine)
{
    log_set_sink(sim_silent, NULL);
    race_t race = {.users = USERS};
    sim_open(&race.sim, 77 + (uint64_t)_i);
    race.sim.drop = race.sim.twice = 20;
    atomic_store(&race.now_us, race.sim.now_us);
    for (int i = 0; i < SIM_AGENTS; i++)
        sim_connect(&race.sim, i);
    user_t users[USERS];
    sim_t witness;
    open_user(&witness, 1);
    for (int i = 0; i < USERS; i++) {
        users[i].now_us = &race.now_us;
        open_user(&users[i].sim, 100 * (uint64_t)_i + (uint64_t)i);
    }
    ck_assert_int_eq(pthread_create(&race.thread, NULL, run_engine, &race), 0);
    for (int i = 0; i < USERS; i++)
        ck_assert_int_eq(pthread_create(&users[i].thread, NULL, run_user, &users[i]), 0);
    for (int i = 0; i < 40; i++)
        sim_check(&witness, false);
    for (int i = 0; i < USERS; i++) {
        ck_assert_int_eq(pthread_join(users[i].thread, NULL), 0);
        atomic_fetch_sub(&race.users, 1);
    }
    ck_assert_int_eq(pthread_join(race.thread, NULL), 0);
    sim_check(&witness, false);
    sim_heal(&race.sim, true);
    sim_settle(&race.sim);
    sim_check(&race.sim, true);
    if (getenv("DMS_SIM_STATS") != NULL)
        fprintf(stderr, "race %d: deadlocks %d, edits %d\n", _i,
                (int)zones_number(race.sim.db, "select sum(deadlocks) from pg_stat_database where datname = current_database()"),
                (int)(users[0].sim.edits + users[1].sim.edits));
    for (int i = 0; i < USERS; i++)
        db_destroy(&users[i].sim.db);
    db_destroy(&witness.db);
    sim_close(&race.sim);
}
END_TEST

int main(void)
{
    harness_start();
    Suite *suite = suite_create("race");
    TCase *tc = tcase_create("race");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, users_and_engine, 0, getenv("DMS_RACES") != NULL ? atoi(getenv("DMS_RACES")) : 2);
    suite_add_tcase(suite, tc);
    int failed = check_suite(suite);
    harness_stop();
    return failed;
}
