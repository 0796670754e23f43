/* Messages of the control channel (BIND's lib/isccc): version, then a table of name -> value; a value is binary data, a
 * table or a list, each with a 4-byte length.  The first entry is _auth with an HMAC over all that follows it. */
#include "agent/rndc.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_BINARY = 1, TYPE_TABLE = 2, ALG_HMAC_SHA256 = 163, HMAC_TEXT = 88 };

typedef struct {
    uint8_t *bytes;
    size_t size, cap;
} out_t;

static void put(out_t *o, const void *bytes, size_t n)
{
    o->bytes = auto_grow(o->bytes, &o->cap, o->size + n, 1);
    memcpy(o->bytes + o->size, bytes, n);
    o->size += n;
}

static void put32(out_t *o, uint32_t v)
{
    uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    put(o, b, sizeof b);
}

static void put_head(out_t *o, const char *name, uint8_t type, size_t len)
{
    uint8_t n = (uint8_t)strlen(name);
    put(o, &n, 1);
    put(o, name, n);
    put(o, &type, 1);
    put32(o, (uint32_t)len);
}

static void put_text(out_t *o, const char *name, const char *value)
{
    put_head(o, name, TYPE_BINARY, strlen(value));
    put(o, value, strlen(value));
}

static void put_number(out_t *o, const char *name, uint32_t value)
{
    char text[16];
    snprintf(text, sizeof text, "%u", value);
    put_text(o, name, text);
}

static void put_table(out_t *o, const char *name, const out_t *table)
{
    put_head(o, name, TYPE_TABLE, table->size);
    put(o, table->bytes, table->size);
}

/* Base64, filled with zero bytes to the length that the largest HMAC needs. */
static void sign(const keyfile_t *key, const uint8_t *bytes, size_t size, char ret_text[HMAC_TEXT + 1])
{
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key->secret, key->secret_size);
    crypto_auth_hmacsha256_update(&state, bytes, size);
    crypto_auth_hmacsha256_final(&state, mac);
    memset(ret_text, 0, HMAC_TEXT + 1);
    sodium_bin2base64(ret_text, HMAC_TEXT + 1, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
}

size_t rndc_encode(const keyfile_t *key, uint32_t serial, uint32_t now_s, bool has_nonce, uint32_t nonce,
                   const char *command, uint8_t **ret_bytes)
{
    out_t ctrl = {0}, data = {0}, body = {0}, all = {0};
    put_number(&ctrl, "_ser", serial);
    put_number(&ctrl, "_tim", now_s);
    put_number(&ctrl, "_exp", now_s + 60);
    if (has_nonce)
        put_number(&ctrl, "_nonce", nonce);
    put_text(&data, "type", command);
    put_table(&body, "_ctrl", &ctrl);
    put_table(&body, "_data", &data);
    char mac[HMAC_TEXT + 1];
    sign(key, body.bytes, body.size, mac);
    uint8_t alg = ALG_HMAC_SHA256;
    put32(&all, 1);
    put_head(&all, "_auth", TYPE_TABLE, 5 + 1 + 4 + 1 + HMAC_TEXT);
    put_head(&all, "hsha", TYPE_BINARY, 1 + HMAC_TEXT);
    put(&all, &alg, 1);
    put(&all, mac, HMAC_TEXT);
    put(&all, body.bytes, body.size);
    free(ctrl.bytes);
    free(data.bytes);
    free(body.bytes);
    *ret_bytes = all.bytes;
    return all.size;
}

typedef struct {
    const uint8_t *p, *end;
} in_t;

typedef struct {
    char name[256];
    uint8_t type;
    in_t value;
} entry_t;

static bool next_entry(in_t *in, entry_t *ret)
{
    if (in->p >= in->end)
        return false;
    size_t n = *in->p;
    if ((size_t)(in->end - in->p) < 1 + n + 5)
        return false;
    memcpy(ret->name, in->p + 1, n);
    ret->name[n] = '\0';
    const uint8_t *p = in->p + 1 + n;
    ret->type = p[0];
    size_t len = (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4];
    p += 5;
    if ((size_t)(in->end - p) < len)
        return false;
    ret->value = (in_t){p, p + len};
    in->p = p + len;
    return true;
}

static bool find(in_t table, const char *name, uint8_t type, entry_t *ret)
{
    while (next_entry(&table, ret)) {
        if (strcmp(ret->name, name) == 0 && ret->type == type)
            return true;
    }
    return false;
}

static char *find_text(in_t table, const char *name)
{
    entry_t e;
    if (!find(table, name, TYPE_BINARY, &e))
        return NULL;
    return auto_strndup((const char *)e.value.p, (size_t)(e.value.end - e.value.p));
}

static bool find_number(in_t table, const char *name, uint32_t *ret)
{
    AUTO_FREE char *text = find_text(table, name);
    if (text == NULL)
        return false;
    char *end;
    errno = 0;
    unsigned long v = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || v > UINT32_MAX)
        return false;
    *ret = (uint32_t)v;
    return true;
}

bool rndc_decode(const keyfile_t *key, const uint8_t *bytes, size_t size, rndc_reply_t *ret_reply)
{
    static const uint8_t version[4] = {0, 0, 0, 1};
    if (size < 4 || memcmp(bytes, version, 4) != 0)
        return false;
    in_t in = {bytes + 4, bytes + size};
    entry_t auth, mac, ctrl, data;
    if (!next_entry(&in, &auth) || strcmp(auth.name, "_auth") != 0 || auth.type != TYPE_TABLE ||
        !find(auth.value, "hsha", TYPE_BINARY, &mac))
        return false;
    char want[HMAC_TEXT + 1];
    sign(key, in.p, (size_t)(in.end - in.p), want);
    if (mac.value.end - mac.value.p != 1 + HMAC_TEXT || mac.value.p[0] != ALG_HMAC_SHA256 ||
        sodium_memcmp(mac.value.p + 1, want, HMAC_TEXT) != 0)
        return false;
    if (!find(in, "_ctrl", TYPE_TABLE, &ctrl) || !find(in, "_data", TYPE_TABLE, &data))
        return false;
    rndc_reply_t r = {0};
    if (!find_number(ctrl.value, "_ser", &r.serial))
        return false;
    r.has_nonce = find_number(ctrl.value, "_nonce", &r.nonce);
    if (!find_number(data.value, "result", &r.result))
        r.result = 0;
    r.err = find_text(data.value, "err");
    r.text = find_text(data.value, "text");
    if (r.err == NULL)
        r.err = auto_strdup("");
    if (r.text == NULL)
        r.text = auto_strdup("");
    *ret_reply = r;
    return true;
}

void rndc_reply_done(rndc_reply_t *self)
{
    free(self->err);
    free(self->text);
    *self = (rndc_reply_t){0};
}
