#include "tests/bench/bench_dns.h"
#include "shared/dname.h"
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WINDOW = 64 }; /* questions in flight per server */

static int open_server(const char *text)
{
    char address[64];
    const char *hash = strchr(text, '#');
    if (hash == NULL || (size_t)(hash - text) >= sizeof address)
        errx(1, "server \"%s\"", text);
    memcpy(address, text, (size_t)(hash - text));
    address[hash - text] = '\0';
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(hash + 1, NULL, 10))};
    inet_pton(AF_INET, address, &a.sin_addr);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
        err(1, "server \"%s\"", text);
    return fd;
}

static void ask(int fd, const char *name, uint16_t id)
{
    uint8_t q[512] = {(uint8_t)(id >> 8), (uint8_t)id, 0, 0, 0, 1};
    uint8_t wire[DNAME_WIRE];
    size_t n = dname_to_wire(name, wire);
    memcpy(q + 12, wire, n);
    memcpy(q + 12 + n, "\0\x10\0\1", 4);
    if (send(fd, q, 16 + n, 0) < 0)
        err(1, "send");
}

/* Asks rounds of the names that are still open, WINDOW at a time. */
static size_t wait_server(int fd, char *const *names, size_t count, const char *want, time_t end)
{
    char *done = auto_calloc(count, 1);
    size_t open = count, asked = 0, want_len = strlen(want), cursor = 0;
    while (open > 0) {
        size_t sent = 0, window[WINDOW];
        for (size_t i = 0; i < count && sent < WINDOW && sent < open; i++) {
            size_t k = (cursor + i) % count;
            if (!done[k]) {
                window[sent] = k;
                ask(fd, names[k], (uint16_t)sent++);
                asked++;
            }
        }
        cursor = (window[sent - 1] + 1) % count;
        for (size_t got = 0; got < sent;) {
            struct pollfd p = {.fd = fd, .events = POLLIN};
            if (poll(&p, 1, 200) <= 0)
                break; /* lost: the next round asks again */
            uint8_t a[4096];
            ssize_t n = recv(fd, a, sizeof a, 0);
            if (n < 12)
                continue;
            got++;
            size_t id = (size_t)a[0] << 8 | a[1];
            if (id < sent && !done[window[id]] && memmem(a, (size_t)n, want, want_len) != NULL) {
                done[window[id]] = 1;
                open--;
            }
        }
        if (time(NULL) > end)
            errx(1, "%zu of %zu names are not live", open, count);
    }
    free(done);
    return asked;
}

size_t bench_dns_wait(const char *servers, char *const *names, size_t count, const char *want, int limit_s)
{
    char *list = auto_strdup(servers), *save = NULL;
    size_t asked = 0;
    for (char *s = strtok_r(list, " ", &save); s != NULL; s = strtok_r(NULL, " ", &save)) {
        int fd = open_server(s);
        asked += wait_server(fd, names, count, want, time(NULL) + limit_s);
        close(fd);
    }
    free(list);
    return asked;
}
