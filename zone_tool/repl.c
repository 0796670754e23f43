#include "zone_tool/repl.h"
#include "zone_tool/command.h"
#include "zone_tool/complete.h"
#include "zone_tool/interrupt.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <readline/history.h>
#include <readline/readline.h>

enum { HISTORY_LINES = 2000 };
static const char PROMPT[] = "zone_tool > ";

/* readline's callbacks carry no argument: these three are theirs. */
static tool_t *session;
static char *line_read;
static bool line_done, end_of_input;

static void on_line(char *line)
{
    rl_callback_handler_remove(); /* the command and the programs it starts get the terminal as they expect it */
    line_read = line;
    line_done = true;
    end_of_input = line == NULL;
}

static words_t candidates;

static char *next_candidate(const char *text, int state)
{
    static size_t index;
    (void)text;
    if (state == 0)
        index = 0;
    return index < candidates.count ? strdup(candidates.items[index++]) : NULL;
}

static char **on_complete(const char *text, int start, int end)
{
    (void)end;
    AUTO_FREE char *before = auto_strndup(rl_line_buffer, (size_t)start);
    words_done(&candidates);
    rl_attempted_completion_over = 1; /* file names only where they are meant */
    if (complete_words(session, before, text, &candidates)) {
        rl_filename_completion_desired = 1;
        return rl_completion_matches(text, rl_filename_completion_function);
    }
    return rl_completion_matches(text, next_candidate);
}

/* One line, without newline; NULL at the end.  poll instead of a blocking readline(), so that Ctrl-C can clear the line. */
static char *read_line(void)
{
    sigset_t block, old;
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigprocmask(SIG_BLOCK, &block, &old);
    line_done = false;
    rl_callback_handler_install(PROMPT, on_line);
    while (!line_done) {
        struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
        int ready = ppoll(&fd, 1, NULL, &old); /* SIGINT is let through only here: no race with the check below */
        if (interrupt_pending()) {
            interrupt_clear();
            rl_callback_sigcleanup();
            rl_free_line_state();
            rl_callback_handler_remove();
            fputs("^C\n", stdout);
            rl_callback_handler_install(PROMPT, on_line);
        } else if (ready > 0) {
            rl_callback_read_char();
        } else if (ready < 0 && errno != EINTR) {
            on_line(NULL);
        }
    }
    sigprocmask(SIG_SETMASK, &old, NULL);
    return line_read;
}

/* ---------- history ---------- */

static char *history_path(void)
{
    const char *home = getenv("HOME");
    return home != NULL && *home == '/' ? auto_printf("%s/.zone_tool_history", home) : NULL;
}

static void history_load(const char *path)
{
    using_history();
    stifle_history(HISTORY_LINES);
    if (path == NULL)
        return;
    AUTO_FD fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || fchmod(fd, 0600) != 0)
        return;
    read_history(path);
}

/* At once, not at the end: a session that is killed, or runs beside this one, loses nothing. */
static void history_keep(const char *path, char *line)
{
    for (size_t n = strlen(line); n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'); n--)
        line[n - 1] = '\0'; /* completion leaves a blank */
    const HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (line[strspn(line, " \t")] == '\0' || (last != NULL && strcmp(last->line, line) == 0))
        return;
    add_history(line);
    if (path != NULL)
        append_history(1, path);
}

int repl_run(tool_t *tool)
{
    AUTO_FREE char *path = history_path();
    char name[] = "zone_tool", breaks[] = " \t\n\"'";
    mode_t mask = umask(077);
    session = tool;
    rl_readline_name = name;
    rl_catch_signals = 0;
    rl_attempted_completion_function = on_complete;
    rl_completer_word_break_characters = breaks;
    history_load(path);
    umask(mask);
    printf("Welcome to zone_tool, version %s. Type help or ? to list commands.\n\n", DMS_VERSION);
    while (!tool->leave) {
        AUTO_FREE char *line = read_line();
        if (end_of_input) {
            fputc('\n', stdout);
            break;
        }
        history_keep(path, line);
        command_run_line(tool, line);
        fflush(stdout);
    }
    if (path != NULL) {
        mask = umask(077);
        history_truncate_file(path, HISTORY_LINES);
        umask(mask);
    }
    words_done(&candidates);
    rl_completer_word_break_characters = NULL;
    return EXIT_OK;
}
