/* A name server as the agent sees it.  One table per kind of name server; all calls return at once and answer through
 * a callback, exactly once and never from inside the call.  Thread: the agent's only one. */
#ifndef DMS_AGENT_DRIVER_H
#define DMS_AGENT_DRIVER_H
#include "agent/settings.h"
#include "proto/wire.h"
#include <czmq.h>

typedef struct {
    wire_result_t result;
    wire_reason_t reason;
    const char *evidence; /* borrowed, the name server's own words; may be NULL */
    bool has_serial;
    uint32_t serial;      /* what is served now */
} driver_result_t;
typedef void (*driver_done_t)(void *arg, const driver_result_t *result);

typedef struct {
    bool answered;
    bool served;       /* authoritatively */
    uint32_t serial;
    const char *words; /* borrowed: why not */
} driver_soa_t;
typedef void (*driver_soa_done_t)(void *arg, const driver_soa_t *soa);

typedef struct {
    const char *zone;
    uint32_t serial;
    uint32_t stale;      /* a served serial that is replaced although this one may not be ahead of it; 0 none */
    const char *path;    /* complete zone file made from driver_t.spool_path; the driver takes it away */
    char *const *groups; /* who may transfer and is notified */
    size_t group_count;
} driver_load_t;

typedef struct {
    void *arg;
    void (*on_notify)(void *arg, const char *zone); /* the name server has new contents for a zone */
} driver_events_t;

typedef struct {
    const char *name;
    /* Errors: files, keys, addresses that cannot be used.  A name server that is down is no error. */
    err_t (*start)(zloop_t *loop, const settings_t *settings, const driver_events_t *events, void **ret_self,
                   err_info_t *reterr);
    void (*stop)(void **self); /* open calls are dropped without an answer */
    void (*apply_config)(void *self, const wire_server_config_t *config, driver_done_t done, void *arg);
    void (*zone_update)(void *self, const wire_zone_update_t *update, driver_done_t done, void *arg);
    void (*zone_load)(void *self, const driver_load_t *load, driver_done_t done, void *arg);
    /* DONE: configured as a secondary */
    void (*zone_serve)(void *self, const char *zone, driver_done_t done, void *arg);
    /* Ask the masters now, with whole for all of the zone whatever its serial; configure the zone if it is gone.  False: busy, not done. */
    bool (*zone_nudge)(void *self, const char *zone, bool whole);
    void (*zone_remove)(void *self, const char *zone, driver_done_t done, void *arg);
    void (*soa)(void *self, const char *zone, driver_soa_done_t done, void *arg);
    bool (*is_up)(const void *self, const char **ret_words);
    const char *(*version)(const void *self);          /* "" unknown yet */
    char *(*spool_path)(void *self, uint64_t id);      /* where to collect a zone file; owned by caller */
} driver_t;

extern const driver_t driver_bind;
#endif
