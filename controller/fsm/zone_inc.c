#include "controller/fsm/zone_inc.h"
#include "controller/store/config_store.h"
#include "controller/store/inc_store.h"
#include "controller/store/zi_store.h"
#include "shared/serial.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define AUTO_ZI AUTO_CLEANUP(zi_row_done) zi_row_t
#define AUTO_CONTEXT AUTO_CLEANUP(config_store_context_done) edit_context_t
#define AUTO_DELTA AUTO_CLEANUP(zi_delta_done) zi_delta_t
#define AUTO_SLICE AUTO_CLEANUP(inc_store_context_done) zone_check_slice_t

typedef struct {
    db_t *db;
    zone_row_t *zone;
    const zone_inc_t *in;
    edit_context_t *context;
    inc_update_t *update;
    problem_list_t *problems;
} run_t;

err_t zone_inc_candidate(db_t *db, const zone_row_t *zone, zi_row_t *ret_zi, err_info_t *reterr)
{
    if (zone->zi_count == 0) {
        err_set(reterr, ERR_ZONE_HAS_NO_ZI, "zone \"%s\" has no version yet", zone->name);
        err_key(reterr, "name", zone->name);
        return ERR_ZONE_HAS_NO_ZI;
    }
    return zi_store_get(db, zone->id, zone->zi_candidate_id, ret_zi, reterr);
}

/* The version after the one given, with other contents to come. */
static err_t insert_version(const run_t *run, const zi_row_t *after, const char *change_by, zi_row_t *ret_zi,
                            err_info_t *reterr)
{
    zi_row_t zi = *after; /* borrowed contents */
    uint32_t base = config_store_serial_base(run->context, after->soa_serial, after->ctime);
    zi.seq = run->zone->zi_count + 1;
    zi.soa_serial = serial_next(true, base, 0, run->in->now);
    zi.ctime = zi.mtime = run->in->now;
    zi.ptime = (wall_t){0};
    memcpy(&zi.change_by, &change_by, sizeof(change_by));
    if (run->zone->use_apex_ns && run->context->apex_ns_count > 0) {
        zi.has_apex_ns = true;
        zi.apex_ns = run->context->apex_ns;
        zi.apex_ns_count = run->context->apex_ns_count;
    }
    err_t e = zi_store_insert(run->db, &zi, reterr);
    if (e != ERR_OK)
        return e;
    run->zone->zi_count = zi.seq;
    *ret_zi = zi;
    return ERR_OK;
}

/* Somebody rolled back to an older version: its contents become the newest first, so that live rows are what changes. */
static err_t roll(const run_t *run, const zi_row_t *candidate, zi_row_t *ret_base, err_info_t *reterr)
{
    *ret_base = *candidate;
    if (candidate->seq == run->zone->zi_count)
        return ERR_OK;
    AUTO_ZI newest = {0};
    err_t e = zi_store_by_seq(run->db, run->zone->id, run->zone->zi_count, &newest, reterr);
    zi_row_t copy = *candidate; /* its serial must be ahead of all versions */
    copy.soa_serial = newest.soa_serial;
    copy.ctime = newest.ctime;
    if (e == ERR_OK)
        e = insert_version(run, &copy, candidate->change_by, ret_base, reterr);
    return e != ERR_OK ? e : inc_store_roll(run->db, run->zone->id, candidate->seq, ret_base->seq, reterr);
}

/* What does not grow is welcome also beyond the limit, which may have been lowered. */
static void check_size(const run_t *run, int64_t records)
{
    int64_t most = (int64_t)db_max_records(run->db), growth = inc_update_growth(run->update);
    if (most > 0 && growth > 0 && records + growth > most)
        problem_add_rule(run->problems, RULE_ZONE_SIZE, "zone \"%s\" has %" PRId64 " records and would have %" PRId64 ", %" PRId64 " are allowed", run->zone->name,
                         records, records + growth, most);
}

static err_t judge(const run_t *run, const zi_row_t *base, err_info_t *reterr)
{
    const inc_names_t *labels = inc_update_labels(run->update);
    int64_t id = run->zone->id;
    inc_row_t *rows = NULL;
    size_t count = 0;
    err_t e = inc_store_rows(run->db, id, labels, &rows, &count, reterr);
    if (e != ERR_OK)
        return e;
    inc_update_apply(run->update, rows, count);
    if (inc_update_moved(run->update)->count > 0) {
        e = inc_store_pointers(run->db, id, labels, inc_update_moved(run->update), &rows, &count, reterr);
        if (e != ERR_OK)
            return e;
        inc_update_add_pointers(run->update, rows, count);
    }
    if (inc_update_dnames(run->update)->count > 0) {
        e = inc_store_below(run->db, id, labels, inc_update_dnames(run->update), &rows, &count, reterr);
        if (e != ERR_OK)
            return e;
        inc_update_add_pointers(run->update, rows, count);
    }
    size_t apex_count = run->zone->use_apex_ns ? run->context->apex_ns_count : 0;
    const inc_names_t *wanted = inc_update_context(run->update, run->context->apex_ns, apex_count);
    AUTO_SLICE slice = {0};
    e = inc_store_context(run->db, id, wanted, &slice, reterr);
    const zone_check_opts_t opts = {.own_apex = !run->zone->use_apex_ns,
                                    .apex_ns = run->context->apex_ns,
                                    .apex_ns_count = apex_count,
                                    .may_lock_ptr = run->in->may_lock_ptr,
                                    .may_reference = run->in->may_reference};
    if (e == ERR_OK)
        inc_update_judge(run->update, base->zone_ttl, &slice, opts, run->problems);
    if (e == ERR_OK)
        check_size(run, base->records);
    return e;
}

static void show_difference(const run_t *run)
{
    if (run->in->on_difference == NULL)
        return;
    size_t count = 0;
    AUTO_FREE inc_difference_t *difference = inc_update_difference(run->update, &count);
    run->in->on_difference(run->in->arg, difference, count);
}

/* rolled: base is a version that roll made; it counts as the change then, also where the operations change nothing. */
static err_t write(const run_t *run, const zi_row_t *base, bool rolled, zone_inc_result_t *ret_result, err_info_t *reterr)
{
    const inc_names_t *comments = inc_update_comments(run->update);
    AUTO_FREE int *no = auto_calloc(comments->count + 2, sizeof(*no));
    int next_no = 1;
    err_t e = inc_store_groups(run->db, run->zone->id, comments, no, &next_no, reterr);
    if (e != ERR_OK)
        return e;
    AUTO_DELTA delta = {0};
    inc_update_delta(run->update, no, next_no, run->zone->zi_count + 1, &delta);
    bool same = zi_delta_is_empty(&delta);
    *ret_result = (zone_inc_result_t){.zi_id = base->id, .zi_seq = base->seq, .unchanged = same && !rolled};
    if (same || run->in->only_judge)
        return ERR_OK;
    zi_row_t zi = {0}, after = *base; /* borrowed contents */
    after.records += inc_update_growth(run->update);
    e = insert_version(run, &after, run->in->change_by, &zi, reterr);
    if (e == ERR_OK)
        e = zi_store_apply(run->db, run->zone->id, zi.seq, &delta, reterr);
    if (e == ERR_OK && run->in->unmade_seq > 0)
        e = inc_store_close_groups(run->db, run->zone->id, run->in->unmade_seq, zi.seq, reterr);
    ret_result->zi_id = zi.id;
    ret_result->zi_seq = zi.seq;
    return e;
}

err_t zone_inc_run(db_t *db, zone_row_t *zone, const zi_row_t *candidate, const zone_inc_t *in,
                   zone_inc_result_t *ret_result, problem_list_t **ret_warnings, err_info_t *reterr)
{
    AUTO_CONTEXT context = {0};
    AUTO(inc_update) update = inc_update_new(in->ops, !zone->use_apex_ns);
    AUTO(problem_list) problems = problem_list_new();
    run_t run = {db, zone, in, &context, update, problems};
    problems->strict = in->strict;
    problem_list_extend(problems, in->found);
    inc_update_check(update, problems);
    bool later = in->only_judge && candidate->seq != zone->zi_count; /* its rows are not the live ones now: judged when it is made */
    err_t e = config_store_edit_context(db, zone->sg_id, NULL, zone->name, &context, reterr);
    if (e != ERR_OK || later)
        return e != ERR_OK ? e : problem_result(&problems, zone->name, reterr);
    zi_row_t base = {0}; /* borrows from candidate and context */
    if (e == ERR_OK)
        e = roll(&run, candidate, &base, reterr);
    if (e == ERR_OK)
        e = judge(&run, &base, reterr);
    if (e == ERR_OK)
        e = problem_result(&problems, zone->name, reterr);
    if (e == ERR_OK)
        show_difference(&run);
    if (e == ERR_OK)
        e = write(&run, &base, base.id != candidate->id, ret_result, reterr);
    if (e == ERR_OK && ret_warnings != NULL && problems->count > 0) {
        *ret_warnings = problems;
        problems = NULL;
    }
    return e;
}
