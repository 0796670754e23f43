/* Records looked up by lifetime: what differs between two versions of a zone, what was ever at a name, what a query finds. */
#ifndef DMS_RECORD_STORE_H
#define DMS_RECORD_STORE_H
#include "controller/store/db.h"
#include "controller/store/rows.h"
#include "shared/zonedata.h"

typedef struct {
    zonedata_rr_t rr;                 /* id: the row's */
    int group_no;
    char *group_comment, *group_tag;  /* as they were in the version that was asked about */
    bool newer;                       /* differences: in the newer version only; else in the older one only */
    int64_t zi_id, until_zi_id;       /* first version with it, first without it again (0: it is still there) */
    uint32_t serial, until_serial;
    wall_t since, until;              /* when these versions were made */
    char *change_by, *until_by;       /* and by whom */
} record_row_t;
void record_store_rows_free(record_row_t *rows, size_t count);

typedef struct { int group_no; bool newer; char *comment; } record_group_t;
void record_store_groups_free(record_group_t *groups, size_t count);

/* Rows that are in one of two versions (sequence numbers, from < to) only; ids of versions and names of editors are left out.
 * Found by the indexes on since and until: costs what changed between them. */
err_t record_store_difference(db_t *db, int64_t zone_id, int from, int to, record_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
err_t record_store_groups(db_t *db, int64_t zone_id, int from, int to, record_group_t **ret_groups, size_t *ret_count, err_info_t *reterr);
/* Every record that was ever at an owner name, newest first; type 0: any; before_id 0: from the newest. */
err_t record_store_history(db_t *db, int64_t zone_id, const char *label, uint16_t type, int64_t before_id, int64_t limit,
                           record_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);

typedef struct {
    const char *label;                /* relative owner, or a pattern with * and ? */
    int seq;                          /* of the version; 0: of all */
    const uint16_t *types; size_t type_count;     /* 0: any */
    char *const *rdatas; size_t rdata_count;      /* any of these; 0: any */
    bool show_all;                    /* disabled ones, too */
} record_query_t;
/* By owner, type and rdata; each record once, with the version that it came with. */
err_t record_store_query(db_t *db, int64_t zone_id, const record_query_t *query, record_row_t **ret_rows, size_t *ret_count, err_info_t *reterr);
#endif
