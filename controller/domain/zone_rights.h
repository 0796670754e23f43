/* Who may do what, and what names of people and owners look like.  Pure.  See: behaviour.md 4.1, 4.3, 2.6. */
#ifndef DMS_ZONE_RIGHTS_H
#define DMS_ZONE_RIGHTS_H
#include "shared/err.h"

/* Errors: LOGIN_ID_INVALID (missing or too long), LOGIN_ID_FORMAT; keys login_id, error. */
err_t zone_rights_login_id(const char *login_id, err_info_t *reterr);
bool zone_rights_reference_ok(const char *reference);
/* Errors: REFERENCE_FORMAT; keys reference, error. */
err_t zone_rights_reference(const char *reference, err_info_t *reterr);
bool zone_rights_sectag_ok(const char *label);
/* A zone below an existing one: who sees all zones (admin) may always; others need the parent's reference (compared
 * without case); a parent without reference allows anyone.  reference: of the new zone, NULL none.  parent NULL: the
 * caller may not know its name.  Errors: ZONE_EXISTS with the parent's name. */
err_t zone_rights_parent(bool admin, const char *name, const char *reference, const char *parent,
                         const char *parent_reference, err_info_t *reterr);
#endif
