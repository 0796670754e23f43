/* Questions to the log lines that rsyslog writes into the database. */
#ifndef DMS_LOG_STORE_H
#define DMS_LOG_STORE_H
#include "controller/store/db.h"

typedef struct {
    int64_t id;
    wall_t at, received_at;
    char *host, *sender, *server; /* server: the one in DMS that has the sender's address; NULL: none, or several */
    int facility, severity;       /* numbers of syslog */
    char *program, *message, *zone;
} log_row_t;

/* A line, as a place between two pages. */
typedef struct { int64_t id; wall_t at; } log_place_t;

/* What is asked for; NULL, us 0: any. */
typedef struct {
    const char *host;       /* as it names itself, or the name of a server in DMS */
    const char *program, *zone;
    const char *text;       /* in LIKE's terms; capitals do not count */
    int severity;           /* the most harmless one: 7 is any */
    wall_t since, until;
    bool arrival;           /* what arrived behind a line, oldest first; else the newest by their own time */
    log_place_t behind;     /* the page begins behind this line; id 0: at the beginning (arrival looks at the id only) */
    int64_t limit;
} log_filter_t;
/* Looks at a bounded number of lines: *ret_last is the last one of them, from which the next page goes on (there may be fewer than limit before it);
 * id 0: that was all. */
err_t log_store_list(db_t *db, const log_filter_t *filter, log_row_t **ret_rows, size_t *ret_count, log_place_t *ret_last, err_info_t *reterr);
void log_store_rows_free(log_row_t *rows, size_t count);
#endif
