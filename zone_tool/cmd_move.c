/* Supervised moves of zones between server groups. */
#include "zone_tool/command.h"
#include "zone_tool/interrupt.h"
#include "zone_tool/listing.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 300 };

static void print_move(tool_t *tool, const json_t *move)
{
    AUTO_FREE char *state = output_member(move, "state", "");
    AUTO_FREE char *step = output_member(move, "step", "");
    AUTO_FREE char *since = output_member(move, "since", "");
    AUTO_FREE char *until = output_member(move, "until", "");
    AUTO_FREE char *waits = output_member(move, "waits_for", "");
    fprintf(output_file(tool->out), "%-11s since %s  %s%s%s\n", state, since, step, *until != '\0' ? "; until " : "", until);
    if (*waits != '\0')
        fprintf(output_file(tool->out), "%-11s waits: %s\n", "", waits);
}

/* The way with the present step in brackets; of two steps that both ways back have in common what was before them is not drawn. */
static void draw_way(FILE *to, const char *state)
{
    static const char *const ways[][7] = {
        {"START", "ADD", "SWAP", "WAIT", "REMOVE", "DONE", NULL},
        {"...", "BACK_REMOVE", "CANCELED", NULL},
        {"UNDO_SWAP", "BACK", "BACK_WAIT", "BACK_REMOVE", "CANCELED", NULL},
        {"UNDO_ADD", "BACK_REMOVE", "CANCELED", NULL},
    };
    for (size_t w = 0; w < ARRAY_SIZE(ways); w++) {
        size_t at = 0;
        while (ways[w][at] != NULL && strcmp(ways[w][at], state) != 0)
            at++;
        if (ways[w][at] == NULL)
            continue;
        fputs("        ", to);
        for (size_t i = 0; ways[w][i] != NULL; i++)
            fprintf(to, "%s%s%s%s", i == 0 ? "" : i <= at ? " ==> " : " --> ", i == at ? "[" : "", ways[w][i], i == at ? "]" : "");
        fputs("\n\n", to);
        return;
    }
}

/* A line for each state, and for each new reason to wait, until the move is over. */
static int follow(tool_t *tool, const char *name, int64_t seconds, const char *wanted)
{
    mono_t end = mono_add_ms(clock_mono(NULL), seconds * 1000);
    json_auto_t *shown = json_null();
    while (!interrupt_pending()) {
        json_auto_t *move = NULL;
        int code = tool_call(tool, "show_zone_move", json_pack("{s:s}", "name", name), &move);
        if (code != EXIT_OK)
            return code;
        bool over = !json_is_null(json_object_get(move, "ended"));
        const char *state = json_string_value(json_object_get(move, "state"));
        bool news = !json_equal(json_object_get(move, "state"), json_object_get(shown, "state")) ||
                    !json_equal(json_object_get(move, "waits_for"), json_object_get(shown, "waits_for"));
        if (news && !output_is_json(tool->out))
            print_move(tool, move);
        output_flush(tool->out);
        json_decref(shown);
        shown = json_incref(move);
        bool late = mono_diff_ms(end, clock_mono(NULL)) <= 0;
        if ((over || late) && output_is_json(tool->out))
            output_print_json(tool->out, move);
        if (over)
            return state != NULL && strcmp(state, wanted) == 0 ? EXIT_OK : EXIT_UNAVAILABLE;
        if (late)
            break;
        poll(NULL, 0, POLL_MS);
    }
    output_message("the move goes on by itself; show_zone_move %s shows how far it is", name);
    return EXIT_TEMPFAIL;
}

static int change(tool_t *tool, const args_t *args, const char *method, json_t *params, const char *wanted)
{
    json_auto_t *move = NULL;
    int64_t seconds = wait_seconds(args, 0);
    int code = tool_call(tool, method, params, &move);
    if (code != EXIT_OK || seconds > 0)
        return code != EXIT_OK ? code : follow(tool, args->words[0], seconds, wanted);
    if (output_is_json(tool->out))
        output_print_json(tool->out, move);
    else
        print_move(tool, move);
    return EXIT_OK;
}

int cmd_move_start(tool_t *tool, const args_t *args)
{
    json_t *params = params_name(args);
    params_text(params, "sg_name", args->words[1]);
    params_text(params, "ttl_wait", args_word(args, 2));
    return change(tool, args, "move_zone_sg", params, "DONE");
}

int cmd_move_cancel(tool_t *tool, const args_t *args) { return change(tool, args, "cancel_zone_move", params_name(args), "CANCELED"); }

int cmd_move_show(tool_t *tool, const args_t *args)
{
    json_auto_t *move = NULL;
    int code = tool_query(tool, "show_zone_move", params_name(args), &move);
    if (move != NULL) {
        AUTO_FREE char *state = output_member(move, "state", "");
        draw_way(output_file(tool->out), state);
        output_attributes(tool->out, move, 16, "name", NULL);
    }
    return code;
}

static void move_line(tool_t *tool, const args_t *args UNUSED, const json_t *move)
{
    AUTO_FREE char *name = output_member(move, "name", "");
    AUTO_FREE char *from = output_member(move, "from_sg", "");
    AUTO_FREE char *to = output_member(move, "to_sg", "");
    fprintf(output_file(tool->out), "%-32s %s -> %s\n            ", name, from, to);
    print_move(tool, move);
}

int cmd_move_ls(tool_t *tool, const args_t *args)
{
    static const listing_t listing = {"ls_zone_moves", {{"before", "move_id"}}, move_line};
    json_t *params = json_pack("{s:b}", "include_ended", args_has(args, 'v'));
    params_text(params, "sg_name", args_value(args, 'g') != NULL ? args_value(args, 'g') : args_word(args, 0));
    return listing_show(tool, args, &listing, params, 0);
}
