#include "controller/store/config_store.h"
#include "shared/serial.h"
#include <stdlib.h>
#include <string.h>

enum { S_LIST, S_DEFAULTS, S_CONTEXT, S_SET };
static const db_stmt_t s_config[] = {
    [S_LIST] = {"config_list",
                "select c.key, c.value, g.name from config c left join server_group g on g.id = c.sg_id order by"
                " c.key, g.name nulls first",
                "", "text,text,text"},
    [S_DEFAULTS] = {"config_defaults",
                    "select distinct on (key) key, value from config where sg_id is null or sg_id = $1 order by key,"
                    " sg_id nulls last",
                    "bigint", "text,text"},
    [S_CONTEXT] =
        {"config_edit_context",
         "with g as (select id, name, apex_ns from server_group where case when $1::bigint is not null then id = $1"
         " else name = coalesce($2, (select value from config where key = 'default_sg' and sg_id is null)) end)"
         " select 'sg', name, id::text from g union all (select distinct on (key) 'config', key, value from config"
         " where sg_id is null or sg_id = (select id from g) order by key, sg_id nulls last) union all select 'ns',"
         " ns.name, null from g, unnest(g.apex_ns) with ordinality as ns (name, n) union all select 'serial', coalesce("
         "(select soa_serial from zone where name = $3 and state <> 'DELETED'), (select soa_serial from retired_serial where"
         " name = $3))::text, (select max(at) from serial_jump where name = $3)::text",
         "bigint,text,text", "text,text,text"},
    [S_SET] = {"config_set",
               "insert into config (key, sg_id, value) select $1, $2, $3 where exists (select from config where key"
               " = $1 and sg_id is null) on conflict (key, sg_id) do update set value = excluded.value returning key",
               "text,bigint,text", "text"},
};

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_config, ARRAY_SIZE(s_config));
}

void config_store_rows_free(setting_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(rows[i].key);
        free(rows[i].value);
        free(rows[i].sg_name);
    }
    free(rows);
}

err_t config_store_list(db_t *db, setting_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_config[S_LIST], NULL, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_rows)[i] = (setting_row_t){db_dup(rows, i, 0), db_dup(rows, i, 1), db_dup(rows, i, 2)};
    return ERR_OK;
}

err_t config_store_defaults(db_t *db, int64_t sg_id, defaults_t *ret_defaults, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_id(&args, sg_id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_config[S_DEFAULTS], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_defaults = (defaults_t){0};
    for (size_t i = 0; i < db_rows_count(rows); i++)
        defaults_set(ret_defaults, db_text(rows, i, 0), db_text(rows, i, 1));
    return ERR_OK;
}

void config_store_context_done(edit_context_t *self)
{
    free(self->sg_name);
    for (size_t i = 0; i < self->apex_ns_count; i++)
        free(self->apex_ns[i]);
    free(self->apex_ns);
    defaults_done(&self->defaults);
    *self = (edit_context_t){0};
}

err_t config_store_edit_context(db_t *db, int64_t sg_id, const char *sg_name, const char *zone_name,
                                edit_context_t *ret_context, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_id(&args, sg_id);
    db_arg_text(&args, sg_name);
    db_arg_text(&args, zone_name);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_config[S_CONTEXT], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    edit_context_t *c = ret_context;
    *c = (edit_context_t){.apex_ns = auto_calloc(db_rows_count(rows) + 1, sizeof(*c->apex_ns))};
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        const char *kind = db_text(rows, i, 0), *key = db_text(rows, i, 1);
        if (strcmp(kind, "sg") == 0) {
            c->sg_id = db_int(rows, i, 2);
            c->sg_name = auto_strdup(key);
        } else if (strcmp(kind, "config") == 0) {
            defaults_set(&c->defaults, key, db_text(rows, i, 2));
        } else if (strcmp(kind, "ns") == 0) {
            c->apex_ns[c->apex_ns_count++] = auto_strdup(key);
        } else {
            c->name_serial = (uint32_t)db_int(rows, i, 1);
            c->serial_since = db_time(rows, i, 2);
        }
    }
    return ERR_OK;
}

uint32_t config_store_serial_base(const edit_context_t *self, uint32_t serial, wall_t made)
{
    bool counts = self->name_serial == 0 || (made.us > self->serial_since.us && !serial_gt(self->name_serial, serial));
    return counts ? serial : self->name_serial;
}

err_t config_store_set(db_t *db, const char *key, int64_t sg_id, const char *value, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, key);
    db_arg_id(&args, sg_id);
    db_arg_text(&args, value);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_config[S_SET], &args, &rows, reterr);
    if (e == ERR_OK && db_rows_count(rows) == 0) {
        e = err_set(reterr, ERR_ZONE_CFG_ITEM_NOT_FOUND, "there is no setting \"%.100s\"", key);
        err_key(reterr, "key", key);
    }
    return e;
}
