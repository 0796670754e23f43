/* A PostgreSQL cluster of the test program's own: made in a temporary directory, reached by a unix socket only, without
 * fsync, removed when the program ends, however it ends.  One cluster per program, a fresh database with the schema per
 * test.
 *
 *     int main(void) {
 *         harness_start();                       before the suite runs
 *         ...                                    in a test: db_t *db = harness_db();
 *         harness_stop();
 *     } */
#ifndef DMS_TESTS_DB_HARNESS_H
#define DMS_TESTS_DB_HARNESS_H
#include "controller/store/db.h"

/* Ends the program with a message when the cluster cannot be had.  HARNESS_DURABLE=1 in the environment: with fsync
 * (benchmarks). */
void harness_start(void);
void harness_stop(void);
/* A connection to a fresh database; closed, and the database dropped, by the next call or when the (forked) test ends.
 */
db_t *harness_db(void);
/* The fresh database of the last harness_db call, to open more connections. */
const char *harness_conninfo(void);
/* A fresh database without the schema (conninfo, borrowed until the next call). */
const char *harness_empty(void);
/* Superuser connection string of the cluster's "postgres" database. */
const char *harness_admin_conninfo(void);
#endif
