#include "agent/rndc.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

static keyfile_t key(void)
{
    keyfile_t k = {.name = "dms-control", .secret_size = 32};
    for (uint8_t i = 0; i < 32; i++)
        k.secret[i] = i;
    return k;
}

START_TEST(message_starts_as_named_expects)
{
    keyfile_t k = key();
    AUTO_FREE uint8_t *bytes = NULL;
    size_t n = rndc_encode(&k, 7, 1000, true, 42, "status", &bytes);
    static const uint8_t head[] = {0, 0,  0, 1,   5,   '_', 'a', 'u', 't', 'h', 2, 0,  0,
                                   0, 99, 4, 'h', 's', 'h', 'a', 1,   0,   0,   0, 89, 163};
    ck_assert_uint_gt(n, sizeof head + 88);
    ck_assert_mem_eq(bytes, head, sizeof head);
    /* base64 of 32 bytes with its padding, then zeros up to 88 */
    ck_assert_int_eq(bytes[sizeof head + 43], '=');
    ck_assert_int_eq(bytes[sizeof head + 44], 0);
    static const uint8_t ctrl[] = {5, '_', 'c', 't', 'r', 'l', 2};
    ck_assert_mem_eq(bytes + sizeof head + 88, ctrl, sizeof ctrl);
}
END_TEST

START_TEST(what_is_encoded_is_decoded)
{
    keyfile_t k = key();
    AUTO_FREE uint8_t *bytes = NULL;
    size_t n = rndc_encode(&k, 4294967295u, 1000, true, 42, "status", &bytes);
    rndc_reply_t r;
    ck_assert(rndc_decode(&k, bytes, n, &r));
    ck_assert_uint_eq(r.serial, 4294967295u);
    ck_assert(r.has_nonce);
    ck_assert_uint_eq(r.nonce, 42);
    ck_assert_str_eq(r.err, "");
    rndc_reply_done(&r);
}
END_TEST

START_TEST(any_changed_or_missing_byte_is_refused)
{
    keyfile_t k = key();
    AUTO_FREE uint8_t *bytes = NULL;
    size_t n = rndc_encode(&k, 7, 1000, false, 0, "status", &bytes);
    rndc_reply_t r;
    for (size_t i = 0; i < n; i++) {
        bytes[i] ^= 1;
        ck_assert_msg(!rndc_decode(&k, bytes, n, &r), "byte %zu", i);
        bytes[i] ^= 1;
        uint8_t *shorter = malloc(i > 0 ? i : 1); /* the sanitizer sees each byte behind the end */
        memcpy(shorter, bytes, i);
        ck_assert_msg(!rndc_decode(&k, shorter, i, &r), "length %zu", i);
        free(shorter);
    }
    k.secret[0] ^= 1;
    ck_assert(!rndc_decode(&k, bytes, n, &r));
}
END_TEST

CHECK_MAIN("agent_rndc", message_starts_as_named_expects, what_is_encoded_is_decoded,
           any_changed_or_missing_byte_is_refused)
