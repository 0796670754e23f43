/* Any bytes as a JSON-RPC request, to two methods that do something without a database and to all of the product's: the answer is JSON and
 * never says that the fault is ours; every zone that is accepted can be shown and posted back. */
#include "controller/api/methods.h"
#include "controller/api/params.h"
#include "controller/api/rpc.h"
#include "controller/api/zone_json.h"
#include "controller/domain/zone_check.h"
#include "tests/fuzz/fuzz.h"
#include <stdlib.h>
#include <string.h>

static err_t take_zone(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    AUTO(problem_list) problems = problem_list_new();
    AUTO(problem_list) none = problem_list_new();
    AUTO(zonedata) data = NULL;
    AUTO(zonedata) again = NULL;
    err_t err =
        zone_json_parse(json_object_get(call->params, "zi_data"), "example.org.", 1000, problems, &data, reterr);
    if (err == ERR_OK) { /* what could be read is judged beside what could not */
        zone_check_prove(data, NULL, problems);
        zone_check(data, &(zone_check_opts_t){.own_apex = true}, none);
        problem_list_destroy(&none);
        none = problem_list_new();
    }
    if (err == ERR_OK)
        err = problem_result(&problems, "example.org.", reterr);
    if (err != ERR_OK)
        return err;
    *ret_result = json_pack("{s:o}", "rr_groups", zone_json_groups(data, 1));
    assert(zone_json_parse(*ret_result, "example.org.", 1000, none, &again, NULL) == ERR_OK);
    assert(none->errors == 0 || data->update_type != NULL || again->records == data->records);
    return ERR_OK;
}

static err_t echo(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    (void)reterr;
    *ret_result = json_incref(call->params);
    return ERR_OK;
}

static const method_t TABLE[] = {
    {"zone",
     METHOD_ROLES,
     METHOD_GIVES_TRUE,
     false,
     take_zone,
     "",
     "",
     "",
     "{}",
     {{"zi_data", METHOD_ZI_DATA, true, NULL, METHOD_ROLES, 0, 0, ""}, {0}}},
    {"echo",
     METHOD_ROLES,
     METHOD_READS,
     false,
     echo,
     "",
     "",
     "",
     "{}",
     {{"text", METHOD_TEXT, false, NULL, METHOD_ROLES, 0, 0, ""},
      {"names", METHOD_NAMES, false, NULL, METHOD_ROLES, 0, 0, ""},
      {"n", METHOD_INT, false, "1", METHOD_ROLES, 0, 9, ""},
      {0}}},
};

static void check(const json_t *answer)
{
    int code = (int)json_integer_value(json_object_get(json_object_get(answer, "error"), "code"));
    assert(json_is_object(answer) && code != err_row(ERR_INTERNAL)->rpc_code);
}

static void run(const method_t *methods, size_t count, const char *body, size_t size)
{
    const rpc_opts_t opts = {.methods = methods, .method_count = count, .limits = {.max_batch = 100}};
    const caller_t who = {.role = ROLE_ADMIN, .login = "fuzz"};
    AUTO(rpc_job) job = rpc_job_new(&opts, &who);
    rpc_job_run(job, body, size);
    size_t len = 0, i;
    AUTO_FREE char *answer = rpc_job_answer(job, &len);
    if (answer == NULL)
        return;
    json_auto_t *json = json_loadb(answer, len, 0, NULL);
    json_t *one;
    if (!json_is_array(json))
        check(json);
    json_array_foreach(json, i, one) check(one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run(TABLE, ARRAY_SIZE(TABLE), (const char *)data, size);
    run(methods_table, methods_count, (const char *)data, size);
    return 0;
}
