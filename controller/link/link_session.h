/* One agent that may connect, and its session while there is one. */
#ifndef DMS_LINK_SESSION_H
#define DMS_LINK_SESSION_H
#include "controller/link/link.h"
#include "controller/link/link_queue.h"

enum { LINK_ROUTE_MAX = 255, LINK_KEY_TEXT = 41 };
typedef struct { /* ROUTER's name of a connection; borrowed */
    const uint8_t *id;
    size_t size;
} link_route_t;
typedef enum { LINK_SENT, LINK_FULL, LINK_GONE } link_sent_t;

typedef struct link_session {
    int64_t server_id;
    char *name;
    wire_role_t role;
    char key[LINK_KEY_TEXT];
    mono_t complained;
    /* session */
    bool up;
    uint8_t route[LINK_ROUTE_MAX];
    size_t route_size;
    size_t credit;
    mono_t heard;
    uint64_t sequence; /* of our heartbeats */
    bool name_server_up;
    char *health_text;
    link_queue_t *queue;
    uint8_t *pending; /* envelope that the pipe did not take */
    size_t pending_size;
} link_session_t;

link_session_t *link_session_new(const link_peer_t *peer); /* no session yet */
void link_session_destroy(link_session_t **self);
void link_session_reset(link_session_t *self); /* the session is over: forget all that belongs to it */
/* Take the old one out of the array when nothing that its session was told has changed, else NULL. */
link_session_t *link_session_take_same(link_session_t **list, size_t count, const link_peer_t *peer);
link_route_t link_session_route(const link_session_t *self);
/* True if it is up on this connection. */
bool link_session_is_route(const link_session_t *self, link_route_t route);

/* Never blocks.  Takes the bytes (malloc's) when they are LINK_SENT; LINK_GONE: there is no such connection any more. */
link_sent_t link_session_send_bytes(zsock_t *router, link_route_t to, uint8_t *bytes, size_t size);
link_sent_t link_session_send(zsock_t *router, link_route_t to, const wire_msg_t *msg);

/* Table of borrowed sessions by server id or by key. */
zhashx_t *link_session_index(bool by_id);
#endif
