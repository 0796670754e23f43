/* The schema's versions: sql/NNN_*.sql, forward only, applied in order and recorded in dms.schema_migration. */
#ifndef DMS_MIGRATE_H
#define DMS_MIGRATE_H
#include "controller/store/db.h"

enum { MIGRATE_VERSION = 13 }; /* what this program works with: number of the newest file (a test compares) */

/* Bring the database to the newest version: each missing file in a transaction of its own, then roles.sql.  Safe to
 * repeat and to run twice at once (advisory lock).  progress (may be NULL) gets a line per step. Errors: DB_DOWN;
 * CONFIG when sql_dir or a file cannot be read, a number is missing or double, a released file has changed, or the
 * database is newer than the files; INTERNAL with the server's words when a file fails (nothing of it stays). */
err_t migrate_run(const char *conninfo, const char *sql_dir, FILE *progress, err_info_t *reterr);
/* At start. Errors: CONFIG saying which side is too old and what to do. */
err_t migrate_check_version(db_t *db, err_info_t *reterr);
#endif
