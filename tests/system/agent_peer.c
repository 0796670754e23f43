/* The controller's side of a link for tests of the agent: JSON lines in, JSON lines out.
 *
 * In:  {"peers": [{"id": 1, "name": "m", "role": 1, "key": "Z85"}]}
 *      {"send": 1, "commands": [{"id": 7, "revision": 1, "deadline_ms": 5000, "goal": "zone_update", ...fields of the
 * goal...}]}
 * Out: {"endpoint", "key"} first; {"up", "hello"}; {"down", "why"}; {"sent", "ok", "at_us"}; {"report", ...};
 * {"health"} */
#include "controller/link/link.h"
#include "shared/log.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    link_t *link;
    char *in;
    size_t size, cap;
} peer_t;

static void say(json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT);
    puts(text);
    fflush(stdout);
    free(text);
    json_decref(line);
}

static json_int_t now_us(void) { return clock_mono(NULL).us; }

static void on_up(void *arg, int64_t id, const wire_hello_t *h)
{
    (void)arg;
    say(json_pack("{s:I,s:{s:s?,s:s?,s:I,s:b,s:I}}", "up", (json_int_t)id, "hello", "driver", h->driver, "version",
                  h->driver_version, "generation",
                  (json_int_t)h->config_generation, "name_server_up", h->name_server_up, "credit",
                      (json_int_t)h->credit));
}

static void on_down(void *arg, int64_t id, const char *why)
{
    (void)arg;
    say(json_pack("{s:I,s:s}", "down", (json_int_t)id, "why", why));
}

static void on_reports(void *arg, int64_t id, const wire_report_t *reports, size_t count)
{
    (void)arg;
    for (size_t i = 0; i < count; i++) {
        const wire_report_t *r = &reports[i];
        json_t *zones = json_array();
        for (size_t j = 0; j < r->zone_count; j++)
            json_array_append_new(zones, json_pack("{s:s,s:I,s:b}", "zone", r->zones[j].zone, "serial",
                                                   (json_int_t)r->zones[j].serial, "missing", r->zones[j].missing));
        say(json_pack("{s:I,s:I,s:s,s:s,s:s,s:s,s:I,s:b,s:I,s:I,s:o}", "report", (json_int_t)r->command_id, "server",
                      (json_int_t)id, "result", wire_result_text(r->result),
                      "reason", r->reason != WIRE_REASON_NONE ? wire_reason_text(r->reason) : "", "evidence",
                          r->evidence != NULL ? r->evidence : "", "zone",
                      r->zone != NULL ? r->zone : "", "serial", (json_int_t)r->serial, "has_serial", r->has_serial,
                          "revision", (json_int_t)r->revision, "at_us",
                      now_us(), "zones", zones));
    }
}

static void on_health(void *arg, int64_t id, bool up, const char *text)
{
    (void)arg;
    say(json_pack("{s:I,s:b,s:s}", "health", (json_int_t)id, "name_server_up", up, "text", text != NULL ? text : ""));
}

static char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return auto_strdup(s != NULL ? s : "");
}

static uint32_t number_of(const json_t *o, const char *key) { return (uint32_t)json_integer_value(json_object_get(o,
        key)); }

static char **lines_of(const json_t *o, const char *key, size_t *ret_count)
{
    const json_t *a = json_object_get(o, key);
    *ret_count = json_array_size(a);
    char **list = auto_calloc(*ret_count, sizeof *list);
    for (size_t i = 0; i < *ret_count; i++)
        list[i] = auto_strdup(json_string_value(json_array_get(a, i)));
    return list;
}

static wire_endpoint_t *endpoints_of(const json_t *a, size_t *ret_count)
{
    *ret_count = json_array_size(a);
    wire_endpoint_t *list = auto_calloc(*ret_count, sizeof *list);
    for (size_t i = 0; i < *ret_count; i++)
        list[i] = (wire_endpoint_t){text_of(json_array_get(a, i), "address"), number_of(json_array_get(a, i), "port")};
    return list;
}

static void fill_config(const json_t *o, wire_server_config_t *c)
{
    c->role = (wire_role_t)number_of(o, "role");
    c->masters = endpoints_of(json_object_get(o, "masters"), &c->master_count);
    const json_t *groups = json_object_get(o, "groups");
    c->group_count = json_array_size(groups);
    c->groups = auto_calloc(c->group_count, sizeof *c->groups);
    for (size_t i = 0; i < c->group_count; i++) {
        const json_t *g = json_array_get(groups, i);
        c->groups[i].name = text_of(g, "name");
        c->groups[i].servers = endpoints_of(json_object_get(g, "servers"), &c->groups[i].server_count);
    }
}

static wire_command_t command_of(const json_t *o)
{
    wire_command_t c = {.id = (uint64_t)json_integer_value(json_object_get(o, "id")),
                        .revision = number_of(o, "revision"), .deadline_ms = number_of(o, "deadline_ms")};
    const char *goal = json_string_value(json_object_get(o, "goal"));
    if (strcmp(goal, "server_config") == 0) {
        c.goal = WIRE_SERVER_CONFIG;
        fill_config(o, &c.server_config);
    } else if (strcmp(goal, "zone_update") == 0) {
        c.goal = WIRE_ZONE_UPDATE;
        wire_zone_update_t *u = &c.zone_update;
        *u = (wire_zone_update_t){.zone = text_of(o, "zone"), .from_serial = number_of(o, "from_serial"),
                                  .to_serial = number_of(o, "to_serial"),
                                  .old_soa = text_of(o, "old_soa"), .new_soa = text_of(o, "new_soa"),
                                      .soa_ttl = number_of(o, "soa_ttl")};
        u->remove = lines_of(o, "remove", &u->remove_count);
        u->add = lines_of(o, "add", &u->add_count);
    } else if (strcmp(goal, "zone_load") == 0) {
        c.goal = WIRE_ZONE_LOAD;
        wire_zone_load_t *l = &c.zone_load;
        *l = (wire_zone_load_t){.zone = text_of(o, "zone"), .serial = number_of(o, "serial"),
                                .part = number_of(o, "part"), .parts = number_of(o, "parts"),
                                    .text = text_of(o, "text"), .stale_serial = number_of(o, "stale_serial")};
        l->groups = lines_of(o, "groups", &l->group_count);
    } else if (strcmp(goal, "zone_serve") == 0) {
        c.goal = WIRE_ZONE_SERVE;
        c.zone_serve = (wire_zone_serve_t){text_of(o, "zone"), number_of(o, "serial"), number_of(o, "stale_serial")};
    } else if (strcmp(goal, "zone_remove") == 0) {
        c.goal = WIRE_ZONE_REMOVE;
        c.zone_remove.zone = text_of(o, "zone");
    } else if (strcmp(goal, "zone_check") == 0) {
        c.goal = WIRE_ZONE_CHECK;
        const json_t *zones = json_object_get(o, "zones");
        c.zone_check.count = json_array_size(zones);
        c.zone_check.zones = auto_calloc(c.zone_check.count, sizeof *c.zone_check.zones);
        for (size_t i = 0; i < c.zone_check.count; i++)
            c.zone_check.zones[i] = (wire_zone_serial_t){.zone = text_of(json_array_get(zones, i), "zone"),
                                                         .serial = number_of(json_array_get(zones, i), "serial")};
    }
    return c;
}

static void take(peer_t *self, const json_t *line)
{
    const json_t *peers = json_object_get(line, "peers"), *commands = json_object_get(line, "commands");
    if (peers != NULL) {
        size_t n = json_array_size(peers);
        link_peer_t *list = auto_calloc(n, sizeof *list);
        for (size_t i = 0; i < n; i++) {
            const json_t *p = json_array_get(peers, i);
            list[i] = (link_peer_t){json_integer_value(json_object_get(p, "id")),
                                    json_string_value(json_object_get(p, "name")),
                                    (wire_role_t)number_of(p, "role"), json_string_value(json_object_get(p, "key"))};
        }
        link_set_peers(self->link, list, n);
        free(list);
    }
    if (commands != NULL) {
        size_t n = json_array_size(commands);
        wire_command_t *list = auto_calloc(n, sizeof *list);
        for (size_t i = 0; i < n; i++)
            list[i] = command_of(json_array_get(commands, i));
        int64_t server = json_integer_value(json_object_get(line, "send"));
        json_int_t at = now_us();
        bool ok = link_send(self->link, server, list, n);
        free(list);
        say(json_pack("{s:I,s:b,s:I}", "sent", (json_int_t)server, "ok", ok, "at_us", at));
    }
}

static int on_input(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    peer_t *self = arg;
    self->in = auto_grow(self->in, &self->cap, self->size + 65536, 1);
    ssize_t n = read(item->fd, self->in + self->size, self->cap - self->size);
    if (n <= 0)
        return -1;
    self->size += (size_t)n;
    char *end;
    while ((end = memchr(self->in, '\n', self->size)) != NULL) {
        json_error_t error;
        json_t *line = json_loadb(self->in, (size_t)(end - self->in), 0, &error);
        if (line == NULL) {
            fprintf(stderr, "agent_peer: %s\n", error.text);
            return -1;
        }
        take(self, line);
        json_decref(line);
        size_t used = (size_t)(end + 1 - self->in);
        memmove(self->in, end + 1, self->size - used);
        self->size -= used;
    }
    return 0;
}

int main(int argc, char **argv)
{
    peer_t self = {0};
    AUTO_ERR info = ERR_INFO_INIT;
    uint64_t epoch = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const char *endpoint = argc > 2 ? argv[2] : "tcp://127.0.0.1:*";
    log_open("agent_peer", LOG_LEVEL_WARNING);
    AUTO(zcert) cert = argc > 3 ? zcert_load(argv[3]) : NULL;
    if (cert == NULL) {
        cert = zcert_new();
        if (argc > 3)
            zcert_save_secret(cert, argv[3]);
    }
    zloop_t *loop = zloop_new();
    link_events_t events = {.arg = &self, .on_up = on_up, .on_down = on_down, .on_reports = on_reports,
                            .on_health = on_health};
    if (link_new(loop, endpoint, cert, epoch, 1000, &events, &self.link, &info) != ERR_OK) {
        fprintf(stderr, "agent_peer: %s\n", err_message(&info));
        return EXIT_FAILURE;
    }
    say(json_pack("{s:s,s:s}", "endpoint", link_endpoint(self.link), "key", zcert_public_txt(cert)));
    zmq_pollitem_t item = {.fd = STDIN_FILENO, .events = ZMQ_POLLIN};
    zloop_poller(loop, &item, on_input, &self);
    zloop_start(loop);
    link_destroy(&self.link);
    zloop_destroy(&loop);
    free(self.in);
    zcert_destroy(&cert);
    zsys_shutdown();
    return EXIT_SUCCESS;
}
