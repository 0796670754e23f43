#include "controller/store/token_store.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { S_INSERT, S_ZONES, S_LIST, S_REVOKE, S_BIND, S_CERTIFICATES, S_UNBIND };
static const db_stmt_t s_token[] = {
    [S_INSERT] = {"token_insert",
                  "insert into token (public_id, hash, account_id, comment, read_only, methods, names, types, networks, scoped, created_by,"
                  " ctime, expires) values ($1, $2, $3, $4, $5, nullif($6::text[], '{}'), nullif($7::text[], '{}'), nullif($8::text[], '{}'),"
                  " nullif($9::text[]::cidr[], '{}'), $10, $11, $12, $13) returning id",
                  "text,text,bigint,text,boolean,text[],text[],text[],text[],boolean,text,timestamptz,timestamptz", "bigint"},
    [S_ZONES] = {"token_zones",
                 "insert into token_zone (token_id, pattern, name_like) select $1, u.pattern, u.name_like from unnest($2::text[], $3::text[])"
                 " u (pattern, name_like) on conflict do nothing",
                 "bigint,text[],text[]", ""},
    [S_LIST] = {"token_list",
                "select t.public_id, f.uri, a.login, t.comment, t.created_by, host(t.last_address), t.read_only, t.methods, array(select"
                " z.pattern from token_zone z where z.token_id = t.id order by z.pattern), t.names, t.types, t.networks::text[], t.ctime,"
                " t.expires, t.revoked_at, t.last_used_at from token t join account a on a.id = t.account_id join front_end f on f.id ="
                " a.front_end_id where ($1::bigint is null or a.id = $1) and ($2::text is null or f.uri = $2) and ($3::text is null or"
                " a.login = $3) and ($4 or (t.revoked_at is null and t.expires > $5)) order by t.ctime desc, t.id desc",
                "bigint,text,text,boolean,timestamptz",
                "text,text,text,text,text,text,boolean,text[],text[],text[],text[],text[],timestamptz,timestamptz,timestamptz,timestamptz"},
    [S_REVOKE] = {"token_revoke",
                  "update token set revoked_at = coalesce(revoked_at, $3) where public_id = $2 and ($1::bigint is null or account_id = $1)"
                  " returning id",
                  "bigint,text,timestamptz", "bigint"},
    [S_BIND] = {"certificate_insert",
                "insert into certificate (account_id, front_end_id, fingerprint, subject, ctime) values ($1, $2, $3, $4, $5) on conflict do"
                " nothing returning id",
                "bigint,bigint,text,text,timestamptz", "bigint"},
    [S_CERTIFICATES] = {"certificate_list",
                        "select c.id, f.uri, a.login, c.fingerprint, c.subject, c.ctime from certificate c join account a on a.id ="
                        " c.account_id join front_end f on f.id = c.front_end_id where ($1::text is null or f.uri = $1) order by f.uri,"
                        " a.login, c.id",
                        "text", "bigint,text,text,text,text,timestamptz"},
    [S_UNBIND] = {"certificate_delete", "delete from certificate where id = $1 returning id", "bigint", "bigint"},
};
__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_token, ARRAY_SIZE(s_token));
}

static err_t insert_zones(db_t *db, int64_t token_id, const token_new_t *in, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_array_t likes = DB_ARRAY_INIT;
    db_arg_int(&args, token_id);
    db_arg_texts(&args, in->zones, in->zone_count);
    for (size_t i = 0; i < in->zone_count; i++) {
        AUTO_FREE char *like = strpbrk(in->zones[i], "*?") != NULL ? db_like(in->zones[i]) : NULL;
        db_array_text(&likes, like);
    }
    db_arg_array(&args, &likes);
    return db_exec(db, &s_token[S_ZONES], &args, NULL, reterr);
}

err_t token_store_insert(db_t *db, int64_t account_id, const token_new_t *in, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, in->public_id);
    db_arg_text(&args, in->hash);
    db_arg_int(&args, account_id);
    db_arg_text(&args, in->comment);
    db_arg_bool(&args, in->read_only);
    db_arg_texts(&args, in->methods, in->method_count);
    db_arg_texts(&args, in->names, in->name_count);
    db_arg_texts(&args, in->types, in->type_count);
    db_arg_texts(&args, in->networks, in->network_count);
    db_arg_bool(&args, in->zone_count > 0);
    db_arg_text(&args, in->created_by);
    db_arg_time(&args, now);
    db_arg_time(&args, in->expires);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_token[S_INSERT], &args, &rows, reterr);
    return e != ERR_OK || in->zone_count == 0 ? e : insert_zones(db, db_int(rows, 0, 0), in, reterr);
}

static void list(const db_rows_t *rows, size_t i, int column, scope_list_t *ret_list)
{
    ret_list->count = db_text_array(rows, i, column, &ret_list->items);
}

err_t token_store_list(db_t *db, int64_t account_id, const char *uri, const char *login, bool all, wall_t now, token_row_t **ret_rows,
                       size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_id(&args, account_id);
    db_arg_text(&args, uri);
    db_arg_text(&args, login);
    db_arg_bool(&args, all);
    db_arg_time(&args, now);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_token[S_LIST], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++) {
        token_row_t *row = &(*ret_rows)[i];
        char **const texts[] = {&row->public_id, &row->uri, &row->login, &row->comment, &row->created_by, &row->last_address};
        scope_list_t *const lists[] = {&row->methods, &row->zones, &row->names, &row->types, &row->networks};
        wall_t *const times[] = {&row->ctime, &row->expires, &row->revoked_at, &row->last_used_at};
        int c = 0;
        for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
            *texts[k] = db_dup(rows, i, c++);
        row->read_only = db_bool(rows, i, c++);
        for (size_t k = 0; k < ARRAY_SIZE(lists); k++)
            list(rows, i, c++, lists[k]);
        for (size_t k = 0; k < ARRAY_SIZE(times); k++)
            *times[k] = db_time(rows, i, c++);
    }
    return ERR_OK;
}

void token_store_rows_free(token_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        token_row_t *row = &rows[i];
        char *const texts[] = {row->public_id, row->uri, row->login, row->comment, row->created_by, row->last_address};
        const scope_list_t lists[] = {row->methods, row->zones, row->names, row->types, row->networks};
        for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
            free(texts[k]);
        for (size_t k = 0; k < ARRAY_SIZE(lists); k++)
            rows_texts_free(lists[k].items, lists[k].count);
    }
    free(rows);
}

err_t token_store_revoke(db_t *db, int64_t account_id, const char *public_id, wall_t now, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_id(&args, account_id);
    db_arg_text(&args, public_id);
    db_arg_time(&args, now);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_token[S_REVOKE], &args, &rows, reterr);
    if (e != ERR_OK || db_rows_count(rows) > 0)
        return e;
    err_set(reterr, ERR_NO_TOKEN_FOUND, "there is no token \"%.100s\"", public_id);
    err_key(reterr, "token_id", public_id);
    return ERR_NO_TOKEN_FOUND;
}

/* ---- certificates */

err_t token_store_bind(db_t *db, int64_t account_id, int64_t front_end_id, const char *fingerprint, const char *subject, wall_t now,
                       int64_t *ret_id, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, account_id);
    db_arg_int(&args, front_end_id);
    db_arg_text(&args, fingerprint);
    db_arg_text(&args, subject);
    db_arg_time(&args, now);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_token[S_BIND], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    if (db_rows_count(rows) > 0) {
        *ret_id = db_int(rows, 0, 0);
        return ERR_OK;
    }
    const char *what = fingerprint != NULL ? fingerprint : subject;
    err_set(reterr, ERR_CERTIFICATE_EXISTS, "certificate \"%.200s\" is bound already", what);
    err_hint(reterr, "unbind_certificate first; list_certificates shows its number");
    err_key(reterr, fingerprint != NULL ? "fingerprint" : "subject", what);
    return ERR_CERTIFICATE_EXISTS;
}

err_t token_store_certificates(db_t *db, const char *uri, certificate_row_t **ret_rows, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, uri);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_token[S_CERTIFICATES], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_rows = auto_calloc(*ret_count + 1, sizeof(**ret_rows));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_rows)[i] = (certificate_row_t){.id = db_int(rows, i, 0),
                                             .uri = db_dup(rows, i, 1),
                                             .login = db_dup(rows, i, 2),
                                             .fingerprint = db_dup(rows, i, 3),
                                             .subject = db_dup(rows, i, 4),
                                             .ctime = db_time(rows, i, 5)};
    return ERR_OK;
}

void token_store_certificates_free(certificate_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *const texts[] = {rows[i].uri, rows[i].login, rows[i].fingerprint, rows[i].subject};
        for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
            free(texts[k]);
    }
    free(rows);
}

err_t token_store_unbind(db_t *db, int64_t id, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_int(&args, id);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_token[S_UNBIND], &args, &rows, reterr);
    if (e != ERR_OK || db_rows_count(rows) > 0)
        return e;
    err_set(reterr, ERR_NO_CERTIFICATE_FOUND, "no certificate is bound as %" PRId64, id);
    err_key_int(reterr, "certificate_id", id);
    return ERR_NO_CERTIFICATE_FOUND;
}
