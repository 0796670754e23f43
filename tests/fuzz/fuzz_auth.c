/* Any Authorization header: what is understood is well formed, and written again it is understood as the same. */
#include "controller/api/auth_header.h"
#include "shared/auto.h"
#include "tests/fuzz/fuzz.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static void basic_again(const auth_header_t *h)
{
    char raw[AUTH_HEADER_MAX + 1], base64[AUTH_HEADER_MAX * 2];
    auth_header_t again;
    size_t len = h->login_len + 1 + h->password_len;
    assert(len <= AUTH_HEADER_MAX && strlen(h->text) == h->login_len && strlen(auth_header_password(h)) == h->password_len);
    memcpy(raw, h->text, len);
    raw[h->login_len] = ':';
    sodium_bin2base64(base64, sizeof base64, (const unsigned char *)raw, len, sodium_base64_VARIANT_ORIGINAL);
    AUTO_FREE char *value = auto_printf("Basic %s", base64);
    auth_header_parse(value, &again);
    assert(again.kind == AUTH_HEADER_BASIC && memcmp(again.text, h->text, len + 1) == 0);
}

static void token_again(const auth_header_t *h)
{
    auth_header_t again;
    assert(strlen(h->id) == AUTH_HEADER_ID && strlen(h->secret) == AUTH_HEADER_SECRET);
    AUTO_FREE char *value = auto_printf("Bearer dms_%s_%s", h->id, h->secret);
    auth_header_parse(value, &again);
    assert(again.kind == AUTH_HEADER_TOKEN && strcmp(again.id, h->id) == 0 && strcmp(again.secret, h->secret) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *value = auto_strndup((const char *)data, size);
    auth_header_t h;
    auth_header_parse(value, &h);
    assert(h.kind != AUTH_HEADER_NONE);
    if (h.kind == AUTH_HEADER_BASIC)
        basic_again(&h);
    else if (h.kind == AUTH_HEADER_TOKEN)
        token_again(&h);
    else
        assert(h.login_len == 0 && h.text[0] == '\0' && h.secret[0] == '\0');
    return 0;
}
