/* The controller's own CURVE key pair, in a file that only it can read. */
#ifndef DMS_KEYS_H
#define DMS_KEYS_H
#include "shared/err.h"
#include <czmq.h>

/* Creates the file with mode 0600; one that is there stays. */
err_t keys_create(const char *path, err_info_t *reterr);
/* Errors: CONFIG (not there, readable by others, no secret key). */
err_t keys_load(const char *path, zcert_t **ret_cert, err_info_t *reterr);
#endif
