/* Requests a second of the JSON-RPC interface by number of clients, over estates of several sizes that take turns.  Run by
 * tests/bench/api, whose estate.sql says what the zones look like. */
#include "shared/auto.h"
#include "shared/clock.h"
#include "tests/bench/bench_rpc.h"
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WINDOW_MS = 1000, ROUNDS = 5, PAGE = 50, MAX_CLIENTS = 64, MAX_ESTATES = 8, FIRST_ZONE = 1001 };
static const int s_clients[] = {1, 8, MAX_CLIENTS};

typedef struct { long zones; const char *socket; double rates[ROUNDS]; } estate_t;
typedef struct client client_t;
typedef json_t *make_t(client_t *client, const char **ret_method); /* parameters of the next request */
struct client { const estate_t *estate; make_t *make; unsigned seed; int number; long count; int64_t end_us; };

static long any_zone(client_t *c)
{
    return FIRST_ZONE + (long)(((unsigned long)rand_r(&c->seed) << 15 ^ (unsigned long)rand_r(&c->seed)) % (unsigned long)c->estate->zones);
}

static json_t *with_name(long zone, json_t *params)
{
    char *name = auto_printf("z%ld.bench.test.", zone);
    json_object_set_new(params, "name", json_string(name));
    free(name);
    return params;
}

static json_t *make_show_zone(client_t *c, const char **ret_method)
{
    *ret_method = "show_zone";
    return with_name(any_zone(c), json_object());
}

/* A page somewhere in the list of the zones whose names begin with the same digit. */
static json_t *make_list_zone(client_t *c, const char **ret_method)
{
    *ret_method = "list_zone";
    char *after = auto_printf("z%ld.bench.test.", any_zone(c)), *pattern = auto_printf("z%c*", after[1]);
    json_t *params = json_pack("{s:[s],s:s,s:i}", "names", pattern, "after", after, "limit", PAGE);
    free(pattern);
    free(after);
    return params;
}

static json_t *make_update_rrs(client_t *c, const char **ret_method)
{
    *ret_method = "update_rrs";
    char *address = auto_printf("10.%d.%ld.%ld", c->number, c->count / 250 % 250, c->count % 250 + 1);
    json_t *params = json_pack("{s:s,s:s,s:{s:[{s:[{s:s,s:s,s:s,s:s}]}]}}", "update_type", "bench", "login_id", "bench", "update_data", "rr_groups", "rrs",
                               "label", "www", "type", "A", "rdata", address, "update_op", "UPDATE_RRTYPE");
    free(address);
    return with_name(any_zone(c), params);
}

static const struct { const char *name; make_t *make; } s_kinds[] = {
    {"show_zone", make_show_zone}, {"list_zone", make_list_zone}, {"update_rrs", make_update_rrs}};

static void *client(void *arg)
{
    client_t *c = arg;
    int fd = bench_rpc_open(c->estate->socket);
    for (; clock_mono(NULL).us < c->end_us; c->count++) {
        const char *method;
        json_t *params = c->make(c, &method);
        json_decref(bench_rpc_call(fd, method, params));
    }
    close(fd);
    return NULL;
}

static double rate(const estate_t *estate, make_t *make, int clients, unsigned seed)
{
    pthread_t thread[MAX_CLIENTS];
    client_t c[MAX_CLIENTS];
    int64_t t0 = clock_mono(NULL).us;
    for (int i = 0; i < clients; i++) {
        c[i] = (client_t){.estate = estate, .make = make, .seed = seed * MAX_CLIENTS + (unsigned)i, .number = i, .count = (long)seed * 1000,
                          .end_us = t0 + WINDOW_MS * 1000};
        if (pthread_create(&thread[i], NULL, client, &c[i]) != 0)
            errx(1, "thread");
    }
    double total = 0;
    for (int i = 0; i < clients; i++) {
        pthread_join(thread[i], NULL);
        total += (double)(c[i].count - (long)seed * 1000);
    }
    return total * 1e6 / (double)(clock_mono(NULL).us - t0);
}

static int compare(const void *a, const void *b) { double x = *(const double *)a, y = *(const double *)b; return (x > y) - (x < y); }

/* Round 0 warms caches up; then medians, the estates taking turns. */
static void measure(estate_t *estates, size_t count, const char *name, make_t *make, int clients)
{
    for (unsigned round = 0; round <= ROUNDS; round++) {
        for (size_t e = 0; e < count; e++)
            estates[e].rates[round > 0 ? round - 1 : 0] = rate(&estates[e], make, clients, round + 1);
    }
    for (size_t e = 0; e < count; e++) {
        qsort(estates[e].rates, ROUNDS, sizeof(double), compare);
        printf("%s_%d_clients_%ld_zones\t%.0f\t1/s\n", name, clients, estates[e].zones, estates[e].rates[ROUNDS / 2]);
        if (e > 0)
            printf("%s_%d_clients_%ld_zones_ratio\t%.2f\tratio\n", name, clients, estates[e].zones,
                   estates[e].rates[ROUNDS / 2] / estates[0].rates[ROUNDS / 2]);
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    estate_t estates[MAX_ESTATES];
    size_t count = 0;
    for (; (int)count + 1 < argc && count < MAX_ESTATES; count++) {
        char *colon;
        estates[count] = (estate_t){.zones = strtol(argv[count + 1], &colon, 10), .socket = colon + 1};
        if (estates[count].zones < 1 || *colon != ':')
            errx(64, "usage: bench_api ZONES:SOCKET...");
    }
    for (size_t k = 0; k < ARRAY_SIZE(s_kinds); k++) {
        for (size_t n = 0; n < ARRAY_SIZE(s_clients); n++)
            measure(estates, count, s_kinds[k].name, s_kinds[k].make, s_clients[n]);
    }
    return 0;
}
