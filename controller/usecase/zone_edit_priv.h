/* Shared by zone_*.c only. */
#ifndef DMS_ZONE_EDIT_PRIV_H
#define DMS_ZONE_EDIT_PRIV_H
#include "controller/store/config_store.h"
#include "controller/store/zi_store.h"
#include "controller/store/zone_store.h"
#include "controller/usecase/zone_edit.h"

#define AUTO_ZONE AUTO_CLEANUP(zone_row_done) zone_row_t
#define AUTO_ZI AUTO_CLEANUP(zi_row_done) zi_row_t
#define AUTO_CONTEXT AUTO_CLEANUP(config_store_context_done) edit_context_t
#define AUTO_DELTA AUTO_CLEANUP(zi_delta_done) zi_delta_t
#define AUTO_POSITIONS AUTO_CLEANUP(zone_positions_done) zone_positions_t

/* What a submission brings. */
typedef struct {
    const caller_t *who;
    const char *login_id;
    zonedata_t *data;            /* completed and made canonical in place; doing so twice changes nothing more */
    bool normalize_ttls;
    const edit_limits_t *limits;
    wall_t now;
} zone_submission_t;

/* Canonical name of a zone as a person types it. */
err_t zone_edit_name(const char *name, char ret_name[DNAME_TEXT], err_info_t *reterr);
/* "<login>/<sectag>". Caller frees. */
char *zone_edit_change_by(const caller_t *who, const char *login_id);
/* Complete the submission from settings and group, judge it against all rules. *ret_warnings: NULL or owned by the
 * caller. */
err_t zone_edit_prepare(const zone_submission_t *in, const zone_row_t *zone, const edit_context_t *context,
                        const zonedata_t *old, problem_list_t **ret_warnings, err_info_t *reterr);
/* Rules of creation: name (as typed, or a network: then ret_cidr is not ""), flags of the zone, its group. */
err_t zone_edit_new_name(const char *name, char ret_name[DNAME_TEXT], char ret_cidr[64], err_info_t *reterr);
err_t zone_edit_new_flags(const caller_t *who, const zone_options_t *o, bool network, const defaults_t *d, zone_row_t *zone, err_info_t *reterr);
err_t zone_edit_new_group(const char *sg_name, const edit_context_t *context, err_info_t *reterr);
/* The version that the submission makes (borrows everything). */
zi_row_t zone_edit_version(const zone_submission_t *in, const zone_row_t *zone, const edit_context_t *context,
                           const char *change_by);
/* May the caller set references of records? (behaviour.md 3.2) */
bool zone_edit_may_reference(const caller_t *who);
/* Administrators only, where the zone brings its own apex: ZONE_ADMIN_PRIVILEGE_NEEDED. */
err_t zone_edit_check_rights(const caller_t *who, const zone_row_t *zone, err_info_t *reterr);
/* The submission becomes the zone's newest version, whether or not it differs; nothing is published.  zone: locked, with
 * the flags that are to be; its zi_count is updated, in memory only.  times: the version whose ctime and mtime it keeps;
 * NULL: now. */
typedef struct { int64_t zi_id; int seq; problem_list_t *warnings; } zone_appended_t; /* warnings: NULL or owned by the caller */
err_t zone_edit_append(db_t *db, const zone_submission_t *in, zone_row_t *zone, const zi_row_t *times, zone_appended_t *ret_version,
                       err_info_t *reterr);
/* A warning for the receipt where the caller asks for a zone that is to be signed: nothing signs it yet.  *warnings: NULL or a list. */
void zone_edit_tell_unsigned(bool wanted, const char *name, problem_list_t **warnings);
/* True in states in which the zone is, or is about to be, on servers. */
bool zone_edit_is_active(const zone_row_t *zone);
#endif
