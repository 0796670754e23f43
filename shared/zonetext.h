/* Zone file text <-> zonedata, over libzscanner.  Keeps ;| group comments, ;# record comments and ;! flags, group and
 * record order.  See: RFC 1035 section 5.1; behaviour.md 7.3, 7.6. */
#ifndef DMS_ZONETEXT_H
#define DMS_ZONETEXT_H
#include "shared/zonedata.h"

typedef struct {
    bool update_mode;     /* $UPDATE_TYPE and ;!RROP: are allowed */
    bool origin_as_name;  /* take the name from $ORIGIN or the SOA's owner when name is NULL */
    size_t max_records;   /* 0: no limit */
} zonetext_opts_t;

/* Parse text of len bytes.  name: canonical zone name or NULL.
 * All problems go to problems with line, column and marked line; the result is complete only when problems->errors is
 * 0, and may be judged (domain/zone_check) all the same: records that could not be read are `broken`, and where not even
 * their owner is known the data is `incomplete`.  *ret_data is always set (never NULL) and owned by the caller.
 * Only syntax and what one record alone can violate is judged here (codes -7 -8 -9 -10 -11 -12 -15 -16 -24 -38 -50..-54 -84 -85 -126);
 * rules of the whole zone are domain/zone_check. */
void zonetext_parse(const char *text, size_t len, const char *name, const zonetext_opts_t *opts, problem_list_t *problems, zonedata_t **ret_data);

/* Problems that were found in the data later know their line and column only: add the marked lines. */
void zonetext_mark(const char *text, size_t len, problem_list_t *problems);

typedef struct {          /* header lines of the text; NULL/0 values are left out */
    const char *reference, *change_by, *ctime, *mtime, *ptime;
    int64_t zi_id;
} zonetext_header_t;

/* Write a zone file (behaviour.md 7.6); header NULL: no header lines (for diffs).
 * Parsing the result gives the same zonedata.  Caller frees. */
char *zonetext_write(const zonedata_t *data, const zonetext_header_t *header);
/* One record with its comment and flags, as it stands there. Caller frees. */
char *zonetext_write_record(const zonedata_rr_t *rr);
#endif
