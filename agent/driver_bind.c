/* BIND 9: start, health, NOTIFY; zones and configuration are in bind_*.c. */
#include "agent/bind_op.h"
#include "shared/log.h"
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_MS = 10000, TICK_MS = 100, HEALTH_MS = 1000 };

static void bind_stop(void **self);

/* The start time goes into the heartbeats: the controller sees a restart that was too short to be missed, and looks whether all
 * zones are still there. */
static void on_status(void *arg, const rndc_answer_t *answer)
{
    bind_t *bind = arg;
    static const char mark[] = "version: BIND ", boot[] = "boot time: ";
    const char *p = strstr(answer->text, mark);
    if (p == NULL)
        return;
    p += strlen(mark);
    snprintf(bind->version, sizeof bind->version, "%.*s", (int)strcspn(p, " \n"), p);
    p = strstr(answer->text, boot);
    if (p != NULL && bind->up)
        snprintf(bind->words, sizeof bind->words, "runs since %.*s", (int)strcspn(p + strlen(boot), "\n"), p + strlen(boot));
}

/* Not at each turn: status counts named's zones (13 ms at 100,000). */
static void ask_status(bind_t *bind)
{
    bind->closed_seen = rndc_closed(bind->rndc);
    rndc_command(bind->rndc, "status", STATUS_MS, on_status, bind);
}

static void set_up(bind_t *bind, bool up, const char *words)
{
    if (bind->known && bind->up == up)
        return;
    bind->up = up;
    bind->known = true;
    snprintf(bind->words, sizeof bind->words, "%s", up ? "" : words);
    if (up) {
        log_notice("name server answers");
        ask_status(bind);
    } else {
        log_error("name server does not answer: %s", words);
    }
}

static void on_health(void *arg, const query_answer_t *answer)
{
    set_up(arg, answer->answered, answer->words);
}

static int on_health_timer(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    bind_t *bind = arg;
    if (bind->up && rndc_closed(bind->rndc) != bind->closed_seen)
        ask_status(bind); /* the control connection was lost: a new named? */
    if (bind->up && mono_diff_ms(clock_mono(NULL), query_last_heard(bind->query)) < HEALTH_MS - TICK_MS)
        return 0; /* it has just answered something else */
    query_soa(bind->query, "health.dms.invalid.", on_health, bind);
    return 0;
}

static int on_tick(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    bind_t *bind = arg;
    mono_t now = clock_mono(NULL);
    query_tick(bind->query, now);
    ddns_tick(bind->ddns, now);
    rndc_tick(bind->rndc, now);
    return 0;
}

static void on_notify(void *arg, const char *zone)
{
    bind_t *bind = arg;
    bind->events.on_notify(bind->events.arg, zone);
}

static err_t open_all(bind_t *bind, err_info_t *reterr)
{
    const settings_t *s = bind->settings;
    keyfile_t control = {0}, update = {0};
    struct sockaddr_storage address;
    socklen_t len;
    err_t e = keyfile_read(s->control_key_file, &control, reterr);
    if (e == ERR_OK)
        e = keyfile_read(s->update_key_file, &update, reterr);
    if (e == ERR_OK) {
        settings_address(s->control_address, s->control_port, &address, &len);
        bind->rndc = rndc_new(bind->loop, &address, len, &control);
        settings_address(s->dns_address, s->dns_port, &address, &len);
        e = ddns_new(bind->loop, &address, len, &update, &bind->ddns, reterr);
    }
    if (e == ERR_OK)
        e = query_new(bind->loop, &address, len, &bind->query, reterr);
    if (e == ERR_OK) {
        settings_address(s->notify_address, s->notify_port, &address, &len);
        e = notify_new(bind->loop, &address, len, on_notify, bind, &bind->notify, reterr);
    }
    if (e == ERR_OK && access(s->zone_dir, W_OK | X_OK) != 0)
        e = err_set(reterr, ERR_CONFIG, "cannot write in zone_dir \"%s\"", s->zone_dir);
    keyfile_done(&control);
    keyfile_done(&update);
    return e;
}

/* Left by a crash. */
static void remove_spools(const char *zone_dir)
{
    AUTO_FREE char *pattern = auto_printf("%s/.spool-*", zone_dir);
    glob_t found;
    if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            unlink(found.gl_pathv[i]);
        globfree(&found);
    }
}

static err_t bind_start(zloop_t *loop, const settings_t *settings, const driver_events_t *events, void **ret_self,
                        err_info_t *reterr)
{
    bind_t *bind = auto_calloc(1, sizeof *bind);
    *bind = (bind_t){.loop = loop, .settings = settings, .events = *events, .tick_timer = -1, .health_timer = -1};
    snprintf(bind->words, sizeof bind->words, "not asked yet");
    bind->run = run_new(loop);
    err_t e = open_all(bind, reterr);
    if (e == ERR_OK)
        remove_spools(settings->zone_dir);
    if (e != ERR_OK) {
        void *self = bind;
        bind_stop(&self);
        return e;
    }
    bind->tick_timer = zloop_timer(loop, TICK_MS, 0, on_tick, bind);
    bind->health_timer = zloop_timer(loop, HEALTH_MS, 0, on_health_timer, bind);
    on_health_timer(loop, 0, bind);
    *ret_self = bind;
    return ERR_OK;
}

static void bind_stop(void **self)
{
    if (self == NULL || *self == NULL)
        return;
    bind_t *bind = *self;
    if (bind->tick_timer >= 0)
        zloop_timer_end(bind->loop, bind->tick_timer);
    if (bind->health_timer >= 0)
        zloop_timer_end(bind->loop, bind->health_timer);
    run_destroy(&bind->run);
    notify_destroy(&bind->notify);
    ddns_destroy(&bind->ddns);
    rndc_destroy(&bind->rndc);
    query_destroy(&bind->query);
    while (bind->ops != NULL)
        bind_op_free(bind->ops);
    free(bind);
    *self = NULL;
}

static void on_soa(void *arg, const query_answer_t *answer)
{
    bind_op_t *op = arg;
    driver_soa_t soa = {.answered = answer->answered, .served = answer->served, .serial = answer->serial,
                        .words = answer->words};
    op->soa_done(op->arg, &soa);
    bind_op_free(op);
}

static void bind_soa(void *self, const char *zone, driver_soa_done_t done, void *arg)
{
    bind_t *bind = self;
    bind_op_t *op = bind_op_new(bind, zone, NULL, arg);
    op->soa_done = done;
    query_soa(bind->query, zone, on_soa, op);
}

static bool bind_is_up(const void *self, const char **ret_words)
{
    const bind_t *bind = self;
    if (ret_words != NULL)
        *ret_words = bind->words;
    return bind->up;
}

static const char *bind_version(const void *self)
{
    const bind_t *bind = self;
    return bind->version;
}

static char *bind_spool_path(void *self, uint64_t id)
{
    const bind_t *bind = self;
    return auto_printf("%s/.spool-%llu", bind->settings->zone_dir, (unsigned long long)id);
}

const driver_t driver_bind = {
    .name = "bind9",
    .start = bind_start,
    .stop = bind_stop,
    .apply_config = bind_config,
    .zone_update = bind_zone_update,
    .zone_load = bind_load,
    .zone_serve = bind_zone_serve,
    .zone_nudge = bind_zone_nudge,
    .zone_remove = bind_zone_remove,
    .soa = bind_soa,
    .is_up = bind_is_up,
    .version = bind_version,
    .spool_path = bind_spool_path,
};
