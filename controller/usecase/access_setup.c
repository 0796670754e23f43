#include "controller/usecase/access_setup.h"
#include "controller/domain/zone_rights.h"
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
