#include "controller/api/methods.h"
#include "controller/api/m_access.h"
#include "controller/api/m_change.h"
#include "controller/api/m_change_set.h"
#include "controller/api/m_config.h"
#include "controller/api/m_front_end.h"
#include "controller/api/m_history.h"
#include "controller/api/m_kept_text.h"
#include "controller/api/m_life.h"
#include "controller/api/m_load.h"
#include "controller/api/m_log.h"
#include "controller/api/m_move.h"
#include "controller/api/m_ptr.h"
#include "controller/api/m_search.h"
#include "controller/api/m_server.h"
#include "controller/api/m_setup.h"
#include "controller/api/m_token.h"
#include "controller/api/m_update.h"
#include "controller/api/m_vacuum.h"
#include "controller/api/m_zone.h"
#include "controller/api/m_zone_show.h"
#include "controller/api/method_result.h"
#include "controller/api/params.h"
#include <stdlib.h>
#include <string.h>

#define PARAM(name, type, need, def, roles, min, max, sentence) {name, type, need, def, roles, min, max, sentence},
#define METHOD(name, roles, kind, needs_db, fn, result, errors, sentence, example, ...)                                \
    {#name, roles, kind, needs_db, fn, result, errors, sentence, example, {__VA_ARGS__{0}}},
const method_t methods_table[] = {
#include "controller/api/methods.def"
};
#undef METHOD
#undef PARAM
const size_t methods_count = ARRAY_SIZE(methods_table);

static const char *const ROLE_NAMES[] = {"admin", "helpdesk", "value_reseller", "hosted", "list_zone"};

static json_t *schema_of(const method_param_t *p)
{
    switch (p->type) {
    case METHOD_INT: {
        json_t *schema = json_pack("{s:s}", "type", "integer");
        if (p->min != 0 || p->max != 0) {
            json_object_set_new(schema, "minimum", json_integer(p->min));
            json_object_set_new(schema, "maximum", json_integer(p->max));
        }
        return schema;
    }
    case METHOD_BOOL: return json_pack("{s:s}", "type", "boolean");
    case METHOD_NAMES:
        return json_pack("{s:s, s:{s:s}, s:I}", "type", "array", "items", "type", "string", "maxItems",
                         (json_int_t)(p->max > 0 ? p->max : 1000));
    case METHOD_LABELS:
        return json_pack("{s:s, s:{s:[s,s]}, s:I}", "type", "array", "items", "type", "string", "object", "maxItems",
                         (json_int_t)(p->max > 0 ? p->max : 1000));
    case METHOD_WORDS: return json_pack("{s:[s,s]}", "type", "string", "array");
    case METHOD_OBJECTS:
        return json_pack("{s:s, s:{s:s}, s:I}", "type", "array", "items", "type", "object", "maxItems", (json_int_t)(p->max > 0 ? p->max : 1000));
    case METHOD_ZI_ID: return json_pack("{s:[s,s]}", "type", "integer", "string");
    case METHOD_ZI_DATA: return json_pack("{s:s}", "type", "object");
    case METHOD_TEXT:
    case METHOD_ZONE: break;
    }
    return json_pack("{s:s}", "type", "string");
}

static json_t *describe_param(const method_param_t *p)
{
    json_t *schema = schema_of(p);
    if (p->def != NULL)
        json_object_set_new(schema, "default", json_loads(p->def, JSON_DECODE_ANY, NULL));
    return json_pack("{s:s, s:s, s:b, s:o}", "name", p->name, "description", p->sentence, "required", (int)p->required,
                     "schema", schema);
}

static err_t error_by_name(const char *name, size_t len)
{
    for (err_t e = ERR_OK; e < ERR_COUNT; e++) {
        if (strlen(err_name(e)) == len && strncmp(err_name(e), name, len) == 0)
            return e;
    }
    return ERR_OK;
}

static json_t *describe_errors(const char *names)
{
    json_t *errors = json_array();
    for (const char *p = names; *p != '\0'; p += strspn(p, " ")) {
        size_t len = strcspn(p, " ");
        const err_row_t *row = err_row(error_by_name(p, len));
        json_array_append_new(errors, json_pack("{s:i, s:s}", "code", row->rpc_code, "message", row->text));
        p += len;
    }
    return errors;
}

static json_t *describe(const method_t *m, caller_role_t role)
{
    json_t *params = json_array();
    json_t *example_params = json_array();
    json_auto_t *example = json_loads(m->example, 0, NULL);
    for (size_t i = 0; i < METHOD_PARAMS_MAX && m->params[i].name != NULL; i++) {
        const method_param_t *p = &m->params[i];
        if ((p->roles & METHOD_ROLE(role)) == 0)
            continue;
        json_array_append_new(params, describe_param(p));
        json_t *value = json_object_get(example, p->name);
        if (value != NULL)
            json_array_append_new(example_params, json_pack("{s:s, s:O}", "name", p->name, "value", value));
    }
    const method_param_t *common;
    for (size_t i = 0; method_changes(m) && (common = params_common(i)) != NULL; i++)
        json_array_append_new(params, describe_param(common));
    json_t *pairing = json_pack("{s:s, s:o}", "name", m->name, "params", example_params);
    json_t *result = method_result_example(m);
    if (result != NULL)
        json_object_set_new(pairing, "result", json_pack("{s:s, s:o}", "name", "result", "value", result));
    return json_pack("{s:s, s:s, s:s, s:o, s:{s:s, s:s, s:o}, s:o, s:[o]}", "name", m->name, "summary", m->sentence,
                     "paramStructure", "either", "params", params, "result", "name", "result", "description", m->result,
                     "schema", method_result_schema(m), "errors", describe_errors(m->errors), "examples", pairing);
}

err_t methods_discover(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    (void)reterr;
    json_t *list = json_array();
    for (size_t i = 0; i < call->method_count; i++) {
        if (method_for(&call->methods[i], call->who))
            json_array_append_new(list, describe(&call->methods[i], call->who->role));
    }
    *ret_result =
        json_pack("{s:s, s:{s:s, s:s, s:s}, s:o}", "openrpc", "1.2.6", "info", "title", "DMS", "version", DMS_VERSION,
                  "description", "Zones, versions, server groups and servers of a DNS provider", "methods", list);
    return ERR_OK;
}

static void markdown_roles(unsigned roles, FILE *out)
{
    const char *comma = "";
    for (size_t i = 0; i < ARRAY_SIZE(ROLE_NAMES); i++) {
        if ((roles & (1u << i)) != 0) {
            fprintf(out, "%s%s", comma, ROLE_NAMES[i]);
            comma = ", ";
        }
    }
}

static void markdown_params(const method_t *m, FILE *out)
{
    if (m->params[0].name == NULL)
        return;
    fputs("| parameter | type | default | meaning |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < METHOD_PARAMS_MAX && m->params[i].name != NULL; i++) {
        const method_param_t *p = &m->params[i];
        fprintf(out, "| %s | %s | %s | %s", p->name, params_type_name(p->type),
                p->required      ? "required"
                : p->def != NULL ? p->def
                                 : "-",
                p->sentence);
        if ((p->roles & m->roles) != (m->roles & METHOD_ROLES)) {
            fputs(" (only ", out);
            markdown_roles(p->roles & m->roles, out);
            fputc(')', out);
        }
        fputs(" |\n", out);
    }
    fputc('\n', out);
}

static void markdown_errors(const method_t *m, FILE *out)
{
    if (m->errors[0] == '\0')
        return;
    fputs("Errors: ", out);
    const char *comma = "";
    for (const char *p = m->errors; *p != '\0'; p += strspn(p, " ")) {
        size_t len = strcspn(p, " ");
        fprintf(out, "%s%d %.*s", comma, err_row(error_by_name(p, len))->rpc_code, (int)len, p);
        comma = ", ";
        p += len;
    }
    fputs("\n\n", out);
}

void methods_markdown(FILE *out)
{
    fputs("# JSON-RPC methods\n\nMade from controller/api/methods.def by `dms-controller --methods`; do not edit.\n"
          "Every changing method also takes `receipt` (boolean, default false) and `idempotency_key` (string of up to 128 "
          "bytes, see change_sets.md).  A method that a role may not use does not exist for it.\n",
          out);
    for (size_t i = 0; i < methods_count; i++) {
        const method_t *m = &methods_table[i];
        fprintf(out, "\n## %s\n\n%s", m->name, m->sentence);
        fprintf(out, "  %s; roles: ", method_changes(m) ? "Changes" : "Reads");
        markdown_roles(m->roles, out);
        fputs((m->roles & METHOD_SOCKET) != 0 ? ", at the socket only" : "", out);
        fputs((m->roles & METHOD_UNTAGGED) != 0 ? "; not for front ends with a sectag of their own, nor tokens limited to zones" : "", out);
        fputs((m->roles & METHOD_PERSON) != 0 ? "; not with a token" : "", out);
        fputs((m->roles & METHOD_RECORDS) != 0 ? "; also for tokens limited to records" : "", out);
        fputs(".\n\n", out);
        markdown_params(m, out);
        fprintf(out, "Result: %s\n\n", m->result);
        markdown_errors(m, out);
        fprintf(out, "Example: `%s %s`\n", m->name, m->example);
    }
}
