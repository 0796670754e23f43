/* Order, repetition and revisions of commands, and watches, with a name server whose answers the test gives. */
#include "agent/command.h"
#include "shared/log.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the name server: calls are noted, answers are given by number --- */

enum { CALLS_MAX = 64 };
static struct {
    const char *what;
    char zone[64];
    driver_done_t done;
    driver_soa_done_t soa_done;
    void *arg;
} calls[CALLS_MAX];
static size_t call_count;
static char *told; /* log lines of reports */

static void note(const char *what, const char *zone, driver_done_t done, driver_soa_done_t soa_done, void *arg)
{
    calls[call_count].what = what;
    snprintf(calls[call_count].zone, sizeof calls[0].zone, "%s", zone);
    calls[call_count].done = done;
    calls[call_count].soa_done = soa_done;
    calls[call_count++].arg = arg;
    ck_assert_uint_lt(call_count, CALLS_MAX);
}

static void fake_update(void *self, const wire_zone_update_t *u, driver_done_t done, void *arg)
{
    (void)self;
    note("update", u->zone, done, NULL, arg);
}
static void fake_config(void *self, const wire_server_config_t *config, driver_done_t done, void *arg)
{
    (void)self;
    (void)config;
    note("config", "", done, NULL, arg);
}
static void fake_serve(void *self, const char *zone, driver_done_t done, void *arg)
{
    (void)self;
    note("serve", zone, done, NULL, arg);
}
static void fake_remove(void *self, const char *zone, driver_done_t done, void *arg)
{
    (void)self;
    note("remove", zone, done, NULL, arg);
}
static void fake_soa(void *self, const char *zone, driver_soa_done_t done, void *arg)
{
    (void)self;
    note("soa", zone, NULL, done, arg);
}
static bool busy;
static bool fake_nudge(void *self, const char *zone, bool whole)
{
    (void)self;
    if (!busy)
        note(whole ? "take whole" : "nudge", zone, NULL, NULL, NULL);
    return !busy;
}
static const driver_t FAKE = {.name = "fake",
                              .zone_update = fake_update,
                              .zone_serve = fake_serve,
                              .zone_remove = fake_remove,
                              .apply_config = fake_config,
                              .soa = fake_soa,
                              .zone_nudge = fake_nudge};

static void done(size_t call, wire_result_t result)
{
    calls[call].done(calls[call].arg, &(driver_result_t){.result = result});
}
static void soa(size_t call, bool served, uint32_t serial)
{
    ck_assert_str_eq(calls[call].what, "soa");
    calls[call].soa_done(calls[call].arg,
                         &(driver_soa_t){.answered = true, .served = served, .serial = serial, .words = "REFUSED"});
}

static void on_log(void *arg, log_level_t level, const char *line)
{
    (void)arg;
    (void)level;
    char *more = auto_printf("%s%s\n", told, line);
    free(told);
    told = more;
}

static agent_t agent;
static char dir[] = "/tmp/dms-command-XXXXXX";

static void begin(wire_role_t role)
{
    told = auto_strdup("");
    log_set_sink(on_log, NULL);
    call_count = 0;
    ck_assert_ptr_nonnull(mkdtemp(dir));
    agent = (agent_t){.driver = &FAKE, .role = role};
    ck_assert_int_eq(state_open(dir, &agent.state, NULL), ERR_OK);
    agent.watch = watch_new(&FAKE, NULL);
    agent.spool = spool_new(&FAKE, NULL);
    agent.command = command_new(&agent);
}

static void end(void)
{
    command_destroy(&agent.command);
    watch_destroy(&agent.watch);
    spool_destroy(&agent.spool);
    state_destroy(&agent.state);
    log_set_sink(NULL, NULL);
    free(told);
    AUTO_FREE char *path = auto_printf("%s/agent.state", dir);
    unlink(path);
    rmdir(dir);
}

static uint32_t stale;

static void take(wire_goal_t goal, const char *zone, uint64_t id, uint64_t revision, uint32_t serial)
{
    wire_command_t c = {.id = id, .revision = revision, .goal = goal, .deadline_ms = 10000};
    if (goal == WIRE_ZONE_UPDATE)
        c.zone_update = (wire_zone_update_t){.zone = auto_strdup(zone), .to_serial = serial};
    else if (goal == WIRE_ZONE_SERVE)
        c.zone_serve = (wire_zone_serve_t){.zone = auto_strdup(zone), .serial = serial, .stale_serial = stale};
    else if (goal == WIRE_ZONE_REMOVE)
        c.zone_remove.zone = auto_strdup(zone);
    command_take(agent.command, 1, &c);
    wire_command_done(&c);
}

static bool was_told(const char *text) { return strstr(told, text) != NULL; }

START_TEST(one_zone_in_order_others_at_once)
{
    begin(WIRE_ROLE_MASTER);
    take(WIRE_ZONE_UPDATE, "a.", 1, 1, 2);
    take(WIRE_ZONE_UPDATE, "a.", 2, 2, 3);
    take(WIRE_ZONE_UPDATE, "b.", 3, 1, 2);
    ck_assert_uint_eq(call_count, 2);
    ck_assert_str_eq(calls[1].zone, "b.");
    done(0, WIRE_DONE);
    ck_assert_uint_eq(call_count, 3);
    ck_assert_str_eq(calls[2].zone, "a.");
    ck_assert(was_told("command=1 ") && !was_told("command=2 "));
    done(1, WIRE_DONE);
    done(2, WIRE_DONE);
    ck_assert(was_told("command=2 ") && was_told("command=3 "));
    end();
}
END_TEST

START_TEST(repeats_and_old_revisions)
{
    begin(WIRE_ROLE_MASTER);
    take(WIRE_ZONE_UPDATE, "a.", 1, 5, 2);
    take(WIRE_ZONE_UPDATE, "a.", 1, 5, 2); /* in work: reported once */
    take(WIRE_ZONE_UPDATE, "a.", 2, 6, 3);
    take(WIRE_ZONE_UPDATE, "a.", 2, 6, 3); /* waiting */
    take(WIRE_ZONE_UPDATE, "a.", 3, 4, 3);
    ck_assert_uint_eq(call_count, 1);
    ck_assert(was_told("refused, old revision: revision 6 was applied before command=3"));
    done(0, WIRE_DONE);
    done(1, WIRE_DONE);
    ck_assert_uint_eq(call_count, 2);
    take(WIRE_ZONE_UPDATE, "a.", 2, 6, 3); /* the report was lost: done again, the driver says so */
    ck_assert_uint_eq(call_count, 3);
    done(2, WIRE_ALREADY);
    take(WIRE_ZONE_SERVE, "a.", 9, 9, 9);
    ck_assert(was_told("wrong role command=9"));
    end();
}
END_TEST

START_TEST(many_zones_are_forgotten_in_order)
{
    begin(WIRE_ROLE_MASTER);
    for (int i = 0; i < 5000; i++) {
        char zone[16];
        snprintf(zone, sizeof zone, "z%d.", i);
        call_count = 0;
        take(WIRE_ZONE_UPDATE, zone, (uint64_t)i + 1, 5, 2);
        done(0, WIRE_DONE);
    }
    call_count = 0;
    take(WIRE_ZONE_UPDATE, "z4999.", 9001, 4, 2); /* remembered */
    ck_assert_uint_eq(call_count, 0);
    take(WIRE_ZONE_UPDATE, "z1.", 9002, 4, 2); /* forgotten: the name server's serial decides */
    ck_assert_uint_eq(call_count, 1);
    done(0, WIRE_DONE);
    end();
}
END_TEST

START_TEST(serve_waits_for_notify_and_proof)
{
    begin(WIRE_ROLE_SLAVE);
    take(WIRE_ZONE_SERVE, "a.", 1, 1, 7);
    soa(0, false, 0);
    ck_assert_str_eq(calls[1].what, "serve");
    done(1, WIRE_DONE);
    ck_assert_uint_eq(watch_count(agent.watch), 1);
    watch_notify(agent.watch, "a."); /* comes while the first question is out */
    ck_assert_uint_eq(call_count, 3);
    soa(2, true, 6);
    ck_assert_uint_eq(call_count, 4); /* asked again at once */
    watch_notify(agent.watch, "other.");
    ck_assert_uint_eq(call_count, 4);
    ck_assert(!was_told("command=1 "));
    soa(3, true, 8);
    ck_assert(was_told("zone serve: done command=1 zone=a. serial=8"));
    ck_assert_uint_eq(watch_count(agent.watch), 0);
    end();
}
END_TEST

START_TEST(newer_goal_replaces_and_remove_cancels)
{
    begin(WIRE_ROLE_SLAVE);
    take(WIRE_ZONE_SERVE, "a.", 1, 1, 7);
    soa(0, true, 6);
    take(WIRE_ZONE_SERVE, "a.", 1, 1, 7); /* repeated while it watches */
    ck_assert_uint_eq(call_count, 2);
    take(WIRE_ZONE_SERVE, "a.", 2, 2, 8);
    soa(2, true, 6);
    ck_assert(was_told("retry later, not yet: a newer goal has replaced this one command=1"));
    soa(1, true, 7); /* the old watch's question comes back after its end */
    take(WIRE_ZONE_REMOVE, "a.", 3, 3, 0);
    ck_assert(was_told("retry later, not yet: the zone is being removed command=2"));
    ck_assert_uint_eq(watch_count(agent.watch), 0);
    ck_assert_str_eq(calls[4].what, "remove");
    done(4, WIRE_DONE);
    soa(3, true, 7);
    ck_assert(was_told("zone remove: done command=3"));
    end();
}
END_TEST

START_TEST(nudges_back_off_until_the_deadline)
{
    begin(WIRE_ROLE_SLAVE);
    take(WIRE_ZONE_SERVE, "a.", 1, 1, 7);
    soa(0, true, 6);
    soa(1, true, 6);
    mono_t start = clock_mono(NULL);
    size_t nudges = 0;
    char when[128] = "";
    for (int ms = 100; ms <= 10500 && watch_count(agent.watch) > 0; ms += 100) {
        size_t before = call_count;
        watch_tick(agent.watch, mono_add_ms(start, ms));
        for (size_t i = before; i < call_count; i++) {
            if (strcmp(calls[i].what, "nudge") == 0) {
                nudges++;
                snprintf(when + strlen(when), sizeof when - strlen(when), "%d ", ms / 1000);
            } else {
                soa(i, true, 6);
            }
        }
    }
    ck_assert_str_eq(when, "1 3 7 ");
    ck_assert_uint_eq(nudges, 3);
    ck_assert(was_told("retry later, not yet command=1 zone=a. serial=6"));
    end();
}
END_TEST

START_TEST(busy_name_server_is_nudged_as_soon_as_it_is_free)
{
    begin(WIRE_ROLE_SLAVE);
    take(WIRE_ZONE_SERVE, "a.", 1, 1, 7);
    soa(0, false, 0);
    done(1, WIRE_DONE); /* a new zone: after 250 ms */
    soa(2, false, 0);
    mono_t start = clock_mono(NULL);
    busy = true;
    watch_tick(agent.watch, mono_add_ms(start, 200));
    watch_tick(agent.watch, mono_add_ms(start, 300));
    watch_tick(agent.watch, mono_add_ms(start, 2000));
    ck_assert_uint_eq(call_count, 3);
    busy = false;
    watch_tick(agent.watch, mono_add_ms(start, 2100));
    ck_assert_str_eq(calls[3].what, "nudge");
    ck_assert_str_eq(calls[4].what, "soa");
    soa(4, true, 7);
    ck_assert(was_told("zone serve: done command=1"));
    end();
}
END_TEST

/* A server that comes back into service got no NOTIFY of what was published meanwhile. */
START_TEST(nudges_early_after_a_configuration)
{
    begin(WIRE_ROLE_SLAVE);
    take(WIRE_SERVER_CONFIG, "", 1, 1, 0);
    done(0, WIRE_DONE);
    take(WIRE_ZONE_SERVE, "a.", 2, 2, 7);
    soa(1, true, 6);
    soa(2, true, 6);
    watch_tick(agent.watch, mono_add_ms(clock_mono(NULL), 300));
    ck_assert_uint_eq(call_count, 5);
    ck_assert_str_eq(calls[3].what, "nudge");
    soa(4, true, 7);
    ck_assert(was_told("zone serve: done command=2"));
    end();
}
END_TEST

/* A serial that RFC 1982 calls ahead ends the wait, unless the controller says that it is of another time. */
START_TEST(stale_serial_is_replaced)
{
    begin(WIRE_ROLE_SLAVE);
    take(WIRE_ZONE_SERVE, "a.", 1, 1, 7);
    soa(0, true, 100);
    ck_assert(was_told("zone serve: done command=1 zone=a. serial=100"));
    stale = 100;
    take(WIRE_ZONE_SERVE, "a.", 2, 2, 7);
    soa(1, true, 100);
    soa(2, true, 100);
    ck_assert_uint_eq(watch_count(agent.watch), 1);
    watch_tick(agent.watch, clock_mono(NULL)); /* at once */
    ck_assert_str_eq(calls[3].what, "take whole");
    soa(4, true, 7);
    ck_assert(was_told("zone serve: done command=2 zone=a. serial=7"));
    /* something newer came by itself: only the stale one does not count */
    take(WIRE_ZONE_SERVE, "a.", 3, 3, 7);
    soa(5, true, 8);
    ck_assert(was_told("zone serve: done command=3 zone=a. serial=8"));
    /* it was replaced by something older: from there on it is asked as always */
    take(WIRE_ZONE_SERVE, "a.", 4, 4, 9);
    soa(6, true, 100);
    soa(7, true, 8);
    watch_tick(agent.watch, clock_mono(NULL));
    ck_assert_str_eq(calls[8].what, "nudge");
    soa(9, true, 9);
    ck_assert(was_told("zone serve: done command=4 zone=a. serial=9"));
    stale = 0;
    end();
}
END_TEST

CHECK_MAIN("agent_command", one_zone_in_order_others_at_once, repeats_and_old_revisions,
           many_zones_are_forgotten_in_order, serve_waits_for_notify_and_proof, newer_goal_replaces_and_remove_cancels,
           nudges_back_off_until_the_deadline, nudges_early_after_a_configuration,
           busy_name_server_is_nudged_as_soon_as_it_is_free, stale_serial_is_replaced)
