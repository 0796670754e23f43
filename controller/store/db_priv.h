/* Shared by db*.c only: the result of a statement. */
#ifndef DMS_DB_PRIV_H
#define DMS_DB_PRIV_H
#include "controller/store/db.h"
#include <libpq-fe.h>

struct db_rows {
    PGresult *result;
};
#endif
