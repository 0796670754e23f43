/* What must hold: the invariants of sql/check.sql after every step, and at rest the contents of all servers. */
#include "controller/domain/dns_diff.h"
#include "controller/store/zi_store.h"
#include "controller/store/zone_store.h"
#include "tests/db/zones.h"
#include "tests/sim/sim.h"
#include <stdlib.h>
#include <string.h>

static db_stmt_t s_check = {"sim_check", NULL, "", "text,bigint"};

/* One query per ';', comments dropped; all in one statement, so that it costs one round trip after every step. */
static void load_checks(sim_t *sim)
{
    size_t count = 0;
    AUTO_FREE char *path = auto_printf("%s/sql/check.sql", DMS_SOURCE_DIR);
    AUTO_FREE char *text = zones_read(path, NULL);
    char *out = text;
    for (char *p = text; *p != '\0';) {
        if (p[0] == '-' && p[1] == '-')
            p += strcspn(p, "\n");
        else
            *out++ = *p++;
    }
    *out = '\0';
    char *state = NULL;
    for (char *sql = strtok_r(text, ";", &state); sql != NULL; sql = strtok_r(NULL, ";", &state)) {
        if (strstr(sql, "count(*)") == NULL)
            continue;
        char *all = auto_printf("%s%s(%s)", count > 0 ? s_check.sql : "", count > 0 ? " union all " : "", sql);
        free((void *)(uintptr_t)s_check.sql);
        s_check.sql = all;
        count++;
    }
    SIM_ASSERT(sim, count > 20, "check.sql was not understood");
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* State, rows and what is scheduled, for a failure that one wants to understand. */
static void dump(sim_t *sim)
{
    static const db_stmt_t stmts[] = {
        {"sim_dump_zone", "select row(id, name, state, sg_id, alt_sg_id, soa_serial, zi_id, zi_candidate_id, lock_state)::text from zone order by id", "", "text"},
        {"sim_dump_goal", "select row(zone_id, server_id, goal, revision, goal_serial, live_serial, behind_since, next_send, reason)::text"
                          " from zone_server order by zone_id, server_id", "", "text"},
        {"sim_dump_server", "select row(id, name, role, state, config_goal, config_applied, config_next_send, connected_at, retry_msg)::text"
                            " from server order by id", "", "text"},
        {"sim_dump_receipt", "select p::text from publication p where live_at is null order by change_id", "", "text"},
        {"sim_dump_jump", "select j::text from serial_jump j order by id", "", "text"},
        {"sim_dump_move", "select m::text from zone_move m order by id", "", "text"},
        {"sim_dump_event", "select e::text from event e where done is null or state = 'FAILURE' order by id", "", "text"}};
    for (size_t s = 0; sim->verbose && s < ARRAY_SIZE(stmts); s++) {
        AUTO(db_rows) rows = NULL;
        SIM_OK(sim, db_exec(sim->db, &stmts[s], &DB_ARGS_INIT, &rows, &ok_err));
        for (size_t i = 0; i < db_rows_count(rows); i++)
            fprintf(stderr, "%s %s\n", stmts[s].name + strlen("sim_dump_"), db_text(rows, i, 0));
    }
}

/* What the database says that the hidden master should hold. */
static void check_contents(sim_t *sim, const zone_row_t *zone)
{
    zi_row_t zi = {0};
    AUTO(zonedata) data = NULL;
    SIM_OK(sim, zi_store_get(sim->db, zone->id, zone->zi_candidate_id, &zi, &ok_err));
    SIM_OK(sim, zi_store_load(sim->db, zone, &zi, &data, &ok_err));
    AUTO_FREE char **lines = auto_calloc(data->records + zi.apex_ns_count + 1, sizeof(*lines));
    size_t count = 0;
    uint32_t zone_ttl = 0;
    rr_ttl_from_text(zi.zone_ttl, &zone_ttl);
    for (size_t i = 0; zi.has_apex_ns && i < zi.apex_ns_count; i++)
        SIM_OK(sim, dns_diff_line(zone->name, "@", zone_ttl, RR_NS, zi.apex_ns[i], &lines[count++], &ok_err));
    for (size_t g = 0; g < data->count; g++) {
        for (size_t r = 0; r < data->groups[g].count; r++) {
            const zonedata_rr_t *rr = &data->groups[g].rrs[r];
            bool from_group = zi.has_apex_ns && zi.apex_ns_count > 0 && rr->type == RR_NS && strcmp(rr->label, "@") == 0;
            if (!rr->disable && !from_group)
                SIM_OK(sim, dns_diff_line(zone->name, rr->label, rr->has_ttl ? rr->ttl : zone_ttl, rr->type, rr->rdata, &lines[count++], &ok_err));
        }
    }
    if (count > 0)
        qsort(lines, count, sizeof(*lines), compare);
    const sim_zone_t *fake = sim_zone(&sim->agents[0], zone->name);
    SIM_ASSERT(sim, fake->present, "zone %s is not on the master", zone->name);
    SIM_ASSERT(sim, fake->serial == zone->soa_serial, "zone %s has serial %u on the master, %u in the database", zone->name, fake->serial, zone->soa_serial);
    SIM_ASSERT(sim, fake->count == count, "zone %s has %zu records on the master, %zu in the database", zone->name, fake->count, count);
    for (size_t i = 0; i < count; i++) {
        SIM_ASSERT(sim, strcmp(fake->lines[i], lines[i]) == 0, "zone %s: master has \"%s\", database \"%s\"", zone->name, fake->lines[i], lines[i]);
        free(lines[i]);
    }
    zi_row_done(&zi);
}

static void check_servers(sim_t *sim, const zone_row_t *zone)
{
    const sim_zone_t *master = sim_zone(&sim->agents[0], zone->name);
    for (int i = 1; i < SIM_AGENTS; i++) {
        bool wanted = SIM_SERVERS[i].wire_role == WIRE_ROLE_REPLICA || strcmp(SIM_SERVERS[i].sg, zone->sg_name) == 0 ||
                      (zone->alt_sg_name != NULL && strcmp(SIM_SERVERS[i].sg, zone->alt_sg_name) == 0);
        const sim_zone_t *fake = sim_zone(&sim->agents[i], zone->name);
        SIM_ASSERT(sim, fake->present == wanted, "zone %s is %s %s", zone->name, fake->present ? "still on" : "not on", SIM_SERVERS[i].name);
        SIM_ASSERT(sim, !wanted || fake->serial == zone->soa_serial, "zone %s has serial %u on %s, %u in the database", zone->name, fake->serial,
                   SIM_SERVERS[i].name, zone->soa_serial);
        SIM_ASSERT(sim, !wanted || fake->count == master->count, "zone %s on %s has other contents with the same serial", zone->name, SIM_SERVERS[i].name);
        for (size_t l = 0; wanted && l < fake->count; l++)
            SIM_ASSERT(sim, strcmp(fake->lines[l], master->lines[l]) == 0, "zone %s on %s has other contents with the same serial", zone->name,
                       SIM_SERVERS[i].name);
    }
}

static void check_world(sim_t *sim)
{
    dump(sim);
    zone_filter_t filter = {.include_disabled = true};
    zone_row_t *rows = NULL;
    size_t count = 0;
    SIM_OK(sim, zone_store_list(sim->db, &ZONES_ADMIN, &filter, &rows, &count, &ok_err));
    bool live[SIM_ZONES] = {false};
    for (size_t i = 0; i < count; i++) {
        if (rows[i].state == ZONE_DISABLED)
            continue;
        SIM_ASSERT(sim, rows[i].state == ZONE_PUBLISHED, "zone %s rests in state %s", rows[i].name, rows_zone_states[rows[i].state]);
        SIM_ASSERT(sim, !rows[i].locked, "zone %s is still locked", rows[i].name);
        live[rows[i].name[1] - '0'] = true;
        check_contents(sim, &rows[i]);
        check_servers(sim, &rows[i]);
    }
    for (int z = 0; z < SIM_ZONES; z++) {
        for (int i = 0; !live[z] && i < SIM_AGENTS; i++) {
            char name[32];
            snprintf(name, sizeof(name), "z%d.example.", z);
            SIM_ASSERT(sim, !sim_zone(&sim->agents[i], name)->present, "zone %s is out of service, but still on %s", name, SIM_SERVERS[i].name);
        }
    }
    zone_store_rows_free(rows, count);
    static const db_stmt_t open = {"sim_open", "select count(*) from publication p join zone z on z.id = p.zone_id where p.live_at is null"
                                               " and p.failure is null and not (z.state = 'DISABLED' and p.goal = 'serve')", "", "bigint"};
    static const db_stmt_t waiting = {"sim_waiting", "select count(*) from event where done is null or state = 'FAILURE' and"
                                                     " type <> 'ZoneSMIncUpdate'", "", "bigint"}; /* one that no longer fits is refused */
    static const db_stmt_t behind = {"sim_behind", "select count(*) from zone_server where behind_since is not null", "", "bigint"};
    static const db_stmt_t servers_ok = {"sim_servers", "select count(*) from server where state <> 'OK'", "", "bigint"};
    const struct { const db_stmt_t *stmt; const char *what; } counts[] = {
        {&open, "receipts are not complete"}, {&waiting, "events wait or failed"}, {&behind, "goals are not reached"}, {&servers_ok, "servers are not OK"}};
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        AUTO(db_rows) result = NULL;
        SIM_OK(sim, db_exec(sim->db, counts[i].stmt, &DB_ARGS_INIT, &result, &ok_err));
        if (db_int(result, 0, 0) != 0)
            dump(sim);
        SIM_ASSERT(sim, db_int(result, 0, 0) == 0, "%d %s", (int)db_int(result, 0, 0), counts[i].what);
    }
}

static int64_t count(sim_t *sim, const db_stmt_t *stmt, const db_args_t *args)
{
    AUTO(db_rows) rows = NULL;
    SIM_OK(sim, db_exec(sim->db, stmt, args, &rows, &ok_err));
    return db_int(rows, 0, 0);
}

void sim_check_sent_again(sim_t *sim, int agent)
{
    static const db_stmt_t late = {"sim_late", "select count(*) from zone_server where server_id = $1 and sent_at < $2 and next_send > $3",
                                   "bigint,timestamptz,timestamptz", "bigint"};
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, sim->agents[agent].server_id);
    db_arg_time(&args, (wall_t){sim->agents[agent].lost_us});
    db_arg_time(&args, sim_now(sim));
    int64_t left = count(sim, &late, &args);
    SIM_ASSERT(sim, left == 0, "%d goals of %s wait for their time-out although their reports were lost", (int)left, sim->agents[agent].name);
}

void sim_check_recovered(sim_t *sim)
{
    static const db_stmt_t open = {"sim_behind_now", "select count(*) from zone_server where behind_since is not null", "", "bigint"};
    int64_t left = count(sim, &open, &DB_ARGS_INIT);
    if (left > 0)
        dump(sim);
    SIM_ASSERT(sim, left == 0, "%d goals are not reached although everybody is back", (int)left);
}

void sim_check(sim_t *sim, bool at_rest)
{
    if (s_check.sql == NULL)
        load_checks(sim);
    AUTO(db_rows) rows = NULL;
    SIM_OK(sim, db_exec(sim->db, &s_check, &DB_ARGS_INIT, &rows, &ok_err));
    if (db_rows_count(rows) != 0)
        dump(sim);
    SIM_ASSERT(sim, db_rows_count(rows) == 0, "violated %d times: %s", (int)db_int(rows, 0, 1), db_text(rows, 0, 0));
    if (at_rest) {
        SIM_ASSERT(sim, zones_number(sim->db, "select count(*) from change_set where state = 'APPLYING'") == 0, "a change set was left half done");
        check_world(sim);
    }
}
