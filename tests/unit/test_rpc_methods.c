/* The method table: complete, its examples pass their own checks, the manual is what it makes, rpc.discover describes
 * what each role may use. */
#include "controller/api/method_result.h"
#include "controller/api/methods.h"
#include "controller/api/params.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

static bool error_known(const char *name, size_t len)
{
    for (err_t e = ERR_OK; e < ERR_COUNT; e++) {
        if (strlen(err_name(e)) == len && strncmp(err_name(e), name, len) == 0)
            return true;
    }
    return false;
}

static void check_param(const method_t *m, const method_param_t *p)
{
    ck_assert_msg((p->roles & m->roles) != 0, "%s.%s: no role has it", m->name, p->name);
    ck_assert_msg(p->sentence[0] != '\0' && strcmp(p->name, "receipt") != 0, "%s.%s", m->name, p->name);
    if (p->def != NULL) {
        json_auto_t *def = json_loads(p->def, JSON_DECODE_ANY, NULL);
        ck_assert_msg(def != NULL && !p->required, "%s.%s: default is not JSON", m->name, p->name);
    }
}

START_TEST(table)
{
    for (size_t i = 0; i < methods_count; i++) {
        const method_t *m = &methods_table[i];
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(strcmp(m->name, methods_table[k].name) != 0, "%s is there twice", m->name);
        ck_assert_msg(m->fn != NULL && m->roles != 0 && m->sentence[0] != '\0' && m->result[0] != '\0', "%s", m->name);
        for (const char *p = m->errors; *p != '\0'; p += strspn(p, " ")) {
            size_t len = strcspn(p, " ");
            ck_assert_msg(error_known(p, len), "%s: no error %.*s", m->name, (int)len, p);
            p += len;
        }
        size_t params = 0;
        for (; m->params[params].name != NULL; params++)
            check_param(m, &m->params[params]);
        ck_assert_uint_lt(params, METHOD_PARAMS_MAX);
        for (size_t k = 1; k < params; k++) {
            for (size_t j = 0; j < k; j++)
                ck_assert_msg(strcmp(m->params[k].name, m->params[j].name) != 0, "%s.%s is there twice", m->name, m->params[k].name);
        }
        json_auto_t *example = json_loads(m->example, JSON_REJECT_DUPLICATES, NULL);
        ck_assert_msg(example != NULL, "%s: example is not JSON", m->name);
        json_auto_t *checked = NULL;
        bool receipt;
        AUTO_ERR info = ERR_INFO_INIT;
        err_t err = params_check(m, ROLE_ADMIN, example, &checked, &receipt, &info);
        ck_assert_msg(err == ERR_OK, "%s: example: %s", m->name, err_message(&info));
        json_auto_t *result = method_result_example(m), *schema = method_result_schema(m);
        ck_assert_msg(result != NULL && schema != NULL, "%s has no row in controller/api/results.def", m->name);
    }
}
END_TEST

START_TEST(manual)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    methods_markdown(out);
    fclose(out);
    FILE *in = fopen(DMS_SOURCE_DIR "/doc/methods.md", "r");
    ck_assert_ptr_nonnull(in);
    AUTO_FREE char *stored = auto_calloc(len + 2, 1);
    size_t n = fread(stored, 1, len + 1, in);
    fclose(in);
    ck_assert_msg(n == len && memcmp(stored, text, len) == 0,
                  "doc/methods.md is old: dms-controller --methods >doc/methods.md");
    free(text);
}
END_TEST

static size_t discovered(caller_role_t role, const char *method, const char *param)
{
    const caller_t who = {.role = role};
    method_call_t call = {.who = &who, .methods = methods_table, .method_count = methods_count};
    json_auto_t *doc = NULL;
    ck_assert_int_eq(methods_discover(&call, &doc, NULL), ERR_OK);
    ck_assert_str_eq(json_string_value(json_object_get(doc, "openrpc")), "1.2.6");
    size_t i, k, found = 0;
    json_t *m, *p;
    json_array_foreach(json_object_get(doc, "methods"), i, m)
    {
        if (strcmp(json_string_value(json_object_get(m, "name")), method) != 0)
            continue;
        found += param == NULL;
        json_array_foreach(json_object_get(m, "params"), k, p) found +=
            param != NULL && strcmp(json_string_value(json_object_get(p, "name")), param) == 0;
    }
    return found;
}

START_TEST(discover)
{
    ck_assert_uint_eq(discovered(ROLE_ADMIN, "create_zone", NULL), 1);
    ck_assert_uint_eq(discovered(ROLE_LIST_ZONE, "create_zone", NULL), 0);
    ck_assert_uint_eq(discovered(ROLE_ADMIN, "create_zone", "sectags"), 1);
    ck_assert_uint_eq(discovered(ROLE_HOSTED, "create_zone", "sectags"), 0);
    ck_assert_uint_eq(discovered(ROLE_HOSTED, "create_zone", "receipt"), 1);
    ck_assert_uint_eq(discovered(ROLE_HOSTED, "set_account", NULL), 0);
    ck_assert_uint_eq(discovered(ROLE_HELPDESK, "list_zone", "receipt"), 0);
}
END_TEST

CHECK_MAIN("rpc_methods", table, manual, discover)
