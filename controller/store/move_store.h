/* Moves of zones between server groups.  See table zone_move. */
#ifndef DMS_MOVE_STORE_H
#define DMS_MOVE_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"

/* START and ADD: the target becomes the alternative group; SWAP: it becomes the primary one; WAIT: for TTLs; REMOVE: the old group goes.
 * UNDO_*: cancelled, the way back is about to begin; BACK: swapped back; then as forwards. */
#define MOVE_STATES(X) \
    X(START) X(ADD) X(SWAP) X(WAIT) X(REMOVE) X(DONE) X(UNDO_ADD) X(UNDO_SWAP) X(BACK) X(BACK_WAIT) X(BACK_REMOVE) X(CANCELED)
#define X(s) MOVE_##s,
typedef enum { MOVE_STATES(X) MOVE_STATE_COUNT } move_state_t;
#undef X
extern const char *const move_store_states[MOVE_STATE_COUNT];

typedef struct {
    int64_t id, zone_id, from_sg_id, to_sg_id;
    char *zone_name, *from_sg, *to_sg; /* joined */
    move_state_t state;
    bool alt_before;         /* the target was the alternative group before */
    int64_t ttl_wait;        /* seconds; -1: by the TTLs */
    int64_t ttl_old;         /* seconds */
    uint32_t serial;         /* of this step's publication; 0: none yet */
    wall_t since, until;
    char *message;           /* what it waits for; NULL: nothing */
    int64_t change_id;
    char *started_by;
    wall_t started, ended;
} move_row_t;
void move_row_done(move_row_t *row);
void move_store_rows_free(move_row_t *rows, size_t count);

/* The caller has locked the zone's row.  insert fills id. */
err_t move_store_insert(db_t *db, move_row_t *row, err_info_t *reterr);
/* Write back state, ttl_old, serial, since, until, message, ended. */
err_t move_store_save(db_t *db, const move_row_t *row, err_info_t *reterr);
/* The zone's open move; id 0: there is none. */
err_t move_store_open(db_t *db, int64_t zone_id, move_row_t *ret_row, err_info_t *reterr);
/* The zone's newest move, open or ended.  Errors: NO_ZONE_MOVE_FOUND. */
err_t move_store_newest(db_t *db, const zone_row_t *zone, move_row_t *ret_row, err_info_t *reterr);
/* Newest first, as the caller may see their zones.  sg_name NULL: any; before 0: from the newest. */
err_t move_store_list(db_t *db, const caller_t *who, bool ended, const char *sg_name, int64_t before, int64_t limit, move_row_t **ret_rows,
                      size_t *ret_count, err_info_t *reterr);

/* Enabled servers (without the master) that a publication of the zone is still missing on: those of the group, or of all the zone's groups
 * (sg_id 0).  A server has it when it serves `serial` or one ahead of it, or the newest one.  *ret_server: one of them, with the reason; owned by the
 * caller, NULL when *ret_count is 0. */
err_t move_store_behind(db_t *db, int64_t zone_id, int64_t sg_id, uint32_t serial, int64_t *ret_count, char **ret_server, err_info_t *reterr);
/* Enabled servers of the group that still have the zone although they are in none of its groups any more; the same way. */
err_t move_store_left(db_t *db, int64_t zone_id, int64_t sg_id, int64_t *ret_count, char **ret_server, err_info_t *reterr);
/* Enabled servers of the group. */
err_t move_store_servers(db_t *db, int64_t sg_id, int64_t *ret_count, err_info_t *reterr);
/* Longest TTL of the NS records that the zone itself has at its apex; 0: they have none of their own. */
err_t move_store_ns_ttl(db_t *db, int64_t zone_id, int64_t *ret_ttl, err_info_t *reterr);
#endif
