/* Use cases that change what a zone contains: one function = one transaction. */
#ifndef DMS_ZONE_EDIT_H
#define DMS_ZONE_EDIT_H
#include "controller/fsm/zone_condition.h"
#include "controller/store/db.h"
#include "controller/store/rows.h"
#include "shared/zonedata.h"

/* What one submission is held to. */
typedef struct {
    size_t max_records;                 /* from the configuration file */
    bool strict;                        /* what would warn refuses */
    const problem_list_t *found;        /* what its reader found; told first; NULL: nothing.  With errors nothing is saved */
} edit_limits_t;

/* What every changing use case returns. */
typedef struct {
    int64_t change_id;
    bool publishes;              /* wait_change makes sense */
    int64_t zone_id, zi_id;      /* 0: none */
    bool unchanged;              /* the submission equals what is there: no new ZI was made */
    int64_t edit_lock_token;     /* zone_edit_begin; 0: zone has no edit lock */
    bool deferred;               /* zone_update_rrs: stored until the zone's edit lock ends */
    problem_list_t *warnings;    /* owned; NULL: none */
} change_result_t;
void change_result_done(change_result_t *result);

typedef struct {                 /* flags as given; -1: not given (copy source, then configuration decide) */
    int use_apex_ns, edit_lock, auto_dnssec, nsec3, inc_updates;
    const char *reference, *sg_name; /* NULL: not given */
    const char *const *sectags; size_t sectag_count;
    const char *last_reference;  /* where neither the caller nor the parent zone has one; NULL: setting default_ref */
    bool copied;                 /* contents of another zone: TRACKREV forces no PTR records now */
} zone_options_t;
#define ZONE_OPTIONS_INIT ((zone_options_t){-1, -1, -1, -1, -1, NULL, NULL, NULL, 0, NULL, false})

/* In all submissions data->has_soa says that the SOA fields were given or are to be filled in from the settings; false in a text without SOA
 * record, which own-apex zones refuse (ZONE_HAS_NO_SOA_RECORD). data is completed and made canonical in place. */
/* create_zone, load_zone: data NULL: default contents.  name: as a person types it, or a network.
 * Errors: INVALID_DOMAIN_NAME, REVERSE_NAMES_NOT_ACCEPTED, ZONE_EXISTS, NO_SG_FOUND, LOGIN_ID_*, zone data problems, ADMIN privileges ... */
err_t zone_edit_create(db_t *db, const caller_t *who, const char *login_id, const char *name, zonedata_t *data, bool normalize_ttls,
                       const zone_options_t *options, const edit_limits_t *limits, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* update_zone, update_zone_text, load_zi: data becomes a new ZI and is published.  token 0: none given. */
err_t zone_edit_save(db_t *db, const caller_t *who, const char *login_id, const char *name, zonedata_t *data, bool normalize_ttls, int64_t token,
                     const edit_condition_t *condition, const edit_limits_t *limits, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* edit_zone: takes the lock where the zone has one. The caller reads the contents with zone_show. */
err_t zone_edit_begin(db_t *db, const caller_t *who, const char *login_id, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t zone_edit_tickle(db_t *db, const caller_t *who, const char *name, int64_t token, wall_t now, err_info_t *reterr);
err_t zone_edit_cancel(db_t *db, const caller_t *who, const char *name, int64_t token, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* What else is done to a zone only while the conditions hold: one transaction, the zone's row locked, then do_fn in it. */
err_t zone_edit_on_condition(db_t *db, const caller_t *who, const char *name, const edit_condition_t *condition, db_tx_fn_t do_fn, void *arg,
                             err_info_t *reterr);
/* A refused change leaves a row in the change log (own transaction). Called by api after any error of a changing method. */
err_t zone_edit_log_refusal(db_t *db, const caller_t *who, const char *method, const char *object, const char *object_name, const err_info_t *why, wall_t now);
#endif
