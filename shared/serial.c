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
