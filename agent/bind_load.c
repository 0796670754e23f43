/* Whole contents of a zone on the master.
 *
 * Each load gets a file name of its own (zone and serial) and the zone is taken out and added again with it.  Freezing
 * and replacing the file in place would be overtaken by named's own delayed dump of the zone, and addzone, unlike thaw,
 * answers after loading with the reason when the file is bad; then the old file is still there and goes back in.  A
 * changed list of groups needs no other way.  Nobody but our own servers asks a hidden master: the gap of some
 * milliseconds is covered by the NOTIFY that follows. */
#include "agent/bind_op.h"
#include "agent/files.h"
#include "agent/template.h"
#include "shared/serial.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXISTS_TRIES = 10 };

static void load_add(bind_op_t *op);
static void load_show(bind_op_t *op);

static void load_proven(void *arg, const query_answer_t *soa)
{
    bind_op_t *op = arg;
    if (!soa->answered) {
        bind_op_finish(op, WIRE_RETRY_LATER, WIRE_NAME_SERVER_DOWN, soa->words);
    } else if (!soa->served) {
        bind_op_finish(op, WIRE_FAILED, WIRE_BAD_ZONE, "zone was added but is not served");
    } else if (soa->serial != op->serial) {
        bind_op_finish_serial(op, WIRE_FAILED, WIRE_BAD_ZONE, "the text's SOA has another serial than the command",
                              soa->serial);
    } else {
        AUTO_FREE char *old = bind_op_zone_file(op);
        if (old != NULL && strcmp(old, op->path) != 0)
            bind_op_remove_files(old);
        bind_op_finish_serial(op, WIRE_DONE, WIRE_REASON_NONE, NULL, soa->serial);
    }
}

static void load_restored(void *arg, const rndc_answer_t *answer)
{
    bind_op_t *op = arg;
    AUTO_FREE char *evidence = answer->ok ? auto_printf("%s (the old contents are served again)", op->words)
                                          : auto_printf("%s (and the old contents could not be restored: %s %s)",
                                                        op->words, answer->err, answer->text);
    bind_op_remove_files(op->path);
    bind_op_finish(op, WIRE_FAILED, WIRE_BAD_ZONE, evidence);
}

static void load_added(void *arg, const rndc_answer_t *answer)
{
    bind_op_t *op = arg;
    AUTO_FREE char *words = bind_op_words(answer);
    if (!answer->answered) {
        bind_op_finish(op, WIRE_RETRY_LATER, WIRE_NAME_SERVER_DOWN, words);
    } else if (answer->ok) {
        query_soa(op->bind->query, op->zone, load_proven, op);
    } else if (bind_op_err_is(answer, "already exists") && !op->deleted) {
        load_show(op); /* configured, but broken: not served */
    } else if (bind_op_err_is(answer, "already exists") && op->tries < EXISTS_TRIES) {
        bind_op_later(op, 1 << op->tries++, load_add); /* named deletes in the background */
    } else if (op->old_config != NULL) {
        free(op->words);
        op->words = auto_strdup(words);
        bind_op_rndc(op, load_restored, "addzone \"%s\" %s", op->zone, op->old_config);
    } else {
        bind_op_remove_files(op->path);
        bind_op_finish(op, WIRE_FAILED, bind_op_err_is(answer, "already exists") ? WIRE_CONTROL_REFUSED : WIRE_BAD_ZONE,
                       words);
    }
}

static void load_add(bind_op_t *op)
{
    bind_op_rndc(op, load_added, "addzone \"%s\" %s", op->zone, op->config);
}

static void load_deleted(void *arg, const rndc_answer_t *answer)
{
    bind_op_t *op = arg;
    AUTO_FREE char *words = bind_op_words(answer);
    op->deleted = true;
    if (!answer->answered)
        bind_op_finish(op, WIRE_RETRY_LATER, WIRE_NAME_SERVER_DOWN, words);
    else if (answer->ok || bind_op_err_is(answer, "not found"))
        load_add(op);
    else
        bind_op_finish(op, WIRE_FAILED, WIRE_CONTROL_REFUSED, words);
}

/* `zone "x" { ... };`: keep the block. */
static void load_shown(void *arg, const rndc_answer_t *answer)
{
    bind_op_t *op = arg;
    const char *block = answer->ok ? strchr(answer->text, '{') : NULL;
    op->old_config = auto_strdup(block);
    bind_op_rndc(op, load_deleted, "delzone %s", op->zone);
}

static void load_show(bind_op_t *op)
{
    bind_op_rndc(op, load_shown, "showzone %s", op->zone);
}

static void load_start(void *arg, const query_answer_t *soa)
{
    bind_op_t *op = arg;
    AUTO_FREE char *spool = op->words;
    op->words = NULL;
    AUTO_ERR info = ERR_INFO_INIT;
    if (!soa->answered) {
        bind_op_finish(op, WIRE_RETRY_LATER, WIRE_NAME_SERVER_DOWN, soa->words);
    } else if (soa->served && soa->serial == op->serial) {
        bind_op_finish_serial(op, WIRE_ALREADY, WIRE_REASON_NONE, NULL, soa->serial);
    } else if (soa->served && !serial_gt(op->serial, soa->serial) && (op->stale == 0 || soa->serial != op->stale)) {
        bind_op_finish_serial(op, WIRE_FAILED, WIRE_SERIAL_BEHIND, NULL, soa->serial);
    } else {
        bind_op_remove_files(op->path); /* above all a journal of the same serial */
        if (files_commit(spool, op->path, &info) != ERR_OK)
            bind_op_finish(op, WIRE_RETRY_LATER, WIRE_IO, err_message(&info));
        else if (soa->served)
            load_show(op);
        else
            load_add(op);
        return; /* the spool file has become the zone file */
    }
    unlink(spool);
}

static char *zone_config(const char *path, const driver_load_t *load)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert(out != NULL);
    fprintf(out, "{ type primary; file \"%s\"; allow-transfer { ", path);
    for (size_t i = 0; i < load->group_count; i++)
        fprintf(out, "\"%s-servers\"; ", load->groups[i]);
    fprintf(out, "%s}; also-notify { ", load->group_count == 0 ? "none; " : "");
    for (size_t i = 0; i < load->group_count; i++)
        fprintf(out, "\"notify-%s\"; ", load->groups[i]);
    fputs("}; };", out);
    fclose(out);
    return text;
}

static void load_refuse(bind_op_t *op)
{
    bind_op_finish(op, WIRE_FAILED, WIRE_BAD_ZONE, op->words);
}

void bind_load(void *self, const driver_load_t *load, driver_done_t done, void *arg)
{
    bind_t *bind = self;
    bind_op_t *op = bind_op_new(bind, load->zone, done, arg);
    op->serial = load->serial;
    op->stale = load->stale;
    const char *bad = bind_op_zone_ok(load->zone) ? NULL
        : "zone name has characters that the control channel does not carry";
    for (size_t i = 0; i < load->group_count && bad == NULL; i++)
        bad = template_group_ok(load->groups[i]) ? NULL : "not a group name";
    if (bad != NULL) {
        unlink(load->path);
        op->words = auto_strdup(bad);
        bind_op_later(op, 0, load_refuse);
        return;
    }
    AUTO_FREE char *suffix = auto_printf(".%u.db", load->serial);
    AUTO_FREE char *name = files_zone_name(load->zone, suffix);
    op->path = auto_printf("%s/%s", bind->settings->zone_dir, name);
    op->config = zone_config(op->path, load);
    op->words = auto_strdup(load->path);
    query_soa(bind->query, op->zone, load_start, op);
}
