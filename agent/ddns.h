/* RFC 2136 updates to the own name server: TSIG hmac-sha256 over one TCP connection that stays open, many in flight. */
#ifndef DMS_AGENT_DDNS_H
#define DMS_AGENT_DDNS_H
#include "agent/keyfile.h"
#include "proto/wire.h"
#include "shared/clock.h"
#include <czmq.h>
#include <libknot/tsig.h>
#include <sys/socket.h>

typedef struct {
    bool answered;     /* false: named could not be reached or did not answer in time, also not at the second try */
    uint8_t rcode;     /* 0 done, 8 NXRRSET: prerequisite not met */
    const char *words; /* borrowed */
} ddns_answer_t;
typedef void (*ddns_done_t)(void *arg, const ddns_answer_t *answer);

/* Foreign bytes of an answer, at least a header: what it says.  mac: of the request that it answers. */
void ddns_parse(uint8_t *wire, size_t size, const knot_tsig_key_t *key, const uint8_t *mac, size_t mac_len,
                ddns_answer_t *ret_answer);

typedef struct ddns ddns_t;
err_t ddns_new(zloop_t *loop, const struct sockaddr_storage *address, socklen_t address_len, const keyfile_t *key,
               ddns_t **ret_ddns, err_info_t *reterr);
void ddns_destroy(ddns_t **self); /* open updates are dropped without a call */
/* Queue the update.  Errors (done is then not called): ERR_ZI_TEXT_PARSE naming the line, ERR_LIMIT when larger than
 * one message.
 * Prerequisite: the old SOA record.  Records that go and come with the same rdata only change their TTL. */
err_t ddns_update(ddns_t *self, const wire_zone_update_t *update, ddns_done_t done, void *arg, err_info_t *reterr);
void ddns_tick(ddns_t *self, mono_t now);
#endif
