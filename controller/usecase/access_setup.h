/* Who may see what, system-wide: security tags, references, front ends and their accounts.  One function = one transaction; each leaves a change log row. */
#ifndef DMS_ACCESS_SETUP_H
#define DMS_ACCESS_SETUP_H
#include "controller/store/account_store.h"
#include "controller/usecase/zone_edit.h"

/* Errors: INVALID_ARGUMENT (not well formed), ZONE_SEC_TAG_EXISTS (also for Admin). */
err_t access_setup_create_sectag(db_t *db, const caller_t *who, const char *label, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* Errors: ZONE_SEC_TAG_DOES_NOT_EXIST, ZONE_SEC_TAG_STILL_USED (also for Admin). */
err_t access_setup_delete_sectag(db_t *db, const caller_t *who, const char *label, wall_t now, change_result_t *ret_result, err_info_t *reterr);

/* Errors: REFERENCE_FORMAT, REFERENCE_EXISTS, REFERENCE_DOES_NOT_EXIST, REFERENCE_STILL_USED. */
err_t access_setup_create_reference(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t access_setup_delete_reference(db_t *db, const caller_t *who, const char *name, wall_t now, change_result_t *ret_result, err_info_t *reterr);
err_t access_setup_rename_reference(db_t *db, const caller_t *who, const char *name, const char *new_name, wall_t now, change_result_t *ret_result,
                                    err_info_t *reterr);

/* A front end: role decides methods and privileges, sectag (NULL, Admin: all) which zones exist, methods and networks limit it further.
 * Errors: INVALID_ARGUMENT (URI, role, network), FRONT_END_EXISTS, ZONE_SEC_TAG_CONFIG (the tag is not defined). */
err_t access_setup_create_front_end(db_t *db, const caller_t *who, const char *uri, const front_end_change_t *in, wall_t now,
                                    change_result_t *ret_result, err_info_t *reterr);
/* What is given is set.  Errors: as above, NO_FRONT_END_FOUND. */
err_t access_setup_set_front_end(db_t *db, const caller_t *who, const char *uri, const front_end_change_t *in, wall_t now,
                                 change_result_t *ret_result, err_info_t *reterr);
/* With its accounts.  Errors: NO_FRONT_END_FOUND. */
err_t access_setup_delete_front_end(db_t *db, const caller_t *who, const char *uri, wall_t now, change_result_t *ret_result, err_info_t *reterr);
/* Errors: NO_ACCOUNT_FOUND. */
err_t access_setup_delete_account(db_t *db, const caller_t *who, const char *uri, const char *login, wall_t now, change_result_t *ret_result,
                                  err_info_t *reterr);
/* Switch an account off or on (enabled -1: as it is), limit it to networks.  Errors: NO_ACCOUNT_FOUND, INVALID_ARGUMENT. */
err_t access_setup_limit_account(db_t *db, const caller_t *who, const char *uri, const char *login, int enabled, const front_end_list_t *networks,
                                 wall_t now, change_result_t *ret_result, err_info_t *reterr);

/* A client certificate logs in as an account: by fingerprint (SHA-256, colons allowed) or by subject (RFC 4514), the other one NULL.
 * Errors: INVALID_ARGUMENT, NO_ACCOUNT_FOUND, CERTIFICATE_EXISTS. */
err_t access_setup_bind_certificate(db_t *db, const caller_t *who, const char *uri, const char *login, const char *fingerprint,
                                    const char *subject, wall_t now, int64_t *ret_id, change_result_t *ret_result, err_info_t *reterr);
/* Errors: NO_CERTIFICATE_FOUND. */
err_t access_setup_unbind_certificate(db_t *db, const caller_t *who, int64_t id, wall_t now, change_result_t *ret_result, err_info_t *reterr);
#endif
