/* How long an edit takes until both slaves answer with it, and how many a second go through, beside the bare ceiling: the same
 * updates sent straight to the same master.  Run by tests/bench/publish with the quickstart's environment. */
#include "agent/ddns.h"
#include "agent/keyfile.h"
#include "tests/bench/bench_dns.h"
#include "tests/bench/bench_rpc.h"
#include <arpa/inet.h>
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EDITS = 500, NEW_ZONES = 200, ZONES = 2000, CLIENTS = 4, WINDOW = 256, RUN_LIMIT_S = 120 };
static const char *s_socket, *s_slaves;
static char *s_zones[ZONES], *s_names[ZONES];

static double now_ms(void) { return (double)clock_mono(NULL).us / 1000.0; }
static int compare(const void *a, const void *b) { double x = *(const double *)a, y = *(const double *)b; return (x > y) - (x < y); }
static void print(const char *name, double value, const char *unit)
{
    printf("%s\t%.3f\t%s\n", name, value, unit);
    fflush(stdout);
}
static void print_quantile(const char *name, double *sorted, size_t n, double q) { print(name, sorted[(size_t)((double)(n - 1) * q)], "ms"); }

static char *zone_text(const char *zone, const char *token)
{
    return auto_printf("$TTL 1h\n$ORIGIN %s\n@ IN SOA ns1.bench.test. h.bench.test. 1 2h 900 7d 1h\n IN NS ns1.bench.test.\n IN NS ns2.bench.test.\n"
                       "@ IN A 192.0.2.1\nwww IN A 192.0.2.1\nmail IN A 192.0.2.2\n@ IN MX 10 mail\nftp IN CNAME www\n_dmarc IN TXT \"v=DMARC1; p=none\"\n"
                       "edit IN TXT \"%s\"\n", zone, token);
}
static int64_t change(int fd, const char *method, const char *zone, const char *token)
{
    char *text = zone_text(zone, token);
    json_t *r = bench_rpc_call(fd, method, json_pack("{s:s,s:s,s:s,s:b}", "name", zone, "login_id", "bench", "zi_text", text, "receipt", 1));
    int64_t id = json_integer_value(json_object_get(r, "change_id"));
    json_decref(r);
    free(text);
    return id;
}
static void wait_live(int fd, int64_t change_id)
{
    json_t *r = bench_rpc_call(fd, "wait_change", json_pack("{s:I,s:i}", "change_id", (json_int_t)change_id, "timeout_ms", 60000));
    if (!json_is_true(json_object_get(r, "complete")))
        errx(1, "change %lld is not live after 60 s", (long long)change_id);
    json_decref(r);
}

/* One edit after the other; each from the request to live on both slaves. */
static void bench_single(void)
{
    int fd = bench_rpc_open(s_socket);
    double *t = auto_calloc(EDITS, sizeof *t);
    wait_live(fd, change(fd, "load_zone", "edit.bench.test.", "e0"));
    for (int i = 0; i < EDITS; i++) {
        char *token = auto_printf("e%d", i + 1);
        double t0 = now_ms();
        wait_live(fd, change(fd, "update_zone_text", "edit.bench.test.", token));
        t[i] = now_ms() - t0;
        free(token);
    }
    qsort(t, EDITS, sizeof *t, compare);
    print_quantile("edit_live_p50", t, EDITS, 0.5);
    print_quantile("edit_live_p90", t, EDITS, 0.9);
    print_quantile("edit_live_p99", t, EDITS, 0.99);
    for (int i = 0; i < NEW_ZONES; i++) {
        char *zone = auto_printf("new%d.bench.test.", i);
        double t0 = now_ms();
        wait_live(fd, change(fd, "load_zone", zone, "n"));
        t[i] = now_ms() - t0;
        free(zone);
    }
    qsort(t, NEW_ZONES, sizeof *t, compare);
    print_quantile("newzone_live_p50", t, NEW_ZONES, 0.5);
    print_quantile("newzone_live_p90", t, NEW_ZONES, 0.9);
    print_quantile("newzone_live_p99", t, NEW_ZONES, 0.99);
    free(t);
    close(fd);
}

typedef struct { int first; const char *method, *token; } client_t;
static void *client(void *arg)
{
    const client_t *c = arg;
    int fd = bench_rpc_open(s_socket);
    for (int i = c->first; i < ZONES; i += CLIENTS)
        change(fd, c->method, s_zones[i], c->token);
    close(fd);
    return NULL;
}
static double run_clients(const char *method, const char *token)
{
    pthread_t thread[CLIENTS];
    client_t c[CLIENTS];
    double t0 = now_ms();
    for (int i = 0; i < CLIENTS; i++) {
        c[i] = (client_t){i, method, token};
        if (pthread_create(&thread[i], NULL, client, &c[i]) != 0)
            errx(1, "thread");
    }
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(thread[i], NULL);
    print(strcmp(method, "load_zone") == 0 ? "accepted_newzones" : "accepted_edits", ZONES * 1000.0 / (now_ms() - t0), "1/s");
    bench_dns_wait(s_slaves, s_names, ZONES, token, RUN_LIMIT_S);
    return ZONES * 1000.0 / (now_ms() - t0);
}

/* The bare ceiling: the same change of the same zones, sent by the smallest client there is. */
typedef struct { ddns_t *ddns; zloop_t *loop; int next, flying, answered; const char *token; json_t *serials; } bare_t;
static void bare_done(void *arg, const ddns_answer_t *answer);
static void bare_fill(bare_t *b)
{
    for (; b->next < ZONES && b->flying < WINDOW; b->next++, b->flying++) {
        wire_zone_update_t u = {.zone = s_zones[b->next]};
        u.from_serial = (uint32_t)json_integer_value(json_array_get(b->serials, (size_t)b->next));
        u.to_serial = u.from_serial + 1;
        u.soa_ttl = 3600;
        const char *names = "ns1.bench.test. hostmaster.bench.test.", *timers = "7200 900 604800 3600";
        u.old_soa = auto_printf("%s %u %s", names, u.from_serial, timers);
        u.new_soa = auto_printf("%s %u %s", names, u.to_serial, timers);
        char *gone = auto_printf("%s 3600 TXT \"dms\"", s_names[b->next]), *come = auto_printf("%s 3600 TXT \"%s\"", s_names[b->next], b->token);
        u.remove = &gone;
        u.add = &come;
        u.remove_count = u.add_count = 1;
        err_info_t why = ERR_INFO_INIT;
        if (ddns_update(b->ddns, &u, bare_done, b, &why) != ERR_OK)
            errx(1, "bare update: %s", err_message(&why));
        free(gone);
        free(come);
        free(u.old_soa);
        free(u.new_soa);
    }
}
static void bare_done(void *arg, const ddns_answer_t *answer)
{
    bare_t *b = arg;
    if (!answer->answered || answer->rcode != 0)
        errx(1, "bare update: %s (rcode %u)", answer->words, answer->rcode);
    b->flying--;
    b->answered++;
    bare_fill(b);
}
static int bare_check(zloop_t *loop, int timer, void *arg)
{
    (void)loop, (void)timer;
    bare_t *b = arg;
    ddns_tick(b->ddns, clock_mono(NULL));
    return b->answered == ZONES ? -1 : 0;
}
static double bench_bare(const char *master, const char *key_path, json_t *serials)
{
    bare_t b = {.token = "bare", .loop = zloop_new(), .serials = serials};
    keyfile_t key = {0};
    err_info_t why = ERR_INFO_INIT;
    struct sockaddr_storage address = {0};
    struct sockaddr_in *in = (struct sockaddr_in *)&address;
    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)strtoul(strchr(master, '#') + 1, NULL, 10));
    inet_pton(AF_INET, "127.0.0.1", &in->sin_addr);
    if (keyfile_read(key_path, &key, &why) != ERR_OK || ddns_new(b.loop, &address, sizeof *in, &key, &b.ddns, &why) != ERR_OK)
        errx(1, "bare client: %s", err_message(&why));
    zloop_timer(b.loop, 5, 0, bare_check, &b);
    double t0 = now_ms();
    bare_fill(&b);
    zloop_start(b.loop);
    bench_dns_wait(s_slaves, s_names, ZONES, b.token, RUN_LIMIT_S);
    double rate = ZONES * 1000.0 / (now_ms() - t0);
    ddns_destroy(&b.ddns);
    zloop_destroy(&b.loop);
    return rate;
}

int main(int argc, char **argv)
{
    if (argc != 2 || (s_socket = getenv("DMS_SOCKET")) == NULL || (s_slaves = getenv("DMS_SLAVES")) == NULL || getenv("DMS_MASTER") == NULL)
        errx(64, "usage: publish UPDATE_KEY_FILE, with the environment of `quickstart env`");
    for (int i = 0; i < ZONES; i++) {
        s_zones[i] = auto_printf("z%d.bench.test.", i);
        s_names[i] = auto_printf("edit.z%d.bench.test.", i);
    }
    bench_single();
    print("sustained_newzones", run_clients("load_zone", "first"), "1/s");
    double product = run_clients("update_zone_text", "dms");
    print("sustained_edits", product, "1/s");
    int fd = bench_rpc_open(s_socket);
    json_t *serials = json_array();
    for (int i = 0; i < ZONES; i++) {
        json_t *r = bench_rpc_call(fd, "show_zonesm", json_pack("{s:s}", "name", s_zones[i]));
        json_array_append(serials, json_object_get(r, "soa_serial"));
        json_decref(r);
    }
    close(fd);
    double bare = bench_bare(getenv("DMS_MASTER"), argv[1], serials);
    print("bare_edits", bare, "1/s");
    print("sustained_ratio", product / bare, "ratio");
    json_decref(serials);
    return 0;
}
