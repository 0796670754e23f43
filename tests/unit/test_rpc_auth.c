/* The Authorization header, and waiting after failed logins. */
#include "controller/api/auth_header.h"
#include "controller/api/auth_throttle.h"
#include "tests/unit/check_run.h"
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define ID "0123456789abcdef"
#define SECRET "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

START_TEST(headers)
{
    static const struct { const char *value; auth_header_kind_t kind; } CASES[] = {
        {NULL, AUTH_HEADER_NONE}, {"", AUTH_HEADER_BAD}, {"Basic", AUTH_HEADER_BAD}, {"Basic ", AUTH_HEADER_BAD}, {"Basic YQ==", AUTH_HEADER_BAD},
        {"Basic YTpi", AUTH_HEADER_BASIC}, {"bAsIc   YTpi  ", AUTH_HEADER_BASIC}, {"Basic Og==", AUTH_HEADER_BASIC}, {"Basic YTpi x", AUTH_HEADER_BAD},
        {"Basic YTpiAGM=", AUTH_HEADER_BAD}, {"Basic asO8cmc6eA==", AUTH_HEADER_BASIC} /* UTF-8 */, {"Basic avxyZzp4", AUTH_HEADER_BAD} /* ISO 8859-1 */, {"Digest YTpi", AUTH_HEADER_BAD}, {"BasicYTpi", AUTH_HEADER_BAD},
        {"Bearer dms_" ID "_" SECRET, AUTH_HEADER_TOKEN}, {"BEARER  dms_" ID "_" SECRET " ", AUTH_HEADER_TOKEN},
        {"Bearer dms_" ID "_" SECRET "0", AUTH_HEADER_BAD}, {"Bearer dms_" ID "_" SECRET " x", AUTH_HEADER_BAD}, {"Bearer dms_" ID SECRET, AUTH_HEADER_BAD},
        {"Bearer DMS_" ID "_" SECRET, AUTH_HEADER_BAD}, {"Bearer dms_" ID, AUTH_HEADER_BAD}, {"Bearer dms_" ID "_", AUTH_HEADER_BAD}};
    auth_header_t h;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        auth_header_parse(CASES[i].value, &h);
        ck_assert_msg(h.kind == CASES[i].kind, "%s: %d", CASES[i].value, (int)h.kind);
    }
    auth_header_parse("Basic YTpiOmM=", &h);
    ck_assert_str_eq(auth_header_login(&h), "a");
    ck_assert_str_eq(auth_header_password(&h), "b:c");
    ck_assert(h.login_len == 1 && h.password_len == 3);
    auth_header_parse("Bearer dms_" ID "_" SECRET, &h);
    ck_assert_str_eq(h.id, ID);
    ck_assert_str_eq(h.secret, SECRET);
    auth_header_done(&h);
    ck_assert(sodium_is_zero((const unsigned char *)&h, sizeof h));
}
END_TEST

static mono_t s_now;
static mono_t now(void *arg)
{
    (void)arg;
    return s_now;
}
static wall_t wall(void *arg)
{
    (void)arg;
    return (wall_t){0};
}
static const clock_source_t CLOCK = {now, wall, NULL};

static void count(auth_throttle_t *t, const char *login, const char *address, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        auth_throttle_failed(t, "/x", login, address);
}

START_TEST(throttle)
{
    s_now = (mono_t){1000000};
    AUTO(auth_throttle) t = auth_throttle_new(&CLOCK);
    count(t, "ann", "a", AUTH_THROTTLE_FREE - 1);
    ck_assert_uint_eq(auth_throttle_wait(t, "/x", "ann", "a"), 0);
    static const unsigned WAITS[] = {1, 2, 4, 8, 16, 32, 60, 60};
    for (size_t i = 0; i < sizeof WAITS / sizeof WAITS[0]; i++) {
        count(t, "ann", "a", 1);
        ck_assert_uint_eq(auth_throttle_wait(t, "/x", "ann", "a"), WAITS[i]);
    }
    ck_assert_uint_eq(auth_throttle_wait(t, "/x", "ann", "b"), 0); /* each of the three counts for itself */
    ck_assert_uint_eq(auth_throttle_wait(t, "/x", "ben", "a"), 0);
    ck_assert_uint_eq(auth_throttle_wait(t, "/y", "ann", "a"), 0);
    s_now.us += 59 * 1000000;
    ck_assert_uint_eq(auth_throttle_wait(t, "/x", "ann", "a"), 1);
    s_now.us += 1000000;
    ck_assert_uint_eq(auth_throttle_wait(t, "/x", "ann", "a"), 0);
    count(t, "ann", "a", 1);
    auth_throttle_passed(t, "/x", "ann", "a");
    ck_assert_uint_eq(auth_throttle_wait(t, "/x", "ann", "a"), 0);
    count(t, "ann", "a", AUTH_THROTTLE_FREE);
    s_now.us += (AUTH_THROTTLE_FORGET_S + 1) * 1000000LL;
    count(t, "ann", "a", 1); /* the others are forgotten */
    ck_assert_uint_eq(auth_throttle_wait(t, "/x", "ann", "a"), 0);
}
END_TEST

START_TEST(throttle_of_an_address)
{
    s_now = (mono_t){1000000};
    AUTO(auth_throttle) t = auth_throttle_new(&CLOCK);
    char login[16];
    for (unsigned i = 0; i < AUTH_THROTTLE_FREE_ADDRESS; i++) {
        snprintf(login, sizeof login, "u%u", i);
        ck_assert_uint_eq(auth_throttle_wait(t, "/x", login, "a"), 0);
        count(t, login, "a", 1);
    }
    ck_assert_uint_eq(auth_throttle_wait(t, "/x", "other", "a"), 1);
    ck_assert_uint_eq(auth_throttle_wait(t, "/x", NULL, "a"), 1);
    ck_assert_uint_eq(auth_throttle_wait(t, "/x", "other", "b"), 0);
}
END_TEST

/* More accounts than places: who failed most is still known. */
START_TEST(throttle_is_bounded)
{
    s_now = (mono_t){1000000};
    AUTO(auth_throttle) t = auth_throttle_new(&CLOCK);
    count(t, "ann", "a", AUTH_THROTTLE_FREE + 3);
    char address[16];
    for (unsigned i = 0; i < 100000; i++) {
        snprintf(address, sizeof address, "b%u", i);
        count(t, "x", address, 1);
    }
    ck_assert_uint_eq(auth_throttle_wait(t, "/x", "ann", "a"), 8);
}
END_TEST

CHECK_MAIN("rpc_auth", headers, throttle, throttle_of_an_address, throttle_is_bounded)
