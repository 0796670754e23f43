/* The edit loop (edit_zone). */
#include "zone_tool/command.h"
#include "zone_tool/diff.h"
#include "zone_tool/editor.h"
#include "zone_tool/interrupt.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TICKLE_MS = 30000 };

typedef struct {
    tool_t *tool;
    const args_t *args;
    const char *name;
    json_t *token;         /* of the edit lock, or null */
    json_int_t based_on;   /* newest version when the edit began: another one means that somebody saved in between */
    char *original;
    editor_t *editor;
    unsigned line;         /* where to open the editor */
    err_t lock_lost;       /* set by a tickle that was refused */
} edit_t;

typedef enum { NEXT_EDIT, NEXT_SAVE, NEXT_END } next_t;

static void tickle(void *arg)
{
    edit_t *self = arg;
    json_auto_t *result = NULL;
    AUTO_ERR info = ERR_INFO_INIT;
    json_t *params = json_pack("{s:s s:O}", "name", self->name, "edit_lock_token", self->token);
    err_t err = rpc_client_call(self->tool->rpc, "tickle_editlock", params, RPC_CLIENT_TIMEOUT_MS, &result, &info);
    if (err_row(err)->class == ERR_CLASS_USER) /* not for a controller that is away for a moment */
        self->lock_lost = err;
}

static void unlock(const edit_t *self)
{
    json_auto_t *result = NULL;
    json_t *params;
    if (!json_is_integer(self->token) || self->lock_lost != ERR_OK)
        return;
    interrupt_clear(); /* Ctrl-C ends the edit, not this call */
    params = json_pack("{s:s s:O}", "name", self->name, "edit_lock_token", self->token);
    rpc_client_call(self->tool->rpc, "cancel_edit_zone", params, RPC_CLIENT_TIMEOUT_MS, &result, NULL);
}

/* The text survives whatever went wrong; where it is is the last thing said. */
static void keep_text(edit_t *self)
{
    if (access(editor_path(self->editor), F_OK) != 0 || !editor_changed(self->editor))
        return;
    editor_keep(self->editor);
    fprintf(stderr, "      your text is kept in %s\n", editor_path(self->editor));
}

/* Who has the zone now, or who saved last: for the loser of a race. */
static void tell_who(const edit_t *self)
{
    json_auto_t *zone = NULL;
    if (rpc_client_call(self->tool->rpc, "show_zonesm", json_pack("{s:s}", "name", self->name), RPC_CLIENT_TIMEOUT_MS, &zone, NULL) !=
        ERR_OK)
        return;
    AUTO_FREE char *locked_by = output_member(zone, "locked_by", "");
    AUTO_FREE char *locked_at = output_member(zone, "locked_at", "");
    const json_t *zi = json_object_get(zone, "zi");
    AUTO_FREE char *saved_by = output_member(zi, "change_by", "");
    AUTO_FREE char *saved_at = output_member(zi, "ctime", "");
    AUTO_FREE char *zi_id = output_member(zi, "zi_id", "");
    if (*locked_by != '\0')
        fprintf(stderr, "      the edit lock is held by %s since %s\n", locked_by, locked_at);
    if (*zi_id != '\0')
        fprintf(stderr, "      the newest published version, %s, was made by %s at %s\n", zi_id, saved_by, saved_at);
}

static int begin(edit_t *self)
{
    json_auto_t *answer = NULL, *text = NULL;
    const char *zi = params_zi(self->args, 1);
    int code = tool_call(self->tool, "edit_zone", params_name_zi(self->args, 1), &answer);
    if (code != EXIT_OK)
        return code;
    /* [zone, token], or inside the object that a receipt makes of it */
    const json_t *pair = json_is_object(answer) ? json_object_get(answer, "result") : answer;
    const json_t *zone = json_array_get(pair, 0);
    self->token = json_incref(json_array_get(pair, 1) != NULL ? json_array_get(pair, 1) : json_null());
    const json_t *newest = json_object_get(zone, "zi_candidate_id");
    if (!json_is_integer(newest))
        newest = json_object_get(zone, "zi_id");
    self->based_on = json_integer_value(newest);
    json_t *params = params_name(self->args);
    json_t *version = json_object_get(json_object_get(zone, "zi"), "zi_id");
    if (json_is_integer(version) && zi != NULL)
        json_object_set(params, "zi_id", version);
    else if (self->based_on > 0)
        json_object_set_new(params, "zi_id", json_integer(self->based_on)); /* the newest text, published or not yet */
    code = tool_call(self->tool, "show_zone_text", params, &text);
    if (code != EXIT_OK)
        return code;
    const char *zi_text = json_string_value(json_object_get(text, "zi_text"));
    self->original = auto_strdup(zi_text != NULL ? zi_text : "");
    AUTO_ERR info = ERR_INFO_INIT;
    AUTO_FREE char *file_name = auto_printf("%s%szone", self->name, self->name[strlen(self->name) - 1] == '.' ? "" : ".");
    const char *restricted = self->tool->restricted ? self->tool->restricted_editor : NULL;
    if (editor_open(file_name, self->original, restricted, &self->editor, &info) != ERR_OK)
        return tool_fail(self->tool, &info);
    return EXIT_OK;
}

static void show_diff(const edit_t *self)
{
    AUTO_ERR info = ERR_INFO_INIT;
    AUTO_FREE char *text = NULL;
    err_t err = editor_text(self->editor, &text, &info);
    if (err == ERR_OK)
        err = diff_texts(self->original, text, self->name, "edited", output_colour(self->tool->out), output_file(self->tool->out), &info);
    if (err != ERR_OK)
        tool_fail(self->tool, &info);
    output_end(self->tool->out);
}

/* Update, change again, difference or abort.  Where nobody can be asked the answer is yes: the editor was a program, too. */
static next_t ask(edit_t *self, int *code)
{
    if (!self->tool->stdin_tty || args_has(self->args, 'f'))
        return NEXT_SAVE;
    for (;;) {
        puts("Do you wish to Abort, Change, Diff, or Update the zone?");
        AUTO_FREE char *answer = tool_ask("--[U]/a/c/d> ");
        if (answer == NULL || strcasecmp(answer, "a") == 0) {
            unlock(self);
            puts("Zone not updated.");
            if (answer == NULL)
                keep_text(self);
            *code = EXIT_OK;
            return NEXT_END;
        }
        if (*answer == '\0' || strcasecmp(answer, "u") == 0)
            return NEXT_SAVE;
        if (strcasecmp(answer, "c") == 0)
            return NEXT_EDIT;
        if (strcasecmp(answer, "d") == 0)
            show_diff(self);
    }
}

/* Back to the editor after a refusal? */
static next_t ask_again(edit_t *self, int failed, int *code)
{
    *code = failed;
    for (; self->tool->stdin_tty;) {
        puts("Do you wish to edit the zone again?");
        AUTO_FREE char *answer = tool_ask("--[Y]/n> ");
        if (answer == NULL || strcasecmp(answer, "n") == 0)
            break;
        if (*answer == '\0' || strcasecmp(answer, "y") == 0)
            return NEXT_EDIT;
    }
    unlock(self);
    keep_text(self);
    return NEXT_END;
}

static unsigned offending_line(const json_t *error)
{
    const json_t *data = json_object_get(error, "data");
    size_t i;
    json_t *problem;
    json_array_foreach(json_object_get(data, "problems"), i, problem) {
        const char *severity = json_string_value(json_object_get(problem, "severity"));
        json_int_t line = json_integer_value(json_object_get(problem, "lineno"));
        if (line > 0 && (severity == NULL || strcmp(severity, "warning") != 0))
            return (unsigned)line;
    }
    json_int_t line = json_integer_value(json_object_get(data, "lineno"));
    return line > 0 ? (unsigned)line : 0;
}

static next_t save(edit_t *self, int *code)
{
    AUTO_ERR info = ERR_INFO_INIT;
    AUTO_FREE char *text = NULL;
    json_auto_t *result = NULL;
    if (editor_text(self->editor, &text, &info) != ERR_OK)
        return ask_again(self, tool_fail(self->tool, &info), code);
    json_t *params = json_pack("{s:s s:s s:b}", "name", self->name, "zi_text", text, "receipt", 1);
    if (json_is_integer(self->token))
        json_object_set(params, "edit_lock_token", self->token);
    if (self->based_on > 0)
        json_object_set_new(params, "if_zi_id", json_integer(self->based_on));
    if (args_has(self->args, 'S'))
        json_object_set_new(params, "strict", json_true());
    err_t err = rpc_client_call(self->tool->rpc, "update_zone_text", params, RPC_CLIENT_TIMEOUT_MS, &result, &info);
    if (err == ERR_OK) {
        *code = wait_receipt(self->tool, self->args, result);
        return NEXT_END;
    }
    int failed = tool_fail_call(self->tool, &info);
    if (err == ERR_PRECONDITION_FAILED || err == ERR_UPDATE_ZONE_FAILURE || err == ERR_TICKLE_EDIT_LOCK_FAILURE) {
        fprintf(stderr, "      changes not saved\n");
        tell_who(self);
        if (err == ERR_PRECONDITION_FAILED)
            unlock(self);
        keep_text(self);
        *code = failed;
        return NEXT_END;
    }
    self->line = offending_line(rpc_client_error(self->tool->rpc));
    return ask_again(self, failed, code);
}

static int64_t tickle_ms(void)
{
    const char *text = getenv("DMS_TICKLE");
    int64_t seconds = text != NULL ? command_number(text) : 0;
    return seconds > 0 && seconds < INT64_MAX / 1000 ? seconds * 1000 : TICKLE_MS;
}

static next_t edit(edit_t *self, int *code)
{
    AUTO_ERR info = ERR_INFO_INIT;
    int64_t every_ms = json_is_integer(self->token) ? tickle_ms() : 0;
    err_t err = editor_run(self->editor, self->line, every_ms, tickle, self, &info);
    self->line = 0;
    if (self->lock_lost != ERR_OK) {
        output_message("the edit lock was lost while you were editing; changes not saved");
        tell_who(self);
        keep_text(self);
        *code = EXIT_TEMPFAIL;
        return NEXT_END;
    }
    if (err != ERR_OK) {
        tool_fail(self->tool, &info);
        unlock(self);
        keep_text(self);
        *code = EXIT_SOFTWARE;
        return NEXT_END;
    }
    if (!editor_changed(self->editor) && !args_has(self->args, 'f')) {
        puts("unchanged after editing - exiting");
        unlock(self);
        *code = EXIT_OK;
        return NEXT_END;
    }
    return ask(self, code);
}

int cmd_edit_zone(tool_t *tool, const args_t *args)
{
    edit_t self = {.tool = tool, .args = args, .name = args->words[0]};
    int code = begin(&self);
    if (code == EXIT_OK) {
        next_t next = NEXT_EDIT;
        while (next != NEXT_END)
            next = next == NEXT_EDIT ? edit(&self, &code) : save(&self, &code);
    } else if (self.token != NULL) {
        unlock(&self);
    }
    editor_destroy(&self.editor);
    json_decref(self.token);
    free(self.original);
    return code;
}
