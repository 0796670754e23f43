/* Time that a test can replace.  Monotonic and wall time cannot be mixed: both are one-member structs. */
#ifndef DMS_CLOCK_H
#define DMS_CLOCK_H
#include <stdint.h>

typedef struct { int64_t us; } mono_t; /* microseconds, monotonic */
typedef struct { int64_t us; } wall_t; /* microseconds since 1970-01-01 UTC */

typedef struct clock_source {
    mono_t (*mono)(void *arg);
    wall_t (*wall)(void *arg);
    void *arg;
} clock_source_t;
extern const clock_source_t CLOCK_SYSTEM;

mono_t clock_mono(const clock_source_t *src); /* NULL: the system's */
wall_t clock_wall(const clock_source_t *src);

static inline int64_t mono_diff_ms(mono_t later, mono_t earlier) { return (later.us - earlier.us) / 1000; }
static inline mono_t mono_add_ms(mono_t t, int64_t ms) { return (mono_t){t.us + ms * 1000}; }
static inline wall_t wall_add_ms(wall_t t, int64_t ms) { return (wall_t){t.us + ms * 1000}; }

enum { WALL_TEXT = 36 };
/* ISO 8601 with a blank between date and time, microseconds and UTC offset: 2026-11-23 08:00:00.000000+00:00 */
void wall_text(wall_t t, char ret_text[WALL_TEXT]);
/* YYYYMMDD of the day in UTC, for serials. */
uint32_t wall_yyyymmdd(wall_t t);
#endif
