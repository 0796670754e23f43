/* A connected socket takes packets from our name server only; id and question must fit as well. */
#include "agent/query.h"
#include "shared/dname.h"
#include "shared/rr.h"
#include <errno.h>
#include <libknot/libknot.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Answers of 256 queries fit into a default socket buffer; what is above waits its turn. */
enum { FLIGHT_MAX = 256, TRIES_MAX = 4, FIRST_WAIT_MS = 200, WIRE_MAX = 12 + DNAME_WIRE + 4, ANSWER_MAX = 4096 };

typedef struct job job_t;
struct job {
    uint8_t wire[WIRE_MAX];
    size_t size;
    query_done_t done;
    void *arg;
    int tries;
    mono_t due;       /* of the next repeat */
    job_t *next;      /* in the waiting queue */
};

struct query {
    zloop_t *loop;
    int fd;
    job_t *flight[FLIGHT_MAX]; /* slot is the id's low byte */
    size_t flying;
    unsigned next_slot;
    job_t *first, *last;       /* waiting for a slot */
    mono_t heard;
};

static void pump(query_t *self);

static void finish(query_t *self, unsigned slot, const query_answer_t *answer)
{
    job_t *job = self->flight[slot];
    self->flight[slot] = NULL;
    self->flying--;
    job->done(job->arg, answer);
    free(job);
}

static const char *rcode_words(uint8_t rcode)
{
    const knot_lookup_t *row = knot_lookup_by_id(knot_rcode_names, rcode);
    return row != NULL ? row->name : "unknown rcode";
}

void query_parse(uint8_t *wire, size_t size, query_answer_t *ret_answer)
{
    ret_answer->answered = true;
    ret_answer->rcode = knot_wire_get_rcode(wire);
    ret_answer->words = rcode_words(ret_answer->rcode);
    knot_pkt_t *pkt = knot_pkt_new(wire, (uint16_t)size, NULL);
    if (pkt == NULL)
        return;
    if (knot_pkt_parse(pkt, 0) == KNOT_EOK && ret_answer->rcode == KNOT_RCODE_NOERROR) {
        const knot_pktsection_t *section = knot_pkt_section(pkt, KNOT_ANSWER);
        const knot_rrset_t *rr = section->count > 0 ? knot_pkt_rr(section, 0) : NULL;
        if (rr != NULL && knot_wire_get_aa(wire) && rr->type == KNOT_RRTYPE_SOA &&
            knot_dname_is_case_equal(rr->owner, knot_pkt_qname(pkt))) {
            ret_answer->served = true;
            ret_answer->serial = knot_soa_serial(rr->rrs.rdata);
        } else {
            ret_answer->words = "no authoritative SOA in the answer";
        }
    }
    knot_pkt_free(pkt);
}

static void on_packet(query_t *self, uint8_t *wire, size_t size)
{
    if (size < KNOT_WIRE_HEADER_SIZE || !knot_wire_get_qr(wire))
        return;
    self->heard = clock_mono(NULL);
    unsigned slot = knot_wire_get_id(wire) % FLIGHT_MAX;
    const job_t *job = self->flight[slot];
    if (job == NULL || memcmp(job->wire, wire, 2) != 0)
        return;
    size_t question = job->size - KNOT_WIRE_HEADER_SIZE;
    if (size < job->size || memcmp(job->wire + KNOT_WIRE_HEADER_SIZE, wire + KNOT_WIRE_HEADER_SIZE, question) != 0)
        return;
    query_answer_t answer = {0};
    query_parse(wire, size, &answer);
    finish(self, slot, &answer);
}

/* Nobody listens on the port: no use in waiting for a time limit. */
static void fail_all(query_t *self, const char *words)
{
    for (unsigned slot = 0; slot < FLIGHT_MAX; slot++) {
        if (self->flight[slot] != NULL)
            finish(self, slot, &(query_answer_t){.words = words});
    }
}

static int on_ready(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    query_t *self = arg;
    for (int i = 0; i < FLIGHT_MAX; i++) {
        uint8_t wire[ANSWER_MAX];
        ssize_t n = recv(self->fd, wire, sizeof wire, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == ECONNREFUSED) {
            fail_all(self, "nobody listens on the name server's port");
            continue;
        }
        if (n < 0)
            break;
        on_packet(self, wire, (size_t)n);
    }
    pump(self);
    return 0;
}

static void transmit(query_t *self, job_t *job, mono_t now)
{
    job->due = mono_add_ms(now, FIRST_WAIT_MS << job->tries);
    job->tries++;
    /* An error is either a pending ECONNREFUSED, which reading shows as well, or a full buffer: the repeat mends it. */
    if (send(self->fd, job->wire, job->size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == ECONNREFUSED)
        job->due = now;
}

static void pump(query_t *self)
{
    mono_t now = clock_mono(NULL);
    while (self->first != NULL && self->flying < FLIGHT_MAX) {
        job_t *job = self->first;
        self->first = job->next;
        if (self->first == NULL)
            self->last = NULL;
        while (self->flight[self->next_slot] != NULL)
            self->next_slot = (self->next_slot + 1) % FLIGHT_MAX;
        unsigned slot = self->next_slot;
        self->next_slot = (self->next_slot + 1) % FLIGHT_MAX;
        self->flight[slot] = job;
        self->flying++;
        knot_wire_set_id(job->wire, (uint16_t)((randombytes_random() & 0xff00) | slot));
        transmit(self, job, now);
    }
}

err_t query_new(zloop_t *loop, const struct sockaddr_storage *address, socklen_t address_len, query_t **ret_query,
                err_info_t *reterr)
{
    int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)address, address_len) != 0) {
        err_t e = err_set(reterr, ERR_IO, "could not open a socket to the name server: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return e;
    }
    query_t *self = auto_calloc(1, sizeof *self);
    self->loop = loop;
    self->fd = fd;
    zmq_pollitem_t item = {.fd = fd, .events = ZMQ_POLLIN};
    zloop_poller(loop, &item, on_ready, self);
    zloop_poller_set_tolerant(loop, &item);
    *ret_query = self;
    return ERR_OK;
}

void query_destroy(query_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    query_t *q = *self;
    zmq_pollitem_t item = {.fd = q->fd};
    zloop_poller_end(q->loop, &item);
    close(q->fd);
    for (unsigned slot = 0; slot < FLIGHT_MAX; slot++)
        free(q->flight[slot]);
    while (q->first != NULL) {
        job_t *next = q->first->next;
        free(q->first);
        q->first = next;
    }
    free(q);
    *self = NULL;
}

void query_soa(query_t *self, const char *zone, query_done_t done, void *arg)
{
    job_t *job = auto_calloc(1, sizeof *job);
    size_t name = dname_to_wire(zone, job->wire + KNOT_WIRE_HEADER_SIZE);
    assert(name > 0); /* zones were checked when their message was decoded */
    knot_wire_set_qdcount(job->wire, 1);
    job->size = KNOT_WIRE_HEADER_SIZE + name;
    knot_wire_write_u16(job->wire + job->size, KNOT_RRTYPE_SOA);
    knot_wire_write_u16(job->wire + job->size + 2, KNOT_CLASS_IN);
    job->size += 4;
    job->done = done;
    job->arg = arg;
    if (self->last != NULL)
        self->last->next = job;
    else
        self->first = job;
    self->last = job;
    pump(self);
}

void query_tick(query_t *self, mono_t now)
{
    for (unsigned slot = 0; slot < FLIGHT_MAX; slot++) {
        job_t *job = self->flight[slot];
        if (job == NULL || mono_diff_ms(now, job->due) < 0)
            continue;
        if (job->tries >= TRIES_MAX)
            finish(self, slot, &(query_answer_t){.words = "no answer"});
        else
            transmit(self, job, now);
    }
    pump(self);
}

mono_t query_last_heard(const query_t *self)
{
    return self->heard;
}
