/* Zones that wait until the own name server serves a serial.
 *
 * What ends the wait is a NOTIFY from the name server and the SOA answer that proves it.  Nudges (ask again, make it
 * ask its master) after 1 s, 2 s, 4 s ... (new zones, and after a configuration:
 * 250 ms ...) are the net below for lost messages. */
#ifndef DMS_AGENT_WATCH_H
#define DMS_AGENT_WATCH_H
#include "agent/driver.h"
#include "shared/clock.h"

typedef enum { WATCH_REACHED, WATCH_DEADLINE, WATCH_REPLACED, WATCH_CANCELLED } watch_end_t;
typedef struct {
    watch_end_t end;
    bool has_serial;
    uint32_t serial;   /* what is served */
    const char *words; /* borrowed: why not; may be NULL */
} watch_result_t;
typedef void (*watch_done_t)(void *arg, const watch_result_t *result);

typedef struct {
    const char *zone; /* borrowed */
    uint32_t serial;  /* this one or one ahead of it */
    uint64_t id;      /* of the command */
    mono_t deadline;
    bool new_zone;    /* the name server has only just been told of it: nudge sooner */
    uint32_t stale;   /* not this one, whatever its order: the name server is to take the whole zone anew; 0 none */
} watch_goal_t;

typedef struct watch watch_t;
watch_t *watch_new(const driver_t *driver, void *server);
void watch_destroy(watch_t **self); /* without calls */
/* One watch per zone: an older one ends with WATCH_REPLACED (done is called from inside).  Asks the name server once
 * at once. */
void watch_add(watch_t *self, const watch_goal_t *goal, watch_done_t done, void *arg);
/* The name server may have been out of the master's NOTIFY list until now: for some seconds watches that begin nudge as
 * soon as those of new zones. */
void watch_hurry(watch_t *self);
void watch_cancel(watch_t *self, const char *zone); /* ends with WATCH_CANCELLED */
/* True if the zone's watch has this id; its deadline is then moved. */
bool watch_extend(watch_t *self, const char *zone, uint64_t id, mono_t deadline);
void watch_notify(watch_t *self, const char *zone); /* a NOTIFY came */
void watch_tick(watch_t *self, mono_t now);         /* call about ten times a second */
size_t watch_count(const watch_t *self);
#endif
