#include "shared/problem.h"
#include "shared/utf8.h"
#include <stdlib.h>

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

problem_t *problem_add(problem_list_t *self, err_t code, bool warning, const char *fmt, ...)
{
    *(warning ? &self->warnings : &self->errors) += 1;
    problem_t *p = &self->items[self->count];
    if (self->count < PROBLEM_MAX) {
        self->count++;
    } else if (!warning && self->errors == 1) {
        /* The list is full of warnings: the first error must be seen, so it takes the last place. */
        p = &self->items[PROBLEM_MAX - 1];
    }
    problem_clear(p);
    p->code = code;
    p->warning = warning;
    va_list ap;
    va_start(ap, fmt);
    p->message = auto_vprintf(fmt, ap);
    va_end(ap);
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
    if (first->hint != NULL)
        err_hint(reterr, "%s", first->hint);
    err_key(reterr, "name", zone_name);
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
