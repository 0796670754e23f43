#include "agent/watch.h"
#include "shared/serial.h"
#include <stdlib.h>
#include <string.h>

/* A new zone may have asked its master just before the master had it; named then drops a NOTIFY that came meanwhile. */
enum { NUDGE_FIRST_MS = 1000, NUDGE_NEW_MS = 250, NUDGE_MAX_MS = 30000, HURRY_MS = 5000 };

typedef struct entry entry_t;
struct entry {
    watch_t *watch;
    char *zone;
    uint32_t serial;   /* wanted */
    uint32_t stale;    /* not wanted, 0 none */
    uint64_t id;
    mono_t deadline, nudge_at;
    int nudge_ms;
    bool asking;       /* a query is out */
    bool again;        /* something happened since it left */
    bool ended;        /* answered; goes when the query is back */
    bool has_serial;
    uint32_t served;
    const char *words; /* static texts of the driver */
    watch_done_t done;
    void *arg;
    entry_t *late_next; /* while the tick collects */
};

struct watch {
    const driver_t *driver;
    void *server;
    zhashx_t *entries; /* zone -> entry_t */
    mono_t hurry_until;
};

static void ask(entry_t *e);

static bool is_stale(const entry_t *e)
{
    return e->stale != 0 && (!e->has_serial || e->served == e->stale);
}

static void entry_free(entry_t *e)
{
    free(e->zone);
    free(e);
}

/* Out of the table and answered. */
static void end(entry_t *e, watch_end_t how)
{
    zhashx_delete(e->watch->entries, e->zone);
    e->ended = true;
    e->done(e->arg, &(watch_result_t){.end = how, .has_serial = e->has_serial, .serial = e->served, .words = e->words});
    if (!e->asking)
        entry_free(e);
}

static void on_soa(void *arg, const driver_soa_t *soa)
{
    entry_t *e = arg;
    e->asking = false;
    if (e->ended) {
        entry_free(e);
        return;
    }
    e->has_serial = soa->served;
    e->served = soa->serial;
    e->words = soa->served ? NULL : soa->words;
    if (soa->served && !is_stale(e) && (soa->serial == e->serial || serial_gt(soa->serial, e->serial)))
        end(e, WATCH_REACHED);
    else if (e->again)
        ask(e);
}

static void ask(entry_t *e)
{
    e->again = e->asking;
    if (e->asking)
        return;
    e->asking = true;
    e->watch->driver->soa(e->watch->server, e->zone, on_soa, e);
}

watch_t *watch_new(const driver_t *driver, void *server)
{
    watch_t *self = auto_calloc(1, sizeof *self);
    *self = (watch_t){.driver = driver, .server = server, .entries = zhashx_new()};
    zhashx_set_key_duplicator(self->entries, NULL); /* the entry's own zone is the key */
    zhashx_set_key_destructor(self->entries, NULL);
    return self;
}

void watch_destroy(watch_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    for (entry_t *e = zhashx_first((*self)->entries); e != NULL; e = zhashx_next((*self)->entries))
        entry_free(e);
    zhashx_destroy(&(*self)->entries);
    free(*self);
    *self = NULL;
}

void watch_add(watch_t *self, const watch_goal_t *goal, watch_done_t done, void *arg)
{
    entry_t *old = zhashx_lookup(self->entries, goal->zone);
    if (old != NULL)
        end(old, WATCH_REPLACED);
    entry_t *e = auto_calloc(1, sizeof *e);
    *e = (entry_t){.watch = self, .zone = auto_strdup(goal->zone), .serial = goal->serial, .stale = goal->stale, .id = goal->id,
                   .deadline = goal->deadline, .done = done, .arg = arg};
    mono_t now = clock_mono(NULL);
    e->nudge_ms = goal->new_zone || mono_diff_ms(self->hurry_until, now) > 0 ? NUDGE_NEW_MS : NUDGE_FIRST_MS;
    e->nudge_at = mono_add_ms(now, e->stale != 0 ? 0 : e->nudge_ms); /* what it has by itself is not wanted */
    zhashx_insert(self->entries, e->zone, e);
    ask(e);
}

void watch_hurry(watch_t *self)
{
    self->hurry_until = mono_add_ms(clock_mono(NULL), HURRY_MS);
}

void watch_cancel(watch_t *self, const char *zone)
{
    entry_t *e = zhashx_lookup(self->entries, zone);
    if (e != NULL)
        end(e, WATCH_CANCELLED);
}

bool watch_extend(watch_t *self, const char *zone, uint64_t id, mono_t deadline)
{
    entry_t *e = zhashx_lookup(self->entries, zone);
    if (e == NULL || e->id != id)
        return false;
    e->deadline = deadline;
    return true;
}

void watch_notify(watch_t *self, const char *zone)
{
    entry_t *e = zhashx_lookup(self->entries, zone);
    if (e != NULL)
        ask(e);
}

/* Ends are collected first: a callback may add and remove watches. */
void watch_tick(watch_t *self, mono_t now)
{
    entry_t *late = NULL;
    for (entry_t *e = zhashx_first(self->entries); e != NULL; e = zhashx_next(self->entries)) {
        if (mono_diff_ms(now, e->deadline) >= 0) {
            e->late_next = late;
            late = e;
        } else if (mono_diff_ms(now, e->nudge_at) >= 0) {
            if (!self->driver->zone_nudge(self->server, e->zone, is_stale(e)))
                continue; /* busy: at the next tick */
            e->nudge_ms = e->nudge_ms * 2 < NUDGE_MAX_MS ? e->nudge_ms * 2 : NUDGE_MAX_MS;
            e->nudge_at = mono_add_ms(now, e->nudge_ms);
            ask(e);
        }
    }
    while (late != NULL) {
        entry_t *e = late;
        late = e->late_next;
        end(e, WATCH_DEADLINE); /* done never touches other zones' watches */
    }
}

size_t watch_count(const watch_t *self)
{
    return zhashx_size(self->entries);
}
