/* The one error table (error.def) and the detail that goes with an error.
 *
 * Functions return err_t; those that can say more fill err_info_t (last argument, may be NULL).  A function either
 * logs or returns an error, never both. */
#ifndef DMS_ERR_H
#define DMS_ERR_H
#include "shared/auto.h"
#include <stdbool.h>

typedef enum {
    ERR_OK = 0,
#define ERR(name, rpc, http, exit, class, clname, text) ERR_##name,
#include "shared/error.def"
#undef ERR
    ERR_COUNT
} err_t;

typedef enum {
    ERR_CLASS_OK,
    ERR_CLASS_USER,  /* the caller must change the request */
    ERR_CLASS_RETRY, /* the same request may succeed later */
    ERR_CLASS_BUG,   /* ours, or a broken peer */
} err_class_t;

typedef struct {
    const char *name;       /* "ZONE_NOT_FOUND" */
    int rpc_code;           /* JSON-RPC error code */
    int http_status;
    int exit_code;          /* sysexits */
    err_class_t class;
    const char *class_name; /* predecessor's class, "ZoneNotFound"; front ends see it in data.exception_type */
    const char *text;       /* default message */
} err_row_t;

const err_row_t *err_row(err_t code); /* never NULL */
const char *err_name(err_t code);
const char *err_text(err_t code);
/* The class with its ancestors, "ZoneParseError.RdataParseError"; caller frees. */
char *err_class_path(err_t code);

enum { ERR_KEYS_MAX = 12 };
typedef struct {
    const char *key; /* static string */
    char *text;      /* owned; NULL: number */
    int64_t number;
} err_key_t;

/* Detail of an error.  Initialise with ERR_INFO_INIT, release with err_info_done (or AUTO_ERR). */
typedef struct {
    err_t code;
    char *message;    /* primary: lower case, no full stop, names the object; owned */
    char *hint;       /* what to do; owned, may be NULL */
    char sqlstate[6]; /* "" unless from the database */
    err_key_t keys[ERR_KEYS_MAX]; /* becomes `data` of the JSON-RPC error */
    size_t key_count;
    void *problems;      /* owned list of all problems of a submission (problem.h), or NULL */
} err_info_t;
#define ERR_INFO_INIT ((err_info_t){0})
#define AUTO_ERR AUTO_CLEANUP(err_info_done) err_info_t
void err_info_done(err_info_t *info);

/* Fill info (if not NULL; earlier detail is dropped) and return code: `return err_set(reterr, ERR_X, "zone \"%s\" ...", n);` */
err_t err_set(err_info_t *info, err_t code, const char *fmt, ...) PRINTF(3, 4);
#ifdef __clang_analyzer__ /* looks at one .c at a time: without this it follows paths where an error is ERR_OK */
#define err_set(info, code, ...) ((void)err_set(info, code, __VA_ARGS__), (code))
#endif
void err_hint(err_info_t *info, const char *fmt, ...) PRINTF(2, 3);
void err_key(err_info_t *info, const char *key, const char *text);
void err_key_int(err_info_t *info, const char *key, int64_t number);
/* Message to show: info->message, else the table's text. */
const char *err_message(const err_info_t *info);
#endif
