/* JSON-RPC 2.0: the specification's examples, batches, notifications, nesting, duplicates, numbers, bytes; parameters;
 * errors. */
#include "controller/api/params.h"
#include "controller/api/rpc.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

#define ALL METHOD_ROLES
static int s_updates, s_refusals;

/* The methods of the specification's examples. */
static err_t subtract(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    (void)reterr;
    *ret_result = json_integer(params_int(call, "minuend", 0) - params_int(call, "subtrahend", 0));
    return ERR_OK;
}

static err_t update(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    (void)call;
    (void)reterr;
    s_updates++;
    *ret_result = json_true();
    return ERR_OK;
}

static err_t get_data(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    (void)call;
    (void)reterr;
    *ret_result = json_pack("[s, i]", "hello", 5);
    return ERR_OK;
}

static err_t not_there(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    (void)call;
    (void)ret_result;
    err_set(reterr, ERR_ZONE_NOT_FOUND, "zone \"x.\" not found");
    err_hint(reterr, "look again");
    err_key(reterr, "name", "x.");
    return ERR_ZONE_NOT_FOUND;
}

static err_t wait_for(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    (void)reterr;
    call->wait = (method_wait_t){.change_id = 7, .timeout_ms = 1000};
    *ret_result = json_pack("{s:b}", "timed_out", 1);
    return ERR_OK;
}

static err_t echo(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    (void)reterr;
    *ret_result = json_incref(call->params);
    return ERR_OK;
}

static const method_t TABLE[] = {
    {"subtract",
     ALL,
     METHOD_READS,
     false,
     subtract,
     "",
     "",
     "",
     "{}",
     {{"minuend", METHOD_INT, true, NULL, ALL, 0, 0, ""}, {"subtrahend", METHOD_INT, true, NULL, ALL, 0, 0, ""}, {0}}},
    {"update",
     ALL,
     METHOD_READS,
     false,
     update,
     "",
     "",
     "",
     "{}",
     {{"n", METHOD_INT, false, NULL, ALL, 0, 0, ""}, {0}}},
    {"get_data", ALL, METHOD_READS, false, get_data, "", "", "", "{}", {{0}}},
    {"fail",
     ALL,
     METHOD_GIVES_TRUE,
     false,
     not_there,
     "",
     "",
     "",
     "{}",
     {{"name", METHOD_TEXT, false, NULL, ALL, 0, 0, ""}, {0}}},
    {"wait", ALL, METHOD_READS, false, wait_for, "", "", "", "{}", {{0}}},
    {"needs_db", ALL, METHOD_READS, true, get_data, "", "", "", "{}", {{0}}},
    {"admin_only", METHOD_ROLE(ROLE_ADMIN), METHOD_READS, false, get_data, "", "", "", "{}", {{0}}},
    {"echo",
     ALL,
     METHOD_GIVES_TRUE,
     false,
     echo,
     "",
     "",
     "",
     "{}",
     {{"text", METHOD_TEXT, false, NULL, ALL, 0, 5, ""},
      {"flag", METHOD_BOOL, false, "true", ALL, 0, 0, ""},
      {"number", METHOD_INT, false, NULL, ALL, 1, 10, ""},
      {"names", METHOD_NAMES, false, NULL, ALL, 0, 2, ""},
      {"secret", METHOD_TEXT, false, NULL, METHOD_ROLE(ROLE_ADMIN), 0, 0, ""},
      {0}}},
};

static err_t count_refusal(db_t *db, const caller_t *who, const char *method, const char *object, const char *object_name,
                           const err_info_t *why, wall_t now)
{
    (void)db;
    (void)now;
    ck_assert_str_eq(who->login, "ann");
    ck_assert_str_eq(method, "fail");
    ck_assert_str_eq(object, "zone");
    ck_assert_str_eq(object_name, "x.");
    ck_assert_str_eq(who->request_id, "req-1");
    ck_assert_int_eq(why->code, ERR_ZONE_NOT_FOUND);
    s_refusals++;
    return ERR_OK;
}

static char s_no_database; /* handlers here do not look at it */
static db_t *some_db(void *arg, err_info_t *reterr)
{
    (void)arg;
    (void)reterr;
    return (db_t *)(void *)&s_no_database;
}

static db_t *db_is_down(void *arg, err_info_t *reterr)
{
    (void)arg;
    err_set(reterr, ERR_DB_DOWN, "database is not available");
    return NULL;
}

static rpc_opts_t opts(void)
{
    return (rpc_opts_t){
        .methods = TABLE, .method_count = ARRAY_SIZE(TABLE), .limits = {.max_batch = 10}, .db = db_is_down};
}

static char *run_with(const rpc_opts_t *o, caller_role_t role, const char *body, size_t len)
{
    const caller_t who = {.role = role, .role_name = "r", .login = "ann", .sectag = "Admin", .front_end = "socket"};
    AUTO(rpc_job) job = rpc_job_new(o, &who);
    rpc_job_run(job, body, len);
    size_t answer_len = 0;
    char *answer = rpc_job_answer(job, &answer_len);
    ck_assert(answer == NULL || strlen(answer) == answer_len);
    return answer;
}

static char *run(const char *body)
{
    rpc_opts_t o = opts();
    return run_with(&o, ROLE_ADMIN, body, strlen(body));
}

/* Without error.data, which the specification leaves to us; order of members does not matter. */
static void same(const char *request, const char *expected)
{
    AUTO_FREE char *answer = run(request);
    if (expected == NULL) {
        ck_assert_msg(answer == NULL, "%s gave %s", request, answer);
        return;
    }
    ck_assert_msg(answer != NULL, "%s gave nothing", request);
    json_auto_t *got = json_loads(answer, 0, NULL);
    json_auto_t *want = json_loads(expected, 0, NULL);
    ck_assert_ptr_nonnull(want);
    json_t *list = json_is_array(got) ? json_incref(got) : json_pack("[O]", got);
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one)
    {
        json_t *error = json_object_get(one, "error");
        if (error != NULL) {
            ck_assert(json_is_string(json_object_get(json_object_get(error, "data"), "exception_type")));
            json_object_del(error, "data");
            json_object_del(error, "message");
        }
    }
    json_decref(list);
    AUTO_FREE char *text = json_dumps(got, JSON_COMPACT);
    ck_assert_msg(json_equal(got, want), "%s gave %s, not %s", request, text, expected);
}
#define ERROR(code, id) "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":" #code "},\"id\":" #id "}"

START_TEST(specification)
{
    same("{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [42, 23], \"id\": 1}",
         "{\"jsonrpc\": \"2.0\", \"result\": 19, \"id\": 1}");
    same("{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [23, 42], \"id\": 2}",
         "{\"jsonrpc\": \"2.0\", \"result\": -19, \"id\": 2}");
    same("{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": {\"subtrahend\": 23, \"minuend\": 42}, \"id\": "
         "3}",
         "{\"jsonrpc\": \"2.0\", \"result\": 19, \"id\": 3}");
    s_updates = 0;
    same("{\"jsonrpc\": \"2.0\", \"method\": \"update\", \"params\": [1]}", NULL);
    same("{\"jsonrpc\": \"2.0\", \"method\": \"foobar\"}", NULL);
    ck_assert_int_eq(s_updates, 1); /* a notification is executed */
    same("{\"jsonrpc\": \"2.0\", \"method\": \"foobar\", \"id\": \"1\"}", ERROR(-32601, "1"));
    same("{\"jsonrpc\": \"2.0\", \"method\": \"foobar, \"params\": \"bar\", \"baz]", ERROR(-32700, null));
    same("{\"jsonrpc\": \"2.0\", \"method\": 1, \"params\": \"bar\"}", ERROR(-32600, null));
    same("[{\"jsonrpc\": \"2.0\", \"method\": \"get_data\", \"id\": \"1\"}, {\"jsonrpc\": \"2.0\", \"method\"]",
         ERROR(-32700, null));
    same("[]", ERROR(-32600, null));
    same("[1]", "[" ERROR(-32600, null) "]");
    same("[1,2,3]", "[" ERROR(-32600, null) "," ERROR(-32600, null) "," ERROR(-32600, null) "]");
    same("[{\"jsonrpc\":\"2.0\",\"method\":\"subtract\",\"params\":[42,23],\"id\":\"2\"},{\"jsonrpc\":\"2.0\","
         "\"method\":\"update\",\"params\":[7]},"
         "{\"foo\":\"boo\"},{\"jsonrpc\":\"2.0\",\"method\":\"foo.get\",\"params\":{\"name\":\"myself\"},\"id\":\"5\"},"
         "{\"jsonrpc\":\"2.0\",\"method\":\"get_data\",\"id\":\"9\"}]",
         "[{\"jsonrpc\":\"2.0\",\"result\":19,\"id\":\"2\"}," ERROR(-32600, null) "," ERROR(
             -32601, "5") ","
                          "{\"jsonrpc\":\"2.0\",\"result\":[\"hello\",5],\"id\":\"9\"}]");
    same("[{\"jsonrpc\":\"2.0\",\"method\":\"update\",\"params\":[1]},{\"jsonrpc\":\"2.0\",\"method\":\"update\"}]",
         NULL);
    ck_assert_int_eq(s_updates, 4);
}
END_TEST

START_TEST(envelope)
{
    same("{\"jsonrpc\":\"2.0\",\"method\":\"get_data\",\"id\":null}",
         "{\"jsonrpc\":\"2.0\",\"result\":[\"hello\",5],\"id\":null}");
    same("{\"jsonrpc\":\"2.0\",\"method\":\"get_data\",\"id\":0}",
         "{\"jsonrpc\":\"2.0\",\"result\":[\"hello\",5],\"id\":0}");
    same("{\"jsonrpc\":\"2.0\",\"method\":\"get_data\",\"id\":1.5}",
         "{\"jsonrpc\":\"2.0\",\"result\":[\"hello\",5],\"id\":1.5}");
    same("{\"jsonrpc\":\"2.0\",\"method\":\"get_data\",\"id\":true}", ERROR(-32600, null));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"get_data\",\"id\":[1]}", ERROR(-32600, null));
    same("{\"jsonrpc\":\"3.0\",\"method\":\"get_data\",\"id\":1}", ERROR(-32600, 1));
    same("{\"jsonrpc\":2.0,\"method\":\"get_data\",\"id\":1}", ERROR(-32600, 1));
    same("{\"jsonrpc\":null,\"method\":\"get_data\",\"id\":1}", ERROR(-32600, 1));
    same("{\"jsonrpc\":\"1.0\",\"method\":\"get_data\",\"id\":1}", "{\"jsonrpc\":\"2.0\",\"result\":[\"hello\",5],\"id\":1}");
    same("{\"jsonrpc\":\"1.2\",\"method\":\"get_data\",\"id\":1}", "{\"jsonrpc\":\"2.0\",\"result\":[\"hello\",5],\"id\":1}");
    same("{\"method\":\"get_data\",\"id\":1}", "{\"jsonrpc\":\"2.0\",\"result\":[\"hello\",5],\"id\":1}");
    same("{\"id\":1}", ERROR(-32600, 1));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"get_data\",\"params\":null,\"id\":1}", ERROR(-32600, 1));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"get_data\",\"id\":1,\"extra\":1}", ERROR(-32600, 1));
    same("3", ERROR(-32600, null));
    same("", ERROR(-32700, null));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"get_data\",\"id\":1,\"id\":2}", ERROR(-32700, null));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"update\",\"id\":1,\"params\":{\"n\":1,\"n\":2}}", ERROR(-32700, null));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"update\",\"id\":1,\"params\":{\"n\":123456789012345678901234567890}}",
         ERROR(-32700, null));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"update\",\"id\":1,\"params\":{\"n\":1e999}}", ERROR(-32700, null));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"update\",\"id\":1,\"params\":{\"n\":9223372036854775807}}",
         "{\"jsonrpc\":\"2.0\",\"result\":true,\"id\":1}");
    same("{\"jsonrpc\":\"2.0\",\"method\":\"g\xff\",\"id\":1}", ERROR(-32700, null));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"get\xc3\xa4\",\"id\":1}", ERROR(-32601, 1));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"get_data\",\"id\":\"\xc3\xa4\"}",
         "{\"jsonrpc\":\"2.0\",\"result\":[\"hello\",5],\"id\":\"\xc3\xa4\"}");
}
END_TEST

START_TEST(nesting)
{
    char body[400];
    for (int depth = 60; depth < 70; depth++) {
        char *p = body;
        for (int i = 0; i < depth; i++)
            *p++ = '[';
        for (int i = 0; i < depth; i++)
            *p++ = ']';
        *p = '\0';
        ck_assert_int_eq(rpc_too_deep(body, strlen(body)), depth > RPC_DEPTH_MAX);
    }
    same(body, ERROR(-32700, null));
    static const char STRING[] =
        "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\"";
    ck_assert(!rpc_too_deep(STRING, strlen(STRING)));
    size_t many = 1000000;
    AUTO_FREE char *huge = auto_malloc(many);
    memset(huge, '[', many);
    rpc_opts_t o = opts();
    AUTO_FREE char *answer = run_with(&o, ROLE_ADMIN, huge, many);
    ck_assert_ptr_nonnull(strstr(answer, "-32700"));
}
END_TEST

START_TEST(batch_limit) { same("[1,2,3,4,5,6,7,8,9,10,11]", ERROR(-32600, null)); }
END_TEST

static json_t *error_of(const char *request)
{
    AUTO_FREE char *answer = run(request);
    ck_assert_ptr_nonnull(answer);
    json_auto_t *json = json_loads(answer, 0, NULL);
    json_t *error = json_object_get(json, "error");
    ck_assert_msg(error != NULL, "%s gave %s", request, answer);
    return json_incref(error);
}

static void wrong_param(const char *params, const char *name, const char *expected, const char *given)
{
    AUTO_FREE char *request = auto_printf("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":%s}", params);
    json_auto_t *error = error_of(request);
    json_t *data = json_object_get(error, "data");
    ck_assert_int_eq(json_integer_value(json_object_get(error, "code")), -32602);
    ck_assert_str_eq(json_string_value(json_object_get(data, "parameter")), name);
    if (expected != NULL) {
        ck_assert_str_eq(json_string_value(json_object_get(data, "expected")), expected);
        ck_assert_str_eq(json_string_value(json_object_get(data, "given")), given);
    }
}

START_TEST(parameters)
{
    wrong_param("{\"flag\":\"false\"}", "flag", "boolean", "string");
    wrong_param("{\"flag\":1}", "flag", "boolean", "integer");
    wrong_param("{\"text\":5}", "text", "string", "integer");
    wrong_param("{\"text\":\"123456\"}", "text", "at most 5 bytes", "6");
    wrong_param("{\"number\":1.0}", "number", "integer", "number with a fraction");
    wrong_param("{\"number\":11}", "number", "1 to 10", "11");
    wrong_param("{\"names\":[\"a\",\"b\",\"c\"]}", "names", "at most 2 elements", "3");
    wrong_param("{\"names\":[\"a\",1]}", "names", "array of strings", "array with integer at index 1");
    wrong_param("{\"nmae\":\"x\"}", "nmae", NULL, NULL);
    wrong_param("{\"receipt\":1}", "receipt", "boolean", "integer");
    same("{\"jsonrpc\":\"2.0\",\"method\":\"subtract\",\"params\":[1],\"id\":1}", ERROR(-32602, 1));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"subtract\",\"params\":[1,2,3],\"id\":1}", ERROR(-32602, 1));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"subtract\",\"params\":{\"minuend\":null,\"subtrahend\":1},\"id\":1}",
         ERROR(-32602, 1));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"subtract\",\"id\":1}", ERROR(-32602, 1));
    same("{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":[\"a\",false],\"id\":1}",
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"text\":\"a\",\"flag\":false,\"receipt\":false}}");
    same("{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":{\"text\":null},\"id\":1}",
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"flag\":true,\"receipt\":false}}"); /* default; null is nothing */
}
END_TEST

START_TEST(roles)
{
    rpc_opts_t o = opts();
    static const char METHOD[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"admin_only\"}";
    AUTO_FREE char *admin = run_with(&o, ROLE_ADMIN, METHOD, strlen(METHOD));
    ck_assert_ptr_nonnull(strstr(admin, "hello"));
    AUTO_FREE char *hosted = run_with(&o, ROLE_HOSTED, METHOD, strlen(METHOD));
    ck_assert_ptr_nonnull(strstr(hosted, "-32601"));
    static const char PARAM[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"secret\":\"x\"}}";
    AUTO_FREE char *secret = run_with(&o, ROLE_HELPDESK, PARAM, strlen(PARAM));
    ck_assert_ptr_nonnull(strstr(secret, "-32602"));
}
END_TEST

START_TEST(errors)
{
    json_auto_t *error = error_of("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"fail\"}");
    json_auto_t *want = json_loads(
        "{\"code\":-28,\"message\":\"zone \\\"x.\\\" not found\",\"data\":{\"exception_message\":"
        "\"ZoneNotFound: zone \\\"x.\\\" not found\",\"exception_type\":\"BaseJsonRpcError.DMSError.ZoneNotFound\","
        "\"error\":\"ZONE_NOT_FOUND\",\"error_name\":\"ZONE_NOT_FOUND\",\"hint\":\"look again\",\"name\":\"x.\"}}",
        0, NULL);
    AUTO_FREE char *text = json_dumps(error, 0);
    ck_assert_msg(json_equal(error, want), "%s", text);
    same("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"needs_db\"}", ERROR(-134, 1));
    rpc_opts_t o = opts();
    o.db = some_db;
    o.log_refusal = count_refusal;
    static const char FAIL[] = "{\"jsonrpc\":\"2.0\",\"id\":\"req-1\",\"method\":\"fail\",\"params\":{\"name\":\"x\"}}";
    AUTO_FREE char *answer = run_with(&o, ROLE_ADMIN, FAIL, strlen(FAIL));
    ck_assert_ptr_nonnull(strstr(answer, "-28"));
    ck_assert_int_eq(s_refusals, 1);
}
END_TEST

START_TEST(waits)
{
    rpc_opts_t o = opts();
    const caller_t who = {.role = ROLE_ADMIN, .login = "ann"};
    AUTO(rpc_job) job = rpc_job_new(&o, &who);
    static const char BODY[] =
        "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"wait\"},{\"jsonrpc\":\"2.0\",\"method\":\"wait\"},"
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"get_data\"},{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"wait\"}]";
    rpc_job_run(job, BODY, strlen(BODY));
    ck_assert_uint_eq(rpc_job_open_waits(job), 2); /* the notification waits for nothing */
    size_t count;
    rpc_wait_t *w = rpc_job_waits(job, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(w[0].change_id, 7);
    rpc_job_settle(job, &w[0], ERR_OK, json_pack("{s:b}", "timed_out", 0), NULL);
    ck_assert_uint_eq(rpc_job_open_waits(job), 1);
    size_t len;
    AUTO_FREE char *answer = rpc_job_answer(job, &len); /* the open one: what is known */
    ck_assert_str_eq(answer, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"timed_out\":false}},{\"jsonrpc\":\"2.0\","
                             "\"id\":2,\"result\":[\"hello\",5]},"
                             "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"timed_out\":true}}]");
}
END_TEST

CHECK_MAIN("rpc", specification, envelope, nesting, batch_limit, parameters, roles, errors, waits)
