#include "controller/api/idempotency.h"
#include "controller/api/params.h"
#include "controller/store/request_store.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define AUTO_REQUEST AUTO_CLEANUP(request_row_done) request_row_t
enum { DIGEST = 32 };

typedef struct {
    method_call_t *call;
    const char *key;
    char digest[DIGEST * 2 + 1];
    json_t *result;
} keyed_t;

/* What is known to its owner only is not kept, not even as a digest, which would give a short password away.  What is shown once (a token)
 * is therefore not given again.  A new reference. */
static json_t *without_secrets(json_t *json)
{
    static const char *const SECRETS[] = {"password", "token"};
    if (!json_is_object(json))
        return json_incref(json);
    json_t *copy = json_copy(json);
    for (size_t i = 0; i < ARRAY_SIZE(SECRETS); i++)
        json_object_del(copy, SECRETS[i]);
    json_t *inner = json_object_get(copy, "result"); /* of a receipt */
    if (json_is_object(inner))
        json_object_set_new(copy, "result", without_secrets(inner));
    return copy;
}

/* Of what was asked for, whatever the order of its members. */
static void digest_of(json_t *params, char ret_digest[DIGEST * 2 + 1])
{
    json_auto_t *asked = without_secrets(params);
    json_object_del(asked, "idempotency_key");
    AUTO_FREE char *text = json_dumps(asked, JSON_SORT_KEYS | JSON_COMPACT);
    unsigned char hash[DIGEST];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text, strlen(text), NULL, 0);
    sodium_bin2hex(ret_digest, DIGEST * 2 + 1, hash, sizeof hash);
}

static err_t give_again(keyed_t *keyed, const request_row_t *found, err_info_t *reterr)
{
    const char *method = keyed->call->method->name;
    if (strcmp(found->method, method) != 0 || strcmp(found->digest, keyed->digest) != 0) {
        bool other_method = strcmp(found->method, method) != 0;
        err_set(reterr, ERR_IDEMPOTENCY_KEY_REUSED, "idempotency key \"%s\" was used for a request of %s with other parameters", keyed->key,
                found->method);
        err_hint(reterr, other_method ? "every request has a key of its own" : "send what was sent then, or take another key");
        err_key(reterr, "idempotency_key", keyed->key);
        err_key(reterr, "method", found->method);
        return ERR_IDEMPOTENCY_KEY_REUSED;
    }
    keyed->result = json_loads(found->result != NULL ? found->result : "null", JSON_DECODE_ANY, NULL);
    return ERR_OK;
}

static err_t call_fn(db_t *db, void *arg, err_info_t *reterr)
{
    keyed_t *keyed = arg;
    method_call_t *call = keyed->call;
    json_decref(keyed->result); /* an earlier try */
    keyed->result = NULL;
    int64_t id = 0;
    AUTO_REQUEST found = {0};
    err_t e = request_store_begin(db, call->who, keyed->key, call->method->name, keyed->digest, call->now, &id, &found, reterr);
    if (e == ERR_OK && found.id != 0)
        return give_again(keyed, &found, reterr);
    if (e == ERR_OK)
        e = call->method->fn(call, &keyed->result, reterr);
    if (e != ERR_OK)
        return e;
    json_auto_t *kept = without_secrets(keyed->result);
    AUTO_FREE char *result = json_dumps(kept, JSON_ENCODE_ANY | JSON_COMPACT);
    return request_store_finish(db, id, result, reterr);
}

err_t idempotency_call(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    const char *key = params_text(call, "idempotency_key");
    if (key == NULL || !method_changes(call->method) || call->db == NULL)
        return call->method->fn(call, ret_result, reterr);
    if (key[0] == '\0')
        return params_wrong(reterr, "idempotency_key", "1 to 128 bytes", "none");
    keyed_t keyed = {.call = call, .key = key};
    digest_of(call->params, keyed.digest);
    err_t e = db_tx(call->db, call_fn, &keyed, reterr);
    if (e == ERR_OK)
        *ret_result = keyed.result;
    else
        json_decref(keyed.result);
    return e;
}
