#include "shared/problem.h"
#include "shared/utf8.h"
#include <stdlib.h>
#include <string.h>

problem_list_t *problem_list_new(void)
{
    problem_list_t *self = auto_calloc(1, sizeof *self);
    self->items = auto_calloc(PROBLEM_MAX + 1, sizeof *self->items); /* the last one is the scratch item */
    self->cap = PROBLEM_MAX;
    return self;
}

static void problem_clear(problem_t *p)
{
    free(p->message);
    free(p->hint);
    free(p->rr_data);
    free(p->marked_line);
    for (size_t i = 0; i < ARRAY_SIZE(p->keys); i++)
        free(p->keys[i].text);
    *p = (problem_t){.group = -1, .record = -1};
}

void problem_list_destroy(problem_list_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    for (size_t i = 0; i <= PROBLEM_MAX; i++)
        problem_clear(&(*self)->items[i]);
    free((*self)->items);
    free(*self);
    *self = NULL;
}

/* Where the next problem goes: when the list is full an error takes the place of the last warning, so that no error hides behind
 * warnings; else it is counted and forgotten. */
static problem_t *place(problem_list_t *self, bool warning)
{
    if (self->count < PROBLEM_MAX)
        return &self->items[self->count++];
    for (size_t i = PROBLEM_MAX; !warning && i > 0; i--) {
        if (!self->items[i - 1].warning)
            continue;
        problem_clear(&self->items[i - 1]);
        memmove(&self->items[i - 1], &self->items[i], (PROBLEM_MAX - i) * sizeof *self->items);
        self->items[PROBLEM_MAX - 1] = (problem_t){0};
        return &self->items[PROBLEM_MAX - 1];
    }
    return &self->items[PROBLEM_MAX];
}

static problem_t *add(problem_list_t *self, err_t code, rule_t rule, bool warning, char *message)
{
    warning = warning && !self->strict;
    *(warning ? &self->warnings : &self->errors) += 1;
    problem_t *p = place(self, warning);
    problem_clear(p);
    p->code = code;
    p->rule = rule;
    p->warning = warning;
    p->message = message;
    utf8_mend(p->message);
    return p;
}

static err_key_t *free_key(problem_t *p)
{
    for (size_t i = 0; i < ARRAY_SIZE(p->keys); i++) {
        if (p->keys[i].key == NULL)
            return &p->keys[i];
    }
    return NULL;
}

void problem_key(problem_t *p, const char *key, const char *text)
{
    err_key_t *slot = text != NULL ? free_key(p) : NULL;
    if (slot == NULL)
        return;
    *slot = (err_key_t){.key = key, .text = auto_strdup(text)};
    utf8_mend(slot->text);
}

void problem_key_int(problem_t *p, const char *key, int64_t number)
{
    err_key_t *slot = free_key(p);
    if (slot != NULL)
        *slot = (err_key_t){.key = key, .number = number};
}

problem_t *problem_add(problem_list_t *self, err_t code, bool warning, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *message = auto_vprintf(fmt, ap);
    va_end(ap);
    return add(self, code, rule_of_code(code), warning, message);
}

problem_t *problem_add_rule(problem_list_t *self, rule_t rule, const char *fmt, ...)
{
    const rule_row_t *row = rule_row(rule);
    va_list ap;
    va_start(ap, fmt);
    char *message = auto_vprintf(fmt, ap);
    va_end(ap);
    return add(self, row->code, rule, row->warning, message);
}

void problem_list_extend(problem_list_t *self, const problem_list_t *from)
{
    size_t errors = 0, warnings = 0;
    for (size_t i = 0; from != NULL && i < from->count; i++) {
        const problem_t *p = &from->items[i];
        *(p->warning ? &warnings : &errors) += 1;
        problem_t *copy = add(self, p->code, p->rule, p->warning, auto_strdup(p->message));
        copy->group = p->group;
        copy->record = p->record;
        copy->line = p->line;
        copy->col = p->col;
        copy->hint = auto_strdup(p->hint);
        copy->rr_data = auto_strdup(p->rr_data);
        copy->marked_line = auto_strdup(p->marked_line);
        for (size_t k = 0; k < ARRAY_SIZE(p->keys); k++)
            copy->keys[k] = (err_key_t){p->keys[k].key, auto_strdup(p->keys[k].text), p->keys[k].number};
    }
    if (from == NULL)
        return;
    self->errors += from->errors - errors + (self->strict ? from->warnings - warnings : 0);
    self->warnings += self->strict ? 0 : from->warnings - warnings;
}

bool problem_list_has(const problem_list_t *self, err_t code)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->items[i].code == code)
            return true;
    }
    return false;
}

const char *problem_hint(const problem_t *self)
{
    return self->hint != NULL || self->rule == RULE_NONE ? self->hint : rule_row(self->rule)->hint;
}

err_t problem_result(problem_list_t **self, const char *zone_name, err_info_t *reterr)
{
    const problem_t *first = NULL;
    for (size_t i = 0; i < (*self)->count && first == NULL; i++) {
        if (!(*self)->items[i].warning)
            first = &(*self)->items[i];
    }
    if (first == NULL)
        return ERR_OK;
    err_t code = first->code;
    err_set(reterr, code, "%s", first->message);
    if (problem_hint(first) != NULL)
        err_hint(reterr, "%s", problem_hint(first));
    err_key(reterr, "name", zone_name);
    if (first->rule != RULE_NONE) {
        err_key(reterr, "rule", rule_row(first->rule)->name);
        if (rule_row(first->rule)->rfc[0] != '\0')
            err_key(reterr, "rfc", rule_row(first->rule)->rfc);
    }
    err_key(reterr, "rr_data", first->rr_data);
    if (first->group >= 0)
        err_key_int(reterr, "rr_groups_index", first->group);
    if (first->record >= 0)
        err_key_int(reterr, "rrs_index", first->record);
    if (first->line > 0)
        err_key_int(reterr, "lineno", first->line);
    if (first->col > 0)
        err_key_int(reterr, "col", first->col);
    err_key(reterr, "marked_input_line", first->marked_line);
    for (size_t i = 0; i < ARRAY_SIZE(first->keys) && first->keys[i].key != NULL; i++)
        first->keys[i].text != NULL ? err_key(reterr, first->keys[i].key, first->keys[i].text)
                                    : err_key_int(reterr, first->keys[i].key, first->keys[i].number);
    if (code == ERR_ZI_TEXT_PARSE)
        err_key(reterr, "parse_error", first->message);
    if (reterr != NULL)
        reterr->problems = *self;
    else
        problem_list_destroy(self);
    *self = NULL;
    return code;
}
