/* What each reason of a report that was not done means for the zone: one row per number of dms.proto. */
#ifndef DMS_REPORT_H
#define DMS_REPORT_H
#include "proto/wire.h"

typedef struct {
    wire_reason_t reason;
    bool forget;          /* what the master was believed to hold is wrong: send the whole zone */
    bool serial_counts;   /* a serial at or ahead of ours in the report lifts the zone's serial */
    bool renew;           /* the goal needs a revision ahead of the report's */
    const char *sentence; /* for people: log and manual */
} report_reason_t;
/* Never NULL: unknown numbers have a row of their own (WIRE_REASON_NONE's). */
const report_reason_t *report_reason(wire_reason_t reason);
#endif
