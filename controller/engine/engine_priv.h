/* Between the files of the engine. */
#ifndef DMS_ENGINE_PRIV_H
#define DMS_ENGINE_PRIV_H
#include "controller/engine/engine.h"
#include "controller/store/goal_store.h"
#include "controller/store/server_store.h"

enum { ENGINE_CHECKS = 2, ENGINE_CHECK_ZONES = 500, ENGINE_CHECK_LOST_MS = 60000, ENGINE_SWEEP_PACE_MS = 2000, ENGINE_SWEEP_MS = 600000 };

/* What the transport said about an agent, and whether the database knows it.  The background check's place is kept here only:
 * a new session begins it anew. */
typedef struct {
    int64_t server_id;
    bool up, noted;
    bool health_news;
    bool open_again;         /* reports, or commands taken, were lost with the database: what is open is due now */
    bool name_server_up;
    char *text;              /* why it went down, or why its name server does not answer */
    char *software;
    uint64_t generation;     /* of hello */
    int64_t check_after;     /* zone id; -1: the check is through */
    bool sweeping;           /* the check of this session is through: from now on slowly, page by page, over and over */
    wall_t check_at;         /* sweeping: not before */
    struct { int64_t id, after; wall_t sent_at; } checks[ENGINE_CHECKS]; /* in flight: the page after zone `after` */
} engine_peer_t;

struct engine {
    db_t *db;
    const clock_source_t *clock;
    engine_opts_t opts;
    engine_transport_t transport;
    engine_peer_t *peers;
    size_t peer_count, peer_cap;
    uint64_t random;
    wall_t change_sets_at;   /* not before: something was wrong */
    int64_t change_set_turn; /* the one that went forward last; 0: none yet */
};

wall_t engine_now(const engine_t *self);
uint64_t engine_random(engine_t *self);
engine_peer_t *engine_peer(engine_t *self, int64_t server_id); /* NULL: none */
int64_t engine_backoff_ms(engine_t *self, int attempts);
/* What an agent holds is ahead of ours, as after the restore of an older database; and not so far that only a liar can have seen it. */
bool engine_is_ahead(uint64_t theirs, int64_t ours);

/* event_run.c: one batch of due events of each kind of machine that has any: the master first, then servers, then zones.
 * *ret_did: something was done. */
err_t event_run(engine_t *self, const bool due[MACHINE_KIND_COUNT], bool *ret_did, err_info_t *reterr);
/* outbox.c: configuration, goals and checks that are due for one connected server, within its credit. */
bool outbox_wants(const engine_t *self, const engine_peer_t *peer, const server_row_t *server); /* not disabled, has credit */
bool outbox_config_due(const server_row_t *server, wall_t now);
void outbox_check_all(engine_peer_t *peer); /* begin anew, at once */
bool outbox_check_due(const engine_peer_t *peer, wall_t now);
/* Pages whose answers did not come in time, or came to nothing (ids), are asked again.  Returns when to look again; us 0: no page is in flight. */
wall_t outbox_checks_lost(engine_peer_t *peer, wall_t now);
void outbox_check_again(engine_peer_t *peer, int64_t id);
err_t outbox_run(engine_t *self, engine_peer_t *peer, const server_row_t *server, bool *ret_did, err_info_t *reterr);
/* zone_build.c: the commands of taken rows. */
typedef struct { wire_command_t *items; size_t count, cap; } command_list_t;
wire_command_t *command_list_add(command_list_t *list, wire_goal_t goal, int64_t id, int64_t revision, uint32_t deadline_ms);
void command_list_done(command_list_t *list);
/* One row's command (several parts of a zone load).  Errors: the row's own fault unless it is the database's. */
err_t zone_build(db_t *db, const goal_row_t *row, const zi_row_t *goal_zi, const zi_row_t *live_zi, bool master, const char *replica_group,
                 uint32_t deadline_ms, command_list_t *commands, err_info_t *reterr);
/* config_build.c */
err_t config_build(db_t *db, const server_row_t *server, wire_server_config_t *ret_config, err_info_t *reterr);
wire_role_t config_role(const char *role);
#endif
