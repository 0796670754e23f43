#include "shared/serial.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

static const wall_t NOV23 = {INT64_C(1795420800) * 1000000}; /* 2026-11-23 08:00:00 UTC */

START_TEST(order)
{
    ck_assert(serial_gt(2, 1));
    ck_assert(!serial_gt(1, 2));
    ck_assert(!serial_gt(1, 1));
    ck_assert(serial_gt(0, UINT32_MAX));
    ck_assert(serial_gt(5, UINT32_MAX - 5));
    ck_assert(serial_gt(0x7fffffff, 0));
    ck_assert(!serial_gt(0x80000000, 0)); /* undefined in RFC 1982: neither is greater */
    ck_assert(!serial_gt(0, 0x80000000));
}
END_TEST

START_TEST(policy)
{
    ck_assert_uint_eq(wall_yyyymmdd(NOV23), 20261123);
    ck_assert_uint_eq(serial_next(false, 0, 0, NOV23), 2026112300);
    ck_assert_uint_eq(serial_next(true, 2024050699, 0, NOV23), 2026112300);
    ck_assert_uint_eq(serial_next(true, 2026112300, 0, NOV23), 2026112301);
    ck_assert_uint_eq(serial_next(true, 2026112399, 0, NOV23), 2026112400);
    ck_assert_uint_eq(serial_next(true, 2030010100, 0, NOV23), 2030010101);
    ck_assert_uint_eq(serial_next(true, UINT32_MAX, 0, NOV23), 2026112300);
    ck_assert_uint_eq(serial_next(true, UINT32_MAX, 3000000000u, NOV23), 1); /* 3e9 is behind; 0 is skipped */
    ck_assert_uint_eq(serial_next(true, 5, 77, NOV23), 77);
    ck_assert_uint_eq(serial_next(true, 77, 77, NOV23), 78);
    ck_assert_uint_eq(serial_next(true, 78, 77, NOV23), 79);
    ck_assert_uint_eq(serial_next(false, 0, 77, NOV23), 77);
}
END_TEST

/* Never backwards, never 0, whatever base, candidate and clock (which may jump back) are. */
START_TEST(never_backwards)
{
    uint64_t seed = 88172645463325252u;
    uint32_t base = 1;
    for (int i = 0; i < 200000; i++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        wall_t now = {(int64_t)(seed % 4000000000u) * 1000000};
        uint32_t candidate = seed >> 40 & 1 ? (uint32_t)(seed >> 16) : 0;
        if (i % 1000 == 0)
            base = (uint32_t)(seed >> 32) | 0xfffffff0u; /* near the end of the circle */
        uint32_t next = serial_next(true, base, candidate, now);
        if (next == 0 || !serial_gt(next, base)) /* ck_assert itself costs more than the rest */
            ck_abort_msg("base %u candidate %u -> %u", base, candidate, next);
        base = next;
    }
}
END_TEST

START_TEST(times)
{
    char text[WALL_TEXT];
    wall_text((wall_t){NOV23.us + 42}, text);
    ck_assert_str_eq(text, "2026-11-23 08:00:00.000042+00:00");
    wall_text((wall_t){-1}, text);
    ck_assert_str_eq(text, "1969-12-31 23:59:59.999999+00:00");
    mono_t a = clock_mono(NULL);
    mono_t b = clock_mono(&CLOCK_SYSTEM);
    ck_assert_int_ge(b.us, a.us);
    ck_assert_int_eq(mono_diff_ms(mono_add_ms(a, 1500), a), 1500);
}
END_TEST

CHECK_MAIN("serial", order, policy, never_backwards, times)
