/* The simulation: engine and real database, fake agents with fake name servers, a clock that the test moves, a link that drops, doubles,
 * delays and reorders, connections to the database that break at commits.  All of it follows from one seed. */
#ifndef DMS_TESTS_SIM_H
#define DMS_TESTS_SIM_H
#include "controller/engine/engine.h"
#include "proto/wire.h"
#include "shared/log.h"

enum { SIM_AGENTS = 5, SIM_CREDIT = 24, SIM_ZONES = 8 };

/* One zone on a fake name server.  lines: records without SOA, sorted. */
typedef struct {
    char *name;
    bool present;
    uint32_t serial;
    char *soa;
    char **lines; size_t count;
    uint64_t revision;       /* the agent's memory */
    struct { uint64_t id; uint32_t parts; char **texts; } load; /* parts that have come */
    uint32_t highest;        /* the test's memory: no serial may ever go behind it */
    bool foreign;            /* not the controller's: its serial is none to go by */
} sim_zone_t;

typedef struct {
    int64_t server_id;
    const char *name;
    wire_role_t role;
    bool connected, name_server_up;
    unsigned session, process; /* its connections, and its lives: what an earlier connection still held arrives, what was for an earlier life does not */
    uint64_t generation;     /* the agent's memory */
    size_t unanswered;
    int64_t lost_us;         /* its reports were lost with the database then; 0: no */
    sim_zone_t *zones; size_t zone_count, zone_cap;
    sim_zone_t *disk; size_t disk_count; /* an older copy of its zones */
} sim_agent_t;

typedef struct { int64_t at_us; uint64_t number; int agent; unsigned session, process; bool to_agent; uint8_t *bytes; size_t size; } sim_message_t;

typedef struct {
    uint64_t seed, random;
    int64_t now_us;
    clock_source_t clock;
    db_t *db, *engine_db;    /* the use cases' and the engine's */
    engine_t *engine;
    sim_agent_t agents[SIM_AGENTS];
    sim_message_t *queue; size_t queue_count, queue_cap;
    uint64_t message_number;
    int drop, twice, late, cut, refuse; /* per mille */
    int sets, cycle;         /* acts that are change sets, or of sim_cycle.c, per mille; 0 leaves the acts of a seed as they were */
    bool verbose;
    uint64_t updates, loads, serves, removes, checks, cuts, restarts, losses, restores, edits, moves, wraps, healed; /* what happened */
} sim_t;

/* ---- sim.c */
void sim_open(sim_t *sim, uint64_t seed);
void sim_close(sim_t *sim);
uint64_t sim_random(sim_t *sim, uint64_t below);
bool sim_chance(sim_t *sim, int per_mille);
wall_t sim_now(const sim_t *sim);
/* The engine's process dies and starts again. */
void sim_restart(sim_t *sim);
void sim_connect(sim_t *sim, int agent);
void sim_disconnect(sim_t *sim, int agent);
/* Some rounds of the engine; *ret_next_us: when it wants to run again (INT64_MAX: never). */
void sim_engine(sim_t *sim, int rounds, int64_t *ret_next_us);
/* Deliver the next message if it is due by until_us. */
bool sim_deliver(sim_t *sim, int64_t until_us);
/* Let time pass, with everything that happens in it. */
void sim_pass(sim_t *sim, int64_t ms);
/* No more faults, everybody reachable: until nothing is left to do. */
void sim_settle(sim_t *sim);
void sim_send(sim_t *sim, int agent, bool to_agent, const wire_msg_t *msg);
/* No faults any more; everybody is back, those who were there with a new session if so wanted. */
void sim_heal(sim_t *sim, bool new_sessions);
/* A log sink. */
void sim_silent(void *arg, log_level_t level, const char *line);

typedef struct { const char *name, *role, *sg; wire_role_t wire_role; } sim_server_t;
extern const sim_server_t SIM_SERVERS[SIM_AGENTS];
void sim_setup(sim_t *sim);                               /* groups, servers, settings */
void sim_server_back(sim_t *sim, int agent);              /* deleted or disabled: created and enabled again */

/* ---- sim_agent.c */
void sim_agent_command(sim_t *sim, int agent, const wire_command_t *command);
void sim_agent_forget(sim_agent_t *agent);                /* the agent's process lost its memory */
void sim_agent_wipe(sim_agent_t *agent);                  /* the name server lost its zones */
void sim_agent_keep(sim_agent_t *agent);                  /* a copy of its disk */
void sim_agent_return(sim_agent_t *agent);                /* the copy comes back, if there is one */
void sim_agent_foreign(sim_agent_t *agent, const char *name, uint32_t ahead); /* somebody else changes a zone, if it has it */
void sim_agent_notify(sim_t *sim);                        /* servers take from the master what is ahead of what they have */
void sim_agent_done(sim_agent_t *agent);
sim_zone_t *sim_zone(sim_agent_t *agent, const char *name); /* made when missing */

/* ---- sim_ops.c */
void sim_op(sim_t *sim);                                  /* one random act of a user or of fate, and some time */
void sim_user_act(sim_t *sim);                            /* one random act of a user, nothing else */
void sim_move(sim_t *sim);                                /* some zone's move to another group begins, or is cancelled */
/* The use case's answer is one that a user may get. */
void sim_expect(sim_t *sim, err_t err, const err_info_t *info, const char *what);
void sim_wrap(sim_t *sim);                                /* serials are set and wrapped, zones and servers go and come back as they were; time passes */
void sim_restore(sim_t *sim);                             /* an older copy of the database's numbers comes back */

/* ---- sim_cycle.c */
void sim_cycle(sim_t *sim, const char *name);             /* what users do more seldom: locks, old versions, flags, groups, clean-up */

/* ---- sim_check.c */
/* What was sent before a moment at which reports were lost is not left to its time-out. */
void sim_check_sent_again(sim_t *sim, int agent);
void sim_check_recovered(sim_t *sim);                     /* all goals are reached */
void sim_check(sim_t *sim, bool at_rest);                 /* invariants; at rest: contents of all servers too */
#define SIM_ASSERT(sim, condition, ...)                                                                               \
    do {                                                                                                              \
        if (!(condition))                                                                                             \
            sim_fail(sim, #condition, __FILE__, __LINE__, __VA_ARGS__);                                               \
    } while (0)
#define SIM_OK(sim, call)                                                                                             \
    do {                                                                                                              \
        AUTO_ERR ok_err = ERR_INFO_INIT;                                                                              \
        err_t e_ = (call);                                                                                            \
        SIM_ASSERT(sim, e_ == ERR_OK, "%s: %s: %s", #call, err_name(e_), err_message(&ok_err));                       \
    } while (0)
void sim_fail(const sim_t *sim, const char *condition, const char *file, int line, const char *fmt, ...) PRINTF(5, 6);
#endif
