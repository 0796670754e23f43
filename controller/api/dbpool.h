/* A fixed number of database connections for the HTTP threads.  They are opened when first needed and again after a loss: one attempt per
 * request, so a database that is down makes quick errors and no waiting. */
#ifndef DMS_DBPOOL_H
#define DMS_DBPOOL_H
#include "controller/store/db.h"

typedef struct dbpool dbpool_t;
/* statement_ms: time limit of one statement.  max_records: of a zone that grows; 0: none. */
dbpool_t *dbpool_new(const char *conninfo, size_t count, int64_t statement_ms, size_t max_records);
void dbpool_destroy(dbpool_t **self); /* all connections are given back */
/* Errors: DB_DOWN; TIMEOUT when none came free within 10 s. */
err_t dbpool_take(dbpool_t *self, db_t **ret_db, err_info_t *reterr);
void dbpool_give(dbpool_t *self, db_t *db); /* NULL: nothing */
#endif
