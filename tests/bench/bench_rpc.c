#include "tests/bench/bench_rpc.h"
#include "shared/auto.h"
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int bench_rpc_open(const char *path)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (fd < 0 || strlen(path) >= sizeof a.sun_path)
        errx(1, "socket %s", path);
    memcpy(a.sun_path, path, strlen(path) + 1);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
        err(1, "connect %s", path);
    return fd;
}

static void send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = write(fd, p, n);
        if (k <= 0)
            err(1, "write");
        p += k;
        n -= (size_t)k;
    }
}

/* Reads one response; returns its body (owned). */
static char *read_response(int fd, size_t *ret_len)
{
    size_t cap = 0, have = 0;
    char *buf = NULL, *end = NULL;
    size_t want = 0;
    while (end == NULL || have < want) {
        buf = auto_grow(buf, &cap, have + 65536, 1);
        ssize_t k = read(fd, buf + have, 65535);
        if (k <= 0)
            errx(1, "the controller closed the connection");
        have += (size_t)k;
        buf[have] = '\0';
        if (end == NULL && (end = strstr(buf, "\r\n\r\n")) != NULL) {
            const char *length = strcasestr(buf, "content-length:");
            if (length == NULL || length > end)
                errx(1, "answer without length: %.200s", buf);
            want = (size_t)(end + 4 - buf) + strtoul(length + 15, NULL, 10);
        }
        if (end != NULL)
            end = strstr(buf, "\r\n\r\n"); /* the buffer may have moved */
    }
    size_t head = (size_t)(end + 4 - buf);
    *ret_len = want - head;
    memmove(buf, buf + head, *ret_len);
    buf[*ret_len] = '\0';
    return buf;
}

json_t *bench_rpc_call(int fd, const char *method, json_t *params)
{
    json_t *request = json_pack("{s:s,s:i,s:s,s:o}", "jsonrpc", "2.0", "id", 1, "method", method, "params", params);
    char *body = json_dumps(request, JSON_COMPACT);
    char *all = auto_printf("POST / HTTP/1.1\r\nHost: dms\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
    send_all(fd, all, strlen(all));
    free(all);
    free(body);
    json_decref(request);
    size_t len;
    char *text = read_response(fd, &len);
    json_t *answer = json_loadb(text, len, 0, NULL);
    json_t *result = json_object_get(answer, "result");
    if (result == NULL)
        errx(1, "%s: %s", method, text);
    json_incref(result);
    json_decref(answer);
    free(text);
    return result;
}
