/* What a caller is limited to beyond its role and security tag: the method list of its front end, and the scope of its API token.
 * Pure: no database.  Zones are looked up by the view zone_seen; here they are only judged before they exist. */
#ifndef DMS_SCOPE_H
#define DMS_SCOPE_H
#include "shared/zonedata.h"

typedef struct {
    char **items; size_t count;  /* 0: no limit */
} scope_list_t;
void scope_list_done(scope_list_t *self);

typedef struct {
    char *token;                 /* its public id; NULL: no token was used */
    int64_t account_id;          /* whose account it is */
    int64_t tag_id;              /* security tag of the front end, which new zones get; 0: Admin */
    scope_list_t front_end_methods;
    bool read_only;
    scope_list_t methods;
    scope_list_t zones;          /* canonical names, or patterns with * and ? */
    scope_list_t names, types;   /* of records: patterns of owners; type names */
} scope_t;
void scope_done(scope_t *self);

/* All take self NULL: no limit.  rpc.discover is always there: it tells what else is. */
bool scope_has_method(const scope_t *self, const char *method, bool changes);
bool scope_has_zone(const scope_t *self, const char *canonical_name);
bool scope_limits_records(const scope_t *self);
/* label relative to the zone, "@" apex.  RR_ANY only where types are not limited. */
bool scope_has_record(const scope_t *self, const char *zone, const char *label, uint16_t type);
/* Errors: OUT_OF_SCOPE, naming the zone. */
err_t scope_check_zone(const scope_t *self, const char *canonical_name, err_info_t *reterr);
/* Operations of an incremental update.  Errors: OUT_OF_SCOPE, naming the first record outside. */
err_t scope_check_update(const scope_t *self, const char *zone, const zonedata_t *operations, err_info_t *reterr);
/* Take away the records, and the groups, that the caller may not see. */
void scope_hide(const scope_t *self, zonedata_t *data);

/* * any characters, ? one; without case.  An escaped character of a name counts as one and is never a label's end. */
bool scope_match(const char *pattern, const char *name);

/* What people type -> what is kept; *ret_pattern owned by the caller.  Errors: INVALID_ARGUMENT (INVALID_DOMAIN_NAME for a zone's name). */
err_t scope_zone_pattern(const char *given, char **ret_pattern, err_info_t *reterr);
err_t scope_name_pattern(const char *given, char **ret_pattern, err_info_t *reterr);
err_t scope_type(const char *given, char **ret_type, err_info_t *reterr);
/* Address or network -> PostgreSQL's cidr; bits beyond the prefix are refused. */
err_t scope_network(const char *given, char **ret_network, err_info_t *reterr);
/* One of these for each of many; *ret_list owned by the caller (scope_list_done). */
typedef err_t (*scope_word_fn_t)(const char *given, char **ret_word, err_info_t *reterr);
err_t scope_words(const char *const *given, size_t count, scope_word_fn_t fn, scope_list_t *ret_list, err_info_t *reterr);
#endif
