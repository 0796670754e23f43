/* Automatic PTR records: all that concerns one address. */
#include "controller/store/ptr_store.h"
#include <stdlib.h>
#include <string.h>

enum { S_ZONE, S_PTRS, S_HOSTS, S_WAITING };
static const db_stmt_t s_show[] = {
    [S_ZONE] = {"ptr_show_zone",
                "select z.id, z.name, w.network::text, (select f.name from reference f where f.id = z.ref_id), z.lock_state = 'EDIT_LOCK',"
                " exists (select from ptr_fill i where i.zone_id = z.id) from"
                " reverse_network w join zone z on z.id = w.zone_id where w.network >>= $1::text::inet and z.state <> 'DELETED' and z.inc_updates"
                " order by masklen(w.network) desc, z.id limit 1",
                "text", "bigint,text,text,text,boolean,boolean"},
    [S_PTRS] = {"ptr_show_ptrs",
                "select r.rdata, (select f.name from reference f where f.id = r.ref_id), (select z.name from zone z where z.id = r.ptr_zone_id),"
                " r.ptr_zone_id is not null, r.disable, r.lock_ptr from rr r where r.zone_id = $1 and r.label = $2 and r.type = 12 and r.until is"
                " null order by r.rdata limit $3",
                "bigint,text,bigint", "text,text,text,boolean,boolean,boolean"},
    [S_HOSTS] = {"ptr_show_hosts",
                 "select h.label, z.name, (select f.name from reference f where f.id = z.ref_id), h.disable, h.track_reverse from (select * from rr"
                 " where (rdata || ' ' || zone_id::text) ~>=~ ($1 || ' ') and (rdata || ' ' || zone_id::text) ~<~ ($1 || '!') and until is null"
                 " and type in (1, 28) limit $2) h join zone z on z.id = h.zone_id where"
                 " z.state not in ('DISABLED', 'DELETED') order by z.name, h.label",
                 "text,bigint", "text,text,text,boolean,boolean"},
    [S_WAITING] = {"ptr_show_waiting",
                   "select host, change_by, forced, change_id, ctime, held from ptr_update where zone_id = $1 and label = $2 order by id limit $3",
                   "bigint,text,bigint", "text,text,boolean,bigint,timestamptz,boolean"},
};

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_show, ARRAY_SIZE(s_show));
}

void ptr_view_done(ptr_view_t *view)
{
    free(view->zone_name);
    free(view->network);
    free(view->zone_reference);
    for (size_t i = 0; i < view->ptr_count; i++) {
        free(view->ptrs[i].host);
        free(view->ptrs[i].reference);
        free(view->ptrs[i].forward_zone);
    }
    for (size_t i = 0; i < view->host_count; i++) {
        free(view->hosts[i].host);
        free(view->hosts[i].zone);
        free(view->hosts[i].reference);
    }
    for (size_t i = 0; i < view->waiting_count; i++) {
        free(view->waiting[i].host);
        free(view->waiting[i].change_by);
    }
    free(view->ptrs);
    free(view->hosts);
    free(view->waiting);
    *view = (ptr_view_t){0};
}

err_t ptr_store_zone_of(db_t *db, const char *address, ptr_view_t *ret_view, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, address);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_show[S_ZONE], &args, &rows, reterr);
    if (e != ERR_OK || db_rows_count(rows) == 0)
        return e;
    ret_view->zone_id = db_int(rows, 0, 0);
    ret_view->zone_name = db_dup(rows, 0, 1);
    ret_view->network = db_dup(rows, 0, 2);
    ret_view->zone_reference = db_dup(rows, 0, 3);
    ret_view->locked = db_bool(rows, 0, 4);
    ret_view->filling = db_bool(rows, 0, 5);
    return ERR_OK;
}

static err_t hosts(db_t *db, const char *address, ptr_view_t *view, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, address);
    db_arg_int(&args, PTR_SHOW_MAX);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_show[S_HOSTS], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    view->hosts = auto_calloc(db_rows_count(rows) + 1, sizeof(*view->hosts));
    for (; view->host_count < db_rows_count(rows); view->host_count++) {
        size_t i = view->host_count;
        char host[DNAME_TEXT];
        if (dname_absolute(db_text(rows, i, 0), db_text(rows, i, 1), host) != ERR_OK)
            host[0] = '\0';
        view->hosts[i] = (struct ptr_view_host){auto_strdup(host), db_dup(rows, i, 1), db_dup(rows, i, 2), db_bool(rows, i, 3), db_bool(rows, i, 4)};
    }
    return ERR_OK;
}

static err_t at_label(db_t *db, const db_stmt_t *stmt, const ptr_view_t *view, const char *label, db_rows_t **ret_rows, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, view->zone_id);
    db_arg_text(&args, label);
    db_arg_int(&args, PTR_SHOW_MAX);
    return db_exec(db, stmt, &args, ret_rows, reterr);
}

err_t ptr_store_show(db_t *db, const char *address, const char *label, ptr_view_t *view, err_info_t *reterr)
{
    AUTO(db_rows) ptrs = NULL;
    AUTO(db_rows) waiting = NULL;
    err_t e = hosts(db, address, view, reterr);
    if (e != ERR_OK || view->zone_id == 0)
        return e;
    e = at_label(db, &s_show[S_PTRS], view, label, &ptrs, reterr);
    if (e == ERR_OK)
        e = at_label(db, &s_show[S_WAITING], view, label, &waiting, reterr);
    if (e != ERR_OK)
        return e;
    view->ptrs = auto_calloc(db_rows_count(ptrs) + 1, sizeof(*view->ptrs));
    for (; view->ptr_count < db_rows_count(ptrs); view->ptr_count++) {
        size_t i = view->ptr_count;
        view->ptrs[i] = (struct ptr_view_ptr){db_dup(ptrs, i, 0),  db_dup(ptrs, i, 1),  db_dup(ptrs, i, 2),
                                              db_bool(ptrs, i, 3), db_bool(ptrs, i, 4), db_bool(ptrs, i, 5)};
    }
    view->waiting = auto_calloc(db_rows_count(waiting) + 1, sizeof(*view->waiting));
    for (; view->waiting_count < db_rows_count(waiting); view->waiting_count++) {
        size_t i = view->waiting_count;
        view->waiting[i] = (struct ptr_view_waiting){db_dup(waiting, i, 0), db_dup(waiting, i, 1), db_bool(waiting, i, 2), db_int(waiting, i, 3),
                                                     db_time(waiting, i, 4), db_bool(waiting, i, 5)};
    }
    return ERR_OK;
}
