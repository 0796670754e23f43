/* A new named.conf: checked, swapped, reloaded, proven - or the old one again.
 *
 * The old file is kept as FILE.old from before the swap until named is proven healthy.  Where it is found at the start,
 * an earlier run was cut short: then an identical text still needs the reload. */
#include "agent/bind_op.h"
#include "agent/files.h"
#include "agent/template.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHECK_LIMIT_MS = 30000, HEALTH_LIMIT_MS = 10000, HEALTH_STEP_MS = 500 };

/* In bind_op_t: path is the new file beside named_conf, config the text that was in force before. */

static void config_health(bind_op_t *op);

static char *old_path(const bind_op_t *op)
{
    return auto_printf("%s.old", op->bind->settings->named_conf);
}

static void forget_old(const bind_op_t *op)
{
    AUTO_FREE char *old = old_path(op);
    unlink(old);
}

static void put_back(bind_op_t *op)
{
    AUTO_FREE char *old = old_path(op);
    AUTO_ERR info = ERR_INFO_INIT;
    if (access(old, F_OK) == 0 && files_commit(old, op->bind->settings->named_conf, &info) != ERR_OK) {
        char *words = auto_printf("%s; %s", op->words, err_message(&info));
        free(op->words);
        op->words = words;
    }
}

static void config_rolled_back(void *arg, const rndc_answer_t *answer)
{
    bind_op_t *op = arg;
    AUTO_FREE char *again = bind_op_words(answer);
    AUTO_FREE char *evidence = auto_printf("%s%s%s", op->words, answer->ok ? "" : "; going back: ", again);
    bind_op_finish(op, WIRE_FAILED, WIRE_ROLLED_BACK, evidence);
}

static void roll_back(bind_op_t *op, const char *words)
{
    free(op->words);
    op->words = auto_strdup(words);
    put_back(op);
    bind_op_rndc(op, config_rolled_back, "reconfig");
}

static void config_seen(void *arg, const query_answer_t *soa)
{
    bind_op_t *op = arg;
    if (soa->answered) {
        forget_old(op);
        bind_op_finish(op, WIRE_DONE, WIRE_REASON_NONE, NULL);
    } else if (mono_diff_ms(clock_mono(NULL), op->limit) >= 0) {
        AUTO_FREE char *words = auto_printf("after the reload the name server did not answer within %d ms: %s",
                                            HEALTH_LIMIT_MS, soa->words);
        roll_back(op, words);
    } else {
        bind_op_later(op, HEALTH_STEP_MS, config_health);
    }
}

static void config_health(bind_op_t *op)
{
    query_soa(op->bind->query, "health.dms.invalid.", config_seen, op);
}

static void config_reloaded(void *arg, const rndc_answer_t *answer)
{
    bind_op_t *op = arg;
    AUTO_FREE char *words = bind_op_words(answer);
    if (!answer->answered) {
        put_back(op);
        bind_op_finish(op, WIRE_RETRY_LATER, WIRE_NAME_SERVER_DOWN, words);
    } else if (!answer->ok) {
        roll_back(op, words);
    } else {
        op->limit = mono_add_ms(clock_mono(NULL), HEALTH_LIMIT_MS);
        config_health(op);
    }
}

static void config_checked(void *arg, int status, const char *output)
{
    bind_op_t *op = arg;
    const char *conf = op->bind->settings->named_conf;
    AUTO_FREE char *old = old_path(op);
    AUTO_ERR info = ERR_INFO_INIT;
    if (status != 0) {
        unlink(op->path);
        bind_op_finish(op, WIRE_FAILED, WIRE_CONFIG_REFUSED, output);
        return;
    }
    /* An .old that is there already is the last one that was proven: it stays. */
    err_t e = ERR_OK;
    if (op->config != NULL && access(old, F_OK) != 0)
        e = files_write(old, op->config, strlen(op->config), 0640, &info);
    if (e == ERR_OK)
        e = files_commit(op->path, conf, &info);
    if (e != ERR_OK) {
        unlink(op->path);
        bind_op_finish(op, WIRE_FAILED, WIRE_IO, err_message(&info));
        return;
    }
    bind_op_rndc(op, config_reloaded, "reconfig");
}

static void config_end_early(bind_op_t *op)
{
    bind_op_finish(op, op->already ? WIRE_ALREADY : WIRE_FAILED, op->already ? WIRE_REASON_NONE : WIRE_CONFIG_REFUSED,
                   op->words);
}

void bind_config(void *self, const wire_server_config_t *config, driver_done_t done, void *arg)
{
    bind_t *bind = self;
    bind_op_t *op = bind_op_new(bind, NULL, done, arg);
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *old = old_path(op);
    AUTO_ERR info = ERR_INFO_INIT;
    err_t e = template_render(bind->settings, config, &text, &info);
    if (e == ERR_OK && files_read(bind->settings->named_conf, &op->config, NULL) == ERR_OK &&
        strcmp(text, op->config) == 0 && access(old, F_OK) != 0) {
        op->already = true;
        bind_op_later(op, 0, config_end_early);
        return;
    }
    op->path = auto_printf("%s.check", bind->settings->named_conf);
    if (e == ERR_OK)
        e = files_write(op->path, text, strlen(text), 0640, &info);
    if (e != ERR_OK) {
        op->words = auto_strdup(err_message(&info));
        bind_op_later(op, 0, config_end_early);
        return;
    }
    char *argv[] = {bind->settings->checkconf, op->path, NULL};
    run_start(bind->run, argv, CHECK_LIMIT_MS, config_checked, op);
}
