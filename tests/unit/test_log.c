#include "shared/log.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char s_line[1000];
static int s_count;

static void sink(void *arg, log_level_t level, const char *line)
{
    (void)arg;
    s_count++;
    snprintf(s_line, sizeof s_line, "%d %s", (int)level, line);
}

START_TEST(levels)
{
    log_level_t level;
    log_open("test", LOG_LEVEL_INFO);
    log_set_sink(sink, NULL);
    log_debug("not %s", "shown");
    ck_assert_int_eq(s_count, 0);
    log_info("zone \"%s\" is live zone=%s", "ex.com.", "ex.com.");
    ck_assert_str_eq(s_line, "6 zone \"ex.com.\" is live zone=ex.com.");
    log_set_level(LOG_LEVEL_ERROR);
    log_warning("not shown");
    ck_assert_int_eq(s_count, 1);
    ck_assert(log_level_from_text("Debug", &level) && level == LOG_LEVEL_DEBUG);
    ck_assert(!log_level_from_text("loud", &level));
    log_set_sink(NULL, NULL);
}
END_TEST

/* Foreign text in a line makes no second line and moves no cursor. */
START_TEST(one_line)
{
    log_open("test", LOG_LEVEL_INFO);
    log_set_sink(sink, NULL);
    log_info("a\nb\033[2Jc\r%s", "\n");
    ck_assert_str_eq(s_line, "6 a|b [2Jc  ");
    log_set_sink(NULL, NULL);
}
END_TEST

START_TEST(to_stderr)
{
    int fds[2];
    char text[500] = "";
    ck_assert_int_eq(pipe(fds), 0);
    int saved = dup(STDERR_FILENO);
    dup2(fds[1], STDERR_FILENO);
    setenv("JOURNAL_STREAM", "1:1", 1); /* inherited, but standard error is not the journal */
    log_open("prog", LOG_LEVEL_INFO);
    log_notice("hello zone=%s", "ex.com.");
    dup2(saved, STDERR_FILENO);
    ck_assert_int_gt(read(fds[0], text, sizeof text - 1), 0);
    ck_assert_msg(strstr(text, "+00:00 prog notice: hello zone=ex.com.\n") != NULL, "%s", text);
    ck_assert_int_eq(text[4], '-');
}
END_TEST

CHECK_MAIN("log", levels, one_line, to_stderr)
