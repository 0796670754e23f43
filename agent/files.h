/* Small files: written so that a reader sees the old or the new one, never a half. */
#ifndef DMS_AGENT_FILES_H
#define DMS_AGENT_FILES_H
#include "shared/err.h"

enum { FILES_READ_MAX = 16 << 20 };
/* Write to a temporary file beside path, sync, rename.  Errors: ERR_IO with path and reason. */
err_t files_write(const char *path, const void *bytes, size_t size, unsigned mode, err_info_t *reterr);
/* Append to path (created with mode). */
err_t files_append(const char *path, const void *bytes, size_t size, unsigned mode, err_info_t *reterr);
/* Sync a file's contents to disk and rename it to the new name. */
err_t files_commit(const char *path, const char *new_path, err_info_t *reterr);
/* Whole file as text, owned by caller.  Errors: ERR_IO. */
err_t files_read(const char *path, char **ret_text, err_info_t *reterr);
/* Make the directory if there is none (its parent must exist). */
err_t files_mkdir(const char *path, unsigned mode, err_info_t *reterr);
/* File name for a zone: readable, one to one, no '/'; "example.org." -> "example.org".  suffix: ".db".  Owned by
 * caller. */
char *files_zone_name(const char *zone, const char *suffix);
#endif
