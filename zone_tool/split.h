/* Splitting a command line into words, as a shell does it: blanks, 'single', "double" with \" and \\, backslash. */
#ifndef DMS_ZONE_TOOL_SPLIT_H
#define DMS_ZONE_TOOL_SPLIT_H
#include "shared/err.h"

typedef struct { char **items; size_t count, cap; } words_t;
void words_done(words_t *words);
#define AUTO_WORDS AUTO_CLEANUP(words_done) words_t

/* '#' at the start of a word ends the line. Returns ERR_INVALID_ARGUMENT (message names the quote and its column) for an
 * unbalanced quote or a backslash at the end. */
err_t split_words(const char *line, words_t *ret_words, err_info_t *reterr);
void split_add(words_t *words, const char *text, size_t length);
#endif
