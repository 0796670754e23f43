/* Shared by inc_update*.c only. */
#ifndef DMS_INC_UPDATE_PRIV_H
#define DMS_INC_UPDATE_PRIV_H
#include "controller/domain/inc_update.h"
#include "controller/domain/name_index.h"

#define INC_NONE SIZE_MAX

typedef struct {
    zonedata_rr_t rr;       /* as it is after the operations; strings owned; id: the row's, 0 new */
    int group_no;           /* of the row */
    double pos;
    size_t group, record;   /* place in the operations; INC_NONE: a row */
    bool was_on, gone, rewritten;
    bool free_place;        /* replaced: a new record of the set may stand here */
    size_t next;            /* of the same owner */
} inc_item_t;

struct inc_update {
    const zonedata_t *ops;
    bool own_apex;
    inc_item_t *items;
    size_t count, cap;
    name_index_t *heads;    /* owner -> first item + 1 */
    inc_row_t *pointers;
    size_t pointer_count;
    inc_names_t labels, moved, dnames, context, comments;
    zonedata_t *old;        /* the rows before, for the check of rights */
};

bool inc_names_has(const inc_names_t *self, const char *name);
void inc_item_copy(zonedata_rr_t *to, const zonedata_rr_t *from);
/* Items of an owner. */
inc_item_t *inc_item_first(const inc_update_t *self, const char *label);
inc_item_t *inc_item_next(const inc_update_t *self, const inc_item_t *item);
#endif
