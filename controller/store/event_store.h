/* The event queue: rows executed in order per machine. */
#ifndef DMS_EVENT_STORE_H
#define DMS_EVENT_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"

/* Insert many (id filled); db_notify(DB_CHANNEL_EVENT) is included when one is due now. */
err_t event_store_insert_many(db_t *db, event_row_t *rows, size_t count, wall_t now, err_info_t *reterr);
/* The same for very many, whose ids nobody asks for. */
err_t event_store_copy_many(db_t *db, const event_row_t *rows, size_t count, wall_t now, err_info_t *reterr);
/* Machines of a kind that have a due event, oldest first. */
err_t event_store_due_machines(db_t *db, machine_kind_t kind, wall_t now, size_t limit, int64_t *ret_ids, size_t *ret_count, err_info_t *reterr);
/* The oldest due event of each machine (whose rows the caller has locked before). */
err_t event_store_oldest_due(db_t *db, machine_kind_t kind, const int64_t *machine_ids, size_t count, wall_t now, event_row_t **ret_rows,
                             size_t *ret_count, err_info_t *reterr);
/* Write back state, attempts, due, done, results. */
err_t event_store_save_many(db_t *db, const event_row_t *rows, size_t count, err_info_t *reterr);
void event_store_rows_free(event_row_t *rows, size_t count);
/* When the next pending event is due (us 0: none), and which kinds of machines have one due by now. */
err_t event_store_next_due(db_t *db, wall_t now, wall_t *ret_due, bool ret_kinds[MACHINE_KIND_COUNT], err_info_t *reterr);
/* Cancel a pending event (edit lock guard): SUCCESS "canceled". False in ret_found when it is not pending. */
err_t event_store_cancel(db_t *db, int64_t id, wall_t now, bool *ret_found, err_info_t *reterr);
err_t event_store_cancel_type(db_t *db, int64_t zone_id, const char *type, wall_t now, err_info_t *reterr); /* a zone's events of the type */
/* One event.  Errors: EVENT_NOT_FOUND_BY_ID. */
err_t event_store_get(db_t *db, int64_t id, event_row_t *ret_row, err_info_t *reterr);
/* Give up a pending event: FAILURE "canceled". */
err_t event_store_fail(db_t *db, int64_t id, wall_t now, bool *ret_found, err_info_t *reterr);
/* Move a pending event (tickle). */
err_t event_store_move(db_t *db, int64_t id, wall_t due, bool *ret_found, err_info_t *reterr);
/* Waiting retries of a kind are due now (what they waited for may be there). */
err_t event_store_hasten(db_t *db, machine_kind_t kind, wall_t now, err_info_t *reterr);
typedef struct {
    bool pending, failed;            /* these only */
    machine_kind_t kind;
    int64_t machine_id;              /* 0: of all machines */
    int64_t after, limit;            /* older than this event; 0: from the newest */
} event_filter_t;
/* Newest first. */
err_t event_store_list(db_t *db, const event_filter_t *filter, event_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
/* The same for these zones' steps that wait for reports of servers. */
err_t event_store_hasten_zones(db_t *db, const int64_t *zone_ids, size_t count, wall_t now, err_info_t *reterr);
/* The zone's waiting event of this type is due now, whatever it waits for; false in ret_found: there is none. */
err_t event_store_hasten_type(db_t *db, int64_t zone_id, const char *type, wall_t now, bool *ret_found, err_info_t *reterr);
#endif
