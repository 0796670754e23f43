/* Both ends of the link in one process and one loop: real TCP on loopback, real CURVE keys.  Wall clock, but no sleeps:
 * each test runs the loop until what it waits for is there. */
#include "agent/link.h"
#include "controller/link/link.h"
#include "shared/log.h"
#include "tests/unit/check_run.h"
#include <string.h>

enum { BEAT_MS = 30, WAIT_MS = 1900, BULK_WAIT_MS = 15000, SERVER = 7 };
static uint32_t beat_ms = BEAT_MS;

/* ---- the controller's side ---- */
typedef struct {
    link_t *link;
    int ups, downs, strangers, reports, healths;
    char down_why[256], stranger[64], health_text[64];
    bool health;
    uint64_t boot_id;
    uint64_t last_id;
    wire_result_t last_result;
    wire_reason_t last_reason;
    int envelopes;
} ctl_t;

static void ctl_up(void *arg, int64_t server_id, const wire_hello_t *hello)
{
    ctl_t *ctl = arg;
    ck_assert_int_eq(server_id, SERVER);
    ctl->boot_id = hello->boot_id;
    ctl->ups++;
}
static void ctl_down(void *arg, int64_t server_id, const char *why)
{
    ctl_t *ctl = arg;
    ck_assert_int_eq(server_id, SERVER);
    snprintf(ctl->down_why, sizeof ctl->down_why, "%s", why);
    ctl->downs++;
}
static void ctl_reports(void *arg, int64_t server_id, const wire_report_t *reports, size_t count)
{
    ctl_t *ctl = arg;
    ck_assert_int_eq(server_id, SERVER);
    ctl->reports += (int)count;
    ctl->envelopes++;
    ctl->last_id = reports[count - 1].command_id;
    ctl->last_result = reports[count - 1].result;
    ctl->last_reason = reports[count - 1].reason;
}
static void ctl_health(void *arg, int64_t server_id, bool up, const char *text)
{
    ctl_t *ctl = arg;
    ck_assert_int_eq(server_id, SERVER);
    ctl->healths++;
    ctl->health = up;
    snprintf(ctl->health_text, sizeof ctl->health_text, "%s", text);
}
static void ctl_stranger(void *arg, const char *key, const char *address)
{
    ctl_t *ctl = arg;
    (void)address;
    snprintf(ctl->stranger, sizeof ctl->stranger, "%s", key);
    ctl->strangers++;
}

/* ---- the agent's side ---- */
enum { ORDER_MAX = 4096 };
typedef struct {
    agent_link_t *link;
    int welcomes, losts, commands;
    uint64_t epoch;
    uint64_t boot_id;
    bool answer, unwell;
    uint64_t order[ORDER_MAX]; /* ids as they came */
    size_t text_bytes;
    char lost_why[256];
} agt_t;

static void agt_welcome(void *arg, const wire_welcome_t *welcome, uint64_t epoch)
{
    agt_t *agt = arg;
    ck_assert_str_eq(welcome->server, "ns1");
    ck_assert_int_eq(welcome->role, WIRE_ROLE_SLAVE);
    agt->epoch = epoch;
    agt->welcomes++;
}
static void agt_lost(void *arg, const char *why)
{
    agt_t *agt = arg;
    snprintf(agt->lost_why, sizeof agt->lost_why, "%s", why);
    agt->losts++;
}
static void agt_command(void *arg, uint64_t epoch, wire_command_t *command)
{
    agt_t *agt = arg;
    (void)epoch;
    if (agt->commands < ORDER_MAX)
        agt->order[agt->commands] = command->id;
    agt->commands++;
    if (command->goal == WIRE_ZONE_LOAD)
        agt->text_bytes += strlen(command->zone_load.text);
    wire_report_t report = {.command_id = command->id, .result = WIRE_DONE, .revision = command->revision};
    if (agt->answer)
        agent_link_report(agt->link, &report);
}
static void agt_fill(void *arg, wire_hello_t *hello)
{
    const agt_t *agt = arg;
    hello->software = auto_strdup("dms-agent test");
    hello->boot_id = agt->boot_id;
    hello->credit = 1000;
    hello->name_server_up = true;
}
static bool agt_name_server_up(void *arg, const char **ret_text)
{
    const agt_t *agt = arg;
    *ret_text = agt->unwell ? "named is out" : NULL;
    return !agt->unwell;
}

/* ---- the stage ---- */
static zloop_t *loop;
static zcert_t *ctl_cert, *agt_cert, *other_cert;
static ctl_t ctl;
static agt_t agt, agt2;
static char endpoint[64];
static uint64_t epoch;

static void make_controller(const char *where)
{
    const link_events_t events = {&ctl, ctl_up, ctl_down, ctl_reports, ctl_health, ctl_stranger};
    AUTO_ERR info = ERR_INFO_INIT;
    int64_t end = zclock_mono() + WAIT_MS;
    err_t err;
    do { /* the port of a destroyed link is free as soon as ZeroMQ's thread has closed it */
        err = link_new(loop, where, ctl_cert, epoch, beat_ms, &events, &ctl.link, &info);
    } while (err != ERR_OK && zclock_mono() < end);
    ck_assert_msg(err == ERR_OK, "%s", err_message(&info));
    snprintf(endpoint, sizeof endpoint, "%s", link_endpoint(ctl.link));
    const link_peer_t peer = {SERVER, "ns1", WIRE_ROLE_SLAVE, zcert_public_txt(agt_cert)};
    link_set_peers(ctl.link, &peer, 1);
}

static void make_agent(agt_t *which, zcert_t *cert)
{
    const agent_link_events_t events = {which, agt_welcome, agt_lost, agt_command, agt_fill, agt_name_server_up};
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err = agent_link_new(loop, endpoint, zcert_public_txt(ctl_cert), cert, 1, &events, &which->link, &info);
    ck_assert_msg(err == ERR_OK, "%s", err_message(&info));
}

static void setup(void)
{
    zsys_handler_set(NULL);
    log_open("test_link", getenv("DMS_TEST_LOG") != NULL ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
    loop = zloop_new();
    ctl_cert = zcert_new();
    agt_cert = zcert_new();
    other_cert = zcert_new();
    ctl = (ctl_t){0};
    agt = (agt_t){.boot_id = 1, .answer = true};
    agt2 = (agt_t){.boot_id = 2, .answer = true};
    epoch = 5;
    make_controller("tcp://127.0.0.1:*");
}

static void teardown(void)
{
    agent_link_destroy(&agt.link);
    agent_link_destroy(&agt2.link);
    link_destroy(&ctl.link);
    zloop_destroy(&loop);
    zcert_destroy(&ctl_cert);
    zcert_destroy(&agt_cert);
    zcert_destroy(&other_cert);
}

typedef bool (*until_fn)(void);
static int on_until(zloop_t *l, int timer, void *arg)
{
    (void)l;
    (void)timer;
    until_fn until;
    memcpy(&until, arg, sizeof until);
    return until() ? -1 : 0;
}
static int on_timeout(zloop_t *l, int timer, void *arg)
{
    (void)l;
    (void)timer;
    *(bool *)arg = true;
    return -1;
}
/* Run the loop until the condition holds; false after ms. */
static bool run_until(until_fn until, size_t ms)
{
    bool timeout = false;
    int a = zloop_timer(loop, 1, 0, on_until, &until);
    int b = zloop_timer(loop, ms, 1, on_timeout, &timeout);
    zloop_start(loop);
    zloop_timer_end(loop, a);
    zloop_timer_end(loop, b);
    return !timeout;
}
#define UNTIL(name)                                                                                                    \
    ck_assert_msg(run_until(name, WAIT_MS),                                                                            \
                  "time out waiting for " #name ", %d commands, %d reports, down: %s, lost: %s", agt.commands,         \
                  ctl.reports, ctl.down_why, agt.lost_why)

static bool both_up(void) { return ctl.ups > ctl.downs && agt.welcomes > agt.losts; }
static bool one_stranger(void) { return ctl.strangers > 0; }
static bool one_down(void) { return ctl.downs > 0; }
static bool one_lost(void) { return agt.losts > 0; }
static bool one_report(void) { return ctl.reports > 0; }
static bool second_up(void) { return agt2.welcomes > 0 && ctl.ups == 2; }
static bool unwell_seen(void) { return ctl.healths > 0; }
static bool never(void) { return false; }
static int want;
static bool reports_there(void) { return ctl.reports >= want; }
static bool commands_there(void) { return agt.commands >= want; }

static wire_command_t serve(uint64_t id)
{
    return (wire_command_t){.id = id, .revision = 1, .deadline_ms = 1000, .goal = WIRE_ZONE_SERVE,
                            .zone_serve = {auto_strdup("example.org."), 1}};
}

static wire_command_t load_part(uint64_t id, uint32_t part, uint32_t parts)
{
    wire_command_t c = {.id = id, .revision = 1, .deadline_ms = 1000, .goal = WIRE_ZONE_LOAD};
    c.zone_load = (wire_zone_load_t){.zone = auto_strdup("example.org."), .serial = 1, .part = part, .parts = parts};
    c.zone_load.text = auto_malloc(WIRE_PART_MAX + 1);
    memset(c.zone_load.text, 'x', WIRE_PART_MAX);
    c.zone_load.text[WIRE_PART_MAX] = '\0';
    return c;
}

static void bring_up(void)
{
    make_agent(&agt, agt_cert);
    UNTIL(both_up);
}

/* A peer that says what the test wants. */
static zsock_t *raw_peer(zcert_t *cert)
{
    zsock_t *peer = zsock_new(ZMQ_DEALER);
    zsock_set_linger(peer, 0);
    zcert_apply(cert, peer);
    zsock_set_curve_serverkey(peer, zcert_public_txt(ctl_cert));
    ck_assert_int_eq(zsock_connect(peer, "%s", endpoint), 0);
    return peer;
}
static zsock_t *raw;
static wire_msg_t *raw_msg;
static bool raw_received(void)
{
    if ((zsock_events(raw) & ZMQ_POLLIN) == 0)
        return false;
    AUTO(zframe) frame = zframe_recv(raw);
    wire_msg_destroy(&raw_msg);
    AUTO_ERR info = ERR_INFO_INIT;
    ck_assert_msg(wire_decode(zframe_data(frame), zframe_size(frame), &raw_msg, &info) == ERR_OK, "%s",
                  err_message(&info));
    return raw_msg->kind != WIRE_HEARTBEAT;
}
static void raw_send(const wire_msg_t *msg)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    ck_assert_int_eq(wire_encode(msg, &bytes, &size, NULL), ERR_OK);
    zframe_t *frame = zframe_new(bytes, size);
    zframe_send(&frame, raw, 0);
    free(bytes);
}
static void raw_say_hello(uint32_t version)
{
    AUTO(wire_msg) hello = wire_msg_new(WIRE_HELLO, 0);
    hello->hello.software = auto_strdup("raw");
    hello->hello.version_min = hello->hello.version_max = version;
    hello->hello.credit = 10;
    raw_send(hello);
}
static void raw_hello(uint32_t version)
{
    raw_say_hello(version);
    UNTIL(raw_received);
}
static void raw_up(void)
{
    raw = raw_peer(agt_cert);
    raw_hello(WIRE_VERSION);
    ck_assert_int_eq(raw_msg->kind, WIRE_WELCOME);
    ck_assert_int_eq(ctl.ups, 1);
}
static void raw_done(void)
{
    zsock_destroy(&raw);
    wire_msg_destroy(&raw_msg);
}

START_TEST(hello_and_welcome)
{
    bring_up();
    ck_assert(link_is_up(ctl.link, SERVER));
    ck_assert(agent_link_is_up(agt.link));
    ck_assert_uint_eq(ctl.boot_id, 1);
    ck_assert_uint_eq(agt.epoch, 5);
    ck_assert_uint_eq(agent_link_epoch(agt.link), 5);
    ck_assert_uint_eq(link_credit(ctl.link, SERVER), 1000);
    ck_assert(!link_is_up(ctl.link, 99));
    ck_assert_uint_eq(link_credit(ctl.link, 99), 0);
    ck_assert(!run_until(one_down, 8 * BEAT_MS)); /* heartbeats keep it up */
    ck_assert_int_eq(agt.losts, 0);
    ck_assert_int_eq(ctl.ups, 1);
}
END_TEST

START_TEST(unknown_key)
{
    make_agent(&agt, other_cert);
    UNTIL(one_stranger);
    ck_assert_str_eq(ctl.stranger, zcert_public_txt(other_cert));
    ck_assert(!run_until(both_up, 300));
    raw = raw_peer(other_cert); /* not even a reject: refused before a message is parsed */
    raw_say_hello(WIRE_VERSION);
    ck_assert(!run_until(raw_received, 150));
    raw_done();
    ck_assert_int_eq(ctl.strangers, 1); /* rate limited: both knocked with the same key */
    /* Allowed from now on: no restart of anything. */
    const link_peer_t peer = {SERVER, "ns1", WIRE_ROLE_SLAVE, zcert_public_txt(other_cert)};
    link_set_peers(ctl.link, &peer, 1);
    UNTIL(both_up);
}
END_TEST

START_TEST(peer_removed)
{
    bring_up();
    link_set_peers(ctl.link, NULL, 0);
    ck_assert_int_eq(ctl.downs, 1);
    UNTIL(one_lost);
    ck_assert(!link_is_up(ctl.link, SERVER));
    wire_command_t c = serve(1);
    ck_assert(!link_send(ctl.link, SERVER, &c, 1));
    ck_assert_ptr_null(c.zone_serve.zone);
}
END_TEST

START_TEST(commands_and_reports)
{
    bring_up();
    wire_command_t batch[900];
    for (size_t i = 0; i < ARRAY_SIZE(batch); i++)
        batch[i] = serve(i + 1);
    ck_assert(link_send(ctl.link, SERVER, batch, ARRAY_SIZE(batch)));
    ck_assert_ptr_null(batch[0].zone_serve.zone); /* taken */
    ck_assert_uint_eq(link_credit(ctl.link, SERVER), 100);
    want = 900;
    UNTIL(reports_there);
    ck_assert_int_eq(agt.commands, 900);
    for (size_t i = 0; i < 900; i++)
        ck_assert_uint_eq(agt.order[i], i + 1);
    ck_assert_int_eq(ctl.reports, 900);
    ck_assert_int_le(ctl.envelopes, 20); /* reports of one turn leave together */
    ck_assert_int_eq(ctl.last_result, WIRE_DONE);
    ck_assert_uint_eq(link_credit(ctl.link, SERVER), 1000);
}
END_TEST

START_TEST(credit)
{
    bring_up();
    agt.answer = false;
    for (uint64_t id = 1; id <= 1200; id++) {
        wire_command_t c = serve(id);
        link_send(ctl.link, SERVER, &c, 1);
    }
    ck_assert_uint_eq(link_credit(ctl.link, SERVER), 0);
    want = 1000;
    UNTIL(commands_there);
    want = 1001;
    ck_assert_msg(!run_until(commands_there, 100), "more unanswered commands than the agent's credit");
    wire_report_t report = {.command_id = 3, .result = WIRE_DONE};
    wire_report_t twice = {.command_id = 3, .result = WIRE_DONE};
    agent_link_report(agt.link, &report);
    agent_link_report(agt.link, &twice); /* counts once, is passed on twice */
    UNTIL(commands_there);
    want = 2;
    UNTIL(reports_there);
    want = 1002;
    ck_assert(!run_until(commands_there, 100));
    ck_assert_int_eq(agt.commands, 1001);
    ck_assert_uint_eq(agt.order[1000], 1001);
}
END_TEST

START_TEST(repeat_counts_once)
{
    bring_up();
    agt.answer = false;
    for (int i = 0; i < 3; i++) {
        wire_command_t c = serve(42);
        link_send(ctl.link, SERVER, &c, 1);
    }
    ck_assert_uint_eq(link_credit(ctl.link, SERVER), 999);
    want = 3;
    UNTIL(commands_there);
    wire_report_t report = {.command_id = 42, .result = WIRE_DONE};
    agent_link_report(agt.link, &report);
    UNTIL(one_report);
    ck_assert_uint_eq(link_credit(ctl.link, SERVER), 1000);
}
END_TEST

START_TEST(old_epoch)
{
    bring_up();
    agent_link_destroy(&agt.link);
    UNTIL(one_down);
    agt.welcomes = agt.losts = 0;
    link_destroy(&ctl.link);
    epoch = 9;
    make_controller(endpoint);
    bring_up();
    ck_assert_uint_eq(agent_link_epoch(agt.link), 9);
    link_destroy(&ctl.link); /* an old master comes back */
    epoch = 8;
    make_controller(endpoint);
    UNTIL(one_lost);
    UNTIL(both_up);
    wire_command_t c = serve(77);
    link_send(ctl.link, SERVER, &c, 1);
    UNTIL(one_report);
    ck_assert_int_eq(agt.commands, 0);
    ck_assert_uint_eq(ctl.last_id, 77);
    ck_assert_int_eq(ctl.last_result, WIRE_REFUSED);
    ck_assert_int_eq(ctl.last_reason, WIRE_OLD_EPOCH);
    ck_assert_uint_eq(agent_link_epoch(agt.link), 9);
}
END_TEST

START_TEST(controller_restarts)
{
    bring_up();
    link_destroy(&ctl.link);
    UNTIL(one_lost);
    ck_assert_str_eq(agt.lost_why, "connection closed"); /* at once, not after three heartbeats */
    ck_assert(!agent_link_is_up(agt.link));
    make_controller(endpoint);
    ctl.downs = 1; /* destroying tells nobody */
    UNTIL(both_up);
    wire_command_t c = serve(5);
    link_send(ctl.link, SERVER, &c, 1);
    UNTIL(one_report);
}
END_TEST

START_TEST(newer_replaces_older)
{
    bring_up();
    make_agent(&agt2, agt_cert);
    UNTIL(second_up);
    ck_assert_int_eq(ctl.downs, 1);
    ck_assert_uint_eq(ctl.boot_id, 2);
    UNTIL(one_lost); /* and the older one is told why */
    ck_assert_ptr_nonnull(strstr(agt.lost_why, "replaced"));
    wire_command_t c = serve(5);
    link_send(ctl.link, SERVER, &c, 1);
    UNTIL(one_report);
    ck_assert_int_eq(agt2.commands, 1);
    ck_assert_int_eq(agt.commands, 0);
}
END_TEST

START_TEST(health)
{
    bring_up();
    agt.unwell = true;
    UNTIL(unwell_seen);
    ck_assert(!ctl.health);
    ck_assert_str_eq(ctl.health_text, "named is out");
    ctl.healths = 0;
    agt.unwell = false;
    UNTIL(unwell_seen);
    ck_assert(ctl.health);
}
END_TEST

START_TEST(garbage_ends_session)
{
    raw_up();
    zstr_send(raw, "\xff\xff\xff\xff this is no envelope");
    UNTIL(one_down);
    ck_assert_ptr_nonnull(strstr(ctl.down_why, "malformed"));
    UNTIL(raw_received);
    ck_assert_int_eq(raw_msg->kind, WIRE_REJECT);
    ck_assert_int_eq(raw_msg->reject.reason, WIRE_BAD_MESSAGE);
    raw_hello(WIRE_VERSION); /* and it may begin anew */
    ck_assert_int_eq(ctl.ups, 2);
    raw_done();
}
END_TEST

START_TEST(two_frames_end_session)
{
    raw_up();
    zstr_sendx(raw, "one", "two", "three", NULL);
    UNTIL(one_down);
    ck_assert_ptr_nonnull(strstr(ctl.down_why, "more than one frame"));
    raw_done();
}
END_TEST

START_TEST(wrong_direction_ends_session)
{
    raw_up();
    AUTO(wire_msg) msg = wire_msg_new(WIRE_COMMANDS, 0);
    raw_send(msg);
    UNTIL(one_down);
    ck_assert_ptr_nonnull(strstr(ctl.down_why, "only controllers"));
    raw_done();
}
END_TEST

START_TEST(before_hello_dropped)
{
    raw = raw_peer(agt_cert);
    AUTO(wire_msg) msg = wire_msg_new(WIRE_REPORTS, 0);
    msg->reports.items = auto_calloc(1, sizeof *msg->reports.items);
    msg->reports.count = 1;
    msg->reports.items[0] = (wire_report_t){.command_id = 1, .result = WIRE_DONE};
    raw_send(msg);
    raw_hello(WIRE_VERSION); /* comes after it on the same connection */
    ck_assert_int_eq(raw_msg->kind, WIRE_WELCOME);
    ck_assert_int_eq(ctl.reports, 0);
    raw_done();
}
END_TEST

START_TEST(version_rejected)
{
    raw = raw_peer(agt_cert);
    raw_hello(WIRE_VERSION + 1);
    ck_assert_int_eq(raw_msg->kind, WIRE_REJECT);
    ck_assert_int_eq(raw_msg->reject.reason, WIRE_VERSION_MISMATCH);
    ck_assert_int_eq(ctl.ups, 0);
    raw_done();
}
END_TEST

/* A loop that was held up finds the heartbeats of that time unread: nobody was silent. */
START_TEST(own_delay_is_not_silence)
{
    bring_up();
    mono_t until = mono_add_ms(clock_mono(NULL), 6 * BEAT_MS);
    while (clock_mono(NULL).us < until.us) {
        /* a handler that computes for too long */
    }
    ck_assert(!run_until(one_down, 4 * BEAT_MS));
    ck_assert_int_eq(agt.losts, 0);
}
END_TEST

START_TEST(silent_agent_is_noticed)
{
    raw_up();
    UNTIL(one_down);
    ck_assert_str_eq(ctl.down_why, "no heartbeat");
    raw_done();
}
END_TEST

/* A controller's socket that welcomes and then says nothing more. */
static zsock_t *mute;
static int on_mute(zloop_t *l, zsock_t *reader, void *arg)
{
    (void)l;
    (void)arg;
    AUTO(zmsg) msg = zmsg_recv(reader);
    zframe_t *route = zmsg_pop(msg);
    AUTO(wire_msg) in = NULL;
    ck_assert_int_eq(wire_decode(zframe_data(zmsg_first(msg)), zframe_size(zmsg_first(msg)), &in, NULL), ERR_OK);
    if (in->kind == WIRE_HELLO && agt.welcomes == 0) {
        AUTO(wire_msg) out = wire_msg_new(WIRE_WELCOME, 5);
        out->welcome = (wire_welcome_t){auto_strdup("ns1"), WIRE_ROLE_SLAVE, BEAT_MS, 0};
        uint8_t *bytes = NULL;
        size_t size = 0;
        ck_assert_int_eq(wire_encode(out, &bytes, &size, NULL), ERR_OK);
        zframe_send(&route, reader, ZFRAME_MORE);
        zframe_t *body = zframe_new(bytes, size);
        zframe_send(&body, reader, 0);
        free(bytes);
    }
    zframe_destroy(&route);
    return 0;
}

START_TEST(silent_controller_is_noticed)
{
    mute = zsock_new(ZMQ_ROUTER);
    zcert_apply(ctl_cert, mute);
    zsock_set_curve_server(mute, 1);
    zsock_set_zap_domain(mute, "dms");
    zsock_bind(mute, "tcp://127.0.0.1:*");
    snprintf(endpoint, sizeof endpoint, "%s", zsock_endpoint(mute));
    zloop_reader(loop, mute, on_mute, NULL);
    make_agent(&agt, agt_cert);
    UNTIL(one_lost);
    ck_assert_str_eq(agt.lost_why, "no heartbeat");
    ck_assert_int_eq(agt.welcomes, 1);
    zloop_reader_end(loop, mute);
    zsock_destroy(&mute);
}
END_TEST

START_TEST(bulk_does_not_delay_small)
{
    enum { PARTS = 120, SMALL = 1000 }; /* 30 MiB */
    beat_ms = BULK_WAIT_MS;             /* a busy machine with sanitizers: silence is not under test here */
    bring_up();
    agt.answer = false; /* a report would end the load: the parts left are dropped */
    for (uint32_t part = 0; part < PARTS; part++) {
        wire_command_t c = load_part(1, part, PARTS);
        link_send(ctl.link, SERVER, &c, 1);
    }
    ck_assert_uint_eq(link_credit(ctl.link, SERVER), 999); /* all parts are one command */
    want = 3;
    UNTIL(commands_there); /* the load is on its way */
    wire_command_t c = serve(SMALL);
    link_send(ctl.link, SERVER, &c, 1);
    want = PARTS + 1;
    ck_assert(run_until(commands_there, BULK_WAIT_MS));
    int at = 0;
    while (agt.order[at] != SMALL)
        at++;
    ck_assert_msg(at < 40, "the small command came after %d of %d parts", at, (int)PARTS);
    ck_assert_uint_eq(agt.text_bytes, (size_t)PARTS * WIRE_PART_MAX);
    ck_assert_int_eq(ctl.downs, 0);
    ck_assert_int_eq(agt.losts, 0);
}
END_TEST

START_TEST(bad_command_is_answered)
{
    bring_up();
    wire_command_t batch[3] = {serve(1), serve(2), serve(3)};
    free(batch[1].zone_serve.zone);
    batch[1].zone_serve.zone = auto_strdup("Not Absolute");
    log_set_level(0);
    link_send(ctl.link, SERVER, batch, 3);
    want = 3;
    UNTIL(reports_there);
    ck_assert_int_eq(agt.commands, 2);
    ck_assert_uint_eq(link_credit(ctl.link, SERVER), 1000);
}
END_TEST

START_TEST(one_zap_per_process)
{
    const link_events_t events = {&ctl, ctl_up, ctl_down, ctl_reports, ctl_health, ctl_stranger};
    link_t *second = NULL;
    AUTO_ERR info = ERR_INFO_INIT;
    ck_assert_int_eq(link_new(loop, "tcp://127.0.0.1:*", ctl_cert, 1, BEAT_MS, &events, &second, &info), ERR_IO);
    ck_assert_ptr_null(second);
    agent_link_t *bad = NULL;
    const agent_link_events_t agent_events = {&agt, agt_welcome, agt_lost, agt_command, agt_fill, agt_name_server_up};
    ck_assert_int_eq(
        agent_link_new(loop, "ipc://x", zcert_public_txt(ctl_cert), agt_cert, 1, &agent_events, &bad, &info),
        ERR_CONFIG);
    ck_assert_int_eq(agent_link_new(loop, endpoint, "short", agt_cert, 1, &agent_events, &bad, &info), ERR_CONFIG);
    ck_assert(!run_until(never, 1));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("link");
    TCase *tcase = tcase_create("link");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, hello_and_welcome);
    tcase_add_test(tcase, unknown_key);
    tcase_add_test(tcase, peer_removed);
    tcase_add_test(tcase, commands_and_reports);
    tcase_add_test(tcase, credit);
    tcase_add_test(tcase, repeat_counts_once);
    tcase_add_test(tcase, old_epoch);
    tcase_add_test(tcase, controller_restarts);
    tcase_add_test(tcase, newer_replaces_older);
    tcase_add_test(tcase, health);
    tcase_add_test(tcase, garbage_ends_session);
    tcase_add_test(tcase, two_frames_end_session);
    tcase_add_test(tcase, wrong_direction_ends_session);
    tcase_add_test(tcase, before_hello_dropped);
    tcase_add_test(tcase, version_rejected);
    tcase_add_test(tcase, own_delay_is_not_silence);
    tcase_add_test(tcase, silent_agent_is_noticed);
    tcase_add_test(tcase, silent_controller_is_noticed);
    tcase_add_test(tcase, bulk_does_not_delay_small);
    tcase_add_test(tcase, bad_command_is_answered);
    tcase_add_test(tcase, one_zap_per_process);
    suite_add_tcase(suite, tcase);
    return check_suite(suite);
}
