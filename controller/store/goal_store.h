/* State per (zone, server): goals, the outbox, what was reported.  See table zone_server. */
#ifndef DMS_GOAL_STORE_H
#define DMS_GOAL_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"

typedef struct {
    int64_t zone_id, server_id;
    char *zone_name;             /* joined */
    bool absent;                 /* goal: the zone must not be there */
    int64_t revision, goal_zi_id, live_zi_id;
    int goal_seq, live_seq;      /* joined from zi; 0 none */
    uint32_t goal_serial, live_serial; /* 0 none */
    uint32_t zone_serial;        /* joined: the newest one chosen for the zone; nothing that is ahead of it can be of this time */
    char *goal_soa, *live_soa;   /* master's row only */
    char **goal_apex_ns; size_t goal_apex_count;
    char **live_apex_ns; size_t live_apex_count;
    wall_t goal_at, live_at, behind_since, sent_at, next_send;
    int64_t command_id;
    int attempts, reason;
    char *evidence;
} goal_row_t;
void goal_row_done(goal_row_t *row);
void goal_store_rows_free(goal_row_t *rows, size_t count);

/* Set what the hidden master should hold, one row per zone (zi, serial, soa, apex of the row); new revision, due now, before the zones that the master is yet to get.
 * Supersedes an open goal. */
err_t goal_store_set_master(db_t *db, int64_t master_server_id, const goal_row_t *rows, size_t count, wall_t now, err_info_t *reterr);
/* After the master has it: every other enabled server of each zone's groups (primary, alternate, replica SG) should serve serial. */
err_t goal_store_set_slaves(db_t *db, const int64_t *zone_ids, const uint32_t *serials, size_t count, wall_t now, err_info_t *reterr);
/* What the other servers of the zones were seen with is in doubt: the master may have handed on something that is not ours. */
err_t goal_store_doubt(db_t *db, const int64_t *zone_ids, size_t count, err_info_t *reterr);
/* The zones must go from every server that has a row (also the master). */
err_t goal_store_set_absent(db_t *db, const int64_t *zone_ids, size_t count, wall_t now, err_info_t *reterr);
/* All zones of a server's groups (server enabled, added or moved); rows that no longer belong become absent. In bulk, by index. */
err_t goal_store_sync_server(db_t *db, int64_t server_id, wall_t now, int64_t *ret_count, err_info_t *reterr);
/* Everything open of this server is due now (it has just connected). */
err_t goal_store_resend(db_t *db, int64_t server_id, wall_t now, err_info_t *reterr);
/* Take up to limit due rows of a server out of the outbox: locks (skip locked), gives each a command id, sets sent_at, attempts+1 and
 * next_send = now + resend_ms (back-off by attempts).  Oldest first, of those that the server has before those that it is yet to get. */
err_t goal_store_take(db_t *db, int64_t server_id, size_t limit, wall_t now, int64_t resend_ms, goal_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
/* Rows by (server, command id) for reports, locked. Unknown pairs are left out. */
err_t goal_store_by_command(db_t *db, int64_t server_id, const int64_t *command_ids, size_t count, goal_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
/* Rows of these zones on one server, locked. Zones without a row there are left out. */
err_t goal_store_of_server(db_t *db, int64_t server_id, const int64_t *zone_ids, size_t count, goal_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
/* Rows of one server by zone name that have reached their goal, locked (what a zone check found to differ). */
err_t goal_store_by_name(db_t *db, int64_t server_id, const char *const *names, size_t count, goal_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
/* A page of what a server should be serving now (goal "serve", reached), in zone id order after `after`, for a zone check. */
err_t goal_store_page(db_t *db, int64_t server_id, int64_t after, size_t limit, goal_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
/* How many servers still have a row of each zone. */
err_t goal_store_count(db_t *db, const int64_t *zone_ids, size_t count, int64_t *ret_counts, err_info_t *reterr);
/* The serial furthest behind `base` that an enabled server was seen serving of the zone, and whose it is (owned by the caller); 0 and NULL: none serves it.
 * One that is ahead of base does not count: that server is to take the whole zone anew. */
err_t goal_store_lowest(db_t *db, int64_t zone_id, uint32_t base, uint32_t *ret_serial, char **ret_server, err_info_t *reterr);
/* Write back command_id, live_*, behind_since, next_send, reason, evidence, attempts; rows with absent reached are deleted. */
err_t goal_store_save_many(db_t *db, const goal_row_t *rows, size_t count, err_info_t *reterr);
/* New revisions for these zones' goals on the server, ahead of seen too (0: nothing was seen that is ahead). */
err_t goal_store_renew(db_t *db, int64_t server_id, const int64_t *zone_ids, size_t count, int64_t seen, err_info_t *reterr);
/* When each server's next row is due, count of them; us 0: none. */
err_t goal_store_next_due(db_t *db, const int64_t *server_ids, size_t count, wall_t *ret_due, err_info_t *reterr);
/* State of one zone on every server, for show_zonesm, show_change and status. */
typedef struct { goal_row_t goal; char *server_name, *role, *server_state; bool connected; wall_t lost_at; } goal_view_t;
/* Zones behind their goal on a server (counted up to 10,000), and since when the oldest is. */
err_t goal_store_behind(db_t *db, int64_t server_id, int64_t *ret_count, wall_t *ret_since, err_info_t *reterr);
err_t goal_store_by_zone(db_t *db, int64_t zone_id, goal_view_t **ret_rows, size_t *ret_count, err_info_t *reterr);
void goal_store_views_free(goal_view_t *rows, size_t count);
#endif
