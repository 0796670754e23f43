/* Import of many small zones through load_zones, over one connection.  Run by tests/bench/import.
 * Prints the rate of storing; the requests are made before the clock starts. */
#include "shared/auto.h"
#include "shared/clock.h"
#include "tests/bench/bench_rpc.h"
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

enum { PER_REQUEST = 1000 };

/* SOA, 2 NS and 8 more: 10 records beside the SOA. */
static char *zone_text(const char *name, long i)
{
    return auto_printf("$TTL 1h\n$ORIGIN %s\n@ IN SOA ns1.bench.test. h.bench.test. 1 2h 900 7d 1h\n IN NS ns1.bench.test.\n IN NS ns2.bench.test.\n"
                       "@ IN A 192.0.2.%ld\nwww IN A 192.0.2.%ld\nmail IN A 192.0.2.2\n@ IN MX 10 mail\n@ IN TXT \"v=spf1 mx -all\"\nftp IN CNAME www\n"
                       "_dmarc IN TXT \"v=DMARC1; p=none\"\nwww IN AAAA 2001:db8::%lx\n", name, i % 250, i % 250, (unsigned long)i % 65000);
}

static json_t *request(const char *prefix, long from, long to)
{
    json_t *zones = json_array();
    for (long i = from; i < to; i++) {
        AUTO_FREE char *name = auto_printf("%s%ld.import.test.", prefix, i);
        AUTO_FREE char *text = zone_text(name, i);
        json_array_append_new(zones, json_pack("{s:s,s:s}", "name", name, "zi_text", text));
    }
    return json_pack("{s:o,s:b}", "zones", zones, "use_apex_ns", 0);
}

int main(int argc, char **argv)
{
    const char *socket = getenv("DMS_SOCKET");
    long zones = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
    if (socket == NULL || zones < 1)
        errx(64, "usage: bench_import ZONES PREFIX, with the environment of `quickstart env`");
    size_t count = (size_t)(zones + PER_REQUEST - 1) / PER_REQUEST;
    AUTO_FREE json_t **requests = auto_calloc(count, sizeof(json_t *));
    for (size_t i = 0; i < count; i++) {
        long from = (long)i * PER_REQUEST, to = from + PER_REQUEST < zones ? from + PER_REQUEST : zones;
        requests[i] = request(argv[2], from, to);
    }
    int fd = bench_rpc_open(socket);
    mono_t start = clock_mono(NULL);
    json_int_t loaded = 0;
    for (size_t i = 0; i < count; i++) {
        json_t *result = bench_rpc_call(fd, "load_zones", requests[i]);
        loaded += json_integer_value(json_object_get(result, "loaded"));
        if (json_integer_value(json_object_get(result, "refused")) != 0)
            errx(1, "refused: %s", json_dumps(json_object_get(result, "zones"), 0));
        json_decref(result);
    }
    printf("%.3f\n", (double)loaded / ((double)(clock_mono(NULL).us - start.us) / 1e6));
    close(fd);
    return 0;
}
