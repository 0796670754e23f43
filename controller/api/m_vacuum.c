#include "controller/api/m_vacuum.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/usecase/vacuum.h"

static err_t run(method_call_t *call, vacuum_what_t what, json_t **ret_result, err_info_t *reterr)
{
    vacuum_counts_t counts = {0};
    change_result_t result = {0};
    err_t err = vacuum_run(call->db, call->who, what, params_int(call, "age", -1), params_int(call, "zi_max_num", -1), call->now, &counts,
                           &result, reterr);
    if (err != ERR_OK)
        return err;
    const struct { const char *key; int64_t count; } all[] = {
        {"events", counts.events},     {"zones", counts.zones},             {"zis", counts.zis},       {"pared", counts.pared},
        {"requests", counts.requests}, {"change_sets", counts.change_sets}, {"tokens", counts.tokens}, {"kept_texts", counts.kept_texts},
        {"syslog", counts.log}};
    json_t *json = json_object();
    int64_t sum = 0; /* but for vacuum_all one of them is not 0 */
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        pack_int(json, all[i].key, all[i].count);
        sum += all[i].count;
    }
    if (what != VACUUM_ALL) {
        json_decref(json);
        json = json_integer(sum);
    }
    *ret_result = pack_change_other(call, &result, json);
    return ERR_OK;
}

err_t m_vacuum_events(method_call_t *call, json_t **ret_result, err_info_t *reterr) { return run(call, VACUUM_EVENTS, ret_result, reterr); }
err_t m_vacuum_zones(method_call_t *call, json_t **ret_result, err_info_t *reterr) { return run(call, VACUUM_ZONES, ret_result, reterr); }
err_t m_vacuum_zis(method_call_t *call, json_t **ret_result, err_info_t *reterr) { return run(call, VACUUM_ZIS, ret_result, reterr); }
err_t m_vacuum_pare(method_call_t *call, json_t **ret_result, err_info_t *reterr) { return run(call, VACUUM_PARE, ret_result, reterr); }
err_t m_vacuum_log(method_call_t *call, json_t **ret_result, err_info_t *reterr) { return run(call, VACUUM_LOG, ret_result, reterr); }
err_t m_vacuum_all(method_call_t *call, json_t **ret_result, err_info_t *reterr) { return run(call, VACUUM_ALL, ret_result, reterr); }
err_t m_vacuum_requests(method_call_t *call, json_t **ret_result, err_info_t *reterr) { return run(call, VACUUM_REQUESTS, ret_result, reterr); }
err_t m_vacuum_change_sets(method_call_t *call, json_t **ret_result, err_info_t *reterr) { return run(call, VACUUM_SETS, ret_result, reterr); }
err_t m_vacuum_texts(method_call_t *call, json_t **ret_result, err_info_t *reterr) { return run(call, VACUUM_TEXTS, ret_result, reterr); }
err_t m_vacuum_tokens(method_call_t *call, json_t **ret_result, err_info_t *reterr) { return run(call, VACUUM_TOKENS, ret_result, reterr); }
