#include "shared/auto.h"
#include "shared/serial.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

static const wall_t NOV23 = {INT64_C(1795420800) * 1000000}; /* 2026-11-23 08:00:00 UTC */

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
    return *seed;
}

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
        next_random(&seed);
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

START_TEST(jumps)
{
    const struct { uint32_t base, serial; bool jump; } cases[] = {
        {2026112300, 2026112301, false}, {2026112300, 2026113300, false}, {2026112300, 2026113301, true}, {2025112307, 2026112300, false},
        {2024112307, 2026112300, true},  {5, 2026112300, true},           {2026112300, 2027112300, true}, {2026112305, 4173595952, true},
        {UINT32_MAX, 1, false},          {4173595952, 2026112300, true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        ck_assert_msg(serial_is_jump(cases[i].base, cases[i].serial, NOV23) == cases[i].jump, "%u to %u", cases[i].base, cases[i].serial);
}
END_TEST

START_TEST(unused)
{
    const serial_run_t runs[] = {{2026112301, 2026112305}, {2026112300, 2026112300}, {2026112306, 2026112310}, {UINT32_MAX - 1, 1}};
    ck_assert_uint_eq(serial_unused(NULL, 0, 2026112300), 2026112300);
    ck_assert_uint_eq(serial_unused(runs, ARRAY_SIZE(runs), 2026112299), 2026112299);
    ck_assert_uint_eq(serial_unused(runs, ARRAY_SIZE(runs), 2026112300), 2026112311);
    ck_assert_uint_eq(serial_unused(runs, ARRAY_SIZE(runs), UINT32_MAX), 2);
    ck_assert_uint_eq(serial_unused(&(serial_run_t){7, UINT32_MAX}, 1, 9), 1); /* 0 is never one */
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        serial_run_t some[4];
        uint32_t serial = (uint32_t)next_random(&seed);
        for (size_t r = 0; r < ARRAY_SIZE(some); r++) { /* close by, so that they touch and overlap */
            some[r].first = serial - 50 + (uint32_t)(next_random(&seed) % 100);
            some[r].last = some[r].first + (uint32_t)(next_random(&seed) % 100);
        }
        uint32_t free = serial_unused(some, ARRAY_SIZE(some), serial);
        bool used = free == 0 || (free != serial && !serial_gt(free, serial));
        for (size_t r = 0; r < ARRAY_SIZE(some); r++)
            used = used || serial_in_run(&some[r], free);
        if (used)
            ck_abort_msg("%u from %u", free, serial);
    }
}
END_TEST

/* From any serial to any other in three steps at most, each ahead of the one before. */
START_TEST(toward)
{
    ck_assert_uint_eq(serial_toward(3000000000u, 852516351), 852516351);
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 100000; i++) {
        uint32_t from = (uint32_t)next_random(&seed), to = i % 3 == 0 ? from - 1 - (uint32_t)(i % 7) : (uint32_t)next_random(&seed);
        int steps = 0;
        for (uint32_t at = from; at != to && to != 0; steps++) {
            uint32_t next = serial_toward(at, to);
            if (next == 0 || !serial_gt(next, at) || steps == 3)
                ck_abort_msg("from %u to %u: step %d to %u", from, to, steps, next);
            at = next;
        }
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

CHECK_MAIN("serial", order, policy, never_backwards, jumps, unused, toward, times)
