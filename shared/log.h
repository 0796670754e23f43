/* Logging to the journal, standard error or a test's sink.  Text first, fields after it as key=value; the journal gets
 * them as fields too (ZONE=, SERVER=, EVENT=), and facility local7, which deploy/rsyslog forwards.  Secrets never go here. */
#ifndef DMS_LOG_H
#define DMS_LOG_H
#include "shared/auto.h"
#include <stdbool.h>

typedef enum { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 } log_level_t;
typedef void (*log_sink_t)(void *arg, log_level_t level, const char *line);

/* program: shown in each line.  Goes to the journal when standard error is connected to it (JOURNAL_STREAM), else to
 * standard error with an ISO time. */
void log_open(const char *program, log_level_t level);
void log_set_level(log_level_t level);
void log_set_sink(log_sink_t sink, void *arg); /* NULL: back to normal */
bool log_level_from_text(const char *text, log_level_t *ret_level);
void log_write(log_level_t level, const char *fmt, ...) PRINTF(2, 3);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#endif
