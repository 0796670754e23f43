/* Reverse zones that are filled from what is there: which addresses of forward zones, and which PTR records of their own, are to be looked at; piece
 * by piece, so that no transaction is long. */
#ifndef DMS_PTR_FILL_STORE_H
#define DMS_PTR_FILL_STORE_H
#include "controller/domain/auto_ptr.h"
#include "controller/store/db.h"

/* Who asks for it. */
typedef struct { int64_t sectag_id; const char *change_by; int64_t change_id; } ptr_fill_asker_t; /* sectag_id 0: Admin */
/* What a zone's network holds is to be looked at, in that zone.  Nothing where there is nothing to look at, for other zones than reverse zones, for those that take
 * no updates and while auto_reverse is off.  With an event, as all that waits. */
err_t ptr_fill_store_begin(db_t *db, int64_t zone_id, const ptr_fill_asker_t *asker, wall_t now, err_info_t *reterr);
/* A reverse zone has gone: the closest one around it takes over its network. */
err_t ptr_fill_store_hand_over(db_t *db, int64_t zone_id, const ptr_fill_asker_t *asker, wall_t now, err_info_t *reterr);

/* ---- at the reverse zone's machine */
typedef struct {
    int64_t zone_id;             /* 0: there is none */
    char *network, *change_by;   /* owned */
    int64_t sectag_id, change_id;
    char *own_after;             /* owned; NULL: its own PTR records have been looked at */
    char *address_after;         /* owned; NULL: from the beginning */
    int64_t rr_after;
} ptr_fill_t;
void ptr_fill_done(ptr_fill_t *self);
err_t ptr_fill_store_oldest(db_t *db, int64_t zone_id, ptr_fill_t *ret_fill, err_info_t *reterr);
/* The next PTR records that DMS made, up to limit.  The array is the caller's. */
typedef struct { char *label, *rdata; int64_t forward_zone_id; } ptr_own_t;
void ptr_own_free(ptr_own_t *own, size_t count);
err_t ptr_fill_store_own(db_t *db, const ptr_fill_t *fill, size_t limit, ptr_own_t **ret_own, size_t *ret_count, err_info_t *reterr);
/* The next addresses in the network, up to limit, by address and the order in which they came; those of which it is not the closest zone, and those that whoever
 * asks does not see, do not count.  Whose rights: of the save that brought the record. */
err_t ptr_fill_store_addresses(db_t *db, const ptr_fill_t *fill, size_t limit, auto_ptr_found_t **ret_found, size_t *ret_count, err_info_t *reterr);
/* These operations wait from now on; the fill goes on behind its places (NULL own_after, and done: it is over). */
err_t ptr_fill_store_move(db_t *db, const ptr_fill_t *fill, bool done, const auto_ptr_op_t *ops, size_t count, wall_t now, err_info_t *reterr);
#endif
