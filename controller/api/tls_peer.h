/* The client certificate of a TLS session, verified against the CA that the listener was given. */
#ifndef DMS_TLS_PEER_H
#define DMS_TLS_PEER_H
#include <stdbool.h>

enum { TLS_PEER_FINGERPRINT = 64 };
typedef struct {
    bool given;                  /* the client has shown one */
    char *fault;                 /* why it is not accepted; NULL: it is good */
    char fingerprint[TLS_PEER_FINGERPRINT + 1]; /* SHA-256, hexadecimal, lower case */
    char *subject;               /* RFC 4514 */
} tls_peer_t;
void tls_peer_done(tls_peer_t *self);

/* session: gnutls_session_t.  Asks nobody: time, chain and purpose only. */
void tls_peer_read(void *session, tls_peer_t *ret_peer);
#endif
