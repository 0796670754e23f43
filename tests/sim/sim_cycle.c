/* What users do more seldom: edit locks that are taken, kept, given back and broken, old versions, flags, groups that come and go, clean-up. */
#include "controller/store/zi_store.h"
#include "controller/store/zone_store.h"
#include "controller/usecase/server_setup.h"
#include "controller/usecase/vacuum.h"
#include "controller/usecase/zone_copy.h"
#include "controller/usecase/zone_group.h"
#include "controller/usecase/zone_life.h"
#include "controller/usecase/zone_set.h"
#include "tests/db/zones.h"
#include "tests/sim/sim.h"
#include <stdlib.h>

typedef struct {
    sim_t *sim;
    const char *name;
    zone_row_t zone;     /* id 0: there is none of the name */
    int64_t zi_id;       /* one of its versions; 0: none */
} act_t;

#define DO(call, what)                                                                                                \
    do {                                                                                                              \
        AUTO_ERR info = ERR_INFO_INIT;                                                                                \
        change_result_t r = {0};                                                                                      \
        sim_expect(act->sim, call, &info, what);                                                                      \
        change_result_done(&r);                                                                                       \
    } while (0)
#define DB act->sim->db, &ZONES_ADMIN
#define NOW sim_now(act->sim)

static void look(act_t *act)
{
    zi_row_t *zis = NULL;
    size_t count = 0;
    if (zone_store_by_name(DB, act->name, false, &act->zone, NULL) != ERR_OK)
        return;
    SIM_OK(act->sim, zi_store_list(act->sim->db, act->zone.id, &zis, &count, &ok_err));
    if (count > 0)
        act->zi_id = zis[sim_random(act->sim, count)].id;
    zi_store_rows_free(zis, count);
}

/* ---- locks */

static void lock(act_t *act)
{
    zone_options_t on = ZONE_OPTIONS_INIT;
    on.edit_lock = sim_chance(act->sim, 900);
    DO(zone_set_flags(DB, act->name, &on, NULL, NOW, &r, &info), "edit_lock");
    DO(zone_edit_begin(DB, "anna", act->name, NOW, &r, &info), "begin");
}

/* The token is shown to everybody, so the one who uses it may be another. */
static void use_token(act_t *act)
{
    int64_t token = sim_chance(act->sim, 800) ? act->zone.edit_lock_token : 1 + (int64_t)sim_random(act->sim, 500);
    AUTO(zonedata) data = zones_parse(act->name, "$TTL 1h\nlocked A 192.0.2.7\n@ SOA ns1.a.example. h.a.example. 1 1h 1h 1w 1h\n@ NS ns1.a.example.\n");
    switch (sim_random(act->sim, 3)) {
    case 0: DO(zone_edit_tickle(DB, act->name, token, NOW, &info), "tickle"); break;
    case 1: DO(zone_edit_cancel(DB, act->name, token, NOW, &r, &info), "cancel"); break;
    default: DO(zone_edit_save(DB, "bert", act->name, data, false, token, NULL, NULL, NOW, &r, &info), "save with a token"); break;
    }
}

/* ---- versions, flags */

static void versions(act_t *act)
{
    switch (sim_random(act->sim, 5)) {
    case 0: DO(zone_life_reset(DB, act->name, act->zi_id, NOW, &r, &info), "reset"); break;
    case 1: DO(zone_copy_zi(DB, "anna", act->name, act->zi_id, act->name, NULL, NOW, &r, &info), "copy"); break;
    case 2: DO(zone_copy_delete_zi(DB, act->name, act->zi_id, NOW, &r, &info), "delete version"); break;
    default: DO(zone_life_refresh(DB, act->name, act->zi_id, NOW, &r, &info), "roll back"); break;
    }
}

static void flags(act_t *act)
{
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = sim_chance(act->sim, 500);
    if (sim_chance(act->sim, 500))
        DO(zone_set_flags(DB, act->name, &options, NULL, NOW, &r, &info), "flags");
    else
        DO(zone_set_ttl(DB, act->name, sim_chance(act->sim, 500) ? "5m" : "1d", NULL, NOW, &r, &info), "ttl");
}

/* ---- groups, clean-up */

static void groups(act_t *act)
{
    static char three[] = "sg-three";
    static const char *const names[] = {"sg-one", "sg-two", three, three};
    const group_row_t group = {.name = three};
    switch (sim_random(act->sim, 6)) {
    case 0: DO(server_setup_create_sg(DB, &group, NOW, &r, &info), "create group"); break;
    case 1:
    case 2: DO(server_setup_delete_sg(DB, three, NOW, &r, &info), "delete group"); break;
    case 3: DO(zone_group_set_alt(DB, act->name, sim_chance(act->sim, 300) ? three : NULL, NOW, &r, &info), "alternative group"); break;
    default: /* a disabled zone's group; it stays disabled as long as somebody pleases */
        DO(zone_life_disable(DB, act->name, NOW, &r, &info), "disable");
        DO(zone_group_set(DB, act->name, names[sim_random(act->sim, ARRAY_SIZE(names))], NOW, &r, &info), "group");
        break;
    }
}

static void clean_up(act_t *act)
{
    vacuum_counts_t counts = {0};
    bool now = sim_chance(act->sim, 700);
    DO(vacuum_run(DB, VACUUM_ALL & ~(unsigned)VACUUM_EVENTS, now ? 0 : -1, now ? 1 : -1, NOW, &counts, &r, &info), "clean-up");
}

static void one(act_t *act)
{
    uint64_t which = sim_random(act->sim, 100);
    if (which < 20)
        lock(act);
    else if (which < 45)
        use_token(act);
    else if (which < 60)
        versions(act);
    else if (which < 70)
        flags(act);
    else if (which < 85)
        groups(act);
    else if (which < 90)
        DO(zone_life_disable(DB, act->name, NOW, &r, &info), "disable");
    else if (which < 95)
        clean_up(act);
    else
        DO(zone_life_delete(DB, act->name, NOW, &r, &info), "delete");
}

void sim_cycle(sim_t *sim, const char *name)
{
    act_t act = {.sim = sim, .name = name};
    look(&act);
    one(&act);
    zone_row_done(&act.zone);
}
