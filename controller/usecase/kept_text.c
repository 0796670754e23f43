#include "controller/usecase/kept_text.h"

typedef struct {
    const caller_t *who;
    const char *method, *name, *contents;
    const err_info_t *why;
    wall_t now;
    int64_t id;
} keep_t;

static err_t keep_fn(db_t *db, void *arg, err_info_t *reterr)
{
    keep_t *k = arg;
    return kept_store_insert(db, k->who, k->method, k->name, k->contents, 0, k->why, k->now, &k->id, reterr);
}

err_t kept_text_keep(db_t *db, const caller_t *who, const char *method, const char *name, const char *contents, const err_info_t *why, wall_t now,
                     int64_t *ret_id)
{
    keep_t keep = {who, method, name, contents, why, now, 0};
    err_t e = db_tx(db, keep_fn, &keep, NULL);
    if (e == ERR_OK)
        *ret_id = keep.id;
    return e;
}
