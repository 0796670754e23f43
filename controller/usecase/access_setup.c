#include "controller/usecase/access_setup.h"
#include "controller/domain/zone_rights.h"
#include "controller/store/account_store.h"
#include "controller/store/reference_store.h"
#include "controller/store/sectag_store.h"
#include "controller/usecase/server_setup_priv.h"
#include <string.h>

/* ---- security tags */

static err_t check_label(const char *label, err_info_t *reterr)
{
    if (zone_rights_sectag_ok(label))
        return ERR_OK;
    err_set(reterr, ERR_INVALID_ARGUMENT, "security tag \"%.100s\" is not well formed", label);
    err_hint(reterr, "at most 60 letters, digits, hyphens, underscores and dots, the first a letter or digit");
    err_key(reterr, "sectag_label", label);
    return ERR_INVALID_ARGUMENT;
}

static err_t admin_tag(err_t code, const char *what, err_info_t *reterr)
{
    err_set(reterr, code, "security tag \"Admin\" %s", what);
    err_key(reterr, "sectag_label", "Admin");
    return code;
}

static err_t create_sectag(db_t *db, setup_t *setup, err_info_t *reterr)
{
    return sectag_store_insert(db, setup->name, reterr);
}

err_t access_setup_create_sectag(db_t *db, const caller_t *who, const char *label, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    if (strcmp(label, "Admin") == 0)
        return admin_tag(ERR_ZONE_SEC_TAG_EXISTS, "exists: it is implicit", reterr);
    err_t e = check_label(label, reterr);
    setup_t setup = {.who = who, .method = "create_sectag", .object = "sectag", .name = label, .fn = create_sectag, .now = now};
    return e == ERR_OK ? server_setup_run(db, &setup, ret_result, reterr) : e;
}

static err_t delete_sectag(db_t *db, setup_t *setup, err_info_t *reterr)
{
    return sectag_store_delete(db, setup->name, reterr);
}

err_t access_setup_delete_sectag(db_t *db, const caller_t *who, const char *label, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    if (strcmp(label, "Admin") == 0)
        return admin_tag(ERR_ZONE_SEC_TAG_STILL_USED, "is always used", reterr);
    setup_t setup = {.who = who, .method = "delete_sectag", .object = "sectag", .name = label, .fn = delete_sectag, .now = now};
    return server_setup_run(db, &setup, ret_result, reterr);
}

/* ---- references */

static err_t create_reference(db_t *db, setup_t *setup, err_info_t *reterr)
{
    return reference_store_insert(db, setup->name, reterr);
}

err_t access_setup_create_reference(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    err_t e = zone_rights_reference(name, reterr);
    setup_t setup = {.who = who, .method = "create_reference", .object = "reference", .name = name, .fn = create_reference, .now = now};
    return e == ERR_OK ? server_setup_run(db, &setup, ret_result, reterr) : e;
}

static err_t delete_reference(db_t *db, setup_t *setup, err_info_t *reterr)
{
    return reference_store_delete(db, setup->name, reterr);
}

err_t access_setup_delete_reference(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    setup_t setup = {.who = who, .method = "delete_reference", .object = "reference", .name = name, .fn = delete_reference, .now = now};
    return server_setup_run(db, &setup, ret_result, reterr);
}

static err_t rename_reference(db_t *db, setup_t *setup, err_info_t *reterr)
{
    return reference_store_rename(db, setup->name, setup->text, reterr);
}

err_t access_setup_rename_reference(db_t *db, const caller_t *who, const char *name, const char *new_name, wall_t now, change_result_t *ret_result,
                                    err_info_t *reterr)
{
    err_t e = zone_rights_reference(new_name, reterr);
    setup_t setup = {.who = who, .method = "rename_reference", .object = "reference", .name = name, .fn = rename_reference, .now = now,
                     .text = new_name};
    return e == ERR_OK ? server_setup_run(db, &setup, ret_result, reterr) : e;
}

/* ---- front ends and accounts */

static err_t check_front_end(const char *uri, const char *role, err_info_t *reterr)
{
    static const char *const ROLES[] = {"admin", "helpdesk", "value_reseller", "hosted", "list_zone"};
    enum { URI_MAX = 60 };
    size_t len = uri[0] == '/' ? strspn(uri + 1, "abcdefghijklmnopqrstuvwxyz0123456789_-") : 0;
    if (len == 0 || len > URI_MAX || uri[1 + len] != '\0') {
        err_set(reterr, ERR_INVALID_ARGUMENT, "URI \"%.100s\" is not valid", uri);
        err_hint(reterr, "a slash and at most 60 lower case letters, digits, hyphens and underscores");
        err_key(reterr, "uri", uri);
        return ERR_INVALID_ARGUMENT;
    }
    for (size_t i = 0; i < ARRAY_SIZE(ROLES); i++) {
        if (strcmp(ROLES[i], role) == 0)
            return ERR_OK;
    }
    err_set(reterr, ERR_INVALID_ARGUMENT, "there is no role \"%.100s\"", role);
    err_hint(reterr, "admin, helpdesk, value_reseller, hosted or list_zone");
    err_key(reterr, "role", role);
    return ERR_INVALID_ARGUMENT;
}

static err_t create_front_end(db_t *db, setup_t *setup, err_info_t *reterr)
{
    const char *sectag = setup->text != NULL && strcmp(setup->text, "Admin") == 0 ? NULL : setup->text;
    return account_store_front_end_insert(db, setup->name, setup->in, sectag, reterr);
}

err_t access_setup_create_front_end(db_t *db, const caller_t *who, const char *uri, const char *role, const char *sectag, wall_t now,
                                    change_result_t *ret_result, err_info_t *reterr)
{
    err_t e = check_front_end(uri, role, reterr);
    setup_t setup = {.who = who, .method = "create_front_end", .object = "front_end", .name = uri, .fn = create_front_end, .now = now,
                     .in = role, .text = sectag};
    return e == ERR_OK ? server_setup_run(db, &setup, ret_result, reterr) : e;
}

static err_t delete_front_end(db_t *db, setup_t *setup, err_info_t *reterr)
{
    return account_store_front_end_delete(db, setup->name, reterr);
}

err_t access_setup_delete_front_end(db_t *db, const caller_t *who, const char *uri, wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    setup_t setup = {.who = who, .method = "delete_front_end", .object = "front_end", .name = uri, .fn = delete_front_end, .now = now};
    return server_setup_run(db, &setup, ret_result, reterr);
}

static err_t delete_account(db_t *db, setup_t *setup, err_info_t *reterr)
{
    return account_store_delete(db, setup->text, setup->name, reterr);
}

err_t access_setup_delete_account(db_t *db, const caller_t *who, const char *uri, const char *login, wall_t now, change_result_t *ret_result,
                                  err_info_t *reterr)
{
    setup_t setup = {.who = who, .method = "delete_account", .object = "account", .name = login, .fn = delete_account, .now = now, .text = uri};
    return server_setup_run(db, &setup, ret_result, reterr);
}
