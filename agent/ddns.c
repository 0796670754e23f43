#include "agent/ddns.h"
#include "agent/ddns_msg.h"
#include "agent/stream.h"
#include <libknot/libknot.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* named works on at most 23 queries of one connection at a time and stops reading beyond that; 64 keep it busy. */
enum { FLIGHT_MAX = 64, ANSWER_MS = 5000, TRIES_MAX = 2, MAC_MAX = 64 };

typedef struct job job_t;
struct job {
    uint8_t *wire; /* unsigned message */
    size_t size;
    uint8_t mac[MAC_MAX];
    size_t mac_len;
    int tries;
    mono_t deadline;
    ddns_done_t done;
    void *arg;
    job_t *next;
};

struct ddns {
    stream_t *stream;
    knot_tsig_key_t key;
    job_t *flight[FLIGHT_MAX]; /* slot is the id's low bits */
    uint16_t ids[FLIGHT_MAX];
    size_t flying;
    job_t *first, *last;
};

static void pump(ddns_t *self);

static void finish(job_t *job, const ddns_answer_t *answer)
{
    job->done(job->arg, answer);
    free(job->wire);
    free(job);
}

static void push(ddns_t *self, job_t *job)
{
    job->next = NULL;
    if (self->last != NULL)
        self->last->next = job;
    else
        self->first = job;
    self->last = job;
}

/* Everything in flight is lost: once more, or give up. */
static void lost(ddns_t *self, const char *why)
{
    job_t *jobs[FLIGHT_MAX];
    memcpy(jobs, self->flight, sizeof jobs);
    memset(self->flight, 0, sizeof self->flight);
    self->flying = 0;
    for (size_t i = 0; i < FLIGHT_MAX; i++) {
        if (jobs[i] != NULL && jobs[i]->tries < TRIES_MAX)
            push(self, jobs[i]);
        else if (jobs[i] != NULL)
            finish(jobs[i], &(ddns_answer_t){.words = why});
    }
    pump(self);
}

static void on_closed(void *arg, const char *why)
{
    lost(arg, why);
}

static const char *rcode_words(int rcode)
{
    const knot_lookup_t *row = knot_lookup_by_id(knot_rcode_names, rcode);
    return row != NULL ? row->name : "unknown rcode";
}

void ddns_parse(uint8_t *wire, size_t size, const knot_tsig_key_t *key, const uint8_t *mac, size_t mac_len,
                ddns_answer_t *ret_answer)
{
    *ret_answer = (ddns_answer_t){.answered = true, .rcode = KNOT_RCODE_SERVFAIL, .words = "malformed answer"};
    knot_pkt_t *pkt = knot_pkt_new(wire, (uint16_t)size, NULL);
    if (pkt != NULL && knot_pkt_parse(pkt, 0) == KNOT_EOK) {
        ret_answer->rcode = knot_wire_get_rcode(wire);
        ret_answer->words = rcode_words(ret_answer->rcode);
        int e = KNOT_TSIG_EBADSIG;
        if (pkt->tsig_rr != NULL)
            e = knot_tsig_client_check(pkt->tsig_rr, pkt->wire, pkt->size, mac, mac_len, key, 0);
        uint16_t tsig_rcode = pkt->tsig_rr != NULL ? knot_tsig_rdata_error(pkt->tsig_rr) : 0;
        if (e != KNOT_EOK && ret_answer->rcode == KNOT_RCODE_NOERROR) { /* not signed, not believed */
            ret_answer->rcode = KNOT_RCODE_NOTAUTH;
            ret_answer->words = "answer is not signed with our key";
        }
        if (e != KNOT_EOK && tsig_rcode != 0)
            ret_answer->words = rcode_words(tsig_rcode); /* named does not like our key or clock */
    }
    knot_pkt_free(pkt);
}

static void on_frame(void *arg, const uint8_t *bytes, size_t size)
{
    ddns_t *self = arg;
    if (size < KNOT_WIRE_HEADER_SIZE)
        return;
    uint16_t id = knot_wire_get_id(bytes);
    size_t slot = id % FLIGHT_MAX;
    job_t *job = self->flight[slot];
    if (job == NULL || self->ids[slot] != id || !knot_wire_get_qr(bytes))
        return;
    self->flight[slot] = NULL;
    self->flying--;
    AUTO_FREE uint8_t *wire = auto_malloc(size);
    memcpy(wire, bytes, size);
    ddns_answer_t answer;
    ddns_parse(wire, size, &self->key, job->mac, job->mac_len, &answer);
    finish(job, &answer);
    pump(self);
}

static void transmit(ddns_t *self, job_t *job)
{
    size_t slot = 0;
    while (self->flight[slot] != NULL)
        slot++;
    uint16_t id = (uint16_t)((randombytes_random() & (uint32_t)~(FLIGHT_MAX - 1)) | slot);
    uint8_t wire[65535];
    size_t size = job->size;
    memcpy(wire, job->wire, size);
    knot_wire_set_id(wire, id);
    job->mac_len = sizeof job->mac;
    if (knot_tsig_sign(wire, &size, sizeof wire, NULL, 0, job->mac, &job->mac_len, &self->key, 0, 0) != KNOT_EOK) {
        finish(job, &(ddns_answer_t){.words = "update could not be signed"});
        return;
    }
    job->tries++;
    job->deadline = mono_add_ms(clock_mono(NULL), ANSWER_MS);
    self->flight[slot] = job;
    self->ids[slot] = id;
    self->flying++;
    stream_send(self->stream, wire, size);
}

static void pump(ddns_t *self)
{
    while (self->first != NULL && self->flying < FLIGHT_MAX) {
        job_t *job = self->first;
        self->first = job->next;
        if (self->first == NULL)
            self->last = NULL;
        transmit(self, job);
    }
}

err_t ddns_new(zloop_t *loop, const struct sockaddr_storage *address, socklen_t address_len, const keyfile_t *key,
               ddns_t **ret_ddns, err_info_t *reterr)
{
    ddns_t *self = auto_calloc(1, sizeof *self);
    if (knot_tsig_key_init(&self->key, "hmac-sha256", key->name, key->secret_base64) != KNOT_EOK) {
        free(self);
        return err_set(reterr, ERR_CONFIG, "update key \"%s\" cannot be used for TSIG", key->name);
    }
    stream_events_t events = {self, on_frame, on_closed};
    self->stream = stream_new(loop, address, address_len, 2, 65535, &events);
    *ret_ddns = self;
    return ERR_OK;
}

void ddns_destroy(ddns_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    ddns_t *d = *self;
    stream_destroy(&d->stream);
    for (size_t i = 0; i < FLIGHT_MAX; i++) {
        if (d->flight[i] != NULL)
            push(d, d->flight[i]);
    }
    while (d->first != NULL) {
        job_t *job = d->first;
        d->first = job->next;
        free(job->wire);
        free(job);
    }
    knot_tsig_key_deinit(&d->key);
    free(d);
    *self = NULL;
}

err_t ddns_update(ddns_t *self, const wire_zone_update_t *update, ddns_done_t done, void *arg, err_info_t *reterr)
{
    job_t *job = auto_calloc(1, sizeof *job);
    err_t e = ddns_msg_build(update, &job->wire, &job->size, reterr);
    if (e != ERR_OK) {
        free(job);
        return e;
    }
    job->done = done;
    job->arg = arg;
    push(self, job);
    pump(self);
    return ERR_OK;
}

void ddns_tick(ddns_t *self, mono_t now)
{
    for (size_t i = 0; i < FLIGHT_MAX; i++) {
        if (self->flight[i] != NULL && mono_diff_ms(now, self->flight[i]->deadline) >= 0) {
            stream_close(self->stream);
            lost(self, "no answer in time");
            return;
        }
    }
}
