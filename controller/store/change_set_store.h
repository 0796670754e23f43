/* Change sets: what is to be done to many zones, what was planned for each, what became of it. */
#ifndef DMS_CHANGE_SET_STORE_H
#define DMS_CHANGE_SET_STORE_H
#include "controller/domain/inc_update.h"
#include "controller/domain/substitute.h"
#include "controller/store/db.h"
#include "controller/store/rows.h"

#define CHANGE_SET_STATES(X) X(NEW) X(PLANNING) X(PLANNED) X(APPLYING) X(DONE) X(CANCELLED)
#define CHANGE_SET_ZONE_STATES(X) X(NEW) X(UNCHANGED) X(REFUSED) X(PLANNED) X(DONE) X(FAILED) X(CANCELLED)
#define X(s) SET_##s,
typedef enum { CHANGE_SET_STATES(X) SET_STATE_COUNT } change_set_state_t;
#undef X
#define X(s) SET_ZONE_##s,
typedef enum { CHANGE_SET_ZONE_STATES(X) SET_ZONE_STATE_COUNT } change_set_zone_state_t;
#undef X
extern const char *const change_set_states[SET_STATE_COUNT];
extern const char *const change_set_zone_states[SET_ZONE_STATE_COUNT];

typedef struct {
    int64_t id;
    char *title, *definition;
    int64_t revert_of;
    change_set_state_t state;
    char *login, *role, *front_end, *address;
    int64_t sectag_id;
    char *change_by;
    int64_t change_id;
    wall_t created, planned_at, applied_at, finished_at;
} change_set_row_t;
void change_set_row_done(change_set_row_t *row);
void change_set_rows_free(change_set_row_t *rows, size_t count);

err_t change_set_store_insert(db_t *db, change_set_row_t *row, err_info_t *reterr); /* fills row->id */
/* As the caller may see it: a front end with a sectag sees those of its tag.  Errors: NO_CHANGE_SET_FOUND. */
err_t change_set_store_get(db_t *db, const caller_t *who, int64_t id, bool lock, change_set_row_t *ret_row, err_info_t *reterr);
/* Newest first, before this id (0: from the newest). */
err_t change_set_store_list(db_t *db, const caller_t *who, int64_t before, int64_t limit, change_set_row_t **ret_rows, size_t *ret_count,
                            err_info_t *reterr);
err_t change_set_store_save(db_t *db, const change_set_row_t *row, err_info_t *reterr); /* all but definition, title, created */
err_t change_set_store_any_applying(db_t *db, bool *ret_any, err_info_t *reterr);
/* Lock one that is being applied and that nobody else holds, the next one behind this number, or again from the first; id 0: there is none. */
err_t change_set_store_applying(db_t *db, int64_t after, change_set_row_t *ret_row, err_info_t *reterr);

/* ---- zones */

/* Which zones an operation is for: all conditions hold; nothing given: every zone. */
typedef struct {
    char **names; size_t name_count;         /* names and patterns, canonical */
    char *reference, *sg_name;               /* NULL: any */
    char *label;                             /* of a record that it has: any of these types and values; NULL: of any owner */
    int64_t *types; char **rdatas, **zones; size_t value_count; /* rdata NULL: any; zone: the only one where it is written so, NULL: any */
} change_set_select_t;
void change_set_selects_free(change_set_select_t *selects, size_t count);

typedef struct {
    int64_t id, set_id;
    char *name;
    int64_t zone_id;                         /* 0: it is gone, or never was */
    int *operations; size_t operation_count;
    change_set_zone_state_t state;
    int64_t zi_id;
    int added, removed, changed;
    int error_code; char *message;           /* 0, NULL: none */
    int64_t change_id, new_zi_id;
    wall_t done_at;
    bool live;                               /* done, and live on every server */
    char *failure;                           /* why it could not be published */
    int64_t reverts;                         /* zone of another set that it takes back */
} change_set_zone_t;
void change_set_zone_done(change_set_zone_t *zone);
void change_set_zones_free(change_set_zone_t *zones, size_t count);

err_t change_set_store_clear(db_t *db, int64_t set_id, err_info_t *reterr);
/* Adds the zones that operation `no` is for, as the set's maker may see them; exact names that are none: REFUSED. */
err_t change_set_store_select(db_t *db, const change_set_row_t *set, int no, const change_set_select_t *select, err_info_t *reterr);
/* Adds the zones that another set has changed. */
err_t change_set_store_select_done(db_t *db, int64_t set_id, int64_t other_id, err_info_t *reterr);
/* In order of names after `after` (NULL: from the first); state SET_ZONE_STATE_COUNT: any.  Zones that the sectag (0: Admin) may not see are left out. */
err_t change_set_store_zones(db_t *db, int64_t set_id, int64_t sectag_id, change_set_zone_state_t state, const char *after, int64_t limit,
                             change_set_zone_t **ret_zones, size_t *ret_count, err_info_t *reterr);
/* Writes state, version, counts, error, change. */
err_t change_set_store_save_zones(db_t *db, const change_set_zone_t *zones, size_t count, err_info_t *reterr);
/* All zones in one of two states get another. */
err_t change_set_store_move_zones(db_t *db, int64_t set_id, change_set_zone_state_t from, change_set_zone_state_t or_from, change_set_zone_state_t to,
                                  err_info_t *reterr);

typedef struct { int64_t zones[SET_ZONE_STATE_COUNT], live, added, removed, changed; } change_set_counts_t;
/* live: zones that are done and live.  Records: of all zones that are not REFUSED. */
err_t change_set_store_counts(db_t *db, int64_t set_id, int64_t sectag_id, change_set_counts_t *ret_counts, err_info_t *reterr);
/* Cheaper: is anything to be done, or not live yet? */
err_t change_set_store_is_open(db_t *db, int64_t set_id, bool *ret_open, err_info_t *reterr);

/* ---- records */
typedef struct {
    int64_t set_zone_id;
    bool shown;
    const char *op, *group_comment;          /* borrowed when written, owned (as rr) when read */
    zonedata_rr_t rr;
} change_set_rr_t;
void change_set_rrs_free(change_set_rr_t *rrs, size_t count);
err_t change_set_store_add_rrs(db_t *db, const change_set_rr_t *rrs, size_t count, err_info_t *reterr);
/* Of these zones, in order. */
err_t change_set_store_rrs(db_t *db, const int64_t *set_zone_ids, size_t count, bool shown, change_set_rr_t **ret_rrs, size_t *ret_count,
                           err_info_t *reterr);
/* Every record of each RRset of the zone with one that a substitution means, or may mean after those before it. */
err_t change_set_store_meant(db_t *db, int64_t zone_id, const substitute_t *all, size_t count, inc_row_t **ret_rows, size_t *ret_count,
                             err_info_t *reterr);
/* Versions before and after what a set did to a zone, by sequence number.  Errors: ZI_NOT_FOUND, when one of them is gone. */
err_t change_set_store_versions(db_t *db, int64_t set_zone_id, int *ret_before, int *ret_after, err_info_t *reterr);
/* RRsets that a set has changed in a zone, as they were (are) in version seq, and where they stood; of groups that are gone, their comments. */
err_t change_set_store_touched(db_t *db, int64_t zone_id, int64_t set_zone_id, int seq, change_set_rr_t **ret_rrs, size_t *ret_count,
                               err_info_t *reterr);
#endif
