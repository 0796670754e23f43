/* What could stand at the cursor: verbs, switches, zone options, and names that the controller knows. */
#ifndef DMS_ZONE_TOOL_COMPLETE_H
#define DMS_ZONE_TOOL_COMPLETE_H
#include "zone_tool/command.h"

enum { COMPLETE_TIMEOUT_MS = 200, COMPLETE_NAMES = 100 };
/* line: what stands before the word; prefix: the word up to the cursor.  Words that begin with prefix go to ret_words; returns true if file
 * names are wanted instead.  Asks the controller for at most COMPLETE_TIMEOUT_MS and prints nothing. */
bool complete_words(tool_t *tool, const char *line, const char *prefix, words_t *ret_words);
#endif
