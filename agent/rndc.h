/* Control channel of BIND 9 (what rndc speaks): one connection kept open, commands one at a time in order.
 *
 * named reads the next message of a connection only after its answer has left, so there is nothing to gain from sending
 * ahead.  The connection is made on demand and again after it was lost. */
#ifndef DMS_AGENT_RNDC_H
#define DMS_AGENT_RNDC_H
#include "agent/keyfile.h"
#include "shared/clock.h"
#include <czmq.h>
#include <sys/socket.h>

typedef struct {
    bool answered;   /* false: named could not be reached or did not answer in time; text says why */
    bool ok;         /* named did it */
    const char *err; /* named's result, "already exists"; "" if none; borrowed */
    const char *text;/* named's further words; "" if none; borrowed */
} rndc_answer_t;
typedef void (*rndc_done_t)(void *arg, const rndc_answer_t *answer);

typedef struct rndc rndc_t;
rndc_t *rndc_new(zloop_t *loop, const struct sockaddr_storage *address, socklen_t address_len, const keyfile_t *key);
void rndc_destroy(rndc_t **self); /* open commands are dropped without a call */
/* Queue a command as typed after `rndc`; limit_ms counts from its turn.  done is called exactly once, never from
 * inside this call. */
void rndc_command(rndc_t *self, const char *command, int limit_ms, rndc_done_t done, void *arg);
size_t rndc_backlog(const rndc_t *self); /* commands that wait or run */
uint64_t rndc_closed(const rndc_t *self); /* how often the connection was lost: named may have been restarted */
void rndc_tick(rndc_t *self, mono_t now); /* time limits; call about ten times a second */

/* The wire form, for tests.  Message without length prefix; secret of the key signs it. */
size_t rndc_encode(const keyfile_t *key, uint32_t serial, uint32_t now_s, bool has_nonce, uint32_t nonce,
                   const char *command, uint8_t **ret_bytes);
typedef struct {
    uint32_t nonce, result, serial;
    bool has_nonce;
    char *err, *text; /* owned, never NULL after success */
} rndc_reply_t;
/* False: malformed or not signed with the key. */
bool rndc_decode(const keyfile_t *key, const uint8_t *bytes, size_t size, rndc_reply_t *ret_reply);
void rndc_reply_done(rndc_reply_t *self);
#endif
