#include "controller/api/tls_peer.h"
#include "shared/auto.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

void tls_peer_done(tls_peer_t *self)
{
    free(self->fault);
    free(self->subject);
    *self = (tls_peer_t){0};
}

static void fingerprint(const gnutls_datum_t *der, char ret_text[TLS_PEER_FINGERPRINT + 1])
{
    unsigned char hash[TLS_PEER_FINGERPRINT / 2];
    size_t len = sizeof hash;
    ret_text[0] = '\0';
    if (gnutls_fingerprint(GNUTLS_DIG_SHA256, der, hash, &len) != 0)
        return;
    for (size_t i = 0; i < len; i++)
        snprintf(ret_text + 2 * i, 3, "%02x", (unsigned)hash[i]);
}

static char *subject(const gnutls_datum_t *der)
{
    gnutls_x509_crt_t crt;
    gnutls_datum_t dn = {0};
    char *text = NULL;
    if (gnutls_x509_crt_init(&crt) != 0)
        return NULL;
    if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0 && gnutls_x509_crt_get_dn3(crt, &dn, 0) == 0) {
        text = auto_strndup((const char *)dn.data, dn.size);
        gnutls_free(dn.data);
    }
    gnutls_x509_crt_deinit(crt);
    return text;
}

/* NULL: it is good. */
static char *verify(gnutls_session_t session)
{
    char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
    gnutls_typed_vdata_st data = {GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)purpose, 0};
    gnutls_datum_t text = {0};
    unsigned status = 0;
    int code = gnutls_certificate_verify_peers(session, &data, 1, &status);
    if (code != 0)
        return auto_strdup(gnutls_strerror(code));
    if (status == 0)
        return NULL;
    if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) != 0)
        return auto_strdup("it cannot be verified");
    char *fault = auto_strndup((const char *)text.data, text.size);
    gnutls_free(text.data);
    fault[strcspn(fault, "\n")] = '\0';
    for (size_t len = strlen(fault); len > 0 && (fault[len - 1] == ' ' || fault[len - 1] == '.'); len--)
        fault[len - 1] = '\0';
    return fault;
}

void tls_peer_read(void *session, tls_peer_t *ret_peer)
{
    unsigned count = 0;
    *ret_peer = (tls_peer_t){0};
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    if (chain == NULL || count == 0)
        return;
    ret_peer->given = true;
    fingerprint(&chain[0], ret_peer->fingerprint);
    ret_peer->subject = subject(&chain[0]);
    ret_peer->fault = verify(session);
    if (ret_peer->fault == NULL && (ret_peer->subject == NULL || ret_peer->fingerprint[0] == '\0'))
        ret_peer->fault = auto_strdup("its subject cannot be read");
}
