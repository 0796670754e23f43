#include "controller/api/m_change.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/store/change_store.h"
#include <string.h>

#define AUTO_RECEIPT AUTO_CLEANUP(receipt_done) receipt_t

/* Live on every server of the zone; disabled servers do not count. */
static bool complete(const receipt_t *r)
{
    if (!r->publishes || r->live_at.us != 0 || r->failure != NULL)
        return true;
    bool done = r->master_at.us != 0 && !r->deferred;
    for (size_t i = 0; i < r->server_count; i++)
        done = done && (r->servers[i].live || strcmp(r->servers[i].state, "DISABLED") == 0);
    return done;
}

static json_t *pack_server(const receipt_server_t *s)
{
    json_t *server = json_object();
    pack_text(server, "server", s->server);
    pack_text(server, "role", s->role);
    pack_text(server, "state", s->state);
    pack_bool(server, "live", s->live);
    pack_time(server, "live_at", s->live_at);
    pack_id(server, "soa_serial", s->serial);
    pack_bool(server, "connected", s->connected);
    pack_time(server, "behind_since", s->behind_since);
    pack_id(server, "reason", s->reason);
    pack_text(server, "evidence", s->evidence);
    return server;
}

static json_t *pack_receipt(const receipt_t *r)
{
    const change_row_t *c = &r->change;
    json_t *json = json_object();
    pack_id(json, "change_id", c->id);
    pack_time(json, "at", c->at);
    pack_text(json, "login", c->login);
    pack_text(json, "role", c->role);
    pack_text(json, "front_end", c->front_end);
    pack_text(json, "method", c->method);
    pack_text(json, "object_name", c->object_name);
    pack_bool(json, "publishes", r->publishes);
    pack_bool(json, "ok", c->ok);
    pack_text(json, "message", c->message);
    pack_text(json, "zone", r->zone_name);
    pack_id(json, "zi_id", r->zi_id);
    pack_id(json, "soa_serial", r->serial);
    pack_text(json, "goal", !r->publishes ? NULL : r->absent ? "absent" : "serve");
    pack_time(json, "committed_at", r->committed_at);
    pack_time(json, "master_at", r->master_at);
    pack_time(json, "live_at", r->live_at);
    pack_bool(json, "deferred", r->deferred && r->failure == NULL);
    pack_text(json, "failure", r->failure);
    if (r->kept_text_id != 0)
        pack_id(json, "kept_text_id", r->kept_text_id);
    pack_bool(json, "complete", complete(r));
    json_t *servers = json_array();
    for (size_t i = 0; i < r->server_count; i++)
        json_array_append_new(servers, pack_server(&r->servers[i]));
    json_object_set_new(json, "servers", servers);
    return json;
}

err_t m_change_show(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO_RECEIPT receipt = {0};
    err_t err = change_store_receipt(call->db, call->who, params_int(call, "change_id", 0), &receipt, reterr);
    if (err == ERR_OK)
        *ret_result = pack_receipt(&receipt);
    return err;
}

err_t m_change_poll(db_t *db, const caller_t *who, int64_t change_id, json_t **ret_result, bool *ret_complete,
                    err_info_t *reterr)
{
    AUTO_RECEIPT receipt = {0};
    err_t err = change_store_receipt(db, who, change_id, &receipt, reterr);
    if (err != ERR_OK)
        return err;
    *ret_complete = complete(&receipt);
    *ret_result = pack_receipt(&receipt);
    pack_bool(*ret_result, "timed_out", !*ret_complete);
    return ERR_OK;
}

err_t m_change_wait(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    bool done = false;
    int64_t change_id = params_int(call, "change_id", 0);
    int64_t timeout_ms = params_int(call, "timeout_ms", 0);
    err_t err = m_change_poll(call->db, call->who, change_id, ret_result, &done, reterr);
    if (err == ERR_OK && !done && timeout_ms > 0)
        call->wait = (method_wait_t){.change_id = change_id, .timeout_ms = timeout_ms};
    return err;
}
