/* Zone contents: JSON zi_data <-> zonedata.  See: behaviour.md 3.4. */
#ifndef DMS_ZONE_JSON_H
#define DMS_ZONE_JSON_H
#include "shared/zonedata.h"
#include <jansson.h>

/* name: canonical zone name, or NULL when it cannot be known yet (then only what needs no name is judged by the use case's checks).
 * Keys that show_zone gives out (zi_id, rr_id, ...) are accepted and left aside, so its output can be posted back.
 * Everything wrong with records goes to problems with the indices of group and record; *ret_data is always set when ERR_OK is returned and is
 * complete only when problems->errors is 0.
 * Errors: INVALID_PARAMS (structure: unknown key, wrong type), ZONE_TOO_BIG. */
err_t zone_json_parse(json_t *zi_data, const char *name, size_t max_records, problem_list_t *problems, zonedata_t **ret_data, err_info_t *reterr);
/* update_rrs: {rr_groups: records with update_op, rrsets: [{op: ADD REPLACE EXTEND PRUNE DELETE, label, type, ttl, comment, rdata: [...]}]}. */
err_t zone_json_parse_update(json_t *update_data, const char *name, size_t max_records, problem_list_t *problems, zonedata_t **ret_data,
                             err_info_t *reterr);
/* One record. */
json_t *zone_json_rr(const zonedata_rr_t *rr, int64_t zi_id);
/* The rr_groups array.  zi_id: shown with each record. */
json_t *zone_json_groups(const zonedata_t *data, int64_t zi_id);
#endif
