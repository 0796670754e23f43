/* SOA queries over UDP to the own name server: what does it serve right now?  Many at a time, repeated when lost. */
#ifndef DMS_AGENT_QUERY_H
#define DMS_AGENT_QUERY_H
#include "shared/clock.h"
#include "shared/err.h"
#include <czmq.h>
#include <sys/socket.h>

typedef struct {
    bool answered;     /* false: no answer; the name server is down or overloaded */
    uint8_t rcode;
    bool served;       /* authoritative answer with the zone's own SOA */
    uint32_t serial;   /* valid if served */
    const char *words; /* "REFUSED", "no answer", ...: static */
} query_answer_t;
typedef void (*query_done_t)(void *arg, const query_answer_t *answer);

typedef struct query query_t;
err_t query_new(zloop_t *loop, const struct sockaddr_storage *address, socklen_t address_len, query_t **ret_query,
                err_info_t *reterr);
void query_destroy(query_t **self); /* open queries are dropped without a call */
/* zone: absolute.  done is called exactly once, never from inside this call. */
void query_soa(query_t *self, const char *zone, query_done_t done, void *arg);
void query_tick(query_t *self, mono_t now); /* repeats and time limits; call about ten times a second */
/* Foreign bytes of an answer, at least a header, whose question was compared before. */
void query_parse(uint8_t *wire, size_t size, query_answer_t *ret_answer);
mono_t query_last_heard(const query_t *self); /* last answer to anything; 0: never */
#endif
