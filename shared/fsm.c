#include "shared/fsm.h"
#include <string.h>

const fsm_row_t *fsm_find(const fsm_t *fsm, int state, int event)
{
    for (size_t i = 0; i < fsm->row_count; i++) {
        if (fsm->rows[i].state == state && fsm->rows[i].event == event)
            return &fsm->rows[i];
    }
    return NULL;
}

static int name_find(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return -1;
}

int fsm_state_find(const fsm_t *fsm, const char *name)
{
    return name_find(fsm->states, fsm->state_count, name);
}

int fsm_event_find(const fsm_t *fsm, const char *name)
{
    return name_find(fsm->events, fsm->event_count, name);
}

static bool state_ok(const fsm_t *fsm, int state)
{
    return state >= 0 && state < fsm->state_count && state < FSM_STATES_MAX;
}

static const char *state_name(const fsm_t *fsm, int state)
{
    return state_ok(fsm, state) ? fsm->states[state] : "?";
}

static const char *event_name(const fsm_t *fsm, int event)
{
    return event >= 0 && event < fsm->event_count ? fsm->events[event] : "?";
}

/* The one state in a set, -1 if there are none or several. */
static int only_state(uint32_t set)
{
    return set != 0 && (set & (set - 1)) == 0 ? __builtin_ctz(set) : -1;
}

err_t fsm_step(const fsm_t *fsm, int event, void *ctx, int *state, const fsm_row_t **ret_row, err_info_t *reterr)
{
    const fsm_row_t *row = fsm_find(fsm, *state, event);
    if (row == NULL) {
        err_set(reterr, ERR_SM_NO_ROW, "%s machine: event %s is not possible in state %s", fsm->name,
                event_name(fsm, event), state_name(fsm, *state));
        err_key(reterr, "machine", fsm->name);
        err_key(reterr, "state", state_name(fsm, *state));
        err_key(reterr, "event", event_name(fsm, event));
        return ERR_SM_NO_ROW;
    }
    int next = row->action == NULL ? only_state(row->next) : *state;
    if (row->action != NULL) {
        err_t err = row->action(ctx, &next, reterr);
        if (err != ERR_OK)
            return err;
    }
    if (!state_ok(fsm, next) || (row->next & FSM_GO(next)) == 0)
        return err_set(reterr, ERR_SM_BAD_STATE,
                       "%s machine: event %s in state %s chose state %s (%d), which its row does not allow", fsm->name,
                       event_name(fsm, event), state_name(fsm, *state), state_name(fsm, next), next);
    *state = next;
    if (ret_row != NULL)
        *ret_row = row;
    return ERR_OK;
}

static int fault(FILE *out, const fsm_t *fsm, const char *what, const char *state, const char *event)
{
    if (out != NULL)
        fprintf(out, "%s machine: %s: state %s, event %s\n", fsm->name, what, state, event);
    return 1;
}

static int row_check(const fsm_t *fsm, size_t i, FILE *out)
{
    const fsm_row_t *row = &fsm->rows[i];
    const char *state = state_name(fsm, row->state);
    const char *event = event_name(fsm, row->event);
    uint32_t all = fsm->state_count >= FSM_STATES_MAX ? UINT32_MAX : FSM_GO(fsm->state_count) - 1;
    int faults = 0;
    if (!state_ok(fsm, row->state))
        faults += fault(out, fsm, "state out of range", state, event);
    if (row->event < 0 || row->event >= fsm->event_count)
        faults += fault(out, fsm, "event out of range", state, event);
    if ((row->next & ~all) != 0)
        faults += fault(out, fsm, "next state out of range", state, event);
    if (row->next == 0)
        faults += fault(out, fsm, "row without a next state", state, event);
    if (row->action == NULL && row->next != 0 && only_state(row->next) < 0)
        faults += fault(out, fsm, "no action, but several next states", state, event);
    if (row->sentence == NULL || row->sentence[0] == '\0')
        faults += fault(out, fsm, "row without a sentence", state, event);
    if (fsm_find(fsm, row->state, row->event) != row)
        faults += fault(out, fsm, "double row", state, event);
    return faults;
}

static uint32_t reachable(const fsm_t *fsm)
{
    uint32_t seen = FSM_GO(fsm->initial);
    uint32_t before;
    do {
        before = seen;
        for (size_t i = 0; i < fsm->row_count; i++) {
            if (state_ok(fsm, fsm->rows[i].state) && (seen & FSM_GO(fsm->rows[i].state)) != 0)
                seen |= fsm->rows[i].next;
        }
    } while (seen != before);
    return seen;
}

int fsm_check(const fsm_t *fsm, FILE *out)
{
    int faults = 0;
    if (fsm->state_count < 1 || fsm->state_count > FSM_STATES_MAX || !state_ok(fsm, fsm->initial))
        return fault(out, fsm, "wrong number of states or initial state", "-", "-");
    for (size_t i = 0; i < fsm->row_count; i++)
        faults += row_check(fsm, i, out);
    uint32_t seen = reachable(fsm);
    for (int state = 0; state < fsm->state_count; state++) {
        if ((seen & FSM_GO(state)) == 0)
            faults += fault(out, fsm, "state cannot be reached", fsm->states[state], "-");
    }
    for (int event = 0; event < fsm->event_count; event++) {
        bool used = false;
        for (size_t i = 0; i < fsm->row_count && !used; i++)
            used = fsm->rows[i].event == event;
        if (!used)
            faults += fault(out, fsm, "event is not used", "-", fsm->events[event]);
    }
    return faults;
}

/* "OK, RETRY" */
static void print_states(const fsm_t *fsm, uint32_t set, FILE *out)
{
    const char *sep = "";
    for (int state = 0; state < fsm->state_count; state++) {
        if ((set & FSM_GO(state)) != 0) {
            fprintf(out, "%s%s", sep, fsm->states[state]);
            sep = ", ";
        }
    }
}

static void dump_table(const fsm_t *fsm, FILE *out)
{
    fprintf(out, "# State machine: %s\n\nInitial state: %s.\n\n", fsm->name, state_name(fsm, fsm->initial));
    fprintf(out, "| State | Event | Next | What |\n|---|---|---|---|\n");
    for (size_t i = 0; i < fsm->row_count; i++) {
        const fsm_row_t *row = &fsm->rows[i];
        fprintf(out, "| %s | %s | ", state_name(fsm, row->state), event_name(fsm, row->event));
        print_states(fsm, row->next, out);
        fprintf(out, " | %s |\n", row->sentence);
    }
}

static void dump_edges(const fsm_t *fsm, const char *indent, const char *arrow, const char *label, const char *end,
                       FILE *out)
{
    for (size_t i = 0; i < fsm->row_count; i++) {
        const fsm_row_t *row = &fsm->rows[i];
        for (int next = 0; next < fsm->state_count; next++) {
            if ((row->next & FSM_GO(next)) != 0)
                fprintf(out, "%s%s%s%s%s%s%s\n", indent, state_name(fsm, row->state), arrow, fsm->states[next], label,
                        event_name(fsm, row->event), end);
        }
    }
}

void fsm_dump(const fsm_t *fsm, fsm_format_t format, FILE *out)
{
    switch (format) {
    case FSM_TABLE:
        dump_table(fsm, out);
        break;
    case FSM_MERMAID:
        fprintf(out, "stateDiagram-v2\n    [*] --> %s\n", state_name(fsm, fsm->initial));
        dump_edges(fsm, "    ", " --> ", " : ", "", out);
        break;
    case FSM_GRAPHVIZ:
        fprintf(out, "digraph %s {\n    start [shape=point];\n    start -> %s;\n", fsm->name,
                state_name(fsm, fsm->initial));
        dump_edges(fsm, "    ", " -> ", " [label=\"", "\"];", out);
        fprintf(out, "}\n");
        break;
    }
}
