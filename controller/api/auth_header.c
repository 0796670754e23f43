#include "controller/api/auth_header.h"
#include "shared/utf8.h"
#include <sodium.h>
#include <string.h>
#include <strings.h>

static const char HEX[] = "0123456789abcdef";

/* What follows the scheme's name and at least one blank; NULL: another scheme. */
static const char *after_scheme(const char *value, const char *scheme)
{
    size_t len = strlen(scheme);
    if (strncasecmp(value, scheme, len) != 0 || value[len] != ' ')
        return NULL;
    return value + len + strspn(value + len, " ");
}

static bool parse_basic(const char *base64, auth_header_t *h)
{
    size_t len = 0;
    const char *end = NULL;
    if (sodium_base642bin((unsigned char *)h->text, AUTH_HEADER_MAX, base64, strlen(base64), NULL, &len, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end[strspn(end, " ")] != '\0')
        return false;
    char *colon = memchr(h->text, ':', len);
    if (colon == NULL || memchr(h->text, '\0', len) != NULL)
        return false;
    *colon = '\0';
    h->text[len] = '\0';
    if (!utf8_ok(h->text)) /* a login is text; of a password only the octets count */
        return false;
    h->login_len = (size_t)(colon - h->text);
    h->password_len = len - h->login_len - 1;
    return true;
}

/* Exact lengths and lower case only: one token has one spelling. */
static bool parse_token(const char *token, auth_header_t *h)
{
    const char *id = token + 4, *secret = id + AUTH_HEADER_ID + 1;
    if (strncmp(token, "dms_", 4) != 0 || strspn(id, HEX) != AUTH_HEADER_ID || id[AUTH_HEADER_ID] != '_' ||
        strspn(secret, HEX) != AUTH_HEADER_SECRET)
        return false;
    const char *end = secret + AUTH_HEADER_SECRET;
    if (end[strspn(end, " ")] != '\0')
        return false;
    memcpy(h->id, id, AUTH_HEADER_ID);
    memcpy(h->secret, secret, AUTH_HEADER_SECRET);
    return true;
}

void auth_header_parse(const char *value, auth_header_t *ret_header)
{
    *ret_header = (auth_header_t){.kind = AUTH_HEADER_NONE};
    if (value == NULL)
        return;
    const char *basic = after_scheme(value, "Basic"), *bearer = after_scheme(value, "Bearer");
    auth_header_kind_t kind = AUTH_HEADER_BAD;
    if (basic != NULL && parse_basic(basic, ret_header))
        kind = AUTH_HEADER_BASIC;
    else if (bearer != NULL && parse_token(bearer, ret_header))
        kind = AUTH_HEADER_TOKEN;
    if (kind == AUTH_HEADER_BAD)
        auth_header_done(ret_header);
    ret_header->kind = kind;
}

void auth_header_done(auth_header_t *header) { sodium_memzero(header, sizeof *header); }
