/* Shared by the parts of the BIND driver: its state, and one operation in work. */
#ifndef DMS_AGENT_BIND_OP_H
#define DMS_AGENT_BIND_OP_H
#include "agent/ddns.h"
#include "agent/driver.h"
#include "agent/notify.h"
#include "agent/query.h"
#include "agent/rndc.h"
#include "agent/run.h"

typedef struct bind {
    zloop_t *loop;
    const settings_t *settings; /* borrowed */
    driver_events_t events;
    rndc_t *rndc;
    ddns_t *ddns;
    query_t *query;
    run_t *run;
    notify_t *notify;
    int tick_timer, health_timer;
    bool up, known;
    struct bind_op *ops; /* in work */
    char words[200];   /* why it is not up; while up: since when it runs */
    uint64_t closed_seen; /* rndc_closed when it was last asked for its status */
    char version[64];
} bind_t;

typedef struct bind_op bind_op_t;
typedef void (*bind_step_t)(bind_op_t *op);
struct bind_op {
    bind_t *bind;
    bind_op_t *next, **back; /* in bind->ops */
    driver_done_t done;
    driver_soa_done_t soa_done; /* instead of done */
    void *arg;
    char *zone;       /* owned */
    uint32_t serial;  /* wanted */
    uint32_t stale;   /* may be replaced whatever its order; 0 none */
    int tries;
    char *words;      /* owned: evidence kept from an earlier step */
    char *path;       /* owned: new file */
    char *config;     /* owned: zone's new configuration block */
    char *old_config; /* owned: the one it had */
    bool deleted;
    bool already;     /* at the end say ALREADY */
    bool retry;       /* a refusal may pass */
    mono_t limit;
    bind_step_t later;
};

bind_op_t *bind_op_new(bind_t *bind, const char *zone, driver_done_t done, void *arg);
void bind_op_free(bind_op_t *op); /* without an answer */
/* Answer and free. */
void bind_op_finish(bind_op_t *op, wire_result_t result, wire_reason_t reason, const char *evidence);
void bind_op_finish_serial(bind_op_t *op, wire_result_t result, wire_reason_t reason, const char *evidence,
                           uint32_t serial);
void bind_op_later(bind_op_t *op, int ms, bind_step_t step);
/* "addzone ..." or the like, formatted; done gets op. */
void bind_op_rndc(bind_op_t *op, rndc_done_t done, const char *fmt, ...) PRINTF(3, 4);
/* One line from err and text. Owned by caller. */
char *bind_op_words(const rndc_answer_t *answer);
bool bind_op_err_is(const rndc_answer_t *answer, const char *err);
/* Zone names go into command lines of the control channel: true if it needs no quoting there. */
bool bind_op_zone_ok(const char *zone);

/* The file that op->old_config names, owned by caller; NULL if none or not one of ours. */
char *bind_op_zone_file(const bind_op_t *op);
/* Remove a zone file and its journals. */
void bind_op_remove_files(const char *path);

/* bind_zone.c, bind_load.c, bind_config.c */
void bind_zone_update(void *self, const wire_zone_update_t *update, driver_done_t done, void *arg);
void bind_zone_serve(void *self, const char *zone, driver_done_t done, void *arg);
bool bind_zone_nudge(void *self, const char *zone, bool whole);
void bind_zone_remove(void *self, const char *zone, driver_done_t done, void *arg);
void bind_load(void *self, const driver_load_t *load, driver_done_t done, void *arg);
void bind_config(void *self, const wire_server_config_t *config, driver_done_t done, void *arg);
#endif
