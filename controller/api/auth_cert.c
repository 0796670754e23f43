/* Client certificates: TLS has proven that the peer has the key; a row says whose account that is. */
#include "controller/api/auth_priv.h"

err_t auth_cert(db_t *db, const auth_request_t *request, login_row_t *row, err_info_t *reterr)
{
    const tls_peer_t *peer = request->peer;
    if (peer->fault != NULL)
        return err_set(reterr, ERR_AUTH_REQUIRED, "client certificate is not accepted: %s", peer->fault);
    err_t e = login_store_by_certificate(db, request->uri, peer->fingerprint, peer->subject, request->address, row, reterr);
    if (e != ERR_OK || (row->account_id != 0 && row->account_enabled))
        return e;
    if (row->account_id != 0)
        return err_set(reterr, ERR_AUTH_REQUIRED, "the account of client certificate \"%.200s\" is disabled", peer->subject);
    err_set(reterr, ERR_AUTH_REQUIRED, "client certificate \"%.200s\" is bound to no account of \"%.100s\"", peer->subject, request->uri);
    err_hint(reterr, "bind_certificate; its SHA-256 fingerprint is %s", peer->fingerprint);
    return ERR_AUTH_REQUIRED;
}
