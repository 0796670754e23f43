/* Between move_fsm.c (table), move_act.c (actions) and zone_act_move.c (the zone machine's side); nobody else's business. */
#ifndef DMS_MOVE_PRIV_H
#define DMS_MOVE_PRIV_H
#include "controller/fsm/move_fsm.h"
#include "controller/fsm/zone_priv.h"

typedef struct {
    zone_ctx_t *zone;    /* the locked zone, its batch */
    move_row_t *move;
    bool again;          /* out: the same step once more at move->until */
    bool rests;          /* out: the zone is disabled; enabling it goes on */
} move_ctx_t;

#define MOVE_ACTIONS(X)                                                                                               \
    X(none) X(add) X(swap) X(wait) X(remove) X(finish) X(cancel) X(undo_add) X(undo_swap) X(back_wait) X(back_remove) X(back_finish) X(put_back) \
    X(end) X(no_late) X(no_again) X(no_over)
#define X(a) err_t move_act_##a(void *ctx, int *state, err_info_t *reterr);
MOVE_ACTIONS(X)
#undef X
#endif
