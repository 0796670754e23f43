#include "shared/clock.h"
#include <stddef.h>
#include <stdio.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static mono_t system_mono(void *arg)
{
    (void)arg;
    return (mono_t){read_us(CLOCK_MONOTONIC)};
}

static wall_t system_wall(void *arg)
{
    (void)arg;
    return (wall_t){read_us(CLOCK_REALTIME)};
}

const clock_source_t CLOCK_SYSTEM = {system_mono, system_wall, NULL};

mono_t clock_mono(const clock_source_t *src)
{
    return src == NULL ? system_mono(NULL) : src->mono(src->arg);
}

wall_t clock_wall(const clock_source_t *src)
{
    return src == NULL ? system_wall(NULL) : src->wall(src->arg);
}

/* Division that rounds down also before 1970. */
static struct tm split(wall_t t, int64_t *ret_us)
{
    int64_t s = t.us / 1000000;
    int64_t us = t.us % 1000000;
    if (us < 0) {
        us += 1000000;
        s--;
    }
    *ret_us = us;
    struct tm tm = {0};
    time_t seconds = (time_t)s;
    gmtime_r(&seconds, &tm);
    return tm;
}

void wall_text(wall_t t, char ret_text[WALL_TEXT])
{
    int64_t us;
    struct tm tm = split(t, &us);
    size_t n = strftime(ret_text, WALL_TEXT, "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(ret_text + n, WALL_TEXT - n, ".%06d+00:00", (int)us);
}

uint32_t wall_yyyymmdd(wall_t t)
{
    int64_t us;
    struct tm tm = split(t, &us);
    return (uint32_t)(tm.tm_year + 1900) * 10000 + (uint32_t)(tm.tm_mon + 1) * 100 + (uint32_t)tm.tm_mday;
}
