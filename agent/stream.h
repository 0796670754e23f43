/* Non-blocking TCP client of the own name server: frames with a length prefix, connection made on demand. */
#ifndef DMS_AGENT_STREAM_H
#define DMS_AGENT_STREAM_H
#include "shared/err.h"
#include <czmq.h>
#include <sys/socket.h>

typedef struct {
    void *arg;
    void (*on_frame)(void *arg, const uint8_t *bytes, size_t size); /* without the prefix; may send, may close */
    /* also when connecting failed; never from inside a call of the owner */
    void (*on_closed)(void *arg, const char *why);
} stream_events_t;

typedef struct stream stream_t;
/* prefix_bytes: 2 (DNS over TCP) or 4 (control channel); frame_max: larger ones close the connection. */
stream_t *stream_new(zloop_t *loop, const struct sockaddr_storage *address, socklen_t address_len,
                     unsigned prefix_bytes, size_t frame_max,
                     const stream_events_t *events);
void stream_destroy(stream_t **self);
bool stream_is_open(const stream_t *self); /* connected or being connected */
/* Queue one frame; connects first if need be. */
void stream_send(stream_t *self, const uint8_t *bytes, size_t size);
/* Close at once; on_closed is not called. */
void stream_close(stream_t *self);
#endif
