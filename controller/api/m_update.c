#include "controller/api/m_update.h"
#include "controller/api/condition.h"
#include "controller/api/m_kept_text.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/api/zone_json.h"
#include "controller/usecase/zone_update.h"
#include "shared/zonetext.h"
#include <string.h>

#define AUTO_CHANGE AUTO_CLEANUP(change_result_done) change_result_t

/* *ret_data is set with the update type also when there are problems; those of the records stay in *problems. */
static err_t contents(const method_call_t *call, problem_list_t **problems, zonedata_t **ret_data, err_info_t *reterr)
{
    char name[DNAME_TEXT], cidr[64];
    const char *text = params_text(call, "update_text");
    json_t *data = json_object_get(call->params, "update_data");
    err_t err = dname_from_network(params_text(call, "name"), name, cidr, reterr);
    if (err == ERR_OK && (text == NULL) == (data == NULL))
        return params_wrong(reterr, "update_data", "update_data or update_text", text == NULL ? "neither" : "both");
    if (err != ERR_OK)
        return err;
    if (text == NULL) {
        err = zone_json_parse_update(data, name, call->limits->max_records, *problems, ret_data, reterr);
    } else {
        const zonetext_opts_t opts = {.update_mode = true, .max_records = call->limits->max_records};
        zonetext_parse(text, strlen(text), name, &opts, *problems, ret_data);
    }
    return err;
}

err_t m_update_rrs(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) data = NULL;
    AUTO_ERR wrong = ERR_INFO_INIT;
    err_t err = contents(call, &problems, &data, &wrong);
    if (data == NULL && params_given(call, "update_text") && !params_given(call, "update_type")) {
        *reterr = wrong; /* the text that should say the type was not read */
        wrong = ERR_INFO_INIT;
        return err;
    }
    const char *login = params_text(call, "login_id"), *type = params_text(call, "update_type");
    edit_condition_t condition = condition_of(call);
    AUTO_FREE char *kept = m_kept_text_contents(call->params);
    const zone_update_t update = {.name = params_text(call, "name"),
                                  .login_id = login != NULL ? login : call->who->login,
                                  .update_type = type != NULL || data == NULL ? type : data->update_type,
                                  .ops = err == ERR_OK ? data : NULL,
                                  .contents_error = &wrong,
                                  .found = problems,
                                  .strict = params_bool(call, "strict", false),
                                  .condition = &condition,
                                  .text = kept};
    AUTO_CHANGE result = {0};
    err = zone_update_rrs(call->db, call->who, &update, call->now, &result, reterr);
    const char *text = params_text(call, "update_text");
    problem_list_t *told = err == ERR_OK ? result.warnings : reterr->problems;
    if (text != NULL && told != NULL)
        zonetext_mark(text, strlen(text), told);
    return pack_done(call, err, &result, ret_result);
}
