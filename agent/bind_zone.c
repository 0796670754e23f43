/* Update, serve and remove one zone. */
#include "agent/bind_op.h"
#include "agent/files.h"
#include "shared/serial.h"
#include <libknot/consts.h>
#include <stdlib.h>

static const char BAD_NAME[] = "zone name has characters that the control channel does not carry";

/* --- update --- */

static void update_proven(void *arg, const query_answer_t *soa)
{
    bind_op_t *op = arg;
    if (!soa->answered)
        bind_op_finish(op, WIRE_RETRY_LATER, WIRE_NAME_SERVER_DOWN, soa->words);
    else if (!soa->served)
        bind_op_finish(op, WIRE_FAILED, WIRE_ZONE_MISSING, soa->words);
    else if (soa->serial == op->serial)
        bind_op_finish_serial(op, op->already ? WIRE_ALREADY : WIRE_DONE, WIRE_REASON_NONE, NULL, soa->serial);
    else
        bind_op_finish_serial(op, WIRE_FAILED, WIRE_NOT_AT_SERIAL, op->words, soa->serial);
}

/* The update was refused although the zone may be there. */
static void update_refused(void *arg, const query_answer_t *soa)
{
    bind_op_t *op = arg;
    if (!soa->answered)
        bind_op_finish(op, WIRE_RETRY_LATER, WIRE_NAME_SERVER_DOWN, soa->words);
    else if (!soa->served)
        bind_op_finish(op, WIRE_FAILED, WIRE_ZONE_MISSING, soa->words);
    else
        bind_op_finish_serial(op, op->retry ? WIRE_RETRY_LATER : WIRE_FAILED, WIRE_DNS_REFUSED, op->words,
                              soa->serial);
}

static void update_answered(void *arg, const ddns_answer_t *answer)
{
    bind_op_t *op = arg;
    op->words = auto_strdup(answer->words);
    if (!answer->answered) {
        bind_op_finish(op, WIRE_RETRY_LATER, WIRE_NAME_SERVER_DOWN, answer->words);
        return;
    }
    /* NXRRSET: the zone is not at the old serial; perhaps the same update was done before. */
    bool done = answer->rcode == KNOT_RCODE_NOERROR;
    op->already = answer->rcode == KNOT_RCODE_NXRRSET;
    op->retry = answer->rcode == KNOT_RCODE_SERVFAIL;
    query_soa(op->bind->query, op->zone, done || answer->rcode == KNOT_RCODE_NXRRSET ? update_proven : update_refused,
              op);
}

static void update_malformed(bind_op_t *op)
{
    bind_op_finish(op, WIRE_FAILED, WIRE_BAD_MESSAGE, op->words);
}

void bind_zone_update(void *self, const wire_zone_update_t *update, driver_done_t done, void *arg)
{
    bind_t *bind = self;
    bind_op_t *op = bind_op_new(bind, update->zone, done, arg);
    op->serial = update->to_serial;
    AUTO_ERR info = ERR_INFO_INIT;
    if (ddns_update(bind->ddns, update, update_answered, op, &info) != ERR_OK) {
        op->words = auto_strdup(err_message(&info));
        bind_op_later(op, 0, update_malformed);
    }
}

/* --- serve --- */

static void serve_added(void *arg, const rndc_answer_t *answer)
{
    bind_op_t *op = arg;
    AUTO_FREE char *words = bind_op_words(answer);
    if (!answer->answered)
        bind_op_finish(op, WIRE_RETRY_LATER, WIRE_NAME_SERVER_DOWN, words);
    else if (answer->ok)
        bind_op_finish(op, WIRE_DONE, WIRE_REASON_NONE, NULL);
    else if (bind_op_err_is(answer, "already exists"))
        bind_op_finish(op, WIRE_ALREADY, WIRE_REASON_NONE, NULL);
    else
        bind_op_finish(op, WIRE_FAILED, WIRE_CONTROL_REFUSED, words);
}

static void bad_name(bind_op_t *op)
{
    bind_op_finish(op, WIRE_FAILED, WIRE_BAD_ZONE, BAD_NAME);
}

void bind_zone_serve(void *self, const char *zone, driver_done_t done, void *arg)
{
    bind_t *bind = self;
    bind_op_t *op = bind_op_new(bind, zone, done, arg);
    if (!bind_op_zone_ok(zone)) {
        bind_op_later(op, 0, bad_name);
        return;
    }
    /* A name of its own each time: named may still write the file of an earlier life of the zone. */
    AUTO_FREE char *suffix = auto_printf(".%llx.db", (unsigned long long)clock_wall(NULL).us);
    AUTO_FREE char *file = files_zone_name(zone, suffix);
    bind_op_rndc(op, serve_added, "addzone \"%s\" { type secondary; primaries { \"dms-masters\"; }; file \"%s/%s\"; };",
                 zone, bind->settings->zone_dir, file);
}

enum { NUDGE_BACKLOG_MAX = 64 };

static void nudge_ignored(void *arg, const driver_result_t *result)
{
    (void)arg;
    (void)result; /* the watch goes on and sees what is served */
}

static void nudged(void *arg, const rndc_answer_t *answer)
{
    bind_op_t *op = arg;
    /* Gone meanwhile, e.g. removed and served again at once while named was still deleting it. */
    if (answer->answered && !answer->ok)
        bind_zone_serve(op->bind, op->zone, nudge_ignored, NULL);
    bind_op_finish(op, WIRE_DONE, WIRE_REASON_NONE, NULL);
}

bool bind_zone_nudge(void *self, const char *zone, bool whole)
{
    bind_t *bind = self;
    /* It must not stand in the way of commands that somebody waits for. */
    if (!bind_op_zone_ok(zone) || rndc_backlog(bind->rndc) >= NUDGE_BACKLOG_MAX)
        return false;
    bind_op_rndc(bind_op_new(bind, zone, nudge_ignored, NULL), nudged, "%s %s", whole ? "retransfer" : "refresh", zone);
    return true;
}

/* --- remove --- */

enum { REMOVE_LIMIT_MS = 5000, REMOVE_LATE_MS = 3000 };
static void remove_check(bind_op_t *op);

static void remove_late(bind_op_t *op)
{
    bind_op_remove_files(op->path);
    bind_op_free(op);
}

/* named removes the files, but may then still finish a dump that had begun. */
static void remove_files(const bind_op_t *op)
{
    char *path = bind_op_zone_file(op);
    if (path == NULL)
        return;
    bind_op_t *late = bind_op_new(op->bind, NULL, NULL, NULL);
    late->path = path;
    bind_op_remove_files(path);
    bind_op_later(late, REMOVE_LATE_MS, remove_late);
}

static void remove_seen(void *arg, const query_answer_t *soa)
{
    bind_op_t *op = arg;
    if (soa->answered && !soa->served) {
        remove_files(op);
        bind_op_finish(op, WIRE_DONE, WIRE_REASON_NONE, NULL);
    } else if (mono_diff_ms(clock_mono(NULL), op->limit) >= 0) {
        bind_op_finish(op, WIRE_RETRY_LATER, soa->answered ? WIRE_NOT_YET : WIRE_NAME_SERVER_DOWN,
                       soa->answered ? "still served" : soa->words);
    } else {
        bind_op_later(op, 5 << (op->tries < 6 ? op->tries++ : 6), remove_check); /* named deletes in the background */
    }
}

static void remove_check(bind_op_t *op)
{
    query_soa(op->bind->query, op->zone, remove_seen, op);
}

static void remove_deleted(void *arg, const rndc_answer_t *answer)
{
    bind_op_t *op = arg;
    AUTO_FREE char *words = bind_op_words(answer);
    if (!answer->answered)
        bind_op_finish(op, WIRE_RETRY_LATER, WIRE_NAME_SERVER_DOWN, words);
    else if (answer->ok)
        remove_check(op);
    else if (bind_op_err_is(answer, "not found"))
        bind_op_finish(op, WIRE_ALREADY, WIRE_REASON_NONE, NULL);
    else
        bind_op_finish(op, WIRE_FAILED, WIRE_CONTROL_REFUSED, words);
}

static void remove_shown(void *arg, const rndc_answer_t *answer)
{
    bind_op_t *op = arg;
    op->old_config = answer->ok ? auto_strdup(strchr(answer->text, '{')) : NULL;
    bind_op_rndc(op, remove_deleted, "delzone -clean %s", op->zone);
}

void bind_zone_remove(void *self, const char *zone, driver_done_t done, void *arg)
{
    bind_t *bind = self;
    bind_op_t *op = bind_op_new(bind, zone, done, arg);
    op->limit = mono_add_ms(clock_mono(NULL), REMOVE_LIMIT_MS);
    if (bind_op_zone_ok(zone))
        bind_op_rndc(op, remove_shown, "showzone %s", zone);
    else
        bind_op_later(op, 0, bad_name);
}
