/* Configuration by table over libinih: one row per key gives parser, check, printed values, sample file and man page. */
#ifndef DMS_CONFIG_H
#define DMS_CONFIG_H
#include "shared/err.h"

typedef enum { CONFIG_TEXT, CONFIG_INT, CONFIG_BOOL, CONFIG_DURATION_MS, CONFIG_BYTES, CONFIG_PATH } config_type_t;

typedef struct {
    const char *section;  /* "agent" */
    const char *key;
    config_type_t type;
    const char *def;      /* default as text; NULL: none (empty) */
    int64_t min, max;     /* for numbers, both 0: no limit */
    const char *unit;     /* "ms", "bytes" or NULL */
    const char *sentence; /* documentation */
    size_t offset;        /* of the member in the program's struct: char * (TEXT, PATH), int64_t, bool */
} config_row_t;

typedef struct {
    const char *program;  /* "dms-agent" */
    const char *summary;
    const config_row_t *rows;
    size_t count;
} config_table_t;

/* Fill `values` (program's struct, zeroed) with defaults, then the file (NULL: defaults only).
 * Unknown sections and keys, bad values and ranges are errors that name file, line, key and what is allowed; all of them are
 * in the message, one per line.  Durations take 500ms 5s 10m 2h 1d; sizes take K M G. Returns ERR_CONFIG. */
err_t config_load(const config_table_t *table, const char *path, void *values, err_info_t *reterr);
void config_done(const config_table_t *table, void *values); /* frees strings */
/* Effective values as a file that parses again. */
void config_print(const config_table_t *table, const void *values, FILE *out);
void config_sample(const config_table_t *table, FILE *out);
/* The configuration part of the man page (section 5, mdoc/man roff). */
void config_man(const config_table_t *table, FILE *out);
#endif
