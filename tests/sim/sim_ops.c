/* What users and fate do. */
#include "controller/fsm/zone_fsm.h"
#include "controller/store/server_store.h"
#include "controller/store/zone_store.h"
#include "controller/usecase/change_set.h"
#include "controller/usecase/server_setup.h"
#include "controller/usecase/zone_life.h"
#include "controller/usecase/zone_move.h"
#include "controller/usecase/zone_serial.h"
#include "controller/usecase/zone_update.h"
#include "shared/zonetext.h"
#include "tests/db/zones.h"
#include "tests/sim/sim.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

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
void sim_expect(sim_t *sim, err_t err, const err_info_t *info, const char *what)
{
    SIM_ASSERT(sim, err == ERR_OK || err_row(err)->class == ERR_CLASS_USER || err == ERR_ZONE_BEING_CREATED ||
                        err == ERR_ZONE_FILES_STILL_EXIST || err == ERR_UPDATE_TYPE_ALREADY_QUEUED,
               "%s: %s: %s", what, err_name(err), err_message(info));
    SIM_ASSERT(sim, err != ERR_SM_NO_ROW, "%s: %s", what, err_message(info));
}

static void save(sim_t *sim, const char *name)
{
    AUTO_FREE char *text = contents(sim);
    AUTO(zonedata) data = zones_parse(name, text);
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0}, lock = {0};
    sim_expect(sim, zone_edit_begin(sim->db, &ZONES_ADMIN, "anna", name, sim_now(sim), &lock, &info), &info, "edit");
    change_result_done(&lock);
    if (lock.edit_lock_token != 0 && sim_chance(sim, 200))
        return; /* went for lunch with the lock */
    sim_expect(sim, zone_edit_save(sim->db, &ZONES_ADMIN, "anna", name, data, false, lock.edit_lock_token, NULL, NULL, sim_now(sim), &r, &info), &info, "save");
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
    sim_expect(sim, zone_edit_create(sim->db, &ZONES_ADMIN, "anna", name, data, false, &options, NULL, sim_now(sim), &r, &info), &info, "create");
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
    sim_expect(sim, zone_update_rrs(sim->db, &ZONES_ADMIN, &in, sim_now(sim), &r, &info), &info, "update");
    change_result_done(&r);
}

/* One value in the place of another wherever it stands, and a record for every zone. */
static err_t expand(void *arg, const char *zone, const int *operations UNUSED, size_t count UNUSED, problem_list_t *problems UNUSED,
                    change_set_ops_t *ret_ops, err_info_t *reterr UNUSED)
{
    const int *address = arg;
    ret_ops->ops = zonedata_new(zone);
    zonedata_rr_t *rr = zonedata_add_rr(ret_ops->ops, zonedata_add_group(ret_ops->ops, NULL, NULL));
    rr->update_op = auto_strdup("EXTEND");
    rr->label = auto_strdup("all");
    rr->type = RR_A;
    rr->rdata = auto_printf("192.0.2.%d", *address);
    ret_ops->substitutes = auto_calloc(1, sizeof(*ret_ops->substitutes));
    ret_ops->substitutes[ret_ops->substitute_count++] =
        (substitute_t){.label = auto_strdup("h1"), .type = RR_A, .rdata = auto_strdup("192.0.2.1"), .new_rdata = auto_printf("192.0.2.%d", *address)};
    return ERR_OK;
}

/* Over all zones; it goes on while users go on with them. */
static void change_set(sim_t *sim)
{
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    int address = (int)sim_random(sim, 4);
    const change_set_select_t all = {0};
    const change_set_source_t source = {&address, &all, 1, expand};
    int64_t id = 0;
    sim_expect(sim, change_set_create(sim->db, &ZONES_ADMIN, "anna", NULL, "[]", sim_now(sim), &id, &r, &info), &info, "change set");
    sim_expect(sim, change_set_plan(sim->db, &ZONES_ADMIN, id, &source, false, 1000, sim_now(sim), &info), &info, "plan");
    sim_expect(sim, change_set_apply(sim->db, &ZONES_ADMIN, id, true, sim_now(sim), &r, &info), &info, "apply");
    if (sim_chance(sim, 200))
        sim_expect(sim, change_set_cancel(sim->db, &ZONES_ADMIN, id, sim_now(sim), &r, &info), &info, "cancel");
}

static void undelete(sim_t *sim)
{
    zone_filter_t filter = {.only_deleted = true, .include_deleted = true};
    zone_row_t *rows = NULL;
    size_t count = 0;
    SIM_OK(sim, zone_store_list(sim->db, &ZONES_ADMIN, &filter, &rows, &count, &ok_err));
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    if (count > 0)
        sim_expect(sim, zone_life_undelete(sim->db, &ZONES_ADMIN, rows[sim_random(sim, count)].id, sim_now(sim), &r, &info), &info, "undelete");
    zone_store_rows_free(rows, count);
}

static void apex(sim_t *sim)
{
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    char first[] = "ns1.dns-one.example.", second[] = "ns2.dns-one.example.", third[] = "ns3.dns-one.example.";
    char *names[] = {sim_chance(sim, 500) ? first : third, second};
    sim_expect(sim, server_setup_set_apex_ns(sim->db, &ZONES_ADMIN, "sg-one", names, 1 + sim_random(sim, 2), sim_now(sim), &r, &info), &info, "apex");
}

static void life(sim_t *sim, const char *name)
{
    typedef err_t (*life_fn_t)(db_t *, const caller_t *, const char *, wall_t, change_result_t *, err_info_t *);
    static const life_fn_t fns[] = {zone_life_delete, zone_life_disable, zone_life_enable, zone_life_enable};
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    uint64_t which = sim_random(sim, 8);
    if (which < ARRAY_SIZE(fns))
        sim_expect(sim, fns[which](sim->db, &ZONES_ADMIN, name, sim_now(sim), &r, &info), &info, "life");
    else if (which == 4)
        sim_expect(sim, zone_life_refresh(sim->db, &ZONES_ADMIN, name, 0, sim_now(sim), &r, &info), &info, "refresh");
    else if (which == 5)
        sim_expect(sim, zone_life_reset(sim->db, &ZONES_ADMIN, name, 0, sim_now(sim), &r, &info), &info, "reset");
    else
        undelete(sim);
}

/* What the machine can and no method offers yet: a use case of one event. */
typedef struct { const char *name; int64_t zone_id; zone_event_t event; zone_params_t params; wall_t now; } fire_t;

static err_t fire(db_t *db, void *arg, err_info_t *reterr)
{
    fire_t *in = arg;
    zone_row_t zone = {0};
    err_t err = in->name != NULL ? zone_store_by_name(db, &ZONES_ADMIN, in->name, true, &zone, reterr)
                                 : zone_store_by_id(db, NULL, in->zone_id, true, &zone, reterr);
    if (err == ERR_OK)
        err = zone_fsm_fire(db, &zone, in->event, &in->params, in->now, NULL, reterr);
    zone_row_done(&zone);
    return err;
}

static void groups(sim_t *sim, const char *name)
{
    AUTO_ERR info = ERR_INFO_INIT;
    group_row_t group = {0};
    SIM_OK(sim, server_store_group(sim->db, sim_chance(sim, 500) ? "sg-one" : "sg-two", &group, &ok_err));
    fire_t in = {.name = name, .event = ZE_DoSetAltSg, .params.sg_id = sim_chance(sim, 300) ? 0 : group.id, .now = sim_now(sim)};
    if (sim_chance(sim, 400))
        in.event = ZE_DoSgSwap;
    sim_expect(sim, db_tx(sim->db, fire, &in, &info), &info, "groups");
    group_row_done(&group);
}

/* A supervised move, or the end of one; its waits for TTLs are short here. */
static void move(sim_t *sim, const char *name)
{
    static const int64_t waits_s[] = {0, 0, 3, 300};
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    move_row_t row = {0};
    const char *group = sim_chance(sim, 500) ? "sg-one" : "sg-two";
    if (sim_chance(sim, 700))
        sim_expect(sim, zone_move_start(sim->db, &ZONES_ADMIN, name, group, waits_s[sim_random(sim, ARRAY_SIZE(waits_s))], sim_now(sim), &r, &row, &info),
               &info, "move");
    else
        sim_expect(sim, zone_move_cancel(sim->db, &ZONES_ADMIN, name, sim_now(sim), &r, &row, &info), &info, "cancel move");
    sim->moves += row.id != 0;
    move_row_done(&row);
}

void sim_move(sim_t *sim)
{
    char name[32];
    snprintf(name, sizeof(name), "z%d.example.", (int)sim_random(sim, SIM_ZONES));
    move(sim, name);
}

/* Nuke a live zone, or destroy a deleted one. */
static void end(sim_t *sim, const char *name)
{
    zone_filter_t filter = {.only_deleted = true, .include_deleted = true};
    zone_row_t *rows = NULL;
    size_t count = 0;
    SIM_OK(sim, zone_store_list(sim->db, &ZONES_ADMIN, &filter, &rows, &count, &ok_err));
    AUTO_ERR info = ERR_INFO_INIT;
    fire_t in = {.name = name, .event = ZE_NukeStart, .now = sim_now(sim)};
    if (count > 0 && sim_chance(sim, 700))
        in = (fire_t){.zone_id = rows[sim_random(sim, count)].id, .event = ZE_DoDestroy, .now = sim_now(sim)};
    sim_expect(sim, db_tx(sim->db, fire, &in, &info), &info, "end");
    zone_store_rows_free(rows, count);
}

/* ---- fate */

/* A machine that is taken away and comes back is an empty one. */
static void remove_server(sim_t *sim, int i)
{
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    err_t err = server_setup_delete_server(sim->db, &ZONES_ADMIN, SIM_SERVERS[i].name, sim_now(sim), &r, &info);
    sim_expect(sim, err, &info, "delete server");
    if (err != ERR_OK)
        return;
    sim_disconnect(sim, i);
    sim_agent_forget(&sim->agents[i]);
    sim_agent_wipe(&sim->agents[i]);
    for (size_t z = 0; z < sim->agents[i].zone_count; z++)
        sim->agents[i].zones[z].highest = 0;
}

static void servers(sim_t *sim)
{
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    int i = (int)sim_random(sim, SIM_AGENTS);
    const char *name = SIM_SERVERS[i].name;
    switch (sim_random(sim, 5)) {
    case 0:
        sim_expect(sim, server_setup_disable(sim->db, &ZONES_ADMIN, name, sim_now(sim), &r, &info), &info, "disable");
        break;
    case 1:
        sim_expect(sim, server_setup_reset(sim->db, &ZONES_ADMIN, name, sim_now(sim), &r, &info), &info, "reset");
        break;
    case 2:
        remove_server(sim, i);
        break;
    default:
        sim_server_back(sim, i);
        break;
    }
}

/* An older copy of the database's numbers comes back: command ids, revisions and generations are given out a second time.
 * The controller is started anew, as it is after a restore; agents keep their sessions' past and their memory. */
void sim_restore(sim_t *sim)
{
    static const char *const sql =
        "do $$ declare back bigint; begin"
        " select greatest(1, last_value - 400) into back from command_id; perform setval('command_id', back);"
        " update zone_server set command_id = null, revision = least(revision, back);"
        " update master set generation = least(generation, 1);"
        " update server set config_command = null, config_goal = least(config_goal, (select generation from master)),"
        "  config_applied = least(config_applied, (select generation from master)); end $$";
    SIM_OK(sim, db_script(sim->db, sql, &ok_err));
    sim_restart(sim);
    sim->restores++;
}

static void misfortune(sim_t *sim)
{
    if (sim_chance(sim, 40)) {
        sim_restore(sim);
        return;
    }
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

static void user_act(sim_t *sim, uint64_t which)
{
    char name[32];
    snprintf(name, sizeof(name), "z%d.example.", (int)sim_random(sim, SIM_ZONES));
    if (sim->verbose)
        fprintf(stderr, "act %d %s\n", (int)which, name);
    if (sim->sets > 0 && sim_chance(sim, sim->sets))
        change_set(sim);
    else if (sim->cycle > 0 && sim_chance(sim, sim->cycle))
        sim_cycle(sim, name);
    else if (which < 40)
        save(sim, name);
    else if (which < 60)
        create(sim, name);
    else if (which < 72)
        life(sim, name);
    else if (which < 75)
        apex(sim);
    else if (which < 77)
        groups(sim, name);
    else if (which < 81)
        update(sim, name);
    else if (which < 86)
        move(sim, name);
    else
        end(sim, name);
}

enum { USERS_SHARE = 88 }; /* per cent of all acts */

void sim_user_act(sim_t *sim)
{
    user_act(sim, sim_random(sim, USERS_SHARE));
}

void sim_op(sim_t *sim)
{
    uint64_t which = sim_random(sim, 100);
    if (which < USERS_SHARE)
        user_act(sim, which);
    else if (which < 92)
        servers(sim);
    else if (which < 98)
        misfortune(sim);
    for (int i = 0; i < SIM_AGENTS; i++) {
        if (!sim->agents[i].connected && sim_chance(sim, 300))
            sim_connect(sim, i);
    }
    static const int64_t pauses_ms[] = {0, 0, 1, 1, 2, 20, 500, 5000};
    sim_pass(sim, pauses_ms[sim_random(sim, ARRAY_SIZE(pauses_ms))]);
}

/* ---- serials */

static void set_serial(sim_t *sim, const char *name)
{
    static const int64_t ahead[] = {1, 5000, 400000, 30000000, 1000000000, 2000000000};
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    zone_row_t zone = {0};
    err_t err = zone_store_by_name(sim->db, &ZONES_ADMIN, name, false, &zone, &info);
    int64_t serial = (zone.soa_serial + ahead[sim_random(sim, ARRAY_SIZE(ahead))]) & UINT32_MAX;
    zone_row_done(&zone);
    if (err == ERR_OK)
        sim_expect(sim, zone_serial_set(sim->db, &ZONES_ADMIN, name, &serial, sim_now(sim), &r, &info), &info, "set serial");
    change_result_done(&r);
}

static void wrap_serial(sim_t *sim, const char *name)
{
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    err_t err = zone_serial_wrap(sim->db, &ZONES_ADMIN, name, sim_now(sim), &r, &info);
    sim_expect(sim, err, &info, "wrap serial");
    sim->wraps += err == ERR_OK;
    change_result_done(&r);
}

/* The zones of a server as they were once, or somebody else's; it has been away then, so it is looked at. */
static void odd_server(sim_t *sim, const char *name)
{
    static const uint32_t ahead[] = {7000, 400000, 30000000, 1000000000, INT32_MAX, UINT32_C(1) << 31, 3000000000u};
    int i = (int)sim_random(sim, SIM_AGENTS);
    sim_agent_t *agent = &sim->agents[i];
    sim_disconnect(sim, i);
    if (sim_chance(sim, 700))
        sim_agent_return(agent);
    else
        sim_agent_foreign(agent, name, ahead[sim_random(sim, ARRAY_SIZE(ahead))]);
    if (agent->role == WIRE_ROLE_MASTER)
        sim_agent_notify(sim);
}

static void disable_server(sim_t *sim, int i)
{
    AUTO_ERR info = ERR_INFO_INIT;
    change_result_t r = {0};
    sim_expect(sim, server_setup_disable(sim->db, &ZONES_ADMIN, SIM_SERVERS[i].name, sim_now(sim), &r, &info), &info, "disable");
}

void sim_wrap(sim_t *sim)
{
    char name[32];
    snprintf(name, sizeof(name), "z%d.example.", (int)sim_random(sim, 3));
    int i = (int)sim_random(sim, SIM_AGENTS);
    uint64_t which = sim_random(sim, 24);
    if (sim->verbose)
        fprintf(stderr, "act %d %s %s\n", (int)which, name, SIM_SERVERS[i].name);
    if (which < 3)
        create(sim, name);
    else if (which < 5)
        set_serial(sim, name);
    else if (which < 9)
        wrap_serial(sim, name);
    else if (which < 10)
        life(sim, name);
    else if (which < 11)
        undelete(sim);
    else if (which < 12)
        end(sim, name);
    else if (which < 13)
        disable_server(sim, i);
    else if (which < 15)
        sim_server_back(sim, i);
    else if (which < 17)
        sim_agent_keep(&sim->agents[i]);
    else if (which < 18)
        odd_server(sim, name);
    else if (which < 19)
        sim_restart(sim);
    else
        save(sim, name);
    for (int a = 0; a < SIM_AGENTS; a++) {
        if (!sim->agents[a].connected && sim_chance(sim, 500))
            sim_connect(sim, a);
    }
    sim_pass(sim, (int64_t)sim_random(sim, 3000));
}
