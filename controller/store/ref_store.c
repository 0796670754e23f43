#include "controller/store/ref_store.h"
#include <stdlib.h>
#include <string.h>

enum { S_ENSURE, S_SECTAGS, S_TAG };
static const db_stmt_t s_ref[] = {
    /* "on conflict do update" of nothing would write; a reference that came between the two halves is found by the
       second try. */
    [S_ENSURE] = {"ref_ensure",
                  "with wanted as (select n, name from unnest($1::text[]) with ordinality as u (name, n)), made as"
                  " (insert into reference (name) select distinct on (lower(name)) name from wanted w where not"
                  " exists (select from reference r where lower(r.name) = lower(w.name)) on conflict do nothing"
                  " returning id, name) select coalesce((select r.id from reference r where lower(r.name) ="
                  " lower(w.name)), (select m.id from made m where lower(m.name) = lower(w.name))) from wanted w"
                  " order by w.n",
                  "text[]", "bigint"},
    [S_SECTAGS] =
        {"ref_zone_sectags",
         "select t.label from zone_sectag z join sectag t on t.id = z.sectag_id where z.zone_id = $1 order by t.label",
         "bigint", "text"},
    [S_TAG] = {"ref_tag_zone",
               "insert into zone_sectag (zone_id, sectag_id) select $1, id from sectag where id = $2 or label ="
               " any($3::text[]) on conflict do nothing returning sectag_id, (select label from sectag t where t.id"
               " = sectag_id)",
               "bigint,bigint,text[]", "bigint,text"},
};

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_ref, ARRAY_SIZE(s_ref));
}

err_t ref_store_ensure_many(db_t *db, const char *const *names, size_t count, int64_t **ret_ids, err_info_t *reterr)
{
    for (int try = 0; try < 3; try++) {
        AUTO_ARGS args = DB_ARGS_INIT;
        db_arg_texts(&args, names, count);
        AUTO(db_rows) rows = NULL;
        err_t e = db_exec(db, &s_ref[S_ENSURE], &args, &rows, reterr);
        if (e != ERR_OK)
            return e;
        bool all = true;
        int64_t *ids = auto_calloc(count + 1, sizeof(*ids));
        for (size_t i = 0; i < count; i++) {
            ids[i] = db_int(rows, i, 0);
            all = all && ids[i] != 0;
        }
        if (all) {
            *ret_ids = ids;
            return ERR_OK;
        }
        free(ids);
    }
    return err_set(reterr, ERR_CONFLICT, "reference was removed while it was being used");
}

err_t ref_store_ensure(db_t *db, const char *name, int64_t *ret_id, err_info_t *reterr)
{
    int64_t *ids = NULL;
    err_t e = ref_store_ensure_many(db, &name, 1, &ids, reterr);
    if (e == ERR_OK)
        *ret_id = ids[0];
    free(ids);
    return e;
}

static void texts(const db_rows_t *rows, char ***ret_texts, size_t *ret_count)
{
    *ret_count = db_rows_count(rows);
    *ret_texts = auto_calloc(*ret_count + 1, sizeof(**ret_texts));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_texts)[i] = db_dup(rows, i, 0);
}

err_t ref_store_zone_sectags(db_t *db, int64_t zone_id, char ***ret_labels, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_ref[S_SECTAGS], &args, &rows, reterr);
    if (e == ERR_OK)
        texts(rows, ret_labels, ret_count);
    return e;
}

err_t ref_store_tag_zone(db_t *db, int64_t zone_id, int64_t sectag_id, const char *const *labels, size_t count,
                         err_info_t *reterr)
{
    if (sectag_id == 0 && count == 0)
        return ERR_OK;
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, zone_id);
    db_arg_id(&args, sectag_id);
    db_arg_texts(&args, labels, count);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_ref[S_TAG], &args, &rows, reterr);
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        bool found = strcmp(labels[i], "Admin") == 0; /* implicit, never stored */
        for (size_t k = 0; !found && k < db_rows_count(rows); k++)
            found = strcmp(db_text(rows, k, 1), labels[i]) == 0;
        if (!found) {
            e = err_set(reterr, ERR_ZONE_SEC_TAG_DOES_NOT_EXIST, "security tag \"%s\" does not exist", labels[i]);
            err_key(reterr, "sectag_label", labels[i]);
        }
    }
    return e;
}
