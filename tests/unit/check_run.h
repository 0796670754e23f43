/* main() of a unit test: CHECK_MAIN("name", case_a, case_b) */
#ifndef DMS_CHECK_RUN_H
#define DMS_CHECK_RUN_H
#include <check.h>

static inline int check_run(const char *name, const TTest *const *cases, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, cases[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

#define CHECK_MAIN(name, ...) \
    int main(void) \
    { \
        const TTest *const cases[] = {__VA_ARGS__}; \
        return check_run(name, cases, sizeof cases / sizeof cases[0]); \
    }
#endif
