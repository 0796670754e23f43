/* Rows of the tables as plain structs.  Strings owned by the row; *_done frees them and zeroes.  Times: wall_t, us 0 = null. */
#ifndef DMS_ROWS_H
#define DMS_ROWS_H
#include "controller/domain/scope.h"
#include "shared/clock.h"
#include "shared/err.h"

/* Zone states and lock states: enum, names and SQL check come from one list. */
#define ZONE_STATES(X) X(INIT) X(CREATE) X(RESET) X(UNCONFIG) X(PUBLISHED) X(UPDATE) X(DISABLED) X(DELETED)
#define SERVER_STATES(X) X(DISABLED) X(CONFIG) X(OK) X(RETRY) X(BROKEN)
#define MASTER_STATES(X) X(READY) X(HOLD)
#define X(s) ZONE_##s,
typedef enum { ZONE_STATES(X) ZONE_STATE_COUNT } zone_state_t;
#undef X
#define X(s) SERVER_##s,
typedef enum { SERVER_STATES(X) SERVER_STATE_COUNT } server_state_t;
#undef X
#define X(s) MASTER_##s,
typedef enum { MASTER_STATES(X) MASTER_STATE_COUNT } master_state_t;
#undef X
extern const char *const rows_zone_states[ZONE_STATE_COUNT];
extern const char *const rows_server_states[SERVER_STATE_COUNT];
extern const char *const rows_master_states[MASTER_STATE_COUNT];

void rows_texts_free(char **texts, size_t count); /* an array of owned strings */

typedef struct {
    int64_t id, zone_id;
    int seq;
    uint32_t soa_serial;
    char *soa_mname, *soa_rname, *soa_refresh, *soa_retry, *soa_expire, *soa_minimum, *soa_ttl, *soa_comment, *soa_reference, *zone_ttl;
    bool has_apex_ns;            /* false: the zone's own NS are records */
    char **apex_ns; size_t apex_ns_count;
    char *change_by;
    wall_t ctime, mtime, ptime;
    int64_t records;             /* beside the SOA */
} zi_row_t;
void zi_row_done(zi_row_t *row);

typedef struct {
    int64_t id;
    char *name;
    zone_state_t state;
    int64_t zi_id, zi_candidate_id;
    uint32_t soa_serial;         /* 0: none yet */
    bool use_apex_ns, edit_lock, auto_dnssec, nsec3, inc_updates;
    int64_t sg_id, alt_sg_id, ref_id;
    char *sg_name, *alt_sg_name, *reference; /* joined */
    bool locked;                 /* EDIT_LOCK */
    int64_t edit_lock_token;
    char *locked_by;
    wall_t locked_at;
    int zi_count;
    wall_t deleted_start, ctime, mtime;
} zone_row_t;
void zone_row_done(zone_row_t *row);

typedef enum { EVENT_NEW, EVENT_RETRY, EVENT_SUCCESS, EVENT_FAILURE } event_state_t;
typedef enum { MACHINE_ZONE, MACHINE_SERVER, MACHINE_MASTER, MACHINE_KIND_COUNT } machine_kind_t;
typedef struct {
    int64_t id;
    machine_kind_t kind;
    int64_t machine_id;
    char *type;                  /* "ZoneSMUpdate" */
    event_state_t state;
    char *parameters, *results;  /* JSON text */
    int attempts;
    wall_t created, due, done;
    int64_t change_id;
    char *name;                  /* of its zone or server, where it was read to be shown; NULL: gone */
} event_row_t;
void event_row_done(event_row_t *row);

typedef struct {
    int64_t id;
    char *name;
    int64_t sg_id;
    char *sg_name;
    char *role, *server_type, *address;
    int port;
    char *ssh_address, *agent_key;
    server_state_t state;
    char *retry_msg;
    int64_t config_goal, config_applied, config_command;
    int config_attempts;
    wall_t config_next_send, connected_at, lost_at;
    bool name_server_up;
    char *software;
    wall_t last_reply, ctime, mtime, state_since;
} server_row_t;
void server_row_done(server_row_t *row);

typedef struct {
    int64_t id;
    char *name, *config_dir, *master_address, *master_alt_address;
    bool replica;
    char **apex_ns; size_t apex_ns_count;
    int64_t zone_count, server_count; /* filled by list and show only; zones in service, counted up to 100,000 */
} group_row_t;
void group_row_done(group_row_t *row);

typedef struct {
    master_state_t state;
    int64_t epoch, generation;
    wall_t hold_start, hold_stop;
    int64_t hold_sg;             /* 0 none, -1 master only, -2 all, else group id */
} master_row_t;

/* Who is asking: decided by api/auth.c (or a test), believed below it. */
typedef enum { ROLE_ADMIN, ROLE_HELPDESK, ROLE_VALUE_RESELLER, ROLE_HOSTED, ROLE_LIST_ZONE } caller_role_t;
typedef struct {
    caller_role_t role;
    const char *role_name;   /* "admin" */
    int64_t sectag_id;       /* which zones exist, as zone_seen has them: 0 Admin, all; > 0 a security tag's; < 0 those of a token's scope */
    const char *sectag;      /* "Admin" or label */
    const char *login;       /* authenticated account or unix user */
    const char *front_end;   /* URI or "socket" */
    const char *address;     /* peer address or NULL */
    const char *request_id;  /* JSON-RPC id as text or NULL */
    const char *method;      /* method as it was called, for the change log; NULL: the use case's own */
    const scope_t *scope;    /* further limits; NULL: none */
} caller_t;
/* SEC_TAG_PERMISSION_DENIED for a caller that does not see all zones: "security tag "X" may not ...", or the same of his token. */
err_t caller_may_not(const caller_t *who, const char *what, err_info_t *reterr);
/* Security tag that zones created by the caller get; 0: none. */
static inline int64_t caller_tag(const caller_t *who) { return who->sectag_id < 0 ? who->scope->tag_id : who->sectag_id; }
#endif
