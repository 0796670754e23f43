/* The codec: vectors that must decode for ever, and what must be refused.  DMS_UPDATE_VECTORS=1 writes vectors that do
 * not exist yet; it never changes one that does. */
#include "proto/wire.h"
#include "tests/unit/wire_dump.h"
#include "tests/unit/check_run.h"
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VECTORS DMS_SOURCE_DIR "/proto/vectors/"
#define CORPUS DMS_SOURCE_DIR "/tests/fuzz/corpus/wire/"

/* ---- bytes made by hand: what our encoder refuses to make ---- */
typedef struct {
    uint8_t *data;
    size_t size, cap;
} buf_t;
static void buf_destroy(buf_t *b) { free(b->data); }
#define AUTO_BUF AUTO_CLEANUP(buf_destroy) buf_t

static void put_bytes(buf_t *b, const void *data, size_t size)
{
    b->data = auto_grow(b->data, &b->cap, b->size + size, 1);
    if (size > 0)
        memcpy(b->data + b->size, data, size);
    b->size += size;
}
static void put_varint(buf_t *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        put_bytes(b, &(uint8_t){(uint8_t)(v | 0x80)}, 1);
    put_bytes(b, &(uint8_t){(uint8_t)v}, 1);
}
static void put_number(buf_t *b, unsigned field, uint64_t v)
{
    put_varint(b, field << 3);
    put_varint(b, v);
}
static void put_block(buf_t *b, unsigned field, const void *data, size_t size)
{
    put_varint(b, field << 3 | 2);
    put_varint(b, size);
    put_bytes(b, data, size);
}
static void put_text(buf_t *b, unsigned field, const char *text) { put_block(b, field, text, strlen(text)); }
static void put_buf(buf_t *b, unsigned field, const buf_t *in) { put_block(b, field, in->data, in->size); }

/* Envelope of one body. */
static void put_envelope(buf_t *b, unsigned body, const buf_t *in)
{
    put_number(b, 1, 1);
    put_number(b, 2, 3);
    put_buf(b, body, in);
}
/* Envelope of `times` equal commands (or reports: body 8) of one goal. */
static void put_items(buf_t *b, unsigned body, const buf_t *item, size_t times)
{
    AUTO_BUF list = {0};
    for (size_t i = 0; i < times; i++)
        put_buf(&list, 1, item);
    put_envelope(b, body, &list);
}
static void put_goal(buf_t *b, unsigned goal, const buf_t *in)
{
    AUTO_BUF command = {0};
    put_number(&command, 1, 99);
    put_buf(&command, goal, in);
    put_items(b, 7, &command, 1);
}

static wire_msg_t *decode(const uint8_t *bytes, size_t size)
{
    wire_msg_t *msg = NULL;
    AUTO_ERR info = ERR_INFO_INIT;
    /* An exact copy on the heap: a read beyond the end is seen by the address sanitizer. */
    AUTO_FREE uint8_t *copy = auto_malloc(size);
    if (size > 0)
        memcpy(copy, bytes, size);
    err_t err = wire_decode(copy, size, &msg, &info);
    ck_assert_msg(err == ERR_OK, "%s", err_message(&info));
    return msg;
}

static void refused(const buf_t *b, const char *words)
{
    wire_msg_t *msg = NULL;
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err = wire_decode(b->data, b->size, &msg, &info);
    ck_assert_msg(err == ERR_PROTOCOL, "accepted, or the wrong error: %s", err_name(err));
    ck_assert_ptr_null(msg);
    ck_assert_msg(strstr(err_message(&info), words) != NULL, "\"%s\" does not say \"%s\"", err_message(&info), words);
}

/* ---- one message of each kind and of each goal ---- */
static char **texts(size_t *ret_count, const char *a, const char *b)
{
    char **list = auto_calloc(2, sizeof *list);
    list[0] = auto_strdup(a);
    list[1] = auto_strdup(b);
    *ret_count = 2;
    return list;
}
static wire_msg_t *make_hello(void)
{
    wire_msg_t *m = wire_msg_new(WIRE_HELLO, 3);
    wire_hello_t *h = &m->hello;
    *h = (wire_hello_t){.software = auto_strdup("dms-agent 0.1.0"),
                        .version_min = 1,
                        .version_max = 1,
                        .boot_id = UINT64_MAX - 1,
                        .clock_us = 1795420800000000,
                        .config_generation = 12,
                        .credit = 1000,
                        .driver = auto_strdup("bind9"),
                        .driver_version = auto_strdup("9.18.49"),
                        .name_server_up = true};
    h->capabilities = texts(&h->capability_count, "bind9", "zone-load");
    return m;
}
static wire_msg_t *make_welcome(void)
{
    wire_msg_t *m = wire_msg_new(WIRE_WELCOME, 3);
    m->welcome = (wire_welcome_t){auto_strdup("ns1"), WIRE_ROLE_SLAVE, 1000, -1};
    return m;
}
static wire_msg_t *make_reject(void)
{
    wire_msg_t *m = wire_msg_new(WIRE_REJECT, 3);
    m->reject = (wire_reject_t){WIRE_VERSION_MISMATCH, auto_strdup("this controller speaks version 1")};
    return m;
}
static wire_msg_t *make_heartbeat(void)
{
    wire_msg_t *m = wire_msg_new(WIRE_HEARTBEAT, UINT64_MAX);
    m->heartbeat = (wire_heartbeat_t){17, false, auto_strdup("named does not answer: Zeit\xc3\xbc" "berschreitung")};
    return m;
}
static wire_msg_t *make_reports(void)
{
    wire_msg_t *m = wire_msg_new(WIRE_REPORTS, 3);
    m->reports.items = auto_calloc(2, sizeof *m->reports.items);
    m->reports.count = 2;
    m->reports.items[0] = (wire_report_t){.command_id = 4711,
                                          .result = WIRE_DONE,
                                          .zone = auto_strdup("example.org."),
                                          .serial = UINT32_MAX,
                                          .has_serial = true,
                                          .revision = 9,
                                          .at_us = 1795420800000001};
    wire_report_t *r = &m->reports.items[1];
    *r = (wire_report_t){
        .command_id = 4712, .result = WIRE_FAILED, .reason = WIRE_BAD_ZONE, .evidence = auto_strdup("rcode SERVFAIL")};
    r->zones = auto_calloc(2, sizeof *r->zones);
    r->zone_count = 2;
    r->zones[0] = (wire_zone_serial_t){auto_strdup("a.example."), 5, false};
    r->zones[1] = (wire_zone_serial_t){auto_strdup("0/25.2.0.192.in-addr.arpa."), 0, true};
    return m;
}
static wire_command_t *one_command(wire_msg_t **ret_msg, wire_goal_t goal)
{
    wire_msg_t *m = *ret_msg = wire_msg_new(WIRE_COMMANDS, 3);
    m->commands.items = auto_calloc(1, sizeof *m->commands.items);
    m->commands.count = 1;
    m->commands.items[0] = (wire_command_t){.id = UINT64_MAX, .revision = 42, .deadline_ms = 5000, .goal = goal};
    return &m->commands.items[0];
}
static wire_endpoint_t *endpoints(size_t *ret_count)
{
    wire_endpoint_t *list = auto_calloc(2, sizeof *list);
    list[0] = (wire_endpoint_t){auto_strdup("10.0.0.1"), 53};
    list[1] = (wire_endpoint_t){auto_strdup("2001:db8::1"), 5353};
    *ret_count = 2;
    return list;
}
static wire_msg_t *make_server_config(void)
{
    wire_msg_t *m;
    wire_server_config_t *s = &one_command(&m, WIRE_SERVER_CONFIG)->server_config;
    s->role = WIRE_ROLE_MASTER;
    s->masters = endpoints(&s->master_count);
    s->groups = auto_calloc(2, sizeof *s->groups);
    s->group_count = 2;
    s->groups[0] = (wire_group_t){auto_strdup("anathoth-net"), NULL, 0};
    s->groups[0].servers = endpoints(&s->groups[0].server_count);
    s->groups[1] = (wire_group_t){auto_strdup("empty"), NULL, 0};
    return m;
}
static wire_msg_t *make_zone_update(void)
{
    wire_msg_t *m;
    wire_zone_update_t *u = &one_command(&m, WIRE_ZONE_UPDATE)->zone_update;
    *u = (wire_zone_update_t){
        .zone = auto_strdup("example.org."),
        .from_serial = 2026112300,
        .to_serial = 2026112301,
        .soa_ttl = 86400,
        .old_soa = auto_strdup("ns1.example.org. hostmaster.example.org. 2026112300 7200 3600 604800 300"),
        .new_soa = auto_strdup("ns1.example.org. hostmaster.example.org. 2026112301 7200 3600 604800 300")};
    u->remove = texts(&u->remove_count, "www.example.org. 300 A 192.0.2.1", "example.org. 300 TXT \"a;b\" \"c\"");
    u->add = texts(&u->add_count, "www.example.org. 300 A 192.0.2.2", "\\000x.example.org. 300 TYPE65280 \\# 1 00");
    return m;
}
static wire_msg_t *make_zone_load(void)
{
    wire_msg_t *m;
    wire_zone_load_t *l = &one_command(&m, WIRE_ZONE_LOAD)->zone_load;
    *l = (wire_zone_load_t){
        .zone = auto_strdup("."), .serial = 1, .part = 2, .parts = 3, .text = auto_strdup("@ 300 NS n")};
    l->groups = texts(&l->group_count, "anathoth-net", "empty");
    return m;
}
static wire_msg_t *make_zone_serve(void)
{
    wire_msg_t *m;
    one_command(&m, WIRE_ZONE_SERVE)->zone_serve = (wire_zone_serve_t){auto_strdup("example.org."), 2026112301, 0};
    return m;
}
static wire_msg_t *make_stale(void)
{
    wire_msg_t *m;
    one_command(&m, WIRE_ZONE_SERVE)->zone_serve = (wire_zone_serve_t){auto_strdup("example.org."), 2026112301, 3000000000u};
    return m;
}
static wire_msg_t *make_load_stale(void)
{
    wire_msg_t *m = make_zone_load();
    m->commands.items[0].zone_load.stale_serial = UINT32_MAX;
    return m;
}
static wire_msg_t *make_zone_remove(void)
{
    wire_msg_t *m;
    one_command(&m, WIRE_ZONE_REMOVE)->zone_remove.zone = auto_strdup("xn--bcher-kva.example.");
    return m;
}
static wire_msg_t *make_zone_check(void)
{
    wire_msg_t *m;
    wire_zone_check_t *c = &one_command(&m, WIRE_ZONE_CHECK)->zone_check;
    c->zones = auto_calloc(2, sizeof *c->zones);
    c->count = 2;
    c->zones[0] = (wire_zone_serial_t){auto_strdup("a.example."), 5, false};
    c->zones[1] = (wire_zone_serial_t){auto_strdup("b.example."), 6, false};
    return m;
}
/* A command of a later version: goal 200, and an envelope with a field that we do not know. */
static wire_msg_t *make_unknown_command(void)
{
    AUTO_BUF goal = {0}, bytes = {0};
    put_text(&goal, 1, "example.org.");
    put_goal(&bytes, 200, &goal);
    put_text(&bytes, 300, "of a later version");
    return decode(bytes.data, bytes.size);
}

static const struct {
    const char *name;
    wire_msg_t *(*make)(void);
} SAMPLES[] = {
    {"hello", make_hello},           {"welcome", make_welcome},         {"reject", make_reject},
    {"heartbeat", make_heartbeat},   {"reports", make_reports},         {"server_config", make_server_config},
    {"zone_update", make_zone_update}, {"zone_load", make_zone_load},   {"zone_serve", make_zone_serve},
    {"zone_serve_stale", make_stale},   {"zone_load_stale", make_load_stale},
    {"zone_remove", make_zone_remove}, {"zone_check", make_zone_check},
};

static void encode(const wire_msg_t *msg, buf_t *b)
{
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err = wire_encode(msg, &b->data, &b->size, &info);
    ck_assert_msg(err == ERR_OK, "%s", err_message(&info));
}

/* Also proves that the size estimate is an upper bound. */
static void same_after_a_round(const wire_msg_t *msg)
{
    AUTO_BUF bytes = {0};
    encode(msg, &bytes);
    size_t bound = 64;
    for (size_t i = 0; msg->kind == WIRE_COMMANDS && i < msg->commands.count; i++)
        bound += wire_command_size(&msg->commands.items[i]);
    for (size_t i = 0; msg->kind == WIRE_REPORTS && i < msg->reports.count; i++)
        bound += wire_report_size(&msg->reports.items[i]);
    if (msg->kind == WIRE_COMMANDS || msg->kind == WIRE_REPORTS)
        ck_assert_uint_le(bytes.size, bound);
    AUTO(wire_msg) again = decode(bytes.data, bytes.size);
    AUTO_FREE char *a = wire_dump(msg);
    AUTO_FREE char *b = wire_dump(again);
    ck_assert_str_eq(a, b);
}

static void write_new(const char *path, const void *data, size_t size)
{
    if (getenv("DMS_UPDATE_VECTORS") == NULL || access(path, F_OK) == 0)
        return;
    AUTO_FILE out = fopen(path, "w");
    ck_assert_msg(out != NULL && fwrite(data, 1, size, out) == size, "cannot write %s", path);
}
static buf_t read_file(const char *path)
{
    buf_t b = {0};
    AUTO_FILE in = fopen(path, "r");
    ck_assert_msg(in != NULL, "%s is missing: run with DMS_UPDATE_VECTORS=1 if it is new", path);
    uint8_t part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, in)) > 0;)
        put_bytes(&b, part, n);
    put_bytes(&b, "", 1); /* so that text is a string */
    b.size--;
    return b;
}
static void write_vector(const char *name, const uint8_t *data, size_t size, const wire_msg_t *msg)
{
    AUTO_FREE char *bin = auto_printf(VECTORS "%s.bin", name);
    AUTO_FREE char *txt = auto_printf(VECTORS "%s.txt", name);
    AUTO_FREE char *seed = auto_printf(CORPUS "%s", name);
    AUTO_FREE char *dump = wire_dump(msg);
    write_new(bin, data, size);
    write_new(txt, dump, strlen(dump));
    write_new(seed, data, size);
}

START_TEST(round_trip)
{
    AUTO(wire_msg) msg = SAMPLES[_i].make();
    same_after_a_round(msg);
    AUTO_BUF bytes = {0};
    encode(msg, &bytes);
    write_vector(SAMPLES[_i].name, bytes.data, bytes.size, msg);
    AUTO_FREE char *path = auto_printf(VECTORS "%s.txt", SAMPLES[_i].name);
    AUTO_BUF txt = read_file(path);
    AUTO_FREE char *dump = wire_dump(msg);
    ck_assert_str_eq(dump, (const char *)txt.data);
}
END_TEST

START_TEST(unknown_goal)
{
    AUTO_BUF goal = {0}, bytes = {0};
    put_text(&goal, 1, "example.org.");
    put_goal(&bytes, 200, &goal);
    put_text(&bytes, 300, "of a later version");
    AUTO(wire_msg) msg = make_unknown_command();
    ck_assert_uint_eq(msg->commands.items[0].id, 99);
    ck_assert_int_eq(msg->commands.items[0].goal, 0);
    write_vector("unknown_command", bytes.data, bytes.size, msg);
    uint8_t *out = NULL;
    size_t size = 0;
    ck_assert_int_eq(wire_encode(msg, &out, &size, NULL), ERR_LIMIT); /* we do not send what we do not know */
    ck_assert_ptr_null(out);
}
END_TEST

/* Every vector there is, also those of messages that no sample makes any more. */
START_TEST(vectors)
{
    glob_t g;
    ck_assert_int_eq(glob(VECTORS "*.bin", 0, NULL, &g), 0);
    ck_assert_uint_ge(g.gl_pathc, ARRAY_SIZE(SAMPLES) + 1);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        AUTO_BUF bin = read_file(g.gl_pathv[i]);
        AUTO_FREE char *path = auto_printf("%.*s.txt", (int)(strlen(g.gl_pathv[i]) - 4), g.gl_pathv[i]);
        AUTO_BUF txt = read_file(path);
        AUTO(wire_msg) msg = decode(bin.data, bin.size);
        AUTO_FREE char *dump = wire_dump(msg);
        ck_assert_msg(strcmp(dump, (const char *)txt.data) == 0, "%s reads as\n%s", g.gl_pathv[i], dump);
        if (strstr(g.gl_pathv[i], "unknown_command") == NULL)
            same_after_a_round(msg);
        /* Cut anywhere: an error or a message, never a crash. */
        for (size_t cut = 0; cut < bin.size; cut++) {
            AUTO_FREE uint8_t *part = auto_malloc(cut);
            if (cut > 0)
                memcpy(part, bin.data, cut);
            AUTO(wire_msg) ignored = NULL;
            wire_decode(part, cut, &ignored, NULL);
        }
    }
    globfree(&g);
}
END_TEST

START_TEST(random_bytes)
{
    srandom(7);
    for (int round = 0; round < 3000; round++) {
        AUTO(wire_msg) msg = SAMPLES[(size_t)round % ARRAY_SIZE(SAMPLES)].make();
        AUTO_BUF bytes = {0};
        encode(msg, &bytes);
        for (int n = 0; n < 1 + round % 8; n++)
            bytes.data[(size_t)random() % bytes.size] = (uint8_t)random();
        AUTO(wire_msg) out = NULL;
        wire_decode(bytes.data, bytes.size, &out, NULL);
    }
}
END_TEST

/* Zones that no goal may carry. */
START_TEST(bad_names)
{
    char label[66], deep[300];
    memset(label, 'a', 64);
    memcpy(label + 64, ".", 2);
    for (size_t i = 0; i < 128; i++)
        memcpy(deep + 2 * i, "a.", 3); /* 257 octets on the wire */
    const char *const names[] = {"",   "example.org", "Example.org.", "a..b.",   ".a.", label,
                                 deep, "a b.",        "a\nb.",        "a\\999.", "a\\"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        for (unsigned goal = 5; goal <= 8; goal++) {
            AUTO_BUF body = {0}, bytes = {0};
            put_text(&body, 1, names[i]);
            put_goal(&bytes, goal, &body);
            refused(&bytes, ".zone\"");
        }
        AUTO_BUF zone = {0}, check = {0}, bytes = {0}, report = {0}, reports = {0};
        put_text(&zone, 1, names[i]);
        put_buf(&check, 1, &zone);
        put_goal(&bytes, 9, &check);
        refused(&bytes, "zone_check.zones.zone");
        put_number(&report, 2, 1);
        put_buf(&report, 10, &zone);
        put_items(&reports, 8, &report, 1);
        refused(&reports, "report.zones.zone");
    }
}
END_TEST

static void refused_report(unsigned field, uint64_t value, const char *words)
{
    AUTO_BUF report = {0}, bytes = {0};
    put_number(&report, 2, 1);
    put_number(&report, field, value);
    put_items(&bytes, 8, &report, 1);
    refused(&bytes, words);
}
START_TEST(unknown_enums)
{
    refused_report(2, 0, "report.result");
    refused_report(2, 6, "report.result");
    refused_report(2, UINT64_MAX, "report.result");
    refused_report(3, 9, "report.reason");
    refused_report(3, 1000, "report.reason");
    refused_report(3, UINT64_MAX, "report.reason");
    AUTO_BUF welcome = {0}, bytes = {0};
    put_text(&welcome, 1, "ns1");
    put_number(&welcome, 2, 4);
    put_number(&welcome, 3, 1000);
    put_envelope(&bytes, 4, &welcome);
    refused(&bytes, "welcome.role");
    AUTO_BUF config = {0}, bytes2 = {0};
    put_goal(&bytes2, 4, &config);
    refused(&bytes2, "server_config.role");
}
END_TEST

START_TEST(too_many)
{
    AUTO_BUF body = {0}, command = {0}, bytes = {0};
    put_text(&body, 1, "a.");
    put_buf(&command, 8, &body);
    put_items(&bytes, 7, &command, WIRE_BATCH_MAX);
    AUTO(wire_msg) msg = decode(bytes.data, bytes.size);
    ck_assert_uint_eq(msg->commands.count, WIRE_BATCH_MAX);
    AUTO_BUF more = {0}, report = {0}, reports = {0};
    put_items(&more, 7, &command, WIRE_BATCH_MAX + 1);
    refused(&more, "\"commands\"");
    put_number(&report, 2, 1);
    put_items(&reports, 8, &report, WIRE_BATCH_MAX + 1);
    refused(&reports, "\"reports\"");
    AUTO_BUF empty = {0}, flood = {0}; /* half a million structs from a megabyte: the budget stops it */
    put_items(&flood, 8, &empty, 500000);
    refused(&flood, "malformed");
}
END_TEST

static void refused_update(unsigned field, const char *text, size_t times, const char *words)
{
    AUTO_BUF body = {0}, bytes = {0};
    put_text(&body, 1, "a.");
    if (field != 4)
        put_text(&body, 4, "x");
    if (field != 5)
        put_text(&body, 5, "x");
    for (size_t i = 0; i < times; i++)
        put_text(&body, field, text);
    put_goal(&bytes, 5, &body);
    refused(&bytes, words);
}
START_TEST(zone_update_limits)
{
    refused_update(4, "", 1, "zone_update.old_soa");
    refused_update(5, "a\nb", 1, "zone_update.new_soa");
    refused_update(7, "", 1, "zone_update.remove");
    refused_update(8, "a. 1 A 192.0.2.1\nb. 1 A 192.0.2.1", 1, "zone_update.add");
    refused_update(8, "0123456789", WIRE_LINES_MAX / 10 + 1, "zone_update.add");
    refused_update(7, "0123456789", WIRE_LINES_MAX / 10 + 1, "zone_update.remove");
}
END_TEST

static void load(buf_t *bytes, uint32_t part, uint32_t parts, size_t size, const char *group)
{
    AUTO_BUF body = {0};
    AUTO_FREE char *text = auto_calloc(size + 1, 1);
    memset(text, 'x', size);
    put_text(&body, 1, "a.");
    put_number(&body, 3, part);
    put_number(&body, 4, parts);
    put_text(&body, 5, text);
    put_text(&body, 6, group);
    put_goal(bytes, 6, &body);
}
START_TEST(zone_load_limits)
{
    AUTO_BUF good = {0}, size = {0}, part = {0}, none = {0}, many = {0}, group = {0}, empty = {0};
    load(&good, 0, 1, WIRE_PART_MAX, "g");
    AUTO(wire_msg) msg = decode(good.data, good.size);
    ck_assert_uint_eq(strlen(msg->commands.items[0].zone_load.text), WIRE_PART_MAX);
    load(&size, 0, 1, WIRE_PART_MAX + 1, "g");
    refused(&size, "zone_load.text");
    load(&part, 3, 3, 1, "g");
    refused(&part, "part 3 of 3");
    load(&none, 0, 0, 1, "g");
    refused(&none, "part 0 of 0");
    load(&many, 0, 1 << 20, 1, "g");
    refused(&many, "zone_load.part");
    load(&group, 0, 1, 1, "g\"; };");
    refused(&group, "zone_load.groups");
    load(&empty, 0, 1, 0, "g");
    AUTO(wire_msg) blank = decode(empty.data, empty.size);
    ck_assert_str_eq(blank->commands.items[0].zone_load.text, ""); /* never NULL */
}
END_TEST

static void refused_endpoint(const char *address, uint64_t port, const char *words)
{
    AUTO_BUF endpoint = {0}, config = {0}, bytes = {0};
    put_text(&endpoint, 1, address);
    put_number(&endpoint, 2, port);
    put_number(&config, 1, 1);
    put_buf(&config, 2, &endpoint);
    put_goal(&bytes, 4, &config);
    refused(&bytes, words);
}
START_TEST(endpoints_checked)
{
    refused_endpoint("", 53, "masters.address");
    refused_endpoint("localhost", 53, "masters.address");
    refused_endpoint("10.0.0.1; };", 53, "masters.address");
    refused_endpoint("10.0.0.1", 0, "masters.port");
    refused_endpoint("::1", 65536, "masters.port");
}
END_TEST

START_TEST(envelope_limits)
{
    AUTO_BUF nothing = {0}, version = {0}, words = {0}, evidence = {0}, text = {0}, utf8 = {0}, bytes = {0};
    put_number(&nothing, 1, 1);
    refused(&nothing, "no body");
    put_block(&version, 6, "", 0);
    refused(&version, "version");
    AUTO_FREE char *big = auto_calloc(WIRE_ENVELOPE_MAX + 1, 1);
    memset(big, 'x', WIRE_ENVELOPE_MAX);
    put_text(&words, 15, big);
    refused(&words, "at most");
    big[WIRE_EVIDENCE_MAX + 1] = '\0';
    put_number(&evidence, 2, 1);
    put_text(&evidence, 4, big);
    put_items(&text, 8, &evidence, 1);
    refused(&text, "report.evidence");
    AUTO_BUF beat = {0};
    put_text(&beat, 3, "\xc3(");
    put_envelope(&utf8, 6, &beat);
    refused(&utf8, "heartbeat.text");
    AUTO_BUF hello = {0};
    big[256] = '\0';
    put_text(&hello, 1, big);
    put_envelope(&bytes, 3, &hello);
    refused(&bytes, "hello.software");
}
END_TEST

static void cannot_encode(wire_msg_t *msg, const char *words)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    AUTO_ERR info = ERR_INFO_INIT;
    ck_assert_int_eq(wire_encode(msg, &bytes, &size, &info), ERR_LIMIT);
    ck_assert_ptr_null(bytes);
    ck_assert_msg(strstr(err_message(&info), words) != NULL, "%s", err_message(&info));
    wire_msg_destroy(&msg);
}
START_TEST(encoder_limits)
{
    wire_msg_t *msg = make_zone_serve();
    free(msg->commands.items[0].zone_serve.zone);
    msg->commands.items[0].zone_serve.zone = auto_strdup("No Zone");
    cannot_encode(msg, "zone_serve.zone");
    msg = make_zone_load();
    free(msg->commands.items[0].zone_load.text);
    msg->commands.items[0].zone_load.text = auto_calloc(WIRE_PART_MAX + 2, 1);
    memset(msg->commands.items[0].zone_load.text, 'x', WIRE_PART_MAX + 1);
    cannot_encode(msg, "zone_load.text");
    msg = wire_msg_new(WIRE_COMMANDS, 1); /* five full parts are more than an envelope */
    msg->commands.items = auto_calloc(5, sizeof *msg->commands.items);
    msg->commands.count = 5;
    for (size_t i = 0; i < 5; i++) {
        wire_command_t *c = &msg->commands.items[i];
        *c = (wire_command_t){.id = i, .goal = WIRE_ZONE_LOAD};
        c->zone_load =
            (wire_zone_load_t){.zone = auto_strdup("a."), .parts = 1, .text = auto_calloc(WIRE_PART_MAX + 1, 1)};
        memset(c->zone_load.text, 'x', WIRE_PART_MAX);
    }
    cannot_encode(msg, "envelope");
}
END_TEST

START_TEST(trim)
{
    wire_report_t r = {.evidence = auto_calloc(1200, 1)};
    memset(r.evidence, 'x', 999);
    memcpy(r.evidence + 999, "\xc3\xbc and more", 12);
    r.evidence[0] = '\xff';
    wire_report_trim(&r);
    ck_assert_uint_le(strlen(r.evidence), WIRE_EVIDENCE_MAX);
    ck_assert_int_eq(r.evidence[999], '?'); /* not half a character */
    ck_assert_int_eq(r.evidence[0], '?');
    wire_report_done(&r);
    wire_report_trim(&r);
    ck_assert_ptr_null(r.evidence);
}
END_TEST

START_TEST(words)
{
    ck_assert_str_eq(wire_result_text(WIRE_DONE), "done");
    ck_assert_str_eq(wire_reason_text(WIRE_NOT_AT_SERIAL), "not at serial");
    ck_assert_str_eq(wire_goal_text(WIRE_ZONE_UPDATE), "zone update");
    ck_assert_ptr_null(wire_result_text(WIRE_FAILED + 1));
    ck_assert_ptr_null(wire_reason_text(10));
    ck_assert_ptr_null(wire_reason_text(WIRE_SERIAL_AHEAD + 1));
    ck_assert_ptr_null(wire_goal_text(WIRE_GOAL_COUNT));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wire");
    TCase *tcase = tcase_create("wire");
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, round_trip, 0, (int)ARRAY_SIZE(SAMPLES));
    tcase_add_test(tcase, unknown_goal);
    tcase_add_test(tcase, vectors);
    tcase_add_test(tcase, random_bytes);
    tcase_add_test(tcase, bad_names);
    tcase_add_test(tcase, unknown_enums);
    tcase_add_test(tcase, too_many);
    tcase_add_test(tcase, zone_update_limits);
    tcase_add_test(tcase, zone_load_limits);
    tcase_add_test(tcase, endpoints_checked);
    tcase_add_test(tcase, envelope_limits);
    tcase_add_test(tcase, encoder_limits);
    tcase_add_test(tcase, trim);
    tcase_add_test(tcase, words);
    suite_add_tcase(suite, tcase);
    return check_suite(suite);
}
