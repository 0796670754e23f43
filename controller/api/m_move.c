#include "controller/api/m_move.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/usecase/zone_move.h"
#include "shared/rr.h"
#include <stdlib.h>
#include <string.h>

#define AUTO_MOVE AUTO_CLEANUP(move_row_done) move_row_t

/* What each state is, for people. */
static const struct { const char *text; bool cancelable; } s_states[MOVE_STATE_COUNT] = {
    [MOVE_START] = {"about to be published to both groups", true},
    [MOVE_ADD] = {"the new group's servers are getting the zone", true},
    [MOVE_SWAP] = {"swapped: the servers are getting the apex of the new group", true},
    [MOVE_WAIT] = {"both groups serve it until what resolvers keep of the old apex has expired", true},
    [MOVE_REMOVE] = {"the old group's servers are removing the zone", false},
    [MOVE_DONE] = {"done", false},
    [MOVE_UNDO_ADD] = {"cancelled: the new group is about to be removed again", false},
    [MOVE_UNDO_SWAP] = {"cancelled: the groups are about to be swapped back", false},
    [MOVE_BACK] = {"cancelled: the servers are getting the apex of the old group", false},
    [MOVE_BACK_WAIT] = {"cancelled: both groups serve it until what resolvers keep of the new apex has expired", false},
    [MOVE_BACK_REMOVE] = {"cancelled: the new group's servers are removing the zone", false},
    [MOVE_CANCELED] = {"cancelled: as it was before", false},
};

static json_t *pack_move(const move_row_t *move)
{
    json_t *json = json_object();
    pack_id(json, "move_id", move->id);
    pack_text(json, "name", move->zone_name);
    pack_id(json, "zone_id", move->zone_id);
    pack_text(json, "from_sg", move->from_sg);
    pack_text(json, "to_sg", move->to_sg);
    pack_text(json, "state", move_store_states[move->state]);
    pack_text(json, "step", s_states[move->state].text);
    pack_time(json, "since", move->since);
    pack_time(json, "until", move->until);
    pack_text(json, "waits_for", move->message);
    pack_bool(json, "cancelable", s_states[move->state].cancelable);
    json_object_set_new(json, "ttl_wait", move->ttl_wait >= 0 ? json_integer(move->ttl_wait) : json_null());
    pack_id(json, "soa_serial", move->serial);
    pack_id(json, "change_id", move->change_id);
    pack_text(json, "started_by", move->started_by);
    pack_time(json, "started", move->started);
    pack_time(json, "ended", move->ended);
    return json;
}

err_t m_move_start(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    const char *ttl = params_text(call, "ttl_wait");
    uint32_t seconds = 0;
    if (ttl != NULL && !rr_ttl_from_text(ttl, &seconds))
        return params_wrong(reterr, "ttl_wait", "seconds, or a time such as 900, 2h or 1d12h", ttl);
    change_result_t result = {0};
    AUTO_MOVE move = {0};
    err_t err = zone_move_start(call->db, call->who, params_text(call, "name"), params_text(call, "sg_name"), ttl != NULL ? (int64_t)seconds : -1,
                                call->now, &result, &move, reterr);
    if (err == ERR_OK)
        *ret_result = pack_change_other(call, &result, pack_move(&move));
    return err;
}

err_t m_move_cancel(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    change_result_t result = {0};
    AUTO_MOVE move = {0};
    err_t err = zone_move_cancel(call->db, call->who, params_text(call, "name"), call->now, &result, &move, reterr);
    if (err == ERR_OK)
        *ret_result = pack_change_other(call, &result, pack_move(&move));
    return err;
}

err_t m_move_show(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_MOVE move = {0};
    err_t err = zone_move_show(call->db, call->who, params_text(call, "name"), &move, reterr);
    if (err == ERR_OK)
        *ret_result = pack_move(&move);
    return err;
}

err_t m_move_list(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    move_row_t *moves = NULL;
    size_t count = 0;
    err_t err = move_store_list(call->db, call->who, params_bool(call, "include_ended", false), params_text(call, "sg_name"),
                                params_int(call, "before", 0), params_int(call, "limit", 0), &moves, &count, reterr);
    if (err != ERR_OK)
        return err;
    *ret_result = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(*ret_result, pack_move(&moves[i]));
    move_store_rows_free(moves, count);
    return ERR_OK;
}
