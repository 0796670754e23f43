#include "agent/stream.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    uint8_t *bytes;
    size_t size, cap;
} buffer_t;

struct stream {
    zloop_t *loop;
    struct sockaddr_storage address;
    socklen_t address_len;
    unsigned prefix;
    size_t frame_max;
    stream_events_t events;
    int fd;           /* -1: closed */
    bool connecting;
    bool polling_out;
    uint64_t opened;  /* counts connections: tells whether a callback has closed or replaced this one */
    buffer_t in, out;
    int connect_errno;
};

static int on_ready(zloop_t *loop, zmq_pollitem_t *item, void *arg);

static void append(buffer_t *b, const void *bytes, size_t size)
{
    b->bytes = auto_grow(b->bytes, &b->cap, b->size + size, 1);
    memcpy(b->bytes + b->size, bytes, size);
    b->size += size;
}

static void consume(buffer_t *b, size_t n)
{
    memmove(b->bytes, b->bytes + n, b->size - n);
    b->size -= n;
    if (b->size == 0 && b->cap > 256 << 10) { /* a burst is over: give the memory back */
        free(b->bytes);
        *b = (buffer_t){0};
    }
}

stream_t *stream_new(zloop_t *loop, const struct sockaddr_storage *address, socklen_t address_len,
                     unsigned prefix_bytes, size_t frame_max,
                     const stream_events_t *events)
{
    stream_t *self = auto_calloc(1, sizeof *self);
    self->loop = loop;
    self->address = *address;
    self->address_len = address_len;
    self->prefix = prefix_bytes;
    self->frame_max = frame_max;
    self->events = *events;
    self->fd = -1;
    return self;
}

void stream_destroy(stream_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    stream_close(*self);
    free((*self)->in.bytes);
    free((*self)->out.bytes);
    free(*self);
    *self = NULL;
}

bool stream_is_open(const stream_t *self)
{
    return self->fd >= 0;
}

static void watch_fd(stream_t *self, bool out)
{
    zmq_pollitem_t item = {.fd = self->fd, .events = (short)(ZMQ_POLLIN | (out ? ZMQ_POLLOUT : 0))};
    zloop_poller_end(self->loop, &item);
    zloop_poller(self->loop, &item, on_ready, self);
    zloop_poller_set_tolerant(self->loop, &item);
    self->polling_out = out;
}

void stream_close(stream_t *self)
{
    if (self->fd < 0)
        return;
    zmq_pollitem_t item = {.fd = self->fd};
    zloop_poller_end(self->loop, &item);
    close(self->fd);
    self->fd = -1;
    self->connecting = false;
    self->opened++;
    self->in.size = self->out.size = 0;
}

static void fail(stream_t *self, int error)
{
    stream_close(self);
    self->events.on_closed(self->events.arg, error != 0 ? strerror(error) : "connection closed");
}

static void flush(stream_t *self)
{
    while (self->out.size > 0) {
        ssize_t n = send(self->fd, self->out.bytes, self->out.size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break; /* EAGAIN: later; an error shows when reading */
        consume(&self->out, (size_t)n);
    }
    if (self->polling_out != (self->out.size > 0))
        watch_fd(self, self->out.size > 0);
}

/* A socket that cannot even be made is told from the loop, like every other failure. */
static int on_deferred(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    stream_t *self = arg;
    if (self->fd >= 0 && self->connect_errno != 0) {
        int error = self->connect_errno;
        self->connect_errno = 0;
        fail(self, error);
    }
    return 0;
}

static void open_connection(stream_t *self)
{
    self->fd = socket(self->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert(self->fd >= 0); /* out of descriptors: our bug, or a limit that lets nothing work */
    self->opened++;
    self->connect_errno = 0;
    int one = 1;
    setsockopt(self->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    self->connecting = true;
    if (connect(self->fd, (const struct sockaddr *)&self->address, self->address_len) != 0 && errno != EINPROGRESS) {
        self->connect_errno = errno;
        zloop_timer(self->loop, 0, 1, on_deferred, self);
        return;
    }
    watch_fd(self, true);
}

void stream_send(stream_t *self, const uint8_t *bytes, size_t size)
{
    if (self->fd < 0)
        open_connection(self);
    uint8_t prefix[4] = {(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size};
    append(&self->out, prefix + 4 - self->prefix, self->prefix);
    append(&self->out, bytes, size);
    if (!self->connecting)
        flush(self);
}

/* Hand out whole frames.  The owner may close or send while it is called. */
static void frames(stream_t *self)
{
    size_t at = 0;
    uint64_t opened = self->opened;
    while (self->in.size - at >= self->prefix) {
        size_t len = 0;
        for (unsigned i = 0; i < self->prefix; i++)
            len = len << 8 | self->in.bytes[at + i];
        if (len > self->frame_max) {
            fail(self, EMSGSIZE);
            return;
        }
        if (self->in.size - at - self->prefix < len)
            break;
        self->events.on_frame(self->events.arg, self->in.bytes + at + self->prefix, len);
        if (self->opened != opened)
            return;
        at += self->prefix + len;
    }
    if (at > 0)
        consume(&self->in, at);
}

static int on_ready(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    stream_t *self = arg;
    if (item->fd != self->fd)
        return 0;
    if (self->connecting) {
        int error = 0;
        socklen_t len = sizeof error;
        getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error, &len);
        if (error != 0) {
            fail(self, error);
            return 0;
        }
        self->connecting = false;
    }
    flush(self);
    uint8_t bytes[16384];
    for (int i = 0; i < 16; i++) { /* bounded: others want their turn */
        ssize_t n = recv(self->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0) {
            fail(self, n < 0 ? errno : 0);
            return 0;
        }
        append(&self->in, bytes, (size_t)n);
        uint64_t opened = self->opened;
        frames(self);
        if (self->opened != opened || (size_t)n < sizeof bytes)
            break;
    }
    return 0;
}
