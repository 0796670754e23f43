#include "controller/link/link.h"
#include "controller/link/link_session.h"
#include "controller/link/link_zap.h"
#include "shared/log.h"
#include <inttypes.h>
#include <string.h>

enum {
    PIPE_ENVELOPES = 4,      /* in ZeroMQ's hands per agent; more would put new small commands behind old bulk */
    ENVELOPES_PER_TURN = 16, /* per agent and turn of the loop */
    RECEIVE_PER_TURN = 64,
    PACE_MS = 2,             /* between parts of bulk loads, and before a full pipe is tried again */
    MISSED = 3,
    COMPLAIN_MS = 1000,      /* one log line a second about a peer outside a session */
};

struct link {
    zloop_t *loop;
    zsock_t *router;
    link_zap_t *zap;
    char *endpoint;
    uint64_t epoch;
    uint32_t heartbeat_ms;
    link_events_t events;
    zhashx_t *by_key, *by_id; /* link_session_t, borrowed from peers */
    link_session_t **peers;
    size_t peer_count;
    unsigned generation; /* of the set of peers: callbacks may replace it under a loop */
    int flush_timer, tick_timer; /* -1: none */
    mono_t flush_at, tick_at; /* tick_at: last one */
};

static int on_flush(zloop_t *loop, int timer, void *arg);

static void flush_in(link_t *self, size_t ms)
{
    mono_t at = mono_add_ms(clock_mono(NULL), (int64_t)ms);
    if (self->flush_timer != -1 && self->flush_at.us <= at.us)
        return;
    if (self->flush_timer != -1)
        zloop_timer_end(self->loop, self->flush_timer);
    self->flush_at = at;
    self->flush_timer = zloop_timer(self->loop, ms, 1, on_flush, self);
}

/* ---- sessions ---- */

static void send_reject(link_t *self, link_route_t to, wire_reason_t reason, const char *text)
{
    AUTO(wire_msg) msg = wire_msg_new(WIRE_REJECT, self->epoch);
    msg->reject = (wire_reject_t){reason, auto_strndup(text, WIRE_EVIDENCE_MAX)};
    link_session_send(self->router, to, msg); /* a peer that is gone needs no answer */
}

static void session_end(link_t *self, link_session_t *peer, const char *why)
{
    if (!peer->up)
        return;
    link_session_reset(peer);
    log_notice("session with server \"%s\" ended: %s server=%s", peer->name, why, peer->name);
    self->events.on_down(self->events.arg, peer->server_id, why);
}

static void session_start(link_t *self, link_session_t *peer, link_route_t route, const wire_hello_t *hello)
{
    unsigned generation = self->generation;
    if (link_session_is_route(peer, route)) {
        session_end(self, peer, "it said hello again");
    } else if (peer->up) {
        send_reject(self, link_session_route(peer), WIRE_REASON_NONE,
                    "replaced by a newer connection with the same key");
        session_end(self, peer, "replaced by a newer connection");
    }
    if (generation != self->generation)
        return; /* the callback changed the set of peers: the agent says hello again */
    if (hello->version_min > WIRE_VERSION || hello->version_max < WIRE_VERSION_MIN) {
        AUTO_FREE char *text = auto_printf("this controller speaks versions %d to %d, the agent %u to %u",
                                           (int)WIRE_VERSION_MIN, (int)WIRE_VERSION, hello->version_min,
                                           hello->version_max);
        log_warning("server \"%s\" rejected: %s server=%s", peer->name, text, peer->name);
        send_reject(self, route, WIRE_VERSION_MISMATCH, text);
        return;
    }
    AUTO(wire_msg) welcome = wire_msg_new(WIRE_WELCOME, self->epoch);
    welcome->welcome = (wire_welcome_t){auto_strdup(peer->name), peer->role, self->heartbeat_ms, clock_wall(NULL).us};
    if (link_session_send(self->router, route, welcome) != LINK_SENT)
        return; /* it says hello again */
    memcpy(peer->route, route.id, route.size);
    peer->route_size = route.size;
    peer->up = true;
    peer->credit = hello->credit > 0 ? hello->credit : 1;
    peer->queue = link_queue_new(peer->credit);
    peer->heard = clock_mono(NULL);
    peer->name_server_up = hello->name_server_up;
    log_notice("session with server \"%s\" is up: %s server=%s", peer->name, hello->software, peer->name);
    self->events.on_up(self->events.arg, peer->server_id, hello);
}

static void misbehaved(link_t *self, link_session_t *peer, link_route_t route, const char *what)
{
    mono_t now = clock_mono(NULL);
    if (link_session_is_route(peer, route) || peer->complained.us == 0 ||
        mono_diff_ms(now, peer->complained) >= COMPLAIN_MS) {
        log_warning("server \"%s\" broke the protocol: %s server=%s", peer->name, what, peer->name);
        peer->complained = now;
    }
    send_reject(self, route, WIRE_BAD_MESSAGE, what);
    if (link_session_is_route(peer, route))
        session_end(self, peer, what);
}

/* ---- receiving ---- */

static void on_heartbeat(link_t *self, link_session_t *peer, const wire_heartbeat_t *beat)
{
    const char *text = beat->text == NULL ? "" : beat->text;
    if (peer->name_server_up == beat->name_server_up &&
        strcmp(peer->health_text == NULL ? "" : peer->health_text, text) == 0)
        return;
    free(peer->health_text);
    peer->health_text = auto_strdup(text);
    peer->name_server_up = beat->name_server_up;
    self->events.on_health(self->events.arg, peer->server_id, beat->name_server_up, text);
}

static void on_reports(link_t *self, link_session_t *peer, const wire_msg_t *msg)
{
    for (size_t i = 0; i < msg->reports.count; i++)
        link_queue_answered(peer->queue, msg->reports.items[i].command_id); /* late doubles go up all the same */
    if (link_queue_has_small(peer->queue) || link_queue_has_bulk(peer->queue))
        flush_in(self, 0);
    self->events.on_reports(self->events.arg, peer->server_id, msg->reports.items, msg->reports.count);
}

/* What a peer may say, and when: hello at any time; heartbeats and reports in its session; nothing else. */
static void handle(link_t *self, link_session_t *peer, link_route_t route, const wire_msg_t *msg)
{
    if (msg->kind == WIRE_HELLO) {
        session_start(self, peer, route, &msg->hello);
        return;
    }
    if (msg->kind != WIRE_HEARTBEAT && msg->kind != WIRE_REPORTS) {
        misbehaved(self, peer, route, "sent a message that only controllers send");
        return;
    }
    if (!link_session_is_route(peer, route)) {
        log_debug("message before hello dropped server=%s", peer->name);
        return;
    }
    peer->heard = clock_mono(NULL);
    if (msg->kind == WIRE_HEARTBEAT)
        on_heartbeat(self, peer, &msg->heartbeat);
    else
        on_reports(self, peer, msg);
}

static void receive(link_t *self, link_route_t route, zmq_msg_t *body, bool single)
{
    const char *key = zmq_msg_gets(body, "User-Id"); /* what ZAP said, not what the peer says */
    link_session_t *peer = key == NULL ? NULL : zhashx_lookup(self->by_key, key);
    if (peer == NULL) { /* removed while connected */
        send_reject(self, route, WIRE_UNKNOWN_PEER, "this key is not known");
        return;
    }
    AUTO_ERR info = ERR_INFO_INIT;
    AUTO(wire_msg) msg = NULL;
    if (!single)
        err_set(&info, ERR_PROTOCOL, "message of more than one frame");
    else
        wire_decode(zmq_msg_data(body), zmq_msg_size(body), &msg, &info);
    if (msg != NULL)
        handle(self, peer, route, msg);
    else
        misbehaved(self, peer, route, err_message(&info));
}

/* False: nothing there. */
static bool receive_one(link_t *self)
{
    void *socket = zsock_resolve(self->router);
    zmq_msg_t id, body, extra;
    zmq_msg_init(&id);
    zmq_msg_init(&body);
    bool got = zmq_msg_recv(&id, socket, ZMQ_DONTWAIT) >= 0;
    if (got && zmq_msg_more(&id) != 0 && zmq_msg_recv(&body, socket, ZMQ_DONTWAIT) >= 0) {
        bool single = zmq_msg_more(&body) == 0;
        for (bool more = !single; more;) {
            zmq_msg_init(&extra);
            more = zmq_msg_recv(&extra, socket, ZMQ_DONTWAIT) >= 0 && zmq_msg_more(&extra) != 0;
            zmq_msg_close(&extra);
        }
        if (zmq_msg_size(&id) <= LINK_ROUTE_MAX)
            receive(self, (link_route_t){zmq_msg_data(&id), zmq_msg_size(&id)}, &body, single);
    }
    zmq_msg_close(&id);
    zmq_msg_close(&body);
    return got;
}

static int on_readable(zloop_t *loop, zsock_t *reader, void *arg)
{
    (void)loop;
    (void)reader;
    for (int i = 0; i < RECEIVE_PER_TURN && receive_one(arg); i++)
        continue;
    return 0;
}

/* ---- queues ---- */

typedef err_t (*next_fn)(link_queue_t *, uint64_t, uint8_t **, size_t *, wire_command_t *, err_info_t *);

/* A command that cannot be encoded never reaches the agent: answer in its place, so that it is seen. */
static void answer_bad(link_t *self, const link_session_t *peer, wire_command_t *bad, const err_info_t *info)
{
    log_error("command %" PRIu64 " (%s) cannot be sent: %s server=%s", bad->id, wire_goal_text(bad->goal),
              err_message(info), peer->name);
    wire_report_t report = {.command_id = bad->id, .revision = bad->revision, .result = WIRE_FAILED,
                            .reason = WIRE_BAD_MESSAGE, .evidence = auto_strdup(err_message(info)),
                            .at_us = clock_wall(NULL).us};
    wire_report_trim(&report);
    wire_command_done(bad);
    self->events.on_reports(self->events.arg, peer->server_id, &report, 1);
    wire_report_done(&report);
}

/* Send the next envelope of one kind.  LINK_FULL: kept as pending.  *ret_again: there may be more. */
static link_sent_t send_next(link_t *self, link_session_t *peer, next_fn next, bool *ret_again)
{
    AUTO_ERR info = ERR_INFO_INIT;
    wire_command_t bad = {0};
    uint8_t *bytes = NULL;
    size_t size = 0;
    *ret_again = true;
    if (next(peer->queue, self->epoch, &bytes, &size, &bad, &info) != ERR_OK) {
        answer_bad(self, peer, &bad, &info); /* the callback may have ended the session or the peer */
        return LINK_SENT;
    }
    *ret_again = size > 0;
    if (size == 0)
        return LINK_SENT;
    link_sent_t sent = link_session_send_bytes(self->router, link_session_route(peer), bytes, size);
    if (sent == LINK_FULL) {
        peer->pending = bytes;
        peer->pending_size = size;
    } else if (sent == LINK_GONE) {
        free(bytes);
    }
    return sent;
}

/* Small commands first, then one part of a bulk load: the next turn looks for small ones again. */
static link_sent_t pump(link_t *self, link_session_t *peer)
{
    unsigned generation = self->generation;
    if (peer->pending != NULL) {
        link_sent_t sent =
            link_session_send_bytes(self->router, link_session_route(peer), peer->pending, peer->pending_size);
        if (sent != LINK_SENT)
            return sent;
        peer->pending = NULL;
    }
    bool again = true;
    for (int i = 0; i < ENVELOPES_PER_TURN && again; i++) {
        link_sent_t sent = send_next(self, peer, link_queue_small, &again);
        if (sent != LINK_SENT || generation != self->generation || !peer->up)
            return sent;
    }
    return link_queue_has_bulk(peer->queue) ? send_next(self, peer, link_queue_bulk, &again) : LINK_SENT;
}

static bool has_work(const link_session_t *peer)
{
    return peer->up &&
           (peer->pending != NULL || link_queue_has_small(peer->queue) || link_queue_has_bulk(peer->queue));
}

static int on_flush(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    link_t *self = arg;
    if (timer != self->flush_timer)
        return 0; /* zloop may run a timer once more in the turn that ends it */
    self->flush_timer = -1;
    unsigned generation = self->generation;
    bool more = false;
    for (size_t i = 0; i < self->peer_count && generation == self->generation; i++) {
        link_session_t *peer = self->peers[i];
        if (!has_work(peer))
            continue;
        if (pump(self, peer) == LINK_GONE)
            session_end(self, peer, "connection closed");
        if (generation == self->generation)
            more = more || has_work(peer);
    }
    if (more || generation != self->generation)
        flush_in(self, PACE_MS);
    return 0;
}

/* NULL: alive and told so. */
static const char *beat(link_t *self, link_session_t *peer, mono_t now)
{
    if (mono_diff_ms(now, peer->heard) > (int64_t)MISSED * self->heartbeat_ms)
        return "no heartbeat";
    wire_msg_t msg = {.kind = WIRE_HEARTBEAT, .version = WIRE_VERSION, .epoch = self->epoch};
    msg.heartbeat.sequence = ++peer->sequence;
    /* A full pipe is no loss: the load ahead is a sign of life too. */
    return link_session_send(self->router, link_session_route(peer), &msg) == LINK_GONE ? "connection closed" : NULL;
}

static int on_tick(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    link_t *self = arg;
    mono_t now = clock_mono(NULL);
    unsigned generation = self->generation;
    /* While this loop was held up nobody was listening: what the agents said meanwhile is still to be read. */
    int64_t late_ms = mono_diff_ms(now, self->tick_at) - self->heartbeat_ms;
    self->tick_at = now;
    for (size_t i = 0; i < self->peer_count && generation == self->generation; i++) {
        link_session_t *peer = self->peers[i];
        if (late_ms > 0)
            peer->heard = mono_add_ms(peer->heard, late_ms);
        const char *why = peer->up ? beat(self, peer, now) : NULL;
        if (why != NULL)
            session_end(self, peer, why);
    }
    return 0;
}

/* ---- peers ---- */

static link_session_t *find(const link_t *self, int64_t server_id)
{
    return zhashx_lookup(self->by_id, &server_id);
}

void link_set_peers(link_t *self, const link_peer_t *peers, size_t count)
{
    link_session_t **old = self->peers;
    size_t old_count = self->peer_count;
    self->peers = auto_calloc(count, sizeof(link_session_t *));
    self->peer_count = 0;
    self->generation++;
    zhashx_purge(self->by_key);
    zhashx_purge(self->by_id);
    for (size_t i = 0; i < count; i++) {
        link_session_t *peer = link_session_take_same(old, old_count, &peers[i]);
        if (peer == NULL)
            peer = link_session_new(&peers[i]);
        if (strlen(peer->key) != LINK_KEY_TEXT - 1 || zhashx_insert(self->by_key, peer->key, peer) != 0) {
            log_error("server \"%s\": key is not a Z85 key or another server's: it cannot connect server=%s",
                      peer->name, peer->name);
            peer->key[0] = '\0';
        }
        zhashx_update(self->by_id, &peer->server_id, peer);
        self->peers[self->peer_count++] = peer;
    }
    for (size_t i = 0; i < old_count; i++) {
        if (old[i] == NULL)
            continue;
        if (old[i]->up)
            send_reject(self, link_session_route(old[i]), WIRE_UNKNOWN_PEER, "the server was removed or changed");
        session_end(self, old[i], "the server was removed or changed");
        link_session_destroy(&old[i]);
    }
    free(old);
}

static bool zap_allowed(void *arg, const char *key)
{
    const link_t *self = arg;
    return zhashx_lookup(self->by_key, key) != NULL;
}

static void zap_refused(void *arg, const char *key, const char *address)
{
    const link_t *self = arg;
    log_warning("connection refused: unknown key %s from %s", key, address);
    self->events.on_stranger(self->events.arg, key, address);
}

/* ---- public ---- */

static zsock_t *router_new(zcert_t *cert)
{
    zsock_t *router = zsock_new(ZMQ_ROUTER);
    zsock_set_ipv6(router, 1);
    zsock_set_linger(router, 0);
    zsock_set_router_mandatory(router, 1); /* tells "full" and "gone" instead of dropping in silence */
    zsock_set_sndhwm(router, PIPE_ENVELOPES);
    zsock_set_sndbuf(router, WIRE_PART_MAX); /* bytes in the kernel are ahead of small commands too */
    zsock_set_maxmsgsize(router, WIRE_ENVELOPE_MAX + 1024); /* CURVE adds some bytes */
    zsock_set_handshake_ivl(router, 5000);
    zsock_set_backlog(router, 512);
    zsock_set_heartbeat_ivl(router, 10000); /* frees connections of hosts that vanished; sessions have their own */
    zsock_set_heartbeat_timeout(router, 20000);
    zsock_set_zap_domain(router, LINK_ZAP_DOMAIN);
    zsock_set_zap_enforce_domain(router, 1); /* without a ZAP handler nobody gets in */
    zcert_apply(cert, router);
    zsock_set_curve_server(router, 1);
    return router;
}

err_t link_new(zloop_t *loop, const char *endpoint, zcert_t *cert, uint64_t epoch, uint32_t heartbeat_ms,
               const link_events_t *events, link_t **ret_link, err_info_t *reterr)
{
    AUTO(link) self = auto_calloc(1, sizeof *self);
    self->loop = loop;
    self->epoch = epoch;
    self->heartbeat_ms = heartbeat_ms;
    self->events = *events;
    self->flush_timer = self->tick_timer = -1;
    self->by_key = link_session_index(false);
    self->by_id = link_session_index(true);
    const link_zap_events_t zap = {self, zap_allowed, zap_refused};
    err_t err = link_zap_new(loop, &zap, &self->zap, reterr);
    if (err != ERR_OK)
        return err;
    self->router = router_new(cert);
    if (zsock_bind(self->router, "%s", endpoint) < 0)
        return err_set(reterr, ERR_IO, "could not listen on %s: %s", endpoint, zmq_strerror(errno));
    self->endpoint = auto_strdup(zsock_endpoint(self->router));
    zloop_reader(loop, self->router, on_readable, self);
    self->tick_at = clock_mono(NULL);
    self->tick_timer = zloop_timer(loop, heartbeat_ms, 0, on_tick, self);
    *ret_link = self;
    self = NULL;
    return ERR_OK;
}

void link_destroy(link_t **self)
{
    link_t *link = *self;
    if (link == NULL)
        return;
    *self = NULL;
    if (link->flush_timer != -1)
        zloop_timer_end(link->loop, link->flush_timer);
    if (link->tick_timer != -1)
        zloop_timer_end(link->loop, link->tick_timer);
    if (link->router != NULL)
        zloop_reader_end(link->loop, link->router);
    zsock_destroy(&link->router);
    link_zap_destroy(&link->zap);
    for (size_t i = 0; i < link->peer_count; i++)
        link_session_destroy(&link->peers[i]);
    free(link->peers);
    zhashx_destroy(&link->by_key);
    zhashx_destroy(&link->by_id);
    free(link->endpoint);
    free(link);
}

const char *link_endpoint(const link_t *self)
{
    return self->endpoint;
}

bool link_is_up(const link_t *self, int64_t server_id)
{
    const link_session_t *peer = find(self, server_id);
    return peer != NULL && peer->up;
}

size_t link_credit(const link_t *self, int64_t server_id)
{
    const link_session_t *peer = find(self, server_id);
    if (peer == NULL || !peer->up)
        return 0;
    size_t open = link_queue_open(peer->queue);
    return open < peer->credit ? peer->credit - open : 0;
}

bool link_send(link_t *self, int64_t server_id, wire_command_t *commands, size_t count)
{
    link_session_t *peer = find(self, server_id);
    bool up = peer != NULL && peer->up;
    for (size_t i = 0; i < count; i++) {
        if (up)
            link_queue_add(peer->queue, &commands[i]);
        else
            wire_command_done(&commands[i]);
    }
    if (up && count > 0)
        flush_in(self, 0); /* at the end of this turn: what the turn makes leaves together */
    return up;
}
