#include "controller/link/link_session.h"
#include "shared/log.h"
#include <string.h>

/* ---- one agent ---- */

link_session_t *link_session_new(const link_peer_t *peer)
{
    link_session_t *self = auto_calloc(1, sizeof *self);
    self->server_id = peer->server_id;
    self->name = auto_strdup(peer->server_name);
    self->role = peer->role;
    snprintf(self->key, sizeof self->key, "%s", peer->key);
    return self;
}

void link_session_destroy(link_session_t **self)
{
    if (*self == NULL)
        return;
    link_session_reset(*self);
    free((*self)->name);
    free(*self);
    *self = NULL;
}

void link_session_reset(link_session_t *self)
{
    self->up = false;
    link_queue_destroy(&self->queue);
    free(self->pending);
    self->pending = NULL;
    free(self->health_text);
    self->health_text = NULL;
}

link_session_t *link_session_take_same(link_session_t **list, size_t count, const link_peer_t *peer)
{
    for (size_t i = 0; i < count; i++) {
        link_session_t *old = list[i];
        if (old != NULL && old->server_id == peer->server_id && strcmp(old->key, peer->key) == 0 &&
            old->role == peer->role && strcmp(old->name, peer->server_name) == 0) {
            list[i] = NULL;
            return old;
        }
    }
    return NULL;
}

link_route_t link_session_route(const link_session_t *self)
{
    return (link_route_t){self->route, self->route_size};
}

bool link_session_is_route(const link_session_t *self, link_route_t route)
{
    return self->up && self->route_size == route.size && memcmp(self->route, route.id, route.size) == 0;
}

/* ---- sending ---- */

static void free_bytes(void *bytes, void *hint)
{
    (void)hint;
    free(bytes);
}

link_sent_t link_session_send_bytes(zsock_t *router, link_route_t to, uint8_t *bytes, size_t size)
{
    void *socket = zsock_resolve(router);
    int rc = zmq_send(socket, to.id, to.size, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    if (rc < 0 && errno == EAGAIN) {
        zsock_events(router); /* takes in what the other side has read meanwhile: sending alone looks every ms only */
        rc = zmq_send(socket, to.id, to.size, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    }
    if (rc < 0)
        return errno == EAGAIN ? LINK_FULL : LINK_GONE;
    zmq_msg_t msg;
    zmq_msg_init_data(&msg, bytes, size, free_bytes, NULL);
    if (zmq_msg_send(&msg, socket, ZMQ_DONTWAIT) < 0)
        zmq_msg_close(&msg); /* frees the bytes; the peer repeats what it misses */
    return LINK_SENT;
}

link_sent_t link_session_send(zsock_t *router, link_route_t to, const wire_msg_t *msg)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    AUTO_ERR info = ERR_INFO_INIT;
    if (wire_encode(msg, &bytes, &size, &info) != ERR_OK) {
        log_error("link: could not encode a message: %s", err_message(&info));
        return LINK_GONE;
    }
    link_sent_t sent = link_session_send_bytes(router, to, bytes, size);
    if (sent != LINK_SENT)
        free(bytes);
    return sent;
}

/* ---- tables ---- */

static size_t id_hash(const void *key)
{
    uint64_t id;
    memcpy(&id, key, sizeof id);
    return (size_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> 16);
}

static int id_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(int64_t));
}

zhashx_t *link_session_index(bool by_id)
{
    zhashx_t *index = zhashx_new();
    if (by_id) {
        zhashx_set_key_hasher(index, id_hash);
        zhashx_set_key_comparator(index, id_compare);
    }
    zhashx_set_key_duplicator(index, NULL); /* the keys live in the peers */
    zhashx_set_key_destructor(index, NULL);
    return index;
}
