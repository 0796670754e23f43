#include "zone_tool/rights.h"
#include <string.h>

struct rights {
    rpc_client_t *rpc;
    bool asked;
    json_t *methods; /* object: names; NULL: could not be asked */
};

/* Verbs that are called neither as the method they need nor, with ls_ for list_, like it. */
static const struct { const char *verb, *method; } s_others[] = {
    {"show_zone", "show_zone_text"},    {"diff_zone_zi", "diff_zi"},        {"history", "name_history"},          {"load_zone_zi", "load_zi"},
    {"reset_zonesm", "reset_zone"},     {"ls_deleted", "list_zone"},          {"delete_zone_alt_sg", "set_zone_alt_sg"},
    {"show_apex_ns", "show_sg"},        {"edit_apex_ns", "set_sg_apex_ns"},   {"set_apex_ns", "set_sg_apex_ns"},
    {"ls_pending_events", "list_events"}, {"ls_failed_events", "list_events"}, {"show_zonesm_byid", "show_zone_byid"},
    {"loadkeys_zone", "load_keys"},     {"reset_all_zones", "reset_zone"},    {"plan", "plan_change_set"},
    {"apply", "apply_change_set"},      {"show_replica_sg", "show_sg"},     {"show_topology", "show_dms_status"},       {"ls_slave", "list_server"},
};

rights_t *rights_new(rpc_client_t *rpc)
{
    rights_t *self = auto_calloc(1, sizeof *self);
    self->rpc = rpc;
    return self;
}

void rights_destroy(rights_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    json_decref((*self)->methods);
    free(*self);
    *self = NULL;
}

static bool by_list(const char *verb, rights_known_fn_t known, void *arg)
{
    if (strncmp(verb, "ls_", 3) != 0)
        return false;
    AUTO_FREE char *one = auto_printf("list_%s", verb + 3);
    AUTO_FREE char *many = auto_printf("list_%ss", verb + 3);
    return known(arg, one) || known(arg, many);
}

bool rights_method(const command_t *command, rights_known_fn_t known, void *arg)
{
    const char *verb, *alias;
    for (size_t i = 0; i < ARRAY_SIZE(s_others); i++) {
        if (strcmp(s_others[i].verb, command->verb) == 0)
            return known(arg, s_others[i].method);
    }
    bool found = known(arg, command->verb) || by_list(command->verb, known, arg);
    for (size_t i = 0; !found && (alias = command_alias(i, &verb)) != NULL; i++)
        found = strcmp(verb, command->verb) == 0 && known(arg, alias);
    return found;
}

static void ask(rights_t *self)
{
    json_auto_t *described = NULL;
    self->asked = true;
    if (rpc_client_call(self->rpc, "rpc.discover", json_object(), RPC_CLIENT_TIMEOUT_MS, &described, NULL) != ERR_OK)
        return;
    self->methods = json_object();
    size_t i;
    const json_t *method;
    json_array_foreach(json_object_get(described, "methods"), i, method) {
        const char *name = json_string_value(json_object_get(method, "name"));
        if (name != NULL)
            json_object_set_new(self->methods, name, json_true());
    }
}

static bool is_there(void *arg, const char *method)
{
    const rights_t *self = arg;
    return json_object_get(self->methods, method) != NULL;
}

bool rights_has(rights_t *self, const command_t *command)
{
    if (self == NULL || (command->flags & COMMAND_LOCAL) != 0)
        return true;
    if (!self->asked)
        ask(self);
    return self->methods == NULL || rights_method(command, is_there, self);
}
