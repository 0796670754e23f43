/* Front ends and their accounts. */
#include "zone_tool/command.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static bool limited(const json_t *row, const char *key) { return json_array_size(json_object_get(row, key)) > 0; }

int cmd_front_end_ls(tool_t *tool, const args_t *args)
{
    json_auto_t *rows = NULL;
    (void)args;
    int code = tool_query(tool, "list_front_ends", json_object(), &rows);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) {
        AUTO_FREE char *uri = output_member(row, "uri", "");
        AUTO_FREE char *role = output_member(row, "role", "");
        AUTO_FREE char *tag = output_member(row, "sectag_label", "");
        fprintf(output_file(tool->out), "        %-32s %-16s %s%s%s%s\n", uri, role, tag, limited(row, "methods") ? "  some methods" : "",
                limited(row, "networks") ? "  some networks" : "", json_is_false(json_object_get(row, "enabled")) ? "  disabled" : "");
    }
    return code;
}

int cmd_front_end_create(tool_t *tool, const args_t *args)
{
    json_t *params = json_pack("{s:s s:s}", "uri", args->words[0], "role", args->words[1]);
    params_text(params, "sectag_label", args_word(args, 2));
    return wait_call(tool, args, "create_front_end", params);
}

int cmd_front_end_delete(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "delete_front_end", json_pack("{s:s}", "uri", args->words[0]));
}

int cmd_front_end_ls_account(tool_t *tool, const args_t *args)
{
    json_auto_t *rows = NULL;
    json_t *params = json_object();
    params_text(params, "uri", args_word(args, 0));
    int code = tool_query(tool, "list_accounts", params, &rows);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) {
        AUTO_FREE char *uri = output_member(row, "uri", "");
        AUTO_FREE char *login = output_member(row, "login", "");
        AUTO_FREE char *created = output_member(row, "ctime", "");
        fprintf(output_file(tool->out), "        %-32s %-32s %s%s%s\n", uri, login, created, limited(row, "networks") ? "  some networks" : "",
                json_is_false(json_object_get(row, "enabled")) ? "  disabled" : "");
    }
    return code;
}

enum { PASSWORD_MAX = 1024 };

/* One line, not shown where a terminal would.  Never a word of the command line: those are seen in the process list. */
static bool read_password(const tool_t *tool, char ret_password[PASSWORD_MAX + 2])
{
    struct termios before, silent;
    bool hide = tool->stdin_tty && tcgetattr(STDIN_FILENO, &before) == 0;
    if (hide) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        fputs("password: ", stderr);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    bool read = fgets(ret_password, PASSWORD_MAX + 2, stdin) != NULL;
    if (hide) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (read)
        ret_password[strcspn(ret_password, "\r\n")] = '\0';
    return read && ret_password[0] != '\0' && strlen(ret_password) <= PASSWORD_MAX;
}

int cmd_front_end_set_account(tool_t *tool, const args_t *args)
{
    char password[PASSWORD_MAX + 2] = "";
    if (tool->piped) {
        output_message("standard input carries commands; give set_account as words of the command line and the password as its input");
        return EXIT_USAGE;
    }
    if (!read_password(tool, password)) {
        output_message("a password of 1 to %d bytes is needed", PASSWORD_MAX);
        return EXIT_USAGE;
    }
    json_t *params = json_pack("{s:s s:s s:s}", "uri", args->words[0], "login", args->words[1], "password", password);
    explicit_bzero(password, sizeof password);
    if (params == NULL) {
        output_message("the password is not UTF-8 text");
        return EXIT_USAGE;
    }
    return wait_call(tool, args, "set_account", params);
}

int cmd_front_end_delete_account(tool_t *tool, const args_t *args)
{
    return wait_call(tool, args, "delete_account", json_pack("{s:s s:s}", "uri", args->words[0], "login", args->words[1]));
}
