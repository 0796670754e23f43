#include "shared/fsm.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

enum { OFF, ON, BROKEN, STATES };
enum { PUSH, KICK, EVENTS };
static const char *const STATE_NAMES[] = {"OFF", "ON", "BROKEN"};
static const char *const EVENT_NAMES[] = {"push", "kick"};

/* ctx: the state to choose, or an error */
typedef struct { int go; err_t err; } ctx_t;

static err_t choose(void *ctx, int *state, err_info_t *reterr)
{
    const ctx_t *c = ctx;
    *state = c->go;
    return c->err == ERR_OK ? ERR_OK : err_set(reterr, c->err, "told to fail");
}

static const fsm_row_t ROWS[] = {
    {FSM_IN(OFF), PUSH, NULL, FSM_GO(ON), "the lamp is switched on"},
    {FSM_IN(ON), PUSH, NULL, FSM_GO(OFF), "the lamp is switched off"},
    {FSM_IN(ON), KICK, choose, FSM_GO(ON) | FSM_GO(BROKEN), "somebody kicks the lamp"},
};
static const fsm_t LAMP = {"lamp", STATE_NAMES, STATES, OFF, EVENT_NAMES, EVENTS, ROWS, ARRAY_SIZE(ROWS)};

START_TEST(steps)
{
    AUTO_ERR info = ERR_INFO_INIT;
    const fsm_row_t *row = NULL;
    int state = OFF;
    ctx_t ctx = {.go = BROKEN};
    ck_assert_int_eq(fsm_step(&LAMP, PUSH, NULL, &state, &row, &info), ERR_OK);
    ck_assert_int_eq(state, ON);
    ck_assert_str_eq(row->sentence, "the lamp is switched on");
    ctx.err = ERR_DB_DOWN;
    ck_assert_int_eq(fsm_step(&LAMP, KICK, &ctx, &state, NULL, &info), ERR_DB_DOWN);
    ck_assert_int_eq(state, ON);
    ctx = (ctx_t){.go = OFF}; /* not declared */
    ck_assert_int_eq(fsm_step(&LAMP, KICK, &ctx, &state, NULL, &info), ERR_SM_BAD_STATE);
    ctx.go = 77;
    ck_assert_int_eq(fsm_step(&LAMP, KICK, &ctx, &state, NULL, &info), ERR_SM_BAD_STATE);
    ctx.go = -1;
    ck_assert_int_eq(fsm_step(&LAMP, KICK, &ctx, &state, NULL, &info), ERR_SM_BAD_STATE);
    ck_assert_int_eq(state, ON);
    ctx.go = BROKEN;
    ck_assert_int_eq(fsm_step(&LAMP, KICK, &ctx, &state, NULL, &info), ERR_OK);
    ck_assert_int_eq(fsm_step(&LAMP, PUSH, NULL, &state, NULL, &info), ERR_SM_NO_ROW);
    ck_assert_str_eq(info.message, "lamp machine: event push is not possible in state BROKEN");
    ck_assert_int_eq(fsm_state_find(&LAMP, "BROKEN"), BROKEN);
    ck_assert_int_eq(fsm_event_find(&LAMP, "none"), -1);
}
END_TEST

START_TEST(faults_are_found)
{
    static const fsm_row_t rows[] = {
        {OFF, PUSH, NULL, FSM_GO(OFF), "ok"},
        {OFF, PUSH, NULL, FSM_GO(OFF), "double"},
        {OFF, 9, NULL, FSM_GO(OFF), "event out of range"},
        {7, PUSH, NULL, FSM_GO(OFF), "state out of range"},
        {ON, PUSH, NULL, 0, "no next"},
        {BROKEN, PUSH, NULL, FSM_GO(OFF) | FSM_GO(ON), "two next, no action"},
        {BROKEN, 8, choose, FSM_GO(20), NULL}, /* event, next, sentence */
    };
    fsm_t bad = LAMP;
    bad.rows = rows;
    bad.row_count = ARRAY_SIZE(rows);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    /* 7 row faults and the three of the last row are 8; ON and BROKEN cannot be reached, kick is not used. */
    int faults = fsm_check(&bad, out);
    fclose(out);
    ck_assert_msg(faults == 8 + 2 + 1, "%d: %s", faults, text);
    free(text);
    ck_assert_int_eq(fsm_check(&LAMP, stderr), 0);
}
END_TEST

START_TEST(dumps)
{
    static const char *const words[] = {"| ON | kick | ON, BROKEN | somebody kicks the lamp |",
                                        "    ON --> BROKEN : kick\n", "    ON -> BROKEN [label=\"kick\"];\n"};
    for (int format = FSM_TABLE; format <= FSM_GRAPHVIZ; format++) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        fsm_dump(&LAMP, (fsm_format_t)format, out);
        fclose(out);
        ck_assert_msg(strstr(text, words[format]) != NULL, "%s", text);
        free(text);
    }
}
END_TEST

CHECK_MAIN("fsm", steps, faults_are_found, dumps)
