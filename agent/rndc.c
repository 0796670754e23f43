#include "agent/rndc.h"
#include "agent/stream.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { GREETING_MS = 5000, FRAME_MAX = 1 << 20, TRIES_MAX = 2 };

typedef struct job job_t;
struct job {
    char *command;
    int limit_ms;
    rndc_done_t done;
    void *arg;
    int tries;
    job_t *next;
};

struct rndc {
    stream_t *stream;
    keyfile_t key;
    uint32_t serial;  /* of the message in flight */
    bool has_nonce;   /* the connection's greeting is over */
    uint32_t nonce;
    bool waiting;     /* for an answer */
    mono_t deadline;  /* valid while waiting */
    job_t *first, *last;
    size_t backlog;
    uint64_t closed;
};

static void pump(rndc_t *self);

static void send_message(rndc_t *self, const char *command, int limit_ms)
{
    AUTO_FREE uint8_t *bytes = NULL;
    uint32_t now = (uint32_t)(clock_wall(NULL).us / 1000000);
    size_t size = rndc_encode(&self->key, ++self->serial, now, self->has_nonce, self->nonce, command, &bytes);
    self->waiting = true;
    self->deadline = mono_add_ms(clock_mono(NULL), limit_ms);
    stream_send(self->stream, bytes, size);
}

static void finish(rndc_t *self, const rndc_answer_t *answer)
{
    job_t *job = self->first;
    self->first = job->next;
    if (self->first == NULL)
        self->last = NULL;
    self->backlog--;
    job->done(job->arg, answer);
    free(job->command);
    free(job);
}

static void on_frame(void *arg, const uint8_t *bytes, size_t size)
{
    rndc_t *self = arg;
    rndc_reply_t reply;
    if (!self->waiting)
        return;
    if (!rndc_decode(&self->key, bytes, size, &reply)) {
        stream_close(self->stream);
        self->waiting = self->has_nonce = false;
        if (self->first != NULL)
            finish(self, &(rndc_answer_t){.err = "",
                                          .text = "control channel: answer is malformed or not signed with our key"});
        pump(self);
        return;
    }
    self->waiting = false;
    if (!self->has_nonce) { /* the answer to the greeting */
        self->nonce = reply.nonce;
        self->has_nonce = reply.has_nonce;
        if (!reply.has_nonce)
            stream_close(self->stream);
    } else if (self->first != NULL) {
        finish(self, &(rndc_answer_t){.answered = true, .ok = reply.result == 0, .err = reply.err, .text = reply.text});
    }
    rndc_reply_done(&reply);
    pump(self);
}

/* An idle connection that named has closed is no failure: the next command simply connects again.  A command whose
 * answer was lost is sent once more; all that the driver sends may be repeated. */
static void on_closed(void *arg, const char *why)
{
    rndc_t *self = arg;
    self->closed++;
    self->waiting = self->has_nonce = false;
    if (self->first != NULL && self->first->tries >= TRIES_MAX) {
        AUTO_FREE char *text = auto_printf("control channel: %s", why);
        finish(self, &(rndc_answer_t){.err = "", .text = text});
    }
    pump(self);
}

static void pump(rndc_t *self)
{
    if (self->waiting || self->first == NULL)
        return;
    if (!stream_is_open(self->stream))
        self->has_nonce = false;
    if (self->has_nonce) {
        send_message(self, self->first->command, self->first->limit_ms);
    } else {
        self->first->tries++;
        send_message(self, "null", GREETING_MS);
    }
}

rndc_t *rndc_new(zloop_t *loop, const struct sockaddr_storage *address, socklen_t address_len, const keyfile_t *key)
{
    rndc_t *self = auto_calloc(1, sizeof *self);
    self->key = *key;
    self->serial = randombytes_random();
    stream_events_t events = {self, on_frame, on_closed};
    self->stream = stream_new(loop, address, address_len, 4, FRAME_MAX, &events);
    return self;
}

void rndc_destroy(rndc_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    rndc_t *r = *self;
    stream_destroy(&r->stream);
    while (r->first != NULL) {
        job_t *job = r->first;
        r->first = job->next;
        free(job->command);
        free(job);
    }
    keyfile_done(&r->key);
    free(r);
    *self = NULL;
}

void rndc_command(rndc_t *self, const char *command, int limit_ms, rndc_done_t done, void *arg)
{
    job_t *job = auto_calloc(1, sizeof *job);
    *job = (job_t){.command = auto_strdup(command), .limit_ms = limit_ms, .done = done, .arg = arg};
    if (self->last != NULL)
        self->last->next = job;
    else
        self->first = job;
    self->last = job;
    self->backlog++;
    pump(self);
}

uint64_t rndc_closed(const rndc_t *self) { return self->closed; }
size_t rndc_backlog(const rndc_t *self)
{
    return self->backlog;
}

void rndc_tick(rndc_t *self, mono_t now)
{
    if (!self->waiting || mono_diff_ms(now, self->deadline) < 0)
        return;
    stream_close(self->stream);
    self->waiting = self->has_nonce = false;
    if (self->first != NULL)
        finish(self, &(rndc_answer_t){.err = "", .text = "control channel: no answer in time"});
    pump(self);
}
