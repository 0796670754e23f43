/* Names and destructors of the row structs. */
#include "controller/store/rows.h"
#include <stdlib.h>

#define X(s) #s,
const char *const rows_zone_states[ZONE_STATE_COUNT] = {ZONE_STATES(X)};
const char *const rows_server_states[SERVER_STATE_COUNT] = {SERVER_STATES(X)};
const char *const rows_master_states[MASTER_STATE_COUNT] = {MASTER_STATES(X)};
#undef X

void rows_texts_free(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

void zi_row_done(zi_row_t *row)
{
    free(row->soa_mname);
    free(row->soa_rname);
    free(row->soa_refresh);
    free(row->soa_retry);
    free(row->soa_expire);
    free(row->soa_minimum);
    free(row->soa_ttl);
    free(row->soa_comment);
    free(row->soa_reference);
    free(row->zone_ttl);
    rows_texts_free(row->apex_ns, row->apex_ns_count);
    free(row->change_by);
    *row = (zi_row_t){0};
}

void zone_row_done(zone_row_t *row)
{
    free(row->name);
    free(row->sg_name);
    free(row->alt_sg_name);
    free(row->reference);
    free(row->locked_by);
    *row = (zone_row_t){0};
}

void event_row_done(event_row_t *row)
{
    free(row->type);
    free(row->parameters);
    free(row->results);
    free(row->name);
    *row = (event_row_t){0};
}

void server_row_done(server_row_t *row)
{
    free(row->name);
    free(row->sg_name);
    free(row->role);
    free(row->server_type);
    free(row->address);
    free(row->ssh_address);
    free(row->agent_key);
    free(row->retry_msg);
    free(row->software);
    *row = (server_row_t){0};
}

void group_row_done(group_row_t *row)
{
    free(row->name);
    free(row->config_dir);
    free(row->master_address);
    free(row->master_alt_address);
    rows_texts_free(row->apex_ns, row->apex_ns_count);
    *row = (group_row_t){0};
}

err_t caller_may_not(const caller_t *who, const char *what, err_info_t *reterr)
{
    if (who->sectag_id < 0)
        err_set(reterr, ERR_SEC_TAG_PERMISSION_DENIED, "a token that is limited to zones may not %s", what);
    else
        err_set(reterr, ERR_SEC_TAG_PERMISSION_DENIED, "security tag \"%s\" may not %s", who->sectag, what);
    err_key(reterr, "sectag_label", who->sectag);
    return ERR_SEC_TAG_PERMISSION_DENIED;
}
