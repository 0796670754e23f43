/* What users and fate do, and what must hold whatever they do. */
#include "controller/domain/dns_diff.h"
#include "controller/store/server_store.h"
#include "controller/store/zi_store.h"
#include "controller/store/zone_store.h"
#include "controller/usecase/server_setup.h"
#include "controller/usecase/zone_life.h"
#include "controller/usecase/zone_update.h"
#include "shared/zonetext.h"
#include "tests/db/zones.h"
#include "tests/sim/sim.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { ZONES = 8 };

/* ---- set-up: a master, two slaves of one group, one of another, a replica */

static const struct { const char *name, *role, *sg; wire_role_t wire_role; } s_servers[SIM_AGENTS] = {
    {"master", "master", "sg-one", WIRE_ROLE_MASTER}, {"slave1", "slave", "sg-one", WIRE_ROLE_SLAVE}, {"slave2", "slave", "sg-one", WIRE_ROLE_SLAVE},
    {"slave3", "slave", "sg-two", WIRE_ROLE_SLAVE}, {"replica", "replica", "sg-replica", WIRE_ROLE_REPLICA}};

#define OK(sim, call)                                                                                                 \
    do {                                                                                                              \
        AUTO_ERR ok_err = ERR_INFO_INIT;                                                                              \
        err_t e_ = (call);                                                                                            \
        SIM_ASSERT(sim, e_ == ERR_OK, "%s: %s: %s", #call, err_name(e_), err_message(&ok_err));                       \
    } while (0)

void sim_setup(sim_t *sim)
{
    change_result_t r = {0};
    static char two[] = "sg-two", replica[] = "sg-replica";
    group_row_t groups[] = {{.name = two}, {.name = replica, .replica = true}};
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        OK(sim, server_setup_create_sg(sim->db, &ZONES_ADMIN, &groups[i], sim_now(sim), &r, &ok_err));
    for (int i = 0; i < SIM_AGENTS; i++) {
        AUTO_FREE char *name = auto_strdup(s_servers[i].name), *role = auto_strdup(s_servers[i].role), *sg = auto_strdup(s_servers[i].sg);
        AUTO_FREE char *address = auto_printf("192.0.2.%d", 10 + i);
        server_row_t row = {.name = name, .role = role, .sg_name = sg, .address = address};
        OK(sim, server_setup_create_server(sim->db, &ZONES_ADMIN, &row, sim_now(sim), &r, &ok_err));
        OK(sim, server_setup_enable(sim->db, &ZONES_ADMIN, name, sim_now(sim), &r, &ok_err));
        server_row_t stored = {0};
        OK(sim, server_store_server(sim->db, name, false, &stored, &ok_err));
        sim->agents[i] = (sim_agent_t){.server_id = stored.id, .name = s_servers[i].name, .role = s_servers[i].wire_role, .name_server_up = true};
        server_row_done(&stored);
    }
}

/* ---- users */

static char *contents(sim_t *sim)
{
    static const char *const ttls[] = {"3600", "3600", "3600", "3600", "7200"};
    char *text = auto_printf("$TTL %s\n@ IN SOA ns1.example.net. hostmaster.example.net. 1 7200 900 604800 3600\n@ IN NS ns1.example.net.\n",
                             ttls[sim_random(sim, ARRAY_SIZE(ttls))]);
    for (int host = 0; host < 6; host++) {
        if (sim_chance(sim, 400))
            continue;
        bool disabled = sim_chance(sim, 150), other = sim_chance(sim, 300), text_too = sim_chance(sim, 200);
        char *more = auto_printf("%s%sh%d IN A 192.0.2.%d\n", text, disabled ? ";!DISABLE\n" : "", host, (int)sim_random(sim, 4));
        free(text);
        text = more;
        if (other || text_too) {
            more = auto_printf("%sh%d IN %s\n", text, host, text_too ? "TXT \"two words; and a semicolon\"" : "MX 10 mail.example.net.");
            free(text);
            text = more;
        }
    }
    if (sim_chance(sim, 10)) { /* more than fits in one part */
        size_t cap = 0, len = strlen(text);
        for (int i = 0; i < 6000; i++) {
            text = auto_grow(text, &cap, len + 128, 1);
            len += (size_t)sprintf(text + len, "bulk%d IN TXT \"a record that takes up some room %d\"\n", i, i);
        }
    }
    return text;
}

/* Users are told no for many reasons; what they are never told is that we do not know. */
static void expect(sim_t *sim, err_t err, const err_info_t *info, const char *what)
{
    SIM_ASSERT(sim, err == ERR_OK || err_row(err)->class == ERR_CLASS_USER || err == ERR_ZONE_BEING_CREATED ||
                        err == ERR_UPDATE_TYPE_ALREADY_QUEUED,
               "%s: %s: %s", what, err_name(err), err_message(info));
    SIM_ASSERT(sim, err != ERR_SM_NO_ROW, "%s: %s", what, err_message(info));
}

static void save(sim_t *sim, const char *name)
{
    AUTO_FREE char *text = contents(sim);
    AUTO(zonedata) data = zones_parse(name, text);
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0}, lock = {0};
    expect(sim, zone_edit_begin(sim->db, &ZONES_ADMIN, "anna", name, sim_now(sim), &lock, &info), &info, "edit");
    change_result_done(&lock);
    if (lock.edit_lock_token != 0 && sim_chance(sim, 200))
        return; /* went for lunch with the lock */
    expect(sim, zone_edit_save(sim->db, &ZONES_ADMIN, "anna", name, data, false, lock.edit_lock_token, NULL, NULL, sim_now(sim), &r, &info), &info, "save");
    change_result_done(&r);
    sim->edits++;
}

static void create(sim_t *sim, const char *name)
{
    AUTO_FREE char *text = contents(sim);
    AUTO(zonedata) data = zones_parse(name, text);
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = sim_chance(sim, 600);
    options.edit_lock = sim_chance(sim, 300);
    options.inc_updates = 1;
    options.sg_name = sim_chance(sim, 300) ? "sg-two" : NULL;
    expect(sim, zone_edit_create(sim->db, &ZONES_ADMIN, "anna", name, data, false, &options, NULL, sim_now(sim), &r, &info), &info, "create");
    change_result_done(&r);
}

/* Records of one host; while somebody is at lunch with the lock it waits. */
static void update(sim_t *sim, const char *name)
{
    int host = (int)sim_random(sim, 6), address = (int)sim_random(sim, 4);
    AUTO_FREE char *text =
        auto_printf("$UPDATE_TYPE t%d\n;!RROP:%s\nh%d IN A 192.0.2.%d\n;!RROP:UPDATE_RRTYPE\nu%d IN TXT \"%d\"\n", (int)sim_random(sim, 3),
                    sim_chance(sim, 500) ? "UPDATE_RRTYPE" : sim_chance(sim, 500) ? "ADD" : "DELETE", host, address, host, address);
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) ops = NULL;
    zonetext_parse(text, strlen(text), name, &(zonetext_opts_t){.update_mode = true}, problems, &ops);
    AUTO_ERR info = ERR_INFO_INIT, none = ERR_INFO_INIT;
    change_result_t r = {0};
    const zone_update_t in = {.name = name, .login_id = "anna", .update_type = ops->update_type, .ops = ops, .contents_error = &none};
    expect(sim, zone_update_rrs(sim->db, &ZONES_ADMIN, &in, sim_now(sim), &r, &info), &info, "update");
    change_result_done(&r);
}

static void undelete(sim_t *sim)
{
    zone_filter_t filter = {.only_deleted = true, .include_deleted = true};
    zone_row_t *rows = NULL;
    size_t count = 0;
    OK(sim, zone_store_list(sim->db, &ZONES_ADMIN, &filter, &rows, &count, &ok_err));
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    if (count > 0)
        expect(sim, zone_life_undelete(sim->db, &ZONES_ADMIN, rows[sim_random(sim, count)].id, sim_now(sim), &r, &info), &info, "undelete");
    zone_store_rows_free(rows, count);
}

static void apex(sim_t *sim)
{
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    char first[] = "ns1.dns-one.example.", second[] = "ns2.dns-one.example.", third[] = "ns3.dns-one.example.";
    char *names[] = {sim_chance(sim, 500) ? first : third, second};
    expect(sim, server_setup_set_apex_ns(sim->db, &ZONES_ADMIN, "sg-one", names, 1 + sim_random(sim, 2), sim_now(sim), &r, &info), &info, "apex");
}

static void life(sim_t *sim, const char *name)
{
    typedef err_t (*life_fn_t)(db_t *, const caller_t *, const char *, wall_t, change_result_t *, err_info_t *);
    static const life_fn_t fns[] = {zone_life_delete, zone_life_disable, zone_life_enable, zone_life_enable};
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    uint64_t which = sim_random(sim, 8);
    if (which < ARRAY_SIZE(fns))
        expect(sim, fns[which](sim->db, &ZONES_ADMIN, name, sim_now(sim), &r, &info), &info, "life");
    else if (which == 4)
        expect(sim, zone_life_refresh(sim->db, &ZONES_ADMIN, name, 0, sim_now(sim), &r, &info), &info, "refresh");
    else if (which == 5)
        expect(sim, zone_life_reset(sim->db, &ZONES_ADMIN, name, 0, sim_now(sim), &r, &info), &info, "reset");
    else
        undelete(sim);
}

/* ---- fate */

static void servers(sim_t *sim)
{
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    const char *name = s_servers[sim_random(sim, SIM_AGENTS)].name;
    uint64_t which = sim_random(sim, 3);
    err_t err = which == 0   ? server_setup_disable(sim->db, &ZONES_ADMIN, name, sim_now(sim), &r, &info)
                : which == 1 ? server_setup_reset(sim->db, &ZONES_ADMIN, name, sim_now(sim), &r, &info)
                             : server_setup_enable(sim->db, &ZONES_ADMIN, name, sim_now(sim), &r, &info);
    expect(sim, err, &info, "server");
}

static void misfortune(sim_t *sim)
{
    int i = (int)sim_random(sim, SIM_AGENTS);
    sim_agent_t *agent = &sim->agents[i];
    switch (sim_random(sim, 6)) {
    case 0:
        sim_restart(sim);
        break;
    case 1:
        sim_disconnect(sim, i);
        sim_agent_forget(agent);
        sim->losses++;
        break;
    case 2:
        if (agent->role == WIRE_ROLE_MASTER && sim_chance(sim, 700))
            break;
        sim_disconnect(sim, i);
        sim_agent_forget(agent);
        sim_agent_wipe(agent);
        sim->losses++;
        break;
    case 3: {
        agent->name_server_up = !agent->name_server_up;
        AUTO_ERR info = ERR_INFO_INIT;
        err_t err = agent->connected ? engine_on_health(sim->engine, agent->server_id, agent->name_server_up, "stopped", &info) : ERR_OK;
        SIM_ASSERT(sim, err == ERR_OK || err == ERR_DB_DOWN, "health: %s", err_message(&info));
        break;
    }
    default:
        sim_disconnect(sim, i);
        break;
    }
}

void sim_op(sim_t *sim)
{
    char name[32];
    snprintf(name, sizeof(name), "z%d.example.", (int)sim_random(sim, ZONES));
    uint64_t which = sim_random(sim, 100);
    if (which < 40)
        save(sim, name);
    else if (which < 60)
        create(sim, name);
    else if (which < 72)
        life(sim, name);
    else if (which < 75)
        apex(sim);
    else if (which < 79)
        servers(sim);
    else if (which < 89)
        misfortune(sim);
    else if (which < 96)
        update(sim, name);
    for (int i = 0; i < SIM_AGENTS; i++) {
        if (!sim->agents[i].connected && sim_chance(sim, 300))
            sim_connect(sim, i);
    }
    static const int64_t pauses_ms[] = {0, 0, 1, 1, 2, 20, 500, 5000};
    sim_pass(sim, pauses_ms[sim_random(sim, ARRAY_SIZE(pauses_ms))]);
}

/* ---- what must hold */

static db_stmt_t s_checks[64];
static size_t s_check_count;

/* One statement per ';', comments dropped. */
static void load_checks(sim_t *sim)
{
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
        SIM_ASSERT(sim, s_check_count < ARRAY_SIZE(s_checks), "too many checks");
        s_checks[s_check_count] = (db_stmt_t){auto_printf("sim_check_%zu", s_check_count), auto_strdup(sql), "", "text,bigint"};
        s_check_count++;
    }
    SIM_ASSERT(sim, s_check_count > 20, "check.sql was not understood");
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What the database says that the hidden master should hold. */
static void check_contents(sim_t *sim, const zone_row_t *zone)
{
    zi_row_t zi = {0};
    AUTO(zonedata) data = NULL;
    OK(sim, zi_store_get(sim->db, zone->id, zone->zi_candidate_id, &zi, &ok_err));
    OK(sim, zi_store_load(sim->db, zone, &zi, &data, &ok_err));
    AUTO_FREE char **lines = auto_calloc(data->records + zi.apex_ns_count + 1, sizeof(*lines));
    size_t count = 0;
    uint32_t zone_ttl = 0;
    rr_ttl_from_text(zi.zone_ttl, &zone_ttl);
    for (size_t i = 0; zi.has_apex_ns && i < zi.apex_ns_count; i++)
        OK(sim, dns_diff_line(zone->name, "@", zone_ttl, RR_NS, zi.apex_ns[i], &lines[count++], &ok_err));
    for (size_t g = 0; g < data->count; g++) {
        for (size_t r = 0; r < data->groups[g].count; r++) {
            const zonedata_rr_t *rr = &data->groups[g].rrs[r];
            bool from_group = zi.has_apex_ns && zi.apex_ns_count > 0 && rr->type == RR_NS && strcmp(rr->label, "@") == 0;
            if (!rr->disable && !from_group)
                OK(sim, dns_diff_line(zone->name, rr->label, rr->has_ttl ? rr->ttl : zone_ttl, rr->type, rr->rdata, &lines[count++], &ok_err));
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
    for (int i = 1; i < SIM_AGENTS; i++) {
        bool wanted = s_servers[i].wire_role == WIRE_ROLE_REPLICA || strcmp(s_servers[i].sg, zone->sg_name) == 0;
        const sim_zone_t *fake = sim_zone(&sim->agents[i], zone->name);
        SIM_ASSERT(sim, fake->present == wanted, "zone %s is %s %s", zone->name, fake->present ? "still on" : "not on", s_servers[i].name);
        SIM_ASSERT(sim, !wanted || fake->serial == zone->soa_serial, "zone %s has serial %u on %s, %u in the database", zone->name, fake->serial,
                   s_servers[i].name, zone->soa_serial);
    }
}

static void check_world(sim_t *sim)
{
    zone_filter_t filter = {.include_disabled = true};
    zone_row_t *rows = NULL;
    size_t count = 0;
    OK(sim, zone_store_list(sim->db, &ZONES_ADMIN, &filter, &rows, &count, &ok_err));
    bool live[ZONES] = {false};
    for (size_t i = 0; i < count; i++) {
        if (rows[i].state == ZONE_DISABLED)
            continue;
        SIM_ASSERT(sim, rows[i].state == ZONE_PUBLISHED, "zone %s rests in state %s", rows[i].name, rows_zone_states[rows[i].state]);
        SIM_ASSERT(sim, !rows[i].locked, "zone %s is still locked", rows[i].name);
        live[rows[i].name[1] - '0'] = true;
        check_contents(sim, &rows[i]);
        check_servers(sim, &rows[i]);
    }
    for (int z = 0; z < ZONES; z++) {
        for (int i = 0; !live[z] && i < SIM_AGENTS; i++) {
            char name[32];
            snprintf(name, sizeof(name), "z%d.example.", z);
            SIM_ASSERT(sim, !sim_zone(&sim->agents[i], name)->present, "zone %s is out of service, but still on %s", name, s_servers[i].name);
        }
    }
    zone_store_rows_free(rows, count);
    static const db_stmt_t open = {"sim_open", "select count(*) from publication p join zone z on z.id = p.zone_id where p.live_at is null"
                                               " and not (z.state = 'DISABLED' and p.goal = 'serve')", "", "bigint"};
    static const db_stmt_t waiting = {"sim_waiting", "select count(*) from event where done is null or state = 'FAILURE'", "", "bigint"};
    static const db_stmt_t behind = {"sim_behind", "select count(*) from zone_server where behind_since is not null", "", "bigint"};
    static const db_stmt_t servers_ok = {"sim_servers", "select count(*) from server where state <> 'OK'", "", "bigint"};
    const struct { const db_stmt_t *stmt; const char *what; } counts[] = {
        {&open, "receipts are not complete"}, {&waiting, "events wait or failed"}, {&behind, "goals are not reached"}, {&servers_ok, "servers are not OK"}};
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        AUTO(db_rows) result = NULL;
        OK(sim, db_exec(sim->db, counts[i].stmt, &DB_ARGS_INIT, &result, &ok_err));
        SIM_ASSERT(sim, db_int(result, 0, 0) == 0, "%d %s", (int)db_int(result, 0, 0), counts[i].what);
    }
}

void sim_check(sim_t *sim, bool at_rest)
{
    if (s_check_count == 0)
        load_checks(sim);
    for (size_t i = 0; i < s_check_count; i++) {
        AUTO(db_rows) rows = NULL;
        OK(sim, db_exec(sim->db, &s_checks[i], &DB_ARGS_INIT, &rows, &ok_err));
        SIM_ASSERT(sim, db_rows_count(rows) == 0, "violated %d times: %s", (int)db_int(rows, 0, 1), db_text(rows, 0, 0));
    }
    if (at_rest)
        check_world(sim);
}
