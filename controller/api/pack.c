#include "controller/api/pack.h"
#include "controller/api/rpc_error.h"
#include <string.h>

void pack_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, rpc_error_text(text));
}

void pack_id(json_t *object, const char *key, int64_t id)
{
    json_object_set_new(object, key, id != 0 ? json_integer(id) : json_null());
}

void pack_int(json_t *object, const char *key, int64_t number)
{
    json_object_set_new(object, key, json_integer(number));
}

void pack_bool(json_t *object, const char *key, bool value) { json_object_set_new(object, key, json_boolean(value)); }

void pack_time(json_t *object, const char *key, wall_t time)
{
    char text[WALL_TEXT];
    if (time.us != 0)
        wall_text(time, text);
    json_object_set_new(object, key, time.us != 0 ? json_string(text) : json_null());
}

json_t *pack_names(char *const *names, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, rpc_error_text(names[i]));
    return array;
}

json_t *pack_zone_brief(const zone_row_t *row)
{
    json_t *zone = json_object();
    pack_id(zone, "zone_id", row->id);
    pack_id(zone, "zi_id", row->zi_id);
    pack_text(zone, "name", row->name);
    pack_text(zone, "state", rows_zone_states[row->state]);
    pack_id(zone, "soa_serial", row->soa_serial);
    pack_time(zone, "ctime", row->ctime);
    pack_time(zone, "mtime", row->mtime);
    pack_time(zone, "deleted_start", row->deleted_start);
    pack_text(zone, "reference", row->reference);
    return zone;
}

json_t *pack_zone_full(const zone_row_t *row)
{
    json_t *zone = pack_zone_brief(row);
    pack_id(zone, "zi_candidate_id", row->zi_candidate_id);
    pack_text(zone, "zone_type", "DynDNSZoneSM");
    pack_text(zone, "lock_state", row->locked ? "EDIT_LOCK" : "EDIT_UNLOCK");
    pack_text(zone, "locked_by", row->locked_by);
    pack_time(zone, "locked_at", row->locked_at);
    pack_bool(zone, "use_apex_ns", row->use_apex_ns);
    pack_bool(zone, "edit_lock", row->edit_lock);
    pack_bool(zone, "auto_dnssec", row->auto_dnssec);
    pack_bool(zone, "nsec3", row->nsec3);
    pack_id(zone, "edit_lock_token", row->edit_lock_token);
    pack_bool(zone, "inc_updates", row->inc_updates);
    pack_text(zone, "sg_name", row->sg_name);
    pack_text(zone, "alt_sg_name", row->alt_sg_name);
    return zone;
}

json_t *pack_zi_brief(const zi_row_t *row)
{
    json_t *zi = json_object();
    pack_id(zi, "zi_id", row->id);
    pack_id(zi, "zone_id", row->zone_id);
    pack_time(zi, "ctime", row->ctime);
    pack_time(zi, "mtime", row->mtime);
    pack_time(zi, "ptime", row->ptime);
    pack_id(zi, "soa_serial", row->soa_serial);
    pack_text(zi, "change_by", row->change_by);
    return zi;
}

json_t *pack_zi(const zi_row_t *row)
{
    json_t *zi = pack_zi_brief(row);
    pack_text(zi, "soa_mname", row->soa_mname);
    pack_text(zi, "soa_rname", row->soa_rname);
    pack_text(zi, "soa_refresh", row->soa_refresh);
    pack_text(zi, "soa_retry", row->soa_retry);
    pack_text(zi, "soa_expire", row->soa_expire);
    pack_text(zi, "soa_minimum", row->soa_minimum);
    pack_text(zi, "soa_ttl", row->soa_ttl);
    pack_text(zi, "zone_ttl", row->zone_ttl);
    if (row->soa_comment != NULL)
        pack_text(zi, "soa_comment", row->soa_comment);
    return zi;
}

json_t *pack_server_brief(const server_row_t *row)
{
    json_t *server = json_object();
    pack_id(server, "server_id", row->id);
    pack_text(server, "server_name", row->name);
    pack_text(server, "address", row->address);
    pack_text(server, "state", rows_server_states[row->state]);
    pack_time(server, "state_since", row->state_since);
    pack_time(server, "ctime", row->ctime);
    pack_time(server, "mtime", row->mtime);
    pack_bool(server, "is_master", strcmp(row->role, "master") == 0);
    pack_time(server, "last_reply", row->last_reply);
    pack_text(server, "retry_msg", row->retry_msg);
    pack_text(server, "ssh_address", row->ssh_address);
    pack_text(server, "role", row->role);
    pack_text(server, "sg_name", row->sg_name);
    pack_int(server, "port", row->port);
    pack_bool(server, "connected", row->connected_at.us != 0);
    pack_bool(server, "name_server_up", row->name_server_up);
    return server;
}

json_t *pack_server_full(const server_row_t *row)
{
    json_t *server = pack_server_brief(row);
    pack_text(server, "server_type", row->server_type);
    pack_id(server, "sg_id", row->sg_id);
    pack_text(server, "agent_key", row->agent_key);
    pack_int(server, "config_goal", row->config_goal);
    pack_int(server, "config_applied", row->config_applied);
    pack_time(server, "config_next_send", row->config_next_send);
    pack_time(server, "connected_at", row->connected_at);
    pack_time(server, "lost_at", row->lost_at);
    pack_text(server, "software", row->software);
    return server;
}

json_t *pack_group(const group_row_t *row)
{
    json_t *group = json_object();
    pack_id(group, "sg_id", row->id);
    pack_text(group, "sg_name", row->name);
    pack_text(group, "config_dir", row->config_dir);
    pack_text(group, "master_address", row->master_address);
    pack_text(group, "master_alt_address", row->master_alt_address);
    pack_bool(group, "replica_sg", row->replica);
    pack_int(group, "zone_count", row->zone_count);
    pack_int(group, "server_count", row->server_count);
    json_object_set_new(group, "apex_ns", pack_names(row->apex_ns, row->apex_ns_count));
    return group;
}

/* JSON text of the database as it is; a text that is no JSON (there should be none) as a string. */
static json_t *parse(const char *text)
{
    json_t *json = text != NULL ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    return json != NULL ? json : rpc_error_text(text);
}

json_t *pack_event(const event_row_t *row)
{
    static const char *const STATES[] = {
        [EVENT_NEW] = "NEW", [EVENT_RETRY] = "RETRY", [EVENT_SUCCESS] = "SUCCESS", [EVENT_FAILURE] = "FAILURE"};
    static const int CODES[] = {[EVENT_NEW] = 0, [EVENT_RETRY] = 450, [EVENT_SUCCESS] = 200, [EVENT_FAILURE] = 550}; /* the predecessor's */
    json_t *event = json_object();
    pack_id(event, "event_id", row->id);
    pack_text(event, "event_type", row->type);
    pack_text(event, "state", STATES[row->state]);
    pack_id(event, "result_code", CODES[row->state]);
    pack_id(event, "zone_id", row->kind == MACHINE_ZONE ? row->machine_id : 0);
    pack_id(event, "server_id", row->kind == MACHINE_SERVER ? row->machine_id : 0);
    pack_id(event, "master_id", row->kind == MACHINE_MASTER ? row->machine_id : 0);
    pack_text(event, "name", row->name);
    json_object_set_new(event, "parameters", parse(row->parameters));
    json_object_set_new(event, "results", parse(row->results));
    pack_int(event, "attempts", row->attempts);
    pack_time(event, "created", row->created);
    pack_time(event, "scheduled", row->due);
    pack_time(event, "processed", row->done);
    pack_id(event, "change_id", row->change_id);
    return event;
}

json_t *pack_change(const method_call_t *call, const change_result_t *result)
{
    return pack_change_other(call, result, call->method->kind == METHOD_GIVES_NULL ? json_null() : json_true());
}

err_t pack_done(const method_call_t *call, err_t err, const change_result_t *result, json_t **ret_result)
{
    if (err == ERR_OK)
        *ret_result = pack_change(call, result);
    return err;
}

json_t *pack_change_other(const method_call_t *call, const change_result_t *result, json_t *old)
{
    if (!call->receipt && call->method->kind != METHOD_GIVES_RECEIPT)
        return old;
    json_t *object = json_object();
    json_object_set_new(object, "result", old);
    pack_id(object, "change_id", result->change_id);
    pack_bool(object, "publishes", result->publishes);
    json_object_set_new(object, "warnings", rpc_error_problems(result->warnings));
    if (result->warnings != NULL && result->warnings->warnings > 0) /* of those beyond the list only the number is kept */
        pack_int(object, "warning_count", (int64_t)result->warnings->warnings);
    if (result->zone_id != 0)
        pack_id(object, "zone_id", result->zone_id);
    if (result->zi_id != 0)
        pack_id(object, "zi_id", result->zi_id);
    if (result->unchanged)
        pack_bool(object, "unchanged", true);
    if (result->deferred)
        pack_bool(object, "deferred", true);
    if (result->edit_lock_token != 0)
        pack_id(object, "edit_lock_token", result->edit_lock_token);
    return object;
}
