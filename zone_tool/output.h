/* What the user sees: results collected and shown (paged on a terminal), errors, values in the predecessor's style, JSON. */
#ifndef DMS_ZONE_TOOL_OUTPUT_H
#define DMS_ZONE_TOOL_OUTPUT_H
#include "shared/clock.h"
#include "shared/err.h"
#include <jansson.h>

typedef struct output output_t;
output_t *output_new(void);
void output_destroy(output_t **self);
bool output_is_format(const char *word);     /* text or json; NULL is none */
void output_json(output_t *self, bool json); /* of the running command */
bool output_is_json(const output_t *self);
bool output_tty(const output_t *self);       /* standard output is a terminal that can move its cursor */
bool output_colour(const output_t *self);    /* a terminal, and NO_COLOR is not set */
void output_restrict(output_t *self);        /* pager fixed and without shell */

/* Collected until output_end, which pages long text on a terminal, or output_flush, which does not. */
FILE *output_file(output_t *self);
void output_flush(output_t *self);
void output_end(output_t *self);
void output_print_json(output_t *self, const json_t *value);

/* To standard error: `***   ` and six blanks on further lines, wrapped at 70 columns; with hint.  `error`: the controller's error object or NULL. */
void output_error(output_t *self, const err_info_t *info, const json_t *error);
void output_message(const char *fmt, ...) PRINTF(1, 2); /* the same for text of our own */
void output_warnings(const json_t *receipt);            /* its `warnings`, if there are any */

/* None, True, False, numbers, times as `Thu Aug 23 10:51:14 2012` (local), lists with blanks between. Caller frees. */
char *output_value(const json_t *value);
/* Text of a member; `none` where it is absent or null. Caller frees. */
char *output_member(const json_t *object, const char *key, const char *none);
/* `        key:   value` for all scalar members: `first` first, `last` last, the rest sorted. Either may be NULL. */
void output_attributes(output_t *self, const json_t *object, int width, const char *first, const char *last);

/* The API's time text (2026-11-23 08:00:00.123456+00:00); false if it is not one. */
bool output_parse_time(const char *text, wall_t *ret_time);
void output_wrap(FILE *to, const char *text, const char *first_indent, const char *indent, int columns);
#endif
