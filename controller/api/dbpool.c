#include "controller/api/dbpool.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { TAKE_SECONDS = 10 };

struct dbpool {
    char *conninfo;
    db_t **free; /* stack; NULL members: not opened yet */
    size_t count, free_count;
    int64_t statement_ms;
    size_t max_records;
    pthread_mutex_t lock;
    pthread_cond_t given;
};

dbpool_t *dbpool_new(const char *conninfo, size_t count, int64_t statement_ms, size_t max_records)
{
    dbpool_t *self = auto_calloc(1, sizeof *self);
    self->conninfo = auto_strdup(conninfo);
    self->free = auto_calloc(count, sizeof(db_t *));
    self->count = self->free_count = count;
    self->statement_ms = statement_ms;
    self->max_records = max_records;
    pthread_mutex_init(&self->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&self->given, &attr);
    pthread_condattr_destroy(&attr);
    return self;
}

void dbpool_destroy(dbpool_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    for (size_t i = 0; i < (*self)->free_count; i++)
        db_destroy(&(*self)->free[i]);
    pthread_cond_destroy(&(*self)->given);
    pthread_mutex_destroy(&(*self)->lock);
    free((*self)->free);
    free((*self)->conninfo);
    free(*self);
    *self = NULL;
}

static void put_back(dbpool_t *self, db_t *db)
{
    pthread_mutex_lock(&self->lock);
    self->free[self->free_count++] = db;
    pthread_cond_signal(&self->given);
    pthread_mutex_unlock(&self->lock);
}

static void ignore(void *arg, const char *channel, const char *payload)
{
    (void)arg;
    (void)channel;
    (void)payload;
}

/* A loss while idle shows before the first statement: the first read may get the server's last words, only the second
 * sees the end. */
static bool is_lost(db_t *db)
{
    return !db_is_up(db) || db_consume(db, ignore, NULL, NULL) != ERR_OK ||
           db_consume(db, ignore, NULL, NULL) != ERR_OK;
}

static err_t open_one(const dbpool_t *self, db_t **ret_db, err_info_t *reterr)
{
    AUTO(db) db = NULL;
    err_t err = db_open(self->conninfo, "dms-api", &db, reterr);
    if (err == ERR_OK)
        err = db_limit_statements(db, self->statement_ms, reterr);
    if (err != ERR_OK)
        return err;
    db_limit_records(db, self->max_records);
    *ret_db = db;
    db = NULL;
    return ERR_OK;
}

err_t dbpool_take(dbpool_t *self, db_t **ret_db, err_info_t *reterr)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += TAKE_SECONDS;
    int waited = 0;
    pthread_mutex_lock(&self->lock);
    while (self->free_count == 0 && waited == 0)
        waited = pthread_cond_timedwait(&self->given, &self->lock, &until);
    bool got = self->free_count > 0;
    db_t *db = got ? self->free[--self->free_count] : NULL;
    pthread_mutex_unlock(&self->lock);
    if (!got) {
        err_set(reterr, ERR_TIMEOUT, "all %zu database connections of the controller were busy for %d s", self->count,
                TAKE_SECONDS);
        err_hint(reterr, "try again later; the limit is [http] threads of the controller");
        return ERR_TIMEOUT;
    }
    err_t err = ERR_OK;
    if (db == NULL)
        err = open_one(self, &db, reterr);
    else if (is_lost(db))
        err = db_reopen(db, reterr);
    if (err != ERR_OK) {
        put_back(self, db);
        return err;
    }
    *ret_db = db;
    return ERR_OK;
}

void dbpool_give(dbpool_t *self, db_t *db)
{
    if (db != NULL)
        put_back(self, db);
}
