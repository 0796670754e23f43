#include "zone_tool/wait.h"
#include "zone_tool/interrupt.h"
#include <stdlib.h>
#include <string.h>

/* A slice is short because each of them may show a server that became live; the times shown are the receipt's own, not ours. */
enum { SLICE_MS = 200, SLICE_LATER_MS = 1000, SLICES_SHORT = 25, BAR_COLUMNS = 40, ANSWER_EXTRA_MS = 15000, SERVERS_MAX = 1000 };

static const char *text_of(const json_t *object, const char *key, const char *none)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : none;
}

static bool time_of(const json_t *object, const char *key, wall_t *ret_time)
{
    return output_parse_time(json_string_value(json_object_get(object, key)), ret_time);
}

static bool is_master(const json_t *server) { return strcmp(text_of(server, "role", ""), "master") == 0; }
static bool is_disabled(const json_t *server) { return strcmp(text_of(server, "state", ""), "DISABLED") == 0; }
static bool is_live(const json_t *server) { return json_is_true(json_object_get(server, "live")); }

/* Milliseconds from the receipt's commit to `at`. */
static int64_t since_commit_ms(const json_t *receipt, wall_t at)
{
    wall_t start;
    if (!time_of(receipt, "committed_at", &start) && !time_of(receipt, "at", &start))
        return 0;
    return (at.us - start.us + 500) / 1000;
}

static bool server_ms(const json_t *receipt, const json_t *server, int64_t *ret_ms)
{
    wall_t at;
    if (!is_live(server))
        return false;
    if (!time_of(server, "live_at", &at) && !(is_master(server) && time_of(receipt, "master_at", &at)))
        return false;
    *ret_ms = since_commit_ms(receipt, at);
    return true;
}

static const char *word_for(const json_t *receipt, const json_t *server)
{
    if (is_master(server))
        return "master";
    return strcmp(text_of(receipt, "goal", "serve"), "absent") == 0 ? "gone" : "live";
}

char *wait_why(const json_t *server)
{
    const char *evidence = text_of(server, "evidence", "");
    bool cut = json_is_false(json_object_get(server, "connected")) && strstr(evidence, "agent is not connected") == NULL;
    AUTO_FREE char *since = output_member(server, "behind_since", "");
    AUTO_FREE char *reason = output_member(server, "reason", "");
    AUTO_FREE char *number = auto_printf(*reason != '\0' ? "reason %s" : "no report yet", reason);
    return auto_printf("%s%s%s%s%s", cut ? "its agent is not connected" : "", cut && *evidence != '\0' ? ", " : "",
                       *evidence != '\0' ? evidence : cut ? "" : number, *since != '\0' ? ", behind since " : "", since);
}

/* A receipt has the master's time beside its servers; here it is one of them, the first. */
static void add_master(tool_t *tool, json_t *receipt)
{
    json_t *servers = json_object_get(receipt, "servers");
    json_t *at = json_object_get(receipt, "master_at");
    if (!json_is_true(json_object_get(receipt, "publishes")) || !json_is_array(servers))
        return;
    if (tool->master_name == NULL) {
        json_auto_t *list = NULL;
        size_t i;
        json_t *server;
        rpc_client_call(tool->rpc, "list_server", json_object(), RPC_CLIENT_TIMEOUT_MS, &list, NULL);
        json_array_foreach(list, i, server) {
            if (is_master(server) && !is_disabled(server) && tool->master_name == NULL)
                tool->master_name = auto_strdup(text_of(server, "server_name", ""));
        }
        if (tool->master_name == NULL)
            tool->master_name = auto_strdup("-");
    }
    json_array_insert_new(servers, 0, json_pack("{s:s s:s s:b s:O?}", "server", tool->master_name, "role", "master", "live",
                                                json_is_string(at), "live_at", at));
}

/* ---------- following a change ---------- */

typedef struct {
    bool committed;
    bool seen[SERVERS_MAX]; /* by place in the receipt: more are waited for, but not shown one by one */
    size_t painted;         /* lines to go back up */
} follow_t;

static void follow_lines(follow_t *self, const json_t *receipt)
{
    if (!self->committed)
        puts("committed 0 ms");
    self->committed = true;
    size_t i;
    json_t *server;
    int64_t ms;
    json_array_foreach(json_object_get(receipt, "servers"), i, server) {
        if (i >= SERVERS_MAX || self->seen[i] || !server_ms(receipt, server, &ms))
            continue;
        printf("%s %s %lld ms\n", word_for(receipt, server), text_of(server, "server", "?"), (long long)ms);
        self->seen[i] = true;
    }
    fflush(stdout);
}

static void follow_paint(follow_t *self, const json_t *receipt, bool colour)
{
    const char *good = colour ? "\033[32m" : "", *bad = colour ? "\033[33m" : "", *plain = colour ? "\033[0m" : "";
    if (self->painted > 0)
        printf("\033[%zuA", self->painted);
    printf("\r\033[K  %-28s %scommitted%s  0 ms\n", "", good, plain);
    self->painted = 1;
    size_t i;
    json_t *server;
    int64_t ms;
    json_array_foreach(json_object_get(receipt, "servers"), i, server) {
        printf("\r\033[K  %-28s ", text_of(server, "server", "?"));
        if (server_ms(receipt, server, &ms)) {
            printf("%s%-9s%s  %lld ms\n", good, word_for(receipt, server), plain, (long long)ms);
        } else if (is_disabled(server)) {
            printf("disabled\n");
        } else {
            AUTO_FREE char *why = wait_why(server);
            printf("%s%-9s%s  %.60s\n", bad, "waiting", plain, why);
        }
        self->painted++;
    }
    fflush(stdout);
}

static int behind(const json_t *receipt, int64_t change_id, int64_t seconds)
{
    output_message("change %lld is not live on every server after %lld s", (long long)change_id, (long long)seconds);
    size_t i;
    json_t *server;
    json_array_foreach(json_object_get(receipt, "servers"), i, server) {
        if (is_live(server) || is_disabled(server))
            continue;
        AUTO_FREE char *why = wait_why(server);
        AUTO_FREE char *text = auto_printf("%s: %s", text_of(server, "server", "?"), why);
        output_wrap(stderr, text, "      ", "          ", 70);
    }
    fprintf(stderr, "      it goes on by itself; show_change %lld shows how far it is\n", (long long)change_id);
    return EXIT_TEMPFAIL;
}

/* The last receipt seen is returned also when time is over. */
static int follow(tool_t *tool, int64_t change_id, int64_t seconds, json_t **ret_receipt)
{
    follow_t state = {0};
    mono_t end = mono_add_ms(clock_mono(NULL), seconds * 1000);
    bool show = !output_is_json(tool->out);
    for (int slice = 0;; slice++) {
        int64_t left = mono_diff_ms(end, clock_mono(NULL));
        int64_t ms = slice < SLICES_SHORT || output_tty(tool->out) ? SLICE_MS : SLICE_LATER_MS;
        ms = left < ms ? (left > 0 ? left : 0) : ms;
        AUTO_ERR info = ERR_INFO_INIT;
        json_auto_t *receipt = NULL;
        json_t *params = json_pack("{s:I s:I}", "change_id", (json_int_t)change_id, "timeout_ms", (json_int_t)ms);
        if (rpc_client_call(tool->rpc, "wait_change", params, ms + ANSWER_EXTRA_MS, &receipt, &info) != ERR_OK) {
            int code = tool_fail_call(tool, &info);
            if (interrupt_pending())
                fprintf(stderr, "      the change goes on by itself; show_change %lld shows how far it is\n", (long long)change_id);
            return code;
        }
        bool complete = json_is_true(json_object_get(receipt, "complete"));
        add_master(tool, receipt);
        if (show && output_tty(tool->out))
            follow_paint(&state, receipt, output_colour(tool->out));
        else if (show)
            follow_lines(&state, receipt);
        if (complete || mono_diff_ms(end, clock_mono(NULL)) <= 0) {
            json_decref(*ret_receipt);
            *ret_receipt = json_incref(receipt);
            const char *failure = json_string_value(json_object_get(receipt, "failure"));
            if (failure != NULL)
                output_message("change %lld was not made: %s", (long long)change_id, failure);
            return failure != NULL ? EXIT_DATAERR : complete ? EXIT_OK : behind(receipt, change_id, seconds);
        }
    }
}

int wait_change(tool_t *tool, int64_t change_id, int64_t seconds)
{
    json_auto_t *receipt = NULL;
    output_flush(tool->out);
    int code = follow(tool, change_id, seconds, &receipt);
    if (output_is_json(tool->out) && receipt != NULL)
        output_print_json(tool->out, receipt);
    return code;
}

/* ---------- after a change ---------- */

int64_t wait_seconds(const args_t *args, int64_t absent)
{
    const char *wait = args_value(args, 'W');
    return wait == NULL ? absent : *wait == '\0' ? WAIT_DEFAULT_S : command_number(wait);
}

int wait_receipt(tool_t *tool, const args_t *args, const json_t *result)
{
    json_int_t change_id = json_integer_value(json_object_get(result, "change_id"));
    int64_t seconds = wait_seconds(args, 0);
    bool publishes = json_is_true(json_object_get(result, "publishes"));
    bool unchanged = json_is_true(json_object_get(result, "unchanged"));
    if (output_is_json(tool->out)) {
        json_auto_t *all = json_deep_copy(result);
        json_auto_t *receipt = NULL;
        int code = EXIT_OK;
        if (seconds > 0 && publishes)
            code = follow(tool, change_id, seconds, &receipt);
        if (receipt != NULL && json_is_object(all))
            json_object_set(all, "receipt", receipt);
        output_print_json(tool->out, all);
        return code;
    }
    output_warnings(result);
    if (unchanged)
        fputs("unchanged: this is what the zone has already\n", output_file(tool->out));
    if (json_is_true(json_object_get(result, "deferred")))
        fputs("deferred: somebody edits the zone; the update is made when the edit ends\n", output_file(tool->out));
    if (change_id > 0)
        fprintf(output_file(tool->out), "change %lld\n", (long long)change_id);
    if (seconds <= 0 || change_id <= 0 || !publishes)
        return EXIT_OK;
    return wait_change(tool, change_id, seconds);
}

int wait_show(tool_t *tool, int64_t change_id)
{
    json_auto_t *receipt = NULL;
    int code = tool_query(tool, "show_change", json_pack("{s:I}", "change_id", (json_int_t)change_id), &receipt);
    if (receipt == NULL)
        return code;
    add_master(tool, receipt);
    wait_picture(receipt, output_file(tool->out));
    return EXIT_OK;
}

int wait_call(tool_t *tool, const args_t *args, const char *method, json_t *params)
{
    json_auto_t *result = NULL;
    json_object_set_new(params, "receipt", json_true());
    if (args_has(args, 'S'))
        json_object_set_new(params, "strict", json_true());
    int code = tool_call(tool, method, params, &result);
    return code != EXIT_OK ? code : wait_receipt(tool, args, result);
}

/* ---------- picture ---------- */

static void bar(FILE *to, const char *word, const char *name, int64_t ms, int64_t longest)
{
    int columns = longest > 0 ? (int)((ms * BAR_COLUMNS + longest / 2) / longest) : 0;
    columns = columns < 0 ? 0 : columns > BAR_COLUMNS ? BAR_COLUMNS : columns;
    fprintf(to, "        %-9s %-20s %8lld ms |", word, name, (long long)ms);
    for (int i = 0; i < columns; i++)
        fputc('=', to);
    fputs(columns > 0 ? ">\n" : "\n", to);
}

void wait_picture(const json_t *receipt, FILE *to)
{
    AUTO_FREE char *at = output_member(receipt, "at", "");
    AUTO_FREE char *serial = output_member(receipt, "soa_serial", "");
    AUTO_FREE char *zi = output_member(receipt, "zi_id", "");
    bool ok = !json_is_false(json_object_get(receipt, "ok"));
    fprintf(to, "change %lld  %s %s%s\n", (long long)json_integer_value(json_object_get(receipt, "change_id")),
            text_of(receipt, "method", "?"), text_of(receipt, "object_name", ""), ok ? "" : "  (refused)");
    fprintf(to, "        by %s (%s %s), %s\n", text_of(receipt, "login", "?"), text_of(receipt, "role", "?"),
            text_of(receipt, "front_end", ""), at);
    if (*zi != '\0' || *serial != '\0')
        fprintf(to, "        zi_id %s, serial %s\n", zi, serial);
    if (!ok || !json_is_true(json_object_get(receipt, "publishes"))) {
        fprintf(to, "        %s\n", ok ? "nothing to publish" : text_of(receipt, "message", "nothing was changed"));
        return;
    }
    const char *failure = json_string_value(json_object_get(receipt, "failure"));
    if (failure != NULL || json_is_true(json_object_get(receipt, "deferred"))) {
        fprintf(to, "        %s%s\n", failure != NULL ? "not made: " : "waits for the end of the zone's edit",
                failure != NULL ? failure : "");
        return;
    }
    size_t i;
    json_t *server;
    int64_t ms, longest = 0;
    json_array_foreach(json_object_get(receipt, "servers"), i, server) {
        if (server_ms(receipt, server, &ms) && ms > longest)
            longest = ms;
    }
    fputc('\n', to);
    bar(to, "committed", "", 0, longest);
    json_array_foreach(json_object_get(receipt, "servers"), i, server) {
        const char *name = text_of(server, "server", "?");
        if (server_ms(receipt, server, &ms)) {
            bar(to, word_for(receipt, server), name, ms, longest);
        } else if (is_disabled(server)) {
            fprintf(to, "        %-9s %-20s\n", "disabled", name);
        } else {
            AUTO_FREE char *why = wait_why(server);
            fprintf(to, "        %-9s %-20s             | %s\n", "waiting", name, why);
        }
    }
    fprintf(to, "\n        %s\n", json_is_true(json_object_get(receipt, "complete")) ? "complete: live on every server"
                                                                                      : "not complete yet");
}
