/* The server machine: is a name server managed, configured, answering?  States as the predecessor showed them; nothing polls: agents report. */
#ifndef DMS_SERVER_FSM_H
#define DMS_SERVER_FSM_H
#include "controller/store/db.h"
#include "controller/store/rows.h"
#include "shared/fsm.h"

/* Enable, Disable, Reset: from users, in their transaction.  ConfigChange: the master machine has a new generation for it.  Configure: the
 * configuration is being sent once more.  The others are what its agent says or does.  Stored and shown as "ServerSM" + name. */
#define SERVER_EVENTS(X)                                                                                              \
    X(Enable) X(Disable) X(Reset) X(ConfigChange) X(Configure) X(Connected) X(Lost) X(ConfigDone) X(ConfigFailed) X(HealthUp) X(HealthDown)
#define X(e) SE_##e,
typedef enum { SERVER_EVENTS(X) SE_COUNT } server_event_t;
#undef X
extern const fsm_t server_fsm;

typedef struct {
    int64_t generation;      /* ConfigChange: the goal; Connected, ConfigDone: what is applied */
    const char *message;     /* Lost, ConfigFailed, HealthDown: why */
    bool refused;            /* ConfigFailed: by the name server's checker, so trying again alone will not help */
    int64_t retry_ms;        /* ConfigFailed: send again after this */
    const char *software;    /* Connected */
    bool name_server_up;     /* Connected */
    int64_t change_id;
} server_params_t;

/* Fire at a server whose row the caller has locked; writes the row, queued events of the master machine, goals and a history row.
 * Errors: SERVER_SM_FAILURE for what is refused (keys server_name, event_message). */
err_t server_fsm_fire(db_t *db, server_row_t *row, server_event_t event, const server_params_t *params, wall_t now, err_info_t *reterr);
/* Lock the row by id, then the same. */
err_t server_fsm_fire_id(db_t *db, int64_t server_id, server_event_t event, const server_params_t *params, wall_t now, err_info_t *reterr);
#endif
