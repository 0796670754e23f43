/* Files with one `key "name" { algorithm hmac-sha256; secret "..."; };` statement, as named includes them. */
#ifndef DMS_AGENT_KEYFILE_H
#define DMS_AGENT_KEYFILE_H
#include "shared/err.h"

enum { KEYFILE_NAME = 256, KEYFILE_SECRET = 128 };
typedef struct {
    char name[KEYFILE_NAME];
    char secret_base64[KEYFILE_SECRET];
    uint8_t secret[KEYFILE_SECRET];
    size_t secret_size;
} keyfile_t;

/* Errors: ERR_IO; ERR_CONFIG when it is not such a statement or another algorithm.  Never shows the secret. */
err_t keyfile_read(const char *path, keyfile_t *ret_key, err_info_t *reterr);
/* New random key, mode 0640 (named reads it through the group); an existing file stays. */
err_t keyfile_create(const char *path, const char *name, err_info_t *reterr);
void keyfile_done(keyfile_t *self); /* wipes it */
#endif
