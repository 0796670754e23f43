#include "zone_tool/run.h"
#include "zone_tool/interrupt.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void ignore_keys(bool ignore)
{
    struct sigaction act = {.sa_handler = ignore ? SIG_IGN : SIG_DFL};
    sigemptyset(&act.sa_mask);
    sigaction(SIGQUIT, &act, NULL);
    if (ignore)
        sigaction(SIGINT, &act, NULL);
    else
        interrupt_init();
}

err_t run_start(char *const *argv, int in_fd, int out_fd, pid_t *ret_pid, err_info_t *reterr)
{
    fflush(stdout);
    ignore_keys(true);
    pid_t pid = fork();
    if (pid < 0) {
        ignore_keys(false);
        return err_set(reterr, ERR_IO, "\"%s\" could not be started: %s", argv[0], strerror(errno));
    }
    if (pid == 0) {
        struct sigaction act = {.sa_handler = SIG_DFL};
        sigaction(SIGINT, &act, NULL);
        sigaction(SIGQUIT, &act, NULL);
        sigaction(SIGPIPE, &act, NULL);
        if (in_fd >= 0)
            dup2(in_fd, STDIN_FILENO);
        if (out_fd >= 0)
            dup2(out_fd, STDOUT_FILENO);
        execvp(argv[0], argv);
        _exit(127);
    }
    *ret_pid = pid;
    return ERR_OK;
}

int run_wait(pid_t pid, int64_t interval_ms, void (*tick)(void *arg), void *arg)
{
    int status = 0;
    /* a process descriptor becomes readable when the child ends: one poll serves both the end and the timer */
    AUTO_FD fd = interval_ms > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    while (fd >= 0) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        int ready = poll(&poll_fd, 1, (int)interval_ms);
        if (ready > 0)
            break;
        if (ready == 0)
            tick(arg);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    ignore_keys(false);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

err_t run_filter(char *const *argv, const char *text, size_t length, int *ret_status)
{
    int pipe_fds[2];
    pid_t pid;
    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        return ERR_IO;
    AUTO_FD read_end = pipe_fds[0];
    AUTO_FD write_end = pipe_fds[1];
    err_t err = run_start(argv, read_end, -1, &pid, NULL);
    if (err != ERR_OK)
        return err;
    auto_close_(&read_end);
    for (size_t done = 0; done < length;) {
        ssize_t n = write(write_end, text + done, length - done);
        if (n < 0 && errno != EINTR)
            break; /* the pager was left before the end */
        done += n > 0 ? (size_t)n : 0;
    }
    auto_close_(&write_end);
    *ret_status = run_wait(pid, 0, NULL, NULL);
    return ERR_OK;
}

err_t run_capture(char *const *argv, char **ret_text, size_t *ret_length, int *ret_status, err_info_t *reterr)
{
    int pipe_fds[2];
    pid_t pid;
    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        return err_set(reterr, ERR_IO, "pipe: %s", strerror(errno));
    AUTO_FD read_end = pipe_fds[0];
    AUTO_FD write_end = pipe_fds[1];
    err_t err = run_start(argv, -1, write_end, &pid, reterr);
    if (err != ERR_OK)
        return err;
    auto_close_(&write_end);
    AUTO_FREE char *text = NULL;
    size_t length = 0, cap = 0;
    for (;;) {
        text = auto_grow(text, &cap, length + 65536, 1);
        ssize_t n = read(read_end, text + length, cap - length - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        length += (size_t)n;
    }
    text[length] = '\0';
    *ret_status = run_wait(pid, 0, NULL, NULL);
    *ret_text = text;
    *ret_length = length;
    text = NULL;
    return ERR_OK;
}
