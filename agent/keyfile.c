#include "agent/keyfile.h"
#include "agent/files.h"
#include <sodium.h>
#include <string.h>
#include <unistd.h>

/* The word after `word`, without quotes. */
static bool field(const char *text, const char *word, char *ret, size_t size)
{
    const char *p = strstr(text, word);
    if (p == NULL)
        return false;
    p += strlen(word);
    p += strspn(p, " \t\r\n\"");
    size_t n = strcspn(p, " \t\r\n\";{");
    if (n == 0 || n >= size)
        return false;
    memcpy(ret, p, n);
    ret[n] = '\0';
    return true;
}

err_t keyfile_read(const char *path, keyfile_t *ret_key, err_info_t *reterr)
{
    char *text = NULL;
    err_t e = files_read(path, &text, reterr);
    if (e != ERR_OK)
        return e;
    keyfile_t key = {0};
    char algorithm[32];
    bool ok = field(text, "key ", key.name, sizeof key.name) &&
              field(text, "algorithm ", algorithm, sizeof algorithm) &&
              strcmp(algorithm, "hmac-sha256") == 0 &&
              field(text, "secret ", key.secret_base64, sizeof key.secret_base64);
    const char *base64 = key.secret_base64;
    if (ok)
        ok = sodium_base642bin(key.secret, sizeof key.secret, base64, strlen(base64), NULL, &key.secret_size, NULL,
                               sodium_base64_VARIANT_ORIGINAL) == 0;
    sodium_memzero(text, strlen(text));
    auto_free_(&text);
    if (ok)
        *ret_key = key;
    keyfile_done(&key);
    return ok ? ERR_OK : err_set(reterr, ERR_CONFIG,
                                 "\"%s\" does not hold a key statement with algorithm hmac-sha256 and a secret", path);
}

err_t keyfile_create(const char *path, const char *name, err_info_t *reterr)
{
    if (access(path, F_OK) == 0)
        return ERR_OK;
    uint8_t secret[32];
    char base64[64], text[512];
    randombytes_buf(secret, sizeof secret);
    sodium_bin2base64(base64, sizeof base64, secret, sizeof secret, sodium_base64_VARIANT_ORIGINAL);
    int n = snprintf(text, sizeof text, "key \"%s\" {\n    algorithm hmac-sha256;\n    secret \"%s\";\n};\n", name,
                     base64);
    err_t e = files_write(path, text, (size_t)n, 0640, reterr);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(base64, sizeof base64);
    sodium_memzero(text, sizeof text);
    return e;
}

void keyfile_done(keyfile_t *self)
{
    sodium_memzero(self, sizeof *self);
}
