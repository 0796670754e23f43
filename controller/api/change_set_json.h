/* Definitions of change sets: JSON `operations` -> which zones, and what to do in each.  See: doc/change_sets.md. */
#ifndef DMS_CHANGE_SET_JSON_H
#define DMS_CHANGE_SET_JSON_H
#include "controller/usecase/change_set.h"
#include <jansson.h>

typedef struct change_set_json change_set_json_t;
/* operations is borrowed as long as the result is used.  max_records: of one zone's operations.
 * Errors: CHANGE_SET_OPERATION (structure: which operation, which member), RDATA_PARSE and other faults of values. */
err_t change_set_json_parse(json_t *operations, size_t max_records, change_set_json_t **ret_self, err_info_t *reterr);
void change_set_json_destroy(change_set_json_t **self);
const change_set_source_t *change_set_json_source(const change_set_json_t *self);
#endif
