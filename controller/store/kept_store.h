/* Contents that were refused because somebody else was faster, and those of updates that wait: kept for their author. */
#ifndef DMS_KEPT_STORE_H
#define DMS_KEPT_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"

/* Of what was refused an author (login, front end, token) has at most so many, and so much beyond the newest one; the oldest go. */
enum { KEPT_MOST = 20, KEPT_BYTES = 32 * 1024 * 1024 };

typedef struct {
    int64_t id, change_id;       /* change_id: of an update that waited; 0: none */
    char *name, *front_end, *login, *method;
    wall_t at;
    int64_t bytes;
    char *contents;              /* JSON text; NULL in lists */
    int error_code; char *message;
} kept_row_t;
void kept_row_done(kept_row_t *row);
void kept_rows_free(kept_row_t *rows, size_t count);

/* Refused with why; NULL: it waits as change_id.  name: as change log rows have it. */
err_t kept_store_insert(db_t *db, const caller_t *who, const char *method, const char *name, const char *contents, int64_t change_id,
                        const err_info_t *why, wall_t now, int64_t *ret_id, err_info_t *reterr);
/* What waited was made (why NULL: it goes), or refused (it is kept; *ret_id, 0: it was not). */
err_t kept_store_settle(db_t *db, int64_t change_id, const err_info_t *why, wall_t now, err_info_t *reterr);
/* What was refused to the caller, or to whoever it was where the caller sees all zones; newest first, before this id (0: from the newest). */
err_t kept_store_list(db_t *db, const caller_t *who, const char *name, int64_t before, int64_t limit, kept_row_t **ret_rows, size_t *ret_count,
                      err_info_t *reterr);
/* Errors: NO_KEPT_TEXT_FOUND. */
err_t kept_store_get(db_t *db, const caller_t *who, int64_t id, kept_row_t *ret_row, err_info_t *reterr);
#endif
