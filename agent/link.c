#include "agent/link.h"
#include "shared/clock.h"
#include "shared/log.h"
#include <inttypes.h>
#include <string.h>

enum {
    HELLO_MIN_MS = 250, HELLO_MAX_MS = 5000,   /* unanswered hellos */
    REJECT_MIN_MS = 1000, REJECT_MAX_MS = 30000,
    CONNECT_MS = 2000,       /* without it a cut connection keeps silent for 30 s and more */
    RECEIVE_PER_TURN = 16,
    RETRY_MS = 2,            /* before a full pipe is tried again */
    REPORTS_MAX = 1 << 20,   /* waiting; beyond that they are dropped and the controller repeats its commands */
    MISSED = 3,
    ENVELOPE_HEAD = 64,
};

typedef enum { CONNECTING, GREETING, UP, RESTING } state_t;
static const char *const STATES[] = {"connecting", "greeting", "up", "resting"};

struct agent_link {
    zloop_t *loop;
    char *endpoint, *controller_key;
    zcert_t *cert;
    agent_link_events_t events;
    uint64_t epoch;      /* highest seen */
    state_t state;
    zsock_t *dealer;     /* a fresh one per attempt: nothing of an old session can leave or arrive late */
    zsock_t *monitor;    /* PAIR: tells of handshakes and of the end of the connection */
    unsigned attempt;    /* names the monitor's endpoint */
    int retry_timer, beat_timer, flush_timer; /* -1: none */
    size_t hello_ms, reject_ms; /* next waits */
    uint32_t heartbeat_ms;
    uint64_t sequence;
    mono_t heard;
    mono_t beat_due;
    wire_report_t *reports;
    size_t report_count, report_cap;
};

static bool open_socket(agent_link_t *self);
static int on_retry(zloop_t *loop, int timer, void *arg);
static int on_flush(zloop_t *loop, int timer, void *arg);

static void set_state(agent_link_t *self, state_t state)
{
    log_debug("link %s: %s -> %s", self->endpoint, STATES[self->state], STATES[state]);
    self->state = state;
}

static void stop_timer(agent_link_t *self, int *timer)
{
    if (*timer != -1)
        zloop_timer_end(self->loop, *timer);
    *timer = -1;
}

static void start_timer(agent_link_t *self, int *timer, size_t ms, zloop_timer_fn *handler)
{
    stop_timer(self, timer);
    *timer = zloop_timer(self->loop, ms, 1, handler, self);
}

/* A tenth of jitter: a thousand agents must not come back in step. */
static size_t with_jitter(size_t ms)
{
    return ms + (size_t)random() % (ms / 10 + 1);
}

static size_t doubled(size_t ms, size_t max)
{
    return ms * 2 < max ? ms * 2 : max;
}

/* ---- sending ---- */

/* False: the pipe is full or there is no connection. */
static bool send_msg(agent_link_t *self, const wire_msg_t *msg, err_t *ret_err)
{
    AUTO_FREE uint8_t *bytes = NULL;
    size_t size = 0;
    AUTO_ERR info = ERR_INFO_INIT;
    *ret_err = wire_encode(msg, &bytes, &size, &info);
    if (*ret_err != ERR_OK) {
        log_error("link %s: message cannot be sent: %s", self->endpoint, err_message(&info));
        return false;
    }
    zsock_events(self->dealer); /* takes in that the pipe is there, or has room again */
    return zmq_send(zsock_resolve(self->dealer), bytes, size, ZMQ_DONTWAIT) >= 0;
}

static void send_hello(agent_link_t *self)
{
    if ((zsock_events(self->dealer) & ZMQ_POLLOUT) == 0)
        return; /* not connected */
    AUTO(wire_msg) msg = wire_msg_new(WIRE_HELLO, self->epoch);
    self->events.fill_hello(self->events.arg, &msg->hello);
    msg->hello.version_min = WIRE_VERSION_MIN;
    msg->hello.version_max = WIRE_VERSION;
    err_t err;
    if (send_msg(self, msg, &err))
        set_state(self, GREETING);
}

static void send_beat(agent_link_t *self)
{
    const char *text = NULL;
    AUTO(wire_msg) msg = wire_msg_new(WIRE_HEARTBEAT, self->epoch);
    msg->heartbeat.sequence = ++self->sequence;
    msg->heartbeat.name_server_up = self->events.name_server_up(self->events.arg, &text);
    wire_report_t words = {.evidence = auto_strdup(text)};
    wire_report_trim(&words); /* the same limit and form as evidence */
    msg->heartbeat.text = words.evidence;
    err_t err;
    send_msg(self, msg, &err); /* a full pipe carries signs of life already */
}

/* ---- reports ---- */

static void drop_reports(agent_link_t *self, size_t count)
{
    for (size_t i = 0; i < count; i++)
        wire_report_done(&self->reports[i]);
    self->report_count -= count;
    if (count > 0)
        memmove(self->reports, self->reports + count, self->report_count * sizeof *self->reports);
}

static size_t batch_count(const agent_link_t *self, size_t from)
{
    size_t count = 0, size = ENVELOPE_HEAD;
    for (; count < WIRE_BATCH_MAX && from + count < self->report_count; count++) {
        size += wire_report_size(&self->reports[from + count]);
        if (count > 0 && size > WIRE_ENVELOPE_MAX)
            break;
    }
    return count;
}

/* What cannot be encoded is answered all the same, without what was too much. */
static void make_plain(wire_report_t *report)
{
    wire_report_t plain = {.command_id = report->command_id, .revision = report->revision, .at_us = report->at_us,
                           .result = WIRE_FAILED, .reason = WIRE_BAD_MESSAGE,
                           .evidence = auto_strdup("the report was beyond the limits of a message")};
    wire_report_done(report);
    *report = plain;
}

static int on_flush(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    agent_link_t *self = arg;
    if (timer != self->flush_timer)
        return 0; /* zloop may run a timer once more in the turn that ends it; so below */
    self->flush_timer = -1;
    size_t done = 0, limit = WIRE_BATCH_MAX;
    while (done < self->report_count && self->state == UP) {
        size_t count = batch_count(self, done);
        count = count < limit ? count : limit;
        wire_msg_t msg = {.kind = WIRE_REPORTS, .version = WIRE_VERSION, .epoch = self->epoch}; /* borrows them */
        msg.reports.items = &self->reports[done];
        msg.reports.count = count;
        err_t err;
        if (send_msg(self, &msg, &err)) {
            done += count;
            limit = WIRE_BATCH_MAX;
        } else if (err == ERR_OK) {
            break;
        } else if (count == 1) {
            make_plain(&self->reports[done]);
        } else {
            limit = 1; /* find the bad one */
        }
    }
    drop_reports(self, done);
    if (self->report_count > 0 && self->state == UP)
        start_timer(self, &self->flush_timer, RETRY_MS, on_flush);
    return 0;
}

void agent_link_report(agent_link_t *self, wire_report_t *report)
{
    if (self->state != UP || self->report_count >= REPORTS_MAX) {
        wire_report_done(report); /* the controller repeats its open commands after the next hello */
        return;
    }
    wire_report_trim(report);
    self->reports = auto_grow(self->reports, &self->report_cap, self->report_count + 1, sizeof *self->reports);
    self->reports[self->report_count++] = *report;
    *report = (wire_report_t){0};
    if (self->flush_timer == -1)
        start_timer(self, &self->flush_timer, 0, on_flush);
}

/* ---- the end of a session ---- */

static void close_socket(agent_link_t *self)
{
    if (self->dealer == NULL)
        return;
    zloop_reader_end(self->loop, self->dealer);
    zloop_reader_end(self->loop, self->monitor);
    zmq_socket_monitor(zsock_resolve(self->dealer), NULL, 0);
    zsock_destroy(&self->monitor);
    zsock_destroy(&self->dealer);
}

static void lose(agent_link_t *self, const char *why)
{
    bool was_up = self->state == UP;
    stop_timer(self, &self->beat_timer);
    stop_timer(self, &self->flush_timer);
    drop_reports(self, self->report_count);
    if (!was_up)
        return;
    set_state(self, CONNECTING);
    log_warning("session with controller %s lost: %s", self->endpoint, why);
    self->events.on_lost(self->events.arg, why);
}

/* Fresh socket, and say hello as soon as it is connected. */
static bool start_over(agent_link_t *self)
{
    close_socket(self);
    set_state(self, CONNECTING);
    start_timer(self, &self->retry_timer, with_jitter(self->hello_ms), on_retry);
    return open_socket(self);
}

static void lose_and_start_over(agent_link_t *self, const char *why)
{
    lose(self, why);
    self->hello_ms = HELLO_MIN_MS;
    start_over(self);
}

/* ---- timers ---- */

static int on_retry(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    agent_link_t *self = arg;
    if (timer != self->retry_timer)
        return 0;
    self->retry_timer = -1;
    bool last = self->hello_ms >= HELLO_MAX_MS;
    self->hello_ms = doubled(self->hello_ms, HELLO_MAX_MS);
    if (self->state == RESTING || last) { /* a socket that got no answer for so long may be dead */
        start_over(self);
        return 0;
    }
    send_hello(self); /* fails while there is no connection; ZeroMQ tries that by itself */
    start_timer(self, &self->retry_timer, with_jitter(self->hello_ms), on_retry);
    return 0;
}

static int on_beat(zloop_t *loop, int timer, void *arg);

static void next_beat(agent_link_t *self)
{
    self->beat_due = mono_add_ms(clock_mono(NULL), self->heartbeat_ms);
    start_timer(self, &self->beat_timer, self->heartbeat_ms, on_beat);
}

static int on_beat(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    agent_link_t *self = arg;
    if (timer != self->beat_timer)
        return 0;
    self->beat_timer = -1;
    mono_t now = clock_mono(NULL);
    /* While this loop was held up nobody was listening: what the controller said meanwhile is still to be read. */
    self->heard = mono_add_ms(self->heard, mono_diff_ms(now, self->beat_due));
    if (mono_diff_ms(now, self->heard) > (int64_t)MISSED * self->heartbeat_ms) {
        lose_and_start_over(self, "no heartbeat");
        return 0;
    }
    send_beat(self);
    next_beat(self);
    return 0;
}

/* ---- receiving ---- */

static void on_welcome(agent_link_t *self, const wire_msg_t *msg)
{
    bool again = self->state == UP;
    stop_timer(self, &self->retry_timer);
    self->heartbeat_ms = msg->welcome.heartbeat_ms;
    self->hello_ms = HELLO_MIN_MS;
    self->reject_ms = REJECT_MIN_MS;
    if (again)
        return; /* answer to a repeated hello */
    if (msg->epoch < self->epoch)
        log_warning("controller %s has epoch %" PRIu64 ", %" PRIu64 " was seen: its commands are refused",
                    self->endpoint, msg->epoch, self->epoch);
    else
        self->epoch = msg->epoch;
    set_state(self, UP);
    next_beat(self);
    log_notice("session with controller %s is up as server \"%s\", epoch %" PRIu64, self->endpoint, msg->welcome.server,
               msg->epoch);
    self->events.on_welcome(self->events.arg, &msg->welcome, msg->epoch);
}

/* Without a socket until the next try: ZeroMQ would go on knocking several times a second. */
static void rest(agent_link_t *self, size_t ms)
{
    close_socket(self);
    set_state(self, RESTING);
    start_timer(self, &self->retry_timer, ms, on_retry);
}

static void on_reject(agent_link_t *self, wire_reason_t reason, const char *text)
{
    size_t wait_ms = with_jitter(self->reject_ms);
    self->reject_ms = doubled(self->reject_ms, REJECT_MAX_MS);
    log_warning("controller %s rejects this agent: %s: %s; next try in %zu ms", self->endpoint,
                wire_reason_text(reason), text, wait_ms);
    lose(self, text);
    rest(self, wait_ms);
}

static void on_commands(agent_link_t *self, wire_msg_t *msg)
{
    bool old = msg->epoch < self->epoch;
    if (!old)
        self->epoch = msg->epoch;
    for (size_t i = 0; i < msg->commands.count && self->state == UP; i++) {
        wire_command_t *command = &msg->commands.items[i];
        if (!old) {
            self->events.on_command(self->events.arg, msg->epoch, command);
            continue;
        }
        wire_report_t report = {.command_id = command->id, .revision = command->revision, .result = WIRE_REFUSED,
                                .reason = WIRE_OLD_EPOCH, .at_us = clock_wall(NULL).us,
                                .evidence = auto_printf("epoch %" PRIu64 ", seen %" PRIu64, msg->epoch, self->epoch)};
        agent_link_report(self, &report);
    }
}

/* What the controller may say, and when: welcome and reject at any time, the rest in a session.  False: it may not. */
static bool handle(agent_link_t *self, wire_msg_t *msg)
{
    switch (msg->kind) {
    case WIRE_WELCOME:
        on_welcome(self, msg);
        return true;
    case WIRE_REJECT:
        on_reject(self, msg->reject.reason, msg->reject.text == NULL ? "no words" : msg->reject.text);
        return true;
    case WIRE_HEARTBEAT:
        return true;
    case WIRE_COMMANDS:
        if (self->state == UP)
            on_commands(self, msg);
        return true;
    case WIRE_HELLO:
    case WIRE_REPORTS:
        break;
    }
    return false;
}

/* False: nothing there, or the socket is gone. */
static bool receive_one(agent_link_t *self)
{
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    bool got = zmq_msg_recv(&frame, zsock_resolve(self->dealer), ZMQ_DONTWAIT) >= 0;
    if (got && self->state != RESTING) {
        AUTO_ERR info = ERR_INFO_INIT;
        AUTO(wire_msg) msg = NULL;
        self->heard = clock_mono(NULL);
        if (wire_decode(zmq_msg_data(&frame), zmq_msg_size(&frame), &msg, &info) == ERR_OK && !handle(self, msg))
            err_set(&info, ERR_PROTOCOL, "it sent a message that only agents send");
        if (info.code != ERR_OK) {
            log_error("controller %s broke the protocol: %s", self->endpoint, err_message(&info));
            lose_and_start_over(self, err_message(&info));
            got = false;
        }
    }
    zmq_msg_close(&frame);
    return got;
}

static int on_readable(zloop_t *loop, zsock_t *reader, void *arg)
{
    (void)loop;
    agent_link_t *self = arg;
    for (int i = 0; i < RECEIVE_PER_TURN && self->dealer == reader && receive_one(self); i++)
        continue;
    return 0;
}

/* Frame 1: event and value; frame 2: endpoint. */
static int on_monitor(zloop_t *loop, zsock_t *reader, void *arg)
{
    (void)loop;
    agent_link_t *self = arg;
    if (reader != self->monitor)
        return 0; /* a timer of this turn has closed it */
    AUTO(zmsg) msg = zmsg_recv(reader);
    zframe_t *frame = msg == NULL ? NULL : zmsg_first(msg);
    uint16_t event;
    if (frame == NULL || zframe_size(frame) < sizeof event)
        return 0;
    memcpy(&event, zframe_data(frame), sizeof event);
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED && self->state == CONNECTING)
        send_hello(self);
    else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && self->state == CONNECTING)
        on_reject(self, WIRE_UNKNOWN_PEER, "its key is not known there");
    else if (event == ZMQ_EVENT_DISCONNECTED && self->state == UP)
        lose_and_start_over(self, "connection closed");
    else if (event == ZMQ_EVENT_DISCONNECTED && self->state == GREETING)
        rest(self, with_jitter(self->hello_ms)); /* closed in place of an answer: do not hammer */
    return 0;
}

/* False: the endpoint is malformed. */
static bool open_socket(agent_link_t *self)
{
    enum { EVENTS = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED };
    self->dealer = zsock_new(ZMQ_DEALER);
    zsock_set_ipv6(self->dealer, 1);
    zsock_set_linger(self->dealer, 0);
    zsock_set_immediate(self->dealer, 1); /* no pipe without a connection: hellos do not pile up */
    zsock_set_connect_timeout(self->dealer, CONNECT_MS);
    zsock_set_handshake_ivl(self->dealer, 5000);
    zsock_set_reconnect_ivl(self->dealer, 100);
    zsock_set_reconnect_ivl_max(self->dealer, 1000);
    zsock_set_maxmsgsize(self->dealer, WIRE_ENVELOPE_MAX + 1024); /* CURVE adds some bytes */
    zsock_set_rcvhwm(self->dealer, 16);
    zsock_set_sndhwm(self->dealer, 64);
    zcert_apply(self->cert, self->dealer);
    zsock_set_curve_serverkey(self->dealer, self->controller_key);
    AUTO_FREE char *name = auto_printf("inproc://agent-link-%p-%u", (void *)self, ++self->attempt);
    zmq_socket_monitor(zsock_resolve(self->dealer), name, EVENTS);
    self->monitor = zsock_new(ZMQ_PAIR);
    zsock_set_linger(self->monitor, 0);
    zsock_connect(self->monitor, "%s", name);
    zloop_reader(self->loop, self->monitor, on_monitor, self);
    zloop_reader(self->loop, self->dealer, on_readable, self);
    return zsock_connect(self->dealer, "%s", self->endpoint) == 0;
}

err_t agent_link_new(zloop_t *loop, const char *endpoint, const char *controller_key, zcert_t *cert,
                     uint64_t epoch_seen, const agent_link_events_t *events, agent_link_t **ret_link,
                     err_info_t *reterr)
{
    uint8_t binary[32];
    if (strlen(controller_key) != 40 || zmq_z85_decode(binary, controller_key) == NULL)
        return err_set(reterr, ERR_CONFIG, "controller's key is not a Z85 key of 40 characters");
    AUTO(agent_link) self = auto_calloc(1, sizeof *self);
    self->loop = loop;
    self->endpoint = auto_strdup(endpoint);
    self->controller_key = auto_strdup(controller_key);
    self->cert = cert;
    self->events = *events;
    self->epoch = epoch_seen;
    self->retry_timer = self->beat_timer = self->flush_timer = -1;
    self->hello_ms = HELLO_MIN_MS;
    self->reject_ms = REJECT_MIN_MS;
    if (strncmp(endpoint, "tcp://", 6) != 0 || !start_over(self))
        return err_set(reterr, ERR_CONFIG, "endpoint \"%s\" is not of the form tcp://address:port", endpoint);
    *ret_link = self;
    self = NULL;
    return ERR_OK;
}

void agent_link_destroy(agent_link_t **self)
{
    agent_link_t *link = *self;
    if (link == NULL)
        return;
    *self = NULL;
    close_socket(link);
    stop_timer(link, &link->retry_timer);
    stop_timer(link, &link->beat_timer);
    stop_timer(link, &link->flush_timer);
    drop_reports(link, link->report_count);
    free(link->reports);
    free(link->endpoint);
    free(link->controller_key);
    free(link);
}

bool agent_link_is_up(const agent_link_t *self)
{
    return self->state == UP;
}

uint64_t agent_link_epoch(const agent_link_t *self)
{
    return self->epoch;
}
