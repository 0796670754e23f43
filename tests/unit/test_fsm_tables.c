/* The machines' tables: complete, and the tables meet: every queued event, every goal on the wire and every reason of a report has its row.
 * The .md files beside the tables are made from them; DMS_UPDATE=1 in the environment writes them anew. */
#include "controller/engine/report.h"
#include "controller/fsm/fsm_params.h"
#include "controller/fsm/master_fsm.h"
#include "controller/fsm/move_fsm.h"
#include "controller/fsm/server_fsm.h"
#include "controller/fsm/zone_fsm.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

static const struct { const fsm_t *fsm; const char *file; } s_machines[] = {
    {&zone_fsm, "zone_fsm.md"}, {&server_fsm, "server_fsm.md"}, {&master_fsm, "master_fsm.md"},
    {&move_fsm, "move_fsm.md"}};

START_TEST(tables_are_complete)
{
    ck_assert_int_eq(fsm_check(s_machines[_i].fsm, stderr), 0);
}
END_TEST

/* No event may fall on a state that does not know it: the predecessor dropped saves that way. */
START_TEST(every_event_has_a_row_in_every_state)
{
    const fsm_t *fsm = s_machines[_i].fsm;
    for (int state = 0; state < fsm->state_count; state++) {
        for (int event = 0; event < fsm->event_count; event++)
            ck_assert_msg(fsm_find(fsm, state, event) != NULL, "%s machine: no row for event %s in state %s", fsm->name, fsm->events[event],
                          fsm->states[state]);
    }
}
END_TEST

static char *document(const fsm_t *fsm)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fsm_dump(fsm, FSM_TABLE, out);
    fprintf(out, "\n## Diagram\n\n```mermaid\n");
    fsm_dump(fsm, FSM_MERMAID, out);
    fprintf(out, "```\n");
    fclose(out);
    return text;
}

static char *read_all(const char *path)
{
    AUTO_FILE in = fopen(path, "r");
    if (in == NULL)
        return auto_strdup("");
    char *text = NULL;
    size_t len = 0, cap = 0, n = 0;
    do {
        text = auto_grow(text, &cap, len + 4097, 1);
        n = fread(text + len, 1, 4096, in);
        len += n;
    } while (n > 0);
    text[len] = '\0';
    return text;
}

START_TEST(documents_match_tables)
{
    AUTO_FREE char *path = auto_printf("%s/controller/fsm/%s", DMS_SOURCE_DIR, s_machines[_i].file);
    AUTO_FREE char *want = document(s_machines[_i].fsm);
    if (getenv("DMS_UPDATE") != NULL) {
        FILE *out = fopen(path, "w");
        ck_assert_ptr_nonnull(out);
        fputs(want, out);
        fclose(out);
    }
    AUTO_FREE char *have = read_all(path);
    ck_assert_msg(strcmp(have, want) == 0, "%s differs from the table: run this test with DMS_UPDATE=1", path);
}
END_TEST

START_TEST(every_reason_has_a_row)
{
    for (int reason = 0; reason < 1000; reason++) {
        if (wire_reason_text((wire_reason_t)reason) == NULL)
            continue;
        const report_reason_t *row = report_reason((wire_reason_t)reason);
        ck_assert_int_eq((int)row->reason, reason);
        ck_assert_uint_gt(strlen(row->sentence), 10);
    }
}
END_TEST

START_TEST(parameters_come_back)
{
    fsm_params_t params = FSM_PARAMS_INIT;
    fsm_params_text(&params, "locked_by", "a\"zi_id\": 7\\\n");
    fsm_params_int(&params, "zi_id", 42);
    fsm_params_bool(&params, "reload", true);
    AUTO_FREE char *json = fsm_params_take(&params);
    ck_assert_str_eq(json, "{\"locked_by\": \"a\\\"zi_id\\\": 7\\\\\\u000a\", \"zi_id\": 42, \"reload\": true}");
    ck_assert_int_eq(fsm_params_get_int(json, "zi_id"), 42);
    ck_assert(fsm_params_get_bool(json, "reload"));
    ck_assert(!fsm_params_get_bool(json, "wrap_soa_serial"));
    ck_assert_int_eq(fsm_params_get_int("{}", "zi_id"), 0);
}
END_TEST

START_TEST(backoff_grows_to_its_cap)
{
    for (uint64_t jitter = 0; jitter < 100; jitter++) {
        int64_t first = fsm_params_backoff_ms(1, 500, 600000, jitter), late = fsm_params_backoff_ms(50, 500, 600000, jitter);
        ck_assert(first >= 375 && first <= 625);
        ck_assert(late >= 450000 && late <= 750000);
    }
    ck_assert_int_ne(fsm_params_backoff_ms(9, 500, 600000, 1), fsm_params_backoff_ms(9, 500, 600000, 2));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fsm_tables");
    TCase *tc = tcase_create("tables");
    const int count = (int)ARRAY_SIZE(s_machines);
    tcase_add_loop_test(tc, tables_are_complete, 0, count);
    tcase_add_loop_test(tc, every_event_has_a_row_in_every_state, 0, count);
    tcase_add_loop_test(tc, documents_match_tables, 0, count);
    tcase_add_test(tc, every_reason_has_a_row);
    tcase_add_test(tc, parameters_come_back);
    tcase_add_test(tc, backoff_grows_to_its_cap);
    suite_add_tcase(suite, tc);
    return check_suite(suite);
}
