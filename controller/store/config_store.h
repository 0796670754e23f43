/* Settings of table config. */
#ifndef DMS_CONFIG_STORE_H
#define DMS_CONFIG_STORE_H
#include "controller/domain/defaults.h"
#include "controller/store/db.h"

typedef struct { char *key, *value, *sg_name; /* NULL: global */ } setting_row_t;
/* All of them, by key, global first. */
err_t config_store_list(db_t *db, setting_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
void config_store_rows_free(setting_row_t *rows, size_t count);
/* Effective values: the SG's row, else the global one.  sg_id 0: global only. */
err_t config_store_defaults(db_t *db, int64_t sg_id, defaults_t *ret_defaults, err_info_t *reterr);
/* Everything that an edit needs to know about a zone's surroundings, in one query. */
typedef struct {
    int64_t sg_id;               /* 0: there is no such group */
    char *sg_name;
    char **apex_ns; size_t apex_ns_count;
    defaults_t defaults;
    uint32_t name_serial;        /* what the zone's name was served with last; 0 none */
    wall_t serial_since;         /* when the serials of the name jumped last; 0 never */
} edit_context_t;
void config_store_context_done(edit_context_t *self);
/* The group by id (sg_id not 0), else by name (not NULL), else default_sg. */
err_t config_store_edit_context(db_t *db, int64_t sg_id, const char *sg_name, const char *zone_name,
                                edit_context_t *ret_context, err_info_t *reterr);
/* What the serial of the next version must be ahead of, after a version with this serial, made then: that one, or the name's where it is ahead or
 * has jumped since. */
uint32_t config_store_serial_base(const edit_context_t *self, uint32_t serial, wall_t made);
/* Set; sg_id 0: global.  Errors: ZONE_CFG_ITEM_NOT_FOUND when there is no such key (the global rows are the list of
 * keys). */
err_t config_store_set(db_t *db, const char *key, int64_t sg_id, const char *value, err_info_t *reterr);
#endif
