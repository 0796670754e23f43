#include "controller/api/listen.h"
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 256 };

static bool somebody_listens(const struct sockaddr_un *address)
{
    AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
}

static err_t set_group(const char *path, const char *group, err_info_t *reterr)
{
    if (group == NULL || group[0] == '\0')
        return ERR_OK;
    const struct group *entry = getgrnam(group); /* at start: one thread */
    if (entry == NULL)
        return err_set(reterr, ERR_CONFIG, "there is no group \"%s\"", group);
    if (chown(path, (uid_t)-1, entry->gr_gid) != 0)
        return err_set(reterr, ERR_CONFIG, "socket \"%s\" cannot be given to group \"%s\": %s", path, group,
                       strerror(errno));
    return ERR_OK;
}

err_t listen_unix(const char *path, const char *group, int *ret_fd, err_info_t *reterr)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return err_set(reterr, ERR_CONFIG, "path of socket \"%s\" is longer than %zu bytes", path,
                       sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    struct stat st;
    if (lstat(path, &st) == 0) {
        if (!S_ISSOCK(st.st_mode))
            return err_set(reterr, ERR_CONFIG, "\"%s\" is there and is not a socket", path);
        if (somebody_listens(&address))
            return err_set(reterr, ERR_IO, "another process listens on socket \"%s\"", path);
        unlink(path);
    }
    AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(0177); /* nobody gets in before the group is set */
    int bound = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&address, sizeof address);
    int saved = errno;
    umask(mask);
    if (bound != 0)
        return err_set(reterr, ERR_IO, "cannot listen on socket \"%s\": %s", path, strerror(saved));
    err_t err = set_group(path, group, reterr);
    if (err == ERR_OK && (chmod(path, 0660) != 0 || listen(fd, BACKLOG) != 0))
        err = err_set(reterr, ERR_IO, "cannot listen on socket \"%s\": %s", path, strerror(errno));
    if (err != ERR_OK) {
        unlink(path);
        return err;
    }
    *ret_fd = auto_fd_take(&fd);
    return ERR_OK;
}

static err_t parse(const char *endpoint, struct sockaddr_storage *ret, socklen_t *ret_len, err_info_t *reterr)
{
    const char *colon = strrchr(endpoint, ':');
    char host[INET6_ADDRSTRLEN + 2];
    if (colon == NULL || (size_t)(colon - endpoint) >= sizeof host)
        return err_set(reterr, ERR_CONFIG, "\"%s\" is not ADDRESS:PORT", endpoint);
    bool brackets = endpoint[0] == '[' && colon > endpoint + 1 && colon[-1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(colon - endpoint - (brackets ? 2 : 0)), endpoint + brackets);
    bool any = strcmp(colon + 1, "*") == 0;
    char *end = NULL;
    long port = any ? 0 : strtol(colon + 1, &end, 10);
    if (colon[1] == '\0' || (!any && *end != '\0') || port < 0 || port > 65535)
        return err_set(reterr, ERR_CONFIG, "\"%s\": port is not 0 to 65535 or *", endpoint);
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    *ret = (struct sockaddr_storage){0};
    if (!brackets && inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        memcpy(ret, &v4, sizeof v4);
        *ret_len = sizeof v4;
    } else if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        memcpy(ret, &v6, sizeof v6);
        *ret_len = sizeof v6;
    } else {
        err_set(reterr, ERR_CONFIG, "\"%s\" is not an IP address", host);
        err_hint(reterr, "write 127.0.0.1:8053 or [::1]:8053");
        return ERR_CONFIG;
    }
    return ERR_OK;
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
        return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    }
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static err_t address_of(const char *endpoint, bool loopback_only, struct sockaddr_storage *ret_address, socklen_t *ret_len,
                        err_info_t *reterr)
{
    err_t err = parse(endpoint, ret_address, ret_len, reterr);
    if (err != ERR_OK || !loopback_only || is_loopback(ret_address))
        return err;
    err_set(reterr, ERR_CONFIG, "HTTP without TLS listens on loopback addresses only, not on \"%s\"", endpoint);
    err_hint(reterr, "use https_listen with a certificate for other addresses");
    return ERR_CONFIG;
}

err_t listen_check(const char *endpoint, bool loopback_only, err_info_t *reterr)
{
    struct sockaddr_storage address;
    socklen_t len = 0;
    return address_of(endpoint, loopback_only, &address, &len, reterr);
}

err_t listen_tcp(const char *endpoint, bool loopback_only, int *ret_fd, int *ret_port, err_info_t *reterr)
{
    struct sockaddr_storage address;
    socklen_t len = 0;
    err_t err = address_of(endpoint, loopback_only, &address, &len, reterr);
    if (err != ERR_OK)
        return err;
    AUTO_FD fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (address.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        bind(fd, (const struct sockaddr *)&address, len) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return err_set(reterr, ERR_IO, "cannot listen on \"%s\": %s", endpoint, strerror(errno));
    in_port_t port = address.ss_family == AF_INET ? ((const struct sockaddr_in *)&address)->sin_port
                                                  : ((const struct sockaddr_in6 *)&address)->sin6_port;
    *ret_port = ntohs(port);
    *ret_fd = auto_fd_take(&fd);
    return ERR_OK;
}
