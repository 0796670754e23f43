/* Differences of two texts as `diff -u` shows them, coloured for a terminal. */
#ifndef DMS_ZONE_TOOL_DIFF_H
#define DMS_ZONE_TOOL_DIFF_H
#include "shared/err.h"
/* Writes nothing if they are equal.  Errors: ERR_IO (no diff program, no temporary file). */
err_t diff_texts(const char *old_text, const char *new_text, const char *old_name, const char *new_name, bool colour, FILE *to,
                 err_info_t *reterr);
#endif
