/* main() of a unit test: CHECK_MAIN("name", case_a, case_b); check_suite runs a suite with fixtures or loops. */
#ifndef DMS_CHECK_RUN_H
#define DMS_CHECK_RUN_H
#include <check.h>

/* Frees the suite; 0: all passed. */
static inline int check_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV); /* CK_VERBOSITY; normal if it is not set */
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

static inline int check_run(const char *name, const TTest *const *cases, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, cases[i]);
    suite_add_tcase(suite, tcase);
    return check_suite(suite);
}

#define CHECK_MAIN(name, ...) \
    int main(void) \
    { \
        const TTest *const cases[] = {__VA_ARGS__}; \
        return check_run(name, cases, sizeof cases / sizeof cases[0]); \
    }
#endif
