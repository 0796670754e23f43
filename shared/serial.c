#include "shared/serial.h"

bool serial_gt(uint32_t a, uint32_t b)
{
    return a != b && (uint32_t)(a - b) < UINT32_C(1) << 31;
}

uint32_t serial_next(bool has_base, uint32_t base, uint32_t candidate, wall_t now)
{
    uint32_t wanted = candidate != 0 ? candidate : wall_yyyymmdd(now) * 100;
    if (!has_base)
        return wanted != 0 ? wanted : 1;
    if (wanted != 0 && serial_gt(wanted, base))
        return wanted;
    uint32_t next = base + 1;
    return next != 0 ? next : 1; /* BIND and others read 0 as "no serial" */
}

bool serial_in_run(const serial_run_t *run, uint32_t serial)
{
    return (uint32_t)(serial - run->first) <= (uint32_t)(run->last - run->first);
}

/* Runs may overlap or touch: as many turns as there are runs get past all of them, unless they fill the circle. */
uint32_t serial_unused(const serial_run_t *runs, size_t count, uint32_t serial)
{
    for (size_t turn = 0; turn <= count; turn++) {
        uint32_t before = serial;
        for (size_t i = 0; i < count; i++) {
            if (serial_in_run(&runs[i], serial))
                serial = runs[i].last + 1;
        }
        serial = serial != 0 ? serial : 1;
        if (serial == before)
            break;
    }
    return serial;
}

bool serial_is_jump(uint32_t base, uint32_t serial, wall_t now)
{
    uint32_t step = serial - base;
    return step > SERIAL_STEP_SMALL || (step > SERIAL_GAP && serial != wall_yyyymmdd(now) * 100);
}

uint32_t serial_toward(uint32_t from, uint32_t to)
{
    if (serial_gt(to, from))
        return to;
    uint32_t half = from + (to - from) / 2;
    return half != 0 ? half : UINT32_MAX;
}
