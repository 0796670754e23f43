#include "controller/api/http_guard.h"
#include "shared/auto.h"
#include "shared/clock.h"
#include "shared/log.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { STACK_BYTES = 128 * 1024 };

typedef struct entry {
    struct entry *previous, *next;
    int fd;
    mono_t since;
    bool whole; /* not ours to judge: it is being answered, or ended already */
} entry_t;

struct http_guard {
    unsigned limit_s;
    pthread_t thread;
    pthread_mutex_t lock; /* of all that follows; a connection's socket is not closed while it is held (http_guard_notify) */
    pthread_cond_t wake;
    bool stopping;
    entry_t *first;
};

/* Ends those that are late; when the next one can be. */
static mono_t sweep(http_guard_t *self)
{
    mono_t now = clock_mono(NULL), next = mono_add_ms(now, self->limit_s * 1000);
    for (entry_t *e = self->first; e != NULL; e = e->next) {
        mono_t due = mono_add_ms(e->since, self->limit_s * 1000);
        if (e->whole)
            continue;
        if (due.us <= now.us) {
            log_debug("a connection that brought no whole request in %u s is ended", self->limit_s);
            shutdown(e->fd, SHUT_RDWR); /* libmicrohttpd sees its end and closes it */
            e->whole = true;
        } else if (due.us < next.us) {
            next = due;
        }
    }
    return next;
}

static void *run(void *arg)
{
    http_guard_t *self = arg;
    pthread_mutex_lock(&self->lock);
    while (!self->stopping) {
        mono_t next = sweep(self); /* whoever comes later is due later */
        const struct timespec at = {next.us / 1000000, next.us % 1000000 * 1000};
        pthread_cond_timedwait(&self->wake, &self->lock, &at);
    }
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

http_guard_t *http_guard_new(unsigned limit_s)
{
    http_guard_t *self = auto_calloc(1, sizeof *self);
    self->limit_s = limit_s;
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&self->wake, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&self->lock, NULL);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    int failed = pthread_create(&self->thread, &attr, run, self);
    pthread_attr_destroy(&attr);
    if (failed != 0) {
        log_error("no thread for the guard of connections");
        abort(); /* no threads at start: nothing could be served */
    }
    return self;
}

void http_guard_destroy(http_guard_t **self)
{
    http_guard_t *g = *self;
    if (g == NULL)
        return;
    pthread_mutex_lock(&g->lock);
    g->stopping = true;
    pthread_cond_signal(&g->wake);
    pthread_mutex_unlock(&g->lock);
    pthread_join(g->thread, NULL);
    pthread_cond_destroy(&g->wake);
    pthread_mutex_destroy(&g->lock);
    free(g);
    *self = NULL;
}

void http_guard_notify(void *cls, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode code)
{
    http_guard_t *self = cls;
    entry_t *e = *context;
    pthread_mutex_lock(&self->lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        e = auto_calloc(1, sizeof *e);
        *e = (entry_t){.next = self->first, .fd = info != NULL ? info->connect_fd : -1, .since = clock_mono(NULL)};
        if (e->next != NULL)
            e->next->previous = e;
        self->first = *context = e;
    } else if (e != NULL) {
        if (e->next != NULL)
            e->next->previous = e->previous;
        *(e->previous != NULL ? &e->previous->next : &self->first) = e->next;
        free(e);
        *context = NULL;
    }
    pthread_mutex_unlock(&self->lock);
}

void http_guard_request(http_guard_t *self, struct MHD_Connection *connection, bool whole)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    entry_t *e = info != NULL ? info->socket_context : NULL;
    pthread_mutex_lock(&self->lock);
    if (e != NULL) {
        e->whole = whole;
        e->since = clock_mono(NULL);
    }
    pthread_mutex_unlock(&self->lock);
}
