#include "controller/usecase/zone_admin.h"
#include "controller/store/change_store.h"
#include "controller/store/ref_store.h"
#include "controller/store/reference_store.h"
#include "controller/store/sectag_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include <stdlib.h>
#include <string.h>

typedef struct admin admin_t;
struct admin {
    const caller_t *who;
    const char *method;
    const char *name;            /* canonical */
    err_t (*fn)(db_t *db, const admin_t *admin, zone_row_t *zone, err_info_t *reterr);
    const char *const *texts;    /* labels, or the reference */
    size_t count;
    wall_t now;
    change_result_t result;
};

static err_t admin_fn(db_t *db, void *arg, err_info_t *reterr)
{
    admin_t *admin = arg;
    admin->result = (change_result_t){0};
    AUTO_ZONE zone = {0};
    err_t e = zone_store_by_name(db, admin->who, admin->name, true, &zone, reterr);
    if (e == ERR_OK)
        e = change_store_insert(db, admin->who, admin->method, "zone", zone.name, zone.id, NULL, admin->now,
                                &admin->result.change_id, reterr);
    admin->result.zone_id = zone.id;
    return e == ERR_OK ? admin->fn(db, admin, &zone, reterr) : e;
}

static err_t run(db_t *db, admin_t *admin, const char *name, change_result_t *ret_result, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    err_t e = zone_edit_name(name, canonical, reterr);
    admin->name = canonical;
    if (e == ERR_OK)
        e = db_tx(db, admin_fn, admin, reterr);
    if (e == ERR_OK)
        *ret_result = admin->result;
    admin->name = NULL;
    return e;
}

/* ---- security tags */

static err_t check_permission(const caller_t *who, err_info_t *reterr)
{
    return who->sectag_id == 0 ? ERR_OK : caller_may_not(who, "see or change tags of zones", reterr);
}

typedef struct {
    const caller_t *who;
    const char *name;
    char **labels;
    size_t count;
} labels_t;

static err_t read_labels(db_t *db, void *arg, err_info_t *reterr)
{
    labels_t *labels = arg;
    rows_texts_free(labels->labels, labels->count);
    labels->labels = NULL;
    labels->count = 0;
    AUTO_ZONE zone = {0};
    err_t e = zone_store_by_name(db, labels->who, labels->name, false, &zone, reterr);
    return e == ERR_OK ? ref_store_zone_sectags(db, zone.id, &labels->labels, &labels->count, reterr) : e;
}

err_t zone_admin_sectags(db_t *db, const caller_t *who, const char *name, char ***ret_labels, size_t *ret_count, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    err_t e = check_permission(who, reterr);
    if (e == ERR_OK)
        e = zone_edit_name(name, canonical, reterr);
    labels_t labels = {.who = who, .name = canonical};
    if (e == ERR_OK)
        e = db_tx(db, read_labels, &labels, reterr);
    if (e == ERR_OK) {
        *ret_count = labels.count + 1;
        *ret_labels = auto_calloc(*ret_count, sizeof(**ret_labels));
        (*ret_labels)[0] = auto_strdup("Admin");
        for (size_t i = 0; i < labels.count; i++) {
            (*ret_labels)[i + 1] = labels.labels[i];
            labels.labels[i] = NULL;
        }
    }
    rows_texts_free(labels.labels, labels.count);
    return e;
}

static err_t attach(db_t *db, const admin_t *admin, zone_row_t *zone, err_info_t *reterr)
{
    err_t e = sectag_store_check(db, admin->texts, admin->count, reterr);
    return e == ERR_OK ? sectag_store_attach(db, zone->id, admin->texts, admin->count, reterr) : e;
}

static err_t detach(db_t *db, const admin_t *admin, zone_row_t *zone, err_info_t *reterr)
{
    return strcmp(admin->texts[0], "Admin") == 0 ? ERR_OK : sectag_store_detach(db, zone->id, admin->texts[0], reterr);
}

static err_t replace(db_t *db, const admin_t *admin, zone_row_t *zone, err_info_t *reterr)
{
    err_t e = attach(db, admin, zone, reterr);
    return e == ERR_OK ? sectag_store_keep(db, zone->id, admin->texts, admin->count, reterr) : e;
}

static err_t run_sectags(db_t *db, admin_t *admin, const char *name, change_result_t *ret_result, err_info_t *reterr)
{
    err_t e = check_permission(admin->who, reterr);
    return e == ERR_OK ? run(db, admin, name, ret_result, reterr) : e;
}

err_t zone_admin_add_sectag(db_t *db, const caller_t *who, const char *name, const char *label, wall_t now, change_result_t *ret_result,
                            err_info_t *reterr)
{
    admin_t admin = {.who = who, .method = "add_zone_sectag", .fn = attach, .texts = &label, .count = 1, .now = now};
    return run_sectags(db, &admin, name, ret_result, reterr);
}

err_t zone_admin_delete_sectag(db_t *db, const caller_t *who, const char *name, const char *label, wall_t now, change_result_t *ret_result,
                               err_info_t *reterr)
{
    admin_t admin = {.who = who, .method = "delete_zone_sectag", .fn = detach, .texts = &label, .count = 1, .now = now};
    return run_sectags(db, &admin, name, ret_result, reterr);
}

err_t zone_admin_replace_sectags(db_t *db, const caller_t *who, const char *name, const char *const *labels, size_t count, wall_t now,
                                 change_result_t *ret_result, err_info_t *reterr)
{
    admin_t admin = {.who = who, .method = "replace_zone_sectags", .fn = replace, .texts = labels, .count = count, .now = now};
    return run_sectags(db, &admin, name, ret_result, reterr);
}

/* ---- reference */

static err_t set_reference(db_t *db, const admin_t *admin, zone_row_t *zone, err_info_t *reterr)
{
    const char *reference = admin->texts[0];
    zone->ref_id = 0;
    err_t e = reference != NULL ? reference_store_find(db, admin->who, reference, &zone->ref_id, reterr) : ERR_OK;
    if (e == ERR_OK && reference != NULL && zone->ref_id == 0) {
        err_set(reterr, ERR_NO_REFERENCE_FOUND, "reference \"%s\" not found", reference);
        err_key(reterr, "reference", reference);
        return ERR_NO_REFERENCE_FOUND;
    }
    return e == ERR_OK ? zone_store_save_flags(db, zone, admin->now, reterr) : e;
}

err_t zone_admin_set_reference(db_t *db, const caller_t *who, const char *name, const char *reference, wall_t now,
                               change_result_t *ret_result, err_info_t *reterr)
{
    admin_t admin = {.who = who, .method = "set_zone_reference", .fn = set_reference, .texts = &reference, .count = 1, .now = now};
    return run(db, &admin, name, ret_result, reterr);
}
