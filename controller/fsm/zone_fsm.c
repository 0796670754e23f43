/* The zone machine's table.  Every event has a row in every state: what is not possible is refused in words, what has become needless says so. */
#include "controller/fsm/zone_priv.h"

static const char *const s_events[ZE_COUNT] = {
#define X(e) #e,
    ZONE_EVENTS(X)
#undef X
};

#define GO(s) FSM_GO(ZONE_##s)
#define ROW(s, e, act, next, text) {FSM_IN(ZONE_##s), ZE_##e, zone_act_##act, next, text}
#define STAY(s, e, act, text) ROW(s, e, act, GO(s), text)
/* The same in several states: those in which a zone is, or is about to be, on its servers. */
#define COMING(e, act, text) STAY(CREATE, e, act, text), STAY(RESET, e, act, text)
#define ACTIVE(e, act, text) COMING(e, act, text), STAY(UNCONFIG, e, act, text), STAY(PUBLISHED, e, act, text), STAY(UPDATE, e, act, text)
#define ACTIVE_TO(target, e, act, text)                                                                               \
    ROW(CREATE, e, act, GO(target), text), ROW(RESET, e, act, GO(target), text), ROW(UNCONFIG, e, act, GO(target), text), \
        ROW(PUBLISHED, e, act, GO(target), text), ROW(UPDATE, e, act, GO(target), text)
#define UNBORN(e) STAY(INIT, e, no_being_created, "refused: the zone is being created")
#define NOT_WHEN_DELETED(e) STAY(DELETED, e, no_deleted, "refused: the zone is deleted; undelete it first")
#define NEEDLESS_INIT(e) STAY(INIT, e, none, "no effect: the zone is being created")
#define NEEDLESS_GONE(e)                                                                                              \
    STAY(DISABLED, e, none, "no effect: the zone is disabled"), STAY(DELETED, e, none, "no effect: the zone is deleted")

static const fsm_row_t s_rows[] = {
    /* ---- creation, reset */
    ROW(INIT, DoConfig, do_config, GO(CREATE), "a new zone has its first contents; its publication is queued"),
    ACTIVE(DoConfig, no_configured, "refused: the zone has been set up already"),
    STAY(DISABLED, DoConfig, no_configured, "refused: the zone has been set up already"),
    NOT_WHEN_DELETED(DoConfig),

    NEEDLESS_INIT(Config),
    ROW(CREATE, Config, config, GO(UNCONFIG), "the hidden master is told to load the zone"),
    ROW(RESET, Config, config, GO(UNCONFIG), "the hidden master is told to load the whole zone again; slaves keep serving"),
    STAY(UNCONFIG, Config, none, "no effect: the hidden master has been told already"),
    STAY(PUBLISHED, Config, none, "no effect: the zone is published"),
    STAY(UPDATE, Config, none, "no effect: the zone is published"),
    NEEDLESS_GONE(Config),

    UNBORN(DoReset),
    ACTIVE_TO(RESET, DoReset, do_reset, "the zone is to be loaded anew on the hidden master, slaves keep serving"),
    STAY(DISABLED, DoReset, no_disabled, "refused: the zone is disabled; enabling it loads it anew"),
    NOT_WHEN_DELETED(DoReset),

    UNBORN(DoReconfig),
    COMING(DoReconfig, none, "no effect: the whole zone is about to be loaded"),
    STAY(UNCONFIG, DoReconfig, do_reconfig_quiet, "the whole zone is sent once more with its new settings"),
    ROW(PUBLISHED, DoReconfig, do_reconfig, GO(RESET), "the zone's settings changed: the hidden master loads it anew"),
    ROW(UPDATE, DoReconfig, do_reconfig, GO(RESET), "the zone's settings changed: the hidden master loads it anew, with what was saved"),
    STAY(DISABLED, DoReconfig, none, "kept: new settings take effect when the zone is enabled"),
    NOT_WHEN_DELETED(DoReconfig),

    /* ---- publication of changes */
    UNBORN(DoRefresh),
    STAY(CREATE, DoRefresh, do_refresh_quiet, "noted: the publication that is queued takes the chosen version"),
    STAY(RESET, DoRefresh, do_refresh_quiet, "noted: the publication that is queued takes the chosen version"),
    STAY(UNCONFIG, DoRefresh, do_refresh, "the chosen version is to be published with a new serial"),
    STAY(PUBLISHED, DoRefresh, do_refresh, "the chosen version is to be published with a new serial"),
    STAY(UPDATE, DoRefresh, do_refresh, "the chosen version is to be published with a new serial"),
    STAY(DISABLED, DoRefresh, no_disabled, "refused: the zone is disabled"),
    NOT_WHEN_DELETED(DoRefresh),

    NEEDLESS_INIT(Update),
    COMING(Update, none, "no effect: the whole zone is about to be loaded, with all that was saved"),
    STAY(UNCONFIG, Update, update, "the newest version is sent after the one that is under way"),
    STAY(PUBLISHED, Update, update, "the newest version is sent to the hidden master"),
    ROW(UPDATE, Update, update, GO(PUBLISHED), "the newest version is sent to the hidden master"),
    NEEDLESS_GONE(Update),

    NEEDLESS_INIT(EditUpdate),
    COMING(EditUpdate, none, "no effect: the whole zone is about to be loaded, with all that was saved"),
    STAY(UNCONFIG, EditUpdate, edit_update, "the version that the editor saved is sent after the one that is under way"),
    STAY(PUBLISHED, EditUpdate, edit_update, "the version that the editor saved is sent unless that was done"),
    ROW(UPDATE, EditUpdate, edit_update, GO(PUBLISHED), "the version that the editor saved is sent to the hidden master"),
    NEEDLESS_GONE(EditUpdate),

    NEEDLESS_INIT(SerialBack),
    STAY(CREATE, SerialBack, none, "no effect: no server has the zone's old serial"),
    STAY(RESET, SerialBack, serial_back, "every server has the wrapped serial: the serial goes back to the date"),
    STAY(UNCONFIG, SerialBack, serial_back, "every server has the wrapped serial: the serial goes back to the date"),
    STAY(PUBLISHED, SerialBack, serial_back, "every server has the wrapped serial: the serial goes back to the date"),
    STAY(UPDATE, SerialBack, serial_back, "every server has the wrapped serial: the serial goes back to the date"),
    NEEDLESS_GONE(SerialBack),

    /* ---- what the hidden master and the servers report */
    NEEDLESS_INIT(MasterDone),
    COMING(MasterDone, master_done, "the hidden master serves the version that was under way; the whole zone follows"),
    ROW(UNCONFIG, MasterDone, master_done, GO(PUBLISHED), "the hidden master serves the zone; the other servers are told"),
    STAY(PUBLISHED, MasterDone, master_done, "the hidden master serves the new version; the other servers are told"),
    STAY(UPDATE, MasterDone, master_done, "the hidden master serves the version that was under way; what was saved follows"),
    NEEDLESS_GONE(MasterDone),

    NEEDLESS_INIT(MasterFailed),
    ACTIVE(MasterFailed, master_failed, "the hidden master could not take the version; the reason is kept and it is tried again"),
    NEEDLESS_GONE(MasterFailed),

    NEEDLESS_INIT(Removed),
    ACTIVE(Removed, none, "no effect: the zone is wanted again"),
    STAY(DISABLED, Removed, removed, "servers that had the zone have removed it"),
    STAY(DELETED, Removed, removed, "servers that had the zone have removed it"),

    /* ---- out of service and back */
    UNBORN(Disable),
    ACTIVE_TO(DISABLED, Disable, disable, "the zone is taken off all servers and kept, as is its edit lock"),
    STAY(DISABLED, Disable, no_already, "refused: the zone is disabled already"),
    NOT_WHEN_DELETED(Disable),

    UNBORN(Enable),
    ACTIVE(Enable, no_enabled, "refused: the zone is enabled already"),
    ROW(DISABLED, Enable, enable, GO(CREATE), "the zone goes back into service; its publication is queued"),
    NOT_WHEN_DELETED(Enable),

    UNBORN(Delete),
    ACTIVE_TO(DELETED, Delete, delete, "the zone is taken off all servers and can be undeleted for a while"),
    ROW(DISABLED, Delete, delete, GO(DELETED), "the zone is deleted and can be undeleted for a while"),
    STAY(DELETED, Delete, no_deleted, "refused: the zone is deleted already"),

    ROW(INIT, NukeStart, nuke, GO(DELETED), "the zone is deleted for good at the next clean-up"),
    ACTIVE_TO(DELETED, NukeStart, nuke, "the zone is taken off all servers and deleted for good at the next clean-up"),
    ROW(DISABLED, NukeStart, nuke, GO(DELETED), "the zone is deleted for good at the next clean-up"),
    STAY(DELETED, NukeStart, nuke, "the deleted zone goes for good at the next clean-up"),

    STAY(INIT, Undelete, no_not_deleted, "refused: the zone is not deleted"),
    ACTIVE(Undelete, no_not_deleted, "refused: the zone is not deleted"),
    STAY(DISABLED, Undelete, no_not_deleted, "refused: the zone is not deleted"),
    ROW(DELETED, Undelete, undelete, GO(CREATE), "the zone is back with the version that was to be published last; its publication is queued"),

    STAY(INIT, DoDestroy, no_not_deleted, "refused: the zone is not deleted"),
    ACTIVE(DoDestroy, no_not_deleted, "refused: the zone is not deleted"),
    STAY(DISABLED, DoDestroy, no_not_deleted, "refused: the zone is not deleted"),
    STAY(DELETED, DoDestroy, destroy, "the zone's row and versions are removed, unless a server still has the zone"),

    /* ---- server groups */
    UNBORN(DoSgSwap),
    ACTIVE(DoSgSwap, sg_swap, "primary and alternative server group change places; the zone is sent whole"),
    STAY(DISABLED, DoSgSwap, sg_swap, "primary and alternative server group change places"),
    NOT_WHEN_DELETED(DoSgSwap),

    UNBORN(DoSetAltSg),
    ACTIVE(DoSetAltSg, set_alt_sg, "the alternative server group is set; the zone is sent whole"),
    STAY(DISABLED, DoSetAltSg, set_alt_sg, "the alternative server group is set"),
    NOT_WHEN_DELETED(DoSetAltSg),

    UNBORN(DoSgMove),
    ACTIVE(DoSgMove, sg_move_start, "a supervised move to another server group begins"),
    STAY(DISABLED, DoSgMove, no_disabled, "refused: the zone is disabled; set_zone_sg moves it"),
    NOT_WHEN_DELETED(DoSgMove),

    NEEDLESS_INIT(SgMove),
    ACTIVE(SgMove, sg_move, "the next step of the move to another server group is made, or waits"),
    STAY(DISABLED, SgMove, sg_move, "the move to another server group waits until the zone is enabled, or goes back at once"),
    STAY(DELETED, SgMove, none, "no effect: the zone is deleted, and its move is over"),

    UNBORN(DoSgMoveCancel),
    ACTIVE(DoSgMoveCancel, sg_move_cancel, "the move to another server group is cancelled: it goes back, step by step"),
    STAY(DISABLED, DoSgMoveCancel, sg_move_cancel, "the move to another server group is cancelled"),
    NOT_WHEN_DELETED(DoSgMoveCancel),

    /* ---- edit lock */
    STAY(INIT, Edit, no_edit, "refused: the zone is being created"),
    ACTIVE(Edit, edit, "the edit lock is taken"),
    STAY(DISABLED, Edit, edit, "the edit lock is taken"),
    STAY(DELETED, Edit, no_edit, "refused: the zone is deleted"),

    STAY(INIT, EditSaved, no_save, "refused: the zone is being created"),
    COMING(EditSaved, saved_keep, "the editor saved a version; the publication that is queued takes it"),
    STAY(UNCONFIG, EditSaved, saved, "the editor saved a version; its publication is queued"),
    ROW(PUBLISHED, EditSaved, saved, GO(UPDATE), "the editor saved a version; its publication is queued"),
    STAY(UPDATE, EditSaved, saved, "the editor saved a version; its publication is queued"),
    STAY(DISABLED, EditSaved, saved_keep, "the editor saved a version; it is published when the zone is enabled"),
    STAY(DELETED, EditSaved, no_save, "refused: the zone is deleted"),

    STAY(INIT, EditSavedNoLock, no_save, "refused: the zone is being created"),
    COMING(EditSavedNoLock, saved_no_lock_keep, "a version was saved; the publication that is queued takes it"),
    STAY(UNCONFIG, EditSavedNoLock, saved_no_lock, "a version was saved; its publication is queued"),
    STAY(PUBLISHED, EditSavedNoLock, saved_no_lock, "a version was saved; its publication is queued"),
    STAY(UPDATE, EditSavedNoLock, saved_no_lock, "a version was saved; its publication is queued"),
    STAY(DISABLED, EditSavedNoLock, saved_no_lock_keep, "a version was saved; it is published when the zone is enabled"),
    STAY(DELETED, EditSavedNoLock, no_save, "refused: the zone is deleted"),

    STAY(INIT, EditExit, no_exit, "refused: the zone has no edit lock"),
    ACTIVE(EditExit, edit_exit, "the edit lock is given back, nothing was saved"),
    STAY(DISABLED, EditExit, edit_exit, "the edit lock is given back, nothing was saved"),
    STAY(DELETED, EditExit, no_exit, "refused: the zone has no edit lock"),

    STAY(INIT, EditLockTickle, no_tickle, "refused: the zone has no edit lock"),
    ACTIVE(EditLockTickle, tickle, "the edit lock's time limit starts anew"),
    STAY(DISABLED, EditLockTickle, tickle, "the edit lock's time limit starts anew"),
    STAY(DELETED, EditLockTickle, no_tickle, "refused: the zone has no edit lock"),

    NEEDLESS_INIT(EditTimeout),
    ACTIVE(EditTimeout, timeout, "the edit lock timed out and is taken away"),
    STAY(DISABLED, EditTimeout, timeout, "the edit lock timed out and is taken away"),
    STAY(DELETED, EditTimeout, none, "no effect: the zone is deleted"),

    /* ---- incremental updates that waited for the end of an edit lock */
    NEEDLESS_INIT(IncUpdate),
    ACTIVE(IncUpdate, inc_update, "the incremental update that waited for the edit lock is made, as a version of its own"),
    STAY(DISABLED, IncUpdate, inc_update, "the incremental update that waited for the edit lock is made; it is published when the zone is enabled"),
    STAY(DELETED, IncUpdate, inc_deleted, "refused: the zone is deleted; its waiting incremental update goes"),

    /* ---- automatic PTR records */
    NEEDLESS_INIT(AutoPtr),
    ACTIVE(AutoPtr, auto_ptr, "PTR records follow the addresses of forward zones, as a version of their own"),
    STAY(DISABLED, AutoPtr, auto_ptr, "PTR records follow the addresses of forward zones; they are published when the zone is enabled"),
    STAY(DELETED, AutoPtr, none, "kept: the PTR records are looked at when the zone is undeleted"),
};

const fsm_t zone_fsm = {
    .name = "zone",
    .states = rows_zone_states,
    .state_count = ZONE_STATE_COUNT,
    .initial = ZONE_INIT,
    .events = s_events,
    .event_count = ZE_COUNT,
    .rows = s_rows,
    .row_count = ARRAY_SIZE(s_rows),
};
