#include "agent/bind_op.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOW_MS = 60000, QUICK_MS = 10000 };

bind_op_t *bind_op_new(bind_t *bind, const char *zone, driver_done_t done, void *arg)
{
    bind_op_t *op = auto_calloc(1, sizeof *op);
    *op = (bind_op_t){.bind = bind, .zone = auto_strdup(zone), .done = done, .arg = arg, .next = bind->ops,
                      .back = &bind->ops};
    if (op->next != NULL)
        op->next->back = &op->next;
    bind->ops = op;
    return op;
}

void bind_op_free(bind_op_t *op)
{
    *op->back = op->next;
    if (op->next != NULL)
        op->next->back = op->back;
    free(op->zone);
    free(op->words);
    free(op->path);
    free(op->config);
    free(op->old_config);
    free(op);
}

static void finish(bind_op_t *op, const driver_result_t *result)
{
    op->done(op->arg, result);
    bind_op_free(op);
}

void bind_op_finish(bind_op_t *op, wire_result_t result, wire_reason_t reason, const char *evidence)
{
    finish(op, &(driver_result_t){.result = result, .reason = reason, .evidence = evidence});
}

void bind_op_finish_serial(bind_op_t *op, wire_result_t result, wire_reason_t reason, const char *evidence,
                           uint32_t serial)
{
    finish(op, &(driver_result_t){.result = result, .reason = reason, .evidence = evidence, .has_serial = true,
                                  .serial = serial});
}

static int on_later(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    bind_op_t *op = arg;
    op->later(op);
    return 0;
}

void bind_op_later(bind_op_t *op, int ms, bind_step_t step)
{
    op->later = step;
    zloop_timer(op->bind->loop, (size_t)ms, 1, on_later, op);
}

void bind_op_rndc(bind_op_t *op, rndc_done_t done, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *command = auto_vprintf(fmt, ap);
    va_end(ap);
    /* addzone of a big zone and reconfig with many zones take seconds (2.8 s at 100,000 zones). */
    bool slow = strncmp(command, "addzone ", 8) == 0 || strcmp(command, "reconfig") == 0;
    rndc_command(op->bind->rndc, command, slow ? SLOW_MS : QUICK_MS, done, op);
}

char *bind_op_words(const rndc_answer_t *answer)
{
    const char *between = answer->err[0] != '\0' && answer->text[0] != '\0' ? ": " : "";
    char *words = auto_printf("%s%s%s", answer->err, between, answer->text);
    for (char *p = words; *p != '\0'; p++) {
        if (*p == '\n')
            *p = ' ';
    }
    return words;
}

/* named puts the word into err, and for some commands a sentence into text. */
bool bind_op_err_is(const rndc_answer_t *answer, const char *err)
{
    return strcmp(answer->err, err) == 0;
}

bool bind_op_zone_ok(const char *zone)
{
    return zone[0] != '\0' && zone[0] != '-' && zone[strspn(zone, "abcdefghijklmnopqrstuvwxyz0123456789-_./")] == '\0';
}

char *bind_op_zone_file(const bind_op_t *op)
{
    const char *dir = op->bind->settings->zone_dir;
    const char *p = op->old_config != NULL ? strstr(op->old_config, "file \"") : NULL;
    if (p == NULL)
        return NULL;
    p += strlen("file \"");
    size_t n = strcspn(p, "\"");
    return strncmp(p, dir, strlen(dir)) == 0 && p[strlen(dir)] == '/' ? auto_strndup(p, n) : NULL;
}

void bind_op_remove_files(const char *path)
{
    static const char *const suffixes[] = {"", ".jnl", ".jbk"};
    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
        AUTO_FREE char *name = auto_printf("%s%s", path, suffixes[i]);
        unlink(name); /* most of them do not exist */
    }
}
