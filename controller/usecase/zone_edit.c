/* Saving a version, and what all changes of contents share. */
#include "controller/domain/apex.h"
#include "controller/domain/zone_check.h"
#include "controller/domain/zone_rights.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/fsm/zone_ptr.h"
#include "controller/store/change_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include "shared/serial.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void change_result_done(change_result_t *result)
{
    problem_list_destroy(&result->warnings);
    *result = (change_result_t){0};
}

/* ---- shared */

err_t zone_edit_name(const char *name, char ret_name[DNAME_TEXT], err_info_t *reterr)
{
    char cidr[64];
    err_t e = dname_from_network(name, ret_name, cidr, reterr);
    if (e != ERR_OK)
        err_key(reterr, "name", name);
    return e;
}

char *zone_edit_change_by(const caller_t *who, const char *login_id)
{
    return auto_printf("%s/%s", login_id, who->sectag != NULL ? who->sectag : "Admin");
}

bool zone_edit_is_active(const zone_row_t *zone)
{
    return zone->state != ZONE_DISABLED && zone->state != ZONE_DELETED;
}

/* SOA names as they are stored; ones that are not names are left for the check. */
static void canonical_name(char **name, bool mailbox)
{
    char canonical[DNAME_TEXT];
    if (*name == NULL || (mailbox ? dname_absolute(*name, ".", canonical) != ERR_OK || !dname_is_mailbox(canonical)
                                  : dname_from_text(*name, canonical, NULL) != ERR_OK))
        return;
    free(*name);
    *name = auto_strdup(canonical);
}

bool zone_edit_may_reference(const caller_t *who)
{
    return who->role == ROLE_ADMIN || who->role == ROLE_HELPDESK || who->role == ROLE_HOSTED;
}

err_t zone_edit_prepare(const zone_submission_t *in, const zone_row_t *zone, const edit_context_t *context,
                        const zonedata_t *old, problem_list_t **ret_warnings, err_info_t *reterr)
{
    zonedata_t *data = in->data;
    if (data->name == NULL || strcmp(data->name, zone->name) != 0) {
        free(data->name);
        data->name = auto_strdup(zone->name);
    }
    if (in->normalize_ttls)
        defaults_normalize_ttls(data);
    defaults_fill(data, &context->defaults);
    if (zone->use_apex_ns)
        apex_take_over(data, &context->defaults, context->apex_ns_count);
    canonical_name(&data->soa.mname, false);
    canonical_name(&data->soa.rname, true);
    AUTO(problem_list) problems = problem_list_new();
    problems->strict = in->limits != NULL && in->limits->strict;
    problem_list_extend(problems, in->limits != NULL ? in->limits->found : NULL);
    const zone_check_opts_t opts = {.own_apex = !zone->use_apex_ns,
                                    .apex_ns = context->apex_ns,
                                    .apex_ns_count = zone->use_apex_ns ? context->apex_ns_count : 0,
                                    .max_records = in->limits != NULL ? in->limits->max_records : 0,
                                    .may_lock_ptr = in->who->role == ROLE_ADMIN,
                                    .may_reference = zone_edit_may_reference(in->who),
                                    .old = old};
    if (opts.max_records == 0 || data->records <= opts.max_records)
        zone_check_prove(data, old, problems);
    zone_check(data, &opts, problems);
    err_t e = problem_result(&problems, zone->name, reterr);
    zonedata_drop_empty(data); /* not before: problems tell groups by their place in the submission */
    if (e == ERR_OK && problems->count > 0) {
        *ret_warnings = problems;
        problems = NULL;
    }
    return e;
}

void zone_edit_tell_unsigned(bool wanted, const char *name, problem_list_t **warnings)
{
    if (!wanted)
        return;
    if (*warnings == NULL)
        *warnings = problem_list_new();
    problem_t *p = problem_add(*warnings, ERR_SIGNING_NOT_SERVED, true, "zone \"%s\" is to be signed, and is not signed yet", name);
    p->hint = auto_strdup("this version does not sign zones; the zone is served unsigned");
}

zi_row_t zone_edit_version(const zone_submission_t *in, const zone_row_t *zone, const edit_context_t *context,
                           const char *change_by)
{
    const zonedata_t *data = in->data;
    zi_row_t zi = {.zone_id = zone->id,
                   .seq = zone->zi_count + 1,
                   .soa_mname = data->soa.mname,
                   .soa_rname = data->soa.rname,
                   .soa_refresh = data->soa.refresh,
                   .soa_retry = data->soa.retry,
                   .soa_expire = data->soa.expire,
                   .soa_minimum = data->soa.minimum,
                   .soa_ttl = data->soa.soa_ttl,
                   .soa_comment = data->soa.comment,
                   .soa_reference = data->soa.reference,
                   .zone_ttl = data->zone_ttl,
                   .ctime = in->now,
                   .mtime = in->now,
                   .records = (int64_t)data->records};
    memcpy(&zi.change_by, &change_by, sizeof(change_by)); /* borrowed: the row is not released */
    if (zone->use_apex_ns && context->apex_ns_count > 0) {
        zi.has_apex_ns = true;
        zi.apex_ns = context->apex_ns;
        zi.apex_ns_count = context->apex_ns_count;
    }
    return zi;
}

/* ---- save */

typedef struct {
    zone_submission_t in;
    const char *name;
    int64_t token;
    const edit_condition_t *condition;
    change_result_t result;
} save_t;

err_t zone_edit_check_rights(const caller_t *who, const zone_row_t *zone, err_info_t *reterr)
{
    if (zone->use_apex_ns || who->role == ROLE_ADMIN)
        return ERR_OK;
    err_set(reterr, ERR_ZONE_ADMIN_PRIVILEGE_NEEDED, "zone \"%s\" brings its own apex: only administrators may edit it",
            zone->name);
    err_key(reterr, "name", zone->name);
    return ERR_ZONE_ADMIN_PRIVILEGE_NEEDED;
}

/* Before the work, so that the answer comes at once; the machine looks again. */
static err_t check_lock(const zone_row_t *zone, int64_t token, err_info_t *reterr)
{
    if (zone->locked ? token == zone->edit_lock_token : token == 0)
        return ERR_OK;
    if (zone->locked) {
        char since[WALL_TEXT];
        wall_text(zone->locked_at, since);
        err_set(reterr, ERR_UPDATE_ZONE_FAILURE, "zone \"%s\" is locked with token %" PRId64 " by %s since %s",
                zone->name, zone->edit_lock_token, zone->locked_by, since);
    } else {
        err_set(reterr, ERR_UPDATE_ZONE_FAILURE, "zone \"%s\" was locked and the lock timed out", zone->name);
    }
    err_hint(reterr, "nothing was saved: begin a new edit and save it there; show_kept_text gives the contents again");
    err_key(reterr, "name", zone->name);
    err_key(reterr, "event_message", err_message(reterr));
    err_key_int(reterr, "zi_id", zone->zi_candidate_id);
    return ERR_UPDATE_ZONE_FAILURE;
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_fields(const zi_row_t *a, const zi_row_t *b)
{
    bool equal =
        same(a->soa_mname, b->soa_mname) && same(a->soa_rname, b->soa_rname) && same(a->soa_refresh, b->soa_refresh) &&
        same(a->soa_retry, b->soa_retry) && same(a->soa_expire, b->soa_expire) &&
        same(a->soa_minimum, b->soa_minimum) && same(a->soa_ttl, b->soa_ttl) && same(a->soa_comment, b->soa_comment) &&
        same(a->zone_ttl, b->zone_ttl) && a->has_apex_ns == b->has_apex_ns && a->apex_ns_count == b->apex_ns_count;
    for (size_t i = 0; equal && i < a->apex_ns_count; i++)
        equal = same(a->apex_ns[i], b->apex_ns[i]);
    return equal;
}

/* A serial that the submission brings counts only when it is ahead, and only from those who answer for the name
 * servers. */
static uint32_t choose_serial(const save_t *save, const edit_context_t *context, const zi_row_t *newest)
{
    uint32_t base = config_store_serial_base(context, newest->soa_serial, newest->ctime);
    const zonedata_soa_t *soa = &save->in.data->soa;
    bool wanted = save->in.who->role == ROLE_ADMIN && soa->has_serial && serial_gt(soa->serial, base);
    return serial_next(true, base, wanted ? soa->serial : 0, save->in.now);
}

/* The change log row, the machine's event, the receipt. */
static err_t finish(db_t *db, save_t *save, zone_row_t *zone, zone_event_t event, int zi_seq, err_info_t *reterr)
{
    change_result_t *result = &save->result;
    AUTO_FREE char *change_by = zone_edit_change_by(save->in.who, save->in.login_id);
    const zone_ptr_t ptr = {.change_by = change_by,
                            .sectag_id = save->in.who->sectag_id,
                            .submission = save->in.data,
                            .warnings = &result->warnings};
    int64_t before = zone_ptr_version(zone);
    const char *method = save->in.who->method != NULL ? save->in.who->method : "update_zone";
    err_t e = change_store_insert(db, save->in.who, method, "zone", zone->name, zone->id, NULL, save->in.now,
                                  &result->change_id, reterr);
    if (e == ERR_OK && (event == ZE_COUNT || event == ZE_EditExit) && before != 0) /* FORCEREV and TRACKREV of a version that is there */
        e = zone_ptr_follow(db, zone, before, before, &ptr, result->change_id, save->in.now, reterr);
    if (e != ERR_OK || event == ZE_COUNT)
        return e;
    zone_params_t params = {.zi_id = event == ZE_EditExit ? 0 : result->zi_id,
                            .edit_lock_token = save->token,
                            .change_id = result->change_id,
                            .ptr = &ptr};
    e = zone_fsm_fire(db, zone, event, &params, save->in.now, NULL, reterr);
    result->publishes = e == ERR_OK && event != ZE_EditExit && zone_edit_is_active(zone);
    return result->publishes
               ? change_store_open(db, result->change_id, zone->id, result->zi_id, zi_seq, false, save->in.now, reterr)
               : e;
}

static err_t save_version(db_t *db, save_t *save, zone_row_t *zone, const zi_row_t *newest, zi_row_t *version,
                          const edit_context_t *context, const zi_delta_t *delta, err_info_t *reterr)
{
    zone_event_t saved = zone->locked ? ZE_EditSaved : ZE_EditSavedNoLock;
    if (zi_delta_is_empty(delta) && same_fields(newest, version)) {
        /* Nothing new.  If another version was chosen for publication meanwhile (refresh), the saved one takes its
         * place. */
        save->result.zi_id = newest->id;
        save->result.unchanged = true;
        bool is_candidate = newest->id == zone->zi_candidate_id;
        return finish(db, save, zone,
                      !is_candidate  ? saved
                      : zone->locked ? ZE_EditExit
                                     : ZE_COUNT,
                      newest->seq, reterr);
    }
    version->soa_serial = choose_serial(save, context, newest);
    err_t e = zi_store_insert(db, version, reterr);
    if (e == ERR_OK && !zi_delta_is_empty(delta))
        e = zi_store_apply(db, zone->id, version->seq, delta, reterr);
    if (e != ERR_OK)
        return e;
    zone->zi_count = version->seq;
    save->result.zi_id = version->id;
    return finish(db, save, zone, saved, version->seq, reterr);
}

static err_t save_fn(db_t *db, void *arg, err_info_t *reterr)
{
    save_t *save = arg;
    change_result_done(&save->result); /* an earlier try */
    AUTO_ZONE zone = {0};
    AUTO_ZI newest = {0};
    AUTO_ZI candidate = {0};
    AUTO_CONTEXT context = {0};
    AUTO(zonedata) old = NULL;
    AUTO_POSITIONS positions = {0};
    err_t e = zone_store_by_name(db, save->in.who, save->name, true, &zone, reterr);
    if (e == ERR_OK)
        e = zone_edit_check_rights(save->in.who, &zone, reterr);
    if (e == ERR_OK)
        e = check_lock(&zone, save->token, reterr);
    if (e == ERR_OK)
        e = zi_store_by_seq(db, zone.id, zone.zi_count, &newest, reterr);
    if (e == ERR_OK && save->condition != NULL && zone.zi_candidate_id != 0 && newest.id != zone.zi_candidate_id)
        e = zi_store_get(db, zone.id, zone.zi_candidate_id, &candidate, reterr); /* the newest one is a copy, or was passed over */
    if (e == ERR_OK)
        e = zone_condition_check(save->condition, &zone, candidate.id != 0 ? &candidate : &newest, reterr);
    if (e == ERR_OK)
        e = config_store_edit_context(db, zone.sg_id, NULL, zone.name, &context, reterr);
    if (e == ERR_OK)
        e = zi_store_load_newest(db, &zone, &newest, &old, &positions, reterr);
    if (e == ERR_OK)
        e = zone_edit_prepare(&save->in, &zone, &context, old, &save->result.warnings, reterr);
    if (e != ERR_OK)
        return e;
    AUTO_DELTA delta = {0};
    zone_diff(old, &positions, save->in.data, &delta);
    AUTO_FREE char *change_by = zone_edit_change_by(save->in.who, save->in.login_id);
    zi_row_t version = zone_edit_version(&save->in, &zone, &context, change_by);
    save->result.zone_id = zone.id;
    return save_version(db, save, &zone, &newest, &version, &context, &delta, reterr);
}

err_t zone_edit_save(db_t *db, const caller_t *who, const char *login_id, const char *name, zonedata_t *data,
                     bool normalize_ttls, int64_t token, const edit_condition_t *condition, const edit_limits_t *limits,
                     wall_t now, change_result_t *ret_result, err_info_t *reterr)
{
    char canonical[DNAME_TEXT];
    err_t e = zone_rights_login_id(login_id, reterr);
    if (e == ERR_OK)
        e = zone_edit_name(name, canonical, reterr);
    if (e != ERR_OK)
        return e;
    save_t save = {.in = {who, login_id, data, normalize_ttls, limits, now},
                   .name = canonical,
                   .token = token,
                   .condition = condition};
    e = db_tx(db, save_fn, &save, reterr);
    if (e == ERR_OK)
        *ret_result = save.result;
    else
        change_result_done(&save.result);
    return e;
}
