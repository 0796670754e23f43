#include "tests/sim/sim.h"
#include "controller/store/server_store.h"
#include "controller/usecase/server_setup.h"
#include "tests/db/zones.h"
#include "tests/db/harness.h"
#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

uint64_t sim_random(sim_t *sim, uint64_t below)
{
    uint64_t z = sim->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

bool sim_chance(sim_t *sim, int per_mille)
{
    return (int)sim_random(sim, 1000) < per_mille;
}

wall_t sim_now(const sim_t *sim)
{
    return (wall_t){sim->now_us};
}

void sim_fail(const sim_t *sim, const char *condition, const char *file, int line, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *text = auto_vprintf(fmt, ap);
    va_end(ap);
    fprintf(stderr, "seed %" PRIu64 ": %s (%s, %s:%d)\nrun it again with DMS_SIM_SEED=%" PRIu64 "\n", sim->seed, text, condition, file, line, sim->seed);
    ck_abort_msg("seed %" PRIu64 ": %s", sim->seed, text);
}

static wall_t clock_now(void *arg)
{
    return sim_now(arg);
}

static mono_t clock_mono_now(void *arg)
{
    return (mono_t){sim_now(arg).us};
}

/* ---- link */

void sim_send(sim_t *sim, int agent, bool to_agent, const wire_msg_t *msg)
{
    AUTO_ERR info = ERR_INFO_INIT;
    int copies = sim_chance(sim, sim->drop) ? 0 : sim_chance(sim, sim->twice) ? 2 : 1;
    if (copies == 0 && sim->agents[agent].unanswered > 0)
        sim->agents[agent].unanswered--; /* a real link loses only with its session, which gives the credit back */
    for (int i = 0; i < copies; i++) {
        int64_t delay_us = 200 + (int64_t)sim_random(sim, 300);
        if (sim_chance(sim, sim->late))
            delay_us += (int64_t)sim_random(sim, 15000000);
        sim->queue = auto_grow(sim->queue, &sim->queue_cap, sim->queue_count + 1, sizeof(*sim->queue));
        sim_message_t *m = &sim->queue[sim->queue_count++];
        *m = (sim_message_t){sim->now_us + delay_us, sim->message_number++, agent, sim->agents[agent].session, sim->agents[agent].process,
                             to_agent, NULL, 0};
        err_t err = wire_encode(msg, &m->bytes, &m->size, &info);
        SIM_ASSERT(sim, err == ERR_OK, "message cannot be encoded: %s", err_message(&info));
    }
}

static int agent_of(const sim_t *sim, int64_t server_id)
{
    for (int i = 0; i < SIM_AGENTS; i++) {
        if (sim->agents[i].server_id == server_id)
            return i;
    }
    return -1;
}

static bool link_is_up(void *arg, int64_t server_id)
{
    const sim_t *sim = arg;
    int i = agent_of(sim, server_id);
    return i >= 0 && sim->agents[i].connected;
}

static size_t link_credit(void *arg, int64_t server_id)
{
    const sim_t *sim = arg;
    int i = agent_of(sim, server_id);
    return i >= 0 && sim->agents[i].connected && sim->agents[i].unanswered < SIM_CREDIT ? SIM_CREDIT - sim->agents[i].unanswered : 0;
}

static bool link_send(void *arg, int64_t server_id, wire_command_t *commands, size_t count)
{
    sim_t *sim = arg;
    int agent = agent_of(sim, server_id);
    bool up = agent >= 0 && sim->agents[agent].connected;
    uint64_t last = 0;
    SIM_ASSERT(sim, !db_in_tx(sim->engine_db), "commands leave before they are committed");
    for (size_t i = 0; i < count; i++) {
        if (up) {
            if (commands[i].id != last)
                sim->agents[agent].unanswered++;
            last = commands[i].id;
            wire_msg_t *msg = wire_msg_new(WIRE_COMMANDS, 1);
            msg->commands.items = auto_calloc(1, sizeof(*commands));
            msg->commands.items[0] = commands[i];
            msg->commands.count = 1;
            commands[i] = (wire_command_t){0};
            sim_send(sim, agent, true, msg);
            wire_msg_destroy(&msg);
        }
        wire_command_done(&commands[i]);
    }
    return up;
}

static void link_peers_changed(void *arg)
{
    (void)arg;
}

static size_t next_message(const sim_t *sim)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < sim->queue_count; i++) {
        if (best == SIZE_MAX || sim->queue[i].at_us < sim->queue[best].at_us ||
            (sim->queue[i].at_us == sim->queue[best].at_us && sim->queue[i].number < sim->queue[best].number))
            best = i;
    }
    return best;
}

/* DB_DOWN is a fault that was asked for; anything else is not. */
static void expect(const sim_t *sim, err_t err, const err_info_t *info, const char *what)
{
    SIM_ASSERT(sim, err == ERR_OK || err == ERR_DB_DOWN, "%s: %s", what, err_message(info));
}

bool sim_deliver(sim_t *sim, int64_t until_us)
{
    size_t i = next_message(sim);
    if (i == SIZE_MAX || sim->queue[i].at_us > until_us)
        return false;
    sim_message_t m = sim->queue[i];
    sim->queue[i] = sim->queue[--sim->queue_count];
    if (m.at_us > sim->now_us)
        sim->now_us = m.at_us;
    sim_agent_t *agent = &sim->agents[m.agent];
    AUTO(wire_msg) msg = NULL;
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err = wire_decode(m.bytes, m.size, &msg, &info);
    SIM_ASSERT(sim, err == ERR_OK, "message cannot be decoded: %s", err_message(&info));
    free(m.bytes);
    if (m.to_agent) {
        /* Late weather: an old connection's command was read already, and is worked on in the next session, or between two. */
        if (m.process == agent->process && ((agent->connected && m.session == agent->session) || sim->late > 0))
            sim_agent_command(sim, m.agent, &msg->commands.items[0]);
    } else if (agent->connected && (m.session == agent->session || sim->late > 0)) {
        if (agent->unanswered > 0)
            agent->unanswered--;
        err = engine_on_reports(sim->engine, agent->server_id, msg->reports.items, msg->reports.count, &info);
        expect(sim, err, &info, "report");
        if (err != ERR_OK)
            agent->lost_us = sim->now_us;
    }
    return true;
}

/* ---- engine */

static bool cut(void *arg, bool before_commit UNUSED)
{
    sim_t *sim = arg;
    bool now = sim_chance(sim, sim->cut);
    sim->cuts += now;
    return now;
}

static void start_engine(sim_t *sim)
{
    const engine_transport_t transport = {sim, link_is_up, link_credit, link_send, link_peers_changed};
    engine_opts_t opts = ENGINE_OPTS_INIT;
    opts.seed = sim->seed + 1;
    opts.batch = 1 + (int64_t)(sim->seed % 7) * 5;
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err = db_open(harness_conninfo(), "sim-engine", &sim->engine_db, &info);
    SIM_ASSERT(sim, err == ERR_OK, "database: %s", err_message(&info));
    sim->engine = engine_new(sim->engine_db, &sim->clock, &opts, &transport);
    err = engine_start(sim->engine, &info);
    SIM_ASSERT(sim, err == ERR_OK, "start: %s", err_message(&info));
    db_set_cut(sim->engine_db, cut, sim);
}

void sim_restart(sim_t *sim)
{
    sim->restarts++;
    for (int i = 0; i < SIM_AGENTS; i++)
        sim->agents[i].connected = false;
    engine_destroy(&sim->engine);
    db_destroy(&sim->engine_db);
    start_engine(sim);
}

void sim_connect(sim_t *sim, int i)
{
    sim_agent_t *agent = &sim->agents[i];
    agent->connected = true;
    agent->session++;
    agent->unanswered = 0;
    char software[] = "sim-agent", driver[] = "fake", version[] = "1";
    wire_hello_t hello = {.software = software, .driver = driver, .driver_version = version, .config_generation = agent->generation, .credit = SIM_CREDIT,
                          .name_server_up = agent->name_server_up};
    AUTO_ERR info = ERR_INFO_INIT;
    expect(sim, engine_on_up(sim->engine, agent->server_id, &hello, &info), &info, "up");
}

void sim_disconnect(sim_t *sim, int i)
{
    sim_agent_t *agent = &sim->agents[i];
    if (!agent->connected)
        return;
    agent->connected = false;
    AUTO_ERR info = ERR_INFO_INIT;
    expect(sim, engine_on_down(sim->engine, agent->server_id, "heartbeat lost", &info), &info, "down");
}

void sim_engine(sim_t *sim, int rounds, int64_t *ret_next_us)
{
    AUTO_ERR info = ERR_INFO_INIT;
    if (!db_is_up(sim->engine_db)) {
        err_t err = db_reopen(sim->engine_db, &info);
        SIM_ASSERT(sim, err == ERR_OK, "database does not come back: %s", err_message(&info));
    }
    int64_t next_ms = 0;
    err_t err = engine_run(sim->engine, rounds, &next_ms, &info);
    expect(sim, err, &info, "engine");
    for (int i = 0; err == ERR_OK && i < SIM_AGENTS; i++) {
        if (sim->agents[i].lost_us != 0 && sim->agents[i].connected)
            sim_check_sent_again(sim, i);
        sim->agents[i].lost_us = 0;
    }
    if (ret_next_us != NULL)
        *ret_next_us = err != ERR_OK ? sim->now_us : next_ms < 0 ? INT64_MAX : sim->now_us + next_ms * 1000;
}

/* The engine runs whenever something came or is due, as its thread would have it run. */
static bool step(sim_t *sim, int64_t until_us)
{
    int64_t engine_us = INT64_MAX;
    sim_engine(sim, 0, &engine_us);
    size_t i = next_message(sim);
    int64_t message_us = i == SIZE_MAX ? INT64_MAX : sim->queue[i].at_us;
    int64_t next_us = engine_us < message_us ? engine_us : message_us;
    if (next_us > until_us)
        return false;
    if (next_us > sim->now_us)
        sim->now_us = next_us;
    sim_deliver(sim, sim->now_us);
    return true;
}

void sim_pass(sim_t *sim, int64_t ms)
{
    int64_t until_us = sim->now_us + ms * 1000;
    while (step(sim, until_us))
        ;
    if (until_us > sim->now_us)
        sim->now_us = until_us;
}

void sim_settle(sim_t *sim)
{
    enum { QUIET_MS = 40 * 60 * 1000, STEPS = 20000 }; /* longer than any back-off and any lock */
    int steps = 0;
    while (step(sim, sim->now_us + QUIET_MS * INT64_C(1000))) {
        steps++;
        SIM_ASSERT(sim, steps < STEPS, "does not come to rest");
    }
}

void sim_heal(sim_t *sim, bool new_sessions)
{
    sim->drop = sim->twice = sim->late = sim->cut = sim->refuse = 0;
    for (int i = 0; i < SIM_AGENTS; i++) {
        sim_server_back(sim, i);
        bool was_down = !sim->agents[i].name_server_up;
        sim->agents[i].name_server_up = true;
        if (new_sessions || was_down)
            sim_disconnect(sim, i);
        if (!sim->agents[i].connected)
            sim_connect(sim, i);
    }
}

void sim_silent(void *arg UNUSED, log_level_t level UNUSED, const char *line UNUSED)
{
}

/* ---- set-up: a master, two slaves of one group, one of another, a replica */

const sim_server_t SIM_SERVERS[SIM_AGENTS] = {
    {"master", "master", "sg-one", WIRE_ROLE_MASTER}, {"slave1", "slave", "sg-one", WIRE_ROLE_SLAVE}, {"slave2", "slave", "sg-one", WIRE_ROLE_SLAVE},
    {"slave3", "slave", "sg-two", WIRE_ROLE_SLAVE}, {"replica", "replica", "sg-replica", WIRE_ROLE_REPLICA}};

void sim_setup(sim_t *sim)
{
    change_result_t r = {0};
    static char two[] = "sg-two", replica[] = "sg-replica";
    group_row_t groups[] = {{.name = two}, {.name = replica, .replica = true}};
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        SIM_OK(sim, server_setup_create_sg(sim->db, &ZONES_ADMIN, &groups[i], sim_now(sim), &r, &ok_err));
    for (int i = 0; i < SIM_AGENTS; i++) {
        sim->agents[i] = (sim_agent_t){.name = SIM_SERVERS[i].name, .role = SIM_SERVERS[i].wire_role, .name_server_up = true};
        sim_server_back(sim, i);
    }
}

static void create_server(sim_t *sim, int i)
{
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    AUTO_FREE char *name = auto_strdup(SIM_SERVERS[i].name), *role = auto_strdup(SIM_SERVERS[i].role), *sg = auto_strdup(SIM_SERVERS[i].sg);
    AUTO_FREE char *address = auto_printf("192.0.2.%d", 10 + i);
    server_row_t row = {.name = name, .role = role, .sg_name = sg, .address = address}, stored = {0};
    err_t err = server_setup_create_server(sim->db, &ZONES_ADMIN, &row, sim_now(sim), &r, &info);
    if (err == ERR_SERVER_EXISTS)
        return;
    SIM_ASSERT(sim, err == ERR_OK, "create server: %s", err_message(&info));
    SIM_OK(sim, server_store_server(sim->db, name, false, &stored, &ok_err));
    sim_disconnect(sim, i); /* of the server that was */
    sim->agents[i].server_id = stored.id;
    server_row_done(&stored);
}

void sim_server_back(sim_t *sim, int i)
{
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    create_server(sim, i);
    err_t err = server_setup_enable(sim->db, &ZONES_ADMIN, SIM_SERVERS[i].name, sim_now(sim), &r, &info);
    SIM_ASSERT(sim, err == ERR_OK || err == ERR_SERVER_SM_FAILURE, "enable: %s", err_message(&info)); /* refused where it is enabled */
}

/* ---- begin and end */

void sim_open(sim_t *sim, uint64_t seed)
{
    *sim = (sim_t){.seed = seed, .random = seed * UINT64_C(0x2545f4914f6cdd1d) + 1, .now_us = ZONES_NOW.us, .verbose = getenv("DMS_SIM_VERBOSE") != NULL};
    sim->clock = (clock_source_t){clock_mono_now, clock_now, sim};
    sim->db = zones_db();
    sim_setup(sim);
    start_engine(sim);
}

void sim_close(sim_t *sim)
{
    engine_destroy(&sim->engine);
    db_destroy(&sim->engine_db);
    for (int i = 0; i < SIM_AGENTS; i++)
        sim_agent_done(&sim->agents[i]);
    for (size_t i = 0; i < sim->queue_count; i++)
        free(sim->queue[i].bytes);
    free(sim->queue);
}
