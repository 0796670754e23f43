/* Change log and receipts. */
#ifndef DMS_CHANGE_STORE_H
#define DMS_CHANGE_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"

typedef struct {
    int64_t id; wall_t at;
    char *login, *role, *front_end, *address, *request_id, *method, *object, *object_name;
    int64_t zone_id; bool ok; int error_code; char *message;
} change_row_t;
void change_row_done(change_row_t *row);
/* One row per change, accepted or refused (refused ones in a transaction of their own). Returns the change id. */
err_t change_store_insert(db_t *db, const caller_t *who, const char *method, const char *object, const char *object_name, int64_t zone_id,
                          const err_info_t *failure /* NULL: accepted */, wall_t now, int64_t *ret_change_id, err_info_t *reterr);

/* A change that publishes (or removes) a zone: opens its receipt. */
err_t change_store_open(db_t *db, int64_t change_id, int64_t zone_id, int64_t zi_id, int zi_seq, bool absent, wall_t now, err_info_t *reterr);
/* These zones are being published with these serials: open receipts that have none yet belong to them (the newest candidate holds every
 * change that was accepted before). */
err_t change_store_on_publish(db_t *db, const int64_t *zone_ids, const uint32_t *serials, size_t count, err_info_t *reterr);
/* The master serves serial of each zone (0: the zone is gone there): open receipts up to it get master_at and serial.  Call when the goals of the
 * other servers are set. */
err_t change_store_on_master(db_t *db, const int64_t *zone_ids, const uint32_t *serials, size_t count, wall_t now, err_info_t *reterr);
/* A server serves serial of each zone (serial 0: absent reached), as written to zone_server before: rows in publication_server, live_at where every
 * enabled server has it.  Sends DB_CHANNEL_CHANGE with the ids that are complete. */
err_t change_store_on_live(db_t *db, int64_t server_id, const int64_t *zone_ids, const uint32_t *serials, size_t count, wall_t now, err_info_t *reterr);
/* Servers of these zones changed (disabled, deleted, moved): which receipts are complete now? */
err_t change_store_settle(db_t *db, const int64_t *zone_ids, size_t count, wall_t now, err_info_t *reterr);
/* The same for every zone with an open receipt that has a row on this server; call before the rows go. */
err_t change_store_settle_server(db_t *db, int64_t server_id, wall_t now, err_info_t *reterr);
/* The zones are to go (absent) or to come back: open receipts of the other kind wait for this now. */
err_t change_store_supersede(db_t *db, const int64_t *zone_ids, size_t count, bool absent, err_info_t *reterr);

typedef struct { char *server, *role, *state; bool live; wall_t live_at; uint32_t serial; bool connected; wall_t behind_since; int reason; char *evidence; } receipt_server_t;
typedef struct {
    change_row_t change;
    bool publishes;          /* false: nothing to wait for, complete at commit */
    char *zone_name; int64_t zi_id; bool absent; uint32_t serial;
    wall_t committed_at, master_at, live_at;
    bool deferred; char *failure; /* waits for the end of an edit lock; why it was not made after all */
    int64_t kept_text_id;         /* where its contents are then; 0: not kept */
    receipt_server_t *servers; size_t server_count; /* slaves and replicas */
} receipt_t;
void receipt_done(receipt_t *receipt);
/* Errors: CHANGE_NOT_FOUND, also when the zone is hidden from the caller. */
err_t change_store_receipt(db_t *db, const caller_t *who, int64_t change_id, receipt_t *ret_receipt, err_info_t *reterr);
#endif
