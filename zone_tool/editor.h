/* A text in the user's editor: private directory, editor process, lock kept alive meanwhile. */
#ifndef DMS_ZONE_TOOL_EDITOR_H
#define DMS_ZONE_TOOL_EDITOR_H
#include "shared/err.h"

typedef struct editor editor_t;
/* Makes a directory of mode 0700 in TMPDIR (or /tmp) with the text in file_name (slashes are replaced).
 * restricted: program to use whatever the environment says, or NULL. */
err_t editor_open(const char *file_name, const char *text, const char *restricted, editor_t **ret_editor, err_info_t *reterr);
/* Removes file and directory, unless editor_keep was called. */
void editor_destroy(editor_t **self);
void editor_keep(editor_t *self);
const char *editor_path(const editor_t *self);
bool editor_changed(const editor_t *self); /* the file differs from the text that was given */
/* Run the editor (VISUAL, EDITOR, editor, vi), at line (0: none). While it runs `tickle` is called every tickle_ms (0: never) if the file
 * changed since the last time.  Returns ERR_IO when the editor could not be run or failed. */
err_t editor_run(editor_t *self, unsigned line, int64_t tickle_ms, void (*tickle)(void *arg), void *arg, err_info_t *reterr);
/* The text as it is in the file now. Caller frees.  ERR_BINARY_FILE: not UTF-8. */
err_t editor_text(const editor_t *self, char **ret_text, err_info_t *reterr);
#endif
