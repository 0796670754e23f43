/* The table of a move.  "Live" is proved by what the servers' agents reported, never by time; only TTLs are waited out by the clock. */
#include "controller/fsm/move_priv.h"

static const char *const s_events[MV_COUNT] = {
#define X(e) #e,
    MOVE_EVENTS(X)
#undef X
};

#define GO(s) FSM_GO(MOVE_##s)
#define ROW(s, e, act, next, text) {FSM_IN(MOVE_##s), MV_##e, move_act_##act, next, text}
#define UNDO(s, to) ROW(s, Cancel, cancel, GO(to), "cancelled: the way back to the old group begins")
#define GONE(s) ROW(s, Gone, put_back, GO(CANCELED), "the zone was deleted: the move ends, the zone belongs to its old group")
#define BACK_ALREADY(s) ROW(s, Cancel, no_again, GO(s), "refused: the move is on its way back already")
#define OVER(s, e) ROW(s, e, none, GO(s), "no effect: the move is over")

static const fsm_row_t s_rows[] = {
    ROW(START, Step, add, GO(ADD) | GO(START), "the zone is published to both groups; the new one's servers have to serve it"),
    UNDO(START, UNDO_ADD),
    GONE(START),

    ROW(ADD, Step, swap, GO(SWAP) | GO(ADD), "every server of the new group serves the zone: the groups are swapped, the apex NS become the new one's"),
    UNDO(ADD, UNDO_ADD),
    GONE(ADD),

    ROW(SWAP, Step, wait, GO(WAIT) | GO(SWAP), "every server of both groups serves the new apex: what resolvers keep of the old one has to expire"),
    UNDO(SWAP, UNDO_SWAP),
    GONE(SWAP),

    ROW(WAIT, Step, remove, GO(REMOVE) | GO(WAIT), "the TTLs are over: the old group's servers remove the zone"),
    UNDO(WAIT, UNDO_SWAP),
    GONE(WAIT),

    ROW(REMOVE, Step, finish, GO(DONE), "no server of the old group has the zone any more: the move is done"),
    ROW(REMOVE, Cancel, no_late, GO(REMOVE), "refused: the old group is being removed"),
    ROW(REMOVE, Gone, end, GO(DONE), "the zone was deleted: the move ends, the zone belongs to its new group"),

    OVER(DONE, Step),
    ROW(DONE, Cancel, no_over, GO(DONE), "refused: the move is over"),
    OVER(DONE, Gone),

    /* ---- the way back */
    ROW(UNDO_ADD, Step, undo_add, GO(BACK_REMOVE) | GO(CANCELED), "the new group's servers remove the zone"),
    BACK_ALREADY(UNDO_ADD),
    GONE(UNDO_ADD),

    ROW(UNDO_SWAP, Step, undo_swap, GO(BACK) | GO(CANCELED), "the groups are swapped back, the apex NS are the old group's again"),
    BACK_ALREADY(UNDO_SWAP),
    GONE(UNDO_SWAP),

    ROW(BACK, Step, back_wait, GO(BACK_WAIT) | GO(CANCELED),
        "every server of both groups serves the old apex: what resolvers keep of the new one has to expire"),
    BACK_ALREADY(BACK),
    GONE(BACK),

    ROW(BACK_WAIT, Step, back_remove, GO(BACK_REMOVE) | GO(BACK_WAIT) | GO(CANCELED), "the TTLs are over: the new group's servers remove the zone"),
    BACK_ALREADY(BACK_WAIT),
    GONE(BACK_WAIT),

    ROW(BACK_REMOVE, Step, back_finish, GO(CANCELED), "no server of the new group has the zone any more: all is as it was before the move"),
    BACK_ALREADY(BACK_REMOVE),
    GONE(BACK_REMOVE),

    OVER(CANCELED, Step),
    ROW(CANCELED, Cancel, no_over, GO(CANCELED), "refused: the move is over"),
    OVER(CANCELED, Gone),
};

const fsm_t move_fsm = {
    .name = "move",
    .states = move_store_states,
    .state_count = MOVE_STATE_COUNT,
    .initial = MOVE_START,
    .events = s_events,
    .event_count = MV_COUNT,
    .rows = s_rows,
    .row_count = ARRAY_SIZE(s_rows),
};
