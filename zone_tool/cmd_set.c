/* Change sets: plan, apply and what belongs to them. */
#include "zone_tool/cmd_load.h"
#include "zone_tool/command.h"
#include "zone_tool/interrupt.h"
#include "zone_tool/listing.h"
#include "zone_tool/set_file.h"
#include "zone_tool/wait.h"
#include <stdlib.h>
#include <string.h>

enum { PAGE = 200, SLICE_MS = 500, ANSWER_EXTRA_MS = 15000, BAR_COLUMNS = 40, COST_FACTOR = 10 };

static json_t *number_of(json_int_t id) { return json_pack("{s:I}", "change_set_id", id); }

static json_int_t count(const json_t *set, const char *key)
{
    return json_integer_value(json_object_get(json_object_get(set, "counts"), key));
}

static bool has_state(const json_t *set, const char *state)
{
    const char *text = json_string_value(json_object_get(set, "state"));
    return text != NULL && strcmp(text, state) == 0;
}

/* ---------- showing ---------- */

/* What differs may be no more than a comment or a flag. */
static void show_record(FILE *to, const char *mark, const char *colour, const char *plain, const json_t *rr)
{
    static const struct { const char *key, *text; } flags[] = {{"disable", " (disabled)"}, {"lock_ptr", " (LOCKPTR)"}, {"track_reverse", " (TRACKREV)"}};
    AUTO_FREE char *ttl = output_member(rr, "ttl", "");
    AUTO_FREE char *reference = output_member(rr, "reference", "");
    AUTO_FREE char *comment = output_member(rr, "comment", "");
    fprintf(to, "%s%s %-24s %s%s%s %s", colour, mark, json_string_value(json_object_get(rr, "label")), ttl, *ttl != '\0' ? " " : "",
            json_string_value(json_object_get(rr, "type")), json_string_value(json_object_get(rr, "rdata")));
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
        fputs(json_is_true(json_object_get(rr, flags[i].key)) ? flags[i].text : "", to);
    if (*reference != '\0')
        fprintf(to, " (REF:%s)", reference);
    for (char *line = comment; (line = strchr(line, '\n')) != NULL;)
        *line = ' ';
    fprintf(to, "%s%s%s\n", *comment != '\0' ? " ;# " : "", comment, plain);
}

static void show_zone(FILE *to, const json_t *zone, bool coloured)
{
    const char *good = coloured ? "\033[32m" : "", *bad = coloured ? "\033[31m" : "", *plain = coloured ? "\033[0m" : "";
    AUTO_FREE char *name = output_member(zone, "name", "?");
    AUTO_FREE char *state = output_member(zone, "state", "");
    AUTO_FREE char *message = output_member(zone, "message", "");
    AUTO_FREE char *change = output_member(zone, "change_id", "");
    fprintf(to, "%s: %s%s%s%s%s%s\n", name, state, *change != '\0' ? ", change " : "", change, json_is_true(json_object_get(zone, "live")) ? ", live" : "",
            *message != '\0' ? ": " : "", message);
    size_t i;
    json_t *rr;
    json_array_foreach(json_object_get(zone, "difference"), i, rr) {
        const char *op = json_string_value(json_object_get(rr, "op"));
        bool gone = op != NULL && (strcmp(op, "REMOVED") == 0 || strcmp(op, "WAS") == 0);
        show_record(to, gone ? "-" : "+", gone ? bad : good, plain, rr);
    }
}

static void show_counts(FILE *to, const json_t *set)
{
    static const char *const keys[] = {"not_planned", "waiting", "done", "live", "failed", "cancelled", "refused", "unchanged"};
    AUTO_FREE char *id = output_member(set, "change_set_id", "?");
    AUTO_FREE char *state = output_member(set, "state", "?");
    AUTO_FREE char *title = output_member(set, "title", "");
    fprintf(to, "change set %s%s%s: %s, %lld zones", id, *title != '\0' ? " " : "", title, state, (long long)count(set, "zones"));
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (count(set, keys[i]) > 0)
            fprintf(to, ", %lld %s", (long long)count(set, keys[i]), keys[i]);
    }
    fprintf(to, "; records: %lld added, %lld removed, %lld changed\n", (long long)count(set, "added"), (long long)count(set, "removed"),
            (long long)count(set, "changed"));
}

/* All pages, in a zone's order; *ret_set as the first page with every zone. state NULL: zones of any. */
static int show_pages(tool_t *tool, json_int_t id, const char *state, bool difference, json_t **ret_set)
{
    json_auto_t *set = NULL;
    json_auto_t *after = json_null();
    for (bool first = true; first || json_is_string(after); first = false) {
        json_auto_t *page = NULL;
        json_t *params = json_pack("{s:I s:i s:b s:O s:s*}", "change_set_id", id, "limit", PAGE, "difference", (int)difference, "after", after, "state", state);
        int code = tool_call(tool, "show_change_set", params, &page);
        if (code != EXIT_OK)
            return code;
        json_t *zones = json_object_get(page, "zones");
        size_t i;
        json_t *zone;
        if (!output_is_json(tool->out)) {
            json_array_foreach(zones, i, zone) show_zone(output_file(tool->out), zone, output_colour(tool->out));
        }
        json_decref(after);
        after = json_incref(json_object_get(page, "next"));
        if (first)
            set = json_incref(page);
        else if (output_is_json(tool->out))
            json_array_extend(json_object_get(set, "zones"), zones);
    }
    json_object_set_new(set, "next", json_null());
    *ret_set = json_incref(set);
    return EXIT_OK;
}

/* ---------- making and planning ---------- */

static bool is_number(const char *text) { return *text != '\0' && text[strspn(text, "0123456789")] == '\0'; }

/* The number that was given, or that of a new set made from the file. */
static int find_set(tool_t *tool, const args_t *args, json_int_t *ret_id)
{
    AUTO_ERR info = ERR_INFO_INIT;
    AUTO_FREE char *text = NULL;
    json_auto_t *set = NULL;
    json_t *params = NULL;
    if (is_number(args->words[0])) {
        *ret_id = command_number(args->words[0]);
        return EXIT_OK;
    }
    if (cmd_load_read(tool, args->words[0], &text, &info) != ERR_OK)
        return cmd_load_fail(tool, &info);
    if (set_file_parse(text, &params, &info) != ERR_OK)
        return tool_fail(tool, &info);
    int code = tool_call(tool, "create_change_set", params, &set);
    *ret_id = json_integer_value(json_object_get(set, "change_set_id"));
    if (code == EXIT_OK && !output_is_json(tool->out))
        fprintf(output_file(tool->out), "change set %lld\n", (long long)*ret_id);
    return code;
}

/* Until it is planned: each call does a part. */
static int plan(tool_t *tool, json_int_t id)
{
    for (;;) {
        json_auto_t *set = NULL;
        json_t *params = number_of(id);
        json_object_set_new(params, "limit", json_integer(1));
        int code = tool_call(tool, "plan_change_set", params, &set);
        if (code != EXIT_OK || !has_state(set, "PLANNING") || interrupt_pending())
            return code;
        if (!output_tty(tool->out))
            continue;
        printf("\r%lld of %lld zones planned ", (long long)(count(set, "zones") - count(set, "not_planned")), (long long)count(set, "zones"));
        fflush(stdout);
    }
}

static int plan_and_show(tool_t *tool, json_int_t id, json_t **ret_set)
{
    int code = plan(tool, id);
    if (code == EXIT_OK)
        code = show_pages(tool, id, NULL, true, ret_set);
    if (code == EXIT_OK && !output_is_json(tool->out))
        show_counts(output_file(tool->out), *ret_set);
    return code;
}

static int end_plan(tool_t *tool, const json_t *set)
{
    if (output_is_json(tool->out))
        output_print_json(tool->out, set);
    return count(set, "refused") > 0 ? EXIT_DATAERR : EXIT_OK;
}

int cmd_set_plan(tool_t *tool, const args_t *args)
{
    json_int_t id = 0;
    json_auto_t *set = NULL;
    int code = find_set(tool, args, &id);
    if (code == EXIT_OK)
        code = plan_and_show(tool, id, &set);
    return code == EXIT_OK ? end_plan(tool, set) : code;
}

int cmd_set_revert(tool_t *tool, const args_t *args)
{
    json_auto_t *made = NULL, *set = NULL;
    int code = tool_call(tool, "revert_change_set", number_of(command_number(args->words[0])), &made);
    json_int_t id = json_integer_value(json_object_get(made, "change_set_id"));
    if (code == EXIT_OK)
        code = plan_and_show(tool, id, &set);
    return code == EXIT_OK ? end_plan(tool, set) : code;
}

/* ---------- applying ---------- */

static void paint(const tool_t *tool, const json_t *set)
{
    json_int_t all = count(set, "waiting") + count(set, "done") + count(set, "failed"), live = count(set, "live");
    size_t full = all > 0 ? (size_t)(live * BAR_COLUMNS / all) : BAR_COLUMNS;
    char bar[BAR_COLUMNS + 1];
    memset(bar, '.', BAR_COLUMNS);
    memset(bar, '#', full);
    bar[BAR_COLUMNS] = '\0';
    if (!output_tty(tool->out))
        return;
    printf("\r\033[K[%s] %lld of %lld done, %lld live, %lld failed", bar, (long long)count(set, "done"), (long long)all, (long long)live,
           (long long)count(set, "failed"));
    fflush(stdout);
}

static int end_wait(tool_t *tool, json_int_t id, const json_t *set, int64_t seconds)
{
    bool complete = json_is_true(json_object_get(set, "complete"));
    json_auto_t *failed = NULL;
    if (output_tty(tool->out))
        putchar('\n');
    if (output_is_json(tool->out))
        output_print_json(tool->out, set);
    else
        show_counts(output_file(tool->out), set);
    if (!complete) {
        output_message("change set %lld is not live on every server after %lld s", (long long)id, (long long)seconds);
        fprintf(stderr, "      it goes on by itself; show_change_set %lld shows how far it is\n", (long long)id);
        return EXIT_TEMPFAIL;
    }
    if (count(set, "failed") == 0)
        return EXIT_OK;
    if (!output_is_json(tool->out))
        show_pages(tool, id, "FAILED", false, &failed);
    return EXIT_DATAERR;
}

static int follow(tool_t *tool, json_int_t id, int64_t seconds)
{
    mono_t end = mono_add_ms(clock_mono(NULL), seconds * 1000);
    int64_t slice = SLICE_MS;
    output_flush(tool->out);
    for (;;) {
        AUTO_ERR info = ERR_INFO_INIT;
        json_auto_t *set = NULL;
        mono_t asked = clock_mono(NULL);
        int64_t left = mono_diff_ms(end, asked), wait = left < slice ? (left > 0 ? left : 0) : slice;
        json_t *params = number_of(id);
        json_object_set_new(params, "timeout_ms", json_integer(wait));
        if (rpc_client_call(tool->rpc, "wait_change_set", params, wait + ANSWER_EXTRA_MS, &set, &info) != ERR_OK)
            return tool_fail_call(tool, &info);
        int64_t cost = mono_diff_ms(clock_mono(NULL), asked) - wait; /* of counting: a set of a million zones is not counted twice a second */
        slice = cost * COST_FACTOR > SLICE_MS ? cost * COST_FACTOR : SLICE_MS;
        paint(tool, set);
        if (json_is_true(json_object_get(set, "complete")) || mono_diff_ms(end, clock_mono(NULL)) <= 0)
            return end_wait(tool, id, set, seconds);
    }
}

/* What is planned is shown and asked about; what was applied before goes on. */
static int may_apply(tool_t *tool, const args_t *args, json_int_t id)
{
    json_auto_t *set = NULL;
    int code = plan_and_show(tool, id, &set);
    if (code != EXIT_OK || (!has_state(set, "PLANNED") && !has_state(set, "NEW")))
        return code;
    output_flush(tool->out);
    if (count(set, "refused") > 0)
        output_message("%lld zones were refused and stay as they are", (long long)count(set, "refused"));
    return tool_confirm(tool, "apply", args_has(args, 'f'));
}

int cmd_set_apply(tool_t *tool, const args_t *args)
{
    json_int_t id = 0;
    json_auto_t *set = NULL;
    int64_t seconds = wait_seconds(args, 0);
    int code = find_set(tool, args, &id);
    if (code == EXIT_OK)
        code = may_apply(tool, args, id);
    if (code != EXIT_OK)
        return code;
    code = tool_call(tool, "apply_change_set", json_pack("{s:I s:b}", "change_set_id", id, "skip_refused", 1), &set);
    if (code != EXIT_OK || seconds > 0)
        return code == EXIT_OK ? follow(tool, id, seconds) : code;
    if (output_is_json(tool->out))
        output_print_json(tool->out, set);
    else
        fprintf(output_file(tool->out), "change set %lld is being applied; wait_change_set %lld shows how far it is\n", (long long)id, (long long)id);
    return EXIT_OK;
}

int cmd_set_wait(tool_t *tool, const args_t *args) { return follow(tool, command_number(args->words[0]), wait_seconds(args, WAIT_DEFAULT_S)); }

/* ---------- the rest ---------- */

int cmd_set_cancel(tool_t *tool, const args_t *args)
{
    json_auto_t *set = NULL;
    int code = tool_query(tool, "cancel_change_set", number_of(command_number(args->words[0])), &set);
    if (set != NULL)
        show_counts(output_file(tool->out), set);
    return code;
}

int cmd_set_show(tool_t *tool, const args_t *args)
{
    json_auto_t *set = NULL;
    json_int_t id = command_number(args->words[0]);
    int code = args_has(args, 'v') ? show_pages(tool, id, NULL, true, &set) : tool_call(tool, "show_change_set", number_of(id), &set);
    if (code == EXIT_OK && output_is_json(tool->out))
        output_print_json(tool->out, set);
    else if (code == EXIT_OK)
        show_counts(output_file(tool->out), set);
    return code;
}

static void set_line(tool_t *tool, const args_t *args UNUSED, const json_t *set)
{
    AUTO_FREE char *id = output_member(set, "change_set_id", "");
    AUTO_FREE char *state = output_member(set, "state", "");
    AUTO_FREE char *created = output_member(set, "created", "");
    AUTO_FREE char *by = output_member(set, "change_by", "");
    AUTO_FREE char *title = output_member(set, "title", "");
    fprintf(output_file(tool->out), "%-8s %-10s %s  %-20s %s\n", id, state, created, by, title);
}

int cmd_set_ls(tool_t *tool, const args_t *args)
{
    static const listing_t listing = {"list_change_sets", {{"before", "change_set_id"}}, set_line};
    return listing_show(tool, args, &listing, json_object(), args->count > 0 ? command_number(args->words[0]) : 0);
}
