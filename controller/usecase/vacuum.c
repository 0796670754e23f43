#include "controller/usecase/vacuum.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/store/change_store.h"
#include "controller/store/vacuum_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include <stdlib.h>
#include <string.h>

/* One statement takes no longer than a caller's patience (statement_timeout), and nobody waits long for what it locks. */
enum { BATCH_ROWS = 10000, BATCH_SETS = 10 };
typedef struct {
    const caller_t *who;
    wall_t now, before;
    int64_t zone_id, keep, most, count, change_id;
    bool deleted_only, more;
    const char *method;
    vacuum_old_t old;
} vacuum_t;

/* Global value of a setting; an unreadable one is told, not guessed. */
static err_t setting(db_t *db, const char *key, double *ret_value, err_info_t *reterr)
{
    setting_row_t *rows = NULL;
    size_t count = 0;
    err_t err = config_store_list(db, &rows, &count, reterr);
    if (err != ERR_OK)
        return err;
    err = ERR_ZONE_CFG_ITEM_NOT_FOUND;
    for (size_t i = 0; i < count; i++) {
        char *end = NULL;
        if (strcmp(rows[i].key, key) != 0 || rows[i].sg_name != NULL)
            continue;
        *ret_value = strtod(rows[i].value, &end);
        err = *end == '\0' && end != rows[i].value && *ret_value >= 0 ? ERR_OK : ERR_ZONE_CFG_ITEM_VALUE;
    }
    config_store_rows_free(rows, count);
    if (err != ERR_OK) {
        err_set(reterr, err, "setting \"%s\" is missing or is not a number", key);
        err_key(reterr, "key", key);
    }
    return err;
}

/* Moment before which things go; *ret_off: 0 days, where that means never. */
static err_t cutoff(db_t *db, const char *key, int64_t days, wall_t now, wall_t *ret_before, bool *ret_off, err_info_t *reterr)
{
    double age = (double)days;
    err_t err = days < 0 ? setting(db, key, &age, reterr) : ERR_OK;
    age = age < 366000 ? age : 366000;
    *ret_off = age <= 0;
    *ret_before = wall_add_ms(now, -(int64_t)(age * 86400000));
    return err;
}

static err_t zone_zis_fn(db_t *db, void *arg, err_info_t *reterr)
{
    vacuum_t *v = arg;
    AUTO_ZONE zone = {0};
    AUTO_FREE int64_t *seqs = NULL;
    size_t count = 0;
    v->count = 0;
    err_t err = zone_store_by_id(db, NULL, v->zone_id, true, &zone, reterr);
    if (err == ERR_OK && v->deleted_only && zone.state != ZONE_DELETED)
        return ERR_OK; /* it came back meanwhile */
    if (err == ERR_OK)
        err = vacuum_store_victims(db, zone.id, v->keep, v->before, &seqs, &count, reterr);
    if (err == ERR_OK)
        err = zi_store_forget(db, zone.id, seqs, count, reterr);
    v->count = (int64_t)count;
    return err;
}

static err_t destroy_fn(db_t *db, void *arg, err_info_t *reterr)
{
    vacuum_t *v = arg;
    AUTO_ZONE zone = {0};
    v->count = 0;
    err_t err = zone_store_by_id(db, NULL, v->zone_id, true, &zone, reterr);
    const zone_params_t params = {.change_id = v->change_id};
    if (err == ERR_OK)
        err = zone_fsm_fire(db, &zone, ZE_DoDestroy, &params, v->now, NULL, reterr);
    v->count = err == ERR_OK;
    return err;
}

/* A zone that came back, went, or that somebody published meanwhile is left alone. */
static err_t each(db_t *db, vacuum_t *v, db_tx_fn_t fn, const int64_t *ids, size_t count, int64_t *ret_total, err_info_t *reterr)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_ERR why = ERR_INFO_INIT;
        v->zone_id = ids[i];
        err_t err = db_tx(db, fn, v, &why);
        if (err == ERR_OK)
            *ret_total += v->count;
        else if (err != ERR_ZONE_NOT_FOUND_BY_ZONE_ID && err != ERR_ZONE_NOT_DELETED && err != ERR_ZONE_FILES_STILL_EXIST)
            return err_set(reterr, err, "%s", err_message(&why));
    }
    return ERR_OK;
}

static err_t old_fn(db_t *db, void *arg, err_info_t *reterr)
{
    vacuum_t *v = arg;
    return vacuum_store_old(db, v->old, v->before, v->most, &v->count, &v->more, reterr);
}

/* What is old by one setting, some rows at a time. */
static err_t run_old(db_t *db, vacuum_t *v, const char *key, int64_t days, int64_t *ret_total, err_info_t *reterr)
{
    bool off = false;
    err_t err = cutoff(db, key, days, v->now, &v->before, &off, reterr);
    v->more = true;
    while (err == ERR_OK && v->more) {
        err = db_tx(db, old_fn, v, reterr);
        *ret_total += err == ERR_OK ? v->count : 0;
    }
    return err;
}

static err_t run_zones(db_t *db, vacuum_t *v, int64_t days, int64_t *ret_total, err_info_t *reterr)
{
    AUTO_FREE int64_t *ids = NULL;
    size_t count = 0;
    bool off = false;
    err_t err = cutoff(db, "zone_del_age", days, v->now, &v->before, &off, reterr);
    if (off)
        v->before = (wall_t){0}; /* nuked ones only */
    if (err == ERR_OK)
        err = vacuum_store_dead_zones(db, v->before, &ids, &count, reterr);
    return err == ERR_OK ? each(db, v, destroy_fn, ids, count, ret_total, reterr) : err;
}

static err_t run_zis(db_t *db, vacuum_t *v, int64_t days, int64_t keep, int64_t *ret_total, err_info_t *reterr)
{
    AUTO_FREE int64_t *ids = NULL;
    size_t count = 0;
    bool off = false;
    double most = (double)keep;
    err_t err = cutoff(db, "zi_max_age", days, v->now, &v->before, &off, reterr);
    if (err == ERR_OK && keep < 0)
        err = setting(db, "zi_max_num", &most, reterr);
    v->keep = most < 1e9 ? (int64_t)most : 1000000000;
    if (err == ERR_OK)
        err = vacuum_store_zi_zones(db, v->keep, v->before, &ids, &count, reterr);
    return err == ERR_OK ? each(db, v, zone_zis_fn, ids, count, ret_total, reterr) : err;
}

static err_t run_pare(db_t *db, vacuum_t *v, int64_t days, int64_t *ret_total, err_info_t *reterr)
{
    AUTO_FREE int64_t *ids = NULL;
    size_t count = 0;
    bool off = false;
    err_t err = cutoff(db, "zone_del_pare_age", days, v->now, &v->before, &off, reterr);
    if (err != ERR_OK || off)
        return err;
    err = vacuum_store_pare_zones(db, v->before, &ids, &count, reterr);
    v->before = wall_add_ms(v->now, 86400000); /* all of them, whatever their age */
    v->keep = 0;
    v->deleted_only = true;
    return err == ERR_OK ? each(db, v, zone_zis_fn, ids, count, ret_total, reterr) : err;
}

static err_t log_fn(db_t *db, void *arg, err_info_t *reterr)
{
    vacuum_t *v = arg;
    return change_store_insert(db, v->who, v->method, "vacuum", NULL, 0, NULL, v->now, &v->change_id, reterr);
}

err_t vacuum_run(db_t *db, const caller_t *who, unsigned what, int64_t age_days, int64_t keep, wall_t now, vacuum_counts_t *ret_counts,
                 change_result_t *ret_result, err_info_t *reterr)
{
    vacuum_t v = {.who = who, .now = now, .method = who->method != NULL ? who->method : "vacuum"};
    *ret_counts = (vacuum_counts_t){0};
    err_t err = db_tx(db, log_fn, &v, reterr);
    const struct { vacuum_what_t what; vacuum_old_t old; const char *key; int64_t most, *count; } olds[] = {
        {VACUUM_EVENTS, VACUUM_OLD_EVENTS, "event_max_age", BATCH_ROWS, &ret_counts->events},
        {VACUUM_REQUESTS, VACUUM_OLD_REQUESTS, "idempotency_max_age", BATCH_ROWS, &ret_counts->requests},
        {VACUUM_SETS, VACUUM_OLD_SETS, "change_set_max_age", BATCH_SETS, &ret_counts->change_sets},
        {VACUUM_TOKENS, VACUUM_OLD_TOKENS, "token_max_age", BATCH_ROWS, &ret_counts->tokens},
        {VACUUM_TEXTS, VACUUM_OLD_TEXTS, "kept_text_max_age", BATCH_ROWS, &ret_counts->kept_texts},
        {VACUUM_LOG, VACUUM_OLD_LOG, "syslog_max_age", BATCH_ROWS, &ret_counts->log}};
    for (size_t i = 0; err == ERR_OK && i < ARRAY_SIZE(olds); i++) {
        v.old = olds[i].old;
        v.most = olds[i].most;
        if ((what & olds[i].what) != 0)
            err = run_old(db, &v, olds[i].key, age_days, olds[i].count, reterr);
    }
    if (err == ERR_OK && (what & VACUUM_ZONES) != 0)
        err = run_zones(db, &v, age_days, &ret_counts->zones, reterr);
    if (err == ERR_OK && (what & VACUUM_ZIS) != 0)
        err = run_zis(db, &v, age_days, keep, &ret_counts->zis, reterr);
    if (err == ERR_OK && (what & VACUUM_PARE) != 0)
        err = run_pare(db, &v, age_days, &ret_counts->pared, reterr);
    if (err == ERR_OK)
        *ret_result = (change_result_t){.change_id = v.change_id};
    return err;
}
