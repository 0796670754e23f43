#include "agent/run.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct child child_t;
struct child {
    run_t *run;
    pid_t pid; /* 0: could not be started */
    int out;   /* read end */
    int timer;
    char output[RUN_OUTPUT_MAX];
    size_t size;
    run_done_t done;
    void *arg;
    child_t *next;
};

struct run {
    zloop_t *loop;
    int signals;
    child_t *children;
};

static void read_output(child_t *c)
{
    char scratch[1024];
    for (;;) {
        ssize_t n = read(c->out, scratch, sizeof scratch);
        if (n <= 0)
            return;
        size_t room = RUN_OUTPUT_MAX - 1 - c->size;
        size_t take = (size_t)n < room ? (size_t)n : room; /* the rest is read and dropped: the child must not block */
        memcpy(c->output + c->size, scratch, take);
        c->size += take;
    }
}

static int on_output(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    child_t *c = arg;
    read_output(c);
    return 0;
}

/* Take it out of the loop and the list. */
static void forget(child_t *c)
{
    run_t *self = c->run;
    for (child_t **p = &self->children; *p != NULL; p = &(*p)->next) {
        if (*p == c) {
            *p = c->next;
            break;
        }
    }
    zmq_pollitem_t item = {.fd = c->out};
    zloop_poller_end(self->loop, &item);
    zloop_timer_end(self->loop, c->timer);
    read_output(c);
    close(c->out);
}

static void finish(child_t *c, int status)
{
    forget(c);
    c->output[c->size] = '\0';
    c->done(c->arg, status, c->output);
    free(c);
}

static int on_signal(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    run_t *self = arg;
    struct signalfd_siginfo info;
    while (read(item->fd, &info, sizeof info) == sizeof info) {
    }
    child_t *next;
    for (child_t *c = self->children; c != NULL; c = next) {
        next = c->next;
        int status;
        if (c->pid > 0 && waitpid(c->pid, &status, WNOHANG) == c->pid)
            finish(c, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    }
    return 0;
}

/* Time limit, or at once for a child that could not be started. */
static int on_timer(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    child_t *c = arg;
    if (c->pid > 0)
        kill(c->pid, SIGKILL); /* SIGCHLD follows */
    else
        finish(c, -1);
    return 0;
}

run_t *run_new(zloop_t *loop)
{
    run_t *self = auto_calloc(1, sizeof *self);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    self->loop = loop;
    self->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    assert(self->signals >= 0);
    zmq_pollitem_t item = {.fd = self->signals, .events = ZMQ_POLLIN};
    zloop_poller(loop, &item, on_signal, self);
    return self;
}

void run_destroy(run_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    run_t *r = *self;
    for (child_t *c = r->children, *next; c != NULL; c = next) {
        next = c->next;
        if (c->pid > 0) {
            kill(c->pid, SIGKILL);
            waitpid(c->pid, NULL, 0);
        }
        forget(c);
        free(c);
    }
    zmq_pollitem_t item = {.fd = r->signals};
    zloop_poller_end(r->loop, &item);
    close(r->signals);
    free(r);
    *self = NULL;
}

static int spawn(child_t *c, char *const argv[], int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, out, 2);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    int e = posix_spawn(&c->pid, argv[0], &actions, &attr, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    if (e != 0)
        c->pid = 0;
    return e;
}

void run_start(run_t *self, char *const argv[], int limit_ms, run_done_t done, void *arg)
{
    child_t *c = auto_calloc(1, sizeof *c);
    int pipe_fd[2];
    int r = pipe2(pipe_fd, O_CLOEXEC);
    assert(r == 0);
    (void)r;
    fcntl(pipe_fd[0], F_SETFL, O_NONBLOCK);
    *c = (child_t){.run = self, .out = pipe_fd[0], .done = done, .arg = arg, .next = self->children};
    self->children = c;
    int e = spawn(c, argv, pipe_fd[1]);
    close(pipe_fd[1]);
    if (e != 0) {
        c->size = (size_t)snprintf(c->output, sizeof c->output, "could not start \"%s\": %s", argv[0], strerror(e));
        limit_ms = 0;
    } else {
        zmq_pollitem_t item = {.fd = c->out, .events = ZMQ_POLLIN};
        zloop_poller(self->loop, &item, on_output, c);
        zloop_poller_set_tolerant(self->loop, &item); /* its end comes before the signal */
    }
    c->timer = zloop_timer(self->loop, (size_t)limit_ms, 1, on_timer, c);
}
