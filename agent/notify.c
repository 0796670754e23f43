/* A NOTIFY is a hint only: whoever sends one causes no more than one SOA query, and only for a zone that is waited
 * for. */
#include "agent/notify.h"
#include "shared/dname.h"
#include <errno.h>
#include <libknot/libknot.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH_MAX = 256, PACKET_MAX = 1500 };

struct notify {
    zloop_t *loop;
    int fd;
    notify_zone_t on_zone;
    void *arg;
};

size_t notify_parse(uint8_t *wire, size_t size, char ret_zone[DNAME_TEXT])
{
    if (size < KNOT_WIRE_HEADER_SIZE + 5 || knot_wire_get_qr(wire) ||
        knot_wire_get_opcode(wire) != KNOT_OPCODE_NOTIFY || knot_wire_get_qdcount(wire) != 1)
        return 0;
    const uint8_t *name = wire + KNOT_WIRE_HEADER_SIZE;
    int len = knot_dname_wire_check(name, wire + size, NULL);
    if (len <= 0 || size < KNOT_WIRE_HEADER_SIZE + (size_t)len + 4)
        return 0;
    uint8_t lower[DNAME_WIRE + 1];
    memcpy(lower, name, (size_t)len);
    knot_dname_to_lower(lower);
    if (!dname_from_wire(lower, (size_t)len, ret_zone))
        return 0;
    knot_wire_set_qr(wire);
    knot_wire_set_aa(wire);
    knot_wire_set_rcode(wire, KNOT_RCODE_NOERROR);
    knot_wire_set_ancount(wire, 0);
    knot_wire_set_nscount(wire, 0);
    knot_wire_set_arcount(wire, 0);
    return KNOT_WIRE_HEADER_SIZE + (size_t)len + 4;
}

static int on_ready(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    notify_t *self = arg;
    for (int i = 0; i < BATCH_MAX; i++) {
        uint8_t wire[PACKET_MAX];
        struct sockaddr_storage from;
        socklen_t from_len = sizeof from;
        ssize_t n = recvfrom(self->fd, wire, sizeof wire, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
        if (n < 0 && (errno == EINTR || errno == ECONNREFUSED))
            continue;
        if (n < 0)
            break;
        char zone[DNAME_TEXT];
        size_t size = notify_parse(wire, (size_t)n, zone);
        if (size == 0)
            continue;
        /* A lost answer only makes named repeat the NOTIFY. */
        if (sendto(self->fd, wire, size, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&from, from_len) < 0)
            errno = 0;
        self->on_zone(self->arg, zone);
    }
    return 0;
}

err_t notify_new(zloop_t *loop, const struct sockaddr_storage *address, socklen_t address_len, notify_zone_t on_zone,
                 void *arg, notify_t **ret_notify, err_info_t *reterr)
{
    int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)address, address_len) != 0) {
        err_t e = err_set(reterr, ERR_IO, "could not listen for NOTIFY: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return e;
    }
    notify_t *self = auto_calloc(1, sizeof *self);
    *self = (notify_t){.loop = loop, .fd = fd, .on_zone = on_zone, .arg = arg};
    zmq_pollitem_t item = {.fd = fd, .events = ZMQ_POLLIN};
    zloop_poller(loop, &item, on_ready, self);
    zloop_poller_set_tolerant(loop, &item);
    *ret_notify = self;
    return ERR_OK;
}

void notify_destroy(notify_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    zmq_pollitem_t item = {.fd = (*self)->fd};
    zloop_poller_end((*self)->loop, &item);
    close((*self)->fd);
    free(*self);
    *self = NULL;
}
