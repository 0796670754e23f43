#include "controller/link/link_zap.h"
#include "shared/clock.h"
#include <string.h>

#define ENDPOINT "inproc://zeromq.zap.01"
enum { KEY_BINARY = 32, KEY_TEXT = 41, RECENT = 64, RECENT_MS = 10000 };

struct link_zap {
    zloop_t *loop;
    zsock_t *socket; /* REP */
    link_zap_events_t events;
    struct {
        char key[KEY_TEXT];
        mono_t at;
    } recent[RECENT]; /* strangers told of lately */
};

/* A refused peer knocks again several times a second: each key is told of every ten seconds, and of no more than
 * RECENT keys in that time. */
static bool may_tell(link_zap_t *self, const char *key)
{
    mono_t now = clock_mono(NULL);
    size_t slot = RECENT;
    for (size_t i = 0; i < RECENT; i++) {
        bool fresh = self->recent[i].key[0] != '\0' && mono_diff_ms(now, self->recent[i].at) < RECENT_MS;
        if (fresh && strcmp(self->recent[i].key, key) == 0)
            return false;
        if (!fresh)
            slot = i;
    }
    if (slot == RECENT)
        return false;
    memcpy(self->recent[slot].key, key, KEY_TEXT);
    self->recent[slot].at = now;
    return true;
}

/* Request: version, request id, domain, address, identity, mechanism, credentials (RFC 27). */
enum { ZAP_VERSION, ZAP_ID, ZAP_DOMAIN, ZAP_ADDRESS, ZAP_IDENTITY, ZAP_MECHANISM, ZAP_KEY, ZAP_FRAMES };

static bool read_key(zframe_t *const frames[ZAP_FRAMES], char ret_key[KEY_TEXT])
{
    bool ok = zframe_streq(frames[ZAP_VERSION], "1.0") && zframe_streq(frames[ZAP_DOMAIN], LINK_ZAP_DOMAIN) &&
              zframe_streq(frames[ZAP_MECHANISM], "CURVE") && zframe_size(frames[ZAP_KEY]) == KEY_BINARY;
    return ok && zmq_z85_encode(ret_key, zframe_data(frames[ZAP_KEY]), KEY_BINARY) != NULL;
}

static void answer(link_zap_t *self, zframe_t *id, bool accepted, const char *key)
{
    zmsg_t *reply = zmsg_new();
    zmsg_addstr(reply, "1.0");
    zmsg_addmem(reply, id == NULL ? "" : (const char *)zframe_data(id), id == NULL ? 0 : zframe_size(id));
    zmsg_addstr(reply, accepted ? "200" : "400");
    zmsg_addstr(reply, accepted ? "OK" : "key is not known");
    zmsg_addstr(reply, accepted ? key : ""); /* becomes User-Id of each message */
    zmsg_addmem(reply, "", 0);
    zmsg_send(&reply, self->socket);
    zmsg_destroy(&reply);
}

static int on_request(zloop_t *loop, zsock_t *reader, void *arg)
{
    (void)loop;
    link_zap_t *self = arg;
    AUTO(zmsg) request = zmsg_recv(reader);
    if (request == NULL)
        return 0;
    zframe_t *frames[ZAP_FRAMES] = {NULL};
    zframe_t *frame = zmsg_first(request);
    size_t count = 0;
    for (; frame != NULL && count < ZAP_FRAMES; frame = zmsg_next(request))
        frames[count++] = frame;
    char key[KEY_TEXT];
    bool known = count == ZAP_FRAMES && read_key(frames, key);
    bool accepted = known && self->events.allowed(self->events.arg, key);
    answer(self, frames[ZAP_ID], accepted, key);
    if (known && !accepted && may_tell(self, key)) {
        AUTO_FREE char *address = zframe_strdup(frames[ZAP_ADDRESS]);
        self->events.refused(self->events.arg, key, address);
    }
    return 0;
}

err_t link_zap_new(zloop_t *loop, const link_zap_events_t *events, link_zap_t **ret_zap, err_info_t *reterr)
{
    AUTO(link_zap) self = auto_calloc(1, sizeof *self);
    self->loop = loop;
    self->events = *events;
    self->socket = zsock_new(ZMQ_REP);
    zsock_set_linger(self->socket, 0);
    if (zsock_bind(self->socket, "%s", ENDPOINT) < 0)
        return err_set(reterr, ERR_IO, "could not bind %s: %s", ENDPOINT, zmq_strerror(errno));
    zloop_reader(loop, self->socket, on_request, self);
    *ret_zap = self;
    self = NULL;
    return ERR_OK;
}

void link_zap_destroy(link_zap_t **self)
{
    if (*self == NULL)
        return;
    zloop_reader_end((*self)->loop, (*self)->socket);
    zsock_unbind((*self)->socket, "%s", ENDPOINT); /* frees the name now; closing does it later, in a thread */
    zsock_destroy(&(*self)->socket);
    free(*self);
    *self = NULL;
}
