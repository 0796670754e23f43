/* Any bytes from the control channel: as they come, and as the body of a message with a valid signature. */
#include "agent/rndc.h"
#include "tests/fuzz/fuzz.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static void decode(const keyfile_t *key, const uint8_t *bytes, size_t size)
{
    rndc_reply_t reply = {0};
    if (rndc_decode(key, bytes, size, &reply)) {
        assert(reply.err != NULL && reply.text != NULL);
        rndc_reply_done(&reply);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t head[] = "\0\0\0\1\5_auth\2\0\0\0\x63\4hsha\1\0\0\0\x59\xa3";
    enum { HEAD = sizeof head - 1, MAC = 88 };
    keyfile_t key = {.secret = "secret", .secret_size = 6};
    decode(&key, data, size);
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key.secret, key.secret_size);
    crypto_auth_hmacsha256_update(&state, data, size);
    crypto_auth_hmacsha256_final(&state, mac);
    uint8_t *all = auto_calloc(HEAD + MAC + size, 1);
    memcpy(all, head, HEAD);
    char text[MAC + 1] = "";
    sodium_bin2base64(text, sizeof text, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
    memcpy(all + HEAD, text, MAC);
    if (size > 0)
        memcpy(all + HEAD + MAC, data, size);
    decode(&key, all, HEAD + MAC + size);
    free(all);
    return 0;
}
