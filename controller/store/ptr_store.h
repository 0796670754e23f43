/* Automatic PTR records: which addresses a change touches, where their PTR records belong, what waits in reverse zones. */
#ifndef DMS_PTR_STORE_H
#define DMS_PTR_STORE_H
#include "controller/domain/auto_ptr.h"
#include "controller/store/db.h"

err_t ptr_store_settings(db_t *db, auto_ptr_settings_t *ret_settings, err_info_t *reterr);

/* Which of these new zones have an address inside a reverse zone, in the order given; none while auto_reverse is off.  Caller frees. */
err_t ptr_store_concerned(db_t *db, const int64_t *zone_ids, size_t count, int64_t **ret_ids, size_t *ret_count, err_info_t *reterr);

/* A zone goes from one version to another; 0: it is not in service.  sectag_id: of the caller, 0: all.  submission: where its FORCEREV
 * records are; may be NULL.  None while auto_reverse is off or where there is no reverse zone at all. */
typedef struct {
    int64_t zone_id, from_zi_id, to_zi_id;
    int64_t sectag_id;
    bool may_force;
    const zonedata_t *submission;
} ptr_move_t;
err_t ptr_store_changes(db_t *db, const ptr_move_t *move, auto_ptr_changes_t *ret_changes, err_info_t *reterr);
/* Reverse zones that any of the addresses could belong to. */
err_t ptr_store_networks(db_t *db, const ptr_move_t *move, const auto_ptr_changes_t *changes, auto_ptr_net_t **ret_nets, size_t *ret_count,
                         err_info_t *reterr);

/* What is at the PTR's name now. */
typedef struct {
    size_t count;                /* PTR records */
    bool locked, disable;
    char *rdata, *reference;     /* of one of them; owned */
    bool ours;                   /* DMS made one with the wish's host */
    bool waiting;                /* the decision about another wish is not made yet */
    bool parked;                 /* DMS took it away when the forward zone left service */
} ptr_there_t;
void ptr_store_there_free(ptr_there_t *there, size_t count);
/* In the order of the wishes. */
err_t ptr_store_there(db_t *db, int64_t forward_zone_id, const auto_ptr_wish_t *wishes, size_t count, ptr_there_t **ret_there, err_info_t *reterr);

/* Queue, with an event for each reverse zone; no row of a reverse zone is locked or looked at again. */
typedef struct { const auto_ptr_wish_t *wish; bool restored; } ptr_queued_t;
err_t ptr_store_queue(db_t *db, const ptr_move_t *move, const ptr_queued_t *queued, size_t count, const char *change_by, int64_t change_id,
                      wall_t now, err_info_t *reterr);
/* The forward zone leaves service: remember what DMS made for it; it came back: forget that. */
err_t ptr_store_park(db_t *db, int64_t forward_zone_id, err_info_t *reterr);
err_t ptr_store_unpark(db_t *db, int64_t forward_zone_id, err_info_t *reterr);

/* ---- at the reverse zone's machine */
typedef struct {
    bool due;                    /* something can be done now */
    bool held;                   /* something waits for room */
    bool retrying;               /* an event other than event_id tries that again */
} ptr_waiting_t;
err_t ptr_store_waiting(db_t *db, int64_t zone_id, int64_t event_id, ptr_waiting_t *ret_waiting, err_info_t *reterr);
/* The oldest ones; held: also those that waited for room. */
err_t ptr_store_take(db_t *db, int64_t zone_id, size_t limit, bool held, auto_ptr_op_t **ret_ops, size_t *ret_count, err_info_t *reterr);
/* Fills the facts. */
err_t ptr_store_facts(db_t *db, auto_ptr_facts_t *facts, err_info_t *reterr);
/* Those that are not held go. */
err_t ptr_store_finish(db_t *db, const auto_ptr_op_t *ops, size_t count, err_info_t *reterr);
/* All that waits in the zone, also what it was to be filled from. */
err_t ptr_store_drop(db_t *db, int64_t zone_id, err_info_t *reterr);

/* ---- for people (ptr_store_show.c); at most PTR_SHOW_MAX rows of a kind */
enum { PTR_SHOW_MAX = 100 };
typedef struct {
    int64_t zone_id;             /* the closest reverse zone; 0: none */
    char *zone_name, *network, *zone_reference;
    bool locked;                 /* somebody edits it: what waits goes on waiting */
    bool filling;                /* the addresses that are there are being looked at */
    struct ptr_view_ptr { char *host, *reference, *forward_zone; bool by_dms, disable, locked; } *ptrs;
    size_t ptr_count;
    struct ptr_view_host { char *host, *zone, *reference; bool disable, track; } *hosts; /* forward records with the address */
    size_t host_count;
    struct ptr_view_waiting { char *host, *change_by; bool forced; int64_t change_id; wall_t ctime; bool held; } *waiting;
    size_t waiting_count;
} ptr_view_t;
void ptr_view_done(ptr_view_t *view);
/* address: as records have it (canonical). */
err_t ptr_store_zone_of(db_t *db, const char *address, ptr_view_t *ret_view, err_info_t *reterr);
err_t ptr_store_show(db_t *db, const char *address, const char *label, ptr_view_t *view, err_info_t *reterr);
#endif
