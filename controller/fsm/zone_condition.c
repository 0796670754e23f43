#include "controller/fsm/zone_condition.h"
#include <inttypes.h>

err_t zone_condition_check(const edit_condition_t *condition, const zone_row_t *zone, const zi_row_t *newest, err_info_t *reterr)
{
    if (condition == NULL || ((condition->if_zi_id == 0 || condition->if_zi_id == zone->zi_candidate_id) &&
                              (condition->if_serial == 0 || condition->if_serial == newest->soa_serial)))
        return ERR_OK;
    err_set(reterr, ERR_PRECONDITION_FAILED,
            "zone \"%s\" has changed in the meantime: it is at version %" PRId64 " with serial %u, saved by %s",
            zone->name, zone->zi_candidate_id, newest->soa_serial, newest->change_by);
    err_key(reterr, "name", zone->name);
    err_key_int(reterr, "zi_id", zone->zi_candidate_id);
    err_key_int(reterr, "soa_serial", newest->soa_serial);
    err_key(reterr, "change_by", newest->change_by);
    return ERR_PRECONDITION_FAILED;
}
